//! An appeal arrives. Intake never waits for intelligence (invariant 3): whatever happens to the
//! suggestion, the appeal is stored, and a 2xx means that it is durable (invariant 1).

use std::time::{Duration, Instant};

use tracing::{info, warn};

use crate::{
    domain::{Actor, Appeal, Fault, NewTicket, Right, Suggestion, Urgency},
    infer::InferError,
    store::{Added, Intake},
};

use super::{Desk, Receipt, checks};

/// How long intake waits for the event that an appeal joins.
const EVENT_PATIENCE: Duration = Duration::from_millis(200);

impl Desk {
    /// Takes an appeal in: stores it durably, with a suggestion if that comes before the deadline,
    /// without one otherwise.
    ///
    /// # Errors
    /// Invalid input, conflict with a stored id or key, or the store is unavailable.
    pub async fn receive(
        &self,
        actor: &Actor,
        ticket: NewTicket,
        idempotency_key: Option<String>,
    ) -> Result<Receipt, Fault> {
        actor.needs(Right::Receive)?;
        let room = &self.room;
        let caller = ticket.caller.number.clone();
        let (ticket, intake) = self.prepared(actor, ticket, idempotency_key).await?;
        let (ticket, repeated) = match room.store.add(ticket, intake).await? {
            Added::New(ticket) => (ticket, false),
            Added::Same(ticket) => (ticket, true),
        };
        room.changed.notify_waiters();
        metrics::counter!("tingsu_appeals_received_total", "repeated" => if repeated { "yes" } else { "no" })
            .increment(1);
        info!(ticket = %ticket.id, repeated, triaged = ticket.suggestion.is_some(), "appeal stored");
        let similar = self.similar_in_time(&ticket, caller.as_deref()).await;
        let event = match actor.reach.is_all() {
            true => self.event_in_time(&ticket, EVENT_PATIENCE).await,
            // its title and numbers are of the whole city
            false => None,
        };
        Ok(Receipt { ticket, repeated, similar, event })
    }

    /// An appeal with everything that is stored with it: the suggestion if that comes before the deadline,
    /// else the rules' floor, and the deadline.
    pub(super) async fn prepared(
        &self,
        actor: &Actor,
        ticket: NewTicket,
        idempotency_key: Option<String>,
    ) -> Result<(NewTicket, Intake), Fault> {
        let pack = self.city();
        checks::ticket(&ticket, &pack, self.room.config.max_chars)?;
        checks::typed(&ticket)?;
        let at = self.now();
        let suggestion = self.suggestion_in_time(&ticket.appeal).await;
        let floor = match &suggestion {
            Some(_) => None,
            None => self.floor(&ticket.appeal).await,
        };
        let open = ticket.handling.due_at.is_none() && ticket.status.is_none();
        let kind = ticket.labels.appeal_type.or_else(|| first_type(suggestion.as_ref()));
        let suggested = suggestion.as_ref().map(|s| s.urgency.level);
        let level = ticket.labels.urgency.max(suggested).max(floor).unwrap_or(Urgency::U4);
        let due_at = if open { pack.due_at(kind, level, ticket.received_at.unwrap_or(at)) } else { None };
        let intake = Intake { actor: actor.clone(), at, idempotency_key, suggestion, due_at, floor };
        Ok((ticket, intake))
    }

    /// Suggestions for a text that is not stored.
    ///
    /// # Errors
    /// Overloaded or unavailable; the message says when to try again.
    pub async fn triage(&self, appeal: Appeal) -> Result<Suggestion, Fault> {
        let chars = appeal.title.chars().count() + appeal.text.chars().count();
        let most = self.room.config.max_chars;
        if chars > most {
            let message = format!("标题与内容共 {chars} 字,最多 {most} 字");
            return Err(Fault::new(crate::domain::FaultKind::TooLarge, message).at("text"));
        }
        // A person waits for this one and nothing else is done meanwhile, so it may take longer than at
        // intake.
        let deadline = Instant::now() + 4 * self.room.config.triage_deadline;
        Ok(self.room.infer.triage(appeal, deadline).await?)
    }

    /// What the rules alone say: milliseconds, so that intake can afford it when the model is late.
    async fn floor(&self, appeal: &Appeal) -> Option<Urgency> {
        let (triager, appeal) = (self.room.infer.current(), appeal.clone());
        tokio::task::spawn_blocking(move || triager.rules_only(&appeal).urgency.floor).await.ok().flatten()
    }

    async fn suggestion_in_time(&self, appeal: &Appeal) -> Option<Suggestion> {
        let deadline = Instant::now() + self.room.config.triage_deadline;
        match self.room.infer.triage(appeal.clone(), deadline).await {
            Ok(suggestion) => Some(suggestion),
            Err(error) => {
                let why = match error {
                    InferError::Overloaded { .. } => "overloaded",
                    InferError::Late => "late",
                    InferError::Closed => "closed",
                    InferError::Model(_) => "failed",
                };
                metrics::counter!("tingsu_triage_postponed_total", "why" => why).increment(1);
                warn!(why, "appeal is stored without a suggestion; triage follows");
                None
            }
        }
    }
}

fn first_type(suggestion: Option<&Suggestion>) -> Option<crate::domain::AppealType> {
    suggestion?.appeal_type.first()?.label.parse().ok()
}
