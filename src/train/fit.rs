//! Fine-tuning: from an encoder directory and labelled rows to a bundle directory. One run for the
//! product's heads, for those of any task, and for both side by side.

use std::{borrow::Cow, fs, path::Path, time::Instant};

use crate::{
    labelled::Row,
    model::{
        Bundle, BundleFiles, ModelError, ModelInput,
        calibration::{CALIBRATION_FILE, Calibration},
        config::{CONFIG_FILE, EncoderConfig},
        labels::{LABELS_FILE, Labels},
        ngram::Ngrams,
        tokenizer::{Reader, TOKENIZER_FILE},
        vector::Projection,
        weights::{WEIGHTS_FILE, Weights, to_bytes},
    },
};

use super::{
    FitConfig, FitReport, Progress, TrainError,
    calibrate::calibrate,
    descend::descend,
    examples::{companion, examples},
    loss::LossConfig,
    network::Network,
    optimizer::AdamW,
    pairing::Beside,
    resume::Keeper,
    sample::{Course, Gold, gather},
    score::scores,
    write,
};

/// An encoder directory, read and checked before any row is.
struct Start {
    raw_config: Vec<u8>,
    config: EncoderConfig,
    tokenizer: Vec<u8>,
    reader: Reader,
    weights: Weights,
    /// Labels of the heads that it brings.
    labels: Option<Labels>,
    max_tokens: usize,
}

fn bytes_of(path: &Path) -> Result<Vec<u8>, TrainError> {
    fs::read(path).map_err(|e| TrainError::File { path: path.display().to_string(), why: e.to_string() })
}

impl Start {
    fn open(dir: &Path, max_tokens: usize) -> Result<Self, TrainError> {
        let read = |name: &str| bytes_of(&dir.join(name));
        // whose file it is: a run names an encoder, a teacher and a calibration
        let own = |e: ModelError| match e {
            ModelError::File { file, why } => TrainError::File { path: dir.join(file).display().to_string(), why },
            other => TrainError::Model(other),
        };
        let (raw_config, tokenizer) = (read(CONFIG_FILE)?, read(TOKENIZER_FILE)?);
        let config = EncoderConfig::parse(&raw_config).map_err(own)?;
        let max_tokens = max_tokens.min(config.longest());
        let reader = Reader::parse(&tokenizer, config.vocabulary, max_tokens).map_err(own)?;
        let weights = Weights::parse(&read(WEIGHTS_FILE)?).map_err(own)?;
        let labels = read(LABELS_FILE).ok().and_then(|bytes| Labels::parse(&bytes).ok());
        Ok(Self { raw_config, config, tokenizer, reader, weights, labels, max_tokens })
    }
}

impl Start {
    /// The calibration of the bundle that it is.
    fn calibration(&self, dir: &Path, labels: &Labels) -> Result<Calibration, TrainError> {
        Ok(Calibration::parse(&bytes_of(&dir.join(CALIBRATION_FILE))?, labels)?)
    }
}

