//! The map itself: in-batch contrast (InfoNCE, van den Oord et al. 2018) between the two sides of pairs.

use std::{
    borrow::Cow,
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
};

use candle_core::{D, Device, Result as CandleResult, Tensor, Var};
use rand::{SeedableRng, rngs::StdRng, seq::SliceRandom};

use crate::{
    labelled::Part,
    model::{
        Bundle, BundleFiles, ModelInput,
        vector::{Projection, unit},
        weights::{WEIGHTS_FILE, with_tensors},
    },
};

use super::{
    TrainError,
    pairs::{Pair, PairSources, read},
    write,
};
use crate::train::{
    batches::Normal,
    optimizer::{AdamW, Slot},
};

/// What to learn from and how.
#[derive(Clone, Debug)]
pub struct VectorConfig {
    /// Where pairs come from.
    pub sources: PairSources,
    /// The bundle that gets the map; its directory is written anew.
    pub bundle: PathBuf,
    /// Numbers in a vector.
    pub width: usize,
    /// Passes over the pairs.
    pub epochs: usize,
    /// Pairs in a step: each is told from all others of its step.
    pub batch: usize,
    /// Highest learning rate.
    pub lr: f32,
    /// Cosines are divided by it.
    pub temperature: f64,
    /// Draws everything that is drawn.
    pub seed: u64,
}

/// What is happening.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum VectorProgress {
    /// Texts are read by the encoder.
    Reading {
        /// Texts so far.
        texts: usize,
        /// All of them.
        all: usize,
    },
    /// An epoch is over.
    Epoch {
        /// Which, from 1.
        epoch: usize,
        /// Mean loss.
        loss: f32,
        /// Titles of tuning appeals that find their text, MRR@10.
        tune: f64,
    },
}

/// How well titles find their own texts.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Found {
    /// Titles asked with, and texts among which each is looked for.
    pub titles: usize,
    /// Mean reciprocal rank, zero beyond the tenth.
    pub mrr: f64,
    /// Share among the first ten.
    pub recall: f64,
}

/// What came out.
#[derive(Clone, Debug)]
pub struct VectorReport {
    /// Id of the bundle now.
    pub id: String,
    /// Pairs learned from.
    pub pairs: usize,
    /// On held-back appeals, with the mean of the last layer as vector.
    pub before: Found,
    /// On held-back appeals, with the map.
    pub after: Found,
}

/// Texts of the two sides as the bundle sees them, `[pairs, means]` each.
struct Sides {
    a: Vec<Vec<f32>>,
    b: Vec<Vec<f32>>,
}

/// Learns the map and writes it into the bundle. `progress` returns false to stop.
///
/// # Errors
/// [`TrainError`]; the bundle is then as it was.
pub fn vectors(
    config: &VectorConfig,
    progress: &mut dyn FnMut(VectorProgress) -> bool,
) -> Result<VectorReport, TrainError> {
    let bundle = Bundle::open(&config.bundle)?;
    let pairs = read(&config.sources)?;
    let of = |part: Part, titled: bool| -> Vec<&Pair> {
        pairs.iter().filter(|p| p.part == part && (p.titled || !titled)).collect()
    };
    let (train, tune, held) = (of(Part::Train, false), of(Part::Tune, true), of(Part::Held, true));
    if train.len() < 2 * config.batch.max(2) || tune.len() < 2 || held.len() < 2 {
        let (t, u, h) = (train.len(), tune.len(), held.len());
        return Err(TrainError::Data(format!("{t} pairs to learn from, {u} to tune on, {h} held back: too few")));
    }
    let (all, mut done) = (2 * (train.len() + tune.len() + held.len()), 0);
    let mut sides = |own: &[&Pair]| -> Result<Sides, TrainError> {
        let mut side = |of: fn(&Pair) -> &ModelInput| -> Result<Vec<Vec<f32>>, TrainError> {
            let mut means = Vec::with_capacity(own.len());
            for chunk in own.chunks(256) {
                let inputs: Vec<ModelInput> = chunk.iter().map(|p| of(p).clone()).collect();
                means.extend(bundle.means(&inputs));
                done += chunk.len();
                if !progress(VectorProgress::Reading { texts: done, all }) {
                    return Err(TrainError::Stopped);
                }
            }
            Ok(means)
        };
        Ok(Sides { a: side(|p| &p.a)?, b: side(|p| &p.b)? })
    };
    let (learned, tuned, kept) = (sides(&train)?, sides(&tune)?, sides(&held)?);
    let before = {
        let width = bundle.hidden();
        let last = |m: &Vec<f32>| unit(m[m.len() - width..].to_vec());
        found(&kept.a.iter().map(last).collect::<Vec<_>>(), &kept.b.iter().map(last).collect::<Vec<_>>())
    };
    let groups: Vec<&str> = train.iter().map(|p| p.group.as_str()).collect();
    let projection = descend(config, &learned, &groups, &tuned, progress)?;
    let after = with(&projection, &kept);
    let mut files = files(&config.bundle)?;
    if let Some(weights) = files.get_mut(WEIGHTS_FILE) {
        *weights = with_tensors(weights, &projection.to_tensors()?)?.into();
    }
    let id = Bundle::from_files(&files)?.id().to_owned();
    let written: Vec<(&str, Vec<u8>)> = files.iter().map(|(n, b)| (n.as_str(), b.to_vec())).collect();
    write::directory(&config.bundle, &written)?;
    Ok(VectorReport { id, pairs: train.len(), before, after })
}

