//! Which terms hold an event together: those whose holders are alike beyond the term itself.
//!
//! A name such as that of a closed gym, or a word that a city suddenly uses, binds appeals that share little else;
//! 手续 or 小区 does not. After a first look at all pairs, each term gets the mean log-odds of its holders' pairs
//! (pairs that were not compared count as the floor), once over all time and once within a day.

use std::cmp::Ordering;

use rayon::prelude::*;

use super::{cluster::FLOOR, corpus::Corpus, pass::Compared};

/// Pairs without evidence that every term starts from.
const PRIOR_PAIRS: f32 = 4.0;

/// Hours that count as one burst.
pub(super) const BURST_HOURS: f64 = 24.0;

/// Mean log-odds over the floor of the pairs that hold a term, for each term.
#[derive(Debug)]
pub(super) struct Coherence {
    /// Over all pairs.
    pub all: Vec<f32>,
    /// Over pairs within [`BURST_HOURS`].
    pub burst: Vec<f32>,
}

/// Calls `found` with each shared term of two rising lists.
pub(super) fn shared_terms(a: &[(u32, f32)], b: &[(u32, f32)], mut found: impl FnMut(u32)) {
    each_term(a, b, |t, side| {
        if side == Ordering::Equal {
            found(t);
        }
    });
}

/// Calls `found` with each term of two rising lists: less for one of the first alone, greater for one of the
/// second alone, equal for one of both.
pub(super) fn each_term(a: &[(u32, f32)], b: &[(u32, f32)], mut found: impl FnMut(u32, Ordering)) {
    let (mut i, mut j) = (0, 0);
    loop {
        let side = match (a.get(i), b.get(j)) {
            (Some((t, _)), Some((u, _))) => t.cmp(u),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => return,
        };
        let term = if side == Ordering::Greater { b.get(j) } else { a.get(i) };
        term.iter().for_each(|(t, _)| found(*t, side));
        i += usize::from(side != Ordering::Greater);
        j += usize::from(side != Ordering::Less);
    }
}

impl Coherence {
    /// From pairs with the log-odds of a first look.
    pub(super) fn of(corpus: &Corpus, scored: &[Compared]) -> Self {
        let terms = corpus.terms.len();
        let (mut all, mut burst) = (vec![0.0_f32; terms], vec![0.0_f32; terms]);
        for &Compared { a, b, score, .. } in scored {
            let (a, b) = (&corpus.entries[a as usize], &corpus.entries[b as usize]);
            let over = score - FLOOR;
            if over <= 0.0 {
                continue;
            }
            let near = (a.hours - b.hours).abs() <= BURST_HOURS;
            shared_terms(&a.terms, &b.terms, |t| {
                all[t as usize] += over;
                if near {
                    burst[t as usize] += over;
                }
            });
        }
        let pairs_of = |held: &Vec<u32>| held.len() as f32 * (held.len() as f32 - 1.0) / 2.0;
        let mean = |sum: f32, pairs: f32| sum / (pairs + PRIOR_PAIRS);
        let near: Vec<f32> = corpus.postings.par_iter().map(|held| near_pairs(corpus, held)).collect();
        for (t, held) in corpus.postings.iter().enumerate() {
            all[t] = mean(all[t], pairs_of(held));
            burst[t] = mean(burst[t], near[t]);
        }
        Self { all, burst }
    }
}

/// How many pairs of holders are within [`BURST_HOURS`].
fn near_pairs(corpus: &Corpus, held: &[u32]) -> f32 {
    let hours = |i: u32| corpus.entries[i as usize].hours;
    let mut from = 0;
    let mut pairs = 0.0;
    for (at, &i) in held.iter().enumerate() {
        while hours(held[from]) + BURST_HOURS < hours(i) {
            from += 1;
        }
        pairs += (at - from) as f32;
    }
    pairs
}
