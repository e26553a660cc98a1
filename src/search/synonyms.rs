//! Words that mean the same, applied to the query and never to the index, so that a changed list is
//! live at once.

use std::{collections::BTreeMap, ops::Range};

use aho_corasick::{AhoCorasick, MatchKind};

use crate::text::Normalized;

/// Groups of words, compiled.
#[derive(Debug, Default)]
pub(crate) struct Synonyms {
    automaton: Option<AhoCorasick>,
    /// Per pattern: the other words of its groups, normalised.
    others: Vec<Vec<String>>,
}

impl Synonyms {
    /// Compiles groups; a word may stand in several of them.
    pub(crate) fn new(groups: &[Vec<String>]) -> Self {
        let mut by_word: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for group in groups {
            let words: Vec<String> =
                group.iter().map(|w| Normalized::of(w.trim()).text().to_owned()).filter(|w| !w.is_empty()).collect();
            for word in &words {
                let others = by_word.entry(word.clone()).or_default();
                for other in &words {
                    if other != word && !others.contains(other) {
                        others.push(other.clone());
                    }
                }
            }
        }
        by_word.retain(|_, others| !others.is_empty());
        let (words, others): (Vec<String>, Vec<Vec<String>>) = by_word.into_iter().unzip();
        let automaton = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(&words).ok();
        Self { automaton: automaton.filter(|_| !words.is_empty()), others }
    }

    /// Known words in a normalised text, longest first, not overlapping, each with its synonyms.
    pub(crate) fn find(&self, text: &str) -> Vec<(Range<usize>, Vec<String>)> {
        let Some(automaton) = &self.automaton else { return Vec::new() };
        automaton
            .find_iter(text)
            .filter_map(|m| Some((m.range(), self.others.get(m.pattern().as_usize())?.clone())))
            .collect()
    }
}
