//! Rows as the learners want them: who trains, who tunes, labels as numbers, a teacher's probabilities
//! for appeals without labels.

use crate::{
    labelled::{Origin, Part},
    model::{Bundle, ModelInput, labels::Labels, ngram::Ngrams, tokenizer::Reader},
};

use super::{Dataset, FitConfig, Labelled, LinearConfig, TrainError, adapt::adapt, linear, network::Example};

/// Rows to train on, to tune on, and held back. Blending and threshold are for citizens' words, so
/// real rows alone tune where there are enough of them.
pub(super) fn parts<'d>(
    data: &'d Dataset,
    config: &FitConfig,
) -> (Vec<&'d Labelled>, Vec<&'d Labelled>, Vec<&'d Labelled>) {
    let real = data.rows.iter().filter(|r| r.row.origin == Origin::Real && r.row.part() == Part::Tune).count();
    let (mut train, mut tune, mut held) = (Vec::new(), Vec::new(), Vec::new());
    for row in &data.rows {
        match row.row.part() {
            Part::Held if row.row.origin == Origin::Real || config.hold_simulated => held.push(row),
            Part::Tune if row.row.origin == Origin::Real || real < 100 => {
                tune.push(row);
                if config.calibration.is_some() {
                    train.push(row);
                }
            }
            _ => train.push(row),
        }
    }
    (train, tune, held)
}

/// The n-gram companion; with an earlier one and its labels, that one taught further.
pub(super) fn companion(
    rows: &[&Labelled],
    labels: &Labels,
    earlier: Option<&(Ngrams, &Labels)>,
    config: &LinearConfig,
) -> Ngrams {
    let inputs: Vec<&ModelInput> = rows.iter().map(|r| &r.input).collect();
    let sign = |yes: bool| if yes { 1 } else { -1 };
    let signs: Vec<Vec<i8>> = rows
        .iter()
        .map(|r| {
            let single = [
                (&labels.appeal_type, r.row.gold.appeal_type.label()),
                (&labels.category, r.row.gold.category.as_str()),
                (&labels.department, r.row.gold.department.as_str()),
                (&labels.urgency, r.row.gold.urgency.code()),
            ];
            let mut signs: Vec<i8> =
                single.iter().flat_map(|(all, own)| all.iter().map(move |l| sign(l == own))).collect();
            signs.extend(r.flags.map(sign));
            signs
        })
        .collect();
    match earlier {
        Some((earlier, own)) => adapt(earlier, &columns(own, labels), &inputs, &signs, config),
        None => linear::train(&inputs, &signs, config),
    }
}

/// For each output of `labels`, the output of the same label in `own`.
fn columns(own: &Labels, labels: &Labels) -> Vec<Option<usize>> {
    let mut from = 0;
    let mut columns = Vec::new();
    for (own, all) in own.lists().into_iter().zip(labels.lists()) {
        columns.extend(all.iter().map(|label| own.iter().position(|l| l == label).map(|at| from + at)));
        from += own.len();
    }
    columns
}

pub(super) fn examples_of(rows: &[&Labelled], labels: &Labels, reader: &Reader) -> Result<Vec<Example>, TrainError> {
    examples(rows, labels, reader, 1.0)
}

pub(super) fn examples(
    rows: &[&Labelled],
    labels: &Labels,
    reader: &Reader,
    simulated: f32,
) -> Result<Vec<Example>, TrainError> {
    let index = |row: &Labelled, list: &[String], label: &str| {
        let unknown =
            || TrainError::Data(format!("label `{label}` of appeal {} is not in the list of labels", row.row.id));
        list.iter().position(|l| l == label).ok_or_else(unknown)
    };
    rows.iter()
        .map(|r| {
            Ok(Example {
                ids: reader.read(&r.input).ids,
                labels: [
                    index(r, &labels.appeal_type, r.row.gold.appeal_type.label())?,
                    index(r, &labels.category, &r.row.gold.category)?,
                    index(r, &labels.department, &r.row.gold.department)?,
                    index(r, &labels.urgency, r.row.gold.urgency.code())?,
                ],
                flags: r.flags,
                weight: if r.row.origin == Origin::Real { 1.0 } else { simulated },
                taught: None,
            })
        })
        .collect()
}

/// Appeals without labels, with what a teacher says of them.
pub(super) fn taught(
    inputs: &[ModelInput],
    teacher: &Bundle,
    labels: &Labels,
    reader: &Reader,
    weight: f32,
) -> Result<Vec<Example>, TrainError> {
    if teacher.labels() != labels {
        return Err(TrainError::Data(format!("the teacher {} answers other labels", teacher.id())));
    }
    let votes = teacher.votes(inputs)?;
    Ok(inputs
        .iter()
        .zip(votes)
        .map(|(input, votes)| Example {
            ids: reader.read(input).ids,
            labels: [0; 4],
            flags: [false; 3],
            weight,
            taught: Some(teacher.probabilities(&votes)),
        })
        .collect())
}
