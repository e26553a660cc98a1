//! Figures of a bundle on labelled rows, for the report of a training run (`eval` has the full ones).

use serde::Serialize;

use crate::model::{Bundle, ModelInput};

use super::{Labelled, TrainError};

/// Shares of right answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Scores {
    /// Rows that were scored.
    pub rows: usize,
    /// First category right.
    pub category: f32,
    /// Right category among the first three.
    pub category_top3: f32,
    /// First department right.
    pub department: f32,
    /// Right department among the first three.
    pub department_top3: f32,
    /// 诉求类型 right.
    pub appeal_type: f32,
    /// Urgency right, without the rule floor.
    pub urgency: f32,
    /// Rows marked 不确定.
    pub uncertain: f32,
}

impl std::fmt::Display for Scores {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} rows: category {:.3}/{:.3} department {:.3}/{:.3} type {:.3} urgency {:.3} uncertain {:.3}",
            self.rows,
            self.category,
            self.category_top3,
            self.department,
            self.department_top3,
            self.appeal_type,
            self.urgency,
            self.uncertain
        )
    }
}

/// Scores a bundle.
pub(super) fn score(bundle: &Bundle, rows: &[&Labelled]) -> Result<Scores, TrainError> {
    let inputs: Vec<ModelInput> = rows.iter().map(|r| r.input.clone()).collect();
    let predictions = bundle.predict(&inputs, false)?;
    let share =
        |right: &dyn Fn(usize) -> bool| (0..rows.len()).filter(|i| right(*i)).count() as f32 / rows.len().max(1) as f32;
    let within =
        |list: &[crate::domain::Candidate], label: &str, n: usize| list.iter().take(n).any(|c| c.label == label);
    Ok(Scores {
        rows: rows.len(),
        category: share(&|i| within(&predictions[i].category, &rows[i].row.gold.category, 1)),
        category_top3: share(&|i| within(&predictions[i].category, &rows[i].row.gold.category, 3)),
        department: share(&|i| within(&predictions[i].department, &rows[i].row.gold.department, 1)),
        department_top3: share(&|i| within(&predictions[i].department, &rows[i].row.gold.department, 3)),
        appeal_type: share(&|i| within(&predictions[i].appeal_type, rows[i].row.gold.appeal_type.label(), 1)),
        urgency: share(&|i| {
            let p = predictions[i].urgency;
            let first = (0..p.len()).fold(0, |best, j| if p[j] > p[best] { j } else { best });
            crate::domain::Urgency::ALL[first] == rows[i].row.gold.urgency
        }),
        uncertain: share(&|i| predictions[i].uncertain),
    })
}
