//! A linear map ready for serving: f32 weights, and packed 8-bit ones where that precision is asked for.

use std::sync::OnceLock;

use candle_core::{Result as CandleResult, Tensor};

use crate::model::kernel::{
    self, Arithmetic, Mat, Prepared,
    int8::{Instructions, Packed, Quantised},
};

use super::{Precision, layer::Norm};

/// Rows that go through the MLP together: what lies between its maps fits in the second cache.
const PART: usize = 64;

pub(super) struct Dense {
    /// `[inputs, outputs]`
    weights: Vec<f32>,
    bias: Vec<f32>,
    packed: Option<Packed>,
    /// Transposed, made ready when the first gradient is asked for.
    back: OnceLock<Prepared>,
    pub(super) inputs: usize,
    pub(super) outputs: usize,
}

/// Where the rows of an input come from: what stands before a linear map is computed row by row with it.
#[derive(Clone, Copy)]
pub(super) enum Rows<'a> {
    Plain(&'a [f32]),
    Normed(&'a [f32], &'a Norm),
    Gelu(&'a [f32]),
    /// `gelu(left half) · right half`
    Geglu(&'a [f32]),
}

/// What becomes of a product.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum To {
    /// It stands there instead of what was there.
    Set,
    /// It is added to what is there.
    Add,
}

impl Dense {
    pub(super) fn new(weights: &Tensor, bias: Option<&Tensor>, precision: Precision) -> CandleResult<Self> {
        let (inputs, outputs) = weights.dims2()?;
        let weights: Vec<f32> = weights.flatten_all()?.to_vec1()?;
        let bias: Vec<f32> = bias.map(|b| b.to_vec1()).transpose()?.unwrap_or_default();
        let packed = (precision == Precision::Int8).then(|| Packed::new(&weights, inputs, outputs, &bias));
        Ok(Self { weights, bias, packed, back: OnceLock::new(), inputs, outputs })
    }

    /// `x·w + b`, in the precision that it was made for.
    pub(super) fn apply(&self, x: &[f32], out: &mut Vec<f32>, scratch: &mut Scratch) {
        out.resize(x.len() / self.inputs * self.outputs, 0.0);
        self.rows(Rows::Plain(x), To::Set, out, scratch);
    }

    /// As [`Dense::apply`], from rows that are computed on the way, onto or on top of `out`
    /// (`[rows, outputs]`).
    pub(super) fn rows(&self, x: Rows<'_>, to: To, out: &mut [f32], scratch: &mut Scratch) {
        let rows = out.len() / self.outputs;
        let Scratch { instructions, quantised, floats } = scratch;
        let Some(packed) = &self.packed else {
            let x = x.in_floats(rows, self.inputs, floats);
            match (to, self.bias.is_empty()) {
                (_, true) => {}
                (To::Set, false) => out.chunks_exact_mut(self.outputs).for_each(|o| o.copy_from_slice(&self.bias)),
                (To::Add, false) => kernel::add_to_rows(&self.bias, out),
            }
            let (x, w) = (Mat::new(x, rows, self.inputs), Mat::new(&self.weights, self.inputs, self.outputs));
            return kernel::matmul(out, self.outputs, to == To::Add || !self.bias.is_empty(), x, w);
        };
        x.in_bytes(rows, self.inputs, quantised);
        packed.product(*instructions, quantised, out, to == To::Add);
    }

    /// How many of `rows` rows are best computed at once: f32 weights are packed at each call, 8-bit ones
    /// were packed once.
    pub(super) fn part(&self, rows: usize) -> usize {
        if self.packed.is_some() { rows.clamp(1, PART) } else { rows.max(1) }
    }

    /// Numbers of the gradients and of attention: bfloat16 is enough where the rest is in 8-bit integers.
    pub(super) fn arithmetic(&self) -> Arithmetic {
        if self.packed.is_some() { Arithmetic::Bf16 } else { Arithmetic::F32 }
    }

    /// From the gradient of the result to the gradient of `x`.
    pub(super) fn back(&self, g: &[f32], out: &mut Vec<f32>) {
        let rows = g.len() / self.outputs;
        out.resize(rows * self.inputs, 0.0);
        let g = Mat::new(g, rows, self.outputs);
        let w = Mat::new(&self.weights, self.inputs, self.outputs).t();
        if self.arithmetic().here() == Arithmetic::F32 {
            return kernel::product(Arithmetic::F32, out, self.inputs, false, g, w);
        }
        let back = self.back.get_or_init(|| {
            let mut back = Prepared::default();
            back.set(Arithmetic::Bf16, w);
            back
        });
        kernel::product_prepared(out, self.inputs, false, g, back);
    }

    /// Weights of one output, for the gradient of a single label.
    pub(super) fn column(&self, output: usize) -> impl Iterator<Item = f32> {
        self.weights.iter().skip(output).step_by(self.outputs).copied()
    }
}

impl<'a> Rows<'a> {
    /// All rows as numbers.
    fn in_floats(self, rows: usize, width: usize, buffer: &'a mut Vec<f32>) -> &'a [f32] {
        buffer.resize(rows * width, 0.0);
        match self {
            Self::Plain(x) => return x,
            Self::Normed(x, norm) => kernel::layer_norm(x, &norm.w, &norm.b, norm.eps, buffer),
            Self::Gelu(x) => kernel::gelu(x, buffer),
            Self::Geglu(x) => kernel::geglu(x, width, buffer),
        }
        buffer
    }

    /// The rows quantised, each right after it was computed.
    fn in_bytes(self, rows: usize, width: usize, quantised: &mut Quantised) {
        match self {
            Self::Plain(x) => quantised.quantise(x, width),
            Self::Normed(x, norm) => quantised.fill(
                rows,
                width,
                #[inline(always)]
                |r, row| kernel::layer_norm_row(&x[r * width..(r + 1) * width], &norm.w, &norm.b, norm.eps, row),
            ),
            Self::Gelu(x) => quantised.fill(
                rows,
                width,
                #[inline(always)]
                |r, row| kernel::gelu_coarse_row(&x[r * width..(r + 1) * width], row),
            ),
            Self::Geglu(x) => quantised.fill(
                rows,
                width,
                #[inline(always)]
                |r, row| kernel::geglu_coarse_row(&x[2 * r * width..2 * (r + 1) * width], row),
            ),
        }
    }
}

/// Buffers of a linear map and the instructions that it uses.
pub(super) struct Scratch {
    instructions: Instructions,
    quantised: Quantised,
    floats: Vec<f32>,
}

impl Scratch {
    pub(super) fn new(instructions: Instructions) -> Self {
        Self { instructions, quantised: Quantised::default(), floats: vec![] }
    }
}
