//! Reading: tickets, decisions, audit, changes, notes.

use std::collections::HashMap;

use sqlx::{Executor, QueryBuilder, Row, Sqlite, SqliteConnection, SqlitePool, sqlite::SqliteRow};

use super::{
    batch::{ROWS, push_list},
    open::backend,
    sql,
};
use crate::{
    domain::{Change, Decision, Handling, Labels, NewTicket, Suggestion, Ticket, TicketId},
    store::{
        AuditLine, LATEST_READINGS, StoreError, StoreResult,
        record::{change_kind, from_json, from_versioned, instant},
    },
};

/// A limit or offset as SQL takes it.
pub(super) fn number(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

pub(super) fn get<'r, T>(row: &'r SqliteRow, column: &'static str) -> StoreResult<T>
where
    T: sqlx::Decode<'r, Sqlite> + sqlx::Type<Sqlite>,
{
    row.try_get(column).map_err(backend)
}

pub(super) fn id_of(text: String) -> StoreResult<TicketId> {
    TicketId::new(text).map_err(|_| StoreError::Damaged("a stored ticket id is not one".into()))
}

/// A ticket of a row of `select_ticket.sql`.
fn ticket_of(row: &SqliteRow) -> StoreResult<Ticket> {
    let id = id_of(get(row, "id")?)?;
    let what = format!("ticket `{id}`");
    let word = |column: &'static str| get::<&str>(row, column);
    let mut content: NewTicket = from_versioned(get(row, "version")?, word("record_json")?, &what)?;
    let suggestion: Option<Suggestion> =
        get::<Option<&str>>(row, "suggestion_json")?.map(|json| from_json(json, &what)).transpose()?;
    let labels: Labels = from_json(word("labels_json")?, &what)?;
    let handling: Handling = from_json(word("handling_json")?, &what)?;
    content.id = None;
    content.labels = Labels::default();
    content.status = None;
    content.received_at = None;
    content.handling = handling;
    let damaged = |_| StoreError::Damaged(format!("{what}: unknown word in a column"));
    Ok(Ticket {
        registered_at: instant(get(row, "registered_at")?, &what)?,
        received_at: instant(get(row, "received_at")?, &what)?,
        registered_by: get(row, "registered_by")?,
        status: word("status")?.parse().map_err(damaged)?,
        triage: word("triage")?.parse().map_err(damaged)?,
        labels,
        urgency_by_person: get::<i64>(row, "urgency_by_person")? != 0,
        suggestion,
        seq: get(row, "seq")?,
        content,
        id,
    })
}

/// Tickets in the order asked for; unknown ids are left out.
pub(super) async fn tickets(db: &mut SqliteConnection, ids: &[TicketId]) -> StoreResult<Vec<Ticket>> {
    let mut found: HashMap<TicketId, Ticket> = HashMap::with_capacity(ids.len());
    for chunk in ids.chunks(ROWS) {
        let mut query = QueryBuilder::new(sql::TICKET_HEAD);
        query.push("WHERE t.id IN ");
        push_list(&mut query, chunk.iter().map(|id| id.as_str().to_owned()));
        let rows = query.build().persistent(false).fetch_all(&mut *db).await.map_err(backend)?;
        for row in &rows {
            let ticket = ticket_of(row)?;
            found.insert(ticket.id.clone(), ticket);
        }
    }
    Ok(ids.iter().filter_map(|id| found.get(id).cloned()).collect())
}

pub(super) async fn tickets_after(readers: &SqlitePool, seq: i64, limit: u64) -> StoreResult<Vec<Ticket>> {
    let query = sqlx::query(sql::TICKETS_AFTER).bind(seq).bind(number(limit));
    query.fetch_all(readers).await.map_err(backend)?.iter().map(ticket_of).collect()
}

async fn whole_number(db: impl Executor<'_, Database = Sqlite>, statement: &'static str) -> StoreResult<i64> {
    sqlx::query_scalar(statement).fetch_one(db).await.map_err(backend)
}

pub(super) async fn count(readers: &SqlitePool) -> StoreResult<u64> {
    Ok(whole_number(readers, sql::COUNT).await?.unsigned_abs())
}

pub(super) async fn last_seq(readers: &SqlitePool) -> StoreResult<i64> {
    whole_number(readers, sql::LAST_SEQ).await
}

pub(super) async fn ping(readers: &SqlitePool) -> StoreResult<()> {
    // Touches the file, not only the connection: a database that was deleted or damaged shows.
    whole_number(readers, "SELECT COUNT(*) FROM notes").await.map(|_| ())
}

pub(super) async fn decisions(readers: &SqlitePool, id: &TicketId) -> StoreResult<Vec<Decision>> {
    let rows = sqlx::query(sql::DECISIONS).bind(id.as_str()).fetch_all(readers).await.map_err(backend)?;
    rows.iter()
        .map(|row| from_versioned(get(row, "version")?, get(row, "record_json")?, &format!("a decision on `{id}`")))
        .collect()
}

pub(super) async fn latest_decisions(readers: &SqlitePool, limit: u64) -> StoreResult<Vec<Decision>> {
    let query = sqlx::query(sql::LATEST_DECISIONS).bind(number(limit));
    let rows = query.fetch_all(readers).await.map_err(backend)?;
    rows.iter().map(|row| from_versioned(get(row, "version")?, get(row, "record_json")?, "a decision")).collect()
}

pub(super) async fn audit(readers: &SqlitePool, ticket: Option<&TicketId>, limit: u64) -> StoreResult<Vec<AuditLine>> {
    let query = match ticket {
        Some(id) => {
            let changes = sqlx::query(sql::AUDIT_OF_TICKET).bind(id.as_str()).bind(number(limit));
            changes.bind(number(limit.min(LATEST_READINGS)))
        }
        None => sqlx::query(sql::AUDIT_LATEST).bind(number(limit)),
    };
    let rows = query.fetch_all(readers).await.map_err(backend)?;
    rows.iter().map(audit_line).collect()
}

pub(super) fn audit_line(row: &SqliteRow) -> StoreResult<AuditLine> {
    Ok(AuditLine {
        id: get(row, "id")?,
        at: instant(get(row, "at")?, "audit line")?,
        actor: get(row, "actor")?,
        action: get(row, "action")?,
        ticket: get::<Option<String>>(row, "ticket")?.map(id_of).transpose()?,
        detail: get(row, "detail")?,
    })
}

pub(super) async fn changes(readers: &SqlitePool, seq: i64, limit: u64) -> StoreResult<Vec<Change>> {
    let query = sqlx::query(sql::CHANGES).bind(seq).bind(number(limit));
    let rows = query.fetch_all(readers).await.map_err(backend)?;
    rows.iter()
        .map(|row| {
            Ok(Change {
                seq: get(row, "seq")?,
                ticket: id_of(get(row, "ticket")?)?,
                kind: change_kind(get(row, "kind")?)?,
            })
        })
        .collect()
}

pub(super) async fn note(readers: &SqlitePool, key: &str) -> StoreResult<Option<String>> {
    sqlx::query_scalar(sql::NOTE).bind(key.to_owned()).fetch_optional(readers).await.map_err(backend)
}
