//! Numbers with a unit: `{10+}户` finds 三十多户, 一百余户, 213户, 几十户.

use super::words::{Key, Place};

/// A range of numbers before a unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Condition {
    low: u64,
    high: u64,
    unit: Vec<char>,
}

/// `{range}unit`, if a word has that form.
pub(super) fn split(word: &str) -> Option<(&str, &str)> {
    word.strip_prefix('{')?.split_once('}')
}

impl Condition {
    pub(super) fn parse(word: &str) -> Option<Self> {
        let (range, unit) = split(word)?;
        let (low, high) = match range.split_once('-') {
            Some((low, high)) => (low.parse().ok()?, high.parse().ok()?),
            None => (range.strip_suffix('+')?.parse().ok()?, u64::MAX),
        };
        Some(Self { low, high, unit: unit.chars().collect() })
    }
}

/// Finds every condition in a text and tells its place, from the number's first character to the
/// unit's last.
pub(super) fn find(text: &str, conditions: &[(Condition, Key)], mut tell: impl FnMut(Key, Place)) {
    let chars: Vec<char> = text.chars().collect();
    let mut at = 0;
    while at < chars.len() {
        let end = run(&chars, at);
        if end == at {
            at += 1;
            continue;
        }
        let number = chars.get(at..end).unwrap_or_default();
        if let Some(value) = value(number).filter(|_| number != ['万', '一']) {
            // 三十多名工人: 多 and then 名 may stand between number and unit.
            let vague = skip(&chars, end, "多余来几");
            let counted = skip(&chars, vague, "名个位口");
            for (condition, key) in conditions {
                let fits = condition.low <= value && value <= condition.high;
                let starts = |from: usize| chars.get(from..).is_some_and(|rest| rest.starts_with(&condition.unit));
                if fits && let Some(from) = [vague, counted].into_iter().find(|from| starts(*from)) {
                    tell(*key, Place { start: at, end: from + condition.unit.len() });
                }
            }
        }
        at = end;
    }
}

fn skip(chars: &[char], at: usize, what: &str) -> usize {
    at + usize::from(chars.get(at).is_some_and(|c| what.contains(*c)))
}

/// End of the run of numerals that begins at `at`. A run longer than any number that an appeal
/// counts with is cut, so that its parts stay small.
fn run(chars: &[char], at: usize) -> usize {
    let rest = chars.get(at..).unwrap_or_default();
    let arabic = rest.iter().take(12).take_while(|c| c.is_ascii_digit()).count();
    // 1.5万: a fraction, which is a part of the number and no number of its own
    let behind = rest.iter().skip(arabic + 1).take(6).take_while(|c| c.is_ascii_digit()).count();
    let fraction = if arabic > 0 && behind > 0 && rest.get(arabic) == Some(&'.') { behind + 1 } else { 0 };
    // 213, 2百: digits may be followed by a power of ten.
    let more = rest.iter().skip(arabic + fraction).take(12).take_while(|c| numeral(**c).is_some()).count();
    at + arabic + fraction + more
}

/// What a Chinese numeral says.
enum Numeral {
    Digit(u64),
    Power(u64),
}

fn numeral(c: char) -> Option<Numeral> {
    Some(match c {
        '零' | '〇' => Numeral::Digit(0),
        '一' => Numeral::Digit(1),
        '二' | '两' => Numeral::Digit(2),
        // 几十 and 数百 are at least three of them, as they are used.
        '三' | '几' | '数' => Numeral::Digit(3),
        '四' => Numeral::Digit(4),
        '五' => Numeral::Digit(5),
        '六' => Numeral::Digit(6),
        '七' => Numeral::Digit(7),
        '八' => Numeral::Digit(8),
        '九' => Numeral::Digit(9),
        '十' => Numeral::Power(10),
        '百' => Numeral::Power(100),
        '千' => Numeral::Power(1000),
        '万' => Numeral::Power(10_000),
        _ => return None,
    })
}

/// The value of a run; of a vague one (三四百, 几十, 1.5) the least that it says.
fn value(run: &[char]) -> Option<u64> {
    let (mut total, mut section, mut digit): (u64, u64, Option<u64>) = (0, 0, None);
    let mut arabic: Option<u64> = None;
    // what stands behind the point, and of how many parts
    let mut fraction: Option<(u64, u64)> = None;
    for c in run {
        if *c == '.' {
            fraction = Some((0, 1));
            continue;
        }
        if let Some(d) = c.to_digit(10) {
            if let Some((some, of)) = &mut fraction {
                (*some, *of) = (*some * 10 + u64::from(d), *of * 10);
                continue;
            }
            arabic = Some(arabic.unwrap_or(0).saturating_mul(10).saturating_add(u64::from(d)));
            digit = arabic;
            continue;
        }
        match numeral(*c)? {
            // 三四百: the first of two neighbours; 二零二六: digits in a row.
            Numeral::Digit(d) => {
                digit = Some(match digit {
                    Some(before) if before > 0 && d == before + 1 => before,
                    Some(before) => before.saturating_mul(10).saturating_add(d),
                    None => d,
                });
            }
            Numeral::Power(power) if fraction.is_some() => {
                let (some, of) = fraction.take().unwrap_or((0, 1));
                section = digit.take().unwrap_or(0).saturating_mul(power).saturating_add(some * power / of);
            }
            Numeral::Power(10_000) => {
                let below = section.saturating_add(digit.take().unwrap_or(0)).max(1);
                total = total.saturating_add(below.saturating_mul(10_000));
                section = 0;
            }
            Numeral::Power(power) => {
                section = section.saturating_add(digit.take().unwrap_or(1).saturating_mul(power));
            }
        }
    }
    Some(total.saturating_add(section).saturating_add(digit.unwrap_or(0)))
}
