//! What every store must do, whichever database lies under it: `conformance!(name, fresh)` runs all
//! cases, each on a store of its own that `fresh` makes.

use std::{collections::BTreeMap, sync::Arc};

use tingsu::{
    domain::{Actor, ChangeKind, Handling, JobKind, Labels, Role, Status, TicketId, TimeRange, TriageState, Urgency},
    store::{Added, Intake, Store, StoreError, TicketFilter},
};

use super::given::*;

type Any = Arc<dyn Store>;

macro_rules! conformance {
    ($name:ident, $fresh:path, [$($case:ident),+ $(,)?]) => {
        mod $name {
            $(#[tokio::test]
            async fn $case() {
                let (_guard, store) = $fresh().await;
                super::$case(store).await;
            })+
        }
    };
}

conformance!(
    sqlite,
    crate::store::given::shared,
    [
        what_goes_in_comes_out,
        original_text_is_kept_to_the_byte,
        ids_are_numbered_by_city_day,
        given_numbers_are_passed_over,
        equal_content_is_same_and_other_content_conflicts,
        idempotency_keys,
        many_in_one_go,
        triage_waits_or_is_done,
        software_never_lowers,
        kept_level_keeps_its_cause,
        people_lower_with_a_reason,
        decisions_are_kept,
        audit_names_old_new_and_cause,
        lists_filter_effective_labels,
        list_pages_newest_first,
        changes_and_tickets_after,
        workflow_steps,
        jobs_have_leases,
        notes,
        unknown_tickets,
        numbers_that_json_cannot_hold,
        concurrent_adds_are_all_there,
    ]
);

