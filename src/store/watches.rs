//! The contract for kept searches and their alerts.

use async_trait::async_trait;
use jiff::Timestamp;

use crate::domain::{Actor, Alert, KeptQuery, KeptSearch, TicketId};

use super::StoreResult;

/// Kept searches of one person at most.
pub const MOST_KEPT: u64 = 500;

/// Which alerts to list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AlertFilter {
    /// Of one search only.
    pub search: Option<i64>,
    /// Unseen ones only.
    pub unread: bool,
    /// Older than this one: for the next page.
    pub before: Option<i64>,
}

/// Kept searches. Every method that changes something is one transaction.
#[async_trait]
pub trait Watches {
    /// Keeps a search, in the audit too: it tells of every ticket that comes in from now on.
    ///
    /// # Errors
    /// [`super::StoreError::Conflict`] if the person keeps one of that name,
    /// [`super::StoreError::Refused`] if the person keeps [`MOST_KEPT`].
    async fn keep_search(&self, by: &Actor, name: &str, query: &KeptQuery, at: Timestamp) -> StoreResult<KeptSearch>;

    /// Kept searches of one person, or of all, oldest first.
    async fn kept_searches(&self, owner: Option<&str>) -> StoreResult<Vec<KeptSearch>>;

    /// Two numbers that change with every search that is kept or dropped; the first is how many there
    /// are.
    async fn kept_revision(&self) -> StoreResult<(i64, i64)>;

    /// Drops a search of a person with its alerts, in the audit too; whether there was one.
    async fn drop_search(&self, by: &Actor, id: i64, at: Timestamp) -> StoreResult<bool>;

    /// A person's alerts, newest first.
    async fn alerts(&self, owner: &str, filter: AlertFilter, limit: u64) -> StoreResult<Vec<Alert>>;

    /// Marks a person's alerts of one search (or of all) up to a number as seen; how many there were.
    async fn read_alerts(&self, owner: &str, search: Option<i64>, up_to: i64, at: Timestamp) -> StoreResult<u64>;

    /// The place in the change sequence up to which tickets were matched; 0 before the first.
    async fn watched_seq(&self) -> StoreResult<i64>;

    /// Writes alerts for matches, and the place up to which tickets were matched, in one transaction.
    /// A match that was told before, of a search dropped meanwhile, or of a ticket that had come in
    /// before the search was kept, is passed over. Returns how many alerts are new.
    async fn tell(&self, matches: &[(i64, TicketId)], up_to: i64, at: Timestamp) -> StoreResult<u64>;
}
