//! Kept searches on the running desk.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use tingsu::{
    desk::{Clock, Desk, IndexSlot, Parts},
    domain::KeptQuery,
    store::AlertFilter,
};

use super::*;

fn asking(q: &str) -> KeptQuery {
    KeptQuery { q: q.into(), filters: Vec::new() }
}

/// Tickets told of, by the name of the search.
async fn told(desk: &Desk) -> BTreeMap<String, Vec<String>> {
    let kept = desk.kept_searches(&operator()).await.unwrap();
    let mut told: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for alert in desk.alerts(&operator(), AlertFilter::default(), 100).await.unwrap().told {
        let name = kept.iter().find(|k| k.id == alert.alert.search).unwrap().name.clone();
        told.entry(name).or_default().push(alert.ticket.id.to_string());
    }
    told.values_mut().for_each(|tickets| tickets.sort());
    told
}

async fn caught_up(desk: &Desk) {
    while desk.watch_step().await.unwrap() > 0 {}
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_ticket_is_told_once_and_an_old_one_is_not() {
    let t = TestDesk::new().await;
    t.take(call("D-0", "望江小区停水")).await;
    let keep = async |name: &str, q: &str| t.desk.keep_search(&operator(), name, asking(q)).await.unwrap();
    keep("水", "停水 或 漏水").await;
    keep("区", "区县:明湖 停水").await;
    keep("类", "类别:施工噪声").await;
    keep("同义", "小电驴").await;
    t.take(call("D-1", "整栋楼从早上起停水")).await;
    t.take(call("D-2", "楼道里给电动自行车充电")).await;
    t.take(NewTicket { district: Some("明湖区".into()), ..call("D-3", "停水两天") }).await;
    let noise = t.take(call("D-4", "每晚有响声")).await.ticket.id;
    caught_up(&t.desk).await;
    assert_eq!(t.desk.watch_step().await.unwrap(), 0);
    let wanted = |more: &[(&str, &[&str])]| -> BTreeMap<String, Vec<String>> {
        let own =
            |(name, tickets): &(&str, &[&str])| ((*name).to_owned(), tickets.iter().map(|t| (*t).to_owned()).collect());
        more.iter().map(own).collect()
    };
    let first: [(&str, &[&str]); 3] = [("水", &["D-1", "D-3"]), ("区", &["D-3"]), ("同义", &["D-2"])];
    assert_eq!(told(&t.desk).await, wanted(&first));
    // A ticket that matches after a decision is told then; one that was told is not told again.
    let labels = Labels { category: Some("1601".into()), ..Labels::default() };
    t.desk.decide(&operator(), &noise, labels.clone(), None).await.unwrap();
    t.desk.decide(&operator(), &TicketId::new("D-1").unwrap(), labels.clone(), None).await.unwrap();
    t.desk.decide(&operator(), &TicketId::new("D-0").unwrap(), labels, None).await.unwrap();
    caught_up(&t.desk).await;
    let then = [first.as_slice(), &[("类", &["D-1", "D-4"])]].concat();
    assert_eq!(told(&t.desk).await, wanted(&then));
    let kept = t.desk.kept_searches(&operator()).await.unwrap();
    assert_eq!(kept.iter().map(|k| k.unread).collect::<Vec<_>>(), [2, 1, 2, 1]);
    let other = Actor::person("other", Role::Operator);
    assert!(t.desk.alerts(&other, AlertFilter::default(), 9).await.unwrap().told.is_empty(), "another's are not seen");
    assert_eq!(t.desk.drop_search(&other, kept[0].id).await.unwrap_err().kind, FaultKind::NotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_kept_is_refused_by_name() {
    let t = TestDesk::new().await;
    let check = async |name: &str, query: KeptQuery, field: &str| {
        let fault = t.desk.keep_search(&operator(), name, query).await.unwrap_err();
        assert_eq!((fault.kind, fault.field.as_deref()), (FaultKind::Invalid, Some(field)), "{fault}");
    };
    check(" ", asking("停水"), "name").await;
    check(&"名".repeat(41), asking("停水"), "name").await;
    check("a\nb", asking("停水"), "name").await;
    check("全部", asking(" "), "q").await;
    check("长", asking(&"水".repeat(501)), "q").await;
    let filters = vec![("colour".into(), "red".into())];
    check("色", KeptQuery { q: String::new(), filters }, "filters").await;
    t.desk.keep_search(&operator(), "水", asking("停水")).await.unwrap();
    let twice = t.desk.keep_search(&operator(), "水", asking("停电")).await.unwrap_err();
    assert_eq!(twice.kind, FaultKind::Conflict);
}

/// The service is stopped in the middle, at any place, and opened again on the same folder.
#[tokio::test(flavor = "multi_thread")]
async fn a_restart_neither_loses_nor_repeats() {
    let dir = TempDir::new().unwrap();
    let triager = Arc::new(Triager::new(Arc::new(CityPack::parse(&boot::embedded_pack()).unwrap()), None));
    let open = async |before: Option<Desk>| {
        drop(before);
        let words = triager.analyser.segmenter.clone();
        // A step that ran when the workers were stopped may hold the index a moment longer.
        let index = loop {
            match IndexSlot::open(&dir.path().join("index"), words.clone(), &triager.pack.dictionary_hash) {
                Err(tingsu::search::SearchError::Locked(_)) => tokio::time::sleep(Duration::from_millis(5)).await,
                opened => break opened.unwrap(),
            }
        };
        Desk::new(Parts {
            store: Arc::new(SqliteStore::open(&dir.path().join("tingsu.db")).await.unwrap()),
            index,
            infer: Infer::start(triager.clone(), InferConfig { queue: 64, batch: 8, threads: 1 }),
            pack: PackSource::Embedded,
            clock: Clock::of(|| NOW.parse::<Timestamp>().unwrap()),
            config: DeskConfig::default(),
        })
    };
    let mut desk = open(None).await;
    desk.keep_search(&operator(), "水", asking("停水")).await.unwrap();
    let mut wanted = Vec::new();
    for round in 0..4 {
        desk = open(Some(desk)).await;
        for n in 0..3 {
            let id = format!("R-{round}{n}");
            desk.receive(&operator(), call(&id, &format!("第{round}{n}幢停水")), None).await.unwrap();
            wanted.push(id);
        }
        let workers = desk.start_workers();
        tokio::time::sleep(Duration::from_millis(7 * round)).await;
        drop(workers);
    }
    caught_up(&desk).await;
    assert_eq!(told(&desk).await["水"], wanted);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_follower_tells_by_itself() {
    let t = TestDesk::new().await;
    let _workers = t.desk.start_workers();
    t.desk.keep_search(&operator(), "井", asking("窨井盖")).await.unwrap();
    t.take(call("D-1", "飞虹街道菜场门口的窨井盖不见了")).await;
    let deadline = std::time::Instant::now() + Duration::from_secs(10);
    while told(&t.desk).await.is_empty() {
        assert!(std::time::Instant::now() < deadline, "the follower does not match");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
