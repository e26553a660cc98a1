//! Files of appeals become new tickets: JSONL, CSV/TSV, XLSX/XLS, whatever their encoding.
//!
//! Every row that is not blank comes out exactly once: as a [`NewTicket`], or with the reason why it
//! is none, and [`RejectFile`] writes the row back beside that reason. Text files are streamed; a
//! workbook is held in memory. Storing is not done here (see [`super::Desk::import`]).
//!
//! A row without a number gets one from its content (`imp-` and 16 hex digits), so that an import
//! which is started again meets its own tickets.

use std::{
    fs::File,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use jiff::civil::Date;

use crate::{
    city::CityPack,
    domain::{Channel, Fault, FaultKind, NewTicket},
};

mod columns;
mod encoding;
mod header;
mod json_lines;
mod reject;
mod repair;
mod row;
mod sheet;
mod table;
mod times;
mod unique;
mod words;

pub use columns::{ColumnMap, Target};
pub use reject::RejectFile;

/// Longest title and text together, in characters.
pub const MAX_CHARS: usize = 100_000;

/// How to read a file.
#[derive(Clone, Debug)]
pub struct ReadOptions {
    /// Which column is what.
    pub columns: ColumnMap,
    /// A day not before the newest call: gives a year to times without one (`05-12 08:52`). None
    /// rejects such rows.
    pub anchor: Option<Date>,
    /// Longest title and text together, in characters.
    pub max_chars: usize,
    /// 受理渠道 of rows that name none.
    pub channel: Channel,
    /// Keeps a value that is unknown here (a category of another system, a grade of another scale) in
    /// `extra` instead of rejecting its row.
    pub keep_unknown: bool,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self {
            columns: ColumnMap::default(),
            anchor: None,
            max_chars: MAX_CHARS,
            channel: Channel::Other,
            keep_unknown: false,
        }
    }
}

/// Where a row stands in its file, and what it said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceRow {
    /// Line of a text file, row of a sheet; from 1.
    pub number: u64,
    /// Sheet of a workbook.
    pub sheet: Option<Arc<str>>,
    pub(crate) said: Said,
}

/// The row as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    /// A line of JSON.
    Line(String),
    /// Cells of a table.
    Cells(Vec<String>),
}

impl SourceRow {
    /// `3`, or `Sheet1!3`.
    pub fn place(&self) -> String {
        match &self.sheet {
            Some(sheet) => format!("{sheet}!{}", self.number),
            None => self.number.to_string(),
        }
    }
}

/// How far a file is read. Cheap to clone; stays true while the source is consumed elsewhere.
#[derive(Clone, Debug)]
pub struct Progress {
    read: Arc<AtomicU64>,
    /// Bytes of the file.
    pub total: u64,
}

impl Progress {
    /// Bytes read so far.
    pub fn read(&self) -> u64 {
        self.read.load(Ordering::Relaxed).min(self.total)
    }
}

/// Something that ends the reading of a file before its end.
pub(crate) struct Broken(pub(crate) String);

/// The next row, if there is one.
pub(crate) type Next = Option<Result<SourceRow, Broken>>;

enum Rows {
    Json(json_lines::JsonLines),
    Table(table::Table),
    Sheets(sheet::Sheets),
}

/// An open file of appeals: an iterator over its rows.
pub struct ImportSource {
    rows: Rows,
    context: row::Context,
    unique: unique::Unique,
    progress: Progress,
    path: PathBuf,
    broken: Option<Fault>,
}

impl std::fmt::Debug for ImportSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ImportSource").field("path", &self.path).finish_non_exhaustive()
    }
}

