//! One layer of the encoder on plain slices: forward, and the gradient towards its input from what the
//! forward pass kept.

use std::sync::Arc;

use crate::model::{
    attention::{Attention, Rotary},
    config::Family,
    kernel,
};

use super::dense::{Dense, Rows, Scratch, To};

pub(super) struct Norm {
    pub(super) w: Vec<f32>,
    pub(super) b: Vec<f32>,
    pub(super) eps: f32,
}

impl Norm {
    fn apply<'o>(&self, x: &[f32], out: &'o mut Vec<f32>) -> &'o [f32] {
        out.resize(x.len(), 0.0);
        kernel::layer_norm(x, &self.w, &self.b, self.eps, out);
        out
    }

    pub(super) fn in_place(&self, x: &mut [f32], buffer: &mut Vec<f32>) {
        self.apply(x, buffer);
        x.copy_from_slice(buffer);
    }

    /// Replaces the gradient of the result by the gradient of its input `x`.
    pub(super) fn back(&self, x: &[f32], g: &mut Vec<f32>, buffer: &mut Vec<f32>) {
        let n = self.w.len();
        let (mut dw, mut db) = (vec![0.0; n], vec![0.0; n]);
        buffer.resize(x.len(), 0.0);
        kernel::layer_norm_back((x, &self.w, self.eps), g, buffer, &mut dw, &mut db);
        std::mem::swap(g, buffer);
    }
}

pub(super) struct Layer {
    pub(super) family: Family,
    pub(super) heads: usize,
    /// Before attention (ModernBERT, none in layer 0) or after it (BERT).
    pub(super) attention_norm: Option<Norm>,
    pub(super) qkv: Dense,
    pub(super) out: Dense,
    /// Before the MLP (ModernBERT) or after it (BERT).
    pub(super) mlp_norm: Norm,
    pub(super) up: Dense,
    pub(super) down: Dense,
    pub(super) rotary: Option<Arc<Rotary>>,
    pub(super) window: Option<usize>,
}

/// What a forward pass leaves for the gradient: the input of each norm, and what attention and the
/// activation started from.
#[derive(Default)]
pub(super) struct Kept {
    before_attention: Vec<f32>,
    qkv: Vec<f32>,
    before_mlp: Vec<f32>,
    up: Vec<f32>,
}

/// Buffers of a layer.
pub(super) struct Buffers {
    pub(super) scratch: Scratch,
    pub(super) normed: Vec<f32>,
    wide: Vec<f32>,
    attended: Vec<f32>,
    /// Gradients on the way back.
    inner: Vec<f32>,
}

impl Buffers {
    pub(super) fn new(scratch: Scratch) -> Self {
        Self { scratch, normed: vec![], wide: vec![], attended: vec![], inner: vec![] }
    }
}

/// A copy in memory that is there already.
fn keep(place: &mut Vec<f32>, x: &[f32]) {
    place.clear();
    place.extend_from_slice(x);
}

fn add(x: &mut [f32], y: &[f32]) {
    kernel::add_to(y, x);
}

impl Layer {
    fn attention(&self, tokens: usize) -> Attention {
        Attention {
            bounds: [0, tokens].into(),
            heads: self.heads,
            rotary: self.rotary.clone(),
            window: self.window,
            arithmetic: self.qkv.arithmetic(),
        }
    }

    fn width(&self) -> usize {
        self.qkv.inputs
    }

    /// Replaces `x` by the layer's result; keeps what the gradient needs if asked to.
    pub(super) fn forward(&self, x: &mut [f32], b: &mut Buffers, mut kept: Option<&mut Kept>) {
        let modern = self.family == Family::ModernBert;
        let (width, tokens) = (self.width(), x.len() / self.width());
        if let Some(k) = &mut kept {
            keep(&mut k.before_attention, x);
        }
        let input = match &self.attention_norm {
            Some(norm) if modern => Rows::Normed(x, norm),
            _ => Rows::Plain(x),
        };
        b.wide.resize(tokens * self.qkv.outputs, 0.0);
        self.qkv.rows(input, To::Set, &mut b.wide, &mut b.scratch);
        b.attended.clear();
        b.attended.resize(x.len(), 0.0);
        self.attention(tokens).forward(&b.wide, &mut b.attended);
        if let Some(k) = &mut kept {
            keep(&mut k.qkv, &b.wide);
        }
        self.out.rows(Rows::Plain(&b.attended), To::Add, x, &mut b.scratch);
        if !modern {
            if let Some(k) = &mut kept {
                keep(&mut k.before_attention, x);
            }
            if let Some(norm) = &self.attention_norm {
                norm.in_place(x, &mut b.normed);
            }
        }
        if let Some(k) = &mut kept {
            keep(&mut k.before_mlp, x);
        }
        // a part of the rows at a time, so that what lies between the two maps stays in the cache
        let part = if kept.is_some() { tokens } else { self.up.part(tokens) };
        for x in x.chunks_mut(part * width) {
            b.wide.resize(x.len() / width * self.up.outputs, 0.0);
            let input = if modern { Rows::Normed(x, &self.mlp_norm) } else { Rows::Plain(x) };
            self.up.rows(input, To::Set, &mut b.wide, &mut b.scratch);
            if let Some(k) = &mut kept {
                keep(&mut k.up, &b.wide);
            }
            let inner = if modern { Rows::Geglu(&b.wide) } else { Rows::Gelu(&b.wide) };
            self.down.rows(inner, To::Add, x, &mut b.scratch);
        }
        if !modern {
            if let Some(k) = &mut kept {
                keep(&mut k.before_mlp, x);
            }
            self.mlp_norm.in_place(x, &mut b.normed);
        }
    }

    /// Replaces the gradient of the layer's result by the gradient of its input.
    pub(super) fn back(&self, g: &mut Vec<f32>, kept: &Kept, b: &mut Buffers) {
        let modern = self.family == Family::ModernBert;
        let tokens = g.len() / self.width();
        let Buffers { normed, wide, inner, .. } = b;
        if !modern {
            self.mlp_norm.back(&kept.before_mlp, g, normed);
        }
        self.down.back(g, inner);
        wide.resize(kept.up.len(), 0.0);
        if modern {
            kernel::geglu_back(&kept.up, self.down.inputs, inner, wide);
        } else {
            kernel::gelu_back(&kept.up, inner, wide);
        }
        self.up.back(wide, inner);
        if modern {
            self.mlp_norm.back(&kept.before_mlp, inner, normed);
        }
        add(g, inner);
        if let (false, Some(norm)) = (modern, &self.attention_norm) {
            norm.back(&kept.before_attention, g, normed);
        }
        self.out.back(g, inner);
        wide.clear();
        wide.resize(kept.qkv.len(), 0.0);
        self.attention(tokens).backward(&kept.qkv, inner, wide);
        self.qkv.back(wide, inner);
        if let (true, Some(norm)) = (modern, &self.attention_norm) {
            norm.back(&kept.before_attention, inner, normed);
        }
        add(g, inner);
    }
}
