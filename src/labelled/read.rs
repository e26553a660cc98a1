//! Rows from files: a table of labels joined with the appeals that it labels, simulated appeals that
//! carry their labels, and appeals without any.

use std::{
    collections::{HashMap, HashSet},
    path::{Path, PathBuf},
};

use serde::Deserialize;

use crate::domain::{Appeal, Fault};

use super::{
    DataError, Gold, Known, Origin, Row, Unlabelled,
    files::{bad, jsonl, jsonl_files, text},
    group::{Ties, groups},
};

const COLUMNS: [&str; 6] = ["id", "type", "category", "department", "urgency", "flags"];

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
    place: Option<String>,
    #[serde(default)]
    event: Option<String>,
    #[serde(default)]
    repeat_of: Option<String>,
}

fn appeals(path: &Path, hint: &'static str) -> Result<Vec<AppealLine>, DataError> {
    let mut seen = HashSet::new();
    let mut all = Vec::new();
    for (line, row) in jsonl::<AppealLine>(path, hint)? {
        if !seen.insert(row.id.clone()) {
            return Err(bad(path, line, format!("id `{}` stands here a second time", row.id)));
        }
        all.push(row);
    }
    Ok(all)
}

/// Real appeals with a reader's labels: TSVs (id, type, category, department, urgency, flags and, where
/// places were read too, place) joined with a JSONL (id, title, text, group), in the order of the
/// labels. `hint` says what to do about a missing file.
///
/// # Errors
/// A missing file, or the first wrong line with its number.
pub fn annotated(
    annotations: &[PathBuf],
    appeals_path: &Path,
    known: &Known<'_>,
    hint: &'static str,
) -> Result<Vec<Row>, DataError> {
    let texts: HashMap<String, AppealLine> =
        appeals(appeals_path, hint)?.into_iter().map(|a| (a.id.clone(), a)).collect();
    let (mut rows, mut seen) = (Vec::new(), HashSet::new());
    for file in annotations {
        table(file, appeals_path, &texts, known, hint, (&mut rows, &mut seen))?;
    }
    Ok(rows)
}

fn table(
    annotations: &Path,
    appeals_path: &Path,
    texts: &HashMap<String, AppealLine>,
    known: &Known<'_>,
    hint: &'static str,
    (rows, seen): (&mut Vec<Row>, &mut HashSet<String>),
) -> Result<(), DataError> {
    let table = text(annotations, hint)?;
    let mut lines = table.lines().enumerate().map(|(n, line)| (n + 1, line.trim_end_matches('\r')));
    let header: Vec<&str> = lines.next().map(|(_, h)| h.split('\t').map(str::trim).collect()).unwrap_or_default();
    let mut at = HashMap::new();
    for name in COLUMNS {
        let column = header.iter().position(|h| *h == name);
        let absent = || format!("column `{name}` is missing: the header must be {}", COLUMNS.join(" "));
        at.insert(name, column.ok_or_else(|| bad(annotations, 1, absent()))?);
    }
    at.extend(header.iter().position(|h| *h == "place").map(|n| ("place", n)));
    for (line, content) in lines.filter(|(_, l)| !l.trim().is_empty()) {
        let cells: Vec<&str> = content.split('\t').collect();
        if cells.len() != header.len() {
            let why = format!("{} fields, but the header has {}", cells.len(), header.len());
            return Err(bad(annotations, line, why));
        }
        let cell = |name: &str| at.get(name).and_then(|n| cells.get(*n)).map_or("", |f| f.trim());
        let id = cell("id");
        if !seen.insert(id.to_owned()) {
            return Err(bad(annotations, line, format!("id `{id}` stands here a second time")));
        }
        let Some(own) = texts.get(id) else {
            return Err(bad(annotations, line, format!("no appeal `{id}` in {}", appeals_path.display())));
        };
        if own.split.as_deref() == Some("heldout") {
            return Err(bad(annotations, line, format!("appeal `{id}` is marked heldout and must not be labelled")));
        }
        let flags: Vec<&str> = cell("flags").split('+').filter(|f| !matches!(*f, "" | "-")).collect();
        let labels = [cell("type"), cell("category"), cell("department"), cell("urgency"), cell("place")];
        let row = Row {
            id: own.id.clone(),
            appeal: Appeal::new(own.title.clone(), own.text.clone()),
            gold: gold(labels, &flags, known, at.contains_key("place")).map_err(|why| bad(annotations, line, why))?,
            origin: Origin::Real,
            group: own.group.clone().unwrap_or_else(|| own.id.clone()),
        };
        rows.push(with_words(row).map_err(|why| bad(annotations, line, why))?);
    }
    Ok(())
}

