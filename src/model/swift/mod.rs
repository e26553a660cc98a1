//! Encoder and heads as they serve: weights taken out of their tensors once, plain slices, buffers that
//! are used again, no tape. One sequence at a time, so nothing is padded and the answer to an appeal
//! does not depend on its company.
//!
//! [`super::encoder::Encoder`] is the reference: in f32 this computes the same, in 8-bit integers
//! nearly the same (both tested).

mod dense;
mod layer;

use std::cell::RefCell;

use candle_core::{Result as CandleResult, Tensor};

use crate::domain::HeadKind;

use super::{
    ModelError,
    config::Family,
    encoder::{self, Encoder},
    heads::Heads,
    kernel::{self, int8::Instructions},
    vector::Projection,
};
use dense::{Dense, Scratch};
use layer::{Buffers, Kept, Layer, Norm};

/// How the linear maps of the encoder are computed (the heads always in f32).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Precision {
    /// 32-bit floating point.
    Float,
    /// 8-bit integers: weights with a scale for each output, inputs with a scale for each token.
    #[default]
    Int8,
}

/// An encoder with its heads, ready to answer.
pub(super) struct Swift {
    family: Family,
    hidden: usize,
    longest: usize,
    tokens: Vec<f32>,
    /// Position embeddings plus the one token type (BERT).
    positions: Vec<f32>,
    embedding_norm: Norm,
    layers: Vec<Layer>,
    final_norm: Option<Norm>,
    /// What is said of the whole text; none if all heads are for stretches.
    whole: Option<Whole>,
    /// Tags of each token, of all span heads side by side.
    tags: Option<Dense>,
    projection: Option<Projection>,
}

/// First token and mean → one inner layer → all heads side by side.
struct Whole {
    inner: Dense,
    heads: Dense,
}

/// What the heads say of one sequence.
pub(super) struct Answer {
    /// Logits of the heads for the whole text, one after another.
    pub(super) logits: Vec<f32>,
    /// Logits of the tags of each token, of all span heads one after another.
    pub(super) tags: Vec<f32>,
    /// The sentence vector, not yet at unit length.
    pub(super) vector: Vec<f32>,
}

/// Buffers for one sequence after another; one for each thread.
pub(super) struct Workspace {
    buffers: Buffers,
    x: Vec<f32>,
    means: Vec<f32>,
    pooled: Vec<f32>,
    inner: Vec<f32>,
    /// What each layer leaves for the gradient.
    kept: Vec<Kept>,
}

impl Workspace {
    pub(super) fn new() -> Self {
        let buffers = Buffers::new(Scratch::new(Instructions::best()));
        Self { buffers, x: vec![], means: vec![], pooled: vec![], inner: vec![], kept: vec![] }
    }

    /// Works with the workspace of this thread: asking the system for its pages anew takes as long as a
    /// short answer. It stays as large as the longest sequence made it (a few MB).
    pub(super) fn own<R>(work: impl FnOnce(&mut Self) -> R) -> R {
        thread_local! {
            static OWN: RefCell<Workspace> = RefCell::new(Workspace::new());
        }
        OWN.with_borrow_mut(work)
    }
}

fn values(t: &Tensor) -> CandleResult<Vec<f32>> {
    t.flatten_all()?.to_vec1()
}

