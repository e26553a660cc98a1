//! Asking a bundle: blended, calibrated probabilities of every head, and the words that spoke for the
//! first category.

use std::{ops::Range, str::FromStr};

use rayon::prelude::*;

use crate::domain::{Candidate, Field, Flag, HeadKind};

use super::{
    Bundle, ModelError, ModelInput, Prediction,
    calibration::{Mix, sigmoid},
    evidence::Strengths,
    labels::{CATEGORY, DEPARTMENT, FLAGS, TRIAGE, TYPE, URGENCY},
    ngram::{Features, Ngrams},
    spans::decode,
    swift::{self, Workspace},
    tokenizer::Sequence,
    vector::unit,
};

/// Raw votes of one input, before blending: what calibration is fitted on.
#[derive(Clone, Debug, Default)]
pub struct Votes {
    /// Logits of the heads for the whole text, one after another.
    pub encoder: Vec<f32>,
    /// N-gram margins in the same order; zeros where the bundle has no n-grams.
    pub ngram: Vec<f32>,
}

/// What one head says of one input.
#[derive(Clone, Debug, PartialEq)]
pub struct HeadAnswer {
    /// Name of the head.
    pub head: String,
    /// What it says.
    pub said: Said,
}

/// What is said by a head of each kind.
#[derive(Clone, Debug, PartialEq)]
pub enum Said {
    /// All labels with probabilities that add up to one, best first.
    One(Vec<Candidate>),
    /// All labels in their order, each with its own probability.
    Each(Vec<Candidate>),
    /// The stretches that were found, in the order of title and text; they do not overlap.
    Spans(Vec<FoundSpan>),
}

/// A stretch of the normalised input that a span head found.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundSpan {
    /// Label.
    pub label: String,
    /// Title or text.
    pub field: Field,
    /// Bytes of that normalised text, on character boundaries.
    pub bytes: Range<usize>,
    /// Calibrated probability that exactly this stretch carries the label.
    pub p: f32,
}

struct Answer {
    votes: Votes,
    tags: Vec<f32>,
    sequence: Sequence,
    vector: Vec<f32>,
    strengths: Option<Strengths>,
}

impl Answer {
    fn new(said: swift::Answer, margins: Option<Vec<f32>>, sequence: Sequence, strengths: Option<Strengths>) -> Self {
        let ngram = margins.unwrap_or_else(|| vec![0.0; said.logits.len()]);
        let votes = Votes { encoder: said.logits, ngram };
        Self { votes, tags: said.tags, sequence, vector: unit(said.vector), strengths }
    }
}

impl Bundle {
    /// Triages a batch, in order. `explain` adds [`Prediction::evidence`].
    ///
    /// # Errors
    /// [`ModelError::NotForTriage`]; the inputs cannot be wrong (an empty one is predicted from the
    /// special tokens alone).
    pub fn predict(&self, inputs: &[ModelInput], explain: bool) -> Result<Vec<Prediction>, ModelError> {
        self.check_triage()?;
        let answers = self.answer(inputs, explain);
        Ok(inputs.iter().zip(answers).map(|(input, a)| self.prediction(input, a)).collect())
    }

    /// What every head says of a batch, whatever the bundle was made for, in order.
    ///
    /// # Errors
    /// None as bundles are computed now.
    pub fn answers(&self, inputs: &[ModelInput]) -> Result<Vec<Vec<HeadAnswer>>, ModelError> {
        let answers = self.answer(inputs, false);
        Ok(inputs.iter().zip(answers).map(|(input, a)| self.said(input, &a, 0)).collect())
    }

    /// The votes of a batch before calibration, in order.
    ///
    /// # Errors
    /// None as bundles are computed now.
    pub fn votes(&self, inputs: &[ModelInput]) -> Result<Vec<Votes>, ModelError> {
        Ok(self.answer(inputs, false).into_iter().map(|a| a.votes).collect())
    }

    /// Calibrated probabilities of the labels of a head for the whole text: they add up to one in a
    /// single-label head. Empty for a span head or none.
    pub fn probabilities(&self, votes: &Votes, head: usize) -> Vec<f32> {
        match self.labels.heads().get(head).map(|h| h.kind) {
            Some(HeadKind::Single) => self.mix(head).probabilities(&self.blended(votes, head)),
            Some(HeadKind::Multi) => self.blended(votes, head).into_iter().map(sigmoid).collect(),
            Some(HeadKind::Span) | None => Vec::new(),
        }
    }

