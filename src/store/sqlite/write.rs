//! Changing what stands: suggestions, decisions, handling, and the lines that record it.

use jiff::Timestamp;
use sqlx::SqliteConnection;

use super::{open::backend, read, sql};
use crate::{
    domain::{
        Actor, ChangeKind, Decision, Handling, Labels, Status, Suggestion, Ticket, TicketId, TriageState, Urgency,
    },
    store::{
        StoreError, StoreResult,
        record::{RECORD_VERSION, change_word, decision_word, kept, micros, role_word, to_json},
        rules::{self, AuditNote},
    },
};

/// Adds a line to the change sequence and returns its number.
pub(super) async fn change(
    db: &mut SqliteConnection,
    ticket: &TicketId,
    kind: ChangeKind,
    at: Timestamp,
) -> StoreResult<i64> {
    let query = sqlx::query_scalar(sql::INSERT_CHANGE).bind(ticket.as_str()).bind(change_word(kind)).bind(micros(at));
    query.fetch_one(db).await.map_err(backend)
}

pub(super) async fn audit(
    db: &mut SqliteConnection,
    ticket: Option<&TicketId>,
    actor: &Actor,
    at: Timestamp,
    notes: Vec<AuditNote>,
) -> StoreResult<()> {
    for (action, detail) in notes {
        sqlx::query(sql::INSERT_AUDIT)
            .bind(micros(at))
            .bind(&actor.name)
            .bind(role_word(actor.role))
            .bind(action)
            .bind(ticket.map(TicketId::as_str))
            .bind(detail)
            .execute(&mut *db)
            .await
            .map_err(backend)?;
    }
    Ok(())
}

/// Adds a suggestion to the history and returns its row id.
pub(super) async fn suggestion(
    db: &mut SqliteConnection,
    ticket: &TicketId,
    given: &Suggestion,
    given_level: Urgency,
    actor: &Actor,
    at: Timestamp,
) -> StoreResult<i64> {
    sqlx::query_scalar(sql::INSERT_SUGGESTION)
        .bind(ticket.as_str())
        .bind(micros(at))
        .bind(&actor.name)
        .bind(&given.model)
        .bind(&given.pack)
        .bind(given_level.code())
        .bind(to_json(given)?)
        .fetch_one(db)
        .await
        .map_err(backend)
}

async fn existing(db: &mut SqliteConnection, id: &TicketId) -> StoreResult<Ticket> {
    read::ticket(db, id).await?.ok_or_else(|| StoreError::NotFound(id.clone()))
}

/// Writes the present state of a ticket; `suggestion` is the row id of a new one.
async fn update(db: &mut SqliteConnection, ticket: &Ticket, suggestion: Option<i64>) -> StoreResult<()> {
    let Labels { appeal_type, category, department, urgency, .. } = ticket.effective();
    sqlx::query(sql::UPDATE_TICKET)
        .bind(ticket.id.as_str())
        .bind(ticket.seq)
        .bind(ticket.status.label())
        .bind(ticket.triage.label())
        .bind(appeal_type.map(|t| t.label()))
        .bind(category)
        .bind(department)
        .bind(urgency.map(Urgency::code))
        .bind(i64::from(ticket.urgency_by_person))
        .bind(to_json(&ticket.labels)?)
        .bind(to_json(&ticket.content.handling)?)
        .bind(suggestion)
        .execute(db)
        .await
        .map(|_| ())
        .map_err(backend)
}

pub(super) async fn suggest(
    db: &mut SqliteConnection,
    id: &TicketId,
    mut given: Suggestion,
    actor: &Actor,
    at: Timestamp,
) -> StoreResult<()> {
    let mut ticket = existing(db, id).await?;
    rules::tidy(&mut given);
    let given_level = given.urgency.level;
    let before = ticket.effective().urgency;
    let kept_note = rules::keep_level(&ticket, &mut given);
    // Jobs are done at least once: the same answer again is no change.
    if ticket.suggestion.as_ref() == Some(&given) {
        return Ok(());
    }
    let row = suggestion(db, id, &given, given_level, actor, at).await?;
    let mut notes = vec![("triaged", rules::source(&given))];
    notes.extend(kept_note);
    ticket.triage = TriageState::Done;
    ticket.suggestion = Some(given);
    notes.extend(ticket.suggestion.as_ref().and_then(|s| rules::raised(before, ticket.effective().urgency, s)));
    ticket.seq = change(db, id, ChangeKind::Triaged, at).await?;
    update(db, &ticket, Some(row)).await?;
    audit(db, Some(id), actor, at, notes).await
}

pub(super) async fn decide(db: &mut SqliteConnection, mut decision: Decision) -> StoreResult<Ticket> {
    decision.at = kept(decision.at);
    let mut ticket = existing(db, &decision.ticket).await?;
    let notes = rules::apply(&mut ticket, &decision).map_err(StoreError::Refused)?;
    sqlx::query(sql::INSERT_DECISION)
        .bind(ticket.id.as_str())
        .bind(micros(decision.at))
        .bind(&decision.actor.name)
        .bind(decision_word(decision.kind))
        .bind(RECORD_VERSION)
        .bind(to_json(&decision)?)
        .execute(&mut *db)
        .await
        .map_err(backend)?;
    ticket.seq = change(db, &ticket.id, ChangeKind::Decided, decision.at).await?;
    update(db, &ticket, None).await?;
    audit(db, Some(&ticket.id), &decision.actor, decision.at, notes).await?;
    Ok(ticket)
}

pub(super) async fn handle(
    db: &mut SqliteConnection,
    id: &TicketId,
    status: Option<Status>,
    handling: Handling,
    actor: &Actor,
    at: Timestamp,
) -> StoreResult<Ticket> {
    let mut ticket = existing(db, id).await?;
    let mut detail = ticket.status.label().to_owned();
    if let Some(next) = status.filter(|next| *next != ticket.status) {
        if !ticket.status.may_become(next) {
            return Err(StoreError::Refused(format!("a ticket that is {} cannot become {next}", ticket.status)));
        }
        detail = format!("{} -> {next}", ticket.status);
        ticket.status = next;
    }
    ticket.content.handling = handling;
    ticket.seq = change(db, id, ChangeKind::Handled, at).await?;
    update(db, &ticket, None).await?;
    audit(db, Some(id), actor, at, vec![("handled", detail)]).await?;
    Ok(ticket)
}

pub(super) async fn set_note(db: &mut SqliteConnection, key: &str, value: &str) -> StoreResult<()> {
    let query = sqlx::query(sql::SET_NOTE).bind(key.to_owned()).bind(value.to_owned());
    query.execute(db).await.map(|_| ()).map_err(backend)
}
