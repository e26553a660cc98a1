//! New tickets: nothing is changed, equal content is the same ticket, numbers are unique.

use std::collections::BTreeMap;

use tingsu::{
    domain::{Labels, Status, TicketId, Urgency},
    store::{Added, Intake, StoreError},
};

use super::Any;
use crate::store::given::*;

pub(super) async fn what_goes_in_comes_out(store: Any) {
    let mut ticket = new("W-1", "路灯三天不亮");
    ticket.parent_no = Some("P9".into());
    ticket.received_at = Some(at("2026-05-11T23:00:00.123456Z"));
    ticket.caller.name = Some("李某".into());
    ticket.district = Some("某区".into());
    ticket.labels = Labels { category: Some("0301".into()), urgency: Some(Urgency::U3), ..Labels::default() };
    ticket.status = Some(Status::Handling);
    ticket.handling.reply = Some("已派人".into());
    ticket.handling.assisting = vec!["乙局".into()];
    ticket.repeat_of = Some(id("W-0"));
    ticket.extra = BTreeMap::from([("备注".into(), "a\tb".into())]);
    let Added::New(added) = store.add(ticket.clone(), with(suggestion(Urgency::U2))).await.unwrap() else {
        panic!("a first ticket is new")
    };
    assert_eq!(store.tickets(&[id("W-1")]).await.unwrap(), std::slice::from_ref(&added));
    assert_eq!(added.received_at, at("2026-05-11T23:00:00.123456Z"));
    assert_eq!(added.registered_at, at(T0));
    assert_eq!(added.registered_by, "op1");
    assert_eq!(added.status, Status::Handling);
    assert_eq!(added.labels.category.as_deref(), Some("0301"));
    assert_eq!(added.effective().urgency, Some(Urgency::U2), "a suggestion raises what the source said");
    assert_eq!(added.effective().department.as_deref(), Some("甲局"));
    assert_eq!(added.content.handling, ticket.handling);
    assert_eq!(added.content.extra, ticket.extra);
    assert_eq!(added.content.caller, ticket.caller);
    assert_eq!((added.content.id, added.content.status, added.content.received_at), (None, None, None));
    assert_eq!(added.content.labels, Labels::default());
}

pub(super) async fn original_text_is_kept_to_the_byte(store: Any) {
    let texts = [
        "空\u{0}字符\u{0}",
        "😀👨‍👩‍👧 表情 \u{feff}零宽\u{200b}",
        "  前后空白 \r\n\t换行\u{b}",
        "\u{1}\u{7f}\u{85}控制",
        "\"引号\\ ' -- ; DROP TABLE tickets",
        "繁體轉換 Ａｂｃ１２３",
        "",
    ];
    let rows = texts.iter().enumerate().map(|(n, text)| (new(&format!("B{n}"), text), intake())).collect();
    store.add_many(rows).await.unwrap();
    let long: String = "长".repeat(400_000);
    store.add(new("B-long", &long), intake()).await.unwrap();
    for (n, text) in texts.iter().enumerate() {
        let found = store.tickets(&[id(&format!("B{n}"))]).await.unwrap();
        assert_eq!(found[0].content.appeal.text.as_bytes(), text.as_bytes(), "text {n}");
    }
    assert_eq!(store.tickets(&[id("B-long")]).await.unwrap()[0].content.appeal.text, long);
}

pub(super) async fn ids_are_numbered_by_city_day(store: Any) {
    let mut ids = Vec::new();
    // 15:59 UTC is still the same day in the city, 16:00 is the next.
    for time in ["2026-05-12T01:00:00Z", "2026-05-12T15:59:59Z", "2026-05-12T16:00:00Z", "2026-05-12T02:00:00Z"] {
        let added = store.add(new("", "同样的话"), Intake { at: at(time), ..intake() }).await.unwrap();
        assert!(matches!(added, Added::New(_)), "without id and key, equal texts are different calls");
        ids.push(ticket_of(added).id.to_string());
    }
    assert_eq!(ids, ["20260512-000001", "20260512-000002", "20260513-000001", "20260512-000003"]);
}

pub(super) async fn given_numbers_are_passed_over(store: Any) {
    for number in ["20260512-000001", "20260512-000002", "20260512-000004"] {
        store.add(new(number, "导入"), intake()).await.unwrap();
    }
    let mut ids = Vec::new();
    for _ in 0..2 {
        ids.push(ticket_of(store.add(new("", "新来"), intake()).await.unwrap()).id.to_string());
    }
    assert_eq!(ids, ["20260512-000003", "20260512-000005"]);
}

