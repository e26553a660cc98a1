//! Teaches the second look: among the tickets found for a query, the right one is to stand out.
//!
//! The loss is the cross-entropy of a softmax over the candidates of each query (ListNet, Cao et al.
//! 2007), lowered by Adam over all queries at once.

use crate::search::{FEATURES, Net};

/// Units of the small layer.
const UNITS: usize = 8;
/// Steps over all queries.
const STEPS: usize = 300;
const RATE: f32 = 0.03;
/// Weights are drawn towards zero by this much of themselves.
const DECAY: f32 = 1e-3;

/// The candidates of a query: features, and whether it is right.
pub type Candidates = Vec<([f32; FEATURES], bool)>;

/// Direct weights, unit weights, unit biases, unit outputs, one after another.
const PARAMETERS: usize = FEATURES + UNITS * (FEATURES + 2);

/// Learns from queries; those without a right candidate teach nothing. `used` says which features may
/// count.
pub fn learn(queries: &[Candidates], used: impl Fn(usize) -> bool) -> Net {
    let queries: Vec<&Candidates> = queries.iter().filter(|c| c.iter().any(|(_, right)| *right)).collect();
    let rows = queries.iter().map(|c| c.len()).sum::<usize>().max(1) as f32;
    let all = || queries.iter().flat_map(|c| c.iter().map(|(f, _)| f));
    let mean: [f32; FEATURES] = std::array::from_fn(|n| all().map(|f| f[n]).sum::<f32>() / rows);
    let deviation: [f32; FEATURES] =
        std::array::from_fn(|n| (all().map(|f| (f[n] - mean[n]).powi(2)).sum::<f32>() / rows).sqrt() + 1e-6);
    let scaled: Vec<Vec<([f32; FEATURES], bool)>> = queries
        .iter()
        .map(|c| {
            let one = |f: &[f32; FEATURES]| {
                std::array::from_fn(|n| if used(n) { (f[n] - mean[n]) / deviation[n] } else { 0.0 })
            };
            c.iter().map(|(f, right)| (one(f), *right)).collect()
        })
        .collect();
    let mut weights = vec![0f32; PARAMETERS];
    // small numbers that differ, the same on every machine
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for w in weights.iter_mut().skip(FEATURES) {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        *w = ((state >> 40) as f32 / 16_777_216.0 - 0.5) * 0.6;
    }
    let (mut first, mut second) = (vec![0f32; PARAMETERS], vec![0f32; PARAMETERS]);
    for step in 1..=STEPS {
        let mut slope: Vec<f32> = weights.iter().map(|w| DECAY * w).collect();
        for candidates in &scaled {
            add_slope(&weights, candidates, 1.0 / scaled.len() as f32, &mut slope);
        }
        let rate = if step * 10 < STEPS * 7 { RATE } else { RATE / 5.0 };
        let (fade1, fade2) = (1.0 - 0.9f32.powi(step as i32), 1.0 - 0.99f32.powi(step as i32));
        for n in 0..PARAMETERS {
            first[n] = 0.9 * first[n] + 0.1 * slope[n];
            second[n] = 0.99 * second[n] + 0.01 * slope[n] * slope[n];
            weights[n] -= rate * (first[n] / fade1) / ((second[n] / fade2).sqrt() + 1e-8);
        }
    }
    let keep = |n: usize, w: f32| if used(n) { w } else { 0.0 };
    let direct = (0..FEATURES).map(|n| keep(n, weights[n])).collect();
    let units = weights[FEATURES..]
        .chunks_exact(FEATURES + 2)
        .map(|u| ((0..FEATURES).map(|n| keep(n, u[n])).collect(), u[FEATURES], u[FEATURES + 1]));
    Net { mean: mean.to_vec(), deviation: deviation.to_vec(), direct, units: units.collect() }
}

fn add_slope(weights: &[f32], candidates: &[([f32; FEATURES], bool)], share: f32, slope: &mut [f32]) {
    let dot = |w: &[f32], x: &[f32; FEATURES]| w.iter().zip(x).map(|(w, x)| w * x).sum::<f32>();
    let units: Vec<&[f32]> = weights[FEATURES..].chunks_exact(FEATURES + 2).collect();
    let inner: Vec<[f32; UNITS]> = candidates
        .iter()
        .map(|(x, _)| std::array::from_fn(|u| (dot(&units[u][..FEATURES], x) + units[u][FEATURES]).tanh()))
        .collect();
    let value = |n: usize| {
        let (x, _) = &candidates[n];
        dot(&weights[..FEATURES], x) + (0..UNITS).map(|u| units[u][FEATURES + 1] * inner[n][u]).sum::<f32>()
    };
    let values: Vec<f32> = (0..candidates.len()).map(value).collect();
    let top = values.iter().copied().fold(f32::MIN, f32::max);
    let sum: f32 = values.iter().map(|v| (v - top).exp()).sum();
    let right = candidates.iter().filter(|(_, r)| *r).count().max(1) as f32;
    for (n, (x, is_right)) in candidates.iter().enumerate() {
        let error = share * ((values[n] - top).exp() / sum - if *is_right { 1.0 / right } else { 0.0 });
        if error.abs() < 1e-9 {
            continue;
        }
        for (s, x) in slope.iter_mut().zip(x) {
            *s += error * x;
        }
        for u in 0..UNITS {
            let at = FEATURES + u * (FEATURES + 2);
            let back = error * units[u][FEATURES + 1] * (1.0 - inner[n][u] * inner[n][u]);
            for (s, x) in slope[at..at + FEATURES].iter_mut().zip(x) {
                *s += back * x;
            }
            slope[at + FEATURES] += back;
            slope[at + FEATURES + 1] += error * inner[n][u];
        }
    }
}
