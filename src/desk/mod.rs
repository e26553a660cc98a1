//! The use cases: receive, triage, decide, find, import, catch up.
//!
//! Every way in (HTTP, command line, console) calls these; none of them talks to store, index or
//! model itself.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;

use crate::{
    city::CityPack,
    domain::{Actor, Appeal, Decision, Fault, Labels, NewTicket, Span, Suggestion, Ticket, TicketId},
    search::{Facet, QueryNote, Sort},
    store::{AuditLine, TicketFilter},
};

/// What became of an appeal that came in.
#[derive(Clone, Debug)]
pub struct Receipt {
    /// The stored ticket, with its suggestion if that came in time.
    pub ticket: Ticket,
    /// Whether it was stored by an earlier, equal request.
    pub repeated: bool,
    /// Past cases like it, best first; empty if the index did not answer in time.
    pub similar: Vec<SimilarCase>,
}

/// A past case beside a new appeal.
#[derive(Clone, Debug)]
pub struct SimilarCase {
    /// The case.
    pub ticket: Ticket,
    /// Larger is more alike.
    pub score: f32,
    /// Whether caller and matter suggest 重复 or 同一事件 rather than 同类.
    pub relation: Relation,
}

/// How a past case relates to a new one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// 重复: same caller, same matter.
    Repeat,
    /// 同一事件: other caller, same place and matter, close in time.
    SameEvent,
    /// 同类
    SameKind,
}

/// A search as it comes in.
#[derive(Clone, Debug, Default)]
pub struct FindRequest {
    /// The query as typed.
    pub q: String,
    /// Further filters, by facet.
    pub filters: Vec<(Facet, String)>,
    /// Order.
    pub sort: Sort,
    /// First hit.
    pub offset: usize,
    /// How many, at most 100.
    pub limit: usize,
    /// Facets to count.
    pub count: Vec<Facet>,
}

/// A search's answer, from the store's present truth.
#[derive(Clone, Debug)]
pub struct FindAnswer {
    /// How many match.
    pub total: usize,
    /// This page.
    pub hits: Vec<FindHit>,
    /// Counts: value, label for people, count.
    pub facets: Vec<(Facet, Vec<(String, String, u64)>)>,
    /// Hints about the query.
    pub notes: Vec<QueryNote>,
    /// Time taken.
    pub took: Duration,
}

/// One hit with its highlights.
#[derive(Clone, Debug)]
pub struct FindHit {
    /// The ticket.
    pub ticket: Ticket,
    /// Score.
    pub score: f32,
    /// Highlights in the title.
    pub title_marks: Vec<Span>,
    /// Stretches of the text to show, each with its highlights (in characters of the whole text).
    pub fragments: Vec<(Span, Vec<Span>)>,
}

/// State of the parts, for health and console.
#[derive(Clone, Debug)]
pub struct Health {
    /// Whether the store answers: without it nothing is acknowledged.
    pub store: Result<(), String>,
    /// Bundle id, or none: only rules answer.
    pub model: Option<String>,
    /// Pack hash.
    pub pack: String,
    /// City name.
    pub city: String,
    /// Tickets in the store.
    pub tickets: u64,
    /// Tickets that can be found.
    pub indexed: u64,
    /// Changes that the index has not taken yet.
    pub index_lag: i64,
    /// Tickets whose triage waits.
    pub triage_waiting: u64,
    /// Requests in the inference queue.
    pub queue: usize,
}

/// The desk: all use cases. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Desk {
    _inner: Arc<()>,
}

impl Desk {
    /// Takes an appeal in: stores it durably, with a suggestion if that comes before the deadline,
    /// without one otherwise (invariants 1 and 3).
    ///
    /// # Errors
    /// Invalid input, conflict with a stored id, or the store is unavailable.
    pub async fn receive(
        &self,
        actor: &Actor,
        ticket: NewTicket,
        idempotency_key: Option<String>,
    ) -> Result<Receipt, Fault> {
        let _ = (actor, ticket, idempotency_key);
        todo!()
    }

    /// Suggestions for a text that is not stored.
    ///
    /// # Errors
    /// Overloaded (with the seconds to wait in the message) or unavailable.
    pub async fn triage(&self, appeal: Appeal) -> Result<Suggestion, Fault> {
        let _ = appeal;
        todo!()
    }

    /// Past cases like a text; `caller` lets repeats be told apart.
    ///
    /// # Errors
    /// The index or the store is unavailable.
    pub async fn similar(
        &self,
        appeal: &Appeal,
        caller: Option<&str>,
        limit: usize,
    ) -> Result<Vec<SimilarCase>, Fault> {
        let _ = (appeal, caller, limit);
        todo!()
    }

    /// One ticket.
    ///
    /// # Errors
    /// Not found, or the store is unavailable.
    pub async fn get(&self, id: &TicketId) -> Result<Ticket, Fault> {
        let _ = id;
        todo!()
    }

    /// A page of tickets and the total.
    ///
    /// # Errors
    /// The store is unavailable.
    pub async fn list(&self, filter: &TicketFilter, offset: u64, limit: u64) -> Result<(Vec<Ticket>, u64), Fault> {
        let _ = (filter, offset, limit);
        todo!()
    }

    /// A person's decision; labels left out stay as they are. Unknown category or department is
    /// refused; lowering urgency needs a reason.
    ///
    /// # Errors
    /// Invalid labels, not found, or the store is unavailable.
    pub async fn decide(
        &self,
        actor: &Actor,
        id: &TicketId,
        labels: Labels,
        reason: Option<String>,
    ) -> Result<Ticket, Fault> {
        let _ = (actor, id, labels, reason);
        todo!()
    }

    /// Decisions and audit lines of a ticket.
    ///
    /// # Errors
    /// Not found, or the store is unavailable.
    pub async fn history(&self, id: &TicketId) -> Result<(Vec<Decision>, Vec<AuditLine>), Fault> {
        let _ = id;
        todo!()
    }

    /// A search.
    ///
    /// # Errors
    /// The index or the store is unavailable.
    pub async fn find(&self, request: FindRequest, now: Timestamp) -> Result<FindAnswer, Fault> {
        let _ = (request, now);
        todo!()
    }

    /// The pack that answers now.
    pub fn city(&self) -> Arc<CityPack> {
        todo!()
    }

    /// State of the parts.
    pub async fn health(&self) -> Health {
        todo!()
    }
}
