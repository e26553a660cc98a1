//! The matrices of the encoder, prepared for one step: packed once in both directions, used by every
//! chunk of both threads.

use candle_core::{Result as CandleResult, Tensor};

use crate::model::{
    encoder::Encoder,
    kernel::{Arithmetic, Mat, Prepared},
};

use super::with;

/// A matrix for the way there and for the way back.
#[derive(Default)]
pub(super) struct Both {
    pub(super) inputs: usize,
    pub(super) outputs: usize,
    pub(super) how: Arithmetic,
    pub(super) there: Prepared,
    pub(super) back: Prepared,
}

impl Both {
    pub(super) fn set(&mut self, w: &Tensor, how: Arithmetic) -> CandleResult<()> {
        let (k, n) = w.dims2()?;
        (self.inputs, self.outputs, self.how) = (k, n, how);
        with(w, |w| {
            self.there.set(how, Mat::new(w, k, n));
            self.back.set(how, Mat::new(w, k, n).t());
        })
    }
}

#[derive(Default)]
pub(super) struct Four {
    pub(super) qkv: Both,
    pub(super) out: Both,
    pub(super) up: Both,
    pub(super) down: Both,
}

/// Every second layer's matrices: the even ones in the first of a pair, the odd ones in the second, so
/// that two threads can prepare them.
#[derive(Default)]
pub struct LayerWeights(Vec<Four>);

impl LayerWeights {
    /// Prepares the layers `first`, `first + 2`, … as they are now.
    ///
    /// # Errors
    /// Only if shapes do not fit.
    pub fn prepare(&mut self, encoder: &Encoder, first: usize) -> CandleResult<()> {
        let how = encoder.arithmetic();
        let layers = encoder.layers.iter().skip(first).step_by(2);
        self.0.resize_with(layers.len(), Four::default);
        for (layer, own) in layers.zip(&mut self.0) {
            own.qkv.set(&layer.qkv.w, how)?;
            own.out.set(&layer.out.w, how)?;
            own.up.set(&layer.up.w, how)?;
            own.down.set(&layer.down.w, how)?;
        }
        Ok(())
    }
}

pub(super) fn of(both: &[LayerWeights; 2], layer: usize) -> &Four {
    &both[layer % 2].0[layer / 2]
}
