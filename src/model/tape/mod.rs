//! The encoder's way there and back for training, on plain slices: what candle's tape would record, in
//! buffers that are used again from batch to batch.
//!
//! candle's tape fills every gradient with zeros, adds to it and allocates each result anew, which took
//! half of a training step. [`super::encoder::Encoder::encode`] stays the definition; both ways are
//! tested against each other.

mod guess;
mod layer;
mod weights;

use std::sync::Arc;

use candle_core::{Result as CandleResult, Storage, Tensor, bail};

use super::{
    attention::Attention,
    config::Family,
    encoder::{Encoder, Layer, Norm, Packed},
    kernel::{self, Mat},
    ops::floats,
};
pub use guess::{GuessTape, GuessWeights, Guessed};
use layer::{Kept, LayerGradients, Spare};
use weights::Both;
pub use weights::LayerWeights;

/// Runs `f` on the values of a weight.
fn with<R>(t: &Tensor, f: impl FnOnce(&[f32]) -> R) -> CandleResult<R> {
    let (storage, layout) = t.storage_and_layout();
    match &*storage {
        Storage::Cpu(cpu) => Ok(f(floats(cpu, layout)?)),
        _ => bail!("a weight does not lie in main memory"),
    }
}

/// Gradients of a matrix or a norm and of its bias (empty where it has none).
#[derive(Default)]
pub(super) struct Gradient {
    pub(super) w: Vec<f32>,
    pub(super) b: Vec<f32>,
}

impl Gradient {
    /// Zeros where sums begin: `w` numbers of the weight and `b` of the bias.
    fn begin(&mut self, more: bool, w: usize, b: usize) {
        if more {
            return;
        }
        for (v, n) in [(&mut self.w, w), (&mut self.b, b)].into_iter().filter(|(_, n)| *n > 0) {
            v.clear();
            v.resize(n, 0.0);
        }
    }
}

/// `out = x·w + b`; `x` is `[rows, in]`, the weight `[in, out]`.
fn forward((w, b): (&Both, Option<&Tensor>), x: &[f32], out: &mut Vec<f32>) -> CandleResult<()> {
    let rows = x.len() / w.inputs;
    out.resize(rows * w.outputs, 0.0);
    kernel::product_prepared(out, w.outputs, false, Mat::new(x, rows, w.inputs), &w.there);
    match b {
        Some(b) => with(b, |b| kernel::add_to_rows(b, out)),
        None => Ok(()),
    }
}

/// Gradients of [`forward`]: towards `x`, and of the weights (added to what is there if `more`).
fn backward((w, biased): (&Both, bool), (x, g): (&[f32], &[f32]), dx: &mut Vec<f32>, more: bool, own: &mut Gradient) {
    let (k, n) = (w.inputs, w.outputs);
    let rows = x.len() / k;
    own.w.resize(k * n, 0.0);
    kernel::product(w.how, &mut own.w, n, more, Mat::new(x, rows, k).t(), Mat::new(g, rows, n));
    if biased {
        own.begin(more, 0, n);
        kernel::add_rows(g, &mut own.b);
    }
    dx.resize(rows * k, 0.0);
    kernel::product_prepared(dx, k, false, Mat::new(g, rows, n), &w.back);
}

fn norm(n: (&Tensor, &Tensor), eps: f32, x: &[f32], out: &mut Vec<f32>) -> CandleResult<()> {
    out.resize(x.len(), 0.0);
    with(n.0, |w| with(n.1, |b| kernel::layer_norm(x, w, b, eps, out)))?
}

fn norm_back(
    w: &Tensor,
    eps: f32,
    (x, g): (&[f32], &[f32]),
    dx: &mut Vec<f32>,
    more: bool,
    own: &mut Gradient,
) -> CandleResult<()> {
    dx.resize(x.len(), 0.0);
    own.begin(more, w.elem_count(), w.elem_count());
    with(w, |w| kernel::layer_norm_back((x, w, eps), g, dx, &mut own.w, &mut own.b))
}

/// Tokens after which a chunk ends: as many as keep a layer's widest matrix in the cache of a core. What
/// lies beyond it comes five times more slowly than what lies in it.
const CHUNK: usize = 256;

