//! Encoder and masked-language-model head over variables: one data-parallel step, and figures on text
//! kept apart.

use std::borrow::Cow;

use candle_core::{Device, Result as CandleResult, Tensor, Var};

use crate::model::{
    Arithmetic, ModelError,
    config::EncoderConfig,
    decoder::Decoder,
    encoder::{Encoder, Packed},
    tape::{GuessTape, GuessWeights, Guessed, LayerWeights, Tape},
    weights::Weights,
};

use super::{Halves, Slot, TrainError, masks::Hidden};

pub(super) struct Network {
    encoder: Encoder,
    decoder: Decoder,
    halves: Halves,
}

/// Loss (mean) and hits of a batch.
pub(super) struct Step {
    pub(super) loss: f32,
    pub(super) right: usize,
    pub(super) places: usize,
}

/// All matrices as a step reads them.
#[derive(Default)]
pub(super) struct Prepared {
    layers: [LayerWeights; 2],
    guess: [GuessWeights; 2],
}

/// What one thread computes in, used again from step to step; holds the gradients of its half.
#[derive(Default)]
pub(super) struct Buffers {
    tape: Tape,
    guess: GuessTape,
    states: Vec<f32>,
    hidden: Vec<f32>,
    table: Vec<f32>,
    /// Whether the half had anything to guess.
    used: bool,
}

/// Rows of the masked places in the packed batch, and what was there.
fn places(sequences: &[&Hidden], packed: &Packed) -> (Vec<u32>, Vec<u32>) {
    let own = sequences.iter().zip(packed.bounds.iter());
    own.flat_map(|(h, from)| h.places.iter().map(move |(p, id)| ((from + p) as u32, *id))).unzip()
}

impl Network {
    pub(super) fn new(
        config: &EncoderConfig,
        weights: Option<Weights>,
        seed: u64,
        arithmetic: Arithmetic,
    ) -> Result<(Self, Vec<Slot>), TrainError> {
        let mut slots = Vec::new();
        let mut keep = |_: &str, _: usize, t: Tensor| -> CandleResult<Tensor> {
            let var = Var::from_tensor(&t)?;
            let tensor = var.as_tensor().clone();
            slots.push(Slot::new(var, 1.0));
            Ok(tensor)
        };
        let drawn = Weights::drawn(seed, config.layers);
        let weights = weights.as_ref().unwrap_or(&drawn);
        let encoder = Encoder::load(config, weights, &mut keep)?;
        let head = if Decoder::is_in(config, weights) { weights } else { &drawn };
        let decoder = Decoder::load(config, head, &mut keep)?;
        let (encoder, decoder) = (encoder.computing_in(arithmetic), decoder.computing_in(arithmetic));
        Ok((Self { encoder, decoder, halves: Halves::new()? }, slots))
    }

    pub(super) fn tensors(&self) -> Result<Vec<(String, Tensor)>, ModelError> {
        let mut all = self.encoder.to_hf()?;
        all.extend(self.decoder.to_hf()?);
        Ok(all)
    }

    /// Loss and hits of some sequences, gradients for `scale` times the loss.
    fn learn(
        &self,
        prepared: &Prepared,
        sequences: &[&Hidden],
        scale: f32,
        own: &mut Buffers,
    ) -> CandleResult<Guessed> {
        let packed = Packed::new(sequences.iter().map(|h| h.ids.as_slice()));
        let (at, targets) = places(sequences, &packed);
        own.used = !targets.is_empty();
        if !own.used {
            return Ok(Guessed::default());
        }
        let Buffers { tape, guess, states, hidden, table, .. } = own;
        let width = self.encoder.config().hidden;
        states.clear();
        let all = tape.forward(&self.encoder, &prepared.layers, &packed)?;
        at.iter().for_each(|p| states.extend_from_slice(&all[*p as usize * width..][..width]));
        let guessed = guess.learn(&self.decoder, &prepared.guess, states, &targets, scale, table)?;
        hidden.clear();
        hidden.resize(packed.ids.len() * width, 0.0);
        for (p, g) in at.iter().zip(guess.states().chunks_exact(width)) {
            hidden[*p as usize * width..][..width].copy_from_slice(g);
        }
        tape.backward(&self.encoder, &prepared.layers, hidden, Some(table))?;
        Ok(guessed)
    }

    fn prepare(&self, prepared: &mut Prepared) -> CandleResult<()> {
        let [first, second] = &mut prepared.layers;
        let [there, back] = &mut prepared.guess;
        let mut parts = [(first, there), (second, back)];
        let [first, second] = self.halves.both(&mut parts, |n, (layers, guess)| {
            layers.prepare(&self.encoder, n)?;
            guess.prepare(&self.decoder, self.encoder.table(), n)
        });
        first.and(second)
    }

    /// One batch in two halves on two threads; the halves are fixed by the order of sequences, so the
    /// sum is the same on every run.
    pub(super) fn gradients(
        &self,
        batch: &[Hidden],
        prepared: &mut Prepared,
        buffers: &mut [Buffers; 2],
    ) -> Result<Step, TrainError> {
        let places: usize = batch.iter().map(|h| h.places.len()).sum();
        let scale = 1.0 / places.max(1) as f32;
        self.prepare(prepared)?;
        let prepared = &*prepared;
        let half = |from: usize, own: &mut Buffers| {
            let sequences: Vec<&Hidden> = batch.iter().skip(from).step_by(2).collect();
            self.learn(prepared, &sequences, scale, own)
        };
        let [left, right] = self.halves.both(buffers, half);
        let (left, right) = (left?, right?);
        let loss = ((left.loss + right.loss) * f64::from(scale)) as f32;
        Ok(Step { loss, right: left.right + right.right, places })
    }

    /// The gradients that a thread's buffers hold, one for each variable.
    pub(super) fn slices<'b>(&self, own: &'b Buffers) -> Option<Vec<Cow<'b, [f32]>>> {
        let all = own.tape.gradients(&self.encoder).into_iter().chain(own.guess.gradients(&self.decoder));
        own.used.then(|| all.map(Cow::Borrowed).collect())
    }

    /// Summed loss and hits over some sequences, without a way back.
    fn guess(&self, sequences: &[&Hidden]) -> CandleResult<Option<(f64, usize)>> {
        let packed = Packed::new(sequences.iter().map(|h| h.ids.as_slice()));
        let (at, targets) = places(sequences, &packed);
        if targets.is_empty() {
            return Ok(None);
        }
        let states = self.encoder.encode(&packed, &self.encoder.embed(&packed)?.detach())?;
        let n = at.len();
        let states = states.index_select(&Tensor::from_vec(at, n, &Device::Cpu)?, 0)?;
        let guesses = self.decoder.guess(self.encoder.table(), &states, &targets)?;
        Ok(Some((f64::from(guesses.loss.to_scalar::<f32>()?), guesses.right)))
    }

    /// Mean loss and share of hits on sequences, without learning from them.
    pub(super) fn measure(&self, sequences: &[Hidden]) -> Result<(f32, f32), TrainError> {
        let (mut loss, mut right, mut places) = (0f64, 0, 0);
        for chunk in sequences.chunks(8) {
            let own: Vec<&Hidden> = chunk.iter().collect();
            if let Some((own_loss, hits)) = self.guess(&own)? {
                loss += own_loss;
                right += hits;
                places += chunk.iter().map(|h| h.places.len()).sum::<usize>();
            }
        }
        let n = places.max(1) as f64;
        Ok(((loss / n) as f32, (right as f64 / n) as f32))
    }
}
