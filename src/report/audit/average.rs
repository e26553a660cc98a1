//! Averages: 日均10169件 over a window that the text prints.

use super::{Check, Kind, Reader, Verdict, page::Page, quantity::Quantity, role::Role, say};

/// How many days a text may speak of, and how it says so.
#[derive(Clone, Debug, PartialEq)]
struct Span {
    days: f64,
    words: String,
    at: usize,
}

/// Characters that a window may stand before an average.
const FAR: usize = 600;

pub(super) fn check(reader: &Reader<'_>, checks: &mut Vec<Check>) {
    let averages: Vec<usize> =
        (0..reader.all.len()).filter(|i| matches!(reader.all[*i].role, Role::Average(_))).collect();
    if averages.is_empty() {
        return;
    }
    let spans = spans(reader.page);
    for i in averages {
        let q = &reader.all[i];
        let start = q.start - q.piece.chars().count().min(6).min(q.start);
        let mut check = reader.made(Kind::Average, start, q.end, reader.written(i));
        let Role::Average(per) = q.role else { continue };
        let Some(total) = total(reader, i) else {
            check.reason = "文中没有对应的总数".into();
            checks.push(check);
            continue;
        };
        let total = &reader.all[total];
        let known: Vec<Span> = match per {
            '日' => near(&spans, q.start, reader.outline.sentences.get(q.sentence).map_or(q.end, |s| s.end)),
            '周' | '月' => parts(reader, q, per),
            _ => people(reader, i),
        };
        if known.is_empty() {
            check.reason = "文中没有可作除数的天数(人数)".into();
            checks.push(check);
            continue;
        }
        // A mean of whole numbers may be cut or rounded.
        let slack = if q.decimals == 0 && q.lo == q.hi { 1.0 } else { 0.0 };
        let fits = |s: &&Span| {
            total.lo / s.days <= q.hi + slack - 1e-9 * slack && total.hi / s.days >= q.lo - slack + 1e-9 * slack
        };
        let line = |s: &Span| {
            let value = total.value / s.days;
            format!(
                "{} ÷ {}({}) = {}",
                say::count(total.value),
                say::count(s.days),
                s.words,
                say::number(value, q.decimals + 1)
            )
        };
        if let Some(span) = known.iter().find(fits) {
            check.verdict = Verdict::Agrees;
            check.arithmetic = line(span);
            check.denominator = Some(span.words.clone());
            check.expected = Some(format!("{}{}", say::number(total.value / span.days, q.decimals), q.measure));
        } else {
            check.arithmetic = known.iter().map(line).collect::<Vec<_>>().join(";");
            check.verdict = Verdict::Disagrees;
            let first = &known[0];
            check.denominator = Some(first.words.clone());
            check.expected = Some(format!("{}{}", say::number(total.value / first.days, q.decimals), q.measure));
            check.reason = format!("{}均不是 {}", if known.len() > 1 { "各种算法" } else { "算得" }, reader.written(i));
        }
        checks.push(check);
    }
}

/// What an average is the average of: the whole before it.
fn total(reader: &Reader<'_>, i: usize) -> Option<usize> {
    let all = reader.all;
    let paragraph = all[i].paragraph;
    let from = i.saturating_sub(12);
    let own = reader.sentence(i);
    let fits = |k: &usize| {
        all[*k].alike(&all[i])
            && matches!(all[*k].role, Role::Total | Role::Plain | Role::Sum)
            && all[*k].value > all[i].value
    };
    let behind = || (i + 1..own.end).find(|k| fits(k) && matches!(all[*k].role, Role::Total | Role::Sum));
    (own.start..i).rev().find(fits).or_else(behind).or_else(|| {
        (from..own.start)
            .rev()
            .filter(|k| all[*k].paragraph == paragraph)
            .find(|k| fits(k) && all[*k].role == Role::Total)
    })
}

fn near(spans: &[Span], at: usize, end: usize) -> Vec<Span> {
    let known = spans.partition_point(|s| s.at <= at);
    let before = spans[..known].last().filter(|s| at - s.at < FAR);
    // 平均每天1286件,本周合计9002件.
    let Some(last) = before.or_else(|| spans.get(known).filter(|s| s.at < end)) else { return Vec::new() };
    let first = spans.partition_point(|s| s.at < last.at);
    spans[first..].iter().take(3).filter(|s| s.at == last.at).cloned().collect()
}

fn digits(page: &Page, at: usize) -> Option<(u32, usize)> {
    let mut end = at;
    while end < at + 4 && page.at(end).is_ascii_digit() {
        end += 1;
    }
    let value = page.text(at, end).parse().ok()?;
    (!page.at(end).is_ascii_digit()).then_some((value, end))
}

/// Days of a month; February is read both ways.
fn month(m: u32) -> &'static [u32] {
    match m {
        2 => &[28, 29],
        4 | 6 | 9 | 11 => &[30],
        1..=12 => &[31],
        _ => &[],
    }
}

