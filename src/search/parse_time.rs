//! Times in a query: 近7天, 上周, 2026-05-01..2026-05-07, 5月, 2026年.

use jiff::{
    Span as Duration, Timestamp, ToSpan,
    civil::{Date, date},
};

use crate::domain::{TimeRange, city_date, midnight};

/// What a time could look like, for the note.
const HOW: &str = "时间可以写成：2026-05-01..2026-05-07、2026-05、近7天、今天、昨天、本周、上周、本月、上月、今年";

/// Days, first and last inclusive; an open side is none.
type Days = (Option<Date>, Option<Date>);

/// Reads a time value. Days are days of the city; a week begins on Monday; 近7天 is today and the six
/// days before.
///
/// # Errors
/// A note for the person who typed it.
pub(crate) fn time_range(typed: &str, now: Timestamp) -> Result<TimeRange, String> {
    let today = city_date(now);
    let (first, last) = days(typed.trim(), today).ok_or_else(|| format!("看不懂这个时间，按普通词检索。{HOW}"))?;
    if let (Some(first), Some(last)) = (first, last)
        && first > last
    {
        return Err("时间范围的起点晚于终点，按普通词检索".to_owned());
    }
    Ok(TimeRange { from: first.map(midnight), to: last.and_then(|day| day.tomorrow().ok()).map(midnight) })
}

fn days(typed: &str, today: Date) -> Option<Days> {
    for separator in ["..", "…", "~", "～", "至", "到", "—"] {
        if let Some((left, right)) = typed.split_once(separator) {
            let (left, right) = (left.trim_end_matches('.').trim(), right.trim_matches(['.', '…', '—']).trim());
            let first = if left.is_empty() { None } else { Some(period(left, today)?.0) };
            let last = if right.is_empty() { None } else { Some(period(right, today)?.1) };
            return (first.is_some() || last.is_some()).then_some((first, last));
        }
    }
    period(typed, today).map(|(first, last)| (Some(first), Some(last)))
}

/// A named or written period.
fn period(typed: &str, today: Date) -> Option<(Date, Date)> {
    let back = |span: Duration| today.checked_sub(span).ok();
    let monday = |day: Date| day.checked_sub(i64::from(day.weekday().to_monday_zero_offset()).days()).ok();
    let month = |day: Date| Some((day.first_of_month(), day.last_of_month()));
    match typed {
        "今天" | "今日" | "当天" | "today" => return Some((today, today)),
        "昨天" | "昨日" | "yesterday" => return back(1.day()).map(|d| (d, d)),
        "前天" => return back(2.days()).map(|d| (d, d)),
        "本周" | "这周" => return monday(today).map(|d| (d, today)),
        "上周" => {
            let last = monday(today)?.yesterday().ok()?;
            return Some((monday(last)?, last));
        }
        "本月" | "这个月" => return Some((today.first_of_month(), today)),
        "上月" | "上个月" => return month(today.first_of_month().yesterday().ok()?),
        "今年" | "本年" => return Some((today.first_of_year(), today)),
        "去年" => {
            let last = today.first_of_year().yesterday().ok()?;
            return Some((last.first_of_year(), last));
        }
        "近半年" => return Some((back(6.months())?, today)),
        _ => {}
    }
    recent(typed, today).or_else(|| written(typed, today))
}

/// 近7天, 最近3个月, 近一周
fn recent(typed: &str, today: Date) -> Option<(Date, Date)> {
    let rest = typed.strip_prefix("最近").or_else(|| typed.strip_prefix('近'))?;
    let unit = rest.trim_start_matches(|c: char| c.is_numeric() || "一二两三四五六七八九十".contains(c));
    let number = number(rest.strip_suffix(unit)?)?;
    if number == 0 {
        return None;
    }
    let first = match unit {
        "天" | "日" => today.checked_sub((number - 1).days()),
        "周" | "星期" | "个星期" => today.checked_sub((number.checked_mul(7)? - 1).days()),
        "月" | "个月" => today.checked_sub(number.months()).and_then(|d| d.tomorrow()),
        "年" => today.checked_sub(number.years()).and_then(|d| d.tomorrow()),
        _ => return None,
    };
    first.ok().map(|first| (first, today))
}

/// Up to 9999 in digits (full width too), up to 十 in words.
fn number(typed: &str) -> Option<i64> {
    let words = ["一", "二", "三", "四", "五", "六", "七", "八", "九", "十"];
    if typed == "两" {
        return Some(2);
    }
    if let Some(n) = words.iter().position(|w| *w == typed) {
        return i64::try_from(n + 1).ok();
    }
    digits(typed)
}

fn digits(typed: &str) -> Option<i64> {
    let count = typed.chars().count();
    if count == 0 || count > 4 {
        return None;
    }
    typed.chars().try_fold(0, |sum, c| {
        let ascii = match c {
            '０'..='９' => char::from_u32(c as u32 - '０' as u32 + '0' as u32)?,
            c => c,
        };
        Some(sum * 10 + i64::from(ascii.to_digit(10)?))
    })
}

/// 2026, 2026-05, 2026-05-07, 2026年5月7日, 5月, 5月7日 (the latest one that has begun).
fn written(typed: &str, today: Date) -> Option<(Date, Date)> {
    let plain = typed.replace(['年', '月', '/', '.'], "-").replace(['日', '号'], "");
    let parts: Vec<i64> = plain.trim_end_matches('-').split('-').map(digits).collect::<Option<_>>()?;
    let year = |y: i64| i16::try_from(y).ok().filter(|y| (1900..=2200).contains(y));
    let small = |n: i64| i8::try_from(n).ok();
    let no_year = typed.contains('月') && !typed.contains('年') && parts.first().is_some_and(|m| *m <= 12);
    if no_year {
        let (month, day) = (small(*parts.first()?)?, parts.get(1).copied());
        let start = |y: i16| Date::new(y, month, day.map_or(Some(1), small)?).ok();
        let this = start(today.year()).filter(|d| *d <= today).or_else(|| start(today.year() - 1))?;
        return match (day, parts.len()) {
            (None, 1) => Some((this, this.last_of_month())),
            (Some(_), 2) => Some((this, this)),
            _ => None,
        };
    }
    match parts.as_slice() {
        [y] if *y >= 1900 => year(*y).map(|y| (date(y, 1, 1), date(y, 12, 31))),
        [y, m] => Date::new(year(*y)?, small(*m)?, 1).ok().map(|d| (d, d.last_of_month())),
        [y, m, d] => Date::new(year(*y)?, small(*m)?, small(*d)?).ok().map(|d| (d, d)),
        _ => None,
    }
}
