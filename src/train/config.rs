//! What a fine-tuning run is told, what it tells meanwhile, and what it says at the end.

use std::{path::PathBuf, time::Duration};

use crate::{
    labelled::Task,
    model::{Arithmetic, calibration::Calibration, labels::Labels},
};

use super::{LinearConfig, PairsBeside, Scores, Sources};

/// What to train and how.
#[derive(Clone, Debug)]
pub struct FitConfig {
    /// Labelled appeals for the heads of triage; without any, the task's heads are the only ones.
    pub sources: Sources,
    /// Further heads and the tables that teach them.
    pub task: Option<Task>,
    /// Directory with `config.json`, `tokenizer.json` and `model.safetensors` of an encoder.
    pub encoder: PathBuf,
    /// Directory to write.
    pub out: PathBuf,
    /// Time after which the run is kept again in the folder `out` with `.unfinished` behind its name, where the
    /// same configuration goes on from if it is broken off; none never keeps it.
    pub keep_every: Option<Duration>,
    /// Name of the bundle, the part of its id before `@`.
    pub name: String,
    /// Labels of the triage heads; none takes those that occur. A row with another label is an error.
    pub labels: Option<Labels>,
    /// Whether the bundle in `encoder` is taught further: its labels and heads stay although no row has
    /// them, its n-gram companion moves from its own weights, and its sentence vectors are made as before.
    pub further: bool,
    /// Calibration of an earlier run over the same set-up (a `calibration.json`): the rows that it was
    /// fitted on are then trained on as well, and the last epoch is taken.
    pub calibration: Option<PathBuf>,
    /// Longest sequence.
    pub max_tokens: usize,
    /// Passes over the rows.
    pub epochs: usize,
    /// Passes without a better figure on the tuning rows after which the run ends; 0 never ends it.
    pub patience: usize,
    /// Rows in a step.
    pub batch: usize,
    /// Highest learning rate, of the heads' neighbours; it rises over the first tenth of the steps
    /// and falls to zero linearly.
    pub lr: f32,
    /// Factor of the learning rate from one layer to the one below.
    pub layer_decay: f32,
    /// Factor of the learning rate of the heads.
    pub head_share: f32,
    /// Decoupled weight decay.
    pub weight_decay: f32,
    /// Share of the target spread over all labels.
    pub smoothing: f32,
    /// Dropout in the heads.
    pub dropout: f32,
    /// Weight of a simulated row beside a real one.
    pub simulated_weight: f32,
    /// A bundle whose probabilities the appeals without labels are trained on; each of its heads must be
    /// one of this run.
    pub teacher: Option<PathBuf>,
    /// Weight of such a row beside a labelled one.
    pub taught_weight: f32,
    /// The n-gram companion; none trains the encoder alone.
    pub linear: Option<LinearConfig>,
    /// Pairs of texts that are told apart beside the labels, so that the encoder's states stay good sentence
    /// vectors.
    pub pairs: Option<PairsBeside>,
    /// Whether the held-back simulated appeals stay out of training (real held-back appeals
    /// always do).
    pub hold_simulated: bool,
    /// Share of right answers among those not marked 不确定.
    pub confident: f32,
    /// Numbers of the encoder's matrix products.
    pub arithmetic: Arithmetic,
    /// Draws everything that is drawn.
    pub seed: u64,
}

impl FitConfig {
    /// The configuration of the shipped bundle.
    pub fn new(sources: Sources, encoder: PathBuf, out: PathBuf) -> Self {
        Self {
            sources,
            task: None,
            encoder,
            out,
            keep_every: None,
            name: "bundle".into(),
            labels: None,
            further: false,
            calibration: None,
            max_tokens: 256,
            epochs: 6,
            patience: 3,
            batch: 32,
            lr: 8e-4,
            layer_decay: 0.95,
            head_share: 1.0,
            weight_decay: 0.01,
            smoothing: 0.05,
            dropout: 0.1,
            simulated_weight: 1.0,
            teacher: None,
            taught_weight: 0.5,
            linear: Some(LinearConfig::default()),
            pairs: None,
            hold_simulated: true,
            confident: 0.9,
            arithmetic: Arithmetic::F32,
            seed: 7,
        }
    }
}

/// What is happening.
#[derive(Clone, Debug)]
pub enum Progress {
    /// Something about the data that a person should know.
    Note(String),
    /// Rows of each part.
    Read {
        /// Trained on.
        train: usize,
        /// Tuned on.
        tune: usize,
        /// Held back.
        held: usize,
        /// Without labels, trained on a teacher's word.
        taught: usize,
    },
    /// The n-gram companion stands.
    Linear {
        /// Seconds that it took.
        seconds: f32,
    },
    /// A step of the encoder.
    Step {
        /// Steps done.
        step: usize,
        /// Steps of the whole run.
        steps: usize,
        /// Mean loss since the last report.
        loss: f32,
        /// Tokens a second.
        speed: f32,
    },
    /// An epoch is over.
    Epoch {
        /// Which, from 1.
        epoch: usize,
        /// How good the encoder alone is on tuning rows, averaged over the heads: share of right first
        /// labels, or F1 of marks and of tags.
        tune: f32,
        /// How well titles kept apart find their texts among 512 at most (MRR), where pairs are told apart.
        titles: Option<f64>,
    },
}

/// What came out.
#[derive(Clone, Debug)]
pub struct FitReport {
    /// Id of the bundle.
    pub id: String,
    /// Mean loss of each epoch.
    pub losses: Vec<f32>,
    /// Epoch whose weights were taken, from 1.
    pub epoch: usize,
    /// The calibration in the bundle.
    pub calibration: Calibration,
    /// Name of a set of rows and a set of voters, and their figures.
    pub scores: Vec<(String, Scores)>,
}
