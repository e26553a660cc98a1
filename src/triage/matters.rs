//! One call, several matters: which turns of the text are turns to another matter.
//!
//! A stretch that something new opens is a matter of its own if it is about something else: another
//! category by the model (or by the taxonomy's words without one), another place. How much of that is
//! asked depends on how clearly the words say that something new begins.

use crate::{
    domain::{Appeal, Candidate, Field, Span, Suggestion},
    model::ModelError,
    text::{Opening, Stretch, stretches},
};

use super::Triager;

/// Fewer characters than this are no matter of their own.
const SHORTEST: usize = 8;
/// A clause of fewer characters says too little for its category to be believed.
const SHORT: usize = 14;
/// From this on, a turn is one to another matter.
const ENOUGH: f32 = 1.0;

/// What speaks for a turn, by how it is opened.
fn opened(opening: Opening, is_sentence: bool) -> f32 {
    let words = match opening {
        Opening::Start => 0.0,
        Opening::Weak => 0.25,
        Opening::Numbered => 0.3,
        Opening::Strong => 0.6,
    };
    words + if is_sentence { 0.2 } else { 0.0 }
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

/// Joins stretches that are of one matter. `said` holds what is suggested for each stretch by itself.
/// The parts follow one another and together are the whole text; one part means one matter.
pub fn parts(stretches: &[Stretch], said: &[Suggestion]) -> Vec<Span> {
    let mut parts: Vec<(Span, Vec<&Suggestion>)> = Vec::new();
    for (stretch, own) in stretches.iter().zip(said) {
        let Some((span, members)) = parts.last_mut() else {
            parts.push((stretch.span, vec![own]));
            continue;
        };
        // 反映两件事: what is before the first point belongs to it.
        let preface =
            span.len() < SHORTEST + 4 && members.len() == 1 && members[0].category.first().is_none_or(|c| c.p < 0.5);
        let nearest = members.iter().map(|before| apart(before, own)).fold(f32::INFINITY, f32::min);
        let doubt = if stretch.is_plea { 0.6 } else { 0.0 }
            + if !stretch.is_sentence && stretch.span.len() < SHORT { 0.25 } else { 0.0 };
        let score = opened(stretch.opening, stretch.is_sentence) + nearest - doubt;
        if preface || stretch.span.len() < SHORTEST || score < ENOUGH {
            span.end = stretch.span.end;
            match preface {
                true => *members = vec![own],
                false => members.push(own),
            }
        } else {
            parts.push((stretch.span, vec![own]));
        }
    }
    parts.into_iter().map(|(span, _)| span).collect()
}

/// The appeals that a text's stretches would be.
pub fn readings(appeal: &Appeal) -> (Vec<Stretch>, Vec<Appeal>) {
    let found = stretches(&appeal.text);
    let of = found.iter().map(|s| Appeal::new("", s.span.slice(appeal.field(Field::Text)))).collect();
    (found, of)
}

impl Triager {
    /// The parts of an appeal's text that are matters of their own; one part means one matter.
    ///
    /// # Errors
    /// Only if the model fails to compute.
    pub fn matters(&self, appeal: &Appeal) -> Result<Vec<Span>, ModelError> {
        let (found, readings) = readings(appeal);
        if found.len() < 2 {
            return Ok(found.into_iter().map(|s| s.span).collect());
        }
        Ok(parts(&found, &self.triage(&readings, false)?))
    }
}