/// Some sequences of a batch on their way.
#[derive(Default)]
struct Chunk {
    bounds: Arc<[usize]>,
    ids: Vec<u32>,
    embedded: Vec<f32>,
    layers: Vec<Kept>,
    last: Vec<f32>,
}

/// Buffers of one thread: what a forward pass keeps, and the gradients of the backward pass.
#[derive(Default)]
pub struct Tape {
    chunks: Vec<Chunk>,
    used: usize,
    x: Vec<f32>,
    hidden: Vec<f32>,
    spare: Spare,
    table: Vec<f32>,
    positions: Vec<f32>,
    types: Vec<f32>,
    embedding_norm: Gradient,
    own: Vec<LayerGradients>,
    final_norm: Gradient,
}

fn attention(encoder: &Encoder, layer: &Layer, bounds: &Arc<[usize]>) -> Attention {
    Attention {
        bounds: bounds.clone(),
        heads: encoder.config.heads,
        rotary: layer.rotary.clone(),
        window: layer.window,
        arithmetic: encoder.arithmetic(),
    }
}

impl Norm {
    pub(super) fn both(&self) -> (&Tensor, &Tensor) {
        (&self.w, &self.b)
    }
}

impl Chunk {
    fn embed(&mut self, encoder: &Encoder, width: usize) -> CandleResult<()> {
        let x = &mut self.embedded;
        x.clear();
        with(&encoder.tokens, |table| {
            for id in &self.ids {
                let at = *id as usize * width;
                let Some(row) = table.get(at..at + width) else { bail!("token {id} lies outside the vocabulary") };
                x.extend_from_slice(row);
            }
            Ok(())
        })??;
        let (Some(positions), Family::Bert { first_position }) = (&encoder.positions, encoder.config.family) else {
            return Ok(());
        };
        with(positions, |p| {
            for w in self.bounds.windows(2) {
                let own = &mut x[w[0] * width..w[1] * width];
                kernel::add_to(&p[first_position * width..][..own.len()], own);
            }
        })?;
        match &encoder.types {
            // one segment: title and text are told apart by the separator
            Some(types) => with(types, |t| kernel::add_to_rows(&t[..width], x)),
            None => Ok(()),
        }
    }
}

impl Tape {
    /// Hidden states `[tokens, hidden]` of a batch, row after row.
    ///
    /// # Errors
    /// If a sequence is longer than the encoder's positions, or an id lies outside the vocabulary.
    pub fn forward(&mut self, encoder: &Encoder, weights: &[LayerWeights; 2], batch: &Packed) -> CandleResult<&[f32]> {
        encoder.check(batch)?;
        self.cut(batch);
        let (width, eps) = (encoder.config.hidden, encoder.config.eps as f32);
        self.hidden.clear();
        let x = &mut self.x;
        for chunk in &mut self.chunks[..self.used] {
            chunk.embed(encoder, width)?;
            norm(encoder.embedding_norm.both(), eps, &chunk.embedded, x)?;
            chunk.layers.resize_with(encoder.layers.len(), Kept::default);
            for (i, (layer, kept)) in encoder.layers.iter().zip(&mut chunk.layers).enumerate() {
                let attention = attention(encoder, layer, &chunk.bounds);
                layer::forward((layer, weights::of(weights, i)), encoder.config.family, eps, &attention, x, kept)?;
            }
            if let Some(n) = &encoder.final_norm {
                std::mem::swap(&mut chunk.last, x);
                norm(n.both(), eps, &chunk.last, x)?;
            }
            self.hidden.extend_from_slice(x);
        }
        Ok(&self.hidden)
    }

    /// Cuts a batch between sequences.
    fn cut(&mut self, batch: &Packed) {
        self.used = 0;
        let mut first = 0;
        while first < batch.sequences() {
            let from = batch.bounds[first];
            let mut end = first + 1;
            while end < batch.sequences() && batch.bounds[end + 1] - from <= CHUNK {
                end += 1;
            }
            if self.used == self.chunks.len() {
                self.chunks.push(Chunk::default());
            }
            let chunk = &mut self.chunks[self.used];
            chunk.bounds = batch.bounds[first..=end].iter().map(|b| b - from).collect();
            chunk.ids.clear();
            chunk.ids.extend_from_slice(&batch.ids[from..batch.bounds[end]]);
            (first, self.used) = (end, self.used + 1);
        }
    }

