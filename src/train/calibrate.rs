//! Blending weights, temperature and the threshold of 不确定, fitted on rows that no voter saw.

use crate::model::{
    Votes,
    calibration::{Calibration, Mix, sigmoid, softmax},
};

use super::network::Example;

/// Factors that minimise the negative log-likelihood of the labels; the search is a coarse grid
/// refined three times, because it cannot diverge on a handful of rows.
pub(super) fn calibrate(votes: &[Votes], examples: &[Example], sizes: [usize; 5], confident: f32) -> Calibration {
    let offset = |head: usize| sizes[..head].iter().sum::<usize>();
    let single = |head: usize| {
        let range = offset(head)..offset(head) + sizes[head];
        search(
            |mix| {
                let nll = |(v, e): (&Votes, &Example)| {
                    let z: Vec<f32> = v.encoder[range.clone()]
                        .iter()
                        .zip(&v.ngram[range.clone()])
                        .map(|(a, b)| mix.of(*a, *b))
                        .collect();
                    -softmax(&z)[e.labels[head]].max(1e-9).ln()
                };
                votes.iter().zip(examples).map(nll).sum()
            },
            false,
        )
    };
    let flag = |i: usize| {
        let at = offset(4) + i;
        search(
            |mix| {
                let nll = |(v, e): (&Votes, &Example)| {
                    let p = sigmoid(mix.of(v.encoder[at], v.ngram[at]));
                    -(if e.flags[i] { p } else { 1.0 - p }).max(1e-9).ln()
                };
                // a ridge: a mark that hardly occurs must not fit its few rows exactly
                votes.iter().zip(examples).map(nll).sum::<f32>() + 0.05 * (mix.encoder + mix.ngram + mix.bias.powi(2))
            },
            true,
        )
    };
    let category = single(1);
    let mut calibration = Calibration {
        appeal_type: single(0),
        category,
        department: single(2),
        urgency: single(3),
        flags: (0..sizes[4]).map(flag).collect(),
        uncertain_below: 0.5,
    };
    calibration.uncertain_below = threshold(votes, examples, sizes, category, confident);
    calibration
}

/// Starts from several points, then tries smaller and smaller factors around the best.
fn search(cost: impl Fn(Mix) -> f32, with_bias: bool) -> Mix {
    let mut best = (f32::MAX, Mix::default());
    let consider = |mix: Mix, best: &mut (f32, Mix)| {
        let c = cost(mix);
        if c < best.0 {
            *best = (c, mix);
        }
    };
    for encoder in [0.0, 0.3, 0.6, 1.0, 1.5, 2.2] {
        for ngram in [0.0, 0.5, 1.0, 2.0, 4.0, 6.0, 9.0] {
            if encoder + ngram > 0.0 {
                consider(Mix { encoder, ngram, bias: 0.0 }, &mut best);
            }
        }
    }
    for step in [1.3f32, 1.12, 1.04] {
        for _ in 0..6 {
            let at = best.1;
            for e in [1.0 / step, 1.0, step] {
                for n in [1.0 / step, 1.0, step] {
                    let biases: &[f32] = if with_bias { &[-1.0, 0.0, 1.0] } else { &[0.0] };
                    for b in biases {
                        let bias = at.bias + b * (step - 1.0) * 2.0;
                        consider(Mix { encoder: at.encoder * e, ngram: at.ngram * n, bias }, &mut best);
                    }
                }
            }
        }
    }
    best.1
}

/// The lowest probability of the first category from which on the answers above it are right in the
/// wanted share of cases.
fn threshold(votes: &[Votes], examples: &[Example], sizes: [usize; 5], mix: Mix, confident: f32) -> f32 {
    let range = sizes[0]..sizes[0] + sizes[1];
    let mut answers: Vec<(f32, bool)> = votes
        .iter()
        .zip(examples)
        .map(|(v, e)| {
            let z: Vec<f32> =
                v.encoder[range.clone()].iter().zip(&v.ngram[range.clone()]).map(|(a, b)| mix.of(*a, *b)).collect();
            let p = softmax(&z);
            let first = (0..p.len()).fold(0, |best, i| if p[i] > p[best] { i } else { best });
            (p[first], first == e.labels[1])
        })
        .collect();
    answers.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (mut right, mut lowest) = (0, 0.9);
    for (n, (p, ok)) in answers.iter().enumerate() {
        right += usize::from(*ok);
        if right as f32 >= confident * (n + 1) as f32 {
            lowest = *p;
        }
    }
    lowest.clamp(0.05, 0.95)
}