/// All files of the bundle's directory, its card among them.
fn files(dir: &Path) -> Result<BundleFiles, TrainError> {
    let bad =
        |path: &Path, e: std::io::Error| TrainError::File { path: path.display().to_string(), why: e.to_string() };
    let mut files = BundleFiles::new();
    for entry in fs::read_dir(dir).map_err(|e| bad(dir, e))? {
        let path = entry.map_err(|e| bad(dir, e))?.path();
        if let (true, Some(name)) = (path.is_file(), path.file_name().and_then(|n| n.to_str())) {
            files.insert(name.to_owned(), fs::read(&path).map_err(|e| bad(&path, e))?.into());
        }
    }
    Ok(files)
}

fn with(projection: &Projection, sides: &Sides) -> Found {
    let own = |m: &Vec<f32>| unit(projection.apply(m));
    found(&sides.a.iter().map(own).collect::<Vec<_>>(), &sides.b.iter().map(own).collect::<Vec<_>>())
}

/// Where each `a` finds its own `b` among all; equal ones count against it.
fn found(a: &[Vec<f32>], b: &[Vec<f32>]) -> Found {
    let cosine = |x: &[f32], y: &[f32]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f32>();
    let (mut mrr, mut recall) = (0.0, 0);
    for (i, own) in a.iter().enumerate() {
        let score = cosine(own, &b[i]);
        let rank = 1 + b.iter().enumerate().filter(|(j, other)| *j != i && cosine(own, other) >= score).count();
        if rank <= 10 {
            mrr += 1.0 / rank as f64;
            recall += 1;
        }
    }
    let n = a.len().max(1) as f64;
    Found { titles: a.len(), mrr: mrr / n, recall: f64::from(recall) / n }
}

/// Mean and 1/σ of each input over both sides.
fn scales(sides: &Sides) -> (Vec<f32>, Vec<f32>) {
    let n = sides.a.first().map_or(0, Vec::len);
    let rows = || sides.a.iter().chain(&sides.b);
    let count = rows().count().max(1) as f64;
    let (mut sums, mut squares) = (vec![0f64; n], vec![0f64; n]);
    for row in rows() {
        for (i, v) in row.iter().enumerate() {
            sums[i] += f64::from(*v);
            squares[i] += f64::from(*v) * f64::from(*v);
        }
    }
    let mean: Vec<f64> = sums.iter().map(|s| s / count).collect();
    let inverse = squares.iter().zip(&mean).map(|(q, m)| (1.0 / (q / count - m * m).max(1e-8).sqrt()) as f32);
    (mean.iter().map(|m| *m as f32).collect(), inverse.collect())
}