    /// Gradients of all weights from the gradient `g` of what the last [`Tape::forward`] gave; `table`
    /// (`[vocabulary, hidden]`) is what something else than the encoder adds to the gradient of the token
    /// embeddings (the buffer is taken, another one given back). Read them with [`Tape::gradients`].
    ///
    /// # Errors
    /// Only if shapes do not fit.
    pub fn backward(
        &mut self,
        encoder: &Encoder,
        weights: &[LayerWeights; 2],
        g: &[f32],
        table: Option<&mut Vec<f32>>,
    ) -> CandleResult<()> {
        let (width, eps) = (encoder.config.hidden, encoder.config.eps as f32);
        self.own.resize_with(encoder.layers.len(), LayerGradients::default);
        match table {
            Some(table) => std::mem::swap(&mut self.table, table),
            None => self.table.clear(),
        }
        self.table.resize(encoder.tokens.elem_count(), 0.0);
        for (v, t) in [(&mut self.positions, &encoder.positions), (&mut self.types, &encoder.types)] {
            v.clear();
            v.resize(t.as_ref().map_or(0, Tensor::elem_count), 0.0);
        }
        let mut rest = g;
        for (n, chunk) in self.chunks[..self.used].iter().enumerate() {
            let more = n > 0;
            let (g, after) = rest.split_at(chunk.ids.len() * width);
            rest = after;
            let own = &mut self.x;
            match &encoder.final_norm {
                Some(n) => norm_back(&n.w, eps, (&chunk.last, g), own, more, &mut self.final_norm)?,
                None => {
                    own.clear();
                    own.extend_from_slice(g);
                }
            }
            for (i, (layer, kept)) in encoder.layers.iter().zip(&chunk.layers).enumerate().rev() {
                let how = attention(encoder, layer, &chunk.bounds);
                let layer = (layer, weights::of(weights, i));
                let gradients = (&mut self.own[i], more);
                layer::backward(layer, (encoder.config.family, eps), &how, own, kept, &mut self.spare, gradients)?;
            }
            let first = &mut self.spare.narrow;
            norm_back(&encoder.embedding_norm.w, eps, (&chunk.embedded, own), first, more, &mut self.embedding_norm)?;
            for (id, row) in chunk.ids.iter().zip(first.chunks_exact(width)) {
                kernel::add_to(row, &mut self.table[*id as usize * width..][..width]);
            }
            if let Family::Bert { first_position } = encoder.config.family {
                for w in chunk.bounds.windows(2) {
                    let own = &first[w[0] * width..w[1] * width];
                    kernel::add_to(own, &mut self.positions[first_position * width..][..own.len()]);
                }
                if !self.types.is_empty() {
                    kernel::add_rows(first, &mut self.types[..width]);
                }
            }
        }
        Ok(())
    }

    /// Gradients of the last backward pass, in the order in which [`Encoder::load`] hands out weights.
    pub fn gradients(&self, encoder: &Encoder) -> Vec<&[f32]> {
        let biased = encoder.config.family != Family::ModernBert;
        let mut all: Vec<&[f32]> = vec![&self.table];
        all.extend(encoder.positions.as_ref().map(|_| self.positions.as_slice()));
        all.extend(encoder.types.as_ref().map(|_| self.types.as_slice()));
        fn both<'g>(all: &mut Vec<&'g [f32]>, own: &'g Gradient, biased: bool) {
            all.push(&own.w);
            all.extend(biased.then_some(own.b.as_slice()));
        }
        both(&mut all, &self.embedding_norm, biased);
        for (layer, own) in encoder.layers.iter().zip(&self.own) {
            if layer.attention_norm.is_some() {
                both(&mut all, &own.attention_norm, biased);
            }
            both(&mut all, &own.qkv, layer.qkv.b.is_some());
            both(&mut all, &own.out, layer.out.b.is_some());
            both(&mut all, &own.mlp_norm, biased);
            both(&mut all, &own.up, layer.up.b.is_some());
            both(&mut all, &own.down, layer.down.b.is_some());
        }
        if encoder.final_norm.is_some() {
            both(&mut all, &self.final_norm, biased);
        }
        all
    }
}
