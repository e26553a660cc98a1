//! Charts as plain data: bars, districts, the curve of days with its usual range, hours by weekday.

use jiff::SignedDuration;

use crate::{
    domain::{
        brief::{Bar, Chart, Content, Fact, FigureId, Form, Plot, TrendPoint, Window},
        city_time,
    },
    report::facts::UNKNOWN,
};

use super::Composer;

fn put(c: &mut Composer<'_>, title: &str, alt: String, plot: Plot) {
    c.charts += 1;
    let id = format!("c{}", c.charts);
    let chart = Chart { id, title: title.to_owned(), alt, unit: "件".to_owned(), plot };
    c.block(Content::Chart { chart });
}

fn told(c: &Composer<'_>, title: &str, bars: &[Bar]) -> String {
    let each = bars
        .iter()
        .filter_map(|bar| Some(format!("{}{}", bar.label, c.ledger.figure(&bar.figure)?.print(Form::Whole))));
    format!("{title}:{}。", each.collect::<Vec<_>>().join("、"))
}

/// Ranked bars with their changes.
pub(super) fn bars(c: &mut Composer<'_>, title: &str, bars: Vec<(String, FigureId, Option<FigureId>)>) {
    if bars.len() < 2 {
        return;
    }
    let bars: Vec<Bar> = bars.into_iter().map(|(label, figure, change)| Bar { label, figure, change }).collect();
    let alt = told(c, title, &bars);
    // The triangles at the right need a word.
    let compared = bars.iter().any(|bar| bar.change.is_some());
    let title = if compared { format!("{title}(右侧三角为较上期增减)") } else { title.to_owned() };
    put(c, &title, alt, Plot::Bars { bars });
}

/// Districts by number of appeals among a cohort's conditions.
pub(super) fn districts(c: &mut Composer<'_>, title: &str, conditions: &[(Fact, &[&str])]) {
    let window = c.material.window;
    let all = c.received(&condition_words(conditions), &window, conditions);
    let names: Vec<String> =
        c.tally(&all, Fact::District).into_iter().map(|(name, _)| name).filter(|name| name != UNKNOWN).collect();
    let mut cells = Vec::new();
    for name in names {
        let mut with: Vec<(Fact, &[&str])> = conditions.to_vec();
        let value = [name.as_str()];
        with.push((Fact::District, &value));
        let (_, figure, change) = c.counted(&name, &format!("区县为{name}的{}", condition_words(conditions)), &with);
        cells.push(Bar { label: name.clone(), figure, change });
    }
    if cells.len() < 2 {
        return;
    }
    let alt = told(c, title, &cells);
    put(c, title, alt, Plot::Districts { cells });
}

fn condition_words(conditions: &[(Fact, &[&str])]) -> String {
    if conditions.is_empty() { "全部诉求".to_owned() } else { "专题诉求".to_owned() }
}

/// The days of a window with counts; the usual range of a day is that of the same weekday in the windows
/// before, where at least four were read.
pub(super) fn days(c: &mut Composer<'_>, title: &str, conditions: &[(Fact, &[&str])]) {
    let window = c.material.window;
    let day = SignedDuration::from_hours(24);
    let mut from = window.from;
    // Alarms belong to events; a line over the whole city has none of its own.
    let alarmed: Vec<f64> = match conditions {
        [] => Vec::new(),
        _ => {
            let all = c.received("专题诉求", &window, conditions);
            super::flash::alarms(c, &all).iter().map(|a| a.hours).collect()
        }
    };
    let (mut points, mut names) = (Vec::new(), Vec::new());
    while from < window.to && points.len() < 62 {
        let slice = Window { from, to: (from + day).min(window.to), cut_hour: window.cut_hour };
        let at = city_time(from);
        let name = format!("{}月{}日", at.month(), at.day());
        let cohort = c.received(&format!("{name}的{}", condition_words(conditions)), &slice, conditions);
        let figure = c.ledger.count(format!("{name}诉求量"), &cohort);
        let band = usual(c, &slice, conditions);
        let alarm = alarmed.iter().any(|hours| {
            let at = *hours * 3_600.0;
            at >= slice.from.as_second() as f64 && at < slice.to.as_second() as f64
        });
        names.push(name);
        points.push(TrendPoint { label: format!("{}-{}", at.month(), at.day()), figure, band, alarm });
        from = slice.to;
    }
    if points.len() < 3 {
        return;
    }
    let each = names
        .iter()
        .zip(&points)
        .filter_map(|(name, p)| Some(format!("{name}{}", c.ledger.figure(&p.figure)?.print(Form::Whole))));
    let alt = format!("{title}:{}。", each.collect::<Vec<_>>().join("、"));
    let banded = points.iter().any(|p| p.band.is_some());
    let band = banded.then(|| "灰带为前几周同一星期几诉求量的常见范围(均值上下各1.28倍标准差)".to_owned());
    put(c, title, alt, Plot::Trend { points, band });
}

/// Mean ± 1.28 standard deviations of the same weekday in up to eight weeks before.
fn usual(c: &Composer<'_>, day: &Window, conditions: &[(Fact, &[&str])]) -> Option<(f64, f64)> {
    let length = c.material.window.to.duration_since(c.material.window.from);
    let reach = c.material.window.from - length * i32::try_from(c.material.history).unwrap_or(1);
    let week = SignedDuration::from_hours(24 * 7);
    let mut counts = Vec::new();
    let mut slice = *day;
    for _ in 0..8 {
        slice = Window { from: slice.from - week, to: slice.to - week, ..slice };
        if slice.from < reach {
            break;
        }
        let filter = crate::report::facts::filter(crate::domain::brief::When::Received, &slice, conditions);
        counts.push(c.material.rows.iter().filter(|row| row.matches(&filter)).count() as f64);
    }
    let started = counts.iter().rposition(|n| *n > 0.0).map_or(0, |last| last + 1);
    counts.truncate(started);
    if counts.len() < 4 {
        return None;
    }
    let mean = counts.iter().sum::<f64>() / counts.len() as f64;
    let sd = (counts.iter().map(|n| (n - mean).powi(2)).sum::<f64>() / (counts.len() - 1) as f64).sqrt();
    let round = |x: f64| (x * 10.0).round() / 10.0;
    Some((round((mean - 1.28 * sd).max(0.0)), round(mean + 1.28 * sd)))
}

/// Hours by weekday of all appeals of the window.
pub(super) fn heat(c: &mut Composer<'_>, title: &str) {
    let window = c.material.window;
    let all = c.all(&window);
    let total = c.ledger.count("诉求量", &all);
    let mut rows = vec![vec![0_u32; 24]; 7];
    for row in c.material.rows.iter().filter(|row| window.contains(row.received)) {
        let at = city_time(row.received);
        let day = usize::try_from(at.date().weekday().to_monday_zero_offset()).unwrap_or(0);
        let hour = usize::try_from(at.hour()).unwrap_or(0);
        if let Some(cell) = rows.get_mut(day).and_then(|r| r.get_mut(hour)) {
            *cell += 1;
        }
    }
    let busiest = rows.iter().enumerate().flat_map(|(d, r)| r.iter().enumerate().map(move |(h, n)| (*n, d, h)));
    const DAYS: [&str; 7] = ["一", "二", "三", "四", "五", "六", "日"];
    let alt = busiest
        .max_by_key(|(n, d, h)| (*n, std::cmp::Reverse((*d, *h))))
        .map_or_else(String::new, |(n, d, h)| format!("{title}:最多为星期{}{h}时至{}时,{n}件。", DAYS[d], h + 1));
    put(c, title, alt, Plot::Heat { rows, total });
}