impl ImportSource {
    /// Opens a file; its kind is seen by its content, its columns by their names.
    ///
    /// # Errors
    /// [`FaultKind::NotFound`] if there is no such file, [`FaultKind::Unsupported`] if it is none that we
    /// read, [`FaultKind::Invalid`] if it is empty or no column holds the text.
    pub fn open(path: &Path, options: ReadOptions, pack: Arc<CityPack>) -> Result<Self, Fault> {
        let name = path.display();
        let metadata = path.metadata().map_err(|e| reading(path, &e))?;
        if metadata.is_dir() {
            return Err(Fault::new(FaultKind::Unsupported, format!("{name} is a folder: name a file")));
        }
        let mut file = File::open(path).map_err(|e| reading(path, &e))?;
        let progress = Progress { read: Arc::default(), total: metadata.len() };
        let kind = encoding::kind_of(&mut file).map_err(|e| reading(path, &e))?;
        let charset = match kind {
            encoding::Kind::Text(charset) => Some(charset),
            encoding::Kind::Xlsx | encoding::Kind::Xls => None,
            encoding::Kind::Empty => return Err(Fault::invalid(format!("{name} is empty"))),
            encoding::Kind::Binary(what) => {
                let message = format!("{name} is {what}; import reads JSONL, CSV, TSV, XLSX and XLS");
                return Err(Fault::new(FaultKind::Unsupported, message));
            }
        };
        let rows = match charset {
            None => {
                let xlsx = matches!(kind, encoding::Kind::Xlsx);
                let sheets = sheet::Sheets::open(file, xlsx, &options.columns, progress.clone());
                Rows::Sheets(sheets.map_err(|fault| named(path, fault))?)
            }
            Some(charset) => {
                let text = encoding::Text::new(file, charset, progress.read.clone());
                let head = encoding::Head::read(text).map_err(|e| reading(path, &e))?;
                match head.first_character() {
                    None => return Err(Fault::invalid(format!("{name} holds nothing but white space"))),
                    Some('{') => Rows::Json(json_lines::JsonLines::new(head)),
                    Some('[') => {
                        let message = format!("{name} is a JSON array: write one object per line (jq -c '.[]')");
                        return Err(Fault::new(FaultKind::Unsupported, message));
                    }
                    Some(_) if json_name(path) => Rows::Json(json_lines::JsonLines::new(head)),
                    Some(_) => {
                        let table = table::Table::new(head, &options.columns);
                        Rows::Table(table.map_err(|fault| named(path, fault))?)
                    }
                }
            }
        };
        let lossy = charset.is_some_and(encoding::Charset::may_replace);
        let context = row::Context::new(options, pack, lossy);
        Ok(Self { rows, context, unique: unique::Unique::default(), progress, path: path.to_owned(), broken: None })
    }

    /// How far the file is read.
    pub fn progress(&self) -> Progress {
        self.progress.clone()
    }

    /// Column names of a table; none for JSONL, whose rows name their own.
    pub fn header(&self) -> Option<&[String]> {
        match &self.rows {
            Rows::Json(_) => None,
            Rows::Table(table) => Some(table.header()),
            Rows::Sheets(sheets) => Some(sheets.header()),
        }
    }

    /// Why reading ended before the end of the file, once it did: rows after it were not seen.
    pub fn broken(&self) -> Option<&Fault> {
        self.broken.as_ref()
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn ticket(&mut self, row: &SourceRow) -> Result<NewTicket, Fault> {
        let entries = match &row.said {
            Said::Line(line) => repair::entries(line, &mut self.context)?,
            Said::Cells(cells) => {
                let header = match &self.rows {
                    Rows::Table(table) => table.columns(),
                    Rows::Sheets(sheets) => sheets.columns(),
                    Rows::Json(_) => return Err(Fault::internal("a row of cells in a file of lines")),
                };
                row::entries(cells, header)?
            }
        };
        let mut ticket = row::ticket(&entries, &self.context)?;
        self.unique.number(&mut ticket, &entries, row)?;
        Ok(ticket)
    }
}

impl Iterator for ImportSource {
    type Item = (SourceRow, Result<NewTicket, Fault>);

    fn next(&mut self) -> Option<Self::Item> {
        if self.broken.is_some() {
            return None;
        }
        let next = match &mut self.rows {
            Rows::Json(lines) => lines.next(),
            Rows::Table(table) => table.next(),
            Rows::Sheets(sheets) => sheets.next(),
        };
        match next? {
            Ok(row) => {
                let ticket = self.ticket(&row);
                Some((row, ticket))
            }
            Err(Broken(why)) => {
                let message = format!("{}: {why}; rows after it were not read", self.path.display());
                self.broken = Some(Fault::invalid(message));
                None
            }
        }
    }
}

fn json_name(path: &Path) -> bool {
    path.extension().is_some_and(|e| ["jsonl", "ndjson", "json"].iter().any(|known| e.eq_ignore_ascii_case(known)))
}

fn reading(path: &Path, error: &std::io::Error) -> Fault {
    let kind = match error.kind() {
        std::io::ErrorKind::NotFound => FaultKind::NotFound,
        _ => FaultKind::Unavailable,
    };
    Fault::new(kind, format!("cannot read {}: {error}", path.display()))
}

fn named(path: &Path, fault: Fault) -> Fault {
    Fault { message: format!("{}: {}", path.display(), fault.message), ..fault }
}
