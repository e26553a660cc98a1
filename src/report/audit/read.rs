//! From a file to the text that is audited: plain text, DOCX, HTML.

use std::io::{Cursor, Read};

use html5gum::{Token, Tokenizer};
use quick_xml::{Reader as Xml, events::Event};

/// Why a file has no text to audit.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ReadError {
    /// Nothing in it.
    #[error("文件为空,没有可核对的文字")]
    Empty,
    /// Too long.
    #[error("文件有 {0} 字节,超过上限 {1} 字节;请只取简报正文")]
    Large(usize, usize),
    /// Not a text.
    #[error("这不是文本、DOCX 或 HTML 文件{0}")]
    Binary(String),
    /// A DOCX that cannot be read.
    #[error("DOCX 文件已损坏:{0}")]
    Docx(String),
}

/// Longest file that is read, in bytes.
pub const LARGEST: usize = 64 << 20;
/// Longest text inside a DOCX, in bytes: a packed file may grow a thousandfold.
const INSIDE: u64 = 64 << 20;

/// What kind of file a text came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The file's own characters.
    Text,
    /// The running text of a Word file, cells of a table parted by tabs.
    Docx,
    /// The visible text of a page, cells of a table parted by tabs.
    Html,
}

/// Reads a file's bytes; encoding and kind are told by the bytes themselves.
///
/// # Errors
/// Empty, too large, binary, or a damaged DOCX; the message says what to do.
pub fn read(bytes: &[u8]) -> Result<(String, Form), ReadError> {
    if bytes.len() > LARGEST {
        return Err(ReadError::Large(bytes.len(), LARGEST));
    }
    if bytes.starts_with(b"PK\x03\x04") {
        let text = docx(bytes)?;
        return if text.trim().is_empty() { Err(ReadError::Empty) } else { Ok((text, Form::Docx)) };
    }
    let text = decode(bytes)?;
    if text.trim().is_empty() {
        return Err(ReadError::Empty);
    }
    if is_html(&text) { Ok((html(&text), Form::Html)) } else { Ok((text, Form::Text)) }
}

fn decode(bytes: &[u8]) -> Result<String, ReadError> {
    if let Some((encoding, skip)) = encoding_rs::Encoding::for_bom(bytes) {
        let (text, _, _) = encoding.decode(&bytes[skip..]);
        return Ok(text.into_owned());
    }
    if bytes.starts_with(b"%PDF") {
        return Err(ReadError::Binary(":PDF 请先另存为 DOCX 或文本".into()));
    }
    if bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) {
        return Err(ReadError::Binary(":旧版 DOC 请先另存为 DOCX".into()));
    }
    if bytes.iter().take(4096).any(|b| *b == 0) {
        return Err(ReadError::Binary(String::new()));
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.to_owned()),
        Err(_) => {
            let (text, _, wrong) = encoding_rs::GB18030.decode(bytes);
            let odd = text.chars().filter(|c| *c == '\u{fffd}').count();
            if wrong && odd * 50 > text.chars().count() {
                return Err(ReadError::Binary(",也不是 UTF-8 或 GB18030 编码的文本".into()));
            }
            Ok(text.into_owned())
        }
    }
}

fn is_html(text: &str) -> bool {
    let head: String = text.trim_start().chars().take(2000).collect::<String>().to_lowercase();
    head.starts_with("<!doctype html")
        || head.starts_with("<html")
        || (head.starts_with('<')
            && (head.contains("<body") || head.contains("<p") || head.contains("<div") || head.contains("<table")))
}

/// Elements that end a line.
const BLOCKS: &[&str] = &[
    "p",
    "div",
    "br",
    "tr",
    "li",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "table",
    "section",
    "article",
    "ul",
    "ol",
    "title",
    "blockquote",
    "figcaption",
    "header",
    "footer",
];
/// Elements whose text nobody sees.
const HIDDEN: &[&str] = &["script", "style", "noscript", "template", "svg"];

