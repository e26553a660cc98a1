//! Words of citizens and units on paper: which stretch is quoted, and what is covered in it.

use super::typeset::typeset;
use crate::{
    domain::{
        Span, Ticket,
        brief::{Quote, QuoteSource},
    },
    text::mask,
};

/// Longest quote, in characters.
const LONGEST: usize = 60;
/// What stands for a covered character, as in [`mask`].
const COVER: char = '＊';

/// A text with personal data and house numbers covered, character for character: a brief goes to more
/// people than the ticket did, and a door can name a family as surely as a phone does.
pub fn covered(original: &str) -> String {
    let mut chars: Vec<char> = mask(original).text.chars().collect();
    for span in doors(&chars).into_iter().chain(given_names(&chars)) {
        chars[span.start..span.end].iter_mut().for_each(|c| *c = COVER);
    }
    chars.into_iter().collect()
}

/// As [`covered`], and with the caller's own name and numbers wherever they stand: a name needs no cue to name.
pub fn covered_of(ticket: &Ticket, original: &str) -> String {
    let plain: Vec<char> = original.chars().collect();
    let mut chars: Vec<char> = covered(original).chars().collect();
    let caller = &ticket.content.caller;
    let name = caller.name.as_deref().map(str::trim).filter(|name| !NOBODY.contains(name)).unwrap_or_default();
    let whole: Vec<char> = name.chars().collect();
    let mut spans: Vec<Span> = Vec::new();
    if whole.len() > 1 {
        let (surname, given) = whole.split_at(1);
        let found = occurrences(&plain, &whole, |_| false);
        spans.extend(found.into_iter().map(|span| Span::new(span.start + surname.len(), span.end)));
        if given.len() > 1 && !BEHIND_NAME.contains(&given.iter().collect::<String>().as_str()) {
            spans.extend(occurrences(&plain, given, |_| false));
        }
    }
    for number in [&caller.number, &caller.contact].into_iter().flatten() {
        let key: Vec<char> = number.chars().filter(|c| c.is_alphanumeric()).collect();
        if key.len() >= FEWEST_DIGITS {
            spans.extend(occurrences(&plain, &key, |c| matches!(c, ' ' | '-' | '—' | '\u{FF0D}' | '\u{3000}')));
        }
    }
    for span in spans {
        chars[span.start..span.end].iter_mut().for_each(|c| *c = COVER);
    }
    chars.into_iter().collect()
}

/// Where `wanted` stands, at whatever width it is written, with characters between that `skips` lets pass.
fn occurrences(chars: &[char], wanted: &[char], skips: fn(char) -> bool) -> Vec<Span> {
    let same = |a: char, b: char| {
        let narrow = |c: char| match c {
            '\u{FF10}'..='\u{FF19}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
            c => c,
        };
        narrow(a) == narrow(b)
    };
    let ends = |start: usize| {
        let mut at = start;
        for (n, c) in wanted.iter().enumerate() {
            while n > 0 && chars.get(at).is_some_and(|c| skips(*c)) {
                at += 1;
            }
            if !chars.get(at).is_some_and(|own| same(*own, *c)) {
                return None;
            }
            at += 1;
        }
        Some(at)
    };
    (0..chars.len()).filter_map(|start| ends(start).map(|end| Span::new(start, end))).collect()
}

fn is_number(c: char) -> bool {
    c.is_ascii_digit()
        || matches!(
            c,
            '\u{FF10}'
                ..='\u{FF19}'
                    | '一'
                    | '二'
                    | '三'
                    | '四'
                    | '五'
                    | '六'
                    | '七'
                    | '八'
                    | '九'
                    | '十'
                    | '百'
                    | '零'
                    | '〇'
        )
}

