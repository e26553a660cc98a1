//! The contract for whoever looks after the service: jobs, and the audit read by what is asked for.

use std::path::Path;

use async_trait::async_trait;
use jiff::Timestamp;

use crate::domain::{JobKind, TicketId, TimeRange};

use super::{AuditLine, Copied, StoreResult};

/// A job that is not finished.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobLine {
    /// Row id.
    pub id: i64,
    /// What is to be done.
    pub kind: JobKind,
    /// For which ticket.
    pub ticket: TicketId,
    /// How often it was tried.
    pub attempts: i64,
    /// Not before this instant; the end of the lease while somebody works on it.
    pub due_at: Timestamp,
    /// Why the last try failed.
    pub error: Option<String>,
}

/// Which lines of the audit; what is left out limits nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Account name.
    pub actor: Option<String>,
    /// Action word.
    pub action: Option<String>,
    /// Ticket.
    pub ticket: Option<TicketId>,
    /// When.
    pub at: TimeRange,
    /// Only lines that come after the line of this number, the newest being first: for the next page.
    pub before: Option<i64>,
}

/// Looking after the service.
#[async_trait]
pub trait Upkeep: Send + Sync {
    /// Jobs that are not finished: those that failed first, then by their time.
    async fn jobs(&self, limit: u64) -> StoreResult<Vec<JobLine>>;

    /// Makes a job due at `now`, or, without an id, every one that failed; how many there were.
    async fn retry_jobs(&self, id: Option<i64>, now: Timestamp) -> StoreResult<u64>;

    /// Lines of the audit, newest first.
    async fn audit_lines(&self, filter: &AuditFilter, limit: u64) -> StoreResult<Vec<AuditLine>>;

    /// Reads a database file as a whole: structure, references, every seal of the audit.
    async fn check_copy_at(&self, path: &Path) -> StoreResult<Copied>;
}
