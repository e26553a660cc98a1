//! What can be counted: rows, cohorts, figures, and whether they still hold.

pub mod ledger;
pub mod recheck;
pub mod row;

pub use ledger::{Ledger, filter};
pub use recheck::{Stale, reads, recheck, recheck_quotes};
pub use row::{NO, Row, Rows, UNKNOWN, YES, callers, distinct, matching};