fn descend(
    config: &VectorConfig,
    learned: &Sides,
    groups: &[&str],
    tuned: &Sides,
    progress: &mut dyn FnMut(VectorProgress) -> bool,
) -> Result<Projection, TrainError> {
    let (mean, inverse) = scales(learned);
    let (n, width) = (mean.len(), config.width.max(2));
    let mut normal = Normal::new(config.seed);
    let drawn: Vec<f32> = (0..n * width).map(|_| normal.draw() / (n as f32).sqrt()).collect();
    let weight = Var::from_vec(drawn, (n, width), &Device::Cpu)?;
    let mut adam = AdamW::new(vec![Slot::new(weight.clone(), 1.0)], 0.01);
    let rows = |side: &[Vec<f32>], batch: &[usize]| -> CandleResult<Tensor> {
        let scaled = batch.iter().flat_map(|i| {
            side[*i].iter().zip(mean.iter().zip(&inverse)).map(|(v, (m, s))| (v - m) * s).collect::<Vec<f32>>()
        });
        Tensor::from_vec(scaled.collect::<Vec<f32>>(), (batch.len(), n), &Device::Cpu)
    };
    let steps = groups.len().div_ceil(config.batch) * config.epochs;
    let mut step = 0;
    let mut best: Option<(f64, Projection)> = None;
    for epoch in 1..=config.epochs {
        let (mut sum, mut batches) = (0f64, 0);
        for batch in apart(groups, config.batch, config.seed.wrapping_add(epoch as u64)) {
            let side = |rows: Tensor| -> CandleResult<Tensor> {
                let v = rows.matmul(&weight)?;
                v.broadcast_div(&(v.sqr()?.sum_keepdim(D::Minus1)? + 1e-12)?.sqrt()?)
            };
            let (a, b) = (side(rows(&learned.a, &batch)?)?, side(rows(&learned.b, &batch)?)?);
            let votes = (a.matmul(&b.t()?)? / config.temperature)?;
            let own = Tensor::eye(batch.len(), candle_core::DType::F32, &Device::Cpu)?;
            let there = (candle_nn::ops::log_softmax(&votes, 1)? * &own)?.sum_all()?;
            let back = (candle_nn::ops::log_softmax(&votes, 0)? * &own)?.sum_all()?;
            let loss = ((there + back)? * (-0.5 / batch.len() as f64))?;
            let value = loss.to_scalar::<f32>()?;
            if !value.is_finite() {
                return Err(TrainError::Diverged(value, step));
            }
            let store = loss.backward()?;
            let g = store.get(&weight).map(|g| g.flatten_all()?.to_vec1::<f32>()).transpose()?.unwrap_or_default();
            adam.step(&[vec![Cow::Owned(g)]], config.lr * (steps - step) as f32 / steps as f32)?;
            step += 1;
            (sum, batches) = (sum + f64::from(value), batches + 1);
        }
        let projection = folded(&weight, &mean, &inverse)?;
        let tune = with(&projection, tuned).mrr;
        let loss = (sum / f64::from(batches.max(1))) as f32;
        if !progress(VectorProgress::Epoch { epoch, loss, tune }) {
            return Err(TrainError::Stopped);
        }
        if best.as_ref().is_none_or(|(b, _)| tune >= *b) {
            best = Some((tune, projection));
        }
    }
    best.map(|(_, p)| p).ok_or_else(|| TrainError::Data("no epoch was trained".into()))
}

/// The map with the scales of its inputs inside.
fn folded(weight: &Tensor, mean: &[f32], inverse: &[f32]) -> CandleResult<Projection> {
    let columns: Vec<Vec<f32>> = weight.t()?.to_vec2()?;
    let bias =
        columns.iter().map(|c| -c.iter().zip(mean.iter().zip(inverse)).map(|(w, (m, s))| w * m * s).sum::<f32>());
    let bias: Vec<f32> = bias.collect();
    let weight = columns.iter().flat_map(|c| c.iter().zip(inverse).map(|(w, s)| w * s).collect::<Vec<f32>>());
    Ok(Projection::new(weight.collect(), bias))
}

/// Shuffled batches in which no group stands twice: a pair must not be told from its own kin.
fn apart(groups: &[&str], size: usize, seed: u64) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..groups.len()).collect();
    order.shuffle(&mut StdRng::seed_from_u64(seed));
    let mut batches = Vec::new();
    while !order.is_empty() {
        let mut taken = HashSet::new();
        let (mut batch, mut rest) = (Vec::with_capacity(size), Vec::new());
        for (at, i) in order.iter().enumerate() {
            if batch.len() == size {
                rest.extend_from_slice(&order[at..]);
                break;
            }
            if taken.insert(groups[*i]) { batch.push(*i) } else { rest.push(*i) }
        }
        // a handful cannot be told from much: leave them for the next epoch
        if batch.len() * 4 < size && !batches.is_empty() {
            break;
        }
        batches.push(batch);
        order = rest;
    }
    batches
}
