//! Five heads over one encoder: first token and mean of all tokens side by side, one tanh layer, then
//! a linear map for each head (first token and mean together were the best in the base's own trial).

use candle_core::{DType, Device, Result as CandleResult, Tensor};

use super::{
    ModelError,
    encoder::{Keep, Packed},
    labels::HEADS,
    ops::linear,
    weights::Weights,
};

/// The heads with their weights.
pub struct Heads {
    pub(super) dense: (Tensor, Tensor),
    pub(super) out: Vec<(Tensor, Tensor)>,
}

/// What the heads say about a batch.
pub struct Outputs {
    /// Logits `[sequences, labels]` of each head, in the order of [`HEADS`].
    pub logits: Vec<Tensor>,
    /// Mean of the hidden states, `[sequences, hidden]`.
    pub mean: Tensor,
}

impl Heads {
    /// Loads the heads; `sizes` are the numbers of labels.
    ///
    /// # Errors
    /// Names the tensor that is missing or does not fit.
    pub fn load(hidden: usize, sizes: [usize; 5], weights: &Weights, keep: &mut Keep<'_>) -> Result<Self, ModelError> {
        let depth = usize::MAX;
        let mut dense = |name: &str, from: usize, to: usize| -> Result<(Tensor, Tensor), ModelError> {
            let (w, b) = (format!("heads.{name}.weight"), format!("heads.{name}.bias"));
            let (tw, tb) = (weights.get(&w, &[to, from])?, weights.get(&b, &[to])?);
            Ok((keep(&w, depth, tw.t()?.contiguous()?)?, keep(&b, depth, tb)?))
        };
        let inner = dense("dense", 2 * hidden, hidden)?;
        let out = HEADS.iter().zip(sizes).map(|(name, n)| dense(name, hidden, n)).collect::<Result<_, _>>()?;
        Ok(Self { dense: inner, out })
    }

    /// Freshly drawn weights for training, under the names that [`Heads::load`] reads. `normal` draws
    /// from the standard normal distribution.
    ///
    /// # Errors
    /// Only if memory runs out.
    pub fn draw(
        hidden: usize,
        sizes: [usize; 5],
        normal: &mut dyn FnMut() -> f32,
    ) -> CandleResult<Vec<(String, Tensor)>> {
        let mut all = Vec::new();
        let dims = std::iter::once(("dense", 2 * hidden, hidden));
        for (name, from, to) in dims.chain(HEADS.into_iter().zip(sizes).map(|(h, n)| (h, hidden, n))) {
            let values: Vec<f32> = (0..from * to).map(|_| normal() * 0.02).collect();
            all.push((format!("heads.{name}.weight"), Tensor::from_vec(values, (to, from), &Device::Cpu)?));
            all.push((format!("heads.{name}.bias"), Tensor::zeros(to, DType::F32, &Device::Cpu)?));
        }
        Ok(all)
    }

    /// Logits from hidden states; `drop` is applied before each linear map (dropout in training).
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
        let pooled = drop(Tensor::cat(&[&first, &mean], 1)?)?;
        let inner = drop(linear(&pooled, &self.dense.0, Some(&self.dense.1))?.tanh()?)?;
        let logits = self.out.iter().map(|(w, b)| linear(&inner, w, Some(b))).collect::<CandleResult<_>>()?;
        Ok(Outputs { logits, mean })
    }

    /// All weights under the names and in the orientation that [`Heads::load`] reads.
    ///
    /// # Errors
    /// Only if memory runs out.
    pub fn to_hf(&self) -> CandleResult<Vec<(String, Tensor)>> {
        let mut all = Vec::new();
        for (name, (w, b)) in std::iter::once("dense").chain(HEADS).zip(std::iter::once(&self.dense).chain(&self.out)) {
            all.push((format!("heads.{name}.weight"), w.detach().t()?.contiguous()?));
            all.push((format!("heads.{name}.bias"), b.detach()));
        }
        Ok(all)
    }
}
