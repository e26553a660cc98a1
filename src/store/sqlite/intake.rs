//! New tickets: equal content, conflicts, numbers, first rows.
//!
//! One ticket is a batch of one. Everything is decided in memory before the first row is written,
//! so a conflict of one row leaves nothing behind and needs no savepoint.

use std::collections::HashMap;

use sqlx::{QueryBuilder, Row, SqliteConnection};

use super::{
    batch::{Batch, ROWS, push_list},
    numbers::Numbers,
    open::backend,
    read, sql,
};
use crate::{
    domain::{ChangeKind, JobKind, NewTicket, Status, Ticket, TicketId, TriageState},
    store::{
        Added, Intake, StoreError, StoreResult,
        record::{Original, kept},
        rules,
    },
};

/// What became of a row; tickets that stood before are read once all rows are written.
enum Outcome {
    New(Box<Ticket>),
    /// Equal to the new ticket of an earlier row of this batch.
    Earlier(usize),
    Stands(TicketId),
    Conflict(String),
}

/// What is stored, or comes with an earlier row, under the ids and keys of a batch.
#[derive(Default)]
struct Known {
    fingerprints: HashMap<TicketId, String>,
    keys: HashMap<String, TicketId>,
    /// Rows of this batch by the id of their new ticket.
    fresh: HashMap<TicketId, usize>,
}

/// Adds tickets, each with its own result.
pub(super) async fn add(
    db: &mut SqliteConnection,
    rows: Vec<(NewTicket, Intake)>,
) -> StoreResult<Vec<StoreResult<Added>>> {
    let mut known = Known::look_up(db, &rows).await?;
    let mut batch = Batch::begin(db).await?;
    let mut numbers = Numbers::default();
    let mut outcomes = Vec::with_capacity(rows.len());
    for (ticket, intake) in rows {
        let outcome = one(db, &mut known, &mut batch, &mut numbers, ticket, intake).await?;
        if let Outcome::New(ticket) = &outcome {
            known.fresh.insert(ticket.id.clone(), outcomes.len());
        }
        outcomes.push(outcome);
    }
    batch.write(db).await?;
    numbers.write(db).await?;
    results(db, outcomes).await
}

async fn one(
    db: &mut SqliteConnection,
    known: &mut Known,
    batch: &mut Batch,
    numbers: &mut Numbers,
    ticket: NewTicket,
    intake: Intake,
) -> StoreResult<Outcome> {
    let original = Original::of(&ticket)?;
    if let Some(key) = &intake.idempotency_key
        && let Some(id) = known.keys.get(key).cloned()
    {
        return Ok(match known.stands(db, &id, &ticket, &original).await? {
            Some(true) => known.outcome(id),
            _ => Outcome::Conflict(format!("the idempotency key was used for ticket `{id}` with other content")),
        });
    }
    let id = match &ticket.id {
        None => numbers.next(db, intake.at, |id| known.fingerprints.contains_key(id)).await?,
        Some(id) => match known.stands(db, id, &ticket, &original).await? {
            None => id.clone(),
            Some(false) => return Ok(Outcome::Conflict(format!("ticket `{id}` stands with other content"))),
            Some(true) => {
                if let Some(key) = &intake.idempotency_key {
                    batch.key(key, id, intake.at);
                    known.keys.insert(key.clone(), id.clone());
                }
                return Ok(known.outcome(id.clone()));
            }
        },
    };
    if let Some(key) = &intake.idempotency_key {
        batch.key(key, &id, intake.at);
        known.keys.insert(key.clone(), id.clone());
    }
    known.fingerprints.insert(id.clone(), original.fingerprint.clone());
    let ticket = first_rows(batch, id, ticket, original, intake)?;
    Ok(Outcome::New(Box::new(ticket)))
}

/// The rows of a new ticket.
fn first_rows(
    batch: &mut Batch,
    id: TicketId,
    mut content: NewTicket,
    original: Original,
    intake: Intake,
) -> StoreResult<Ticket> {
    let Intake { actor, at, suggestion, due_at, floor, .. } = intake;
    let at = kept(at);
    let labels = std::mem::take(&mut content.labels);
    content.id = None;
    content.handling.due_at = content.handling.due_at.or(due_at);
    let mut ticket = Ticket {
        registered_at: at,
        received_at: content.received_at.take().map_or(at, kept),
        registered_by: actor.name.clone(),
        status: content.status.take().unwrap_or(Status::Pending),
        triage: TriageState::Waiting,
        labels,
        urgency_by_person: false,
        suggestion: None,
        seq: batch.change(&id, ChangeKind::Received, at),
        content,
        id,
    };
    let mut notes = vec![("received", ticket.content.channel.label().to_owned())];
    let mut row = None;
    match suggestion {
        None => {
            batch.job(JobKind::Triage, &ticket.id, at);
            if let Some(level) = floor
                && ticket.labels.urgency.is_none_or(|given| given < level)
            {
                let before = ticket.labels.urgency.map_or("-", |given| given.code());
                notes.push(("urgency_raised", format!("{before} -> {level} rules")));
                ticket.labels.urgency = Some(level);
            }
        }
        Some(mut given) => {
            rules::tidy(&mut given);
            row = Some(batch.suggestion(&ticket.id, &given, given.urgency.level, &actor, at)?);
            notes.push(("triaged", rules::source(&given)));
            let before = ticket.labels.urgency;
            ticket.triage = TriageState::Done;
            ticket.suggestion = Some(given);
            notes.extend(rules::raised(before, &ticket));
        }
    }
    batch.ticket(&ticket, row)?;
    batch.original(&ticket.id, original);
    batch.audit(&ticket.id, &actor, at, notes);
    Ok(ticket)
}

