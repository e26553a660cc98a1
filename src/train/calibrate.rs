//! Blending weights, temperature and the threshold of 不确定, fitted on rows that no voter saw.

use crate::model::{
    Votes,
    calibration::{Belief, Calibration, Mix, sigmoid, softmax},
};

use super::network::Example;

/// Factors that minimise the negative log-likelihood of the labels; the search is a coarse grid
/// refined three times, because it cannot diverge on a handful of rows.
pub(super) fn calibrate(votes: &[Votes], examples: &[Example], sizes: [usize; 5], confident: f32) -> Calibration {
    let offset = |head: usize| sizes[..head].iter().sum::<usize>();
    let single = |head: usize| {
        let range = offset(head)..offset(head) + sizes[head];
        let blended = |v: &Votes, mix: Mix| -> Vec<f32> {
            v.encoder[range.clone()].iter().zip(&v.ngram[range.clone()]).map(|(a, b)| mix.of(*a, *b)).collect()
        };
        let cost = |mix| {
            let nll = |(v, e): (&Votes, &Example)| -softmax(&blended(v, mix))[e.labels[head]].max(1e-9).ln();
            votes.iter().zip(examples).map(nll).sum()
        };
        let mix = search(cost, false);
        let firsts = votes.iter().zip(examples).map(|(v, e)| first(&softmax(&blended(v, mix)), e.labels[head]));
        Mix { belief: believed(&firsts.collect::<Vec<_>>()), ..mix }
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

/// Probability of the first label, and whether it is the right one.
fn first(p: &[f32], right: usize) -> (f32, bool) {
    let first = (0..p.len()).fold(0, |best, i| if p[i] > p[best] { i } else { best });
    (p[first], first == right)
}

/// Rows under which nothing is learned about belief.
const BELIEVABLE: usize = 100;

/// The belief under which first answers are right as often as they say; a ridge keeps it near what they
/// say where rows are few.
fn believed(firsts: &[(f32, bool)]) -> Option<Belief> {
    if firsts.len() < BELIEVABLE {
        return None;
    }
    let cost = |b: &Belief| -> f32 {
        let nll = |(p, right): &(f32, bool)| -(if *right { b.of(*p) } else { 1.0 - b.of(*p) }).max(1e-6).ln();
        firsts.iter().map(nll).sum::<f32>() + (b.slope.ln().powi(2) + b.offset.powi(2))
    };
    let grid = (4..=32).flat_map(|s| (-40..=40).map(move |o| (s as f32 * 0.05, o as f32 * 0.05)));
    grid.map(|(slope, offset)| Belief { slope, offset }).min_by(|a, b| cost(a).total_cmp(&cost(b)))
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
                consider(Mix { encoder, ngram, ..Mix::default() }, &mut best);
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
                        consider(
                            Mix { encoder: at.encoder * e, ngram: at.ngram * n, bias, ..Mix::default() },
                            &mut best,
                        );
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
            first(&mix.probabilities(&z), e.labels[1])
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
