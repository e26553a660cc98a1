//! Signing looks again; what a person types as a name, and what was told in confidence, stays off the paper.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use tingsu::{
    desk::{BriefAsk, Schedule, SubjectAsk},
    domain::{
        Caller,
        brief::{BriefKind, BriefState, Window},
        parse_city,
    },
    report::{edit::Edit, markdown},
    store::Intake,
};

use super::{
    briefs::{analyst, fill, first_place, kind, leader, week, weekly},
    *,
};
use crate::report::city;

#[tokio::test(flavor = "multi_thread")]
async fn a_brief_that_no_longer_holds_is_signed_only_knowingly() {
    let t = TestDesk::new().await;
    fill(t.dir.path()).await;
    let brief = t.desk.make_brief(&analyst("周研判"), &weekly()).await.unwrap().brief;
    t.desk.check_brief(&analyst("吴核稿"), &brief.id, None).await.unwrap();
    let id = brief.cohorts.iter().find(|c| c.words.contains("一级分类")).unwrap().tickets[0].clone();
    let labels = Labels { category: Some("2009".into()), ..Labels::default() };
    t.desk.decide(&operator(), &id, labels, None).await.unwrap();
    let moved = t.desk.recheck_brief(&brief.id).await.unwrap().stale.len();
    assert!(moved > 0);
    let fault = t.desk.issue_brief(&leader(), &brief.id, Some(2), false).await.unwrap_err();
    assert_eq!((fault.kind, fault.field.as_deref()), (FaultKind::Conflict, Some("despite_changes")));
    assert!(fault.message.contains(&format!("{moved}处已变化")), "{}", fault.message);
    assert_eq!(t.desk.brief(&brief.id, None).await.unwrap().state, BriefState::Checked, "not signed");
    let signed = t.desk.issue_brief(&leader(), &brief.id, Some(2), true).await.unwrap();
    let note = &signed.history.last().unwrap().note;
    assert!(signed.state == BriefState::Issued && note.contains(&format!("{moved}处已变化")), "{note}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_types_as_a_name_is_covered() {
    let t = TestDesk::new().await;
    fill(t.dir.path()).await;
    let made = t.desk.make_brief(&analyst("周研判"), &weekly()).await.unwrap().brief;
    let ids = made.cohorts.iter().find(|c| c.tickets.len() > 8).unwrap().tickets[..8].to_vec();
    let name = "业主王建国13812345678家住12幢301室的事".to_owned();
    let ask = BriefAsk { kind: BriefKind::Special, window: week(), subject: Some(SubjectAsk::Tickets { name, ids }) };
    let brief = t.desk.make_brief(&analyst("周研判"), &ask).await.unwrap().brief;
    let paper = format!("{}{}", markdown(&brief), serde_json::to_string(&brief).unwrap());
    for secret in ["王建国", "13812345678", "12幢", "301室"] {
        assert!(!paper.contains(secret), "{secret}");
    }
    let (place, text) = first_place(&made);
    let edits = [Edit { place, text: format!("{text}请与业主王建国联系，住望江花园十二幢。") }];
    let (refused, why) = kind(t.desk.edit_brief(&analyst("周研判"), &made.id, None, &edits).await);
    assert!(refused == FaultKind::Invalid && why.contains("个人信息") && !why.contains("王建国"), "{why}");
}

/// A watched event is named by what its members say in the open; its own caller's name stands in nothing.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_told_in_confidence_names_no_brief() {
    let t = TestDesk::new().await;
    let at = parse_city("2026-05-20 08:00").unwrap();
    let intake =
        Intake { actor: Actor::system(), at, idempotency_key: None, suggestion: None, due_at: None, floor: None };
    let titles = ["望江花园停水两天", "望江花园自来水停水没人管", "望江花园停水何时恢复"];
    let tickets = (0..12).map(|n| {
        let confidential = n % 2 == 0;
        let title = if confidential { "望江花园停水徐有田" } else { titles[n % 3] };
        NewTicket {
            id: Some(TicketId::new(format!("W-{n:02}")).unwrap()),
            received_at: Some(at + jiff::SignedDuration::from_mins(20 * n as i64)),
            caller: Caller {
                number: Some(format!("C{n}")),
                name: Some("徐有田".into()),
                confidential,
                ..Caller::default()
            },
            ..NewTicket::of(Channel::Phone, Appeal::new(title, "望江花园小区停水,自来水一滴没有,望江花园居民没水用"))
        }
    });
    let store = SqliteStore::open(&t.dir.path().join("tingsu.db")).await.unwrap();
    for added in store.add_many(tickets.map(|t| (t, intake.clone())).collect()).await.unwrap() {
        added.unwrap();
    }
    store.close().await;
    let ask = BriefAsk {
        kind: BriefKind::Special,
        window: city::window("2026-05-20", "2026-05-21"),
        subject: Some(SubjectAsk::Topic("停水".into())),
    };
    let brief = t.desk.make_brief(&analyst("周研判"), &ask).await.unwrap().brief;
    assert_eq!(brief.figures[0].value.top, 12, "what was told in confidence counts");
    let paper = markdown(&brief);
    assert!(paper.contains("停水") && !paper.contains("有田"), "{paper}");
    let open = |id: &TicketId| id.as_str()[2..].parse::<usize>().unwrap() % 2 == 1;
    assert!(!brief.quotes.is_empty() && brief.quotes.iter().all(|q| open(&q.ticket)), "{:?}", brief.quotes);
}

