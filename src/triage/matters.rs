//! One call, several matters: which turns of the text are turns to another matter.
//!
//! A stretch that something new opens is a matter of its own if it is about something else: another
//! category by the model (or by the taxonomy's words without one), another place. How much of that is
//! asked depends on how clearly the words say that something new begins.

use std::collections::BTreeSet;

use crate::{
    domain::{Appeal, Candidate, Span, Suggestion},
    model::ModelError,
    text::{Normalized, Opening, Stretch, stretches},
};

use super::Triager;

/// Fewer characters than this are no matter of their own.
const SHORTEST: usize = 8;
/// A clause of fewer characters says too little for its category to be believed.
const SHORT: usize = 14;
/// What speaks against a turn that names again what was named before: the bag, then what is in the bag.
const REPEATS: f32 = 0.25;
/// From this on, a turn is one to another matter.
const ENOUGH: f32 = 1.0;

/// What speaks for a turn, by how it is opened. Within a sentence people mostly go on with the same.
fn opened(opening: Opening, is_sentence: bool) -> f32 {
    match (opening, is_sentence) {
        (Opening::Start, _) => 0.0,
        (Opening::Weak, false) => 0.1,
        (Opening::Numbered, false) => 0.15,
        (Opening::Weak, true) => 0.4,
        (Opening::Numbered, true) => 0.45,
        (Opening::Strong, false) => 0.6,
        (Opening::Strong, true) => 0.75,
    }
}

/// What speaks against it, whatever it is about.
fn doubt(stretch: &Stretch) -> f32 {
    let plea = match stretch.is_plea {
        true if stretch.opening == Opening::Strong => 0.3,
        true => 0.6,
        false => 0.0,
    };
    plea + if stretch.span.len() < SHORT && stretch.opening != Opening::Strong { 0.25 } else { 0.0 }
}

/// Share of probability that two answers have in common: 1 the same, 0 nothing shared. None if one of
/// them says nothing.
fn shared(a: &[Candidate], b: &[Candidate]) -> Option<f32> {
    let total = |c: &[Candidate]| c.iter().map(|c| c.p).sum::<f32>();
    let (of_a, of_b) = (total(a), total(b));
    if of_a <= 0.0 || of_b <= 0.0 {
        return None;
    }
    let both = a.iter().filter_map(|x| b.iter().find(|y| y.label == x.label).map(|y| (x.p / of_a).min(y.p / of_b)));
    Some(both.sum())
}

/// Whether the first answers are of one level-1 class, by the first two digits of the code.
fn same_class(a: &Suggestion, b: &Suggestion) -> bool {
    let class = |s: &Suggestion| s.category.first().map(|c| c.label.chars().take(2).collect::<String>());
    class(a).is_some() && class(a) == class(b)
}

fn places(s: &Suggestion) -> Vec<&str> {
    s.places.iter().map(|p| p.text.as_str()).filter(|p| p.chars().count() >= 3).collect()
}

/// How far a stretch is from what was said before it.
fn apart(before: &Suggestion, after: &Suggestion) -> f32 {
    let of_category = match shared(&before.category, &after.category) {
        None => 0.2,
        Some(shared) if same_class(before, after) => 0.3 * (1.0 - shared),
        Some(shared) => 0.75 * (1.0 - shared),
    };
    let of_department = shared(&before.department, &after.department).map_or(0.0, |shared| 0.15 * (1.0 - shared));
    let (own, other) = (places(before), places(after));
    let of_place = match own.is_empty() || other.is_empty() {
        true => 0.0,
        false if own.iter().any(|a| other.iter().any(|b| a.contains(b) || b.contains(a))) => -0.1,
        false => 0.1,
    };
    of_category + of_department + of_place
}

/// A stretch as it is read: by itself, and by its words.
#[derive(Clone, Debug)]
pub struct Turn {
    stretch: Stretch,
    /// The stretch as if it had been said alone.
    pub appeal: Appeal,
    words: BTreeSet<String>,
}

/// Joins stretches that are of one matter. `said` holds what is suggested for each stretch by itself.
/// The parts follow one another and together are the whole text; one part means one matter.
pub fn parts(turns: &[Turn], said: &[Suggestion]) -> Vec<Span> {
    let mut parts: Vec<(Span, Vec<(&Turn, &Suggestion)>)> = Vec::new();
    for (turn, own) in turns.iter().zip(said) {
        let stretch = &turn.stretch;
        let Some((span, members)) = parts.last_mut() else {
            parts.push((stretch.span, vec![(turn, own)]));
            continue;
        };
        // 反映两件事: what is before the first point belongs to it.
        let unsure = |said: &Suggestion| said.category.first().is_none_or(|c| c.p < 0.5);
        let preface = span.len() < SHORTEST + 4 && members.len() == 1 && unsure(members[0].1);
        let nearest = members.iter().map(|(_, before)| apart(before, own)).fold(f32::INFINITY, f32::min);
        let repeats = members.iter().any(|(before, _)| !before.words.is_disjoint(&turn.words));
        let against = doubt(stretch) + if repeats { REPEATS } else { 0.0 };
        let score = opened(stretch.opening, stretch.is_sentence) + nearest - against;
        if preface || stretch.span.len() < SHORTEST || score < ENOUGH {
            span.end = stretch.span.end;
            match preface {
                true => *members = vec![(turn, own)],
                false => members.push((turn, own)),
            }
        } else {
            parts.push((stretch.span, vec![(turn, own)]));
        }
    }
    parts.into_iter().map(|(span, _)| span).collect()
}

impl Triager {
    /// The stretches of an appeal's text that may be matters of their own.
    pub fn turns(&self, appeal: &Appeal) -> Vec<Turn> {
        let turn = |stretch: Stretch| {
            let said = stretch.span.slice(&appeal.text);
            let normalized = Normalized::of(said);
            let words = self.analyser.segmenter.precise(normalized.text()).into_iter().map(|token| token.word);
            let telling = |word: &&str| word.chars().count() > 1 && !self.pack.stop_words.iter().any(|own| own == word);
            let words = words.filter(telling).map(str::to_owned).collect();
            Turn { stretch, appeal: Appeal::new("", said), words }
        };
        stretches(&appeal.text).into_iter().map(turn).collect()
    }

    /// The parts of an appeal's text that are matters of their own; one part means one matter.
    ///
    /// # Errors
    /// Only if the model fails to compute.
    pub fn matters(&self, appeal: &Appeal) -> Result<Vec<Span>, ModelError> {
        let turns = self.turns(appeal);
        if turns.len() < 2 {
            return Ok(turns.into_iter().map(|turn| turn.stretch.span).collect());
        }
        let readings: Vec<Appeal> = turns.iter().map(|turn| turn.appeal.clone()).collect();
        Ok(parts(&turns, &self.triage(&readings, false)?))
    }
}
