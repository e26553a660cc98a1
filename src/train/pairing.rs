//! Texts that belong together, told from the others of a step (InfoNCE, van den Oord et al. 2018), in both
//! directions: what teaches an encoder before it sees a label, and what keeps it from forgetting while it
//! learns them.

use std::borrow::Cow;

use candle_core::{D, DType, Device, Result as CandleResult, Tensor, Var};
use rand::{SeedableRng, rngs::StdRng, seq::SliceRandom};

use crate::{
    labelled::Part,
    model::{
        encoder::{Encoder, Packed},
        tape::{LayerWeights, Tape},
        tokenizer::Reader,
    },
};

use super::{
    TrainError,
    halves::Halves,
    vectors::{Pair, PairSources, read_pairs},
};

/// Pairs that figures are taken on.
pub(super) const MEASURED: usize = 512;
/// Cosines are divided by it.
pub(super) const TEMPERATURE: f64 = 0.05;

/// Two texts as tokens.
pub(super) type Two = [Vec<u32>; 2];

/// Pairs that are given, as tokens.
pub(super) struct Given {
    /// Those to learn from.
    pub(super) learned: Vec<Two>,
    /// Titles with their texts, kept from learning, to measure on.
    pub(super) tuned: Vec<Two>,
}

impl Given {
    pub(super) fn read(sources: &PairSources, reader: &Reader) -> Result<Self, TrainError> {
        let pairs =
            if sources.appeals.is_empty() && sources.questions.is_empty() { Vec::new() } else { read_pairs(sources)? };
        let ids = |p: &Pair| [&p.a, &p.b].map(|side| reader.read(side).ids);
        let of = |part: Part| pairs.iter().filter(move |p| p.part == part);
        Ok(Self {
            learned: of(Part::Train).map(ids).collect(),
            tuned: of(Part::Tune).filter(|p| p.titled).map(ids).take(MEASURED).collect(),
        })
    }
}

/// Pairs in an order of their own, all of them before any comes again.
#[derive(Default)]
pub(super) struct Turn(Vec<usize>);

impl Turn {
    /// The next of `pairs`; none of none.
    pub(super) fn next<'p>(&mut self, pairs: &'p [Two], rng: &mut StdRng) -> Option<&'p Two> {
        if self.0.is_empty() {
            self.0 = (0..pairs.len()).collect();
            self.0.shuffle(rng);
        }
        self.0.pop().and_then(|i| pairs.get(i))
    }
}

/// What one thread computes in, used again from step to step; holds the gradients of its half.
#[derive(Default)]
pub(super) struct Buffers {
    tape: Tape,
    used: bool,
}

impl Buffers {
    /// The gradients of the encoder's variables, if it had pairs.
    pub(super) fn gradients(&self, encoder: &Encoder) -> Option<Vec<Cow<'_, [f32]>>> {
        self.used.then(|| self.tape.gradients(encoder).into_iter().map(Cow::Borrowed).collect())
    }

    /// Loss of some pairs times `weight`, and its gradients; one pair alone has nothing to be told from.
    fn learn(
        &mut self,
        (encoder, prepared): (&Encoder, &[LayerWeights; 2]),
        pairs: &[&Two],
        (temperature, weight): (f64, f64),
    ) -> CandleResult<f32> {
        self.used = pairs.len() > 1;
        if !self.used {
            return Ok(0.0);
        }
        let sides = (0..2).flat_map(|side| pairs.iter().map(move |p| p[side].as_slice()));
        let packed = Packed::new(sides);
        let shape = (packed.ids.len(), encoder.config().hidden);
        let hidden = Var::from_slice(self.tape.forward(encoder, prepared, &packed)?, shape, &Device::Cpu)?;
        let loss = (loss(&means(&packed, hidden.as_tensor())?, temperature)? * weight)?;
        let back = loss.backward()?;
        let g = back.get(hidden.as_tensor()).ok_or_else(|| candle_core::Error::msg("the loss reads no state"))?;
        self.tape.backward(encoder, prepared, &g.flatten_all()?.to_vec1::<f32>()?, None)?;
        loss.to_scalar::<f32>()
    }
}

/// Mean loss of the pairs of a step times `weight`, every second one on a thread of its own and told from
/// those of its half alone; the gradients stay in the buffers.
pub(super) fn learn(
    (encoder, halves): (&Encoder, &Halves),
    prepared: &[LayerWeights; 2],
    pairs: &[Two],
    (temperature, weight): (f64, f64),
    buffers: &mut [Buffers; 2],
) -> Result<f32, TrainError> {
    let [left, right] = halves.both(buffers, |from, own: &mut Buffers| {
        let half: Vec<_> = pairs.iter().skip(from).step_by(2).collect();
        // each half is a half of the step
        own.learn((encoder, prepared), &half, (temperature, weight * 0.5))
    });
    Ok(left? + right?)
}

