//! 版头 and 版记: what stands above and below the text.

use super::words::{paragraph, paragraph_with, run, run_with};
use crate::{
    domain::{
        brief::{Brief, BriefState},
        city_time,
    },
    report::typeset::typeset,
};

/// The day in the words of a paper.
fn day(at: jiff::Timestamp) -> String {
    city_time(at).strftime("%Y年%-m月%-d日").to_string()
}

/// 印发日期: of the sign-off, else of the making.
fn dated(brief: &Brief) -> String {
    day(brief.issued_by.as_ref().map_or(brief.made_at, |hand| hand.at))
}

/// Half points of the mark: it stands on one line of 442 points, 36 points high at most. Letters and digits of a face
/// that stands in for the standard's may be 0.65 of their height wide, and a quarter stands between them and the rest.
fn mark_size(name: &str) -> usize {
    let twentieths: usize = name.chars().map(|c| if c.is_ascii() { 13 } else { 20 }).sum();
    let chars: Vec<char> = name.chars().collect();
    let gaps = chars.windows(2).filter(|pair| pair[0].is_ascii() != pair[1].is_ascii()).count() * 5;
    (2 * 430 * 20 / (twentieths + gaps).max(1)).clamp(24, 72)
}

/// 密级, 紧急程度, 发文机关标志, 期号, the red line, title and subtitle.
pub(super) fn head(brief: &Brief) -> String {
    let masthead = &brief.masthead;
    let mut xml = String::new();
    for grade in [&masthead.secrecy, &masthead.haste].into_iter().flatten() {
        xml.push_str(&paragraph("Grade", &run(grade)));
    }
    let size = mark_size(&masthead.name);
    let look = format!("<w:sz w:val=\"{size}\"/><w:szCs w:val=\"{size}\"/>");
    // The mark's upper edge lies 35 mm (1984) below that of the text; the lines of 密级 and 紧急程度 stand above it.
    let grades = [&masthead.secrecy, &masthead.haste].into_iter().flatten().count();
    let (line, slack) = (size * 12, size);
    let before = (1984_usize).saturating_sub(grades * 579 + slack);
    let place = format!("<w:spacing w:before=\"{before}\" w:after=\"200\" w:line=\"{line}\" w:lineRule=\"exact\"/>");
    xml.push_str(&paragraph_with("Mark", &place, &run_with(&look, &masthead.name)));
    let draft =
        if brief.state == BriefState::Issued { String::new() } else { format!("（{}）", brief.state.label()) };
    xml.push_str(&paragraph("Issue", &run(&format!("{}年第{}期{draft}", brief.issue.year, brief.issue.number))));
    let line = format!("{}<w:r><w:tab/></w:r>{}", run(&masthead.office), run(&dated(brief)));
    xml.push_str(&paragraph("Under", &line));
    xml.push_str(&paragraph("Title", &run(&brief.title)));
    if let Some(subtitle) = &brief.subtitle {
        xml.push_str(&paragraph("Subtitle", &run(subtitle)));
    }
    xml
}

/// Width of the 版记 in twentieths of a point. LibreOffice lets a table float only where it is narrower than the text.
const FOOT: usize = 8560;

/// A line above or below a cell.
fn edge(side: &str, wide: u8) -> String {
    format!("<w:{side} w:val=\"single\" w:sz=\"{wide}\" w:space=\"0\" w:color=\"000000\"/>")
}

/// 主送, 抄送, who drafted, checked and signed, 编发单位 and date between two lines.
pub(super) fn foot(brief: &Brief) -> String {
    let masthead = &brief.masthead;
    let mut lines: Vec<String> = Vec::new();
    if !masthead.to.is_empty() {
        lines.push(run(&format!("主送：{}。", masthead.to.join("，"))));
    }
    if !masthead.copies.is_empty() {
        lines.push(run(&format!("抄送：{}。", masthead.copies.join("，"))));
    }
    let hands: Vec<String> = [("拟稿", &brief.drafted_by), ("核稿", &brief.checked_by), ("签发", &brief.issued_by)]
        .into_iter()
        .filter_map(|(what, hand)| hand.as_ref().map(|h| format!("{what}：{}", typeset(h.shown()))))
        .collect();
    if !hands.is_empty() {
        lines.push(run(&hands.join("　")));
    }
    lines.push(format!("{}<w:r><w:tab/></w:r>{}", run(&masthead.office), run(&format!("{}印发", dated(brief)))));
    let last = lines.len() - 1;
    // A table that floats to the foot of the page: the 版记 stands on the last lines of the last page, however short
    // its text is.
    let mut xml = format!(
        "<w:tbl><w:tblPr><w:tblpPr w:leftFromText=\"0\" w:rightFromText=\"0\" w:vertAnchor=\"margin\" \
         w:horzAnchor=\"margin\" w:tblpXSpec=\"center\" w:tblpYSpec=\"bottom\"/><w:tblW w:w=\"{FOOT}\" w:type=\"dxa\"/>\
         <w:tblLayout w:type=\"fixed\"/></w:tblPr><w:tblGrid><w:gridCol w:w=\"{FOOT}\"/></w:tblGrid>\n"
    );
    for (at, line) in lines.iter().enumerate() {
        let above = match at {
            0 => edge("top", 8),
            at if at == last => edge("top", 4),
            _ => String::new(),
        };
        let below = if at == last { edge("bottom", 8) } else { String::new() };
        xml.push_str(&format!(
            "<w:tr><w:trPr><w:cantSplit/></w:trPr><w:tc><w:tcPr><w:tcW w:w=\"{FOOT}\" w:type=\"dxa\"/>\
             <w:tcBorders>{above}{below}</w:tcBorders></w:tcPr>{}</w:tc></w:tr>\n",
            paragraph_with("Colophon", "<w:keepNext/>", line)
        ));
    }
    // What the table hangs on.
    xml + "</w:tbl>\n" + &paragraph_with("Colophon", "<w:spacing w:line=\"20\" w:lineRule=\"exact\"/>", "")
}
