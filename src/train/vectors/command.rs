//! `tingsu train vectors`: arguments and the run behind them.

use std::{io::Write, path::PathBuf, time::Instant};

use super::{PairSources, TrainError, VectorConfig, VectorProgress};

/// Learns the sentence vectors of a bundle from texts that belong together.
#[derive(Clone, Debug, clap::Args)]
pub struct VectorArgs {
    /// Directory of the bundle; it gets the map, its other answers stay
    #[arg(long)]
    pub bundle: PathBuf,
    /// JSONL file or folder of appeals (title, text, reply, group, event); may be repeated
    #[arg(long, required = true)]
    pub appeals: Vec<PathBuf>,
    /// JSONL file of questions (a, b, label 1 where they ask the same); may be repeated
    #[arg(long)]
    pub questions: Vec<PathBuf>,
    /// Numbers in a vector
    #[arg(long, default_value_t = 256)]
    pub width: usize,
    /// Passes over the pairs
    #[arg(long, default_value_t = 12)]
    pub epochs: usize,
    /// Pairs in a step
    #[arg(long, default_value_t = 256)]
    pub batch: usize,
    /// Highest learning rate
    #[arg(long, default_value_t = 2e-3)]
    pub lr: f32,
    /// Cosines are divided by it
    #[arg(long, default_value_t = 0.05)]
    pub temperature: f64,
    /// Seed of everything that is drawn
    #[arg(long, default_value_t = 7)]
    pub seed: u64,
}

/// Runs the training; progress and figures go to `show`.
///
/// # Errors
/// As [`super::vectors`].
pub fn vectors(args: &VectorArgs, show: &mut dyn Write) -> Result<(), TrainError> {
    let started = Instant::now();
    let config = VectorConfig {
        sources: PairSources { appeals: args.appeals.clone(), questions: args.questions.clone() },
        bundle: args.bundle.clone(),
        width: args.width.clamp(2, 4096),
        epochs: args.epochs.max(1),
        batch: args.batch.max(2),
        lr: args.lr,
        temperature: args.temperature.clamp(1e-3, 10.0),
        seed: args.seed,
    };
    let mut told = 0;
    let report = super::vectors(&config, &mut |p| {
        let at = started.elapsed().as_secs();
        // a closed pipe must not end the run
        let _ = match p {
            VectorProgress::Reading { texts, all } if texts == all || texts >= told + 4096 => {
                told = texts;
                writeln!(show, "{at:5} s  {texts} of {all} texts read")
            }
            VectorProgress::Reading { .. } => Ok(()),
            VectorProgress::Epoch { epoch, loss, tune } => {
                writeln!(
                    show,
                    "{at:5} s  epoch {epoch}  loss {loss:.4}  tuning titles find their text, MRR@10 {tune:.4}"
                )
            }
        };
        true
    })?;
    let _ = writeln!(show, "bundle {} in {}, {} pairs", report.id, args.bundle.display(), report.pairs);
    for (name, found) in [("mean of the last layer", report.before), ("with the map", report.after)] {
        let _ = writeln!(
            show,
            "held-back titles ({}) find their text: MRR@10 {:.4}, recall@10 {:.4}, {name}",
            found.titles, found.mrr, found.recall
        );
    }
    Ok(())
}
