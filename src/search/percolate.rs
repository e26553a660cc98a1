//! Which of many kept queries does a new ticket match? The other way round of a search.
//!
//! Every query is taken apart once into *demands*: keys (pairs of characters, single characters, facet
//! values) of which a ticket must have one each, whatever else the query says. A batch of tickets is
//! looked up by its keys; only the queries whose demands some ticket meets are then asked, of a small
//! index in memory that holds the batch alone. So what is told is what a search would find, without its
//! relaxed second try.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use tantivy::{Index, ReloadPolicy, Searcher, collector::DocSetCollector, directory::RamDirectory};

use crate::{
    domain::TicketId,
    text::{Normalized, Segmenter},
};

use super::{
    Facet, IndexDoc, Query, Ranking, SearchError, Term,
    analyser::gram_chars,
    plan::{MAX_TERMS, Planner, gram_string, looks_like_id},
    schema::{Fields, tokenizers},
    synonyms::Synonyms,
    units::Units,
};

/// Memory of the small index's writer in bytes; a batch of 2,000 ordinary tickets needs a tenth.
const MEMORY: usize = 64 << 20;
/// Pairs of one phrase that are demanded.
const PAIRS: usize = 6;
/// Demands that one query is known by.
const DEMANDS: usize = 12;

/// Something that a ticket has or has not.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    Pair(char, char),
    Char(char),
    Value(Facet, String),
    Unit(String),
}

#[derive(Debug)]
struct Kept {
    id: i64,
    query: Query,
    /// One key of each must be there.
    demands: Vec<Vec<Key>>,
}

/// Kept queries, ready for new tickets.
#[derive(Debug)]
pub struct Percolator {
    kept: Vec<Kept>,
    /// Queries by the keys of their first demand.
    by_key: HashMap<Key, Vec<usize>>,
    /// Queries that demand nothing that could be looked up.
    always: Vec<usize>,
    segmenter: Arc<Segmenter>,
    synonyms: Synonyms,
    ranking: Ranking,
}

impl Percolator {
    /// Takes queries under their numbers. Synonyms are expanded as in a search.
    pub fn new(queries: Vec<(i64, Query)>, segmenter: Arc<Segmenter>, synonyms: &[Vec<String>]) -> Self {
        let synonyms = Synonyms::new(synonyms);
        let ranking = Ranking::default();
        let (mut by_key, mut always): (HashMap<Key, Vec<usize>>, _) = (HashMap::new(), Vec::new());
        let mut kept = Vec::with_capacity(queries.len());
        for (n, (id, query)) in queries.into_iter().enumerate() {
            let demands = demands(&query, &segmenter, &synonyms, ranking.all_up_to);
            match demands.first() {
                None => always.push(n),
                Some(keys) => {
                    for key in keys {
                        by_key.entry(key.clone()).or_default().push(n);
                    }
                }
            }
            kept.push(Kept { id, query, demands });
        }
        Self { kept, by_key, always, segmenter, synonyms, ranking }
    }

    /// How many queries are kept.
    pub fn len(&self) -> usize {
        self.kept.len()
    }

    /// Whether none is kept.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// Numbers of the queries that tickets match, sorted by number, then in the order of the tickets.
    ///
    /// # Errors
    /// [`SearchError::Backend`].
    pub fn matches(&self, docs: &[IndexDoc]) -> Result<Vec<(i64, TicketId)>, SearchError> {
        let mut wanted: BTreeSet<usize> = self.always.iter().copied().collect();
        for doc in docs {
            wanted.extend(self.candidates(doc));
        }
        if wanted.is_empty() || docs.is_empty() {
            return Ok(Vec::new());
        }
        let asked = catch_unwind(AssertUnwindSafe(|| self.ask(&wanted, docs)));
        asked.unwrap_or_else(|_| Err(SearchError::Backend("matching kept queries failed unexpectedly".to_owned())))
    }

    /// Queries all of whose demands a ticket meets.
    fn candidates(&self, doc: &IndexDoc) -> Vec<usize> {
        let keys = keys_of(doc);
        let first: BTreeSet<usize> = keys.iter().filter_map(|key| self.by_key.get(key)).flatten().copied().collect();
        let met = |n: &usize| {
            let demands = self.kept.get(*n).map(|kept| kept.demands.as_slice()).unwrap_or_default();
            demands.iter().all(|any| any.iter().any(|key| keys.contains(key)))
        };
        first.into_iter().filter(met).collect()
    }

