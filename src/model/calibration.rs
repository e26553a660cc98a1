//! `calibration.json`: how the two voters are blended into probabilities, and below which the answer
//! is 不确定. Fitted on appeals that neither voter was trained on.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, ser::SerializeMap};

use crate::domain::HeadKind;

use super::{
    ModelError,
    labels::{HeadLabels, LABELS_FILE, Labels},
};

/// Name of the file.
pub const CALIBRATION_FILE: &str = "calibration.json";

/// `encoder · logit + ngram · margin + bias`: the two factors are weights of the voters and inverse
/// temperature in one. Span heads use `belief` alone.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mix {
    /// Factor of the encoder's logits.
    pub encoder: f32,
    /// Factor of the n-gram margins.
    pub ngram: f32,
    /// Added at the end; only labels that are answered by yes or no use it.
    #[serde(default)]
    pub bias: f32,
    /// How far the first answer is to be believed; none as it says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub belief: Option<Belief>,
}

/// `slope · logit(p) + offset` of the first answer's probability (Platt 1999): the temperature that is best
/// for all labels together leaves the first one too sure of itself.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Belief {
    /// Factor of the logit.
    pub slope: f32,
    /// Added to it.
    pub offset: f32,
}

impl Belief {
    /// What is to be believed of a probability.
    pub fn of(&self, p: f32) -> f32 {
        let p = p.clamp(1e-6, 1.0 - 1e-6);
        sigmoid(self.slope * (p / (1.0 - p)).ln() + self.offset)
    }

    /// Gives the first label what is to be believed of it and the others the rest, as they share it now;
    /// the order stays.
    fn apply(&self, p: &mut [f32]) {
        let Some(first) = (0..p.len()).reduce(|best, i| if p[i] > p[best] { i } else { best }) else { return };
        let rest = 1.0 - p[first];
        if rest <= 1e-6 {
            return;
        }
        let second = p.iter().enumerate().filter(|(i, _)| *i != first).map(|(_, v)| *v).fold(0f32, f32::max) / rest;
        let own = self.of(p[first]).max(second / (1.0 + second));
        let factor = (1.0 - own) / rest;
        p.iter_mut().for_each(|v| *v *= factor);
        p[first] = own;
    }
}

impl Default for Mix {
    fn default() -> Self {
        Self { encoder: 1.0, ngram: 0.0, bias: 0.0, belief: None }
    }
}

impl Mix {
    /// Blends two votes.
    pub fn of(&self, logit: f32, margin: f32) -> f32 {
        self.encoder * logit + self.ngram * margin + self.bias
    }

    /// Probabilities of a single-label head from its blended votes.
    pub fn probabilities(&self, votes: &[f32]) -> Vec<f32> {
        let mut p = softmax(votes);
        if let Some(belief) = &self.belief {
            belief.apply(&mut p);
        }
        p
    }

    fn check(&self) -> Result<(), String> {
        let sane = self.encoder >= 0.0 && self.ngram >= 0.0 && self.encoder + self.ngram > 0.0;
        if !(sane && self.encoder + self.ngram + self.bias.abs() < 1e4) {
            return Err(format!("a head has the factors {} and {}", self.encoder, self.ngram));
        }
        // a slope of zero or less would turn the order of answers by sureness around
        match self.belief.filter(|b| !(b.slope > 0.0 && b.slope < 1e3 && b.offset.abs() < 1e3)) {
            Some(b) => Err(format!("a head is believed with slope {} and offset {}", b.slope, b.offset)),
            None => Ok(()),
        }
    }
}

/// The file's content.
#[derive(Clone, Debug, PartialEq)]
pub struct Calibration {
    /// For each head of the labels one factor pair, or, for a head of several labels, one for each.
    pub heads: Vec<Vec<Mix>>,
    /// 不确定 when the first category's probability is below.
    pub uncertain_below: f32,
}

/// One factor pair for a head, or one for each of its labels.
#[derive(Deserialize)]
#[serde(untagged)]
enum Factors {
    One(Mix),
    Each(Vec<Mix>),
}

/// Heads of triage stand under their own names, the others under `further`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "type")]
    appeal_type: Option<Mix>,
    category: Option<Mix>,
    department: Option<Mix>,
    urgency: Option<Mix>,
    flags: Option<Vec<Mix>>,
    #[serde(default = "half")]
    uncertain_below: f32,
    #[serde(default)]
    further: BTreeMap<String, Factors>,
}

fn half() -> f32 {
    0.5
}

/// Factor pairs that a head needs.
fn needed(head: &HeadLabels) -> usize {
    if head.kind == HeadKind::Multi { head.labels.len() } else { 1 }
}

