//! Heads beside those of triage, on the held-back rows of a task's tables.

use rayon::prelude::*;
use serde::Serialize;

use crate::{
    domain::HeadKind,
    labelled::{HeadGold, Part, TaskHead, TaskRow, TaskRows, score::SpanScores},
    model::{Bundle, HeadAnswer, ModelError, ModelInput, Said},
    text::Normalized,
};

use super::{
    baseline::{NgramConfig, Ngrams, SvmConfig, rank},
    score::{Bins, LabelCounts, Share, calibration_error, macro_f1},
};

/// Inputs answered together.
const BATCH: usize = 16;
/// Bins of the calibration errors.
const BINS: usize = 15;

/// One head of one system.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FurtherScores {
    /// Name of the head.
    pub head: String,
    /// `model` or `baseline`.
    pub system: String,
    /// Rows that say something of it.
    pub rows: usize,
    /// How good.
    pub figures: FurtherFigures,
}

/// Figures by the kind of head.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FurtherFigures {
    /// One label.
    Single {
        /// First label right.
        top1: Share,
        /// Mean F1 over the labels that occur.
        macro_f1: Option<f64>,
        /// Calibration error over 15 bins of equal width; none without probabilities.
        ece: Option<f64>,
    },
    /// Several labels.
    Multi {
        /// Counts over all labels.
        counts: LabelCounts,
    },
    /// Stretches.
    Span {
        /// Counts.
        scores: SpanScores,
    },
}

/// Scores the heads that both the bundle and the task know, on the task's held-back rows; with a
/// `baseline` for heads of one label, trained on the other rows.
///
/// # Errors
/// Only if the model fails to compute.
pub fn further_scores(bundle: &Bundle, task: &TaskRows, baseline: bool) -> Result<Vec<FurtherScores>, ModelError> {
    let same = |h: &TaskHead| bundle.labels().get(&h.name).is_some_and(|own| own.kind == h.kind);
    let heads: Vec<(usize, &TaskHead)> = task.heads.iter().enumerate().filter(|(_, h)| same(h)).collect();
    let says = |row: &&TaskRow| heads.iter().any(|(at, _)| row.gold.get(*at).is_some_and(Option::is_some));
    let held: Vec<&TaskRow> = task.rows.iter().filter(|r| r.part == Part::Held).filter(says).collect();
    let inputs: Vec<ModelInput> = held
        .iter()
        .map(|row| ModelInput {
            title: Normalized::of(&row.appeal.title).text().to_owned(),
            text: Normalized::of(&row.appeal.text).text().to_owned(),
        })
        .collect();
    let answers: Vec<Vec<HeadAnswer>> =
        inputs.par_chunks(BATCH).map(|batch| bundle.answers(batch)).collect::<Result<Vec<_>, _>>()?.concat();
    let mut all = Vec::new();
    for (at, head) in heads {
        let rows: Vec<Row<'_>> = held
            .iter()
            .zip(&answers)
            .filter_map(|(row, answers)| {
                let said = &answers.iter().find(|a| a.head == head.name)?.said;
                Some(Row { row, gold: row.gold.get(at)?.as_ref()?, said })
            })
            .collect();
        if rows.is_empty() {
            continue;
        }
        let name = |system: &str, figures| FurtherScores {
            head: head.name.clone(),
            system: system.into(),
            rows: rows.len(),
            figures,
        };
        all.push(name("model", figures(head, &rows)));
        if baseline && head.kind == HeadKind::Single {
            let train: Vec<&TaskRow> = task.rows.iter().filter(|r| r.part != Part::Held).collect();
            all.push(name("baseline", linear(head, at, &train, &rows)));
        }
    }
    Ok(all)
}

/// A held-back row that says something of a head, and what the bundle says.
struct Row<'r> {
    row: &'r TaskRow,
    gold: &'r HeadGold,
    said: &'r Said,
}

