//! Bad files, each with its exact outcome.

use std::{fs, path::Path};

use encoding_rs::GB18030;
use tingsu::{
    desk::import::{ImportSource, ReadOptions},
    domain::FaultKind,
};

use super::given::*;

const CSV: &str =
    "工单编号,标题,诉求内容,来电时间\nG1,路灯,路灯三天不亮,2026-05-12 08:52\nG2,噪音,工地夜里施工,2026/5/12 22:10:00\n";
const TEXTS: [&str; 2] = ["路灯三天不亮", "工地夜里施工"];

fn utf16(text: &str, big: bool, mark: bool) -> Vec<u8> {
    let units = mark.then_some(0xfeff).into_iter().chain(text.encode_utf16());
    units.flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
}

#[test]
fn encodings() {
    let (gbk, _, _) = GB18030.encode(CSV);
    check("utf8.csv", CSV.as_bytes(), &TEXTS, &[]);
    check("bom.csv", format!("\u{feff}{CSV}").as_bytes(), &TEXTS, &[]);
    check("gbk.csv", &gbk, &TEXTS, &[]);
    check("crlf.csv", CSV.replace('\n', "\r\n").as_bytes(), &TEXTS, &[]);
    check("no-last-newline.csv", CSV.trim_end().as_bytes(), &TEXTS, &[]);
    check("utf16le.csv", &utf16(CSV, false, true), &TEXTS, &[]);
    check("utf16be.csv", &utf16(CSV, true, true), &TEXTS, &[]);
    check("utf16le-no-mark.csv", &utf16(CSV, false, false), &TEXTS, &[]);
    check("utf16be-no-mark.csv", &utf16(CSV, true, false), &TEXTS, &[]);
    check("tabs.csv", CSV.replace(',', "\t").as_bytes(), &TEXTS, &[]);
    check("semicolons.txt", CSV.replace(',', ";").as_bytes(), &TEXTS, &[]);
}

#[test]
fn an_encoding_that_shows_late_is_still_seen() {
    // More than any buffer of ASCII rows first, then one Chinese row.
    let mut text = String::from("id,text\n");
    for n in 0..40_000 {
        text.push_str(&format!("A{n},street light is out\n"));
    }
    text.push_str("A-last,路灯不亮,请修\n".replace(",请修", "").as_str());
    for (name, bytes) in [("late-utf8.csv", text.as_bytes().to_vec()), ("late-gbk.csv", GB18030.encode(&text).0.into())]
    {
        let outcome = read_bytes(name, &bytes, ReadOptions::default()).unwrap();
        assert_eq!(outcome.tickets.len(), 40_001, "{name}: {:?}", outcome.rejects.first());
        assert_eq!(outcome.tickets[40_000].appeal.text, "路灯不亮", "{name}");
    }
}

#[test]
fn some_bad_bytes_are_replaced_and_noted() {
    let mut bytes = "text,id\n路灯坏了很久没有人来修,A\n第二行没有问题,B\n".as_bytes().to_vec();
    let at = bytes.iter().position(|b| *b == b',').unwrap() + 4 + 3;
    bytes[at] = 0xff; // inside a character of the first row
    let outcome = read_bytes("bad.csv", &bytes, ReadOptions::default()).unwrap();
    assert_eq!(outcome.tickets.len(), 2, "{:?}", outcome.rejects);
    assert!(outcome.tickets[0].appeal.text.contains('\u{fffd}'));
    assert!(outcome.tickets[0].extra["导入说明"].contains("U+FFFD"));
    assert!(outcome.tickets[1].extra.is_empty());
}

