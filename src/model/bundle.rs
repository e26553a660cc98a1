//! A model directory: opened, checked, asked.

use std::{borrow::Cow, collections::BTreeMap, ops::Range, path::Path};

use crate::domain::{Candidate, Field, Flag};

/// Files of a bundle by name (`config.json`, `tokenizer.json`, `model.safetensors`, `labels.json`,
/// `calibration.json`): from a folder, or embedded in the binary.
pub type BundleFiles = BTreeMap<String, Cow<'static, [u8]>>;

/// Why a bundle cannot be used or a prediction failed.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// A file is missing or unreadable.
    #[error("bundle file {file}: {why}")]
    File {
        /// Name in the bundle.
        file: String,
        /// What is wrong.
        why: String,
    },
    /// Files contradict each other.
    #[error("bundle does not fit together: {0}")]
    Mismatch(String),
    /// A tensor operation failed.
    #[error("computing a prediction failed: {0}")]
    Compute(#[from] candle_core::Error),
}

/// Normalised title and text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModelInput {
    /// Normalised 标题
    pub title: String,
    /// Normalised 诉求内容
    pub text: String,
}

/// A stretch of the normalised input that spoke for the first category.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    /// Title or text.
    pub field: Field,
    /// Bytes of that normalised text, on character boundaries.
    pub bytes: Range<usize>,
    /// Share of the evidence, 0..=1.
    pub weight: f32,
}

/// Calibrated probabilities of one input.
#[derive(Clone, Debug)]
pub struct Prediction {
    /// All types, best first.
    pub appeal_type: Vec<Candidate>,
    /// Categories, best first.
    pub category: Vec<Candidate>,
    /// Departments, best first.
    pub department: Vec<Candidate>,
    /// In the order of `Urgency::ALL`.
    pub urgency: [f32; 4],
    /// Marks read from text.
    pub flags: Vec<(Flag, f32)>,
    /// Whether the first category is under the bundle's threshold.
    pub uncertain: bool,
    /// Words that spoke for the first category; empty when not asked for.
    pub evidence: Vec<Evidence>,
    /// Sentence vector of unit length.
    pub vector: Vec<f32>,
    /// Tokens read (after truncation).
    pub tokens: usize,
}

/// A loaded bundle. `predict` is `&self` and may be called from several threads.
pub struct Bundle {}

impl std::fmt::Debug for Bundle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Bundle")
    }
}

impl Bundle {
    /// Opens a directory.
    ///
    /// # Errors
    /// Names the file and what is wrong with it.
    pub fn open(dir: &Path) -> Result<Self, ModelError> {
        let _ = dir;
        todo!()
    }

    /// Reads named files.
    ///
    /// # Errors
    /// Names the file and what is wrong with it.
    pub fn from_files(files: &BundleFiles) -> Result<Self, ModelError> {
        let _ = files;
        todo!()
    }

    /// Name and short content hash, e.g. `jianghai-256x4@1f3a9c2e`.
    pub fn id(&self) -> &str {
        todo!()
    }

    /// Category codes that the bundle can answer, to be checked against the pack.
    pub fn category_labels(&self) -> &[String] {
        todo!()
    }

    /// Department names that the bundle can answer.
    pub fn department_labels(&self) -> &[String] {
        todo!()
    }

    /// Number of tokens of an input after truncation, for batching by length.
    pub fn tokens(&self, input: &ModelInput) -> usize {
        let _ = input;
        todo!()
    }

    /// Predicts a batch, in order. `explain` adds [`Prediction::evidence`].
    ///
    /// # Errors
    /// [`ModelError::Compute`]; the inputs themselves cannot be wrong (an empty one is predicted from
    /// the special tokens alone).
    pub fn predict(&self, inputs: &[ModelInput], explain: bool) -> Result<Vec<Prediction>, ModelError> {
        let _ = (inputs, explain);
        todo!()
    }
}
