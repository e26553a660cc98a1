//! Editing: words may change, figures, quotes and marks are tokens that cannot be typed over.
//!
//! A paragraph is given to the editor as text in which each token stands as `{Q12}`, `{Y3}`, `{P1}`. An
//! edit must bring every token back, each as often as before and none that was not there; the order is
//! free. A person may mark a sentence as a judgement of his own: `{判断}` behind it. No number may be typed in beside them, and nobody's name, number or door ([`typed`]).

use std::collections::BTreeMap;

use crate::domain::brief::{Block, Brief, Content, Form, Judge, Judgement, Run, Section};

mod typed;

pub use typed::counting_numbers;

/// A change to one block (or one item of a list), or to a heading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// `b12`, `b12.3` for the third item of a list (from 1), `s4` for a heading, `title`, `subtitle`.
    pub place: String,
    /// The new text with its tokens.
    pub text: String,
}

/// Why an edit is refused, in words for the editor.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditRefused {
    /// No such place, or one that holds no running text.
    #[error("没有可修改的位置 {0}")]
    NoPlace(String),
    /// A figure, quote or mark is missing.
    #[error("{place}:缺少 {tokens}。数据、引文和判断标记不能删除或改写,请保留原标记")]
    Dropped {
        /// Where.
        place: String,
        /// Tokens with what they print.
        tokens: String,
    },
    /// A token that was not there.
    #[error("{place}:多出 {tokens}。不能增加原文没有的数据标记")]
    Added {
        /// Where.
        place: String,
        /// Tokens.
        tokens: String,
    },
    /// A number was typed in.
    #[error("{place}:“{number}”是手写的数。正文中的数只能来自数据标记")]
    Number {
        /// Where.
        place: String,
        /// The number with its unit.
        number: String,
    },
    /// A name, a number of a person or a door was typed in.
    #[error("{place}:“{words}”中有姓名、电话、证件号码、车牌或门牌(已用＊遮盖)。简报不得写入个人信息,请删去")]
    Personal {
        /// Where.
        place: String,
        /// The words around it, covered.
        words: String,
    },
    /// Nothing is left, or far too much.
    #[error("{0}:内容不能为空,且不超过两千字")]
    Length(String),
}

/// Runs as text with tokens. A brace in the words is doubled.
pub fn marked(runs: &[Run]) -> String {
    runs.iter()
        .map(|run| match run {
            Run::Text(words) => words.replace('{', "{{").replace('}', "}}"),
            Run::Figure { id, form: Form::Whole } => format!("{{{id}}}"),
            Run::Figure { id, form: Form::Bare } => format!("{{{id}:bare}}"),
            Run::Figure { id, form: Form::Signed } => format!("{{{id}:signed}}"),
            Run::Quote { id } | Run::Judgement { id } => format!("{{{id}}}"),
        })
        .collect()
}

/// Text with tokens as runs; what stands between braces and is no token stays words.
pub fn unmarked(text: &str) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut words = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        words.push_str(&rest[..at]);
        let brace = &rest[at..at + 1];
        let after = &rest[at + 1..];
        if let Some(tail) = after.strip_prefix(brace) {
            words.push_str(brace);
            rest = tail;
            continue;
        }
        let token =
            (brace == "{").then(|| after.find('}').and_then(|end| Some((run_of(&after[..end])?, end)))).flatten();
        match token {
            Some((run, end)) => {
                if !words.is_empty() {
                    runs.push(Run::Text(std::mem::take(&mut words)));
                }
                runs.push(run);
                rest = &after[end + 1..];
            }
            None => {
                words.push_str(brace);
                rest = after;
            }
        }
    }
    words.push_str(rest);
    if !words.is_empty() {
        runs.push(Run::Text(words));
    }
    runs
}

fn run_of(token: &str) -> Option<Run> {
    let (id, form) = match token.split_once(':') {
        None => (token, Form::Whole),
        Some((id, "bare")) => (id, Form::Bare),
        Some((id, "signed")) => (id, Form::Signed),
        Some(_) => return None,
    };
    let (kind, number) = id.split_at_checked(1)?;
    if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let id = id.to_owned();
    match kind {
        "Q" => Some(Run::Figure { id, form }),
        "Y" if form == Form::Whole => Some(Run::Quote { id }),
        "P" if form == Form::Whole => Some(Run::Judgement { id }),
        _ => None,
    }
}

/// The mark by which an editor makes the sentence before it a judgement of his own.
pub const JUDGED: &str = "{判断}";

/// Applies edits; all or none.
///
/// # Errors
/// The first edit that is refused, with its place and reason.
pub fn apply(brief: &Brief, edits: &[Edit]) -> Result<Brief, EditRefused> {
    apply_by(brief, edits, None)
}

