//! A brief's whole life over the desk: made, edited, put in other words, checked, signed, instructed on; by
//! the clock; and every step in the sealed audit.

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
    store::{InstructionState, Intake, verify_ledger},
};

use super::language_model::{FakeModel, Mood};
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

fn weekly() -> BriefAsk {
    BriefAsk { kind: BriefKind::Weekly, window: week(), subject: None }
}

/// The first paragraph of the first section: place and text with tokens.
pub(crate) fn first_place(brief: &Brief) -> (String, String) {
    let block = &brief.sections[0].blocks[0];
    let Content::Paragraph { runs } = &block.content else { panic!("a paragraph first") };
    (block.id.clone(), marked(runs))
}

async fn with_model(mood: Mood) -> (TestDesk, FakeModel) {
    let model = FakeModel::start(mood).await;
    let config = DeskConfig { chat: Some(model.chat()), ..DeskConfig::default() };
    let t = TestDesk::with(config, PackSource::Embedded).await;
    fill(t.dir.path()).await;
    (t, model)
}

fn kind<T: std::fmt::Debug>(outcome: Result<T, tingsu::domain::Fault>) -> (FaultKind, String) {
    let fault = outcome.unwrap_err();
    (fault.kind, fault.message)
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
    assert_eq!(kind(t.desk.issue_brief(&leader(), &id, Some(2)).await).0, FaultKind::Conflict);
    assert_eq!(kind(t.desk.check_brief(&author, &id, Some(2)).await).0, FaultKind::Forbidden);
    t.desk.check_brief(&checker, &id, Some(2)).await.unwrap();
    assert_eq!(kind(t.desk.issue_brief(&checker, &id, Some(3)).await).0, FaultKind::Forbidden);
    let issued = t.desk.issue_brief(&leader(), &id, Some(3)).await.unwrap();
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
        let bytes = t.desk.render_brief(issued.clone(), format).await.unwrap();
        let again = t.desk.render_brief(issued.clone(), format).await.unwrap();
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
async fn other_words_are_shown_accepted_by_a_person_and_taken_back() {
    let honest: fn(&str, &str) -> String =
        |_, text| text.replace("共收到", "累计收到").replace("按诉求类型分", "从诉求类型看");
    let (t, model) = with_model(Mood::Says(honest)).await;
    let brief = t.desk.make_brief(&analyst("周研判"), &weekly()).await.unwrap().brief;
    let asked = t.desk.rephrase_brief(&analyst("周研判"), &brief.id, Some(1), "s1").await.unwrap();
    assert!(asked.holds(), "{:?}", asked.places);
    assert!(
        asked.places[0].pieces.iter().any(|p| p.text == "累计" || p.text.contains("累计")),
        "{:?}",
        asked.places[0].pieces
    );

    // what left the process: tokens instead of figures and quotes, no name of a person
    let (headers, body) = model.asked();
    assert_eq!(headers["authorization"], "Bearer s3cret");
    assert_eq!(
        (&body["model"], &body["temperature"], &body["stream"]),
        (&"qwen-test".into(), &0.into(), &false.into())
    );
    let user = body["messages"][1]["content"].as_str().unwrap();
    assert!(user.contains("{Q1}") && !user.contains(&brief.figures[0].shown), "{user}");

    // nothing changed yet; a person accepts
    assert_eq!(t.desk.brief(&brief.id, None).await.unwrap(), brief);
    let stranger = Actor::person("受理员", Role::Operator);
    assert_eq!(
        kind(t.desk.accept_rephrasing(&stranger, &brief.id, asked.number, Some(1)).await).0,
        FaultKind::Forbidden
    );
    let new = t.desk.accept_rephrasing(&analyst("周研判"), &brief.id, asked.number, Some(1)).await.unwrap();
    let last = new.history.last().unwrap();
    assert_eq!((new.state, last.author.as_str(), new.figures == brief.figures), (BriefState::Edited, "周研判", true));
    assert!(last.note.contains("rephrased by qwen-test"), "{}", last.note);
    assert!(first_place(&new).1.contains("累计收到"));
    assert_eq!(
        kind(t.desk.accept_rephrasing(&analyst("吴"), &brief.id, asked.number, None).await).0,
        FaultKind::Conflict
    );
    assert_eq!(kind(t.desk.check_brief(&analyst("周研判"), &brief.id, None).await).0, FaultKind::Forbidden);
    let listed = t.desk.rephrasings(&brief.id).await.unwrap();
    assert_eq!((listed.len(), listed[0].accepted), (1, Some(2)));

    // the rules' own text comes back word for word
    let back = t.desk.restore_section(&analyst("周研判"), &brief.id, "s1", Some(2)).await.unwrap();
    assert_eq!(back.sections, brief.sections);
    assert_eq!(kind(t.desk.restore_section(&analyst("周研判"), &brief.id, "s1", None).await).0, FaultKind::Conflict);
    let check = t.desk.recheck_brief(&brief.id).await.unwrap();
    assert!(check.chain.is_empty() && check.stale.is_empty());

    // a text that was changed in between is not overwritten
    let asked = t.desk.rephrase_brief(&analyst("周研判"), &brief.id, None, "s1").await.unwrap();
    let (place, text) = first_place(&back);
    let edits = [Edit { place, text: text.replace("共收到", "总共收到") }];
    t.desk.edit_brief(&analyst("吴"), &brief.id, None, &edits).await.unwrap();
    let late = t.desk.accept_rephrasing(&analyst("周研判"), &brief.id, asked.number, None).await;
    assert_eq!(kind(late).0, FaultKind::Conflict);
    let store = SqliteStore::open(&t.dir.path().join("tingsu.db")).await.unwrap();
    let acts: Vec<String> = store.audit(None, 100).await.unwrap().into_iter().map(|l| l.action).collect();
    for act in ["brief_rephrase", "brief_rephrase_accept", "brief_restore"] {
        assert!(acts.iter().any(|a| a == act), "{act} in {acts:?}");
    }
    assert_eq!(verify_ledger(&store).await.unwrap().broken, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lying_model_is_shown_as_such_and_never_accepted() {
    type Lie = fn(&str, &str) -> String;
    let lies: [(&str, Lie); 7] = [
        ("数字", |_, t| t.replace("共收到", "共300件,收到")),
        ("数字", |_, t| t.replace("共收到", "共三百余件,收到")),
        ("数字", |_, t| t.replace("共收到", "共３００件,收到")),
        ("缺少数据标记", |_, t| t.replacen("{Q1}", "", 1)),
        ("次序", |_, t| t.replacen("{Q1}", "{Q0}", 1).replacen("{Q2}", "{Q1}", 1).replacen("{Q0}", "{Q2}", 1)),
        ("望江小区", |_, t| t.replace("共收到", "望江小区等处共收到")),
        ("引文", |_, t| t.replace("共收到", "“天天停水”,共收到")),
    ];
    let (t, model) = with_model(Mood::Says(lies[0].1)).await;
    let brief = t.desk.make_brief(&analyst("周研判"), &weekly()).await.unwrap().brief;
    for (why, lie) in lies {
        model.mood(Mood::Says(lie));
        let asked = t.desk.rephrase_brief(&analyst("周研判"), &brief.id, None, "s1").await.unwrap();
        let said: Vec<String> = asked.places.iter().flat_map(|p| &p.objections).map(ToString::to_string).collect();
        assert!(!asked.holds() && said.iter().any(|o| o.contains(why)), "wanted {why} in {said:?}");
        let (refused, message) =
            kind(t.desk.accept_rephrasing(&analyst("周研判"), &brief.id, asked.number, None).await);
        assert!(refused == FaultKind::Invalid && message.contains("不能采用"), "{message}");
    }
    assert_eq!(t.desk.brief(&brief.id, None).await.unwrap(), brief, "not a word was taken over");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_model_costs_nothing_but_a_message() {
    let (t, model) = with_model(Mood::Words("好的,我来改写。")).await;
    let brief = t.desk.make_brief(&analyst("周研判"), &weekly()).await.unwrap().brief;
    let ask = async |mood: Mood| {
        model.mood(mood);
        kind(t.desk.rephrase_brief(&analyst("周研判"), &brief.id, None, "s1").await)
    };
    for (mood, wanted) in [
        (Mood::Words("好的,我来改写。"), "没有按约定答复"),
        (Mood::Rubbish("<html>502</html>"), "无法读取"),
        (Mood::Rubbish("{\"choices\":[]}"), "没有内容"),
        (Mood::Status(500, 100), "500"),
        (Mood::Status(200, 10 << 20), "超过"),
        (Mood::Redirects, "302"),
    ] {
        let (fault, message) = ask(mood).await;
        assert!(fault == FaultKind::Unavailable && message.contains(wanted), "wanted {wanted}: {message}");
    }
    assert_eq!(kind(t.desk.rephrase_brief(&analyst("周研判"), &brief.id, None, "s99").await).0, FaultKind::NotFound);
    assert_eq!(kind(t.desk.rephrase_brief(&operator(), &brief.id, None, "s1").await).0, FaultKind::Forbidden);
    assert!(t.desk.rephrasings(&brief.id).await.unwrap().is_empty());
    assert_eq!(t.desk.brief(&brief.id, None).await.unwrap(), brief);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_model_is_left_and_public_addresses_are_never_asked() {
    use tingsu::outbound::{Chat, ChatConfig, OutboundError, is_local};
    let model = FakeModel::start(Mood::Sleeps(Duration::from_secs(30))).await;
    let started = std::time::Instant::now();
    let slow = model.chat_within(Duration::from_millis(300)).ask("a", "b").await;
    assert!(matches!(slow, Err(OutboundError::Slow(_))) && started.elapsed() < Duration::from_secs(5), "{slow:?}");
    // a third question at a time is refused at once
    let chat = model.chat_within(Duration::from_millis(800));
    let (a, b, c) = tokio::join!(chat.ask("a", "b"), chat.ask("a", "b"), chat.ask("a", "b"));
    let busy = [a, b, c].into_iter().filter(|r| matches!(r, Err(OutboundError::Busy))).count();
    assert_eq!((busy, model.times_asked()), (1, 3));

    let at = |url: &str| {
        let config = ChatConfig {
            url: url.to_owned(),
            model: "m".into(),
            key: None,
            ca: None,
            patience: Duration::from_secs(2),
        };
        Chat::new(config)
    };
    for url in ["http://8.8.8.8/v1", "https://1.1.1.1", "http://[2001:4860:4860::8888]:80/v1", "http://0.0.0.0:80"] {
        assert!(matches!(at(url), Err(OutboundError::Public(_) | OutboundError::Config(_))), "{url}");
    }
    for url in ["ftp://127.0.0.1", "127.0.0.1:8000", "http://", "http://u:p@127.0.0.1/v1", "https://127.0.0.1/v1"] {
        assert!(matches!(at(url), Err(OutboundError::Config(_))), "{url}");
    }
    let unreachable = at("http://127.0.0.1:9/v1").unwrap().ask("a", "b").await;
    assert!(matches!(unreachable, Err(OutboundError::Unreachable(_))), "{unreachable:?}");
    for (address, local) in [
        ("127.0.0.1", true),
        ("10.1.2.3", true),
        ("172.16.0.1", true),
        ("172.32.0.1", false),
        ("192.168.1.1", true),
        ("169.254.1.1", true),
        ("100.64.0.1", false),
        ("0.0.0.0", false),
        ("255.255.255.255", false),
        ("224.0.0.1", false),
        ("::1", true),
        ("::", false),
        ("fd00::1", true),
        ("fe80::1", true),
        ("2400:3200::1", false),
        ("::ffff:10.0.0.1", true),
        ("::ffff:8.8.8.8", false),
    ] {
        assert_eq!(is_local(address.parse().unwrap()), local, "{address}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_configuration_nothing_leaves() {
    let t = TestDesk::new().await;
    fill(t.dir.path()).await;
    assert_eq!(t.desk.language_model(), None);
    let brief = t.desk.make_brief(&analyst("周研判"), &weekly()).await.unwrap().brief;
    let (fault, message) = kind(t.desk.rephrase_brief(&analyst("周研判"), &brief.id, None, "s1").await);
    assert!(fault == FaultKind::Unavailable && message.contains("没有配置"), "{message}");
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
