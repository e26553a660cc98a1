//! 只投诉一次 at the door: the promised day as input, what it colours, the three rates and what is behind them.

use std::collections::BTreeMap;

use axum::{body::Body, http::Request};
use jiff::{SignedDuration, Timestamp, civil::Date};
use serde_json::{Value, json};
use tingsu::domain::{
    Handling, NewTicket, Outcome, Reach, Reopened, Role, Round, Status, TicketId, city_date, parse_city,
};

use super::{
    oversight::{UNITS, fill, now, tickets},
    service::TestService,
};

fn city(text: &str) -> Timestamp {
    parse_city(text).unwrap()
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_promised_day_is_checked_and_shown() {
    let s = TestService::new().await;
    s.post("/api/v1/appeals", &json!({ "id": "W-1", "text": "人民路路灯不亮,请尽快修" })).await;
    let path = "/api/v1/appeals/W-1/acts";
    assert_eq!(s.post(path, &json!({ "kind": "reply", "text": "列入计划" })).await.status, 200);
    let reopen = |promised: &str| json!({ "kind": "reopen", "text": "一时修不好", "promised": promised });
    // NOW is Saturday the 21st of November 2026.
    for (bad, said) in [
        ("2026-11-20", "已经过去"),
        ("2030-01-01", "最多在 3 年之内"),
        ("明天", "请写成 2026-12-31"),
        ("2026-02-30", "请写成 2026-12-31"),
    ] {
        let refused = s.post(path, &reopen(bad)).await;
        refused.is_error(400, "invalid", Some("promised"));
        assert!(refused.text.contains(said), "{bad}: {}", refused.text);
    }
    let reach = Reach::default();
    let handler = s.key("banjian", Role::Handler, reach).await;
    let request = Request::post(path)
        .header("authorization", &handler)
        .header("content-type", "application/json")
        .body(Body::from(reopen("2026-12-31").to_string()));
    s.send_bare(request.unwrap()).await.is_error(403, "forbidden", None);
    let done = s.post(path, &reopen("2026-12-31")).await.json();
    assert_eq!((&done["status"], &done["handling"]["promised"]), (&json!("二次办理"), &json!("2026-12-31")));
    s.post(path, &reopen("")).await.is_error(409, "conflict", None);
    assert_eq!(s.post(path, &reopen("2027-01-15")).await.json()["handling"]["promised"], "2027-01-15");
    let page = s.page("/tickets/W-1").await.text;
    for said in ["承诺 12-31 前办结", "承诺 2027-01-15 前办结", "改承诺办结日", "min=\"2026-11-21\"", "<dt>承诺</dt>"]
    {
        assert!(page.contains(said), "{said} is missing");
    }
    let file = s.get("/api/v1/export?format=csv").await.text;
    assert!(file.contains("承诺办结日") && file.contains("2027-01-15"), "{file}");
}

/// Taken up again in September, still open.
fn second(id: &str, promised: &str, change: impl FnOnce(&mut NewTicket)) -> NewTicket {
    let mut ticket = tickets(1).remove(0);
    ticket.id = Some(TicketId::new(id).unwrap());
    ticket.received_at = Some(city("2026-08-03 09:00"));
    ticket.status = Some(Status::SecondRound);
    ticket.labels.department = Some(UNITS[0].into());
    ticket.labels.urgency = Some(tingsu::domain::Urgency::U4);
    ticket.handling = Handling {
        due_at: Some(city("2026-08-20 23:59:59")),
        signed_at: Some(city("2026-09-10 10:00")),
        promised: (!promised.is_empty()).then(|| day(promised)),
        rounds: vec![Round {
            contacts: vec![day("2026-10-01"), day("2026-11-01")],
            ..Round::since(city("2026-09-10 09:00"))
        }],
        ..Handling::default()
    };
    change(&mut ticket);
    ticket
}

#[tokio::test(flavor = "multi_thread")]
async fn a_promise_and_a_month_colour_the_ticket() {
    let s = TestService::new().await;
    let silent = |t: &mut NewTicket| t.handling.rounds[0].contacts.truncate(1);
    let answered = |t: &mut NewTicket| t.status = Some(Status::Replied);
    // The old deadline passed in August: the promise is what counts.
    type Seen<'a> = Option<(&'a str, Vec<&'a str>)>;
    let cases: Vec<(NewTicket, Seen<'_>)> = vec![
        (second("P-far", "2027-03-31", |_| {}), None),
        (second("P-soon", "2026-11-27", |_| {}), Some(("yellow", vec!["soon"]))),
        (second("P-today", "2026-11-21", |_| {}), Some(("yellow", vec!["soon", "promised"]))),
        (second("P-over", "2026-11-20", |_| {}), Some(("orange", vec!["promised", "over"]))),
        (second("P-long", "2026-11-10", |_| {}), Some(("red", vec!["promised", "long_over"]))),
        (second("P-none", "", |_| {}), Some(("red", vec!["long_over"]))),
        (second("P-silent", "2027-03-31", silent), Some(("yellow", vec!["uncontacted"]))),
        (second("P-done", "2026-11-10", answered), None),
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
    // Each reason is a chip with its number, and opens as many lines.
    let page = s.page("/supervise").await.text;
    for (code, label, n) in [("uncontacted", "本月未联系", 1), ("promised", "承诺到期", 3)] {
        assert!(page.contains(&format!("<a class=\"chip\" href=\"/supervise?why={code}\">{label} {n}</a>")), "{label}");
        let list = s.page(&format!("/supervise?why={code}")).await.text;
        assert_eq!(list.matches("<td class=\"why\">").count(), n, "{label}");
    }
}

/// The three rates by a walk over all tickets; every number of the table opens its tickets.
#[tokio::test(flavor = "multi_thread")]
async fn the_rates_are_what_a_walk_counts() {
    let s = TestService::new().await;
    let mut all = tickets(800);
    for (n, ticket) in all.iter_mut().enumerate().filter(|(n, _)| n % 5 == 0) {
        let from = ticket.received_at.unwrap() + SignedDuration::from_hours(24 * (n as i64 % 9));
        let (from, ended) = (from.min(now()), n % 3 == 0);
        ticket.status = Some(if ended { Status::Replied } else { Status::SecondRound });
        let handling = &mut ticket.handling;
        handling.promised = (n % 4 != 1).then(|| city_date(from + SignedDuration::from_hours(24 * (n as i64 % 40))));
        handling.closed_at = ended.then_some((from + SignedDuration::from_hours(24 * (n as i64 % 31))).min(now()));
        handling.outcome = [None, Some(Outcome::Unsolved), Some(Outcome::Partly)][n % 3 * (n % 2)];
        let contacts = if n % 2 == 0 { vec![day("2026-10-01")] } else { Vec::new() };
        handling.rounds =
            vec![Round { to: handling.closed_at, contacts, outcome: handling.outcome, ..Round::since(from) }];
    }
    fill(&s, all.clone()).await;
    for days in [28_i64, 180] {
        let table = table(&s.page(&format!("/supervise?days={days}&units=all")).await.text);
        let seen = |t: &NewTicket| t.received_at.unwrap() >= now() + SignedDuration::from_secs(1 - 86_400 * days);
        for (unit, cells) in &table {
            let mine =
                |t: &&NewTicket| seen(t) && (unit == "全部" || t.labels.department.as_deref() == Some(unit.as_str()));
            let signed = all.iter().filter(mine).filter(|t| t.handling.signed_at.is_some());
            let clean = signed.clone().filter(|t| t.handling.returned == 0).count();
            let again: Vec<Reopened> = all.iter().filter(mine).map(reopened).collect();
            let months = again.iter().map(|r| r.months(now())).fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1));
            let due = again.iter().filter_map(|r| r.kept(now()));
            let kept = due.clone().filter(|kept| *kept).count();
            let wanted = [(clean, signed.count()), (months.1 as usize, months.0 as usize), (kept, due.count())];
            let found: Vec<(usize, usize)> =
                cells.iter().map(|cell| cell.as_ref().map_or((0, 0), |c| (c[0].0, c[1].0))).collect();
            assert_eq!(found, wanted, "{unit}, {days} days");
        }
        assert_eq!(table.len(), 1 + UNITS.len());
        assert!(table[0].1[2].is_some() && (days < 100 || table[0].1[1].is_some()), "there is something to count");
        let cells = table.iter().flat_map(|(_, cells)| cells.iter().enumerate());
        let numbers = cells.filter_map(|(at, cell)| Some((at, cell.clone()?)));
        for (at, (n, href)) in numbers.flat_map(|(at, pair)| pair.map(|number| (at, number))) {
            let list = s.page(&href).await;
            assert_eq!(list.status, 200, "{href}");
            let total = list.text.split_once("data-total>").unwrap().1.split_once('<').unwrap().0.to_owned();
            // Months are more than the tickets that they belong to, and none without a ticket.
            let total: usize = total.parse().unwrap();
            match at {
                1 => assert!(total <= n && (total > 0) == (n > 0), "{href}: {total} of {n} months"),
                _ => assert_eq!(total, n, "{href}"),
            }
            let api = href.replace("/supervise/cases", "/api/v1/cockpit/cases");
            assert_eq!(s.get(&api).await.json()["total"], total, "{api}");
        }
    }
    assert_eq!(s.page("/supervise?days=7").await.status, 400);
    s.get("/api/v1/cockpit/cases?once=all").await.is_error(400, "invalid", Some("once"));
    s.get("/api/v1/cockpit/cases?signed=maybe").await.is_error(400, "invalid", Some("signed"));
    s.get("/api/v1/cockpit/cases?once=kept&light=red").await.is_error(400, "invalid", Some("event"));
    // Whoever supervises one department sees its own, and may open it.
    let reach = Reach { departments: vec![UNITS[1].into()], ..Reach::default() };
    let key = s.key("fenguan", Role::Supervisor, reach).await;
    let ask = async |path: &str| {
        let request = Request::get(path).header("authorization", &key).header("accept", "text/html");
        s.send_bare(request.body(Body::empty()).unwrap()).await
    };
    let mine = table(&ask("/supervise?days=180").await.text);
    let whole = table(&s.page("/supervise?days=180&units=all").await.text);
    let line = |name: &str| whole.iter().find(|(unit, _)| unit == name).unwrap().1.clone();
    let counts = |cells: &Cells| cells.clone().map(|c| c.map(|c| c.map(|(n, _)| n)));
    assert_eq!(mine.iter().map(|(unit, _)| unit.as_str()).collect::<Vec<_>>(), ["全部", UNITS[1]]);
    assert_eq!(counts(&mine[0].1), counts(&line(UNITS[1])));
    let (n, href) = mine[0].1[0].clone().unwrap()[1].clone();
    let list = ask(&href).await;
    assert!(list.status == 200 && list.text.contains(&format!("data-total>{n}<")), "{href}");
}

