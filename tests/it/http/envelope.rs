//! One envelope for every error, one table, headers on every answer.

use std::{collections::BTreeSet, time::Duration};

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, Request},
};
use http_body_util::{BodyExt, Empty};
use serde_json::json;
use tingsu::{
    domain::{Fault, FaultKind},
    http::{HttpConfig, status_of},
    infer::InferError,
};

use super::service::TestService;

#[test]
fn every_kind_has_its_status() {
    let check = |kind: FaultKind, status: u16| assert_eq!(status_of(kind).as_u16(), status, "{kind:?}");
    check(FaultKind::Invalid, 400);
    check(FaultKind::NotFound, 404);
    check(FaultKind::Conflict, 409);
    check(FaultKind::Forbidden, 403);
    check(FaultKind::TooLarge, 413);
    check(FaultKind::Unsupported, 415);
    check(FaultKind::Overloaded, 503);
    check(FaultKind::Unavailable, 503);
    check(FaultKind::Damaged, 500);
    check(FaultKind::Internal, 500);
    for kind in FaultKind::ALL {
        let status = status_of(kind);
        assert!(status.is_client_error() || status.is_server_error(), "{kind:?} maps to {status}");
    }
    let codes: BTreeSet<&str> = FaultKind::ALL.into_iter().map(FaultKind::code).collect();
    assert_eq!(codes.len(), FaultKind::ALL.len(), "codes are distinct");
}

