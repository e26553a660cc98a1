//! Times as sources write them, with or without a year.

use jiff::{Timestamp, civil::Date};

use crate::domain::{city_date, parse_city};

/// The year of times without one, where no other time says it: a leap year, so that 02-29 is a day.
const SOME_YEAR: i16 = 2024;

/// Reads times; `MM-DD HH:MM` takes the year of the latest time that has one. Where dates lie at both ends of the year
/// and none in the middle (a winter), those of the autumn belong to the year before, unless the latest time with a
/// year is itself later than March.
/// Also gives the places of those that were given but cannot be read.
pub fn times(given: &[Option<String>]) -> (Vec<Option<Timestamp>>, Vec<usize>) {
    let mut read: Vec<Option<Timestamp>> =
        given.iter().map(|t| t.as_deref().filter(|t| short(t).is_none()).and_then(|t| parse_city(t).ok())).collect();
    let latest = read.iter().flatten().max().map(|t| city_date(*t));
    let mut months: Vec<i8> = given.iter().flatten().filter_map(|t| short(t)).map(|(month, ..)| month).collect();
    months.extend(latest.map(|l| l.month()));
    let wraps = latest.is_none_or(|l| l.month() <= 3) && wraps(&months);
    let mut unread = Vec::new();
    for (at, text) in given.iter().enumerate() {
        let Some(text) = text.as_deref().filter(|_| read[at].is_none()) else { continue };
        read[at] = short(text).and_then(|(month, day, clock)| {
            let year = latest.map_or(SOME_YEAR, |l| l.year()) - i16::from(wraps && month > 6);
            let date = Date::new(year, month, day).ok()?;
            parse_city(&format!("{date} {clock}")).ok()
        });
        if read[at].is_none() {
            unread.push(at);
        }
    }
    (read, unread)
}

/// Month, day and clock of `MM-DD HH:MM`.
fn short(text: &str) -> Option<(i8, i8, &str)> {
    let (date, clock) = text.trim().split_once([' ', 'T'])?;
    let (month, day) = date.split_once(['-', '/'])?;
    let fits = month.len() <= 2 && day.len() <= 2;
    let (month, day) = (month.parse().ok()?, day.parse().ok()?);
    (fits && (1..=12).contains(&month)).then_some((month, day, clock))
}

/// Whether months without a year run over a new year: both ends of the year, nothing in the middle.
fn wraps(months: &[i8]) -> bool {
    let any = |range: std::ops::RangeInclusive<i8>| months.iter().any(|m| range.contains(m));
    any(1..=3) && any(10..=12) && !any(5..=8)
}