    /// The token ids of an input, as the encoder reads them.
    pub fn ids(&self, input: &ModelInput) -> Vec<u32> {
        self.reader.read(input).ids
    }

    /// Logits of all heads for sequences of token ids, in order: the network alone, for comparing it with
    /// other programs that compute it.
    ///
    /// # Errors
    /// If a sequence is empty, longer than the encoder's positions, or has an id outside the vocabulary.
    pub fn logits(&self, sequences: &[Vec<u32>]) -> Result<Vec<Vec<f32>>, ModelError> {
        for ids in sequences {
            self.swift.check(ids)?;
        }
        let one = |ids: &Vec<u32>| Workspace::own(|space| self.swift.answer(ids, space).logits);
        if let [ids] = sequences {
            return Ok(vec![one(ids)]);
        }
        Ok(sequences.par_iter().map(one).collect())
    }

    /// What a sentence vector is made of, for each input: the means of the embeddings and of all layers'
    /// results, one after another; the last layer's are the last [`Bundle::hidden`] numbers.
    pub fn means(&self, inputs: &[ModelInput]) -> Vec<Vec<f32>> {
        let one = |input: &ModelInput| {
            let ids = self.reader.read(input).ids;
            Workspace::own(|space| self.swift.means(&ids, space).to_vec())
        };
        inputs.par_iter().map(one).collect()
    }

    /// Sentence vectors of unit length, in order: [`Prediction::vector`] without the rest.
    pub fn vectors(&self, inputs: &[ModelInput]) -> Vec<Vec<f32>> {
        let one = |input: &ModelInput| {
            let ids = self.reader.read(input).ids;
            Workspace::own(|space| unit(self.swift.answer(&ids, space).vector))
        };
        if let [input] = inputs {
            return vec![one(input)];
        }
        inputs.par_iter().map(one).collect()
    }

    fn answer(&self, inputs: &[ModelInput], explain: bool) -> Vec<Answer> {
        let one = |input: &ModelInput| Workspace::own(|space| self.one(space, input, explain));
        if let [input] = inputs {
            // no other thread is woken for a single one
            return vec![one(input)];
        }
        inputs.par_iter().map(one).collect()
    }

    fn one(&self, space: &mut Workspace, input: &ModelInput, explain: bool) -> Answer {
        let sequence = self.reader.read(input);
        let features = self.ngrams.as_ref().map(|n| (n, n.features(input)));
        let margins = features.as_ref().map(|(n, f)| n.margins(f));
        if !explain {
            let said = self.swift.answer(&sequence.ids, space);
            return Answer::new(said, margins, sequence, None);
        }
        let factor = self.mix(CATEGORY).encoder;
        let (said, scores) = if factor > 0.0 {
            self.swift.explained(&sequence.ids, space, |logits| {
                let ngram = margins.clone().unwrap_or_else(|| vec![0.0; logits.len()]);
                let votes = Votes { encoder: logits.to_vec(), ngram };
                self.ranges[CATEGORY].start + self.first_category(&votes)
            })
        } else {
            (self.swift.answer(&sequence.ids, space), Vec::new())
        };
        let mut answer = Answer::new(said, margins, sequence, None);
        let mut strengths = self.strengths(input, features.as_ref(), &answer.votes);
        for (span, score) in answer.sequence.spans.iter().zip(scores) {
            if let Some((field, bytes)) = span {
                strengths.add(*field, bytes.clone(), score * factor);
            }
        }
        answer.strengths = Some(strengths);
        answer
    }

    /// How strongly each token speaks for one output (an index into the [`Votes`]), in the encoder's
    /// logit: gradient × input, special tokens included.
    pub fn token_strengths(&self, input: &ModelInput, output: usize) -> Vec<f32> {
        let ids = self.reader.read(input).ids;
        let last = self.labels.text_outputs().saturating_sub(1);
        self.swift.explained(&ids, &mut Workspace::new(), |_| output.min(last)).1
    }

    /// What the n-grams give to the first category.
    fn strengths(&self, input: &ModelInput, features: Option<&(&Ngrams, Features)>, votes: &Votes) -> Strengths {
        let mut strengths = Strengths::new(input);
        if let Some((ngrams, features)) = features {
            let label = self.ranges[CATEGORY].start + self.first_category(votes);
            let factor = self.mix(CATEGORY).ngram;
            ngrams.contributions(input, features, label, |field, bytes, w| strengths.add(field, bytes, w * factor));
        }
        strengths
    }

