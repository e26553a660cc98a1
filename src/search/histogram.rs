//! How many matches in each hour, day, week or month of the city.

use std::collections::BTreeMap;

use jiff::{
    Timestamp, ToSpan,
    civil::{Date, date},
};
use tantivy::columnar::Column;

use crate::domain::{CITY_OFFSET_HOURS, TimeRange};

/// Widths of the columns of a histogram. A week begins on Monday.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Interval {
    /// By the length of the time range, or of the matches without one: hours up to two days, days up
    /// to two months, weeks up to 400 days, months beyond.
    #[default]
    Auto,
    /// An hour.
    Hour,
    /// A day.
    Day,
    /// Monday to Sunday.
    Week,
    /// A calendar month.
    Month,
}

impl Interval {
    /// All of them.
    pub const ALL: [Interval; 5] = [Interval::Auto, Interval::Hour, Interval::Day, Interval::Week, Interval::Month];

    /// Name on the wire: `auto`, `hour`, `day`, `week`, `month`.
    pub fn code(self) -> &'static str {
        match self {
            Interval::Auto => "auto",
            Interval::Hour => "hour",
            Interval::Day => "day",
            Interval::Week => "week",
            Interval::Month => "month",
        }
    }
}

/// Exact counts over time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Histogram {
    /// Width of the columns; never [`Interval::Auto`], and wider than asked where more than
    /// [`MOST_COLUMNS`] would come out.
    pub interval: Interval,
    /// Begin of each column and its count, in order; columns without matches between the first and the
    /// last are there too.
    pub columns: Vec<(Timestamp, u64)>,
}

/// Columns of a histogram at most; of months there may be more, then only those that are not empty.
pub const MOST_COLUMNS: usize = 1_000;

/// Hours that are counted in one piece (34 years); a segment with a longer range is counted sparsely.
const DENSE: i64 = 300_000;
const MICROS_PER_HOUR: i64 = 3_600_000_000;

/// Counts per hour of one segment.
pub(crate) struct HourCounts {
    first: i64,
    dense: Vec<u64>,
    sparse: BTreeMap<i64, u64>,
}

impl HourCounts {
    /// For the instants of a column.
    pub(crate) fn of(column: &Column<i64>) -> Self {
        let (first, last) = (city_hour(column.min_value()), city_hour(column.max_value()));
        let length = last.saturating_sub(first).saturating_add(1);
        let dense = if (1..=DENSE).contains(&length) { vec![0; length as usize] } else { Vec::new() };
        Self { first, dense, sparse: BTreeMap::new() }
    }

    /// One match.
    pub(crate) fn add(&mut self, micros: i64) {
        let hour = city_hour(micros);
        let place = usize::try_from(hour.saturating_sub(self.first)).ok();
        match place.and_then(|n| self.dense.get_mut(n)) {
            Some(count) => *count += 1,
            None => *self.sparse.entry(hour).or_default() += 1,
        }
    }

    /// Hours since 1970 (city time) that are not empty.
    pub(crate) fn into_counts(self) -> Vec<(i64, u64)> {
        let dense = self.dense.into_iter().zip(self.first..).filter(|(n, _)| *n > 0).map(|(n, hour)| (hour, n));
        dense.chain(self.sparse).collect()
    }
}

/// Hours since 1970-01-01 00:00 in the city.
pub(super) fn city_hour(micros: i64) -> i64 {
    micros.div_euclid(MICROS_PER_HOUR) + i64::from(CITY_OFFSET_HOURS)
}

fn instant(hour: i64) -> Timestamp {
    let micros = hour.saturating_sub(i64::from(CITY_OFFSET_HOURS)).saturating_mul(MICROS_PER_HOUR);
    Timestamp::from_microsecond(micros).unwrap_or(if hour < 0 { Timestamp::MIN } else { Timestamp::MAX })
}

impl Histogram {
    /// Folds counts per hour; `asked` may be any interval, `range` is that of the query.
    pub(crate) fn of(hours: &BTreeMap<i64, u64>, asked: Interval, range: TimeRange) -> Self {
        let hour_of = |at: Timestamp| city_hour(at.as_microsecond());
        let (Some(first), Some(last)) = (hours.keys().next().copied(), hours.keys().next_back().copied()) else {
            return Self { interval: if asked == Interval::Auto { Interval::Day } else { asked }, columns: Vec::new() };
        };
        let from = range.from.map_or(first, |at| hour_of(at).min(first));
        let length = last - from + 1;
        let mut interval = match asked {
            Interval::Auto if length <= 48 => Interval::Hour,
            Interval::Auto if length <= 62 * 24 => Interval::Day,
            Interval::Auto if length <= 400 * 24 => Interval::Week,
            Interval::Auto => Interval::Month,
            other => other,
        };
        loop {
            let mut columns: BTreeMap<i64, u64> = BTreeMap::new();
            for (&hour, &count) in hours {
                *columns.entry(begin(hour, interval)).or_default() += count;
            }
            let filled = fill(&mut columns, interval);
            if filled || interval == Interval::Month {
                return Self { interval, columns: columns.into_iter().map(|(hour, n)| (instant(hour), n)).collect() };
            }
            interval = match interval {
                Interval::Hour => Interval::Day,
                Interval::Day => Interval::Week,
                _ => Interval::Month,
            };
        }
    }
}

/// Puts in the empty columns; false, and nothing done, if there would be too many.
fn fill(columns: &mut BTreeMap<i64, u64>, interval: Interval) -> bool {
    let (Some(&first), Some(&last)) = (columns.keys().next(), columns.keys().next_back()) else { return true };
    let mut all = vec![first];
    let mut at = first;
    while at < last {
        if all.len() >= MOST_COLUMNS {
            return false;
        }
        at = next(at, interval);
        all.push(at);
    }
    for hour in all {
        columns.entry(hour).or_default();
    }
    true
}

/// The first hour of the column that an hour lies in.
fn begin(hour: i64, interval: Interval) -> i64 {
    let day = hour.div_euclid(24);
    match interval {
        Interval::Hour => hour,
        Interval::Auto | Interval::Day => day * 24,
        // 1970-01-01 was a Thursday.
        Interval::Week => (day - (day + 3).rem_euclid(7)) * 24,
        Interval::Month => civil(day).map_or(day, |date| days(date.first_of_month())) * 24,
    }
}

/// The first hour of the next column.
fn next(hour: i64, interval: Interval) -> i64 {
    match interval {
        Interval::Hour => hour + 1,
        Interval::Auto | Interval::Day => hour + 24,
        Interval::Week => hour + 7 * 24,
        Interval::Month => {
            let month = civil(hour.div_euclid(24)).and_then(|date| date.last_of_month().tomorrow().ok());
            month.map_or(i64::MAX, |date| days(date) * 24)
        }
    }
}

const EPOCH: Date = date(1970, 1, 1);

fn civil(day: i64) -> Option<Date> {
    EPOCH.checked_add(i32::try_from(day).ok()?.days()).ok()
}

fn days(date: Date) -> i64 {
    i64::from(date.since(EPOCH).map_or(0, |span| span.get_days()))
}
