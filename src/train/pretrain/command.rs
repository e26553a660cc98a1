//! `tingsu train pretrain`: arguments and the run behind them.

use std::{
    io::Write,
    path::PathBuf,
    time::{Duration, Instant},
};

use crate::model::Arithmetic;

use super::{PretrainConfig, PretrainProgress, TrainError};

/// Pre-trains an encoder on plain text; stops on interrupt with a checkpoint and goes on from it.
#[derive(Clone, Debug, clap::Args)]
pub struct PretrainArgs {
    /// TOML that names the files and how often each is read
    #[arg(long)]
    pub recipe: PathBuf,
    /// Folder of those files: one document a line, plain or .zst, or folders of JSONL; may be repeated
    #[arg(long, required = true)]
    pub texts: Vec<PathBuf>,
    /// Encoder to start from: config.json, tokenizer.json and, unless it starts from nothing,
    /// model.safetensors
    #[arg(long)]
    pub encoder: PathBuf,
    /// Directory of the checkpoint; one that is there is continued
    #[arg(long)]
    pub out: PathBuf,
    /// Millions of tokens of the whole run
    #[arg(long, default_value_t = 60.0)]
    pub million_tokens: f64,
    /// Tokens of a step
    #[arg(long, default_value_t = 2048)]
    pub batch: usize,
    /// Longest sequence in tokens
    #[arg(long, default_value_t = 256)]
    pub max_tokens: usize,
    /// Level of the learning rate
    #[arg(long, default_value_t = 1e-3)]
    pub lr: f32,
    /// Steps until the learning rate has risen
    #[arg(long, default_value_t = 300)]
    pub warm: u64,
    /// Last share of the run in which the learning rate falls to zero
    #[arg(long, default_value_t = 0.25)]
    pub decay: f32,
    /// Share of sequences whose tokens are hidden by whole words
    #[arg(long, default_value_t = 0.3)]
    pub whole_words: f32,
    /// Minutes between checkpoints
    #[arg(long, default_value_t = 10.0)]
    pub minutes: f64,
    /// Compute in f32 throughout; else matrix products are in bfloat16 where the machine has AMX
    #[arg(long)]
    pub f32: bool,
    /// Seed of everything that is drawn
    #[arg(long, default_value_t = 7)]
    pub seed: u64,
}

/// Runs the pre-training; progress goes to `show`. `stopped` is asked now and then whether to stop.
///
/// # Errors
/// As [`super::pretrain`].
pub fn pretrain(args: &PretrainArgs, show: &mut dyn Write, stopped: &dyn Fn() -> bool) -> Result<(), TrainError> {
    let started = Instant::now();
    let config = PretrainConfig {
        recipe: args.recipe.clone(),
        texts: args.texts.clone(),
        encoder: args.encoder.clone(),
        out: args.out.clone(),
        tokens: (args.million_tokens.max(0.0) * 1e6) as u64,
        batch: args.batch.max(64),
        max_tokens: args.max_tokens.max(16),
        lr: args.lr,
        warm: args.warm,
        decay: args.decay,
        whole_words: args.whole_words.clamp(0.0, 1.0),
        every: Duration::try_from_secs_f64(args.minutes * 60.0).unwrap_or(Duration::from_secs(600)),
        arithmetic: if args.f32 { Arithmetic::F32 } else { Arithmetic::Bf16 },
        seed: args.seed,
    };
    let mut progress = |p: PretrainProgress| {
        let at = started.elapsed().as_secs();
        // a closed pipe must not end hours of training
        let _ = match p {
            PretrainProgress::Read { file, tokens } => writeln!(show, "{at:5} s  {file}: {tokens} tokens"),
            PretrainProgress::Start { text, seen } => {
                writeln!(show, "{at:5} s  {text} tokens of text, {seen} seen before")
            }
            PretrainProgress::Step { tokens, loss, right, speed } => writeln!(
                show,
                "{at:5} s  {:.2} M of {:.0} M  loss {loss:.3}  right {right:.3}  {speed:.0} tokens/s",
                tokens as f64 / 1e6,
                args.million_tokens
            ),
            PretrainProgress::Saved { tokens, loss, right } => writeln!(
                show,
                "{at:5} s  saved at {:.2} M: text kept apart, loss {loss:.3}  right {right:.3}",
                tokens as f64 / 1e6
            ),
        };
        !stopped()
    };
    let report = super::pretrain(&config, &mut progress)?;
    let what = if report.finished { "finished" } else { "stopped; the same command goes on" };
    let _ = writeln!(show, "{what}: {} tokens, {}", report.tokens, args.out.display());
    Ok(())
}
