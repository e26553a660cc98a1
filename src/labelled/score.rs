//! Scores as pure functions of what was true and what was said, for training and measuring alike.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use serde::Serialize;

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

/// Stretches that were found against those that were marked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct SpanScores {
    /// Exactly the same stretch with the same label.
    pub exact: LabelCounts,
    /// Found stretches that share a part with a marked one of the same label.
    pub touching: Share,
    /// Marked stretches that share a part with a found one of the same label.
    pub touched: Share,
}

impl SpanScores {
    /// Counts one text; a stretch is its label (or whatever else must agree) and its range.
    pub fn add<L: PartialEq>(&mut self, gold: &[(L, Range<usize>)], said: &[(L, Range<usize>)]) {
        let meet =
            |a: &(L, Range<usize>), b: &(L, Range<usize>)| a.0 == b.0 && a.1.start < b.1.end && b.1.start < a.1.end;
        let hit = said.iter().filter(|s| gold.contains(s)).count();
        self.exact.hit += hit;
        self.exact.false_alarm += said.len() - hit;
        self.exact.missed += gold.len().saturating_sub(hit);
        self.touching.of += said.len();
        self.touching.hits += said.iter().filter(|s| gold.iter().any(|g| meet(g, s))).count();
        self.touched.of += gold.len();
        self.touched.hits += gold.iter().filter(|g| said.iter().any(|s| meet(g, s))).count();
    }

    /// Harmonic mean of the two shares; 0 if nothing was touched.
    pub fn overlap_f1(&self) -> f64 {
        let (p, r) = (self.touching.value().unwrap_or(0.0), self.touched.value().unwrap_or(0.0));
        if p + r > 0.0 { 2.0 * p * r / (p + r) } else { 0.0 }
    }
}