/// The most frequent surnames. [`mask`] weighs words against names (黄海, 玉兰 are words too); on paper a
/// word covered too many is the smaller harm.
const SURNAMES: &str = "王李张刘陈杨黄赵周吴徐孙朱马胡郭林何高梁郑罗宋谢唐韩曹许邓萧冯曾程蔡彭潘袁于董余苏叶吕魏蒋田杜丁沈姜范江傅\
                        钟卢汪戴崔任陆廖姚方金邱夏谭韦贾邹石熊孟秦阎薛侯雷白龙段郝孔邵史毛常万顾赖武康贺严尹钱施牛洪龚";
/// Words that a name follows on paper without doubt.
const BEFORE_NAME: [&str; 7] = ["我叫", "名叫", "本人", "姓名", "联系人", "业主", "户主"];
/// Offices of the people who call for others: a name follows them, where the next word shows that it was one.
const ROLES: [&str; 20] = [
    "班长",
    "班组长",
    "组长",
    "队长",
    "站长",
    "店长",
    "工长",
    "楼长",
    "栋长",
    "领班",
    "工头",
    "代表",
    "老师",
    "经理",
    "网格员",
    "负责人",
    "代理人",
    "家长",
    "委员",
    "会计",
];
/// What follows a name: of any, and of one behind an office.
const AFTER_NAME: &str = "电住男女身来反在是手联称说的家";
const AFTER_ROLE: &str = "代带领和等与及向对从又已要把被替给为";
/// Words behind an office that begin with a surname and name nobody: 经理马上来电.
const NO_NAMES: [&str; 20] = [
    "马上", "高度", "常常", "周边", "周围", "方便", "方面", "任何", "施工", "金额", "余额", "顾客", "钱款", "张贴",
    "万一", "白天", "石头", "江边", "严重", "贺电",
];
/// What stands for a caller who gave no name.
const NOBODY: [&str; 8] = ["匿名", "不详", "保密", "市民", "群众", "先生", "女士", "小姐"];
/// A shorter number than this stands for other things too.
const FEWEST_DIGITS: usize = 6;
/// Words that a name precedes.
const BEHIND_NAME: [&str; 3] = ["先生", "女士", "小姐"];

/// Given names beside a cue: two characters, or one, behind a surname.
fn given_names(chars: &[char]) -> Vec<Span> {
    let at = |start: usize, word: &str| word.chars().enumerate().all(|(n, c)| chars.get(start + n) == Some(&c));
    let han = |c: Option<&char>| c.is_some_and(|c| matches!(c, '\u{4E00}'..='\u{9FFF}'));
    let surname = |at: usize| chars.get(at).is_some_and(|c| SURNAMES.contains(*c));
    let ends = |at: usize, more: &str| match chars.get(at) {
        None => true,
        Some(c) => !han(Some(c)) || AFTER_NAME.contains(*c) || more.contains(*c),
    };
    let mut found = Vec::new();
    for start in 0..chars.len() {
        let cues = BEFORE_NAME.iter().map(|cue| (cue, "")).chain(ROLES.iter().map(|role| (role, AFTER_ROLE)));
        for (cue, more) in cues.filter(|(cue, _)| at(start, cue)) {
            let mut from = start + cue.chars().count();
            while chars.get(from).is_some_and(|c| matches!(c, ':' | '\u{FF1A}' | ' ' | '是' | '为')) {
                from += 1;
            }
            if !more.is_empty() && NO_NAMES.iter().any(|word| at(from, word)) {
                continue;
            }
            let length = (1..=2)
                .rev()
                .find(|n| surname(from) && (1..=*n).all(|k| han(chars.get(from + k))) && ends(from + n + 1, more));
            found.extend(length.map(|n| Span::new(from + 1, from + 1 + n)));
        }
        if BEHIND_NAME.iter().any(|title| at(start, title)) {
            let length = [2, 1]
                .into_iter()
                .find(|n| start > *n && surname(start - n - 1) && (1..=*n).all(|k| han(chars.get(start - k))));
            found.extend(length.map(|n| Span::new(start - n, start)));
        }
    }
    found
}

