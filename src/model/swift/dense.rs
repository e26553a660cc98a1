//! A linear map ready for serving: f32 weights, and packed 8-bit ones where that precision is asked for.

use candle_core::{Result as CandleResult, Tensor};

use crate::model::kernel::{
    self, Arithmetic, Mat,
    int8::{Instructions, Packed, Quantised},
};

use super::Precision;

pub(super) struct Dense {
    /// `[inputs, outputs]`
    weights: Vec<f32>,
    bias: Vec<f32>,
    packed: Option<Packed>,
    pub(super) inputs: usize,
    pub(super) outputs: usize,
}

impl Dense {
    pub(super) fn new(weights: &Tensor, bias: Option<&Tensor>, precision: Precision) -> CandleResult<Self> {
        let (inputs, outputs) = weights.dims2()?;
        let weights: Vec<f32> = weights.flatten_all()?.to_vec1()?;
        let bias: Vec<f32> = bias.map(|b| b.to_vec1()).transpose()?.unwrap_or_default();
        let packed = (precision == Precision::Int8).then(|| Packed::new(&weights, inputs, outputs, &bias));
        Ok(Self { weights, bias, packed, inputs, outputs })
    }

    /// `x·w + b`, in the precision that it was made for.
    pub(super) fn apply(&self, x: &[f32], out: &mut Vec<f32>, scratch: &mut Scratch) {
        let rows = x.len() / self.inputs;
        match &self.packed {
            Some(packed) => {
                out.resize(rows * self.outputs, 0.0);
                packed.apply(scratch.instructions, x, out, &mut scratch.quantised);
            }
            None => {
                out.clear();
                if self.bias.is_empty() {
                    out.resize(rows * self.outputs, 0.0);
                } else {
                    (0..rows).for_each(|_| out.extend_from_slice(&self.bias));
                }
                let (x, w) = (Mat::new(x, rows, self.inputs), Mat::new(&self.weights, self.inputs, self.outputs));
                kernel::matmul(out, self.outputs, !self.bias.is_empty(), x, w);
            }
        }
    }

    /// Numbers of the gradients: reasons need no more than bfloat16 where the answer itself is in 8-bit
    /// integers.
    pub(super) fn gradients(&self) -> Arithmetic {
        if self.packed.is_some() { Arithmetic::Bf16 } else { Arithmetic::F32 }
    }

    /// From the gradient of the result to the gradient of `x`.
    pub(super) fn back(&self, g: &[f32], out: &mut Vec<f32>) {
        let rows = g.len() / self.outputs;
        out.resize(rows * self.inputs, 0.0);
        let (g, w) = (Mat::new(g, rows, self.outputs), Mat::new(&self.weights, self.inputs, self.outputs));
        kernel::product(self.gradients(), out, self.inputs, false, g, w.t());
    }

    /// Weights of one output, for the gradient of a single label.
    pub(super) fn column(&self, output: usize) -> impl Iterator<Item = f32> {
        self.weights.iter().skip(output).step_by(self.outputs).copied()
    }
}

/// Buffers of a linear map and the instructions that it uses.
pub(super) struct Scratch {
    pub(super) instructions: Instructions,
    quantised: Quantised,
}

impl Scratch {
    pub(super) fn new(instructions: Instructions) -> Self {
        Self { instructions, quantised: Quantised::default() }
    }
}
