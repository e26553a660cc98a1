//! Asking a bundle: blended, calibrated probabilities and the words that spoke for the first
//! category.

use std::str::FromStr;

use candle_core::{Tensor, Var};
use rayon::prelude::*;

use crate::domain::{Candidate, Flag};

use super::{
    Bundle, ModelError, ModelInput, Prediction,
    calibration::{sigmoid, softmax},
    encoder::Packed,
    evidence::Strengths,
    tokenizer::Sequence,
};

/// Tokens of a micro-batch that one thread computes at a time: enough rows for the matrix product to
/// run at full speed, few enough to stay in cache.
const BATCH_TOKENS: usize = 512;

/// Raw votes of one input, before blending: what calibration is fitted on.
#[derive(Clone, Debug, Default)]
pub struct Votes {
    /// Logits of all heads, one after another.
    pub encoder: Vec<f32>,
    /// N-gram margins in the same order; zeros where the bundle has no n-grams.
    pub ngram: Vec<f32>,
}

struct Answer {
    index: usize,
    votes: Votes,
    vector: Vec<f32>,
    tokens: usize,
    strengths: Option<Strengths>,
}

impl Bundle {
    /// Predicts a batch, in order. `explain` adds [`Prediction::evidence`].
    ///
    /// # Errors
    /// [`ModelError::Compute`]; the inputs themselves cannot be wrong (an empty one is predicted from
    /// the special tokens alone).
    pub fn predict(&self, inputs: &[ModelInput], explain: bool) -> Result<Vec<Prediction>, ModelError> {
        let answers = self.answers(inputs, explain)?;
        Ok(answers.into_iter().map(|a| self.prediction(&inputs[a.index], a)).collect())
    }

    /// The votes of a batch before calibration, in order.
    ///
    /// # Errors
    /// As [`Bundle::predict`].
    pub fn votes(&self, inputs: &[ModelInput]) -> Result<Vec<Votes>, ModelError> {
        Ok(self.answers(inputs, false)?.into_iter().map(|a| a.votes).collect())
    }

    fn answers(&self, inputs: &[ModelInput], explain: bool) -> Result<Vec<Answer>, ModelError> {
        let sequences: Vec<Sequence> = inputs.par_iter().map(|i| self.reader.read(i)).collect();
        let mut order: Vec<usize> = (0..inputs.len()).collect();
        order.sort_by_key(|i| sequences[*i].ids.len());
        let mut batches: Vec<Vec<usize>> = Vec::new();
        let mut room = 0;
        for i in order {
            let n = sequences[i].ids.len();
            match batches.last_mut() {
                Some(batch) if n <= room => batch.push(i),
                _ => {
                    batches.push(vec![i]);
                    room = BATCH_TOKENS.max(n);
                }
            }
            room -= n;
        }
        let mut answers: Vec<Answer> = batches
            .par_iter()
            .map(|batch| self.micro_batch(inputs, &sequences, batch, explain))
            .collect::<Result<Vec<_>, _>>()?
            .into_iter()
            .flatten()
            .collect();
        answers.sort_by_key(|a| a.index);
        Ok(answers)
    }

    fn micro_batch(
        &self,
        inputs: &[ModelInput],
        sequences: &[Sequence],
        batch: &[usize],
        explain: bool,
    ) -> Result<Vec<Answer>, ModelError> {
        let packed = Packed::new(batch.iter().map(|i| sequences[*i].ids.as_slice()));
        let mut embedded = self.encoder.embed(&packed)?;
        if explain {
            embedded = Var::from_tensor(&embedded)?.into_inner();
        }
        let hidden = self.encoder.encode(&packed, &embedded)?;
        let outputs = self.heads.forward(&packed, &hidden, &mut Ok)?;
        let logits: Vec<Vec<f32>> = Tensor::cat(&outputs.logits, 1)?.to_vec2()?;
        let vectors: Vec<Vec<f32>> = outputs.mean.to_vec2()?;
        let mut answers = Vec::with_capacity(batch.len());
        for ((&index, encoder), vector) in batch.iter().zip(logits).zip(vectors) {
            let features = self.ngrams.as_ref().map(|n| n.features(&inputs[index]));
            let ngram = match (&self.ngrams, &features) {
                (Some(n), Some(f)) => n.margins(f),
                _ => vec![0.0; encoder.len()],
            };
            let votes = Votes { encoder, ngram };
            let strengths = explain.then(|| {
                let label = self.labels.sizes()[0] + self.first_category(&votes);
                let mut s = Strengths::new(&inputs[index]);
                if let (Some(n), Some(f)) = (&self.ngrams, &features) {
                    let factor = self.calibration.category.ngram;
                    n.contributions(&inputs[index], f, label, |field, bytes, w| s.add(field, bytes, w * factor));
                }
                s
            });
            let tokens = sequences[index].ids.len();
            answers.push(Answer { index, votes, vector: unit(vector), tokens, strengths });
        }
        if explain && self.calibration.category.encoder > 0.0 {
            self.encoder_strengths(&packed, &embedded, &outputs.logits[1], sequences, &mut answers)?;
        }
        Ok(answers)
    }

