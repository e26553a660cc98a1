//! Tests of the use cases, on a real store, a real index and the demo city's pack.

use std::{fs, path::Path, sync::Arc, time::Duration};

use jiff::Timestamp;
use tempfile::TempDir;
use tingsu::{
    boot,
    city::CityPack,
    desk::{Clock, Desk, DeskConfig, FindRequest, IndexSlot, PackSource, Parts, Relation},
    domain::{
        Actor, Appeal, AppealType, Channel, DecisionKind, FaultKind, Labels, NewTicket, Role, TicketId, TriageState,
        Urgency,
    },
    infer::{Infer, InferConfig},
    store::{SqliteStore, Store},
    triage::Triager,
};

mod acts;
pub(crate) mod briefs;
mod care;
mod complete;
mod demo;
mod events;
pub(crate) mod hot_words;
pub(crate) mod language_model;
mod learn;
mod played;
mod quality;
mod reload;
mod remember;
mod repeat;
mod rephrase;
mod second;
mod signing;
mod special;
mod topics;
mod upkeep;
mod watch;
mod whistle;

/// A desk in a folder of its own. Without a bundle it is ready in a tenth of a second.
pub(crate) struct TestDesk {
    pub(crate) desk: Desk,
    pub(crate) dir: TempDir,
}

pub(crate) const NOW: &str = "2026-11-21T02:00:00Z";

impl TestDesk {
    pub(crate) async fn new() -> Self {
        Self::with(
            DeskConfig { triage_deadline: Duration::from_secs(20), ..DeskConfig::default() },
            PackSource::Embedded,
        )
        .await
    }

    pub(crate) async fn with(config: DeskConfig, pack: PackSource) -> Self {
        Self::at(Clock::of(|| NOW.parse::<Timestamp>().unwrap()), config, pack).await
    }

    pub(crate) async fn at(clock: Clock, config: DeskConfig, pack: PackSource) -> Self {
        Self::over(clock, config, pack, |store| Arc::new(store)).await
    }

    /// A desk whose store is wrapped by the test.
    pub(crate) async fn over(
        clock: Clock,
        config: DeskConfig,
        pack: PackSource,
        wrap: impl FnOnce(SqliteStore) -> Arc<dyn Store>,
    ) -> Self {
        let dir = TempDir::new().unwrap();
        let city = match &pack {
            PackSource::Embedded => CityPack::parse(&boot::embedded_pack()).unwrap(),
            PackSource::Folder(path) => CityPack::open(path).unwrap(),
        };
        let triager = Arc::new(Triager::new(Arc::new(city), None));
        let store = SqliteStore::open(&dir.path().join("tingsu.db")).await.unwrap();
        let index = IndexSlot::open(
            &dir.path().join("index"),
            triager.analyser.segmenter.clone(),
            &triager.pack.dictionary_hash,
        )
        .unwrap();
        let desk = Desk::new(Parts {
            store: wrap(store),
            index,
            infer: Infer::start(triager, InferConfig { queue: 64, batch: 8, threads: 1 }),
            pack,
            clock,
            config,
        });
        Self { desk, dir }
    }

    pub(crate) async fn take(&self, ticket: NewTicket) -> tingsu::desk::Receipt {
        self.desk.receive(&operator(), ticket, None).await.unwrap()
    }

    pub(crate) async fn found(&self, q: &str) -> Vec<String> {
        let request = FindRequest { q: q.to_owned(), limit: 20, ..FindRequest::default() };
        let answer = self.desk.find(request, self.desk.now()).await.unwrap();
        answer.hits.iter().map(|h| h.ticket.id.as_str().to_owned()).collect()
    }
}

pub(crate) fn operator() -> Actor {
    Actor::person("tester", Role::Operator)
}

pub(crate) fn call(id: &str, text: &str) -> NewTicket {
    NewTicket { id: Some(TicketId::new(id).unwrap()), ..NewTicket::of(Channel::Phone, Appeal::new("", text)) }
}

