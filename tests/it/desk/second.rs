//! 只投诉一次: promised days, contacts month by month, what is kept of both.

use std::sync::{Arc, Mutex};

use jiff::{Timestamp, civil::Date};
use tingsu::{
    desk::{Clock, DeskConfig, Pace, PackSource},
    domain::{
        Act, Actor, Deed, FaultKind, Handling, Outcome, Reopened, Role, Round, Status, Ticket, TicketId, parse_city,
        promise_due,
    },
};

use super::{TestDesk, call};

fn city(text: &str) -> Timestamp {
    parse_city(text).unwrap()
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn supervisor() -> Actor {
    Actor::person("supervisor", Role::Supervisor)
}

fn reopen(promised: Option<&str>) -> Deed {
    Deed::Reopen { reason: "来电人不满意".into(), promised: promised.map(day) }
}

fn contact() -> Deed {
    Deed::Contact { note: "已告知进度".into() }
}

fn reply() -> Deed {
    Deed::Reply { text: "已修复".into() }
}

fn revisit(outcome: Option<Outcome>) -> Deed {
    Deed::Revisit { reached: true, outcome, satisfaction: None, note: String::new() }
}

/// What a source says of a ticket that was answered once.
fn answered() -> Reopened {
    Reopened {
        id: TicketId::new("S-1").unwrap(),
        received_at: city("2025-10-01 09:00"),
        registered_at: city("2025-10-01 09:00"),
        department: None,
        status: Status::Replied,
        handling: Handling::default(),
    }
}

/// Does the acts on a ticket of [`answered`], each at its time.
fn after(acts: &[(&str, Deed)]) -> Result<Reopened, String> {
    let start = answered();
    let mut ticket = Ticket {
        id: start.id.clone(),
        registered_at: start.registered_at,
        received_at: start.received_at,
        registered_by: "op".into(),
        status: start.status,
        triage: tingsu::domain::TriageState::Done,
        labels: Default::default(),
        urgency_by_person: false,
        suggestion: None,
        seq: 1,
        content: call("S-1", "楼道灯不亮"),
    };
    for (at, deed) in acts {
        let act = Act { ticket: ticket.id.clone(), at: city(at), actor: supervisor(), deed: deed.clone() };
        act.apply(&mut ticket)?;
    }
    Ok(Reopened { status: ticket.status, handling: ticket.content.handling, ..start })
}

#[test]
fn months_owe_a_contact_from_the_next_one_on() {
    let contacts = |times: &[&'static str]| -> Vec<(&'static str, Deed)> {
        let first = [("2025-11-20 10:00", reopen(None))];
        first.into_iter().chain(times.iter().map(|at| (*at, contact()))).collect()
    };
    // now; contacts; (owed and over, of these contacted); of the running month: whether it was contacted.
    type Case = (&'static str, &'static [&'static str], (u64, u64), Option<bool>);
    let cases: &[Case] = &[
        // The month in which it was taken up owes none.
        ("2025-11-30 23:59:59", &[], (0, 0), None),
        ("2025-12-01 00:00:00", &[], (0, 0), Some(false)),
        ("2025-12-01 00:00:00", &["2025-11-25 10:00"], (0, 0), Some(false)),
        // Over the end of the year.
        ("2026-01-01 00:00:00", &[], (1, 0), Some(false)),
        ("2026-02-10 12:00", &["2025-12-05 10:00", "2026-01-31 10:00"], (2, 2), Some(false)),
        ("2026-02-10 12:00", &["2025-12-05 10:00", "2025-12-06 10:00", "2026-02-01 10:00"], (2, 1), Some(true)),
        // The last minute of a month in the city, which Greenwich has in the afternoon; and its first, which
        // Greenwich has in the month before.
        ("2026-02-10 12:00", &["2025-12-31 23:59:59"], (2, 1), Some(false)),
        ("2026-02-10 12:00", &["2026-01-01 00:00:00"], (2, 1), Some(false)),
        ("2026-07-01 08:00", &["2026-06-30 23:59:59"], (7, 1), Some(false)),
    ];
    for (now, times, wanted, month) in cases {
        let ticket = after(&contacts(times)).unwrap();
        assert_eq!(ticket.months(city(now)), *wanted, "at {now} with {times:?}");
        let running = tingsu::domain::running(ticket.status, ticket.registered_at, &ticket.handling).unwrap();
        assert_eq!(running.this_month(city(now)).map(|(_, done)| done), *month, "at {now} with {times:?}");
    }
}

/// A clock simulation over eight months: what was owed is exactly what the calendar says.
#[test]
fn a_ticket_taken_up_twice_owes_only_while_it_is_open() {
    let acts = [
        ("2025-11-20 10:00", reopen(Some("2026-02-28"))),
        ("2025-12-09 10:00", contact()),
        // Answered on the first of February: January is over without a contact, February is not counted.
        ("2026-02-01 09:00", reply()),
        ("2026-02-03 09:00", revisit(Some(Outcome::Unsolved))),
        // Taken up again in April; nothing was owed in March.
        ("2026-04-15 10:00", reopen(Some("2026-06-30"))),
        ("2026-05-31 23:00", contact()),
        ("2026-06-20 10:00", reply()),
        ("2026-06-22 10:00", revisit(None)),
        ("2026-07-01 10:00", Deed::Archive { note: String::new() }),
    ];
    /// Time, acts done by then, months owed and contacted, whether the promise is kept.
    type Row = (&'static str, usize, (u64, u64), Option<bool>);
    let wanted: [Row; 8] = [
        ("2025-12-31 12:00", 2, (0, 0), None),
        ("2026-01-31 12:00", 2, (1, 1), None),
        ("2026-02-02 12:00", 3, (2, 1), Some(true)),
        // Called unsolved: nothing is decided before its day is over, then it is broken.
        ("2026-02-20 12:00", 4, (2, 1), None),
        ("2026-03-01 00:00", 4, (2, 1), Some(false)),
        // A new promise: open again.
        ("2026-05-15 12:00", 5, (2, 1), None),
        ("2026-06-20 12:00", 7, (3, 2), Some(true)),
        ("2026-09-01 12:00", 9, (3, 2), Some(true)),
    ];
    for (now, done, months, kept) in wanted {
        let ticket = after(&acts[..done]).unwrap();
        assert_eq!(ticket.months(city(now)), months, "months at {now}");
        assert_eq!(ticket.kept(city(now)), kept, "promise at {now}");
    }
    let ticket = after(&acts).unwrap();
    let ends: Vec<Option<Timestamp>> = ticket.handling.rounds.iter().map(|round| round.to).collect();
    assert_eq!(ends, [Some(city("2026-02-01 09:00")), Some(city("2026-06-20 10:00"))]);
}

#[test]
fn a_promise_is_kept_until_the_end_of_its_day() {
    let solved = |at: &'static str, outcome: Option<Outcome>| {
        after(&[
            ("2026-05-01 10:00", reopen(Some("2026-05-31"))),
            (at, reply()),
            ("2026-06-15 10:00", revisit(outcome)),
        ])
        .unwrap()
    };
    let now = city("2026-06-20 10:00");
    for (at, outcome, wanted) in [
        ("2026-05-31 23:59:59", Some(Outcome::Solved), Some(true)),
        ("2026-06-01 00:00:00", Some(Outcome::Solved), Some(false)),
        ("2026-05-20 10:00", None, Some(true)),
        ("2026-05-20 10:00", Some(Outcome::NotStated), Some(true)),
        ("2026-05-20 10:00", Some(Outcome::Partly), Some(true)),
        ("2026-05-20 10:00", Some(Outcome::Unsolved), Some(false)),
    ] {
        assert_eq!(solved(at, outcome).kept(now), wanted, "{at} {outcome:?}");
    }
    // Without a promise there is nothing to keep.
    let none = after(&[("2026-05-01 10:00", reopen(None)), ("2026-05-02 10:00", reply())]).unwrap();
    assert_eq!(none.kept(now), None);
    // A source that knows no rounds but a day and an end.
    let told = |closed: Option<&str>, status| Reopened {
        status,
        handling: Handling {
            promised: Some(day("2026-05-31")),
            closed_at: closed.map(city),
            outcome: Some(Outcome::Solved),
            ..Handling::default()
        },
        ..answered()
    };
    assert_eq!(told(Some("2026-05-30 10:00"), Status::Archived).kept(now), Some(true));
    assert_eq!(told(None, Status::Handling).kept(now), Some(false));
    assert_eq!(told(None, Status::Handling).kept(city("2026-05-31 23:00")), None);
    // Came in as 二次办理: counted from its registration.
    let came = Reopened { status: Status::SecondRound, ..answered() };
    assert_eq!(came.months(city("2025-12-15 10:00")), (1, 0));
    assert_eq!(promise_due(day("2026-05-31")), city("2026-05-31 23:59:59"));
}

#[test]
fn a_promised_day_moves_only_by_taking_up_again() {
    let first = ("2026-05-01 10:00", reopen(Some("2026-05-31")));
    // Without a day there is nothing that doing it once more would change.
    let nothing = after(&[first.clone(), ("2026-05-02 10:00", reopen(None))]).unwrap_err();
    assert!(nothing.contains("承诺办结日"), "{nothing}");
    let moved = after(&[first.clone(), ("2026-05-02 10:00", reopen(Some("2026-07-15")))]).unwrap();
    assert_eq!((moved.handling.promised, moved.status), (Some(day("2026-07-15")), Status::SecondRound));
    assert_eq!(moved.handling.rounds, [Round::since(city("2026-05-01 10:00"))], "it is the same round");
    // A later round without a day leaves the promise as it was given.
    let again = after(&[first.clone(), ("2026-05-10 10:00", reply()), ("2026-05-11 10:00", reopen(None))]).unwrap();
    assert_eq!((again.handling.promised, again.handling.rounds.len()), (Some(day("2026-05-31")), 2));
    for (promised, ok) in [("2026-04-30", false), ("2026-05-01", true), ("2029-05-01", true), ("2029-05-02", false)] {
        let done = after(&[("2026-05-01 23:59", reopen(Some(promised)))]);
        assert_eq!(done.is_ok(), ok, "{promised}: {done:?}");
    }
    // Acts of before read as they were written.
    let old: Deed = serde_json::from_str(r#"{"kind":"reopen","reason":"不满意"}"#).unwrap();
    assert_eq!(old, Deed::Reopen { reason: "不满意".into(), promised: None });
    assert_eq!(serde_json::to_string(&old).unwrap(), r#"{"kind":"reopen","reason":"不满意"}"#);
    assert!(!serde_json::to_string(&Handling::default()).unwrap().contains("promised"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ticket_shows_its_promise_and_the_month() {
    let now = Arc::new(Mutex::new(city("2026-05-20 10:00")));
    let clock = {
        let now = now.clone();
        Clock::of(move || *now.lock().unwrap())
    };
    let t = TestDesk::at(clock, DeskConfig::default(), PackSource::Embedded).await;
    let desk = t.desk.acting(&supervisor());
    let set = |at: &str| *now.lock().unwrap() = city(at);
    let id = t.take(call("P-1", "人民路路灯不亮")).await.ticket.id;
    let watches = async || -> Vec<(&'static str, Pace, String)> {
        let all = desk.progress(&id).await.unwrap().watches;
        all.into_iter().filter(|w| ["承诺", "本月联系"].contains(&w.name)).map(|w| (w.name, w.pace, w.words)).collect()
    };
    let unit = desk.city().departments[0].name.clone();
    desk.act_on(&id, reply()).await.unwrap();
    let late = desk.act_on(&id, reopen(Some("2026-05-19"))).await.unwrap_err();
    assert_eq!((late.kind, late.field.as_deref()), (FaultKind::Invalid, Some("promised")), "{late:?}");
    desk.act_on(&id, reopen(Some("2026-06-10"))).await.unwrap();
    assert_eq!(watches().await, [("承诺", Pace::Running, "剩余 15 个工作日".to_owned())]);
    let progress = desk.progress(&id).await.unwrap();
    assert_eq!(progress.moments.last().unwrap().about, "承诺 06-10 前办结");
    assert!(progress.open.contains(&"reopen"), "the day can be moved");
    // Sent on to a unit and signed there, it is still the same round.
    let send = Deed::Dispatch { department: unit, assisting: Vec::new(), note: String::new() };
    desk.act_on(&id, send).await.unwrap();
    desk.act_on(&id, Deed::Sign).await.unwrap();
    set("2026-06-02 10:00");
    let month = |pace, words: &str| ("本月联系", pace, words.to_owned());
    assert_eq!(watches().await[1], month(Pace::Running, "剩余 28 天"));
    desk.act_on(&id, contact()).await.unwrap();
    assert_eq!(watches().await[1], month(Pace::InTime, "按时"));
    set("2026-06-12 10:00");
    assert_eq!(watches().await[0], ("承诺", Pace::Over, "超期 2 个工作日".to_owned()));
    desk.act_on(&id, reply()).await.unwrap();
    assert_eq!(watches().await, [("承诺", Pace::Late, "晚 2 个工作日".to_owned())]);
    // Into the next year, the year is said.
    desk.act_on(&id, reopen(Some("2027-01-10"))).await.unwrap();
    assert_eq!(desk.progress(&id).await.unwrap().moments.last().unwrap().about, "承诺 2027-01-10 前办结");
}
