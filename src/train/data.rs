//! Labelled appeals: annotations joined with the texts of real appeals, and simulated appeals that
//! carry their labels. Read strictly: a wrong row ends the run with file, line and reason.

use std::{
    collections::{BTreeSet, HashMap},
    fs,
    path::{Path, PathBuf},
    str::FromStr,
};

use serde::Deserialize;

use crate::{
    domain::{AppealType, Flag, Urgency, is_for_tuning, is_held_back},
    model::{ModelError, ModelInput, labels::Labels},
    text::Normalized,
};

/// Why training cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// A data file cannot be used.
    #[error("{file}:{line}: {why}")]
    Row {
        /// The file.
        file: String,
        /// Line, from 1.
        line: usize,
        /// What is wrong.
        why: String,
    },
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
    /// TSV of labels for them: id, type, category, department, urgency, flags.
    pub annotations: Option<PathBuf>,
    /// JSONL files (or folders of them) of simulated appeals with their labels.
    pub corpus: Vec<PathBuf>,
}

/// What a row is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// Weights are trained on it.
    Train,
    /// Number of epochs, blending and temperature are chosen on it.
    Tune,
    /// Neither: the figures of the report.
    Held,
}

/// An appeal with its labels.
#[derive(Clone, Debug)]
pub struct Labelled {
    /// Id in its source.
    pub id: String,
    /// Near-duplicates share it; never straddles parts.
    pub group: String,
    /// Whether a citizen wrote it (and not an author of simulated appeals).
    pub real: bool,
    /// Normalised texts.
    pub input: ModelInput,
    /// 诉求类型
    pub appeal_type: AppealType,
    /// Level-2 code.
    pub category: String,
    /// 主办单位
    pub department: String,
    /// 紧急程度
    pub urgency: Urgency,
    /// Marks in the order of [`Flag::FROM_TEXT`].
    pub flags: [bool; 3],
}

impl Labelled {
    /// Which part the row belongs to, by its group.
    pub fn part(&self) -> Part {
        match (is_held_back(&self.group), is_for_tuning(&self.group)) {
            (true, _) => Part::Held,
            (_, true) => Part::Tune,
            _ => Part::Train,
        }
    }
}

/// All labelled appeals.
#[derive(Clone, Debug, Default)]
pub struct Dataset {
    /// The rows, sorted by id.
    pub rows: Vec<Labelled>,
}

#[derive(Deserialize)]
struct AppealLine {
    id: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    text: String,
    group: Option<String>,
    split: Option<String>,
}

#[derive(Deserialize)]
struct SimulatedLine {
    id: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    text: String,
    #[serde(rename = "type")]
    appeal_type: String,
    category: String,
    department: String,
    urgency: String,
    #[serde(default)]
    flags: Vec<String>,
    #[serde(default)]
    event: Option<String>,
    #[serde(default)]
    repeat_of: Option<String>,
}

struct RawLabels<'r> {
    appeal_type: &'r str,
    category: &'r str,
    department: &'r str,
    urgency: &'r str,
}

fn read(path: &Path) -> Result<String, TrainError> {
    fs::read_to_string(path).map_err(|e| TrainError::File { path: path.display().to_string(), why: e.to_string() })
}

/// Texts as the bundle will see them.
fn normalized(text: &str) -> String {
    Normalized::of(text).text().to_owned()
}

impl Dataset {
    /// Reads the sources. Where `known` is given, a category or department outside it is an error.
    ///
    /// # Errors
    /// Names the file, the line and what is wrong with it.
    pub fn read(sources: &Sources, known: Option<&Labels>) -> Result<Self, TrainError> {
        let mut rows = Vec::new();
        if let Some(annotations) = &sources.annotations {
            let appeals = sources
                .appeals
                .as_ref()
                .ok_or_else(|| TrainError::Data("annotations need the file of appeals that they label".into()))?;
            rows.extend(annotated(annotations, appeals, known)?);
        }
        for path in &sources.corpus {
            for file in jsonl_files(path)? {
                rows.extend(simulated(&file, known)?);
            }
        }
        rows.sort_by(|a, b| a.id.cmp(&b.id));
        if let Some(twice) = rows.windows(2).find(|w| w[0].id == w[1].id) {
            return Err(TrainError::Data(format!("appeal {} is labelled twice", twice[0].id)));
        }
        let data = Self { rows };
        data.check()?;
        Ok(data)
    }

    fn check(&self) -> Result<(), TrainError> {
        if self.rows.len() < 40 {
            return Err(TrainError::Data(format!("{} labelled appeals, at least 40 are needed", self.rows.len())));
        }
        let labels = self.labels();
        for (head, n) in [("category", labels.category.len()), ("department", labels.department.len())] {
            if n < 2 {
                return Err(TrainError::Data(format!("only one {head} occurs, nothing can be learned")));
            }
        }
        Ok(())
    }

    /// The labels that occur.
    pub fn labels(&self) -> Labels {
        let of = |f: fn(&Labelled) -> &String| self.rows.iter().map(f).cloned().collect::<BTreeSet<_>>();
        Labels::new(of(|r| &r.category), of(|r| &r.department))
    }
}

