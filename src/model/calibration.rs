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
}

impl Default for Mix {
    fn default() -> Self {
        Self { encoder: 1.0, ngram: 0.0, bias: 0.0 }
    }
}

impl Mix {
    /// Blends two votes.
    pub fn of(&self, logit: f32, margin: f32) -> f32 {
        self.encoder * logit + self.ngram * margin + self.bias
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
