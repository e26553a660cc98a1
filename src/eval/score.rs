//! Scores, as pure functions of what was true and what was said.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::domain::Urgency;

pub use crate::labelled::score::{LabelCounts, Share, SpanScores, label_counts, macro_f1};

/// How often the truth is among the first `k` candidates.
pub fn top_k<L: PartialEq>(gold: &[L], ranked: &[Vec<L>], k: usize) -> Share {
    let hits = gold.iter().zip(ranked).filter(|(g, r)| r.iter().take(k).any(|c| c == *g)).count();
    Share { hits, of: gold.len().min(ranked.len()) }
}

/// The most frequent confusions `(truth, answer, count)`, most frequent first.
pub fn confusions<L: Ord + Clone>(gold: &[L], said: &[Option<L>], most: usize) -> Vec<(L, L, usize)> {
    let mut counts: BTreeMap<(&L, &L), usize> = BTreeMap::new();
    for (g, s) in gold.iter().zip(said) {
        if let Some(s) = s.as_ref().filter(|s| *s != g) {
            *counts.entry((g, s)).or_default() += 1;
        }
    }
    let mut list: Vec<(L, L, usize)> = counts.into_iter().map(|((g, s), n)| (g.clone(), s.clone(), n)).collect();
    list.sort_by_key(|(_, _, n)| std::cmp::Reverse(*n));
    list.truncate(most);
    list
}

/// How bins are cut for the calibration error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bins {
    /// Equal width in probability (Naeini et al. 2015).
    Width(usize),
    /// Equal number of answers (Nixon et al. 2019): no bin is nearly empty.
    Mass(usize),
}

/// Expected calibration error: mean distance of stated probability and share of right answers over
/// bins, weighted by their size; none without answers.
pub fn calibration_error(answers: &[(f32, bool)], bins: Bins) -> Option<f64> {
    if answers.is_empty() {
        return None;
    }
    let mut sorted = answers.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (count, n) = match bins {
        Bins::Width(count) | Bins::Mass(count) => (count.max(1), sorted.len()),
    };
    let mut filled: BTreeMap<usize, (f64, f64, f64)> = BTreeMap::new();
    for (place, (p, right)) in sorted.into_iter().enumerate() {
        let bin = match bins {
            // A probability of exactly 1 belongs to the last bin.
            Bins::Width(_) => ((f64::from(p) * count as f64) as usize).min(count - 1),
            Bins::Mass(_) => place * count / n,
        };
        let (size, stated, hits) = filled.entry(bin).or_default();
        *size += 1.0;
        *stated += f64::from(p);
        *hits += f64::from(u8::from(right));
    }
    Some(filled.values().map(|(_, stated, hits)| (stated - hits).abs()).sum::<f64>() / n as f64)
}

/// One line of the risk–coverage table: answering only the surest appeals.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct RiskAt {
    /// Share of appeals answered.
    pub coverage: f64,
    /// Least probability among the answered.
    pub threshold: f32,
    /// Share of wrong answers among them.
    pub risk: f64,
}

/// Risk at the given coverages, surest answers first.
pub fn risk_coverage(answers: &[(f32, bool)], coverages: &[f64]) -> Vec<RiskAt> {
    let mut sorted = answers.to_vec();
    // Equal probabilities: wrong ones first, so that ties never flatter.
    sorted.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    coverages
        .iter()
        .filter_map(|wanted| {
            let n = ((wanted * sorted.len() as f64).round() as usize).min(sorted.len());
            let last = sorted.get(n.checked_sub(1)?)?;
            let wrong = sorted.iter().take(n).filter(|(_, right)| !right).count();
            let (n, all) = (n as f64, sorted.len() as f64);
            Some(RiskAt { coverage: n / all, threshold: last.0, risk: wrong as f64 / n })
        })
        .collect()
}

/// Urgency, level by level and as the question that counts: is it urgent at all?
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct UrgencyScores {
    /// Exactly right.
    pub accuracy: Share,
    /// Mean F1 over the levels that occur.
    pub macro_f1: Option<f64>,
    /// Each level by itself.
    pub levels: BTreeMap<String, LabelCounts>,
    /// 特急 or 紧急 against the rest.
    pub urgent: LabelCounts,
    /// 特急 given no more than 一般 or 加急: the worst mistake.
    pub u1_missed_far: usize,
}

/// Scores of urgency answers.
pub fn urgency_scores(gold: &[Urgency], said: &[Urgency]) -> UrgencyScores {
    let answers: Vec<Option<Urgency>> = said.iter().copied().map(Some).collect();
    let hits = gold.iter().zip(said).filter(|(g, s)| g == s).count();
    let urgent = |u: &Urgency| *u >= Urgency::U2;
    UrgencyScores {
        accuracy: Share { hits, of: gold.len().min(said.len()) },
        macro_f1: macro_f1(gold, &answers),
        levels: label_counts(gold, &answers).into_iter().map(|(l, c)| (l.code().to_owned(), c)).collect(),
        urgent: LabelCounts::of(gold.iter().zip(said).map(|(g, s)| (urgent(g), urgent(s)))),
        u1_missed_far: gold.iter().zip(said).filter(|(g, s)| **g == Urgency::U1 && **s < Urgency::U2).count(),
    }
}
