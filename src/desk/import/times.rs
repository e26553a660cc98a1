//! Times as exports write them: with or without a year, a fraction of a second, an Excel serial.

use jiff::{
    Timestamp,
    civil::{Date, DateTime, date},
};

use crate::domain::{Fault, city_date, city_instant, parse_city};

/// Days of Excel's calendar that can be a call's: 1990 to 2099.
const SERIALS: std::ops::Range<f64> = 32_874.0..73_050.0;

/// Reads a time. `anchor` is a day not before the newest call: a time without a year lies in the year
/// that ends with it.
pub(super) fn parse(text: &str, anchor: Option<Date>) -> Result<Timestamp, Fault> {
    let tidy = tidied(text);
    if let Ok(at) = parse_city(&tidy) {
        return Ok(at);
    }
    if let Some(at) = compact(&tidy).or_else(|| serial(&tidy)) {
        return Ok(at);
    }
    let bad = || {
        let shown: String = text.chars().take(40).collect();
        Fault::invalid(format!("看不懂时间“{shown}”,请写成 2026-05-12 或 2026-05-12 08:52:00"))
    };
    if !yearless(&tidy) {
        return Err(bad());
    }
    let Some(anchor) = anchor else {
        let message = format!("the time `{tidy}` has no year: give the day of the newest call with --anchor");
        return Err(Fault::invalid(message));
    };
    // 02-29 may lie up to eight years back.
    (0..=8)
        .filter_map(|back| {
            let year = anchor.year().checked_sub(back)?;
            let joint = if tidy.contains('月') {
                "年"
            } else if tidy.contains('/') {
                "/"
            } else {
                "-"
            };
            parse_city(&format!("{year}{joint}{tidy}")).ok()
        })
        .find(|at| city_date(*at) <= anchor)
        .ok_or_else(bad)
}

/// Whether it begins with a month, not with a year.
fn yearless(text: &str) -> bool {
    let digits = text.chars().take_while(char::is_ascii_digit).count();
    (1..=2).contains(&digits) && text.chars().nth(digits).is_some_and(|c| matches!(c, '-' | '/' | '月'))
}

/// Narrow digits and colons, single spaces, no fraction of a second, `2026.5.12` as `2026-5-12`.
fn tidied(text: &str) -> String {
    let narrow: String = text
        .trim()
        .chars()
        .map(|c| match c {
            '\u{ff10}'..='\u{ff1a}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
            c if c.is_whitespace() => ' ',
            c => c,
        })
        .collect();
    let mut out = narrow.split(' ').filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    if let Some((clock, fraction)) = out.rsplit_once('.')
        && clock.contains(':')
        && !fraction.is_empty()
        && fraction.bytes().all(|b| b.is_ascii_digit())
    {
        out.truncate(clock.len());
    }
    let day = out.split(' ').next().unwrap_or("");
    if day.matches('.').count() == 2 && day.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        let day = day.replace('.', "-");
        out.replace_range(..day.len(), &day);
    }
    out
}

/// `20260512085200`, `202605120852`
fn compact(text: &str) -> Option<Timestamp> {
    if !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let (day, clock) = (text.get(..8)?, text.get(8..)?);
    let clock = match clock.len() {
        4 => format!("{}:{}:00", clock.get(..2)?, clock.get(2..)?),
        6 => format!("{}:{}:{}", clock.get(..2)?, clock.get(2..4)?, clock.get(4..)?),
        _ => return None,
    };
    let day = format!("{}-{}-{}", day.get(..4)?, day.get(4..6)?, day.get(6..)?);
    parse_city(&format!("{day} {clock}")).ok()
}

/// Days since 1899-12-30, as a spreadsheet shows a time whose format was lost.
fn serial(text: &str) -> Option<Timestamp> {
    let days: f64 = text.parse().ok()?;
    if !SERIALS.contains(&days) {
        return None;
    }
    let midnight: DateTime = date(1899, 12, 30).at(0, 0, 0, 0);
    // Whole seconds: a serial holds no more, and its last digits are rounding.
    let at = midnight.checked_add(jiff::SignedDuration::from_secs((days * 86_400.0).round() as i64)).ok()?;
    Some(city_instant(at))
}
