//! Logistic regression by Newton's method, with a weak ridge.

use rayon::prelude::*;

/// What is added to the square of every weight but the first.
const RIDGE: f64 = 1.0;

/// Rows that one thread adds up.
const CHUNK: usize = 4096;

/// Steps at most.
const STEPS: usize = 25;

/// One observation.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// What is known; the first is 1.
    pub values: Vec<f32>,
    /// What is to be foretold.
    pub is_true: bool,
    /// How much it counts.
    pub weight: f64,
    /// What is added to the log-odds before any weight.
    pub offset: f64,
}

/// Loss, gradient and the lower half of the Hessian.
struct Sums {
    loss: f64,
    slope: Vec<f64>,
    bend: Vec<f64>,
}

/// Weights of the first `width` values (of all, if there are fewer).
pub(super) fn fit(rows: &[Row], width: usize) -> Vec<f64> {
    let width = rows.first().map_or(0, |r| r.values.len().min(width));
    let mut weights = vec![0.0; width];
    let mut now = sums(rows, &weights);
    for _ in 0..STEPS {
        let Some(step) = solve(&now.bend, &now.slope) else { break };
        let mut size = 1.0;
        let next = loop {
            let tried: Vec<f64> = weights.iter().zip(&step).map(|(w, s)| w - size * s).collect();
            let found = sums(rows, &tried);
            if found.loss <= now.loss || size < 1e-3 {
                break (tried, found);
            }
            size /= 2.0;
        };
        let gain = now.loss - next.1.loss;
        (weights, now) = next;
        if gain < 1e-6 * now.loss.abs() {
            break;
        }
    }
    weights
}

fn sums(rows: &[Row], weights: &[f64]) -> Sums {
    let width = weights.len();
    let empty = || Sums { loss: 0.0, slope: vec![0.0; width], bend: vec![0.0; width * width] };
    let part = |rows: &[Row]| {
        let mut sums = empty();
        for row in rows {
            let x: Vec<f64> = row.values.iter().take(width).map(|v| f64::from(*v)).collect();
            let odds = row.offset + x.iter().zip(weights).map(|(x, w)| x * w).sum::<f64>();
            let p = 1.0 / (1.0 + (-odds).exp());
            let signed = if row.is_true { odds } else { -odds };
            // ln(1 + e^-x) without overflow
            sums.loss += row.weight * ((-signed.abs()).exp().ln_1p() + (-signed).max(0.0));
            let over = row.weight * (p - f64::from(u8::from(row.is_true)));
            let curve = row.weight * p * (1.0 - p);
            for (i, xi) in x.iter().enumerate().filter(|(_, xi)| **xi != 0.0) {
                sums.slope[i] += over * xi;
                let line = &mut sums.bend[i * width..i * width + i + 1];
                line.iter_mut().zip(&x).for_each(|(sum, xj)| *sum += curve * xi * xj);
            }
        }
        sums
    };
    // parts are added in their order: the same rows give the same weights
    let parts: Vec<Sums> = rows.par_chunks(CHUNK).map(part).collect();
    let mut all = parts.into_iter().fold(empty(), |mut all, part| {
        all.loss += part.loss;
        all.slope.iter_mut().zip(part.slope).for_each(|(a, b)| *a += b);
        all.bend.iter_mut().zip(part.bend).for_each(|(a, b)| *a += b);
        all
    });
    for (i, w) in weights.iter().enumerate() {
        let ridge = if i == 0 { 1e-6 } else { RIDGE };
        all.loss += 0.5 * ridge * w * w;
        all.slope[i] += ridge * w;
        all.bend[i * width + i] += ridge;
    }
    all
}

/// Solves for a symmetric positive matrix of which the lower half is given (Cholesky).
fn solve(bend: &[f64], slope: &[f64]) -> Option<Vec<f64>> {
    let n = slope.len();
    let mut lower = bend.to_vec();
    for i in 0..n {
        for j in 0..=i {
            let before: f64 = (0..j).map(|k| lower[i * n + k] * lower[j * n + k]).sum();
            let rest = lower[i * n + j] - before;
            if i == j {
                if rest <= 0.0 || !rest.is_finite() {
                    return None;
                }
                lower[i * n + i] = rest.sqrt();
            } else {
                lower[i * n + j] = rest / lower[j * n + j];
            }
        }
    }
    let mut x = slope.to_vec();
    for i in 0..n {
        let before: f64 = (0..i).map(|k| lower[i * n + k] * x[k]).sum();
        x[i] = (x[i] - before) / lower[i * n + i];
    }
    for i in (0..n).rev() {
        let after: f64 = (i + 1..n).map(|k| lower[k * n + i] * x[k]).sum();
        x[i] = (x[i] - after) / lower[i * n + i];
    }
    Some(x)
}