pub(super) async fn equal_content_is_same_and_other_content_conflicts(store: Any) {
    let first = ticket_of(store.add(new("C-1", "甲"), intake()).await.unwrap());
    let seq = store.last_seq().await.unwrap();
    let again = store.add(new("C-1", "甲"), with(suggestion(Urgency::U1))).await.unwrap();
    assert_eq!(again, Added::Same(first), "the ticket as it stands, not as repeated");
    let other = store.add(new("C-1", "乙"), intake()).await;
    assert!(matches!(other, Err(StoreError::Conflict(ref m)) if m.contains("C-1")), "{other:?}");
    assert_eq!((store.count().await.unwrap(), store.last_seq().await.unwrap()), (1, seq));
    // Still the same after the ticket has moved on.
    store.decide(decision("C-1", operator(), Some(Urgency::U1), None)).await.unwrap();
    assert!(matches!(store.add(new("C-1", "甲"), intake()).await, Ok(Added::Same(_))));
}

pub(super) async fn idempotency_keys(store: Any) {
    let first = ticket_of(store.add(new("", "甲"), keyed("k1")).await.unwrap());
    let again = store.add(new("", "甲"), keyed("k1")).await.unwrap();
    assert_eq!(again, Added::Same(first.clone()));
    assert!(matches!(store.add(new("", "乙"), keyed("k1")).await, Err(StoreError::Conflict(_))));
    let second = ticket_of(store.add(new("", "甲"), keyed("k2")).await.unwrap());
    assert_ne!(first.id, second.id);
    // A key that came with a stored id belongs to that ticket from then on.
    store.add(new("K-3", "丙"), intake()).await.unwrap();
    assert!(matches!(store.add(new("K-3", "丙"), keyed("k3")).await, Ok(Added::Same(_))));
    assert!(matches!(store.add(new("K-4", "丁"), keyed("k3")).await, Err(StoreError::Conflict(_))));
    assert_eq!(store.count().await.unwrap(), 3);
}

pub(super) async fn many_in_one_go(store: Any) {
    store.add(new("M-1", "旧"), intake()).await.unwrap();
    let rows = vec![
        (new("M-1", "旧"), intake()),
        (new("M-2", "新"), intake()),
        (new("M-1", "别的"), intake()),
        (new("M-2", "新"), intake()),
        (new("M-2", "别的"), intake()),
        (new("", "无号"), intake()),
    ];
    let kinds: Vec<&str> = store
        .add_many(rows)
        .await
        .unwrap()
        .into_iter()
        .map(|result| match result {
            Ok(Added::New(_)) => "new",
            Ok(Added::Same(_)) => "same",
            Err(StoreError::Conflict(_)) => "conflict",
            Err(_) => "error",
        })
        .collect();
    assert_eq!(kinds, ["same", "new", "conflict", "same", "conflict", "new"]);
    assert_eq!(store.count().await.unwrap(), 3);
    assert!(store.add_many(vec![]).await.unwrap().is_empty());
}

pub(super) async fn numbers_that_json_cannot_hold(store: Any) {
    let mut broken = suggestion(Urgency::U4);
    broken.category[0].p = f32::NAN;
    broken.urgency.model[3] = f32::INFINITY;
    broken.vector = Some(vec![1.0]);
    let added = ticket_of(store.add(new("X-1", "甲"), with(broken)).await.unwrap());
    let read = store.tickets(&[id("X-1")]).await.unwrap();
    assert_eq!(read, [added]);
    assert_eq!(read[0].suggestion.as_ref().unwrap().category[0].p, 0.0);
}

pub(super) async fn concurrent_adds_are_all_there(store: Any) {
    let tasks: Vec<_> = (0..40)
        .map(|n| {
            let store = store.clone();
            tokio::spawn(async move { ticket_of(store.add(new("", &format!("话{n}")), intake()).await.unwrap()).id })
        })
        .collect();
    let mut ids: Vec<TicketId> = Vec::new();
    for task in tasks {
        ids.push(task.await.unwrap());
    }
    ids.sort();
    ids.dedup();
    assert_eq!((ids.len(), store.count().await.unwrap()), (40, 40));
    let seqs: Vec<i64> = store.changes(0, 100).await.unwrap().iter().map(|c| c.seq).collect();
    assert_eq!(seqs, (1..=40).collect::<Vec<i64>>());
}
