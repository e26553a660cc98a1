//! Scores, as pure functions of what was true and what was said.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::domain::Urgency;

/// A share with its evidence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Share {
    /// Numerator.
    pub hits: usize,
    /// Denominator.
    pub of: usize,
}

impl Share {
    /// `hits / of`; none of nothing.
    pub fn value(self) -> Option<f64> {
        (self.of > 0).then(|| self.hits as f64 / self.of as f64)
    }

    /// Wilson's 95 % interval; none of nothing.
    pub fn interval(self) -> Option<(f64, f64)> {
        const Z: f64 = 1.959_964;
        let (p, n) = (self.value()?, self.of as f64);
        let middle = p + Z * Z / (2.0 * n);
        let half = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
        let whole = 1.0 + Z * Z / n;
        Some((((middle - half) / whole).max(0.0), ((middle + half) / whole).min(1.0)))
    }
}

/// How often the truth is among the first `k` candidates.
pub fn top_k<L: PartialEq>(gold: &[L], ranked: &[Vec<L>], k: usize) -> Share {
    let hits = gold.iter().zip(ranked).filter(|(g, r)| r.iter().take(k).any(|c| c == *g)).count();
    Share { hits, of: gold.len().min(ranked.len()) }
}

/// Counts of one label.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LabelCounts {
    /// Said and true.
    pub hit: usize,
    /// Said, but not true.
    pub false_alarm: usize,
    /// True, but not said.
    pub missed: usize,
}

impl LabelCounts {
    /// Of what was said, how much was true.
    pub fn precision(self) -> Share {
        Share { hits: self.hit, of: self.hit + self.false_alarm }
    }

    /// Of what was true, how much was said.
    pub fn recall(self) -> Share {
        Share { hits: self.hit, of: self.hit + self.missed }
    }

    /// Harmonic mean of both; 0 if nothing was hit.
    pub fn f1(self) -> f64 {
        let whole = 2 * self.hit + self.false_alarm + self.missed;
        if whole == 0 { 0.0 } else { 2.0 * self.hit as f64 / whole as f64 }
    }

    /// Counts a yes/no question.
    pub fn of(pairs: impl IntoIterator<Item = (bool, bool)>) -> Self {
        let mut counts = Self::default();
        for (gold, said) in pairs {
            match (gold, said) {
                (true, true) => counts.hit += 1,
                (false, true) => counts.false_alarm += 1,
                (true, false) => counts.missed += 1,
                (false, false) => {}
            }
        }
        counts
    }
}

/// Counts of every label that occurs in truth or answers. An answer may be none.
pub fn label_counts<L: Ord + Clone>(gold: &[L], said: &[Option<L>]) -> BTreeMap<L, LabelCounts> {
    let labels: BTreeSet<&L> = gold.iter().chain(said.iter().flatten()).collect();
    let mut counts: BTreeMap<L, LabelCounts> =
        labels.into_iter().map(|label| (label.clone(), LabelCounts::default())).collect();
    for (g, s) in gold.iter().zip(said) {
        let right = s.as_ref() == Some(g);
        if let Some(c) = counts.get_mut(g) {
            if right { c.hit += 1 } else { c.missed += 1 }
        }
        if let Some(c) = s.as_ref().filter(|_| !right).and_then(|s| counts.get_mut(s)) {
            c.false_alarm += 1;
        }
    }
    counts
}

/// Mean F1 over the labels that occur in the truth; none without rows.
pub fn macro_f1<L: Ord + Clone>(gold: &[L], said: &[Option<L>]) -> Option<f64> {
    let counts = label_counts(gold, said);
    let occurring: Vec<f64> = counts.values().filter(|c| c.hit + c.missed > 0).map(|c| c.f1()).collect();
    (!occurring.is_empty()).then(|| occurring.iter().sum::<f64>() / occurring.len() as f64)
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
