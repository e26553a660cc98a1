//! Fine-tuning: from an encoder directory and labelled appeals to a bundle directory.

use std::{borrow::Cow, fs, path::PathBuf, time::Instant};

use candle_core::Tensor;

use crate::{
    labelled::{Origin, Row},
    model::{
        Arithmetic, Bundle, BundleFiles, HeldBack, ModelError, ModelInput,
        calibration::{CALIBRATION_FILE, Calibration, Mix},
        config::{CONFIG_FILE, EncoderConfig},
        labels::{LABELS_FILE, Labels},
        ngram::Ngrams,
        tape::LayerWeights,
        tokenizer::{Reader, TOKENIZER_FILE},
        vector::Projection,
        weights::{WEIGHTS_FILE, Weights, to_bytes},
    },
};

use super::{
    Dataset, Labelled, LinearConfig, Scores, Sources, TrainError,
    batches::batches,
    calibrate::calibrate,
    examples::{companion, examples, examples_of, parts, taught},
    network::{Buffers, Example, LossConfig, Network},
    optimizer::AdamW,
    score::score,
    write,
};

/// What to train and how.
#[derive(Clone, Debug)]
pub struct FitConfig {
    /// Labelled appeals.
    pub sources: Sources,
    /// Directory with `config.json`, `tokenizer.json` and `model.safetensors` of an encoder.
    pub encoder: PathBuf,
    /// Directory to write.
    pub out: PathBuf,
    /// Name of the bundle, the part of its id before `@`.
    pub name: String,
    /// Labels to answer; none takes those that occur. A row with another label is an error.
    pub labels: Option<Labels>,
    /// Whether the bundle in `encoder` is taught further: its labels stay although no row has them, its
    /// n-gram companion moves from its own weights, and its sentence vectors are made as before.
    pub further: bool,
    /// Calibration of an earlier run over the same set-up: the rows that it was fitted on are then
    /// trained on as well, and the last epoch is taken.
    pub calibration: Option<Calibration>,
    /// Longest sequence.
    pub max_tokens: usize,
    /// Passes over the rows.
    pub epochs: usize,
    /// Rows in a step.
    pub batch: usize,
    /// Highest learning rate, of the heads' neighbours; it rises over the first tenth of the steps
    /// and falls to zero linearly.
    pub lr: f32,
    /// Factor of the learning rate from one layer to the one below.
    pub layer_decay: f32,
    /// Factor of the learning rate of the heads.
    pub head_share: f32,
    /// Decoupled weight decay.
    pub weight_decay: f32,
    /// Share of the target spread over all labels.
    pub smoothing: f32,
    /// Dropout in the heads.
    pub dropout: f32,
    /// Weight of a simulated row beside a real one.
    pub simulated_weight: f32,
    /// A bundle with the same labels whose probabilities the appeals without labels are trained on.
    pub teacher: Option<PathBuf>,
    /// Weight of such a row beside a labelled one.
    pub taught_weight: f32,
    /// The n-gram companion; none trains the encoder alone.
    pub linear: Option<LinearConfig>,
    /// Whether the held-back simulated appeals stay out of training (real held-back appeals
    /// always do).
    pub hold_simulated: bool,
    /// Share of right answers among those not marked 不确定.
    pub confident: f32,
    /// Numbers of the encoder's matrix products.
    pub arithmetic: Arithmetic,
    /// Draws everything that is drawn.
    pub seed: u64,
}

impl FitConfig {
    /// The configuration of the shipped bundle.
    pub fn new(sources: Sources, encoder: PathBuf, out: PathBuf) -> Self {
        Self {
            sources,
            encoder,
            out,
            name: "bundle".into(),
            labels: None,
            further: false,
            calibration: None,
            max_tokens: 256,
            epochs: 6,
            batch: 32,
            lr: 8e-4,
            layer_decay: 0.95,
            head_share: 1.0,
            weight_decay: 0.01,
            smoothing: 0.05,
            dropout: 0.1,
            simulated_weight: 1.0,
            teacher: None,
            taught_weight: 0.5,
            linear: Some(LinearConfig::default()),
            hold_simulated: true,
            confident: 0.9,
            arithmetic: Arithmetic::F32,
            seed: 7,
        }
    }
}

