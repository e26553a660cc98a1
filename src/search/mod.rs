//! Which tickets speak of this? tantivy schema, own jieba analyser, query language, filters, facets,
//! highlight.
//!
//! Derived state (invariant 2): it can be thrown away and rebuilt. It answers with ids and scores;
//! what a ticket says now is the store's business. Sync; callers keep it off the async threads.
//!
//! Each text is indexed twice, after the same normalisation: as *words* (jieba search mode, for
//! BM25) and as *grams* (overlapping pairs of characters with positions, white space left out). A
//! phrase is looked up in the grams, so that every stretch of two or more characters that stands in
//! a ticket finds it, however the segmenter cuts it; see [`Term`] for what a query has to match.

mod alike;
mod analyser;
mod care;
mod collect;
mod document;
mod folder;
mod fragments;
mod graphemes;
mod highlight;
mod histogram;
mod hybrid;
mod index;
mod names;
mod parse;
mod parse_time;
mod percolate;
mod plan;
mod query;
mod reader;
mod rescore;
mod schema;
mod similar;
mod synonyms;
mod units;
mod vectors;
mod words;

pub use alike::Alike;
pub use care::IndexFolder;
pub use document::{Facet, IndexDoc};
pub use fragments::fragments;
pub use highlight::Highlighter;
pub use histogram::{Histogram, Interval, MOST_COLUMNS};
pub use index::SearchIndex;
pub use parse::{facet_named, facet_value, parse};
pub use percolate::Percolator;
pub use query::{Found, Hit, MAX_LIMIT, MAX_OFFSET, Mode, Query, QueryNote, Ranking, Sort, Term, Wanted};
pub use rescore::{FEATURES, Net, Weights};
pub use vectors::{Approximate, Vectors};

/// Why the index did not answer.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// The files on disk are damaged or of another version: rebuild.
    #[error("the search index at {path} cannot be used ({why}); run `tingsu reindex`")]
    Damaged {
        /// Folder.
        path: String,
        /// What is wrong.
        why: String,
    },
    /// Another process writes this index.
    #[error("the search index at {0} is in use by another process")]
    Locked(String),
    /// A reader found no index made with its dictionary.
    #[error("there is no search index of this city pack at {0}: name the pack of the running service with --city")]
    Absent(String),
    /// There is no room to write in; what was committed stands, and once there is room it goes on.
    #[error("the search index cannot be written, for there is no room: {0}")]
    NoRoom(String),
    /// tantivy failed otherwise; what was committed stands.
    #[error("the search index failed: {0}")]
    Backend(String),
}

impl From<tantivy::TantivyError> for SearchError {
    fn from(error: tantivy::TantivyError) -> Self {
        match full(&error) {
            true => SearchError::NoRoom(error.to_string()),
            false => SearchError::Backend(error.to_string()),
        }
    }
}

/// Whether the disk, a quota or a limit on files is why. tantivy passes some of its causes on as text alone, in words
/// or as a program would print them, so the system's number is read from there.
fn full(error: &tantivy::TantivyError) -> bool {
    use std::io::{Error, ErrorKind};
    let said = error.to_string();
    let full = |before: &str| {
        let (_, after) = said.rsplit_once(before)?;
        let number = after.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()?;
        let kind = Error::from_raw_os_error(number).kind();
        matches!(kind, ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge).then_some(())
    };
    full("(os error ").or_else(|| full("Os { code: ")).is_some()
}
