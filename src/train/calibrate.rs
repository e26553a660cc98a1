//! Blending weights, temperature and the threshold of 不确定, fitted on rows that no voter saw.

use crate::{
    domain::HeadKind,
    model::{
        HeadAnswer, Said, Votes,
        calibration::{Belief, Calibration, Mix, sigmoid, softmax},
        labels::Labels,
    },
};

use super::sample::{Gold, Sample};

/// Logit and margin of each label of a head.
type Pairs = Vec<(f32, f32)>;

/// Factors for what is known of the rows: of a single-label head as [`single`] says, of marks those that
/// minimise the negative log-likelihood, by a coarse grid refined three times, which cannot diverge on a
/// handful of rows. A head of which no row knows anything stays as it is in `start`, from which the span heads' `answers` come.
pub(super) fn calibrate(
    start: Calibration,
    (votes, answers): (&[Votes], &[Vec<HeadAnswer>]),
    rows: &[&Sample],
    labels: &Labels,
    confident: f32,
) -> Calibration {
    let mut calibration = start;
    let ranges = labels.ranges();
    for (at, head) in labels.heads().iter().enumerate() {
        let known = |n: usize| rows.get(n).and_then(|s| s.gold.get(at)?.as_ref());
        let pairs = |votes: &Votes| -> Pairs {
            let range = ranges[at].clone();
            votes.encoder[range.clone()].iter().copied().zip(votes.ngram[range].iter().copied()).collect()
        };
        match head.kind {
            HeadKind::Single => {
                let own: Vec<(Pairs, usize)> = votes
                    .iter()
                    .enumerate()
                    .filter_map(|(n, v)| match known(n) {
                        Some(Gold::One(label)) => Some((pairs(v), *label)),
                        _ => None,
                    })
                    .collect();
                if own.is_empty() {
                    continue;
                }
                calibration.heads[at] = vec![single(&own)];
                if labels.triage() && at == crate::model::labels::CATEGORY {
                    calibration.uncertain_below = threshold(&own, calibration.heads[at][0], confident);
                }
            }
            HeadKind::Multi => {
                let own: Vec<(Pairs, &Vec<bool>)> = votes
                    .iter()
                    .enumerate()
                    .filter_map(|(n, v)| match known(n) {
                        Some(Gold::Each(each)) => Some((pairs(v), each)),
                        _ => None,
                    })
                    .collect();
                if own.is_empty() {
                    continue;
                }
                for (label, mix) in calibration.heads[at].iter_mut().enumerate() {
                    let own: Vec<((f32, f32), bool)> = own.iter().map(|(v, each)| (v[label], each[label])).collect();
                    *mix = yes_or_no(&own);
                }
            }
            HeadKind::Span => {
                let mut own: Vec<(f32, bool)> = Vec::new();
                for (n, answers) in answers.iter().enumerate() {
                    let (Some(Gold::Spans(gold)), Some(Said::Spans(found))) =
                        (known(n), answers.get(at).map(|a| &a.said))
                    else {
                        continue;
                    };
                    own.extend(found.iter().map(|f| {
                        let right = gold.iter().any(|g| {
                            g.field == f.field && g.bytes == f.bytes && head.position(&f.label) == Some(g.label)
                        });
                        (f.p, right)
                    }));
                }
                if !own.is_empty() {
                    calibration.heads[at] = vec![Mix { belief: believed(&own), ..Mix::default() }];
                }
            }
        }
    }
    calibration
}

/// Shares of the votes that are tried for the encoder.
const SHARES: usize = 20;

