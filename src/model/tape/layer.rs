//! One layer there and back.

use candle_core::Result as CandleResult;

use crate::model::{attention::Attention, config::Family, encoder::Layer, kernel};

use super::{Gradient, backward as dense_back, forward as dense, norm, norm_back, weights::Four};

/// What a layer keeps for its way back.
#[derive(Default)]
pub(super) struct Kept {
    /// Input of the first norm (ModernBERT: the layer's own; BERT: the sum after attention).
    before_attention: Vec<f32>,
    /// Input of query, key and value, unless it is `before_attention` itself.
    input: Vec<f32>,
    qkv: Vec<f32>,
    attended: Vec<f32>,
    /// Input of the second norm.
    before_mlp: Vec<f32>,
    /// Input of the MLP.
    second: Vec<f32>,
    up: Vec<f32>,
    active: Vec<f32>,
}

/// Gradients of a layer's weights.
#[derive(Default)]
pub(super) struct LayerGradients {
    pub(super) attention_norm: Gradient,
    pub(super) qkv: Gradient,
    pub(super) out: Gradient,
    pub(super) mlp_norm: Gradient,
    pub(super) up: Gradient,
    pub(super) down: Gradient,
}

/// Buffers that hold nothing between layers.
#[derive(Default)]
pub(super) struct Spare {
    pub(super) narrow: Vec<f32>,
    inner: Vec<f32>,
    outer: Vec<f32>,
}

/// Replaces `x` by the layer's result.
pub(super) fn forward(
    (layer, weights): (&Layer, &Four),
    family: Family,
    eps: f32,
    attention: &Attention,
    x: &mut Vec<f32>,
    kept: &mut Kept,
) -> CandleResult<()> {
    let modern = family == Family::ModernBert;
    let Kept { before_attention, input, qkv, attended, before_mlp, second, up, active } = kept;
    std::mem::swap(if modern { before_attention } else { input }, x);
    let own: &[f32] = match &layer.attention_norm {
        Some(n) if modern => {
            norm(n.both(), eps, before_attention, input)?;
            input
        }
        None if modern => before_attention,
        _ => input,
    };
    dense((&weights.qkv, layer.qkv.b.as_ref()), own, qkv)?;
    attended.resize(own.len(), 0.0);
    attention.forward(qkv, attended);
    // the sum after attention
    dense((&weights.out, layer.out.b.as_ref()), attended, x)?;
    if modern {
        kernel::add_to(before_attention, x);
        std::mem::swap(before_mlp, x);
        norm(layer.mlp_norm.both(), eps, before_mlp, second)?;
    } else {
        kernel::add_to(input, x);
        match &layer.attention_norm {
            Some(n) => {
                std::mem::swap(before_attention, x);
                norm(n.both(), eps, before_attention, second)?;
            }
            None => std::mem::swap(second, x),
        }
    }
    dense((&weights.up, layer.up.b.as_ref()), second, up)?;
    let half = weights.down.inputs;
    active.resize(second.len() / weights.up.inputs * half, 0.0);
    if modern {
        kernel::geglu(up, half, active);
    } else {
        kernel::gelu(up, active);
    }
    dense((&weights.down, layer.down.b.as_ref()), active, x)?;
    if modern {
        kernel::add_to(before_mlp, x);
    } else {
        kernel::add_to(second, x);
        std::mem::swap(before_mlp, x);
        norm(layer.mlp_norm.both(), eps, before_mlp, x)?;
    }
    Ok(())
}

/// Replaces the gradient of the layer's result by that of its input; fills the gradients of its weights.
pub(super) fn backward(
    (layer, weights): (&Layer, &Four),
    (family, eps): (Family, f32),
    attention: &Attention,
    g: &mut Vec<f32>,
    kept: &Kept,
    spare: &mut Spare,
    (own, more): (&mut LayerGradients, bool),
) -> CandleResult<()> {
    let modern = family == Family::ModernBert;
    let Spare { narrow, inner, outer, .. } = spare;
    if !modern {
        norm_back(&layer.mlp_norm.w, eps, (&kept.before_mlp, g), narrow, more, &mut own.mlp_norm)?;
        std::mem::swap(g, narrow);
    }
    dense_back((&weights.down, layer.down.b.is_some()), (&kept.active, g), inner, more, &mut own.down);
    outer.resize(kept.up.len(), 0.0);
    if modern {
        kernel::geglu_back(&kept.up, weights.down.inputs, inner, outer);
    } else {
        kernel::gelu_back(&kept.up, inner, outer);
    }
    dense_back((&weights.up, layer.up.b.is_some()), (&kept.second, outer), inner, more, &mut own.up);
    if modern {
        norm_back(&layer.mlp_norm.w, eps, (&kept.before_mlp, inner), narrow, more, &mut own.mlp_norm)?;
        kernel::add_to(narrow, g);
    } else {
        kernel::add_to(inner, g);
        if let Some(n) = &layer.attention_norm {
            norm_back(&n.w, eps, (&kept.before_attention, g), narrow, more, &mut own.attention_norm)?;
            std::mem::swap(g, narrow);
        }
    }
    dense_back((&weights.out, layer.out.b.is_some()), (&kept.attended, g), inner, more, &mut own.out);
    outer.resize(kept.qkv.len(), 0.0);
    attention.backward(&kept.qkv, inner, outer);
    let normed = modern && layer.attention_norm.is_some();
    let input = if modern && !normed { &kept.before_attention } else { &kept.input };
    dense_back((&weights.qkv, layer.qkv.b.is_some()), (input, outer), inner, more, &mut own.qkv);
    match &layer.attention_norm {
        Some(n) if modern => {
            norm_back(&n.w, eps, (&kept.before_attention, inner), narrow, more, &mut own.attention_norm)?;
            kernel::add_to(narrow, g);
        }
        _ => kernel::add_to(inner, g),
    }
    Ok(())
}
