//! New tickets: numbers, equal content, the first rows.

use jiff::Timestamp;
use sqlx::{Row, SqliteConnection};

use super::{jobs, open::backend, read, sql, write};
use crate::{
    domain::{ChangeKind, JobKind, Labels, NewTicket, Status, Ticket, TicketId, TriageState, city_date},
    store::{
        Added, Intake, StoreError, StoreResult,
        record::{Original, RECORD_VERSION, kept, micros, to_json},
        rules,
    },
};

/// Adds one ticket. Every question is asked before the first row is written, so a conflict leaves
/// nothing behind and needs no savepoint.
pub(super) async fn add(db: &mut SqliteConnection, ticket: NewTicket, intake: Intake) -> StoreResult<Added> {
    let original = Original::of(&ticket)?;
    let key = intake.idempotency_key.clone();
    if let Some(key) = &key
        && let Some(known) = ticket_of_key(db, key).await?
    {
        return match stands(db, &known, &ticket, &original).await? {
            Some(true) => same(db, &known).await,
            _ => Err(StoreError::Conflict(format!(
                "the idempotency key was used for ticket `{known}` with other content"
            ))),
        };
    }
    let id = match &ticket.id {
        Some(id) => match stands(db, id, &ticket, &original).await? {
            None => id.clone(),
            Some(false) => return Err(StoreError::Conflict(format!("ticket `{id}` stands with other content"))),
            Some(true) => {
                if let Some(key) = &key {
                    keep_key(db, key, id, intake.at).await?;
                }
                return same(db, id).await;
            }
        },
        None => next_id(db, intake.at).await?,
    };
    insert(db, id, ticket, original, intake).await.map(Added::New)
}

/// Like [`add`] for one row of many: what concerns the row alone is its own result, what concerns
/// the database ends the whole.
pub(super) async fn add_row(
    db: &mut SqliteConnection,
    ticket: NewTicket,
    intake: Intake,
) -> StoreResult<StoreResult<Added>> {
    match add(db, ticket, intake).await {
        Err(fatal @ (StoreError::Backend(_) | StoreError::Damaged(_))) => Err(fatal),
        own => Ok(own),
    }
}

async fn ticket_of_key(db: &mut SqliteConnection, key: &str) -> StoreResult<Option<TicketId>> {
    let found: Option<String> =
        sqlx::query_scalar(sql::IDEMPOTENCY).bind(key.to_owned()).fetch_optional(db).await.map_err(backend)?;
    found
        .map(|id| TicketId::new(id).map_err(|_| StoreError::Damaged("an idempotency key names no ticket".into())))
        .transpose()
}

/// Whether a ticket of this id is stored, and if so whether with the same content.
async fn stands(
    db: &mut SqliteConnection,
    id: &TicketId,
    ticket: &NewTicket,
    original: &Original,
) -> StoreResult<Option<bool>> {
    let row = sqlx::query(sql::ORIGINAL).bind(id.as_str()).fetch_optional(db).await.map_err(backend)?;
    row.map(|row| {
        let fingerprint: &str = row.try_get("fingerprint").map_err(backend)?;
        let version: i64 = row.try_get("version").map_err(backend)?;
        original.same_as(ticket, fingerprint, version, row.try_get("record_json").map_err(backend)?)
    })
    .transpose()
}

async fn same(db: &mut SqliteConnection, id: &TicketId) -> StoreResult<Added> {
    let ticket = read::ticket(db, id).await?;
    ticket.map(Added::Same).ok_or_else(|| StoreError::Damaged(format!("ticket `{id}` has an original but no row")))
}

async fn keep_key(db: &mut SqliteConnection, key: &str, id: &TicketId, at: Timestamp) -> StoreResult<()> {
    let query = sqlx::query(sql::INSERT_IDEMPOTENCY).bind(key.to_owned()).bind(id.as_str()).bind(micros(at));
    query.execute(db).await.map(|_| ()).map_err(backend)
}

/// The next number of the day in city time, `20260512-000001`; numbers that an import took are
/// passed over.
async fn next_id(db: &mut SqliteConnection, at: Timestamp) -> StoreResult<TicketId> {
    let day = city_date(at).strftime("%Y%m%d").to_string();
    loop {
        let last: i64 = sqlx::query_scalar(sql::NEXT_NUMBER).bind(&day).fetch_one(&mut *db).await.map_err(backend)?;
        let id = TicketId::new(format!("{day}-{last:06}")).map_err(|e| StoreError::Backend(e.to_string()))?;
        let taken = sqlx::query(sql::ORIGINAL).bind(id.as_str()).fetch_optional(&mut *db).await.map_err(backend)?;
        if taken.is_none() {
            return Ok(id);
        }
    }
}

async fn insert(
    db: &mut SqliteConnection,
    id: TicketId,
    mut content: NewTicket,
    original: Original,
    intake: Intake,
) -> StoreResult<Ticket> {
    let Intake { actor, at, idempotency_key, suggestion } = intake;
    let at = kept(at);
    let seq = write::change(db, &id, ChangeKind::Received, at).await?;
    let labels = std::mem::take(&mut content.labels);
    content.id = None;
    let mut ticket = Ticket {
        id,
        registered_at: at,
        received_at: content.received_at.take().map_or(at, kept),
        registered_by: actor.name.clone(),
        status: content.status.take().unwrap_or(Status::Pending),
        triage: TriageState::Waiting,
        labels,
        urgency_by_person: false,
        suggestion: None,
        seq,
        content,
    };
    let mut notes = vec![("received", ticket.content.channel.label().to_owned())];
    let mut suggestion_id = None;
    match suggestion {
        None => jobs::add(db, JobKind::Triage, &ticket.id, at).await?,
        Some(mut given) => {
            rules::tidy(&mut given);
            let given_level = given.urgency.level;
            let before = ticket.labels.urgency;
            suggestion_id = Some(write::suggestion(db, &ticket.id, &given, given_level, &actor, at).await?);
            notes.push(("triaged", rules::source(&given)));
            ticket.triage = TriageState::Done;
            ticket.suggestion = Some(given);
            let raised = ticket.suggestion.as_ref().and_then(|s| rules::raised(before, ticket.effective().urgency, s));
            notes.extend(raised);
        }
    }
    let Labels { appeal_type, category, department, urgency, .. } = ticket.effective();
    sqlx::query(sql::INSERT_TICKET)
        .bind(ticket.id.as_str())
        .bind(ticket.seq)
        .bind(micros(ticket.registered_at))
        .bind(micros(ticket.received_at))
        .bind(&ticket.registered_by)
        .bind(ticket.content.channel.label())
        .bind(ticket.status.label())
        .bind(ticket.triage.label())
        .bind(appeal_type.map(|t| t.label()))
        .bind(category)
        .bind(department)
        .bind(urgency.map(|u| u.code()))
        .bind(0_i64)
        .bind(&ticket.content.district)
        .bind(&ticket.content.town)
        .bind(to_json(&ticket.labels)?)
        .bind(to_json(&ticket.content.handling)?)
        .bind(suggestion_id)
        .execute(&mut *db)
        .await
        .map_err(backend)?;
    sqlx::query(sql::INSERT_ORIGINAL)
        .bind(ticket.id.as_str())
        .bind(RECORD_VERSION)
        .bind(original.fingerprint)
        .bind(original.json)
        .execute(&mut *db)
        .await
        .map_err(backend)?;
    write::audit(db, Some(&ticket.id), &actor, at, notes).await?;
    if let Some(key) = idempotency_key {
        keep_key(db, &key, &ticket.id, at).await?;
    }
    Ok(ticket)
}