impl Calibration {
    /// No blending and no temperature: what a bundle starts with before it is calibrated.
    pub fn neutral(labels: &Labels) -> Self {
        let heads = labels.heads().iter().map(|h| vec![Mix::default(); needed(h)]).collect();
        Self { heads, uncertain_below: half() }
    }

    /// Reads the file of a bundle with these labels.
    ///
    /// # Errors
    /// If it is broken, lacks a head, or a number makes no sense.
    pub fn parse(json: &[u8], labels: &Labels) -> Result<Self, ModelError> {
        let bad = |why: String| ModelError::File { file: CALIBRATION_FILE.into(), why };
        let file: File = serde_json::from_slice(json).map_err(|e| bad(e.to_string()))?;
        let mut named = file.further;
        let one = |mix: Option<Mix>| mix.map(Factors::One);
        let (appeal_type, category, department) = (one(file.appeal_type), one(file.category), one(file.department));
        let own = [appeal_type, category, department, one(file.urgency), file.flags.map(Factors::Each)];
        for (name, factors) in super::labels::TRIAGE.into_iter().zip(own) {
            if let Some(factors) = factors {
                named.insert(name.into(), factors);
            }
        }
        let mut heads = Vec::new();
        for head in labels.heads() {
            let mixes = match named.remove(&head.name) {
                Some(Factors::One(mix)) => vec![mix],
                Some(Factors::Each(mixes)) => mixes,
                None => return Err(bad(format!("head {} is missing", head.name))),
            };
            if mixes.len() != needed(head) {
                return Err(ModelError::Mismatch(format!(
                    "{CALIBRATION_FILE} has {} factor pairs for head {}, {LABELS_FILE} needs {}",
                    mixes.len(),
                    head.name,
                    needed(head)
                )));
            }
            mixes.iter().try_for_each(Mix::check).map_err(bad)?;
            heads.push(mixes);
        }
        if let Some(name) = named.into_keys().next() {
            return Err(ModelError::Mismatch(format!("{CALIBRATION_FILE} has a head {name}, {LABELS_FILE} has none")));
        }
        if !(0.0..=1.0).contains(&file.uncertain_below) {
            return Err(bad(format!("uncertain_below is {}, must lie in 0..=1", file.uncertain_below)));
        }
        Ok(Self { heads, uncertain_below: file.uncertain_below })
    }

    /// The same with another bundle's factors for the heads that both have with the same labels.
    #[must_use]
    pub fn taken_from(mut self, labels: &Labels, other: &Self, others: &Labels) -> Self {
        for (head, mixes) in labels.heads().iter().zip(&mut self.heads) {
            let same = others.heads().iter().position(|o| o == head).and_then(|at| other.heads.get(at));
            if let Some(own) = same {
                mixes.clone_from(own);
            }
        }
        Self { uncertain_below: other.uncertain_below, ..self }
    }

    /// What is written for a bundle with these labels.
    pub fn named<'c>(&'c self, labels: &'c Labels) -> impl Serialize + 'c {
        Named { calibration: self, labels }
    }
}

struct Named<'c> {
    calibration: &'c Calibration,
    labels: &'c Labels,
}

/// The factors of one head: a pair, or a list of them.
struct Written<'c>(&'c HeadLabels, &'c [Mix]);

impl Serialize for Written<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match (self.0.kind, self.1) {
            (HeadKind::Single | HeadKind::Span, [mix]) => mix.serialize(serializer),
            (_, mixes) => mixes.serialize(serializer),
        }
    }
}

/// Further heads by name.
struct Further<'c>(Vec<Written<'c>>);

impl Serialize for Further<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|w| (&w.0.name, w)))
    }
}

impl Serialize for Named<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let mut all: Vec<Written<'_>> =
            self.labels.heads().iter().zip(&self.calibration.heads).map(|(h, m)| Written(h, m)).collect();
        let further = all.split_off(all.len() - self.labels.further().len().min(all.len()));
        for own in &all {
            map.serialize_entry(&own.0.name, own)?;
        }
        map.serialize_entry("uncertain_below", &self.calibration.uncertain_below)?;
        if !further.is_empty() {
            map.serialize_entry("further", &Further(further))?;
        }
        map.end()
    }
}

/// Softmax of blended votes.
pub fn softmax(votes: &[f32]) -> Vec<f32> {
    let max = votes.iter().copied().fold(f32::MIN, f32::max);
    let e: Vec<f32> = votes.iter().map(|v| (v - max).exp()).collect();
    let sum: f32 = e.iter().sum();
    e.iter().map(|v| v / sum).collect()
}

/// Probability of yes.
pub fn sigmoid(vote: f32) -> f32 {
    1.0 / (1.0 + (-vote).exp())
}
