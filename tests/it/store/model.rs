//! Random operations against a model in memory: whatever order things happen in, urgency falls only
//! by a person with a reason, the change sequence rises by one, counts agree, and a reopened store
//! holds the same.

use std::collections::BTreeMap;

use proptest::prelude::*;
use tingsu::{
    domain::{Actor, Urgency},
    store::{Added, SqliteStore, Store, StoreError, TicketFilter},
};

use super::given::*;

#[derive(Clone, Debug)]
enum Step {
    Add { ticket: u8, text: u8, source: Option<Urgency>, suggested: Option<Urgency> },
    Suggest { ticket: u8, level: Urgency },
    Decide { ticket: u8, person: bool, level: Urgency, reason: bool },
    Reopen,
}

fn level() -> impl Strategy<Value = Urgency> {
    proptest::sample::select(Urgency::ALL.to_vec())
}

fn step() -> impl Strategy<Value = Step> {
    let ticket = 0..5_u8;
    prop_oneof![
        4 => (ticket.clone(), 0..2_u8, proptest::option::of(level()), proptest::option::of(level()))
            .prop_map(|(ticket, text, source, suggested)| Step::Add { ticket, text, source, suggested }),
        4 => (ticket.clone(), level()).prop_map(|(ticket, level)| Step::Suggest { ticket, level }),
        4 => (ticket, any::<bool>(), level(), any::<bool>())
            .prop_map(|(ticket, person, level, reason)| Step::Decide { ticket, person, level, reason }),
        1 => Just(Step::Reopen),
    ]
}

/// What the model knows of a ticket.
#[derive(Clone, Debug)]
struct Known {
    text: u8,
    source: Option<Urgency>,
    level: Option<Urgency>,
    by_person: bool,
}

async fn play(steps: Vec<Step>) {
    let (dir, mut store) = sqlite().await;
    let path = dir.path().join("tingsu.db");
    let mut known: BTreeMap<u8, Known> = BTreeMap::new();
    for step in steps {
        let seq = store.last_seq().await.unwrap();
        let mut changed = false;
        match step.clone() {
            Step::Add { ticket, text, source, suggested } => {
                let mut given = new(&format!("T{ticket}"), &format!("话{text}"));
                given.labels.urgency = source;
                let result = store.add(given, suggested.map_or_else(intake, |level| with(suggestion(level)))).await;
                match known.get(&ticket) {
                    None => {
                        assert!(matches!(result, Ok(Added::New(_))), "{step:?}: {result:?}");
                        changed = true;
                        let level = source.max(suggested);
                        known.insert(ticket, Known { text, source, level, by_person: false });
                    }
                    Some(old) if (old.text, old.source) == (text, source) => {
                        assert!(matches!(result, Ok(Added::Same(_))), "{step:?}: {result:?}");
                    }
                    Some(_) => assert!(matches!(result, Err(StoreError::Conflict(_))), "{step:?}: {result:?}"),
                }
            }
            Step::Suggest { ticket, level } => {
                let rows = vec![(id(&format!("T{ticket}")), suggestion(level))];
                let result = store.save_suggestions(rows, &Actor::system(), at(T0)).await;
                match known.get_mut(&ticket) {
                    None => assert!(matches!(result, Err(StoreError::NotFound(_))), "{step:?}: {result:?}"),
                    Some(old) => {
                        result.unwrap();
                        if !old.by_person {
                            old.level = old.level.max(Some(level));
                        }
                        changed = store.last_seq().await.unwrap() != seq;
                    }
                }
            }
            Step::Decide { ticket, person, level, reason } => {
                let actor = if person { operator() } else { Actor::system() };
                let reason = reason.then_some("核实过");
                let result = store.decide(decision(&format!("T{ticket}"), actor, Some(level), reason)).await;
                match known.get_mut(&ticket) {
                    None => assert!(matches!(result, Err(StoreError::NotFound(_))), "{step:?}: {result:?}"),
                    Some(old) if Some(level) < old.level && !(person && reason.is_some()) => {
                        assert!(matches!(result, Err(StoreError::Refused(_))), "{step:?}: {result:?}");
                    }
                    Some(old) => {
                        let ticket = result.unwrap();
                        assert_eq!(ticket.effective().urgency, Some(level), "{step:?}");
                        old.level = Some(level);
                        old.by_person |= person;
                        changed = true;
                    }
                }
            }
            Step::Reopen => {
                store.close().await;
                store = SqliteStore::open(&path).await.unwrap();
            }
        }
        assert_eq!(store.last_seq().await.unwrap(), seq + i64::from(changed), "{step:?}");
        assert_eq!(store.count().await.unwrap(), known.len() as u64);
        for (ticket, wanted) in &known {
            let found = &store.tickets(&[id(&format!("T{ticket}"))]).await.unwrap()[0];
            assert_eq!(found.effective().urgency, wanted.level, "T{ticket} after {step:?}");
            assert_eq!(found.urgency_by_person, wanted.by_person, "T{ticket} after {step:?}");
            assert_eq!(found.content.appeal.text, format!("话{}", wanted.text));
        }
    }
    // The columns that filters use agree with the tickets.
    for level in Urgency::ALL {
        let filter = TicketFilter { urgency: vec![level], ..TicketFilter::default() };
        let wanted = known.values().filter(|k| k.level == Some(level)).count() as u64;
        assert_eq!(store.list(&filter, 0, 9).await.unwrap().total, wanted, "{level}");
    }
    let seqs: Vec<i64> = store.changes(0, 1000).await.unwrap().iter().map(|c| c.seq).collect();
    assert!(seqs.iter().copied().eq(1..=seqs.len() as i64), "{seqs:?}");
    // Every change of level stands in the audit, and every fall is a person's.
    for line in store.audit(None, 1000).await.unwrap() {
        if line.action == "urgency_lowered" {
            assert!(line.detail.contains("person: 核实过"), "{line:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_order_of_operations(steps in proptest::collection::vec(step(), 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(play(steps));
    }
}
