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

async fn send(s: &TestService, key: &str, path: &str, body: Value) -> Answer {
    let request = Request::post(path).header("authorization", key).header("content-type", "application/json");
    s.send_bare(request.body(Body::from(body.to_string())).unwrap()).await
}

async fn act(s: &TestService, key: &str, id: &str, deed: Value) -> Answer {
    send(s, key, &format!("/api/v1/appeals/{id}/acts"), deed).await
}

async fn key(s: &TestService, name: &str, role: Role, unit: &str) -> String {
    s.key(name, role, Reach { departments: vec![unit.into()], ..Reach::default() }).await
}

/// `A-1` is led by [`LEAD`] with the help of [`HELPS`], the others have one unit each.
async fn filled() -> TestService {
    let s = TestService::new().await;
    for (id, unit) in [("A-1", LEAD), ("A-2", HELPS), ("A-3", NONE)] {
        let body = json!({ "id": id, "text": "人民路门口水管漏水路面塌陷", "labels": { "department": unit } });
        assert_eq!(s.post("/api/v1/appeals", &body).await.status, 201);
    }
    let send = json!({ "kind": "dispatch", "department": LEAD, "assisting": [HELPS, LEAD] });
    let sent = s.post("/api/v1/appeals/A-1/acts", &send).await;
    assert_eq!(sent.status, 200, "{}", sent.text);
    assert_eq!(s.get("/api/v1/appeals/A-1").await.json()["handling"]["assisting"], json!([HELPS]));
    s.desk.desk.catch_up(|_| {}).await.unwrap();
    s
}

