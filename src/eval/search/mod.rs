//! How well is found what is known to be there? Our index in its three modes beside SQLite's FTS5,
//! PostgreSQL and a plain tantivy index, on the same texts and queries.
//!
//! Queries of one fold chose the weights of the second look, those of another are reported; on neither
//! were the sentence vectors trained, apart from the question pairs (see `eval/README.md`).

mod command;
mod fusion;
mod learn;
mod peers;
mod reader;
mod report;
mod run;
mod sweep;
mod systems;
mod tasks;

pub use command::{SearchEvalArgs, run};
pub use fusion::{FUSION, fused};
pub use learn::{Candidates, learn};
pub use report::{Figures, SearchReport, TaskReport};
pub use sweep::variants;
pub use tasks::{Asked, Doc, Task, appeal_tasks, filed_task, tasks};

/// Why there are no figures.
#[derive(Debug, thiserror::Error)]
pub enum SearchEvalError {
    /// The texts.
    #[error(transparent)]
    Data(#[from] crate::labelled::DataError),
    /// One of the systems.
    #[error("{0}: {1}")]
    System(&'static str, String),
    /// No task of that name.
    #[error("no task `{0}`: one of title sentence reply pairs, or filed with --sweep")]
    NoTask(String),
    /// A file cannot be written.
    #[error("{0} cannot be written: {1}")]
    Unwritten(String, String),
}
