//! Rows gathered in memory and written with few statements.
//!
//! Every statement is a round trip to the connection's thread; a batch makes about seven of them
//! for hundreds of tickets. Sequence numbers are given here, under the one writer's lock, so they
//! rise by one and a reader sees no gap.

use std::collections::BTreeMap;

use jiff::Timestamp;
use sqlx::{Encode, QueryBuilder, Row, Sqlite, SqliteConnection, Type};

use super::{
    ledger::{self, Unsealed},
    open::backend,
    sql,
};
use crate::{
    domain::{Actor, ChangeKind, JobKind, Labels, Suggestion, Ticket, TicketId, Urgency},
    store::{
        StoreResult,
        record::{Original, RECORD_VERSION, change_word, job_word, micros, role_word, to_json},
        rules::AuditNote,
    },
};

/// Rows of one statement; the widest row has 18 values and SQLite takes 32,766.
pub(super) const ROWS: usize = 500;

/// Columns of `tickets` that change or follow from the ticket, ready to be bound.
struct TicketRow {
    seq: i64,
    registered_at: i64,
    received_at: i64,
    registered_by: String,
    channel: &'static str,
    status: &'static str,
    triage: &'static str,
    effective: Labels,
    urgency_by_person: bool,
    district: Option<String>,
    town: Option<String>,
    labels: String,
    handling: String,
    suggestion: Option<i64>,
}

struct SuggestionRow {
    id: i64,
    ticket: TicketId,
    at: i64,
    actor: String,
    model: Option<String>,
    pack: String,
    given_level: &'static str,
    record: String,
}

/// What one transaction adds or changes.
pub(super) struct Batch {
    seq: i64,
    suggestion: i64,
    changes: Vec<(i64, TicketId, ChangeKind, i64)>,
    suggestions: Vec<SuggestionRow>,
    tickets: BTreeMap<TicketId, TicketRow>,
    originals: Vec<(TicketId, Original)>,
    audit: Vec<Unsealed>,
    jobs: Vec<(JobKind, TicketId, i64)>,
    keys: Vec<(String, TicketId, i64)>,
}

impl Batch {
    /// Starts in a write transaction.
    pub(super) async fn begin(db: &mut SqliteConnection) -> StoreResult<Self> {
        let heads = sqlx::query(sql::HEADS).fetch_one(db).await.map_err(backend)?;
        Ok(Self {
            seq: heads.try_get("seq").map_err(backend)?,
            suggestion: heads.try_get("suggestion").map_err(backend)?,
            changes: Vec::new(),
            suggestions: Vec::new(),
            tickets: BTreeMap::new(),
            originals: Vec::new(),
            audit: Vec::new(),
            jobs: Vec::new(),
            keys: Vec::new(),
        })
    }

    /// A line of the change sequence; returns its number.
    pub(super) fn change(&mut self, ticket: &TicketId, kind: ChangeKind, at: Timestamp) -> i64 {
        self.seq += 1;
        self.changes.push((self.seq, ticket.clone(), kind, micros(at)));
        self.seq
    }

    /// A suggestion for the history; returns its row id.
    pub(super) fn suggestion(
        &mut self,
        ticket: &TicketId,
        given: &Suggestion,
        given_level: Urgency,
        actor: &Actor,
        at: Timestamp,
    ) -> StoreResult<i64> {
        self.suggestion += 1;
        self.suggestions.push(SuggestionRow {
            id: self.suggestion,
            ticket: ticket.clone(),
            at: micros(at),
            actor: actor.name.clone(),
            model: given.model.clone(),
            pack: given.pack.clone(),
            given_level: given_level.code(),
            record: to_json(given)?,
        });
        Ok(self.suggestion)
    }

    /// The present state of a ticket, new or changed; `suggestion` is the row id of a new one. A
    /// later call for the same ticket replaces an earlier one.
    pub(super) fn ticket(&mut self, ticket: &Ticket, suggestion: Option<i64>) -> StoreResult<()> {
        let suggestion = suggestion.or(self.tickets.get(&ticket.id).and_then(|row| row.suggestion));
        let row = TicketRow {
            seq: ticket.seq,
            registered_at: micros(ticket.registered_at),
            received_at: micros(ticket.received_at),
            registered_by: ticket.registered_by.clone(),
            channel: ticket.content.channel.label(),
            status: ticket.status.label(),
            triage: ticket.triage.label(),
            effective: ticket.effective(),
            urgency_by_person: ticket.urgency_by_person,
            district: ticket.content.district.clone(),
            town: ticket.content.town.clone(),
            labels: to_json(&ticket.labels)?,
            handling: to_json(&ticket.content.handling)?,
            suggestion,
        };
        self.tickets.insert(ticket.id.clone(), row);
        Ok(())
    }

