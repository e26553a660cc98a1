//! The learned weights.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::FEATURES;

/// What the second look was taught: by `tingsu eval search --learn`, which writes this file.
const LEARNED: &str = include_str!("weights.json");

static WEIGHTS: LazyLock<Weights> = LazyLock::new(|| serde_json::from_str(LEARNED).unwrap_or_default());

/// Weights for words alone and for words with vectors.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Weights {
    /// The command that made them.
    pub made_by: String,
    /// Words alone.
    pub words: Net,
    /// Words and vectors.
    pub hybrid: Net,
}

impl Weights {
    /// The shipped ones.
    pub fn learned() -> &'static Self {
        &WEIGHTS
    }
}

/// Features to log odds: a linear map, and beside it a small layer of tanh.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Net {
    /// Features are taken minus this …
    pub mean: Vec<f32>,
    /// … and divided by this.
    pub deviation: Vec<f32>,
    /// Straight to the odds.
    pub direct: Vec<f32>,
    /// Per unit: weights of the features, bias, weight in the odds.
    pub units: Vec<(Vec<f32>, f32, f32)>,
}

impl Net {
    /// The log odds of a candidate beside the others of its query.
    pub fn value(&self, features: &[f32; FEATURES]) -> f32 {
        let scaled = |n: usize| (features[n] - self.mean[n]) / self.deviation[n].max(1e-6);
        let count = FEATURES.min(self.mean.len()).min(self.deviation.len());
        let x: Vec<f32> = (0..count).map(scaled).collect();
        let dot = |w: &[f32]| w.iter().zip(&x).map(|(w, x)| w * x).sum::<f32>();
        let units: f32 = self.units.iter().map(|(w, bias, out)| out * (dot(w) + bias).tanh()).sum();
        dot(&self.direct) + units
    }
}
