//! A brief's whole life over the desk: made, edited, checked, signed, instructed on; by the clock; and every
//! step in the sealed audit.

use std::sync::atomic::{AtomicI64, Ordering};

use sqlx::{Connection, SqliteConnection};
use tingsu::{
    desk::{BriefAsk, NewInstruction, Schedule, SubjectAsk},
    domain::{
        brief::{Brief, BriefKind, BriefState, Content, Window},
        parse_city,
    },
    report::{
        edit::{Edit, marked},
        render::Format,
    },
    store::{Briefs, InstructionState, Intake, verify_ledger},
};

use super::*;
use crate::report::city;

pub(crate) fn analyst(name: &str) -> Actor {
    Actor::person(name, Role::Analyst)
}

pub(crate) fn leader() -> Actor {
    Actor::person("陈市长", Role::Leader)
}

/// Adds the appeals of two weeks of the demo city to a desk's store.
pub(crate) async fn fill(dir: &Path) {
    let (from, to) = (parse_city("2026-05-11").unwrap(), parse_city("2026-05-25").unwrap());
    let mut appeals = city::appeals(&city::pack());
    appeals.retain(|t| t.received_at.is_some_and(|at| at >= from && at < to));
    let store = SqliteStore::open(&dir.join("tingsu.db")).await.unwrap();
    let intake =
        Intake { actor: Actor::system(), at: to, idempotency_key: None, suggestion: None, due_at: None, floor: None };
    for added in store.add_many(appeals.into_iter().map(|t| (t, intake.clone())).collect()).await.unwrap() {
        added.unwrap();
    }
    store.close().await;
}

pub(crate) fn week() -> Window {
    city::window("2026-05-18", "2026-05-25")
}

pub(super) fn weekly() -> BriefAsk {
    BriefAsk { kind: BriefKind::Weekly, window: week(), subject: None }
}

/// The first paragraph of the first section: place and text with tokens.
pub(crate) fn first_place(brief: &Brief) -> (String, String) {
    let block = &brief.sections[0].blocks[0];
    let Content::Paragraph { runs } = &block.content else { panic!("a paragraph first") };
    (block.id.clone(), marked(runs))
}

