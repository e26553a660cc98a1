//! A checkpoint is a directory that loads as an encoder, with the optimiser's moments and the place in
//! the text beside it.

use std::{fs, path::Path};

use candle_core::Tensor;
use serde::{Deserialize, Serialize};

use crate::model::{
    config::CONFIG_FILE,
    tokenizer::TOKENIZER_FILE,
    weights::{WEIGHTS_FILE, Weights, to_bytes},
};

use super::{AdamW, TrainError, write};

pub(super) const STATE_FILE: &str = "pretraining.json";
const MOMENTS_FILE: &str = "moments.safetensors";

/// Where a run stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct State {
    /// Tokens seen, those of the run that the encoder came from not counted.
    pub(super) tokens: u64,
    /// Optimiser steps.
    pub(super) steps: u64,
    /// Pass over the text, from 0.
    pub(super) pass: u64,
    /// Items of the pass that were read.
    pub(super) items: u64,
    /// Draws order and masks.
    pub(super) seed: u64,
}

/// The state of a checkpoint, none if there is none.
pub(super) fn state(directory: &Path) -> Result<Option<State>, TrainError> {
    let path = directory.join(STATE_FILE);
    let fault = |why: String| TrainError::File { path: path.display().to_string(), why };
    match fs::read(&path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(|e| fault(e.to_string())),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(fault(e.to_string())),
    }
}

/// Takes the optimiser's moments over.
pub(super) fn moments(directory: &Path, adam: &mut AdamW, steps: u64) -> Result<(), TrainError> {
    let path = directory.join(MOMENTS_FILE);
    let bytes =
        fs::read(&path).map_err(|e| TrainError::File { path: path.display().to_string(), why: e.to_string() })?;
    adam.restore(&Weights::parse(&bytes)?, i32::try_from(steps).unwrap_or(i32::MAX))
}

/// Writes a checkpoint; the one before it stays until this one stands.
pub(super) fn save(
    directory: &Path,
    (config, tokenizer): (&[u8], &[u8]),
    weights: &[(String, Tensor)],
    adam: &AdamW,
    state: &State,
) -> Result<(), TrainError> {
    let mut json = serde_json::to_vec_pretty(state).map_err(|e| TrainError::Data(e.to_string()))?;
    json.push(b'\n');
    let files = [
        (CONFIG_FILE, config.to_vec()),
        (TOKENIZER_FILE, tokenizer.to_vec()),
        (WEIGHTS_FILE, to_bytes(weights, false)?),
        (MOMENTS_FILE, to_bytes(&adam.moments()?, false)?),
        (STATE_FILE, json),
    ];
    write::directory(directory, &files)
}