    /// Gradient × input at the token embeddings, for each answer's first category: one backward pass
    /// for the whole batch.
    fn encoder_strengths(
        &self,
        packed: &Packed,
        embedded: &Tensor,
        logits: &Tensor,
        sequences: &[Sequence],
        answers: &mut [Answer],
    ) -> Result<(), ModelError> {
        let (rows, labels) = logits.dims2()?;
        let mut chosen = vec![0f32; rows * labels];
        for (row, a) in answers.iter().enumerate() {
            chosen[row * labels + self.first_category(&a.votes)] = 1.0;
        }
        let chosen = Tensor::from_vec(chosen, (rows, labels), logits.device())?;
        let gradients = (logits * chosen)?.sum_all()?.backward()?;
        let Some(gradient) = gradients.get(embedded) else { return Ok(()) };
        let scores: Vec<f32> = (gradient * embedded)?.sum(1)?.to_vec1()?;
        for (row, a) in answers.iter_mut().enumerate() {
            let Some(s) = &mut a.strengths else { continue };
            let scores = &scores[packed.bounds[row]..packed.bounds[row + 1]];
            for (span, score) in sequences[a.index].spans.iter().zip(scores) {
                if let Some((field, bytes)) = span {
                    s.add(*field, bytes.clone(), score * self.calibration.category.encoder);
                }
            }
        }
        Ok(())
    }

    fn blended(&self, votes: &Votes, head: usize) -> Vec<f32> {
        let sizes = self.labels.sizes();
        let from: usize = sizes[..head].iter().sum();
        let range = from..from + sizes[head];
        let mixes = self.calibration.heads();
        let pairs = votes.encoder[range.clone()].iter().zip(&votes.ngram[range]);
        match mixes.get(head) {
            Some(mix) => pairs.map(|(e, n)| mix.of(*e, *n)).collect(),
            None => pairs.zip(&self.calibration.flags).map(|((e, n), mix)| mix.of(*e, *n)).collect(),
        }
    }

    fn first_category(&self, votes: &Votes) -> usize {
        let blended = self.blended(votes, 1);
        (0..blended.len()).fold(0, |best, i| if blended[i] > blended[best] { i } else { best })
    }

    fn prediction(&self, input: &ModelInput, answer: Answer) -> Prediction {
        let [appeal_type, category, department, _, flags] = self.labels.lists();
        let probabilities = |head: usize| softmax(&self.blended(&answer.votes, head));
        let category = ranked(category, &probabilities(1));
        let mut urgency = [0f32; 4];
        urgency.copy_from_slice(&probabilities(3));
        Prediction {
            appeal_type: ranked(appeal_type, &probabilities(0)),
            department: ranked(department, &probabilities(2)),
            urgency,
            flags: flags
                .iter()
                .zip(self.blended(&answer.votes, 4))
                .filter_map(|(label, vote)| Some((Flag::from_str(label).ok()?, sigmoid(vote))))
                .collect(),
            uncertain: category.first().is_none_or(|c| c.p < self.calibration.uncertain_below),
            category,
            evidence: answer.strengths.map(|s| s.evidence(input)).unwrap_or_default(),
            vector: answer.vector,
            tokens: answer.tokens,
        }
    }
}

/// Labels with their probabilities, best first; equal ones keep the order of the labels.
fn ranked(labels: &[String], p: &[f32]) -> Vec<Candidate> {
    let mut all: Vec<Candidate> = labels.iter().zip(p).map(|(l, p)| Candidate { label: l.clone(), p: *p }).collect();
    all.sort_by(|a, b| b.p.total_cmp(&a.p));
    all
}

/// The vector at length one (a zero vector stays).
fn unit(mut v: Vec<f32>) -> Vec<f32> {
    let length = v.iter().map(|x| x * x).sum::<f32>().sqrt();
    if length > 0.0 {
        v.iter_mut().for_each(|x| *x /= length);
    }
    v
}
