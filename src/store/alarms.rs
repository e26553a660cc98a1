//! The contract for what was told of alarms.

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::StoreResult;

/// A line of an alarm's history, as it was told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlarmLine {
    /// Stable name of the stream: an event's id, a category at a place, a keyword.
    pub stream: String,
    /// `event`, `place` or `keyword`.
    pub of: String,
    /// Its name for people.
    pub name: String,
    /// When it was told.
    pub told_at: Timestamp,
    /// When it happened: the arrival that raised or updated it, the end of the silence that closed it.
    pub at: Timestamp,
    /// `raised`, `updated` or `closed`.
    pub change: String,
    /// Whether it is 突发; otherwise 集中.
    pub sudden: bool,
    /// Why, in words.
    pub cause: String,
    /// Distinct callers in the window.
    pub callers: usize,
    /// The window, in hours.
    pub window_hours: f64,
    /// What was to be expected in the window.
    pub expected: f64,
    /// How likely so many are by chance.
    pub p: f64,
    /// More than five times what is usual.
    pub surge: bool,
    /// The event that holds half of its tickets.
    pub event: Option<String>,
    /// Tickets in the window, at most 200.
    pub tickets: Vec<String>,
}

impl AlarmLine {
    /// Whether the alarm is open after this line.
    pub fn is_open(&self) -> bool {
        self.change != "closed"
    }
}

/// What was told of alarms; lines are only added.
#[async_trait]
pub trait AlarmLog: Send + Sync {
    /// Adds lines, all or none.
    async fn tell_alarms(&self, lines: &[AlarmLine]) -> StoreResult<()>;

    /// The last line of every stream that is open, and of those named, newest first.
    async fn alarm_heads(&self, named: &[String]) -> StoreResult<Vec<AlarmLine>>;

    /// The latest lines, of one stream or of all, newest first.
    async fn alarm_lines(&self, stream: Option<&str>, limit: u64) -> StoreResult<Vec<AlarmLine>>;
}
