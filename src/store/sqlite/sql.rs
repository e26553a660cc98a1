//! The statements of tickets, triage and decisions; the longer ones stand in `queries/`. Other rooms of the store hold
//! their own.
//!
//! Written so that PostgreSQL takes them too: `$n` parameters, `ON CONFLICT`, `RETURNING`, no
//! SQLite functions. What is SQLite's own stands in `open.rs` (pragmas, migrations, error codes).
//! Names that end in `_HEAD` get their `VALUES` or `IN` list, as bound parameters, in `batch.rs`
//! and `read.rs`.

pub(super) const TICKET_HEAD: &str = include_str!("queries/select_ticket.sql");
pub(super) const TICKETS_AFTER: &str =
    concat!(include_str!("queries/select_ticket.sql"), "WHERE t.seq > $1 ORDER BY t.seq LIMIT $2");
pub(super) const COUNT_HEAD: &str = "SELECT COUNT(*) FROM tickets t";
pub(super) const LIST_HEAD: &str = "SELECT t.id AS id, t.received_at AS received_at FROM tickets t";
/// Whole days since 1970 in the city: `$1` are the microseconds that it is ahead of UTC.
pub(super) const DAILY: &str = "SELECT (received_at + $1) / 86400000000 AS day, category, COUNT(*) FROM tickets \
                                WHERE received_at >= 0 GROUP BY day, category ORDER BY day, category";
pub(super) const COUNT: &str = "SELECT COUNT(*) FROM tickets";

pub(super) const INSERT_TICKETS_HEAD: &str = include_str!("queries/insert_tickets.sql");
pub(super) const OR_UPDATE_TICKET: &str = include_str!("queries/or_update_ticket.sql");
pub(super) const INSERT_ORIGINALS_HEAD: &str = "INSERT INTO originals (ticket, version, fingerprint, record_json) ";
pub(super) const INSERT_SUGGESTIONS_HEAD: &str =
    "INSERT INTO suggestions (id, ticket, at, actor, model, pack, given_level, record_json) ";
pub(super) const INSERT_CHANGES_HEAD: &str = "INSERT INTO changes (seq, ticket, kind, at) ";
pub(super) const INSERT_JOBS_HEAD: &str = "INSERT INTO jobs (kind, ticket, attempts, due_at) ";
pub(super) const INSERT_KEYS_HEAD: &str = "INSERT INTO idempotency (key, ticket, at) ";
pub(super) const INSERT_DECISION: &str =
    "INSERT INTO decisions (ticket, at, actor, kind, version, record_json) VALUES ($1, $2, $3, $4, $5, $6)";

pub(super) const HEADS: &str = include_str!("queries/heads.sql");
pub(super) const FINGERPRINTS_HEAD: &str = "SELECT ticket, fingerprint FROM originals WHERE ticket IN ";
pub(super) const KEYS_HEAD: &str = "SELECT key, ticket FROM idempotency WHERE key IN ";
pub(super) const ORIGINAL: &str = "SELECT version, record_json FROM originals WHERE ticket = $1";
pub(super) const LAST_NUMBER: &str = "SELECT last FROM ticket_numbers WHERE day = $1";
pub(super) const NUMBERS_TAKEN: &str = "SELECT ticket FROM originals WHERE ticket > $1 AND ticket < $2";
pub(super) const SET_NUMBER: &str = include_str!("queries/set_number.sql");

pub(super) const DECISIONS: &str = "SELECT version, record_json FROM decisions WHERE ticket = $1 ORDER BY id";
pub(super) const LATEST_DECISIONS: &str = "SELECT version, record_json FROM decisions ORDER BY id DESC LIMIT $1";
pub(super) const AUDIT_OF_TICKET: &str = include_str!("queries/audit_of_ticket.sql");
pub(super) const AUDIT_LATEST: &str = include_str!("queries/audit_latest.sql");
pub(super) const CHANGES: &str = "SELECT seq, ticket, kind FROM changes WHERE seq > $1 ORDER BY seq LIMIT $2";
pub(super) const LAST_SEQ: &str = "SELECT COALESCE(MAX(seq), 0) FROM changes";

pub(super) const CLAIM_JOBS: &str = include_str!("queries/claim_jobs.sql");
pub(super) const FINISH_JOBS_HEAD: &str = "DELETE FROM jobs WHERE id IN ";
pub(super) const RELEASE_JOBS: &str = "UPDATE jobs SET due_at = $1 WHERE due_at > $1";
pub(super) const FAIL_JOBS_HEAD: &str = "UPDATE jobs SET due_at = ";
pub(super) const OPEN_JOBS: &str = "SELECT COUNT(*) FROM jobs WHERE kind = $1";

pub(super) const KEEP_SEARCH: &str = include_str!("queries/keep_search.sql");
pub(super) const KEPT_SEARCHES: &str = include_str!("queries/kept_searches.sql");
pub(super) const KEPT_REVISION: &str = "SELECT COUNT(*), COALESCE(SUM(id), 0) FROM kept_searches";
pub(super) const DROP_SEARCH: &str = "DELETE FROM kept_searches WHERE id = $1 AND owner = $2";
pub(super) const ALERTS: &str = include_str!("queries/alerts.sql");
pub(super) const READ_ALERTS: &str = include_str!("queries/read_alerts.sql");
pub(super) const TELL: &str = include_str!("queries/tell.sql");

