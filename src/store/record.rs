//! What is written: JSON records with a version, instants as integers, words for kinds. The same
//! for every database.

use jiff::Timestamp;
use serde::{Serialize, de::DeserializeOwned};

use super::{StoreError, StoreResult};
use crate::domain::{ChangeKind, DecisionKind, JobKind, NewTicket, Role};

/// Version of the JSON records that this program writes. A record of a later version is not read.
pub(super) const RECORD_VERSION: i64 = 1;

/// Microseconds since 1970. The store keeps no finer time.
pub(super) fn micros(at: Timestamp) -> i64 {
    at.as_microsecond()
}

/// The instant that the store gives back for `at`.
pub(super) fn kept(at: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at)
}

pub(super) fn instant(micros: i64, what: &str) -> StoreResult<Timestamp> {
    Timestamp::from_microsecond(micros).map_err(|_| StoreError::Damaged(format!("{what}: {micros} is not a time")))
}

pub(super) fn to_json<T: Serialize>(value: &T) -> StoreResult<String> {
    serde_json::to_string(value).map_err(|e| StoreError::Backend(format!("a record cannot be written: {e}")))
}

/// Reads a record; `what` names it in the error, which never shows the record itself.
pub(super) fn from_json<T: DeserializeOwned>(json: &str, what: &str) -> StoreResult<T> {
    serde_json::from_str(json).map_err(|e| {
        StoreError::Damaged(format!("{what}: unreadable record at line {} column {}", e.line(), e.column()))
    })
}

pub(super) fn from_versioned<T: DeserializeOwned>(version: i64, json: &str, what: &str) -> StoreResult<T> {
    if version > RECORD_VERSION {
        return Err(StoreError::Damaged(format!(
            "{what}: record version {version}, this program reads up to {RECORD_VERSION}; use a newer tingsu"
        )));
    }
    from_json(json, what)
}

/// A new ticket as it is kept: the record and its fingerprint, by which equal content is known.
pub(super) struct Original {
    pub(super) json: String,
    pub(super) fingerprint: String,
}

impl Original {
    pub(super) fn of(ticket: &NewTicket) -> StoreResult<Self> {
        let json = to_json(ticket)?;
        let fingerprint = blake3::hash(json.as_bytes()).to_hex().to_string();
        Ok(Self { json, fingerprint })
    }

    /// Whether a stored record whose fingerprint differs has the same content after all: a later
    /// program may write more (empty) fields.
    pub(super) fn equals(ticket: &NewTicket, version: i64, json: &str) -> StoreResult<bool> {
        let stored: NewTicket = from_versioned(version, json, "original of a ticket")?;
        Ok(stored == *ticket)
    }
}

pub(super) fn change_word(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Received => "received",
        ChangeKind::Triaged => "triaged",
        ChangeKind::Decided => "decided",
        ChangeKind::Handled => "handled",
    }
}

pub(super) fn change_kind(word: &str) -> StoreResult<ChangeKind> {
    [ChangeKind::Received, ChangeKind::Triaged, ChangeKind::Decided, ChangeKind::Handled]
        .into_iter()
        .find(|kind| change_word(*kind) == word)
        .ok_or_else(|| StoreError::Damaged(format!("change kind `{word}` is not known")))
}

pub(super) fn job_word(kind: JobKind) -> &'static str {
    match kind {
        JobKind::Triage => "triage",
    }
}

pub(super) fn job_kind(word: &str) -> StoreResult<JobKind> {
    [JobKind::Triage]
        .into_iter()
        .find(|kind| job_word(*kind) == word)
        .ok_or_else(|| StoreError::Damaged(format!("job kind `{word}` is not known")))
}

pub(super) fn decision_word(kind: DecisionKind) -> &'static str {
    match kind {
        DecisionKind::Accept => "accept",
        DecisionKind::Correct => "correct",
        DecisionKind::Unaided => "unaided",
    }
}

pub(super) fn role_word(role: Role) -> &'static str {
    role.code()
}
