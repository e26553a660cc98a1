//! All words of rules and contexts in one automaton, and where they were found.

use std::collections::BTreeMap;

use aho_corasick::AhoCorasick;

use super::{
    super::Normalized,
    layout::Layout,
    number::{self, Condition},
};

/// A word of the rule book.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key(usize);

/// A stretch of characters of the normalised text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Words as they are collected.
#[derive(Debug, Default)]
pub(super) struct Book {
    keys: BTreeMap<String, Key>,
}

impl Book {
    /// Keys of words; a word that normalises to nothing can never be found and gets none.
    pub(super) fn keys(&mut self, words: &[String]) -> Vec<Key> {
        let mut out = Vec::new();
        for word in words {
            let normal = match number::split(word) {
                Some((range, unit)) => format!("{{{range}}}{}", Normalized::of(unit).text()),
                None => Normalized::of(word).text().to_owned(),
            };
            if normal.is_empty() {
                continue;
            }
            let next = Key(self.keys.len());
            out.push(*self.keys.entry(normal).or_insert(next));
        }
        out
    }

    pub(super) fn compile(self) -> Lexemes {
        let mut patterns = Vec::new();
        let mut of_pattern = Vec::new();
        let mut numbers = Vec::new();
        let count = self.keys.len();
        for (word, key) in self.keys {
            match Condition::parse(&word) {
                Some(condition) => numbers.push((condition, key)),
                None => {
                    patterns.push(word);
                    of_pattern.push(key);
                }
            }
        }
        // Building fails only past 2^31 states: far more than the files of a pack can hold. Without
        // an automaton no cue is found, which the tests of every pack would tell.
        let automaton = AhoCorasick::new(&patterns)
            .inspect_err(|error| tracing::error!(%error, "cue words do not fit one automaton"))
            .ok();
        Lexemes { automaton, of_pattern, numbers, count }
    }
}

/// The compiled words.
#[derive(Debug)]
pub(super) struct Lexemes {
    automaton: Option<AhoCorasick>,
    of_pattern: Vec<Key>,
    numbers: Vec<(Condition, Key)>,
    count: usize,
}

impl Lexemes {
    /// Every place of every word.
    pub(super) fn find(&self, text: &str, layout: &Layout) -> Found {
        let mut found = Found { places: vec![Vec::new(); self.count] };
        if let Some(automaton) = &self.automaton {
            for hit in automaton.find_overlapping_iter(text) {
                let place = Place { start: layout.char_at(hit.start()), end: layout.char_at(hit.end()) };
                if let Some(key) = self.of_pattern.get(hit.pattern().as_usize()) {
                    found.add(*key, place);
                }
            }
        }
        if !self.numbers.is_empty() {
            number::find(text, &self.numbers, |key, place| found.add(key, place));
        }
        for places in &mut found.places {
            places.sort_unstable();
        }
        found
    }
}

/// Places by word, sorted.
pub(super) struct Found {
    places: Vec<Vec<Place>>,
}

impl Found {
    fn add(&mut self, key: Key, place: Place) {
        if let Some(places) = self.places.get_mut(key.0) {
            places.push(place);
        }
    }

    pub(super) fn of(&self, key: Key) -> &[Place] {
        self.places.get(key.0).map_or(&[], Vec::as_slice)
    }

    /// Places of a word with at most `near` characters between it and `at`, not overlapping it.
    pub(super) fn near(&self, key: Key, at: Place, near: usize) -> impl Iterator<Item = Place> + '_ {
        let places = self.of(key);
        // A word is at most a few dozen characters, so starting somewhat earlier misses nothing.
        let from = at.start.saturating_sub(near + LONGEST);
        let first = places.partition_point(|p| p.start < from);
        places
            .iter()
            .skip(first)
            .copied()
            .take_while(move |p| p.start <= at.end + near)
            .filter(move |p| (p.end <= at.start && at.start - p.end <= near) || p.start >= at.end)
    }

    /// Whether a word stands between two characters.
    pub(super) fn between(&self, key: Key, from: usize, to: usize) -> bool {
        let places = self.of(key);
        let first = places.partition_point(|p| p.start < from);
        places.get(first).is_some_and(|p| p.end <= to)
    }

    /// Whether a word stands within `near` characters of `at`, or overlaps it.
    pub(super) fn around(&self, key: Key, at: Place, near: usize) -> bool {
        let places = self.of(key);
        let first = places.partition_point(|p| p.start + near + LONGEST < at.start);
        let mut later = places.iter().skip(first).take_while(|p| p.start <= at.end + near);
        later.any(|p| p.end + near >= at.start)
    }

    /// Whether a place lies inside a place of `key`.
    pub(super) fn covers(&self, key: Key, at: Place) -> bool {
        let places = self.of(key);
        let first = places.partition_point(|p| p.start + LONGEST < at.start);
        places.iter().skip(first).take_while(|p| p.start <= at.start).any(|p| p.end >= at.end)
    }
}

/// No word of a rule book is longer, in characters.
const LONGEST: usize = 32;
