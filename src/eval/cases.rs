//! What decided cases add: the same appeals, asked again with a memory of training rows beside the model.

use rayon::prelude::*;

use crate::{
    domain::{Appeal, Suggestion, TicketId},
    labelled::{Part, Row},
    model::{
        ModelError,
        memory::{Decided, Memory},
    },
    numeric::Quantised,
    triage::Triager,
};

use super::run::BATCH;

/// Sizes of the memory that are tried, besides all training rows and none.
const SIZES: [usize; 1] = [1_000];

/// Suggestions for `held` with so many of the training rows of `all` as decided cases; the memory is
/// empty again afterwards. Nothing if the bundle has no memory or there are no training rows.
pub(super) fn with_cases(
    triager: &Triager,
    all: &[Row],
    held: &[&Row],
) -> Result<Vec<(usize, Vec<Suggestion>)>, ModelError> {
    let Some(memory) = &triager.memory else { return Ok(Vec::new()) };
    let mut train: Vec<&Row> = all.iter().filter(|r| r.part() == Part::Train).collect();
    // in an order that has nothing to do with the files
    train.sort_by_cached_key(|r| blake3::hash(r.id.as_bytes()).to_hex());
    let mut answers = Vec::new();
    let mut known = 0;
    let smaller = SIZES.into_iter().filter(|n| *n < train.len());
    for size in smaller.chain((!train.is_empty()).then_some(train.len())) {
        remember(triager, memory, &train[known..size])?;
        known = size;
        answers.push((size, asked(triager, held)?));
    }
    train.iter().filter_map(|r| TicketId::new(r.id.clone()).ok()).for_each(|id| {
        memory.forget(&id);
    });
    Ok(answers)
}

fn remember(triager: &Triager, memory: &Memory, rows: &[&Row]) -> Result<(), ModelError> {
    for chunk in rows.chunks(512) {
        for (row, suggestion) in chunk.iter().zip(asked(triager, chunk)?) {
            let (Some(vector), Ok(id)) = (suggestion.vector, TicketId::new(row.id.clone())) else { continue };
            let decided = Decided {
                appeal_type: Some(row.gold.appeal_type.label().to_owned()),
                category: Some(row.gold.category.clone()),
                department: Some(row.gold.department.clone()),
            };
            memory.put(&id, &Quantised::of(&vector), decided);
        }
    }
    Ok(())
}

/// What the triager says of rows, without reasons.
pub(super) fn asked(triager: &Triager, rows: &[&Row]) -> Result<Vec<Suggestion>, ModelError> {
    let batches = rows.par_chunks(BATCH).map(|rows| {
        let appeals: Vec<Appeal> = rows.iter().map(|r| r.appeal.clone()).collect();
        triager.triage(&appeals, false)
    });
    Ok(batches.collect::<Result<Vec<_>, _>>()?.concat())
}