/// MRR of the first sides of all pairs looking for the second ones; 0 without pairs.
pub(super) fn found(encoder: &Encoder, pairs: &[Two]) -> Result<f64, TrainError> {
    let mut sides: [Vec<Vec<f32>>; 2] = Default::default();
    for (side, out) in sides.iter_mut().enumerate() {
        for chunk in pairs.chunks(16) {
            let packed = Packed::new(chunk.iter().map(|p| p[side].as_slice()));
            let states = encoder.encode(&packed, &encoder.embed(&packed)?.detach())?;
            out.extend(means(&packed, &states)?.to_vec2::<f32>()?);
        }
    }
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f32>();
    let ranks = sides[0].iter().enumerate().map(|(i, a)| {
        let own = dot(a, &sides[1][i]);
        let before = sides[1].iter().enumerate().filter(|(j, b)| *j != i && dot(a, b) >= own).count();
        1.0 / (before + 1) as f64
    });
    Ok(ranks.sum::<f64>() / pairs.len().max(1) as f64)
}

/// Unit means of each sequence's states, `[sequences, hidden]`.
fn means(packed: &Packed, hidden: &Tensor) -> CandleResult<Tensor> {
    let (n, tokens) = (packed.sequences(), packed.ids.len());
    let mut average = vec![0f32; n * tokens];
    for (row, w) in packed.bounds.windows(2).enumerate() {
        average[row * tokens + w[0]..row * tokens + w[1]].fill(1.0 / (w[1] - w[0]) as f32);
    }
    let mean = Tensor::from_vec(average, (n, tokens), &Device::Cpu)?.matmul(hidden)?;
    mean.broadcast_div(&(mean.sqr()?.sum_keepdim(1)? + 1e-12)?.sqrt()?)
}

/// Mean of both directions' cross-entropies; the first half of the rows looks for the second.
fn loss(units: &Tensor, temperature: f64) -> CandleResult<Tensor> {
    let n = units.dim(0)? / 2;
    let (a, b) = (units.narrow(0, 0, n)?, units.narrow(0, n, n)?);
    let cosines = (a.matmul(&b.t()?)? / temperature)?;
    let right = Tensor::eye(n, DType::F32, &Device::Cpu)?;
    let one = |t: &Tensor| (candle_nn::ops::log_softmax(t, D::Minus1)? * &right)?.sum_all();
    (one(&cosines)? + one(&cosines.t()?.contiguous()?)?)? / (-2.0 * n as f64)
}

/// Pairs that a fit keeps telling apart beside the labels.
#[derive(Clone, Debug)]
pub struct PairsBeside {
    /// Where they come from.
    pub sources: PairSources,
    /// Pairs at once, told from one another in two halves.
    pub batch: usize,
    /// Steps from one such batch to the next: many pairs seldom teach more than few pairs often.
    pub every: usize,
    /// Weight of their loss beside that of the labels.
    pub weight: f64,
    /// Longest side, in tokens.
    pub max_tokens: usize,
}

impl PairsBeside {
    /// What the shipped bundle was fitted beside.
    pub fn new(sources: PairSources) -> Self {
        Self { sources, batch: 96, every: 4, weight: 1.0, max_tokens: 128 }
    }
}

/// They, on their way through a fit.
pub(super) struct Beside {
    config: PairsBeside,
    given: Given,
    turn: Turn,
    rng: StdRng,
    buffers: [Buffers; 2],
}

impl Beside {
    pub(super) fn read(config: &PairsBeside, reader: &Reader, seed: u64) -> Result<Self, TrainError> {
        let given = Given::read(&config.sources, reader)?;
        if given.learned.len() < 2 {
            return Err(TrainError::Data("fewer than two pairs to tell apart: check --pairs".into()));
        }
        let rng = StdRng::seed_from_u64(seed);
        Ok(Self { config: config.clone(), given, turn: Turn::default(), rng, buffers: Default::default() })
    }

    /// The pairs of the next batch.
    fn drawn(&mut self) -> Vec<Two> {
        let next = |_| self.turn.next(&self.given.learned, &mut self.rng).cloned();
        (0..self.config.batch).filter_map(next).collect()
    }

    /// Draws what the first `steps` steps drew, so that the next one draws what it would have.
    pub(super) fn pass_over(&mut self, steps: usize) {
        (0..steps).step_by(self.config.every.max(1)).for_each(|_| drop(self.drawn()));
    }

    /// Loss of the pairs of this step, if it has any.
    pub(super) fn learn(
        &mut self,
        network: (&Encoder, &Halves),
        prepared: &[LayerWeights; 2],
        step: usize,
    ) -> Result<f32, TrainError> {
        self.buffers.iter_mut().for_each(|b| b.used = false);
        if !step.is_multiple_of(self.config.every.max(1)) {
            return Ok(0.0);
        }
        let pairs = self.drawn();
        learn(network, prepared, &pairs, (TEMPERATURE, self.config.weight), &mut self.buffers)
    }

    /// The gradients of this step.
    pub(super) fn gradients(&self, encoder: &Encoder) -> Vec<Vec<Cow<'_, [f32]>>> {
        self.buffers.iter().filter_map(|b| b.gradients(encoder)).collect()
    }

    /// How well titles kept apart find their texts.
    pub(super) fn found(&self, encoder: &Encoder) -> Result<f64, TrainError> {
        found(encoder, &self.given.tuned)
    }
}
