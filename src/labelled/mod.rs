//! What did readers say? Appeals with the labels of `annotation.md`, read strictly from files, and on
//! which side of the split each lies: one definition for training and measuring.

mod files;
mod group;
mod near;
mod pairs;
mod read;
pub mod score;
mod task;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::domain::{Appeal, AppealType, Flags, Urgency, is_for_tuning, is_held_back};

pub use files::{jsonl, jsonl_files};
pub use near::{Kin, Sketch, adopt, groups_of};
pub use pairs::{Paired, appeals_with_replies, same_questions};
pub use read::{annotated, simulated, unlabelled};
pub use task::{HeadGold, Task, TaskHead, TaskRow, TaskRows, phrase_spans};

/// Where a row comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// A real appeal, labelled by a reader.
    Real,
    /// A simulated appeal of the pack's corpus.
    Simulated,
}

/// The labels of a reader (`annotation.md`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gold {
    /// 诉求类型
    pub appeal_type: AppealType,
    /// Category code.
    pub category: String,
    /// Department name.
    pub department: String,
    /// 紧急程度
    pub urgency: Urgency,
    /// Marks.
    pub flags: Flags,
    /// The most specific place phrase, verbatim; none if the reader found none.
    pub place: Option<String>,
    /// Whether the reader looked for a place.
    pub place_read: bool,
}

/// What a row is used for; the later the stricter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Weights are trained on it.
    Train,
    /// Number of epochs, blending and temperature are chosen on it.
    Tune,
    /// Neither: figures are measured on it.
    Held,
}

impl Part {
    /// The part of a group; its rows never straddle.
    pub fn of(group: &str) -> Self {
        match (is_held_back(group), is_for_tuning(group)) {
            (true, _) => Part::Held,
            (_, true) => Part::Tune,
            _ => Part::Train,
        }
    }
}

/// A labelled appeal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Id in its file.
    pub id: String,
    /// Title and text.
    pub appeal: Appeal,
    /// What a reader said.
    pub gold: Gold,
    /// Real or simulated.
    pub origin: Origin,
    /// Near-duplicates of a real appeal, calls about one event and repeated calls share it.
    pub group: String,
}

impl Row {
    /// Which part it belongs to.
    pub fn part(&self) -> Part {
        Part::of(&self.group)
    }
}

/// A real appeal that no reader has labelled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unlabelled {
    /// Id in its file.
    pub id: String,
    /// Title and text.
    pub appeal: Appeal,
    /// Near-duplicates share it.
    pub group: String,
}

/// The labels that may occur.
pub struct Known<'k> {
    /// Whether a category code exists.
    pub category: &'k dyn Fn(&str) -> bool,
    /// Whether a department exists.
    pub department: &'k dyn Fn(&str) -> bool,
}

/// Why labelled data cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// Not there.
    #[error("cannot read {}: {why}; {hint}", path.display())]
    Missing {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        why: String,
        /// What to do.
        hint: &'static str,
    },
    /// There, but wrong.
    #[error("{}:{line}: {why}", path.display())]
    Bad {
        /// The file.
        path: PathBuf,
        /// Line from 1.
        line: usize,
        /// What is wrong.
        why: String,
    },
}
