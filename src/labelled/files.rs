//! Files as lines, with errors that name the line.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use serde::Deserialize;

use super::DataError;

pub(super) fn bad(path: &Path, line: usize, why: impl Into<String>) -> DataError {
    DataError::Bad { path: path.to_owned(), line, why: why.into() }
}

pub(super) fn missing(path: &Path, why: impl ToString, hint: &'static str) -> DataError {
    DataError::Missing { path: path.to_owned(), why: why.to_string(), hint }
}

/// A file as text without a byte order mark.
pub(super) fn text(path: &Path, hint: &'static str) -> Result<String, DataError> {
    let bytes = fs::read(path).map_err(|e| missing(path, e, hint))?;
    let text = String::from_utf8(bytes).map_err(|e| {
        let good = e.as_bytes().get(..e.utf8_error().valid_up_to()).unwrap_or_default();
        let line = good.iter().filter(|b| **b == b'\n').count() + 1;
        bad(path, line, "not UTF-8: convert the file first")
    })?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

/// Lines of JSON that are not blank, with their numbers from 1.
///
/// # Errors
/// A missing file, or the first wrong line with its number.
pub fn jsonl<T: for<'de> Deserialize<'de>>(path: &Path, hint: &'static str) -> Result<Vec<(usize, T)>, DataError> {
    text(path, hint)?
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(n, line)| {
            // serde_json's own place ("line 1 column 7") would contradict the line of the file
            let row = serde_json::from_str(line).map_err(|e| {
                let why = e.to_string();
                let why = why.split(" at line ").next().unwrap_or_default().to_owned();
                bad(path, n + 1, format!("{why} (column {})", e.column()))
            })?;
            Ok((n + 1, row))
        })
        .collect()
}

/// A file itself, or every `*.jsonl` of a folder in the order of names.
///
/// # Errors
/// A missing path, or a folder without one.
pub fn jsonl_files(path: &Path, hint: &'static str) -> Result<Vec<PathBuf>, DataError> {
    if path.is_file() {
        return Ok(vec![path.to_path_buf()]);
    }
    let mut files = BTreeSet::new();
    for entry in fs::read_dir(path).map_err(|e| missing(path, e, hint))? {
        let file = entry.map_err(|e| missing(path, e, hint))?.path();
        if file.extension().is_some_and(|e| e == "jsonl") {
            files.insert(file);
        }
    }
    if files.is_empty() {
        return Err(missing(path, "no appeals in any *.jsonl", hint));
    }
    Ok(files.into_iter().collect())
}