pub(crate) fn copy_pack(to: &Path) {
    fs::create_dir_all(to).unwrap();
    for (name, bytes) in boot::embedded_pack() {
        fs::write(to.join(name), bytes).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_appeal_is_stored_with_its_suggestion_and_found() {
    let t = TestDesk::new().await;
    let receipt = t.take(call("D-1", "学士街道望江小区3幢着火了,有人被困在五楼")).await;
    assert!(!receipt.repeated);
    let suggestion = receipt.ticket.suggestion.as_ref().expect("the rules answer in time");
    assert_eq!(suggestion.urgency.level, Urgency::U1);
    assert_eq!(suggestion.pack, t.desk.city().hash);
    assert_eq!(receipt.ticket.triage, TriageState::Done);
    assert!(receipt.ticket.content.handling.due_at.is_some(), "an urgent ticket has a deadline");
    t.desk.catch_up(|_| {}).await.unwrap();
    assert_eq!(t.found("望江小区 着火").await, ["D-1"]);
    // The original is kept to the last character.
    assert_eq!(
        t.desk.get(&receipt.ticket.id).await.unwrap().content.appeal.text,
        "学士街道望江小区3幢着火了,有人被困在五楼"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn intake_does_not_wait_for_intelligence() {
    let t =
        TestDesk::with(DeskConfig { triage_deadline: Duration::ZERO, ..DeskConfig::default() }, PackSource::Embedded)
            .await;
    let receipt = t.take(call("D-1", "楼上装修从早吵到晚")).await;
    assert_eq!(receipt.ticket.triage, TriageState::Waiting);
    assert!(receipt.ticket.suggestion.is_none());
    assert_eq!(t.desk.health().await.triage_waiting, 1);
    // The rules speak at once: nobody has to wait for the model to see that a house burns.
    let urgent = t.take(call("D-2", "望江小区3幢着火,有人被困")).await.ticket;
    assert_eq!((urgent.triage, urgent.effective().urgency), (TriageState::Waiting, Some(Urgency::U1)));
    t.desk.catch_up(|_| {}).await.unwrap();
    let ticket = t.desk.get(&urgent.id).await.unwrap();
    assert_eq!((ticket.triage, ticket.effective().urgency), (TriageState::Done, Some(Urgency::U1)));
    t.take(call("D-3", "楼下烧烤摊油烟大")).await;
    let caught = t.desk.catch_up(|_| {}).await.unwrap();
    assert_eq!(caught.triaged, 1);
    let ticket = t.desk.get(&receipt.ticket.id).await.unwrap();
    assert_eq!(ticket.triage, TriageState::Done);
    assert!(ticket.suggestion.is_some());
    assert_eq!(t.found("装修").await, ["D-1"]);
    let health = t.desk.health().await;
    assert_eq!((health.triage_waiting, health.index_lag, health.tickets, health.indexed), (0, 0, 3, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_saved_appeal_is_found_within_a_second() {
    let t = TestDesk::new().await;
    let _workers = t.desk.start_workers();
    t.take(call("D-1", "飞虹街道菜场门口的窨井盖不见了")).await;
    let deadline = std::time::Instant::now() + Duration::from_secs(10);
    while t.found("窨井盖").await.is_empty() {
        assert!(std::time::Instant::now() < deadline, "the follower does not index");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_appeals_are_refused_by_name() {
    let t = TestDesk::new().await;
    let check = async |ticket: NewTicket, kind: FaultKind, field: &str| {
        let fault = t.desk.receive(&operator(), ticket, None).await.unwrap_err();
        assert_eq!((fault.kind, fault.field.as_deref()), (kind, Some(field)), "{fault}");
    };
    check(call("E-1", " \n\u{3000}"), FaultKind::Invalid, "text").await;
    check(call("E-2", &"水".repeat(100_001)), FaultKind::TooLarge, "text").await;
    let mut ticket = call("E-3", "停水");
    ticket.labels.category = Some("9999".into());
    check(ticket, FaultKind::Invalid, "category").await;
    let mut ticket = call("E-4", "停水");
    ticket.labels.department = Some("没有这个局".into());
    check(ticket, FaultKind::Invalid, "department").await;
    assert_eq!(t.desk.health().await.tickets, 0, "nothing half stored");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_twice_is_one_ticket() {
    let t = TestDesk::new().await;
    let ticket = || NewTicket::of(Channel::App, Appeal::new("路灯", "人民路路灯不亮"));
    let first = t.desk.receive(&operator(), ticket(), Some("k-1".into())).await.unwrap();
    let again = t.desk.receive(&operator(), ticket(), Some("k-1".into())).await.unwrap();
    assert!(again.repeated && again.ticket.id == first.ticket.id);
    let other = NewTicket::of(Channel::App, Appeal::new("路灯", "另一件事"));
    let fault = t.desk.receive(&operator(), other, Some("k-1".into())).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Conflict);
    assert_eq!(t.desk.health().await.tickets, 1);
}

/// An urgent appeal has its deadline in hours from now: a repeated request comes seconds later and is
/// the same all the same.
#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_of_an_urgent_request_is_no_conflict() {
    let seconds = Arc::new(std::sync::atomic::AtomicI64::new(0));
    let clock = {
        let seconds = seconds.clone();
        Clock::of(move || {
            let passed = seconds.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            NOW.parse::<Timestamp>().unwrap() + jiff::SignedDuration::from_secs(passed)
        })
    };
    let t = TestDesk::at(clock, DeskConfig::default(), PackSource::Embedded).await;
    let ticket = || NewTicket::of(Channel::Phone, Appeal::new("", "三楼着火了,有人被困"));
    let first = t.desk.receive(&operator(), ticket(), Some("k-1".into())).await.unwrap();
    assert!(first.ticket.content.handling.due_at.is_some());
    let again = t.desk.receive(&operator(), ticket(), Some("k-1".into())).await.unwrap();
    assert!(again.repeated && again.ticket.id == first.ticket.id);
}

#[tokio::test(flavor = "multi_thread")]
async fn decisions_keep_the_suggestion_that_they_answer() {
    let t = TestDesk::new().await;
    let id = t.take(call("D-1", "小区三幢着火了,浓烟很大")).await.ticket.id;
    let lower = Labels { urgency: Some(Urgency::U4), ..Labels::default() };
    let fault = t.desk.decide(&operator(), &id, lower.clone(), None).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Invalid, "lowering needs a reason");
    let unknown = Labels { category: Some("0000".into()), ..Labels::default() };
    assert_eq!(t.desk.decide(&operator(), &id, unknown, None).await.unwrap_err().kind, FaultKind::Invalid);
    let nothing = t.desk.decide(&operator(), &id, Labels::default(), None).await.unwrap_err();
    assert_eq!(nothing.kind, FaultKind::Invalid);
    let same = Labels { urgency: Some(Urgency::U1), ..Labels::default() };
    t.desk.decide(&operator(), &id, same, None).await.unwrap();
    let ticket = t.desk.decide(&operator(), &id, lower, Some("演习,已核实".into())).await.unwrap();
    assert_eq!(ticket.effective().urgency, Some(Urgency::U4));
    let kind = Labels { appeal_type: Some(AppealType::Praise), ..Labels::default() };
    t.desk.decide(&operator(), &id, kind, None).await.unwrap();
    let (decisions, audit) = t.desk.history(&id).await.unwrap();
    let kinds: Vec<_> = decisions.iter().map(|d| d.kind).collect();
    assert_eq!(kinds, [DecisionKind::Accept, DecisionKind::Correct, DecisionKind::Correct]);
    let answered = decisions[1].suggestion.as_ref().unwrap();
    assert_eq!((answered.urgency.level, answered.pack.as_str()), (Urgency::U1, t.desk.city().hash.as_str()));
    assert!(audit.iter().any(|line| line.action.contains("urgency")), "{audit:?}");
    let missing = TicketId::new("none").unwrap();
    assert_eq!(t.desk.history(&missing).await.unwrap_err().kind, FaultKind::NotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_three_relations_are_kept_apart() {
    let t = TestDesk::new().await;
    let of = |id: &str, caller: &str, days_ago: i64, text: &str| {
        let mut ticket = call(id, text);
        ticket.caller.number = Some(caller.to_owned());
        ticket.labels.category = Some("0801".into());
        let now: Timestamp = NOW.parse().unwrap();
        ticket.received_at = Some(now - jiff::SignedDuration::from_hours(24 * days_ago));
        ticket
    };
    t.take(of("R", "C1", 3, "望江小区整个小区停水,自来水一滴没有")).await;
    t.take(of("S", "C2", 1, "望江小区从早上起停水,自来水公司没有通知")).await;
    t.take(of("K", "C3", 2, "汇海镇渔村停水两天,自来水公司电话打不通")).await;
    t.take(of("O", "C1", 300, "望江小区停水,自来水什么时候来")).await;
    t.desk.catch_up(|_| {}).await.unwrap();
    let receipt = t.take(of("N", "C1", 0, "望江小区又停水了,自来水到现在没有恢复")).await;
    let mut related: Vec<_> = receipt.similar.iter().map(|c| (c.ticket.id.as_str(), c.relation)).collect();
    related.sort();
    assert_eq!(
        related,
        [("K", Relation::SameKind), ("O", Relation::SameKind), ("R", Relation::Repeat), ("S", Relation::SameEvent)]
    );
    assert_eq!(receipt.similar[0].relation, Relation::Repeat, "what changes the operator's next step comes first");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_matter_of_the_same_caller_is_no_repeat() {
    let t = TestDesk::new().await;
    let of = |id: &str, caller: &str, text: &str| {
        let mut ticket = call(id, text);
        ticket.caller.number = Some(caller.to_owned());
        ticket.labels.category = Some("0801".into());
        ticket
    };
    for n in 0..12 {
        t.take(of(&format!("F{n}"), &format!("F{n}"), "小区业主来电咨询")).await;
    }
    t.take(of("O", "C1", "小区对面公交站台的广告牌松动")).await;
    t.take(of("R", "C1", "自来水发黄有铁锈味,水表箱漏水")).await;
    t.desk.catch_up(|_| {}).await.unwrap();
    let text = "小区自来水仍然发黄,有铁锈味,洗衣服染色,水表箱漏水,老人孩子不敢喝,请检测水质并维修管道";
    let receipt = t.take(of("N", "C1", text)).await;
    let of_caller = receipt.similar.iter().filter(|c| c.ticket.content.caller.number.as_deref() == Some("C1"));
    let mut related: Vec<_> = of_caller.map(|c| (c.ticket.id.as_str(), c.relation)).collect();
    related.sort();
    assert_eq!(related, [("O", Relation::SameKind), ("R", Relation::Repeat)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_district_or_town_is_not_one_place() {
    let t = TestDesk::new().await;
    let of = |id: &str, caller: &str, text: &str| {
        let mut ticket = call(id, text);
        ticket.caller.number = Some(caller.to_owned());
        ticket.labels.category = Some("0801".into());
        ticket
    };
    let pack = t.desk.city();
    let town = pack.regions.iter().find(|r| r.town.is_some()).unwrap();
    let (district, town) = (town.district.clone(), town.town.clone().unwrap());
    for (n, place) in [district.clone(), town.clone(), format!("{district}{town}")].iter().enumerate() {
        t.take(of(&format!("A{n}"), &format!("A{n}"), &format!("{place}自来水停水,一滴没有"))).await;
        t.desk.catch_up(|_| {}).await.unwrap();
        let receipt = t.take(of(&format!("B{n}"), &format!("B{n}"), &format!("{place}自来水停水,什么时候来"))).await;
        let same: Vec<_> = receipt.similar.iter().filter(|c| c.relation != Relation::SameKind).collect();
        assert!(!receipt.similar.is_empty() && same.is_empty(), "{place}: {same:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_shows_present_truth() {
    let t = TestDesk::new().await;
    let mut ticket = call("D-1", "隔壁工地夜里打桩,吵得没法睡");
    ticket.labels.category = Some("1601".into());
    let id = t.take(ticket).await.ticket.id;
    t.desk.catch_up(|_| {}).await.unwrap();
    assert_eq!(t.found("打桩 类别:施工噪声").await, ["D-1"]);
    assert_eq!(t.found("打桩 类别:生态环境").await, ["D-1"], "a level-1 name works too");
    let labels = Labels { category: Some("1604".into()), ..Labels::default() };
    t.desk.decide(&operator(), &id, labels, None).await.unwrap();
    // Not indexed yet: the hit shows the store's labels all the same.
    let request = FindRequest { q: "打桩".into(), limit: 5, ..FindRequest::default() };
    let answer = t.desk.find(request, t.desk.now()).await.unwrap();
    assert_eq!(answer.hits[0].ticket.effective().category.as_deref(), Some("1604"));
    let (cut, marks) = &answer.hits[0].fragments[0];
    assert!(cut.slice("隔壁工地夜里打桩,吵得没法睡").contains("打桩"));
    assert!(marks.iter().any(|m| m.slice("隔壁工地夜里打桩,吵得没法睡") == "打桩"), "{marks:?}");
    t.desk.catch_up(|_| {}).await.unwrap();
    assert_eq!(t.found("打桩 类别:施工噪声").await, Vec::<String>::new());
    let request = FindRequest { q: "类别:不存在的类".into(), limit: 5, ..FindRequest::default() };
    let answer = t.desk.find(request, t.desk.now()).await.unwrap();
    assert_eq!((answer.total, answer.notes.len()), (0, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_index_fills_up_from_the_store() {
    let t = TestDesk::new().await;
    for n in 0..30 {
        t.take(call(&format!("D-{n}"), &format!("第{n}路公交车晚点"))).await;
    }
    t.desk.catch_up(|_| {}).await.unwrap();
    assert_eq!(t.desk.health().await.indexed, 30);
    t.desk.clear_index().unwrap();
    assert!(t.found("公交车").await.is_empty());
    t.desk.catch_up(|_| {}).await.unwrap();
    assert_eq!(t.found("17路").await, ["D-17"]);
    assert_eq!(t.desk.health().await.indexed, 30);
    assert!(t.dir.path().join("tingsu.db").exists());
}

#[test]
fn the_demo_moves_in_time_as_one() {
    let at = |text: &str| Some(text.parse::<Timestamp>().unwrap());
    let mut tickets: Vec<_> = ["2026-05-12T00:52:00Z", "2026-05-12T02:35:00Z", "2026-05-26T09:00:00Z"]
        .iter()
        .map(|time| NewTicket { received_at: at(time), ..call("x", "y") })
        .collect();
    tickets[0].handling.closed_at = at("2026-05-13T00:52:00Z");
    let now: Timestamp = NOW.parse().unwrap();
    tingsu::desk::shift_to_now(&mut tickets, now);
    let times: Vec<_> = tickets.iter().map(|t| t.received_at.unwrap()).collect();
    assert_eq!(times[2], now);
    assert_eq!(times[1].duration_since(times[0]), jiff::SignedDuration::from_mins(103));
    let closed = tickets[0].handling.closed_at.unwrap();
    assert_eq!(closed.duration_since(times[0]), jiff::SignedDuration::from_hours(24));
    tingsu::desk::shift_to_now(&mut [], now);
}