    /// The only factor pair of a single-label or span head.
    fn mix(&self, head: usize) -> Mix {
        self.calibration.heads.get(head).and_then(|m| m.first()).copied().unwrap_or_default()
    }

    fn blended(&self, votes: &Votes, head: usize) -> Vec<f32> {
        let range = self.ranges[head].clone();
        let pairs = votes.encoder[range.clone()].iter().zip(&votes.ngram[range]);
        let mixes = self.calibration.heads.get(head).map(Vec::as_slice).unwrap_or_default();
        let mix =
            |at: usize| if mixes.len() == 1 { self.mix(head) } else { mixes.get(at).copied().unwrap_or_default() };
        pairs.enumerate().map(|(at, (e, n))| mix(at).of(*e, *n)).collect()
    }

    fn first_category(&self, votes: &Votes) -> usize {
        let blended = self.blended(votes, CATEGORY);
        (0..blended.len()).fold(0, |best, i| if blended[i] > blended[best] { i } else { best })
    }

    /// What the heads from the `from`-th on say.
    fn said(&self, input: &ModelInput, answer: &Answer, from: usize) -> Vec<HeadAnswer> {
        let heads = self.labels.heads().iter().enumerate().skip(from);
        let said = heads.map(|(at, head)| {
            let said = match head.kind {
                HeadKind::Single => Said::One(ranked(&head.labels, &self.probabilities(&answer.votes, at))),
                HeadKind::Multi => {
                    let p = self.probabilities(&answer.votes, at);
                    Said::Each(head.labels.iter().zip(p).map(|(l, p)| Candidate { label: l.clone(), p }).collect())
                }
                HeadKind::Span => Said::Spans(self.spans(input, answer, at)),
            };
            HeadAnswer { head: head.name.clone(), said }
        });
        said.collect()
    }

    fn spans(&self, input: &ModelInput, answer: &Answer, head: usize) -> Vec<FoundSpan> {
        let (labels, range, mix) = (&self.labels.heads()[head].labels, self.ranges[head].clone(), self.mix(head));
        let width = answer.tags.len() / answer.sequence.ids.len().max(1);
        let own: Vec<f32> =
            answer.tags.chunks_exact(width.max(1)).flat_map(|row| row[range.clone()].iter().copied()).collect();
        let found = decode(&answer.sequence, input, &own, labels.len()).into_iter();
        let named = found.filter_map(|scored| {
            let p = mix.belief.map_or(scored.p, |belief| belief.of(scored.p));
            let (field, bytes) = (scored.stretch.field, scored.stretch.bytes);
            Some(FoundSpan { label: labels.get(scored.stretch.label)?.clone(), field, bytes, p })
        });
        named.collect()
    }

    fn prediction(&self, input: &ModelInput, answer: Answer) -> Prediction {
        let list = |head: usize| self.labels.of(TRIAGE[head]);
        let probabilities = |head: usize| self.probabilities(&answer.votes, head);
        let category = ranked(list(CATEGORY), &probabilities(CATEGORY));
        let mut urgency = [0f32; 4];
        urgency.copy_from_slice(&probabilities(URGENCY));
        let flags = list(FLAGS).iter().zip(probabilities(FLAGS));
        Prediction {
            appeal_type: ranked(list(TYPE), &probabilities(TYPE)),
            department: ranked(list(DEPARTMENT), &probabilities(DEPARTMENT)),
            urgency,
            flags: flags.filter_map(|(label, p)| Some((Flag::from_str(label).ok()?, p))).collect(),
            uncertain: category.first().is_none_or(|c| c.p < self.calibration.uncertain_below),
            category,
            further: self.said(input, &answer, TRIAGE.len()),
            evidence: answer.strengths.map(|s| s.evidence(input)).unwrap_or_default(),
            vector: answer.vector,
            tokens: answer.sequence.ids.len(),
        }
    }
}

/// Labels with their probabilities, best first; equal ones keep the order of the labels.
fn ranked(labels: &[String], p: &[f32]) -> Vec<Candidate> {
    let mut all: Vec<Candidate> = labels.iter().zip(p).map(|(l, p)| Candidate { label: l.clone(), p: *p }).collect();
    all.sort_by(|a, b| b.p.total_cmp(&a.p));
    all
}
