//! Tables: total rows, share columns, changes between two columns.

use super::{
    Check, Kind, Reader, Verdict, contrast,
    number::numeral,
    quantity::{Quantity, quantities},
    say,
    total::Wholes,
};

/// One cell: its place, its words, its number.
pub(super) struct Cell {
    start: usize,
    end: usize,
    pub(super) text: String,
    pub(super) value: Option<Value>,
}

/// A number in a cell.
#[derive(Clone, Copy)]
pub(super) struct Value {
    pub(super) value: f64,
    pub(super) half: f64,
    place: f64,
    pub(super) decimals: usize,
    pub(super) percent: bool,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Column {
    Words,
    Count,
    Share,
    Change,
    Points,
    Rate,
    Now,
    Before,
    Other,
}

/// Words of a column of the earlier period.
pub(super) const BEFORE: &[&str] = &["上周", "上月", "上期", "上季", "去年", "同期", "上年"];

/// Cells of one table that are read at most.
const MOST: usize = 20_000;

pub(super) fn check(reader: &Reader<'_>, wholes: &Wholes, checks: &mut Vec<Check>) {
    for lines in &reader.outline.tables {
        let mut rows: Vec<Vec<Cell>> = Vec::new();
        let mut known = 0;
        for (from, to) in lines {
            let row = cells(reader, *from, *to);
            known += row.len();
            if known > MOST {
                break;
            }
            if row.iter().any(|c| !c.text.is_empty() && c.text.chars().any(|c| !matches!(c, '-' | ':' | ' '))) {
                rows.push(row);
            }
        }
        table(reader, wholes, &rows, checks);
    }
}

fn cells(reader: &Reader<'_>, from: usize, to: usize) -> Vec<Cell> {
    let page = reader.page;
    let tabs = (from..to).any(|i| page.at(i) == '\t');
    let mark = if tabs { '\t' } else { '|' };
    let (mut from, mut to) = (from, to);
    if !tabs {
        while from < to && matches!(page.at(from), ' ' | '|') {
            from += 1;
        }
        while to > from && matches!(page.at(to - 1), ' ' | '|') {
            to -= 1;
        }
    }
    let mut cells = Vec::new();
    let mut start = from;
    for i in from..=to {
        if i < to && page.at(i) != mark {
            continue;
        }
        let (mut a, mut b) = (start, i);
        while a < b && page.at(a) == ' ' {
            a += 1;
        }
        while b > a && page.at(b - 1) == ' ' {
            b -= 1;
        }
        cells.push(Cell { start: a, end: b, text: page.text(a, b), value: value(reader, a, b) });
        start = i + 1;
    }
    cells
}

/// The number of a cell that holds nothing else.
fn value(reader: &Reader<'_>, a: usize, b: usize) -> Option<Value> {
    let page = reader.page;
    let minus = matches!(page.at(a), '-' | '↓' | '降');
    let from = a + usize::from(minus || matches!(page.at(a), '+' | '↑' | '升'));
    let n = numeral(page, from)?;
    let rest = page.text(n.end, b);
    let sign = if minus { -1.0 } else { 1.0 };
    let percent = rest.starts_with('%');
    let whole = rest.is_empty() || percent && rest.chars().count() == 1 || one_quantity(reader, from, b).is_some();
    let half = if n.rounded || percent { n.place / 2.0 } else { 0.0 };
    whole.then_some(Value { value: sign * n.value, half, place: n.place, decimals: n.decimals, percent })
}

fn one_quantity(reader: &Reader<'_>, a: usize, b: usize) -> Option<Quantity> {
    let mut found = quantities(reader.page, a, b);
    found.pop().filter(|q| found.is_empty() && q.start == a && q.end == b)
}

pub(super) fn has(text: &str, words: &[&str]) -> bool {
    words.iter().any(|w| text.contains(w))
}

fn column(head: &str, cells: &[&Cell]) -> Column {
    let numbers: Vec<Value> = cells.iter().filter_map(|c| c.value).collect();
    if numbers.is_empty() || numbers.len() * 2 < cells.iter().filter(|c| !c.text.is_empty()).count() {
        return Column::Words;
    }
    let percent = numbers.iter().filter(|v| v.percent).count() * 2 > numbers.len();
    if has(head, &["序号", "排名", "名次", "编号", "位次"]) {
        Column::Other
    } else if has(head, &["占比", "比例", "比重", "占"]) {
        Column::Share
    } else if head.contains("百分点") {
        Column::Points
    } else if has(head, &["环比", "同比", "增幅", "增减", "变化", "增长", "升降", "较上"]) {
        if percent || has(head, &["率", "%", "比", "幅"]) { Column::Change } else { Column::Other }
    } else if percent && head.trim().ends_with('率') {
        Column::Rate
    } else if percent || has(head, &["率", "%", "得分", "平均", "时长"]) {
        Column::Other
    } else if has(head, BEFORE) {
        Column::Before
    } else if has(head, &["本周", "本月", "本期", "本季", "今年", "本年", "当月"]) {
        Column::Now
    } else {
        Column::Count
    }
}

fn table(reader: &Reader<'_>, wholes: &Wholes, rows: &[Vec<Cell>], checks: &mut Vec<Check>) {
    let Some(head) = rows.first() else { return };
    let width = head.len();
    // A table whose rows have other numbers of cells has merged ones: columns cannot be told apart.
    let body: Vec<&Vec<Cell>> = rows.iter().skip(1).filter(|r| r.len() == width).collect();
    if head.iter().filter(|c| c.value.is_some()).count() * 2 > width || body.len() < 2 || body.len() + 1 < rows.len() {
        return;
    }
    let columns: Vec<Column> =
        (0..width).map(|k| column(&head[k].text, &body.iter().filter_map(|r| r.get(k)).collect::<Vec<_>>())).collect();
    let name = |row: &Vec<Cell>| {
        row.iter()
            .zip(&columns)
            .find(|(c, k)| **k == Column::Words && !c.text.is_empty())
            // 合计 may stand in the column of numbers of order.
            .or_else(|| row.iter().zip(&columns).find(|(c, _)| c.value.is_none() && !c.text.is_empty()))
            .map(|(c, _)| c.text.clone())
            .unwrap_or_default()
    };
    let is_total = |row: &&Vec<Cell>| {
        let name: String = name(row).chars().filter(|c| !c.is_whitespace()).collect();
        ["合计", "总计", "总数", "总量", "共计", "总和"].iter().any(|w| name == *w || name.starts_with(w))
    };
    let items: Vec<&Vec<Cell>> =
        body.iter().copied().filter(|r| !is_total(r) && !has(&name(r), &["小计", "其中"])).collect();
    let total = body.iter().copied().find(is_total);
    let nested = body.iter().any(|r| has(&name(r), &["小计", "其中"]));
    for (k, kind) in columns.iter().enumerate() {
        match kind {
            Column::Count | Column::Now | Column::Before if !nested => {
                if let Some(total) = total {
                    checks.extend(added(reader, &items, &total[k], k));
                }
            }
            Column::Share => {
                let of = (0..k).rev().find(|j| matches!(columns[*j], Column::Count | Column::Now));
                if let Some(j) = of {
                    shares(reader, wholes, &items, total, j, k, checks);
                }
            }
            Column::Rate if !nested => rates(reader, head, &columns, (&body, &items), k, checks),
            Column::Change => {
                let now = columns.iter().position(|c| *c == Column::Now);
                let before = columns.iter().position(|c| *c == Column::Before);
                let year = head[k].text.contains("同比");
                let matches = before.is_some_and(|b| has(&head[b].text, &["去年", "同期", "上年"]) == year);
                if let (Some(now), Some(before), true) = (now, before, matches) {
                    for row in &body {
                        checks.extend(contrast::changed(reader, &row[now], &row[before], &row[k]));
                    }
                }
            }
            Column::Points => {
                if let Some((now, before)) = contrast::rates(head, &columns, k) {
                    for row in &body {
                        checks.extend(contrast::differed(reader, &row[now], &row[before], &row[k]));
                    }
                }
            }
            _ => {}
        }
    }
}

pub(super) fn cell_check(reader: &Reader<'_>, cell: &Cell) -> Check {
    reader.made(Kind::Table, cell.start, cell.end, reader.page.written(cell.start, cell.end))
}

/// A column and its total.
fn added(reader: &Reader<'_>, items: &[&Vec<Cell>], total: &Cell, k: usize) -> Option<Check> {
    let whole = total.value?;
    let parts: Vec<Value> = items.iter().filter_map(|r| r.get(k)?.value).collect();
    if parts.len() < 2 {
        return None;
    }
    let sum: f64 = parts.iter().map(|v| v.value).sum();
    let slack = whole.half + parts.iter().map(|v| v.half).sum::<f64>() + 1e-6;
    let mut check = cell_check(reader, total);
    let terms: Vec<String> = parts.iter().take(40).map(|v| say::count(v.value)).collect();
    let more = if parts.len() > 40 { " + …" } else { "" };
    check.arithmetic = format!("{}{more} = {}", terms.join(" + "), say::count(sum));
    check.expected = Some(say::count(sum));
    let blanks = items.len() - parts.len();
    if (sum - whole.value).abs() <= slack {
        check.verdict = Verdict::Agrees;
    } else if blanks > 0 {
        check.reason = format!("该列有 {blanks} 格没有数");
    } else {
        check.verdict = Verdict::Disagrees;
        check.reason = format!("该列之和为 {}", say::count(sum));
    }
    Some(check)
}

/// A column of shares of a column of counts.
fn shares(
    reader: &Reader<'_>,
    wholes: &Wholes,
    items: &[&Vec<Cell>],
    total: Option<&Vec<Cell>>,
    j: usize,
    k: usize,
    checks: &mut Vec<Check>,
) {
    let fits = |part: Value, whole: f64, share: Value| {
        let value = part.value / whole * 100.0;
        (value - share.value).abs() <= share.half.max(share.place / 2.0) + 1e-9 + part.half / whole * 100.0
    };
    let pairs: Vec<(Value, Value, &Cell)> =
        items.iter().filter_map(|r| Some((r.get(j)?.value?, r.get(k)?.value?, r.get(k)?))).collect();
    let sum: f64 = items.iter().filter_map(|r| r.get(j)?.value).map(|v| v.value).sum();
    let printed = total.and_then(|t| t.get(j)?.value).map(|v| v.value);
    let start = pairs.first().map_or(0, |p| p.2.start);
    let upto = reader.all.partition_point(|q| q.start < start);
    let known = &wholes.at[..wholes.at.partition_point(|i| *i < upto)];
    let told = known.iter().rev().take(6).chain(known.iter().take(2)).map(|i| reader.all[*i].value);
    let all = printed.into_iter().chain([sum]).chain(told).filter(|w| *w > 0.0);
    // The whole that most rows fit is what the column is of.
    let Some((whole, hits)) = all
        .map(|w| (w, pairs.iter().filter(|(part, share, _)| fits(*part, w, *share)).count()))
        .reduce(|best, next| if next.1 > best.1 { next } else { best })
    else {
        return;
    };
    let sure = printed.is_some() || hits * 2 > pairs.len();
    for (part, share, cell) in pairs {
        let mut check = cell_check(reader, cell);
        let value = part.value / whole * 100.0;
        check.denominator = Some(say::count(whole));
        check.arithmetic = format!(
            "{} ÷ {} = {}%",
            say::count(part.value),
            say::count(whole),
            say::number(value, (share.decimals + 2).min(4))
        );
        if fits(part, whole, share) {
            check.verdict = Verdict::Agrees;
            check.expected = Some(format!("{}%", say::number(value, share.decimals)));
        } else if sure {
            check.verdict = Verdict::Disagrees;
            check.expected = Some(format!("{}%", say::number(value, share.decimals)));
            check.reason = format!("应为 {}%", say::number(value, share.decimals));
        } else {
            check.reason = "该列占比所指的分母不明".into();
        }
        checks.push(check);
    }
}

/// A column of rates: 办结率 is 办结量 of another count of the same row. Which one, the rows themselves tell: more
/// than half of them must fit.
fn rates(
    reader: &Reader<'_>,
    head: &[Cell],
    columns: &[Column],
    (body, items): (&[&Vec<Cell>], &[&Vec<Cell>]),
    k: usize,
    checks: &mut Vec<Check>,
) {
    let stem = head[k].text.trim().trim_end_matches('率');
    let counts = || (0..columns.len()).filter(|j| matches!(columns[*j], Column::Count | Column::Now));
    let Some(part) = counts().find(|j| !stem.is_empty() && head[*j].text.contains(stem)) else { return };
    let print = |row: &Vec<Cell>, of: usize| {
        let (part, whole, rate) = (row[part].value?, row[of].value?, row[k].value?);
        let value = part.value / whole.value * 100.0;
        (whole.value > 0.0).then(|| (value, (value - rate.value).abs() <= rate.half + 1e-9, part, whole, rate))
    };
    let hits = |of: usize| items.iter().filter(|r| print(r, of).is_some_and(|p| p.1)).count();
    let Some((of, most)) =
        counts().filter(|j| *j != part).map(|j| (j, hits(j))).max_by_key(|(j, n)| (*n, usize::MAX - j))
    else {
        return;
    };
    if most < 2 || most * 2 <= items.len() {
        return;
    }
    for row in body {
        let Some((value, fits, part, whole, rate)) = print(row, of) else { continue };
        // A wrong total is said once, of its own column.
        let spoilt =
            !fits && row.iter().any(|c| checks.iter().any(|k| k.start == c.start && k.verdict == Verdict::Disagrees));
        if spoilt {
            continue;
        }
        let mut check = cell_check(reader, &row[k]);
        let expected = format!("{}%", say::number(value, rate.decimals));
        check.denominator = Some(format!("{}{}", head[of].text, say::count(whole.value)));
        check.arithmetic = format!(
            "{} ÷ {} = {}%",
            say::count(part.value),
            say::count(whole.value),
            say::number(value, (rate.decimals + 2).min(4))
        );
        check.verdict = if fits { Verdict::Agrees } else { Verdict::Disagrees };
        if !fits {
            check.reason = format!("应为 {expected}");
        }
        check.expected = Some(expected);
        checks.push(check);
    }
}
