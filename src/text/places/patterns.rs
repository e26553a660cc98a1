//! Automata, rules and word sets of the place patterns, built once: no city changes them.

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use aho_corasick::AhoCorasick;
use regex::Regex;

use super::words::{self, Kind};

/// Automata and lists that no city changes.
pub(super) struct Patterns {
    pub(super) suffixes: Option<AhoCorasick>,
    pub(super) kinds: Vec<Kind>,
    pub(super) stop: HashSet<&'static str>,
    pub(super) generic: HashSet<&'static str>,
    pub(super) never: HashSet<&'static str>,
    pub(super) road_names: HashSet<&'static str>,
    pub(super) naming: HashSet<&'static str>,
    pub(super) rules: HashMap<&'static str, Regex>,
}

pub(super) static PATTERNS: LazyLock<Patterns> = LazyLock::new(|| {
    let pairs: Vec<(Kind, &str)> =
        words::SUFFIXES.iter().flat_map(|(kind, list)| list.split_whitespace().map(|word| (*kind, word))).collect();
    let set = |list: &'static str| list.split_whitespace().collect();
    let rules = [
        words::NUMBER,
        words::FLAT,
        words::KILOMETRE,
        words::BUILDING,
        words::JUNCTION,
        words::TAIL,
        words::GROUP,
        words::PSEUDONYM,
    ];
    Patterns {
        suffixes: AhoCorasick::new(pairs.iter().map(|(_, word)| word)).ok(),
        kinds: pairs.iter().map(|(kind, _)| *kind).collect(),
        stop: set(words::STOP),
        generic: set(words::GENERIC),
        never: set(words::NEVER),
        road_names: set(words::ROAD_NAMES),
        naming: set(words::NAMING_VERBS),
        rules: rules.into_iter().filter_map(|rule| Some((rule, Regex::new(rule).ok()?))).collect(),
    }
});

impl Patterns {
    /// Length of the match of an anchored rule at a byte; 0 for none.
    pub(super) fn at(&self, rule: &str, text: &str, byte: usize) -> usize {
        let rest = text.get(byte..).unwrap_or("");
        // Rules match a few characters; a short window keeps the engine from preparing for more.
        let window = rest.char_indices().nth(24).map_or(rest, |(end, _)| rest.get(..end).unwrap_or(""));
        self.rules.get(rule).and_then(|rule| rule.find(window)).map_or(0, |found| found.end())
    }
}
