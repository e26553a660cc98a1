//! Durable work and the change sequence from which derived state catches up.

use serde::{Deserialize, Serialize};

use super::TicketId;

/// What happened to a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// A new ticket.
    Received,
    /// Suggestions were stored.
    Triaged,
    /// A person decided labels.
    Decided,
    /// Handling fields changed.
    Handled,
}

/// One line of the change sequence: strictly increasing, without gaps visible to a reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Place in the sequence, from 1.
    pub seq: i64,
    /// Which ticket.
    pub ticket: TicketId,
    /// What happened.
    pub kind: ChangeKind,
}

/// Work that outlives a crash; jobs are idempotent and done at least once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobKind {
    /// Suggest labels for a ticket whose triage is pending (invariant 3).
    Triage,
}

/// A job row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Row id.
    pub id: i64,
    /// What to do.
    pub kind: JobKind,
    /// For which ticket.
    pub ticket: TicketId,
    /// How often it was tried.
    pub attempts: i64,
}