async fn results(db: &mut SqliteConnection, outcomes: Vec<Outcome>) -> StoreResult<Vec<StoreResult<Added>>> {
    let stood: Vec<TicketId> = outcomes
        .iter()
        .filter_map(|outcome| match outcome {
            Outcome::Stands(id) => Some(id.clone()),
            _ => None,
        })
        .collect();
    let stood: HashMap<TicketId, Ticket> =
        read::tickets(db, &stood).await?.into_iter().map(|ticket| (ticket.id.clone(), ticket)).collect();
    let mut results: Vec<StoreResult<Added>> = Vec::with_capacity(outcomes.len());
    for outcome in outcomes {
        let result = match outcome {
            Outcome::New(ticket) => Ok(Added::New(*ticket)),
            Outcome::Conflict(why) => Err(StoreError::Conflict(why)),
            Outcome::Earlier(row) => match results.get(row) {
                Some(Ok(Added::New(ticket))) => Ok(Added::Same(ticket.clone())),
                _ => Err(StoreError::Damaged("a row of the batch refers to none before it".into())),
            },
            Outcome::Stands(id) => match stood.get(&id) {
                Some(ticket) => Ok(Added::Same(ticket.clone())),
                None => return Err(StoreError::Damaged(format!("ticket `{id}` has an original but no row"))),
            },
        };
        results.push(result);
    }
    Ok(results)
}

impl Known {
    async fn look_up(db: &mut SqliteConnection, rows: &[(NewTicket, Intake)]) -> StoreResult<Self> {
        let mut known = Self::default();
        let keys: Vec<&str> = rows.iter().filter_map(|(_, intake)| intake.idempotency_key.as_deref()).collect();
        for (key, ticket) in pairs(db, sql::KEYS_HEAD, keys).await? {
            known.keys.insert(key, read::id_of(ticket)?);
        }
        let of_keys: Vec<TicketId> = known.keys.values().cloned().collect();
        let given = rows.iter().filter_map(|(ticket, _)| ticket.id.as_ref());
        let ids: Vec<&str> = given.chain(&of_keys).map(TicketId::as_str).collect();
        for (ticket, fingerprint) in pairs(db, sql::FINGERPRINTS_HEAD, ids).await? {
            known.fingerprints.insert(read::id_of(ticket)?, fingerprint);
        }
        Ok(known)
    }

    /// Whether a ticket of this id stands, and if so whether with the same content.
    async fn stands(
        &self,
        db: &mut SqliteConnection,
        id: &TicketId,
        ticket: &NewTicket,
        original: &Original,
    ) -> StoreResult<Option<bool>> {
        let Some(fingerprint) = self.fingerprints.get(id) else { return Ok(None) };
        if *fingerprint == original.fingerprint {
            return Ok(Some(true));
        }
        if self.fresh.contains_key(id) {
            return Ok(Some(false));
        }
        let row = sqlx::query(sql::ORIGINAL).bind(id.as_str()).fetch_one(db).await.map_err(backend)?;
        let version = row.try_get("version").map_err(backend)?;
        Original::equals(ticket, version, row.try_get("record_json").map_err(backend)?).map(Some)
    }

    fn outcome(&self, id: TicketId) -> Outcome {
        self.fresh.get(&id).map_or(Outcome::Stands(id), |row| Outcome::Earlier(*row))
    }
}

/// Two text columns of the rows whose first column is among `values`.
async fn pairs(db: &mut SqliteConnection, head: &'static str, values: Vec<&str>) -> StoreResult<Vec<(String, String)>> {
    let mut found = Vec::new();
    for chunk in values.chunks(ROWS) {
        let mut query = QueryBuilder::new(head);
        push_list(&mut query, chunk.iter().map(|value| (*value).to_owned()));
        let rows = query.build().persistent(false).fetch_all(&mut *db).await.map_err(backend)?;
        for row in rows {
            found.push((row.try_get(0).map_err(backend)?, row.try_get(1).map_err(backend)?));
        }
    }
    Ok(found)
}
