//! Who made which bundle answer, when, why and on what figures.

use std::fs;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{About, Chosen, Shelf, ShelfError, aside};

const JOURNAL: &str = "journal.jsonl";

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// A bundle was made to answer.
    Activate,
    /// The one before was made to answer again.
    Rollback,
}

/// By whom and why.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Why {
    /// Account name.
    pub who: String,
    /// In their words.
    pub reason: Option<String>,
    /// Whether it was done against a check.
    pub forced: bool,
    /// The comparison on which it was decided, as given.
    pub compared: serde_json::Value,
}

/// A change of the bundle that answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Counts the changes from 1.
    pub n: u64,
    /// When.
    pub at: Timestamp,
    /// What.
    pub act: Act,
    /// By whom.
    pub who: String,
    /// Why.
    pub reason: Option<String>,
    /// Whether a check was overruled.
    #[serde(default)]
    pub forced: bool,
    /// What answers from then on.
    pub bundle: Chosen,
    /// What answered before.
    pub instead_of: Chosen,
    /// Where the bundle came from.
    #[serde(default)]
    pub about: Option<About>,
    /// The comparison with the one before.
    #[serde(default)]
    pub compared: serde_json::Value,
}

impl Shelf {
    /// All changes, oldest first. A line that cannot be read (cut off by a crash) is left out, and the
    /// newest is taken from the pointer if the journal has not got it.
    ///
    /// # Errors
    /// The file is there but cannot be read.
    pub fn journal(&self) -> Result<Vec<Entry>, ShelfError> {
        let mut entries = self.journal_alone()?;
        if let Some(entry) = self.pointer_alone().ok().flatten().map(|p| p.entry)
            && entries.last().is_none_or(|last| last.n < entry.n)
        {
            entries.push(entry);
        }
        Ok(entries)
    }

    pub(super) fn journal_alone(&self) -> Result<Vec<Entry>, ShelfError> {
        let path = self.root().join(JOURNAL);
        if !path.exists() {
            return Ok(Vec::new());
        }
        let text = fs::read(&path).map_err(|e| aside::failed(&path, e))?;
        let lines = text.split(|b| *b == b'\n');
        Ok(lines.filter_map(|line| serde_json::from_slice(line).ok()).collect())
    }

    /// Adds what the journal has not got yet: the change that the pointer knows of, then `entry`.
    pub(super) fn note(&self, before: Option<&Entry>, entry: &Entry) -> Result<(), ShelfError> {
        let path = self.root().join(JOURNAL);
        let last = self.journal_alone()?.last().map_or(0, |e| e.n);
        for entry in before.into_iter().chain([entry]).filter(|e| e.n > last) {
            let line = serde_json::to_string(entry).map_err(|e| aside::failed(&path, e))?;
            aside::append(&path, &line)?;
        }
        Ok(())
    }
}
