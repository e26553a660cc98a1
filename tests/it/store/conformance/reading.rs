//! Lists, changes, workflow, jobs, notes.

use tingsu::{
    domain::{Actor, ChangeKind, Handling, JobKind, Status, TimeRange, TriageState, Urgency},
    store::{Entry, LATEST_READINGS, StoreError, TicketFilter},
};

use super::Any;
use crate::store::given::*;

pub(super) async fn days_are_the_citys_and_categories_the_effective_ones(store: Any) {
    let received = |number: &str, at_: &str| {
        let mut ticket = new(number, "甲");
        ticket.received_at = Some(at(at_));
        ticket
    };
    assert!(store.daily().await.unwrap().is_empty());
    // a minute before and after midnight in the city
    store.add(received("D-1", "2026-05-01T15:59:00Z"), with(suggestion(Urgency::U4))).await.unwrap();
    store.add(received("D-2", "2026-05-01T16:01:00Z"), with(suggestion(Urgency::U4))).await.unwrap();
    store.add(received("D-3", "2026-05-01T17:00:00Z"), with(suggestion(Urgency::U4))).await.unwrap();
    store.add(received("D-4", "2026-05-01T18:00:00Z"), intake()).await.unwrap();
    let mut moved = decision("D-3", operator(), None, None);
    moved.labels.category = Some("0909".into());
    store.decide(moved).await.unwrap();
    let counts = store.daily().await.unwrap();
    let said: Vec<String> =
        counts.iter().map(|c| format!("{} {} {}", c.day, c.category.as_deref().unwrap_or("-"), c.count)).collect();
    assert_eq!(said, ["2026-05-01 0101 1", "2026-05-02 - 1", "2026-05-02 0101 1", "2026-05-02 0909 1"]);
}

pub(super) async fn lists_filter_effective_labels(store: Any) {
    let labelled = |number: &str, district: &str, received: &str| {
        let mut ticket = new(number, "甲");
        ticket.district = Some(district.into());
        ticket.received_at = Some(at(received));
        ticket
    };
    store.add(labelled("L-1", "东区", "2026-05-01T00:00:00Z"), with(suggestion(Urgency::U2))).await.unwrap();
    store.add(labelled("L-2", "西区", "2026-05-02T00:00:00Z"), with(suggestion(Urgency::U4))).await.unwrap();
    store.add(labelled("L-3", "西区", "2026-05-03T00:00:00Z"), intake()).await.unwrap();
    let mut moved = decision("L-2", operator(), Some(Urgency::U1), None);
    moved.labels.department = Some("乙局".into());
    moved.labels.category = Some("0909".into());
    store.decide(moved).await.unwrap();
    let words = |w: &[&str]| w.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
    for (ticket, units) in [("L-1", &["丙局"][..]), ("L-2", &["甲局", "乙局"]), ("L-3", &["丙局"])] {
        let helped = Handling { assisting: words(units), ..Handling::default() };
        store.handle(&id(ticket), None, helped, &operator(), at(T0)).await.unwrap();
    }
    store.handle(&id("L-1"), Some(Status::ToDispatch), Handling::default(), &operator(), at(T0)).await.unwrap();

    let base = TicketFilter::default;
    let range = |from: Option<&str>, to: Option<&str>| TimeRange { from: from.map(at), to: to.map(at) };
    let cases = [
        (base(), "L-3 L-2 L-1"),
        (TicketFilter { urgency: vec![Urgency::U1], ..base() }, "L-2"),
        (TicketFilter { urgency: vec![Urgency::U2, Urgency::U1], ..base() }, "L-2 L-1"),
        (TicketFilter { urgency: vec![Urgency::U4], ..base() }, ""),
        (TicketFilter { department: words(&["甲局"]), ..base() }, "L-1"),
        (TicketFilter { department: words(&["甲局", "乙局"]), ..base() }, "L-2 L-1"),
        (TicketFilter { category: words(&["0909"]), ..base() }, "L-2"),
        (TicketFilter { category: words(&["0101"]), ..base() }, "L-1"),
        (TicketFilter { district: words(&["西区"]), ..base() }, "L-3 L-2"),
        (TicketFilter { district: words(&["西区"]), urgency: vec![Urgency::U1], ..base() }, "L-2"),
        (TicketFilter { district: words(&["' OR 1=1 --"]), ..base() }, ""),
        (TicketFilter { status: vec![Status::ToDispatch], ..base() }, "L-1"),
        (TicketFilter { received: range(Some("2026-05-02T00:00:00Z"), None), ..base() }, "L-3 L-2"),
        (TicketFilter { received: range(None, Some("2026-05-02T00:00:00Z")), ..base() }, "L-1"),
        (
            TicketFilter {
                received: range(Some("2026-05-01T00:00:00Z"), Some("2026-05-03T00:00:00Z")),
                district: words(&["西区"]),
                ..base()
            },
            "L-2",
        ),
        (TicketFilter { assisting: words(&["甲局"]), ..base() }, "L-2"),
        // It answers for L-2 itself by now.
        (TicketFilter { assisting: words(&["乙局"]), ..base() }, ""),
        (TicketFilter { assisting: words(&["甲局", "丙局"]), ..base() }, "L-3 L-2"),
        (TicketFilter { units: words(&["丙局"]), ..base() }, "L-3"),
        (TicketFilter { units: words(&["甲局"]), ..base() }, "L-2 L-1"),
        (TicketFilter { units: words(&["甲局", "乙局"]), ..base() }, "L-2 L-1"),
        (TicketFilter { units: words(&["甲局"]), department: words(&["甲局"]), ..base() }, "L-1"),
        (TicketFilter { units: words(&["甲局"]), district: words(&["西区"]), ..base() }, "L-2"),
        (TicketFilter { units: words(&["甲局"]), assisting: words(&["甲局"]), ..base() }, "L-2"),
        (TicketFilter { units: words(&["') OR (1=1"]), ..base() }, ""),
        (TicketFilter { among: Some(vec![id("L-1"), id("L-3"), id("none"), id("L-2")]), ..base() }, "L-1 L-3 L-2"),
        (TicketFilter { among: Some(vec![id("L-1"), id("L-3")]), units: words(&["丙局"]), ..base() }, "L-3"),
        (TicketFilter { among: Some(Vec::new()), ..base() }, ""),
    ];
    for (filter, wanted) in cases {
        let page = store.list(&filter, 0, 10).await.unwrap();
        let found: Vec<&str> = page.tickets.iter().map(|t| t.id.as_str()).collect();
        assert_eq!(found.join(" "), wanted, "{filter:?}");
        assert_eq!(page.total, found.len() as u64, "{filter:?}");
    }
}

