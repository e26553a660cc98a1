//! Counting, running clocks and 督办: the same for every store.

use tingsu::{
    domain::{
        Actor, Handling, Labels, NewTicket, Outcome, Role, Round, Satisfaction, Status, Urgency,
        brief::{TimeRangeKey, When},
    },
    store::{CaseFilter, Dimension, Intake, NewOrder, Orders, StoreError, verify_ledger},
};

use super::Any;
use crate::store::given::*;

fn made(number: &str, received: &str, change: impl FnOnce(&mut NewTicket)) -> (NewTicket, Intake) {
    let mut ticket = NewTicket { received_at: Some(at(received)), ..new(number, "路灯不亮") };
    change(&mut ticket);
    (ticket, intake())
}

async fn filled(store: &Any) {
    let labels = |category: &str, department: &str, urgency| Labels {
        category: Some(category.into()),
        department: Some(department.into()),
        urgency: Some(urgency),
        ..Labels::default()
    };
    let rows = vec![
        // A Monday.
        made("A-1", "2026-05-11T00:30:00Z", |t| {
            t.labels = labels("0101", "甲局", Urgency::U1);
            t.district = Some("甲区".into());
            t.status = Some(Status::Handling);
        }),
        made("A-2", "2026-05-11T00:59:59Z", |t| {
            t.labels = labels("0102", "甲局", Urgency::U4);
            t.district = Some("乙区".into());
            t.status = Some(Status::Revisited);
            t.handling = Handling {
                closed_at: Some(at("2026-05-12T01:00:00Z")),
                revisited: Some(true),
                contacted: Some(true),
                outcome: Some(Outcome::Solved),
                satisfaction: Some(Satisfaction::Mostly),
                ..Handling::default()
            };
        }),
        // The source says nothing of a revisit, but there is a rating.
        made("A-3", "2026-05-17T16:00:00Z", |t| {
            t.labels = labels("0201", "乙局", Urgency::U2);
            t.status = Some(Status::Revisited);
            t.handling.satisfaction = Some(Satisfaction::Satisfied);
            t.repeat_of = Some(id("A-1"));
        }),
        made("A-4", "2026-05-18T02:00:00Z", |t| {
            t.status = Some(Status::SecondRound);
            t.handling.closed_at = Some(at("2026-05-18T03:00:00Z"));
            t.handling.satisfaction = Some(Satisfaction::NotRated);
            t.repeat_of = Some(id("A-3"));
        }),
        made("A-5", "2026-05-18T03:00:00Z", |t| t.handling.closed_at = Some(at("2026-05-18T04:00:00Z"))),
    ];
    for stored in store.add_many(rows).await.unwrap() {
        stored.unwrap();
    }
}