#[tokio::test(flavor = "multi_thread")]
async fn who_assists_finds_the_ticket_in_every_list() {
    let s = filled().await;
    let (helps, none) = (key(&s, "xieban", Role::Handler, HELPS).await, key(&s, "wuguan", Role::Handler, NONE).await);
    for (key, ids) in [(&helps, ["A-2", "A-1"].as_slice()), (&none, ["A-3"].as_slice())] {
        for path in ["/api/v1/appeals", "/api/v1/appeals?sort=due", "/api/v1/search?q=漏水"] {
            let found = ask(&s, key, path).await.json();
            assert_eq!(found["total"], ids.len(), "{path}: {found}");
            for id in ["A-1", "A-2", "A-3"] {
                assert_eq!(found.to_string().contains(id), ids.contains(&id), "{path} {id}: {found}");
            }
        }
    }
    assert_eq!(ask(&s, &none, "/api/v1/appeals/A-1").await.status, 403);
    let page = ask(&s, &helps, "/tickets").await.text;
    assert!(page.contains("data-view=\"assisting\">协办 <strong>1</strong></a>"), "{page}");
    let only = ask(&s, &helps, "/api/v1/appeals?view=assisting").await.json();
    assert_eq!((&only["total"], only.to_string().contains("A-1")), (&json!(1), true), "{only}");
    assert_eq!(ask(&s, &helps, &format!("/api/v1/appeals?assisting={HELPS}")).await.json()["total"], 1);
    // To the 主办单位 it is its own.
    let lead = key(&s, "zhuban", Role::Handler, LEAD).await;
    assert_eq!(ask(&s, &lead, "/api/v1/appeals").await.json()["total"], 1);
    assert_eq!(ask(&s, &lead, "/api/v1/appeals?view=assisting").await.json()["total"], 0);
    // The number of each unit on the page of 督办 is that of the list it leads to, also once one of them leads.
    let chief = key(&s, "duban", Role::Supervisor, HELPS).await;
    let link = format!("/tickets?assisting={HELPS}&sort=due");
    for (count, decided) in [(1, None), (0, Some(HELPS))] {
        if let Some(unit) = decided {
            let body = json!({ "labels": { "department": unit } });
            let answer = s.post("/api/v1/appeals/A-1/decision", &body).await;
            assert_eq!(answer.status, 200, "{}", answer.text);
        }
        for key in [None, Some(&chief)] {
            let (page, list) = match key {
                None => (s.page("/supervise").await.text, s.get(&format!("/api/v1/appeals?assisting={HELPS}")).await),
                Some(key) => (
                    ask(&s, key, "/supervise").await.text,
                    ask(&s, key, &link.replace("/tickets", "/api/v1/appeals")).await,
                ),
            };
            assert_eq!(list.json()["total"], count, "{}", list.text);
            assert_eq!(page.contains("data-assisting"), count > 0, "{page}");
            assert_eq!(page.contains("sort=due\">协办 <b>1</b></a>"), count > 0, "{page}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_assists_says_what_it_did_and_nothing_else() {
    let s = filled().await;
    let whistle = json!({ "kind": "whistle", "units": [HELPS], "text": "到场", "within": 2 });
    assert_eq!(s.post("/api/v1/appeals/A-1/acts", &whistle).await.status, 200);
    // With every right that a role has, of the unit that assists.
    let helps = key(&s, "xieban", Role::Supervisor, HELPS).await;
    let refused = [
        json!({ "kind": "sign" }),
        json!({ "kind": "return", "text": "不属于" }),
        json!({ "kind": "contact", "text": "已联系" }),
        json!({ "kind": "reply", "text": "已办结" }),
        json!({ "kind": "assign", "person": "xieban" }),
        json!({ "kind": "dispatch", "department": NONE }),
        json!({ "kind": "whistle", "units": [NONE], "text": "到场", "within": 2 }),
        json!({ "kind": "revisit", "reached": true, "outcome": "解决" }),
        json!({ "kind": "reopen", "text": "再办" }),
        json!({ "kind": "archive" }),
        json!({ "kind": "repeat", "repeat_of": "A-2" }),
    ];
    let before = s.get("/api/v1/appeals/A-1").await.json();
    for deed in refused {
        let answer = act(&s, &helps, "A-1", deed.clone()).await;
        answer.is_error(403, "forbidden", None);
        assert!(answer.text.contains("主办单位"), "{deed}: {}", answer.text);
    }
    // Of several tickets only the own one is handled.
    let both = json!({ "tickets": ["A-1", "A-2"], "act": { "kind": "assign", "person": "xieban" } });
    let both = send(&s, &helps, "/api/v1/acts", both).await.json();
    assert_eq!((&both[1]["done"], both.to_string().contains("本单位为协办")), (&json!(true), true), "{both}");
    let decided = send(&s, &helps, "/api/v1/appeals/A-1/decision", json!({ "labels": { "department": HELPS } })).await;
    decided.is_error(403, "forbidden", None);
    let transfer = send(&s, &helps, "/api/v1/appeals/A-1/transfer", json!({ "units": ["110"] })).await;
    transfer.is_error(403, "forbidden", None);
    // An order to the unit that answers is somebody else's to give, and to close.
    let order = json!({ "ticket": "A-1", "reason": "逾期未到场", "due_at": "2026-11-30 18:00" });
    send(&s, &helps, "/api/v1/supervise/orders", order.clone()).await.is_error(403, "forbidden", None);
    let issued = s.post("/api/v1/supervise/orders", &order).await.json();
    let close = format!("/api/v1/supervise/orders/{}/close", issued["id"]);
    send(&s, &helps, &close, json!({ "result": "好了" })).await.is_error(403, "forbidden", None);
    let mut own = order;
    own["department"] = json!(HELPS);
    assert_eq!(send(&s, &helps, "/api/v1/supervise/orders", own).await.status, 201);
    assert_eq!(s.get("/api/v1/appeals/A-1").await.json(), before, "what was refused changed something");
    let page = ask(&s, &helps, "/tickets/A-1").await.text;
    assert!(page.contains("data-assists") && !page.contains("data-decide"), "{page}");
    for (deed, offered) in [("note", true), ("mark", true), ("report", true), ("sign", false), ("dispatch", false)] {
        assert_eq!(page.contains(&format!("data-deed=\"{deed}\"")), offered, "{deed}");
    }
    for deed in [
        json!({ "kind": "note", "text": "已派人查看" }),
        json!({ "kind": "mark", "text": "现场" }),
        json!({ "kind": "report", "unit": HELPS }),
    ] {
        let answer = act(&s, &helps, "A-1", deed.clone()).await;
        assert_eq!(answer.status, 200, "{deed}: {}", answer.text);
    }
    // The same hands on its own ticket are free.
    let own = ask(&s, &helps, "/tickets/A-2").await.text;
    assert!(!own.contains("data-assists") && own.contains("data-decide"), "{own}");
    assert_eq!(act(&s, &helps, "A-2", json!({ "kind": "dispatch", "department": HELPS })).await.status, 200);
    assert_eq!(act(&s, &helps, "A-2", json!({ "kind": "sign" })).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_shows_what_is_mine_and_what_is_demanded() {
    let s = filled().await;
    let (helps, none) = (key(&s, "xieban", Role::Handler, HELPS).await, key(&s, "wuguan", Role::Handler, NONE).await);
    assert_eq!(s.post("/api/v1/appeals/A-1/acts", &json!({ "kind": "assign", "person": "xieban" })).await.status, 200);
    assert_eq!(ask(&s, &helps, "/api/v1/appeals?view=mine&sort=due").await.json()["total"], 1);
    assert_eq!(ask(&s, &none, "/api/v1/appeals?view=mine").await.json()["total"], 0);
    let order = json!({ "ticket": "A-1", "reason": "逾期未到场,请联系13812345678", "due_at": "2026-11-30 18:00" });
    assert_eq!(s.post("/api/v1/supervise/orders", &order).await.status, 201);
    let page = ask(&s, &helps, "/tickets?view=ordered").await.text;
    assert!(page.contains("被督办 <strong>1</strong></a>") && page.contains("逾期未到场"), "{page}");
    assert!(!page.contains("13812345678"), "a number is on the list: {page}");
    assert!(!ask(&s, &none, "/tickets?view=ordered").await.text.contains("A-1"));
    // What is chosen stays when a filter is added.
    let page = ask(&s, &helps, "/tickets?view=ordered&sort=due").await.text;
    assert!(page.contains("name=\"view\" value=\"ordered\"") && page.contains("name=\"sort\" value=\"due\""), "{page}");
    for (bad, field) in [("view=none", "view"), ("sort=oldest", "sort")] {
        s.get(&format!("/api/v1/appeals?{bad}")).await.is_error(400, "invalid", Some(field));
    }
}
