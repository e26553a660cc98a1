//! From files to text: DOCX, HTML, encodings, and files that are none of them.

use std::io::{Cursor, Write};

use tingsu::report::audit::{
    Verdict, audit,
    read::{Form, ReadError, read},
};

fn docx(body: &str) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("word/document.xml", zip::write::SimpleFileOptions::default()).unwrap();
    let ns = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";
    write!(zip, "<?xml version=\"1.0\"?><w:document xmlns:w=\"{ns}\"><w:body>{body}</w:body></w:document>").unwrap();
    zip.finish().unwrap().into_inner()
}

fn p(text: &str) -> String {
    format!("<w:p><w:r><w:t>{text}</w:t></w:r></w:p>")
}

#[test]
fn a_word_file_gives_paragraphs_and_cells() {
    let row = |cells: [&str; 2]| format!("<w:tr>{}</w:tr>", cells.map(|c| format!("<w:tc>{}</w:tc>", p(c))).concat());
    let split = "<w:p><w:r><w:t>共受理10</w:t></w:r><w:r><w:t>00件,其中投诉&#x31;20件,占13%</w:t></w:r></w:p>";
    let table = format!(
        "<w:tbl>{}{}{}{}</w:tbl>",
        row(["类别", "件数"]),
        row(["甲", "3"]),
        row(["乙", "4"]),
        row(["合计", "8"])
    );
    let (text, form) = read(&docx(&format!("{split}{table}{}", p("A&amp;B")))).unwrap();
    assert_eq!(form, Form::Docx);
    assert_eq!(text, "共受理1000件,其中投诉120件,占13%\n类别\t件数\n甲\t3\n乙\t4\n合计\t8\nA&B\n");
    let wrong: Vec<String> =
        audit(&text).into_iter().filter(|c| c.verdict == Verdict::Disagrees).map(|c| c.claim).collect();
    assert_eq!(wrong, ["120件,占13%", "8"]);
}

#[test]
fn a_page_gives_what_is_seen() {
    let page = "<!DOCTYPE html><html><head><title>周报</title><style>p{a:1}</style></head><body>\
        <p>共受理<b>1000</b>件,<br>其中投诉 120件&nbsp;,占13%</p><script>var x = '9件,占99%';</script>\
        <table><tr><th>类别</th><th>件数</th></tr><tr><td><p>甲</p></td><td>3</td></tr></table></body></html>";
    let (text, form) = read(page.as_bytes()).unwrap();
    assert_eq!(form, Form::Html);
    assert_eq!(text, "周报\n共受理1000件,\n其中投诉 120件\u{a0},占13%\n类别\t件数\n甲 \t3\n");
    assert!(audit(&text).iter().all(|c| !c.claim.contains("99%")));
}

#[test]
fn encodings_are_told_from_the_bytes() {
    let text = "共受理1000件,其中投诉120件,占12%。";
    let (gb, _, _) = encoding_rs::GB18030.encode(text);
    assert_eq!(read(&gb).unwrap().0, text);
    assert_eq!(read(format!("\u{feff}{text}").as_bytes()).unwrap().0, text);
    let wide: Vec<u8> = [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    assert_eq!(read(&wide).unwrap().0, text);
}

#[test]
fn what_holds_no_text_says_so() {
    assert_eq!(read(b""), Err(ReadError::Empty));
    assert_eq!(read(" \n".as_bytes()), Err(ReadError::Empty));
    assert!(matches!(read(b"%PDF-1.7 ..."), Err(ReadError::Binary(_))));
    assert!(matches!(read(&[0x89, b'P', b'N', b'G', 0, 0, 1, 2]), Err(ReadError::Binary(_))));
    assert!(matches!(read(&[0xd0, 0xcf, 0x11, 0xe0, 1, 2]), Err(ReadError::Binary(_))));
    assert!(matches!(read(b"PK\x03\x04 broken"), Err(ReadError::Docx(_))));
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("xl/workbook.xml", zip::write::SimpleFileOptions::default()).unwrap();
    assert!(matches!(read(&zip.finish().unwrap().into_inner()), Err(ReadError::Binary(_))));
    assert!(matches!(read(&docx("<w:p><w:t>缺了结尾")), Ok(_) | Err(ReadError::Docx(_))));
    let long = vec![b' '; tingsu::report::audit::read::LARGEST + 1];
    assert!(matches!(read(&long), Err(ReadError::Large(..))));
}
