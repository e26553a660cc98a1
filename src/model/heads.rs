//! Heads over one encoder. What is said of the whole text: first token and mean of all tokens side by
//! side, one tanh layer, then a linear map for each head (first token and mean together were the best
//! in the base's own trial). What is said of stretches: a linear map of each token's state (the tags
//! are those of [`super::spans`]).

use candle_core::{DType, Device, Result as CandleResult, Tensor};

use crate::domain::HeadKind;

use super::{
    ModelError,
    encoder::{Keep, Packed},
    labels::{HeadLabels, Labels},
    ops::linear,
    weights::Weights,
};

/// The heads with their weights.
pub struct Heads {
    /// Width 2·hidden → hidden; none if all heads are for stretches.
    pub(super) dense: Option<(Tensor, Tensor)>,
    pub(super) out: Vec<Out>,
}

/// The last map of one head.
pub(super) struct Out {
    name: String,
    pub(super) kind: HeadKind,
    pub(super) w: Tensor,
    pub(super) b: Tensor,
}

/// What the heads say about a batch.
pub struct Outputs {
    /// Logits of each head, in the order of the labels: `[sequences, labels]`, or `[tokens, tags]` for
    /// a span head.
    pub logits: Vec<Tensor>,
    /// Mean of the hidden states, `[sequences, hidden]`.
    pub mean: Tensor,
}

/// Name, inputs and outputs of each linear map.
fn maps(hidden: usize, labels: &Labels) -> Vec<(&str, usize, usize)> {
    let whole = labels.heads().iter().any(|h| h.kind != HeadKind::Span);
    let dense = whole.then_some(("dense", 2 * hidden, hidden));
    dense.into_iter().chain(labels.heads().iter().map(|h| (h.name.as_str(), hidden, h.outputs()))).collect()
}

/// Names of the tensors of a map.
fn names(map: &str) -> (String, String) {
    (format!("heads.{map}.weight"), format!("heads.{map}.bias"))
}

impl Heads {
    /// Loads the heads.
    ///
    /// # Errors
    /// Names the tensor that is missing or does not fit.
    pub fn load(hidden: usize, labels: &Labels, weights: &Weights, keep: &mut Keep<'_>) -> Result<Self, ModelError> {
        let depth = usize::MAX;
        let mut dense = None;
        let mut loaded = Vec::new();
        for (name, from, to) in maps(hidden, labels) {
            let (w, b) = names(name);
            let (tw, tb) = (weights.get(&w, &[to, from])?, weights.get(&b, &[to])?);
            let own = (keep(&w, depth, tw.t()?.contiguous()?)?, keep(&b, depth, tb)?);
            if name == "dense" {
                dense = Some(own);
            } else {
                loaded.push(own);
            }
        }
        let head = |(h, (w, b)): (&HeadLabels, (Tensor, Tensor))| Out { name: h.name.clone(), kind: h.kind, w, b };
        Ok(Self { dense, out: labels.heads().iter().zip(loaded).map(head).collect() })
    }

    /// Freshly drawn weights for training, under the names that [`Heads::load`] reads. `normal` draws
    /// from the standard normal distribution.
    ///
    /// # Errors
    /// Only if memory runs out.
    pub fn draw(
        hidden: usize,
        labels: &Labels,
        normal: &mut dyn FnMut() -> f32,
    ) -> CandleResult<Vec<(String, Tensor)>> {
        let mut all = Vec::new();
        for (name, from, to) in maps(hidden, labels) {
            let values: Vec<f32> = (0..from * to).map(|_| normal() * 0.02).collect();
            let (w, b) = names(name);
            all.push((w, Tensor::from_vec(values, (to, from), &Device::Cpu)?));
            all.push((b, Tensor::zeros(to, DType::F32, &Device::Cpu)?));
        }
        Ok(all)
    }

    /// Logits from hidden states `[tokens, hidden]`; `drop` is applied before each linear map (dropout
    /// in training).
    ///
    /// # Errors
    /// Only if memory runs out.
    pub fn forward(
        &self,
        batch: &Packed,
        hidden: &Tensor,
        drop: &mut dyn FnMut(Tensor) -> CandleResult<Tensor>,
    ) -> CandleResult<Outputs> {
        let n = batch.sequences();
        let starts: Vec<u32> = batch.bounds[..n].iter().map(|b| *b as u32).collect();
        let first = hidden.index_select(&Tensor::from_vec(starts, n, &Device::Cpu)?, 0)?;
        let tokens = batch.ids.len();
        let mut average = vec![0f32; n * tokens];
        for (row, w) in batch.bounds.windows(2).enumerate() {
            average[row * tokens + w[0]..row * tokens + w[1]].fill(1.0 / (w[1] - w[0]) as f32);
        }
        let mean = linear(&Tensor::from_vec(average, (n, tokens), &Device::Cpu)?, hidden, None)?;
        let whole = match &self.dense {
            Some((w, b)) => {
                let pooled = drop(Tensor::cat(&[&first, &mean], 1)?)?;
                Some(drop(linear(&pooled, w, Some(b))?.tanh()?)?)
            }
            None => None,
        };
        let spans = self.out.iter().any(|o| o.kind == HeadKind::Span);
        let states = if spans { Some(drop(hidden.clone())?) } else { None };
        let logits = self.out.iter().map(|o| {
            let from = if o.kind == HeadKind::Span { &states } else { &whole };
            let from = from.as_ref().ok_or_else(|| candle_core::Error::msg("a head has nothing to read"))?;
            linear(from, &o.w, Some(&o.b))
        });
        Ok(Outputs { logits: logits.collect::<CandleResult<_>>()?, mean })
    }

    /// All weights under the names and in the orientation that [`Heads::load`] reads.
    ///
    /// # Errors
    /// Only if memory runs out.
    pub fn to_hf(&self) -> CandleResult<Vec<(String, Tensor)>> {
        let mut all = Vec::new();
        let dense = self.dense.iter().map(|(w, b)| ("dense", w, b));
        for (map, w, b) in dense.chain(self.out.iter().map(|o| (o.name.as_str(), &o.w, &o.b))) {
            let (weight, bias) = names(map);
            all.push((weight, w.detach().t()?.contiguous()?));
            all.push((bias, b.detach()));
        }
        Ok(all)
    }
}
