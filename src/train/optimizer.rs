//! AdamW over a list of variables, each with its own share of the learning rate.

use candle_core::{DType, Device, Tensor, Var, backprop::GradStore};

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
}

impl Slot {
    pub(super) fn new(var: Var, share: f32) -> Self {
        let n = var.elem_count();
        let decay = var.rank() > 1;
        Self { var, share, decay, m: vec![0.0; n], v: vec![0.0; n] }
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

    /// One step along the sum of several gradients. Variables without a gradient stay.
    pub(super) fn step(&mut self, stores: &[GradStore], lr: f32) -> Result<(), TrainError> {
        let mut sums: Vec<Option<Vec<f32>>> = Vec::with_capacity(self.slots.len());
        let mut square = 0f64;
        for slot in &self.slots {
            let mut sum: Option<Vec<f32>> = None;
            for g in stores.iter().filter_map(|s| s.get(slot.var.as_tensor())) {
                let g = g.to_dtype(DType::F32)?.flatten_all()?.to_vec1::<f32>()?;
                match &mut sum {
                    Some(s) => s.iter_mut().zip(g).for_each(|(a, b)| *a += b),
                    None => sum = Some(g),
                }
            }
            square += sum.iter().flatten().map(|g| f64::from(*g) * f64::from(*g)).sum::<f64>();
            sums.push(sum);
        }
        let scale = (self.clip / (square.sqrt() as f32 + 1e-6)).min(1.0);
        self.step += 1;
        let (c1, c2) = (1.0 / (1.0 - BETA1.powi(self.step)), 1.0 / (1.0 - BETA2.powi(self.step)));
        for (slot, sum) in self.slots.iter_mut().zip(sums) {
            let Some(g) = sum else { continue };
            let lr = lr * slot.share;
            let keep = if slot.decay { 1.0 - lr * self.weight_decay } else { 1.0 };
            let mut w = slot.var.flatten_all()?.to_vec1::<f32>()?;
            for (((w, m), v), g) in w.iter_mut().zip(&mut slot.m).zip(&mut slot.v).zip(g) {
                let g = g * scale;
                *m = BETA1 * *m + (1.0 - BETA1) * g;
                *v = BETA2 * *v + (1.0 - BETA2) * g * g;
                *w = *w * keep - lr * (*m * c1) / ((*v * c2).sqrt() + EPSILON);
            }
            slot.var.set(&Tensor::from_vec(w, slot.var.shape(), &Device::Cpu)?)?;
        }
        Ok(())
    }
}