/// A machine that was off for three weeks makes up every daily brief.
#[tokio::test(flavor = "multi_thread")]
async fn a_long_outage_loses_no_brief() {
    let begun = parse_city("2026-05-12 09:00").unwrap();
    let seconds = Arc::new(AtomicI64::new(begun.as_second()));
    let shared = seconds.clone();
    let now = Clock::of(move || Timestamp::from_second(shared.load(Ordering::Relaxed)).unwrap());
    let t = TestDesk::at(now, DeskConfig::default(), PackSource::Embedded).await;
    let days: Vec<Window> = (0..14).map(day).collect();
    // one appeal a day
    let intake = Intake {
        actor: Actor::system(),
        at: begun,
        idempotency_key: None,
        suggestion: None,
        due_at: None,
        floor: None,
    };
    let tickets = days.iter().enumerate().map(|(n, day)| NewTicket {
        received_at: Some(day.from + jiff::SignedDuration::from_hours(10)),
        ..call(&format!("O-{n}"), "人民路路灯不亮")
    });
    let store = SqliteStore::open(&t.dir.path().join("tingsu.db")).await.unwrap();
    for added in store.add_many(tickets.map(|t| (t, intake.clone())).collect()).await.unwrap() {
        added.unwrap();
    }
    store.close().await;
    let schedules = [Schedule { kind: BriefKind::Daily, weekday: 0, cut_hour: 0, after_minutes: 30 }];
    assert!(!t.desk.brief_step(&schedules).await.unwrap(), "the schedule begins");
    seconds.store(parse_city("2026-05-26 08:00").unwrap().as_second(), Ordering::Relaxed);
    while t.desk.brief_step(&schedules).await.unwrap() {}
    let (lines, total) = t.desk.briefs(Some(BriefKind::Daily), 0, 50).await.unwrap();
    assert_eq!(total, 14, "{lines:?}");
    // a clock that was set back goes on from where it is
    seconds.store(parse_city("2026-05-20 08:00").unwrap().as_second(), Ordering::Relaxed);
    while t.desk.brief_step(&schedules).await.unwrap() {}
    seconds.store(parse_city("2026-05-27 08:00").unwrap().as_second(), Ordering::Relaxed);
    while t.desk.brief_step(&schedules).await.unwrap() {}
    assert_eq!(t.desk.briefs(Some(BriefKind::Daily), 0, 50).await.unwrap().1, 14, "none twice");
}

/// The nth day from the 12th of May on.
fn day(n: i64) -> Window {
    let first = city::window("2026-05-12", "2026-05-13");
    let later = jiff::SignedDuration::from_hours(24 * n);
    Window { from: first.from + later, to: first.to + later, ..first }
}
