//! Workbooks: XLSX and XLS. Every visible sheet with a header is read; merged cells are filled.

use std::{collections::BTreeMap, fs::File, io::BufReader, sync::Arc, sync::atomic::Ordering};

use calamine::{Data, DataRef, Dimensions, ExcelDateTime, Reader, SheetVisible, Xls, Xlsx};

use super::{
    Next, Progress, Said, SourceRow,
    columns::ColumnMap,
    header::{self, Columns},
};
use crate::domain::{Fault, FaultKind};

/// Cells further right are no columns of a list.
const WIDEST: u32 = 1024;

struct Sheet {
    name: Arc<str>,
    columns: Columns,
    /// Row numbers from 1 and cells.
    rows: std::vec::IntoIter<(u64, Vec<String>)>,
}

pub(super) struct Sheets {
    sheets: Vec<Sheet>,
    /// Which of them is being read.
    at: usize,
    rows: u64,
    done: u64,
    progress: Progress,
}

impl Sheets {
    pub(super) fn open(file: File, xlsx: bool, map: &ColumnMap, progress: Progress) -> Result<Self, Fault> {
        let tables = if xlsx { read_xlsx(file)? } else { read_xls(file)? };
        let names: Vec<String> = tables.iter().map(|(name, _)| name.clone()).collect();
        let sheets: Vec<Sheet> = tables.into_iter().filter_map(|(name, table)| table.into_sheet(&name, map)).collect();
        if sheets.is_empty() {
            return Err(Fault::invalid(format!(
                "no sheet of {} has a header row that names a text column: name the columns with --map 列名=text",
                names.join(", ")
            )));
        }
        let rows = sheets.iter().map(|sheet| sheet.rows.len() as u64).sum();
        Ok(Self { sheets, at: 0, rows, done: 0, progress })
    }

    /// Names of the sheet that is being read.
    pub(super) fn header(&self) -> &[String] {
        &self.columns().names
    }

    pub(super) fn columns(&self) -> &Columns {
        static NONE: Columns = Columns { names: Vec::new(), targets: Vec::new() };
        self.sheets.get(self.at.min(self.sheets.len().saturating_sub(1))).map_or(&NONE, |sheet| &sheet.columns)
    }

    pub(super) fn next(&mut self) -> Next {
        while let Some(sheet) = self.sheets.get_mut(self.at) {
            if let Some((number, cells)) = sheet.rows.next() {
                self.done += 1;
                let share = self.progress.total.saturating_mul(self.done) / self.rows.max(1);
                self.progress.read.store(share, Ordering::Relaxed);
                return Some(Ok(SourceRow { number, sheet: Some(sheet.name.clone()), said: Said::Cells(cells) }));
            }
            self.at += 1;
        }
        self.progress.read.store(self.progress.total, Ordering::Relaxed);
        None
    }
}

/// A sheet as cells at their places; only cells that hold something.
#[derive(Default)]
struct Cells {
    rows: BTreeMap<u32, BTreeMap<u32, String>>,
    merged: Vec<Dimensions>,
}

impl Cells {
    fn put(&mut self, (row, column): (u32, u32), text: String) {
        if column < WIDEST && !text.trim().is_empty() {
            self.rows.entry(row).or_default().insert(column, text);
        }
    }

    /// Gives merged cells the value of their first. Above `below` in both directions (headers); in the
    /// data only downward, and only in rows that hold something of their own.
    fn unmerge(&mut self, below: u32) {
        for region in &self.merged {
            let (start, end) = (region.start, region.end);
            let Some(value) = self.rows.get(&start.0).and_then(|row| row.get(&start.1)).cloned() else { continue };
            for (number, row) in self.rows.range_mut(start.0..=end.0) {
                let last = if *number < below { end.1.min(WIDEST) } else { start.1 };
                for column in start.1..=last {
                    row.entry(column).or_insert_with(|| value.clone());
                }
            }
        }
    }