/// Trains and writes the bundle; nothing is written unless everything went well, but for the stand of a run
/// that is to be kept ([`FitConfig::keep_every`]). `progress` returns false to stop.
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
    let start = Start::open(&config.encoder, config.max_tokens)?;
    // what is taught further keeps its heads and labels
    let kept = start.labels.as_ref().filter(|_| config.further);
    let course = gather(config, history, kept)?;
    let labels = &course.labels;
    let given = config.calibration.as_ref().map(|path| taken_over(path, labels)).transpose()?;
    let (train, tune, held) = course.parts(given.is_some());
    if train.is_empty() || (tune.is_empty() && given.is_none()) {
        return Err(TrainError::Data(format!(
            "{} rows to train on and {} to tune on: more groups are needed",
            train.len(),
            tune.len()
        )));
    }
    course.notes.iter().try_for_each(|note| tell(Progress::Note(note.clone())))?;
    // the others are trained on for a teacher's word alone
    let rows = train.iter().filter(|s| s.gold.iter().flatten().any(|g| !matches!(g, Gold::Taught(..)))).count();
    tell(Progress::Read { train: rows, tune: tune.len(), held: held.len(), taught: course.taught })?;

    let started = Instant::now();
    let earlier = match kept {
        Some(own) => Ngrams::load(&start.weights, own.text_outputs())?.map(|n| (n, own)),
        None => None,
    };
    let ngrams = config.linear.as_ref().and_then(|linear| companion(&train, labels, earlier.as_ref(), linear));
    tell(Progress::Linear { seconds: started.elapsed().as_secs_f32() })?;

    let (learning, tuning) = (examples(&train, &start.reader), examples(&tune, &start.reader));
    let shares = (config.layer_decay, config.head_share);
    let heads = (start.labels.as_ref(), labels);
    let (network, slots) = Network::new(&start.config, &start.weights, heads, shares, config.seed)?;
    let network = network.computing_in(config.arithmetic);
    let mut adam = AdamW::new(slots, config.weight_decay);
    let loss = LossConfig::new(labels, &course.plans, &learning, config.smoothing, config.dropout);
    let beside = config.pairs.as_ref().map(|pairs| {
        let reader = Reader::parse(&start.tokenizer, start.config.vocabulary, pairs.max_tokens.min(start.max_tokens))?;
        Beside::read(pairs, &reader, config.seed)
    });
    let mut keeper = Keeper::new(config, &adam, (&learning, &tuning))?;
    let rows = (learning.as_slice(), tuning.as_slice());
    let run = descend(config, (&network, &mut adam), rows, (&loss, beside.transpose()?), &mut keeper, &mut tell)?;

    let mut tensors = network.tensors()?;
    if let Some(n) = &ngrams {
        tensors.extend(n.to_tensors()?);
    }
    if kept.is_some() || config.epochs == 0 {
        // the encoder moves little or not at all: what makes sentence vectors of its states stays
        let means = (start.config.layers + 1) * start.config.hidden;
        let projection = Projection::load(&start.weights, means)?;
        tensors.extend(projection.map(|p| p.to_tensors()).transpose()?.unwrap_or_default());
    }
    let mut files = BundleFiles::new();
    let own = own_config(&start, &course, &config.name)?;
    files.insert(CONFIG_FILE.into(), Cow::Owned(own));
    files.insert(TOKENIZER_FILE.into(), Cow::Owned(start.tokenizer.clone()));
    files.insert(LABELS_FILE.into(), Cow::Owned(json(labels)?));
    files.insert(WEIGHTS_FILE.into(), Cow::Owned(to_bytes(&tensors, true)?));
    let mut calibration = given.clone().unwrap_or_else(|| Calibration::neutral(labels));
    files.insert(CALIBRATION_FILE.into(), Cow::Owned(json(&calibration.named(labels))?));
    let mut bundle = Bundle::from_files(&files)?;
    if given.is_none() {
        let inputs: Vec<ModelInput> = tune.iter().map(|s| s.input.clone()).collect();
        let said = (bundle.votes(&inputs)?, bundle.answers(&inputs)?);
        if let Some(own) = kept {
            calibration = calibration.taken_from(labels, &start.calibration(&config.encoder, own)?, own);
        }
        calibration = calibrate(calibration, (&said.0, &said.1), &tune, labels, config.confident);
        files.insert(CALIBRATION_FILE.into(), Cow::Owned(json(&calibration.named(labels))?));
        bundle = Bundle::from_files(&files)?;
    }
    let id = bundle.id().to_owned();
    let scores = scores(bundle, &held, labels, &calibration)?;
    let written: Vec<(&str, Vec<u8>)> = files.iter().map(|(n, b)| (n.as_str(), b.to_vec())).collect();
    write::directory(&config.out, &written)?;
    keeper.map_or(Ok(()), |k| k.done())?;
    Ok(FitReport { id, losses: run.losses, epoch: run.epoch, calibration, scores })
}

/// The calibration of an earlier run.
fn taken_over(path: &Path, labels: &Labels) -> Result<Calibration, TrainError> {
    Calibration::parse(&bytes_of(path)?, labels).map_err(|e| {
        let why = format!("{e}; it must come from a run with the same heads");
        TrainError::File { path: path.display().to_string(), why }
    })
}

fn json(value: &impl serde::Serialize) -> Result<Vec<u8>, TrainError> {
    let mut bytes = serde_json::to_vec_pretty(value).map_err(|e| TrainError::Data(e.to_string()))?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// The encoder's `config.json` with our own key beside it; other tools ignore it.
fn own_config(start: &Start, course: &Course, name: &str) -> Result<Vec<u8>, TrainError> {
    let bad = |e: serde_json::Error| ModelError::File { file: CONFIG_FILE.into(), why: e.to_string() };
    let mut value: serde_json::Value = serde_json::from_slice(&start.raw_config).map_err(bad)?;
    value["torch_dtype"] = "float16".into();
    value["tingsu"] = serde_json::json!({ "name": name, "max_tokens": start.max_tokens });
    if let Some(held_back) = course.held_back {
        // which of the held-back rows stayed unseen: `eval` warns where a figure would flatter
        value["tingsu"]["held_back"] = serde_json::json!(held_back);
    }
    json(&value)
}
