//! From strengths of single characters to the few stretches that are shown as reasons.

use std::ops::Range;

use crate::domain::Field;

use super::{Evidence, ModelInput};

/// Stretches shown at most.
const SHOWN: usize = 6;
/// Characters of one stretch at most.
const LONGEST: usize = 10;
/// A stretch grows over characters at least this share as strong as the strongest one.
const FLOOR: f32 = 0.12;

/// How strongly each character of title and text speaks for a label.
pub(super) struct Strengths {
    title: Vec<f32>,
    text: Vec<f32>,
    /// Character number of every byte of title and text would be large for long texts; the byte at
    /// which each character starts is searched instead.
    starts: [Vec<usize>; 2],
}

impl Strengths {
    pub(super) fn new(input: &ModelInput) -> Self {
        let starts = [&input.title, &input.text].map(|t| t.char_indices().map(|(at, _)| at).collect::<Vec<_>>());
        Self { title: vec![0.0; starts[0].len()], text: vec![0.0; starts[1].len()], starts }
    }

    /// Spreads a weight evenly over the characters of `bytes`.
    pub(super) fn add(&mut self, field: Field, bytes: Range<usize>, weight: f32) {
        let (scores, starts) = match field {
            Field::Title => (&mut self.title, &self.starts[0]),
            Field::Text => (&mut self.text, &self.starts[1]),
        };
        let from = starts.partition_point(|s| *s < bytes.start);
        let to = starts.partition_point(|s| *s < bytes.end);
        if let Some(part) = scores.get_mut(from..to).filter(|p| !p.is_empty()) {
            let each = weight / part.len() as f32;
            part.iter_mut().for_each(|s| *s += each);
        }
    }

    /// The strongest stretches of two or more word characters, strongest first, with their shares of
    /// all positive strength.
    pub(super) fn evidence(self, input: &ModelInput) -> Vec<Evidence> {
        let top = self.title.iter().chain(&self.text).copied().fold(0.0, f32::max);
        if top <= 0.0 {
            return Vec::new();
        }
        let mut found = Vec::new();
        for (field, text, scores, starts) in [
            (Field::Title, &input.title, &self.title, &self.starts[0]),
            (Field::Text, &input.text, &self.text, &self.starts[1]),
        ] {
            let strong: Vec<bool> =
                text.chars().zip(scores).map(|(c, s)| c.is_alphanumeric() && *s >= FLOOR * top).collect();
            let mut at = 0;
            for run in strong.chunk_by(|a, b| a == b) {
                let range = at..at + run.len();
                at = range.end;
                if !run[0] || run.len() < 2 {
                    continue;
                }
                let best = strongest(&scores[range.clone()]);
                let (from, to) = (range.start + best.start, range.start + best.end);
                let end = starts.get(to).copied().unwrap_or(text.len());
                found.push(Evidence { field, bytes: starts[from]..end, weight: scores[from..to].iter().sum() });
            }
        }
        let total: f32 = found.iter().map(|e| e.weight).sum();
        found.sort_by(|a, b| b.weight.total_cmp(&a.weight));
        found.truncate(SHOWN);
        found.iter_mut().for_each(|e| e.weight = (e.weight / total).clamp(0.0, 1.0));
        found
    }
}

/// The strongest window of at most [`LONGEST`] characters.
fn strongest(scores: &[f32]) -> Range<usize> {
    if scores.len() <= LONGEST {
        return 0..scores.len();
    }
    let sums = scores.windows(LONGEST).map(|w| w.iter().sum::<f32>()).enumerate();
    let best = sums.fold((0, f32::MIN), |best, (at, s)| if s > best.1 { (at, s) } else { best });
    best.0..best.0 + LONGEST
}
