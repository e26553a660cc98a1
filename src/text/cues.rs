//! Urgency cues with their context.

use crate::domain::{Context, CueHit, CueRule, Field};

use super::Normalized;

/// The pack's rules, compiled (one automaton over all cue words).
#[derive(Debug)]
pub struct CueMatcher {}

impl CueMatcher {
    /// Compiles rules and context signals; words are normalised as texts are.
    pub fn new(rules: &[CueRule], contexts: &[Context]) -> Self {
        let _ = (rules, contexts);
        todo!()
    }

    /// All hits in one text, in text order; cancelled ones carry the reason.
    pub fn find(&self, field: Field, normalized: &Normalized) -> Vec<CueHit> {
        let _ = (field, normalized);
        todo!()
    }
}
