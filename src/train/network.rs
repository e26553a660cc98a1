//! The encoder and its heads over variables, the loss, and one data-parallel step.

use std::borrow::Cow;

use candle_core::{Device, Result as CandleResult, Tensor, Var, backprop::GradStore};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use rayon::prelude::*;

use crate::model::{
    Arithmetic, ModelError,
    config::EncoderConfig,
    encoder::{Encoder, Packed},
    heads::Heads,
    tape::{LayerWeights, Tape},
    weights::{Weights, to_bytes},
};

use super::{TrainError, batches::Normal, halves::Halves, optimizer::Slot};

/// Encoder and heads whose weights can be trained.
pub(super) struct Network {
    pub(super) encoder: Encoder,
    pub(super) heads: Heads,
    halves: Halves,
}

/// A row ready for the loss: its tokens and the index of its label in each single-label head.
pub(super) struct Example {
    pub(super) ids: Vec<u32>,
    pub(super) labels: [usize; 4],
    pub(super) flags: [bool; 3],
    pub(super) weight: f32,
    /// A teacher's probabilities of all labels of all heads, instead of the labels above.
    pub(super) taught: Option<Vec<f32>>,
}

/// What the loss is made of.
#[derive(Clone, Copy)]
pub(super) struct LossConfig {
    /// Share of the target spread over all labels.
    pub(super) smoothing: f32,
    /// Share of values dropped before each linear map of the heads.
    pub(super) dropout: f32,
    /// Weights of the five heads.
    pub(super) heads: [f32; 5],
}

impl Network {
    /// Loads the encoder and its heads, or draws new heads from a seed; the variables come with their
    /// share of the learning rate (`decay` for each layer below the heads).
    pub(super) fn new(
        config: &EncoderConfig,
        weights: &Weights,
        sizes: [usize; 5],
        (decay, head_share): (f32, f32),
        seed: Option<u64>,
    ) -> Result<(Self, Vec<Slot>), TrainError> {
        let mut slots = Vec::new();
        let layers = config.layers as i32;
        let mut keep = |_: &str, depth: usize, t: Tensor| -> CandleResult<Tensor> {
            let var = Var::from_tensor(&t)?;
            let tensor = var.as_tensor().clone();
            let below = layers + 1 - i32::try_from(depth).unwrap_or(i32::MAX).min(layers + 1);
            let share = if depth == usize::MAX { head_share } else { decay.powi(below) };
            slots.push(Slot::new(var, share));
            Ok(tensor)
        };
        let encoder = Encoder::load(config, weights, &mut keep)?;
        let heads = match seed {
            Some(seed) => {
                let mut normal = Normal::new(seed);
                let drawn = Heads::draw(config.hidden, sizes, &mut || normal.draw())?;
                Heads::load(config.hidden, sizes, &Weights::parse(&to_bytes(&drawn, false)?)?, &mut keep)?
            }
            None => Heads::load(config.hidden, sizes, weights, &mut keep)?,
        };
        Ok((Self { encoder, heads, halves: Halves::new()? }, slots))
    }

    /// The same network with the encoder's matrix products in other numbers.
    pub(super) fn computing_in(self, arithmetic: Arithmetic) -> Self {
        Self { encoder: self.encoder.computing_in(arithmetic), ..self }
    }

    /// All weights by their names on disk.
    pub(super) fn tensors(&self) -> Result<Vec<(String, Tensor)>, ModelError> {
        let mut all = self.encoder.to_hf()?;
        all.extend(self.heads.to_hf()?);
        Ok(all)
    }

    /// Sum over the examples of weighted losses, divided by `rows` (of the whole batch, so that the
    /// gradients of its halves add up); `hidden` are the encoder's states of the packed examples.
    fn loss(
        &self,
        (packed, hidden): (&Packed, &Tensor),
        examples: &[&Example],
        rows: usize,
        config: &LossConfig,
        seed: u64,
    ) -> CandleResult<Tensor> {
        let mut rng = StdRng::seed_from_u64(seed);
        let keep = 1.0 - config.dropout;
        let mut drop = |t: Tensor| -> CandleResult<Tensor> {
            if config.dropout <= 0.0 {
                return Ok(t);
            }
            let mask: Vec<f32> =
                (0..t.elem_count()).map(|_| if rng.random::<f32>() < keep { 1.0 / keep } else { 0.0 }).collect();
            &t * Tensor::from_vec(mask, t.shape(), t.device())?
        };
        let outputs = self.heads.forward(packed, hidden, &mut drop)?;
        let mut total: Option<Tensor> = None;
        let mut from = 0;
        for (head, logits) in outputs.logits.iter().enumerate() {
            let part = if head < 4 {
                single_label(logits, examples, (head, from), config.smoothing)?
            } else {
                yes_or_no(logits, examples, from)?
            };
            from += logits.dim(1)?;
            let part = (part * f64::from(config.heads[head] / rows as f32))?;
            total = Some(match total {
                Some(t) => (t + part)?,
                None => part,
            });
        }
        total.ok_or_else(|| candle_core::Error::msg("no heads"))
    }