pub(super) async fn counts_are_of_what_is_listed(store: Any) {
    filled(&store).await;
    let own = store.oversight();
    let range = |from: &str, to: &str| TimeRangeKey { from: at(from), to: at(to) };
    let all = CaseFilter::default();
    let monday = CaseFilter { ranges: vec![range("2026-05-11T00:00:00Z", "2026-05-11T00:59:59Z")], ..all.clone() };
    let two = CaseFilter {
        ranges: vec![
            range("2026-05-11T00:00:00Z", "2026-05-12T00:00:00Z"),
            range("2026-05-18T00:00:00Z", "2026-05-19T00:00:00Z"),
        ],
        ..all.clone()
    };
    let when = |when, from: &str, to: &str| CaseFilter {
        when: Some(when),
        ranges: vec![range(from, to)],
        ..CaseFilter::default()
    };
    let cases: Vec<(CaseFilter, &[&str])> = vec![
        (all.clone(), &["A-5", "A-4", "A-3", "A-2", "A-1"]),
        (monday, &["A-1"]),
        (two, &["A-5", "A-4", "A-2", "A-1"]),
        (when(When::Closed, "2026-05-18T03:00:00Z", "2026-05-18T04:00:00Z"), &["A-4"]),
        (CaseFilter { open: Some(true), ..all.clone() }, &["A-4", "A-1"]),
        (CaseFilter { open: Some(false), ..all.clone() }, &["A-5", "A-3", "A-2"]),
        (CaseFilter { urgency: vec![Urgency::U1, Urgency::U2], ..all.clone() }, &["A-3", "A-1"]),
        (CaseFilter { category: vec!["0101".into(), String::new()], ..all.clone() }, &["A-5", "A-4", "A-1"]),
        (CaseFilter { level1: Some("01".into()), ..all.clone() }, &["A-2", "A-1"]),
        (CaseFilter { department: vec!["甲局".into()], ..all.clone() }, &["A-2", "A-1"]),
        (CaseFilter { district: vec![String::new()], ..all.clone() }, &["A-5", "A-4", "A-3"]),
        (CaseFilter { revisited: Some(true), ..all.clone() }, &["A-3", "A-2"]),
        (CaseFilter { revisited: Some(false), ..all.clone() }, &["A-5", "A-4", "A-1"]),
        (CaseFilter { contacted: Some(true), ..all.clone() }, &["A-2"]),
        (CaseFilter { outcome: vec![Outcome::Solved], ..all.clone() }, &["A-2"]),
        (CaseFilter { satisfaction: vec![Satisfaction::Mostly], ..all.clone() }, &["A-2"]),
        (CaseFilter { repeat: Some(true), ..all.clone() }, &["A-4", "A-3"]),
        (CaseFilter { repeat: Some(false), ..all.clone() }, &["A-5", "A-2", "A-1"]),
        // 16:00 UTC on Sunday is midnight of Monday in the city.
        (CaseFilter { weekday: Some(0), hour: Some(0), ..all.clone() }, &["A-3"]),
        (CaseFilter { weekday: Some(0), hour: Some(8), ..all.clone() }, &["A-2", "A-1"]),
    ];
    for (filter, wanted) in cases {
        let page = own.cases(&filter, 0, 100).await.unwrap();
        let ids: Vec<&str> = page.tickets.iter().map(|t| t.id.as_str()).collect();
        assert_eq!(ids, wanted, "{filter:?}");
        assert_eq!((page.total, own.count_cases(&filter).await.unwrap()), (wanted.len() as u64, wanted.len() as u64));
        // Page by page comes the same.
        let mut paged = Vec::new();
        for offset in 0..wanted.len() as u64 {
            paged.extend(own.cases(&filter, offset, 1).await.unwrap().tickets);
        }
        assert_eq!(paged.iter().map(|t| t.id.as_str()).collect::<Vec<_>>(), wanted, "{filter:?}");
    }
    let word = |pairs: &[(&str, u64)]| pairs.iter().map(|(v, n)| ((*v).to_owned(), *n)).collect::<Vec<_>>();
    assert_eq!(own.tally(&all, Dimension::Department).await.unwrap(), word(&[("", 2), ("甲局", 2), ("乙局", 1)]));
    assert_eq!(own.tally(&all, Dimension::District).await.unwrap(), word(&[("", 3), ("乙区", 1), ("甲区", 1)]));
    assert_eq!(own.tally(&all, Dimension::Hour).await.unwrap(), word(&[("8", 2), ("0", 1), ("10", 1), ("11", 1)]));
    assert_eq!(own.tally(&all, Dimension::Day).await.unwrap(), word(&[("20591", 3), ("20584", 2)]));
    let units = own.unit_counts(&all).await.unwrap();
    let of = units.iter().find(|u| u.department == "甲局").unwrap();
    assert_eq!((of.all, of.revisited, of.contact_known, of.contacted), (2, 1, 1, 1));
    assert_eq!((of.outcome_known, of.solved, of.satisfied, of.mostly), (1, 1, 0, 1));
    let of = units.iter().find(|u| u.department == "乙局").unwrap();
    assert_eq!((of.revisited, of.contact_known, of.outcome_known, of.satisfied), (1, 0, 0, 1));
    assert_eq!(own.first_received().await.unwrap(), Some(at("2026-05-11T00:30:00Z")));
}

pub(super) async fn open_cases_know_how_often_they_were_told(store: Any) {
    assert_eq!(store.oversight().open_cases().await.unwrap(), []);
    filled(&store).await;
    // A ring, as a careless source may send one, ends too.
    for (one, other) in [("R-1", "R-2"), ("R-2", "R-1")] {
        let ticket = NewTicket { repeat_of: Some(id(other)), ..new(one, "停水") };
        store.add(ticket, intake()).await.unwrap();
    }
    let open = store.oversight().open_cases().await.unwrap();
    let told: Vec<(&str, u32)> = open.iter().map(|c| (c.id.as_str(), c.told)).collect();
    assert_eq!(told, [("A-1", 3), ("R-1", 2), ("R-2", 2), ("A-4", 3)]);
    let first = &open[0];
    assert_eq!((first.urgency, first.department.as_deref()), (Some(Urgency::U1), Some("甲局")));
    assert_eq!((first.district.as_deref(), first.status), (Some("甲区"), Status::Handling));
}

