//! Contrast between texts: an encoder learns what a text is about by telling the rest of a document from
//! the rests of others (InfoNCE, van den Oord et al. 2018, over two crops of one document, Izacard et al.
//! 2022), and an appeal by its title or reply from other appeals, after it has learned the language and
//! before it sees a label.

use std::{fs, path::PathBuf, time::Instant};

use candle_core::{Result as CandleResult, Tensor, Var};
use rand::{RngExt, SeedableRng, rngs::StdRng};

use crate::{
    model::{
        Arithmetic,
        config::{CONFIG_FILE, EncoderConfig},
        encoder::Encoder,
        tape::LayerWeights,
        tokenizer::{Reader, TOKENIZER_FILE},
        weights::{WEIGHTS_FILE, Weights, to_bytes},
    },
    train::vectors::PairSources,
};

use super::{
    AdamW, Halves, Slot, TrainError,
    corpus::{CONTINUES, Corpus},
    pairing::{Buffers, Given, MEASURED, Turn, Two, found, learn},
    write,
};

/// Tokens of a document from which two stretches can be taken.
const LEAST: usize = 24;

/// What to read and how to learn from it.
#[derive(Clone, Debug)]
pub struct ContrastConfig {
    /// TOML that names files and their weights.
    pub recipe: PathBuf,
    /// Folders of those files.
    pub texts: Vec<PathBuf>,
    /// Encoder to start from.
    pub encoder: PathBuf,
    /// Directory to write.
    pub out: PathBuf,
    /// Pairs of the whole run.
    pub pairs: usize,
    /// Pairs in a step; each is told from the others of its half.
    pub batch: usize,
    /// Longest document in tokens, and longest stretch.
    pub max_tokens: (usize, usize),
    /// Pairs that are given: every other pair of a step is one of them, if there are any.
    pub given: PairSources,
    /// Highest learning rate.
    pub lr: f32,
    /// Cosines are divided by it.
    pub temperature: f64,
    /// Numbers of the matrix products.
    pub arithmetic: Arithmetic,
    /// Draws everything that is drawn.
    pub seed: u64,
}

/// How well texts kept from training find what they belong with among 512 at most, MRR.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Contrasted {
    /// Stretches find the rest of their document.
    pub stretches: f64,
    /// Titles find their texts; 0 where no titles are given.
    pub titles: f64,
}

/// What is happening.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ContrastProgress {
    /// Contrasted of the encoder as it is.
    Measured(Contrasted),
    /// Some steps later.
    Step {
        /// Pairs so far.
        pairs: usize,
        /// Mean loss since the last report.
        loss: f32,
        /// Tokens a second since the last report.
        speed: f32,
    },
}

/// Two stretches of a document that do not overlap, as sequences: half of the time its beginning (where
/// appeals have their titles) and the rest, else something before and something after a random place.
fn stretches(document: &[u16], (first, separator): (u32, u32), most: usize, rng: &mut StdRng) -> [Vec<u32>; 2] {
    let n = document.len();
    let (a, b) = if rng.random::<bool>() {
        let cut = rng.random_range(8..=(n / 2).min(24));
        (&document[..cut], &document[cut..])
    } else {
        let cut = rng.random_range(n / 4..=n - n / 4);
        document.split_at(cut)
    };
    [a, b].map(|side| {
        let len = side.len().min(rng.random_range(most / 3..=most));
        let from = if side.len() > len { rng.random_range(0..=side.len() - len) } else { 0 };
        let own = side[from..from + len].iter().map(|t| u32::from(t & !CONTINUES));
        std::iter::once(first).chain(own).chain([separator]).collect()
    })
}

/// Whether no document of a pass is long enough.
fn only_short(corpus: &Corpus, seed: u64) -> bool {
    corpus.pass(seed, 0).iter().all(|i| corpus.tokens(*i).len() < LEAST)
}

