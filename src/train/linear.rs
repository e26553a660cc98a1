//! The n-gram companion: one-against-the-rest linear support vector machines with squared hinge,
//! trained by dual coordinate descent (Hsieh et al. 2008, the method of LIBLINEAR) for all labels at
//! once, then pruned to the grams that weigh most and trained again on those.

use std::collections::HashMap;

use rand::{SeedableRng, rngs::StdRng, seq::SliceRandom};

use crate::model::{
    ModelInput,
    ngram::{Ngrams, grams, term, unit},
};

/// How the companion is trained.
#[derive(Clone, Debug)]
pub struct LinearConfig {
    /// A gram must occur in so many rows.
    pub least_rows: u32,
    /// Grams kept.
    pub kept: usize,
    /// Penalty factor C.
    pub penalty: f32,
    /// Passes over the rows.
    pub passes: usize,
    /// Draws the order of rows.
    pub seed: u64,
}

impl Default for LinearConfig {
    fn default() -> Self {
        Self { least_rows: 2, kept: 60_000, penalty: 1.0, passes: 12, seed: 7 }
    }
}

/// Row of the model and value, rows ascending.
pub(super) type Row = Vec<(u32, f32)>;

/// Trains on inputs with one sign for each label of all heads: 1, −1, or 0 where nothing is known.
pub(super) fn train(inputs: &[&ModelInput], signs: &[Vec<i8>], config: &LinearConfig) -> Ngrams {
    let counts: Vec<HashMap<u64, u32>> = inputs
        .iter()
        .map(|input| {
            let mut counts = HashMap::new();
            grams(input, |hash, _, _| *counts.entry(hash).or_default() += 1);
            counts
        })
        .collect();
    let mut frequency: HashMap<u64, u32> = HashMap::new();
    for hash in counts.iter().flat_map(HashMap::keys) {
        *frequency.entry(*hash).or_default() += 1;
    }
    let mut hashes: Vec<u64> = frequency.iter().filter(|(_, n)| **n >= config.least_rows).map(|(h, _)| *h).collect();
    hashes.sort_unstable();
    let labels = signs.first().map_or(0, Vec::len);
    if hashes.len() > config.kept {
        let rows = rows(&counts, &hashes, &frequency);
        let weights = descend(&rows, signs, hashes.len(), None, config);
        let mut strength: Vec<(f32, u64)> = hashes
            .iter()
            .zip(weights.chunks_exact(labels))
            .map(|(h, w)| (w.iter().map(|w| w * w).sum::<f32>() * frequency[h] as f32, *h))
            .collect();
        strength.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        hashes = strength.into_iter().take(config.kept).map(|(_, h)| h).collect();
        hashes.sort_unstable();
    }
    let rows = rows(&counts, &hashes, &frequency);
    let mut weights = descend(&rows, signs, hashes.len(), None, config);
    let bias = weights.split_off(hashes.len() * labels);
    let idf = hashes.iter().map(|h| idf(inputs.len(), frequency[h])).collect();
    Ngrams::quantised(&hashes, idf, &weights, bias)
}

/// Smoothed inverse document frequency.
pub(super) fn idf(rows: usize, frequency: u32) -> f32 {
    ((1.0 + rows as f32) / (1.0 + frequency as f32)).ln() + 1.0
}

fn rows(counts: &[HashMap<u64, u32>], hashes: &[u64], frequency: &HashMap<u64, u32>) -> Vec<Row> {
    let index: HashMap<u64, u32> = hashes.iter().copied().zip(0..).collect();
    counts
        .iter()
        .map(|row| {
            let known =
                row.iter().filter_map(|(h, n)| Some((*index.get(h)?, term(*n, idf(counts.len(), frequency[h])))));
            let mut values: Row = known.collect();
            values.sort_unstable_by_key(|(i, _)| *i);
            unit(&mut values);
            values
        })
        .collect()
}

/// Weights `[grams + 1, labels]`, the last row the bias (a feature that is always 1). Labels are
/// split into two blocks, one for each core. With `start` the machines stay as near to those weights as
/// the rows allow (they are regularised towards them); else to zero.
pub(super) fn descend(
    rows: &[Row],
    signs: &[Vec<i8>],
    grams: usize,
    start: Option<&[f32]>,
    config: &LinearConfig,
) -> Vec<f32> {
    let labels = signs.first().map_or(0, Vec::len);
    let half = labels.div_ceil(2);
    let blocks = [(0, half), (half, labels)];
    let block = |at: usize| descend_block(rows, signs, grams, blocks[at], start, config);
    let (left, right) = std::thread::scope(|scope| {
        let other = scope.spawn(|| block(1));
        let left = block(0);
        (left, other.join())
    });
    // a panic of the other block is a defect of ours: pass it on
    let right = right.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    let mut all = Vec::with_capacity((grams + 1) * labels);
    for row in 0..=grams {
        for (block, (from, to)) in [&left, &right].into_iter().zip(blocks) {
            all.extend_from_slice(&block[row * (to - from)..(row + 1) * (to - from)]);
        }
    }
    all
}

fn descend_block(
    rows: &[Row],
    signs: &[Vec<i8>],
    grams: usize,
    (from, to): (usize, usize),
    start: Option<&[f32]>,
    config: &LinearConfig,
) -> Vec<f32> {
    let labels = to - from;
    if labels == 0 {
        return Vec::new();
    }
    let mut weights = vec![0f32; (grams + 1) * labels];
    if let (Some(start), Some(all)) = (start, signs.first().map(Vec::len)) {
        weights
            .chunks_exact_mut(labels)
            .zip(start.chunks_exact(all))
            .for_each(|(w, s)| w.copy_from_slice(&s[from..to]));
    }
    let mut alpha = vec![0f32; rows.len() * labels];
    let diagonal = 1.0 / (2.0 * config.penalty);
    let mut order: Vec<usize> = (0..rows.len()).collect();
    let mut rng = StdRng::seed_from_u64(config.seed);
    let (mut margin, mut delta) = (vec![0f32; labels], vec![0f32; labels]);
    for _ in 0..config.passes {
        order.shuffle(&mut rng);
        for &i in &order {
            let row = &rows[i];
            margin.copy_from_slice(&weights[grams * labels..]);
            for &(gram, value) in row {
                let w = &weights[gram as usize * labels..(gram as usize + 1) * labels];
                margin.iter_mut().zip(w).for_each(|(m, w)| *m += value * w);
            }
            // length of the row is one, and one more for the bias
            let curvature = row.iter().map(|(_, v)| v * v).sum::<f32>() + 1.0 + diagonal;
            let mut moved = false;
            let alpha = &mut alpha[i * labels..(i + 1) * labels];
            for (l, a) in alpha.iter_mut().enumerate() {
                let y = f32::from(signs[i][from + l]);
                if y == 0.0 {
                    delta[l] = 0.0;
                    continue;
                }
                let gradient = y * margin[l] - 1.0 + diagonal * *a;
                let next = (*a - gradient / curvature).max(0.0);
                delta[l] = (next - *a) * y;
                moved |= delta[l] != 0.0;
                *a = next;
            }
            if !moved {
                continue;
            }
            for &(gram, value) in row {
                let w = &mut weights[gram as usize * labels..(gram as usize + 1) * labels];
                w.iter_mut().zip(&delta).for_each(|(w, d)| *w += value * d);
            }
            let bias = &mut weights[grams * labels..];
            bias.iter_mut().zip(&delta).for_each(|(w, d)| *w += d);
        }
    }
    weights
}
