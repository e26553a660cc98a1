//! Where an original text shows what was looked for. Works on the characters themselves, not on the
//! tokens of the index, so that a short word inside a long one is marked too. A mark takes a letter with
//! all its accents, and an emoji with all its parts.

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use crate::{
    domain::Span,
    text::{Normalized, Segmenter},
};

use super::{Term, Wanted, analyser::gram_chars, graphemes::Cuts, plan::gram_string, synonyms::Synonyms, units::Units};

/// Patterns of one query.
const MAX_PATTERNS: usize = 512;

/// Finds the marks of one query in any number of texts.
#[derive(Debug)]
pub struct Highlighter {
    automaton: Option<AhoCorasick>,
    /// Per pattern: whether it is a bare number or Latin word, marked only as a whole.
    bare: Vec<bool>,
}

impl Highlighter {
    /// Takes what was wanted; what was excluded is not marked.
    pub(crate) fn new(wanted: &Wanted, segmenter: &Segmenter, synonyms: &Synonyms) -> Self {
        let mut patterns: Vec<String> = Vec::new();
        let mut add = |text: String| {
            if !text.is_empty() && patterns.len() < MAX_PATTERNS && !patterns.contains(&text) {
                patterns.push(text);
            }
        };
        for term in wanted.groups.iter().flatten() {
            match term {
                Term::Phrase(typed) => add(gram_string(typed)),
                Term::Words(typed) => {
                    let units = Units::of(typed, segmenter, synonyms);
                    // A lone character beside longer words marks too much.
                    let longer = units.telling().any(|u| u.text.chars().nth(1).is_some());
                    for unit in units.telling() {
                        if !longer || unit.text.chars().nth(1).is_some() {
                            add(gram_string(&unit.text));
                        }
                        for other in &unit.also {
                            add(gram_string(other));
                        }
                    }
                    add(units.whole);
                }
            }
        }
        let phrases: Vec<String> = wanted
            .groups
            .iter()
            .flatten()
            .filter_map(|t| match t {
                Term::Phrase(typed) => Some(gram_string(typed)),
                Term::Words(_) => None,
            })
            .collect();
        let bare =
            patterns.iter().map(|p| !phrases.contains(p) && p.chars().all(|c| c.is_ascii_alphanumeric())).collect();
        // Not the table that is chosen by itself: to make it takes the square of a pattern that repeats itself.
        let kind = Some(AhoCorasickKind::ContiguousNFA);
        let automaton = AhoCorasick::builder().match_kind(MatchKind::Standard).kind(kind).build(&patterns).ok();
        Self { automaton: automaton.filter(|_| !patterns.is_empty()), bare }
    }

    /// Marks in one text: sorted, not overlapping, not touching, in characters of the original.
    pub fn spans(&self, original: &str) -> Vec<Span> {
        let Some(automaton) = &self.automaton else { return Vec::new() };
        let normalized = Normalized::of(original);
        // The gram characters in one piece, and for each of their bytes where it came from.
        let mut grams = String::with_capacity(normalized.text().len());
        let mut from: Vec<usize> = Vec::with_capacity(normalized.text().len());
        for (byte, c) in gram_chars(normalized.text()) {
            grams.push(c);
            from.extend((0..c.len_utf8()).map(|n| byte + n));
        }
        let mut found: Vec<(usize, usize, bool)> = automaton
            .find_overlapping_iter(&grams)
            .map(|m| {
                let bare = self.bare.get(m.pattern().as_usize()).copied().unwrap_or(false);
                (m.start(), m.end(), !bare || stands_alone(&grams, m.start(), m.end()))
            })
            .collect();
        // A number that stands nowhere alone was found inside others: then that is the reason.
        if found.iter().any(|f| f.2) {
            found.retain(|f| f.2);
        }
        let mut spans: Vec<Span> = found
            .into_iter()
            .filter_map(|(start, end, _)| Some((*from.get(start)?, *from.get(end.checked_sub(1)?)? + 1)))
            .map(|(start, end)| normalized.original_span(start..end))
            .filter(|span| !span.is_empty())
            .collect();
        merge(&mut spans);
        if !spans.is_empty() {
            let cuts = Cuts::of(original);
            spans.iter_mut().for_each(|span| *span = cuts.around(*span));
        }
        merge(&mut spans);
        spans
    }
}

/// Whether the bytes next to a match are not letters or digits too.
fn stands_alone(text: &str, start: usize, end: usize) -> bool {
    let bytes = text.as_bytes();
    let alnum = |at: Option<usize>| at.and_then(|n| bytes.get(n)).is_some_and(u8::is_ascii_alphanumeric);
    !alnum(start.checked_sub(1)) && !alnum(Some(end))
}

/// Sorts spans and joins those that overlap or touch.
fn merge(spans: &mut Vec<Span>) {
    spans.sort_unstable();
    let mut merged: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans.drain(..) {
        match merged.last_mut() {
            Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
            _ => merged.push(span),
        }
    }
    *spans = merged;
}
