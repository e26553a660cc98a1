//! Where a fit stands, kept beside the bundle that it is to become: a run that is broken off goes on as if
//! it had not been.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use candle_core::Tensor;
use serde::{Deserialize, Serialize};

use crate::model::weights::{Weights, to_bytes};

use super::{FitConfig, TrainError, examples::Example, optimizer::AdamW, write};

const STATE_FILE: &str = "fit.json";
const TENSORS_FILE: &str = "fit.safetensors";

/// How far a run has come.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Stand {
    /// Steps done.
    pub(super) step: usize,
    /// Epochs done.
    pub(super) epochs: usize,
    /// Batches done of the epoch under way.
    pub(super) batches: usize,
    /// Sum over the rows of that epoch of their losses.
    pub(super) sum: f64,
    /// Those rows.
    pub(super) rows: usize,
    /// Mean loss of each epoch done.
    pub(super) losses: Vec<f32>,
    /// Figure on the tuning rows of the best epoch, and which that was.
    pub(super) best: Option<(f32, usize)>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct State {
    /// Hash of what the run was told and of what it began with.
    run: String,
    stand: Stand,
}

/// Keeps a run now and then.
pub(super) struct Keeper {
    directory: PathBuf,
    run: String,
    every: Duration,
    last: Instant,
}

impl Keeper {
    /// For the run of `config` over these rows, from the weights that `adam` has now; none unless it is to be
    /// kept.
    pub(super) fn new(
        config: &FitConfig,
        adam: &AdamW,
        (learning, tuning): (&[Example], &[Example]),
    ) -> Result<Option<Self>, TrainError> {
        let Some(every) = config.keep_every else { return Ok(None) };
        let told = FitConfig { out: PathBuf::new(), name: String::new(), keep_every: None, ..config.clone() };
        let mut hash = blake3::Hasher::new();
        hash.update(format!("{told:?}").as_bytes());
        for e in learning.iter().chain(tuning) {
            hash.update(format!("{:?}{}{:?}", e.ids, e.weight, e.targets).as_bytes());
        }
        for slot in &adam.slots {
            slot.var.flatten_all()?.to_vec1::<f32>()?.iter().for_each(|w| {
                hash.update(&w.to_le_bytes());
            });
        }
        let (directory, run) = (config.out.with_added_extension("unfinished"), hash.finalize().to_hex().to_string());
        Ok(Some(Self { directory, run, every, last: Instant::now() }))
    }

    /// Takes the weights and moments of what is kept over into `adam`; returns where it stands and the best
    /// weights, none if nothing is kept.
    pub(super) fn restore(&self, adam: &mut AdamW) -> Result<Option<(Stand, Vec<Tensor>)>, TrainError> {
        let path = self.directory.join(STATE_FILE);
        let bytes = match fs::read(&path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            read => read.map_err(|e| fault(&path, &e))?,
        };
        let State { run, stand } = serde_json::from_slice(&bytes).map_err(|e| fault(&path, &e))?;
        if run != self.run {
            return Err(TrainError::Data(format!(
                "{} holds another run (other settings, rows or encoder), broken off after step {}: give its command \
                 to go on with it, remove the folder to begin anew, or name another --out",
                self.directory.display(),
                stand.step
            )));
        }
        let path = self.directory.join(TENSORS_FILE);
        let bytes = fs::read(&path).map_err(|e| fault(&path, &e))?;
        let kept = Weights::parse(&bytes).map_err(|e| fault(&path, &e))?;
        let steps = i32::try_from(stand.step).unwrap_or(i32::MAX);
        adam.restore(&kept, steps).map_err(|e| fault(&path, &e))?;
        let mut best = Vec::new();
        for (i, slot) in adam.slots.iter().enumerate() {
            slot.var.set(&kept.get(&format!("w.{i}"), slot.var.dims()).map_err(|e| fault(&path, &e))?)?;
            if stand.best.is_some() {
                best.push(kept.get(&format!("best.{i}"), slot.var.dims()).map_err(|e| fault(&path, &e))?);
            }
        }
        Ok(Some((stand, best)))
    }

    /// Keeps the run if it is time to.
    pub(super) fn now_and_then(&mut self, adam: &AdamW, stand: &Stand, best: &[Tensor]) -> Result<(), TrainError> {
        if self.last.elapsed() >= self.every { self.keep(adam, stand, best) } else { Ok(()) }
    }

    /// What a person is told who stops the run; it is kept first, unless it has hardly begun.
    pub(super) fn stopped(&mut self, adam: &AdamW, stand: &Stand, best: &[Tensor]) -> TrainError {
        if self.last.elapsed() < self.every && !self.directory.exists() {
            return TrainError::Stopped;
        }
        self.keep(adam, stand, best).err().unwrap_or(TrainError::Paused(stand.step))
    }

    fn keep(&mut self, adam: &AdamW, stand: &Stand, best: &[Tensor]) -> Result<(), TrainError> {
        let mut tensors = adam.moments()?;
        tensors.extend(adam.slots.iter().enumerate().map(|(i, s)| (format!("w.{i}"), s.var.as_tensor().clone())));
        tensors.extend(best.iter().enumerate().map(|(i, t)| (format!("best.{i}"), t.clone())));
        let state = State { run: self.run.clone(), stand: stand.clone() };
        let json = serde_json::to_vec_pretty(&state).map_err(|e| TrainError::Data(e.to_string()))?;
        write::directory(&self.directory, &[(STATE_FILE, json), (TENSORS_FILE, to_bytes(&tensors, false)?)])?;
        self.last = Instant::now();
        Ok(())
    }

    /// The run has reached its end: what was kept of it goes.
    pub(super) fn done(&self) -> Result<(), TrainError> {
        match fs::remove_dir_all(&self.directory) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(fault(&self.directory, &e)),
            _ => Ok(()),
        }
    }
}

fn fault(path: &Path, why: &impl ToString) -> TrainError {
    TrainError::File { path: path.display().to_string(), why: why.to_string() }
}
