//! What did this city decide before? Tickets of the store whose labels can be learned from, with how
//! far each label is to be trusted.
//!
//! A label counts as *decided* if a person of this system set or confirmed it (the newest decision
//! wins; what software raised does not count), as *closed* if it came with an imported ticket that was
//! handled to its end, so that the old system's people stood by it, and as *open* if it came with a
//! ticket that is still under way. Texts stay in memory and never enter a log line or a report.

mod read;
mod report;
mod row;
mod trust;

pub use read::{Case, History, HistoryOptions, read_history};
pub use report::{HistoryReport, LabelCounts, Skip};
pub use row::training_rows;
pub use trust::Trust;
