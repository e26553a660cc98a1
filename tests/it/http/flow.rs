//! The walk of an appeal through the API: in, suggested, decided, found again.

use axum::{body::Body, http::Request};
use serde_json::{Value, json};

use super::service::TestService;

const FIRE: &str = "学士街道望江小区3幢着火了,快来救人,五楼有人被困";

#[tokio::test(flavor = "multi_thread")]
async fn in_suggested_decided_found() {
    let s = TestService::new().await;
    let body = json!({ "title": "望江小区着火", "text": FIRE, "channel": "电话", "caller": { "name": "王小明", "number": "13812345678" } });
    let stored = s.post("/api/v1/appeals", &body).await;
    assert_eq!(stored.status, 201, "{}", stored.text);
    let ticket = &stored.json()["ticket"];
    let id = ticket["id"].as_str().unwrap();
    assert_eq!(ticket["text"], FIRE);
    assert_eq!(ticket["triage"], "已研判");
    assert_eq!(ticket["labels"]["urgency"], "U1");
    assert_eq!(ticket["suggestion"]["model"], "rules");
    // The operator of this machine sees the caller.
    assert_eq!(ticket["caller"]["number"], "13812345678");

    let department = "消防救援支队";
    let labels = json!({ "labels": { "department": department, "type": "求助" }, "reason": "火警" });
    let path = format!("/api/v1/appeals/{id}/decision");
    let decided = s.post_with(&path, &[("x-operator", "李明")], labels.to_string().into_bytes()).await;
    assert_eq!(decided.status, 200, "{}", decided.text);
    assert_eq!(decided.json()["decided"]["department"], department);
    assert_eq!(decided.json()["labels"]["urgency"], "U1");

    let history = s.get(&format!("/api/v1/appeals/{id}/history")).await.json();
    let decision = &history["decisions"][0];
    assert_eq!((&decision["actor"], &decision["reason"]), (&json!("operator/李明"), &json!("火警")));
    assert_eq!(decision["suggestion"]["urgency"]["level"], "U1", "kept with the suggestion that it answered");
    let actions: Vec<&str> =
        history["audit"].as_array().unwrap().iter().map(|line| line["action"].as_str().unwrap()).collect();
    assert!(actions.contains(&"received") && actions.contains(&"decided"), "{actions:?}");

    s.desk.desk.catch_up(|_| {}).await.unwrap();
    let found = s.get("/api/v1/search?q=望江小区 着火&facets=urgency,department").await.json();
    assert_eq!(found["total"], 1);
    assert_eq!(found["hits"][0]["ticket"], id);
    assert_eq!(found["facets"]["department"][0], json!({ "value": department, "label": department, "count": 1 }));
    let fragment = &found["hits"][0]["fragments"][0];
    let (start, marks) = (fragment["start"].as_u64().unwrap(), fragment["marks"].as_array().unwrap());
    let chars: Vec<char> = fragment["text"].as_str().unwrap().chars().collect();
    let cut = |m: &Value| {
        let at = |key: &str| (m[key].as_u64().unwrap() - start) as usize;
        chars[at("start")..at("end")].iter().collect::<String>()
    };
    let words: String = marks.iter().map(cut).collect();
    assert!(words.contains("着火"), "{words}");
    assert_eq!(s.get("/api/v1/search?q=望江小区&department=城管局").await.json()["total"], 0);
    assert_eq!(s.get("/api/v1/search?q=望江小区&urgency=U1&urgency=U2").await.json()["total"], 1);

    let list = s.get("/api/v1/appeals?urgency=U1&limit=1").await.json();
    assert_eq!((&list["total"], &list["tickets"][0]["id"]), (&json!(1), &json!(id)));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_twice_is_one_ticket() {
    let s = TestService::new().await;
    let send = async |key: &str, text: &str| {
        let body = json!({ "text": text }).to_string().into_bytes();
        s.post_with("/api/v1/appeals", &[("idempotency-key", key)], body).await
    };
    let first = send("k-1", "人民路路灯不亮").await;
    assert_eq!(first.status, 201);
    let again = send("k-1", "人民路路灯不亮").await;
    assert_eq!(again.status, 200);
    assert_eq!(again.json()["repeated"], true);
    assert_eq!(again.json()["ticket"]["id"], first.json()["ticket"]["id"]);
    send("k-1", "另一件事").await.is_error(409, "conflict", None);
    assert_eq!(send("k-2", "人民路路灯不亮").await.status, 201, "another key is another appeal");
    let own = json!({ "id": "C-1", "text": "窨井盖不见了" });
    assert_eq!(s.post("/api/v1/appeals", &own).await.status, 201);
    assert_eq!(s.post("/api/v1/appeals", &own).await.status, 200);
    let other = json!({ "id": "C-1", "text": "内容变了" });
    s.post("/api/v1/appeals", &other).await.is_error(409, "conflict", None);
    assert_eq!(s.tickets().await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_equal_requests_at_once_are_one_ticket() {
    let s = std::sync::Arc::new(TestService::new().await);
    let tasks: Vec<_> = (0..16)
        .map(|_| {
            let s = s.clone();
            tokio::spawn(async move {
                let body = json!({ "text": "飞虹街道菜场门口的窨井盖不见了" }).to_string().into_bytes();
                s.post_with("/api/v1/appeals", &[("idempotency-key", "storm")], body).await.status.as_u16()
            })
        })
        .collect();
    let mut statuses = Vec::new();
    for task in tasks {
        statuses.push(task.await.unwrap());
    }
    assert_eq!(statuses.iter().filter(|s| **s == 201).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|s| matches!(s, 200 | 201)), "{statuses:?}");
    assert_eq!(s.tickets().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn triage_stores_nothing_and_speaks_the_contract() {
    let s = TestService::new().await;
    let answer = s.post("/api/v1/triage", &json!({ "id": "q-1", "title": "着火", "text": FIRE })).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let body = answer.json();
    for key in ["id", "type", "category", "department", "urgency", "places", "reasons", "uncertain", "model"] {
        assert!(body.get(key).is_some(), "no `{key}` in {body}");
    }
    assert_eq!(body["id"], "q-1");
    assert_eq!(body["urgency"]["level"], "U1");
    let cue = &body["urgency"]["cues"].as_array().unwrap().iter().find(|c| c["field"] == "text").unwrap().clone();
    let (start, end) = (cue["start"].as_u64().unwrap() as usize, cue["end"].as_u64().unwrap() as usize);
    let cut: String = FIRE.chars().skip(start).take(end - start).collect();
    assert_eq!(cue["text"], cut, "positions are characters of the original");
    assert!(body["urgency"]["linkage"].as_array().unwrap().contains(&json!("119")), "{body}");
    assert_eq!(s.tickets().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn other_peoples_data_is_masked_in_hits_and_cases() {
    let s = TestService::new().await;
    let number = "13812345678";
    let text = format!("望江小区电梯困人,联系人张伟,电话{number},请尽快处理");
    s.post("/api/v1/appeals", &json!({ "id": "P-1", "title": format!("电梯困人{number}"), "text": text })).await;
    s.desk.desk.catch_up(|_| {}).await.unwrap();
    let found = s.get("/api/v1/search?q=电梯困人").await;
    assert_eq!(found.json()["total"], 1);
    assert!(!found.text.contains(number), "{}", found.text);
    let page = s.page("/search?q=电梯困人").await;
    assert!(page.text.contains("P-1") && !page.text.contains(number), "{}", page.text);
    let list = s.page("/tickets").await;
    assert!(list.text.contains("P-1") && !list.text.contains(number), "{}", list.text);
    let similar = s.post("/api/v1/similar", &json!({ "text": "望江小区电梯困人" })).await;
    assert_eq!(similar.json()["cases"][0]["ticket"], "P-1");
    assert!(!similar.text.contains(number), "{}", similar.text);
    // Who handles the ticket sees it whole.
    assert!(s.get("/api/v1/appeals/P-1").await.text.contains(number));
}

#[tokio::test(flavor = "multi_thread")]
async fn health_ready_and_metrics() {
    let s = TestService::new().await;
    let health = s.get("/api/v1/health").await;
    assert_eq!(health.status, 200);
    let body = health.json();
    assert_eq!(body["status"], "degraded", "no model is loaded here: {body}");
    assert_eq!(body["model"]["ok"], false);
    assert!(body["model"]["detail"].as_str().unwrap().contains("rules"));
    assert_eq!(body["store"]["ok"], true);
    assert_eq!(s.get("/api/v1/ready").await.json()["ready"], true);
    s.get("/api/v1/search?q=13812345678").await;
    let metrics = s.get("/api/v1/metrics").await;
    assert!(metrics.header("content-type").starts_with("text/plain"));
    for wanted in ["http_request_seconds_bucket", "route=\"/api/v1/search\"", "tingsu_store_up 1", "tingsu_model_up 0"]
    {
        assert!(metrics.text.contains(wanted), "no `{wanted}` in the metrics");
    }
    assert!(!metrics.text.contains("13812345678"), "a query string is in the metrics");
    // A second router in the same process counts into the same recorder.
    let other = TestService::new().await;
    assert!(other.get("/api/v1/metrics").await.text.contains("http_requests_total"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_city_can_be_read() {
    let s = TestService::new().await;
    let pack = s.desk.desk.city();
    let city = s.get("/api/v1/city").await.json();
    assert_eq!((&city["name"], &city["hash"]), (&json!(pack.name), &json!(pack.hash)));
    let tree = s.get("/api/v1/city/taxonomy").await.json();
    let leaves: usize = tree.as_array().unwrap().iter().map(|b| b["categories"].as_array().unwrap().len()).sum();
    assert_eq!((tree.as_array().unwrap().len(), leaves), (20, 115));
    assert_eq!(s.get("/api/v1/city/departments").await.json().as_array().unwrap().len(), pack.departments.len());
    assert_eq!(s.get("/api/v1/city/regions").await.json().as_array().unwrap().len(), pack.regions.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_are_compressed_when_asked() {
    let s = TestService::new().await;
    let request = Request::get("/api/v1/city/taxonomy").header("accept-encoding", "gzip").body(Body::empty()).unwrap();
    let response = tower::ServiceExt::oneshot(s.router.clone(), s.known(request).await).await.unwrap();
    assert_eq!(response.headers().get("content-encoding").unwrap(), "gzip");
}
