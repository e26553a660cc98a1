//! How good is it? Suites of held-back labelled appeals, scores, and the n-gram baseline to beat.
//!
//! Rows come from files outside the project (the labels are not ours to ship) and from the pack's
//! own simulated appeals. Which rows are held back is decided in `domain` alone, so that training
//! and evaluation can never disagree. Scores are pure functions; a run is deterministic.

pub mod audit;
pub mod baseline;
mod cases;
pub mod command;
pub mod compare;
mod data;
pub mod duplicates;
mod explain;
mod further;
mod places;
mod report;
mod run;
pub mod score;
pub mod search;
pub mod split;
mod suite;
pub mod topics;

pub use data::{load_corpus, load_labelled, load_table};
pub use explain::{Faithfulness, faithfulness};
pub use further::{FurtherFigures, FurtherScores, further_scores};
pub use places::{PlaceScores, place_scores};
pub use report::{FlagScores, HeadScores, Report, SuiteReport, SystemReport};
pub use run::{Options, evaluate};
pub use suite::{Suite, SuiteError};
