//! The figures with their evidence as a workbook. Counts and shares are live formulas over the list of
//! appeals: delete a row and see which figures move.

use std::collections::{BTreeSet, HashMap};

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Formula, Workbook, Worksheet};

use super::{RenderError, Rendered, html::formula};
use crate::domain::{
    brief::{Brief, Judge, Measure, Unit},
    city_time, format_city,
};

/// Rows of a sheet at most (1,048,576), with the head.
const ROWS: usize = 1_048_570;
/// What marks a set of appeals that is not listed whole.
const SHORT: &str = "工单表未全部列出,件数为简报所载,不由公式计算";

struct Looks {
    head: Format,
    words: Format,
    percent: HashMap<u8, Format>,
}

pub(super) fn render(brief: &Brief) -> Result<Rendered, RenderError> {
    let mut book = Workbook::new();
    let made = city_time(brief.made_at);
    let at = ExcelDateTime::from_ymd(made.year() as u16, made.month() as u8, made.day() as u8)?.and_hms(
        made.hour() as u16,
        made.minute() as u8,
        f64::from(made.second()),
    )?;
    let about = DocProperties::new()
        .set_title(&brief.title)
        .set_author(&brief.masthead.office)
        .set_comment(&brief.id)
        .set_creation_datetime(&at);
    book.set_properties(&about);
    let border = Format::new().set_border(FormatBorder::Thin).set_align(FormatAlign::VerticalCenter);
    let looks = Looks {
        head: border.clone().set_bold().set_background_color("E6E9ED").set_text_wrap(),
        words: border.clone().set_text_wrap(),
        percent: (0..=4_u8)
            .map(|d| {
                let places = if d == 0 { String::new() } else { format!(".{}", "0".repeat(usize::from(d))) };
                (d, border.clone().set_num_format(format!("0{places}%")))
            })
            .collect(),
    };
    let mut notices = Vec::new();
    let (tickets, left_out, short) = tickets(brief, &looks)?;
    let mut sheets = vec![figures(brief, &looks)?, cohorts(brief, &looks, &short)?, tickets];
    if left_out > 0 {
        notices.push(format!("工单明细超过一张工作表的行数,有 {left_out} 行未列出,相应件数请以简报为准"));
    }
    sheets.push(texts(brief, &looks)?);
    for sheet in sheets {
        book.push_worksheet(sheet);
    }
    Ok(Rendered { bytes: book.save_to_buffer()?, notices })
}

fn sheet(name: &str, heads: &[(&str, f64)], looks: &Looks) -> Result<Worksheet, RenderError> {
    let mut sheet = Worksheet::new();
    sheet.set_name(name)?;
    sheet.set_freeze_panes(1, 0)?;
    for (column, (head, width)) in (0_u16..).zip(heads) {
        sheet.write_with_format(0, column, *head, &looks.head)?;
        sheet.set_column_width(column, *width)?;
    }
    Ok(sheet)
}

