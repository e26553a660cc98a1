//! How good can it be? Pre-training of an encoder on plain text, fine-tuning of an encoder and its n-gram
//! companion on labelled appeals and on the rows of any task, their calibration, and the bundle that
//! comes out.
//!
//! Everything is seeded: the same data, configuration and number of halves give the same bundle, on
//! machines that compute alike (bfloat16 is used where the machine has AMX, unless f32 is asked for).

mod adapt;
mod batches;
mod calibrate;
mod command;
mod config;
mod data;
mod descend;
mod examples;
mod fit;
mod halves;
mod history;
mod linear;
mod loss;
mod network;
mod optimizer;
mod pairing;
mod pretrain;
mod resume;
mod sample;
mod score;
mod vectors;
mod write;

pub use command::{FitArgs, run};
pub use config::{FitConfig, FitReport, Progress};
pub use data::{Dataset, Labelled, Sources, TrainError};
pub use fit::{fit, fit_with};
pub use history::HistoryArgs;
pub use linear::LinearConfig;
pub use pairing::PairsBeside;
pub use pretrain::{
    ContrastArgs, ContrastConfig, ContrastProgress, Contrasted, PretrainArgs, PretrainConfig, PretrainProgress,
    PretrainReport, contrast, contrast_command, pretrain, pretrain_command,
};
pub use score::{Figures, HeadScores, Scores};
pub use vectors::{
    Found, Pair, PairSources, VectorArgs, VectorConfig, VectorProgress, VectorReport, vector_command, vectors,
};
