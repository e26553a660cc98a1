//! Figures of a bundle on held-back rows, for the report of a training run (`eval` has the full ones).

use std::{fmt, ops::Range};

use serde::Serialize;

use crate::{
    domain::{Field, HeadKind},
    labelled::{
        Origin,
        score::{LabelCounts, SpanScores, macro_f1},
    },
    model::{
        Bundle, HeadAnswer, ModelInput, Said,
        calibration::{Calibration, Mix},
        labels::{CATEGORY, HeadLabels, Labels, TRIAGE},
    },
};

use super::{
    TrainError,
    sample::{Gold, Sample},
};

/// Figures of some heads on some rows.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Scores {
    /// Rows that were scored.
    pub rows: usize,
    /// One for each head of which something is known.
    pub heads: Vec<HeadScores>,
    /// Share of rows marked 不确定, where triage is asked.
    pub uncertain: Option<f32>,
}

/// Figures of one head.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HeadScores {
    /// Its name.
    pub head: String,
    /// Rows that say something of it.
    pub rows: usize,
    /// How good.
    pub figures: Figures,
}

/// Figures of a head of each kind, between 0 and 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Figures {
    /// One label.
    Single {
        /// The first is right.
        first: f32,
        /// The right one is among the first three.
        among_three: f32,
        /// Mean F1 over the labels that occur.
        macro_f1: f32,
    },
    /// Several labels, each said from probability 0.5 on.
    Multi {
        /// F1 over all labels together.
        f1: f32,
    },
    /// Stretches.
    Span {
        /// F1 of exactly the same stretches.
        exact_f1: f32,
        /// F1 of stretches that share a part.
        overlap_f1: f32,
    },
}

impl Scores {
    /// The share of right first labels of a single-label head; none if it was not scored.
    pub fn first(&self, head: &str) -> Option<f32> {
        match self.heads.iter().find(|h| h.head == head)?.figures {
            Figures::Single { first, .. } => Some(first),
            Figures::Multi { .. } | Figures::Span { .. } => None,
        }
    }
}

impl fmt::Display for Scores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} rows:", self.rows)?;
        for head in &self.heads {
            write!(f, " {}", head.head)?;
            if head.rows != self.rows {
                write!(f, " ({} rows)", head.rows)?;
            }
            match head.figures {
                Figures::Single { first, among_three, macro_f1 } => {
                    write!(f, " {first:.3}/{among_three:.3} F1 {macro_f1:.3}")?;
                }
                Figures::Multi { f1 } => write!(f, " F1 {f1:.3}")?,
                Figures::Span { exact_f1, overlap_f1 } => {
                    write!(f, " exact F1 {exact_f1:.3} overlap F1 {overlap_f1:.3}")?;
                }
            }
        }
        self.uncertain.map_or(Ok(()), |share| write!(f, " uncertain {share:.3}"))
    }
}

/// A stretch as it is compared: label and text must agree, and the bytes.
type Marked = ((String, Field), Range<usize>);

fn figures(head: &HeadLabels, rows: &[(&Gold, &Said)]) -> Option<Figures> {
    match head.kind {
        HeadKind::Single => {
            let own: Vec<(usize, Vec<usize>)> = rows
                .iter()
                .filter_map(|(gold, said)| match (gold, said) {
                    (Gold::One(label), Said::One(ranked)) => {
                        Some((*label, ranked.iter().take(3).filter_map(|c| head.position(&c.label)).collect()))
                    }
                    _ => None,
                })
                .collect();
            let share = |among: usize| {
                let right = own.iter().filter(|(label, said)| said.iter().take(among).any(|s| s == label));
                right.count() as f32 / own.len().max(1) as f32
            };
            let gold: Vec<usize> = own.iter().map(|(label, _)| *label).collect();
            let said: Vec<Option<usize>> = own.iter().map(|(_, said)| said.first().copied()).collect();
            Some(Figures::Single { first: share(1), among_three: share(3), macro_f1: macro_f1(&gold, &said)? as f32 })
        }
        HeadKind::Multi => {
            let each = rows.iter().filter_map(|(gold, said)| match (gold, said) {
                (Gold::Each(each), Said::Each(said)) => Some(each.iter().copied().zip(said.iter().map(|c| c.p >= 0.5))),
                _ => None,
            });
            let counts = LabelCounts::of(each.flatten());
            Some(Figures::Multi { f1: counts.f1() as f32 })
        }
        HeadKind::Span => {
            let mut scores = SpanScores::default();
            for (gold, said) in rows {
                let (Gold::Spans(gold), Said::Spans(said)) = (gold, said) else { continue };
                let named = |label: usize| head.labels.get(label).cloned().unwrap_or_default();
                let gold: Vec<Marked> = gold.iter().map(|s| ((named(s.label), s.field), s.bytes.clone())).collect();
                let said: Vec<Marked> = said.iter().map(|s| ((s.label.clone(), s.field), s.bytes.clone())).collect();
                scores.add(&gold, &said);
            }
            Some(Figures::Span { exact_f1: scores.exact.f1() as f32, overlap_f1: scores.overlap_f1() as f32 })
        }
    }
}

