//! What the heads are to learn: one loss for any set of heads over rows that each know some of them.

use candle_core::{Result as CandleResult, Tensor};

use crate::{
    domain::HeadKind,
    model::{encoder::Packed, heads::Outputs, labels::Labels},
};

use super::{
    examples::{Example, Target},
    sample::Plan,
};

/// What the loss is made of.
pub(super) struct LossConfig {
    /// Share of the target spread over all labels.
    pub(super) smoothing: f32,
    /// Share of values dropped before each linear map of the heads.
    pub(super) dropout: f32,
    pub(super) heads: Vec<HeadLoss>,
}

/// One head in the loss.
pub(super) struct HeadLoss {
    pub(super) kind: HeadKind,
    /// Weight beside the other heads.
    pub(super) weight: f32,
    /// Weight of each label; none if all weigh the same.
    classes: Option<Vec<f32>>,
}

impl LossConfig {
    /// The loss for some heads; the weights of rare labels come from `examples`.
    pub(super) fn new(labels: &Labels, plans: &[Plan], examples: &[Example], smoothing: f32, dropout: f32) -> Self {
        let heads = labels.heads().iter().zip(plans).enumerate();
        let heads = heads.map(|(at, (head, plan))| HeadLoss {
            kind: head.kind,
            weight: plan.weight,
            classes: plan.balance.then(|| balanced(at, head.labels.len(), examples)),
        });
        Self { smoothing, dropout, heads: heads.collect() }
    }
}

/// One over the root of each label's frequency, at most five times the mean, so that the mean over all
/// rows is one (whole inverse frequencies would let a few rows of rare labels lead every step).
fn balanced(head: usize, labels: usize, examples: &[Example]) -> Vec<f32> {
    let mut counts = vec![0f32; labels];
    for e in examples {
        if let Some(Target::One(label)) = e.targets.get(head) {
            counts[*label] += 1.0;
        }
    }
    let mut weights: Vec<f32> = counts.iter().map(|n| 1.0 / n.max(1.0).sqrt()).collect();
    let rows: f32 = counts.iter().sum();
    for most in [f32::MAX, 5.0] {
        let mean = counts.iter().zip(&weights).map(|(n, w)| n * w).sum::<f32>() / rows.max(1.0);
        weights.iter_mut().for_each(|w| *w = (*w / mean.max(1e-9)).min(most));
    }
    weights
}

/// Sum over rows and heads of the weighted losses; none if no row knows anything.
pub(super) fn loss(
    outputs: &Outputs,
    batch: &Packed,
    examples: &[&Example],
    config: &LossConfig,
) -> CandleResult<Option<Tensor>> {
    let mut total: Option<Tensor> = None;
    for (at, (head, logits)) in config.heads.iter().zip(&outputs.logits).enumerate() {
        let part = match head.kind {
            HeadKind::Single => single_label(logits, examples, at, head, config.smoothing)?,
            HeadKind::Multi => yes_or_no(logits, examples, at)?,
            HeadKind::Span => tagged(logits, batch, examples, at)?,
        };
        let Some(part) = part else { continue };
        let part = (part * f64::from(head.weight))?;
        total = Some(match total {
            Some(t) => (t + part)?,
            None => part,
        });
    }
    Ok(total)
}

/// Sum of `−target · log softmax(logits)` over the last dimension; none if all targets are zero.
fn cross_entropy(logits: &Tensor, negative_target: Vec<f32>) -> CandleResult<Option<Tensor>> {
    if negative_target.iter().all(|t| *t == 0.0) {
        return Ok(None);
    }
    let target = Tensor::from_vec(negative_target, logits.shape(), logits.device())?;
    let last = logits.rank() - 1;
    Ok(Some((candle_nn::ops::log_softmax(logits, last)? * target)?.sum_all()?))
}

/// Cross-entropy against smoothed labels or a teacher's probabilities.
fn single_label(
    logits: &Tensor,
    examples: &[&Example],
    at: usize,
    head: &HeadLoss,
    smoothing: f32,
) -> CandleResult<Option<Tensor>> {
    let (rows, n) = logits.dims2()?;
    let mut target = vec![0f32; rows * n];
    for (row, e) in target.chunks_exact_mut(n).zip(examples) {
        match e.targets.get(at) {
            Some(Target::One(label)) => {
                let own = head.classes.as_ref().and_then(|c| c.get(*label)).map_or(e.weight, |c| e.weight * c);
                row.fill(-own * smoothing / n as f32);
                row[*label] -= own * (1.0 - smoothing);
            }
            Some(Target::Taught(p, weight)) => row.iter_mut().zip(p).for_each(|(t, p)| *t = -e.weight * weight * p),
            _ => {}
        }
    }
    cross_entropy(logits, target)
}

/// Binary cross-entropy of each label: log-softmax over (vote, 0).
fn yes_or_no(logits: &Tensor, examples: &[&Example], at: usize) -> CandleResult<Option<Tensor>> {
    let (rows, n) = logits.dims2()?;
    let mut target = vec![0f32; rows * n * 2];
    for (row, e) in target.chunks_exact_mut(2 * n).zip(examples) {
        let mut put = |weight: f32, p: &mut dyn Iterator<Item = f32>| {
            row.chunks_exact_mut(2).zip(p).for_each(|(pair, p)| {
                pair.copy_from_slice(&[-weight * p, -weight * (1.0 - p)]);
            });
        };
        match e.targets.get(at) {
            Some(Target::Each(each)) => put(e.weight, &mut each.iter().map(|yes| f32::from(*yes))),
            Some(Target::Taught(p, weight)) => put(e.weight * weight, &mut p.iter().copied()),
            _ => {}
        }
    }
    cross_entropy(&Tensor::stack(&[logits, &logits.zeros_like()?], 2)?, target)
}

/// Cross-entropy of the tags of a row's tokens, divided by the square root of their number: their sum
/// would drown the other heads in long texts, their mean would be drowned.
fn tagged(logits: &Tensor, batch: &Packed, examples: &[&Example], at: usize) -> CandleResult<Option<Tensor>> {
    let (tokens, n) = logits.dims2()?;
    let mut target = vec![0f32; tokens * n];
    for (e, from) in examples.iter().zip(batch.bounds.iter()) {
        let Some(Target::Tags(tags)) = e.targets.get(at) else { continue };
        let own = tags.iter().flatten().count().max(1) as f32;
        for (i, tag) in tags.iter().enumerate() {
            if let Some(tag) = tag {
                target[(from + i) * n + *tag as usize] = -e.weight / own.sqrt();
            }
        }
    }
    cross_entropy(logits, target)
}