impl Swift {
    pub(super) fn new(
        encoder: &Encoder,
        heads: &Heads,
        projection: Option<Projection>,
        precision: Precision,
    ) -> CandleResult<Self> {
        let config = &encoder.config;
        let norm = |n: &encoder::Norm| -> CandleResult<Norm> {
            Ok(Norm { w: values(&n.w)?, b: values(&n.b)?, eps: config.eps as f32 })
        };
        let dense = |d: &encoder::Dense| Dense::new(&d.w, d.b.as_ref(), precision);
        let layers = encoder.layers.iter().map(|l| {
            Ok(Layer {
                family: config.family,
                heads: config.heads,
                attention_norm: l.attention_norm.as_ref().map(norm).transpose()?,
                qkv: dense(&l.qkv)?,
                out: dense(&l.out)?,
                mlp_norm: norm(&l.mlp_norm)?,
                up: dense(&l.up)?,
                down: dense(&l.down)?,
                rotary: l.rotary.clone(),
                window: l.window,
            })
        });
        let layers = layers.collect::<CandleResult<Vec<_>>>()?;
        let mut positions = encoder.positions.as_ref().map(values).transpose()?.unwrap_or_default();
        if let Some(types) = &encoder.types {
            let first = values(&types.narrow(0, 0, 1)?)?;
            positions.chunks_exact_mut(config.hidden).for_each(|p| p.iter_mut().zip(&first).for_each(|(p, t)| *p += t));
        }
        let side_by_side = |spans: bool| -> CandleResult<Option<Dense>> {
            let own = || heads.out.iter().filter(|o| (o.kind == HeadKind::Span) == spans);
            let (weights, biases): (Vec<&Tensor>, Vec<&Tensor>) = own().map(|o| (&o.w, &o.b)).unzip();
            if weights.is_empty() {
                return Ok(None);
            }
            let (weights, bias) = (Tensor::cat(&weights, 1)?, Tensor::cat(&biases, 0)?);
            Dense::new(&weights, Some(&bias), Precision::Float).map(Some)
        };
        let inner = heads.dense.as_ref().map(|(w, b)| Dense::new(w, Some(b), Precision::Float)).transpose()?;
        Ok(Self {
            family: config.family,
            hidden: config.hidden,
            longest: config.longest(),
            tokens: values(&encoder.tokens)?,
            positions,
            embedding_norm: norm(&encoder.embedding_norm)?,
            layers,
            final_norm: encoder.final_norm.as_ref().map(norm).transpose()?,
            whole: inner.zip(side_by_side(false)?).map(|(inner, heads)| Whole { inner, heads }),
            tags: side_by_side(true)?,
            projection,
        })
    }

    fn embedding(&self, id: u32) -> &[f32] {
        let at = id as usize * self.hidden;
        self.tokens.get(at..at + self.hidden).unwrap_or_default()
    }

    /// Token embeddings, with positions where the layout has them.
    fn embed(&self, ids: &[u32], x: &mut Vec<f32>) {
        x.clear();
        ids.iter().for_each(|id| x.extend_from_slice(self.embedding(*id)));
        if let Family::Bert { first_position } = self.family {
            let own = self.positions.iter().skip(first_position * self.hidden);
            x.iter_mut().zip(own).for_each(|(x, p)| *x += p);
        }
    }

    /// Whether a sequence of ids can be answered.
    pub(super) fn check(&self, ids: &[u32]) -> Result<(), ModelError> {
        if ids.is_empty() || ids.len() > self.longest {
            return Err(ModelError::Mismatch(format!(
                "a sequence of {} tokens; the encoder reads 1 to {}",
                ids.len(),
                self.longest
            )));
        }
        let known = self.tokens.len() / self.hidden;
        match ids.iter().find(|id| **id as usize >= known) {
            Some(id) => Err(ModelError::Mismatch(format!("token {id}; the encoder knows {known}"))),
            None => Ok(()),
        }
    }

    /// Answers one sequence; its ids lie in the vocabulary (the tokenizer was checked against it).
    pub(super) fn answer(&self, ids: &[u32], space: &mut Workspace) -> Answer {
        self.states(ids, space);
        let Workspace { buffers, x, means, pooled, inner, .. } = space;
        self.pool(x, pooled);
        self.say(x, (pooled, means), inner, &mut buffers.scratch)
    }

