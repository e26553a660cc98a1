//! The masked-language-model head of an encoder in its Hugging Face layouts: one dense layer, GELU and
//! norm, then the token embeddings again (tied) with a bias for each token.
//!
//! Only pre-training needs it; a bundle does not carry it.

use std::sync::Arc;

use candle_core::{CpuStorage, CustomOp3, DType, Device, Layout, Result as CandleResult, Shape, Tensor, bail};

use super::{
    ModelError,
    config::{EncoderConfig, Family},
    encoder::Keep,
    kernel::{self, Arithmetic, Mat},
    ops::{floats, gelu, layer_norm, linear_in},
    weights::Weights,
};

/// The head with its weights.
pub struct Decoder {
    pub(super) dense: (Tensor, Option<Tensor>),
    pub(super) norm: (Tensor, Tensor),
    pub(super) bias: Tensor,
    family: Family,
    pub(super) eps: f32,
    pub(super) arithmetic: Arithmetic,
}

/// Names of dense layer, norm and the bias of each token.
fn names(family: Family) -> (&'static str, &'static str, &'static str) {
    match family {
        Family::ModernBert => ("head.dense", "head.norm", "decoder.bias"),
        Family::Bert { first_position: 0 } => {
            ("cls.predictions.transform.dense", "cls.predictions.transform.LayerNorm", "cls.predictions.bias")
        }
        Family::Bert { .. } => ("lm_head.dense", "lm_head.layer_norm", "lm_head.bias"),
    }
}

/// What the guesses of a batch came to.
pub struct Guesses {
    /// Cross-entropy summed over the masked tokens (scalar, differentiable).
    pub loss: Tensor,
    /// How many of them have their own token as the first guess.
    pub right: usize,
}

impl Decoder {
    /// Loads the head.
    ///
    /// # Errors
    /// Names the tensor that is missing or does not fit.
    pub fn load(config: &EncoderConfig, weights: &Weights, keep: &mut Keep<'_>) -> Result<Self, ModelError> {
        let (dense, norm, bias) = names(config.family);
        let (h, depth, biased) = (config.hidden, usize::MAX, config.family != Family::ModernBert);
        let mut get = |name: String, shape: &[usize]| -> Result<Tensor, ModelError> {
            let t = weights.get(&name, shape)?;
            let t = if shape.len() == 2 { t.t()?.contiguous()? } else { t };
            Ok(keep(&name, depth, t)?)
        };
        let w = get(format!("{dense}.weight"), &[h, h])?;
        let b = if biased { Some(get(format!("{dense}.bias"), &[h])?) } else { None };
        let scale = get(format!("{norm}.weight"), &[h])?;
        let shift =
            if biased { get(format!("{norm}.bias"), &[h])? } else { Tensor::zeros(h, DType::F32, &Device::Cpu)? };
        let bias = get(bias.to_owned(), &[config.vocabulary])?;
        let (family, eps) = (config.family, config.eps as f32);
        Ok(Self { dense: (w, b), norm: (scale, shift), bias, family, eps, arithmetic: Arithmetic::F32 })
    }

    /// The same head with matrix products in other numbers.
    #[must_use]
    pub fn computing_in(self, arithmetic: Arithmetic) -> Self {
        Self { arithmetic, ..self }
    }

    /// Whether weights hold this head.
    pub fn is_in(config: &EncoderConfig, weights: &Weights) -> bool {
        weights.has(&format!("{}.weight", names(config.family).0))
    }

    /// Guesses the tokens at masked places: `hidden` are their states `[places, hidden]`, `table` the
    /// encoder's token embeddings `[vocabulary, hidden]`, `targets` the ids that were there.
    ///
    /// # Errors
    /// If the shapes do not fit, or a target lies outside the vocabulary.
    pub fn guess(&self, table: &Tensor, hidden: &Tensor, targets: &[u32]) -> CandleResult<Guesses> {
        let inner = gelu(&linear_in(self.arithmetic, hidden, &self.dense.0, self.dense.1.as_ref())?)?;
        let inner = layer_norm(&inner, &self.norm.0, &self.norm.1, self.eps)?;
        let both = inner.apply_op3(table, &self.bias, Guess(targets.into(), self.arithmetic))?;
        let right = both.get(1)?.to_scalar::<f32>()? as usize;
        Ok(Guesses { loss: both.get(0)?, right })
    }

    /// All weights under the names and in the orientation that [`Decoder::load`] reads.
    ///
    /// # Errors
    /// Only if memory runs out.
    pub fn to_hf(&self) -> CandleResult<Vec<(String, Tensor)>> {
        let (dense, norm, bias) = names(self.family);
        let mut all = vec![
            (format!("{dense}.weight"), self.dense.0.detach().t()?.contiguous()?),
            (format!("{norm}.weight"), self.norm.0.detach()),
            (bias.to_owned(), self.bias.detach()),
        ];
        if let Some(b) = &self.dense.1 {
            all.push((format!("{dense}.bias"), b.detach()));
            all.push((format!("{norm}.bias"), self.norm.1.detach()));
        }
        Ok(all)
    }
}

