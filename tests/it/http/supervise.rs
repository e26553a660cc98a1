//! 督办 through the door: colours by the clocks, orders are kept and audited, whose right it is; 驾驶舱 beside it.

use std::collections::BTreeMap;

use axum::{body::Body, http::Request};
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde_json::json;
use tingsu::{
    domain::{Appeal, AppealType, Channel, Labels, NewTicket, Reach, Role, Status, TicketId, Urgency},
    store::{SqliteStore, Store, verify_ledger},
};

use super::{
    oversight::{UNITS, fill, now, tickets},
    service::{Answer, TestService},
};

async fn ask(s: &TestService, key: &str, path: &str) -> Answer {
    s.send_bare(Request::get(path).header("authorization", key).body(Body::empty()).unwrap()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cockpit_is_for_whoever_leads_and_late_tickets_for_whoever_supervises() {
    let s = TestService::new().await;
    fill(&s, tickets(120)).await;
    for (role, cockpit, supervise) in [
        (Role::Operator, 403, 403),
        (Role::Handler, 403, 403),
        (Role::Supervisor, 200, 200),
        (Role::Analyst, 200, 403),
        (Role::Leader, 200, 200),
        (Role::Admin, 200, 403),
    ] {
        let key = s.key(&format!("as-{}", role.code()), role, Reach::default()).await;
        for (path, wanted) in [
            ("/api/v1/cockpit", cockpit),
            ("/api/v1/cockpit/cases?open=yes", cockpit),
            ("/cockpit", cockpit),
            ("/cockpit/cases?open=yes", cockpit),
            ("/api/v1/supervise", supervise),
            ("/supervise", supervise),
            ("/help", 200),
        ] {
            assert_eq!(ask(&s, &key, path).await.status.as_u16(), wanted, "{role:?} {path}");
        }
    }
    // Whoever reaches one department sees what is late there, and no sums of the city.
    let reach = Reach { departments: vec![UNITS[0].into()], ..Reach::default() };
    let key = s.key("fenguan", Role::Supervisor, reach).await;
    for path in ["/api/v1/cockpit", "/cockpit", "/cockpit/cases?open=yes", "/cockpit/stream"] {
        assert_eq!(ask(&s, &key, path).await.status, 403, "{path}");
    }
    let (all, mine) =
        (s.get("/api/v1/supervise?limit=100").await.json(), ask(&s, &key, "/api/v1/supervise?limit=100").await.json());
    assert!(all["total"].as_u64() > mine["total"].as_u64() && mine["total"].as_u64() > Some(0), "{all} {mine}");
    assert!(mine["cases"].as_array().unwrap().iter().all(|c| c["department"] == UNITS[0]), "{mine}");
    let other = ask(&s, &key, "/api/v1/supervise?department=%E5%85%AC%E5%AE%89%E5%B1%80").await.json();
    assert_eq!(other["total"], 0, "somebody else's department");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_issued_seen_and_closed() {
    let s = TestService::new().await;
    fill(&s, tickets(60)).await;
    let order = json!({ "ticket": "K-0003", "reason": "超期未办结,来电人再次催办", "due_at": "2026-11-24 18:00" });
    let issued = s.post("/api/v1/supervise/orders", &order).await;
    assert_eq!(issued.status, 201, "{}", issued.text);
    let issued = issued.json();
    assert_eq!((issued["department"].as_str(), issued["issued_by"].as_str()), (Some(UNITS[1]), Some("operator")));
    // Saturday 10:00 to Tuesday 18:00: Monday and three quarters of Tuesday are working time.
    assert_eq!(issued["left_seconds"], 86_400 + 18 * 3_600);
    let path = format!("/api/v1/supervise/orders/{}/close", issued["id"]);
    for (bad, field) in [
        (json!({ "ticket": "K-0003", "reason": " ", "due_at": "2026-11-24 18:00" }), "reason"),
        (json!({ "ticket": "K-0003", "reason": "字".repeat(501), "due_at": "2026-11-24 18:00" }), "reason"),
        (json!({ "ticket": "K-0003", "reason": "x", "due_at": "2026-11-20 18:00" }), "due_at"),
        (json!({ "ticket": "K-0003", "reason": "x", "due_at": "2028-11-20 18:00" }), "due_at"),
        (json!({ "ticket": "K-0003", "reason": "x", "due_at": "明天" }), "due_at"),
        (json!({ "ticket": "K-0003", "reason": "x", "due_at": "2026-11-24", "department": "无此局" }), "department"),
    ] {
        s.post("/api/v1/supervise/orders", &bad).await.is_error(400, "invalid", Some(field));
    }
    let none = json!({ "ticket": "K-9999", "reason": "x", "due_at": "2026-11-24 18:00" });
    s.post("/api/v1/supervise/orders", &none).await.is_error(404, "not_found", None);
    // Seen in the list, on the page and on the ticket; by whoever sees the ticket.
    assert_eq!(s.get("/api/v1/supervise/orders").await.json()["orders"].as_array().unwrap().len(), 1);
    assert!(s.page("/supervise").await.text.contains("来电人再次催办"));
    let handler = s.key("banjian", Role::Handler, Reach::default()).await;
    assert!(ask(&s, &handler, "/tickets/K-0003").await.text.contains("来电人再次催办"));
    s.post(&path, &json!({ "result": "" })).await.is_error(400, "invalid", Some("result"));
    // A supervisor of another department cannot close it.
    let reach = Reach { departments: vec![UNITS[0].into()], ..Reach::default() };
    let other = s.key("fenguan", Role::Supervisor, reach).await;
    let request = Request::post(&path)
        .header("authorization", &other)
        .header("content-type", "application/json")
        .body(Body::from(json!({ "result": "好" }).to_string()));
    assert_eq!(s.send_bare(request.unwrap()).await.status, 404);
    assert_eq!(ask(&s, &other, "/api/v1/supervise/orders").await.json()["orders"], json!([]));
    let closed = s.post(&path, &json!({ "result": "已到场处置并回访" })).await.json();
    assert_eq!((closed["closed_by"].as_str(), closed["left_seconds"].as_i64()), (Some("operator"), None));
    s.post(&path, &json!({ "result": "再来" })).await.is_error(409, "conflict", None);
    assert_eq!(s.get("/api/v1/supervise/orders").await.json()["orders"], json!([]));
    let ended = s.get("/api/v1/supervise/orders?state=closed").await.json();
    assert_eq!(ended["orders"][0]["result"], "已到场处置并回访");
    assert!(s.page("/tickets/K-0003").await.text.contains("已到场处置并回访"));
    // Both acts are in the sealed audit, without the words.
    let store = SqliteStore::open(&s.desk.dir.path().join("tingsu.db")).await.unwrap();
    let lines = store.audit(Some(&TicketId::new("K-0003").unwrap()), 50).await.unwrap();
    let acts: Vec<&str> = lines.iter().map(|l| l.action.as_str()).filter(|a| a.starts_with("order_")).collect();
    assert_eq!(acts, ["order_issued", "order_closed"]);
    assert!(lines.iter().all(|l| !l.detail.contains("催办")), "{lines:?}");
    assert_eq!(verify_ledger(&store).await.unwrap().broken, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn colours_follow_the_clocks() {
    let s = TestService::new().await;
    let hours = |n: i64| now() - SignedDuration::from_hours(n);
    let given = |id: &str, level: Urgency, received: Timestamp, change: &dyn Fn(&mut NewTicket)| {
        let mut ticket = NewTicket {
            id: Some(TicketId::new(id).unwrap()),
            received_at: Some(received),
            labels: Labels {
                appeal_type: Some(AppealType::Help),
                urgency: Some(level),
                department: Some(UNITS[0].into()),
                ..Labels::default()
            },
            status: Some(Status::Handling),
            ..NewTicket::of(Channel::Phone, Appeal::new("", "路灯不亮"))
        };
        ticket.handling.signed_at = Some(received);
        change(&mut ticket);
        ticket
    };
    let due = |at: Timestamp| move |t: &mut NewTicket| t.handling.due_at = Some(at);
    let unsigned = |t: &mut NewTicket| {
        t.handling.signed_at = None;
        t.status = Some(Status::ToSign);
    };
    let again = |of: &'static str| move |t: &mut NewTicket| t.repeat_of = Some(TicketId::new(of).unwrap());
    // NOW is Saturday 10:00 in the city: working time stands still since Friday midnight.
    type Seen<'a> = Option<(&'a str, Vec<&'a str>)>;
    let cases: Vec<(NewTicket, Seen<'_>)> = vec![
        (given("C-fine", Urgency::U4, hours(20), &due(now() + 200.hours())), None),
        (given("C-pack", Urgency::U4, hours(2), &|_| {}), None),
        (given("C-soon", Urgency::U4, hours(400), &due(now() + 30.hours())), Some(("yellow", vec!["soon"]))),
        (given("C-over", Urgency::U4, hours(400), &due(hours(20))), Some(("orange", vec!["over"]))),
        // Over since Thursday 20:00: 28 working hours.
        (given("C-long", Urgency::U4, hours(400), &due(hours(38))), Some(("red", vec!["long_over"]))),
        // Over since Friday 05:00: 29 hours, of which 19 are working time.
        (given("C-rest", Urgency::U4, hours(400), &due(hours(29))), Some(("orange", vec!["over"]))),
        (given("C-half", Urgency::U4, now() - 70.minutes(), &unsigned), Some(("yellow", vec!["unsigned"]))),
        (given("C-sign", Urgency::U4, now() - 130.minutes(), &unsigned), Some(("yellow", vec!["sign_over"]))),
        (given("C-u2", Urgency::U2, now() - 10.minutes(), &unsigned), Some(("yellow", vec!["unsigned"]))),
        (given("C-u1", Urgency::U1, now() - 6.minutes(), &unsigned), Some(("red", vec!["urgent_missed"]))),
        (given("C-u2due", Urgency::U2, hours(25), &|_| {}), Some(("red", vec!["over", "urgent_missed"]))),
        (given("C-back", Urgency::U4, hours(1), &|t| t.handling.returned = 2), Some(("orange", vec!["returned"]))),
        (given("C-one", Urgency::U4, hours(5), &|_| {}), Some(("red", vec!["repeated"]))),
        (given("C-two", Urgency::U4, hours(4), &again("C-one")), Some(("red", vec!["repeated"]))),
        (given("C-three", Urgency::U4, hours(3), &again("C-two")), Some(("red", vec!["repeated"]))),
        (given("C-pair", Urgency::U4, hours(4), &again("C-fine")), None),
        (
            given("C-done", Urgency::U1, hours(400), &|t| {
                t.status = Some(Status::Replied);
                t.handling.due_at = Some(hours(300));
            }),
            None,
        ),
    ];
    let wanted: BTreeMap<String, (String, Vec<String>)> = cases
        .iter()
        .filter_map(|(ticket, wanted)| {
            let (light, why) = wanted.as_ref()?;
            let why = why.iter().map(|w| (*w).to_owned()).collect();
            Some((ticket.id.as_ref().unwrap().to_string(), ((*light).to_owned(), why)))
        })
        .collect();
    fill(&s, cases.into_iter().map(|(ticket, _)| ticket).collect()).await;
    let late = s.get("/api/v1/supervise?limit=100").await.json();
    let found: BTreeMap<String, (String, Vec<String>)> = late["cases"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| {
            let why = c["why"].as_array().unwrap().iter().map(|w| w.as_str().unwrap().to_owned()).collect();
            (c["ticket"].as_str().unwrap().to_owned(), (c["light"].as_str().unwrap().to_owned(), why))
        })
        .collect();
    assert_eq!(found, wanted);
    let red = late["cases"].as_array().unwrap().iter().take_while(|c| c["light"] == "red").count();
    assert_eq!((late["counts"][0].as_u64(), red), (Some(red as u64), red), "the worst stand first");
    for (query, n) in [("light=orange", 3), ("why=repeated", 3), ("light=red&why=over", 1), ("light=any", 13)] {
        assert_eq!(s.get(&format!("/api/v1/supervise?{query}")).await.json()["total"], n, "{query}");
    }
}

/// The form on the page does what the API does.
#[tokio::test(flavor = "multi_thread")]
async fn the_page_issues_with_the_proof_of_its_session() {
    let s = TestService::new().await;
    fill(&s, tickets(20)).await;
    let form = |body: &str| {
        Request::post("/supervise")
            .header("accept", "text/html")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(body.to_owned()))
            .unwrap()
    };
    // A key's holder needs no proof; sessions are tried in the browser.
    let wrong = s.send(form("ticket=K-0003&department=&reason=&due_at=2026-11-24+18:00")).await;
    assert_eq!(wrong.status, 400);
    assert!(wrong.text.contains("督办理由应为") && wrong.text.contains("2026-11-24 18:00"), "typed words stay");
    let done = s.send(form("ticket=K-0003&department=&reason=chaoqi&due_at=2026-11-24+18:00")).await;
    assert_eq!((done.status.as_u16(), done.header("location")), (303, "/tickets/K-0003#orders"));
    let close = Request::post("/supervise/1/close")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from("result=done&back=ticket"));
    let closed = s.send(close.unwrap()).await;
    assert_eq!((closed.status.as_u16(), closed.header("location")), (303, "/tickets/K-0003#orders"));
}
