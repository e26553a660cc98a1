//! The query language, as people type it.

use std::str::FromStr;

use jiff::Timestamp;

use crate::{
    domain::{AppealType, Channel, Satisfaction, Span, Status, Urgency},
    text::Normalized,
};

use super::{Facet, Query, QueryNote, Sort, Term, parse_time::time_range};

/// Hits of one page unless said otherwise.
const DEFAULT_LIMIT: usize = 20;
/// Characters of a query that are read.
const MAX_QUERY: usize = 4_000;

/// Reads the query language: words, `"phrases"` (also “ ” 「」), `-exclusion`, `OR`/`或`,
/// `字段:值` ([`Facet::query_name`], 时间:2026-05-01..2026-05-07, 时间:近7天). Never fails: what cannot be
/// read is searched as plain words and noted. `now` anchors relative times.
///
/// Several values of a field are joined by `,` `、` or `|`; `-字段:值` excludes; `排序:最新` orders.
/// A hyphen inside a word is part of it. English codes ([`Facet::code`], `time`, `sort`) work too.
pub fn parse(typed: &str, now: Timestamp) -> (Query, Vec<QueryNote>) {
    let chars: Vec<char> = typed.chars().take(MAX_QUERY).collect();
    let mut reader = Reader {
        now,
        query: Query { limit: DEFAULT_LIMIT, ..Query::default() },
        notes: Vec::new(),
        or: None,
        last: LastTerm::None,
    };
    if typed.chars().nth(MAX_QUERY).is_some() {
        reader.note(MAX_QUERY, typed.chars().count(), format!("检索词过长，只使用前 {MAX_QUERY} 个字"));
    }
    for item in items(&chars, &mut reader.notes) {
        reader.take(item);
    }
    if let Some((start, end, word)) = reader.or.take() {
        reader.note(start, end, format!("“{word}”后面没有检索词，按普通词检索"));
        reader.add(Term::Words(word));
    }
    (reader.query, reader.notes)
}

/// A stretch of the query between blanks.
#[derive(Clone, Debug)]
struct Item {
    start: usize,
    end: usize,
    minus: bool,
    /// Name before a colon, if the name is one of ours.
    field: Option<FieldName>,
    /// What was typed, without minus, field and quotes.
    text: String,
    quoted: bool,
    /// All of it as typed.
    raw: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FieldName {
    Facet(Facet),
    Time,
    Sort,
}

fn field_name(name: &str) -> Option<FieldName> {
    let name = Normalized::of(name).text().trim().to_owned();
    let more: Option<FieldName> = match name.as_str() {
        "时间" | "日期" | "来电时间" | "time" | "date" => Some(FieldName::Time),
        "排序" | "sort" => Some(FieldName::Sort),
        "诉求类型" => Some(FieldName::Facet(Facet::Type)),
        "一级分类" => Some(FieldName::Facet(Facet::Level1)),
        "分类" | "二级分类" => Some(FieldName::Facet(Facet::Category)),
        "单位" | "主办单位" | "承办单位" => Some(FieldName::Facet(Facet::Department)),
        "区" | "县" => Some(FieldName::Facet(Facet::District)),
        "街道" | "镇街" | "镇" => Some(FieldName::Facet(Facet::Town)),
        "紧急" | "紧急程度" | "级别" => Some(FieldName::Facet(Facet::Urgency)),
        "来源" | "受理渠道" => Some(FieldName::Facet(Facet::Channel)),
        "办理状态" => Some(FieldName::Facet(Facet::Status)),
        "评价" => Some(FieldName::Facet(Facet::Satisfaction)),
        _ => None,
    };
    more.or_else(|| Facet::ALL.into_iter().find(|f| f.query_name() == name || f.code() == name).map(FieldName::Facet))
}

/// The facet of a name before a colon, if it is one.
pub fn facet_named(name: &str) -> Option<Facet> {
    match field_name(name) {
        Some(FieldName::Facet(facet)) => Some(facet),
        _ => None,
    }
}

fn is_minus(c: char) -> bool {
    matches!(c, '-' | '－')
}

fn is_colon(c: char) -> bool {
    matches!(c, ':' | '：')
}

/// The mark that closes a quotation.
fn closing(open: char) -> Option<&'static [char]> {
    match open {
        '"' | '＂' | '“' => Some(&['"', '＂', '”']),
        '「' => Some(&['」']),
        '『' => Some(&['』']),
        _ => None,
    }
}