/// Teaches the encoder and writes it; returns the figures on pairs kept from training, before and after.
/// `progress` returns false to stop; nothing is written then.
///
/// # Errors
/// [`TrainError`]; the directory `out` is then as it was before.
pub fn contrast(
    config: &ContrastConfig,
    progress: &mut dyn FnMut(ContrastProgress) -> bool,
) -> Result<(Contrasted, Contrasted), TrainError> {
    let read = |name: &str| {
        let path = config.encoder.join(name);
        fs::read(&path).map_err(|e| TrainError::File { path: path.display().to_string(), why: e.to_string() })
    };
    let (raw_config, tokenizer) = (read(CONFIG_FILE)?, read(TOKENIZER_FILE)?);
    let encoder_config = EncoderConfig::parse(&raw_config)?;
    let longest = config.max_tokens.0.min(encoder_config.longest());
    let reader = Reader::parse(&tokenizer, encoder_config.vocabulary, longest)?;
    let (first, separator, _) = reader.special();
    let cache = config.out.with_extension("tokens");
    let corpus = Corpus::read(&config.recipe, &config.texts, &reader, &cache, &mut |_, _| {})?;

    let mut slots = Vec::new();
    let mut keep = |_: &str, _: usize, t: Tensor| -> CandleResult<Tensor> {
        let var = Var::from_tensor(&t)?;
        let tensor = var.as_tensor().clone();
        slots.push(Slot::new(var, 1.0));
        Ok(tensor)
    };
    let weights = Weights::parse(&read(WEIGHTS_FILE)?)?;
    let encoder = Encoder::load(&encoder_config, &weights, &mut keep)?.computing_in(config.arithmetic);
    let halves = Halves::new()?;
    let mut adam = AdamW::new(slots, 0.01);

    let most = config.max_tokens.1.max(LEAST);
    let specials = (first, separator);
    let given = Given::read(&config.given, &reader)?;
    let held: Vec<Two> = {
        let mut rng = StdRng::seed_from_u64(1);
        let own = corpus.held(4 * MEASURED).into_iter().filter(|i| corpus.tokens(*i).len() >= LEAST).take(MEASURED);
        own.map(|i| stretches(corpus.tokens(i), specials, most, &mut rng)).collect()
    };
    if only_short(&corpus, config.seed) {
        let why = format!("no document that is read has {LEAST} tokens: nothing to take two stretches from");
        return Err(TrainError::Data(why));
    }
    let measure = || -> Result<Contrasted, TrainError> {
        Ok(Contrasted { stretches: found(&encoder, &held)?, titles: found(&encoder, &given.tuned)? })
    };
    let before = measure()?;
    let mut go_on = progress(ContrastProgress::Measured(before));
    let steps = config.pairs.div_ceil(config.batch.max(4));
    let (mut pass, mut at) = (0, 0);
    let mut order = corpus.pass(config.seed, pass);
    let mut turn = Turn::default();
    let (mut prepared, mut buffers) = (<[LayerWeights; 2]>::default(), <[Buffers; 2]>::default());
    let (mut sum, mut tokens, mut since) = (0f32, 0usize, Instant::now());
    for step in 0..steps {
        if !go_on {
            return Err(TrainError::Stopped);
        }
        let mut rng = StdRng::seed_from_u64(config.seed ^ (step as u64 + 1).wrapping_mul(0xc4ce_b9fe_1a85_ec53));
        let mut pairs = Vec::with_capacity(config.batch);
        while pairs.len() < config.batch.max(4) {
            // neighbours of a step share a half by their parity: two of a kind, then two of the other
            if pairs.len() % 4 >= 2
                && let Some(own) = turn.next(&given.learned, &mut rng)
            {
                pairs.push(own.clone());
                continue;
            }
            let Some(item) = order.get(at) else {
                (pass, at) = (pass + 1, 0);
                order = corpus.pass(config.seed, pass);
                continue;
            };
            at += 1;
            let document = corpus.tokens(*item);
            if document.len() >= LEAST {
                pairs.push(stretches(document, specials, most, &mut rng));
            }
        }
        let [one, two] = halves.both(&mut prepared, |n, own| own.prepare(&encoder, n));
        one.and(two)?;
        let value = learn((&encoder, &halves), &prepared, &pairs, (config.temperature, 1.0), &mut buffers)?;
        if !value.is_finite() {
            return Err(TrainError::Diverged(value, step));
        }
        let parts: Vec<_> = buffers.iter().filter_map(|b| b.gradients(&encoder)).collect();
        let warm = ((step + 1) as f32 / (steps as f32 * 0.05).max(1.0)).min(1.0);
        adam.step(&parts, config.lr * warm * (1.0 - step as f32 / steps as f32))?;
        sum += value;
        tokens += pairs.iter().flatten().map(Vec::len).sum::<usize>();
        if (step + 1).is_multiple_of(20) || step + 1 == steps {
            let speed = tokens as f32 / since.elapsed().as_secs_f32();
            let done = (step + 1) * config.batch;
            go_on = progress(ContrastProgress::Step { pairs: done, loss: sum / 20.0, speed });
            (sum, tokens, since) = (0.0, 0, Instant::now());
        }
    }
    let after = measure()?;
    progress(ContrastProgress::Measured(after));
    let weights = to_bytes(&encoder.to_hf()?, false)?;
    let files = [(CONFIG_FILE, raw_config), (TOKENIZER_FILE, tokenizer), (WEIGHTS_FILE, weights)];
    write::directory(&config.out, &files)?;
    Ok((before, after))
}