    /// Means of the embeddings and of all layers' results, one after another.
    pub(super) fn means<'w>(&self, ids: &[u32], space: &'w mut Workspace) -> &'w [f32] {
        self.states(ids, space);
        &space.means
    }

    /// How many numbers [`Swift::means`] gives.
    pub(super) fn all_means(hidden: usize, layers: usize) -> usize {
        (layers + 1) * hidden
    }

    fn states(&self, ids: &[u32], space: &mut Workspace) {
        let Workspace { buffers, x, means, .. } = space;
        means.clear();
        self.embed(ids, x);
        self.embedding_norm.in_place(x, &mut buffers.normed);
        self.mean(x, means);
        for (i, layer) in self.layers.iter().enumerate() {
            layer.forward(x, buffers, None);
            self.after(i, x, &mut buffers.normed, means);
        }
    }

    /// The final norm after the last layer, and the mean of what a layer left.
    fn after(&self, layer: usize, x: &mut [f32], normed: &mut Vec<f32>, means: &mut Vec<f32>) {
        if let (true, Some(norm)) = (layer + 1 == self.layers.len(), &self.final_norm) {
            norm.in_place(x, normed);
        }
        self.mean(x, means);
    }

    fn mean(&self, x: &[f32], means: &mut Vec<f32>) {
        let from = means.len();
        means.resize(from + self.hidden, 0.0);
        let mean = &mut means[from..];
        kernel::add_rows(x, mean);
        kernel::scale(self.hidden as f32 / x.len() as f32, mean);
    }

    /// First token and mean side by side.
    fn pool(&self, x: &[f32], pooled: &mut Vec<f32>) {
        pooled.clear();
        pooled.extend_from_slice(&x[..self.hidden]);
        pooled.resize(2 * self.hidden, 0.0);
        let mean = &mut pooled[self.hidden..];
        kernel::add_rows(x, mean);
        kernel::scale(self.hidden as f32 / x.len() as f32, mean);
    }

    fn say(&self, x: &[f32], (pooled, means): (&[f32], &[f32]), inner: &mut Vec<f32>, scratch: &mut Scratch) -> Answer {
        let (mut logits, mut tags) = (Vec::new(), Vec::new());
        if let Some(whole) = &self.whole {
            whole.inner.apply(pooled, inner, scratch);
            kernel::tanh(inner);
            whole.heads.apply(inner, &mut logits, scratch);
        }
        if let Some(map) = &self.tags {
            map.apply(x, &mut tags, scratch);
        }
        let vector = match &self.projection {
            Some(projection) => projection.apply(means),
            None => pooled[self.hidden..].to_vec(),
        };
        Answer { logits, tags, vector }
    }

    /// As [`Swift::answer`], and how strongly each token speaks for the output (for the whole text) that
    /// `choose` names: gradient × input at the token embeddings.
    pub(super) fn explained(
        &self,
        ids: &[u32],
        space: &mut Workspace,
        choose: impl FnOnce(&[f32]) -> usize,
    ) -> (Answer, Vec<f32>) {
        let Workspace { buffers, x, means, pooled, inner, kept } = space;
        means.clear();
        self.embed(ids, x);
        let embedded = x.clone();
        self.embedding_norm.in_place(x, &mut buffers.normed);
        self.mean(x, means);
        kept.resize_with(self.layers.len(), Kept::default);
        let mut last = Vec::new();
        for (i, (layer, kept)) in self.layers.iter().zip(&mut *kept).enumerate() {
            layer.forward(x, buffers, Some(kept));
            if i + 1 == self.layers.len() {
                last.clone_from(x);
            }
            self.after(i, x, &mut buffers.normed, means);
        }
        self.pool(x, pooled);
        let answer = self.say(x, (pooled, means), inner, &mut buffers.scratch);
        let Some(whole) = &self.whole else { return (answer, vec![0.0; ids.len()]) };

        let output = choose(&answer.logits);
        let outer: Vec<f32> = whole.heads.column(output).zip(inner.iter()).map(|(w, t)| w * (1.0 - t * t)).collect();
        let mut dpooled = Vec::new();
        whole.inner.back(&outer, &mut dpooled);
        let share = self.hidden as f32 / x.len() as f32;
        let mean: Vec<f32> = dpooled[self.hidden..].iter().map(|g| g * share).collect();
        let mut g = mean.repeat(ids.len());
        g.iter_mut().zip(&dpooled[..self.hidden]).for_each(|(g, d)| *g += d);
        if let Some(norm) = &self.final_norm {
            norm.back(&last, &mut g, &mut buffers.normed);
        }
        for (layer, kept) in self.layers.iter().zip(kept).rev() {
            layer.back(&mut g, kept, buffers);
        }
        self.embedding_norm.back(&embedded, &mut g, &mut buffers.normed);
        let strengths = ids
            .iter()
            .zip(g.chunks_exact(self.hidden))
            .map(|(id, g)| g.iter().zip(self.embedding(*id)).map(|(g, e)| g * e).sum());
        let strengths = strengths.collect();
        (answer, strengths)
    }
}