pub(super) const TELL_ALARM: &str =
    "INSERT INTO alarms (stream, told_at, change, version, record_json) VALUES ($1, $2, $3, $4, $5)";
pub(super) const SET_ALARM_HEAD: &str = "INSERT INTO alarm_heads (stream, line, open) VALUES ($1, $2, $3) \
                                         ON CONFLICT (stream) DO UPDATE SET line = excluded.line, open = excluded.open";
pub(super) const ALARM_HEADS: &str = "SELECT a.version, a.record_json FROM alarm_heads h JOIN alarms a ON a.id = h.line \
                                      WHERE h.open = 1 OR h.stream IN (SELECT value FROM json_each($1)) \
                                      ORDER BY h.line DESC";
pub(super) const ALARM_LINES: &str =
    "SELECT version, record_json FROM alarms WHERE $1 IS NULL OR stream = $1 ORDER BY id DESC LIMIT $2";

pub(super) const NOTE: &str = "SELECT value FROM notes WHERE key = $1";
pub(super) const SET_NOTE: &str = include_str!("queries/set_note.sql");

pub(super) const COUNTED_BY_RECEIVED: &str =
    concat!(include_str!("queries/counted.sql"), "t.received_at >= $1 AND t.received_at < $2");
pub(super) const COUNTED_BY_DUE: &str =
    concat!(include_str!("queries/counted.sql"), "t.due_text >= $1 AND t.due_text < $2");
pub(super) const COUNTED_BY_CLOSED: &str =
    concat!(include_str!("queries/counted.sql"), "t.closed_text >= $1 AND t.closed_text < $2");
pub(super) const LAST_ISSUE: &str =
    "SELECT COALESCE(MAX(issue_number), 0) FROM briefs WHERE kind = $1 AND issue_year = $2";
pub(super) const ISSUE_TAKEN: &str =
    "SELECT COUNT(*) FROM briefs WHERE kind = $1 AND issue_year = $2 AND issue_number = $3";
pub(super) const BRIEF_OF_WINDOW: &str =
    "SELECT id FROM briefs WHERE kind = $1 AND window_from = $2 AND window_to = $3 AND subject = $4";
pub(super) const INSERT_BRIEF: &str = include_str!("queries/insert_brief.sql");
pub(super) const UPDATE_BRIEF: &str = include_str!("queries/update_brief.sql");
pub(super) const INSERT_BRIEF_VERSION: &str = "INSERT INTO brief_versions (brief, version, at, author, state, hash, \
                                               schema, record) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
pub(super) const BRIEF_VERSION: &str = "SELECT schema, record FROM brief_versions WHERE brief = $1 \
                                        AND ($2 IS NULL OR version = $2) ORDER BY version DESC LIMIT 1";
pub(super) const BRIEF_VERSIONS: &str = "SELECT schema, record FROM brief_versions WHERE brief = $1 ORDER BY version";
pub(super) const BRIEFS: &str = include_str!("queries/briefs.sql");
pub(super) const COUNT_BRIEFS: &str = "SELECT COUNT(*) FROM briefs WHERE $1 IS NULL OR kind = $1";
pub(super) const INSERT_REPHRASING: &str = "INSERT INTO brief_rephrasings (brief, version, section, model, asked_by, \
    at, places_json) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id";
pub(super) const ACCEPT_REPHRASING: &str =
    "UPDATE brief_rephrasings SET accepted = $3 WHERE id = $1 AND brief = $2 AND accepted IS NULL";
pub(super) const REPHRASINGS: &str = "SELECT id, brief, version, section, model, asked_by, at, places_json, accepted \
    FROM brief_rephrasings WHERE brief = $1 ORDER BY id";
pub(super) const INSERT_INSTRUCTION: &str = "INSERT INTO brief_instructions (brief, leader, text, at, unit, due_at, \
                                             state) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id";
pub(super) const MOVE_INSTRUCTION: &str = "UPDATE brief_instructions SET state = $2 WHERE id = $1 AND state <> $3 \
    RETURNING brief";
pub(super) const INSERT_STEP: &str = "INSERT INTO brief_instruction_steps (instruction, at, actor, state, note) \
                                      VALUES ($1, $2, $3, $4, $5)";
pub(super) const INSTRUCTIONS: &str = "SELECT id, brief, leader, text, at, unit, due_at, state FROM \
                                       brief_instructions WHERE brief = $1 OR ($1 IS NULL AND state <> $2) ORDER BY id";
pub(super) const STEPS: &str =
    "SELECT at, actor, state, note FROM brief_instruction_steps WHERE instruction = $1 ORDER BY id";
pub(super) const PLAN_RUN: &str = "INSERT INTO brief_runs (kind, window_from, window_to, cut_hour, attempts, due_at, \
                                   done) VALUES ($1, $2, $3, $4, 0, $5, 0) ON CONFLICT DO NOTHING";
pub(super) const CLAIM_RUN: &str = include_str!("queries/claim_run.sql");
pub(super) const FINISH_RUN: &str = "UPDATE brief_runs SET done = 1, brief = $2, last_error = NULL WHERE id = $1";
pub(super) const FAIL_RUN: &str = "UPDATE brief_runs SET last_error = $2, due_at = $3 WHERE id = $1";