/// `[loss, right]` from states, token embeddings and biases. The probabilities (places × vocabulary,
/// the largest thing of a training step) are computed again for the gradient instead of being kept.
struct Guess(Arc<[u32]>, Arithmetic);

impl Guess {
    fn probabilities(&self, x: &[f32], table: &[f32], bias: &[f32], width: usize) -> (Vec<f32>, f64, usize) {
        let how = self.1;
        let mut p = bias.repeat(self.0.len());
        kernel::product(
            how,
            &mut p,
            bias.len(),
            true,
            Mat::new(x, self.0.len(), width),
            Mat::new(table, bias.len(), width).t(),
        );
        let mut right = 0;
        for (row, &target) in p.chunks_exact(bias.len()).zip(self.0.iter()) {
            let own = row[target as usize];
            right += usize::from(row.iter().all(|v| *v <= own));
        }
        kernel::softmax(&mut p, bias.len(), None);
        let own = p.chunks_exact(bias.len()).zip(self.0.iter()).map(|(row, &t)| f64::from(row[t as usize]));
        // added, not bounded below: a NaN must stay one
        let loss = own.map(|p| -(p + 1e-30).ln()).sum();
        (p, loss, right)
    }

    fn sizes(&self, l1: &Layout, l2: &Layout, l3: &Layout) -> CandleResult<(usize, usize)> {
        let ((places, width), (vocabulary, width2)) = (l1.shape().dims2()?, l2.shape().dims2()?);
        let biases = l3.shape().dims1()?;
        if places != self.0.len() || width != width2 || vocabulary != biases {
            bail!("masked places {:?}, embeddings {:?} and {biases} biases do not fit", l1.shape(), l2.shape());
        }
        if self.0.iter().any(|t| *t as usize >= vocabulary) {
            bail!("a masked token lies outside the vocabulary of {vocabulary}");
        }
        Ok((vocabulary, width))
    }
}

impl CustomOp3 for Guess {
    fn name(&self) -> &'static str {
        "guess"
    }

    fn cpu_fwd(
        &self,
        s1: &CpuStorage,
        l1: &Layout,
        s2: &CpuStorage,
        l2: &Layout,
        s3: &CpuStorage,
        l3: &Layout,
    ) -> CandleResult<(CpuStorage, Shape)> {
        let (_, width) = self.sizes(l1, l2, l3)?;
        let (_, loss, right) = self.probabilities(floats(s1, l1)?, floats(s2, l2)?, floats(s3, l3)?, width);
        Ok((CpuStorage::F32(vec![loss as f32, right as f32]), 2.into()))
    }

    fn bwd(
        &self,
        x: &Tensor,
        table: &Tensor,
        bias: &Tensor,
        _: &Tensor,
        g: &Tensor,
    ) -> CandleResult<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        // only the loss has a gradient, the count of right guesses has none
        let scale = g.get(0)?.to_scalar::<f32>()?;
        let all = x.apply_op3_no_bwd(table, bias, &GuessBack(Guess(self.0.clone(), self.1), scale))?;
        let ((places, width), vocabulary) = (x.dims2()?, bias.dim(0)?);
        let (from, to) = (places * width, (places + vocabulary) * width);
        Ok((
            Some(all.narrow(0, 0, from)?.reshape((places, width))?),
            Some(all.narrow(0, from, to - from)?.reshape((vocabulary, width))?),
            Some(all.narrow(0, to, vocabulary)?),
        ))
    }
}

/// Gradients of states, embeddings and biases, one after another in one vector.
struct GuessBack(Guess, f32);

impl CustomOp3 for GuessBack {
    fn name(&self) -> &'static str {
        "guess_back"
    }

    fn cpu_fwd(
        &self,
        s1: &CpuStorage,
        l1: &Layout,
        s2: &CpuStorage,
        l2: &Layout,
        s3: &CpuStorage,
        l3: &Layout,
    ) -> CandleResult<(CpuStorage, Shape)> {
        let (vocabulary, width) = self.0.sizes(l1, l2, l3)?;
        let (x, table, bias) = (floats(s1, l1)?, floats(s2, l2)?, floats(s3, l3)?);
        let (mut d, ..) = self.0.probabilities(x, table, bias, width);
        for (row, &target) in d.chunks_exact_mut(vocabulary).zip(self.0.0.iter()) {
            row[target as usize] -= 1.0;
            row.iter_mut().for_each(|v| *v *= self.1);
        }
        let places = self.0.0.len();
        let mut out = vec![0f32; (places + vocabulary) * width + vocabulary];
        let (dx, rest) = out.split_at_mut(places * width);
        let (dtable, dbias) = rest.split_at_mut(vocabulary * width);
        let (d, how) = (Mat::new(&d, places, vocabulary), self.0.1);
        kernel::product(how, dx, width, false, d, Mat::new(table, vocabulary, width));
        kernel::product(how, dtable, width, false, d.t(), Mat::new(x, places, width));
        kernel::add_rows(d.values(), dbias);
        let n = out.len();
        Ok((CpuStorage::F32(out), n.into()))
    }
}
