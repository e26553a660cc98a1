//! Columns of a table that compare two others: a relative change of two counts, a difference of two rates.

use super::{
    Check, Reader, Verdict, say,
    table::{BEFORE, Cell, Column, cell_check, has},
};

/// The two columns of rates that a column of points is the difference of: the later, the earlier. One of each must stand there.
pub(super) fn rates(head: &[Cell], columns: &[Column], k: usize) -> Option<(usize, usize)> {
    let of = |earlier: bool| {
        let mut found =
            (0..columns.len()).filter(|j| columns[*j] == Column::Rate && has(&head[*j].text, BEFORE) == earlier);
        found.next().filter(|_| found.next().is_none())
    };
    let (now, before) = (of(false)?, of(true)?);
    let year = |text: &str| has(text, &["同比", "去年", "同期", "上年"]);
    let named = year(&head[k].text) || has(&head[k].text, &["环比", "较上"]);
    (!named || year(&head[k].text) == year(&head[before].text)).then_some((now, before))
}

/// A difference of two rates of a row, in points.
pub(super) fn differed(reader: &Reader<'_>, now: &Cell, before: &Cell, cell: &Cell) -> Option<Check> {
    let (now, before, given) = (now.value?, before.value?, cell.value?);
    let value = now.value - before.value;
    let decimals = now.decimals.max(before.decimals).max(given.decimals);
    let mut check = cell_check(reader, cell);
    check.arithmetic = format!(
        "{} − {} = {}",
        say::number(now.value, now.decimals),
        say::number(before.value, before.decimals),
        say::number(value, decimals)
    );
    check.expected = Some(say::number(value, decimals));
    let unit = 0.5 * 10f64.powi(-(given.decimals as i32));
    let gap = (value - given.value).abs();
    if gap <= unit + 1e-9 {
        check.verdict = Verdict::Agrees;
    } else if gap <= unit + now.half + before.half + 1e-9 {
        check.reason = "与印出的两个百分比之差不同,但若由未舍入的数相减则可能相符".into();
    } else {
        check.verdict = Verdict::Disagrees;
        check.reason = format!("应为 {}", say::number(value, decimals));
    }
    Some(check)
}

/// A change between two cells of a row.
pub(super) fn changed(reader: &Reader<'_>, now: &Cell, before: &Cell, cell: &Cell) -> Option<Check> {
    let (now, before, change) = (now.value?, before.value?, cell.value?);
    if before.value <= 0.0 || !change.percent {
        return None;
    }
    let value = (now.value - before.value) / before.value * 100.0;
    let mut check = cell_check(reader, cell);
    check.arithmetic = format!(
        "({} − {}) ÷ {} = {}%",
        say::count(now.value),
        say::count(before.value),
        say::count(before.value),
        say::number(value, (change.decimals + 2).min(4))
    );
    check.denominator = Some(say::count(before.value));
    check.expected = Some(format!("{}%", say::number(value, change.decimals)));
    check.verdict =
        if (value - change.value).abs() <= change.half + 1e-9 { Verdict::Agrees } else { Verdict::Disagrees };
    if check.verdict == Verdict::Disagrees {
        check.reason = format!("应为 {}%", say::number(value, change.decimals));
    }
    Some(check)
}
