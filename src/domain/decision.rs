//! What a person decided, kept with the suggestion that it answered (invariant 5).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Actor, Labels, Suggestion, TicketId};

/// Whether the suggestion was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecisionKind {
    /// Every decided label equals the suggestion's first.
    Accept,
    /// At least one differs.
    Correct,
    /// There was no suggestion to answer.
    Unaided,
}

/// A recorded decision: the training data of the next model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// Which ticket.
    pub ticket: TicketId,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub actor: Actor,
    /// Taken or corrected.
    pub kind: DecisionKind,
    /// The labels decided; fields left out were not touched.
    pub labels: Labels,
    /// Why; required to lower urgency (invariant 4).
    pub reason: Option<String>,
    /// The suggestion as it stood.
    pub suggestion: Option<Suggestion>,
}
