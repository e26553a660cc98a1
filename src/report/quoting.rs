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
/// Words that a name precedes.
const BEHIND_NAME: [&str; 3] = ["先生", "女士", "小姐"];

/// Given names beside a cue: two characters, or one, behind a surname.
fn given_names(chars: &[char]) -> Vec<Span> {
    let at = |start: usize, word: &str| word.chars().enumerate().all(|(n, c)| chars.get(start + n) == Some(&c));
    let han = |c: Option<&char>| c.is_some_and(|c| matches!(c, '\u{4E00}'..='\u{9FFF}'));
    let surname = |at: usize| chars.get(at).is_some_and(|c| SURNAMES.contains(*c));
    let ends = |at: usize| match chars.get(at) {
        None => true,
        Some(c) => !han(Some(c)) || "电住男女身来反在是手联称说的家".contains(*c),
    };
    let mut found = Vec::new();
    for start in 0..chars.len() {
        for cue in BEFORE_NAME.iter().filter(|cue| at(start, cue)) {
            let mut from = start + cue.chars().count();
            while chars.get(from).is_some_and(|c| matches!(c, ':' | '\u{FF1A}' | ' ' | '是' | '为')) {
                from += 1;
            }
            let length = (1..=2)
                .rev()
                .find(|n| surname(from) && (1..=*n).all(|k| han(chars.get(from + k))) && ends(from + n + 1));
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

/// The stretch that is quoted of a text: whole sentences from the first, as long as they fit; a first
/// sentence that is too long is cut at a comma, else at the limit. Characters of the original.
fn stretch(text: &str) -> Option<(Span, bool)> {
    let chars: Vec<char> = text.chars().collect();
    let start = chars.iter().position(|c| !c.is_whitespace())?;
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
pub(super) fn quote(id: &str, ticket: &Ticket, source: QuoteSource) -> Option<Quote> {
    if ticket.content.caller.confidential {
        return None;
    }
    let text = match source {
        QuoteSource::Title => ticket.content.appeal.title.as_str(),
        QuoteSource::Text => ticket.content.appeal.text.as_str(),
        QuoteSource::Reply => ticket.content.handling.reply.as_deref()?,
    };
    let (span, cut) = stretch(text)?;
    let chars: Vec<char> = covered(text).chars().collect();
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
