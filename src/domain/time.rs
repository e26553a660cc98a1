//! City time. China keeps one zone (UTC+8) without daylight saving, so a fixed offset is exact for
//! every date a hotline can hold and needs no zone database on the machine.

use jiff::{
    Timestamp,
    civil::{Date, DateTime},
    tz::{self, TimeZone},
};
use serde::{Deserialize, Serialize};

use super::Fault;

/// Hours east of Greenwich of Asia/Shanghai.
pub const CITY_OFFSET_HOURS: i8 = 8;

fn zone() -> TimeZone {
    TimeZone::fixed(tz::offset(CITY_OFFSET_HOURS))
}

/// The wall-clock time in the city.
pub fn city_time(at: Timestamp) -> DateTime {
    at.to_zoned(zone()).datetime()
}

/// The date in the city.
pub fn city_date(at: Timestamp) -> Date {
    city_time(at).date()
}

/// The instant at which clocks in the city show this.
pub fn city_instant(clock: DateTime) -> Timestamp {
    // Only the first hours of the year -9999 lie before the first instant.
    zone().to_timestamp(clock).unwrap_or(Timestamp::MIN)
}

/// The instant at which a day begins in the city.
pub fn midnight(day: Date) -> Timestamp {
    city_instant(day.at(0, 0, 0, 0))
}

/// `2026-05-12T08:52:00+08:00`
pub fn format_city(at: Timestamp) -> String {
    at.to_zoned(zone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// Reads the time formats that hotline exports use: RFC 3339, `2020/1/6 12:09:38`,
/// `2026-05-12 08:52`, `2026-05-12`, `2026年5月12日 8:52`; without an offset it is city time.
///
/// # Errors
/// [`super::FaultKind::Invalid`] naming the text that could not be read.
pub fn parse_city(text: &str) -> Result<Timestamp, Fault> {
    let text = text.trim();
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(at);
    }
    const FORMATS: [&str; 9] = [
        "%Y-%m-%d %H:%M:%S",
        "%Y-%m-%dT%H:%M:%S",
        "%Y-%m-%d %H:%M",
        "%Y-%m-%dT%H:%M",
        "%Y/%m/%d %H:%M:%S",
        "%Y/%m/%d %H:%M",
        "%Y年%m月%d日 %H:%M:%S",
        "%Y年%m月%d日 %H:%M",
        "%Y年%m月%d日%H时%M分",
    ];
    let civil = FORMATS.iter().find_map(|f| DateTime::strptime(f, text).ok()).or_else(|| {
        ["%Y-%m-%d", "%Y/%m/%d", "%Y年%m月%d日", "%Y%m%d"]
            .iter()
            .find_map(|f| Date::strptime(f, text).ok())
            .map(|d| d.at(0, 0, 0, 0))
    });
    civil.map(city_instant).ok_or_else(|| {
        let shown: String = text.chars().take(40).collect();
        Fault::invalid(format!("看不懂时间“{shown}”,请写成 2026-05-12 或 2026-05-12 08:52:00"))
    })
}

/// Half-open range of time; an open side is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeRange {
    /// From, inclusive.
    pub from: Option<Timestamp>,
    /// To, exclusive.
    pub to: Option<Timestamp>,
}

impl TimeRange {
    /// Whether an instant lies inside.
    pub fn contains(&self, at: Timestamp) -> bool {
        self.from.is_none_or(|from| at >= from) && self.to.is_none_or(|to| at < to)
    }
}
