//! A plain table as a workbook: one sheet, a frozen head, text cells only.

use rust_xlsxwriter::{Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError};

/// Widths of columns, in characters.
const WIDTH: std::ops::RangeInclusive<usize> = 8..=48;
/// Characters that a cell may hold; what is longer is cut.
const LONGEST: usize = 32_000;

/// The workbook of a table. Every cell is text: nothing in it is a number or a formula.
///
/// # Errors
/// More rows or columns than a sheet may have.
pub fn workbook(name: &str, heads: &[&str], rows: &[Vec<String>]) -> Result<Vec<u8>, XlsxError> {
    let mut sheet = Worksheet::new();
    sheet.set_name(name)?;
    sheet.set_freeze_panes(1, 0)?;
    let border = Format::new().set_border(FormatBorder::Thin).set_align(FormatAlign::Top);
    let head = border.clone().set_bold().set_background_color("E6E9ED");
    let cell = border.set_num_format("@").set_text_wrap();
    for (column, title) in (0_u16..).zip(heads) {
        sheet.write_string_with_format(0, column, *title, &head)?;
        let longest = rows.iter().filter_map(|row| row.get(usize::from(column))).map(|c| c.chars().count()).max();
        let width = (longest.unwrap_or(0) * 2).clamp(*WIDTH.start(), *WIDTH.end());
        sheet.set_column_width(column, width as f64)?;
    }
    for (line, row) in (1_u32..).zip(rows) {
        for (column, value) in (0_u16..).zip(row) {
            match value.chars().count() > LONGEST {
                true => {
                    let cut: String = value.chars().take(LONGEST).collect();
                    sheet.write_string_with_format(line, column, cut, &cell)?;
                }
                false => {
                    sheet.write_string_with_format(line, column, value, &cell)?;
                }
            }
        }
    }
    let mut book = Workbook::new();
    book.push_worksheet(sheet);
    book.save_to_buffer()
}
