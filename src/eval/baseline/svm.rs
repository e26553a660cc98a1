//! A linear support vector machine by dual coordinate descent.
//!
//! Hsieh, Chang, Lin, Keerthi, Sundararajan: "A dual coordinate descent method for large-scale
//! linear SVM" (ICML 2008), algorithm 3 with shrinking, for the squared hinge loss
//! `½|w|² + C Σ max(0, 1 − y w·x)²`: what LIBLINEAR does. The bias is a weight of a constant 1, and
//! so regularised with the rest.

use rayon::prelude::*;

use super::SparseRows;

/// How a machine is trained.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SvmConfig {
    /// Price of an error.
    pub c: f64,
    /// Stop when the violations of optimality span less than this (0.1 is LIBLINEAR's own; a tenth
    /// of it moved no figure by more than half a point).
    pub tolerance: f64,
    /// Passes over the rows at most.
    pub passes: usize,
    /// Seed of the order in which rows are visited.
    pub seed: u64,
}

impl Default for SvmConfig {
    fn default() -> Self {
        Self { c: 1.0, tolerance: 0.1, passes: 200, seed: 20_261_121 }
    }
}

/// Weights of one yes/no question, the bias last.
pub fn train_binary(rows: &SparseRows, yes: &[bool], config: &SvmConfig) -> Vec<f32> {
    let n = rows.len().min(yes.len());
    let mut w = vec![0.0_f32; rows.width() + 1];
    let diagonal = 0.5 / config.c;
    let mut alpha = vec![0.0_f64; n];
    // |x|² is 1 for a row of unit length, 0 for an empty one; the bias adds 1.
    let q: Vec<f64> = (0..n)
        .map(|i| rows.row(i).1.iter().map(|v| f64::from(*v) * f64::from(*v)).sum::<f64>() + 1.0 + diagonal)
        .collect();
    let mut order: Vec<usize> = (0..n).collect();
    let mut active = n;
    let mut random = config.seed | 1;
    let mut largest_old = f64::INFINITY;
    for _ in 0..config.passes {
        for i in 0..active {
            let j = i + next(&mut random) as usize % (active - i);
            order.swap(i, j);
        }
        let (mut largest, mut smallest) = (f64::NEG_INFINITY, f64::INFINITY);
        let mut at = 0;
        while at < active {
            let i = order[at];
            let y = if yes[i] { 1.0 } else { -1.0 };
            let gradient = y * f64::from(dot(&w, rows.row(i))) - 1.0 + diagonal * alpha[i];
            let mut projected = gradient;
            if alpha[i] == 0.0 {
                if gradient > largest_old {
                    // Surely on the right side: left out until the end.
                    active -= 1;
                    order.swap(at, active);
                    continue;
                }
                projected = gradient.min(0.0);
            }
            largest = largest.max(projected);
            smallest = smallest.min(projected);
            if projected.abs() > 1e-12 {
                let old = alpha[i];
                alpha[i] = (old - gradient / q[i]).max(0.0);
                add(&mut w, rows.row(i), ((alpha[i] - old) * y) as f32);
            }
            at += 1;
        }
        if largest - smallest <= config.tolerance {
            if active == n {
                break;
            }
            // Look at everything once more before believing it.
            active = n;
            largest_old = f64::INFINITY;
            continue;
        }
        largest_old = if largest <= 0.0 { f64::INFINITY } else { largest };
    }
    w
}

/// Trains one machine for each class (in parallel) and gives its values for the test rows:
/// `[class][row]`. The machines are not kept: at half a million n-grams each is 2 MB.
pub fn one_vs_rest(
    train: &SparseRows,
    labels: &[usize],
    classes: usize,
    test: &SparseRows,
    config: &SvmConfig,
) -> Vec<Vec<f32>> {
    (0..classes)
        .into_par_iter()
        .map(|class| {
            let yes: Vec<bool> = labels.iter().map(|l| *l == class).collect();
            let w = train_binary(train, &yes, config);
            (0..test.len()).map(|row| dot(&w, test.row(row))).collect()
        })
        .collect()
}

fn dot(w: &[f32], (columns, values): (&[u32], &[f32])) -> f32 {
    let bias = w.last().copied().unwrap_or(0.0);
    columns.iter().zip(values).map(|(c, v)| w[*c as usize] * v).sum::<f32>() + bias
}

fn add(w: &mut [f32], (columns, values): (&[u32], &[f32]), step: f32) {
    for (c, v) in columns.iter().zip(values) {
        w[*c as usize] += step * v;
    }
    if let Some(bias) = w.last_mut() {
        *bias += step;
    }
}

/// xorshift64*: the order need not be good, only the same every time.
fn next(state: &mut u64) -> u64 {
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16
}