/// One row for each figure.
fn figures(brief: &Brief, looks: &Looks) -> Result<Worksheet, RenderError> {
    let heads = [
        ("编号", 8.0),
        ("指标", 30.0),
        ("简报中", 14.0),
        ("重算值", 12.0),
        ("单位", 9.0),
        ("算法", 30.0),
        ("分子(条件)", 40.0),
        ("分子件数", 10.0),
        ("分母", 10.0),
        ("分母(条件)", 40.0),
        ("分母件数", 10.0),
    ];
    let mut sheet = sheet("指标", &heads, looks)?;
    let rows: HashMap<&str, u32> = (2_u32..).zip(&brief.figures).map(|(row, f)| (f.id.as_str(), row)).collect();
    let cells: HashMap<&str, u32> = (2_u32..).zip(&brief.cohorts).map(|(row, c)| (c.id.as_str(), row)).collect();
    for (row, figure) in (1_u32..).zip(&brief.figures) {
        let excel = row + 1;
        sheet.write_with_format(row, 0, figure.id.as_str(), &looks.words)?;
        sheet.write_with_format(row, 1, figure.name.as_str(), &looks.words)?;
        sheet.write_with_format(row, 2, figure.shown.as_str(), &looks.words)?;
        sheet.write_with_format(row, 4, figure.unit.label(), &looks.words)?;
        sheet.write_with_format(row, 5, formula(brief, &figure.measure), &looks.words)?;
        let part = brief.numerator(figure);
        sheet.write_with_format(row, 6, part.map_or("", |c| c.words.as_str()), &looks.words)?;
        let size = |cohort: &crate::domain::brief::Cohort| {
            let at = cells.get(cohort.id.as_str()).copied().unwrap_or_default();
            Formula::new(format!("条件!$C${at}")).set_result(cohort.tickets.len().to_string())
        };
        match part {
            Some(cohort) => sheet.write_formula_with_format(row, 7, size(cohort), &looks.words)?,
            None => sheet.write_with_format(row, 7, "", &looks.words)?,
        };
        let whole = brief.denominator(figure);
        sheet.write_with_format(row, 8, whole.map_or("", |(base, _)| base.label()), &looks.words)?;
        sheet.write_with_format(row, 9, whole.map_or("", |(_, c)| c.words.as_str()), &looks.words)?;
        match whole {
            Some((_, cohort)) => sheet.write_formula_with_format(row, 10, size(cohort), &looks.words)?,
            None => sheet.write_with_format(row, 10, "", &looks.words)?,
        };
        let of = |id: &str| rows.get(id).map(|r| format!("$D${r}"));
        let live = match &figure.measure {
            Measure::Count { .. } => Some(format!("H{excel}")),
            Measure::Share { .. } => Some(format!("H{excel}/K{excel}")),
            Measure::Change { now, before } => {
                of(now).zip(of(before)).map(|(now, before)| format!("({now}-{before})/{before}"))
            }
            Measure::Difference { now, before } => {
                of(now).zip(of(before)).map(|(now, before)| format!("{now}-{before}"))
            }
            Measure::Sum { of: parts } => {
                parts.iter().map(|id| of(id)).collect::<Option<Vec<_>>>().map(|parts| parts.join("+"))
            }
            Measure::Weighted { parts, base, .. } => {
                let at = |id: &str| cells.get(id).map(|r| format!("条件!$C${r}"));
                let sum: Option<Vec<String>> =
                    parts.iter().map(|(w, of)| at(of).map(|cell| format!("{cell}*{w}/100"))).collect();
                sum.zip(at(base)).map(|(sum, base)| format!("({})/{base}", sum.join("+")))
            }
            Measure::Callers { .. } | Measure::Distinct { .. } | Measure::Listed { .. } | Measure::Engine { .. } => {
                None
            }
        };
        let percent = matches!(figure.unit, Unit::Percent | Unit::Points);
        let look =
            if percent { looks.percent.get(&figure.decimals.min(4)).unwrap_or(&looks.words) } else { &looks.words };
        let value = figure.value.approx();
        match live.filter(|text| text.len() < 8000) {
            Some(text) => {
                let formula = Formula::new(text).set_result(value.to_string());
                sheet.write_formula_with_format(row, 3, formula, look)?;
            }
            None => {
                sheet.write_number_with_format(row, 3, value, look)?;
            }
        }
    }
    sheet.autofilter(0, 0, u32::try_from(brief.figures.len()).unwrap_or(0), 10)?;
    Ok(sheet)
}