/// What is happening.
#[derive(Clone, Debug)]
pub enum Progress {
    /// Rows of each part.
    Read {
        /// Trained on.
        train: usize,
        /// Tuned on.
        tune: usize,
        /// Held back.
        held: usize,
        /// Without labels, trained on a teacher's word.
        taught: usize,
    },
    /// The n-gram companion stands.
    Linear {
        /// Seconds that it took.
        seconds: f32,
    },
    /// A step of the encoder.
    Step {
        /// Steps done.
        step: usize,
        /// Steps of the whole run.
        steps: usize,
        /// Mean loss since the last report.
        loss: f32,
        /// Tokens a second.
        speed: f32,
    },
    /// An epoch is over.
    Epoch {
        /// Which, from 1.
        epoch: usize,
        /// Share of right answers of the encoder alone, averaged over the four heads, on tuning rows.
        tune: f32,
    },
}

/// What came out.
#[derive(Clone, Debug)]
pub struct FitReport {
    /// Id of the bundle.
    pub id: String,
    /// Mean loss of each epoch.
    pub losses: Vec<f32>,
    /// Epoch whose weights were taken, from 1.
    pub epoch: usize,
    /// The calibration in the bundle.
    pub calibration: Calibration,
    /// Name of a set of rows and a set of voters, and their figures.
    pub scores: Vec<(String, Scores)>,
}

/// Trains and writes the bundle; nothing is written unless everything went well. `progress` returns
/// false to stop.
///
/// # Errors
/// [`TrainError`]; the directory `out` is then as it was before.
pub fn fit(config: &FitConfig, progress: &mut dyn FnMut(Progress) -> bool) -> Result<FitReport, TrainError> {
    fit_with(config, Vec::new(), progress)
}

