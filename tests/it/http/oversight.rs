//! 驾驶舱 through the door: every number opens exactly its appeals.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp, ToSpan};
use serde_json::Value;
use tingsu::{
    desk::Following,
    domain::{
        Actor, Appeal, AppealType, Caller, Channel, Handling, Labels, NewTicket, Outcome, Satisfaction, Status,
        TicketId, Urgency, city_date, city_time,
    },
    store::{SqliteStore, Store},
};

use super::service::{Answer, TestService};
use crate::desk::NOW;

pub(super) const UNITS: [&str; 3] = ["城管局", "公安局", "人社局"];
const DISTRICTS: [&str; 3] = ["明湖区", "港西区", "东江区"];
const CODES: [&str; 4] = ["0103", "0501", "0701", "0801"];
const TEXTS: [&str; 4] =
    ["社保卡激活失败窗口排队很久", "夜市摊贩占道经营油烟很大", "人行道路面塌陷路灯不亮", "小区停水两天水压很低"];

pub(super) fn now() -> Timestamp {
    NOW.parse().unwrap()
}

/// Tickets over eleven weeks in a fixed pattern, with all that is counted.
pub(super) fn tickets(count: usize) -> Vec<NewTicket> {
    let ticket = |n: usize| {
        let received = now() - SignedDuration::from_mins((n * n / 7 + n * 37) as i64);
        let level = Urgency::ALL[(n * 5 / 3) % 4];
        let ended = !n.is_multiple_of(3);
        let revisited = ended && !n.is_multiple_of(5);
        let after = |hours: i64| Some(received + SignedDuration::from_hours(hours));
        let satisfaction = [Satisfaction::Satisfied, Satisfaction::Mostly, Satisfaction::Dissatisfied][(n / 3) % 3];
        let handling = Handling {
            dispatched_at: (!n.is_multiple_of(4)).then_some(received + SignedDuration::from_mins(20)),
            signed_at: (n % 4 > 1).then_some(received + SignedDuration::from_mins(50)),
            due_at: if n.is_multiple_of(7) { None } else { after(24 * (1 + n as i64 % 6)) },
            closed_at: if ended { after(5 + n as i64 % 90).map(|at| at.min(now())) } else { None },
            contacted: revisited.then_some(!n.is_multiple_of(8)),
            revisited: ended.then_some(revisited),
            outcome: revisited.then_some(if n.is_multiple_of(4) { Outcome::Unsolved } else { Outcome::Solved }),
            satisfaction: revisited.then_some(satisfaction),
            returned: u32::from(n.is_multiple_of(11)) * 2,
            ..Handling::default()
        };
        NewTicket {
            id: Some(TicketId::new(format!("K-{n:04}")).unwrap()),
            received_at: Some(received),
            caller: Caller { number: Some(format!("138{n:08}")), ..Caller::default() },
            district: (!n.is_multiple_of(13)).then(|| DISTRICTS[n % 3].to_owned()),
            labels: Labels {
                appeal_type: Some([AppealType::Help, AppealType::Complaint][n % 2]),
                category: Some(CODES[n % 4].into()),
                department: Some(UNITS[(n / 2) % 3].into()),
                urgency: Some(level),
                flags: None,
            },
            status: Some(if ended { Status::Revisited } else { [Status::ToSign, Status::Handling][n % 2] }),
            repeat_of: (n % 17 == 3).then(|| TicketId::new(format!("K-{:04}", n - 1)).unwrap()),
            handling,
            ..NewTicket::of(Channel::Phone, Appeal::new("", format!("{}第{n}号", TEXTS[n % 4])))
        }
    };
    (0..count).map(ticket).collect()
}

/// Puts tickets into the store as an import does.
pub(super) async fn fill(s: &TestService, tickets: Vec<NewTicket>) {
    let store = SqliteStore::open(&s.desk.dir.path().join("tingsu.db")).await.unwrap();
    let row = |ticket: NewTicket| {
        let intake = tingsu::store::Intake {
            actor: Actor::system(),
            at: ticket.received_at.unwrap(),
            idempotency_key: None,
            suggestion: None,
            due_at: None,
            floor: None,
        };
        (ticket, intake)
    };
    for stored in store.add_many(tickets.into_iter().map(row).collect()).await.unwrap() {
        stored.unwrap();
    }
    store.close().await;
}

