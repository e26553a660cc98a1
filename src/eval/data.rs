//! Labelled rows from files, checked line by line.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    fs,
    path::{Path, PathBuf},
};

use serde::Deserialize;

use crate::{
    city::CityPack,
    domain::{Appeal, AppealType, Flags, Urgency, is_held_back},
};

/// Where a row comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// A real appeal, labelled by a reader.
    Real,
    /// A simulated appeal of the pack's corpus.
    Simulated,
}

/// The labels of a reader (`annotation.md`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gold {
    /// 诉求类型
    pub appeal_type: AppealType,
    /// Category code.
    pub category: String,
    /// Department name.
    pub department: String,
    /// 紧急程度
    pub urgency: Urgency,
    /// Marks.
    pub flags: Flags,
    /// The most specific place phrase, verbatim; none if the reader found none.
    pub place: Option<String>,
}

/// A labelled appeal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Id in its file.
    pub id: String,
    /// Title and text.
    pub appeal: Appeal,
    /// What a reader said.
    pub gold: Gold,
    /// Real or simulated.
    pub origin: Origin,
    /// Never trained on.
    pub held_back: bool,
}

/// Why labelled data cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// Not there.
    #[error("cannot read {}: {why}; {hint}", path.display())]
    Missing {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        why: String,
        /// What to do.
        hint: &'static str,
    },
    /// There, but wrong.
    #[error("{}:{line}: {why}", path.display())]
    Bad {
        /// The file.
        path: PathBuf,
        /// Line from 1.
        line: usize,
        /// What is wrong.
        why: String,
    },
}

const HINT_DATA: &str = "name the folder that holds annotations/train.tsv and appeals/appeals.jsonl with --data";
const HINT_CORPUS: &str = "name the folder of the simulated appeals with --corpus";
const COLUMNS: [&str; 7] = ["id", "type", "category", "department", "urgency", "flags", "place"];

#[derive(Deserialize)]
struct AppealLine {
    id: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    text: String,
    group: Option<String>,
}

#[derive(Deserialize)]
struct CorpusLine {
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
    place: Option<String>,
    #[serde(default)]
    event: Option<String>,
    #[serde(default)]
    repeat_of: Option<String>,
}

/// Real appeals with a reader's labels: `annotations/train.tsv` joined with
/// `appeals/appeals.jsonl` under `dir`, in the order of the annotations.
///
/// # Errors
/// A missing file, or the first wrong line with its number.
pub fn load_labelled(dir: &Path, pack: &CityPack) -> Result<Vec<Row>, DataError> {
    let appeals_path = dir.join("appeals").join("appeals.jsonl");
    let mut appeals: HashMap<String, AppealLine> = HashMap::new();
    for (line, row) in jsonl::<AppealLine>(&appeals_path, HINT_DATA)? {
        if let Some(twice) = appeals.insert(row.id.clone(), row) {
            return Err(bad(&appeals_path, line, format!("id `{}` stands here a second time", twice.id)));
        }
    }
    let path = dir.join("annotations").join("train.tsv");
    let text = read(&path, HINT_DATA)?;
    let mut lines = text.lines().enumerate().map(|(n, line)| (n + 1, line.trim_end_matches('\r')));
    let header: Vec<&str> =
        lines.next().map(|(_, h)| h.trim_start_matches('\u{feff}').split('\t').collect()).unwrap_or_default();
    let mut at = BTreeMap::new();
    for name in COLUMNS {
        let column = header.iter().position(|h| *h == name);
        at.insert(
            name,
            column.ok_or_else(|| {
                bad(&path, 1, format!("column `{name}` is missing: the header must be {}", COLUMNS.join(" ")))
            })?,
        );
    }
    let (mut rows, mut seen) = (Vec::new(), HashSet::new());
    for (line, content) in lines.filter(|(_, l)| !l.trim().is_empty()) {
        let fields: Vec<&str> = content.split('\t').collect();
        if fields.len() != header.len() {
            return Err(bad(&path, line, format!("{} fields, but the header has {}", fields.len(), header.len())));
        }
        let get = |name: &str| at.get(name).and_then(|n| fields.get(*n)).map_or("", |f| f.trim());
        let id = get("id").to_owned();
        if !seen.insert(id.clone()) {
            return Err(bad(&path, line, format!("id `{id}` stands here a second time")));
        }
        let Some(appeal) = appeals.get(&id) else {
            return Err(bad(&path, line, format!("no appeal `{id}` in {}", appeals_path.display())));
        };
        let flags: Vec<&str> = get("flags").split('+').filter(|f| !matches!(*f, "" | "-")).collect();
        let labels = [get("type"), get("category"), get("department"), get("urgency"), get("place")];
        let gold = gold(pack, labels, &flags).map_err(|why| bad(&path, line, why))?;
        rows.push(Row {
            appeal: Appeal::new(appeal.title.clone(), appeal.text.clone()),
            gold,
            origin: Origin::Real,
            held_back: is_held_back(appeal.group.as_deref().unwrap_or(&id)),
            id,
        });
    }
    Ok(rows)
}

