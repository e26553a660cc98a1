//! 版头 and 版记: what stands above and below the text.

use super::words::{halves, paragraph, paragraph_with, run, run_with};
use crate::domain::{
    brief::{Brief, BriefState},
    city_time,
};

/// The day in the words of a paper.
fn day(at: jiff::Timestamp) -> String {
    city_time(at).strftime("%Y年%-m月%-d日").to_string()
}

/// 印发日期: of the sign-off, else of the making.
fn dated(brief: &Brief) -> String {
    day(brief.issued_by.as_ref().map_or(brief.made_at, |hand| hand.at))
}

/// 密级, 紧急程度, 发文机关标志, 期号, the red line, title and subtitle.
pub(super) fn head(brief: &Brief) -> String {
    let masthead = &brief.masthead;
    let mut xml = String::new();
    for grade in [&masthead.secrecy, &masthead.haste].into_iter().flatten() {
        xml.push_str(&paragraph("Grade", &run(grade)));
    }
    // The mark fills the line at most: 442 points are its width, 36 points its greatest height.
    let size = (860 / (halves(&masthead.name) / 2).max(1)).clamp(36, 72);
    let look = format!("<w:sz w:val=\"{size}\"/><w:szCs w:val=\"{size}\"/>");
    xml.push_str(&paragraph("Mark", &run_with(&look, &masthead.name)));
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

/// A line above or below a paragraph.
fn edge(side: &str, wide: u8) -> String {
    format!("<w:pBdr><w:{side} w:val=\"single\" w:sz=\"{wide}\" w:space=\"2\" w:color=\"000000\"/></w:pBdr>")
}

/// 主送, 抄送, who drafted, checked and signed, 编发单位 and date between two lines.
pub(super) fn foot(brief: &Brief) -> String {
    let masthead = &brief.masthead;
    let mut lines: Vec<String> = Vec::new();
    if !masthead.to.is_empty() {
        lines.push(run(&format!("主送：{}", masthead.to.join("，"))));
    }
    if !masthead.copies.is_empty() {
        lines.push(run(&format!("抄送：{}", masthead.copies.join("，"))));
    }
    let hands: Vec<String> = [("拟稿", &brief.drafted_by), ("核稿", &brief.checked_by), ("签发", &brief.issued_by)]
        .into_iter()
        .filter_map(|(what, hand)| hand.as_ref().map(|h| format!("{what}：{}", h.name)))
        .collect();
    if !hands.is_empty() {
        lines.push(run(&hands.join("　")));
    }
    lines.push(format!("{}<w:r><w:tab/></w:r>{}", run(&masthead.office), run(&format!("{}印发", dated(brief)))));
    let last = lines.len() - 1;
    let mut xml = paragraph_with("Colophon", "<w:keepNext/><w:spacing w:before=\"200\"/>", "");
    for (at, line) in lines.iter().enumerate() {
        let border = match at {
            0 if last == 0 => "<w:pBdr><w:top w:val=\"single\" w:sz=\"8\" w:space=\"2\" w:color=\"000000\"/>\
                <w:bottom w:val=\"single\" w:sz=\"8\" w:space=\"2\" w:color=\"000000\"/></w:pBdr>"
                .to_owned(),
            0 => edge("top", 8),
            at if at == last => "<w:pBdr><w:top w:val=\"single\" w:sz=\"4\" w:space=\"2\" w:color=\"000000\"/>\
                <w:bottom w:val=\"single\" w:sz=\"8\" w:space=\"2\" w:color=\"000000\"/></w:pBdr>"
                .to_owned(),
            _ => String::new(),
        };
        let keep = if at == last { "" } else { "<w:keepNext/>" };
        xml.push_str(&paragraph_with("Colophon", &format!("{keep}{border}"), line));
    }
    xml
}