#[test]
fn tables() {
    check(
        "quotes.csv",
        "id,text\nA,\"第一行\n第二行,带\"\"引号\"\"\"\nB,后面的\n".as_bytes(),
        &["第一行\n第二行,带\"引号\"", "后面的"],
        &[],
    );
    check(
        "ragged.csv",
        "id,title,text\nA,标题,正文\nB,少一格\nC,标题,正文,多一格\nD,标题,好的\n".as_bytes(),
        &["正文", "好的"],
        &["3: 2 cells, the header 3", "4: 4 cells, the header 3"],
    );
    check("blank-rows.csv", "id,text\n\nA,甲\n,\n\nB,乙\n".as_bytes(), &["甲", "乙"], &[]);
    check(
        "title-row.csv",
        "江海市热线工单导出表,,\n导出时间:2026-05-12,,\n编号,标题,内容\nA,路灯,不亮\n".as_bytes(),
        &["不亮"],
        &[],
    );
    check(
        "two-row-header.csv",
        "工单编号,诉求人,,诉求内容\n,姓名,联系电话,\nA,王某,13800000000,不亮\n".as_bytes(),
        &["不亮"],
        &[],
    );
    check("marked-header.csv", "*工单编号(必填),【必填】诉求内容:\nA,不亮\n".as_bytes(), &["不亮"], &[]);
    check("one-column.csv", "内容\n路灯不亮\n路灯不亮\n".as_bytes(), &["路灯不亮", "路灯不亮"], &[]);
}

#[test]
fn rows_that_are_none() {
    check(
        "rows.csv",
        "id,text,time,category,department,channel,urgency\n\
         A,好的,2026-05-12,,,,\n\
         B,,2026-05-12,,,,\n\
         C,甲,昨天晚上,,,,\n\
         D,甲,,9999,,,\n\
         E,甲,,,没有这个局,,\n\
         F,甲,,,,飞鸽,\n\
         G,甲,,,,,十万火急\n\
         A,别的,2026-05-12,,,,\n\
         A,好的,2026-05-12,,,,\n\
         有 空格,甲,,,,,\n\
         H,甲,05-12 08:52,,,,\n"
            .as_bytes(),
        &["好的", "好的"],
        &[
            "3: text: the row has no text",
            "4: time: 看不懂时间“昨天晚上”",
            "5: category: no category `9999`",
            "6: department: no department `没有这个局`",
            "7: channel: unknown channel `飞鸽`",
            "8: urgency: 没有急度 `十万火急`",
            "9: id: id `A` stands in row 2 already, with other content",
            "11: id: 工单编号中不能有空白",
            "12: time: has no year",
        ],
    );
}

#[test]
fn lines() {
    check(
        "broken.jsonl",
        concat!(
            r#"{"id":"A","text":"甲"}"#,
            "\n\n",
            r#"{"id":"B","text":"乙""#,
            "\n",
            r#"["C"]"#,
            "\n",
            r#"{"id":"D","text":["甲","乙"]}"#,
            "\n",
            r#"{"id":"E","text":{"a":1}}"#,
            "\n",
            r#"{"id":20260512000001234567,"text":"丁"}"#,
            "\n",
            r#"{"id":7,"text":"数字编号"}"#,
            "\r\n",
            "not json at all\n",
            r#"{"id":"A","text":"丙"}"#,
            "\n",
            r#"{"id":"Z","text":"末行"}"#,
        )
        .as_bytes(),
        &["甲", "数字编号", "末行"],
        &[
            "3: not a line of JSON: it ends too early at column",
            "4: must be a JSON object, this is an array",
            "5: text: the appeal must be a text",
            "6: text: the appeal must be a text",
            "7: id: too long for JSON",
            "9: not a line of JSON: it is malformed at column",
            "10: id: stands in row 1 already",
        ],
    );
}

