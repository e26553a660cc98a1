//! AdamW over a list of variables, each with its own share of the learning rate.

use std::{borrow::Cow, cell::RefCell};

use candle_core::{CpuStorage, Device, InplaceOp1, Layout, Result as CandleResult, Tensor, Var, bail};

use crate::model::weights::Weights;

use super::TrainError;

const BETA1: f32 = 0.9;
const BETA2: f32 = 0.98;
const EPSILON: f32 = 1e-8;

/// A variable with its moments.
pub(super) struct Slot {
    pub(super) var: Var,
    /// Share of the learning rate.
    pub(super) share: f32,
    decay: bool,
    m: Vec<f32>,
    v: Vec<f32>,
    /// The gradient of the step under way.
    sum: Vec<f32>,
    given: bool,
}

impl Slot {
    pub(super) fn new(var: Var, share: f32) -> Self {
        let n = var.elem_count();
        let decay = var.rank() > 1;
        Self { var, share, decay, m: vec![0.0; n], v: vec![0.0; n], sum: vec![0.0; n], given: false }
    }
}

/// Decoupled weight decay (Loshchilov & Hutter 2019) for matrices, gradients clipped by global norm.
pub(super) struct AdamW {
    pub(super) slots: Vec<Slot>,
    pub(super) weight_decay: f32,
    pub(super) clip: f32,
    step: i32,
}

impl AdamW {
    pub(super) fn new(slots: Vec<Slot>, weight_decay: f32) -> Self {
        Self { slots, weight_decay, clip: 1.0, step: 0 }
    }

    /// First and second moments of each variable, by its place in the list.
    pub(super) fn moments(&self) -> Result<Vec<(String, Tensor)>, TrainError> {
        let mut all = Vec::with_capacity(2 * self.slots.len());
        for (i, slot) in self.slots.iter().enumerate() {
            for (name, values) in [("m", &slot.m), ("v", &slot.v)] {
                all.push((format!("{name}.{i}"), Tensor::from_slice(values, values.len(), &Device::Cpu)?));
            }
        }
        Ok(all)
    }

    /// Goes on from the moments of an earlier run after so many steps.
    pub(super) fn restore(&mut self, moments: &Weights, steps: i32) -> Result<(), TrainError> {
        for (i, slot) in self.slots.iter_mut().enumerate() {
            slot.m = moments.get(&format!("m.{i}"), &[slot.m.len()])?.to_vec1()?;
            slot.v = moments.get(&format!("v.{i}"), &[slot.v.len()])?.to_vec1()?;
        }
        self.step = steps;
        Ok(())
    }

    /// One step along the sum of the gradients of several parts of a batch, each with one slice for each
    /// variable; an empty slice adds nothing, a variable without any stays.
    pub(super) fn step(&mut self, parts: &[Vec<Cow<'_, [f32]>>], lr: f32) -> Result<(), TrainError> {
        let mut square = 0f64;
        for (i, slot) in self.slots.iter_mut().enumerate() {
            let mut own = parts.iter().filter_map(|p| p.get(i)).filter(|g| !g.is_empty());
            slot.given = own.next().map(|g| slot.sum.clone_from_slice(g)).is_some();
            for g in own {
                slot.sum.iter_mut().zip(g.iter()).for_each(|(a, b)| *a += b);
            }
            if slot.given {
                square += squares(&slot.sum);
            }
        }
        let scale = (self.clip / (square.sqrt() as f32 + 1e-6)).min(1.0);
        self.step += 1;
        let corrections = (1.0 / (1.0 - BETA1.powi(self.step)), 1.0 / (1.0 - BETA2.powi(self.step)));
        for slot in self.slots.iter_mut().filter(|s| s.given) {
            let lr = lr * slot.share;
            let keep = if slot.decay { 1.0 - lr * self.weight_decay } else { 1.0 };
            let moments = RefCell::new((&mut slot.m, &mut slot.v));
            slot.var.inplace_op1(&Update { moments, gradient: &slot.sum, scale, lr, keep, corrections })?;
        }
        Ok(())
    }
}

/// Sum of squares: in blocks, so that the sum of millions keeps its precision and needs no chain.
fn squares(x: &[f32]) -> f64 {
    x.chunks(256)
        .map(|block| {
            let (chunks, rest) = block.as_chunks::<16>();
            let mut sums = [0f32; 16];
            for c in chunks {
                for i in 0..16 {
                    sums[i] += c[i] * c[i];
                }
            }
            f64::from(sums.iter().sum::<f32>() + rest.iter().map(|g| g * g).sum::<f32>())
        })
        .sum()
}

/// One variable's step, where its weights lie.
struct Update<'u> {
    moments: RefCell<(&'u mut Vec<f32>, &'u mut Vec<f32>)>,
    gradient: &'u [f32],
    scale: f32,
    lr: f32,
    keep: f32,
    corrections: (f32, f32),
}

impl InplaceOp1 for Update<'_> {
    fn name(&self) -> &'static str {
        "adamw"
    }

    fn cpu_fwd(&self, storage: &mut CpuStorage, layout: &Layout) -> CandleResult<()> {
        let (CpuStorage::F32(w), Some((from, to))) = (storage, layout.contiguous_offsets()) else {
            bail!("a variable is not contiguous f32");
        };
        let (m, v) = &mut *self.moments.borrow_mut();
        let (c1, c2) = self.corrections;
        for (((w, m), v), g) in w[from..to].iter_mut().zip(m.iter_mut()).zip(v.iter_mut()).zip(self.gradient) {
            let g = g * self.scale;
            *m = BETA1 * *m + (1.0 - BETA1) * g;
            *v = BETA2 * *v + (1.0 - BETA2) * g * g;
            *w = *w * self.keep - self.lr * (*m * c1) / ((*v * c2).sqrt() + EPSILON);
        }
        Ok(())
    }
}
