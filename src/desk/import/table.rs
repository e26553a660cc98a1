//! CSV and TSV: the delimiter and the header are seen by what makes most sense of the first lines.

use std::io::{self, BufRead, Read};

use csv::{ReaderBuilder, StringRecord};

use super::{
    Broken, Next, Said, SourceRow,
    columns::ColumnMap,
    encoding::Head,
    header::{self, Columns},
};
use crate::domain::Fault;

/// A record that is longer has a quotation mark that never closes.
const LONGEST: u64 = 16 * 1024 * 1024;

pub(super) struct Table {
    records: csv::Reader<Guard>,
    columns: Columns,
    record: StringRecord,
    /// Set when a record ended the reading.
    ended: bool,
}

fn builder(delimiter: u8) -> ReaderBuilder {
    let mut builder = ReaderBuilder::new();
    builder.has_headers(false).flexible(true).delimiter(delimiter);
    builder
}

/// The first records of the text.
fn first_rows(text: &str, delimiter: u8) -> Vec<Vec<String>> {
    builder(delimiter)
        .from_reader(text.as_bytes())
        .records()
        .take(header::DEPTH)
        .map_while(Result::ok)
        .map(|record| record.iter().map(str::to_owned).collect())
        .collect()
}

impl Table {
    pub(super) fn new(head: Head, map: &ColumnMap) -> Result<Self, Fault> {
        let tries = [b',', b'\t', b';', b'|'].map(|d| (d, header::find(&first_rows(&head.first, d), map)));
        let found = tries.into_iter().filter_map(|(d, found)| found.map(|found| (d, found)));
        // Of equals the first: `max_by_key` would take the last.
        let Some((delimiter, found)) = found.rev().max_by_key(|(_, found)| found.score) else {
            return Err(no_header(&head.first));
        };
        let guard = Guard { text: Box::new(head.into_reader()), read: 0 };
        let mut records = builder(delimiter).from_reader(guard);
        let mut record = StringRecord::new();
        for _ in 0..found.below {
            records.read_record(&mut record).map_err(|e| Fault::invalid(e.to_string()))?;
        }
        Ok(Self { records, columns: found.columns, record, ended: false })
    }

    pub(super) fn header(&self) -> &[String] {
        &self.columns.names
    }

    pub(super) fn columns(&self) -> &Columns {
        &self.columns
    }

    /// The next record that is not blank.
    pub(super) fn next(&mut self) -> Next {
        while !self.ended {
            self.records.get_mut().read = 0;
            match self.records.read_record(&mut self.record) {
                Ok(false) => return None,
                Ok(true) => {}
                Err(e) => {
                    self.ended = true;
                    let line = self.records.position().line();
                    return Some(Err(Broken(format!("line {line}: {e}"))));
                }
            }
            if self.record.iter().all(|cell| cell.trim().is_empty()) {
                continue;
            }
            let number = self.record.position().map_or(0, csv::Position::line);
            let said = Said::Cells(self.record.iter().map(str::to_owned).collect());
            return Some(Ok(SourceRow { number, sheet: None, said }));
        }
        None
    }
}

fn no_header(text: &str) -> Fault {
    let first: String = text.lines().find(|line| !line.trim().is_empty()).unwrap_or("").chars().take(60).collect();
    Fault::invalid(format!(
        "no header row in the first {} rows names a text column (it begins `{first}`): name the columns with --map 列名=text",
        header::DEPTH
    ))
}

/// Ends reading when one record takes more than [`LONGEST`] bytes, before memory does.
struct Guard {
    text: Box<dyn BufRead + Send>,
    read: u64,
}

impl Read for Guard {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.read > LONGEST {
            return Err(io::Error::other("a record of more than 16 MiB: is a quotation mark not closed?"));
        }
        let n = self.text.read(out)?;
        self.read += n as u64;
        Ok(n)
    }
}