fn label(head: &TaskHead, at: usize) -> String {
    head.labels.get(at).cloned().unwrap_or_default()
}

fn single(gold: &[String], said: &[Option<String>], sure: &[(f32, bool)]) -> FurtherFigures {
    let hits = gold.iter().zip(said).filter(|(g, s)| Some(*g) == s.as_ref()).count();
    FurtherFigures::Single {
        top1: Share { hits, of: gold.len() },
        macro_f1: macro_f1(gold, said),
        ece: calibration_error(sure, Bins::Width(BINS)),
    }
}

fn figures(head: &TaskHead, rows: &[Row<'_>]) -> FurtherFigures {
    match head.kind {
        HeadKind::Single => {
            let pairs = rows.iter().filter_map(|r| match (r.gold, r.said) {
                (HeadGold::One(at), Said::One(ranked)) => Some((label(head, *at), ranked.first())),
                _ => None,
            });
            let (gold, first): (Vec<String>, Vec<_>) = pairs.unzip();
            let said: Vec<Option<String>> = first.iter().map(|c| c.map(|c| c.label.clone())).collect();
            let sure: Vec<(f32, bool)> =
                gold.iter().zip(&first).filter_map(|(g, c)| c.map(|c| (c.p, c.label == *g))).collect();
            single(&gold, &said, &sure)
        }
        HeadKind::Multi => {
            let pairs = rows.iter().filter_map(|r| match (r.gold, r.said) {
                (HeadGold::Each(each), Said::Each(said)) => Some((each, said)),
                _ => None,
            });
            let each = pairs.flat_map(|(each, said)| {
                let p = |at: usize| said.iter().find(|c| c.label == label(head, at)).map_or(0.0, |c| c.p);
                each.iter().enumerate().map(move |(at, yes)| (*yes, p(at) >= 0.5)).collect::<Vec<_>>()
            });
            FurtherFigures::Multi { counts: LabelCounts::of(each) }
        }
        HeadKind::Span => {
            let mut scores = SpanScores::default();
            for r in rows {
                let (HeadGold::Spans(gold), Said::Spans(said)) = (r.gold, r.said) else { continue };
                let texts = [&r.row.appeal.title, &r.row.appeal.text].map(|t| Normalized::of(t));
                let gold: Vec<_> = gold
                    .iter()
                    .map(|(at, l)| {
                        let text = &texts[usize::from(at.field == crate::domain::Field::Text)];
                        ((label(head, *l), at.field), text.normalized_bytes(at.span))
                    })
                    .collect();
                let said: Vec<_> = said.iter().map(|f| ((f.label.clone(), f.field), f.bytes.clone())).collect();
                scores.add(&gold, &said);
            }
            FurtherFigures::Span { scores }
        }
    }
}

/// The n-gram baseline on a head of one label.
fn linear(head: &TaskHead, at: usize, train: &[&TaskRow], test: &[Row<'_>]) -> FurtherFigures {
    let whole = |row: &TaskRow| format!("{}\n{}", row.appeal.title, row.appeal.text);
    let own = |row: &TaskRow| match row.gold.get(at) {
        Some(Some(HeadGold::One(own))) => Some(label(head, *own)),
        _ => None,
    };
    let (labels, texts): (Vec<String>, Vec<String>) =
        train.iter().filter_map(|row| Some((own(row)?, whole(row)))).unzip();
    let ngrams = Ngrams::fit(&texts, NgramConfig::default());
    let tested: Vec<String> = test.iter().map(|r| whole(r.row)).collect();
    let ranked = rank(&ngrams.transform(&texts), &labels, &ngrams.transform(&tested), &SvmConfig::default());
    let gold: Vec<String> = test.iter().filter_map(|r| own(r.row)).collect();
    let said: Vec<Option<String>> = ranked.into_iter().map(|r| r.into_iter().next().map(|(label, _)| label)).collect();
    single(&gold, &said, &[])
}
