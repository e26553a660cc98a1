//! Phones, identity numbers, cards, plates, e-mails, accounts.
//!
//! Digits are read in groups joined by one space or dash; a number must begin and end with a group,
//! so that nothing is cut out of a longer number.

use std::ops::Range;

use super::{Found, MaskKind, cells::Cells};

/// Groups of one number at most (an identity number typed in threes has six).
const GROUPS: usize = 8;

/// Words before a number that make it a record's number, not a card or an old identity number.
const RECORD_CUES: &[&str] =
    &["订单", "单号", "编号", "流水", "运单", "快递", "凭证", "受理号", "合同", "票号", "文号"];

/// Words before seven or eight digits that make them a local phone number.
const PHONE_CUES: &[&str] = &["电话", "座机", "固话", "致电", "来电号码", "联系方式"];

/// Words before an identity number.
const IDENTITY_CUES: &[&str] = &["身份证", "证件号", "公民身份"];

/// Words before the number of a card or a bank account.
const CARD_CUES: &[&str] =
    &["卡号", "工资卡", "银行卡", "储蓄卡", "信用卡", "社保卡", "医保卡", "一卡通", "账号", "帐号", "账户"];

/// Digits of a number that is called an identity number, a card or an account.
const MIN_CALLED: usize = 14;
const MAX_CALLED: usize = 21;

/// Words before an account.
const ACCOUNT_CUES: &[&str] = &["qq", "微信", "vx", "wx", "v信", "weixin", "wechat"];

/// First two digits of an identity number (GB/T 2260 provinces).
const PROVINCES: &[u32] = &[
    11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46, 50, 51, 52, 53, 54, 61, 62, 63,
    64, 65, 71, 81, 82, 83,
];

/// First character of a plate; the last two stand for provinces that published and simulated appeals do not name.
const PLATE_PROVINCES: &str = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼楚江";

/// Words up to so many characters before and after something that is then a plate whatever it begins with.
const BEFORE_PLATE: (usize, &[&str]) = (6, &["车牌", "牌号", "号牌", "车号", "牌照"]);
const AFTER_PLATE: (usize, &[&str]) =
    (4, &["的车", "号车", "车主", "的士", "小车", "货车", "轿车", "客车", "大巴", "公交", "出租", "司机"]);

/// All numbers, in no order; they may overlap.
pub(super) fn find(cells: &Cells) -> Vec<Found> {
    let mut found = Vec::new();
    digits(cells, &mut found);
    for (at, &c) in cells.chars.iter().enumerate() {
        match c {
            '@' => found.extend(email(cells, at)),
            'q' | '微' | 'v' | 'w' => found.extend(account(cells, at)),
            '\u{4E00}'..='\u{9FFF}' if cells.at(at + 1).is_ascii_lowercase() => {
                found.extend(plate(cells, at).filter(|f| PLATE_PROVINCES.contains(c) || is_called_plate(cells, f)));
            }
            _ => {}
        }
    }
    found
}

/// Digit groups of one run, and what they are.
fn digits(cells: &Cells, found: &mut Vec<Found>) {
    let mut at = 0;
    while at < cells.chars.len() {
        if !cells.at(at).is_ascii_digit() {
            at += 1;
            continue;
        }
        let mut groups: Vec<Range<usize>> = Vec::new();
        loop {
            let start = at;
            while cells.at(at).is_ascii_digit() {
                at += 1;
            }
            groups.push(start..at);
            if !is_separator(cells.at(at)) || !cells.at(at + 1).is_ascii_digit() {
                break;
            }
            at += 1;
        }
        let mut first = 0;
        while first < groups.len() {
            let candidates = (first + 1..=groups.len().min(first + GROUPS)).rev();
            let hit = candidates.into_iter().find_map(|end| {
                let (cells, kind) = number(cells, groups.get(first..end)?)?;
                Some((end, Found { cells, kind }))
            });
            first += 1;
            if let Some((end, hit)) = hit {
                found.push(hit);
                first = end;
            }
        }
    }
}

fn is_separator(c: char) -> bool {
    matches!(c, ' ' | '-' | '‐' | '‑' | '–' | '—' | '·' | '_')
}