/// As [`fit`], beside rows of a city's own history.
///
/// # Errors
/// As [`fit`].
pub fn fit_with(
    config: &FitConfig,
    history: Vec<Row>,
    progress: &mut dyn FnMut(Progress) -> bool,
) -> Result<FitReport, TrainError> {
    let mut tell = |p: Progress| if progress(p) { Ok(()) } else { Err(TrainError::Stopped) };
    let read = |name: &str| {
        let path = config.encoder.join(name);
        fs::read(&path).map_err(|e| TrainError::File { path: path.display().to_string(), why: e.to_string() })
    };
    let (raw_config, tokenizer) = (read(CONFIG_FILE)?, read(TOKENIZER_FILE)?);
    let encoder_config = EncoderConfig::parse(&raw_config)?;
    let max = config.max_tokens.min(encoder_config.longest());
    let reader = Reader::parse(&tokenizer, encoder_config.vocabulary, max)?;
    let weights = Weights::parse(&read(WEIGHTS_FILE)?)?;
    let data = Dataset::read_with(&config.sources, history, config.labels.as_ref())?;
    let own = read(LABELS_FILE).ok().and_then(|bytes| Labels::parse(&bytes).ok());
    let kept = own.as_ref().filter(|_| config.further);
    let labels = config.labels.clone().unwrap_or_else(|| match kept {
        Some(own) => data.labels().joined(own),
        None => data.labels(),
    });
    let (train, tune, held) = parts(&data, config);
    if train.is_empty() || (tune.is_empty() && config.calibration.is_none()) {
        return Err(TrainError::Data(format!(
            "{} rows to train on and {} to tune on: more groups are needed",
            train.len(),
            tune.len()
        )));
    }
    let open = if config.teacher.is_some() { data.unlabelled(&config.sources)? } else { Vec::new() };
    tell(Progress::Read { train: train.len(), tune: tune.len(), held: held.len(), taught: open.len() })?;

    let started = Instant::now();
    let earlier = match kept {
        Some(own) => Ngrams::load(&weights, own.sizes().iter().sum())?.map(|n| (n, own)),
        None => None,
    };
    let ngrams = config.linear.as_ref().map(|linear| companion(&train, &labels, earlier.as_ref(), linear));
    tell(Progress::Linear { seconds: started.elapsed().as_secs_f32() })?;

    let mut examples = examples(&train, &labels, &reader, config.simulated_weight)?;
    if let Some(teacher) = &config.teacher {
        examples.extend(taught(&open, &Bundle::open(teacher)?, &labels, &reader, config.taught_weight)?);
    }
    let tuning = examples_of(&tune, &labels, &reader)?;
    // a bundle with the same labels is continued with its heads, anything else gets new ones
    let continued = own.is_some_and(|own| own == labels);
    let shares = (config.layer_decay, config.head_share);
    let (network, slots) =
        Network::new(&encoder_config, &weights, labels.sizes(), shares, (!continued).then_some(config.seed))?;
    let network = network.computing_in(config.arithmetic);
    let mut adam = AdamW::new(slots, config.weight_decay);
    let run = descend(config, &network, &mut adam, &examples, &tuning, &mut tell)?;

    let mut tensors = network.tensors()?;
    if let Some(n) = &ngrams {
        tensors.extend(n.to_tensors()?);
    }
    if config.further {
        // the encoder moves little: what makes sentence vectors of its states stays
        let means = (encoder_config.layers + 1) * encoder_config.hidden;
        let projection = Projection::load(&weights, means)?;
        tensors.extend(projection.map(|p| p.to_tensors()).transpose()?.unwrap_or_default());
    }
    let mut files = BundleFiles::new();
    files.insert(CONFIG_FILE.into(), Cow::Owned(own_config(&raw_config, config, max)?));
    files.insert(TOKENIZER_FILE.into(), Cow::Owned(tokenizer));
    files.insert(LABELS_FILE.into(), Cow::Owned(json(&labels)?));
    files.insert(WEIGHTS_FILE.into(), Cow::Owned(to_bytes(&tensors, true)?));
    let neutral = config.calibration.clone().unwrap_or_else(|| Calibration::neutral(labels.flags.len()));
    files.insert(CALIBRATION_FILE.into(), Cow::Owned(json(&neutral)?));
    let mut calibration = neutral;
    if config.calibration.is_none() {
        let inputs: Vec<ModelInput> = tune.iter().map(|r| r.input.clone()).collect();
        let votes = Bundle::from_files(&files)?.votes(&inputs)?;
        calibration = calibrate(&votes, &tuning, labels.sizes(), config.confident);
        files.insert(CALIBRATION_FILE.into(), Cow::Owned(json(&calibration)?));
    }
    let bundle = Bundle::from_files(&files)?;
    let id = bundle.id().to_owned();
    let scores = scores(bundle, &held, &calibration)?;
    let written: Vec<(&str, Vec<u8>)> = files.iter().map(|(n, b)| (n.as_str(), b.to_vec())).collect();
    write::directory(&config.out, &written)?;
    Ok(FitReport { id, losses: run.losses, epoch: run.epoch, calibration, scores })
}

