//! Sentence vectors: a map learned from texts that belong together (a title and its own text, an appeal
//! and its reply, two calls about one event, two ways to ask one question), over what a bundle already
//! computes. The bundle's other answers stay as they are.

mod command;
mod learn;
mod pairs;

use super::{TrainError, write};

pub use command::{VectorArgs, vectors as vector_command};
pub use learn::{Found, VectorConfig, VectorProgress, VectorReport, vectors};
pub(super) use pairs::read as read_pairs;
pub use pairs::{Pair, PairSources};
