//! Everything that reads a text for one city, built once per pack version.

use crate::domain::{Context, CueRule, DictWord, Region};

use super::{CueMatcher, PlaceFinder, Segmenter};

/// What a city contributes to reading a text.
#[derive(Clone, Copy, Debug)]
pub struct Lexicon<'a> {
    /// User dictionary (names of regions are added by [`Analyser::build`]).
    pub words: &'a [DictWord],
    /// Districts and towns.
    pub regions: &'a [Region],
    /// Urgency rules.
    pub rules: &'a [CueRule],
    /// Context signals.
    pub contexts: &'a [Context],
}

/// Segmenter, place finder and cue matcher of one pack version.
#[derive(Debug)]
pub struct Analyser {
    /// Words.
    pub segmenter: std::sync::Arc<Segmenter>,
    /// Places.
    pub places: PlaceFinder,
    /// Urgency cues.
    pub cues: CueMatcher,
}

impl Analyser {
    /// Builds all three.
    pub fn build(lexicon: Lexicon<'_>) -> Self {
        let segmenter = std::sync::Arc::new(Segmenter::new(lexicon.words, lexicon.regions));
        Self {
            places: PlaceFinder::new(lexicon.regions, segmenter.clone()),
            segmenter,
            cues: CueMatcher::new(lexicon.rules, lexicon.contexts),
        }
    }
}
