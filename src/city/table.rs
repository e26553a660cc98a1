//! CSV tables with a fixed header, read row by row with line numbers.

use super::PackFaults;

/// A row: its line and its trimmed fields, as many as the header has.
pub(super) struct Row {
    pub(super) line: usize,
    fields: Vec<String>,
}

impl Row {
    /// A field by its place in the header; the reader made sure that it is there.
    pub(super) fn get(&self, column: usize) -> &str {
        self.fields.get(column).map_or("", String::as_str)
    }

    /// A field that holds several values between semicolons.
    pub(super) fn list(&self, column: usize) -> Vec<String> {
        self.get(column).split([';', '；']).map(str::trim).filter(|s| !s.is_empty()).map(str::to_owned).collect()
    }
}

/// Reads a table. Columns whose name ends in `?` may be empty. Lines that start with `#` are
/// remarks. Rows with the wrong number of fields are faults and left out; an empty field that must
/// not be empty is a fault, too, and leaves the row out.
pub(super) fn read(file: &str, text: &str, header: &[&str], faults: &mut PackFaults) -> Vec<Row> {
    let names: Vec<&str> = header.iter().map(|h| h.trim_end_matches('?')).collect();
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .comment(Some(b'#'))
        .from_reader(text.as_bytes());
    let mut rows = Vec::new();
    let mut seen_header = false;
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let line = error.position().map_or(0, |p| p.line() as usize);
                faults.add(file, line, format!("不能按 CSV 读取:{error}"));
                continue;
            }
        };
        let line = record.position().map_or(0, |p| p.line() as usize);
        if !seen_header {
            seen_header = true;
            if record.iter().ne(names.iter().copied()) {
                let found: Vec<&str> = record.iter().collect();
                faults.add(file, line, format!("表头 `{}` 不对:须为 `{}`", found.join(","), names.join(",")));
                return rows;
            }
            continue;
        }
        if record.len() != names.len() {
            faults.add(file, line, format!("这一行有 {} 列,表头有 {} 列", record.len(), names.len()));
            continue;
        }
        let empty: Vec<&str> = header
            .iter()
            .zip(record.iter())
            .filter(|(h, f)| f.is_empty() && !h.ends_with('?'))
            .map(|(h, _)| *h)
            .collect();
        if !empty.is_empty() {
            faults.add(file, line, format!("`{}` 为空", empty.join("`, `")));
            continue;
        }
        rows.push(Row { line, fields: record.iter().map(str::to_owned).collect() });
    }
    if !seen_header {
        faults.add(file, 0, format!("文件为空:第一行须为 `{}`", names.join(",")));
    }
    rows
}

/// Remembers in which line a key was seen first.
#[derive(Default)]
pub(super) struct Seen(std::collections::BTreeMap<String, usize>);

impl Seen {
    /// The line of an earlier occurrence, if any; otherwise notes this one.
    pub(super) fn earlier(&mut self, key: &str, line: usize) -> Option<usize> {
        match self.0.get(key) {
            Some(&first) => Some(first),
            None => {
                self.0.insert(key.to_owned(), line);
                None
            }
        }
    }
}
