//! Ends of ranges: times, paths, pages, and how long somebody is asked to wait.

use axum::{body::Body, http::Request};
use serde_json::json;

use super::service::TestService;

#[tokio::test(flavor = "multi_thread")]
async fn a_brief_at_the_end_of_time_is_refused() {
    let s = TestService::new().await;
    for (from, to) in [("9999-01-01", "9999-12-01"), ("1900-01-01", "1900-02-01"), ("2199-12-01", "2200-01-02")] {
        let body = json!({ "kind": "special", "category": "0101", "from": from, "to": to });
        s.post("/api/v1/briefs", &body).await.is_error(400, "invalid", Some("from"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_path_that_cannot_be_read_answers_in_the_envelope() {
    let s = TestService::new().await;
    for path in [
        "/api/v1/briefs/x/instructions/abc/steps",
        "/api/v1/briefs/x/rephrasings/abc/accept",
        "/api/v1/briefs/%FF/renew",
        "/api/v1/events/%FF/rename",
    ] {
        let request = Request::post(path).header("content-type", "application/json").body(Body::from("{}")).unwrap();
        s.send(request).await.is_error(400, "invalid", None);
    }
    s.get("/api/v1/briefs/none/instructions").await.is_error(404, "not_found", None);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_page_is_offered_that_is_refused() {
    let s = TestService::new().await;
    let last = s.page("/tickets?offset=10000").await;
    assert_eq!(last.status, 200, "{}", last.text);
    assert_eq!(s.page("/tickets?offset=10050").await.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_login_says_when_it_opens() {
    let s = TestService::new().await;
    let guess = || {
        let request = Request::post("/login").header("content-type", "application/x-www-form-urlencoded");
        request.body(Body::from("name=nobody&password=Falsch-Falsch-1")).unwrap()
    };
    for _ in 0..5 {
        assert_eq!(s.send_bare(guess()).await.status, 401);
    }
    let locked = s.send_bare(guess()).await;
    assert_eq!((locked.status.as_u16(), locked.header("retry-after")), (429, "900"));
}
