//! Numerals: Arabic with separators, Chinese, mixed (4.6万余), with what their print leaves open.

use super::page::Page;

/// A number as printed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Numeral {
    /// First character behind it.
    pub end: usize,
    /// The printed value.
    pub value: f64,
    /// Worth of the last printed place: 1 for 26893, 0.01 for 6.11, 1000 for 4.6万.
    pub place: f64,
    /// Whether the print itself is a rounded one: it has decimals, or 万/亿 behind it.
    pub rounded: bool,
    /// Decimals printed.
    pub decimals: usize,
    /// 余 or 多 inside the numeral (100余万).
    pub more: bool,
}

/// Digits read at most: longer strings are identifiers, not quantities.
const DIGITS: usize = 15;

/// Reads a numeral that begins at `i`.
pub(super) fn numeral(page: &Page, i: usize) -> Option<Numeral> {
    let c = page.at(i);
    if c.is_ascii_digit() {
        let before = if i == 0 { ' ' } else { page.at(i - 1) };
        // Behind a digit and a blank it may be a group of thousands or a cell of its own.
        let group = before == ' ' && i > 1 && page.at(i - 2).is_ascii_digit();
        if before.is_ascii_digit() || before == '_' || group {
            return None;
        }
        return arabic(page, i);
    }
    chinese(page, i)
}

fn arabic(page: &Page, i: usize) -> Option<Numeral> {
    let digit = |at: usize| page.at(at).is_ascii_digit();
    let mut at = i;
    let mut text = String::new();
    while digit(at) && text.len() <= DIGITS {
        text.push(page.at(at));
        at += 1;
    }
    // Thousands: groups of three behind a separator of the digits' own width.
    while text.len() <= DIGITS && separator(page, at) && (1..=3).all(|k| digit(at + k)) && !digit(at + 4) {
        text.extend((1..=3).map(|k| page.at(at + k)));
        at += 4;
    }
    let mut decimals = 0;
    if page.at(at) == '.' && digit(at + 1) {
        text.push('.');
        at += 1;
        while digit(at) && decimals < DIGITS {
            text.push(page.at(at));
            decimals += 1;
            at += 1;
        }
    }
    if text.len() > DIGITS + decimals + 1 || digit(at) {
        return None;
    }
    let value: f64 = text.parse().ok()?;
    Some(scaled(page, at, value, 10f64.powi(-(decimals as i32)), decimals, decimals > 0))
}

fn separator(page: &Page, at: usize) -> bool {
    match page.written_at(at) {
        ',' | '\u{2009}' | '\u{202f}' | '\u{a0}' => true,
        '，' => ('０'..='９').contains(&page.written_at(at.wrapping_sub(1))),
        _ => false,
    }
}

/// 千, 万, 亿 behind a number, with 余 or 多 before or behind them.
fn scaled(page: &Page, at: usize, value: f64, place: f64, decimals: usize, rounded: bool) -> Numeral {
    let mut n = Numeral { end: at, value, place, rounded, decimals, more: false };
    let skip = usize::from(matches!(page.at(at), '余' | '多') && matches!(page.at(at + 1), '万' | '亿'));
    let space = usize::from(skip == 0 && page.at(at) == ' ' && matches!(page.at(at + 1), '万' | '亿'));
    let scale = match page.at(at + skip + space) {
        '千' => 1e3,
        '万' if page.at(at + skip + space + 1) == '亿' => 1e12,
        '万' => 1e4,
        '亿' => 1e8,
        _ => return n,
    };
    n.end = at + skip + space + if scale == 1e12 { 2 } else { 1 };
    n.value *= scale;
    n.place *= scale;
    n.more = skip == 1;
    n.rounded = true;
    n
}

/// The value of a Chinese digit.
fn digit(c: char) -> Option<f64> {
    Some(match c {
        '零' | '〇' => 0.0,
        '一' => 1.0,
        '二' | '两' => 2.0,
        '三' => 3.0,
        '四' => 4.0,
        '五' => 5.0,
        '六' => 6.0,
        '七' => 7.0,
        '八' => 8.0,
        '九' => 9.0,
        _ => return None,
    })
}

fn chinese(page: &Page, i: usize) -> Option<Numeral> {
    let (mut at, mut total, mut section, mut now) = (i, 0.0, 0.0, None);
    let mut lowest = f64::INFINITY;
    while at < i + 24 {
        let c = page.at(at);
        if let Some(d) = digit(c) {
            // Two digits side by side are a year or a list, not a quantity.
            if now.is_some_and(|n| n != 0.0) {
                return None;
            }
            now = Some(d);
        } else if let Some(scale) = match c {
            '十' => Some(10.0),
            '百' => Some(100.0),
            '千' => Some(1000.0),
            _ => None,
        } {
            if now.is_none() && (scale != 10.0 || (section > 0.0 && lowest <= 10.0)) {
                break;
            }
            section += now.take().unwrap_or(1.0) * scale;
            lowest = scale;
        } else if matches!(c, '万' | '亿') && at > i {
            let scale = if c == '万' { 1e4 } else { 1e8 };
            total = (total + section + now.take().unwrap_or(0.0)) * scale;
            section = 0.0;
            lowest = f64::INFINITY;
        } else {
            break;
        }
        at += 1;
    }
    if at == i {
        return None;
    }
    let mut value = total + section + now.unwrap_or(0.0);
    let mut decimals = 0_i32;
    if page.at(at) == '点' && digit(page.at(at + 1)).is_some() {
        let mut worth = 0.1;
        at += 1;
        while let Some(d) = digit(page.at(at)).filter(|_| decimals < 6) {
            value += d * worth;
            worth /= 10.0;
            decimals += 1;
            at += 1;
        }
        return Some(scaled(page, at, value, 10f64.powi(-decimals), decimals as usize, true));
    }
    Some(Numeral { end: at, value, place: 1.0, rounded: false, decimals: 0, more: false })
}

/// The worth of the last place that is not zero: 10 for 150, 100 for 1200. An approximate number is
/// good to that place.
pub(super) fn round_place(value: f64, place: f64) -> f64 {
    let mut place = place;
    while value > 0.0 && place < value && (value / (place * 10.0)).fract().abs() < 1e-9 {
        place *= 10.0;
    }
    place
}