    /// Loss and gradients of a batch, in two halves on two threads; the halves are fixed by the order
    /// of rows, so the sum is the same on every run.
    pub(super) fn gradients(
        &self,
        batch: &[&Example],
        config: &LossConfig,
        seed: u64,
        (prepared, buffers): (&mut [LayerWeights; 2], &mut [Buffers; 2]),
    ) -> Result<f32, TrainError> {
        let [first, second] = self.halves.both(prepared, |n, own| own.prepare(&self.encoder, n));
        first.and(second)?;
        let prepared = &*prepared;
        let half = |from: usize, own: &mut Buffers| -> CandleResult<f32> {
            let examples: Vec<&Example> = batch.iter().skip(from).step_by(2).copied().collect();
            own.heads = None;
            if examples.is_empty() {
                return Ok(0.0);
            }
            let seed = seed.wrapping_mul(2).wrapping_add(from as u64);
            let packed = Packed::new(examples.iter().map(|e| e.ids.as_slice()));
            let shape = (packed.ids.len(), self.encoder.config().hidden);
            let hidden = Var::from_slice(own.tape.forward(&self.encoder, prepared, &packed)?, shape, &Device::Cpu)?;
            let loss = self.loss((&packed, hidden.as_tensor()), &examples, batch.len(), config, seed)?;
            let heads = loss.backward()?;
            let g = heads.get(hidden.as_tensor()).ok_or_else(|| candle_core::Error::msg("the loss reads no state"))?;
            own.tape.backward(&self.encoder, prepared, &g.flatten_all()?.to_vec1::<f32>()?, None)?;
            own.heads = Some(heads);
            loss.to_scalar::<f32>()
        };
        let [left, right] = self.halves.both(buffers, half);
        Ok(left? + right?)
    }

    /// The gradients that a thread's buffers hold, one for each of the variables.
    pub(super) fn slices<'b>(&self, own: &'b Buffers, slots: &[Slot]) -> Result<Vec<Cow<'b, [f32]>>, TrainError> {
        let Some(heads) = &own.heads else { return Ok(Vec::new()) };
        let mut all: Vec<Cow<'b, [f32]>> = own.tape.gradients(&self.encoder).into_iter().map(Cow::Borrowed).collect();
        for slot in &slots[all.len()..] {
            let g = heads.get(slot.var.as_tensor()).map(|g| g.flatten_all()?.to_vec1::<f32>()).transpose()?;
            all.push(Cow::Owned(g.unwrap_or_default()));
        }
        Ok(all)
    }
}

/// What one thread computes in, used again from step to step; holds the gradients of its half.
#[derive(Default)]
pub(super) struct Buffers {
    tape: Tape,
    heads: Option<GradStore>,
}

/// Cross-entropy against smoothed labels or a teacher's probabilities (which start at `from`), summed.
fn single_label(
    logits: &Tensor,
    examples: &[&Example],
    (head, from): (usize, usize),
    smoothing: f32,
) -> CandleResult<Tensor> {
    let (rows, n) = logits.dims2()?;
    let mut target = vec![0f32; rows * n];
    for (row, e) in target.chunks_exact_mut(n).zip(examples) {
        match &e.taught {
            Some(p) => row.iter_mut().zip(&p[from..from + n]).for_each(|(t, p)| *t = -e.weight * p),
            None => {
                row.fill(-e.weight * smoothing / n as f32);
                row[e.labels[head]] -= e.weight * (1.0 - smoothing);
            }
        }
    }
    let target = Tensor::from_vec(target, (rows, n), logits.device())?;
    (candle_nn::ops::log_softmax(logits, 1)? * target)?.sum_all()
}

/// Binary cross-entropy of each mark, summed: log-softmax over (vote, 0).
fn yes_or_no(logits: &Tensor, examples: &[&Example], from: usize) -> CandleResult<Tensor> {
    let (rows, n) = logits.dims2()?;
    let pairs = Tensor::stack(&[logits, &logits.zeros_like()?], 2)?;
    let mut target = Vec::with_capacity(rows * n * 2);
    for e in examples {
        for (i, flag) in e.flags.iter().enumerate().take(n) {
            let yes = e.taught.as_ref().map_or(f32::from(*flag), |p| p[from + i]);
            target.extend([-e.weight * yes, -e.weight * (1.0 - yes)]);
        }
    }
    let target = Tensor::from_vec(target, (rows, n, 2), logits.device())?;
    (candle_nn::ops::log_softmax(&pairs, 2)? * target)?.sum_all()
}

impl Network {
    /// Share of right first answers of the encoder alone, averaged over the four single-label heads.
    pub(super) fn right(&self, examples: &[Example]) -> Result<f32, TrainError> {
        let mut order: Vec<&Example> = examples.iter().collect();
        order.sort_by_key(|e| e.ids.len());
        let parts: Vec<CandleResult<usize>> = order.par_chunks(8).map(|chunk| self.count_right(chunk)).collect();
        let right: usize = parts.into_iter().sum::<CandleResult<usize>>()?;
        Ok(right as f32 / (4 * examples.len().max(1)) as f32)
    }

    fn count_right(&self, examples: &[&Example]) -> CandleResult<usize> {
        let packed = Packed::new(examples.iter().map(|e| e.ids.as_slice()));
        let embedded = self.encoder.embed(&packed)?.detach();
        let hidden = self.encoder.encode(&packed, &embedded)?;
        let outputs = self.heads.forward(&packed, &hidden, &mut Ok)?;
        let mut right = 0;
        for (head, logits) in outputs.logits.iter().take(4).enumerate() {
            let first: Vec<u32> = logits.argmax(1)?.to_vec1()?;
            right += first.iter().zip(examples).filter(|(f, e)| **f as usize == e.labels[head]).count();
        }
        Ok(right)
    }
}
