//! `labels.json`: what the heads answer, in the order of their outputs.

use std::{collections::BTreeSet, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::domain::{AppealType, Flag, Urgency};

use super::ModelError;

/// Name of the file.
pub const LABELS_FILE: &str = "labels.json";

/// Labels of the heads; category and department come from the city's data, the others are fixed by
/// the field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Labels {
    /// 诉求类型
    #[serde(rename = "type")]
    pub appeal_type: Vec<String>,
    /// Level-2 codes.
    pub category: Vec<String>,
    /// Department names.
    pub department: Vec<String>,
    /// Codes in the order of [`Urgency::ALL`].
    pub urgency: Vec<String>,
    /// Marks in the order of [`Flag::FROM_TEXT`].
    pub flags: Vec<String>,
}

/// Names of the heads, in the order of the outputs.
pub const HEADS: [&str; 5] = ["type", "category", "department", "urgency", "flags"];

fn bad(why: impl Into<String>) -> ModelError {
    ModelError::File { file: LABELS_FILE.into(), why: why.into() }
}

impl Labels {
    /// The fixed labels of the field with the given categories and departments, sorted.
    pub fn new(category: BTreeSet<String>, department: BTreeSet<String>) -> Self {
        Self {
            appeal_type: AppealType::ALL.iter().map(|t| t.label().into()).collect(),
            category: category.into_iter().collect(),
            department: department.into_iter().collect(),
            urgency: Urgency::ALL.iter().map(|u| u.code().into()).collect(),
            flags: Flag::FROM_TEXT.iter().map(|f| f.label().into()).collect(),
        }
    }

    /// These and those of another bundle: its own order where it has all of these, so that it can be
    /// continued.
    pub fn joined(&self, other: &Self) -> Self {
        let within = |own: &[String], all: &[String]| own.iter().all(|l| all.contains(l));
        if within(&self.category, &other.category) && within(&self.department, &other.department) {
            return other.clone();
        }
        let both = |a: &[String], b: &[String]| a.iter().chain(b).cloned().collect();
        Self::new(both(&self.category, &other.category), both(&self.department, &other.department))
    }

    /// Reads `labels.json`.
    ///
    /// # Errors
    /// If it is broken, a head has no labels or one twice, or a fixed head is in another order.
    pub fn parse(json: &[u8]) -> Result<Self, ModelError> {
        let labels: Self = serde_json::from_slice(json).map_err(|e| bad(e.to_string()))?;
        for (head, list) in HEADS.iter().zip(labels.lists()) {
            if list.is_empty() {
                return Err(bad(format!("head {head} has no labels")));
            }
            let mut seen = BTreeSet::new();
            if let Some(twice) = list.iter().find(|l| !seen.insert(l.as_str())) {
                return Err(bad(format!("head {head} has the label {twice} twice")));
            }
        }
        if let Some(e) = labels.appeal_type.iter().find_map(|l| AppealType::from_str(l).err()) {
            return Err(bad(format!("head type: {e}")));
        }
        let fixed = Self::new(BTreeSet::new(), BTreeSet::new());
        if labels.urgency != fixed.urgency || labels.flags != fixed.flags {
            return Err(bad(format!(
                "urgency must be {} and flags {}, in this order",
                fixed.urgency.join(" "),
                fixed.flags.join(" ")
            )));
        }
        Ok(labels)
    }

    /// The five lists in the order of [`HEADS`].
    pub fn lists(&self) -> [&[String]; 5] {
        [&self.appeal_type, &self.category, &self.department, &self.urgency, &self.flags]
    }

    /// Number of labels of each head.
    pub fn sizes(&self) -> [usize; 5] {
        self.lists().map(<[String]>::len)
    }
}
