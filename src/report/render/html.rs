//! One self-contained page: paper on screen and in print; every figure tells its evidence.

use std::fmt::Write;

use super::picture::picture;
use crate::{
    domain::{
        brief::{Align, Brief, BriefState, Content, Figure, Measure, Part, Run, Section, Table},
        city_time,
    },
    report::{
        chart::{self, Lettering},
        plain::outline,
        typeset::typeset,
    },
};

const STYLE: &str = "
@page{size:A4;margin:37mm 26mm 35mm 28mm;@bottom-center{content:'— ' counter(page) ' —';font:14pt '宋体','SimSun','Noto Serif CJK SC',serif}}
:root{--ink:#111;--faint:#555;--line:#999;--red:#c00}
*{box-sizing:border-box}
body{margin:0;background:#eceff2;color:var(--ink);font:16pt/28.95pt 'Times New Roman','仿宋','FangSong','仿宋_GB2312','STFangsong','Noto Serif CJK SC',serif}
.paper{background:#fff;max-width:210mm;margin:12mm auto;padding:37mm 26mm 35mm 28mm;box-shadow:0 1px 4px rgba(0,0,0,.2)}
.grade{font-family:'黑体','SimHei','Noto Sans CJK SC',sans-serif}
.mark{color:var(--red);font:36pt/1.3 '方正小标宋简体','方正小标宋_GBK','STZhongsong','Noto Serif CJK SC',serif;text-align:center;margin:6mm 0 3mm;white-space:nowrap}
.issue{text-align:center}
.under{display:flex;justify-content:space-between;border-bottom:2pt solid var(--red);padding-bottom:2mm}
h1{font:22pt/35pt '方正小标宋简体','方正小标宋_GBK','STZhongsong','Noto Serif CJK SC',serif;text-align:center;margin:10mm 0 0;font-weight:normal}
.subtitle{font-family:'楷体','KaiTi','楷体_GB2312','STKaiti','Noto Serif CJK SC',serif;text-align:center;margin:2mm 0 6mm}
h2,h3,h4{font-size:16pt;font-weight:normal;margin:0;text-indent:2em;break-after:avoid}
h2{font-family:'黑体','SimHei','Noto Sans CJK SC',sans-serif}
h3{font-family:'楷体','KaiTi','楷体_GB2312','STKaiti','Noto Serif CJK SC',serif}
h4{font-weight:bold}
p{margin:0;text-indent:2em;text-align:justify}
.quote{font-family:'楷体','KaiTi','楷体_GB2312','STKaiti','Noto Serif CJK SC',serif}
.judged{font:12pt '黑体','SimHei','Noto Sans CJK SC',sans-serif}
.annex{font-size:14pt;line-height:25pt}
.annex:first-of-type,.fresh{break-before:page}
a.q{color:inherit;text-decoration:none;border-bottom:1px dotted var(--line)}
figure{margin:4mm 0;break-inside:avoid;text-align:center}
figure svg{width:100%;height:auto}
figcaption,caption{font:14pt '黑体','SimHei','Noto Sans CJK SC',sans-serif;margin:2mm 0}
table{border-collapse:collapse;width:100%;font-size:12pt;line-height:17pt;margin:4mm 0;border-top:1.5pt solid;border-bottom:1.5pt solid}
th,td{border:.5pt solid #000;padding:1mm 1.5mm}
th{font-family:'黑体','SimHei','Noto Sans CJK SC',sans-serif;font-weight:normal}
thead{display:table-header-group}
tr{break-inside:avoid}
td.right{text-align:right;font-variant-numeric:tabular-nums}td.centre{text-align:center}
.note{font-size:12pt;line-height:18pt;text-indent:0}
.colophon{margin-top:12mm;border-top:1pt solid;border-bottom:1pt solid;font-size:14pt;line-height:24pt;padding:0 1em;break-inside:avoid;break-before:avoid}
.colophon p{text-indent:0}.colophon .under{border:0;border-top:.5pt solid;padding:0}
.evidence{font:10.5pt/15pt 'Noto Sans CJK SC','Microsoft YaHei','PingFang SC',sans-serif;max-width:210mm;margin:0 auto 12mm;padding:6mm;background:#fff}
.evidence table{font-size:9.5pt;line-height:13pt}.evidence tr:target{background:#fff3c4}
@media print{body{background:#fff}.paper{margin:0;padding:0;max-width:none;box-shadow:none}.evidence{display:none}a.q{border:0}}
";

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

pub(super) fn render(brief: &Brief) -> String {
    let mut out = String::new();
    let masthead = &brief.masthead;
    let _ = write!(
        out,
        "<!DOCTYPE html>\n<html lang=\"zh-CN\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<title>{}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main class=\"paper\">\n",
        escape(&brief.title)
    );
    for grade in [&masthead.secrecy, &masthead.haste].into_iter().flatten() {
        let _ = writeln!(out, "<div class=\"grade\">{}</div>", escape(grade));
    }
    let size = (430.0 / masthead.name.chars().count().max(1) as f64).clamp(18.0, 36.0);
    let draft =
        if brief.state == BriefState::Issued { String::new() } else { format!("（{}）", brief.state.label()) };
    let at = brief.issued_by.as_ref().map_or(brief.made_at, |hand| hand.at);
    let date = city_time(at).strftime("%Y年%-m月%-d日").to_string();
    let _ = write!(
        out,
        "<div class=\"mark\" style=\"font-size:{size:.0}pt\">{}</div>\n<div class=\"issue\">{}年第{}期{draft}</div>\n\
         <div class=\"under\"><span>{}</span><span>{date}</span></div>\n<h1>{}</h1>\n",
        escape(&masthead.name),
        brief.issue.year,
        brief.issue.number,
        escape(&masthead.office),
        escape(&brief.title)
    );
    if let Some(subtitle) = &brief.subtitle {
        let _ = writeln!(out, "<div class=\"subtitle\">{}</div>", escape(subtitle));
    }
    let mut numbers = (0, 0);
    let headings = outline(&brief.sections);
    for (at, (section, heading)) in brief.sections.iter().zip(headings).enumerate() {
        let before = at.checked_sub(1).and_then(|k| brief.sections.get(k));
        let fresh = section.part == Part::Annex && before.is_none_or(|b| b.part != Part::Annex);
        write_section(&mut out, brief, section, &heading, fresh, &mut numbers);
    }
    colophon(&mut out, brief, &date);
    out.push_str("</main>\n");
    evidence(&mut out, brief);
    out.push_str("</body>\n</html>\n");
    out
}

fn write_section(
    out: &mut String,
    brief: &Brief,
    section: &Section,
    heading: &str,
    fresh: bool,
    numbers: &mut (usize, usize),
) {
    let class = match (section.part, fresh) {
        (Part::Annex, true) => " class=\"annex fresh\"",
        (Part::Annex, false) => " class=\"annex\"",
        _ => "",
    };
    let _ = writeln!(out, "<section id=\"{}\"{class}>", escape(&section.id));
    if !heading.is_empty() {
        let level = section.level.clamp(1, 3) + 1;
        let _ = writeln!(out, "<h{level}>{}</h{level}>", escape(heading));
    }
    for block in &section.blocks {
        match &block.content {
            Content::Paragraph { runs: told } | Content::Proposal { runs: told, .. } => {
                let _ = writeln!(out, "<p>{}</p>", runs(brief, told));
            }
            Content::List { ordered, items } => {
                for (at, item) in items.iter().enumerate() {
                    let mark = if *ordered { format!("{}. ", at + 1) } else { "· ".to_owned() };
                    let _ = writeln!(out, "<p>{mark}{}</p>", runs(brief, item));
                }
            }
            Content::Table { table } => {
                numbers.0 += 1;
                write_table(out, brief, table, numbers.0);
            }
            Content::Chart { chart } => {
                numbers.1 += 1;
                let svg = chart::svg(&picture(brief, chart), Lettering::Words);
                let _ = writeln!(
                    out,
                    "<figure id=\"{}\">{svg}<figcaption>图{} {}（单位：{}）</figcaption></figure>",
                    escape(&chart.id),
                    numbers.1,
                    escape(&chart.title),
                    escape(&chart.unit)
                );
            }
        }
    }
    out.push_str("</section>\n");
}

fn runs(brief: &Brief, runs: &[Run]) -> String {
    let one = |run: &Run| {
        let text = escape(&brief.print(run));
        match run {
            Run::Text(_) => text,
            Run::Figure { id, .. } => {
                let told = brief.figure(id).map(|f| escape(&tell(brief, f))).unwrap_or_default();
                format!("<a class=\"q\" href=\"#{0}\" data-figure=\"{0}\" title=\"{told}\">{text}</a>", escape(id))
            }
            Run::Quote { id } => {
                let ticket = brief.quote(id).map(|q| escape(q.ticket.as_str())).unwrap_or_default();
                format!("<span class=\"quote\" title=\"工单 {ticket}\">{text}</span>")
            }
            Run::Judgement { id } => format!("<span class=\"judged\" data-judgement=\"{}\">{text}</span>", escape(id)),
        }
    };
    runs.iter().map(one).collect()
}

/// A figure in one line: its name, numerator and denominator.
fn tell(brief: &Brief, figure: &Figure) -> String {
    let mut line = format!("{} {}", figure.id, figure.name);
    if let Some(part) = brief.numerator(figure) {
        let _ = write!(line, ";分子:{} {}件", part.words, part.tickets.len());
    }
    if let Some((base, whole)) = brief.denominator(figure) {
        let _ = write!(line, ";分母:{} {}件", base.label(), whole.tickets.len());
    }
    line
}

fn write_table(out: &mut String, brief: &Brief, table: &Table, number: usize) {
    let _ = write!(out, "<table><caption>表{number} {}</caption><thead><tr>", escape(&table.title));
    for column in &table.columns {
        let _ = write!(out, "<th scope=\"col\">{}</th>", escape(&column.head));
    }
    out.push_str("</tr></thead><tbody>\n");
    for row in &table.rows {
        out.push_str("<tr>");
        for (cell, column) in row.iter().zip(&table.columns) {
            let class = match column.align {
                Align::Left => "",
                Align::Right => " class=\"right\"",
                Align::Centre => " class=\"centre\"",
            };
            let text = if cell.is_empty() { "—".to_owned() } else { runs(brief, cell) };
            let _ = write!(out, "<td{class}>{text}</td>");
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody></table>\n");
    if let Some(note) = &table.note {
        let _ = writeln!(out, "<p class=\"note\">{}</p>", escape(note));
    }
}

fn colophon(out: &mut String, brief: &Brief, date: &str) {
    out.push_str("<footer class=\"colophon\">\n");
    for (what, names) in [("主送", &brief.masthead.to), ("抄送", &brief.masthead.copies)] {
        if !names.is_empty() {
            let _ = writeln!(out, "<p>{what}：{}。</p>", escape(&names.join("，")));
        }
    }
    let hands: Vec<String> = [("拟稿", &brief.drafted_by), ("核稿", &brief.checked_by), ("签发", &brief.issued_by)]
        .into_iter()
        .filter_map(|(what, hand)| hand.as_ref().map(|h| format!("{what}：{}", escape(&typeset(h.shown())))))
        .collect();
    if !hands.is_empty() {
        let _ = writeln!(out, "<p>{}</p>", hands.join("　"));
    }
    let _ = write!(
        out,
        "<div class=\"under\"><span>{}</span><span>{date}印发</span></div>\n</footer>\n",
        escape(&brief.masthead.office)
    );
}

/// How a figure is computed, in words.
pub(super) fn formula(brief: &Brief, measure: &Measure) -> String {
    let name = |id: &str| brief.figure(id).map_or_else(|| id.to_owned(), |f| format!("{id} {}", f.name));
    match measure {
        Measure::Count { .. } => "计件".into(),
        Measure::Callers { .. } => "计人(同一号码只计一人)".into(),
        Measure::Share { .. } => "分子 ÷ 分母".into(),
        Measure::Weighted { parts, .. } => {
            let parts: Vec<String> =
                parts.iter().map(|(weight, of)| format!("{:.2} × {of}", f64::from(*weight) / 100.0)).collect();
            format!("({}) ÷ 分母", parts.join(" + "))
        }
        Measure::Change { now, before } => format!("({} − {}) ÷ {}", name(now), name(before), before),
        Measure::Difference { now, before } => format!("{} − {}", name(now), name(before)),
        Measure::Sum { of } => of.join(" + "),
        Measure::Distinct { .. } => "计类(相同的只计一个,未注明的不计)".into(),
        Measure::Listed { of } => format!("所列 {} 项", of.len()),
        Measure::Engine { formula, .. } => formula.clone(),
    }
}

/// The evidence of every figure, on screen only.
fn evidence(out: &mut String, brief: &Brief) {
    out.push_str(
        "<details class=\"evidence\" open><summary>数据依据(不随正文打印)</summary>\n<table><thead><tr><th>编号</th><th>指标</th>\
         <th>数值</th><th>算法</th><th>分子</th><th>件</th><th>分母</th><th>件</th></tr></thead><tbody>\n",
    );
    for figure in &brief.figures {
        let part = brief.numerator(figure);
        let whole = brief.denominator(figure);
        let count = |n: Option<usize>| n.map(|n| n.to_string()).unwrap_or_default();
        let _ = writeln!(
            out,
            "<tr id=\"{0}\"><td>{0}</td><td>{1}</td><td class=\"right\">{2}</td><td>{3}</td><td>{4}</td><td class=\"right\">{5}</td><td>{6}</td><td class=\"right\">{7}</td></tr>",
            escape(&figure.id),
            escape(&figure.name),
            escape(&figure.shown),
            escape(&formula(brief, &figure.measure)),
            escape(part.map_or("", |c| &c.words)),
            count(part.map(|c| c.tickets.len())),
            whole.map_or("", |(base, _)| base.label()),
            count(whole.map(|(_, c)| c.tickets.len())),
        );
    }
    out.push_str("</tbody></table></details>\n");
}
