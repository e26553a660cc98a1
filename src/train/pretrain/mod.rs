//! Pre-training: an encoder learns Chinese from plain text by guessing masked tokens, before it sees
//! a single label.
//!
//! A run can be stopped at any moment and goes on from its last checkpoint; the learning rate stays
//! level until the last part of the run, so a run that has reached its end of budget early can be
//! given more tokens as long as its decay has not begun.

mod checkpoint;
mod command;
mod contrast;
mod contrast_command;
mod corpus;
mod masks;
mod network;
mod run;

use super::{
    TrainError,
    batches::scattered,
    halves::Halves,
    optimizer::{AdamW, Slot},
    pairing, write,
};

pub use command::{PretrainArgs, pretrain as pretrain_command};
pub use contrast::{ContrastConfig, ContrastProgress, Contrasted, contrast};
pub use contrast_command::{ContrastArgs, contrast as contrast_command};
pub use run::{PretrainConfig, PretrainProgress, PretrainReport, pretrain};
