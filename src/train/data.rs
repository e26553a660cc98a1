//! Labelled appeals as training sees them: normalised texts, sorted by id, checked as a set.

use std::{
    collections::{BTreeSet, HashSet},
    path::PathBuf,
};

use crate::{
    domain::Flag,
    labelled::{self, DataError, Known, Part, Row},
    model::{ModelError, ModelInput, labels::Labels},
};

use super::sample::normalized;

const HINT: &str = "check --appeals, --annotations and --corpus";

/// Why training cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// A data file cannot be used.
    #[error(transparent)]
    Rows(#[from] DataError),
    /// The data as a whole cannot be used.
    #[error("training data: {0}")]
    Data(String),
    /// A file cannot be read or written.
    #[error("{path}: {why}")]
    File {
        /// The path.
        path: String,
        /// What is wrong.
        why: String,
    },
    /// The encoder or the bundle.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The loss became NaN or infinite.
    #[error("the loss is {0} at step {1}: lower the learning rate")]
    Diverged(f32, usize),
    /// Someone asked to stop.
    #[error("stopped, nothing was written")]
    Stopped,
    /// Someone asked to stop a run that is kept; so many steps are done.
    #[error("stopped after step {0}, no bundle was written; the same command goes on from there")]
    Paused(usize),
}

impl From<candle_core::Error> for TrainError {
    fn from(e: candle_core::Error) -> Self {
        TrainError::Model(ModelError::Compute(e))
    }
}

/// Where labelled appeals come from.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// JSONL of real appeals: id, title, text, group.
    pub appeals: Option<PathBuf>,
    /// TSVs of labels for them: id, type, category, department, urgency, flags.
    pub annotations: Vec<PathBuf>,
    /// JSONL files (or folders of them) of simulated appeals with their labels.
    pub corpus: Vec<PathBuf>,
    /// The same of authors whose words no weights are trained on: blending and belief are fitted on all
    /// of their rows, beside the tuning rows of the others. Rows of authors who are trained on would
    /// flatter the encoder, which knows their turns of phrase.
    pub apart: Vec<PathBuf>,
}

/// An appeal with its labels.
#[derive(Clone, Debug)]
pub struct Labelled {
    /// The row as it was read.
    pub row: Row,
    /// Normalised texts, as the bundle will see them.
    pub input: ModelInput,
    /// Marks in the order of [`Flag::FROM_TEXT`].
    pub flags: [bool; 3],
    /// Whether it is from [`Sources::apart`].
    pub apart: bool,
}

/// All labelled appeals.
#[derive(Clone, Debug, Default)]
pub struct Dataset {
    /// The rows, sorted by id.
    pub rows: Vec<Labelled>,
}

impl Dataset {
    /// Reads the sources. Where `known` is given, a category or department outside it is an error.
    ///
    /// # Errors
    /// Names the file, the line and what is wrong with it.
    pub fn read(sources: &Sources, known: Option<&Labels>) -> Result<Self, TrainError> {
        Self::read_with(sources, Vec::new(), known)
    }

    /// As [`Dataset::read`], beside rows of a city's own history. A group of these that says nearly the
    /// same as a row of the sources joins that row's group.
    ///
    /// # Errors
    /// As [`Dataset::read`].
    pub fn read_with(sources: &Sources, history: Vec<Row>, known: Option<&Labels>) -> Result<Self, TrainError> {
        let among = |head: &str, label: &str| known.is_none_or(|k| k.of(head).iter().any(|l| l == label));
        let known = Known { category: &|code| among("category", code), department: &|name| among("department", name) };
        let mut rows = Vec::new();
        if !sources.annotations.is_empty() {
            let appeals = sources
                .appeals
                .as_ref()
                .ok_or_else(|| TrainError::Data("annotations need the file of appeals that they label".into()))?;
            rows.extend(labelled::annotated(&sources.annotations, appeals, &known, HINT)?);
        }
        rows.extend(labelled::simulated(&sources.corpus, &known, HINT)?);
        let apart = labelled::simulated(&sources.apart, &known, HINT)?;
        let unseen: HashSet<String> = apart.iter().map(|r| r.id.clone()).collect();
        rows.extend(apart);
        let mut history = history;
        labelled::adopt(&mut history, &rows);
        rows.append(&mut history);
        rows.sort_by(|a, b| a.id.cmp(&b.id));
        if let Some(twice) = rows.windows(2).find(|w| w[0].id == w[1].id) {
            return Err(TrainError::Data(format!("appeal {} is labelled twice", twice[0].id)));
        }
        let rows = rows.into_iter().map(|row| Labelled {
            input: normalized(&row.appeal),
            flags: std::array::from_fn(|i| Flag::FROM_TEXT.get(i).is_some_and(|f| row.gold.flags.contains(f))),
            apart: unseen.contains(&row.id),
            row,
        });
        let data = Self { rows: rows.collect() };
        data.check()?;
        Ok(data)
    }

    fn check(&self) -> Result<(), TrainError> {
        if self.rows.len() < 40 {
            return Err(TrainError::Data(format!("{} labelled appeals, at least 40 are needed", self.rows.len())));
        }
        let labels = self.labels();
        for head in ["category", "department"] {
            if labels.of(head).len() < 2 {
                return Err(TrainError::Data(format!("only one {head} occurs, nothing can be learned")));
            }
        }
        Ok(())
    }

    /// The labels that occur.
    pub fn labels(&self) -> Labels {
        let of = |f: fn(&Labelled) -> &String| self.rows.iter().map(f).cloned().collect::<BTreeSet<_>>();
        Labels::new(of(|r| &r.row.gold.category), of(|r| &r.row.gold.department))
    }

    /// Appeals of the sources without labels that may be trained on, with their ids: groups that tune or
    /// are held back stay out.
    ///
    /// # Errors
    /// Names the file, the line and what is wrong with it.
    pub fn unlabelled(&self, sources: &Sources) -> Result<Vec<(String, ModelInput)>, TrainError> {
        let Some(appeals) = &sources.appeals else { return Ok(Vec::new()) };
        let own: HashSet<&str> = self.rows.iter().map(|r| r.row.id.as_str()).collect();
        let open = labelled::unlabelled(appeals, &own, HINT)?;
        let open = open.into_iter().filter(|u| Part::of(&u.group) == Part::Train);
        Ok(open.map(|u| (u.id, normalized(&u.appeal))).collect())
    }
}
