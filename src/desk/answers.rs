//! What the use cases are asked and what they answer: plain data, no wire format.

use std::time::Duration;

use crate::{
    domain::{Span, Ticket},
    insight::Event,
    search::{Facet, Histogram, Interval, Mode, QueryNote, Sort},
};

pub use crate::insight::Relation;

use super::{Rebuild, Unwritable};

/// What became of an appeal that came in.
#[derive(Clone, Debug)]
pub struct Receipt {
    /// The stored ticket, with its suggestion if that came in time.
    pub ticket: Ticket,
    /// Whether it was stored by an earlier, equal request.
    pub repeated: bool,
    /// Past cases like it, best first; empty if the index did not answer in time.
    pub similar: Vec<SimilarCase>,
    /// The event that it joined or started, if that was known in time.
    pub event: Option<EventHint>,
}

/// An event beside a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventHint {
    /// Its id.
    pub id: String,
    /// Its title, unmasked.
    pub title: String,
    /// Its tickets.
    pub tickets: usize,
    /// Its callers.
    pub callers: usize,
}

impl EventHint {
    /// Of an event.
    pub fn of(event: &Event) -> Self {
        let portrait = &event.portrait;
        let (tickets, callers) = (event.tickets.len(), portrait.callers);
        Self { id: event.id.clone(), title: portrait.title.clone(), tickets, callers }
    }
}

/// A past case beside a new appeal.
#[derive(Clone, Debug)]
pub struct SimilarCase {
    /// The case.
    pub ticket: Ticket,
    /// Larger is more alike.
    pub score: f32,
    /// 重复, 同一事件 or 同类.
    pub relation: Relation,
    /// Why it is shown.
    pub why: Why,
}

/// What a past case has in common with an appeal.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Why {
    /// Telling words of both, most telling first; normalised.
    pub words: Vec<String>,
    /// Whether a definite place is named in both.
    pub same_place: bool,
    /// Whether both have the same category.
    pub same_category: bool,
    /// Cosine of the sentence vectors, where both have one.
    pub likeness: Option<f32>,
}

/// A search as it comes in.
#[derive(Clone, Debug, Default)]
pub struct FindRequest {
    /// The query as typed.
    pub q: String,
    /// Further filters, by facet.
    pub filters: Vec<(Facet, String)>,
    /// By words, by sentence vectors, or both; without vectors, by words.
    pub mode: Mode,
    /// Order.
    pub sort: Sort,
    /// Whether equal hits come in the order in which they were stored, not the newest first.
    pub ignore_recency: bool,
    /// First hit.
    pub offset: usize,
    /// How many, at most 100.
    pub limit: usize,
    /// Facets to count.
    pub count: Vec<Facet>,
    /// Width of the columns in which matches are counted over time; none counts none.
    pub over_time: Option<Interval>,
}

/// Counts of one facet: value, label for people, count.
pub type FacetCounts = (Facet, Vec<(String, String, u64)>);

/// A search's answer, from the store's present truth.
#[derive(Clone, Debug, Default)]
pub struct FindAnswer {
    /// How many match.
    pub total: usize,
    /// This page.
    pub hits: Vec<FindHit>,
    /// Counts: value, label for people, count.
    pub facets: Vec<FacetCounts>,
    /// Counts over time, if asked for.
    pub over_time: Option<Histogram>,
    /// Hints about the query.
    pub notes: Vec<QueryNote>,
    /// Words searched besides the typed ones: typed word, its synonyms.
    pub also: Vec<(String, Vec<String>)>,
    /// Whether nothing matched as asked, so that tickets with only some of the words are shown.
    pub relaxed: bool,
    /// Which way the answer was found.
    pub mode: Mode,
    /// How many of the total have none of the demanded words, only a near vector.
    pub by_vector: usize,
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
    pub fragments: Vec<Fragment>,
    /// Stretches of the reply that show the match; with those of the text at most three.
    pub reply: Vec<Fragment>,
    /// 区县, 街镇 and 地址 as the source gave them, with highlights; only if one is there.
    pub place: Option<(String, Vec<Span>)>,
}

/// A stretch of a text, and its highlights in characters of the whole text.
pub type Fragment = (Span, Vec<Span>);

/// State of the parts, for health and console.
#[derive(Clone, Debug)]
pub struct Health {
    /// Whether the store answers: without it nothing is acknowledged.
    pub store: Result<(), String>,
    /// Bundle id, or none: only rules answer.
    pub model: Option<String>,
    /// Labels that bundle and pack do not share.
    pub mismatches: Vec<String>,
    /// Pack hash.
    pub pack: String,
    /// City name.
    pub city: String,
    /// Faults of the newest pack on disk, if it could not be taken.
    pub pack_faults: Vec<String>,
    /// What is wrong with the bundle that should answer, if another one does.
    pub model_troubles: Vec<String>,
    /// Tickets in the store.
    pub tickets: u64,
    /// Tickets that can be found.
    pub indexed: u64,
    /// Changes that the index has not taken yet.
    pub index_lag: i64,
    /// Whether a new index is being built beside the live one.
    pub rebuilding: bool,
    /// Why the index is built anew, until it has caught up.
    pub rebuild: Option<Rebuild>,
    /// Why what is new does not get into the index, while it does not.
    pub unwritable: Option<Unwritable>,
    /// Tickets whose triage waits.
    pub triage_waiting: u64,
    /// Requests in the inference queue.
    pub queue: usize,
}