/// When to come back is carried beside the words: a message may be worded anew and say no number.
#[test]
fn a_fault_says_when_to_come_back() {
    let queue = InferError::Overloaded { retry_after: Duration::from_millis(2_500) };
    assert_eq!(Fault::from(queue).after, Some(Duration::from_millis(2_500)));
    assert_eq!(Fault::from(InferError::Late).after, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_paths_and_methods_answer_in_the_envelope() {
    let s = TestService::new().await;
    s.get("/api/v1/nothing").await.is_error(404, "not_found", None);
    s.get("/nothing").await.is_error(404, "not_found", None);
    let wrong = s.send(Request::delete("/api/v1/appeals").body(Body::empty()).unwrap()).await;
    wrong.is_error(405, "method_not_allowed", None);
    assert!(wrong.header("allow").contains("POST"), "Allow: {}", wrong.header("allow"));
    s.get("/api/v1/triage").await.is_error(405, "method_not_allowed", None);
    s.get("/api/v1/appeals/none").await.is_error(404, "not_found", None);
    s.get("/api/v1/appeals/none/history").await.is_error(404, "not_found", None);
    s.get(&format!("/api/v1/appeals/{}", "9".repeat(65))).await.is_error(400, "invalid", Some("id"));
    s.get("/api/v1/appeals/%20").await.is_error(400, "invalid", Some("id"));
    s.get("/api/v1/appeals/%FF").await.is_error(400, "invalid", Some("id"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_gets_a_page_and_a_program_gets_json() {
    let s = TestService::new().await;
    let page = s.page("/tickets/none").await;
    assert_eq!(page.status, 404);
    assert!(page.header("content-type").starts_with("text/html"));
    assert!(page.text.contains("没有找到") && page.text.contains(page.header("x-request-id")), "{}", page.text);
    s.get("/tickets/none").await.is_error(404, "not_found", None);
    // Under /api the answer is JSON whoever asks.
    s.page("/api/v1/appeals/none").await.is_error(404, "not_found", None);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_carries_security_headers_and_an_id() {
    let s = TestService::new().await;
    for path in ["/intake", "/api/v1/city", "/api/v1/nothing", "/api/docs"] {
        let answer = s.get(path).await;
        let csp = answer.header("content-security-policy");
        assert!(csp.contains("default-src 'none'") && csp.contains("frame-ancestors 'none'"), "{path}: {csp}");
        assert!(csp.contains("script-src 'self';"), "{path}: scripts from here only: {csp}");
        assert!(!csp.contains("unsafe"), "{path}: {csp}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "same-origin", "{path}");
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        assert!(!answer.headers.contains_key("access-control-allow-origin"), "{path}");
        assert_eq!(answer.header("x-request-id").len(), 16, "{path}");
    }
    let own = |id: &str| Request::get("/api/v1/city").header("x-request-id", id).body(Body::empty()).unwrap();
    assert_eq!(s.send(own("abc-123")).await.header("x-request-id"), "abc-123");
    assert_ne!(s.send(own("abc 123<")).await.header("x-request-id"), "abc 123<", "not echoed unchecked");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_loopback_names_are_answered() {
    let s = TestService::new().await;
    let from = |host: &str| Request::get("/api/v1/city").header("host", host).body(Body::empty()).unwrap();
    for host in ["localhost", "localhost:12345", "127.0.0.1:80", "[::1]:12345", "LOCALHOST"] {
        assert_eq!(s.send(from(host)).await.status, 200, "{host}");
    }
    for host in ["evil.example", "127.0.0.1.evil.example:12345", "10.0.0.5", "[2001:db8::1]:80", ""] {
        s.send(from(host)).await.is_error(403, "forbidden", None);
    }
    let open = TestService::with(HttpConfig { insecure: true, ..HttpConfig::default() }).await;
    assert_eq!(open.send(from("hotline.city.local")).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_requests_are_refused_early_and_nothing_is_stored() {
    let s = TestService::with(HttpConfig { in_flight: 1, ..HttpConfig::default() }).await;
    // A body that never ends holds the only place.
    let held = Request::post("/api/v1/appeals").header("content-type", "application/json").body(endless()).unwrap();
    let (router, held) = (s.router.clone(), s.known(held).await);
    let holding = tokio::spawn(async move { tower::ServiceExt::oneshot(router, held).await });
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    let refused = s.post("/api/v1/appeals", &json!({ "text": "路灯不亮" })).await;
    refused.is_error(503, "overloaded", None);
    let seconds: u64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&seconds));
    let page = s.page("/tickets").await;
    assert_eq!((page.status.as_u16(), page.header("retry-after")), (503, "2"), "a page says it too");
    let small = s.get("/api/v1/ready").await;
    assert_eq!(small.status, 503, "the only place is held");
    holding.abort();
    let _ = holding.await;
    assert_eq!(s.tickets().await, 0);
    assert_eq!(s.post("/api/v1/appeals", &json!({ "text": "路灯不亮" })).await.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_looks_leaves_room_for_calls() {
    let s = std::sync::Arc::new(TestService::with(HttpConfig { in_flight: 4, ..HttpConfig::default() }).await);
    let look = |_| {
        let s = s.clone();
        tokio::spawn(async move { s.page("/tickets").await.status.as_u16() })
    };
    s.page("/tickets").await;
    let looking: Vec<_> = (0..60).map(look).collect();
    for n in 0..6 {
        let saved = s.post("/api/v1/appeals", &json!({ "id": format!("R-{n}"), "text": "路灯不亮" })).await;
        assert_eq!(saved.status, 201, "a call is taken in while everybody looks");
    }
    let mut seen = [0, 0];
    for one in looking {
        match one.await.unwrap() {
            200 => seen[0] += 1,
            503 => seen[1] += 1,
            other => panic!("{other}"),
        }
    }
    assert!(seen[0] > 0 && seen[1] > 0, "one place for looking: {seen:?}");
}

/// The order in which load is shed: suggestions, then pages, calls last.
#[tokio::test(flavor = "multi_thread")]
async fn suggestions_give_way_to_pages_and_both_to_calls() {
    let s = TestService::with(HttpConfig { in_flight: 8, ..HttpConfig::default() }).await;
    let text = json!({ "text": "路灯不亮" });
    assert_eq!(s.post("/api/v1/triage", &text).await.status, 200);
    let held = Request::post("/api/v1/triage").header("content-type", "application/json").body(endless()).unwrap();
    let (router, held) = (s.router.clone(), s.known(held).await);
    let holding = tokio::spawn(async move { tower::ServiceExt::oneshot(router, held).await });
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    for path in ["/api/v1/triage", "/api/v1/similar", "/api/v1/split"] {
        let refused = s.post(path, &text).await;
        refused.is_error(503, "overloaded", None);
        assert_eq!(refused.header("retry-after"), "2", "{path}");
    }
    assert_eq!(s.page("/tickets").await.status, 200, "pages go on");
    assert_eq!(s.post("/api/v1/appeals", &text).await.status, 201, "and so do calls");
    holding.abort();
    let _ = holding.await;
    assert_eq!(s.post("/api/v1/triage", &text).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_takes_too_long_is_ended() {
    let timeout = std::time::Duration::from_millis(50);
    let s = TestService::with(HttpConfig { timeout, ..HttpConfig::default() }).await;
    let slow = Request::post("/api/v1/triage").header("content-type", "application/json").body(endless()).unwrap();
    let answer = s.send(slow).await;
    let message = answer.is_error(503, "overloaded", None);
    assert!(message.contains("Idempotency-Key"), "{message}");
    assert_eq!(answer.header("retry-after"), "5");
}

/// A body that never ends.
fn endless() -> Body {
    let never = std::future::pending::<Option<Result<HeaderMap, std::convert::Infallible>>>();
    Body::new(Empty::<Bytes>::new().with_trailers(never))
}
