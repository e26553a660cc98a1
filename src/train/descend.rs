//! The epochs: mixed-length batches, a learning rate that rises and falls, and the best weights kept.

use std::time::Instant;

use crate::model::tape::LayerWeights;

use super::{
    FitConfig, Progress, TrainError,
    batches::batches,
    examples::Example,
    loss::LossConfig,
    network::{Buffers, Network},
    optimizer::AdamW,
    pairing::Beside,
    resume::{Keeper, Stand},
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
/// best one on tuning rows (the last one if there are none to choose by). What `keeper` holds of the same run
/// is gone on with.
pub(super) fn descend(
    config: &FitConfig,
    (network, adam): (&Network, &mut AdamW),
    (examples, tuning): (&[Example], &[Example]),
    (loss, mut beside): (&LossConfig, Option<Beside>),
    keeper: &mut Option<Keeper>,
    tell: &mut dyn FnMut(Progress) -> Result<(), TrainError>,
) -> Result<Run, TrainError> {
    let lengths: Vec<usize> = examples.iter().map(|e| e.ids.len()).collect();
    let steps = examples.len().div_ceil(config.batch.max(1)) * config.epochs;
    let (mut prepared, mut buffers) = (<[LayerWeights; 2]>::default(), <[Buffers; 2]>::default());
    let (mut recent, mut since) = ((0f32, 0usize), (Instant::now(), 0usize));
    let kept = keeper.as_ref().map(|k| k.restore(adam)).transpose()?.flatten();
    if let Some((stand, _)) = &kept {
        tell(Progress::Note(format!("goes on after step {} of {steps}, where it was broken off", stand.step)))?;
        beside.iter_mut().for_each(|b| b.pass_over(stand.step));
    }
    let (mut at, mut best) = kept.unwrap_or_default();
    while at.epochs < config.epochs && !enough(config, &at) {
        let seed = config.seed.wrapping_add(at.epochs as u64 + 1);
        for batch in batches(&lengths, config.batch, seed).into_iter().skip(at.batches) {
            let own: Vec<&Example> = batch.iter().map(|i| &examples[*i]).collect();
            let seed = config.seed ^ ((at.step as u64) << 16);
            let value = network.gradients(&own, loss, seed, (&mut prepared, &mut buffers))?;
            if !value.is_finite() {
                return Err(TrainError::Diverged(value, at.step));
            }
            let apart = match &mut beside {
                Some(b) => b.learn((&network.encoder, &network.halves), &prepared, at.step)?,
                None => 0.0,
            };
            if !apart.is_finite() {
                return Err(TrainError::Diverged(apart, at.step));
            }
            let mut parts: Vec<_> =
                buffers.iter().map(|b| network.slices(b, &adam.slots)).collect::<Result<_, TrainError>>()?;
            parts.extend(beside.iter().flat_map(|b| b.gradients(&network.encoder)));
            adam.step(&parts, config.lr * rate(at.step, steps))?;
            (at.step, at.batches) = (at.step + 1, at.batches + 1);
            at.sum += f64::from(value) * own.len() as f64;
            at.rows += own.len();
            recent = (recent.0 + value, recent.1 + 1);
            since.1 += own.iter().map(|e| e.ids.len()).sum::<usize>();
            if recent.1 == 20 || at.step == steps {
                let (loss, speed) = (recent.0 / recent.1 as f32, since.1 as f32 / since.0.elapsed().as_secs_f32());
                let go_on = tell(Progress::Step { step: at.step, steps, loss, speed });
                go_on.map_err(|stop| keeper.as_mut().map_or(stop, |k| k.stopped(adam, &at, &best)))?;
                (recent, since) = ((0.0, 0), (Instant::now(), 0));
            }
            keeper.as_mut().map_or(Ok(()), |k| k.now_and_then(adam, &at, &best))?;
        }
        let mean = (at.sum / at.rows.max(1) as f64) as f32;
        at = Stand { step: at.step, epochs: at.epochs + 1, best: at.best, losses: at.losses, ..Stand::default() };
        at.losses.push(mean);
        if config.calibration.is_none() {
            let (quality, epoch) = (network.quality(tuning, loss)?, at.epochs);
            let titles = beside.as_ref().map(|b| b.found(&network.encoder)).transpose()?;
            if at.best.is_none_or(|(b, _)| quality >= b) {
                best = adam.slots.iter().map(|s| s.var.as_tensor().copy()).collect::<Result<_, _>>()?;
                at.best = Some((quality, epoch));
            }
            let go_on = tell(Progress::Epoch { epoch, tune: quality, titles });
            go_on.map_err(|stop| keeper.as_mut().map_or(stop, |k| k.stopped(adam, &at, &best)))?;
        }
    }
    for (slot, copy) in adam.slots.iter().zip(best) {
        slot.var.set(&copy)?;
    }
    Ok(Run { epoch: at.best.map_or(at.epochs, |(_, epoch)| epoch), losses: at.losses })
}

/// Whether the tuning rows have stopped getting better.
fn enough(config: &FitConfig, at: &Stand) -> bool {
    config.patience > 0 && at.best.is_some_and(|(_, epoch)| at.epochs >= epoch + config.patience)
}
