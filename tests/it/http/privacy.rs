//! What people without 个人信息 may not see, wherever somebody wrote it, and that seeing it is recorded.

use axum::{body::Body, http::Request};
use serde_json::json;
use tingsu::{
    domain::{Actor, Amendment, Correction, Parent, Reach, Role, TicketId, Undone},
    http::views::{CorrectionView, ParentView},
    store::AuditFilter,
};

use super::service::TestService;
use crate::desk::NOW;

const NUMBER: &str = "13812345678";

/// A page or an answer as a leader gets it, who may not see personal data.
async fn leader(s: &TestService, key: &str, path: &str) -> String {
    let request = Request::get(path).header("authorization", key).header("accept", "text/html");
    let answer = s.send_bare(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text);
    answer.text
}

#[tokio::test(flavor = "multi_thread")]
async fn no_cut_leaves_the_beginning_of_a_number() {
    let s = TestService::new().await;
    // The lists cut at 40 characters, the ticket's sidebar at 30.
    let parts: Vec<_> = (18..42)
        .map(|at| {
            let lead: String = "路灯不亮影响出行".chars().cycle().take(at).collect();
            json!({ "text": format!("{lead}{NUMBER}请尽快处理"), "labels": { "urgency": "U4" } })
        })
        .collect();
    for chunk in parts.chunks(8) {
        let stored = s.post("/api/v1/calls", &json!({ "parts": chunk })).await;
        assert!(stored.status.is_success(), "{}", stored.text);
    }
    let key = s.key("lingdao", Role::Leader, Reach::default()).await;
    let first = s.get("/api/v1/appeals").await.json()["tickets"][0]["id"].as_str().unwrap().to_owned();
    for path in ["/tickets", "/cockpit/cases", "/cockpit", &format!("/tickets/{first}")] {
        let text = leader(&s, &key, path).await;
        assert!(!text.contains(&NUMBER[..7]), "{path} shows a part of the number");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_people_type_is_masked_like_what_citizens_say() {
    let s = TestService::new().await;
    let body = json!({ "id": "P-1", "text": "小区着火了,有人被困", "labels": { "urgency": "U1" } });
    assert_eq!(s.post("/api/v1/appeals", &body).await.status, 201);
    let reason = format!("来电人 {NUMBER} 要求撤回");
    let lower = json!({ "labels": { "urgency": "U4" }, "reason": reason });
    let decided = s.post("/api/v1/appeals/P-1/decision", &lower).await;
    assert_eq!(decided.status, 200, "{}", decided.text);
    let marked = s.post("/api/v1/appeals/P-1/acts", &json!({ "kind": "mark", "text": NUMBER })).await;
    assert_eq!(marked.status, 200, "{}", marked.text);
    let key = s.key("lingdao", Role::Leader, Reach::default()).await;
    for path in ["/tickets/P-1", "/api/v1/appeals/P-1/history", "/api/v1/appeals/P-1/progress"] {
        let (open, covered) = (s.page(path).await.text, leader(&s, &key, path).await);
        assert!(open.contains(NUMBER), "{path}: who may see it sees it");
        assert!(!covered.contains(NUMBER) && covered.contains('＊'), "{path}: {covered}");
    }
    let admin = s.key("guanli", Role::Admin, Reach::default()).await;
    let ledger = leader(&s, &admin, "/admin/audit?ticket=P-1").await;
    assert!(ledger.contains("急度调低") && !ledger.contains(NUMBER), "{ledger}");
}

#[test]
fn reasons_of_corrections_and_replies_to_parents_are_masked() {
    let (at, said) = (NOW.parse().unwrap(), format!("联系人 {NUMBER}"));
    let undone = Undone { at, by: "a".into(), reason: said.clone() };
    let act = Amendment::Exclude { ticket: "A".into(), from: None, rest: Vec::new(), never: true };
    let actor = Actor::person("a", Role::Analyst);
    let title = said.clone();
    let rename = Amendment::Rename { event: "E-A".into(), tickets: Vec::new(), title };
    let given = Correction { id: 2, at, actor: actor.clone(), reason: "更名".into(), act: rename, undone: None };
    let correction = Correction { id: 1, at, actor, reason: said.clone(), act, undone: Some(undone) };
    let reply = Some((said.clone(), "a".into(), at));
    let parent = Parent {
        id: 1,
        ticket: "A".into(),
        event: "E-A".into(),
        at,
        reason: said,
        children: Vec::new(),
        reply,
        undone: None,
    };
    let shown = [
        serde_json::to_string(&CorrectionView::of(&correction)).unwrap(),
        serde_json::to_string(&CorrectionView::of(&given)).unwrap(),
        serde_json::to_string(&ParentView::of(&parent)).unwrap(),
    ];
    for shown in shown {
        assert!(!shown.contains(NUMBER) && shown.contains('＊'), "{shown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_with_personal_data_is_recorded_as_read() {
    let s = TestService::new().await;
    let read = async |id: &str| {
        let lines = s.desk.desk.history(&TicketId::new(id).unwrap()).await.unwrap().1;
        lines.iter().filter(|line| line.action == "read").count()
    };
    let body = json!({ "id": "P-1", "text": "路灯不亮", "caller": { "number": NUMBER } });
    assert!(s.post("/api/v1/appeals", &body).await.text.contains(NUMBER));
    assert_eq!(read("P-1").await, 0, "who sends it knows it");
    assert!(s.post("/api/v1/appeals", &body).await.text.contains(NUMBER));
    assert_eq!(read("P-1").await, 1, "what stands already is read");
    let note = json!({ "kind": "note", "text": "." });
    assert!(s.post("/api/v1/appeals/P-1/acts", &note).await.text.contains(NUMBER));
    assert_eq!(read("P-1").await, 2);
    let decision = json!({ "labels": { "urgency": "U3" } });
    assert!(s.post("/api/v1/appeals/P-1/decision", &decision).await.text.contains(NUMBER));
    assert_eq!(read("P-1").await, 3);
    let call = json!({ "parts": [
        { "id": "P-2", "text": "路灯不亮", "caller": { "number": NUMBER } },
        { "id": "P-3", "text": "小区停水", "caller": { "number": NUMBER } },
    ] });
    for (times, status) in [(0, 201), (1, 200)] {
        let answer = s.post("/api/v1/calls", &call).await;
        assert_eq!(answer.status.as_u16(), status, "{}", answer.text);
        assert!(answer.text.contains(NUMBER));
        assert_eq!((read("P-2").await, read("P-3").await), (times, times));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_called_is_asked_only_by_those_who_may_know() {
    let s = TestService::new().await;
    let body = json!({ "id": "P-1", "text": "路灯不亮", "caller": { "number": NUMBER } });
    assert_eq!(s.post("/api/v1/appeals", &body).await.status, 201);
    s.desk.desk.catch_up(|_| {}).await.unwrap();
    let key = s.key("fenxi", Role::Analyst, Reach::default()).await;
    let kept = json!({ "name": "某人", "filters": [{ "facet": "caller", "value": NUMBER }] });
    for query in [format!("caller={NUMBER}"), format!("q=caller:{NUMBER}"), format!("q=-caller:{NUMBER}")] {
        let path = format!("/api/v1/search?{query}");
        assert_eq!(s.get(&path).await.status, 200, "{path}");
        let asked = Request::get(&path).header("authorization", &key).body(Body::empty()).unwrap();
        s.send_bare(asked).await.is_error(403, "forbidden", None);
    }
    let post = |key: &str| {
        let request = Request::post("/api/v1/searches").header("content-type", "application/json");
        request.header("authorization", key).body(Body::from(kept.to_string())).unwrap()
    };
    s.send_bare(post(&key)).await.is_error(403, "forbidden", None);
    let operator = s.key("shouli", Role::Operator, Reach::default()).await;
    assert!(s.send_bare(post(&operator)).await.status.is_success());
    let lines = s.desk.desk.acting(&Actor::person("a", Role::Admin));
    let filter = AuditFilter { action: Some("caller_searched".into()), ..AuditFilter::default() };
    assert_eq!(lines.audit_lines(&filter, 10).await.unwrap().len(), 3, "each time it is asked is recorded");
}

/// Hits on covered characters would say what they are.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_feels_under_the_mask() {
    let s = TestService::new().await;
    let text = format!("我叫欧阳锋,电话{NUMBER},18路车站的路灯不亮");
    assert_eq!(s.post("/api/v1/appeals", &json!({ "id": "20261121-000007", "text": text })).await.status, 201);
    s.desk.desk.catch_up(|_| {}).await.unwrap();
    let key = s.key("fenxi", Role::Analyst, Reach::default()).await;
    let ask = async |q: &str| {
        let path = format!("/api/v1/search?q={}", q.bytes().map(|b| format!("%{b:02X}")).collect::<String>());
        let request = Request::get(&path).header("authorization", &key).body(Body::empty()).unwrap();
        s.send_bare(request).await
    };
    let piece = &NUMBER[3..9];
    for q in [NUMBER, piece, &format!("\"{piece}\""), &format!("路灯 -{piece}"), "我叫欧阳锋", "路灯 OR 138１２３４"]
    {
        ask(q).await.is_error(403, "forbidden", None);
    }
    for q in ["20261121-000007", "202611210007", "12345", "18路", "路灯"] {
        assert_eq!(ask(q).await.status, 200, "{q}");
    }
    // a bare name cannot be told from a word; where it is covered, nothing is marked
    let found = ask("欧阳锋").await.json();
    assert_eq!(found["hits"].as_array().unwrap().len(), 1, "{found}");
    for hit in found["hits"].as_array().unwrap() {
        for fragment in hit["fragments"].as_array().unwrap() {
            let letters: Vec<char> = fragment["text"].as_str().unwrap().chars().collect();
            let from = fragment["start"].as_u64().unwrap();
            for mark in fragment["marks"].as_array().unwrap() {
                let place = |end: &str| (mark[end].as_u64().unwrap() - from) as usize;
                let marked = &letters[place("start")..place("end")];
                assert!(!marked.contains(&'＊'), "{hit}");
            }
        }
    }
}

/// What a leader wrote on a brief, and what was done then, stands beside numbers of the whole city and is read
/// without a line in the audit: nobody sees personal data in it.
#[tokio::test(flavor = "multi_thread")]
async fn instructions_are_masked_for_everybody() {
    let s = TestService::new().await;
    for n in 0..3 {
        let body = json!({ "id": format!("P-{n}"), "text": format!("人民路{n}号路灯不亮") });
        assert_eq!(s.post("/api/v1/appeals", &body).await.status, 201);
    }
    let earlier = json!({ "id": "P-9", "text": "人民路路灯不亮", "received_at": "2026-11-20 09:00" });
    assert_eq!(s.post("/api/v1/appeals", &earlier).await.status, 201);
    let daily = json!({ "kind": "daily", "from": "2026-11-20", "to": "2026-11-21" });
    let made = s.post("/api/v1/briefs", &daily).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let page = format!("/briefs/{}", made.json()["id"].as_str().unwrap());
    let given = json!({ "leader": "陈市长", "text": format!("请联系 {NUMBER} 核查") });
    let path = format!("/api/v1{page}/instructions");
    let kept = s.post(&path, &given).await;
    assert_eq!(kept.status, 201, "{}", kept.text);
    let steps = format!("{path}/{}/steps", kept.json()["id"]);
    let step = s.post(&steps, &json!({ "state": "working", "note": format!("已致电 {NUMBER}") })).await;
    assert!(step.text.contains("working"), "{}", step.text);
    for role in [Role::Analyst, Role::Leader, Role::Admin, Role::Supervisor] {
        let key = s.key(&format!("as-{}", role.code()), role, Reach::default()).await;
        for path in [page.as_str(), path.as_str(), "/briefs"] {
            let shown = leader(&s, &key, path).await;
            assert!(shown.contains("请联系") && !shown.contains(NUMBER), "{role:?} {path}: {shown}");
        }
    }
}