/// What a sequence of groups is, if it is anything.
fn number(cells: &Cells, groups: &[Range<usize>]) -> Option<(Range<usize>, MaskKind)> {
    let (start, end) = (groups.first()?.start, groups.last()?.end);
    if end - start > 32 {
        return None;
    }
    let digits: Vec<u32> = groups.iter().cloned().flatten().filter_map(|cell| cells.at(cell).to_digit(10)).collect();
    let shape: Vec<usize> = groups.iter().map(ExactSizeIterator::len).collect();
    let is_record = cue_before(cells, start, 8, RECORD_CUES);
    if let Some(end) = identity_18(cells, &digits, end, is_record) {
        return Some((start..end, MaskKind::IdNumber));
    }
    if let Some(start) = phone(cells, &digits, &shape, start) {
        return Some((start..end, MaskKind::Phone));
    }
    // A number that is called one is one, with whatever digit mistyped.
    if (MIN_CALLED..=MAX_CALLED).contains(&digits.len()) {
        let end = if cells.at(end) == 'x' { end + 1 } else { end };
        for (words, kind) in [(IDENTITY_CUES, MaskKind::IdNumber), (CARD_CUES, MaskKind::BankCard)] {
            if cue_before(cells, start, 8, words) {
                return Some((start..end, kind));
            }
        }
    }
    if !is_record && shape.len() == 1 && is_identity_15(&digits) {
        return Some((start..end, MaskKind::IdNumber));
    }
    if !is_record && is_card(&digits, &shape) {
        return Some((start..end, MaskKind::BankCard));
    }
    None
}

/// The end of an 18-digit identity number whose digits (but perhaps a final X) are given. A wrong check digit
/// is somebody's slip, not a reason to print the other seventeen; only a record's number has to be free of doubt.
fn identity_18(cells: &Cells, digits: &[u32], end: usize, is_record: bool) -> Option<usize> {
    let (last, end) = match digits.len() {
        18 => (*digits.get(17)?, end),
        // The check character X may stand apart, as the groups do.
        17 if cells.at(end) == 'x' => (10, end + 1),
        17 if is_separator(cells.at(end)) && cells.at(end + 1) == 'x' => (10, end + 2),
        _ => return None,
    };
    let number = |range: Range<usize>| digits.get(range).map(|d| d.iter().fold(0, |n, d| n * 10 + d));
    // GB 11643: ISO 7064 MOD 11-2.
    let sum: u32 = (0..17).map(|i| digits.get(i).copied().unwrap_or(0) * (2_u32.pow(17 - i as u32) % 11)).sum();
    let check = (12 - sum % 11) % 11;
    let plausible = PROVINCES.contains(&number(0..2)?)
        && (1850..=2100).contains(&number(6..10)?)
        && is_day(number(10..12)?, number(12..14)?);
    (plausible && (check == last || !is_record)).then_some(end)
}

fn is_identity_15(digits: &[u32]) -> bool {
    let number = |range: Range<usize>| digits.get(range).map_or(0, |d| d.iter().fold(0, |n, d| n * 10 + d));
    digits.len() == 15 && PROVINCES.contains(&number(0..2)) && is_day(number(8..10), number(10..12))
}

fn is_day(month: u32, day: u32) -> bool {
    let days = match month {
        2 => 29,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    (1..=days).contains(&day)
}

/// The start of a phone number (its +86 or bracket included).
fn phone(cells: &Cells, digits: &[u32], shape: &[usize], start: usize) -> Option<usize> {
    let is_mobile = |d: &[u32]| d.len() == 11 && d.first() == Some(&1) && d.get(1).is_some_and(|second| *second >= 3);
    let is_mobile_shape = |s: &[usize]| {
        matches!(
            s,
            [11] | [3, 4, 4] | [3, 8] | [7, 4] | [4, 4, 3] | [4, 3, 4] | [3, 3, 5] | [5, 6] | [6, 5] | [3, 2, 2, 2, 2]
        )
    };
    if is_mobile(digits) && is_mobile_shape(shape) {
        let plus = |at: usize| if cells.before(at) == '+' { at - 1 } else { at };
        return Some(plus(start));
    }
    for prefix in [&[8, 6][..], &[0, 0, 8, 6]] {
        if let (Some(rest), [first, others @ ..]) = (digits.strip_prefix(prefix), shape) {
            let shape_fits = if *first == prefix.len() { is_mobile_shape(others) } else { others.is_empty() };
            if is_mobile(rest) && shape_fits {
                return Some(if cells.before(start) == '+' { start - 1 } else { start });
            }
        }
    }
    land_line(cells, digits, shape, start)
}

fn land_line(cells: &Cells, digits: &[u32], shape: &[usize], start: usize) -> Option<usize> {
    let area = match digits {
        [0, 1, 0, ..] | [0, 2, _, ..] => 3,
        [0, 3..=9, ..] => 4,
        _ => 0,
    };
    let local = digits.get(area..)?;
    let is_local = matches!(local.len(), 7 | 8) && local.first().is_some_and(|first| (2..=8).contains(first));
    if !is_local {
        return None;
    }
    match (area, shape) {
        // (0512) 8888 6666: the bracket parts the groups.
        (0, [7 | 8] | [3 | 4, 4]) => {
            if cells.before(start) == ')' {
                let open = (start.saturating_sub(6)..start - 1).rev().find(|&at| cells.at(at) == '(')?;
                let code = cells.slice(open + 1..start - 1);
                let is_area =
                    matches!(code.len(), 3 | 4) && code.starts_with('0') && code.bytes().all(|b| b.is_ascii_digit());
                return is_area.then_some(open);
            }
            cue_before(cells, start, 6, PHONE_CUES).then_some(start)
        }
        (0, _) => None,
        (_, [_]) => Some(start),
        (area, [code, 7 | 8] | [code, 3 | 4, 4]) => (*code == area).then_some(start),
        _ => None,
    }
}

/// 16 to 19 digits of a known issuer range with a valid Luhn digit; 16 or 19 that begin with 62 with any.
fn is_card(digits: &[u32], shape: &[usize]) -> bool {
    let issuer = matches!(digits, [6, 0 | 2 | 5, ..] | [4 | 5, ..] | [3, 5, ..] | [9, _, ..]);
    let grouped = shape.len() == 1 || shape.iter().rev().skip(1).all(|len| matches!(len, 4 | 6 | 8));
    let luhn: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(i, &d)| match (i % 2, d * 2) {
            (0, _) => d,
            (_, double) if double > 9 => double - 9,
            (_, double) => double,
        })
        .sum();
    // 62 is UnionPay's own beginning: with one digit mistyped it is still somebody's card
    let domestic = shape.len() == 1 && matches!(digits.len(), 16 | 19) && digits.starts_with(&[6, 2]);
    domestic || ((16..=19).contains(&digits.len()) && issuer && grouped && luhn.is_multiple_of(10))
}

