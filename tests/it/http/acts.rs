//! Acts, calls, kept lists and exports at the door.

use axum::{body::Body, http::Request};
use serde_json::json;
use tingsu::domain::{Reach, Role};

use super::service::TestService;

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_is_dispatched_signed_answered_and_revisited() {
    let s = TestService::new().await;
    let unit = s.desk.desk.city().departments[0].name.clone();
    s.post("/api/v1/appeals", &json!({ "id": "W-1", "text": "人民路路灯不亮,请尽快修" })).await;
    let step = async |act: serde_json::Value, status: u16, word: &str| {
        let answer = s.post("/api/v1/appeals/W-1/acts", &act).await;
        assert_eq!(answer.status.as_u16(), status, "{act}: {}", answer.text);
        if status == 200 {
            assert_eq!(answer.json()["status"], word, "{act}");
        }
    };
    step(json!({ "kind": "sign" }), 409, "").await;
    step(json!({ "kind": "dance" }), 400, "").await;
    step(json!({ "kind": "dispatch" }), 400, "").await;
    step(json!({ "kind": "dispatch", "department": unit, "text": "请核实" }), 200, "待签收").await;
    step(json!({ "kind": "sign" }), 200, "办理中").await;
    step(json!({ "kind": "contact", "text": "已联系" }), 200, "办理中").await;
    step(json!({ "kind": "reply" }), 400, "").await;
    step(json!({ "kind": "reply", "text": "已修好" }), 200, "已办结待回访").await;
    step(json!({ "kind": "revisit", "outcome": "解决", "satisfaction": "满意" }), 200, "已回访").await;
    let progress = s.get("/api/v1/appeals/W-1/progress").await.json();
    let labels: Vec<&str> =
        progress["moments"].as_array().unwrap().iter().map(|m| m["label"].as_str().unwrap()).collect();
    for label in ["派单", "签收", "联系", "答复", "回访"] {
        assert!(labels.contains(&label), "{labels:?}");
    }
    assert!(progress["open"].as_array().unwrap().contains(&json!("archive")));
    let page = s.page("/tickets/W-1").await.text;
    assert!(page.contains("办理进度") && page.contains("已修好") && page.contains("data-deed=\"archive\""));
    assert!(!page.contains("data-deed=\"sign\""), "only what the workflow has room for is offered");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_selection_tells_what_became_of_each() {
    let s = TestService::new().await;
    s.post("/api/v1/appeals", &json!({ "id": "B-1", "text": "路灯不亮" })).await;
    let body = json!({ "tickets": ["B-1", "B-2"], "act": { "kind": "mark", "text": "重点" } });
    let done = s.post("/api/v1/acts", &body).await.json();
    assert_eq!((&done[0]["done"], &done[1]["done"]), (&json!(true), &json!(false)));
    assert!(!done[1]["why"].as_str().unwrap().is_empty());
    let page = s.page("/tickets").await.text;
    assert!(page.contains("重点") && page.contains("data-pick"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_of_two_matters_is_two_tickets() {
    let s = TestService::new().await;
    let part = |text: &str| json!({ "text": text, "caller": { "number": "13800000000" } });
    let body = json!({ "parts": [part("路灯不亮"), part("小区停水")] }).to_string().into_bytes();
    let first = s.post_with("/api/v1/calls", &[("Idempotency-Key", "c-1")], body.clone()).await;
    assert_eq!(first.status, 201, "{}", first.text);
    let again = s.post_with("/api/v1/calls", &[("Idempotency-Key", "c-1")], body).await;
    assert_eq!(again.status, 200);
    let id = |n: usize| first.json()["tickets"][n]["id"].as_str().unwrap().to_owned();
    let progress = s.get(&format!("/api/v1/appeals/{}/progress", id(0))).await.json();
    assert_eq!(progress["same_call"], json!([id(1)]));
    assert!(s.page(&format!("/tickets/{}", id(1))).await.text.contains("同一来电"));
    let one = s.post("/api/v1/calls", &json!({ "parts": [part("路灯不亮")] })).await;
    one.is_error(400, "invalid", Some("parts"));
    assert_eq!(s.tickets().await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_are_proposed_with_their_own_suggestion() {
    let s = TestService::new().await;
    let text = "采荷里小区2幢着火了,有人被困。还想反映一件事,人民路公交站12路公交车经常甩站不停。";
    let parts = s.post("/api/v1/split", &json!({ "text": text })).await.json();
    let parts = parts["parts"].as_array().unwrap().clone();
    assert_eq!(parts.len(), 2, "{parts:?}");
    assert_eq!(parts[0]["suggestion"]["urgency"]["level"], "U1");
    assert_ne!(parts[1]["suggestion"]["urgency"]["level"], "U1");
    let whole = s.post("/api/v1/split", &json!({ "text": "采荷里小区2幢着火了,有人被困,快来" })).await.json();
    assert_eq!(whole["parts"], json!([]));
    let elements = s.post("/api/v1/triage", &json!({ "text": "路灯坏了" })).await.json()["elements"].clone();
    assert_eq!(elements.as_array().unwrap().len(), 5);
    assert!(elements[0]["question"].as_str().unwrap().contains("什么时候"));
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_kept_and_dropped() {
    let s = TestService::new().await;
    let kept = s.post("/api/v1/lists", &json!({ "name": "今日特急", "query": "urgency=U1" })).await;
    assert_eq!(kept.status, 201, "{}", kept.text);
    let page = s.page("/tickets?urgency=U1").await.text;
    assert!(page.contains("今日特急") && page.contains("aria-current=\"true\""));
    s.post("/api/v1/lists", &json!({ "name": " ", "query": "urgency=U1" })).await.is_error(
        400,
        "invalid",
        Some("name"),
    );
    let id = kept.json()["id"].as_i64().unwrap();
    let gone = s.send(Request::delete(format!("/api/v1/lists/{id}")).body(Body::empty()).unwrap()).await;
    assert_eq!((gone.status.as_u16(), gone.json()["lists"].clone()), (200, json!([])));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_needs_the_right() {
    let s = TestService::new().await;
    s.post("/api/v1/appeals", &json!({ "id": "X-1", "text": "路灯不亮,电话13812345678" })).await;
    let file = s.get("/api/v1/export?format=csv&status=待受理").await;
    assert_eq!(file.status, 200, "{}", file.text);
    assert!(file.header("content-disposition").contains(".csv") && file.text.contains("X-1"));
    assert!(!file.text.contains("13812345678"));
    assert_eq!(file.header("x-tickets"), "1");
    s.get("/api/v1/export?format=pdf").await.is_error(400, "invalid", Some("format"));
    s.get("/api/v1/export?format=csv&colour=red").await.is_error(400, "invalid", Some("colour"));
    let key = s.key("plain", Role::Operator, Reach::default()).await;
    let request = Request::get("/api/v1/export?format=csv").header("authorization", key).body(Body::empty()).unwrap();
    s.send(request).await.is_error(403, "forbidden", None);
    let audit = s.page("/tickets").await.text;
    assert!(audit.contains("/api/v1/export?"), "who may export is offered it");
    let lines = s.desk.desk.health().await;
    assert_eq!(lines.tickets, 1);
    // What left is recorded, and nothing that did not leave.
    let named = s.get("/api/v1/export?format=csv&id=X-1&id=X-9").await;
    assert_eq!((named.status.as_u16(), named.header("x-tickets")), (200, "1"));
    let lines = s.desk.desk.audit_log(50).await.unwrap();
    let told: Vec<&str> = lines.iter().filter(|l| l.action == "exported").map(|l| l.detail.as_str()).collect();
    assert_eq!(told, ["csv 1", "csv 1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_is_marked_on_the_page_and_on_the_wire() {
    let s = TestService::new().await;
    for (id, at) in [("R-1", "2026-11-18 09:00"), ("R-2", "2026-11-19 09:00")] {
        let body = json!({ "id": id, "text": "路灯不亮", "received_at": at });
        assert_eq!(s.post("/api/v1/appeals", &body).await.status, 201);
    }
    let act = async |id: &str, act: serde_json::Value| s.post(&format!("/api/v1/appeals/{id}/acts"), &act).await;
    for (id, of) in [("R-2", json!(null)), ("R-2", json!(" ")), ("R-2", json!("a b")), ("R-1", json!("R-2"))] {
        let refused = act(id, json!({ "kind": "repeat", "repeat_of": of })).await;
        refused.is_error(400, "invalid", Some("repeat_of"));
    }
    assert!(s.page("/tickets/R-2").await.text.contains("data-deed=\"repeat\""));
    let marked = act("R-2", json!({ "kind": "repeat", "repeat_of": "R-1", "text": "同一诉求" })).await;
    assert_eq!((marked.status.as_u16(), &marked.json()["repeat_of"]), (200, &json!("R-1")), "{}", marked.text);
    let page = s.page("/tickets/R-2").await.text;
    for word in ["data-deed=\"unrepeat\"", "标为重复", "<dt>重复于</dt><dd><a href=\"/tickets/R-1\">"] {
        assert!(page.contains(word), "`{word}` is not on the page: {page}");
    }
    let back = act("R-2", json!({ "kind": "unrepeat" })).await.json();
    assert_eq!(back["repeat_of"], json!(null), "{back}");
    assert!(!s.page("/tickets/R-2").await.text.contains("<dt>重复于</dt>"));
}
