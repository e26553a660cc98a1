//! From what is wanted to a tantivy query.

use std::ops::Bound;

use tantivy::{
    Searcher, Term as IndexTerm,
    query::{
        AllQuery, BooleanQuery, BoostQuery, ConstScoreQuery, EmptyQuery, Occur, PhraseQuery, Query as IndexQuery,
        RangeQuery, TermQuery,
    },
    schema::{Field, IndexRecordOption},
};

use crate::{
    domain::TimeRange,
    text::{Normalized, Segmenter},
};

use super::{
    Facet, Query, Ranking, Term, Wanted,
    analyser::gram_chars,
    schema::{Fields, TextPair},
    synonyms::Synonyms,
    units::{MAX_TYPED, Unit, Units},
};

/// Score of a single character found anywhere.
const CHAR_SCORE: f32 = 0.1;
/// Scores of a typed ticket number and of its beginning.
const ID_SCORE: f32 = 100.0;
/// See [`ID_SCORE`].
const ID_PREFIX_SCORE: f32 = 20.0;
/// Parts of one term that are searched: of more, the rarest.
const MAX_PARTS: usize = 64;
/// Parts of one term up to which neighbours in one piece are preferred.
const MAX_PAIRED: usize = 8;
/// Terms of one query that are searched; the rest is left out.
pub(crate) const MAX_TERMS: usize = 64;
/// Characters of the longest ticket number.
const MAX_ID: usize = 64;
/// Pairs of characters that one phrase is checked by.
const MAX_PHRASE_GRAMS: usize = 128;

type Boxed = Box<dyn IndexQuery>;

/// Builds one query.
pub(crate) struct Planner<'a> {
    pub(crate) fields: &'a Fields,
    pub(crate) searcher: &'a Searcher,
    pub(crate) segmenter: &'a Segmenter,
    pub(crate) synonyms: &'a Synonyms,
    pub(crate) ranking: &'a Ranking,
    /// Demand fewer parts.
    pub(crate) relaxed: bool,
    /// Whether relaxing could find more.
    pub(crate) relaxable: bool,
    /// Synonyms that were added.
    pub(crate) also: Vec<(String, Vec<String>)>,
}

