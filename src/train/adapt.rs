//! The n-gram companion of an earlier bundle, taught further: its machines move only as far as the new
//! rows ask for (adaptive support vector machines, Yang, Yan & Hauptmann 2007: the penalty is on the
//! distance from the earlier weights). A city's few thousand tickets then add to what was learned from
//! others instead of replacing it.

use std::collections::HashMap;

use crate::model::{
    ModelInput,
    ngram::{Dense, Ngrams, grams, term, unit},
};

use super::linear::{LinearConfig, Row, descend, idf};

/// Teaches `earlier` further. `columns` names, for each output of the new machines, the earlier output for
/// the same label; a label that it did not know starts from nothing. Grams that are new to it are added,
/// the most frequent first, a third of `config.kept` at most.
pub(super) fn adapt(
    earlier: &Ngrams,
    columns: &[Option<usize>],
    inputs: &[&ModelInput],
    signs: &[Vec<i8>],
    config: &LinearConfig,
) -> Ngrams {
    let Dense { mut hashes, idf: mut scales, weights: old, bias: old_bias } = earlier.dense();
    let counts: Vec<HashMap<u64, u32>> = inputs.iter().map(|input| counted(input)).collect();
    let mut frequency: HashMap<u64, u32> = HashMap::new();
    for hash in counts.iter().flat_map(HashMap::keys) {
        *frequency.entry(*hash).or_default() += 1;
    }
    let mut place: HashMap<u64, u32> = hashes.iter().copied().zip(0..).collect();
    let mut fresh: Vec<(u32, u64)> = frequency
        .iter()
        .filter(|(hash, n)| **n >= config.least_rows && !place.contains_key(hash))
        .map(|(hash, n)| (*n, *hash))
        .collect();
    // an order that does not depend on the map's
    fresh.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    fresh.truncate(config.kept / 3);
    for (n, hash) in fresh {
        place.insert(hash, hashes.len() as u32);
        hashes.push(hash);
        scales.push(idf(inputs.len(), n));
    }
    let rows: Vec<Row> = counts
        .iter()
        .map(|row| {
            let known = row.iter().filter_map(|(hash, n)| {
                let at = *place.get(hash)?;
                Some((at, term(*n, *scales.get(at as usize)?)))
            });
            let mut values: Row = known.collect();
            values.sort_unstable_by_key(|(at, _)| *at);
            unit(&mut values);
            values
        })
        .collect();
    let start = started(&old, &old_bias, columns, hashes.len());
    let mut weights = descend(&rows, signs, hashes.len(), Some(&start), config);
    let bias = weights.split_off(hashes.len() * columns.len());
    Ngrams::quantised(&hashes, scales, &weights, bias)
}

fn counted(input: &ModelInput) -> HashMap<u64, u32> {
    let mut counts = HashMap::new();
    grams(input, |hash, _, _| *counts.entry(hash).or_default() += 1);
    counts
}

/// The earlier weights in the new machines' places, `[grams + 1, labels]`, the last row the bias. A label
/// that was not known begins at −1 for every text: no.
fn started(old: &[f32], old_bias: &[f32], columns: &[Option<usize>], grams: usize) -> Vec<f32> {
    let labels = columns.len();
    let mut start = vec![0f32; (grams + 1) * labels];
    for (row, earlier) in start.chunks_exact_mut(labels).zip(old.chunks_exact(old_bias.len().max(1))) {
        for (w, column) in row.iter_mut().zip(columns) {
            *w = column.and_then(|c| earlier.get(c)).copied().unwrap_or(0.0);
        }
    }
    for (w, column) in start.iter_mut().skip(grams * labels).zip(columns) {
        *w = column.and_then(|c| old_bias.get(c)).copied().unwrap_or(-1.0);
    }
    start
}
