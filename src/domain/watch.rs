//! Kept searches (关注) and what they have told.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::TicketId;

/// What is looked for, as it was typed and chosen; read anew for every ticket, so that 近7天 stays
/// seven days.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct KeptQuery {
    /// The query as typed.
    pub q: String,
    /// Further filters: code of the facet, value.
    pub filters: Vec<(String, String)>,
}

/// A search that a person keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptSearch {
    /// Its number; never given twice.
    pub id: i64,
    /// Account name of the person.
    pub owner: String,
    /// The person's name for it, one of a kind among the person's own.
    pub name: String,
    /// What is looked for.
    pub query: KeptQuery,
    /// Since when.
    pub created_at: Timestamp,
    /// Tickets that came in after this place in the change sequence are told.
    pub after_seq: i64,
    /// Alerts that the person has not seen.
    pub unread: u64,
    /// Alerts in all.
    pub alerts: u64,
}

/// A ticket that a kept search told of: once, whatever happens to the ticket or to the service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    /// Its number, increasing.
    pub id: i64,
    /// Number of the search.
    pub search: i64,
    /// The ticket.
    pub ticket: TicketId,
    /// When it was told.
    pub at: Timestamp,
    /// Whether the person has seen it.
    pub read: bool,
}

/// A list's filter that a person keeps under a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptList {
    /// Its number.
    pub id: i64,
    /// The person's name for it, one of a kind among the person's own.
    pub name: String,
    /// The query string of the list, without its page.
    pub query: String,
}
