//! Whether places are found: those of the pack's names and patterns, of the bundle's head, and both.

use serde::Serialize;

use crate::{
    domain::{Appeal, FoundPlace, Span},
    labelled::phrase_spans,
};

use super::score::Share;

/// Places found against the place that a reader copied out.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct PlaceScores {
    /// Rows with a place of which some found place covers at least a character.
    pub overlap: Share,
    /// Rows with a place that was found exactly.
    pub exact: Share,
    /// Mean over rows with a place: best F1 of characters of any found place.
    pub char_f1: Option<f64>,
    /// Rows without a place in which nothing was found.
    pub silent: Share,
    /// Found places that are the reader's place, of all found.
    pub found_exact: Share,
    /// Found places that share a character with it, of all found.
    pub found_overlap: Share,
    /// Rows whose place does not stand in the text as copied: left out above.
    pub not_verbatim: usize,
}

impl PlaceScores {
    /// F1 of exactly the reader's place and of places that share a character with it: every found place
    /// counts, and each place of a reader once, wherever it stands.
    pub fn f1(&self) -> [Option<f64>; 2] {
        [(self.found_exact, self.exact), (self.found_overlap, self.overlap)].map(|(precision, recall)| {
            let (p, r) = (precision.value().unwrap_or(0.0), recall.value()?);
            Some(if p + r > 0.0 { 2.0 * p * r / (p + r) } else { 0.0 })
        })
    }
}

/// Scores places.
pub fn place_scores<'a>(
    rows: impl IntoIterator<Item = (&'a Appeal, Option<&'a str>, &'a [FoundPlace])>,
) -> PlaceScores {
    let (mut scores, mut f1_sum) = (PlaceScores::default(), 0.0);
    for (appeal, gold, found) in rows {
        let Some(gold) = gold.filter(|g| !g.is_empty()) else {
            scores.silent.of += 1;
            scores.found_exact.of += found.len();
            scores.found_overlap.of += found.len();
            scores.silent.hits += usize::from(found.is_empty());
            continue;
        };
        let at = phrase_spans(appeal, gold);
        if at.is_empty() {
            scores.not_verbatim += 1;
            continue;
        }
        let shared = |place: &FoundPlace| -> usize {
            let overlap =
                |span: &Span| place.at.span.end.min(span.end).saturating_sub(place.at.span.start.max(span.start));
            at.iter().filter(|at| at.field == place.at.field).map(|at| overlap(&at.span)).max().unwrap_or(0)
        };
        let length = gold.chars().count();
        let best = found
            .iter()
            .map(|place| 2.0 * shared(place) as f64 / (place.at.span.len() + length).max(1) as f64)
            .fold(0.0, f64::max);
        f1_sum += best;
        for share in [&mut scores.overlap, &mut scores.exact] {
            share.of += 1;
        }
        let same = |p: &&FoundPlace| shared(p) == length && p.at.span.len() == length;
        let (touching, exact) = (found.iter().filter(|p| shared(p) > 0).count(), found.iter().filter(same).count());
        scores.overlap.hits += usize::from(touching > 0);
        scores.exact.hits += usize::from(exact > 0);
        for (share, hits) in [(&mut scores.found_exact, exact), (&mut scores.found_overlap, touching)] {
            share.of += found.len();
            share.hits += hits;
        }
    }
    scores.char_f1 = (scores.overlap.of > 0).then(|| f1_sum / scores.overlap.of as f64);
    scores
}