/// As the follower does in a running service: events and hot words.
async fn look(s: &TestService) {
    let mut following = Following::default();
    // a pass runs beside the follower, which takes it when it is done
    for _ in 0..2_000 {
        let work = s.desk.desk.topics_step(&mut following).await.unwrap();
        if work == 0 && s.desk.desk.hot().is_some() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("no picture of what is happening");
}

fn numbers(value: &Value, found: &mut Vec<(u64, String)>) {
    match value {
        Value::Object(map) => {
            if let (Some(n), Some(cases)) = (map.get("n").and_then(Value::as_u64), map.get("cases")) {
                found.push((n, cases.as_str().unwrap().to_owned()));
            }
            map.values().for_each(|v| numbers(v, found));
        }
        Value::Array(list) => list.iter().for_each(|v| numbers(v, found)),
        _ => {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_number_opens_exactly_its_appeals() {
    let s = TestService::new().await;
    fill(&s, tickets(420)).await;
    look(&s).await;
    let board = s.get("/api/v1/cockpit").await.json();
    let mut found = Vec::new();
    numbers(&board, &mut found);
    assert!(found.len() > 200, "{} numbers", found.len());
    assert!(found.iter().filter(|(n, _)| *n > 0).count() > 60, "most say something");
    for (n, cases) in &found {
        let behind = s.get(&format!("{cases}{}limit=100", if cases.contains('?') { '&' } else { '?' })).await.json();
        assert_eq!(behind["total"].as_u64(), Some(*n), "{cases}");
        let listed = behind["tickets"].as_array().unwrap().len() as u64;
        assert_eq!(listed, (*n).min(100), "{cases}");
    }
    // The page says the same, and its links open as many.
    let page = s.page("/cockpit?all=1").await.text;
    let mut links = 0;
    for part in page.split("<a class=\"n\" href=\"/cockpit/cases?").skip(1) {
        let (href, rest) = part.split_once("\">").unwrap();
        let shown = rest.split_once("</a>").unwrap().0.replace('\u{2009}', "");
        let href = format!("/cockpit/cases?{}", href.replace("&#38;", "&"));
        let list = s.page(&href).await;
        assert_eq!(list.status, 200, "{href}");
        let total: f64 = total(&list).parse().unwrap();
        match href.split_once("weeks=") {
            // A mean: all of the weeks are behind it.
            Some((_, weeks)) => {
                let weeks: f64 = weeks.chars().take_while(char::is_ascii_digit).collect::<String>().parse().unwrap();
                assert_eq!(format!("{:.1}", total / weeks), shown, "{href}");
            }
            None => assert_eq!(total, shown.parse::<f64>().unwrap(), "{href}"),
        }
        links += 1;
    }
    assert!(links > 60, "{links} links");
}

fn total(page: &Answer) -> String {
    let rest = page.text.split_once("data-total>").unwrap_or_else(|| panic!("no total: {}", page.text)).1;
    rest.split_once('<').unwrap().0.replace('\u{2009}', "")
}

/// The same numbers by a walk over all tickets.
#[tokio::test(flavor = "multi_thread")]
async fn numbers_are_what_a_walk_counts() {
    let s = TestService::new().await;
    let all = tickets(420);
    fill(&s, all.clone()).await;
    let board = s.get("/api/v1/cockpit").await.json();
    let count = |keep: &dyn Fn(&NewTicket) -> bool| all.iter().filter(|t| keep(t)).count() as u64;
    let at = |t: &NewTicket| t.received_at.unwrap();
    let today = city_date(now());
    let is_today = |at: Timestamp| city_date(at) == today;
    let urgent = |t: &NewTicket| t.labels.urgency >= Some(Urgency::U2);
    let open = |t: &NewTicket| t.handling.closed_at.is_none();
    let figure = |key: &str| {
        let figures = board["today"].as_array().unwrap();
        figures.iter().find(|f| f["key"] == key).unwrap_or_else(|| panic!("no {key}")).clone()
    };
    let n = |value: &Value| value["n"].as_u64().unwrap();
    assert_eq!(n(&figure("received")["now"]), count(&|t| is_today(at(t))));
    assert_eq!(n(&figure("urgent")["now"]), count(&|t| is_today(at(t)) && urgent(t)));
    assert_eq!(n(&figure("repeat")["now"]), count(&|t| is_today(at(t)) && t.repeat_of.is_some()));
    assert_eq!(n(&figure("closed")["now"]), count(&|t| t.handling.closed_at.is_some_and(is_today)));
    assert_eq!(n(&figure("due")["now"]), count(&|t| t.handling.due_at.is_some_and(is_today)));
    assert_eq!(n(&figure("due_open")["now"]), count(&|t| t.handling.due_at.is_some_and(is_today) && open(t)));
    assert_eq!(n(&board["urgent_open"]), count(&|t| urgent(t) && open(t)));
    assert_eq!(n(&board["open"]), count(&open));
    // The usual: the same weekday, up to the same time of day.
    let usual = &figure("received")["usual"];
    let weeks = usual["weeks"].as_i64().unwrap();
    assert!((2..=8).contains(&weeks), "{weeks}");
    let same_hours = |t: &NewTicket| {
        let (then, now) = (city_time(at(t)), city_time(now()));
        let days = (now.date() - then.date()).get_days();
        days > 0 && days % 7 == 0 && i64::from(days / 7) <= weeks && then.time() <= now.time()
    };
    assert_eq!(n(&usual["all"]), count(&same_hours));
    assert_eq!(usual["mean"].as_f64().unwrap(), count(&same_hours) as f64 / weeks as f64);
    // Districts and categories of the last seven days.
    let week = |t: &NewTicket| at(t) >= now() + 1.second() - 168.hours();
    for (list, of) in [
        ("districts", (|t: &NewTicket| t.district.clone()) as fn(&NewTicket) -> Option<String>),
        ("categories", |t: &NewTicket| t.labels.category.clone()),
    ] {
        let mut walk: BTreeMap<String, u64> = BTreeMap::new();
        for ticket in all.iter().filter(|t| week(t)) {
            if let Some(name) = of(ticket) {
                *walk.entry(name).or_default() += 1;
            }
        }
        let told: BTreeMap<String, u64> = board[list]
            .as_array()
            .unwrap()
            .iter()
            .map(|line| (line["key"].as_str().unwrap().to_owned(), n(&line["now"])))
            .collect();
        assert_eq!(told, walk, "{list}");
    }
    // Hours, over 28 days.
    let month = |t: &NewTicket| at(t) >= now() + 1.second() - (28 * 24).hours();
    for (day, row) in board["heat"].as_array().unwrap().iter().enumerate() {
        for (hour, cell) in row.as_array().unwrap().iter().enumerate() {
            let here = |t: &NewTicket| {
                let time = city_time(at(t));
                month(t) && time.weekday().to_monday_zero_offset() as usize == day && time.hour() as usize == hour
            };
            assert_eq!(n(cell), count(&here), "day {day} hour {hour}");
        }
    }
    // Rates: numerators, denominators, formulas.
    for unit in board["units"].as_array().unwrap() {
        let name = unit["department"].as_str().unwrap();
        let mine = |t: &NewTicket| month(t) && t.labels.department.as_deref() == Some(name);
        let reached = |t: &NewTicket| mine(t) && t.handling.revisited == Some(true);
        let of = count(&reached);
        let rated = |value| count(&|t| reached(t) && t.handling.satisfaction == Some(value));
        let (whole, mostly) = (rated(Satisfaction::Satisfied), rated(Satisfaction::Mostly));
        let solved = count(&|t| reached(t) && t.handling.outcome == Some(Outcome::Solved));
        let contacted = count(&|t| reached(t) && t.handling.contacted == Some(true));
        let percent = |n: f64| 100.0 * n / of as f64;
        let near = |value: &Value, wanted: f64| {
            assert!((value.as_f64().unwrap() - wanted).abs() < 1e-9, "{name}: {value} is not {wanted}");
        };
        assert_eq!(n(&unit["satisfied"]["of"]), of);
        near(&unit["contacted"]["percent"], percent(contacted as f64));
        near(&unit["solved"]["percent"], percent(solved as f64));
        let satisfied = percent(whole as f64 + 0.9 * mostly as f64);
        near(&unit["satisfied"]["percent"], satisfied);
        near(&unit["score"], 0.1 * percent(contacted as f64) + 0.5 * percent(solved as f64) + 0.4 * satisfied);
    }
    assert_eq!(board["units"].as_array().unwrap().len(), UNITS.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_city_has_an_empty_cockpit() {
    let s = TestService::new().await;
    let board = s.get("/api/v1/cockpit").await.json();
    assert_eq!(board["today"].as_array().unwrap().len(), 6);
    assert!(board["today"][0]["usual"].is_null() && board["forecast"].is_null());
    let page = s.page("/cockpit").await.text;
    for said in ["没有未办结的特急、紧急工单", "历史不足两周", "历史只有 0 周"] {
        assert!(page.contains(said), "{said}");
    }
    let late = s.page("/supervise").await.text;
    assert!(late.contains("没有符合条件的工单") && late.contains("没有在办的督办"));
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_are_read_strictly() {
    let s = TestService::new().await;
    for (query, field) in [
        ("frm=2026-01-01", "frm"),
        ("from=2026-01-01", "from"),
        ("open=maybe", "open"),
        ("when=never", "when"),
        ("light=blue", "light"),
        ("why=late", "why"),
        ("weekday=7", "weekday"),
        ("urgency=U9", "urgency"),
        ("event=E1&word=停水", "event"),
    ] {
        s.get(&format!("/api/v1/cockpit/cases?{query}")).await.is_error(400, "invalid", Some(field));
    }
    s.get("/api/v1/cockpit/cases?event=E1").await.is_error(404, "not_found", None);
    s.get("/api/v1/cockpit/cases?word=停水").await.is_error(404, "not_found", None);
}