pub(super) async fn list_pages_newest_first(store: Any) {
    for n in 0..7 {
        let mut ticket = new(&format!("N-{n}"), "甲");
        // Two share each instant: ties go by id.
        ticket.received_at = Some(at(&format!("2026-05-0{}T00:00:00Z", 1 + n / 2)));
        store.add(ticket, intake()).await.unwrap();
    }
    let mut seen = Vec::new();
    for offset in [0, 3, 6, 9] {
        let page = store.list(&TicketFilter::default(), offset, 3).await.unwrap();
        assert_eq!(page.total, 7);
        seen.extend(page.tickets.into_iter().map(|t| t.id.to_string()));
    }
    assert_eq!(seen, ["N-6", "N-4", "N-5", "N-2", "N-3", "N-0", "N-1"]);
    let asked = [id("N-3"), id("none"), id("N-0"), id("N-3")];
    let found: Vec<String> = store.tickets(&asked).await.unwrap().into_iter().map(|t| t.id.to_string()).collect();
    assert_eq!(found, ["N-3", "N-0", "N-3"], "in the order asked for, unknown ones left out");
}

pub(super) async fn changes_and_tickets_after(store: Any) {
    assert_eq!(store.last_seq().await.unwrap(), 0);
    store.add(new("H-1", "甲"), intake()).await.unwrap();
    store.add(new("H-2", "乙"), intake()).await.unwrap();
    let _ = store.add(new("H-1", "别的"), intake()).await.unwrap_err();
    store.save_suggestions(vec![(id("H-1"), suggestion(Urgency::U4))], &Actor::system(), at(T0)).await.unwrap();
    store.decide(decision("H-2", operator(), Some(Urgency::U3), None)).await.unwrap();
    store.handle(&id("H-1"), None, Handling::default(), &operator(), at(T0)).await.unwrap();
    let changes = store.changes(0, 100).await.unwrap();
    let shown: Vec<(i64, &str, ChangeKind)> = changes.iter().map(|c| (c.seq, c.ticket.as_str(), c.kind)).collect();
    assert_eq!(
        shown,
        [
            (1, "H-1", ChangeKind::Received),
            (2, "H-2", ChangeKind::Received),
            (3, "H-1", ChangeKind::Triaged),
            (4, "H-2", ChangeKind::Decided),
            (5, "H-1", ChangeKind::Handled),
        ]
    );
    assert_eq!(store.changes(3, 1).await.unwrap(), changes[3..4]);
    assert_eq!(store.last_seq().await.unwrap(), 5);
    let after = |seq| {
        let store = store.clone();
        async move {
            let tickets = store.tickets_after(seq, 10).await.unwrap();
            tickets.iter().map(|t| format!("{}@{}", t.id, t.seq)).collect::<Vec<_>>()
        }
    };
    assert_eq!(after(0).await, ["H-2@4", "H-1@5"]);
    assert_eq!(after(4).await, ["H-1@5"]);
    assert!(after(5).await.is_empty());
}

