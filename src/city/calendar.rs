//! Working days.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{
    Timestamp, ToSpan,
    civil::{Date, Time, Weekday},
};

use crate::domain::{city_date, city_instant};

use super::{
    PackFaults,
    files::CALENDAR,
    table::{self, Seen},
};

/// Working days: weekdays, less holidays, plus shifted working days.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calendar {
    /// 法定节假日 and the days off around them, with their names.
    pub holidays: BTreeMap<Date, String>,
    /// 调休上班 days on weekends.
    pub workdays: BTreeMap<Date, String>,
    /// Days that are not official yet but assumed, from either list.
    pub assumed: BTreeSet<Date>,
}

impl Calendar {
    /// Whether people work on that day. Outside the years of the pack only weekends are free.
    pub fn is_workday(&self, day: Date) -> bool {
        if self.workdays.contains_key(&day) {
            return true;
        }
        !self.holidays.contains_key(&day) && !is_weekend(day)
    }

    /// Years for which the calendar names at least one day.
    pub fn years(&self) -> BTreeSet<i16> {
        self.holidays.keys().chain(self.workdays.keys()).map(|d| d.year()).collect()
    }

    /// The end of the `days`-th working day after the day of `from` in the city: the day of receipt
    /// does not count (Civil Code, article 201) and the last day runs to its end (article 203).
    /// None only past the calendar's last representable year.
    pub fn after_workdays(&self, from: Timestamp, days: u32) -> Option<Timestamp> {
        let mut day = city_date(from);
        let mut left = days;
        while left > 0 {
            day = day.checked_add(1.day()).ok()?;
            if self.is_workday(day) {
                left -= 1;
            }
        }
        Some(city_instant(day.to_datetime(Time::constant(23, 59, 59, 0))))
    }

    /// Working days after the day of `from`, up to and with the day of `to`; 0 if that is not later.
    pub fn workdays_between(&self, from: Timestamp, to: Timestamp) -> u32 {
        let (mut day, last) = (city_date(from), city_date(to));
        let mut count = 0;
        while day < last {
            let Ok(next) = day.checked_add(1.day()) else { break };
            day = next;
            count += u32::from(self.is_workday(day));
        }
        count
    }
}

pub(super) fn is_weekend(day: Date) -> bool {
    matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
}

/// `date,kind,name,basis`: kind 休 or 班, basis 公布 (published) or 推定 (assumed).
pub(super) fn calendar(text: &str, faults: &mut PackFaults) -> Calendar {
    let mut seen = Seen::default();
    let mut out = Calendar::default();
    for row in table::read(CALENDAR, text, &["date", "kind", "name", "basis"], faults) {
        let Ok(day) = row.get(0).parse::<Date>() else {
            faults.add(CALENDAR, row.line, format!("日期 `{}` 无法识别:请写成 2026-01-01", row.get(0)));
            continue;
        };
        if let Some(first) = seen.earlier(&day.to_string(), row.line) {
            faults.add(CALENDAR, row.line, format!("日期 {day} 重复:第 {first} 行已有"));
            continue;
        }
        let list = match row.get(1) {
            "休" => &mut out.holidays,
            "班" => &mut out.workdays,
            other => {
                faults.add(CALENDAR, row.line, format!("没有 `{other}` 这种日子:写 休 或 班"));
                continue;
            }
        };
        list.insert(day, row.get(2).to_owned());
        match row.get(3) {
            "公布" => {}
            "推定" => {
                out.assumed.insert(day);
            }
            other => faults.add(CALENDAR, row.line, format!("没有 `{other}` 这种依据:写 公布 或 推定")),
        }
    }
    out
}
