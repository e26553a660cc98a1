//! Past tickets like an appeal: by its rarest words.

use std::collections::BTreeMap;

use tantivy::{
    DocSet, TERMINATED, Term as IndexTerm,
    collector::{Collector, SegmentCollector},
    schema::IndexRecordOption,
};

use crate::{domain::Appeal, text::Normalized};

use super::{
    Sort,
    analyser::is_word,
    collect::{Gather, Rank},
    plan::Planner,
};

/// Words of the appeal that are compared.
const TERMS: usize = 30;
/// Characters of the appeal's text that are looked at.
const MAX_TEXT: usize = 5_000;
/// A word in more than this share of the tickets says nothing.
const COMMON: f64 = 0.2;
/// Weight of a word of the appeal's title, beside 1 for one of its text.
const IN_TITLE: f32 = 1.5;
/// A word found only in the other's title or place counts this much.
const AS_PLACE: f32 = 1.25;

/// The telling words of an appeal that some ticket has, most telling first, with their shares of the
/// whole; empty if there is none.
pub(crate) fn telling(planner: &Planner<'_>, appeal: &Appeal) -> Vec<(f32, String)> {
    let mut weights: BTreeMap<String, f32> = BTreeMap::new();
    let text: String = appeal.text.chars().take(MAX_TEXT).collect();
    let title: String = appeal.title.chars().take(MAX_TEXT).collect();
    for (original, weight) in [(&title, IN_TITLE), (&text, 1.0)] {
        let normalized = Normalized::of(original);
        for token in planner.segmenter.search(normalized.text()) {
            if is_word(token.word) && token.word.chars().nth(1).is_some() {
                *weights.entry(token.word.to_owned()).or_default() += weight;
            }
        }
    }
    let docs = planner.searcher.num_docs().max(1) as f64;
    let mut terms: Vec<(f32, String)> = weights
        .into_iter()
        .filter_map(|(word, count)| {
            let df = planner.word_df(&word) as f64;
            let common = docs > 50.0 && df > docs * COMMON;
            if df == 0.0 || common {
                return None;
            }
            let idf = (1.0 + (docs - df + 0.5).max(0.0) / (df + 0.5)).ln() as f32;
            Some(((1.0 + count.ln()).max(0.5) * idf, word))
        })
        .collect();
    terms.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    terms.truncate(TERMS);
    let sum: f32 = terms.iter().map(|(weight, _)| weight).sum();
    terms.retain(|_| sum > 0.0);
    terms.iter_mut().for_each(|(weight, _)| *weight /= sum);
    terms
}

/// The documents with the greatest shares of the telling words, best first, without `except`.
///
/// List after list is added up: as a query, each of thirty words in three fields would set up a window of
/// thousands of places in each segment, which cost more than the lists themselves.
pub(crate) fn like(
    planner: &Planner<'_>,
    telling: &[(f32, String)],
    except: Option<IndexTerm>,
    keep: usize,
) -> tantivy::Result<Vec<Rank>> {
    let [title, text, place, _] = planner.fields.texts;
    let gather = Gather { sort: Sort::Relevance, keep, count: Vec::new(), hours: false };
    let mut segments = Vec::new();
    for (segment, reader) in (0..).zip(planner.searcher.segment_readers()) {
        let mut shares = Shares::of(reader.max_doc());
        // A word counts once, in the field where it counts most; word by word, so that equals stay equal.
        let fields = [(place.words, AS_PLACE), (title.words, 1.0), (text.words, 1.0)];
        let lists = fields.map(|(field, factor)| (field, factor, reader.inverted_index(field)));
        for (nth, (share, word)) in (1..).zip(telling) {
            for (field, factor, lists) in &lists {
                let term = IndexTerm::from_field_text(*field, word);
                let lists = lists.as_ref().map_err(Clone::clone)?;
                if let Some(mut list) = lists.read_postings(&term, IndexRecordOption::Basic)? {
                    shares.add(&mut list, nth, share * factor);
                }
            }
        }
        if let Some(term) = &except
            && let Some(mut list) =
                reader.inverted_index(term.field())?.read_postings(term, IndexRecordOption::Basic)?
        {
            shares.drop(&mut list);
        }
        let mut best = gather.for_segment(segment, reader)?;
        for (doc, share) in shares.found().filter(|(doc, _)| !reader.is_deleted(*doc)) {
            best.collect(doc, share);
        }
        segments.push(best.harvest());
    }
    Ok(gather.merge_fruits(segments)?.best)
}

/// What the documents of a segment have of the words.
struct Shares {
    sums: Vec<f32>,
    /// A bit for each word that a document was given already.
    had: Vec<u32>,
}

const _: () = assert!(TERMS < 32, "a bit for each word, one for a document that is left out");
const LEFT_OUT: u32 = 1;

impl Shares {
    fn of(documents: u32) -> Self {
        Self { sums: vec![0.0; documents as usize], had: vec![0; documents as usize] }
    }

    fn add(&mut self, list: &mut impl DocSet, nth: u32, share: f32) {
        let mut doc = list.doc();
        while doc != TERMINATED {
            if let (Some(sum), Some(had)) = (self.sums.get_mut(doc as usize), self.had.get_mut(doc as usize))
                && *had & (1 << nth) == 0
            {
                *had |= 1 << nth;
                *sum += share;
            }
            doc = list.advance();
        }
    }

    fn drop(&mut self, list: &mut impl DocSet) {
        let mut doc = list.doc();
        while doc != TERMINATED {
            if let Some(had) = self.had.get_mut(doc as usize) {
                *had = LEFT_OUT;
            }
            doc = list.advance();
        }
    }

    /// Documents with some word and their sums, in the order of the segment.
    fn found(&self) -> impl Iterator<Item = (u32, f32)> {
        let all = (0..).zip(self.sums.iter().zip(&self.had));
        all.filter(|(_, (_, had))| **had > LEFT_OUT && **had & LEFT_OUT == 0).map(|(doc, (sum, _))| (doc, *sum))
    }
}
