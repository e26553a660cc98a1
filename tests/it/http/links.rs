//! No page leads nowhere: whatever a role is shown as a link opens for that role; 帮助 and the rail tell each role
//! what it has.

use std::collections::{BTreeSet, VecDeque};

use axum::{body::Body, http::Request};
use serde_json::json;
use tingsu::domain::{Reach, Role};

use super::{
    events::two_events,
    service::{Answer, TestService},
};

const ROLES: [Role; 6] = [Role::Operator, Role::Handler, Role::Supervisor, Role::Analyst, Role::Leader, Role::Admin];

async fn page(s: &TestService, key: &str, path: &str) -> Answer {
    let request = Request::get(path).header("accept", "text/html").header("authorization", key);
    // Files are no text: their bytes are not looked at here.
    let response = tower::ServiceExt::oneshot(s.router.clone(), request.body(Body::empty()).unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    let html = parts.headers.get("content-type").is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    let text = match html {
        true => String::from_utf8(http_body_util::BodyExt::collect(body).await.unwrap().to_bytes().to_vec()).unwrap(),
        false => String::new(),
    };
    Answer { status: parts.status, headers: parts.headers, text }
}

fn hrefs(html: &str) -> Vec<String> {
    let each = html.split(" href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let plain = each.map(|href| href.replace("&#38;", "&").replace("&amp;", "&"));
    plain.map(|href| href.split('#').next().unwrap_or_default().to_owned()).collect()
}

/// Every link that can be reached from the first page by links alone; pages of one path are read once, so that
/// filters do not multiply.
async fn dead(s: &TestService, key: &str) -> (Vec<String>, usize) {
    let (mut wrong, mut seen, mut read) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
    let mut next = VecDeque::from([("/".to_owned(), "".to_owned())]);
    while let Some((href, from)) = next.pop_front() {
        if !href.starts_with('/') || href.starts_with("/assets/") || !seen.insert(href.clone()) {
            continue;
        }
        let answer = page(s, key, &href).await;
        if answer.status.is_redirection() {
            next.push_back((answer.header("location").to_owned(), href));
            continue;
        }
        if !answer.status.is_success() {
            wrong.push(format!("{from} leads to {href}: {}", answer.status));
        }
        let path = href.split('?').next().unwrap_or_default().to_owned();
        if read.insert(path) {
            next.extend(hrefs(&answer.text).into_iter().map(|link| (link, href.clone())));
        }
    }
    (wrong, seen.len())
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_a_role_is_shown_as_a_link_opens() {
    let s = TestService::new().await;
    let _workers = s.desk.desk.start_workers();
    let (a, b) = two_events(&s).await;
    let merged = s.post(&format!("/api/v1/events/{a}/merge"), &json!({ "with": [b], "reason": "一件事" })).await;
    assert_eq!(merged.status, 201, "{}", merged.text);
    let order = json!({ "ticket": "A-0", "reason": "催办", "due_at": "2026-11-24 18:00", "department": "城管局" });
    assert_eq!(s.post("/api/v1/supervise/orders", &order).await.status, 201);
    let decided = json!({ "labels": { "department": "城管局", "urgency": "U1" } });
    assert_eq!(s.post("/api/v1/appeals/A-1/decision", &decided).await.status, 200);
    let earlier = json!({ "id": "P-9", "text": "人民路路灯不亮", "received_at": "2026-11-20 09:00" });
    assert_eq!(s.post("/api/v1/appeals", &earlier).await.status, 201);
    let brief = json!({ "kind": "daily", "from": "2026-11-20", "to": "2026-11-21" });
    let made = s.post("/api/v1/briefs", &brief).await;
    assert_eq!(made.status, 201, "{}", made.text);
    s.desk.desk.catch_up(|_| {}).await.unwrap();
    let unit = Reach { departments: vec!["城管局".into()], ..Reach::default() };
    let mut all = ROLES.map(|role| (format!("as-{}", role.code()), role, Reach::default())).to_vec();
    all.push(("unit".into(), Role::Handler, unit));
    for (name, role, reach) in all {
        let key = s.key(&name, role, reach).await;
        let (wrong, links) = dead(&s, &key).await;
        assert!(wrong.is_empty(), "{name}: {wrong:#?}");
        assert!(links > 10, "{name}: only {links} links");
    }
    // An address of the event that was taken in goes on to where its tickets are.
    let old = s.page(&format!("/events/{b}")).await;
    assert_eq!((old.status.as_u16(), old.header("location")), (303, format!("/events/{a}").as_str()));
    let kept = s.page(&format!("/events/{a}")).await.text;
    assert!(kept.contains("并入") && !kept.contains(&format!("href=\"/events/{b}\"")), "no link to what is gone");
    assert_eq!(s.page("/events/E-none").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_part_of_help_leads_to_its_page_or_says_that_there_is_none() {
    let s = TestService::new().await;
    for role in ROLES {
        let key = s.key(&format!("as-{}", role.code()), role, Reach::default()).await;
        let help = page(&s, &key, "/help").await.text;
        let rail = help.split("</nav>").next().unwrap().to_owned();
        let parts: Vec<&str> = help.split("<section id=\"").skip(1).take_while(|p| !p.starts_with("keys")).collect();
        assert!(parts.len() > 20 && parts.iter().any(|p| p.starts_with("instructions\"")), "{}", parts.len());
        for part in parts {
            let (id, head) = part.split_once("</h2>").unwrap().0.split_once('"').unwrap();
            match hrefs(head).as_slice() {
                [] => assert!(head.contains("您的角色没有此页"), "{role:?} {id}: {head}"),
                [href] => assert!(rail.contains(&format!("href=\"{href}\"")), "{role:?} {id}: {href}"),
                more => panic!("{role:?} {id}: {more:?}"),
            }
        }
        assert_eq!(help.contains("/api/docs"), role == Role::Admin, "{role:?}: the API is for administrators");
        let bell = help.contains("class=\"bell");
        let insight = !matches!(role, Role::Operator | Role::Handler);
        assert_eq!(bell, insight, "{role:?}: the bell is for those who may look into alarms");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn choosing_one_filter_of_topics_keeps_the_other() {
    let s = TestService::new().await;
    let district = s.desk.desk.city().regions[0].district.clone();
    for n in 0..4 {
        let text = format!("望江路主水管爆裂,整条街停水,请抢修{n}");
        let call = json!({ "id": format!("T-{n}"), "text": text, "district": district });
        assert_eq!(s.post("/api/v1/appeals", &call).await.status, 201);
    }
    let mut following = tingsu::desk::Following::default();
    while s.desk.desk.topics_step(&mut following).await.unwrap() > 0 || s.desk.desk.hot().is_none() {}
    let both = |html: &str| {
        let kept = |href: &String| href.contains("state=") && href.contains("district=");
        hrefs(html).into_iter().filter(|href| href.starts_with("/topics?") && kept(href)).count()
    };
    let plain = s.page("/topics").await.text;
    assert!(plain.contains(&district) && both(&plain) == 0, "{plain}");
    let of_district = s.page(&format!("/topics?district={district}")).await.text;
    assert!(both(&of_district) >= 5, "each state keeps the district: {of_district}");
    // The state that the event has: its districts keep it.
    let states = hrefs(&plain).into_iter().filter(|href| href.starts_with("/topics?state=")).collect::<Vec<_>>();
    let mut found = 0;
    let key = s.key("as-analyst", Role::Analyst, Reach::default()).await;
    for state in states {
        found += both(&page(&s, &key, &state).await.text);
    }
    assert!(found >= 1, "a district keeps the state");
}
