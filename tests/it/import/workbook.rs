//! Workbooks as Excel and export programs make them.

use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};
use tingsu::{desk::import::ReadOptions, domain::format_city};

use super::given::*;

fn save(mut book: Workbook) -> Vec<u8> {
    book.save_to_buffer().unwrap()
}

/// A title over all columns, a header in two merged rows, dates, numeric phones, codes that lost their
/// zero, merged districts, a blank row, a total.
fn export() -> Vec<u8> {
    let mut book = Workbook::new();
    let plain = Format::new();
    let date = Format::new().set_num_format("yyyy-mm-dd hh:mm");
    let sheet = book.add_worksheet();
    sheet.set_name("五月").unwrap();
    sheet.merge_range(0, 0, 0, 7, "某市热线工单(2026年5月)", &plain).unwrap();
    sheet.merge_range(2, 0, 3, 0, "工单编号", &plain).unwrap();
    sheet.merge_range(2, 1, 2, 2, "诉求人信息", &plain).unwrap();
    sheet.write(3, 1, "姓名").unwrap();
    sheet.write(3, 2, "联系电话").unwrap();
    sheet.merge_range(2, 3, 3, 3, "来电时间", &plain).unwrap();
    sheet.merge_range(2, 4, 3, 4, "诉求内容", &plain).unwrap();
    sheet.merge_range(2, 5, 3, 5, "分类", &plain).unwrap();
    sheet.merge_range(2, 6, 3, 6, "区县", &plain).unwrap();
    sheet.merge_range(2, 7, 3, 7, "备注", &plain).unwrap();
    for (row, id, text) in [(4, "X1", "路灯不亮"), (5, "X2", "井盖松动"), (7, "X3", "噪音扰民")] {
        sheet.write(row, 0, id).unwrap();
        sheet.write(row, 1, "王某").unwrap();
        sheet.write(row, 2, 13_800_000_000_f64).unwrap();
        let at = ExcelDateTime::from_ymd(2026, 5, 12).unwrap().and_hms(8, 52, 0).unwrap();
        sheet.write_datetime_with_format(row, 3, at, &date).unwrap();
        sheet.write(row, 4, text).unwrap();
        sheet.write(row, 5, 103).unwrap();
    }
    sheet.merge_range(4, 6, 5, 6, "甲区", &plain).unwrap();
    sheet.write(7, 7, true).unwrap();
    sheet.write(7, 9, "表头之外").unwrap();
    sheet.write(8, 0, "合计").unwrap();
    sheet.write(8, 1, 3).unwrap();
    save(book)
}

#[test]
fn a_workbook_with_merged_headers_and_typed_cells() {
    let outcome = read_bytes("export.xlsx", &export(), ReadOptions::default()).unwrap();
    assert_eq!(outcome.rejects, ["五月!9: text: the row has no text"], "the total is no appeal, and it is not lost");
    assert!(outcome.reject_file.unwrap().contains("五月!9"));
    let texts: Vec<&str> = outcome.tickets.iter().map(|t| t.appeal.text.as_str()).collect();
    assert_eq!(texts, ["路灯不亮", "井盖松动", "噪音扰民"]);
    for ticket in &outcome.tickets {
        assert_eq!(ticket.caller.name.as_deref(), Some("王某"));
        assert_eq!(ticket.caller.contact.as_deref(), Some("13800000000"));
        assert_eq!(format_city(ticket.received_at.unwrap()), "2026-05-12T08:52:00+08:00");
        assert_eq!(ticket.labels.category.as_deref(), Some("0103"));
    }
    let districts: Vec<Option<&str>> = outcome.tickets.iter().map(|t| t.district.as_deref()).collect();
    assert_eq!(districts, [Some("甲区"), Some("甲区"), None], "a merged cell counts for all its rows");
    assert_eq!(outcome.tickets[2].extra["备注"], "是");
    assert_eq!(outcome.tickets[2].extra["列10"], "表头之外", "cells beside the header are kept");
}

#[test]
fn every_visible_sheet_with_a_header_is_read() {
    let mut book = Workbook::new();
    for (name, text, hidden) in [("说明", "", false), ("四月", "甲", false), ("五月", "乙", false), ("旧", "丙", true)]
    {
        let sheet = book.add_worksheet();
        sheet.set_name(name).unwrap();
        if text.is_empty() {
            sheet.write(0, 0, "本表由系统导出").unwrap();
            continue;
        }
        sheet.write(0, 0, "编号").unwrap();
        sheet.write(0, 1, "内容").unwrap();
        sheet.write(1, 0, format!("N-{text}")).unwrap();
        sheet.write(1, 1, text).unwrap();
        sheet.set_hidden(hidden);
    }
    let outcome = read_bytes("sheets.xlsx", &save(book), ReadOptions::default()).unwrap();
    let texts: Vec<&str> = outcome.tickets.iter().map(|t| t.appeal.text.as_str()).collect();
    assert_eq!((texts, outcome.rejects), (vec!["甲", "乙"], vec![]));
}

#[test]
fn a_workbook_without_a_header_says_so() {
    let mut book = Workbook::new();
    book.add_worksheet().write(0, 0, "随便").unwrap();
    let fault = read_bytes("none.xlsx", &save(book), ReadOptions::default()).unwrap_err();
    assert!(fault.message.contains("no sheet of Sheet1 has a header row"), "{fault}");
}

#[test]
fn a_stray_cell_at_the_far_corner_costs_nothing() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write(0, 0, "内容").unwrap();
    sheet.write(1, 0, "路灯不亮").unwrap();
    sheet.write(1_048_575, 16_383, "x").unwrap();
    let outcome = read_bytes("corner.xlsx", &save(book), ReadOptions::default()).unwrap();
    assert_eq!((outcome.tickets.len(), outcome.rejects.len()), (1, 0));
}

#[test]
fn an_xlsx_under_another_name_is_still_one() {
    let outcome = read_bytes("export.csv", &export(), ReadOptions::default()).unwrap();
    assert_eq!(outcome.tickets.len(), 3);
}