    pub(super) fn original(&mut self, ticket: &TicketId, original: Original) {
        self.originals.push((ticket.clone(), original));
    }

    pub(super) fn audit(&mut self, ticket: &TicketId, actor: &Actor, at: Timestamp, notes: Vec<AuditNote>) {
        self.audit.extend(notes.into_iter().map(|(action, detail)| Unsealed {
            at: micros(at),
            actor: actor.name.clone(),
            role: role_word(actor.role),
            action: action.to_owned(),
            ticket: Some(text(ticket)),
            detail,
        }));
    }

    pub(super) fn job(&mut self, kind: JobKind, ticket: &TicketId, at: Timestamp) {
        self.jobs.push((kind, ticket.clone(), micros(at)));
    }

    pub(super) fn key(&mut self, key: &str, ticket: &TicketId, at: Timestamp) {
        self.keys.push((key.to_owned(), ticket.clone(), micros(at)));
    }

    /// Writes all rows, those that others refer to first.
    pub(super) async fn write(self, db: &mut SqliteConnection) -> StoreResult<()> {
        insert(db, sql::INSERT_ORIGINALS_HEAD, "", self.originals, |mut row, (ticket, original)| {
            row.push_bind(text(&ticket)).push_bind(RECORD_VERSION);
            row.push_bind(original.fingerprint).push_bind(original.json);
        })
        .await?;
        let tickets = self.tickets.into_iter().collect();
        insert(db, sql::INSERT_TICKETS_HEAD, sql::OR_UPDATE_TICKET, tickets, |mut row, (id, t)| {
            row.push_bind(text(&id)).push_bind(t.seq).push_bind(t.registered_at).push_bind(t.received_at);
            row.push_bind(t.registered_by).push_bind(t.channel).push_bind(t.status).push_bind(t.triage);
            row.push_bind(t.effective.appeal_type.map(|kind| kind.label()));
            row.push_bind(t.effective.category).push_bind(t.effective.department);
            row.push_bind(t.effective.urgency.map(Urgency::code)).push_bind(i64::from(t.urgency_by_person));
            row.push_bind(t.district).push_bind(t.town).push_bind(t.labels).push_bind(t.handling);
            row.push_bind(t.suggestion);
        })
        .await?;
        insert(db, sql::INSERT_CHANGES_HEAD, "", self.changes, |mut row, (seq, ticket, kind, at)| {
            row.push_bind(seq).push_bind(text(&ticket)).push_bind(change_word(kind)).push_bind(at);
        })
        .await?;
        insert(db, sql::INSERT_SUGGESTIONS_HEAD, "", self.suggestions, |mut row, s| {
            row.push_bind(s.id).push_bind(text(&s.ticket)).push_bind(s.at).push_bind(s.actor).push_bind(s.model);
            row.push_bind(s.pack).push_bind(s.given_level).push_bind(s.record);
        })
        .await?;
        ledger::append(db, self.audit).await?;
        insert(db, sql::INSERT_JOBS_HEAD, "", self.jobs, |mut row, (kind, ticket, at)| {
            row.push_bind(job_word(kind)).push_bind(text(&ticket)).push_bind(0_i64).push_bind(at);
        })
        .await?;
        insert(db, sql::INSERT_KEYS_HEAD, "", self.keys, |mut row, (key, ticket, at)| {
            row.push_bind(key).push_bind(text(&ticket)).push_bind(at);
        })
        .await
    }
}

fn text(id: &TicketId) -> String {
    id.as_str().to_owned()
}

/// `(…, …)` with every value bound.
pub(super) fn push_list<T>(query: &mut QueryBuilder<Sqlite>, values: impl IntoIterator<Item = T>)
where
    T: for<'q> Encode<'q, Sqlite> + Type<Sqlite>,
{
    query.push("(");
    let mut list = query.separated(", ");
    for value in values {
        list.push_bind(value);
    }
    query.push(")");
}

/// `head VALUES (…), (…) tail`, at most [`ROWS`] rows at a time.
async fn insert<T>(
    db: &mut SqliteConnection,
    head: &'static str,
    tail: &'static str,
    rows: Vec<T>,
    mut bind: impl FnMut(sqlx::query_builder::Separated<'_, Sqlite, &'static str>, T),
) -> StoreResult<()> {
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let mut query = QueryBuilder::<Sqlite>::new(head);
        query.push_values(rows.by_ref().take(ROWS), &mut bind);
        query.push(tail);
        query.build().persistent(false).execute(&mut *db).await.map_err(backend)?;
    }
    Ok(())
}
