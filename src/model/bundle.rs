//! A model directory: opened, checked, asked.

use std::{borrow::Cow, collections::BTreeMap, fs, ops::Range, path::Path};

use serde::Deserialize;

use crate::domain::{Candidate, Field, Flag};

use super::{
    calibration::{CALIBRATION_FILE, Calibration},
    config::{CONFIG_FILE, EncoderConfig},
    encoder::{Encoder, constant},
    heads::Heads,
    labels::{CATEGORY, DEPARTMENT, LABELS_FILE, Labels, TRIAGE},
    ngram::Ngrams,
    predict::HeadAnswer,
    swift::{Precision, Swift},
    tokenizer::{Reader, TOKENIZER_FILE},
    vector::Projection,
    weights::{WEIGHTS_FILE, Weights},
};

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
    /// The bundle was made for something else.
    #[error("bundle {id} answers {heads}: triage needs a bundle that answers {}", TRIAGE.join(", "))]
    NotForTriage {
        /// Id of the bundle.
        id: String,
        /// What it answers.
        heads: String,
    },
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

impl ModelInput {
    /// Title or text.
    pub fn field(&self, field: Field) -> &str {
        match field {
            Field::Title => &self.title,
            Field::Text => &self.text,
        }
    }
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
    /// What the heads beside those of triage say, in the order of the labels.
    pub further: Vec<HeadAnswer>,
    /// Words that spoke for the first category; empty when not asked for.
    pub evidence: Vec<Evidence>,
    /// Sentence vector of unit length.
    pub vector: Vec<f32>,
    /// Tokens read (after truncation).
    pub tokens: usize,
}

/// Files that make a bundle, in the order in which its hash reads them.
pub const BUNDLE_FILES: [&str; 5] = [CONFIG_FILE, TOKENIZER_FILE, WEIGHTS_FILE, LABELS_FILE, CALIBRATION_FILE];

/// Largest file of a bundle that is read (a 400M-parameter encoder in f32).
const LARGEST: u64 = 2 << 30;

/// What `config.json` says about the bundle itself, beside the encoder.
#[derive(Deserialize)]
struct Own {
    #[serde(default)]
    tingsu: Named,
}

#[derive(Deserialize)]
#[serde(default)]
struct Named {
    name: String,
    max_tokens: usize,
    held_back: Option<HeldBack>,
}

/// Which of the held-back rows the training of a bundle left out: tells what its figures are worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HeldBack {
    /// All of them.
    Excluded,
    /// The real ones only.
    Real,
    /// None.
    Included,
}

impl Default for Named {
    fn default() -> Self {
        Self { name: "bundle".into(), max_tokens: 256, held_back: None }
    }
}

/// A loaded bundle. `predict` is `&self` and may be called from several threads.
pub struct Bundle {
    id: String,
    held_back: Option<HeldBack>,
    hidden: usize,
    /// Width of learned vectors.
    vector: Option<usize>,
    pub(super) swift: Swift,
    pub(super) reader: Reader,
    pub(super) labels: Labels,
    /// Where the outputs of each head lie.
    pub(super) ranges: Vec<Range<usize>>,
    pub(super) calibration: Calibration,
    pub(super) ngrams: Option<Ngrams>,
}