/// Numbers of buildings, stairs, doors and households: digits (with letters and dashes between) before
/// 幢 栋 座 号 单元 室 户, and bare door numbers of three or four digits behind one of these.
fn doors(chars: &[char]) -> Vec<Span> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let begins = is_number(chars[at]) || chars[at].is_ascii_alphabetic() && before_unit(chars, at);
        if !begins {
            at += 1;
            continue;
        }
        let start = at;
        while at < chars.len()
            && (is_number(chars[at])
                || chars[at].is_ascii_alphabetic()
                || (matches!(chars[at], '-' | '—' | '#' | '\u{FF0D}')
                    && chars.get(at + 1).is_some_and(|c| is_number(*c))))
        {
            at += 1;
        }
        let digit = |c: &char| c.is_ascii_digit() || ('\u{FF10}'..='\u{FF19}').contains(c);
        let joined = chars[start..at].iter().any(|c| matches!(c, '-' | '—' | '#' | '\u{FF0D}'));
        let has_digit = chars[start..at].iter().any(digit);
        let behind = start > 0 && matches!(chars[start - 1], '幢' | '栋' | '座' | '元' | '号' | '弄' | '#');
        let next = chars.get(at).copied();
        let second = chars.get(at + 1).copied();
        let third = chars.get(at + 2).copied();
        let date = start > 0 && matches!(chars[start - 1], '月' | '第' | '到' | '至') || is_day(chars, start);
        let unit = match next {
            Some('幢' | '栋' | '弄') => true,
            Some('座') => has_digit && !date,
            Some('户') => behind,
            Some('单') => second == Some('元'),
            Some('室') => has_digit || behind,
            Some('号') => {
                !date
                    && second != Some('线')
                    && second != Some('前')
                    && (has_digit || second == Some('楼') || second == Some('门') || third == Some('室'))
            }
            _ => false,
        };
        if unit || (behind && has_digit && at - start >= 3) || (joined && has_digit && is_room(&chars[start..at])) {
            found.push(Span::new(start, at));
        }
    }
    found
}

/// A letter right before 幢 栋 座 单元.
fn before_unit(chars: &[char], at: usize) -> bool {
    matches!(chars.get(at + 1), Some('幢' | '栋' | '座')) || chars.get(at + 1..at + 3) == Some(&['单', '元'])
}

/// `12-301` or `3-2-502`, not a date `5-12`: the last part has three digits at least.
fn is_room(chars: &[char]) -> bool {
    let last = chars.rsplit(|c| matches!(c, '-' | '—' | '#' | '\u{FF0D}')).next().unwrap_or_default();
    (3..=4).contains(&last.len()) && last.iter().all(char::is_ascii_digit)
}

/// Whether the number is the day of a date: 5月12号.
fn is_day(chars: &[char], start: usize) -> bool {
    start > 0 && chars[start - 1] == '月'
}

/// Clauses that only greet or say who calls.
const GREETINGS: [&str; 9] = ["您好", "你好", "你们好", "尊敬的", "各位", "领导好", "大家好", "谢谢", "打扰"];
const CALLERS: [&str; 14] = [
    "我是",
    "我们是",
    "我叫",
    "本人是",
    "本人系",
    "来电人",
    "反映人",
    "投诉人",
    "市民来电",
    "市民反映",
    "群众来电",
    "群众反映",
    "来电反映",
    "市民",
];
/// How such a clause ends that says no more than who it is.
const WHO: &str = "民主户人长生工客者员妇友家士映电区村园苑";
/// Clauses of that kind that are passed over at most, their length, and what must be left behind them.
const PASSED: usize = 4;
const CLAUSE: usize = 22;
const LEFT: usize = 16;