fn reopened(ticket: &NewTicket) -> Reopened {
    Reopened {
        id: ticket.id.clone().unwrap(),
        received_at: ticket.received_at.unwrap(),
        registered_at: ticket.received_at.unwrap(),
        department: ticket.labels.department.clone(),
        status: ticket.status.unwrap(),
        handling: ticket.handling.clone(),
    }
}

/// Numerator and denominator of each rate, with their addresses.
type Cells = [Option<[(usize, String); 2]>; 3];

/// Lines of the table on the page.
fn table(page: &str) -> Vec<(String, Cells)> {
    let body = page.split_once("<table class=\"once\">").unwrap_or_else(|| panic!("no table: {page}")).1;
    let body = body.split_once("</table>").unwrap().0;
    let number = |text: &str| {
        let (href, rest) = text.split_once("\">").unwrap();
        let n = rest.split_once("</a>").unwrap().0.replace('\u{2009}', "");
        (n.parse().unwrap(), href.replace("&#38;", "&"))
    };
    let cell = |text: &str| -> Option<[(usize, String); 2]> {
        let all: Vec<(usize, String)> = text.split("<a class=\"n\" href=\"").skip(1).map(number).collect();
        let pair: [(usize, String); 2] = all.try_into().ok()?;
        let shown: f64 = text.split_once("<b>")?.1.split_once("</b>")?.0.parse().unwrap();
        assert!((shown - 100.0 * pair[0].0 as f64 / pair[1].0 as f64).abs() < 0.051, "{text}");
        Some(pair)
    };
    let lines = body.split("<th scope=\"row\">").skip(1);
    lines
        .map(|line| {
            let (name, rest) = line.split_once("</th>").unwrap();
            let cells: Vec<&str> = rest.split("<td>").skip(1).collect();
            (name.to_owned(), [0, 1, 2].map(|n| cell(cells[n])))
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_city_keeps_everything() {
    let s = TestService::new().await;
    let page = s.page("/supervise").await.text;
    assert_eq!(table(&page), [("全部".to_owned(), [None, None, None])]);
    let help = s.page("/help").await.text;
    assert!(help.contains("id=\"once\"") && help.contains("href=\"#once\""), "{help}");
    let nothing: Value = s.get("/api/v1/cockpit/cases?once=owed").await.json();
    assert_eq!((&nothing["total"], &nothing["tickets"]), (&json!(0), &json!([])));
    assert!(nothing["words"].as_str().unwrap().contains("按月联系"), "{nothing}");
}

/// 吹哨报到 stands beside it: who has not reported in by the time is counted, and opened.
#[tokio::test(flavor = "multi_thread")]
async fn a_unit_that_has_not_reported_in_is_counted() {
    let s = TestService::new().await;
    let called = |reported: Value| {
        json!({ "whistles": [{ "at": "2026-11-20T01:00:00Z", "due_at": "2026-11-20T03:00:00Z",
            "units": [{ "unit": UNITS[1], "reported_at": reported }] }] })
    };
    let far = |id: &str, reported: Value| {
        second(id, "2027-03-31", |t| {
            let whistles = serde_json::from_value::<Handling>(called(reported)).unwrap().whistles;
            t.handling.whistles = whistles;
        })
    };
    let mut pending = far("X-2", Value::Null);
    (pending.status, pending.handling.rounds, pending.handling.promised) = (Some(Status::Handling), Vec::new(), None);
    pending.handling.due_at = Some(city("2027-03-31 10:00"));
    fill(&s, vec![far("X-1", json!("2026-11-20T02:00:00Z")), pending]).await;
    let late = s.get("/api/v1/supervise?why=unreported").await.json();
    assert_eq!((&late["total"], &late["cases"][0]["ticket"]), (&json!(1), &json!("X-2")), "{late}");
    assert_eq!(late["cases"][0]["light"], "orange");
    let page = s.page("/supervise").await.text;
    assert!(page.contains("<a class=\"chip\" href=\"/supervise?why=unreported\">未按时报到 1</a>"), "{page}");
    let path = "/api/v1/appeals/X-2/acts";
    for (bad, field) in [
        (json!({ "kind": "report" }), Some("unit")),
        (json!({ "kind": "whistle", "text": "联办", "units": ["无此局"] }), Some("units")),
        (json!({ "kind": "whistle", "text": "联办", "units": [] }), None),
        (json!({ "kind": "whistle", "text": "联办", "units": [UNITS[2]], "within": 0 }), None),
    ] {
        s.post(path, &bad).await.is_error(400, "invalid", field);
    }
    let done = s.post(path, &json!({ "kind": "report", "unit": UNITS[1], "text": "已到场" })).await.json();
    assert!(done["handling"]["whistles"][0]["units"][0]["reported_at"].is_string(), "{done}");
    let again = s.post(path, &json!({ "kind": "whistle", "text": "联办", "units": [UNITS[2]] })).await.json();
    assert_eq!(again["handling"]["whistles"][1]["due_at"], "2026-11-22T10:00:00+08:00", "a day without more");
    assert_eq!((&again["handling"]["assisting"], &again["status"]), (&json!([UNITS[2]]), &json!("办理中")));
    assert_eq!(s.get("/api/v1/supervise?why=unreported").await.json()["total"], 0);
    let page = s.page("/tickets/X-2").await.text;
    assert!(page.contains("data-whistles") && page.contains("已报到") && page.contains("未报到"), "{page}");
    assert!(
        page.contains(&format!("<option>{}</option></select></label><label>说明", UNITS[2])),
        "only who is missing"
    );
}
