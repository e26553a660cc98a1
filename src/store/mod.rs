//! Where is the truth? Tickets, suggestions, decisions, audit lines, jobs, and the change sequence.
//!
//! [`Store`] is the contract; SQLite (embedded) implements it, PostgreSQL joins later. One
//! conformance suite (`tests/it/store`) holds for every implementation.

use async_trait::async_trait;
use jiff::{Timestamp, civil::Date};

use crate::domain::{
    Actor, Change, Decision, Handling, Job, JobKind, NewTicket, Standing, Status, Suggestion, Ticket, TicketId,
    TimeRange, Urgency,
};

mod accounts;
mod acts;
mod alarms;
mod briefs;
mod events;
mod ledger;
mod oversight;
mod record;
mod rules;
mod sqlite;
mod upkeep;
mod watches;

pub use accounts::{Accounts, EndSessions, UserChange};
pub use acts::{Acts, MOST_LISTS, TOGETHER};
pub use alarms::{AlarmLine, AlarmLog};
pub use briefs::{
    AddedBrief, BriefLine, BriefRun, Briefs, GivenInstruction, Instruction, InstructionState, KeptRephrasing,
};
pub use events::Events;
pub use ledger::{Entry, Ledger, LedgerHead, RawLine, Verdict, verify_ledger};
pub use oversight::{CaseFilter, Dimension, NewOrder, OpenCase, Orders, Oversight, UnitCounts};
pub use sqlite::SqliteStore;
pub use upkeep::{AuditFilter, JobLine, Upkeep};
pub use watches::{AlertFilter, MOST_KEPT, Watches};

/// Why the store did not do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No such ticket.
    #[error("no ticket `{0}`")]
    NotFound(TicketId),
    /// The id or idempotency key was used with other content.
    #[error("{0}")]
    Conflict(String),
    /// The request breaks a rule of the store (e.g. lowering urgency without a reason).
    #[error("{0}")]
    Refused(String),
    /// Stored data cannot be read back.
    #[error("stored data is damaged: {0}")]
    Damaged(String),
    /// The database failed (disk full, locked, gone); nothing was acknowledged.
    #[error("the store failed: {0}")]
    Backend(String),
}

/// Shorthand.
pub type StoreResult<T> = Result<T, StoreError>;

/// What goes with a new ticket.
#[derive(Clone, Debug)]
pub struct Intake {
    /// Who registers it.
    pub actor: Actor,
    /// 登记时间
    pub at: Timestamp,
    /// Client's key: the same key with the same content answers with the first ticket.
    pub idempotency_key: Option<String>,
    /// The suggestion, if it came in time; none leaves triage waiting and adds a triage job.
    pub suggestion: Option<Suggestion>,
    /// 办结时限 set by the desk. Not part of the content: the same request a second later is the same.
    pub due_at: Option<Timestamp>,
    /// What the pack's rules alone say where no suggestion came in time: raises the level at once, so
    /// that an urgent call is seen as one before the model has read it.
    pub floor: Option<Urgency>,
}

/// What became of a new ticket.
#[derive(Clone, Debug, PartialEq)]
pub enum Added {
    /// Stored now.
    New(Ticket),
    /// The same id (or idempotency key) with the same content was stored before.
    Same(Ticket),
}

/// Which tickets to list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TicketFilter {
    /// Any of these states; empty means all.
    pub status: Vec<Status>,
    /// Any of these effective levels.
    pub urgency: Vec<Urgency>,
    /// Any of these effective departments.
    pub department: Vec<String>,
    /// Any of these effective categories.
    pub category: Vec<String>,
    /// Any of these districts.
    pub district: Vec<String>,
    /// 来电时间
    pub received: TimeRange,
    /// Any of these units assists.
    pub assisting: Vec<String>,
    /// Any of these units answers for it or assists: what a reach demands.
    pub units: Vec<String>,
    /// Only those that stand so; the desk turns it into `among`.
    pub standing: Option<Standing>,
    /// What is open, the next 办结时限 first; the desk turns it into `among`.
    pub by_due: bool,
    /// Only these, and in this order.
    pub among: Option<Vec<TicketId>>,
}

/// Tickets of one category that came in on one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayCount {
    /// The day in the city.
    pub day: Date,
    /// Effective category; none where nobody knows yet.
    pub category: Option<String>,
    /// How many.
    pub count: u64,
}

/// A page of a list, newest first.
#[derive(Clone, Debug, PartialEq)]
pub struct TicketPage {
    /// The tickets.
    pub tickets: Vec<Ticket>,
    /// How many match in all.
    pub total: u64,
}

/// A line of the audit trail: who did what to which ticket. Carries no appeal text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditLine {
    /// Row id, increasing.
    pub id: i64,
    /// When.
    pub at: Timestamp,
    /// Account name.
    pub actor: String,
    /// Stable word: `received`, `triaged`, `decided`, `urgency_raised`, …
    pub action: String,
    /// Ticket, if one is concerned.
    pub ticket: Option<TicketId>,
    /// Short detail, e.g. `U4 -> U2 rule fire.open`.
    pub detail: String,
}

/// What a copy of the database holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    /// Tickets.
    pub tickets: u64,
    /// Audit lines, all sound.
    pub lines: i64,
    /// Size of the file.
    pub bytes: u64,
    /// BLAKE3 of the file.
    pub hash: String,
}

/// Readings of one ticket that [`Store::audit`] gives at most; all of them are in [`Upkeep::audit_lines`].
pub const LATEST_READINGS: u64 = 20;

