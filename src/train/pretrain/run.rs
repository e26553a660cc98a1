//! The run: batches of hidden tokens, data-parallel steps, a level learning rate that falls at the end,
//! checkpoints.

use std::{
    fs,
    path::PathBuf,
    time::{Duration, Instant},
};

use rand::{SeedableRng, rngs::StdRng};

use crate::model::{
    Arithmetic, ModelError,
    config::{CONFIG_FILE, EncoderConfig},
    tokenizer::{Reader, TOKENIZER_FILE},
    weights::{WEIGHTS_FILE, Weights},
};

use super::{
    AdamW, TrainError,
    checkpoint::{self, State},
    corpus::{Corpus, Item},
    masks::{Hidden, Vocabulary, hide},
    network::{Buffers, Network, Prepared, Step},
};

/// What to read and how to learn from it.
#[derive(Clone, Debug)]
pub struct PretrainConfig {
    /// TOML that names files and their weights.
    pub recipe: PathBuf,
    /// Folders of those files.
    pub texts: Vec<PathBuf>,
    /// Encoder to start from: `config.json`, `tokenizer.json` and, unless it starts from nothing,
    /// `model.safetensors`.
    pub encoder: PathBuf,
    /// Directory of the checkpoint; one that is there is continued.
    pub out: PathBuf,
    /// Tokens of the whole run.
    pub tokens: u64,
    /// Tokens of a step.
    pub batch: usize,
    /// Longest sequence.
    pub max_tokens: usize,
    /// Level of the learning rate.
    pub lr: f32,
    /// Steps until the learning rate has risen to its level.
    pub warm: u64,
    /// Last share of the run in which the learning rate falls to zero.
    pub decay: f32,
    /// Share of sequences whose tokens are hidden by whole words.
    pub whole_words: f32,
    /// Time between checkpoints.
    pub every: Duration,
    /// Numbers of the matrix products.
    pub arithmetic: Arithmetic,
    /// Draws everything that is drawn; a continued run keeps its own.
    pub seed: u64,
}

/// What is happening.
#[derive(Clone, Debug)]
pub enum PretrainProgress {
    /// A file was tokenised.
    Read {
        /// Its name.
        file: String,
        /// Tokens in it.
        tokens: usize,
    },
    /// Training begins.
    Start {
        /// Tokens of the text, before weights.
        text: usize,
        /// Tokens that an earlier part of the run has seen.
        seen: u64,
    },
    /// Some steps later.
    Step {
        /// Tokens seen.
        tokens: u64,
        /// Mean cross-entropy of hidden tokens since the last report.
        loss: f32,
        /// Share guessed right since the last report.
        right: f32,
        /// Tokens a second since the last report.
        speed: f32,
    },
    /// A checkpoint stands.
    Saved {
        /// Tokens seen.
        tokens: u64,
        /// Mean cross-entropy on text kept from training, single characters hidden.
        loss: f32,
        /// Share guessed right on it.
        right: f32,
    },
}

/// What came out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PretrainReport {
    /// Tokens seen.
    pub tokens: u64,
    /// Whether the run reached its end (and was not stopped).
    pub finished: bool,
    /// Mean cross-entropy on text kept from training, single characters hidden.
    pub loss: f32,
    /// Share guessed right on it.
    pub right: f32,
}