#[test]
fn lone_surrogates_are_replaced_and_noted() {
    let cases = [
        (r"\ud800", "\u{fffd}"),
        (r"前\udc00后", "前\u{fffd}后"),
        (r"\ud83d\ude00", "😀"),
        (r"\ud83d\ude00\ud83d", "😀\u{fffd}"),
        (r"\ud800\ud83d\ude00", "\u{fffd}😀"),
        (r"\\ud800", r"\ud800"),
        (r"\\\ud800", "\\\u{fffd}"),
        (r"\u0000\u0007\ud800", "\0\u{7}\u{fffd}"),
    ];
    for (escaped, wanted) in cases {
        let outcome = read_text("s.jsonl", &format!(r#"{{"id":"A","text":"{escaped}","title":"题"}}"#));
        assert_eq!(outcome.rejects, [] as [String; 0], "{escaped}");
        let ticket = &outcome.tickets[0];
        assert_eq!(ticket.appeal.text, wanted, "{escaped}");
        assert_eq!(ticket.extra.contains_key("导入说明"), wanted.contains('\u{fffd}'), "{escaped}");
    }
}

#[test]
fn long_texts() {
    let long = "长".repeat(100_001);
    let fits = "长".repeat(100_000);
    let megabyte = "a".repeat(1 << 20);
    let text = format!(
        "{}\n{}\n{}\n",
        serde_json::json!({"id": "A", "text": long}),
        serde_json::json!({"id": "B", "text": fits}),
        serde_json::json!({"id": "C", "text": megabyte}),
    );
    check(
        "long.jsonl",
        text.as_bytes(),
        &[&fits],
        &["1: text: 100001 characters, 100000 allowed", "3: text: 1048576 characters"],
    );
    // A line that would fill the memory is cut, named, and the next one is read.
    let text = format!("{{\"text\":\"{}\"}}\n{{\"text\":\"好\"}}\n", "b".repeat(17 << 20));
    let outcome = read_text("huge.jsonl", &text);
    assert_eq!(outcome.tickets.len(), 1);
    assert!(outcome.reject_file.unwrap().contains("more than 16 MiB"));
}

#[test]
fn an_open_quotation_mark_does_not_fill_the_memory() {
    let mut text = String::from("id,text\nA,好的\nB,\"没有关上\n");
    while text.len() < 40 << 20 {
        text.push_str("C,后面的行被吞掉,后面的行被吞掉,后面的行被吞掉,后面的行被吞掉\n");
    }
    let outcome = read_text("quote.csv", &text);
    assert_eq!(outcome.tickets.len(), 1);
    let broken = outcome.broken.unwrap();
    assert!(broken.contains("quotation mark") && broken.contains("rows after it were not read"), "{broken}");
}

#[test]
fn files_that_are_none() {
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = dir.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    let noise: Vec<u8> = (0..5000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let cases = [
        (dir.path().join("missing.csv"), FaultKind::NotFound, "cannot read"),
        (dir.path().to_owned(), FaultKind::Unsupported, "is a folder"),
        (file("empty.csv", b""), FaultKind::Invalid, "is empty"),
        (file("blank.csv", " \n\n\t\n".as_bytes()), FaultKind::Invalid, "nothing but white space"),
        (file("mark.csv", "\u{feff}".as_bytes()), FaultKind::Invalid, "nothing but white space"),
        (file("noise.csv", &noise), FaultKind::Unsupported, "is no text"),
        (file("a.pdf", b"%PDF-1.7 ..."), FaultKind::Unsupported, "is a PDF"),
        (file("a.csv.gz", &[0x1f, 0x8b, 8, 0, 0, 0]), FaultKind::Unsupported, "compressed"),
        (file("zip.xlsx", b"PK\x03\x04 but no workbook"), FaultKind::Unsupported, "the workbook cannot be read"),
        (file("array.json", b"[{\"text\":\"a\"}]"), FaultKind::Unsupported, "one object per line"),
        (file("nohead.csv", "1,2,3\n4,5,6\n".as_bytes()), FaultKind::Invalid, "name the columns with --map"),
        (file("other.csv", "甲列,乙列\n1,2\n".as_bytes()), FaultKind::Invalid, "begins `甲列,乙列`"),
    ];
    for (path, kind, wanted) in cases {
        let fault = ImportSource::open(&path, ReadOptions::default(), PACK.clone()).unwrap_err();
        assert_eq!(fault.kind, kind, "{fault}");
        assert!(fault.message.contains(wanted), "wanted `{wanted}`, got `{fault}`");
        assert!(fault.message.contains(&path.display().to_string()), "the message names the file: {fault}");
    }
    // A header and nothing under it is a clean file of no rows.
    for (name, text) in [("head.csv", "id,text\n"), ("head.tsv", "id\ttext")] {
        let path = file(name, text.as_bytes());
        let outcome = read(Path::new(&path), ReadOptions::default()).unwrap();
        assert!(outcome.tickets.is_empty() && outcome.rejects.is_empty() && outcome.reject_file.is_none());
    }
}

#[test]
fn reject_files_hold_the_row_and_can_be_imported_again() {
    let outcome = read_text("t.csv", "编号,内容,渠道,备注\nA,甲,飞鸽,\"带,逗号\"\nB,乙,电话,\nC,丙,飞鸽,\n");
    let written = outcome.reject_file.unwrap();
    assert!(written.starts_with('\u{feff}'), "Excel needs the mark");
    assert_eq!(written.lines().next().unwrap(), "\u{feff}导入行号,拒绝原因,编号,内容,渠道,备注");
    assert!(written.contains("\"带,逗号\""), "{written}");
    let again = read_text("t.csv.rejected.csv", &written.replace("飞鸽", "微信"));
    let ids: Vec<String> = again.tickets.iter().map(|t| t.id.clone().unwrap().to_string()).collect();
    assert_eq!((ids, again.rejects), (vec!["A".to_owned(), "C".to_owned()], vec![]), "corrected by hand, they go in");
    assert_eq!(again.tickets[0].extra.keys().collect::<Vec<_>>(), ["备注"], "our own two columns are not data");

    let outcome = read_text("t.jsonl", "{\"id\":\"A\",\"text\":\"甲\",\"channel\":\"飞鸽\"}\n{broken \u{0}\n");
    let written = outcome.reject_file.unwrap();
    let lines: Vec<serde_json::Value> = written.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!((lines[0]["row"].as_u64(), lines[1]["row"].as_u64()), (Some(1), Some(2)));
    assert_eq!(lines[1]["line"].as_str(), Some("{broken \u{0}"), "the row as it was");
    let again = read_text("again.jsonl", &written.replace("飞鸽", "微信"));
    assert_eq!((again.tickets.len(), again.rejects.len()), (1, 1));
}

#[test]
fn nothing_is_lost_whatever_the_rows_are() {
    // Every row that is not blank comes out once, as a ticket or a reject.
    let columns: [&[&str]; 6] = [
        &["A", "", "B\u{0}", "有 空格"],
        &["甲", "", "\"引\n号\"", "😀", "\u{0}"],
        &["", "2026-05-12", "昨天"],
        &["电话", "", "飞鸽"],
        &["", "0103", "别的"],
        &["", "备注", "-"],
    ];
    let mut text = String::from("id,text,time,channel,category,备注\n");
    let mut rows = 0;
    for n in 0..3000_usize {
        // Every combination of the pieces, some rows a cell short or a cell long.
        let mut left = n;
        let mut row: Vec<String> = Vec::new();
        for (k, pieces) in columns.iter().enumerate() {
            let piece = pieces[left % pieces.len()];
            left /= pieces.len();
            row.push(if k == 0 && piece == "A" { format!("A{n}") } else { piece.to_owned() });
        }
        match n % 17 {
            3 => drop(row.pop()),
            5 => row.push("多".to_owned()),
            _ => {}
        }
        rows += usize::from(row.iter().any(|cell| !cell.is_empty()));
        text.push_str(&row.join(","));
        text.push('\n');
    }
    let outcome = read_text("mix.csv", &text);
    assert_eq!(outcome.tickets.len() + outcome.rejects.len(), rows);
    let written = outcome.reject_file.unwrap();
    let mut records =
        csv::ReaderBuilder::new().flexible(true).from_reader(written.trim_start_matches('\u{feff}').as_bytes());
    assert_eq!(records.records().count(), outcome.rejects.len());
    assert!(outcome.tickets.len() > 200 && outcome.rejects.len() > 200);
}