/// Visible text of a page, as far as a reader of numbers needs it.
pub fn html(source: &str) -> String {
    let mut out = String::new();
    let mut hidden: Option<Vec<u8>> = None;
    let mut cell = 0_usize;
    for token in Tokenizer::new(source) {
        let Ok(token) = token;
        match token {
            Token::StartTag(tag) => {
                let name = String::from_utf8_lossy(&tag.name).into_owned();
                if hidden.is_none() && HIDDEN.contains(&name.as_str()) && !tag.self_closing {
                    hidden = Some(tag.name.to_vec());
                } else if matches!(name.as_str(), "td" | "th") {
                    if !out.is_empty() && !out.ends_with('\n') {
                        out.push('\t');
                    }
                    cell += 1;
                } else if BLOCKS.contains(&name.as_str()) {
                    line(&mut out, cell > 0 && name != "tr");
                }
            }
            Token::EndTag(tag) => {
                let name = String::from_utf8_lossy(&tag.name).into_owned();
                if hidden.as_deref() == Some(&tag.name[..]) {
                    hidden = None;
                } else if matches!(name.as_str(), "td" | "th") {
                    cell = cell.saturating_sub(1);
                } else if BLOCKS.contains(&name.as_str()) {
                    line(&mut out, cell > 0 && name != "tr" && name != "table");
                }
            }
            Token::String(text) if hidden.is_none() => {
                for c in String::from_utf8_lossy(&text).chars() {
                    let blank = c.is_ascii_whitespace();
                    if !blank {
                        out.push(c);
                    } else if !out.ends_with([' ', '\n', '\t']) && !out.is_empty() {
                        out.push(' ');
                    }
                }
            }
            _ => {}
        }
    }
    out
}

/// Ends a line; inside a cell a blank stands for it.
fn line(out: &mut String, inside: bool) {
    if inside {
        if !out.ends_with([' ', '\n', '\t']) && !out.is_empty() {
            out.push(' ');
        }
    } else if !out.ends_with('\n') && !out.is_empty() {
        out.push('\n');
    }
}

/// Running text of a Word file: paragraphs as lines, cells parted by tabs.
fn docx(bytes: &[u8]) -> Result<String, ReadError> {
    let damaged = |e: &dyn std::fmt::Display| ReadError::Docx(e.to_string());
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|e| damaged(&e))?;
    let file = zip
        .by_name("word/document.xml")
        .map_err(|_| ReadError::Binary(":压缩包中没有 Word 正文(word/document.xml)".into()))?;
    let mut xml = String::new();
    file.take(INSIDE).read_to_string(&mut xml).map_err(|e| damaged(&e))?;
    let mut reader = Xml::from_str(&xml);
    let mut out = String::new();
    let (mut cells, mut text, mut first) = (0_usize, false, true);
    loop {
        match reader.read_event().map_err(|e| damaged(&e))? {
            Event::Start(e) => match e.local_name().as_ref() {
                "t" => text = true,
                "tr" => first = true,
                "tc" => {
                    if !first {
                        out.push('\t');
                    }
                    first = false;
                    cells += 1;
                }
                _ => {}
            },
            Event::Empty(e) => match e.local_name().as_ref() {
                "tab" => out.push(' '),
                "br" | "cr" => out.push(if cells > 0 { ' ' } else { '\n' }),
                "tc" => {
                    if !first {
                        out.push('\t');
                    }
                    first = false;
                }
                _ => {}
            },
            Event::End(e) => match e.local_name().as_ref() {
                "t" => text = false,
                "p" if cells == 0 => line(&mut out, false),
                "tc" => cells = cells.saturating_sub(1),
                "tr" if cells == 0 => line(&mut out, false),
                _ => {}
            },
            Event::Text(t) if text => out.push_str(&t),
            Event::GeneralRef(r) if text => match r.resolve_char_ref() {
                Ok(Some(c)) => out.push(c),
                _ => out.push_str(quick_xml::escape::resolve_predefined_entity(&r).unwrap_or_default()),
            },
            Event::Eof => break,
            _ => {}
        }
    }
    Ok(out)
}
