//! Urgency cues with their context: the rules of a pack, compiled once, over normalised text.
//!
//! One automaton finds every word of every rule and context in one pass; number conditions
//! (`{10+}户`) are read beside it. A cue counts if its conditions stand near it, and is *cancelled*
//! (kept, with the reason) if a context that the rule names stands around it: 没有着火, 火已扑灭,
//! 万一着火. What lies in a title mark or a short quotation is quoted.

mod context;
mod layout;
mod number;
mod words;

use std::collections::BTreeMap;

use crate::domain::{Context, ContextKind, CueHit, CueRule, Field, FieldSpan};

use self::{
    context::Signals,
    layout::Layout,
    words::{Found, Key, Lexemes, Place},
};
use super::Normalized;

/// Hits of one rule in one text at most: more prove nothing more, and a hostile text of a million
/// cues stays cheap.
const MOST_HITS: usize = 64;

/// The pack's rules, compiled (one automaton over all cue words).
#[derive(Debug)]
pub struct CueMatcher {
    lexemes: Lexemes,
    rules: Vec<Rule>,
    signals: Vec<Signals>,
}

/// A rule with its words as keys of the automaton.
#[derive(Debug)]
struct Rule {
    any: Vec<Key>,
    /// `with`, `and`; an empty condition is left out.
    needs: Vec<Vec<Key>>,
    without: Vec<Key>,
    near: usize,
    within: usize,
    unless: Vec<ContextKind>,
}

impl CueMatcher {
    /// Compiles rules and context signals; words are normalised as texts are.
    pub fn new(rules: &[CueRule], contexts: &[Context]) -> Self {
        let mut book = words::Book::default();
        let rules = rules
            .iter()
            .map(|rule| Rule {
                any: book.keys(&rule.any),
                needs: [&rule.with, &rule.and].into_iter().filter(|w| !w.is_empty()).map(|w| book.keys(w)).collect(),
                without: book.keys(&rule.without),
                near: rule.near,
                within: rule.within.unwrap_or(usize::MAX),
                unless: rule.unless.clone(),
            })
            .collect();
        let signals = contexts.iter().map(|context| Signals::compile(context, &mut book)).collect();
        Self { lexemes: book.compile(), rules, signals }
    }

    /// All hits in one text, in text order; cancelled ones carry the reason.
    pub fn find(&self, field: Field, normalized: &Normalized) -> Vec<CueHit> {
        let text = normalized.text();
        let layout = Layout::of(text);
        let found = self.lexemes.find(text, &layout);
        let mut hits = Vec::new();
        for (index, rule) in self.rules.iter().enumerate() {
            let mut places: Vec<Place> = rule.any.iter().flat_map(|key| found.of(*key)).copied().collect();
            places.sort_unstable();
            places.dedup();
            let mut taken = 0;
            for at in longest(&places) {
                let Some(cancelled) = self.judge(rule, at, &found, &layout) else { continue };
                let span = normalized.original_span(layout.bytes(at));
                hits.push(CueHit { rule: index, field, at: FieldSpan { field, span }, cancelled });
                taken += 1;
                if taken == MOST_HITS {
                    break;
                }
            }
        }
        hits.sort_by_key(|hit| (hit.at.span, hit.rule));
        hits
    }

    /// All hits of an appeal. A title sums up its text: where the text cancels every hit of a rule
    /// (火已扑灭), the title's bare hits of that rule are cancelled for the same reason.
    pub fn find_in(&self, title: &Normalized, text: &Normalized) -> Vec<CueHit> {
        let told = self.find(Field::Text, text);
        let mut open: BTreeMap<usize, Option<ContextKind>> = BTreeMap::new();
        for hit in &told {
            let state = open.entry(hit.rule).or_insert(hit.cancelled);
            if hit.cancelled.is_none() {
                *state = None;
            }
        }
        let mut hits = self.find(Field::Title, title);
        for hit in hits.iter_mut().filter(|hit| hit.cancelled.is_none()) {
            hit.cancelled = open.get(&hit.rule).copied().flatten();
        }
        hits.extend(told);
        hits
    }

    /// Whether a cue counts: none if its conditions are not met; otherwise the context that cancels
    /// it, if any.
    fn judge(&self, rule: &Rule, at: Place, found: &Found, layout: &Layout) -> Option<Option<ContextKind>> {
        if at.start >= rule.within || rule.without.iter().any(|key| found.around(*key, at, rule.near)) {
            return None;
        }
        let mut cancelled = self.context(rule, at, found, layout);
        for need in &rule.needs {
            // The condition is met by any of its words that is not cancelled itself.
            let mut state = None;
            for place in need.iter().flat_map(|key| found.near(*key, at, rule.near)) {
                let reason = self.context(rule, place, found, layout);
                state = Some(reason);
                if reason.is_none() {
                    break;
                }
            }
            cancelled = cancelled.or(state?);
        }
        Some(cancelled)
    }

    fn context(&self, rule: &Rule, at: Place, found: &Found, layout: &Layout) -> Option<ContextKind> {
        if rule.unless.contains(&ContextKind::Quoted) && layout.is_quoted(at) {
            return Some(ContextKind::Quoted);
        }
        self.signals
            .iter()
            .filter(|signals| rule.unless.contains(&signals.kind))
            .find(|signals| signals.hold(at, found, layout))
            .map(|signals| signals.kind)
    }
}

/// Of sorted places, those that lie in no other (煤气味 instead of 煤气 in it).
fn longest(places: &[Place]) -> impl Iterator<Item = Place> + '_ {
    let mut reached = 0;
    let mut by_start: Vec<Place> = places.to_vec();
    by_start.sort_unstable_by_key(|p| (p.start, std::cmp::Reverse(p.end)));
    by_start.into_iter().filter(move |p| {
        let fresh = p.end > reached;
        reached = reached.max(p.end);
        fresh
    })
}