async fn what_goes_in_comes_out(store: Any) {
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
    assert_eq!(store.tickets(&[id("W-1")]).await.unwrap(), [added.clone()]);
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

async fn original_text_is_kept_to_the_byte(store: Any) {
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

async fn ids_are_numbered_by_city_day(store: Any) {
    let mut ids = Vec::new();
    // 15:59 UTC is still the same day in the city, 16:00 is the next.
    for time in ["2026-05-12T01:00:00Z", "2026-05-12T15:59:59Z", "2026-05-12T16:00:00Z", "2026-05-12T02:00:00Z"] {
        let added = store.add(new("", "同样的话"), Intake { at: at(time), ..intake() }).await.unwrap();
        assert!(matches!(added, Added::New(_)), "without id and key, equal texts are different calls");
        ids.push(ticket_of(added).id.to_string());
    }
    assert_eq!(ids, ["20260512-000001", "20260512-000002", "20260513-000001", "20260512-000003"]);
}

async fn given_numbers_are_passed_over(store: Any) {
    for number in ["20260512-000001", "20260512-000002", "20260512-000004"] {
        store.add(new(number, "导入"), intake()).await.unwrap();
    }
    let mut ids = Vec::new();
    for _ in 0..2 {
        ids.push(ticket_of(store.add(new("", "新来"), intake()).await.unwrap()).id.to_string());
    }
    assert_eq!(ids, ["20260512-000003", "20260512-000005"]);
}

async fn equal_content_is_same_and_other_content_conflicts(store: Any) {
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

async fn idempotency_keys(store: Any) {
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

async fn many_in_one_go(store: Any) {
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

async fn triage_waits_or_is_done(store: Any) {
    let waiting = ticket_of(store.add(new("T-1", "甲"), intake()).await.unwrap());
    let done = ticket_of(store.add(new("T-2", "乙"), with(suggestion(Urgency::U4))).await.unwrap());
    assert_eq!((waiting.triage, done.triage), (TriageState::Waiting, TriageState::Done));
    assert_eq!(store.open_jobs(JobKind::Triage).await.unwrap(), 1);
    let job = &store.claim_jobs(JobKind::Triage, 10, 60, at(T0)).await.unwrap()[0];
    assert_eq!((&job.ticket, job.attempts), (&id("T-1"), 1));
    let rows = vec![(id("T-1"), suggestion(Urgency::U3))];
    store.save_suggestions(rows.clone(), &Actor::system(), at(T0)).await.unwrap();
    assert_eq!(store.open_jobs(JobKind::Triage).await.unwrap(), 1, "jobs are finished by finish_jobs alone");
    let ticket = &store.tickets(&[id("T-1")]).await.unwrap()[0];
    assert_eq!(ticket.triage, TriageState::Done);
    assert_eq!(ticket.suggestion, Some(suggestion(Urgency::U3)));
    // The same answer again (a job done twice) is no change.
    let seq = store.last_seq().await.unwrap();
    store.save_suggestions(rows, &Actor::system(), at(T0)).await.unwrap();
    assert_eq!(store.last_seq().await.unwrap(), seq);
    assert_eq!(ticket.seq, seq);
}

async fn software_never_lowers(store: Any) {
    store.add(new("S-1", "着火"), with(ruled(Urgency::U1, "fire.open"))).await.unwrap();
    store.save_suggestions(vec![(id("S-1"), suggestion(Urgency::U4))], &Actor::system(), at(T0)).await.unwrap();
    let ticket = &store.tickets(&[id("S-1")]).await.unwrap()[0];
    assert_eq!(ticket.effective().urgency, Some(Urgency::U1));
    for reason in [None, Some("误报")] {
        let result = store.decide(decision("S-1", Actor::system(), Some(Urgency::U3), reason)).await;
        assert!(matches!(result, Err(StoreError::Refused(_))), "{result:?}");
    }
    assert!(store.decisions(&id("S-1")).await.unwrap().is_empty(), "what is refused leaves nothing");
    // The source's own level is not lowered by a suggestion either, and software may raise.
    let mut sourced = new("S-2", "乙");
    sourced.labels.urgency = Some(Urgency::U2);
    let added = ticket_of(store.add(sourced, with(suggestion(Urgency::U4))).await.unwrap());
    assert_eq!(added.effective().urgency, Some(Urgency::U2));
    let raised = store.decide(decision("S-2", Actor::system(), Some(Urgency::U1), None)).await.unwrap();
    assert_eq!((raised.effective().urgency, raised.urgency_by_person), (Some(Urgency::U1), false));
}

async fn kept_level_keeps_its_cause(store: Any) {
    store.add(new("Q-1", "着火"), with(ruled(Urgency::U1, "fire.open"))).await.unwrap();
    let mut next = suggestion(Urgency::U4);
    next.category[0].label = "0909".into();
    store.save_suggestions(vec![(id("Q-1"), next)], &Actor::system(), at(T0)).await.unwrap();
    let kept = store.tickets(&[id("Q-1")]).await.unwrap()[0].suggestion.clone().unwrap();
    assert_eq!(kept.top(tingsu::domain::Head::Category), Some("0909"), "other heads are the new ones");
    assert_eq!(kept.urgency.level, Urgency::U1);
    assert_eq!(kept.urgency.p, 0.1, "the model's own probability of the level that stands");
    assert_eq!(kept.urgency.cues[0].rule, "fire.open");
    let audit = store.audit(Some(&id("Q-1")), 10).await.unwrap();
    assert!(audit.iter().any(|l| l.action == "urgency_kept" && l.detail.starts_with("U1 (suggested U4)")), "{audit:?}");
}

async fn people_lower_with_a_reason(store: Any) {
    store.add(new("P-1", "着火"), with(ruled(Urgency::U1, "fire.open"))).await.unwrap();
    for reason in [None, Some(""), Some("  \n")] {
        let result = store.decide(decision("P-1", operator(), Some(Urgency::U3), reason)).await;
        assert!(matches!(result, Err(StoreError::Refused(_))), "{reason:?}: {result:?}");
    }
    let ticket = store.decide(decision("P-1", operator(), Some(Urgency::U3), Some("只是演练"))).await.unwrap();
    assert_eq!((ticket.effective().urgency, ticket.urgency_by_person), (Some(Urgency::U3), true));
    assert_eq!(store.tickets(&[id("P-1")]).await.unwrap(), [ticket]);
    // What a person decided stands against later suggestions.
    store.save_suggestions(vec![(id("P-1"), suggestion(Urgency::U1))], &Actor::system(), at(T0)).await.unwrap();
    assert_eq!(store.tickets(&[id("P-1")]).await.unwrap()[0].effective().urgency, Some(Urgency::U3));
    // Raising needs no reason; other labels alone touch nothing of it.
    let ticket = store.decide(decision("P-1", operator(), Some(Urgency::U2), None)).await.unwrap();
    assert_eq!(ticket.effective().urgency, Some(Urgency::U2));
    let mut labels = decision("P-1", operator(), None, None);
    labels.labels.category = Some("0202".into());
    let ticket = store.decide(labels).await.unwrap();
    assert_eq!(ticket.effective().urgency, Some(Urgency::U2));
    assert_eq!(ticket.effective().category.as_deref(), Some("0202"));
}

async fn decisions_are_kept(store: Any) {
    store.add(new("D-1", "甲"), with(suggestion(Urgency::U4))).await.unwrap();
    let mut first = decision("D-1", operator(), Some(Urgency::U3), None);
    first.suggestion = Some(suggestion(Urgency::U4));
    let mut second = decision("D-1", Actor::person("sv", Role::Supervisor), Some(Urgency::U4), Some("核实后不急"));
    second.labels.department = Some("乙局".into());
    for given in [&first, &second] {
        store.decide(given.clone()).await.unwrap();
    }
    assert_eq!(store.decisions(&id("D-1")).await.unwrap(), [first, second]);
    assert!(store.decisions(&id("D-none")).await.unwrap().is_empty());
}

async fn audit_names_old_new_and_cause(store: Any) {
    store.add(new("A-1", "着火"), with(ruled(Urgency::U2, "fire.open"))).await.unwrap();
    store.save_suggestions(vec![(id("A-1"), suggestion(Urgency::U1))], &Actor::system(), at(T0)).await.unwrap();
    store.decide(decision("A-1", operator(), Some(Urgency::U4), Some("误报"))).await.unwrap();
    store.add(new("A-2", "别的"), intake()).await.unwrap();
    let lines = store.audit(Some(&id("A-1")), 100).await.unwrap();
    let shown: Vec<String> = lines.iter().map(|l| format!("{} {} {}", l.actor, l.action, l.detail)).collect();
    assert_eq!(
        shown,
        [
            "op1 received 电话",
            "op1 triaged model m1 pack pack1",
            "op1 urgency_raised - -> U2 rule fire.open",
            "system triaged model m1 pack pack1",
            "system urgency_raised U2 -> U1 model p=0.60",
            "op1 decided urgency U1 -> U4",
            "op1 urgency_lowered U1 -> U4 person: 误报",
        ]
    );
    assert!(lines.windows(2).all(|pair| pair[0].id < pair[1].id));
    let latest = store.audit(None, 2).await.unwrap();
    let tickets: Vec<&str> = latest.iter().map(|l| l.ticket.as_ref().unwrap().as_str()).collect();
    assert_eq!(tickets, ["A-1", "A-2"], "the latest of all, oldest first");
}

async fn lists_filter_effective_labels(store: Any) {
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
    store.handle(&id("L-1"), Some(Status::ToDispatch), Handling::default(), &operator(), at(T0)).await.unwrap();

    let words = |w: &[&str]| w.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
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
    ];
    for (filter, wanted) in cases {
        let page = store.list(&filter, 0, 10).await.unwrap();
        let found: Vec<&str> = page.tickets.iter().map(|t| t.id.as_str()).collect();
        assert_eq!(found.join(" "), wanted, "{filter:?}");
        assert_eq!(page.total, found.len() as u64, "{filter:?}");
    }
}

async fn list_pages_newest_first(store: Any) {
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

async fn changes_and_tickets_after(store: Any) {
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

async fn workflow_steps(store: Any) {
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

async fn jobs_have_leases(store: Any) {
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

async fn notes(store: Any) {
    assert_eq!(store.note("clock").await.unwrap(), None);
    for value in ["一", "", "二"] {
        store.set_note("clock", value).await.unwrap();
        assert_eq!(store.note("clock").await.unwrap().as_deref(), Some(value));
    }
    store.ping().await.unwrap();
}

async fn unknown_tickets(store: Any) {
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

async fn numbers_that_json_cannot_hold(store: Any) {
    let mut broken = suggestion(Urgency::U4);
    broken.category[0].p = f32::NAN;
    broken.urgency.model[3] = f32::INFINITY;
    broken.vector = Some(vec![1.0]);
    let added = ticket_of(store.add(new("X-1", "甲"), with(broken)).await.unwrap());
    let read = store.tickets(&[id("X-1")]).await.unwrap();
    assert_eq!(read, [added]);
    assert_eq!(read[0].suggestion.as_ref().unwrap().category[0].p, 0.0);
}

async fn concurrent_adds_are_all_there(store: Any) {
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
