//! A brief as Markdown, and its outline: for terminals, chat and version control.

use super::{render::formula_words, typeset::typeset};
use crate::domain::brief::{Brief, Content, Part, Run, Section};

/// 一 二 三 …, for headings.
fn han(n: usize) -> String {
    const DIGITS: [&str; 10] = ["", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    let ones = DIGITS[n % 10];
    match n {
        0..=9 => ones.to_owned(),
        10..=19 => format!("十{ones}"),
        20..=99 => format!("{}十{ones}", DIGITS[n / 10]),
        _ => n.to_string(),
    }
}

/// The numbered heading of each section, in order: 一、 （一） 1.; annexes and empty headings are bare.
pub fn outline(sections: &[Section]) -> Vec<String> {
    let mut counts = [0_usize; 3];
    let numbered = sections.iter().map(|section| {
        if section.part == Part::Annex || section.heading.is_empty() {
            return section.heading.clone();
        }
        let level = usize::from(section.level.clamp(1, 3)) - 1;
        counts[level] += 1;
        counts[level + 1..].iter_mut().for_each(|n| *n = 0);
        match level {
            0 => format!("{}、{}", han(counts[0]), section.heading),
            1 => typeset(&format!("({}){}", han(counts[1]), section.heading)),
            _ => format!("{}. {}", counts[2], section.heading),
        }
    });
    numbered.collect()
}

/// The brief as Markdown. Figures stand as printed; a table of evidence closes it.
pub fn markdown(brief: &Brief) -> String {
    let mut out = String::new();
    let mut line = |text: &str| {
        out.push_str(text);
        out.push('\n');
    };
    line(&format!("# {}", brief.masthead.name));
    line("");
    line(&format!(
        "{}年第{}期 {} {}",
        brief.issue.year,
        brief.issue.number,
        brief.masthead.office,
        brief.state.label()
    ));
    line("");
    line(&format!("## {}", brief.title));
    if let Some(subtitle) = &brief.subtitle {
        line("");
        line(&format!("**{}**", escape(subtitle)));
    }
    for (section, heading) in brief.sections.iter().zip(outline(&brief.sections)) {
        if !heading.is_empty() {
            line("");
            line(&format!("{} {}", "#".repeat(usize::from(section.level.clamp(1, 3)) + 2), escape(&heading)));
        }
        for block in &section.blocks {
            line("");
            match &block.content {
                Content::Paragraph { runs } | Content::Proposal { runs, .. } => line(&text(brief, runs)),
                Content::List { ordered, items } => {
                    for (n, item) in items.iter().enumerate() {
                        let mark = if *ordered { format!("{}.", n + 1) } else { "-".to_owned() };
                        line(&format!("{mark} {}", text(brief, item)));
                    }
                }
                Content::Table { table } => {
                    line(&format!("**{}**", escape(&table.title)));
                    line("");
                    let heads: Vec<String> = table.columns.iter().map(|c| escape(&c.head)).collect();
                    line(&format!("| {} |", heads.join(" | ")));
                    line(&format!("|{}", "---|".repeat(table.columns.len())));
                    for row in &table.rows {
                        let cells: Vec<String> = row
                            .iter()
                            .map(|cell| if cell.is_empty() { "—".to_owned() } else { text(brief, cell) })
                            .collect();
                        line(&format!("| {} |", cells.join(" | ")));
                    }
                    if let Some(note) = &table.note {
                        line("");
                        line(&escape(note));
                    }
                }
                Content::Chart { chart } => line(&format!("(图:{})", escape(&chart.alt))),
            }
        }
    }
    evidence(brief, &mut out);
    out
}

/// Every figure with its query, numerator and denominator.
fn evidence(brief: &Brief, out: &mut String) {
    if brief.figures.is_empty() {
        return;
    }
    out.push_str(
        "\n### 数据依据\n\n| 编号 | 指标 | 数值 | 算法 | 分子 | 件 | 分母 | 件 |\n|---|---|---|---|---|---|---|---|\n",
    );
    for figure in &brief.figures {
        let (part, whole) = (brief.numerator(figure), brief.denominator(figure));
        let size = |n: Option<usize>| n.map(|n| n.to_string()).unwrap_or_default();
        let cells = [
            figure.id.clone(),
            figure.name.clone(),
            figure.shown.clone(),
            formula_words(brief, &figure.measure),
            part.map(|c| c.words.clone()).unwrap_or_default(),
            size(part.map(|c| c.tickets.len())),
            whole.map(|(base, c)| format!("{}:{}", base.label(), c.words)).unwrap_or_default(),
            size(whole.map(|(_, c)| c.tickets.len())),
        ];
        let cells: Vec<String> = cells.iter().map(|cell| escape(&typeset(cell))).collect();
        out.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
}

fn text(brief: &Brief, runs: &[Run]) -> String {
    escape(&brief.print_all(runs))
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '*' | '_' | '`' | '<' | '>' | '|' | '\\' | '#' | '[' | ']') {
            out.push('\\');
        }
        out.push(if c == '\n' { ' ' } else { c });
    }
    out
}