impl Planner<'_> {
    /// Words, exclusions, filters and time range in one.
    pub(crate) fn plan(&mut self, query: &Query) -> Boxed {
        let mut clauses: Vec<(Occur, Boxed)> = Vec::new();
        self.wanted(&query.wanted, &mut clauses);
        for (facet, values) in &query.filters {
            clauses.push((Occur::Must, unscored(self.any_value(*facet, values))));
        }
        if !query.units.is_empty() {
            clauses.push((Occur::Must, unscored(self.any_of(self.fields.units, &query.units))));
        }
        if let Some(range) = self.received(query.received) {
            clauses.push((Occur::Must, unscored(range)));
        }
        let excluded: Vec<Boxed> = query.excluded.iter().map(|(f, values)| self.any_value(*f, values)).collect();
        clauses.extend(excluded.into_iter().map(|q| (Occur::MustNot, q)));
        if !clauses.iter().any(|(occur, _)| *occur == Occur::Must) {
            clauses.push((Occur::Must, unscored(Box::new(AllQuery))));
        }
        Box::new(BooleanQuery::new(clauses))
    }

    fn wanted(&mut self, wanted: &Wanted, clauses: &mut Vec<(Occur, Boxed)>) {
        let mut budget = MAX_TERMS;
        let mut soft = Vec::new();
        for group in &wanted.groups {
            let mut any = Vec::new();
            for term in group.iter().take(budget) {
                budget -= 1;
                any.extend(self.term(term));
            }
            if any.is_empty() {
                continue;
            }
            // When nothing was found, half of the typed words will do; a phrase stays demanded.
            if self.relaxed && group.iter().all(|t| matches!(t, Term::Words(_))) {
                soft.push(union(any));
            } else {
                clauses.push((Occur::Must, union(any)));
            }
        }
        self.relaxable |= wanted.groups.iter().flatten().filter(|t| matches!(t, Term::Words(_))).nth(1).is_some();
        if !soft.is_empty() {
            let need = soft.len().div_ceil(2);
            clauses.push((Occur::Must, Box::new(BooleanQuery::union_with_minimum_required_clauses(soft, need))));
        }
        for term in wanted.not.iter().take(MAX_TERMS) {
            let (Term::Words(typed) | Term::Phrase(typed)) = term;
            let ways = self.phrase(&gram_string(typed), 1.0).into_iter().chain(self.by_id(typed));
            clauses.extend(ways.map(|query| (Occur::MustNot, query)));
        }
    }

    /// One term; none if it holds nothing that could be looked for.
    fn term(&mut self, term: &Term) -> Option<Boxed> {
        let typed = match term {
            Term::Phrase(typed) => {
                let ways: Vec<Boxed> =
                    self.phrase(&gram_string(typed), 1.0).into_iter().chain(self.by_id(typed)).collect();
                return (!ways.is_empty()).then(|| union(ways));
            }
            Term::Words(typed) => typed,
        };
        let units = Units::of(typed, self.segmenter, self.synonyms);
        let mut ways: Vec<Boxed> = Vec::new();
        match units.list.len() {
            0 => ways.extend(self.phrase(&units.whole, 1.0)),
            _ => ways.push(self.parts(&units)),
        }
        ways.extend(self.by_id(typed));
        (!ways.is_empty()).then(|| union(ways))
    }

    /// The parts of a term, with boosts for those that stand together.
    fn parts(&mut self, units: &Units) -> Boxed {
        let parts: Vec<Unit> = self.rarest(units);
        for unit in parts.iter().filter(|u| !u.also.is_empty()) {
            let entry = (unit.text.clone(), unit.also.clone());
            if !self.also.contains(&entry) {
                self.also.push(entry);
            }
        }
        let count = parts.len();
        self.relaxable |= count > 1;
        let all = !self.relaxed && count <= self.ranking.all_up_to;
        let need = match (all, self.relaxed) {
            (true, _) => count,
            (false, false) => self.ranking.needed(count, self.ranking.share),
            (false, true) => self.ranking.needed(count, self.ranking.relaxed_share),
        };
        // Where one missing part loses nothing, a known word need not be looked for inside others.
        let found: Vec<Boxed> = parts.iter().map(|u| self.unit(u, all || self.word_df(&u.text) == 0)).collect();
        let mut query: Boxed = match (count, need) {
            (0, _) => Box::new(EmptyQuery),
            (1, _) => union(found),
            (n, need) if n == need => Box::new(BooleanQuery::intersection(found)),
            (_, need) => Box::new(BooleanQuery::union_with_minimum_required_clauses(found, need)),
        };
        if !all {
            // So that what stands in a ticket finds it however the segmenter cut it.
            query = union(std::iter::once(query).chain(self.phrase(&units.whole, self.ranking.whole)).collect());
        }
        let mut boosts: Vec<(String, f32)> = Vec::new();
        if all && units.list.len() > 1 {
            boosts.push((units.whole.clone(), self.ranking.whole));
        }
        if (3..=MAX_PAIRED).contains(&units.list.len()) && self.ranking.pair > 0.0 {
            for pair in units.list.windows(2) {
                if let [first, second] = pair
                    && second.joined
                    && !(first.function && second.function)
                {
                    boosts.push((gram_string(&format!("{}{}", first.text, second.text)), self.ranking.pair));
                }
            }
        }
        // One inside the other, not side by side: an optional clause of its own is looked up only in
        // tickets that match, several together are looked up everywhere.
        for (text, weight) in boosts {
            let chars: Vec<char> = text.chars().collect();
            if chars.len() < 2 {
                continue;
            }
            for (pair, boost) in self.fields.texts.iter().zip(self.ranking.texts).take(2) {
                let phrase = boosted(gram_phrase(pair.grams, &chars), boost * weight);
                query = Box::new(BooleanQuery::new(vec![(Occur::Must, query), (Occur::Should, phrase)]));
            }
        }
        query
    }

    /// The telling parts; of very many, those in the fewest tickets.
    fn rarest(&self, units: &Units) -> Vec<Unit> {
        let mut parts: Vec<Unit> = units.telling().cloned().collect();
        if parts.len() > MAX_PARTS {
            let df = |u: &Unit| self.word_df(&u.text);
            let mut order: Vec<(u64, usize)> = parts.iter().enumerate().map(|(n, u)| (df(u), n)).collect();
            // A word that no ticket has is the least use of all.
            order.sort_by_key(|&(df, n)| (df == 0, df, n));
            let mut keep: Vec<usize> = order.into_iter().take(MAX_PARTS).map(|(_, n)| n).collect();
            keep.sort_unstable();
            parts = keep.into_iter().filter_map(|n| parts.get(n).cloned()).collect();
        }
        parts
    }

    /// In how many tickets' texts a word stands.
    pub(crate) fn word_df(&self, word: &str) -> u64 {
        self.fields.texts.iter().take(2).map(|t| self.df(t.words, word)).max().unwrap_or(0)
    }

    /// Document frequency of a term; 0 if it cannot be read.
    pub(crate) fn df(&self, field: Field, word: &str) -> u64 {
        self.searcher.doc_freq(&IndexTerm::from_field_text(field, word)).unwrap_or(0)
    }

    /// One part: as a word, as characters inside longer words (if asked), or as one of its synonyms.
    fn unit(&self, unit: &Unit, inside: bool) -> Boxed {
        let mut ways = Vec::new();
        self.forms(&unit.text, unit.word, inside || !unit.word, 1.0, &mut ways);
        for other in &unit.also {
            self.forms(other, true, true, self.ranking.also, &mut ways);
        }
        union(ways)
    }

    fn forms(&self, text: &str, word: bool, inside: bool, weight: f32, ways: &mut Vec<Boxed>) {
        // Words side by side are one thing too: 18 and 路, but not the 18 in 118路.
        let words: Vec<(usize, &str)> = match word {
            true => vec![(0, text)],
            false => self.segmenter.precise(text).iter().map(|t| (t.char_start, t.word)).collect(),
        };
        for (pair, boost) in self.fields.texts.iter().zip(self.ranking.texts) {
            let terms = words.iter().map(|&(at, w)| (at, IndexTerm::from_field_text(pair.words, w))).collect();
            ways.push(boosted(sequence(terms), boost * weight));
        }
        if inside {
            ways.extend(self.phrase(&gram_string(text), self.ranking.gram * weight));
        }
    }

    /// Exactly these gram characters, in one of the texts; none if there are none.
    pub(crate) fn phrase(&self, grams: &str, weight: f32) -> Option<Boxed> {
        let chars: Vec<char> = grams.chars().collect();
        match chars.as_slice() {
            [] => None,
            [_] => Some(Box::new(ConstScoreQuery::new(term_query(self.fields.chars, grams), CHAR_SCORE * weight))),
            _ => {
                let each = |(t, boost): (&TextPair, f32)| boosted(gram_phrase(t.grams, &chars), boost * weight);
                Some(union(self.fields.texts.iter().zip(self.ranking.texts).map(each).collect()))
            }
        }
    }

    /// A ticket number or its beginning.
    fn by_id(&self, typed: &str) -> Vec<Boxed> {
        if !looks_like_id(typed) {
            return Vec::new();
        }
        let folded = typed.trim().to_lowercase();
        let lower = IndexTerm::from_field_text(self.fields.id_folded, &folded);
        let upper = IndexTerm::from_field_text(self.fields.id_folded, &format!("{folded}{}", char::MAX));
        let exact = TermQuery::new(lower.clone(), IndexRecordOption::Basic);
        let prefix = RangeQuery::new(Bound::Included(lower), Bound::Excluded(upper));
        vec![
            Box::new(ConstScoreQuery::new(Box::new(exact), ID_SCORE)),
            Box::new(ConstScoreQuery::new(Box::new(prefix), ID_PREFIX_SCORE)),
        ]
    }

    fn any_value(&self, facet: Facet, values: &[String]) -> Boxed {
        self.any_of(self.fields.facet(facet), values)
    }

    fn any_of(&self, field: Field, values: &[String]) -> Boxed {
        let any = |v: &String| -> Boxed {
            Box::new(TermQuery::new(IndexTerm::from_field_text(field, v), IndexRecordOption::Basic))
        };
        union(values.iter().map(any).collect())
    }

    fn received(&self, range: TimeRange) -> Option<Boxed> {
        let bound = |at: jiff::Timestamp| IndexTerm::from_field_i64(self.fields.received, at.as_microsecond());
        if range.from.is_none() && range.to.is_none() {
            return None;
        }
        let lower = range.from.map_or(Bound::Unbounded, |at| Bound::Included(bound(at)));
        let upper = range.to.map_or(Bound::Unbounded, |at| Bound::Excluded(bound(at)));
        Some(Box::new(RangeQuery::new(lower, upper)))
    }
}

