//! How soon an event is told of: from its third appeal to an alarm.

use std::collections::HashSet;

use crate::insight::{Event, Stream, alarm::Change};

use super::Told;

/// Appeals of the event, and minutes, from its third appeal to an instant; 0 if that was earlier.
fn after_third(told: &[Told], event: &[Option<String>], name: &str, alarm: f64) -> Option<(i64, f64)> {
    let mut hours: Vec<f64> = told
        .iter()
        .zip(event)
        .filter(|(_, e)| e.as_deref() == Some(name))
        .filter_map(|(t, _)| Some(t.heard.at?.as_second() as f64 / 3600.0))
        .collect();
    hours.sort_by(f64::total_cmp);
    let third = *hours.get(2)?;
    let between = hours.iter().filter(|h| **h > third && **h <= alarm + 1e-9).count() as i64;
    Some((between, ((alarm - third) * 60.0).max(0.0)))
}

/// To the first alarm of the found event that holds most of it.
pub(super) fn of_event(told: &[Told], event: &[Option<String>], name: &str, found: &Event) -> Option<(i64, f64)> {
    let alarm = found.alarms.iter().find(|a| a.change == Change::Raised)?.hours;
    after_third(told, event, name, alarm)
}

/// To the first alarm of that event or of a stream in whose window at least half of the appeals are its own.
pub(super) fn of_any(
    told: &[Told],
    event: &[Option<String>],
    name: &str,
    found: Option<&Event>,
    streams: &[Stream],
) -> Option<(i64, f64)> {
    let own: HashSet<&str> =
        told.iter().zip(event).filter(|(_, e)| e.as_deref() == Some(name)).map(|(t, _)| t.heard.id.as_str()).collect();
    let main = found.and_then(|e| e.alarms.iter().find(|a| a.change == Change::Raised)).map(|a| a.hours);
    let half = |tickets: &[String]| {
        let n = tickets.iter().filter(|t| own.contains(t.as_str())).count();
        n > 1 && n * 2 >= tickets.len()
    };
    let lines = streams.iter().flat_map(|s| s.alarms.iter().zip(&s.tickets));
    let theirs = lines.filter(|(a, t)| a.change == Change::Raised && half(t)).map(|(a, _)| a.hours);
    let first = theirs.chain(main).reduce(f64::min)?;
    after_third(told, event, name, first)
}