/// Cuts the query into items; a quotation is one item wherever it stands.
fn items(chars: &[char], notes: &mut Vec<QueryNote>) -> Vec<Item> {
    let mut items = Vec::new();
    let at = |n: usize| chars.get(n).copied();
    let mut pos = 0;
    while let Some(c) = at(pos) {
        if c.is_whitespace() {
            pos += 1;
            continue;
        }
        let start = pos;
        let minus = is_minus(c) && at(pos + 1).is_some_and(|next| !next.is_whitespace());
        let body = pos + usize::from(minus);
        // Up to the next blank or quotation mark.
        let plain_end = |from: usize| {
            (from..chars.len()).find(|&n| at(n).is_none_or(|c| c.is_whitespace() || closing(c).is_some()))
        };
        let word_end = plain_end(body).unwrap_or(chars.len());
        let colon = (body..word_end).find(|&n| at(n).is_some_and(is_colon));
        let name = |end: usize| chars.get(body..end).map(|c| c.iter().collect::<String>()).unwrap_or_default();
        let field = colon.and_then(|end| field_name(&name(end)));
        let value_start = match (field, colon) {
            (Some(_), Some(colon)) => colon + 1,
            _ => body,
        };
        let quote = at(value_start).and_then(closing);
        let (text, quoted, end) = match quote {
            Some(close) => match (value_start + 1..chars.len()).find(|&n| at(n).is_some_and(|c| close.contains(&c))) {
                Some(end) => (value_start + 1..end, true, end + 1),
                None => {
                    notes.push(QueryNote {
                        span: Span::new(value_start, value_start + 1),
                        message: "引号没有配对，按普通词检索".to_owned(),
                    });
                    let end = plain_end(value_start + 1).unwrap_or(chars.len());
                    (value_start + 1..end, false, end)
                }
            },
            None => (value_start..word_end, false, word_end),
        };
        let slice = |range: std::ops::Range<usize>| -> String {
            chars.get(range).map(|c| c.iter().collect()).unwrap_or_default()
        };
        if field.is_none()
            && !quoted
            && let Some(colon) = colon
            && (2..=4).contains(&(colon - body))
            && colon + 1 < word_end
            && chars.get(body..colon).is_some_and(|name| name.iter().all(|&c| is_han(c)))
        {
            notes.push(QueryNote {
                span: Span::new(body, colon),
                message: format!("没有“{}”这个检索字段，按普通词检索", name(colon)),
            });
        }
        items.push(Item { start, end, minus, field, text: slice(text), quoted, raw: slice(start..end) });
        // Progress even on a lone quotation mark.
        pos = end.max(pos + 1);
    }
    items
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}')
}

/// Where an `OR` would join.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LastTerm {
    None,
    Group,
    /// A filter: another value of the same field may follow.
    Field(Facet),
}

struct Reader {
    now: Timestamp,
    query: Query,
    notes: Vec<QueryNote>,
    /// An `OR` that waits for its right side.
    or: Option<(usize, usize, String)>,
    last: LastTerm,
}

impl Reader {
    fn note(&mut self, start: usize, end: usize, message: String) {
        self.notes.push(QueryNote { span: Span::new(start, end), message });
    }

    fn take(&mut self, item: Item) {
        if !item.quoted && item.field.is_none() && !item.minus && is_or(&item.text) {
            if self.last != LastTerm::None && self.or.is_none() {
                self.or = Some((item.start, item.end, item.text));
            } else {
                self.note(item.start, item.end, format!("“{}”前面没有检索词，按普通词检索", item.text));
                self.add(Term::Words(item.text));
            }
            return;
        }
        if let Some(field) = item.field {
            // values of one field are a union however they are written
            let joins = matches!((field, self.last), (FieldName::Facet(f), LastTerm::Field(last)) if f == last);
            match joins && !item.minus {
                true => self.or = None,
                false => self.refuse_or(),
            }
            if let Err(message) = self.take_field(field, &item) {
                self.note(item.start, item.end, message);
                self.add(Term::Words(item.raw));
            }
            self.last = match field {
                FieldName::Facet(facet) if !item.minus => LastTerm::Field(facet),
                _ => LastTerm::None,
            };
            return;
        }
        // a filter and a word are not alternatives
        if matches!(self.last, LastTerm::Field(_)) {
            self.refuse_or();
        }
        if item.text.trim().is_empty() {
            if item.quoted {
                self.note(item.start, item.end, "引号内没有内容".to_owned());
            }
            return;
        }
        let term = if item.quoted { Term::Phrase(item.text) } else { Term::Words(item.text) };
        if item.minus {
            self.refuse_or();
            self.query.wanted.not.push(term);
            self.last = LastTerm::None;
        } else {
            self.add(term);
        }
    }

