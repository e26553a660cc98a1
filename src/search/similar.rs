//! Past tickets like an appeal: by its rarest words.

use std::collections::BTreeMap;

use tantivy::{
    Term as IndexTerm,
    query::{BooleanQuery, ConstScoreQuery, DisjunctionMaxQuery, Occur, Query as IndexQuery, TermQuery},
    schema::IndexRecordOption,
};

use crate::{domain::Appeal, text::Normalized};

use super::{analyser::is_word, plan::Planner};

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

/// A query whose score is the share of the telling words that a ticket has; none without such words.
pub(crate) fn like(
    planner: &Planner<'_>,
    telling: &[(f32, String)],
    except: Option<IndexTerm>,
) -> Option<Box<dyn IndexQuery>> {
    if telling.is_empty() {
        return None;
    }
    let [title, text, place, _] = planner.fields.texts;
    let mut clauses: Vec<(Occur, Box<dyn IndexQuery>)> = Vec::new();
    for (share, word) in telling {
        let way = |field, factor: f32| -> Box<dyn IndexQuery> {
            let query = TermQuery::new(IndexTerm::from_field_text(field, word), IndexRecordOption::Basic);
            Box::new(ConstScoreQuery::new(Box::new(query), *share * factor))
        };
        let best =
            DisjunctionMaxQuery::new(vec![way(title.words, 1.0), way(text.words, 1.0), way(place.words, AS_PLACE)]);
        clauses.push((Occur::Should, Box::new(best)));
    }
    if let Some(id) = except {
        clauses.push((Occur::MustNot, Box::new(TermQuery::new(id, IndexRecordOption::Basic))));
    }
    Some(Box::new(BooleanQuery::with_minimum_required_clauses(clauses, 1)))
}
