//! Changing what stands: suggestions, decisions, handling, notes.

use std::collections::HashMap;

use jiff::Timestamp;
use sqlx::SqliteConnection;

use super::{batch::Batch, open::backend, read, sql};
use crate::{
    domain::{Actor, ChangeKind, Decision, Handling, Status, Suggestion, Ticket, TicketId, TriageState},
    store::{
        StoreError, StoreResult,
        record::{RECORD_VERSION, decision_word, kept, micros, to_json},
        rules,
    },
};

async fn existing(db: &mut SqliteConnection, id: &TicketId) -> StoreResult<Ticket> {
    read::tickets(db, std::slice::from_ref(id)).await?.pop().ok_or_else(|| StoreError::NotFound(id.clone()))
}

pub(super) async fn suggest(
    db: &mut SqliteConnection,
    rows: Vec<(TicketId, Suggestion)>,
    actor: &Actor,
    at: Timestamp,
) -> StoreResult<()> {
    let at = kept(at);
    let ids: Vec<TicketId> = rows.iter().map(|(id, _)| id.clone()).collect();
    let mut tickets: HashMap<TicketId, Ticket> =
        read::tickets(db, &ids).await?.into_iter().map(|ticket| (ticket.id.clone(), ticket)).collect();
    let mut batch = Batch::begin(db).await?;
    for (id, mut given) in rows {
        let ticket = tickets.get_mut(&id).ok_or_else(|| StoreError::NotFound(id.clone()))?;
        rules::tidy(&mut given);
        let given_level = given.urgency.level;
        let before = ticket.effective().urgency;
        let kept_note = rules::keep_level(ticket, &mut given);
        // Jobs are done at least once: the same answer again is no change.
        if ticket.suggestion.as_ref() == Some(&given) {
            continue;
        }
        let row = batch.suggestion(&id, &given, given_level, actor, at)?;
        let mut notes = vec![("triaged", rules::source(&given))];
        notes.extend(kept_note);
        ticket.triage = TriageState::Done;
        ticket.suggestion = Some(given);
        notes.extend(rules::raised(before, ticket));
        ticket.seq = batch.change(&id, ChangeKind::Triaged, at);
        batch.ticket(ticket, Some(row))?;
        batch.audit(&id, actor, at, notes);
    }
    batch.write(db).await
}

pub(super) async fn decide(db: &mut SqliteConnection, decision: Decision) -> StoreResult<Ticket> {
    let mut ticket = existing(db, &decision.ticket).await?;
    let mut batch = Batch::begin(db).await?;
    decided(db, &mut batch, &mut ticket, decision).await?;
    batch.write(db).await?;
    Ok(ticket)
}

/// A decision within a batch.
///
/// # Errors
/// [`StoreError::Refused`] before anything is written.
pub(super) async fn decided(
    db: &mut SqliteConnection,
    batch: &mut Batch,
    ticket: &mut Ticket,
    mut decision: Decision,
) -> StoreResult<()> {
    decision.at = kept(decision.at);
    let notes = rules::apply(ticket, &decision).map_err(StoreError::Refused)?;
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
    ticket.seq = batch.change(&ticket.id, ChangeKind::Decided, decision.at);
    batch.ticket(ticket, None)?;
    batch.audit(&ticket.id, &decision.actor, decision.at, notes);
    Ok(())
}

pub(super) async fn handle(
    db: &mut SqliteConnection,
    id: &TicketId,
    status: Option<Status>,
    handling: Handling,
    actor: &Actor,
    at: Timestamp,
) -> StoreResult<Ticket> {
    let at = kept(at);
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
    let mut batch = Batch::begin(db).await?;
    ticket.seq = batch.change(id, ChangeKind::Handled, at);
    batch.ticket(&ticket, None)?;
    batch.audit(id, actor, at, vec![("handled", detail)]);
    batch.write(db).await?;
    Ok(ticket)
}

pub(super) async fn set_note(db: &mut SqliteConnection, key: &str, value: &str) -> StoreResult<()> {
    let query = sqlx::query(sql::SET_NOTE).bind(key.to_owned()).bind(value.to_owned());
    query.execute(db).await.map(|_| ()).map_err(backend)
}
