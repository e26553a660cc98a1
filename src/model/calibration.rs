//! `calibration.json`: how the two voters are blended into probabilities, and below which the answer
//! is 不确定. Fitted on appeals that neither voter was trained on.

use serde::{Deserialize, Serialize};

use super::ModelError;

/// Name of the file.
pub const CALIBRATION_FILE: &str = "calibration.json";

/// `encoder · logit + ngram · margin + bias`: the two factors are weights of the voters and inverse
/// temperature in one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mix {
    /// Factor of the encoder's logits.
    pub encoder: f32,
    /// Factor of the n-gram margins.
    pub ngram: f32,
    /// Added at the end; only marks (yes or no) use it.
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
}

/// The file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// 诉求类型
    #[serde(rename = "type")]
    pub appeal_type: Mix,
    /// 二级分类
    pub category: Mix,
    /// 主办单位
    pub department: Mix,
    /// 紧急程度
    pub urgency: Mix,
    /// One for each mark, in the order of the labels.
    pub flags: Vec<Mix>,
    /// 不确定 when the first category's probability is below.
    pub uncertain_below: f32,
}

impl Calibration {
    /// No blending and no temperature: what a bundle starts with before it is calibrated.
    pub fn neutral(flags: usize) -> Self {
        let mix = Mix::default();
        Self {
            appeal_type: mix,
            category: mix,
            department: mix,
            urgency: mix,
            flags: vec![mix; flags],
            uncertain_below: 0.5,
        }
    }

    /// Reads the file; `flags` is the number of marks.
    ///
    /// # Errors
    /// If it is broken, or a number makes no sense.
    pub fn parse(json: &[u8], flags: usize) -> Result<Self, ModelError> {
        let bad = |why: String| ModelError::File { file: CALIBRATION_FILE.into(), why };
        let c: Self = serde_json::from_slice(json).map_err(|e| bad(e.to_string()))?;
        if c.flags.len() != flags {
            return Err(ModelError::Mismatch(format!(
                "{CALIBRATION_FILE} has {} marks, labels.json {flags}",
                c.flags.len()
            )));
        }
        for mix in c.heads().iter().chain(&c.flags) {
            let sane = mix.encoder >= 0.0 && mix.ngram >= 0.0 && mix.encoder + mix.ngram > 0.0;
            if !(sane && mix.encoder + mix.ngram + mix.bias.abs() < 1e4) {
                return Err(bad(format!("a head has the factors {} and {}", mix.encoder, mix.ngram)));
            }
            // a slope of zero or less would turn the order of answers by sureness around
            if let Some(b) = mix.belief.filter(|b| !(b.slope > 0.0 && b.slope < 1e3 && b.offset.abs() < 1e3)) {
                return Err(bad(format!("a head is believed with slope {} and offset {}", b.slope, b.offset)));
            }
        }
        if !(0.0..=1.0).contains(&c.uncertain_below) {
            return Err(bad(format!("uncertain_below is {}, must lie in 0..=1", c.uncertain_below)));
        }
        Ok(c)
    }

    /// The four single-label heads in the order of the outputs.
    pub fn heads(&self) -> [Mix; 4] {
        [self.appeal_type, self.category, self.department, self.urgency]
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
