//! What is asked and what is answered.

use std::collections::BTreeMap;

use crate::domain::{Span, TicketId, TimeRange};

use super::{Facet, Histogram, Interval};

/// Order of the hits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// BM25 with phrase boosts; ties by newer 来电时间.
    #[default]
    Relevance,
    /// 来电时间, newest first.
    Newest,
    /// 来电时间, oldest first.
    Oldest,
}

/// Which of the two indexes is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Words alone.
    #[default]
    Bm25,
    /// The nearest sentence vectors alone.
    Vector,
    /// Both: what either finds is ordered by everything that speaks for it.
    Hybrid,
}

impl Mode {
    /// All of them.
    pub const ALL: [Mode; 3] = [Mode::Bm25, Mode::Vector, Mode::Hybrid];

    /// Name on the wire: `bm25`, `vector`, `hybrid`.
    pub fn code(self) -> &'static str {
        match self {
            Mode::Bm25 => "bm25",
            Mode::Vector => "vector",
            Mode::Hybrid => "hybrid",
        }
    }
}

/// A closed query: what is asked, after parsing and after the actor's scope was added.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    /// What to look for.
    pub wanted: Wanted,
    /// Any of the values of each facet; facets are joined by AND.
    pub filters: BTreeMap<Facet, Vec<String>>,
    /// Any of these units answers for it or assists; empty demands none.
    pub units: Vec<String>,
    /// None of these values.
    pub excluded: BTreeMap<Facet, Vec<String>>,
    /// 来电时间
    pub received: TimeRange,
    /// Words, vectors or both. Without [`Query::vector`], without vectors in the index, without words
    /// or in the order of time, words alone.
    pub mode: Mode,
    /// Sentence vector of what was typed.
    pub vector: Option<Vec<f32>>,
    /// Whether equal hits come in the order in which they were stored, not the newest first.
    pub ignore_recency: bool,
    /// Order.
    pub sort: Sort,
    /// First hit, from 0; see [`MAX_OFFSET`].
    pub offset: usize,
    /// How many hits; see [`MAX_LIMIT`].
    pub limit: usize,
    /// Facets to count under the same filters.
    pub count: Vec<Facet>,
    /// Width of the columns in which the matches are counted over 来电时间; none counts none.
    pub over_time: Option<Interval>,
}

/// The words of a query. `AND` over groups, `OR` inside a group.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wanted {
    /// Each group must match by one of its terms; empty finds everything.
    pub groups: Vec<Vec<Term>>,
    /// None of these may match.
    pub not: Vec<Term>,
}

/// One thing to look for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Term {
    /// A word or sentence as typed, cut into parts by the segmenter. Up to four parts must all be
    /// found (as words, or as characters inside longer words); of more parts three in ten must,
    /// function words (的 了 请问 …) not counted, or the typed characters in one piece. If a query
    /// finds nothing in the whole index, half as many parts of half its words are enough
    /// ([`Found::relaxed`]). The typed characters in one piece rank higher.
    Words(String),
    /// Quoted: exactly these characters, in this order, white space aside.
    Phrase(String),
}

/// A hint about a query that could not be read as typed; it was searched as plain words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryNote {
    /// Characters of the query concerned; none if what is noted was not typed there.
    pub span: Span,
    /// In Chinese, for the person who typed it.
    pub message: String,
}

/// One hit.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// Which ticket.
    pub ticket: TicketId,
    /// Larger is better; 0 when sorted by time.
    pub score: f32,
}

/// The answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// How many match in all.
    pub total: usize,
    /// This page.
    pub hits: Vec<Hit>,
    /// Counts per facet value, largest first.
    pub facets: BTreeMap<Facet, Vec<(String, u64)>>,
    /// Counts over time, if asked for.
    pub over_time: Option<Histogram>,
    /// Words of the query that have synonyms, with what was also searched for them.
    pub also: Vec<(String, Vec<String>)>,
    /// Whether nothing matched as asked, and fewer parts of the words were demanded.
    pub relaxed: bool,
    /// Which way the answer was found.
    pub mode: Mode,
    /// How many of [`Found::total`] have none of the demanded words, only a near vector.
    pub by_vector: usize,
}

/// Most hits of one page; a larger [`Query::limit`] is cut to it.
pub const MAX_LIMIT: usize = 1_000;

/// Hits past this many cannot be paged to (the page is empty, the total still right): narrow the
/// query instead.
pub const MAX_OFFSET: usize = 100_000;

/// Weights of the ranking and what a query of many words has to find.
///
/// Of the defaults only `share` was swept, on known-item search (`eval/bench/search.rs`, 19,153 real
/// appeals): 0.3 instead of 0.6 took MRR@10 of a title against its own text from 0.793 to 0.822.
/// `relaxed_share` only has to lie below it. `needed_at_most` was tried at 2, 3, 4 and without end
/// (`tingsu eval search`): who pastes a whole sentence or reply does not mean a third of its words to be
/// in every answer; at 3 a sentence finds its appeal with MRR@10 0.70 instead of 0.63, a reply 0.57 instead
/// of 0.28. The other weights are set by judgement;
/// `TINGSU_BENCH_TUNE=1` tries neighbours of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranking {
    /// Weights of title, text, place and reply.
    pub texts: [f32; 4],
    /// Weight of a part found as characters, beside 1 for the word itself.
    pub gram: f32,
    /// Weight of the typed characters found in one piece.
    pub whole: f32,
    /// Weight of two neighbouring parts found in one piece.
    pub pair: f32,
    /// Weight of a synonym, beside 1 for the word itself.
    pub also: f32,
    /// Up to so many parts, all must be found.
    pub all_up_to: usize,
    /// Of more parts, this share.
    pub share: f32,
    /// The share when nothing was found otherwise.
    pub relaxed_share: f32,
    /// But not more parts than this, however long the term.
    pub needed_at_most: usize,
    /// By words alone, queries with a typed term longer than so many characters get a second look.
    pub again_from: usize,
}

impl Ranking {
    /// How many of so many parts have to be found.
    pub(super) fn needed(&self, parts: usize, share: f32) -> usize {
        ((parts as f32 * share).ceil() as usize).min(self.needed_at_most.max(1))
    }
}

impl Default for Ranking {
    fn default() -> Self {
        Self {
            texts: [2.0, 1.0, 0.8, 0.5],
            gram: 0.25,
            whole: 0.5,
            pair: 0.25,
            also: 0.6,
            all_up_to: 4,
            share: 0.3,
            relaxed_share: 0.15,
            needed_at_most: 3,
            again_from: 8,
        }
    }
}
