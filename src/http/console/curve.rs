//! A curve over time as SVG: one line, the columns under it named on hover, no script and no style of its
//! own.

use jiff::ToSpan;

use crate::{
    domain::{city_date, format_city},
    search::{Histogram, Interval},
};

use super::frame::grouped;

/// Size of the picture in its own units.
const SIZE: (f64, f64) = (720.0, 72.0);
/// Columns that are named on hover; of more the line alone is drawn.
const NAMED: usize = 200;

/// What the template draws.
#[derive(Debug)]
pub(super) struct Curve {
    /// `M0 72L…`
    pub(super) line: String,
    pub(super) columns: Vec<Column>,
    /// First and last column, in words.
    pub(super) first: String,
    pub(super) last: String,
    /// Highest count.
    pub(super) most: String,
    /// 每小时 每日 每周 每月
    pub(super) unit: &'static str,
}

#[derive(Debug)]
pub(super) struct Column {
    pub(super) x: String,
    pub(super) width: String,
    pub(super) name: String,
    /// The search of its time.
    pub(super) href: String,
    /// Its time, and how many, for the table behind the curve.
    pub(super) time: String,
    pub(super) count: String,
}

impl Curve {
    /// Of at least two columns; one is no curve. `href` is the search of a time as it is typed: 2026-05-01..2026-05-07.
    pub(super) fn of(histogram: &Histogram, href: impl Fn(&str) -> String) -> Option<Self> {
        let (first, last) = (histogram.columns.first()?, histogram.columns.last()?);
        let count = histogram.columns.len();
        if count < 2 {
            return None;
        }
        let most = histogram.columns.iter().map(|c| c.1).max()?.max(1);
        let width = SIZE.0 / count as f64;
        let point = |(n, (_, value)): (usize, &(jiff::Timestamp, u64))| {
            let (x, y) = ((n as f64 + 0.5) * width, SIZE.1 * (1.0 - *value as f64 / most as f64));
            format!("{}{x:.1} {y:.1}", if n == 0 { 'M' } else { 'L' })
        };
        let name = |at: jiff::Timestamp| {
            let full = format_city(at);
            let length = match histogram.interval {
                Interval::Hour => 16,
                Interval::Month => 7,
                _ => 10,
            };
            full.get(..length).unwrap_or(&full).replace('T', " ")
        };
        let column = |(n, (at, value)): (usize, &(jiff::Timestamp, u64))| Column {
            x: format!("{:.1}", n as f64 * width),
            width: format!("{width:.2}"),
            name: format!("{} {} 件", name(*at), grouped(*value)),
            href: href(&typed(*at, histogram.interval)),
            time: name(*at),
            count: grouped(*value),
        };
        let named = if count <= NAMED { count } else { 0 };
        Some(Self {
            line: histogram.columns.iter().enumerate().map(point).collect(),
            columns: histogram.columns.iter().enumerate().take(named).map(column).collect(),
            first: name(first.0),
            last: name(last.0),
            most: grouped(most),
            unit: match histogram.interval {
                Interval::Hour => "每小时",
                Interval::Week => "每周",
                Interval::Month => "每月",
                Interval::Auto | Interval::Day => "每日",
            },
        })
    }
}

/// The days of a column as a query writes them; an hour has no word of its own, its day has.
fn typed(at: jiff::Timestamp, interval: Interval) -> String {
    let day = city_date(at);
    match interval {
        Interval::Month => day.strftime("%Y-%m").to_string(),
        Interval::Week => format!("{day}..{}", day.saturating_add(6.days())),
        Interval::Auto | Interval::Day | Interval::Hour => day.to_string(),
    }
}
