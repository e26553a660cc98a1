//! 协办 and how tickets stand: who assists sees the ticket in every list, and does not do what is of the 主办单位.

use axum::{body::Body, http::Request};
use serde_json::{Value, json};
use tingsu::domain::{Reach, Role};

use super::service::{Answer, TestService};

const LEAD: &str = "住建局";
const HELPS: &str = "城管局";
const NONE: &str = "公安局";

async fn ask(s: &TestService, key: &str, path: &str) -> Answer {
    let path = path.bytes().map(|b| if b.is_ascii_graphic() { char::from(b).to_string() } else { format!("%{b:02X}") });
    let request = Request::get(path.collect::<String>()).header("authorization", key).header("accept", "text/html");
    s.send_bare(request.body(Body::empty()).unwrap()).await
}

async fn act(s: &TestService, key: &str, id: &str, deed: Value) -> Answer {
    let request = Request::post(format!("/api/v1/appeals/{id}/acts"))
        .header("authorization", key)
        .header("content-type", "application/json");
    s.send_bare(request.body(Body::from(deed.to_string())).unwrap()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn who_assists_sees_the_ticket_and_does_not_answer_for_it() {
    let s = TestService::new().await;
    for (id, unit) in [("A-1", LEAD), ("A-2", HELPS), ("A-3", NONE)] {
        let body = json!({ "id": id, "text": "人民路门口水管漏水路面塌陷", "labels": { "department": unit } });
        assert_eq!(s.post("/api/v1/appeals", &body).await.status, 201);
    }
    let send = json!({ "kind": "dispatch", "department": LEAD, "assisting": [HELPS] });
    let sent = s.post("/api/v1/appeals/A-1/acts", &send).await;
    assert_eq!(sent.status, 200, "{}", sent.text);
    s.desk.desk.catch_up(|_| {}).await.unwrap();
    let key = |name: &'static str, unit: &str| {
        s.key(name, Role::Handler, Reach { departments: vec![unit.into()], ..Reach::default() })
    };
    let (helps, none) = (key("xieban", HELPS).await, key("wuguan", NONE).await);
    for (key, ids) in [(&helps, ["A-2", "A-1"].as_slice()), (&none, ["A-3"].as_slice())] {
        for path in ["/api/v1/appeals", "/api/v1/search?q=漏水"] {
            let found = ask(&s, key, path).await.json();
            assert_eq!(found["total"], ids.len(), "{path}: {found}");
            for id in ["A-1", "A-2", "A-3"] {
                assert_eq!(found.to_string().contains(id), ids.contains(&id), "{path} {id}: {found}");
            }
        }
    }
    assert_eq!(ask(&s, &none, "/api/v1/appeals/A-1").await.status, 403);
    let page = ask(&s, &helps, "/tickets").await.text;
    assert!(page.contains("data-view=\"assisting\">协办 1</a>"), "{page}");
    let only = ask(&s, &helps, "/api/v1/appeals?view=assisting").await.json();
    assert_eq!((&only["total"], only.to_string().contains("A-1")), (&json!(1), true), "{only}");
    assert_eq!(ask(&s, &helps, &format!("/api/v1/appeals?assisting={HELPS}")).await.json()["total"], 1);
    for deed in [json!({ "kind": "sign" }), json!({ "kind": "return", "text": "不属于" })] {
        let refused = act(&s, &helps, "A-1", deed).await;
        assert!(refused.status == 403 && refused.text.contains("主办单位"), "{}", refused.text);
    }
    let note = act(&s, &helps, "A-1", json!({ "kind": "note", "text": "已派人查看" })).await;
    assert_eq!(note.status, 200, "{}", note.text);
    let mine = act(&s, &helps, "A-1", json!({ "kind": "assign", "person": "xieban" })).await;
    assert_eq!(mine.status, 200, "{}", mine.text);
    assert_eq!(ask(&s, &helps, "/api/v1/appeals?view=mine&sort=due").await.json()["total"], 1);
    assert_eq!(ask(&s, &none, "/api/v1/appeals?view=mine").await.json()["total"], 0);
    let order = json!({ "ticket": "A-1", "reason": "逾期未到场", "due_at": "2026-11-30 18:00" });
    assert_eq!(s.post("/api/v1/supervise/orders", &order).await.status, 201);
    let page = ask(&s, &helps, "/tickets?view=ordered").await.text;
    assert!(page.contains("被督办 1</a>") && page.contains("逾期未到场"), "{page}");
    assert!(!ask(&s, &none, "/tickets?view=ordered").await.text.contains("A-1"));
}
