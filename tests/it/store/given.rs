//! Tickets, suggestions and people for the store's tests.

use std::sync::Arc;

use jiff::Timestamp;
use tempfile::TempDir;
use tingsu::{
    domain::{
        Actor, Appeal, Candidate, Channel, Decision, DecisionKind, Field, FieldSpan, Labels, NewTicket, Role, Span,
        Suggestion, TicketId, Urgency, UrgencyCue, UrgencySuggestion,
    },
    store::{Added, Intake, SqliteStore, Store},
};

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) const T0: &str = "2026-05-12T08:52:00Z";

pub(crate) fn id(text: &str) -> TicketId {
    TicketId::new(text).unwrap()
}

/// An operator of some name.
pub(crate) fn called(name: &str) -> Actor {
    Actor::person(name, Role::Operator)
}

pub(crate) fn operator() -> Actor {
    Actor::person("op1", Role::Operator)
}

pub(crate) fn new(number: &str, text: &str) -> NewTicket {
    NewTicket {
        id: (!number.is_empty()).then(|| id(number)),
        ..NewTicket::of(Channel::Phone, Appeal::new("路灯不亮", text))
    }
}

pub(crate) fn intake() -> Intake {
    Intake { actor: operator(), at: at(T0), idempotency_key: None, suggestion: None, due_at: None, floor: None }
}

pub(crate) fn keyed(key: &str) -> Intake {
    Intake { idempotency_key: Some(key.into()), ..intake() }
}

/// A suggestion of the model alone.
pub(crate) fn suggestion(level: Urgency) -> Suggestion {
    let candidate = |label: &str, p| Candidate { label: label.into(), p };
    Suggestion {
        model: Some("m1".into()),
        pack: "pack1".into(),
        appeal_type: vec![candidate("投诉", 0.7), candidate("求助", 0.2)],
        category: vec![candidate("0101", 0.6), candidate("0102", 0.1)],
        department: vec![candidate("甲局", 0.55)],
        urgency: UrgencySuggestion {
            level,
            p: 0.6,
            model: [0.1, 0.2, 0.3, 0.4],
            floor: None,
            cues: vec![],
            flags: Default::default(),
            linkage: vec![],
        },
        flag_p: vec![],
        places: vec![],
        reasons: vec![],
        uncertain: false,
        precedent: None,
        vector: None,
    }
}

/// A suggestion whose level a rule made.
pub(crate) fn ruled(level: Urgency, rule: &str) -> Suggestion {
    let mut suggestion = suggestion(level);
    suggestion.urgency.floor = Some(level);
    suggestion.urgency.cues = vec![UrgencyCue {
        rule: rule.into(),
        level,
        text: "着火".into(),
        at: FieldSpan { field: Field::Text, span: Span::new(0, 2) },
        note: "明火".into(),
    }];
    suggestion
}

pub(crate) fn with(suggestion: Suggestion) -> Intake {
    Intake { suggestion: Some(suggestion), ..intake() }
}

pub(crate) fn decision(ticket: &str, actor: Actor, urgency: Option<Urgency>, reason: Option<&str>) -> Decision {
    Decision {
        ticket: id(ticket),
        at: at(T0),
        actor,
        kind: DecisionKind::Correct,
        labels: Labels { urgency, ..Labels::default() },
        reason: reason.map(Into::into),
        suggestion: None,
    }
}

pub(crate) fn ticket_of(added: Added) -> tingsu::domain::Ticket {
    match added {
        Added::New(ticket) | Added::Same(ticket) => ticket,
    }
}

/// A fresh SQLite store in a folder of its own.
pub(crate) async fn sqlite() -> (TempDir, SqliteStore) {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&dir.path().join("tingsu.db")).await.unwrap();
    (dir, store)
}

pub(crate) async fn shared() -> (TempDir, Arc<dyn Store>) {
    let (dir, store) = sqlite().await;
    (dir, Arc::new(store))
}