/// Applies edits of a person, who may mark sentences as judgements of his own ([`JUDGED`]); all or none.
///
/// # Errors
/// As [`apply`].
pub fn apply_by(brief: &Brief, edits: &[Edit], by: Option<&str>) -> Result<Brief, EditRefused> {
    let mut out = brief.clone();
    for edit in edits {
        let text = edit.text.replace(['\r', '\n'], "");
        let text = text.trim();
        let optional = edit.place == "subtitle";
        if (text.is_empty() && !optional) || text.chars().count() > 2_000 {
            return Err(EditRefused::Length(edit.place.clone()));
        }
        match edit.place.as_str() {
            "title" => out.title = plain(brief, &edit.place, &brief.title, text)?,
            "subtitle" => {
                let old = brief.subtitle.clone().unwrap_or_default();
                let new = plain(brief, &edit.place, &old, text)?;
                out.subtitle = (!new.is_empty()).then_some(new);
            }
            place => {
                if let Some(section) = out.sections.iter_mut().find(|s| s.id == place) {
                    section.heading = plain(brief, place, &section.heading.clone(), text)?;
                    continue;
                }
                let runs = runs_at(&mut out.sections, place).ok_or_else(|| EditRefused::NoPlace(edit.place.clone()))?;
                let (text, own) = match by {
                    Some(_) => numbered(text, out.judgements.len()),
                    None => (text.to_owned(), Vec::new()),
                };
                let marks = own.iter().map(|id| Run::Judgement { id: id.clone() });
                let old: Vec<Run> = runs.iter().cloned().chain(marks).collect();
                *runs = checked(brief, place, &old, &text)?;
                for id in own {
                    let judge = Judge::Analyst { name: by.unwrap_or_default().to_owned() };
                    let rests_on = figures_before(runs, &id);
                    out.judgements.push(Judgement { id, judge, rests_on, assumes: None });
                }
            }
        }
    }
    Ok(out)
}

/// A text with its new judgements numbered after those that are there, and their ids.
fn numbered(text: &str, judgements: usize) -> (String, Vec<String>) {
    let mut ids = Vec::new();
    let mut parts = text.split(JUDGED);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let id = format!("P{}", judgements + ids.len() + 1);
        out.push_str(&format!("{{{id}}}{part}"));
        ids.push(id);
    }
    (out, ids)
}

/// The figures between a judgement's mark and the mark before it: what it rests on.
fn figures_before(runs: &[Run], id: &str) -> Vec<String> {
    let mut figures: Vec<String> = Vec::new();
    for run in runs {
        match run {
            Run::Judgement { id: own } if own == id => break,
            Run::Judgement { .. } => figures.clear(),
            Run::Figure { id, .. } if !figures.contains(id) => figures.push(id.clone()),
            _ => {}
        }
    }
    figures
}

/// The running text of a place.
fn runs_at<'s>(sections: &'s mut [Section], place: &str) -> Option<&'s mut Vec<Run>> {
    let (block, item) = match place.split_once('.') {
        None => (place, None),
        Some((block, item)) => (block, Some(item.parse::<usize>().ok()?.checked_sub(1)?)),
    };
    let block: &mut Block = sections.iter_mut().flat_map(|s| &mut s.blocks).find(|b| b.id == block)?;
    match (&mut block.content, item) {
        (Content::Paragraph { runs } | Content::Proposal { runs, .. }, None) => Some(runs),
        (Content::List { items, .. }, Some(n)) => items.get_mut(n),
        _ => None,
    }
}

fn plain(brief: &Brief, place: &str, old: &str, text: &str) -> Result<String, EditRefused> {
    checked(brief, place, &[Run::text(old)], text)?;
    Ok(text.to_owned())
}

fn tokens(runs: &[Run]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for run in runs.iter().filter(|run| !matches!(run, Run::Text(_))) {
        *counts.entry(marked(std::slice::from_ref(run))).or_default() += 1;
    }
    counts
}

fn checked(brief: &Brief, place: &str, old: &[Run], text: &str) -> Result<Vec<Run>, EditRefused> {
    let new = unmarked(text);
    let (before, after) = (tokens(old), tokens(&new));
    let named = |list: Vec<&String>| {
        let each = list.into_iter().map(|token| {
            let printed = unmarked(token).first().map(|run| brief.print(run)).unwrap_or_default();
            let short: String = printed.chars().take(16).collect();
            format!("{token}({short})")
        });
        each.collect::<Vec<_>>().join("、")
    };
    let less = |a: &BTreeMap<String, usize>, b: &BTreeMap<String, usize>| {
        a.iter().filter(|(t, n)| b.get(*t).copied().unwrap_or(0) < **n).map(|(t, _)| t.clone()).collect::<Vec<_>>()
    };
    let dropped = less(&before, &after);
    if !dropped.is_empty() {
        return Err(EditRefused::Dropped { place: place.to_owned(), tokens: named(dropped.iter().collect()) });
    }
    let added = less(&after, &before);
    if !added.is_empty() {
        return Err(EditRefused::Added { place: place.to_owned(), tokens: named(added.iter().collect()) });
    }
    if let Some(words) = typed::personal(old, &new) {
        return Err(EditRefused::Personal { place: place.to_owned(), words });
    }
    if let Some(number) = typed::number(old, &new) {
        return Err(EditRefused::Number { place: place.to_owned(), number });
    }
    Ok(new)
}
