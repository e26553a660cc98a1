//! The encoder and its heads over variables, and one data-parallel step.

use std::borrow::Cow;

use candle_core::{Device, Result as CandleResult, Tensor, Var, backprop::GradStore};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use rayon::prelude::*;

use crate::model::{
    Arithmetic, ModelError,
    config::EncoderConfig,
    encoder::{Encoder, Packed},
    heads::Heads,
    labels::{HeadLabels, Labels},
    tape::{LayerWeights, Tape},
    weights::{Weights, to_bytes},
};

use super::{
    TrainError,
    batches::Normal,
    examples::{Example, Target},
    halves::Halves,
    loss::{LossConfig, loss},
    optimizer::Slot,
};

/// Encoder and heads whose weights can be trained.
pub(super) struct Network {
    pub(super) encoder: Encoder,
    pub(super) heads: Heads,
    pub(super) halves: Halves,
}

impl Network {
    /// Loads the encoder, takes over the heads that it brings (`before`) with the same labels, and draws
    /// the others from a seed; the variables come with their share of the learning rate (`decay` for
    /// each layer below the heads).
    pub(super) fn new(
        config: &EncoderConfig,
        weights: &Weights,
        (before, labels): (Option<&Labels>, &Labels),
        (decay, head_share): (f32, f32),
        seed: u64,
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
        let mut normal = Normal::new(seed);
        let mut own = Heads::draw(config.hidden, labels, &mut || normal.draw())?;
        let kept = |head: &&HeadLabels| before.is_some_and(|b| b.get(&head.name) == Some(*head));
        let mut names: Vec<String> = labels.heads().iter().filter(kept).map(|h| format!("heads.{}.", h.name)).collect();
        if !names.is_empty() {
            names.push("heads.dense.".into());
        }
        for (name, t) in &mut own {
            if names.iter().any(|n| name.starts_with(n.as_str())) && weights.has(name) {
                *t = weights.get(name, t.dims())?;
            }
        }
        let heads = Heads::load(config.hidden, labels, &Weights::parse(&to_bytes(&own, false)?)?, &mut keep)?;
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
    /// gradients of its halves add up); none if nothing is known of them. `hidden` are the encoder's states
    /// of the packed examples.
    fn loss(
        &self,
        (packed, hidden): (&Packed, &Tensor),
        examples: &[&Example],
        rows: usize,
        config: &LossConfig,
        seed: u64,
    ) -> CandleResult<Option<Tensor>> {
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
        loss(&outputs, packed, examples, config)?.map(|sum| sum / rows as f64).transpose()
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
            let Some(loss) = loss else { return Ok(0.0) };
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

/// How often a head was right, as far as is known without decoding stretches.
#[derive(Clone, Copy, Default)]
struct Hits {
    /// Right answers; for marks and tags those that are not "no".
    right: usize,
    /// Answers given, and answers wanted.
    of: usize,
}

impl Network {
    /// How good the encoder's heads are on these rows, each between 0 and 1, averaged by the weights of
    /// their losses: share of right first labels, or F1 of labels and tags.
    pub(super) fn quality(&self, examples: &[Example], config: &LossConfig) -> Result<f32, TrainError> {
        let mut order: Vec<&Example> = examples.iter().collect();
        order.sort_by_key(|e| e.ids.len());
        let parts: Vec<CandleResult<Vec<Hits>>> = order.par_chunks(8).map(|chunk| self.hits(chunk, config)).collect();
        let mut all = vec![Hits::default(); config.heads.len()];
        for part in parts {
            for (sum, own) in all.iter_mut().zip(part?) {
                *sum = Hits { right: sum.right + own.right, of: sum.of + own.of };
            }
        }
        let (mut sum, mut weights) = (0.0, 0.0);
        for (hits, head) in all.iter().zip(&config.heads).filter(|(h, _)| h.of > 0) {
            sum += head.weight * 2.0 * hits.right as f32 / hits.of as f32;
            weights += head.weight;
        }
        Ok(if weights > 0.0 { sum / weights } else { 0.0 })
    }

    /// Counts for each head; a right first label counts as given and wanted.
    fn hits(&self, examples: &[&Example], config: &LossConfig) -> CandleResult<Vec<Hits>> {
        let packed = Packed::new(examples.iter().map(|e| e.ids.as_slice()));
        let embedded = self.encoder.embed(&packed)?.detach();
        let hidden = self.encoder.encode(&packed, &embedded)?;
        let outputs = self.heads.forward(&packed, &hidden, &mut Ok)?;
        let mut all = vec![Hits::default(); config.heads.len()];
        for (at, (hits, logits)) in all.iter_mut().zip(&outputs.logits).enumerate() {
            let mut add = |given: bool, wanted: bool, right: bool| {
                hits.right += usize::from(right);
                hits.of += usize::from(given) + usize::from(wanted);
            };
            let rows: Vec<Vec<f32>> = logits.to_vec2()?;
            for ((e, row), from) in examples.iter().zip(0..).zip(packed.bounds.iter()) {
                match e.targets.get(at) {
                    Some(Target::One(label)) => add(true, true, rows.get(row).is_some_and(|r| largest(r) == *label)),
                    Some(Target::Each(each)) => {
                        let said = rows.get(row).into_iter().flatten().map(|vote| *vote > 0.0);
                        each.iter().zip(said).for_each(|(yes, said)| add(said, *yes, *yes && said));
                    }
                    Some(Target::Tags(tags)) => {
                        let known = tags.iter().zip(rows.iter().skip(*from)).filter_map(|(t, r)| Some(((*t)?, r)));
                        for (tag, row) in known {
                            let said = largest(row) as u32;
                            add(said != 0, tag != 0, said != 0 && said == tag);
                        }
                    }
                    _ => {}
                }
            }
        }
        Ok(all)
    }
}

fn largest(row: &[f32]) -> usize {
    (0..row.len()).fold(0, |best, i| if row[i] > row[best] { i } else { best })
}
