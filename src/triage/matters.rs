//! One call, several matters: which turns of the text are turns to another matter.
//!
//! A stretch that something new opens is a matter of its own if it is about something else: another
//! category, another department, another kind of appeal by the model (or by the taxonomy's words without
//! one). How much of that is asked depends on how clearly the words say that something new begins.

use crate::{
    domain::{Appeal, Candidate, Span, Suggestion},
    model::ModelError,
    text::{Opening, Stretch, stretches},
};

use super::Triager;

/// Fewer characters than this are no matter of their own.
const SHORTEST: usize = 8;
/// A stretch of so many characters says enough for its labels to be believed.
const LONG: f32 = 40.0;
/// What an answer that says nothing shares with any other.
const UNKNOWN: f32 = 0.3;

/// Weights of a logistic regression over the turns of the 144 calls of `eval/suites/split.jsonl` that tune
/// (Newton's method, L2 of 1; `eval/EXPERIMENTS.md`). Whether a turn begins a sentence is left out: how a
/// call is punctuated is the operator's habit.
mod weight {
    pub(super) const BIAS: f32 = -5.75;
    pub(super) const STRONG: f32 = 2.61;
    pub(super) const PLEA: f32 = -1.13;
    pub(super) const OTHER_CATEGORY: f32 = 1.37;
    pub(super) const OTHER_DEPARTMENT: f32 = 1.0;
    pub(super) const OTHER_TYPE: f32 = 2.01;
    pub(super) const SAME_CLASS: f32 = -0.37;
    pub(super) const SURE: f32 = 2.13;
    pub(super) const LENGTH: f32 = 2.47;
    pub(super) const REFERS_BACK: f32 = -1.0;
    /// Log-odds from which on a turn is one to another matter: a probability of 0.45.
    pub(super) const ENOUGH: f32 = -0.2;
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

/// The level-1 class of the first category: the first two digits of its code.
fn class(s: &Suggestion) -> Option<String> {
    s.category.first().map(|c| c.label.chars().take(2).collect())
}

fn sure(s: &Suggestion) -> f32 {
    s.category.first().map_or(0.0, |c| c.p)
}

/// Log-odds that a stretch is about another matter than everything of the part before it.
fn apart(before: &[(&Turn, &Suggestion)], turn: &Turn, own: &Suggestion) -> f32 {
    let most = |of: fn(&Suggestion) -> &[Candidate]| {
        let shares = before.iter().map(|(_, earlier)| shared(of(earlier), of(own)).unwrap_or(UNKNOWN));
        1.0 - shares.fold(0.0, f32::max)
    };
    let flag = |yes: bool| if yes { 1.0 } else { 0.0 };
    let same_class = class(own).is_some() && before.iter().any(|(_, earlier)| class(earlier) == class(own));
    let surest = before.iter().map(|(_, earlier)| sure(earlier)).fold(0.0, f32::max);
    weight::BIAS
        + weight::STRONG * flag(turn.stretch.opening == Opening::Strong)
        + weight::PLEA * flag(turn.stretch.is_plea)
        + weight::OTHER_CATEGORY * most(|s| &s.category)
        + weight::OTHER_DEPARTMENT * most(|s| &s.department)
        + weight::OTHER_TYPE * most(|s| &s.appeal_type)
        + weight::SAME_CLASS * flag(same_class)
        + weight::SURE * surest.min(sure(own))
        + weight::LENGTH * (turn.stretch.span.len() as f32).min(LONG) / LONG
        + weight::REFERS_BACK * flag(turn.stretch.refers_back)
}

/// A stretch as it is read: by itself.
#[derive(Clone, Debug)]
pub struct Turn {
    stretch: Stretch,
    /// The stretch as if it had been said alone.
    pub appeal: Appeal,
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
        if preface || stretch.span.len() < SHORTEST || apart(members, turn, own) < weight::ENOUGH {
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
        let turn = |stretch: Stretch| Turn { appeal: Appeal::new("", stretch.span.slice(&appeal.text)), stretch };
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
