//! Corrections over the wire and by the forms of an event's page.

use axum::{body::Body, http::Request};
use serde_json::{Value, json};
use tingsu::domain::{Reach, Role};

use super::service::{Answer, TestService};

/// Two events; the event of each.
pub(super) async fn two_events(s: &TestService) -> (String, String) {
    let texts = [("A", "望江路主水管爆裂,整条街停水,请抢修"), ("B", "力峰健身关门,会员卡退不了费,找不到人")];
    for (name, text) in texts {
        for n in 0..3 {
            let call = json!({ "id": format!("{name}-{n}"), "text": format!("{text}{n}") });
            assert_eq!(s.post("/api/v1/appeals", &call).await.status, 201);
        }
    }
    for _ in 0..600 {
        let found = (event_of(s, "A-0").await, event_of(s, "B-0").await);
        if let (Some(a), Some(b)) = found
            && passed(s, &a).await
            && passed(s, &b).await
        {
            return (a, b);
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("no two events");
}

/// Whether a pass has seen it: joined appeals make an event, a pass gives it its topic.
async fn passed(s: &TestService, event: &str) -> bool {
    !s.get(&format!("/api/v1/events/{event}")).await.json()["topic"].is_null()
}

async fn event_of(s: &TestService, ticket: &str) -> Option<String> {
    let listed = s.get("/api/v1/events").await.json();
    let holds = |e: &&Value| e["tickets"].as_array().unwrap().iter().any(|t| t == ticket);
    Some(listed["events"].as_array()?.iter().find(holds)?["id"].as_str()?.to_owned())
}

async fn form(s: &TestService, path: &str, body: &str) -> Answer {
    let request = Request::post(path).header("content-type", "application/x-www-form-urlencoded");
    s.send(request.body(Body::from(body.to_owned())).unwrap()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_corrected_and_corrections_taken_back() {
    let s = TestService::new().await;
    let _workers = s.desk.desk.start_workers();
    let (a, b) = two_events(&s).await;
    let before = s.get(&format!("/api/v1/events/{a}")).await.json();
    let body = json!({ "with": [b], "reason": "同一片区" });
    // who may only read may not correct
    for (role, name) in [(Role::Leader, "l"), (Role::Admin, "a"), (Role::Operator, "o")] {
        let key = s.key(name, role, Reach::default()).await;
        let path = format!("/api/v1/events/{a}/merge");
        let refused = s.post_with(&path, &[("authorization", &key)], body.to_string().into_bytes()).await;
        assert_eq!(refused.status, 403, "{role:?}");
    }
    let merged = s.post(&format!("/api/v1/events/{a}/merge"), &body).await;
    assert_eq!((merged.status.as_u16(), merged.json()["shown"].clone()), (201, json!(true)), "{}", merged.text);
    assert_eq!(event_of(&s, "B-2").await.as_ref(), Some(&a));
    let shown = s.get(&format!("/api/v1/events/{a}")).await.json();
    assert_eq!(shown["corrections"][0]["act"], "merge");
    assert_eq!(shown["lineage"].as_array().unwrap().last().unwrap()["what"], "并入");
    let post = async |act: &str, body: Value| s.post(&format!("/api/v1/events/{a}/{act}"), &body).await;
    assert_eq!(post("rename", json!({ "title": "停水与停业", "reason": "更清楚" })).await.status, 201);
    assert_eq!(post("pin", json!({ "keep": true, "reason": "要跟踪" })).await.status, 201);
    assert_eq!(post("exclude", json!({ "tickets": ["A-1"], "never": true, "reason": "误报" })).await.status, 201);
    assert_eq!(post("split", json!({ "tickets": ["B-0", "B-1"], "reason": "两件事" })).await.status, 201);
    let away = event_of(&s, "B-0").await.unwrap_or_default();
    let list = s.get("/api/v1/topics/corrections").await.json();
    assert_eq!(list["corrections"].as_array().unwrap().len(), 5, "{away}");
    let moved = s.post("/api/v1/events/-/move", &json!({ "ticket": "A-1", "to": a, "reason": "是一件事" })).await;
    assert_eq!(moved.status, 201, "{}", moved.text);
    post("rename", json!({ "title": "", "reason": "x" })).await.is_error(400, "invalid", Some("title"));
    post("split", json!({ "tickets": [], "reason": "x" })).await.is_error(400, "invalid", Some("tickets"));
    post("merge", json!({ "with": ["E-none"], "reason": "x" })).await.is_error(404, "not_found", Some("with"));
    post("merge", json!({ "with": [away], "reason": " " })).await.is_error(400, "invalid", Some("reason"));
    s.post("/api/v1/events/E-none/pin", &json!({ "keep": true, "reason": "x" })).await.is_error(404, "not_found", None);
    // the page tells of them and takes them back
    let page = s.page(&format!("/events/{a}")).await;
    for wanted in ["停水与停业", "最近的校正", "撤销", "来龙去脉", "生成专报", "勾选的移过去"]
    {
        assert!(page.text.contains(wanted), "no {wanted}");
    }
    let key = s.key("ld", Role::Leader, Reach::default()).await;
    let request = Request::get(format!("/events/{a}")).header("accept", "text/html").header("authorization", &key);
    let read = s.send(request.body(Body::empty()).unwrap()).await;
    assert!(read.status == 200 && !read.text.contains("name=\"act\""), "a leader reads only");
    let list = s.get("/api/v1/topics/corrections").await.json();
    for act in list["corrections"].as_array().unwrap() {
        let id = act["id"].as_i64().unwrap();
        let undone = s.post(&format!("/api/v1/topics/corrections/{id}/undo"), &json!({ "reason": "试验" })).await;
        assert_eq!(undone.status, 200, "{}", undone.text);
    }
    assert_eq!(s.get(&format!("/api/v1/events/{a}")).await.json(), before, "as if nothing had been");
    let all = s.get("/api/v1/topics/corrections?all=true").await.json();
    assert_eq!(all["corrections"].as_array().unwrap().len(), 6);
    assert_eq!(all["corrections"][0]["undone"]["reason"], "试验");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_forms_of_the_page_do_the_same() {
    let s = TestService::new().await;
    let _workers = s.desk.desk.start_workers();
    let (a, b) = two_events(&s).await;
    let path = format!("/events/{a}/correct");
    let done = form(&s, &path, &format!("act=merge&with={b}&reason=%E5%90%8C%E4%B8%80")).await;
    assert_eq!(
        (done.status.as_u16(), done.header("location")),
        (303, format!("/events/{a}").as_str()),
        "{}",
        done.text
    );
    assert_eq!(event_of(&s, "B-0").await.as_ref(), Some(&a));
    assert_eq!(form(&s, &path, "act=split&reason=x").await.status, 400, "nothing is chosen");
    let split = form(&s, &path, "act=split&ticket=B-0&ticket=B-1&ticket=B-2&reason=x").await;
    assert_eq!(split.status, 303);
    assert_ne!(event_of(&s, "B-0").await.as_ref(), Some(&a));
    let id = s.get("/api/v1/topics/corrections").await.json()["corrections"][0]["id"].as_i64().unwrap();
    assert_eq!(form(&s, &format!("/events/{a}/undo"), &format!("correction={id}")).await.status, 303);
    assert_eq!(event_of(&s, "B-0").await.as_ref(), Some(&a));
    let ticket = s.page("/tickets/B-0").await.text;
    assert!(ticket.contains("同一事件") && ticket.contains(&format!("/events/{a}")), "the ticket says where it is");
}