/// Whether a typed word may be a ticket's number or the beginning of one.
pub(crate) fn looks_like_id(typed: &str) -> bool {
    let typed = typed.trim();
    typed.chars().nth(MAX_ID).is_none()
        && typed.chars().filter(char::is_ascii_alphanumeric).nth(1).is_some()
        && !typed.contains(char::is_whitespace)
}

/// The gram characters of a text as typed.
pub(crate) fn gram_string(typed: &str) -> String {
    let capped: String = typed.chars().take(MAX_TYPED).collect();
    gram_chars(Normalized::of(&capped).text()).take(MAX_TYPED).map(|(_, c)| c).collect()
}

/// At least two characters, one after the other. Every second pair (and the last) covers them all;
/// very long phrases are checked by [`MAX_PHRASE_GRAMS`] pairs spread evenly.
fn gram_phrase(field: Field, chars: &[char]) -> Boxed {
    let last = chars.len() - 2;
    let step = 2.max(chars.len().div_ceil(MAX_PHRASE_GRAMS));
    let gram = |at: usize| {
        let text: String = chars.iter().skip(at).take(2).collect();
        (at, IndexTerm::from_field_text(field, &text))
    };
    let mut grams: Vec<(usize, IndexTerm)> = (0..last).step_by(step).map(gram).collect();
    grams.push(gram(last));
    sequence(grams)
}

/// Terms of one field at their distances; a single one is just that term.
fn sequence(terms: Vec<(usize, IndexTerm)>) -> Boxed {
    match terms.as_slice() {
        [] => Box::new(EmptyQuery),
        [(_, only)] => Box::new(TermQuery::new(only.clone(), IndexRecordOption::WithFreqs)),
        _ => Box::new(PhraseQuery::new_with_offset(terms)),
    }
}

fn term_query(field: Field, text: &str) -> Boxed {
    sequence(vec![(0, IndexTerm::from_field_text(field, text))])
}

fn boosted(query: Boxed, boost: f32) -> Boxed {
    Box::new(BoostQuery::new(query, boost))
}

fn unscored(query: Boxed) -> Boxed {
    Box::new(ConstScoreQuery::new(query, 0.0))
}

fn union(mut any: Vec<Boxed>) -> Boxed {
    match any.len() {
        1 => match any.pop() {
            Some(only) => only,
            None => Box::new(EmptyQuery),
        },
        _ => Box::new(BooleanQuery::union(any)),
    }
}
