//! `tingsu train contrast`: arguments and the run behind them.

use std::{io::Write, path::PathBuf, time::Instant};

use crate::model::Arithmetic;

use super::{ContrastConfig, ContrastProgress, TrainError};
use crate::train::vectors::PairSources;

/// Teaches an encoder to tell texts apart by what they are about; an interrupted run writes nothing.
#[derive(Clone, Debug, clap::Args)]
pub struct ContrastArgs {
    /// TOML that names the files and how often each is read
    #[arg(long)]
    pub recipe: PathBuf,
    /// Folder of those files: one document a line, plain or .zst, or folders of JSONL; may be repeated
    #[arg(long, required = true)]
    pub texts: Vec<PathBuf>,
    /// JSONL file or folder of appeals whose titles, replies and events give pairs; may be repeated
    #[arg(long)]
    pub appeals: Vec<PathBuf>,
    /// JSONL file of questions (a, b, label 1 where they ask the same); may be repeated
    #[arg(long)]
    pub questions: Vec<PathBuf>,
    /// Encoder to start from: config.json, tokenizer.json, model.safetensors
    #[arg(long)]
    pub encoder: PathBuf,
    /// Directory to write
    #[arg(long)]
    pub out: PathBuf,
    /// Pairs of the whole run
    #[arg(long, default_value_t = 48_000)]
    pub pairs: usize,
    /// Pairs in a step: each is told from the others of its half
    #[arg(long, default_value_t = 128)]
    pub batch: usize,
    /// Longest document in tokens
    #[arg(long, default_value_t = 256)]
    pub max_tokens: usize,
    /// Longest stretch in tokens
    #[arg(long, default_value_t = 96)]
    pub stretch: usize,
    /// Highest learning rate
    #[arg(long, default_value_t = 3e-4)]
    pub lr: f32,
    /// Cosines are divided by it
    #[arg(long, default_value_t = 0.05)]
    pub temperature: f64,
    /// Compute in f32 throughout; else matrix products are in bfloat16 where the machine has AMX
    #[arg(long)]
    pub f32: bool,
    /// Seed of everything that is drawn
    #[arg(long, default_value_t = 7)]
    pub seed: u64,
}

/// Runs it; progress goes to `show`. `stopped` is asked now and then whether to stop.
///
/// # Errors
/// As [`super::contrast`].
pub fn contrast(args: &ContrastArgs, show: &mut dyn Write, stopped: &dyn Fn() -> bool) -> Result<(), TrainError> {
    let started = Instant::now();
    let config = ContrastConfig {
        recipe: args.recipe.clone(),
        texts: args.texts.clone(),
        encoder: args.encoder.clone(),
        out: args.out.clone(),
        pairs: args.pairs,
        batch: args.batch,
        max_tokens: (args.max_tokens, args.stretch),
        lr: args.lr,
        temperature: args.temperature,
        given: PairSources { appeals: args.appeals.clone(), questions: args.questions.clone() },
        arithmetic: if args.f32 { Arithmetic::F32 } else { Arithmetic::Bf16 },
        seed: args.seed,
    };
    let mut progress = |p: ContrastProgress| {
        let at = started.elapsed().as_secs();
        // a closed pipe must not end a training
        let _ = match p {
            ContrastProgress::Measured(now) => writeln!(
                show,
                "{at:5} s  kept apart: stretches find their rest, MRR {:.3}; titles their text, {:.3}",
                now.stretches, now.titles
            ),
            ContrastProgress::Step { pairs, loss, speed } => {
                writeln!(show, "{at:5} s  {pairs} of {} pairs  loss {loss:.3}  {speed:.0} tokens/s", args.pairs)
            }
        };
        !stopped()
    };
    super::contrast(&config, &mut progress)?;
    let _ = writeln!(show, "{}", args.out.display());
    Ok(())
}
