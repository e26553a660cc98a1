//! Asking a bundle: blended, calibrated probabilities and the words that spoke for the first
//! category.

use std::str::FromStr;

use rayon::prelude::*;

use crate::domain::{Candidate, Flag};

use super::{
    Bundle, ModelError, ModelInput, Prediction,
    calibration::sigmoid,
    evidence::Strengths,
    ngram::{Features, Ngrams},
    swift::Workspace,
    vector::unit,
};

/// Raw votes of one input, before blending: what calibration is fitted on.
#[derive(Clone, Debug, Default)]
pub struct Votes {
    /// Logits of all heads, one after another.
    pub encoder: Vec<f32>,
    /// N-gram margins in the same order; zeros where the bundle has no n-grams.
    pub ngram: Vec<f32>,
}

struct Answer {
    votes: Votes,
    vector: Vec<f32>,
    tokens: usize,
    strengths: Option<Strengths>,
}

impl Bundle {
    /// Predicts a batch, in order. `explain` adds [`Prediction::evidence`].
    ///
    /// # Errors
    /// None as bundles are computed now; the inputs cannot be wrong (an empty one is predicted from the
    /// special tokens alone).
    pub fn predict(&self, inputs: &[ModelInput], explain: bool) -> Result<Vec<Prediction>, ModelError> {
        let answers = self.answers(inputs, explain);
        Ok(inputs.iter().zip(answers).map(|(input, a)| self.prediction(input, a)).collect())
    }

    /// The votes of a batch before calibration, in order.
    ///
    /// # Errors
    /// As [`Bundle::predict`].
    pub fn votes(&self, inputs: &[ModelInput]) -> Result<Vec<Votes>, ModelError> {
        Ok(self.answers(inputs, false).into_iter().map(|a| a.votes).collect())
    }

    /// Calibrated probabilities of all labels of all heads, one after another in the order of the
    /// outputs: softmax in the four single-label heads, each mark by itself.
    pub fn probabilities(&self, votes: &Votes) -> Vec<f32> {
        let labels = (0..4).flat_map(|head| self.calibration.heads()[head].probabilities(&self.blended(votes, head)));
        labels.chain(self.blended(votes, 4).into_iter().map(sigmoid)).collect()
    }

    /// What a sentence vector is made of, for each input: the means of the embeddings and of all layers'
    /// results, one after another; the last layer's are the last [`Bundle::hidden`] numbers.
    pub fn means(&self, inputs: &[ModelInput]) -> Vec<Vec<f32>> {
        let one =
            |space: &mut Workspace, input: &ModelInput| self.swift.means(&self.reader.read(input).ids, space).to_vec();
        inputs.par_iter().map_init(Workspace::new, one).collect()
    }

    fn answers(&self, inputs: &[ModelInput], explain: bool) -> Vec<Answer> {
        let one = |space: &mut Workspace, input: &ModelInput| self.one(space, input, explain);
        inputs.par_iter().map_init(Workspace::new, one).collect()
    }

    fn one(&self, space: &mut Workspace, input: &ModelInput, explain: bool) -> Answer {
        let sequence = self.reader.read(input);
        let features = self.ngrams.as_ref().map(|n| (n, n.features(input)));
        let margins = features.as_ref().map(|(n, f)| n.margins(f));
        let ngram = |outputs: usize| margins.clone().unwrap_or_else(|| vec![0.0; outputs]);
        let from = self.labels.sizes()[0];
        if !explain || self.calibration.category.encoder <= 0.0 {
            let said = self.swift.answer(&sequence.ids, space);
            let votes = Votes { ngram: ngram(said.logits.len()), encoder: said.logits };
            let strengths = explain.then(|| self.strengths(input, features.as_ref(), &votes));
            return Answer { votes, vector: unit(said.vector), tokens: sequence.ids.len(), strengths };
        }
        let (said, scores) = self.swift.explained(&sequence.ids, space, |logits| {
            let votes = Votes { encoder: logits.to_vec(), ngram: ngram(logits.len()) };
            from + self.first_category(&votes)
        });
        let votes = Votes { ngram: ngram(said.logits.len()), encoder: said.logits };
        let mut strengths = self.strengths(input, features.as_ref(), &votes);
        for (span, score) in sequence.spans.iter().zip(scores) {
            if let Some((field, bytes)) = span {
                strengths.add(*field, bytes.clone(), score * self.calibration.category.encoder);
            }
        }
        Answer { votes, vector: unit(said.vector), tokens: sequence.ids.len(), strengths: Some(strengths) }
    }

    /// How strongly each token speaks for one output (an index into the [`Votes`]), in the encoder's
    /// logit: gradient × input, special tokens included.
    pub fn token_strengths(&self, input: &ModelInput, output: usize) -> Vec<f32> {
        let ids = self.reader.read(input).ids;
        let last = self.labels.sizes().iter().sum::<usize>() - 1;
        self.swift.explained(&ids, &mut Workspace::new(), |_| output.min(last)).1
    }

    /// What the n-grams give to the first category.
    fn strengths(&self, input: &ModelInput, features: Option<&(&Ngrams, Features)>, votes: &Votes) -> Strengths {
        let mut strengths = Strengths::new(input);
        if let Some((ngrams, features)) = features {
            let label = self.labels.sizes()[0] + self.first_category(votes);
            let factor = self.calibration.category.ngram;
            ngrams.contributions(input, features, label, |field, bytes, w| strengths.add(field, bytes, w * factor));
        }
        strengths
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
        let probabilities =
            |head: usize| self.calibration.heads()[head].probabilities(&self.blended(&answer.votes, head));
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