fn jsonl_files(path: &Path) -> Result<Vec<PathBuf>, TrainError> {
    if !path.is_dir() {
        return Ok(vec![path.to_path_buf()]);
    }
    let bad = |e: std::io::Error| TrainError::File { path: path.display().to_string(), why: e.to_string() };
    let mut files: Vec<PathBuf> = fs::read_dir(path)
        .map_err(bad)?
        .map(|e| e.map(|e| e.path()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(bad)?
        .into_iter()
        .filter(|p| p.extension().is_some_and(|e| e == "jsonl"))
        .collect();
    files.sort();
    if files.is_empty() {
        return Err(TrainError::File { path: path.display().to_string(), why: "holds no .jsonl file".into() });
    }
    Ok(files)
}

/// Where a row stands, for its error.
struct At<'a> {
    file: &'a Path,
    line: usize,
}

impl At<'_> {
    fn fault(&self, why: impl Into<String>) -> TrainError {
        TrainError::Row { file: self.file.display().to_string(), line: self.line, why: why.into() }
    }
}

fn labelled(
    at: &At<'_>,
    (id, group, real): (String, String, bool),
    (title, text): (&str, &str),
    raw: &RawLabels<'_>,
    flags: &[&str],
    known: Option<&Labels>,
) -> Result<Labelled, TrainError> {
    let input = ModelInput { title: normalized(title), text: normalized(text) };
    if input.title.is_empty() && input.text.is_empty() {
        return Err(at.fault(format!("appeal {id} has neither title nor text")));
    }
    let mut marks = [false; 3];
    for flag in flags {
        let flag = Flag::from_str(flag).map_err(|e| at.fault(e.to_string()))?;
        if let Some(i) = Flag::FROM_TEXT.iter().position(|f| *f == flag) {
            marks[i] = true;
        }
    }
    for (head, label, list) in [
        ("category", raw.category, known.map(|k| &k.category)),
        ("department", raw.department, known.map(|k| &k.department)),
    ] {
        if label.is_empty() || list.is_some_and(|l| !l.iter().any(|k| k == label)) {
            return Err(at.fault(format!("unknown {head} `{label}`")));
        }
    }
    Ok(Labelled {
        id,
        group,
        real,
        input,
        appeal_type: AppealType::from_str(raw.appeal_type).map_err(|e| at.fault(e.to_string()))?,
        category: raw.category.to_owned(),
        department: raw.department.to_owned(),
        urgency: Urgency::from_str(raw.urgency).map_err(|e| at.fault(e.to_string()))?,
        flags: marks,
    })
}

fn annotated(annotations: &Path, appeals: &Path, known: Option<&Labels>) -> Result<Vec<Labelled>, TrainError> {
    let mut texts = HashMap::new();
    for (n, line) in read(appeals)?.lines().enumerate().filter(|(_, l)| !l.trim().is_empty()) {
        let at = At { file: appeals, line: n + 1 };
        let a: AppealLine = serde_json::from_str(line).map_err(|e| at.fault(e.to_string()))?;
        texts.insert(a.id.clone(), a);
    }
    let table = read(annotations)?;
    let mut lines = table.trim_start_matches('\u{feff}').lines().enumerate();
    let header: Vec<&str> = lines.next().map(|(_, l)| l.split('\t').map(str::trim).collect()).unwrap_or_default();
    let column = |name: &str| {
        header.iter().position(|h| *h == name).ok_or_else(|| {
            At { file: annotations, line: 1 }.fault(format!("column `{name}` is missing, found: {}", header.join(" ")))
        })
    };
    let (id, appeal_type, category) = (column("id")?, column("type")?, column("category")?);
    let (department, urgency, flags) = (column("department")?, column("urgency")?, column("flags")?);
    let mut rows = Vec::new();
    for (n, line) in lines.filter(|(_, l)| !l.trim().is_empty()) {
        let at = At { file: annotations, line: n + 1 };
        let cells: Vec<&str> = line.split('\t').map(str::trim).collect();
        let cell = |i: usize| cells.get(i).copied().ok_or_else(|| at.fault(format!("has only {} cells", cells.len())));
        let key = cell(id)?;
        let a = texts.get(key).ok_or_else(|| at.fault(format!("appeal {key} is not in {}", appeals.display())))?;
        if a.split.as_deref() == Some("heldout") {
            return Err(at.fault(format!("appeal {key} is marked heldout and must not be labelled")));
        }
        let raw = RawLabels {
            appeal_type: cell(appeal_type)?,
            category: cell(category)?,
            department: cell(department)?,
            urgency: cell(urgency)?,
        };
        let marks: Vec<&str> = cell(flags)?.split('+').filter(|f| !f.is_empty() && *f != "-").collect();
        let group = a.group.clone().unwrap_or_else(|| a.id.clone());
        rows.push(labelled(&at, (a.id.clone(), group, true), (&a.title, &a.text), &raw, &marks, known)?);
    }
    Ok(rows)
}

fn simulated(file: &Path, known: Option<&Labels>) -> Result<Vec<Labelled>, TrainError> {
    let mut rows = Vec::new();
    for (n, line) in read(file)?.lines().enumerate().filter(|(_, l)| !l.trim().is_empty()) {
        let at = At { file, line: n + 1 };
        let s: SimulatedLine = serde_json::from_str(line).map_err(|e| at.fault(e.to_string()))?;
        let raw = RawLabels {
            appeal_type: &s.appeal_type,
            category: &s.category,
            department: &s.department,
            urgency: &s.urgency,
        };
        let marks: Vec<&str> = s.flags.iter().map(String::as_str).collect();
        let group = s.event.or(s.repeat_of).unwrap_or_else(|| s.id.clone());
        rows.push(labelled(&at, (s.id.clone(), group, false), (&s.title, &s.text), &raw, &marks, known)?);
    }
    Ok(rows)
}
