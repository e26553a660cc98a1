//! `tingsu eval`: arguments and the run, to be called by the command line.

use std::{fs, path::PathBuf};

use crate::{model::ModelError, triage::Triager};

use super::{DataError, Options, Origin, Report, Suite, SuiteError, evaluate, load_corpus, load_labelled};

/// Scores a model on appeals that it was not trained on.
#[derive(Clone, Debug, clap::Args)]
pub struct EvalArgs {
    /// Bundle to score; the shipped one if left out
    #[arg(long, value_name = "DIR")]
    pub model: Option<PathBuf>,
    /// City pack; the shipped one if left out
    #[arg(long, value_name = "DIR")]
    pub city: Option<PathBuf>,
    /// Folder with annotations/train.tsv and appeals/appeals.jsonl
    #[arg(long, value_name = "DIR", default_value = "../shared/data")]
    pub data: PathBuf,
    /// Folder with the simulated appeals
    #[arg(long, value_name = "DIR", default_value = "corpora/jianghai/appeals")]
    pub corpus: PathBuf,
    /// Suite to run (may be given several times); all if left out
    #[arg(long = "suite", value_name = "NAME")]
    pub suites: Vec<String>,
    /// Also train and score the character n-gram baseline on the same rows
    #[arg(long)]
    pub baseline: bool,
    /// Fail if a figure is under the floor of its suite
    #[arg(long)]
    pub check: bool,
    /// Print JSON instead of the table
    #[arg(long)]
    pub json: bool,
}

/// Why there is no evaluation.
#[derive(Debug, thiserror::Error)]
pub enum EvalError {
    /// Labelled data.
    #[error(transparent)]
    Data(#[from] DataError),
    /// Suites.
    #[error(transparent)]
    Suite(#[from] SuiteError),
    /// The model.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The report cannot be written as JSON.
    #[error("writing the report as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

/// Loads the rows that the chosen suites need and scores the triager on them. The caller has opened
/// the triager from `args.model` and `args.city`.
///
/// # Errors
/// Missing or wrong data, an unknown suite, a model that fails to compute.
pub fn run(args: &EvalArgs, triager: &Triager) -> Result<Report, EvalError> {
    let suites = Suite::shipped(&args.suites)?;
    let needs = |origin: Origin| suites.iter().any(|s| s.source == origin);
    let mut rows = Vec::new();
    // The baseline learns from everything, whatever is scored.
    if needs(Origin::Real) || args.baseline {
        rows.extend(load_labelled(&args.data, &triager.pack)?);
    }
    if needs(Origin::Simulated) || args.baseline {
        rows.extend(load_corpus(&args.corpus, &triager.pack)?);
    }
    let mut report = evaluate(triager, &rows, &suites, Options { baseline: args.baseline })?;
    report.warnings = warnings(args, triager);
    Ok(report)
}

/// The report as it is to be printed.
///
/// # Errors
/// Only if JSON cannot be written.
pub fn render(args: &EvalArgs, report: &Report) -> Result<String, EvalError> {
    Ok(if args.json { serde_json::to_string_pretty(report)? } else { report.to_string() })
}

fn warnings(args: &EvalArgs, triager: &Triager) -> Vec<String> {
    let mut warnings = triager.mismatches();
    if triager.bundle.is_none() {
        warnings.push("no bundle: only the pack's rules are scored".into());
        return warnings;
    }
    // Written by training beside the labels; a bundle of another origin does not say.
    let said = args.model.as_ref().and_then(|dir| {
        let labels: serde_json::Value = serde_json::from_slice(&fs::read(dir.join("labels.json")).ok()?).ok()?;
        labels.get("held_back")?.as_str().map(str::to_owned)
    });
    match said.as_deref() {
        Some("excluded") => {}
        Some("included") => warnings.push(
            "this bundle was trained on the held-back rows too: its figures here are not what new appeals will see"
                .into(),
        ),
        _ => warnings.push("the bundle does not say whether it was trained on the held-back rows".into()),
    }
    warnings
}
