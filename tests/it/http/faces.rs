//! What people meet on pages: errors in their language, filters that go away one by one, a decision that can be
//! corrected, and their kept filters in the audit.

use axum::{body::Body, http::Request};
use serde_json::json;
use tingsu::{
    domain::{Actor, FaultKind, Reach, Role},
    http::advice_of,
    store::AuditFilter,
};

use super::{
    oversight::{UNITS, fill, tickets},
    service::TestService,
};

/// Words of Latin letters in what a page shows, outside of its frame, numbers of requests and names.
fn latin(html: &str) -> Vec<String> {
    let body = html.split("<main").nth(1).map_or(html, |main| main.split_once('>').map_or("", |(_, rest)| rest));
    let mut text = String::new();
    let mut tag = false;
    for part in
        body.split("<code>").enumerate().map(|(n, p)| if n == 0 { p } else { p.split("</code>").nth(1).unwrap_or(p) })
    {
        for c in part.chars() {
            tag = (tag || c == '<') && c != '>';
            text.push(if tag { ' ' } else { c });
        }
    }
    let words = text.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| word.len() > 2);
    words.filter(|word| !["main", "quot"].contains(word)).map(str::to_owned).collect()
}

#[test]
fn every_kind_of_error_has_its_words_in_chinese() {
    for kind in FaultKind::ALL {
        let (heading, advice) = advice_of(kind);
        assert!(latin(heading).is_empty() && latin(advice).is_empty(), "{kind:?}");
        assert!(heading.chars().count() > 3 && advice.ends_with('。'), "{kind:?}: {heading} {advice}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_page_speaks_chinese() {
    let s = TestService::new().await;
    let leader = s.key("lingdao", Role::Leader, Reach::default()).await;
    for (method, path, status, says) in [
        ("GET", "/tickets/99-1", 404, "没有工单"),
        ("GET", "/events/E-none", 404, "现在没有这个事件"),
        ("GET", "/briefs/none", 404, "没有找到"),
        ("GET", "/no-such-page", 404, "没有找到"),
        ("GET", "/tickets?colour=red", 400, "有误"),
        ("GET", "/tickets?offset=-1", 400, "有误"),
        ("GET", "/tickets?from=a&from=b", 400, "有误"),
        ("GET", "/search?sort=best", 400, "有误"),
        ("GET", "/tickets?q=%FF", 400, "有误"),
        ("DELETE", "/tickets", 405, "不接受"),
        ("GET", "/intake", 403, "无权访问"),
    ] {
        let request = Request::builder().method(method).uri(path).header("accept", "text/html");
        let request = match status {
            403 => request.header("authorization", &leader),
            _ => request,
        };
        let answer = s.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.text);
        assert!(answer.text.contains(says), "{method} {path}: {}", answer.text);
        assert_eq!(latin(&answer.text), Vec::<String>::new(), "{method} {path}");
    }
    // A program is told exactly, in English, as before.
    let told = s.get("/api/v1/appeals?colour=red").await.is_error(400, "invalid", Some("colour"));
    assert!(told.contains("unknown parameter"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_of_the_late_goes_away_alone() {
    let s = TestService::new().await;
    fill(&s, tickets(60)).await;
    let path = format!("/supervise?department={}&department={}&district=-&offset=0", UNITS[0], UNITS[1]);
    let page = s.page(&path).await.text;
    let chip = |words: &str| {
        let at = page.find(&format!(">{words} <")).unwrap_or_else(|| panic!("no chip {words}: {page}"));
        let open = page[..at].rfind("<a ").unwrap();
        page[open..at].split("href=\"").nth(1).unwrap().split('"').next().unwrap().replace("&#38;", "&")
    };
    let first = s.get(&chip(&format!("主办 {}", UNITS[0]))).await.text;
    assert!(!first.contains(&format!(">主办 {} <", UNITS[0])) && first.contains(&format!(">主办 {} <", UNITS[1])));
    assert!(first.contains("区县 未注明"), "the others stay");
    let none = s.get(&chip("区县 未注明")).await.text;
    assert!(!none.contains("区县 未注明") && none.contains(&format!(">主办 {} <", UNITS[0])), "{none}");
    assert!(!page.contains("区县 -") && page.contains("aria-hidden=\"true\">✕"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_may_decide_can_correct_a_stored_ticket() {
    let s = TestService::new().await;
    let body = json!({ "id": "D-1", "text": "小区着火了,有人被困", "labels": { "urgency": "U1", "category": "0701" } });
    assert_eq!(s.post("/api/v1/appeals", &body).await.status, 201);
    for role in [Role::Operator, Role::Handler, Role::Supervisor, Role::Analyst, Role::Leader, Role::Admin] {
        let key = s.key(&format!("as-{}", role.code()), role, Reach::default()).await;
        let asked = Request::get("/tickets/D-1").header("accept", "text/html").header("authorization", &key);
        let page = s.send(asked.body(Body::empty()).unwrap()).await.text;
        let may = matches!(role, Role::Operator | Role::Supervisor | Role::Analyst);
        assert_eq!(page.contains("data-decide=\"D-1\""), may, "{role:?}");
        if may {
            assert!(page.contains("<option value=\"0701\" selected>"), "what stands is chosen: {page}");
            assert!(page.contains("<option value=\"U1\" selected>") && page.contains("name=\"reason\""));
        }
    }
    let lower = json!({ "labels": { "urgency": "U4" } });
    s.post("/api/v1/appeals/D-1/decision", &lower).await.is_error(400, "invalid", None);
}

#[tokio::test(flavor = "multi_thread")]
async fn kept_filters_and_searches_are_in_the_audit() {
    let s = TestService::new().await;
    let list = s.post("/api/v1/lists", &json!({ "name": "某人13812345678", "query": "urgency=U1" })).await.json();
    let search = s.post("/api/v1/searches", &json!({ "name": "停水", "q": "停水" })).await.json();
    for path in [format!("/api/v1/lists/{}", list["id"]), format!("/api/v1/searches/{}", search["id"])] {
        let dropped = s.send(Request::delete(&path).body(Body::empty()).unwrap()).await;
        assert!(dropped.status.is_success(), "{}", dropped.text);
        assert_eq!(s.send(Request::delete(&path).body(Body::empty()).unwrap()).await.status, 404, "once");
    }
    let admin = s.desk.desk.acting(&Actor::person("a", Role::Admin));
    for (action, detail) in [
        ("list_kept", format!("#{} 某人＊", list["id"])),
        ("list_dropped", format!("#{}", list["id"])),
        ("search_kept", format!("#{} 停水", search["id"])),
        ("search_dropped", format!("#{}", search["id"])),
    ] {
        let filter = AuditFilter { action: Some(action.into()), ..AuditFilter::default() };
        let lines = admin.audit_lines(&filter, 10).await.unwrap();
        assert_eq!(lines.len(), 1, "{action}");
        assert_eq!(lines[0].actor, "operator", "{action}");
        assert!(lines[0].detail.starts_with(detail.as_str()), "{action}: {}", lines[0].detail);
        assert!(!lines[0].detail.contains("13812345678"), "{}", lines[0].detail);
    }
    let key = s.key("guanli", Role::Admin, Reach::default()).await;
    let asked = Request::get("/admin/audit").header("accept", "text/html").header("authorization", &key);
    let page = s.send(asked.body(Body::empty()).unwrap()).await.text;
    for word in ["保存筛选", "删去筛选", "关注检索", "取消关注"] {
        assert!(page.contains(&format!("<td>{word}</td>")) || page.contains(word), "{word}");
    }
}
