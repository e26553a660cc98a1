//! Suggestions and decisions: software only raises, people decide, all of it is on record.

use tingsu::{
    domain::{Actor, Head, JobKind, Role, TriageState, Urgency},
    store::StoreError,
};

use super::Any;
use crate::store::given::*;

pub(super) async fn triage_waits_or_is_done(store: Any) {
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

pub(super) async fn software_never_lowers(store: Any) {
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

pub(super) async fn kept_level_keeps_its_cause(store: Any) {
    store.add(new("Q-1", "着火"), with(ruled(Urgency::U1, "fire.open"))).await.unwrap();
    let mut next = suggestion(Urgency::U4);
    next.category[0].label = "0909".into();
    store.save_suggestions(vec![(id("Q-1"), next)], &Actor::system(), at(T0)).await.unwrap();
    let kept = store.tickets(&[id("Q-1")]).await.unwrap()[0].suggestion.clone().unwrap();
    assert_eq!(kept.top(Head::Category), Some("0909"), "other heads are the new ones");
    assert_eq!(kept.urgency.level, Urgency::U1);
    assert_eq!(kept.urgency.p, 0.1, "the model's own probability of the level that stands");
    assert_eq!(kept.urgency.cues[0].rule, "fire.open");
    let audit = store.audit(Some(&id("Q-1")), 10).await.unwrap();
    assert!(audit.iter().any(|l| l.action == "urgency_kept" && l.detail.starts_with("U1 (suggested U4)")), "{audit:?}");
}

pub(super) async fn people_lower_with_a_reason(store: Any) {
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

pub(super) async fn decisions_are_kept(store: Any) {
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

pub(super) async fn audit_names_old_new_and_cause(store: Any) {
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
