//! A city's own history as training data: whose word counts, what is left out, what stays together.

use std::{collections::BTreeMap, fs, path::Path};

use tingsu::{
    desk::{
        ImportOptions,
        learn::{History, HistoryOptions, Skip, Trust, read_history, training_rows},
    },
    domain::{
        Actor, Appeal, AppealType, Channel, Decision, DecisionKind, Fault, Labels, NewTicket, Status, TicketId,
        TimeRange, Urgency, parse_city,
    },
    store::{SqliteStore, Store},
};

use super::{TestDesk, operator};

/// Texts that share nothing, so that each is a group of its own.
fn words(n: usize) -> String {
    (0..40).map(|i| char::from_u32(0x4e00 + ((n * 7919 + i * i * 104_729 + i * 31) % 19_000) as u32).unwrap()).collect()
}

struct City {
    desk: TestDesk,
    codes: Vec<(String, String)>,
}

impl City {
    async fn new() -> Self {
        let desk = TestDesk::new().await;
        let pack = desk.desk.city();
        let codes = pack.taxonomy.categories().iter().map(|c| (c.code.clone(), c.department.clone())).collect();
        Self { desk, codes }
    }

    fn labels(&self, n: usize) -> Labels {
        let (category, department) = self.codes[n].clone();
        Labels { category: Some(category), department: Some(department), ..Labels::default() }
    }

    fn ticket(&self, id: &str, n: usize, labels: Labels, status: Option<Status>) -> NewTicket {
        NewTicket {
            id: Some(TicketId::new(id).unwrap()),
            labels,
            status,
            received_at: Some(parse_city(&format!("2026-03-{:02} 08:00", n % 28 + 1)).unwrap()),
            ..NewTicket::of(Channel::Phone, Appeal::new("", words(n)))
        }
    }

    async fn import(&self, tickets: Vec<NewTicket>) {
        let options = ImportOptions { actor: Actor::system(), catch_up: false };
        let rows = tickets.into_iter().enumerate().map(|(n, t)| (n, Ok::<_, Fault>(t)));
        let report = self.desk.desk.import(rows, &options, |_, fault| Err(fault.clone()), |_| {}).await.unwrap();
        assert_eq!(report.rejected, 0);
    }

    async fn decide(&self, id: &str, labels: Labels) {
        self.desk.desk.decide(&operator(), &TicketId::new(id).unwrap(), labels, None).await.unwrap();
    }

    async fn store(&self) -> SqliteStore {
        SqliteStore::open(&self.desk.dir.path().join("tingsu.db")).await.unwrap()
    }

    async fn read(&self, options: HistoryOptions) -> History {
        let mut seen = 0;
        let history = read_history(&self.store().await, &self.desk.desk.city(), &options, |n| seen = n).await.unwrap();
        assert_eq!(seen, history.report.read);
        let skipped: u64 = history.report.skipped.values().sum();
        assert_eq!(history.report.read, history.report.used + skipped, "every ticket is accounted for");
        history
    }

