//! Whether reasons are reasons.

use std::ops::Range;

use rayon::prelude::*;
use serde::Serialize;

use crate::{
    domain::{Field, fold},
    model::{Bundle, Evidence, ModelError, ModelInput, Prediction},
    text::Normalized,
};

use crate::labelled::Row;

use super::score::Share;

/// Inputs predicted together.
const BATCH: usize = 16;

/// Whether deleting the shown reasons hurts the class more than deleting random spans of equal
/// length would.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Faithfulness {
    /// Rows in which it hurts more, of the rows with reasons.
    pub faithful: Share,
    /// Mean fall of the class's probability after deleting the shown spans.
    pub shown_drop: Option<f64>,
    /// The same after deleting random spans.
    pub random_drop: Option<f64>,
    /// Mean share of the characters that was shown (and deleted).
    pub covered: Option<f64>,
}

/// Measures the reasons of the first category. Random spans are drawn from the row's own text, with
/// a seed from its id: the same every time.
///
/// # Errors
/// Only if the model fails to compute.
pub fn faithfulness(bundle: &Bundle, rows: &[&Row]) -> Result<Faithfulness, ModelError> {
    let parts: Vec<Vec<[f64; 3]>> = rows.par_chunks(BATCH).map(|rows| drops(bundle, rows)).collect::<Result<_, _>>()?;
    let drops: Vec<[f64; 3]> = parts.concat();
    let mean = |n: usize| {
        let values = drops.iter().filter_map(|d| d.get(n));
        (!drops.is_empty()).then(|| values.sum::<f64>() / drops.len() as f64)
    };
    Ok(Faithfulness {
        faithful: Share { hits: drops.iter().filter(|[shown, random, _]| shown > random).count(), of: drops.len() },
        shown_drop: mean(0),
        random_drop: mean(1),
        covered: mean(2),
    })
}

/// For each row with reasons: fall by shown spans, fall by random spans, share of text shown.
fn drops(bundle: &Bundle, rows: &[&Row]) -> Result<Vec<[f64; 3]>, ModelError> {
    let inputs: Vec<ModelInput> = rows
        .iter()
        .map(|row| ModelInput {
            title: Normalized::of(&row.appeal.title).text().to_owned(),
            text: Normalized::of(&row.appeal.text).text().to_owned(),
        })
        .collect();
    let whole = bundle.predict(&inputs, true)?;
    let (mut kept, mut shown, mut random) = (Vec::new(), Vec::new(), Vec::new());
    for ((row, input), prediction) in rows.iter().zip(&inputs).zip(&whole) {
        let Some(top) = prediction.category.first() else { continue };
        if prediction.evidence.is_empty() {
            continue;
        }
        let (without, covered) = without_evidence(input, &prediction.evidence);
        shown.push(without);
        random.push(without_random(input, &prediction.evidence, &row.id));
        kept.push((top, covered));
    }
    let p = |prediction: &Prediction, label: &str| {
        prediction.category.iter().find(|c| c.label == label).map_or(0.0, |c| f64::from(c.p))
    };
    let (shown, random) = (bundle.predict(&shown, false)?, bundle.predict(&random, false)?);
    Ok(kept
        .into_iter()
        .zip(shown.iter().zip(&random))
        .map(|((top, covered), (shown, random))| {
            let before = f64::from(top.p);
            [before - p(shown, &top.label), before - p(random, &top.label), covered]
        })
        .collect())
}

fn of(input: &ModelInput, field: Field) -> &str {
    match field {
        Field::Title => &input.title,
        Field::Text => &input.text,
    }
}

fn deleted(text: &str, gone: &[Range<usize>]) -> String {
    text.char_indices().filter(|(at, _)| !gone.iter().any(|r| r.contains(at))).map(|(_, c)| c).collect()
}

fn ranges(evidence: &[Evidence], field: Field) -> Vec<Range<usize>> {
    evidence.iter().filter(|e| e.field == field).map(|e| e.bytes.clone()).collect()
}

fn without_evidence(input: &ModelInput, evidence: &[Evidence]) -> (ModelInput, f64) {
    let rest = |field| deleted(of(input, field), &ranges(evidence, field));
    let left = ModelInput { title: rest(Field::Title), text: rest(Field::Text) };
    let size = |i: &ModelInput| i.title.chars().count() + i.text.chars().count();
    let covered = 1.0 - size(&left) as f64 / size(input).max(1) as f64;
    (left, covered)
}

/// Deletes, in each field, spans of the same lengths at random places that do not overlap (as far as
/// there is room).
fn without_random(input: &ModelInput, evidence: &[Evidence], seed: &str) -> ModelInput {
    let mut draw = 0_u32;
    let mut rest = |field: Field| {
        let text = of(input, field);
        let starts: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        let chars = starts.len() - 1;
        let mut gone: Vec<Range<usize>> = Vec::new();
        for bytes in ranges(evidence, field) {
            let length = text.get(bytes).map_or(0, |t| t.chars().count());
            if length == 0 || length > chars {
                continue;
            }
            for attempt in 0..50 {
                draw += 1;
                let start = fold(&format!("{seed}/{draw}"), (chars - length + 1) as u32) as usize;
                let (Some(from), Some(to)) = (starts.get(start), starts.get(start + length)) else { continue };
                if attempt == 49 || !gone.iter().any(|g| g.start < *to && *from < g.end) {
                    gone.push(*from..*to);
                    break;
                }
            }
        }
        deleted(text, &gone)
    };
    ModelInput { title: rest(Field::Title), text: rest(Field::Text) }
}
