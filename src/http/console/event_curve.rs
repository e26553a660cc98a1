//! An event's curves: columns by the day with the band of what is usual, and by the hour over the last two days. Each
//! column leads to its appeals; alarms stand on them as marked points.

use jiff::{SignedDuration, Timestamp};

use crate::{
    desk::{CaseAsk, Group},
    domain::{brief::TimeRangeKey, city_date, city_time, midnight},
    http::cases::address,
    insight::{Event, alarm::Change},
};

use super::{cockpit::CASES, frame::grouped};

const WIDTH: f64 = 720.0;
/// Heights of the daily and of the hourly curve.
const HIGH: f64 = 72.0;
const LOW: f64 = 48.0;

/// Columns of tickets, and the band of what is usual.
#[derive(Debug)]
pub(super) struct Curve {
    pub(super) columns: Vec<Column>,
    pub(super) width: String,
    pub(super) band: String,
    pub(super) band_top: String,
    pub(super) first: String,
    pub(super) last: String,
    pub(super) most: usize,
    /// Everything in a sentence, for who does not see it.
    pub(super) says: String,
}

/// A day or an hour.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) x: String,
    pub(super) y: String,
    pub(super) height: String,
    pub(super) name: String,
    pub(super) count: String,
    /// Its appeals.
    pub(super) href: String,
    /// The alarms that were raised or grew in it: the middle of the column, and what they were.
    pub(super) alarm: Option<(String, String)>,
}

/// By the day, from the first to the last.
pub(super) fn days(event: &Event) -> Option<Curve> {
    let counts = &event.portrait.daily;
    let start = midnight(city_date(event.first?));
    // the 95 % quantile of a Poisson, roughly: mean and 1.64 deviations
    let usual = event.usual + 1.64 * event.usual.sqrt();
    if counts.len() < 2 {
        return None;
    }
    let name = |at: Timestamp| city_date(at).to_string();
    let curve = draw(event, counts, (start, 24), (HIGH, usual), name)?;
    Some(Curve { says: format!("每日件数:{}", curve.says), ..curve })
}

/// By the hour, of the two days up to the last appeal.
pub(super) fn hours(event: &Event) -> Option<Curve> {
    let counts = &event.portrait.hourly;
    let last = event.last?.as_second().div_euclid(3600);
    let start = Timestamp::from_second((last + 1 - counts.len() as i64) * 3600).ok()?;
    let name = |at: Timestamp| city_time(at).strftime("%m-%d %H 时").to_string();
    let curve = draw(event, counts, (start, 1), (LOW, 0.0), name)?;
    Some(Curve { says: format!("最近两天每小时件数:{}", curve.says), ..curve })
}

fn draw(
    event: &Event,
    counts: &[usize],
    (start, step): (Timestamp, i64),
    (high, usual): (f64, f64),
    name: impl Fn(Timestamp) -> String,
) -> Option<Curve> {
    let most = counts.iter().copied().max().filter(|most| *most > 0)?;
    let top = (most as f64).max(usual);
    let width = WIDTH / counts.len() as f64;
    let at = |n: usize| start.saturating_add(SignedDuration::from_hours(step * n as i64)).unwrap_or(start);
    let column = |(n, count): (usize, &usize)| {
        let height = high * *count as f64 / top;
        let range = TimeRangeKey { from: at(n), to: at(n + 1) };
        let group = Some(Group::Event(event.id.clone()));
        Column {
            x: format!("{:.1}", width * (n as f64 + 0.1)),
            y: format!("{:.1}", high - height),
            height: format!("{height:.1}"),
            name: name(range.from),
            count: grouped(*count as u64),
            href: address(CASES, &CaseAsk { group, range: Some(range), ..CaseAsk::default() }),
            alarm: alarms(event, &range).map(|words| (format!("{:.1}", width * (n as f64 + 0.5)), words)),
        }
    };
    let columns: Vec<Column> = counts.iter().enumerate().map(column).collect();
    let peak = counts.iter().position(|n| *n == most).map_or_else(String::new, |n| name(at(n)));
    let (first, last) = (columns.first()?.name.clone(), columns.last()?.name.clone());
    let alarmed: Vec<&str> = columns.iter().filter(|c| c.alarm.is_some()).map(|c| c.name.as_str()).collect();
    let told = if alarmed.is_empty() { String::new() } else { format!(";预警:{}", alarmed.join("、")) };
    let band = high * usual / top;
    Some(Curve {
        says: format!("{first} 至 {last} 共 {} 件,最多 {peak} {most} 件{told}", counts.iter().sum::<usize>()),
        columns,
        width: format!("{:.1}", width * 0.8),
        band: format!("{band:.1}"),
        band_top: format!("{:.1}", high - band),
        first,
        last,
        most,
    })
}

/// What was raised or grew in a window, in words.
fn alarms(event: &Event, range: &TimeRangeKey) -> Option<String> {
    let within = |hours: f64| {
        let at = Timestamp::from_second((hours * 3600.0).round() as i64).ok();
        at.is_some_and(|at| (range.from..range.to).contains(&at))
    };
    let told = event.alarms.iter().filter(|a| a.change != Change::Closed && within(a.hours));
    let words: Vec<String> = told.map(|a| format!("{}预警{}", a.kind.label(), a.change.label())).collect();
    (!words.is_empty()).then(|| words.join("、"))
}
