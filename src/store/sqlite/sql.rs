//! Every statement of the SQLite store, read from `queries/`.
//!
//! Written so that PostgreSQL takes them too: `$n` parameters, `ON CONFLICT`, `RETURNING`, no
//! SQLite functions. What is SQLite's own stands in `open.rs` (pragmas, migrations, error codes).

pub(super) const TICKET: &str = include_str!("queries/select_ticket.sql");
pub(super) const TICKET_BY_ID: &str = concat!(include_str!("queries/select_ticket.sql"), "WHERE t.id = $1");
pub(super) const TICKETS_AFTER: &str =
    concat!(include_str!("queries/select_ticket.sql"), "WHERE t.seq > $1 ORDER BY t.seq LIMIT $2");
pub(super) const INSERT_TICKET: &str = include_str!("queries/insert_ticket.sql");
pub(super) const UPDATE_TICKET: &str = include_str!("queries/update_ticket.sql");
pub(super) const INSERT_ORIGINAL: &str = include_str!("queries/insert_original.sql");
pub(super) const INSERT_SUGGESTION: &str = include_str!("queries/insert_suggestion.sql");
pub(super) const INSERT_CHANGE: &str = include_str!("queries/insert_change.sql");
pub(super) const INSERT_AUDIT: &str = include_str!("queries/insert_audit.sql");
pub(super) const INSERT_DECISION: &str = include_str!("queries/insert_decision.sql");
pub(super) const INSERT_JOB: &str = include_str!("queries/insert_job.sql");
pub(super) const INSERT_IDEMPOTENCY: &str = include_str!("queries/insert_idempotency.sql");
pub(super) const NEXT_NUMBER: &str = include_str!("queries/next_number.sql");
pub(super) const CLAIM_JOBS: &str = include_str!("queries/claim_jobs.sql");
pub(super) const FAIL_JOB: &str = include_str!("queries/fail_job.sql");
pub(super) const AUDIT_OF_TICKET: &str = include_str!("queries/audit_of_ticket.sql");
pub(super) const AUDIT_LATEST: &str = include_str!("queries/audit_latest.sql");
pub(super) const SET_NOTE: &str = include_str!("queries/set_note.sql");

pub(super) const ORIGINAL: &str = "SELECT fingerprint, version, record_json FROM originals WHERE ticket = $1";
pub(super) const IDEMPOTENCY: &str = "SELECT ticket FROM idempotency WHERE key = $1";
pub(super) const DECISIONS: &str = "SELECT version, record_json FROM decisions WHERE ticket = $1 ORDER BY id";
pub(super) const CHANGES: &str = "SELECT seq, ticket, kind FROM changes WHERE seq > $1 ORDER BY seq LIMIT $2";
pub(super) const LAST_SEQ: &str = "SELECT COALESCE(MAX(seq), 0) FROM changes";
pub(super) const COUNT: &str = "SELECT COUNT(*) FROM tickets";
pub(super) const COUNT_OF_LIST: &str = "SELECT COUNT(*) FROM tickets t";
pub(super) const FINISH_JOB: &str = "DELETE FROM jobs WHERE id = $1";
pub(super) const OPEN_JOBS: &str = "SELECT COUNT(*) FROM jobs WHERE kind = $1";
pub(super) const NOTE: &str = "SELECT value FROM notes WHERE key = $1";