    fn ask(&self, wanted: &BTreeSet<usize>, docs: &[IndexDoc]) -> Result<Vec<(i64, TicketId)>, SearchError> {
        let (schema, fields) = Fields::build();
        let builder = Index::builder().schema(schema).tokenizers(tokenizers(&self.segmenter));
        let mut writer = builder.single_segment_index_writer(RamDirectory::create(), MEMORY)?;
        for doc in docs {
            writer.add_document(fields.document(doc))?;
        }
        let index = writer.finalize()?;
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        let searcher: Searcher = tantivy::IndexReader::searcher(&reader);
        let mut matches = Vec::new();
        for kept in wanted.iter().filter_map(|&n| self.kept.get(n)) {
            let mut planner = Planner {
                fields: &fields,
                searcher: &searcher,
                segmenter: &self.segmenter,
                synonyms: &self.synonyms,
                ranking: &self.ranking,
                relaxed: false,
                relaxable: false,
                also: Vec::new(),
            };
            let found = searcher.search(&planner.plan(&kept.query), &DocSetCollector)?;
            // One segment, filled in order: the number of a document is its place in the batch.
            let mut places: Vec<usize> = found.into_iter().map(|address| address.doc_id as usize).collect();
            places.sort_unstable();
            matches.extend(places.into_iter().filter_map(|at| Some((kept.id, docs.get(at)?.ticket.clone()))));
        }
        matches.sort_by_key(|(id, _)| *id);
        Ok(matches)
    }
}

/// Everything that a ticket has.
fn keys_of(doc: &IndexDoc) -> HashSet<Key> {
    let mut keys = HashSet::new();
    for text in [&doc.appeal.title, &doc.appeal.text, &doc.place, &doc.reply] {
        let normalized = Normalized::of(text);
        let mut last = None;
        for (_, c) in gram_chars(normalized.text()) {
            keys.insert(Key::Char(c));
            if let Some(before) = last.replace(c) {
                keys.insert(Key::Pair(before, c));
            }
        }
    }
    keys.extend(doc.facets.get(&Facet::Department).into_iter().chain(&doc.assisting).cloned().map(Key::Unit));
    keys.extend(doc.facets.iter().map(|(facet, value)| Key::Value(*facet, value.clone())));
    keys
}

/// What a matching ticket must have, the most telling first; nothing is demanded that a match could do
/// without.
fn demands(query: &Query, segmenter: &Segmenter, synonyms: &Synonyms, all_up_to: usize) -> Vec<Vec<Key>> {
    let (mut demands, mut budget) = (Vec::new(), MAX_TERMS);
    for group in &query.wanted.groups {
        let asked = group.iter().take(budget);
        budget -= asked.len();
        let terms: Vec<_> = asked.map(|term| term_demands(term, segmenter, synonyms, all_up_to)).collect();
        match terms.as_slice() {
            [only] => demands.extend(only.iter().cloned()),
            // One of several terms: one demand of each will do.
            several => {
                let first: Option<Vec<&Vec<Key>>> = several.iter().map(|term| term.first()).collect();
                demands.extend(first.map(|any| any.into_iter().flatten().cloned().collect::<Vec<_>>()));
            }
        }
    }
    demands.extend(query.filters.iter().map(|(f, values)| values.iter().map(|v| Key::Value(*f, v.clone())).collect()));
    demands.push(query.units.iter().cloned().map(Key::Unit).collect());
    demands.retain(|keys| !keys.is_empty());
    // A pair of characters tells more than a character, one key more than several.
    demands.sort_by_key(|keys| (keys.iter().any(|k| matches!(k, Key::Char(_))), keys.len()));
    demands.truncate(DEMANDS);
    demands
}

fn term_demands(term: &Term, segmenter: &Segmenter, synonyms: &Synonyms, all_up_to: usize) -> Vec<Vec<Key>> {
    let typed = match term {
        // The number of a ticket is found without any of its characters in the texts.
        Term::Words(typed) | Term::Phrase(typed) if looks_like_id(typed) => return Vec::new(),
        Term::Phrase(typed) => return pairs(&gram_string(typed)).into_iter().map(|key| vec![key]).collect(),
        Term::Words(typed) => typed,
    };
    let units = Units::of(typed, segmenter, synonyms);
    if units.list.is_empty() {
        return pairs(&units.whole).into_iter().map(|key| vec![key]).collect();
    }
    let any_form = |unit: &super::units::Unit| -> Vec<Key> {
        let forms = std::iter::once(&unit.text).chain(&unit.also);
        forms.filter_map(|form| pairs(&gram_string(form)).into_iter().next()).collect()
    };
    let parts: Vec<Vec<Key>> = units.telling().map(any_form).collect();
    if parts.iter().any(Vec::is_empty) {
        return Vec::new();
    }
    if parts.len() <= all_up_to { parts } else { vec![parts.concat()] }
}

/// Some of the pairs of a text that has to stand in one piece; of a single character, itself.
fn pairs(grams: &str) -> Vec<Key> {
    let chars: Vec<char> = grams.chars().collect();
    match chars.as_slice() {
        [] => Vec::new(),
        [only] => vec![Key::Char(*only)],
        _ => chars.windows(2).take(PAIRS).filter_map(|w| Some(Key::Pair(*w.first()?, *w.last()?))).collect(),
    }
}