pub(super) fn kind<T: std::fmt::Debug>(outcome: Result<T, tingsu::domain::Fault>) -> (FaultKind, String) {
    let fault = outcome.unwrap_err();
    (fault.kind, fault.message)
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_no_right_to_briefs_does_nothing_with_one() {
    let t = TestDesk::new().await;
    let (desk, stranger) = (&t.desk, operator());
    let given = NewInstruction { leader: "陈市长".into(), text: "请核查。".into(), unit: None, due_at: None };
    let refused = [
        kind(desk.make_brief(&stranger, &weekly()).await).0,
        kind(desk.edit_brief(&stranger, "B", None, &[]).await).0,
        kind(desk.check_brief(&stranger, "B", None).await).0,
        kind(desk.issue_brief(&stranger, "B", None, false).await).0,
        kind(desk.renew_brief(&stranger, "B", None).await).0,
        kind(desk.instruct(&stranger, "B", &given).await).0,
        kind(desk.follow_instruction(&stranger, "B", 1, InstructionState::Working, "再办").await).0,
    ];
    assert_eq!(refused, [FaultKind::Forbidden; 7]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_brief_lives_until_it_is_signed_and_every_step_is_sealed() {
    let t = TestDesk::new().await;
    fill(t.dir.path()).await;
    let (author, checker) = (analyst("周研判"), analyst("吴核稿"));
    let made = t.desk.make_brief(&author, &weekly()).await.unwrap();
    assert!(made.new && made.brief.figures.len() > 50);
    assert!(!t.desk.make_brief(&author, &weekly()).await.unwrap().new, "once");
    let id = made.brief.id.clone();
    let (place, text) = first_place(&made.brief);

    // a figure cannot be typed over, nor another version changed
    let edit = |text: String| [Edit { place: place.clone(), text }];
    let (refused, why) = kind(t.desk.edit_brief(&author, &id, Some(1), &edit(text.replace("{Q1}", "502件"))).await);
    assert!(refused == FaultKind::Invalid && why.contains("Q1"), "{why}");
    let changed = edit(text.replace("共收到", "总共收到"));
    let edited = t.desk.edit_brief(&author, &id, Some(1), &changed).await.unwrap();
    assert_eq!((edited.state, edited.history.len()), (BriefState::Edited, 2));
    assert_eq!(kind(t.desk.edit_brief(&checker, &id, Some(1), &changed).await).0, FaultKind::Conflict);

    // who wrote last does not check; a checked brief is signed by who may sign
    assert_eq!(kind(t.desk.issue_brief(&leader(), &id, Some(2), false).await).0, FaultKind::Conflict);
    assert_eq!(kind(t.desk.check_brief(&author, &id, Some(2)).await).0, FaultKind::Forbidden);
    t.desk.check_brief(&checker, &id, Some(2)).await.unwrap();
    assert_eq!(kind(t.desk.issue_brief(&checker, &id, Some(3), false).await).0, FaultKind::Forbidden);
    let issued = t.desk.issue_brief(&leader(), &id, Some(3), false).await.unwrap();
    assert_eq!((issued.state, issued.history.len()), (BriefState::Issued, 4));
    assert_eq!(kind(t.desk.renew_brief(&author, &id, None).await).0, FaultKind::Conflict, "signed is closed");

    // 批示 to its end
    let given = NewInstruction { leader: "陈市长".into(), text: "请核查。".into(), unit: None, due_at: None };
    let number = t.desk.instruct(&leader(), &id, &given).await.unwrap().id;
    for state in [InstructionState::Working, InstructionState::Answered, InstructionState::Closed] {
        t.desk.follow_instruction(&author, &id, number, state, "已落实").await.unwrap();
    }
    let again = t.desk.follow_instruction(&author, &id, number, InstructionState::Working, "再办").await;
    assert_eq!(kind(again).0, FaultKind::Invalid, "closed is closed");
    assert!(t.desk.instructions(None).await.unwrap().is_empty());

    for format in Format::ALL.into_iter().filter(|f| *f != Format::Pdf) {
        let bytes = t.desk.render_brief(issued.clone(), format).await.unwrap().bytes;
        let again = t.desk.render_brief(issued.clone(), format).await.unwrap().bytes;
        assert!(bytes.len() > 1000 && bytes == again, "{format:?}: the same brief, the same bytes");
    }

    // the audit has every step, in the transaction of the step
    let store = SqliteStore::open(&t.dir.path().join("tingsu.db")).await.unwrap();
    let lines = store.audit(None, 100).await.unwrap();
    let acts: Vec<(&str, &str)> = lines
        .iter()
        .filter(|l| l.action.starts_with("brief_"))
        .map(|l| (l.action.as_str(), l.actor.as_str()))
        .collect();
    assert_eq!(
        acts,
        [
            ("brief_make", "周研判"),
            ("brief_edit", "周研判"),
            ("brief_check", "吴核稿"),
            ("brief_issue", "陈市长"),
            ("brief_instruct", "陈市长"),
            ("brief_instruction_step", "周研判"),
            ("brief_instruction_step", "周研判"),
            ("brief_instruction_step", "周研判"),
        ]
    );
    let issue = lines.iter().find(|l| l.action == "brief_issue").unwrap();
    assert!(issue.detail.contains(&id) && issue.detail.contains(&issued.hash), "{}", issue.detail);
    assert_eq!(verify_ledger(&store).await.unwrap().broken, None);
    store.close().await;

    // one byte of it changed is found
    let copy = t.dir.path().join("copy.db");
    let mut db = SqliteConnection::connect(&format!("sqlite://{}/tingsu.db", t.dir.path().display())).await.unwrap();
    sqlx::query("VACUUM INTO $1").bind(copy.to_str().unwrap()).execute(&mut db).await.unwrap();
    db.close().await.unwrap();
    let mut db = SqliteConnection::connect(&format!("sqlite://{}", copy.display())).await.unwrap();
    sqlx::query("DROP TRIGGER audit_is_sealed_once").execute(&mut db).await.unwrap();
    let flipped = "UPDATE audit SET detail = replace(detail, '签发', '签收') WHERE action = 'brief_issue'";
    assert_eq!(sqlx::query(flipped).execute(&mut db).await.unwrap().rows_affected(), 1);
    db.close().await.unwrap();
    let store = SqliteStore::open(&copy).await.unwrap();
    assert!(verify_ledger(&store).await.unwrap().broken.is_some(), "a changed line is named");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_changed_appeal_turns_its_figures_stale_and_renewing_mends_them() {
    let t = TestDesk::new().await;
    fill(t.dir.path()).await;
    let wages = BriefAsk {
        kind: BriefKind::Special,
        window: city::window("2026-05-11", "2026-05-25"),
        subject: Some(SubjectAsk::Category("0201".into())),
    };
    let chosen = |brief: &Brief| brief.cohorts.iter().find(|c| !c.tickets.is_empty()).unwrap().tickets.clone();
    let made = t.desk.make_brief(&analyst("周研判"), &weekly()).await.unwrap().brief;
    let special = t.desk.make_brief(&analyst("周研判"), &wages).await.unwrap().brief;
    let own = BriefAsk {
        subject: Some(SubjectAsk::Tickets { name: "一组诉求".into(), ids: chosen(&special)[..8].to_vec() }),
        ..wages
    };
    let listed = t.desk.make_brief(&analyst("周研判"), &own).await.unwrap().brief;
    for brief in [&made, &special, &listed] {
        let check = t.desk.recheck_brief(&brief.id).await.unwrap();
        assert!(check.stale.is_empty() && check.chain.is_empty(), "{}: {:?}", brief.id, check.stale);
        let renewed = t.desk.renew_brief(&analyst("周研判"), &brief.id, Some(1)).await.unwrap();
        assert_eq!((&renewed.figures, renewed.history.len()), (&brief.figures, 2), "{}", brief.id);
    }
    // one appeal gets another category
    let ticket =
        special.cohorts.iter().flat_map(|c| &c.tickets).find(|id| made.cohorts.iter().any(|c| c.tickets.contains(id)));
    let ticket = ticket.expect("an appeal that both count").clone();
    let labels = Labels { category: Some("0801".into()), ..Labels::default() };
    t.desk.decide(&operator(), &ticket, labels, None).await.unwrap();
    let stale = t.desk.recheck_brief(&special.id).await.unwrap().stale;
    assert!(!stale.is_empty() && stale.len() < special.figures.len(), "{} of {}", stale.len(), special.figures.len());
    let touched: Vec<&str> = stale.iter().map(|s| s.figure.as_str()).collect();
    assert!(stale.iter().all(|s| s.tickets.is_empty() || s.tickets.contains(&ticket)), "{touched:?}");
    t.desk.renew_brief(&analyst("周研判"), &special.id, None).await.unwrap();
    assert!(t.desk.recheck_brief(&special.id).await.unwrap().stale.is_empty(), "renewed");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_with_an_alarm_becomes_a_flash() {
    let t = TestDesk::new().await;
    fill(t.dir.path()).await;
    let ask = BriefAsk { kind: BriefKind::Flash, window: week(), subject: Some(SubjectAsk::Topic("没水".into())) };
    let brief = t.desk.make_brief(&analyst("周研判"), &ask).await.unwrap().brief;
    let text = tingsu::report::markdown(&brief);
    assert!(text.contains("反映同一事项，触发集中预警") && text.contains("工作建议"), "{text}");
    let marked = brief.sections.iter().flat_map(|s| &s.blocks).any(|b| match &b.content {
        Content::Chart { chart } => match &chart.plot {
            tingsu::domain::brief::Plot::Trend { points, .. } => points.iter().any(|p| p.alarm),
            _ => false,
        },
        _ => false,
    });
    assert!(marked, "the day of the alarm is marked in the trend");
    assert!(t.desk.recheck_brief(&brief.id).await.unwrap().stale.is_empty());
    let renewed = t.desk.renew_brief(&analyst("周研判"), &brief.id, None).await.unwrap();
    assert_eq!(renewed.figures, brief.figures, "the same event again");
}

/// A clock that the test moves.
fn clock(at: &str) -> (Clock, Arc<AtomicI64>) {
    let seconds = Arc::new(AtomicI64::new(parse_city(at).unwrap().as_second()));
    let shared = seconds.clone();
    (Clock::of(move || Timestamp::from_second(shared.load(Ordering::Relaxed)).unwrap()), seconds)
}

/// What is not over is not told of: half a week beside a whole one is a fall that there was not.
#[tokio::test(flavor = "multi_thread")]
async fn a_window_that_is_not_over_makes_no_brief() {
    let (now, _) = clock("2026-05-24 09:30");
    let t = TestDesk::at(now, DeskConfig::default(), PackSource::Embedded).await;
    fill(t.dir.path()).await;
    let wages = || Some(SubjectAsk::Category("0201".into()));
    for (of, from, to, subject, refused) in [
        (BriefKind::Weekly, "2026-05-18", "2026-05-25", None, true),
        (BriefKind::Daily, "2026-05-24", "2026-05-25", None, true),
        (BriefKind::Special, "2026-05-11", "2026-05-24 10:00", wages(), true),
        (BriefKind::Special, "2026-05-11", "2026-05-24 09:30", wages(), false),
        (BriefKind::Flash, "2026-05-23 11:00", "2026-05-24 11:00", None, true),
        (BriefKind::Flash, "2026-05-23 10:00", "2026-05-24 10:00", None, false),
    ] {
        let ask = BriefAsk { kind: of, window: city::window(from, to), subject };
        let outcome = t.desk.make_brief(&analyst("周研判"), &ask).await;
        if refused {
            let (told, why) = kind(outcome);
            assert!(told == FaultKind::Invalid && why.contains("2026年5月24日9时30分"), "{of:?} {to}: {why}");
            continue;
        }
        let text = tingsu::report::markdown(&outcome.unwrap().brief);
        assert_eq!(text.contains("截至5月24日9时30分"), of == BriefKind::Flash, "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn missed_runs_are_made_up_and_two_schedulers_make_no_double() {
    let (now, moved) = clock("2026-05-20 09:00");
    let t = TestDesk::at(now, DeskConfig::default(), PackSource::Embedded).await;
    fill(t.dir.path()).await;
    let schedules = [
        Schedule { kind: BriefKind::Daily, weekday: 0, cut_hour: 0, after_minutes: 30 },
        Schedule { kind: BriefKind::Weekly, weekday: 0, cut_hour: 0, after_minutes: 60 },
    ];
    // the schedule begins: what lies before is not made up
    while t.desk.brief_step(&schedules).await.unwrap() {}
    assert_eq!(t.desk.briefs(None, 0, 50).await.unwrap().1, 0);
    // the machine was off for five days; then two schedulers wake at once
    moved.store(parse_city("2026-05-25 08:00").unwrap().as_second(), Ordering::Relaxed);
    let work = async || while t.desk.brief_step(&schedules).await.unwrap() {};
    tokio::join!(work(), work());
    let (lines, total) = t.desk.briefs(None, 0, 50).await.unwrap();
    let count = |kind| lines.iter().filter(|l| l.kind == kind).count();
    assert_eq!((total, count(BriefKind::Daily), count(BriefKind::Weekly)), (6, 5, 1), "{lines:?}");
    let numbers: std::collections::BTreeSet<u32> =
        lines.iter().filter(|l| l.kind == BriefKind::Daily).map(|l| l.issue.number).collect();
    assert_eq!(numbers.into_iter().collect::<Vec<_>>(), [1, 2, 3, 4, 5], "issue numbers without gaps or doubles");
    assert!(!t.desk.brief_step(&schedules).await.unwrap(), "all done");
    assert!(lines.iter().all(|l| l.author == "system"));
}

/// The process dies at the two worst instants: with a run taken and nothing made, and with the brief made and the run
/// not yet marked. Both are made up once; the numbers have no gap and no double.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_whose_process_died_is_made_up_once() {
    let (now, moved) = clock("2026-05-20 09:00");
    let t = TestDesk::at(now, DeskConfig::default(), PackSource::Embedded).await;
    fill(t.dir.path()).await;
    let schedules = [Schedule { kind: BriefKind::Daily, weekday: 0, cut_hour: 0, after_minutes: 30 }];
    assert!(!t.desk.brief_step(&schedules).await.unwrap(), "the schedule begins");
    let at = |text: &str| parse_city(text).unwrap();
    let store = SqliteStore::open(&t.dir.path().join("tingsu.db")).await.unwrap();
    let day = |from: &str, to: &str| (BriefKind::Daily, city::window(from, to));
    let planned = [day("2026-05-20", "2026-05-21"), day("2026-05-21", "2026-05-22")];
    store.plan_brief_runs(&planned, at("2026-05-22 00:30")).await.unwrap();

    // taken, and the power fails
    let lost = store.claim_brief_run(1_800, at("2026-05-22 00:31")).await.unwrap().unwrap();
    assert_eq!(lost.window, planned[0].1);
    // taken and made, and the power fails before it is written down
    let unmarked = store.claim_brief_run(1_800, at("2026-05-22 00:31")).await.unwrap().unwrap();
    moved.store(at("2026-05-22 00:31").as_second(), Ordering::Relaxed);
    let ask = BriefAsk { kind: unmarked.kind, window: unmarked.window, subject: None };
    let made = t.desk.make_brief(&Actor::system(), &ask).await.unwrap();
    assert!(made.new);

    // while another may still be at work on them nobody takes them
    moved.store(at("2026-05-22 00:45").as_second(), Ordering::Relaxed);
    assert!(!t.desk.brief_step(&schedules).await.unwrap());
    moved.store(at("2026-05-22 01:02").as_second(), Ordering::Relaxed);
    let mut steps = 0;
    while t.desk.brief_step(&schedules).await.unwrap() {
        steps += 1;
    }
    assert_eq!(steps, 2, "each is taken once more, and then never again");
    let (lines, total) = t.desk.briefs(Some(BriefKind::Daily), 0, 10).await.unwrap();
    let mut numbers: Vec<u32> = lines.iter().map(|l| l.issue.number).collect();
    numbers.sort_unstable();
    assert_eq!((total, numbers), (2, vec![1, 2]), "{lines:?}");
    let kept = lines.iter().find(|l| l.id == made.brief.id).unwrap();
    assert_eq!((kept.hash.as_str(), kept.version), (made.brief.hash.as_str(), 1), "what was made stands as it was");
    moved.store(at("2026-05-22 12:00").as_second(), Ordering::Relaxed);
    assert!(!t.desk.brief_step(&schedules).await.unwrap(), "a finished run is not planned again");
}