/// Simulated appeals from JSONL files or folders of them, in the order of the file names.
///
/// # Errors
/// A missing path, a folder without appeals, or the first wrong line with its number.
pub fn simulated(paths: &[PathBuf], known: &Known<'_>, hint: &'static str) -> Result<Vec<Row>, DataError> {
    let (mut read, mut seen) = (Vec::new(), HashSet::new());
    for path in paths {
        for file in jsonl_files(path, hint)? {
            for (line, row) in jsonl::<SimulatedLine>(&file, hint)? {
                if !seen.insert(row.id.clone()) {
                    return Err(bad(&file, line, format!("id `{}` stands here a second time", row.id)));
                }
                read.push((file.clone(), line, row));
            }
        }
    }
    let ties: Vec<Ties<'_>> = read
        .iter()
        .map(|(.., r)| Ties { id: &r.id, event: r.event.as_deref(), repeat_of: r.repeat_of.as_deref() })
        .collect();
    let groups = groups(&ties);
    let mut rows = Vec::with_capacity(read.len());
    for ((file, line, row), group) in read.into_iter().zip(groups) {
        let flags: Vec<&str> = row.flags.iter().map(String::as_str).collect();
        let place = row.place.as_deref().unwrap_or("");
        let labels = [row.appeal_type.as_str(), &row.category, &row.department, &row.urgency, place];
        let gold = gold(labels, &flags, known, row.place.is_some()).map_err(|why| bad(&file, line, why))?;
        let appeal = Appeal::new(row.title, row.text);
        let row = Row { id: row.id, appeal, gold, origin: Origin::Simulated, group };
        rows.push(with_words(row).map_err(|why| bad(&file, line, why))?);
    }
    Ok(rows)
}

/// Real appeals of a JSONL that are not among `labelled`, those kept for scoring elsewhere left out.
///
/// # Errors
/// A missing file, or the first wrong line with its number.
pub fn unlabelled(path: &Path, labelled: &HashSet<&str>, hint: &'static str) -> Result<Vec<Unlabelled>, DataError> {
    let all = appeals(path, hint)?.into_iter();
    let open = all.filter(|a| a.split.as_deref() != Some("heldout") && !labelled.contains(a.id.as_str()));
    let rows = open.map(|a| Unlabelled {
        appeal: Appeal::new(a.title, a.text),
        group: a.group.unwrap_or_else(|| a.id.clone()),
        id: a.id,
    });
    Ok(rows.filter(|r| !r.appeal.is_blank()).collect())
}

fn with_words(row: Row) -> Result<Row, String> {
    if row.appeal.is_blank() { Err(format!("appeal {} has neither title nor text", row.id)) } else { Ok(row) }
}

/// Labels: type, category, department, urgency, place (if places were read).
fn gold(labels: [&str; 5], flags: &[&str], known: &Known<'_>, place_read: bool) -> Result<Gold, String> {
    let [appeal_type, category, department, urgency, place] = labels;
    if category.is_empty() || !(known.category)(category) {
        return Err(format!("unknown category `{category}`"));
    }
    if department.is_empty() || !(known.department)(department) {
        return Err(format!("unknown department `{department}`"));
    }
    Ok(Gold {
        appeal_type: appeal_type.parse().map_err(|e: Fault| e.message)?,
        category: category.to_owned(),
        department: department.to_owned(),
        urgency: urgency.parse().map_err(|e: Fault| e.message)?,
        flags: flags.iter().map(|f| f.parse().map_err(|e: Fault| e.message)).collect::<Result<_, _>>()?,
        place: (!matches!(place, "" | "-")).then(|| place.to_owned()),
        place_read,
    })
}
