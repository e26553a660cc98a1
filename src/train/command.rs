//! `tingsu train fit`: arguments and the run behind them. What is shown goes to a writer that the
//! command line chooses.

use std::{
    io::Write,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use crate::{
    labelled::{Row, Task},
    model::{Arithmetic, calibration::CALIBRATION_FILE},
};

use super::{
    FitConfig, FitReport, HistoryArgs, LinearConfig, PairSources, PairsBeside, Progress, Sources, TrainError, fit_with,
};

/// Trains a bundle from labelled appeals.
#[derive(Clone, Debug, clap::Args)]
pub struct FitArgs {
    /// JSONL of real appeals (id, title, text, group)
    #[arg(long)]
    pub appeals: Option<PathBuf>,
    /// TSV of labels for them (id, type, category, department, urgency, flags); may be repeated
    #[arg(long, requires = "appeals")]
    pub annotations: Vec<PathBuf>,
    /// JSONL file or folder of labelled simulated appeals; may be repeated
    #[arg(long)]
    pub corpus: Vec<PathBuf>,
    /// The same of authors whose rows train nothing and tune blending and belief; may be repeated
    #[arg(long)]
    pub apart: Vec<PathBuf>,
    /// TOML of further heads and the tables that teach them: they are trained beside the heads of triage,
    /// or alone if no labelled appeals are given
    #[arg(long)]
    pub task: Option<PathBuf>,
    /// Folder of the task's tables, if they do not lie beside its file
    #[arg(long, requires = "task")]
    pub data: Option<PathBuf>,
    /// Directory of the encoder to start from (ModernBERT or BERT layout); of a bundle the heads with the
    /// same labels are continued
    #[arg(long, required_unless_present = "history")]
    pub encoder: Option<PathBuf>,
    /// Directory to write
    #[arg(long, required_unless_present = "history")]
    pub out: Option<PathBuf>,
    /// Name of the bundle
    #[arg(long, default_value = "bundle")]
    pub name: String,
    /// Bundle whose calibration is taken over: its tuning rows are trained on too
    #[arg(long)]
    pub calibration_from: Option<PathBuf>,
    /// Train on the held-back simulated appeals too
    #[arg(long)]
    pub all_simulated: bool,
    /// Passes over the data; 0 keeps the encoder as it is [default: 6; with --history 3]
    #[arg(long)]
    pub epochs: Option<usize>,
    /// Passes without a better figure on the tuning rows after which training ends; 0 never ends it
    #[arg(long, default_value_t = 3)]
    pub patience: usize,
    /// Rows in a step
    #[arg(long, default_value_t = 32)]
    pub batch: usize,
    /// Highest learning rate [default: 0.0008; with --history 0.0002]
    #[arg(long)]
    pub lr: Option<f32>,
    /// Factor of the learning rate from one layer to the one below
    #[arg(long, default_value_t = 0.95)]
    pub layer_decay: f32,
    /// Dropout in the heads
    #[arg(long, default_value_t = 0.1)]
    pub dropout: f32,
    /// Weight of a simulated row beside a real one
    #[arg(long, default_value_t = 1.0)]
    pub simulated_weight: f32,
    /// Bundle with the same labels whose word is taken for the appeals without labels (self-training)
    #[arg(long, requires = "appeals")]
    pub teacher: Option<PathBuf>,
    /// Weight of such an appeal beside a labelled one
    #[arg(long, default_value_t = 0.5)]
    pub taught_weight: f32,
    /// JSONL file or folder of appeals whose titles, replies and events are told apart beside the labels, for
    /// the sentence vectors; may be repeated
    #[arg(long)]
    pub pairs: Vec<PathBuf>,
    /// JSONL file of questions (a, b, label 1 where they ask the same), likewise; may be repeated
    #[arg(long)]
    pub questions: Vec<PathBuf>,
    /// Longest sequence in tokens
    #[arg(long, default_value_t = 256)]
    pub max_tokens: usize,
    /// Grams kept in the n-gram companion; 0 trains none
    #[arg(long, default_value_t = 60_000)]
    pub grams: usize,
    /// Minutes after which the run is kept again in OUT.unfinished; the same command goes on from there. A
    /// city's own history is trained on in one go
    #[arg(long, default_value_t = 2.0)]
    pub minutes: f64,
    /// Compute in f32 throughout; else matrix products are in bfloat16 where the machine has AMX
    #[arg(long)]
    pub f32: bool,
    /// Seed of everything that is drawn
    #[arg(long, default_value_t = 7)]
    pub seed: u64,
    /// A city's own history.
    #[command(flatten)]
    pub history: HistoryArgs,
}

impl FitArgs {
    fn config(&self) -> Result<FitConfig, TrainError> {
        let task = self.task.as_ref().map(|file| Task::open(file, self.data.as_deref())).transpose()?;
        let sources = Sources {
            appeals: self.appeals.clone(),
            annotations: self.annotations.clone(),
            corpus: self.corpus.clone(),
            apart: self.apart.clone(),
        };
        // a bundle that is taught further moves in small steps
        let further = self.history.history.is_some();
        let named = |given: &Option<PathBuf>, what: &str| {
            given.clone().ok_or_else(|| TrainError::Data(format!("no {what}: name it with --{what}")))
        };
        Ok(FitConfig {
            name: self.name.clone(),
            task,
            further,
            keep_every: (!further).then(|| Duration::try_from_secs_f64(self.minutes * 60.0).unwrap_or(Duration::MAX)),
            calibration: self.calibration_from.as_ref().map(|dir| dir.join(CALIBRATION_FILE)),
            patience: self.patience,
            epochs: self.epochs.unwrap_or(if further { 3 } else { 6 }),
            hold_simulated: !self.all_simulated,
            batch: self.batch.max(2),
            lr: self.lr.unwrap_or(if further { 2e-4 } else { 8e-4 }),
            layer_decay: self.layer_decay,
            dropout: self.dropout.clamp(0.0, 0.9),
            simulated_weight: self.simulated_weight.max(0.0),
            teacher: self.teacher.clone(),
            taught_weight: self.taught_weight.max(0.0),
            max_tokens: self.max_tokens.max(16),
            linear: (self.grams > 0).then(|| LinearConfig {
                kept: self.grams,
                seed: self.seed,
                ..LinearConfig::default()
            }),
            pairs: (!self.pairs.is_empty() || !self.questions.is_empty()).then(|| {
                PairsBeside::new(PairSources { appeals: self.pairs.clone(), questions: self.questions.clone() })
            }),
            arithmetic: if self.f32 { Arithmetic::F32 } else { Arithmetic::Bf16 },
            seed: self.seed,
            ..FitConfig::new(sources, named(&self.encoder, "encoder")?, named(&self.out, "out")?)
        })
    }
}

/// Runs the training, beside rows of a city's own history; progress and figures go to `show`. `stopped`
/// is asked now and then whether to stop.
///
/// # Errors
/// As [`fit_with`].
pub fn run(
    args: &FitArgs,
    history: Vec<Row>,
    show: &mut dyn Write,
    stopped: &dyn Fn() -> bool,
) -> Result<FitReport, TrainError> {
    let started = Instant::now();
    let report = {
        let mut progress = |p: Progress| {
            let at = started.elapsed().as_secs();
            // a closed pipe must not end hours of training
            let _ = match p {
                Progress::Note(note) => writeln!(show, "{at:5} s  note: {note}"),
                Progress::Read { train, tune, held, taught } => writeln!(
                    show,
                    "{at:5} s  rows: {train} to train on, {tune} to tune on, {held} held back, {taught} without labels"
                ),
                Progress::Linear { seconds } => writeln!(show, "{at:5} s  n-grams trained in {seconds:.1} s"),
                Progress::Step { step, steps, loss, speed } => {
                    writeln!(show, "{at:5} s  step {step}/{steps}  loss {loss:.4}  {speed:.0} tokens/s")
                }
                Progress::Epoch { epoch, tune, titles: None } => {
                    writeln!(show, "{at:5} s  epoch {epoch}  tuning rows {tune:.4}")
                }
                Progress::Epoch { epoch, tune, titles: Some(titles) } => {
                    writeln!(
                        show,
                        "{at:5} s  epoch {epoch}  tuning rows {tune:.4}  titles find their texts {titles:.3}"
                    )
                }
            };
            !stopped()
        };
        fit_with(&args.config()?, history, &mut progress)?
    };
    let _ = writeln!(
        show,
        "bundle {} from epoch {} in {}",
        report.id,
        report.epoch,
        args.out.as_deref().unwrap_or(Path::new("")).display()
    );
    for (name, scores) in &report.scores {
        let _ = writeln!(show, "{name}: {scores}");
    }
    Ok(report)
}