fn json(value: &impl serde::Serialize) -> Result<Vec<u8>, TrainError> {
    let mut bytes = serde_json::to_vec_pretty(value).map_err(|e| TrainError::Data(e.to_string()))?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// The encoder's `config.json` with our own key beside it; other tools ignore it.
fn own_config(raw: &[u8], config: &FitConfig, max_tokens: usize) -> Result<Vec<u8>, TrainError> {
    let bad = |e: serde_json::Error| ModelError::File { file: CONFIG_FILE.into(), why: e.to_string() };
    let mut value: serde_json::Value = serde_json::from_slice(raw).map_err(bad)?;
    value["torch_dtype"] = "float16".into();
    // which of the held-back rows stayed unseen: `eval` warns where a figure would flatter
    let held_back = if config.hold_simulated { HeldBack::Excluded } else { HeldBack::Real };
    value["tingsu"] = serde_json::json!({ "name": config.name, "max_tokens": max_tokens, "held_back": held_back });
    json(&value)
}

struct Run {
    losses: Vec<f32>,
    epoch: usize,
}

/// All epochs; leaves the network with the weights of the best one on tuning rows (the last one if
/// there are none to choose by).
fn descend(
    config: &FitConfig,
    network: &Network,
    adam: &mut AdamW,
    examples: &[Example],
    tuning: &[Example],
    tell: &mut dyn FnMut(Progress) -> Result<(), TrainError>,
) -> Result<Run, TrainError> {
    let lengths: Vec<usize> = examples.iter().map(|e| e.ids.len()).collect();
    let loss_config =
        LossConfig { smoothing: config.smoothing, dropout: config.dropout, heads: [1.0, 1.0, 1.0, 1.0, 0.5] };
    let steps = examples.len().div_ceil(config.batch.max(1)) * config.epochs;
    let (mut prepared, mut buffers) = (<[LayerWeights; 2]>::default(), <[Buffers; 2]>::default());
    let (mut step, mut losses) = (0, Vec::new());
    let (mut recent, mut since) = ((0f32, 0usize), (Instant::now(), 0usize));
    let mut best: Option<(f32, usize, Vec<Tensor>)> = None;
    for epoch in 1..=config.epochs {
        let (mut sum, mut rows) = (0f64, 0usize);
        for batch in batches(&lengths, config.batch, config.seed.wrapping_add(epoch as u64)) {
            let own: Vec<&Example> = batch.iter().map(|i| &examples[*i]).collect();
            let seed = config.seed ^ ((step as u64) << 16);
            let loss = network.gradients(&own, &loss_config, seed, (&mut prepared, &mut buffers))?;
            if !loss.is_finite() {
                return Err(TrainError::Diverged(loss, step));
            }
            let warm = (steps / 10).max(1);
            let rate = if step < warm {
                (step + 1) as f32 / warm as f32
            } else {
                (steps - step) as f32 / (steps - warm).max(1) as f32
            };
            let parts: Vec<_> =
                buffers.iter().map(|b| network.slices(b, &adam.slots)).collect::<Result<_, TrainError>>()?;
            adam.step(&parts, config.lr * rate)?;
            step += 1;
            sum += f64::from(loss) * own.len() as f64;
            rows += own.len();
            recent = (recent.0 + loss, recent.1 + 1);
            since.1 += own.iter().map(|e| e.ids.len()).sum::<usize>();
            if recent.1 == 20 || step == steps {
                let (loss, speed) = (recent.0 / recent.1 as f32, since.1 as f32 / since.0.elapsed().as_secs_f32());
                tell(Progress::Step { step, steps, loss, speed })?;
                (recent, since) = ((0.0, 0), (Instant::now(), 0));
            }
        }
        losses.push((sum / rows.max(1) as f64) as f32);
        if config.calibration.is_none() {
            let right = network.right(tuning)?;
            tell(Progress::Epoch { epoch, tune: right })?;
            if best.as_ref().is_none_or(|(b, ..)| right >= *b) {
                let copies = adam.slots.iter().map(|s| s.var.as_tensor().copy()).collect::<Result<_, _>>()?;
                best = Some((right, epoch, copies));
            }
        }
    }
    let mut epoch = config.epochs;
    if let Some((_, at, copies)) = best {
        epoch = at;
        for (slot, copy) in adam.slots.iter().zip(copies) {
            slot.var.set(&copy)?;
        }
    }
    Ok(Run { losses, epoch })
}

/// Figures on held-back rows: real and simulated ones apart, each voter alone and both.
fn scores(bundle: Bundle, held: &[&Labelled], calibration: &Calibration) -> Result<Vec<(String, Scores)>, TrainError> {
    let only = |encoder: f32, ngram: f32| {
        let mix = Mix { encoder, ngram, ..Mix::default() };
        let mut c = calibration.clone();
        (c.appeal_type, c.category, c.department, c.urgency) = (mix, mix, mix, mix);
        c
    };
    let mut all = Vec::new();
    let mut bundle = bundle;
    for (voters, c) in [("encoder", only(1.0, 0.0)), ("n-grams", only(0.0, 1.0)), ("both", calibration.clone())] {
        bundle = bundle.recalibrated(c);
        for (rows, real) in [("real", true), ("simulated", false)] {
            let own: Vec<&Labelled> = held.iter().filter(|r| (r.row.origin == Origin::Real) == real).copied().collect();
            if !own.is_empty() {
                all.push((format!("held-back {rows}, {voters}"), score(&bundle, &own)?));
            }
        }
    }
    Ok(all)
}
