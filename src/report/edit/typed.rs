//! What an editor typed that must not stand on the paper: numbers of his own, and personal data.
//!
//! A number may stay where it stood and may be moved within its place. It may not come in, and it may not be
//! put against a figure, where it would be read as a part of it (`9{Q1}` prints 9355件).

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    domain::brief::{Form, Run},
    report::quoting::covered,
};

/// Words that make a number count something, longest first.
const UNITS: [&str; 45] = [
    "个百分点",
    "百分点",
    "平方米",
    "小时",
    "分钟",
    "公里",
    "万元",
    "亿元",
    "件次",
    "人次",
    "余件",
    "多件",
    "件",
    "起",
    "宗",
    "人",
    "户",
    "%",
    "\u{FF05}",
    "倍",
    "成",
    "万",
    "亿",
    "例",
    "通",
    "条",
    "名",
    "家",
    "次",
    "处",
    "个",
    "元",
    "吨",
    "天",
    "项",
    "类",
    "批",
    "份",
    "台",
    "套",
    "所",
    "位",
    "周",
    "辆",
    "米",
];

/// Units with which one Chinese numeral alone is meant as a number: 三件 is counted, 一起 and 三天内 are words.
const STRICT: [&str; 16] =
    ["件", "%", "\u{FF05}", "个百分点", "百分点", "倍", "成", "万", "亿", "次", "处", "个", "元", "吨", "小时", "万元"];

/// What 个 stands before where nothing is counted: 三个方面.
const MATTERS: [&str; 9] = ["方面", "环节", "层面", "阶段", "月", "维度", "重点", "坚持", "工作日"];

/// Chinese numbers without a unit that are words.
const WORDS: [&str; 15] = [
    "十分",
    "百姓",
    "千方百计",
    "万一",
    "四面八方",
    "三三两两",
    "五险一金",
    "二十大",
    "二十届",
    "十一假期",
    "十一黄金周",
    "十一期间",
    "十四五",
    "十五五",
    "十万火急",
];

fn is_digit(c: char) -> bool {
    c.is_numeric() && !is_han(c)
}

fn is_han(c: char) -> bool {
    "零〇一二两三四五六七八九十百千几壹贰叁肆伍陆柒捌玖拾佰仟".contains(c)
}

fn is_large(c: char) -> bool {
    "万亿萬億".contains(c)
}

fn is_point(c: char) -> bool {
    matches!(c, '.' | ',' | '\u{FF0E}' | '\u{FF0C}')
}

/// White space and characters without width, which would hide what stands beside a figure.
fn is_gap(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{2060}'..='\u{2064}' | '\u{FEFF}')
}

/// Half width, so that a number is the same however it was typed.
fn narrow(c: char) -> char {
    match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        c => c,
    }
}

/// The number that stands against the beginning or the end of words, as it would be read with a figure there.
fn beside(words: &str, at_end: bool) -> Option<String> {
    let solid: Vec<char> = words.chars().filter(|c| !is_gap(*c)).map(narrow).collect();
    let part = |c: &char| is_digit(*c) || is_han(*c) || is_large(*c) || is_point(*c);
    let sign = |c: &char| matches!(c, '-' | '−' | '+' | '±');
    let run: String = if at_end {
        let mut back: Vec<char> = solid.iter().rev().take_while(|c| part(c) || sign(c)).copied().collect();
        back.reverse();
        back.into_iter().collect()
    } else {
        solid.iter().take_while(|c| part(c) || matches!(c, '%' | '倍' | '成')).collect()
    };
    let comma_only = run.chars().all(|c| c == ',');
    (!run.is_empty() && !comma_only).then_some(run)
}

/// What stands against each figure: its token, on which side, and the number there.
fn against(runs: &[Run]) -> BTreeSet<(String, bool, String)> {
    let mut out = BTreeSet::new();
    for (at, run) in runs.iter().enumerate() {
        let Run::Figure { .. } = run else { continue };
        let token = super::marked(std::slice::from_ref(run));
        match at.checked_sub(1).and_then(|before| runs.get(before)) {
            Some(Run::Text(words)) => out.extend(beside(words, true).map(|n| (token.clone(), false, n))),
            // Two figures without a word between them read as one.
            Some(Run::Figure { form: Form::Bare, id: other }) => {
                out.insert((token.clone(), false, format!("{{{other}}}")));
            }
            _ => {}
        }
        if let Some(Run::Text(words)) = runs.get(at + 1) {
            // 355件一并转办: one 一 is a word there.
            out.extend(beside(words, false).filter(|n| n != "一").map(|n| (token, true, n)));
        }
    }
    out
}

/// Whole runs of digits (`2026`, `3.5`, `1,024`), each with how often it stands there.
fn digits(runs: &[Run]) -> BTreeMap<String, usize> {
    let mut out: BTreeMap<String, usize> = BTreeMap::new();
    for run in runs {
        let Run::Text(words) = run else { continue };
        let chars: Vec<char> = words.chars().map(narrow).collect();
        let digit = |at: usize| chars.get(at).copied().is_some_and(is_digit);
        let mut at = 0;
        while at < chars.len() {
            if !digit(at) {
                at += 1;
                continue;
            }
            let start = at;
            while digit(at) || (chars.get(at).is_some_and(|c| matches!(c, '.' | ',')) && digit(at + 1)) {
                at += 1;
            }
            *out.entry(chars[start..at].iter().collect()).or_default() += 1;
        }
    }
    out
}

fn words_of(runs: &[Run]) -> impl Iterator<Item = &str> {
    runs.iter().filter_map(|run| if let Run::Text(words) = run { Some(words.as_str()) } else { None })
}

