//! Tables of any of the three formats, as records with named cells.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use serde_json::{Map, Value};

use super::super::{
    DataError,
    files::{bad, jsonl, jsonl_files, missing, text},
};

const HINT: &str = "correct `file` in the task, or name the folder of its files with --data";

/// A line with named cells; a cell that is not there and one that is null are alike.
pub(super) struct Record {
    pub(super) path: PathBuf,
    pub(super) line: usize,
    cells: Map<String, Value>,
}

/// All records of a file or folder and the names of their columns.
pub(super) struct Table {
    pub(super) path: PathBuf,
    pub(super) columns: BTreeSet<String>,
    pub(super) records: Vec<Record>,
}

impl Record {
    /// A cell that is there.
    pub(super) fn cell(&self, column: &str) -> Option<&Value> {
        self.cells.get(column).filter(|v| !v.is_null())
    }

    /// A cell as text; numbers and truth values as they are written.
    pub(super) fn text(&self, column: &str) -> Result<String, DataError> {
        match self.cell(column) {
            None => Ok(String::new()),
            Some(Value::String(s)) => Ok(s.clone()),
            Some(value @ (Value::Number(_) | Value::Bool(_))) => Ok(value.to_string()),
            Some(_) => Err(self.bad(format!("column `{column}` must be a text"))),
        }
    }

    /// What is wrong with this line.
    pub(super) fn bad(&self, why: impl Into<String>) -> DataError {
        bad(&self.path, self.line, why)
    }

    /// Takes over those of some cells that it lacks itself.
    pub(super) fn complete(&mut self, other: &Record, columns: &BTreeSet<String>) {
        for name in columns {
            if let (None, Some(value)) = (self.cell(name), other.cell(name)) {
                self.cells.insert(name.clone(), value.clone());
            }
        }
    }
}

impl Table {
    pub(super) fn read(path: &Path) -> Result<Self, DataError> {
        let format = path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_lowercase();
        let mut table = Self { path: path.to_owned(), columns: BTreeSet::new(), records: Vec::new() };
        match format.as_str() {
            "csv" => table.separated(path, b',')?,
            "tsv" => table.separated(path, b'\t')?,
            "jsonl" => table.lines(path)?,
            _ if path.is_dir() => jsonl_files(path, HINT)?.iter().try_for_each(|file| table.lines(file))?,
            _ => {
                return Err(missing(path, "what it holds cannot be told", "its name must end in .jsonl, .csv or .tsv"));
            }
        }
        if table.records.is_empty() {
            return Err(missing(path, "there are no rows in it", HINT));
        }
        Ok(table)
    }

    fn lines(&mut self, path: &Path) -> Result<(), DataError> {
        for (line, cells) in jsonl::<Map<String, Value>>(path, HINT)? {
            self.columns.extend(cells.keys().filter(|k| !self.columns.contains(*k)).cloned().collect::<Vec<_>>());
            self.records.push(Record { path: path.to_owned(), line, cells });
        }
        Ok(())
    }

    fn separated(&mut self, path: &Path, delimiter: u8) -> Result<(), DataError> {
        let content = text(path, HINT)?;
        // a TSV has no quotation marks of its own: one at the start of a text is the text's
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .quoting(delimiter == b',')
            .has_headers(false)
            .flexible(true)
            .from_reader(content.as_bytes());
        let mut header: Option<Vec<String>> = None;
        // the reader's own count is off by one after \r\n
        let (mut byte, mut line) = (0, 1);
        for record in reader.records() {
            let record = record.map_err(|e| bad(path, line, e.to_string()))?;
            let at = record.position().map_or(byte, |p| p.byte() as usize);
            let from = content.as_bytes().get(at..).unwrap_or_default();
            let at = at + from.iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
            line += content.as_bytes().get(byte..at).unwrap_or_default().iter().filter(|b| **b == b'\n').count();
            byte = at;
            let fields: Vec<String> = record.iter().map(|f| f.trim().to_owned()).collect();
            let Some(names) = &header else {
                let mut seen = BTreeSet::new();
                if let Some(twice) = fields.iter().find(|name| !seen.insert(name.as_str())) {
                    return Err(bad(path, line, format!("column `{twice}` stands there twice")));
                }
                self.columns.extend(fields.iter().cloned());
                header = Some(fields);
                continue;
            };
            if fields.len() != names.len() {
                let why = format!("{} fields, but the header has {}", fields.len(), names.len());
                return Err(bad(path, line, why));
            }
            let cells = names.iter().cloned().zip(fields.into_iter().map(Value::String)).collect();
            self.records.push(Record { path: path.to_owned(), line, cells });
        }
        Ok(())
    }

    /// Checks that a column is there.
    pub(super) fn require(&self, column: &str, role: &str) -> Result<(), DataError> {
        if self.columns.contains(column) {
            return Ok(());
        }
        let there: Vec<&str> = self.columns.iter().map(String::as_str).collect();
        let path = self.records.first().map_or(&self.path, |r| &r.path);
        Err(bad(
            path,
            1,
            format!("column `{column}` ({role}) is missing: there are {}; correct the task's source", there.join(" ")),
        ))
    }
}
