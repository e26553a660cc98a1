//! One layer of the encoder on plain slices: forward, and the gradient towards its input from what the
//! forward pass kept.

use std::sync::Arc;

use crate::model::{
    attention::{Attention, Rotary},
    config::Family,
    kernel::{self, Arithmetic},
};

use super::dense::{Dense, Scratch};

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

    /// Gradient towards `x`.
    pub(super) fn back(&self, x: &[f32], g: &[f32]) -> Vec<f32> {
        let n = self.w.len();
        let (mut dx, mut dw, mut db) = (vec![0.0; x.len()], vec![0.0; n], vec![0.0; n]);
        kernel::layer_norm_back((x, &self.w, self.eps), g, &mut dx, &mut dw, &mut db);
        dx
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
    added: Vec<f32>,
}

impl Buffers {
    pub(super) fn new(scratch: Scratch) -> Self {
        Self { scratch, normed: vec![], wide: vec![], attended: vec![], added: vec![] }
    }
}

fn add(x: &mut [f32], y: &[f32]) {
    x.iter_mut().zip(y).for_each(|(x, y)| *x += y);
}

impl Layer {
    fn attention(&self, tokens: usize, arithmetic: Arithmetic) -> Attention {
        Attention {
            bounds: [0, tokens].into(),
            heads: self.heads,
            rotary: self.rotary.clone(),
            window: self.window,
            arithmetic,
        }
    }

    fn width(&self) -> usize {
        self.qkv.inputs
    }

    /// Replaces `x` by the layer's result; keeps what the gradient needs if asked to.
    pub(super) fn forward(&self, x: &mut [f32], b: &mut Buffers, mut kept: Option<&mut Kept>) {
        let modern = self.family == Family::ModernBert;
        let tokens = x.len() / self.width();
        if let Some(k) = &mut kept {
            k.before_attention = x.to_vec();
        }
        let input = match &self.attention_norm {
            Some(norm) if modern => norm.apply(x, &mut b.normed),
            _ => &*x,
        };
        self.qkv.apply(input, &mut b.wide, &mut b.scratch);
        b.attended.clear();
        b.attended.resize(x.len(), 0.0);
        self.attention(tokens, Arithmetic::F32).forward(&b.wide, &mut b.attended);
        if let Some(k) = &mut kept {
            k.qkv = b.wide.clone();
        }
        self.out.apply(&b.attended, &mut b.added, &mut b.scratch);
        add(x, &b.added);
        if !modern {
            if let Some(k) = &mut kept {
                k.before_attention = x.to_vec();
            }
            if let Some(norm) = &self.attention_norm {
                norm.in_place(x, &mut b.normed);
            }
        }
        if let Some(k) = &mut kept {
            k.before_mlp = x.to_vec();
        }
        let input = if modern { self.mlp_norm.apply(x, &mut b.normed) } else { &*x };
        self.up.apply(input, &mut b.wide, &mut b.scratch);
        if let Some(k) = &mut kept {
            k.up = b.wide.clone();
        }
        b.attended.resize(tokens * self.down.inputs, 0.0);
        if modern {
            kernel::geglu(&b.wide, self.down.inputs, &mut b.attended);
        } else {
            kernel::gelu(&b.wide, &mut b.attended);
        }
        self.down.apply(&b.attended, &mut b.added, &mut b.scratch);
        add(x, &b.added);
        if !modern {
            if let Some(k) = &mut kept {
                k.before_mlp = x.to_vec();
            }
            self.mlp_norm.in_place(x, &mut b.normed);
        }
    }

    /// Replaces the gradient of the layer's result by the gradient of its input.
    pub(super) fn back(&self, g: &mut Vec<f32>, kept: &Kept) {
        let modern = self.family == Family::ModernBert;
        let tokens = g.len() / self.width();
        let (mut inner, mut outer) = (Vec::new(), Vec::new());
        if !modern {
            *g = self.mlp_norm.back(&kept.before_mlp, g);
        }
        self.down.back(g, &mut inner);
        outer.resize(kept.up.len(), 0.0);
        if modern {
            kernel::geglu_back(&kept.up, self.down.inputs, &inner, &mut outer);
        } else {
            kernel::gelu_back(&kept.up, &inner, &mut outer);
        }
        self.up.back(&outer, &mut inner);
        if modern {
            inner = self.mlp_norm.back(&kept.before_mlp, &inner);
        }
        add(g, &inner);
        if let (false, Some(norm)) = (modern, &self.attention_norm) {
            *g = norm.back(&kept.before_attention, g);
        }
        self.out.back(g, &mut inner);
        outer.clear();
        outer.resize(kept.qkv.len(), 0.0);
        self.attention(tokens, self.qkv.gradients()).backward(&kept.qkv, &inner, &mut outer);
        self.qkv.back(&outer, &mut inner);
        if let (true, Some(norm)) = (modern, &self.attention_norm) {
            inner = norm.back(&kept.before_attention, &inner);
        }
        add(g, &inner);
    }
}