/// Parts of a year by name, and the days that they may have.
const YEARS: &[(&str, &[u32])] = &[
    ("全年", &[365, 366]),
    ("上半年", &[181, 182]),
    ("下半年", &[184]),
    ("前三季度", &[273, 274]),
    ("一季度", &[90, 91]),
    ("二季度", &[91]),
    ("三季度", &[92]),
    ("四季度", &[92]),
];

/// Windows that a text prints: M月D日至[M月]D日 (both ends, and half open), N天, M月, 本周.
fn spans(page: &Page) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut add = |days: u32, words: String, at: usize| {
        if days > 0 {
            spans.push(Span { days: f64::from(days), words, at });
        }
    };
    let mut i = 0;
    while i < page.len() {
        if page.says(i, "本周") || page.says(i, "上周") || page.says(i, "一周") {
            add(7, "一周".into(), i);
        }
        for (word, lengths) in YEARS {
            // 前三季度 is not 三季度.
            if page.says(i, word) && (i == 0 || page.at(i - 1) != '前') {
                lengths.iter().for_each(|days| add(*days, format!("{word}{days}天"), i));
            }
        }
        let fresh = i == 0 || !page.at(i - 1).is_ascii_digit();
        let Some((m, end)) = digits(page, i).filter(|_| fresh) else {
            i += 1;
            continue;
        };
        if page.says(end, "天") && m > 0 {
            add(m, format!("{m}天"), i);
        }
        if page.at(end) != '月' || !(1..=12).contains(&m) {
            i = end;
            continue;
        }
        match digits(page, end + 1) {
            Some((d, after)) if page.at(after) == '日' || page.at(after) == '号' => {
                if let Some((to_month, to_day, stop)) = until(page, after + 1, m) {
                    let across: u32 = if to_month == m { 0 } else { month(m).iter().max().copied().unwrap_or(0) };
                    let length = (across + to_day).saturating_sub(d);
                    if length > 0 && (to_month == m || to_month == m % 12 + 1) {
                        add(length + 1, format!("{m}月{d}日至{to_month}月{to_day}日,含两端"), i);
                        add(length, format!("{m}月{d}日至{to_month}月{to_day}日,只含一端"), i);
                        if to_month != m && m == 2 {
                            add(length - 1, "二月按28天".into(), i);
                        }
                    }
                    i = stop;
                    continue;
                }
                i = after;
            }
            _ => {
                for days in month(m) {
                    add(*days, format!("{m}月"), i);
                }
                i = end + 1;
            }
        }
    }
    spans
}

/// 至18日 or 至3月2日 behind a date.
fn until(page: &Page, at: usize, m: u32) -> Option<(u32, u32, usize)> {
    let mut at = at;
    if page.at(at) == '(' {
        // 2月11日(周二)至18日
        at = (at..at + 8).find(|k| page.at(*k) == ')')? + 1;
    }
    while matches!(page.at(at), '-' | '~' | '至' | '到' | ' ' | '—') {
        at += 1;
    }
    let (first, end) = digits(page, at)?;
    match page.at(end) {
        '日' | '号' => Some((m, first, end + 1)),
        '月' => {
            let (day, after) = digits(page, end + 1)?;
            (page.at(after) == '日').then_some((first, day, after + 1))
        }
        _ => None,
    }
}

/// 月均 over 上半年, 全年, 1—9月.
fn parts(reader: &Reader<'_>, q: &Quantity, per: char) -> Vec<Span> {
    let from = q.start.saturating_sub(120);
    let text = reader.page.text(from, q.start);
    if per != '月' {
        return Vec::new();
    }
    let named = [
        ("上半年", 6.0),
        ("下半年", 6.0),
        ("全年", 12.0),
        ("前三季度", 9.0),
        ("一季度", 3.0),
        ("二季度", 3.0),
        ("三季度", 3.0),
        ("四季度", 3.0),
    ];
    let mut found: Vec<Span> = named
        .iter()
        .filter(|(word, _)| text.contains(word))
        .map(|(word, months)| Span { days: *months, words: (*word).into(), at: from })
        .collect();
    for i in from..q.start {
        let Some((a, end)) = digits(reader.page, i) else { continue };
        if i > 0 && reader.page.at(i - 1).is_ascii_digit() || !matches!(reader.page.at(end), '-' | '至' | '~' | '月')
        {
            continue;
        }
        let mut at = end;
        while matches!(reader.page.at(at), '-' | '至' | '~' | '月') {
            at += 1;
        }
        if let Some((b, stop)) = digits(reader.page, at)
            && reader.page.at(stop) == '月'
            && a < b
            && b <= 12
        {
            found.push(Span { days: f64::from(b - a + 1), words: format!("{a}至{b}月"), at: i });
        }
    }
    found
}

/// 人均 over a number of persons in the sentence.
fn people(reader: &Reader<'_>, i: usize) -> Vec<Span> {
    reader
        .sentence(i)
        .take_while(|k| *k < i)
        .filter(|k| reader.all[*k].unit == super::quantity::Unit::People && reader.all[*k].value > 0.0)
        .map(|k| Span { days: reader.all[k].value, words: reader.written(k), at: reader.all[k].start })
        .collect()
}