    async fn ids(&self, trust: Trust) -> Vec<String> {
        let history = self.read(HistoryOptions { trust, ..HistoryOptions::default() }).await;
        let mut ids: Vec<String> = history.cases.iter().map(|c| c.id.as_str().to_owned()).collect();
        ids.sort();
        ids
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whose_word_counts_is_chosen() {
    let city = City::new().await;
    let known = |n| city.labels(n);
    city.import(vec![
        city.ticket("nobody", 0, Labels::default(), Some(Status::Archived)),
        city.ticket("closed", 1, known(1), Some(Status::Archived)),
        city.ticket("replied", 2, known(2), Some(Status::Replied)),
        city.ticket("handling", 3, known(3), Some(Status::Handling)),
        city.ticket("again", 4, known(4), Some(Status::SecondRound)),
        city.ticket("mine", 5, Labels::default(), None),
        city.ticket("corrected", 6, known(6), Some(Status::Archived)),
    ])
    .await;
    city.decide("mine", known(5)).await;
    city.decide("corrected", Labels { category: known(7).category, ..Labels::default() }).await;
    city.decide("corrected", Labels { category: known(8).category, ..Labels::default() }).await;
    assert_eq!(city.ids(Trust::Decided).await, ["corrected", "mine"]);
    assert_eq!(city.ids(Trust::Closed).await, ["closed", "corrected", "mine", "replied"]);
    assert_eq!(city.ids(Trust::Open).await, ["again", "closed", "corrected", "handling", "mine", "replied"]);

    let history = city.read(HistoryOptions::default()).await;
    let case = |history: &History, id: &str| history.cases.iter().find(|c| c.id.as_str() == id).unwrap().clone();
    let corrected = case(&history, "corrected");
    assert_eq!(corrected.labels.category, known(8).category, "the newest decision wins");
    assert_eq!(corrected.labels.department, known(6).department, "what came with a closed ticket fills the gap");
    assert_eq!(corrected.trust, Trust::Closed, "a case is as sure as its least sure label");
    assert_eq!(case(&history, "mine").trust, Trust::Decided);
    let sure = city.read(HistoryOptions { trust: Trust::Decided, ..HistoryOptions::default() }).await;
    assert_eq!(case(&sure, "corrected").labels.department, None, "here only what a person decided");
    assert_eq!(history.report.by_trust, BTreeMap::from([(Trust::Decided, 1), (Trust::Closed, 3)]));
    assert_eq!(history.report.skipped, BTreeMap::from([(Skip::Undecided, 1), (Skip::NotClosed, 2)]));
    let (rows, report) = training_rows(sure);
    assert_eq!(rows.iter().map(|r| r.id.as_str()).collect::<Vec<_>>(), Vec::<&str>::new());
    assert_eq!(report.skipped[&Skip::Incomplete], 2, "no type stood on them and one has no unit");
}

#[tokio::test(flavor = "multi_thread")]
async fn software_decides_nothing() {
    let city = City::new().await;
    city.import(vec![city.ticket("raised", 0, Labels::default(), None)]).await;
    let labels = Labels { urgency: Some(Urgency::U1), ..Labels::default() };
    let raised = Decision {
        ticket: TicketId::new("raised").unwrap(),
        at: city.desk.desk.now(),
        actor: Actor::system(),
        kind: DecisionKind::Correct,
        labels,
        reason: None,
        suggestion: None,
    };
    city.store().await.decide(raised).await.unwrap();
    assert!(city.ids(Trust::Open).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn withdrawn_and_foreign_ones_are_left_out() {
    let city = City::new().await;
    let with = |id: &str, n: usize, column: &str, value: &str| {
        let mut ticket = city.ticket(id, n, city.labels(n), Some(Status::Archived));
        ticket.extra.insert(column.into(), value.into());
        ticket
    };
    city.import(vec![
        with("a", 0, "工单状态", "已撤单"),
        with("b", 1, "是否作废", "是"),
        with("c", 2, "是否有效工单", "否"),
        with("d", 3, "是否作废", "否"),
        with("e", 4, "是否无效", "否"),
        with("f", 5, "备注", "市民很满意"),
    ])
    .await;
    assert_eq!(city.ids(Trust::Closed).await, ["d", "e", "f"]);
    let history = city.read(HistoryOptions::default()).await;
    assert_eq!(history.report.skipped, BTreeMap::from([(Skip::Withdrawn, 3)]));
    assert_eq!(history.report.labels.category, 3);

    // a pack that lost a class and a unit: those labels are none
    let folder = tempfile::TempDir::new().unwrap();
    super::copy_pack(folder.path());
    let gone = city.codes[3].0.clone();
    drop_lines(&folder.path().join("taxonomy.csv"), &format!("{gone},"));
    let pack = tingsu::city::CityPack::open(folder.path()).unwrap();
    let read = read_history(&city.store().await, &pack, &HistoryOptions::default(), |_| {}).await.unwrap();
    let d = read.cases.iter().find(|c| c.id.as_str() == "d").unwrap();
    assert_eq!((d.labels.category.clone(), d.labels.department.is_some()), (None, true));
}

fn drop_lines(path: &Path, begin: &str) {
    let text = fs::read_to_string(path).unwrap();
    let kept: String = text.lines().filter(|l| !l.starts_with(begin)).map(|l| format!("{l}\n")).collect();
    assert_ne!(kept, text);
    fs::write(path, kept).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn time_and_number_can_be_limited() {
    let city = City::new().await;
    let closed = Some(Status::Archived);
    city.import((0..20).map(|n| city.ticket(&format!("t-{n:02}"), n, city.labels(n % 2), closed)).collect()).await;
    let received =
        TimeRange { from: Some(parse_city("2026-03-05").unwrap()), to: Some(parse_city("2026-03-15").unwrap()) };
    let history = city.read(HistoryOptions { received, ..HistoryOptions::default() }).await;
    let days: Vec<&str> = history.cases.iter().map(|c| c.id.as_str()).collect();
    assert_eq!(days, ["t-04", "t-05", "t-06", "t-07", "t-08", "t-09", "t-10", "t-11", "t-12", "t-13"]);
    assert_eq!(history.report.skipped, BTreeMap::from([(Skip::OutsideTime, 10)]));
    assert_eq!(history.report.oldest, Some(history.cases[0].received_at));
    let newest = city.read(HistoryOptions { most_per_category: Some(3), ..HistoryOptions::default() }).await;
    let ids: Vec<&str> = newest.cases.iter().map(|c| c.id.as_str()).collect();
    assert_eq!(ids, ["t-14", "t-15", "t-16", "t-17", "t-18", "t-19"], "the newest of each category");
    assert_eq!(newest.report.skipped[&Skip::OverLimit], 14);
}

#[tokio::test(flavor = "multi_thread")]
async fn company_is_kept_and_gaps_are_filled_from_what_stood() {
    let city = City::new().await;
    let closed = Some(Status::Archived);
    let mut tickets: Vec<NewTicket> =
        (0..6).map(|n| city.ticket(&format!("t-{n}"), n, city.labels(0), closed)).collect();
    tickets[1].event = Some("爆管".into());
    tickets[2].event = Some("爆管".into());
    tickets[3].repeat_of = Some(TicketId::new("t-2").unwrap());
    tickets[5].appeal = Appeal::new("", format!("{}谢谢", tickets[4].appeal.text));
    tickets.iter_mut().for_each(|t| t.labels.appeal_type = Some(AppealType::Report));
    tickets[0].labels.urgency = Some(Urgency::U2);
    city.import(tickets).await;
    city.desk.desk.catch_up(|_| {}).await.unwrap();
    let history = city.read(HistoryOptions::default()).await;
    let groups: Vec<String> = history.cases.iter().map(|c| c.group.clone()).collect();
    assert_eq!(groups, ["t-0", "爆管", "爆管", "爆管", "t-4", "t-4"]);
    assert_eq!(history.report.groups, 3);
    let (rows, report) = training_rows(history);
    assert_eq!(rows.len(), 6, "{report}");
    assert_eq!((report.filled.appeal_type, report.filled.urgency, report.filled.flags), (0, 5, 6));
    let own = rows.iter().find(|r| r.id == "ticket/t-0").unwrap();
    assert_eq!((own.gold.appeal_type, own.gold.urgency), (AppealType::Report, Urgency::U2));
    let said = report.to_string();
    assert!(said.contains("可用 6 件(3 组)") && said.contains("紧急程度 5、标记 6"), "{said}");
    assert!(!said.contains(words(0).as_str()), "no words of citizens");
}

#[tokio::test(flavor = "multi_thread")]
async fn long_histories_come_in_pages() {
    let city = City::new().await;
    let closed = Some(Status::Archived);
    city.import((0..2_300).map(|n| city.ticket(&format!("p-{n}"), n, city.labels(n % 5), closed)).collect()).await;
    for n in [3, 999, 1_000, 2_299] {
        city.decide(&format!("p-{n}"), city.labels(9)).await;
    }
    let history = city.read(HistoryOptions::default()).await;
    assert_eq!((history.report.read, history.report.used), (2_300, 2_300));
    assert_eq!(history.report.by_trust[&Trust::Decided], 4);
}
