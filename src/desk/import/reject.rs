//! The rows that became no ticket, each with its place and the reason, in the form of their file: a
//! person corrects them there and imports that file again.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};

use super::{
    ImportSource, Said, SourceRow,
    columns::{REJECT_REASON, REJECT_ROW},
};
use crate::domain::{Fault, FaultKind};

enum Writer {
    Lines(BufWriter<File>),
    Table(Box<csv::Writer<BufWriter<File>>>),
}

/// A file of rejected rows. It is made with the first one, so a clean import leaves none.
pub struct RejectFile {
    path: PathBuf,
    header: Option<Vec<String>>,
    writer: Option<Writer>,
    count: u64,
}

impl std::fmt::Debug for RejectFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RejectFile").field("path", &self.path).field("count", &self.count).finish_non_exhaustive()
    }
}

impl RejectFile {
    /// The reject file of a source in a folder: `NAME.rejected.jsonl` or `NAME.rejected.csv`. One
    /// that an earlier run left is removed: this run writes its own.
    ///
    /// # Errors
    /// The earlier file cannot be removed.
    pub fn of(source: &ImportSource, dir: &Path) -> Result<Self, Fault> {
        let stem = source.path().file_name().map_or_else(Default::default, |name| name.to_string_lossy().into_owned());
        let ending = if source.header().is_some() { "csv" } else { "jsonl" };
        let path = dir.join(format!("{stem}.rejected.{ending}"));
        match std::fs::remove_file(&path) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(writing(&path, &e)),
            _ => {}
        }
        Ok(Self { path, header: source.header().map(<[String]>::to_vec), writer: None, count: 0 })
    }

    /// Writes one row with its reason.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&mut self, row: &SourceRow, reason: &Fault) -> Result<(), Fault> {
        let path = self.path.clone();
        let failed = |e: std::io::Error| writing(&path, &e);
        let writer = match &mut self.writer {
            Some(writer) => writer,
            None => self.writer.insert(Writer::open(&self.path, self.header.as_deref()).map_err(failed)?),
        };
        writer.write(row, reason).map_err(failed)?;
        self.count += 1;
        Ok(())
    }

    /// Makes the file durable. Returns it and the number of its rows, if there were any.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn finish(self) -> Result<Option<(PathBuf, u64)>, Fault> {
        let Some(writer) = self.writer else { return Ok(None) };
        writer.sync().map_err(|e| writing(&self.path, &e))?;
        Ok(Some((self.path, self.count)))
    }
}

impl Writer {
    fn open(path: &Path, header: Option<&[String]>) -> std::io::Result<Self> {
        let mut file = BufWriter::new(File::create(path)?);
        let Some(header) = header else { return Ok(Writer::Lines(file)) };
        // With the mark, or Excel takes the file for GBK.
        file.write_all("\u{feff}".as_bytes())?;
        let mut table = csv::WriterBuilder::new().flexible(true).from_writer(file);
        table.write_record([REJECT_ROW, REJECT_REASON].into_iter().chain(header.iter().map(String::as_str)))?;
        Ok(Writer::Table(Box::new(table)))
    }

    fn write(&mut self, row: &SourceRow, reason: &Fault) -> std::io::Result<()> {
        match (self, &row.said) {
            (Writer::Table(table), Said::Cells(cells)) => {
                let lead = [row.place(), reason.to_string()];
                table.write_record(lead.iter().chain(cells)).map_err(Into::into)
            }
            (Writer::Table(table), Said::Line(line)) => {
                table.write_record([&row.place(), &reason.to_string(), line]).map_err(Into::into)
            }
            (Writer::Lines(lines), said) => {
                let line = match said {
                    Said::Line(line) => line.clone(),
                    Said::Cells(cells) => serde_json::to_string(cells)?,
                };
                let reject = serde_json::json!({ "row": row.number, "reason": reason.to_string(), "line": line });
                writeln!(lines, "{reject}")
            }
        }
    }

    fn sync(self) -> std::io::Result<()> {
        let file = match self {
            Writer::Lines(lines) => lines,
            Writer::Table(table) => table.into_inner().map_err(|e| e.into_error())?,
        };
        file.into_inner().map_err(|e| e.into_error())?.sync_all()
    }
}

fn writing(path: &Path, error: &std::io::Error) -> Fault {
    Fault::new(FaultKind::Unavailable, format!("cannot write {}: {error}", path.display()))
}