/// Simulated appeals: every `*.jsonl` of a folder, in the order of the file names.
///
/// # Errors
/// A missing folder, a folder without appeals, or the first wrong line with its number.
pub fn load_corpus(dir: &Path, pack: &CityPack) -> Result<Vec<Row>, DataError> {
    let missing = |why: String| DataError::Missing { path: dir.to_owned(), why, hint: HINT_CORPUS };
    let mut files = BTreeSet::new();
    for entry in fs::read_dir(dir).map_err(|e| missing(e.to_string()))? {
        let path = entry.map_err(|e| missing(e.to_string()))?.path();
        if path.extension().is_some_and(|e| e == "jsonl") {
            files.insert(path);
        }
    }
    let (mut rows, mut seen) = (Vec::new(), HashSet::new());
    for path in files {
        for (line, row) in jsonl::<CorpusLine>(&path, HINT_CORPUS)? {
            if !seen.insert(row.id.clone()) {
                return Err(bad(&path, line, format!("id `{}` stands here a second time", row.id)));
            }
            let flags: Vec<&str> = row.flags.iter().map(String::as_str).collect();
            let place = row.place.as_deref().unwrap_or("");
            let labels = [row.appeal_type.as_str(), &row.category, &row.department, &row.urgency, place];
            let gold = gold(pack, labels, &flags).map_err(|why| bad(&path, line, why))?;
            rows.push(Row {
                held_back: is_held_back(row.event.as_deref().or(row.repeat_of.as_deref()).unwrap_or(&row.id)),
                appeal: Appeal::new(row.title, row.text),
                gold,
                origin: Origin::Simulated,
                id: row.id,
            });
        }
    }
    if rows.is_empty() {
        return Err(missing("no appeals in any *.jsonl".into()));
    }
    Ok(rows)
}

/// Labels: type, category, department, urgency, place.
fn gold(pack: &CityPack, labels: [&str; 5], flags: &[&str]) -> Result<Gold, String> {
    let [appeal_type, category, department, urgency, place] = labels;
    if pack.taxonomy.get(category).is_none() {
        return Err(format!("category `{category}` is not in the city pack"));
    }
    if !pack.departments.iter().any(|d| d.name == department) {
        return Err(format!("department `{department}` is not in the city pack"));
    }
    Ok(Gold {
        appeal_type: appeal_type.parse().map_err(|e: crate::domain::Fault| e.message)?,
        category: category.to_owned(),
        department: department.to_owned(),
        urgency: urgency.parse().map_err(|e: crate::domain::Fault| e.message)?,
        flags: flags
            .iter()
            .map(|f| f.parse().map_err(|e: crate::domain::Fault| e.message))
            .collect::<Result<_, _>>()?,
        place: (!matches!(place, "" | "-")).then(|| place.to_owned()),
    })
}

fn read(path: &Path, hint: &'static str) -> Result<String, DataError> {
    let bytes = fs::read(path).map_err(|e| DataError::Missing { path: path.to_owned(), why: e.to_string(), hint })?;
    String::from_utf8(bytes).map_err(|e| {
        let good = e.as_bytes().get(..e.utf8_error().valid_up_to()).unwrap_or_default();
        let line = good.iter().filter(|b| **b == b'\n').count() + 1;
        bad(path, line, "not UTF-8: convert the file first".into())
    })
}

fn jsonl<T: for<'de> Deserialize<'de>>(path: &Path, hint: &'static str) -> Result<Vec<(usize, T)>, DataError> {
    let text = read(path, hint)?;
    text.trim_start_matches('\u{feff}')
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(n, line)| {
            // serde_json's own place ("line 1 column 7") would contradict the line of the file.
            let row = serde_json::from_str(line).map_err(|e| {
                let why = e.to_string();
                let why = why.split(" at line ").next().unwrap_or_default().to_owned();
                bad(path, n + 1, format!("{why} (column {})", e.column()))
            })?;
            Ok((n + 1, row))
        })
        .collect()
}

fn bad(path: &Path, line: usize, why: String) -> DataError {
    DataError::Bad { path: path.to_owned(), line, why }
}
