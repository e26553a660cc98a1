//! One call, several matters: the parts proposed, and the tickets made of them in one transaction.

use std::time::Instant;

use tracing::info;

use crate::{
    domain::{Actor, Appeal, Element, Fault, Field, NewTicket, Right, Span, Suggestion, Ticket, TicketId},
    store::{Added, TOGETHER},
    triage,
};

use super::{Desk, Receipt};

/// A matter of its own in a text: its stretch and what is suggested for it.
pub type Matter = (Span, Suggestion);

impl Desk {
    /// The matters of a text, each with its own suggestion; none if it is about one matter only.
    ///
    /// # Errors
    /// Overloaded or unavailable.
    pub async fn matters(&self, appeal: &Appeal) -> Result<Vec<Matter>, Fault> {
        let turns = self.room.infer.current().turns(appeal);
        if turns.len() < 2 {
            return Ok(Vec::new());
        }
        let readings: Vec<Appeal> = turns.iter().map(|turn| turn.appeal.clone()).collect();
        let said = self.triage_each(&readings).await?;
        let mut parts = triage::parts(&turns, &said);
        if parts.len() < 2 {
            return Ok(Vec::new());
        }
        // A call that says more is one for a person to cut; nothing of it is lost.
        let end = parts.last().map_or(0, |last| last.end);
        parts.truncate(TOGETHER);
        if let Some(last) = parts.last_mut() {
            last.end = end;
        }
        let text = appeal.field(Field::Text);
        let whole: Vec<Appeal> = parts.iter().map(|span| Appeal::new("", span.slice(text).trim())).collect();
        let said = self.triage_each(&whole).await?;
        Ok(parts.into_iter().zip(said).collect())
    }

    /// Suggestions for several texts, together in the queue, so that they make a batch.
    async fn triage_each(&self, appeals: &[Appeal]) -> Result<Vec<Suggestion>, Fault> {
        let deadline = Instant::now() + 4 * self.room.config.triage_deadline;
        let mut waiting = tokio::task::JoinSet::new();
        for (at, appeal) in appeals.iter().cloned().enumerate() {
            let infer = self.room.infer.clone();
            waiting.spawn(async move { (at, infer.triage(appeal, deadline).await) });
        }
        let mut said = Vec::with_capacity(appeals.len());
        while let Some(answer) = waiting.join_next().await {
            let (at, answer) = answer.map_err(|_| Fault::internal("triage of a part died"))?;
            said.push((at, answer?));
        }
        said.sort_by_key(|(at, _)| *at);
        Ok(said.into_iter().map(|(_, suggestion)| suggestion).collect())
    }

    /// Takes one call in as several tickets, linked as 同一来电: all or none.
    ///
    /// # Errors
    /// As [`Desk::receive`].
    pub async fn receive_call(
        &self,
        actor: &Actor,
        parts: Vec<NewTicket>,
        key: Option<String>,
    ) -> Result<Vec<Receipt>, Fault> {
        actor.needs(Right::Receive)?;
        if parts.len() < 2 || parts.len() > TOGETHER {
            return Err(Fault::invalid(format!("一次来电可拆为 2 至 {TOGETHER} 件")).at("parts"));
        }
        let same = |ticket: &NewTicket| ticket.caller == parts[0].caller && ticket.channel == parts[0].channel;
        if !parts.iter().all(same) {
            return Err(Fault::invalid("同一来电的各件须为同一来电人、同一渠道").at("parts"));
        }
        // Together in the queue: the operator waits with the caller on the line.
        let prepared = parts
            .into_iter()
            .enumerate()
            .map(|(part, ticket)| self.prepared(actor, ticket, key.as_ref().map(|key| format!("{key}/{part}"))));
        let rows = futures_util::future::try_join_all(prepared).await?;
        let added = self.room.store.acts().add_call(rows).await?;
        self.room.changed.notify_waiters();
        let mut receipts = Vec::with_capacity(added.len());
        for added in added {
            let (ticket, repeated) = match added {
                Added::New(ticket) => (ticket, false),
                Added::Same(ticket) => (ticket, true),
            };
            receipts.push(Receipt { ticket, repeated, similar: Vec::new(), event: None });
        }
        if receipts.iter().any(|receipt| !receipt.repeated) {
            metrics::counter!("tingsu_calls_split_total").increment(1);
        }
        info!(tickets = receipts.len(), "call stored as several tickets");
        Ok(receipts)
    }

    /// The other tickets of the call that a ticket was made of, as far as they are in reach.
    ///
    /// # Errors
    /// The store is unavailable.
    pub async fn same_call(&self, id: &TicketId) -> Result<Vec<Ticket>, Fault> {
        let mut ids = self.room.store.acts().same_call(id).await?;
        ids.retain(|other| other != id);
        let tickets = self.room.store.tickets(&ids).await?;
        Ok(tickets.into_iter().filter(|ticket| self.reaches(ticket)).collect())
    }

    /// 五要素 of an appeal: where each is said, in text order. Places are those of the suggestion.
    pub fn elements(&self, appeal: &Appeal, said: &Suggestion) -> Vec<(Element, Vec<crate::domain::FieldSpan>)> {
        let finder = &self.room.infer.current().elements;
        let mut found = finder.find(Field::Title, &appeal.title);
        found.extend(finder.find(Field::Text, &appeal.text));
        found.extend(said.places.iter().map(|place| (Element::Place, place.at)));
        let of = |element: Element| found.iter().filter(|(own, _)| *own == element).map(|(_, at)| *at).collect();
        Element::ALL.into_iter().map(|element| (element, of(element))).collect()
    }
}
