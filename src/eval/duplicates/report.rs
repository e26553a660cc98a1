//! Precision and recall of each relation.

use std::{collections::BTreeSet, fmt};

use serde::Serialize;

use crate::insight::{Common, Relation};

use super::{Told, tuning};

/// A case shown beside an appeal.
#[derive(Clone, Copy, Debug)]
pub struct Shown {
    /// Number of the case.
    pub past: usize,
    /// What it is said to be.
    pub said: Relation,
    /// What it is.
    pub right: Relation,
    /// Place among the like ones.
    pub place: usize,
    /// What was compared.
    pub common: Common,
}

/// One relation in one half of the appeals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Kept {
    /// Cases shown as that, and how many of them are.
    pub shown: usize,
    /// See [`Kept::shown`].
    pub rightly: usize,
    /// Appeals that have such a case before them, and to how many of these one is shown as that.
    pub had: usize,
    /// See [`Kept::had`].
    pub told: usize,
}

impl Kept {
    /// Share of what is shown as that which is that.
    pub fn precision(&self) -> f64 {
        self.rightly as f64 / self.shown.max(1) as f64
    }

    /// Share of the appeals with such a case that are shown one.
    pub fn recall(&self) -> f64 {
        self.told as f64 / self.had.max(1) as f64
    }
}

/// Figures of both halves.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct DuplicatesReport {
    /// Appeals.
    pub appeals: usize,
    /// Cases shown beside each at most.
    pub limit: usize,
    /// 重复, 同一事件, 同类 in the half that chose bounds.
    pub tuning: [Kept; 3],
    /// The same in the half that did not.
    pub reported: [Kept; 3],
    #[serde(skip)]
    halves: Vec<bool>,
}

impl DuplicatesReport {
    pub(super) fn new(told: &[Told], limit: usize) -> Self {
        Self { appeals: told.len(), limit, halves: told.iter().map(tuning).collect(), ..Self::default() }
    }

    /// Counts what one appeal was shown; `before` are the relations that it has to all before it.
    pub(super) fn add(&mut self, new: usize, shown: &[Shown], before: &BTreeSet<Relation>) {
        let half = if self.halves[new] { &mut self.tuning } else { &mut self.reported };
        for (kept, relation) in half.iter_mut().zip([Relation::Repeat, Relation::SameEvent, Relation::SameKind]) {
            let mut said = shown.iter().filter(|s| s.said == relation);
            kept.shown += said.clone().count();
            kept.rightly += said.clone().filter(|s| s.right == relation).count();
            if before.contains(&relation) {
                kept.had += 1;
                kept.told += usize::from(said.any(|s| s.right == relation));
            }
        }
    }
}

impl fmt::Display for DuplicatesReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} 件诉求,每件至多列出 {} 件以往诉求", self.appeals, self.limit)?;
        for (name, half) in [("调优的一半", &self.tuning), ("报告的一半", &self.reported)] {
            writeln!(f, "\n{name}  {:>10} {:>10} {:>16} {:>16}", "准确率", "召回率", "判对/列出", "找到/应有")?;
            for (kept, relation) in half.iter().zip(["重复", "同一事件", "同类"]) {
                let (right, found) =
                    (format!("{}/{}", kept.rightly, kept.shown), format!("{}/{}", kept.told, kept.had));
                writeln!(
                    f,
                    "  {relation:　<4}  {:>10.3} {:>10.3} {right:>16} {found:>16}",
                    kept.precision(),
                    kept.recall()
                )?;
            }
        }
        Ok(())
    }
}
