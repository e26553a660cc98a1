//! Kept searches and alerts: a match is told once, to the person who keeps the search.

use tingsu::{
    domain::{KeptQuery, Urgency},
    store::{AlertFilter, MOST_KEPT, StoreError},
};

use super::Any;
use crate::store::given::*;

fn asking(q: &str) -> KeptQuery {
    KeptQuery { q: q.into(), filters: vec![("district".into(), "甲区".into())] }
}

async fn told(store: &Any, owner: &str) -> Vec<String> {
    let alerts = store.alerts(owner, AlertFilter::default(), 100).await.unwrap();
    alerts.iter().map(|a| a.ticket.to_string()).collect()
}

pub(super) async fn searches_are_kept_by_person(store: Any) {
    assert_eq!(store.kept_revision().await.unwrap(), (0, 0));
    let kept = store.keep_search(&called("a"), "停水", &asking("停水"), at(T0)).await.unwrap();
    assert_eq!((kept.owner.as_str(), kept.name.as_str(), &kept.query), ("a", "停水", &asking("停水")));
    assert_eq!((kept.created_at, kept.unread, kept.alerts), (at(T0), 0, 0));
    let again = store.keep_search(&called("a"), "停水", &asking("停电"), at(T0)).await;
    assert!(matches!(again, Err(StoreError::Conflict(_))), "{again:?}");
    let other = store.keep_search(&called("b"), "停水", &asking("停电"), at(T0)).await.unwrap();
    assert_eq!(store.kept_searches(Some("a")).await.unwrap(), std::slice::from_ref(&kept));
    assert_eq!(store.kept_searches(None).await.unwrap().len(), 2);
    let before = store.kept_revision().await.unwrap();
    assert!(!store.drop_search(&called("b"), kept.id, at(T0)).await.unwrap(), "not one's own");
    assert!(store.drop_search(&called("a"), kept.id, at(T0)).await.unwrap());
    assert!(!store.drop_search(&called("a"), kept.id, at(T0)).await.unwrap());
    let next = store.keep_search(&called("a"), "停水", &asking("停水"), at(T0)).await.unwrap();
    assert!(next.id > other.id, "a number is never given twice");
    let after = store.kept_revision().await.unwrap();
    assert!(before != after && before.0 == after.0);
    for n in 1..MOST_KEPT {
        store.keep_search(&called("a"), &format!("第{n}个"), &asking("停水"), at(T0)).await.unwrap();
    }
    let over = store.keep_search(&called("a"), "再一个", &asking("停水"), at(T0)).await;
    assert!(matches!(over, Err(StoreError::Refused(_))), "{over:?}");
}

pub(super) async fn a_match_is_told_once(store: Any) {
    let (mine, yours) = (
        store.keep_search(&called("a"), "停水", &asking("停水"), at(T0)).await.unwrap().id,
        store.keep_search(&called("b"), "停水", &asking("停水"), at(T0)).await.unwrap().id,
    );
    store.add(new("T-1", "停水"), intake()).await.unwrap();
    store.add(new("T-2", "停水了"), intake()).await.unwrap();
    assert_eq!(store.watched_seq().await.unwrap(), 0);
    let matches = [(mine, id("T-1")), (mine, id("T-2")), (yours, id("T-2"))];
    assert_eq!(store.tell(&matches, 2, at(T0)).await.unwrap(), 3);
    assert_eq!(store.tell(&matches, 2, at(T0)).await.unwrap(), 0, "told before");
    let unknown = [(mine, id("T-9")), (9_999, id("T-1"))];
    assert_eq!(store.tell(&unknown, 3, at(T0)).await.unwrap(), 0, "no such ticket, no such search");
    assert_eq!(store.watched_seq().await.unwrap(), 3);
    assert_eq!(told(&store, "a").await, ["T-2", "T-1"]);
    assert_eq!(told(&store, "b").await, ["T-2"]);
    // A change of the ticket is no second reason.
    let suggested = vec![(id("T-1"), suggestion(Urgency::U3))];
    store.save_suggestions(suggested, &operator(), at(T0)).await.unwrap();
    assert_eq!(store.tell(&[(mine, id("T-1"))], 4, at(T0)).await.unwrap(), 0);
    store.drop_search(&called("a"), mine, at(T0)).await.unwrap();
    assert_eq!(told(&store, "a").await, [] as [&str; 0], "alerts go with their search");
    assert_eq!(told(&store, "b").await, ["T-2"]);
}

pub(super) async fn what_came_before_is_not_told(store: Any) {
    store.add(new("T-1", "停水"), intake()).await.unwrap();
    let mine = store.keep_search(&called("a"), "停水", &asking("停水"), at(T0)).await.unwrap();
    assert_eq!(mine.after_seq, 1);
    store.save_suggestions(vec![(id("T-1"), suggestion(Urgency::U3))], &operator(), at(T0)).await.unwrap();
    store.add(new("T-2", "停水了"), intake()).await.unwrap();
    let matches = [(mine.id, id("T-1")), (mine.id, id("T-2"))];
    assert_eq!(store.tell(&matches, 3, at(T0)).await.unwrap(), 1);
    assert_eq!(told(&store, "a").await, ["T-2"]);
}

pub(super) async fn alerts_are_paged_and_seen(store: Any) {
    let first = store.keep_search(&called("a"), "一", &asking("停水"), at(T0)).await.unwrap().id;
    let second = store.keep_search(&called("a"), "二", &asking("水"), at(T0)).await.unwrap().id;
    let mut matches = Vec::new();
    for n in 1..=5 {
        let number = format!("T-{n}");
        store.add(new(&number, &format!("停水{n}")), intake()).await.unwrap();
        matches.extend([(first, id(&number)), (second, id(&number))]);
    }
    store.tell(&matches, 5, at(T0)).await.unwrap();
    let page = |filter, limit| {
        let store = store.clone();
        async move { store.alerts("a", filter, limit).await.unwrap() }
    };
    let newest = page(AlertFilter { search: Some(first), ..AlertFilter::default() }, 2).await;
    assert_eq!(newest.iter().map(|a| a.ticket.as_str()).collect::<Vec<_>>(), ["T-5", "T-4"]);
    let older = AlertFilter { search: Some(first), before: Some(newest[1].id), ..AlertFilter::default() };
    assert_eq!(page(older, 9).await.len(), 3);
    assert_eq!(store.read_alerts("b", None, i64::MAX, at(T0)).await.unwrap(), 0, "not one's own");
    assert_eq!(store.read_alerts("a", Some(first), newest[1].id, at(T0)).await.unwrap(), 4);
    let unread = page(AlertFilter { unread: true, ..AlertFilter::default() }, 99).await;
    assert_eq!(unread.len(), 6);
    let kept = store.kept_searches(Some("a")).await.unwrap();
    assert_eq!(kept.iter().map(|k| (k.unread, k.alerts)).collect::<Vec<_>>(), [(1, 5), (5, 5)]);
    assert_eq!(store.read_alerts("a", None, i64::MAX, at(T0)).await.unwrap(), 6);
    assert!(page(AlertFilter { unread: true, ..AlertFilter::default() }, 99).await.is_empty());
}