impl std::fmt::Debug for Bundle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bundle").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Bundle {
    /// Opens a directory.
    ///
    /// # Errors
    /// Names the file and what is wrong with it.
    pub fn open(dir: &Path) -> Result<Self, ModelError> {
        Self::open_in(dir, Precision::default())
    }

    /// Opens a directory, to be served in a precision.
    ///
    /// # Errors
    /// Names the file and what is wrong with it.
    pub fn open_in(dir: &Path, precision: Precision) -> Result<Self, ModelError> {
        let mut files = BundleFiles::new();
        for name in BUNDLE_FILES {
            let path = dir.join(name);
            let bad = |why: String| ModelError::File { file: path.display().to_string(), why };
            let size = fs::metadata(&path).map_err(|e| bad(e.to_string()))?.len();
            if size > LARGEST {
                return Err(bad(format!("has {size} bytes, at most {LARGEST} are read")));
            }
            files.insert(name.into(), Cow::Owned(fs::read(&path).map_err(|e| bad(e.to_string()))?));
        }
        Self::from_files_in(&files, precision)
    }

    /// Reads named files, to be served in the default precision.
    ///
    /// # Errors
    /// Names the file and what is wrong with it.
    pub fn from_files(files: &BundleFiles) -> Result<Self, ModelError> {
        Self::from_files_in(files, Precision::default())
    }

    /// Reads named files, to be served in a precision.
    ///
    /// # Errors
    /// Names the file and what is wrong with it.
    pub fn from_files_in(files: &BundleFiles, precision: Precision) -> Result<Self, ModelError> {
        let file = |name: &str| {
            let missing = || ModelError::File { file: name.into(), why: "is missing".into() };
            files.get(name).map(|bytes| bytes.as_ref()).ok_or_else(missing)
        };
        let config = EncoderConfig::parse(file(CONFIG_FILE)?)?;
        let own: Own = serde_json::from_slice(file(CONFIG_FILE)?)
            .map_err(|e| ModelError::File { file: CONFIG_FILE.into(), why: e.to_string() })?;
        let labels = Labels::parse(file(LABELS_FILE)?)?;
        let calibration = Calibration::parse(file(CALIBRATION_FILE)?, &labels)?;
        let max = own.tingsu.max_tokens.min(config.longest());
        let reader = Reader::parse(file(TOKENIZER_FILE)?, config.vocabulary, max)?;
        let weights = Weights::parse(file(WEIGHTS_FILE)?)?;
        let encoder = Encoder::load(&config, &weights, &mut constant)?;
        let heads = Heads::load(config.hidden, &labels, &weights, &mut constant)?;
        let ngrams = Ngrams::load(&weights, labels.text_outputs())?;
        let mut hash = blake3::Hasher::new();
        for name in BUNDLE_FILES {
            let bytes = file(name)?;
            hash.update(&(bytes.len() as u64).to_le_bytes());
            hash.update(bytes);
        }
        let id = format!("{}@{}", own.tingsu.name, &hash.finalize().to_hex()[..8]);
        let (held_back, hidden) = (own.tingsu.held_back, config.hidden);
        let projection = Projection::load(&weights, Swift::all_means(hidden, config.layers))?;
        let vector = projection.as_ref().map(Projection::width);
        let swift = Swift::new(&encoder, &heads, projection, precision)?;
        let ranges = labels.ranges();
        Ok(Self { id, held_back, hidden, vector, swift, reader, labels, ranges, calibration, ngrams })
    }

    /// Name and short content hash, e.g. `jianghai-256x4@1f3a9c2e`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Which held-back rows its training left out; none if it does not say.
    pub fn held_back(&self) -> Option<HeldBack> {
        self.held_back
    }

    /// Whether it can be asked for a triage.
    ///
    /// # Errors
    /// Says what it answers instead.
    pub fn check_triage(&self) -> Result<(), ModelError> {
        if self.labels.triage() {
            return Ok(());
        }
        let heads: Vec<&str> = self.labels.heads().iter().map(|h| h.name.as_str()).collect();
        Err(ModelError::NotForTriage { id: self.id.clone(), heads: heads.join(", ") })
    }

    /// The bundle, if it can be asked for a triage.
    ///
    /// # Errors
    /// As [`Bundle::check_triage`].
    pub fn for_triage(self) -> Result<Self, ModelError> {
        self.check_triage().map(|()| self)
    }

    /// All heads with their labels.
    pub fn labels(&self) -> &Labels {
        &self.labels
    }

    /// Category codes that the bundle can answer, to be checked against the pack.
    pub fn category_labels(&self) -> &[String] {
        self.labels.of(TRIAGE[CATEGORY])
    }

    /// Department names that the bundle can answer.
    pub fn department_labels(&self) -> &[String] {
        self.labels.of(TRIAGE[DEPARTMENT])
    }

    /// The probability of the first category under which an answer is 不确定.
    pub fn uncertain_below(&self) -> f32 {
        self.calibration.uncertain_below
    }

    /// Width of [`Prediction::vector`].
    pub fn vector_width(&self) -> usize {
        self.vector.unwrap_or(self.hidden)
    }

    /// Whether its vectors were learned from texts that belong together (`tingsu train vectors`).
    pub fn learned_vectors(&self) -> bool {
        self.vector.is_some()
    }

    /// Width of the encoder's states.
    pub fn hidden(&self) -> usize {
        self.hidden
    }

    /// The same bundle with another calibration (its id stays that of the files).
    pub fn recalibrated(self, calibration: Calibration) -> Self {
        Self { calibration, ..self }
    }

    /// Number of tokens of an input after truncation, for batching by length.
    pub fn tokens(&self, input: &ModelInput) -> usize {
        self.reader.read(input).ids.len()
    }
}