/// Where a text comes to the matter: behind greetings and who calls.
fn matter(chars: &[char]) -> Option<usize> {
    let blank = |c: &char| c.is_whitespace();
    let mut start = chars.iter().position(|c| !blank(c))?;
    for _ in 0..PASSED {
        let stop = |c: &char| {
            matches!(c, '。' | '!' | '?' | ';' | ',' | ':' | '、' | '\n')
                || ('\u{FF01}'..='\u{FF1F}').contains(c) && !c.is_alphanumeric()
        };
        let Some(length) = chars[start..].iter().take(CLAUSE + 1).position(stop) else { break };
        let clause: String = chars[start..start + length].iter().collect();
        let greets =
            GREETINGS.iter().any(|w| clause.starts_with(w)) || clause.ends_with("您好") || clause.ends_with("你好");
        let calls = CALLERS.iter().any(|w| clause.starts_with(w)) && clause.ends_with(|c| WHO.contains(c));
        let next = start + length + 1;
        let Some(begin) = chars.get(next..).and_then(|rest| rest.iter().position(|c| !blank(c) && !stop(c))) else {
            break;
        };
        if !(greets || calls) || chars.len() - (next + begin) < LEFT {
            break;
        }
        start = next + begin;
    }
    Some(start)
}

/// The stretch that is quoted of a text: whole sentences from where it comes to the matter, as long as they fit; a first
/// sentence that is too long is cut at a comma, else at the limit. Characters of the original.
fn stretch(text: &str) -> Option<(Span, bool)> {
    let chars: Vec<char> = text.chars().collect();
    let start = matter(&chars)?;
    let mut end = None;
    let mut comma = None;
    for (at, c) in chars.iter().enumerate().skip(start).take(LONGEST) {
        match c {
            '。' | '!' | '?' | ';' | '\u{FF01}' | '\u{FF1F}' | '\u{FF1B}' | '\n' => end = Some(at),
            ',' | '\u{FF0C}' | '、' if at > start + 12 => comma = Some(at),
            _ => {}
        }
    }
    let whole = chars.len() - start <= LONGEST;
    let (end, cut) = match (end, comma) {
        _ if whole => (chars.len(), false),
        (Some(end), _) if end >= start + 8 => (end, false),
        (_, Some(comma)) => (comma, true),
        _ => (start + LONGEST, true),
    };
    let mut end = end;
    while end > start
        && matches!(chars[end - 1], '。' | ',' | '\u{FF0C}' | ';' | '\u{FF1B}' | ' ' | '\n' | '\r' | '\u{3000}')
    {
        end -= 1;
    }
    (end > start).then_some((Span::new(start, end), cut))
}

/// Quotation marks inside a quotation: single ones, opening and closing by turns where the text does not tell.
fn inner_quotes(text: &str) -> String {
    let mut open = false;
    let turned = text.chars().map(|c| {
        open = match c {
            '“' => true,
            '”' => false,
            '"' => !open,
            c => return c,
        };
        if open { '‘' } else { '’' }
    });
    turned.collect()
}

/// A quote of one of a ticket's texts; none of a confidential ticket, an empty text, or one of which
/// covering leaves nothing to read.
pub(in crate::report) fn quote(id: &str, ticket: &Ticket, source: QuoteSource) -> Option<Quote> {
    if ticket.content.caller.confidential {
        return None;
    }
    let text = match source {
        QuoteSource::Title => ticket.content.appeal.title.as_str(),
        QuoteSource::Text => ticket.content.appeal.text.as_str(),
        QuoteSource::Reply => ticket.content.handling.reply.as_deref()?,
    };
    let (span, cut) = stretch(text)?;
    let chars: Vec<char> = covered_of(ticket, text).chars().collect();
    let shown = chars.get(span.start..span.end)?;
    if shown.iter().filter(|c| **c == COVER).count() * 3 > shown.len() {
        return None;
    }
    let mut masked: String = shown.iter().map(|c| if matches!(c, '\n' | '\r' | '\t') { ' ' } else { *c }).collect();
    masked = typeset(&inner_quotes(&masked));
    if cut {
        masked.push('…');
    }
    Some(Quote {
        id: id.to_owned(),
        ticket: ticket.id.clone(),
        source,
        span,
        masked,
        department: match source {
            QuoteSource::Reply => ticket.effective().department,
            _ => None,
        },
        received_at: ticket.received_at,
    })
}