/// One row for each set of appeals. A set that is not listed whole has its number as it is: counted from the list it
/// would be less than the brief says.
fn cohorts(brief: &Brief, looks: &Looks, short: &BTreeSet<&str>) -> Result<Worksheet, RenderError> {
    let heads = [
        ("编号", 8.0),
        ("条件", 60.0),
        ("件数", 10.0),
        ("时间字段", 12.0),
        ("起(含)", 18.0),
        ("止(不含)", 18.0),
        ("字段条件", 50.0),
        ("说明", 30.0),
    ];
    let mut sheet = sheet("条件", &heads, looks)?;
    for (row, cohort) in (1_u32..).zip(&brief.cohorts) {
        sheet.write_with_format(row, 0, cohort.id.as_str(), &looks.words)?;
        sheet.write_with_format(row, 1, cohort.words.as_str(), &looks.words)?;
        if short.contains(cohort.id.as_str()) {
            sheet.write_number_with_format(row, 2, cohort.tickets.len() as f64, &looks.words)?;
            sheet.write_with_format(row, 7, SHORT, &looks.words)?;
        } else {
            let count =
                Formula::new(format!("COUNTIF(工单!$A:$A,A{})", row + 1)).set_result(cohort.tickets.len().to_string());
            sheet.write_formula_with_format(row, 2, count, &looks.words)?;
            sheet.write_with_format(row, 7, "", &looks.words)?;
        }
        let when = serde_json::to_value(cohort.filter.when)?;
        sheet.write_with_format(row, 3, when.as_str().unwrap_or_default(), &looks.words)?;
        sheet.write_with_format(row, 4, format_city(cohort.filter.range.from), &looks.words)?;
        sheet.write_with_format(row, 5, format_city(cohort.filter.range.to), &looks.words)?;
        let all: Vec<String> = cohort
            .filter
            .all
            .iter()
            .map(|c| {
                let fact =
                    serde_json::to_value(c.fact).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default();
                let few: Vec<&str> = c.any_of.iter().take(20).map(String::as_str).collect();
                let more = if c.any_of.len() > 20 { format!("等{}项", c.any_of.len()) } else { String::new() };
                format!("{fact} = {}{more}", few.join("|"))
            })
            .collect();
        sheet.write_with_format(row, 6, all.join(";"), &looks.words)?;
    }
    Ok(sheet)
}

/// One row for each appeal of each set; how many found no room, and of which sets they are.
fn tickets<'b>(brief: &'b Brief, looks: &Looks) -> Result<(Worksheet, usize, BTreeSet<&'b str>), RenderError> {
    let mut sheet = sheet("工单", &[("条件编号", 10.0), ("工单编号", 24.0)], looks)?;
    let all = brief.cohorts.iter().flat_map(|c| c.tickets.iter().map(move |t| (c.id.as_str(), t.as_str())));
    let (mut left_out, mut short) = (0, BTreeSet::new());
    for (at, (cohort, ticket)) in all.enumerate() {
        match u32::try_from(at + 1).ok().filter(|_| at < ROWS) {
            Some(row) => {
                sheet.write(row, 0, cohort)?;
                sheet.write(row, 1, ticket)?;
            }
            None => {
                left_out += 1;
                short.insert(cohort);
            }
        }
    }
    Ok((sheet, left_out, short))
}

/// Quotes, judgements and proposals.
fn texts(brief: &Brief, looks: &Looks) -> Result<Worksheet, RenderError> {
    let heads = [("编号", 8.0), ("类别", 10.0), ("内容", 70.0), ("出处", 30.0), ("依据指标", 24.0)];
    let mut sheet = sheet("引文与建议", &heads, looks)?;
    let mut rows: Vec<[String; 5]> = Vec::new();
    for q in &brief.quotes {
        let source = serde_json::to_value(q.source)?.as_str().unwrap_or_default().to_owned();
        let span = format!("{} {}(第{}至{}字)", q.ticket.as_str(), source, q.span.start + 1, q.span.end);
        rows.push([q.id.clone(), "引文".into(), q.masked.clone(), span, String::new()]);
    }
    for j in &brief.judgements {
        let who = match &j.judge {
            Judge::Rule { name } => format!("规则:{name}"),
            Judge::Analyst { name } => format!("研判员:{name}"),
        };
        rows.push([j.id.clone(), "判断".into(), j.assumes.clone().unwrap_or_default(), who, j.rests_on.join("、")]);
    }
    for p in &brief.proposals {
        let due = p.due.map(|d| format!(",{}前", d.strftime("%Y年%-m月%-d日"))).unwrap_or_default();
        let text = format!("{}(牵头:{}{due};衡量:{})", p.action, p.lead, p.measure);
        rows.push([p.id.clone(), "建议".into(), text, p.finding.clone(), p.answers.join("、")]);
    }
    for (row, cells) in (1_u32..).zip(rows) {
        for (column, text) in (0_u16..).zip(cells) {
            sheet.write_with_format(row, column, text, &looks.words)?;
        }
    }
    Ok(sheet)
}