/// The truth. Every method that changes something is one transaction: when it returns, the change is
/// durable (invariant 1).
#[async_trait]
pub trait Store: Watches + Briefs + Send + Sync + std::fmt::Debug {
    /// Adds one ticket: ticket row, suggestion or triage job, audit line, change line.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the id or key stands with other content.
    async fn add(&self, ticket: NewTicket, intake: Intake) -> StoreResult<Added>;

    /// Adds many in one transaction (import). A conflict concerns its own row only; a backend failure
    /// concerns all and nothing is stored.
    async fn add_many(&self, rows: Vec<(NewTicket, Intake)>) -> StoreResult<Vec<StoreResult<Added>>>;

    /// Tickets by id, in the order asked for; ids that do not exist are left out.
    async fn tickets(&self, ids: &[TicketId]) -> StoreResult<Vec<Ticket>>;

    /// One page, newest 来电时间 first (ties by id).
    async fn list(&self, filter: &TicketFilter, offset: u64, limit: u64) -> StoreResult<TicketPage>;

    /// Tickets by day of receipt in the city and effective category, by day.
    async fn daily(&self) -> StoreResult<Vec<DayCount>>;

    /// Number of tickets.
    async fn count(&self) -> StoreResult<u64>;

    /// Tickets in order of their last change, after `seq`: for rebuilding derived state by streaming.
    async fn tickets_after(&self, seq: i64, limit: u64) -> StoreResult<Vec<Ticket>>;

    /// Stores a suggestion for a ticket whose triage was waiting (or replaces one), with audit line
    /// and change line. Urgency of an undecided ticket is never lowered by it.
    async fn save_suggestions(
        &self,
        rows: Vec<(TicketId, Suggestion)>,
        actor: &Actor,
        at: Timestamp,
    ) -> StoreResult<()>;

    /// Records a decision and applies its labels.
    ///
    /// # Errors
    /// [`StoreError::Refused`] if it lowers urgency without a reason, or if software lowers it at all.
    async fn decide(&self, decision: Decision) -> StoreResult<Ticket>;

    /// Decisions of one ticket, oldest first.
    async fn decisions(&self, ticket: &TicketId) -> StoreResult<Vec<Decision>>;

    /// Changes status and handling fields.
    ///
    /// # Errors
    /// [`StoreError::Refused`] if the workflow does not allow the step.
    async fn handle(
        &self,
        ticket: &TicketId,
        status: Option<Status>,
        handling: Handling,
        actor: &Actor,
        at: Timestamp,
    ) -> StoreResult<Ticket>;

    /// The latest audit lines of one ticket, or of all, oldest first. Of a ticket's readings at most
    /// [`LATEST_READINGS`] are among them, beside the `limit` others, so that they hide no change.
    async fn audit(&self, ticket: Option<&TicketId>, limit: u64) -> StoreResult<Vec<AuditLine>>;

    /// The latest decisions of all tickets, newest first.
    async fn latest_decisions(&self, limit: u64) -> StoreResult<Vec<Decision>>;

    /// Writes a copy of the whole database, as it is at one instant, to a new file, while others read
    /// and write; the copy is read back and checked.
    ///
    /// # Errors
    /// The file exists or cannot be written, or what was written is not sound.
    async fn copy_to(&self, path: &std::path::Path) -> StoreResult<Copied>;

    /// What is done with tickets after they came in, calls of several tickets, kept lists.
    fn acts(&self) -> &dyn Acts;

    /// People, sessions and keys.
    fn accounts(&self) -> &dyn Accounts;

    /// What was told of alarms.
    fn alarm_log(&self) -> &dyn AlarmLog;

    /// The audit as a sealed chain.
    fn ledger(&self) -> &dyn Ledger;

    /// What is counted, which clocks run, and 督办.
    fn oversight(&self) -> &dyn Oversight;
    /// Corrections of events, their lineage, parent tickets.
    fn events(&self) -> &dyn Events;
    /// What an administrator looks after.
    fn upkeep(&self) -> &dyn Upkeep;

    /// The change sequence after `seq`.
    async fn changes(&self, seq: i64, limit: u64) -> StoreResult<Vec<Change>>;

    /// The last number of the change sequence; 0 when empty.
    async fn last_seq(&self) -> StoreResult<i64>;

    /// Takes up to `limit` jobs for `lease_seconds`; a job whose lease ran out is taken again. Each
    /// claim counts as an attempt, so a job that kills the process is counted too.
    async fn claim_jobs(&self, kind: JobKind, limit: u64, lease_seconds: i64, now: Timestamp) -> StoreResult<Vec<Job>>;

    /// Removes finished jobs.
    async fn finish_jobs(&self, ids: &[i64]) -> StoreResult<()>;

    /// Gives jobs back with the error of the attempt, to be tried again after `retry_at`.
    async fn fail_jobs(&self, ids: &[i64], error: &str, retry_at: Timestamp) -> StoreResult<()>;

    /// Makes every open job due at `now`: for a process that knows that it is the only worker, so that
    /// what a killed one had claimed does not wait for its lease to end. Returns how many there are.
    async fn release_jobs(&self, now: Timestamp) -> StoreResult<u64>;

    /// Jobs not finished, by kind.
    async fn open_jobs(&self, kind: JobKind) -> StoreResult<u64>;

    /// A small named value of the service's own (schema facts, demo clock, import positions).
    async fn note(&self, key: &str) -> StoreResult<Option<String>>;

    /// Sets such a value.
    async fn set_note(&self, key: &str, value: &str) -> StoreResult<()>;

    /// A cheap question to the database.
    async fn ping(&self) -> StoreResult<()>;
}
