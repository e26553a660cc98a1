//! Which bundles does this data folder hold, and which of them answers?
//!
//! ```text
//! DATA/models/<id>/          a bundle, named by its id, with `about.json`: where it came from
//! DATA/models/active.json    the one that answers and the ones before it: replaced by rename
//! DATA/models/journal.jsonl  who made which one answer, when, why and on what figures
//! ```
//!
//! The pointer is the truth and carries all that a rollback needs; the journal is for people. Whatever
//! is written stands aside first, is synced and renamed: a process that ends at any instant leaves the
//! old state or the new one. A folder without a pointer answers with the embedded bundle. Absent here:
//! the city pack, training, scores (they are kept as given).

mod aside;
mod journal;
mod keep;
mod pointer;

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::ModelError;

pub use journal::{Act, Entry, Why};
pub use keep::Kept;
pub use pointer::{Opened, Standing};

/// Name of the folder under the data folder.
pub const FOLDER: &str = "models";

/// The word for the embedded bundle.
pub const EMBEDDED: &str = "embedded";

/// Why the shelf did not do it.
#[derive(Debug, thiserror::Error)]
pub enum ShelfError {
    /// A file or folder cannot be read or written.
    #[error("{path}: {why}")]
    File {
        /// The path.
        path: String,
        /// What is wrong.
        why: String,
    },
    /// No such bundle.
    #[error("no bundle `{name}` here: {}", known(.here))]
    Absent {
        /// What was asked for.
        name: String,
        /// Ids of those that there are.
        here: Vec<String>,
    },
    /// Several bundles begin so.
    #[error("`{name}` may be {}: write more of it", .may.join(" or "))]
    Ambiguous {
        /// What was asked for.
        name: String,
        /// What it may be.
        may: Vec<String>,
    },
    /// The bundle answers.
    #[error("bundle {0} answers at present: activate another one first")]
    Answers(String),
    /// The bundle answers already.
    #[error("{0} answers already")]
    Already(String),
    /// There is nothing to go back to.
    #[error("nothing answered before the present bundle: there is nothing to go back to")]
    First,
    /// A bundle cannot be opened.
    #[error("bundle {id} cannot be used: {error}")]
    Bundle {
        /// Which.
        id: String,
        /// What is wrong.
        error: ModelError,
    },
    /// The files are not those that the id names.
    #[error("the files in {path} are not those of bundle {id} any more (they make {found}): add it again")]
    Changed {
        /// The folder.
        path: String,
        /// Its name.
        id: String,
        /// The id of what lies there.
        found: String,
    },
}

fn known(here: &[String]) -> String {
    if here.is_empty() { "the shelf is empty".to_owned() } else { format!("there are {}", here.join(" ")) }
}

/// A bundle that may answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Option<String>", into = "Option<String>")]
pub enum Chosen {
    /// The one in the binary.
    #[default]
    Embedded,
    /// One on the shelf, by its id.
    Kept(String),
}

impl From<Option<String>> for Chosen {
    fn from(id: Option<String>) -> Self {
        id.map_or(Chosen::Embedded, Chosen::Kept)
    }
}

impl From<Chosen> for Option<String> {
    fn from(chosen: Chosen) -> Self {
        match chosen {
            Chosen::Embedded => None,
            Chosen::Kept(id) => Some(id),
        }
    }
}

impl std::fmt::Display for Chosen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Chosen::Embedded => f.write_str(EMBEDDED),
            Chosen::Kept(id) => f.write_str(id),
        }
    }
}

/// Where a bundle came from. Carries no appeal text.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct About {
    /// When it was added.
    pub at: Option<Timestamp>,
    /// By whom.
    pub who: String,
    /// From where: a folder, or a training on this data folder.
    pub from: String,
    /// What it was trained on, in counts, as the training told it.
    pub data: serde_json::Value,
    /// Its figures, as the training told them.
    pub scores: serde_json::Value,
}

/// The bundles of a data folder.
#[derive(Clone, Debug)]
pub struct Shelf {
    root: PathBuf,
}

impl Shelf {
    /// The shelf of a data folder; nothing is written before something is added.
    pub fn of(data: &Path) -> Self {
        Self { root: data.join(FOLDER) }
    }

    /// Its folder.
    pub fn root(&self) -> &Path {
        &self.root
    }
}