/// Pre-trains until the tokens are used up or `progress` returns false; either way the directory `out`
/// holds the newest state.
///
/// # Errors
/// [`TrainError`]; the last checkpoint then stays as it was.
pub fn pretrain(
    config: &PretrainConfig,
    progress: &mut dyn FnMut(PretrainProgress) -> bool,
) -> Result<PretrainReport, TrainError> {
    let earlier = checkpoint::state(&config.out)?;
    let from = if earlier.is_some() { &config.out } else { &config.encoder };
    let read = |name: &str| {
        let path = from.join(name);
        fs::read(&path).map_err(|e| TrainError::File { path: path.display().to_string(), why: e.to_string() })
    };
    let (raw_config, tokenizer) = (read(CONFIG_FILE)?, read(TOKENIZER_FILE)?);
    let encoder_config = EncoderConfig::parse(&raw_config)?;
    let reader = Reader::parse(&tokenizer, encoder_config.vocabulary, config.max_tokens.min(encoder_config.longest()))?;
    let (first, separator, mask) = reader.special();
    let mask = mask.ok_or_else(|| ModelError::File { file: TOKENIZER_FILE.into(), why: "has no mask token".into() })?;
    let vocabulary = Vocabulary { first, separator, mask, size: encoder_config.vocabulary as u32 };
    let mut told = |file: &str, tokens: usize| {
        progress(PretrainProgress::Read { file: file.to_owned(), tokens });
    };
    let cache = config.out.with_extension("tokens");
    let corpus = Corpus::read(&config.recipe, &config.texts, &reader, &cache, &mut told)?;

    let mut state = earlier.unwrap_or(State { seed: config.seed, ..State::default() });
    let weights = if from.join(WEIGHTS_FILE).exists() { Some(Weights::parse(&read(WEIGHTS_FILE)?)?) } else { None };
    let (network, slots) = Network::new(&encoder_config, weights, state.seed, config.arithmetic)?;
    let mut adam = AdamW::new(slots, 0.01);
    if earlier.is_some() {
        checkpoint::moments(&config.out, &mut adam, state.steps)?;
    }
    let held: Vec<Hidden> = {
        let mut rng = StdRng::seed_from_u64(1);
        corpus.held(192).iter().map(|i| hide(corpus.tokens(*i), vocabulary, 0.0, &mut rng)).collect()
    };
    let save = |adam: &AdamW, state: &State| -> Result<(f32, f32), TrainError> {
        let figures = network.measure(&held)?;
        checkpoint::save(&config.out, (&raw_config, &tokenizer), &network.tensors()?, adam, state)?;
        Ok(figures)
    };

    progress(PretrainProgress::Start { text: corpus.len(), seen: state.tokens });
    let mut order = corpus.pass(state.seed, state.pass);
    let (mut recent, mut since, mut saved) = (Recent::default(), Instant::now(), Instant::now());
    let (mut prepared, mut buffers) = (Prepared::default(), <[Buffers; 2]>::default());
    let mut go_on = true;
    while go_on && state.tokens < config.tokens {
        let mut batch: Vec<Item> = Vec::new();
        let mut tokens = 0;
        while tokens < config.batch {
            match order.get(state.items as usize) {
                Some(item) => {
                    tokens += corpus.tokens(*item).len() + 2;
                    batch.push(*item);
                    state.items += 1;
                }
                None => {
                    (state.pass, state.items) = (state.pass + 1, 0);
                    order = corpus.pass(state.seed, state.pass);
                    if order.is_empty() {
                        return Err(TrainError::Data("every weight of the recipe is zero".into()));
                    }
                }
            }
        }
        let mut rng = StdRng::seed_from_u64(state.seed ^ (state.steps + 1).wrapping_mul(0xc4ce_b9fe_1a85_ec53));
        // by length, so that the two halves are equal work
        batch.sort_by_key(|i| corpus.tokens(*i).len());
        let hidden: Vec<Hidden> =
            batch.iter().map(|i| hide(corpus.tokens(*i), vocabulary, config.whole_words, &mut rng)).collect();
        let step = network.gradients(&hidden, &mut prepared, &mut buffers)?;
        if !step.loss.is_finite() {
            return Err(TrainError::Diverged(step.loss, state.steps as usize));
        }
        let parts: Vec<_> = buffers.iter().filter_map(|b| network.slices(b)).collect();
        adam.step(&parts, config.lr * rate(config, &state))?;
        state.tokens += tokens as u64;
        state.steps += 1;
        recent.add(&step, tokens);
        if state.steps.is_multiple_of(50) {
            let speed = recent.tokens as f32 / since.elapsed().as_secs_f32();
            let (loss, right) = recent.figures();
            go_on = progress(PretrainProgress::Step { tokens: state.tokens, loss, right, speed });
            (recent, since) = (Recent::default(), Instant::now());
        }
        if saved.elapsed() > config.every {
            let (loss, right) = save(&adam, &state)?;
            go_on &= progress(PretrainProgress::Saved { tokens: state.tokens, loss, right });
            (saved, since, recent) = (Instant::now(), Instant::now(), Recent::default());
        }
    }
    let (loss, right) = save(&adam, &state)?;
    progress(PretrainProgress::Saved { tokens: state.tokens, loss, right });
    Ok(PretrainReport { tokens: state.tokens, finished: state.tokens >= config.tokens, loss, right })
}

/// Share of the learning rate: up over the first steps, level, down to zero at the end.
fn rate(config: &PretrainConfig, state: &State) -> f32 {
    let warm = ((state.steps + 1) as f32 / config.warm.max(1) as f32).min(1.0);
    let left = 1.0 - state.tokens as f32 / config.tokens as f32;
    warm * (left / config.decay.clamp(1e-6, 1.0)).clamp(0.0, 1.0)
}

#[derive(Default)]
struct Recent {
    loss: f64,
    right: usize,
    places: usize,
    tokens: usize,
}

impl Recent {
    fn add(&mut self, step: &Step, tokens: usize) {
        self.loss += f64::from(step.loss) * step.places as f64;
        self.right += step.right;
        self.places += step.places;
        self.tokens += tokens;
    }

    fn figures(&self) -> (f32, f32) {
        let n = self.places.max(1) as f64;
        ((self.loss / n) as f32, (self.right as f64 / n) as f32)
    }
}
