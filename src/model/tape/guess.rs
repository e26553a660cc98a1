//! The masked-language-model head there and back.

use candle_core::{Result as CandleResult, Tensor, bail};

use crate::model::{
    decoder::Decoder,
    kernel::{self, Mat, Prepared},
};

use super::{Both, Gradient, backward, forward, norm, norm_back, with};

/// The head's matrices, prepared for one step: the dense layer, and the token embeddings in one of two
/// directions, so that two threads can prepare them.
#[derive(Default)]
pub struct GuessWeights {
    dense: Both,
    table: Prepared,
}

impl GuessWeights {
    /// Prepares the embeddings for the guesses (`part` 0) or for their gradient (1) as they are now.
    ///
    /// # Errors
    /// Only if shapes do not fit.
    pub fn prepare(&mut self, decoder: &Decoder, table: &Tensor, part: usize) -> CandleResult<()> {
        let how = decoder.arithmetic;
        let (vocabulary, width) = table.dims2()?;
        if part == 0 {
            self.dense.set(&decoder.dense.0, how)?;
        }
        with(table, |t| {
            let table = Mat::new(t, vocabulary, width);
            self.table.set(how, if part == 0 { table.t() } else { table });
        })
    }
}

/// Buffers of one thread for guessing masked tokens, and the gradients of the head.
#[derive(Default)]
pub struct GuessTape {
    dense: Vec<f32>,
    active: Vec<f32>,
    normed: Vec<f32>,
    votes: Vec<f32>,
    spare: Vec<f32>,
    inner: Vec<f32>,
    states: Vec<f32>,
    own_dense: Gradient,
    own_norm: Gradient,
    own_bias: Vec<f32>,
}

/// What the guesses of a batch came to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Guessed {
    /// Cross-entropy summed over the masked tokens.
    pub loss: f64,
    /// How many of them have their own token as the first guess.
    pub right: usize,
}

impl GuessTape {
    /// Guesses the tokens at masked places and goes back: `states` are `[places, hidden]`, `targets` the
    /// ids that were there; gradients are those of `scale` times the summed loss. The gradient of the
    /// token embeddings (`[vocabulary, hidden]`) goes to `table_gradient`.
    ///
    /// # Errors
    /// If the shapes do not fit, or a target lies outside the vocabulary.
    pub fn learn(
        &mut self,
        decoder: &Decoder,
        [there, back]: &[GuessWeights; 2],
        states: &[f32],
        targets: &[u32],
        scale: f32,
        table_gradient: &mut Vec<f32>,
    ) -> CandleResult<Guessed> {
        let (vocabulary, width) = (decoder.bias.elem_count(), there.dense.inputs);
        let places = targets.len();
        if states.len() != places * width || targets.iter().any(|t| *t as usize >= vocabulary) {
            bail!("{} numbers for {places} masked places do not fit a vocabulary of {vocabulary}", states.len());
        }
        let (how, eps) = (decoder.arithmetic, decoder.eps);
        let bias = decoder.dense.1.as_ref();
        forward((&there.dense, bias), states, &mut self.dense)?;
        self.active.resize(self.dense.len(), 0.0);
        kernel::gelu(&self.dense, &mut self.active);
        norm((&decoder.norm.0, &decoder.norm.1), eps, &self.active, &mut self.normed)?;

        let Self { normed, votes: d, .. } = self;
        d.resize(places * vocabulary, 0.0);
        kernel::product_prepared(d, vocabulary, false, Mat::new(normed, places, width), &there.table);
        with(&decoder.bias, |bias| kernel::add_to_rows(bias, d))?;
        let mut guessed = Guessed::default();
        for (row, target) in d.chunks_exact(vocabulary).zip(targets) {
            let own = row[*target as usize];
            guessed.right += usize::from(row.iter().all(|v| *v <= own));
        }
        kernel::softmax(d, vocabulary, None);
        for (row, target) in d.chunks_exact_mut(vocabulary).zip(targets) {
            let own = &mut row[*target as usize];
            // added, not bounded below: a NaN must stay one
            guessed.loss -= f64::from(*own + 1e-30).ln();
            *own -= 1.0;
        }
        kernel::scale(scale, d);

        self.own_bias.clear();
        self.own_bias.resize(vocabulary, 0.0);
        kernel::add_rows(d, &mut self.own_bias);
        table_gradient.resize(vocabulary * width, 0.0);
        let votes = Mat::new(d, places, vocabulary);
        kernel::product(how, table_gradient, width, false, votes.t(), Mat::new(normed, places, width));
        self.inner.resize(places * width, 0.0);
        kernel::product_prepared(&mut self.inner, width, false, votes, &back.table);
        let norm = &decoder.norm.0;
        norm_back(norm, eps, (&self.active, &self.inner), &mut self.spare, false, &mut self.own_norm)?;
        kernel::gelu_back(&self.dense, &self.spare, &mut self.inner);
        let dense = (&there.dense, bias.is_some());
        backward(dense, (states, &self.inner), &mut self.states, false, &mut self.own_dense);
        Ok(guessed)
    }

    /// Gradient towards the states of the last [`GuessTape::learn`].
    pub fn states(&self) -> &[f32] {
        &self.states
    }

    /// Gradients of the head's weights, in the order in which [`Decoder::load`] hands them out.
    pub fn gradients(&self, decoder: &Decoder) -> Vec<&[f32]> {
        let biased = decoder.dense.1.is_some();
        let mut all: Vec<&[f32]> = vec![&self.own_dense.w];
        all.extend(biased.then_some(self.own_dense.b.as_slice()));
        all.push(&self.own_norm.w);
        all.extend(biased.then_some(self.own_norm.b.as_slice()));
        all.push(&self.own_bias);
        all
    }
}