pub(super) async fn workflow_steps(store: Any) {
    store.add(new("F-1", "甲"), intake()).await.unwrap();
    let step = |status, handling| {
        let store = store.clone();
        async move { store.handle(&id("F-1"), status, handling, &operator(), at(T0)).await }
    };
    let refused = step(Some(Status::Handling), Handling::default()).await;
    assert!(matches!(refused, Err(StoreError::Refused(ref m)) if m.contains("待受理")), "{refused:?}");
    let handling = Handling { returned: 2, reply: Some("答复".into()), due_at: Some(at(T0)), ..Handling::default() };
    let ticket = step(Some(Status::ToDispatch), handling.clone()).await.unwrap();
    assert_eq!((ticket.status, &ticket.content.handling), (Status::ToDispatch, &handling));
    let ticket = step(Some(Status::ToDispatch), handling.clone()).await.unwrap();
    assert_eq!(ticket.status, Status::ToDispatch, "the state it has is no step");
    assert_eq!(store.tickets(&[id("F-1")]).await.unwrap(), [ticket]);
    let details: Vec<String> = store.audit(None, 10).await.unwrap().into_iter().map(|l| l.detail).collect();
    assert!(details.contains(&"待受理 -> 待派遣".to_owned()), "{details:?}");
}

pub(super) async fn readings_hide_no_change(store: Any) {
    store.add(new("V-1", "甲"), intake()).await.unwrap();
    let read = || Entry { ticket: Some(id("V-1")), ..Entry::new(&operator(), "read", "") };
    store.ledger().record((0..500).map(|_| read()).collect(), at(T0)).await.unwrap();
    let signed = Handling { signed_at: Some(at(T0)), ..Handling::default() };
    store.handle(&id("V-1"), None, signed, &operator(), at(T0)).await.unwrap();
    store.ledger().record((0..500).map(|_| read()).collect(), at(T0)).await.unwrap();
    let lines = store.audit(Some(&id("V-1")), 100).await.unwrap();
    let actions: Vec<&str> = lines.iter().map(|line| line.action.as_str()).collect();
    let (changes, readings) = actions.split_at(actions.len() - LATEST_READINGS as usize);
    assert!(changes.contains(&"received") && changes.last() == Some(&"handled"), "{changes:?}");
    assert!(readings.iter().all(|action| *action == "read"), "{readings:?}");
    assert!(lines.windows(2).all(|two| two[0].id < two[1].id), "oldest first");
    assert_eq!(store.audit(Some(&id("V-1")), 5).await.unwrap().len(), changes.len().min(5) + 5);
}

pub(super) async fn jobs_have_leases(store: Any) {
    for n in 0..3 {
        store.add(new(&format!("J-{n}"), "甲"), intake()).await.unwrap();
    }
    let claim = |limit, time: &'static str| {
        let store = store.clone();
        async move {
            let jobs = store.claim_jobs(JobKind::Triage, limit, 60, at(time)).await.unwrap();
            jobs.into_iter().map(|j| (j.id, j.ticket.to_string(), j.attempts)).collect::<Vec<_>>()
        }
    };
    let job = |n: i64, attempts: i64| (n, format!("J-{}", n - 1), attempts);
    assert_eq!(claim(2, "2026-05-12T09:00:00Z").await, [job(1, 1), job(2, 1)]);
    assert_eq!(claim(9, "2026-05-12T09:00:30Z").await, [job(3, 1)], "leased jobs are taken");
    assert_eq!(claim(9, "2026-05-12T09:00:59Z").await, []);
    assert_eq!(claim(9, "2026-05-12T09:01:00Z").await, [job(1, 2), job(2, 2)], "a lease ran out");
    store.finish_jobs(&[1, 77]).await.unwrap();
    store.fail_jobs(&[2], "model failed", at("2026-05-12T10:00:00Z")).await.unwrap();
    assert_eq!(claim(9, "2026-05-12T09:59:00Z").await, [job(3, 2)]);
    assert_eq!(claim(9, "2026-05-12T10:00:00Z").await, [job(2, 3), job(3, 3)]);
    store.finish_jobs(&[2, 3]).await.unwrap();
    assert_eq!(store.open_jobs(JobKind::Triage).await.unwrap(), 0);
}

pub(super) async fn notes(store: Any) {
    assert_eq!(store.note("clock").await.unwrap(), None);
    for value in ["一", "", "二"] {
        store.set_note("clock", value).await.unwrap();
        assert_eq!(store.note("clock").await.unwrap().as_deref(), Some(value));
    }
    store.ping().await.unwrap();
}

pub(super) async fn unknown_tickets(store: Any) {
    let missing = |result: Result<(), StoreError>| match result {
        Err(StoreError::NotFound(found)) => assert_eq!(found, id("U-0")),
        other => panic!("{other:?}"),
    };
    store.add(new("U-1", "甲"), intake()).await.unwrap();
    missing(store.decide(decision("U-0", operator(), None, None)).await.map(|_| ()));
    missing(store.handle(&id("U-0"), None, Handling::default(), &operator(), at(T0)).await.map(|_| ()));
    let rows = vec![(id("U-1"), suggestion(Urgency::U4)), (id("U-0"), suggestion(Urgency::U4))];
    missing(store.save_suggestions(rows, &Actor::system(), at(T0)).await);
    assert_eq!(store.tickets(&[id("U-1")]).await.unwrap()[0].triage, TriageState::Waiting, "all or nothing");
    assert!(store.audit(Some(&id("U-0")), 9).await.unwrap().is_empty());
}