/// The encoder's share of the votes is the one that ranks the right label best (mean reciprocal rank, over
/// neighbouring shares too, since few rows tell little): likelihood alone gives it more than it is worth for the
/// first answers and for the first three. How sure the blend may be is then a matter of likelihood.
fn single(rows: &[(Pairs, usize)]) -> Mix {
    let blended =
        |votes: &[(f32, f32)], mix: Mix| softmax(&votes.iter().map(|(e, n)| mix.of(*e, *n)).collect::<Vec<_>>());
    let cost = |mix: &Mix| -> f32 {
        let nll =
            |(votes, label): &(Pairs, usize)| -blended(votes, *mix).get(*label).copied().unwrap_or(1.0).max(1e-9).ln();
        rows.iter().map(nll).sum()
    };
    // margins lie within a third of what logits do
    let shared =
        |share: f32, scale: f32| Mix { encoder: share * scale, ngram: 3.0 * (1.0 - share) * scale, ..Mix::default() };
    let best: Vec<(f32, f32, Mix)> = (0..=SHARES)
        .map(|n| {
            let share = n as f32 / SHARES as f32;
            // one factor and a convex cost: a grid of a twentieth is as good as a search
            let scales = (0..=80).map(|k| shared(share, 0.1 * 1.05f32.powi(k)));
            let priced = scales.map(|mix| (cost(&mix), mix)).min_by(|a, b| a.0.total_cmp(&b.0));
            let (cost, mix) = priced.unwrap_or_default();
            let ranks = rows.iter().map(|(votes, label)| reciprocal_rank(votes, mix, *label));
            (ranks.sum::<f32>() / rows.len() as f32, cost, mix)
        })
        .collect();
    let around = |n: usize| -> f32 {
        let own = &best[n.saturating_sub(1)..(n + 2).min(best.len())];
        own.iter().map(|b| b.0).sum::<f32>() / own.len() as f32
    };
    let at = (0..best.len()).max_by(|&a, &b| around(a).total_cmp(&around(b)).then(best[b].1.total_cmp(&best[a].1)));
    let mix = at.map_or_else(Mix::default, |n| best[n].2);
    let firsts: Vec<(f32, bool)> = rows.iter().map(|(votes, label)| first(&blended(votes, mix), *label)).collect();
    Mix { belief: believed(&firsts), ..mix }
}

/// One over the place of the right label, the worst among equals.
fn reciprocal_rank(votes: &[(f32, f32)], mix: Mix, label: usize) -> f32 {
    let Some((e, n)) = votes.get(label) else { return 0.0 };
    let own = mix.of(*e, *n);
    1.0 / votes.iter().filter(|(e, n)| mix.of(*e, *n) >= own).count().max(1) as f32
}

/// Probability of the first label, and whether it is the right one.
fn first(p: &[f32], right: usize) -> (f32, bool) {
    let first = (0..p.len()).fold(0, |best, i| if p[i] > p[best] { i } else { best });
    (p[first], first == right)
}

/// Answers under which nothing is learned about belief.
const BELIEVABLE: usize = 100;

/// The belief under which answers are right as often as they say; a ridge keeps it near what they say
/// where there are few.
fn believed(said: &[(f32, bool)]) -> Option<Belief> {
    if said.len() < BELIEVABLE {
        return None;
    }
    let cost = |b: &Belief| -> f32 {
        let nll = |(p, right): &(f32, bool)| -(if *right { b.of(*p) } else { 1.0 - b.of(*p) }).max(1e-6).ln();
        said.iter().map(nll).sum::<f32>() + (b.slope.ln().powi(2) + b.offset.powi(2))
    };
    let grid = (4..=32).flat_map(|s| (-40..=40).map(move |o| (s as f32 * 0.05, o as f32 * 0.05)));
    grid.map(|(slope, offset)| Belief { slope, offset }).min_by(|a, b| cost(a).total_cmp(&cost(b)))
}

fn yes_or_no(rows: &[((f32, f32), bool)]) -> Mix {
    let cost = |mix: Mix| {
        let nll = |((e, n), yes): &((f32, f32), bool)| {
            let p = sigmoid(mix.of(*e, *n));
            -(if *yes { p } else { 1.0 - p }).max(1e-9).ln()
        };
        // a ridge: a mark that hardly occurs must not fit its few rows exactly
        rows.iter().map(nll).sum::<f32>() + 0.05 * (mix.encoder + mix.ngram + mix.bias.powi(2))
    };
    search(cost)
}

/// Starts from several points, then tries smaller and smaller factors around the best.
fn search(cost: impl Fn(Mix) -> f32) -> Mix {
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
                    for b in [-1.0f32, 0.0, 1.0] {
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
fn threshold(rows: &[(Pairs, usize)], mix: Mix, confident: f32) -> f32 {
    let mut answers: Vec<(f32, bool)> = rows
        .iter()
        .map(|(votes, label)| {
            let z: Vec<f32> = votes.iter().map(|(e, n)| mix.of(*e, *n)).collect();
            first(&mix.probabilities(&z), *label)
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
