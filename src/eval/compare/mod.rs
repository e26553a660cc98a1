//! Two bundles on the same decided tickets: which is better, surely or by chance, and what would change
//! for whom. Pure functions of what was decided and what each said first.

mod changes;
mod paired;
mod report;

use std::collections::BTreeMap;

use serde::Serialize;

use super::score::{LabelCounts, Share, confusions, label_counts, macro_f1};

pub use changes::{Change, ChangeCounts, Changes, Verdict, changes};
pub use paired::{Paired, mcnemar_exact};

/// Confusions kept for each side.
const CONFUSIONS: usize = 10;

/// A row with what was decided and what both say, head by head in the order of the caller's names.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answered {
    /// Its id, for the list of changes. Never its text.
    pub id: String,
    /// What was decided; none where nobody did.
    pub gold: Vec<Option<String>>,
    /// What the first bundle suggests first.
    pub a: Vec<Option<String>>,
    /// What the second one does.
    pub b: Vec<Option<String>>,
}

/// One class of one head.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClassLine {
    /// The label.
    pub label: String,
    /// Rows decided so.
    pub of: usize,
    /// Counts of the first.
    pub a: LabelCounts,
    /// Counts of the second.
    pub b: LabelCounts,
}

/// One head.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HeadComparison {
    /// Its name.
    pub head: String,
    /// First suggestion right, of the rows on which it was decided.
    pub a: Share,
    /// The same for the second.
    pub b: Share,
    /// Mean F1 over the labels that were decided.
    pub macro_f1: [Option<f64>; 2],
    /// The two on the same rows.
    pub paired: Paired,
    /// Every label that was decided or said, those decided most often first.
    pub classes: Vec<ClassLine>,
    /// What each confuses most: decided, said, how often.
    pub confusions: [Vec<(String, String, usize)>; 2],
    /// What would change.
    pub changes: Changes,
}

/// All heads.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// Id of the first, by which the second is measured.
    pub a: String,
    /// Id of the second.
    pub b: String,
    /// Rows.
    pub rows: usize,
    /// The heads.
    pub heads: Vec<HeadComparison>,
}

/// Compares two bundles. `heads` names what stands in each row, in order.
pub fn compare(names: (&str, &str), heads: &[&str], rows: &[Answered]) -> Comparison {
    let heads = heads.iter().enumerate().map(|(n, head)| compare_head(head, n, rows)).collect();
    Comparison { a: names.0.to_owned(), b: names.1.to_owned(), rows: rows.len(), heads }
}

fn compare_head(head: &str, n: usize, rows: &[Answered]) -> HeadComparison {
    let said = |answers: &[Option<String>]| answers.get(n).cloned().flatten();
    let judged: Vec<(String, Option<String>, Option<String>)> =
        rows.iter().filter_map(|r| Some((r.gold.get(n).cloned().flatten()?, said(&r.a), said(&r.b)))).collect();
    let gold: Vec<String> = judged.iter().map(|(g, ..)| g.clone()).collect();
    let a: Vec<Option<String>> = judged.iter().map(|(_, a, _)| a.clone()).collect();
    let b: Vec<Option<String>> = judged.iter().map(|(.., b)| b.clone()).collect();
    let right = |said: &[Option<String>]| -> Vec<bool> {
        said.iter().zip(&gold).map(|(said, gold)| said.as_ref() == Some(gold)).collect()
    };
    let (right_a, right_b) = (right(&a), right(&b));
    let share = |right: &[bool]| Share { hits: right.iter().filter(|r| **r).count(), of: right.len() };
    HeadComparison {
        head: head.to_owned(),
        a: share(&right_a),
        b: share(&right_b),
        macro_f1: [macro_f1(&gold, &a), macro_f1(&gold, &b)],
        paired: Paired::of(right_a.iter().copied().zip(right_b.iter().copied())),
        classes: classes(&gold, &a, &b),
        confusions: [confusions(&gold, &a, CONFUSIONS), confusions(&gold, &b, CONFUSIONS)],
        changes: changes(rows.iter().filter_map(|r| {
            let gold = r.gold.get(n).cloned().flatten();
            Change::of(&r.id, gold, said(&r.a), said(&r.b))
        })),
    }
}

fn classes(gold: &[String], a: &[Option<String>], b: &[Option<String>]) -> Vec<ClassLine> {
    let (of_a, of_b) = (label_counts(gold, a), label_counts(gold, b));
    let mut lines: BTreeMap<&String, (LabelCounts, LabelCounts)> = BTreeMap::new();
    for (label, counts) in &of_a {
        lines.entry(label).or_default().0 = *counts;
    }
    for (label, counts) in &of_b {
        lines.entry(label).or_default().1 = *counts;
    }
    let mut lines: Vec<ClassLine> = lines
        .into_iter()
        .map(|(label, (a, b))| {
            let of = (a.hit + a.missed).max(b.hit + b.missed);
            ClassLine { label: label.clone(), of, a, b }
        })
        .collect();
    lines.sort_by(|x, y| y.of.cmp(&x.of).then_with(|| x.label.cmp(&y.label)));
    lines
}

/// Why the second is worse than the first by more than is allowed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Worse {
    /// On which head.
    pub head: String,
    /// Right answers of the first.
    pub a: Share,
    /// Right answers of the second.
    pub b: Share,
    /// What was allowed, as a share of the rows.
    pub margin: f64,
}

impl Comparison {
    /// Heads among `names` on which the second one's share of right answers lies below the first one's by
    /// more than `margin` (0.01 is one in a hundred). Heads that nobody decided say nothing.
    pub fn worse(&self, names: &[&str], margin: f64) -> Vec<Worse> {
        let of = |head: &HeadComparison| Some((head.a.value()?, head.b.value()?));
        self.heads
            .iter()
            .filter(|head| names.contains(&head.head.as_str()))
            .filter(|head| of(head).is_some_and(|(a, b)| a - b > margin + 1e-9))
            .map(|head| Worse { head: head.head.clone(), a: head.a, b: head.b, margin })
            .collect()
    }

    /// Rows on which at least one head was decided.
    pub fn judged(&self) -> usize {
        self.heads.iter().map(|h| h.a.of).max().unwrap_or(0)
    }
}