fn score(bundle: &Bundle, rows: &[&Sample], labels: &Labels, heads: Range<usize>) -> Result<Scores, TrainError> {
    let inputs: Vec<ModelInput> = rows.iter().map(|r| r.input.clone()).collect();
    let answers: Vec<Vec<HeadAnswer>> = bundle.answers(&inputs)?;
    let mut scores = Scores { rows: rows.len(), ..Scores::default() };
    for (at, head) in labels.heads().iter().enumerate().take(heads.end).skip(heads.start) {
        let known: Vec<(&Gold, &Said)> = rows
            .iter()
            .zip(&answers)
            .filter_map(|(row, said)| Some((row.gold.get(at)?.as_ref()?, &said.get(at)?.said)))
            .filter(|(gold, _)| !matches!(gold, Gold::Taught(..)))
            .collect();
        if known.is_empty() {
            continue;
        }
        if let Some(figures) = figures(head, &known) {
            scores.heads.push(HeadScores { head: head.name.clone(), rows: known.len(), figures });
        }
    }
    if labels.triage() && heads.contains(&CATEGORY) {
        let predictions = bundle.predict(&inputs, false)?;
        let uncertain = predictions.iter().filter(|p| p.uncertain).count();
        scores.uncertain = Some(uncertain as f32 / rows.len().max(1) as f32);
    }
    Ok(scores)
}

/// Figures on held-back rows, each voter alone and both: triage on real and simulated appeals apart, the
/// other heads on all rows that say something of them.
pub(super) fn scores(
    mut bundle: Bundle,
    held: &[&Sample],
    labels: &Labels,
    calibration: &Calibration,
) -> Result<Vec<(String, Scores)>, TrainError> {
    let only = |encoder: f32, ngram: f32| {
        let mut c = calibration.clone();
        for (mixes, head) in c.heads.iter_mut().zip(labels.heads()) {
            if head.kind == HeadKind::Single {
                mixes.fill(Mix { encoder, ngram, ..Mix::default() });
            }
        }
        c
    };
    let all = labels.heads().len();
    let triage = if labels.triage() { TRIAGE.len() } else { 0 };
    let sets: [(&str, Vec<&Sample>, Range<usize>); 3] = [
        ("real", held.iter().copied().filter(|s| s.origin == Some(Origin::Real)).collect(), 0..triage),
        ("simulated", held.iter().copied().filter(|s| s.origin == Some(Origin::Simulated)).collect(), 0..triage),
        (
            "rows",
            held.iter().copied().filter(|s| s.gold.iter().skip(triage).any(Option::is_some)).collect(),
            triage..all,
        ),
    ];
    let mut out = Vec::new();
    for (voters, c) in [("encoder", only(1.0, 0.0)), ("n-grams", only(0.0, 1.0)), ("both", calibration.clone())] {
        bundle = bundle.recalibrated(c);
        for (rows, own, heads) in &sets {
            if !own.is_empty() && !heads.is_empty() {
                out.push((format!("held-back {rows}, {voters}"), score(&bundle, own, labels, heads.clone())?));
            }
        }
    }
    Ok(out)
}