/// Whether one of the words ends within `reach` cells before `at`, on the same line.
fn cue_before(cells: &Cells, at: usize, reach: usize, words: &[&str]) -> bool {
    let before = cells.slice(at.saturating_sub(reach)..at);
    let clause = before.rsplit(['\n', '。', ';', '!', '?']).next().unwrap_or("");
    words.iter().any(|word| clause.contains(word))
}

fn plate(cells: &Cells, at: usize) -> Option<Found> {
    let letter = cells.at(at + 1);
    if !letter.is_ascii_lowercase() || letter == 'i' {
        return None;
    }
    let gap = usize::from(matches!(cells.at(at + 2), '·' | '.' | '•' | '-' | ' ' | '・'));
    let tail = at + 2 + gap;
    let length = (0..7).take_while(|&i| cells.at(tail + i).is_ascii_alphanumeric()).count();
    let text = cells.slice(tail..tail + length);
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let end = match length {
        5 | 6 if digits >= 2 && !text.contains(['i', 'o']) => tail + length,
        // 挂 学 警 港 澳 take the fifth place.
        4 if digits >= 2 && "挂学警港澳".contains(cells.at(tail + 4)) => tail + 5,
        _ => return None,
    };
    Some(Found { cells: at..end, kind: MaskKind::Plate })
}

/// Whether the words around it call it a plate: 车牌号港A12345, 港A12345的车主.
fn is_called_plate(cells: &Cells, found: &Found) -> bool {
    let within =
        |range: Range<usize>, words: &[&str]| words.iter().any(|word| cells.slice(range.clone()).contains(word));
    let (start, end) = (found.cells.start, found.cells.end);
    within(start.saturating_sub(BEFORE_PLATE.0)..start, BEFORE_PLATE.1)
        || within(end..(end + AFTER_PLATE.0).min(cells.chars.len()), AFTER_PLATE.1)
}

fn email(cells: &Cells, at: usize) -> Option<Found> {
    let is_local = |c: char| c.is_ascii_alphanumeric() || "._%+-".contains(c);
    let start = at - (1..=64.min(at)).take_while(|&i| is_local(cells.at(at - i))).count();
    let is_domain = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
    let mut end = at + 1 + (0..255).take_while(|&i| is_domain(cells.at(at + 1 + i))).count();
    while end > at + 1 && !cells.before(end).is_ascii_alphanumeric() {
        end -= 1;
    }
    let (_, top) = cells.slice(at + 1..end).rsplit_once('.')?;
    let is_top = top.len() >= 2 && top.bytes().all(|b| b.is_ascii_alphabetic());
    (is_top && start < at).then_some(Found { cells: start..end, kind: MaskKind::Email })
}

/// `QQ号：12345678`, `微信 abc_123`.
fn account(cells: &Cells, at: usize) -> Option<Found> {
    let cue = ACCOUNT_CUES.iter().find(|cue| cells.slice(at..at + cue.chars().count()) == **cue)?;
    if cells.before(at).is_ascii_alphanumeric() {
        return None;
    }
    let mut start = at + cue.chars().count();
    start += (0..6).take_while(|&i| "号码是为:加我 ".contains(cells.at(start + i))).count();
    let is_account = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let length = (0..32).take_while(|&i| is_account(cells.at(start + i))).count();
    let text = cells.slice(start..start + length);
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    ((5..=20).contains(&length) && digits >= 2)
        .then_some(Found { cells: start..start + length, kind: MaskKind::Account })
}
