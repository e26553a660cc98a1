//! The epochs: mixed-length batches, a learning rate that rises and falls, and the best weights kept.

use std::time::Instant;

use candle_core::Tensor;

use crate::model::tape::LayerWeights;

use super::{
    FitConfig, Progress, TrainError,
    batches::batches,
    examples::Example,
    loss::LossConfig,
    network::{Buffers, Network},
    optimizer::AdamW,
    pairing::Beside,
};

/// How a run went.
pub(super) struct Run {
    /// Mean loss of each epoch.
    pub(super) losses: Vec<f32>,
    /// Epoch whose weights were kept.
    pub(super) epoch: usize,
}

/// Share of the learning rate: up over the first tenth of the steps, then down to zero.
fn rate(step: usize, steps: usize) -> f32 {
    let warm = (steps / 10).max(1);
    if step < warm {
        (step + 1) as f32 / warm as f32
    } else {
        steps.saturating_sub(step) as f32 / (steps.saturating_sub(warm)).max(1) as f32
    }
}

/// All epochs, fewer if the tuning rows stop getting better; leaves the network with the weights of the
/// best one on tuning rows (the last one if there are none to choose by).
pub(super) fn descend(
    config: &FitConfig,
    network: &Network,
    adam: &mut AdamW,
    (examples, tuning): (&[Example], &[Example]),
    loss: &LossConfig,
    mut beside: Option<Beside>,
    tell: &mut dyn FnMut(Progress) -> Result<(), TrainError>,
) -> Result<Run, TrainError> {
    let lengths: Vec<usize> = examples.iter().map(|e| e.ids.len()).collect();
    let steps = examples.len().div_ceil(config.batch.max(1)) * config.epochs;
    let (mut prepared, mut buffers) = (<[LayerWeights; 2]>::default(), <[Buffers; 2]>::default());
    let (mut step, mut losses) = (0, Vec::new());
    let (mut recent, mut since) = ((0f32, 0usize), (Instant::now(), 0usize));
    let mut best: Option<(f32, usize, Vec<Tensor>)> = None;
    for epoch in 1..=config.epochs {
        let (mut sum, mut rows) = (0f64, 0usize);
        for batch in batches(&lengths, config.batch, config.seed.wrapping_add(epoch as u64)) {
            let own: Vec<&Example> = batch.iter().map(|i| &examples[*i]).collect();
            let seed = config.seed ^ ((step as u64) << 16);
            let value = network.gradients(&own, loss, seed, (&mut prepared, &mut buffers))?;
            if !value.is_finite() {
                return Err(TrainError::Diverged(value, step));
            }
            let apart = match &mut beside {
                Some(b) => b.learn((&network.encoder, &network.halves), &prepared, step)?,
                None => 0.0,
            };
            if !apart.is_finite() {
                return Err(TrainError::Diverged(apart, step));
            }
            let mut parts: Vec<_> =
                buffers.iter().map(|b| network.slices(b, &adam.slots)).collect::<Result<_, TrainError>>()?;
            parts.extend(beside.iter().flat_map(|b| b.gradients(&network.encoder)));
            adam.step(&parts, config.lr * rate(step, steps))?;
            step += 1;
            sum += f64::from(value) * own.len() as f64;
            rows += own.len();
            recent = (recent.0 + value, recent.1 + 1);
            since.1 += own.iter().map(|e| e.ids.len()).sum::<usize>();
            if recent.1 == 20 || step == steps {
                let (loss, speed) = (recent.0 / recent.1 as f32, since.1 as f32 / since.0.elapsed().as_secs_f32());
                tell(Progress::Step { step, steps, loss, speed })?;
                (recent, since) = ((0.0, 0), (Instant::now(), 0));
            }
        }
        losses.push((sum / rows.max(1) as f64) as f32);
        if config.calibration.is_none() {
            let quality = network.quality(tuning, loss)?;
            let titles = beside.as_ref().map(|b| b.found(&network.encoder)).transpose()?;
            tell(Progress::Epoch { epoch, tune: quality, titles })?;
            if best.as_ref().is_none_or(|(b, ..)| quality >= *b) {
                let copies = adam.slots.iter().map(|s| s.var.as_tensor().copy()).collect::<Result<_, _>>()?;
                best = Some((quality, epoch, copies));
            }
            if config.patience > 0 && best.as_ref().is_some_and(|(_, at, _)| epoch >= at + config.patience) {
                break;
            }
        }
    }
    let mut epoch = losses.len();
    if let Some((_, at, copies)) = best {
        epoch = at;
        for (slot, copy) in adam.slots.iter().zip(copies) {
            slot.var.set(&copy)?;
        }
    }
    Ok(Run { losses, epoch })
}