    fn into_sheet(mut self, name: &str, map: &ColumnMap) -> Option<Sheet> {
        self.unmerge(0); // downward only: enough to find the header's last row …
        let before = self.table();
        let depth = before.get(header::DEPTH.min(before.len()).checked_sub(1)?).map_or(0, |(row, _)| row + 1);
        let mut spread = Self { rows: self.rows.clone(), merged: std::mem::take(&mut self.merged) };
        spread.rows.retain(|row, _| *row < depth);
        spread.unmerge(depth); // … and in both directions to name columns under a common head.
        let top: Vec<Vec<String>> = spread.table().into_iter().map(|(_, cells)| cells).collect();
        let found = header::find(&top, map)?;
        let width = found.columns.names.len();
        let mut columns = found.columns;
        let mut rows =
            before.into_iter().skip(found.below).map(|(row, cells)| (u64::from(row) + 1, cells)).collect::<Vec<_>>();
        // Cells right of the header have a column too, so that nothing is lost.
        let widest = rows.iter().map(|(_, cells)| cells.len()).max().unwrap_or(0).max(width);
        for n in width..widest {
            columns.names.push(format!("列{}", n + 1));
            columns.targets.push(None);
        }
        rows.iter_mut().for_each(|(_, cells)| cells.resize(widest, String::new()));
        Some(Sheet { name: name.into(), columns, rows: rows.into_iter() })
    }

    /// Rows with their index, cells from the first column on.
    fn table(&self) -> Vec<(u32, Vec<String>)> {
        let table = self.rows.iter().map(|(row, cells)| {
            let width = cells.keys().next_back().map_or(0, |last| last + 1);
            (*row, (0..width).map(|column| cells.get(&column).cloned().unwrap_or_default()).collect())
        });
        table.collect()
    }
}

fn unreadable(error: impl std::fmt::Display) -> Fault {
    Fault::new(FaultKind::Unsupported, format!("the workbook cannot be read: {error}"))
}

fn read_xlsx(file: File) -> Result<Vec<(String, Cells)>, Fault> {
    let mut book: Xlsx<_> = Xlsx::new(BufReader::new(file)).map_err(unreadable)?;
    let mut tables = Vec::new();
    for name in visible(&book) {
        let mut cells = Cells::default();
        // Cell by cell: one stray cell at the far corner would make a dense range of it.
        let mut reader = book.worksheet_cells_reader(&name).map_err(unreadable)?;
        while let Some(cell) = reader.next_cell().map_err(unreadable)? {
            cells.put(cell.get_position(), text_ref(cell.get_value()));
        }
        drop(reader);
        cells.merged = book.merge_cells_by_sheet_name(&name).unwrap_or_default();
        tables.push((name, cells));
    }
    Ok(tables)
}

fn read_xls(file: File) -> Result<Vec<(String, Cells)>, Fault> {
    let mut book: Xls<_> = Xls::new(BufReader::new(file)).map_err(unreadable)?;
    let mut tables = Vec::new();
    for name in visible(&book) {
        let range = book.worksheet_range(&name).map_err(unreadable)?;
        let (top, left) = range.start().unwrap_or_default();
        let mut cells = Cells::default();
        for (row, column, value) in range.used_cells() {
            let place = (u32::try_from(row).unwrap_or(0) + top, u32::try_from(column).unwrap_or(0) + left);
            cells.put(place, text(value));
        }
        cells.merged = book.merge_cells_by_sheet_name(&name).unwrap_or_default();
        tables.push((name, cells));
    }
    Ok(tables)
}

fn visible<B: Reader<BufReader<File>>>(book: &B) -> Vec<String> {
    let sheets = book.sheets_metadata().iter();
    sheets.filter(|sheet| sheet.visible == SheetVisible::Visible).map(|sheet| sheet.name.clone()).collect()
}

/// A number as people wrote it: phone numbers and codes are whole.
fn number(value: f64) -> String {
    if value.fract() == 0.0 && value.abs() < 1e15 { format!("{value:.0}") } else { value.to_string() }
}

fn moment(value: &ExcelDateTime) -> String {
    if !value.is_datetime() {
        return number(value.as_f64());
    }
    let (year, month, day, hour, minute, second, _) = value.to_ymd_hms_milli();
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
}

fn text(value: &Data) -> String {
    match value {
        Data::Int(n) => n.to_string(),
        Data::Float(n) => number(*n),
        Data::String(s) | Data::DateTimeIso(s) | Data::DurationIso(s) => s.clone(),
        Data::Bool(b) => if *b { "是" } else { "否" }.to_owned(),
        Data::DateTime(at) => moment(at),
        Data::Error(e) => e.to_string(),
        Data::Empty => String::new(),
    }
}

fn text_ref(value: &DataRef<'_>) -> String {
    match value {
        DataRef::SharedString(s) => (*s).to_owned(),
        other => text(&Data::from(other.clone())),
    }
}