    /// An `OR` in front of a filter or exclusion joins nothing.
    fn refuse_or(&mut self) {
        if let Some((start, end, word)) = self.or.take() {
            self.note(start, end, format!("“{word}”只能连接检索词，按普通词检索"));
            self.add(Term::Words(word));
        }
    }

    fn add(&mut self, term: Term) {
        match (self.or.take(), self.query.wanted.groups.last_mut()) {
            (Some(_), Some(group)) => group.push(term),
            _ => self.query.wanted.groups.push(vec![term]),
        }
        self.last = LastTerm::Group;
    }

    fn take_field(&mut self, field: FieldName, item: &Item) -> Result<(), String> {
        let value = item.text.trim();
        if value.is_empty() {
            return Err("冒号后面没有值，按普通词检索".to_owned());
        }
        match field {
            FieldName::Sort => {
                self.query.sort = match value {
                    "最新" | "时间" | "newest" => Sort::Newest,
                    "最早" | "oldest" => Sort::Oldest,
                    "相关" | "相关度" | "relevance" => Sort::Relevance,
                    _ => return Err("排序可以是：最新、最早、相关".to_owned()),
                };
            }
            FieldName::Time if item.minus => return Err("时间不能排除，按普通词检索".to_owned()),
            FieldName::Time => {
                let range = time_range(Normalized::of(value).text(), self.now)?;
                let own = &mut self.query.received;
                own.from = own.from.max(range.from);
                own.to = match (own.to, range.to) {
                    (Some(a), Some(b)) => Some(a.min(b)),
                    (a, b) => a.or(b),
                };
            }
            FieldName::Facet(facet) => {
                let mut values = Vec::new();
                let parts = value.split([',', '，', '、', '|', '｜']).map(str::trim).filter(|p| !p.is_empty());
                // A quoted value is one value, whatever stands in it.
                let parts: Vec<&str> = if item.quoted { vec![value] } else { parts.collect() };
                for part in parts {
                    values.push(facet_value(facet, part)?);
                }
                if values.is_empty() {
                    return Err("冒号后面没有值，按普通词检索".to_owned());
                }
                let side = if item.minus { &mut self.query.excluded } else { &mut self.query.filters };
                let list = side.entry(facet).or_default();
                for value in values {
                    if !list.contains(&value) {
                        list.push(value);
                    }
                }
            }
        }
        Ok(())
    }
}

fn is_or(word: &str) -> bool {
    matches!(word, "OR" | "或" | "|" | "||" | "｜")
}

/// The stored form of a value; values of closed lists are checked, others stay as typed.
///
/// # Errors
/// A closed list has no such value: the known ones, for the person who typed it.
pub fn facet_value(facet: Facet, typed: &str) -> Result<String, String> {
    fn one_of<T: FromStr>(
        typed: &str,
        show: impl Fn(T) -> String,
        name: &str,
        all: &[String],
    ) -> Result<String, String> {
        Normalized::of(typed).text().parse::<T>().map(show).map_err(|_| format!("{name}可以是：{}", all.join("、")))
    }
    let labels = |labels: &[&str]| labels.iter().map(|l| (*l).to_owned()).collect::<Vec<_>>();
    let name = facet.query_name();
    match facet {
        Facet::Urgency => {
            let all: Vec<String> = Urgency::ALL.iter().map(|u| format!("{}{}", u.code(), u.label())).collect();
            one_of(typed, |u: Urgency| u.code().to_owned(), name, &all)
        }
        Facet::Type => {
            one_of(typed, |t: AppealType| t.label().to_owned(), name, &labels(&AppealType::ALL.map(AppealType::label)))
        }
        Facet::Channel => {
            let all: Vec<&str> = Channel::ALL.iter().map(|c| c.label()).collect();
            one_of(typed, |c: Channel| c.label().to_owned(), name, &labels(&all))
        }
        Facet::Status => {
            let all: Vec<&str> = Status::ALL.iter().map(|s| s.label()).collect();
            one_of(typed, |s: Status| s.label().to_owned(), name, &labels(&all))
        }
        Facet::Satisfaction => {
            let all: Vec<&str> = Satisfaction::ALL.iter().map(|s| s.label()).collect();
            one_of(typed, |s: Satisfaction| s.label().to_owned(), name, &labels(&all))
        }
        Facet::Level1 | Facet::Category | Facet::Department | Facet::District | Facet::Town | Facet::Caller => {
            Ok(typed.to_owned())
        }
    }
}