pub(super) async fn orders_are_issued_once_and_closed_once(store: Any) {
    filled(&store).await;
    let (own, boss) = (store.oversight(), Actor::person("duban", Role::Supervisor));
    let order = |ticket: &str, due: &str| NewOrder {
        ticket: id(ticket),
        department: "甲局".into(),
        reason: "超期".into(),
        due_at: at(due),
    };
    let missing = own.add_order(&order("Z-9", "2026-06-01T00:00:00Z"), &boss, at(T0)).await;
    assert!(matches!(missing, Err(StoreError::NotFound(_))), "{missing:?}");
    let late = own.add_order(&order("A-1", "2026-06-02T00:00:00Z"), &boss, at(T0)).await.unwrap();
    let soon = own.add_order(&order("A-4", "2026-06-01T00:00:00Z"), &boss, at(T0)).await.unwrap();
    assert_eq!((late.issued_by.as_str(), late.closed.is_none()), ("duban", true));
    assert_eq!(own.orders(&Orders::Open).await.unwrap(), [soon.clone(), late.clone()], "the next deadline first");
    assert_eq!(own.orders(&Orders::Of(id("A-1"))).await.unwrap(), std::slice::from_ref(&late));
    let closed = own.close_order(late.id, "已办", &boss, at("2026-05-20T00:00:00Z")).await.unwrap();
    assert_eq!(closed.closed.as_ref().map(|end| (end.by.as_str(), end.result.as_str())), Some(("duban", "已办")));
    let again = own.close_order(late.id, "再办", &boss, at("2026-05-21T00:00:00Z")).await;
    assert!(matches!(again, Err(StoreError::Conflict(_))), "{again:?}");
    assert_eq!(own.order(late.id).await.unwrap(), Some(closed.clone()), "what ended stays as it ended");
    assert_eq!(own.orders(&Orders::Open).await.unwrap(), [soon]);
    assert_eq!(own.orders(&Orders::Closed(10)).await.unwrap(), [closed]);
    assert_eq!(own.order(999).await.unwrap(), None);
    let lines = store.audit(Some(&id("A-1")), 20).await.unwrap();
    let acts: Vec<&str> = lines.iter().map(|l| l.action.as_str()).filter(|a| a.starts_with("order")).collect();
    assert_eq!(acts, ["order_issued", "order_closed"]);
    assert_eq!(verify_ledger(store.as_ref()).await.unwrap().broken, None);
}

pub(super) async fn what_was_taken_up_again_is_listed_apart(store: Any) {
    filled(&store).await;
    let day = |text: &str| text.parse::<jiff::civil::Date>().unwrap();
    let round = Round { to: Some(at("2026-04-01T00:00:00Z")), ..Round::since(at("2026-03-01T00:00:00Z")) };
    let rows = vec![
        made("B-1", "2026-03-01T00:00:00Z", |t| {
            t.labels.department = Some("甲局".into());
            t.status = Some(Status::Handling);
            t.handling.promised = Some(day("2026-06-30"));
        }),
        made("B-2", "2026-02-01T00:00:00Z", |t| {
            t.status = Some(Status::Archived);
            t.handling.rounds = vec![round.clone()];
            t.handling.signed_at = Some(at("2026-02-01T00:00:00Z"));
            t.handling.returned = 1;
        }),
        made("B-3", "2026-02-01T00:00:00Z", |t| t.handling.signed_at = Some(at("2026-02-01T00:00:00Z"))),
    ];
    for stored in store.add_many(rows).await.unwrap() {
        stored.unwrap();
    }
    let own = store.oversight();
    let ids = async |filter: CaseFilter| -> Vec<String> {
        own.reopened(&filter).await.unwrap().into_iter().map(|r| r.id.to_string()).collect()
    };
    let all = CaseFilter::default();
    assert_eq!(ids(all.clone()).await, ["A-4", "B-1", "B-2"], "newest first");
    assert_eq!(ids(CaseFilter { department: vec!["甲局".into()], ..all.clone() }).await, ["B-1"]);
    let early = TimeRangeKey { from: at("2026-02-01T00:00:00Z"), to: at("2026-03-01T00:00:00Z") };
    assert_eq!(ids(CaseFilter { ranges: vec![early], ..all.clone() }).await, ["B-2"]);
    assert_eq!(own.reopened(&all).await.unwrap()[2].handling.rounds, [round]);
    let signed = |signed, returned| CaseFilter { signed, returned, ..CaseFilter::default() };
    for (filter, wanted) in
        [(signed(Some(true), None), 2), (signed(Some(true), Some(false)), 1), (signed(Some(false), Some(false)), 6)]
    {
        assert_eq!(own.count_cases(&filter).await.unwrap(), wanted, "{filter:?}");
    }
    // What runs is told with what runs.
    let open = own.open_cases().await.unwrap();
    let told: Vec<_> = open.iter().map(|c| (c.id.as_str(), c.promised, c.round.is_some())).collect();
    let plain = |id| (id, None, false);
    assert_eq!(told, [plain("B-3"), ("B-1", Some(day("2026-06-30")), false), plain("A-1"), ("A-4", None, true)]);
}