/// A number in the new text that the old one lacks, or that now stands against a figure.
pub(super) fn number(old: &[Run], new: &[Run]) -> Option<String> {
    let stood = against(old);
    if let Some((token, after, number)) = against(new).into_iter().find(|found| !stood.contains(found)) {
        return Some(if after { format!("{token}{number}") } else { format!("{number}{token}") });
    }
    let had = digits(old);
    let more = digits(new).into_iter().find(|(number, n)| had.get(number).copied().unwrap_or(0) < *n);
    if let Some((number, _)) = more {
        return Some(number);
    }
    let had: Vec<String> = words_of(old).flat_map(counting_numbers).collect();
    let counted = words_of(new).flat_map(counting_numbers).find(|number| !had.contains(number));
    let had: Vec<String> = words_of(old).flat_map(bare_numbers).collect();
    counted.or_else(|| words_of(new).flat_map(bare_numbers).find(|number| !had.contains(number)))
}

/// Personal data in the new text that the old one lacks: the words around it, covered.
pub(super) fn personal(old: &[Run], new: &[Run]) -> Option<String> {
    let known: BTreeSet<String> =
        words_of(old).flat_map(|words| hidden(words).into_iter().map(|(own, _)| own)).collect();
    let found = words_of(new).flat_map(hidden);
    found.into_iter().find(|(own, _)| !known.contains(own)).map(|(_, around)| around)
}

/// Stretches that covering hides: what stood there, and the words around as they are shown.
fn hidden(words: &str) -> Vec<(String, String)> {
    let (plain, shown): (Vec<char>, Vec<char>) = (words.chars().collect(), covered(words).chars().collect());
    let differs = |at: usize| plain.get(at) != shown.get(at);
    let mut out = Vec::new();
    let mut at = 0;
    while at < plain.len() {
        if !differs(at) {
            at += 1;
            continue;
        }
        let start = at;
        while at < plain.len() && differs(at) {
            at += 1;
        }
        let around: String = shown[start.saturating_sub(4)..shown.len().min(at + 4)].iter().collect();
        out.push((plain[start..at].iter().collect(), around));
    }
    out
}

/// Chinese numbers of two characters or more without a unit: `达三百`, `二十五`.
fn bare_numbers(words: &str) -> Vec<String> {
    let mut rest = words;
    let mut found = Vec::new();
    while let Some(at) = rest.find(is_han) {
        rest = &rest[at..];
        if let Some(word) = WORDS.iter().find(|word| rest.starts_with(**word)) {
            rest = &rest[word.len()..];
            continue;
        }
        let run: String = rest.chars().take_while(|c| is_han(*c) || is_large(*c)).collect();
        rest = &rest[run.len()..];
        if is_whole(&run) && !is_ordinal(words, rest) {
            found.push(run);
        }
    }
    found
}

/// Whether characters make one number: each digit but the last with its magnitude. 一五一十 is none.
fn is_whole(run: &str) -> bool {
    let chars: Vec<char> = run.chars().filter(|c| !matches!(c, '零' | '〇')).collect();
    let magnitude = |c: char| matches!(c, '十' | '百' | '千' | '拾' | '佰' | '仟') || is_large(c);
    let counts = chars.windows(2).all(|pair| magnitude(pair[0]) != magnitude(pair[1]) || is_large(pair[1]));
    let begins = chars.first().is_some_and(|c| !magnitude(*c) || matches!(c, '十' | '拾'));
    chars.len() > 1 && begins && counts && chars.iter().any(|c| magnitude(*c))
}

/// Whether the number right before `rest` is one of an order: 第十五.
fn is_ordinal(words: &str, rest: &str) -> bool {
    let before = &words[..words.len() - rest.len()];
    before.trim_end_matches(|c| is_han(c) || is_large(c)).ends_with('第')
}

/// Numbers with a counting unit in words: `12件`, `三百余件`, `3.5%`, `两成`, `百分之八`.
pub fn counting_numbers(words: &str) -> Vec<String> {
    let chars: Vec<char> = words.chars().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let digit = is_digit(chars[at]);
        if !digit && !is_han(chars[at]) {
            at += 1;
            continue;
        }
        let start = at;
        while at < chars.len() && (is_digit(chars[at]) || is_han(chars[at]) || (digit && is_point(chars[at]))) {
            at += 1;
        }
        let number: String = chars[start..at].iter().collect();
        let rest: String = chars[at..chars.len().min(at + 6)].iter().collect();
        let rest = rest.trim_start();
        // 三百余次, 三百多: about so many
        let about = rest.strip_prefix(['余', '多']).filter(|_| number.chars().count() > 1 || digit).unwrap_or(rest);
        let Some(unit) = UNITS.iter().find(|unit| rest.starts_with(**unit) || about.starts_with(**unit)) else {
            continue;
        };
        let behind = about.strip_prefix(unit).unwrap_or_default();
        let alone = !digit && at - start == 1;
        let loose = alone && !STRICT.contains(unit);
        let word = alone
            && (number == "一" && matches!(*unit, "件" | "成" | "万" | "次" | "处" | "个")
                || number == "几"
                || number == "二" && *unit == "次"
                || *unit == "个" && MATTERS.iter().any(|matter| behind.starts_with(matter))
                || chars.get(start.wrapping_sub(1)) == Some(&'第'));
        if !loose && !word {
            let between: String = if rest.starts_with(unit) { String::new() } else { rest.chars().take(1).collect() };
            found.push(format!("{number}{between}{unit}"));
        }
    }
    if words.contains("百分之") {
        found.push("百分之".to_owned());
    }
    found
}
