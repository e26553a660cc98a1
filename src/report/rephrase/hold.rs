//! What speaks against a model's words.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    domain::brief::Run,
    report::edit::{counting_numbers, unmarked},
    text::Normalized,
};

use super::{
    facts::{Fact, FactKind, Names, is_han},
    idioms::{CLAIMS, DENIALS, NO_DENIALS},
};

/// Why a place of a rephrasing is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Objection {
    /// A fact that the section does not have.
    #[error("多出{}“{words}”", kind.label())]
    New {
        /// What it is.
        kind: FactKind,
        /// It.
        words: String,
    },
    /// A fact of the section that is gone.
    #[error("缺少{}“{words}”", kind.label())]
    Gone {
        /// What it was.
        kind: FactKind,
        /// It.
        words: String,
    },
    /// All facts are there, in another order: a number may stand beside another name.
    #[error("{}“{words}”的次序变了", kind.label())]
    Moved {
        /// What stands where something else stood.
        kind: FactKind,
        /// It.
        words: String,
    },
    /// A name that the section does not speak of.
    #[error("多出原文没有的名称“{0}”")]
    Unknown(String),
    /// A claim that the section does not make.
    #[error("多出原文没有的说法“{0}”")]
    Claim(String),
    /// More or fewer denials.
    #[error("否定词由 {0} 处变为 {1} 处")]
    Denial(usize, usize),
    /// Far shorter or longer, or empty.
    #[error("长短与原文相差过大({0}字变为{1}字)")]
    Length(usize, usize),
    /// Characters that do not print, or marks of a web page.
    #[error("含有不能印出的字符")]
    Unprintable,
}

/// What speaks against `theirs` in the place of `own` (both with tokens); empty if nothing does. `section` is
/// all text of the section: a plain word that it has anywhere is no new name.
pub fn objections(own: &str, theirs: &str, section: &str, names: &Names<'_>) -> Vec<Objection> {
    let mut found = Vec::new();
    let (before, after) = (length(own), length(theirs));
    if theirs.trim().is_empty() || after > before * 2 + 40 || after * 3 + 20 < before {
        found.push(Objection::Length(before, after));
    }
    if theirs.chars().any(unprintable) {
        found.push(Objection::Unprintable);
    }
    compare(&names.facts(own), &names.facts(theirs), &mut found);
    let (own_words, new_words, known) = (plain(own), plain(theirs), plain(section));
    for number in counting_numbers(&new_words) {
        if !own_words.contains(&number) && !found.iter().any(|o| matches!(o, Objection::New { .. })) {
            found.push(Objection::New { kind: FactKind::Number, words: number });
        }
    }
    unknown_words(&new_words, &known, names, &mut found);
    for group in CLAIMS {
        let more = count(&new_words, group) > count(&own_words, group);
        let said = group.iter().find(|w| new_words.matches(**w).count() > own_words.matches(**w).count());
        if let (true, Some(word)) = (more, said) {
            found.push(Objection::Claim((*word).to_owned()));
        }
    }
    let (denied, denies) = (denials(&own_words), denials(&new_words));
    if denied != denies {
        found.push(Objection::Denial(denied, denies));
    }
    found
}

/// The normalised words of a marked text; a token stands as a blank.
fn plain(text: &str) -> String {
    let words = |run: Run| match run {
        Run::Text(words) => Normalized::of(&words).text().to_owned(),
        _ => " ".to_owned(),
    };
    unmarked(text).into_iter().map(words).collect()
}

fn length(text: &str) -> usize {
    unmarked(text).iter().map(|run| if let Run::Text(words) = run { words.chars().count() } else { 1 }).sum()
}

fn unprintable(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '<' | '>' | '`' | '*' | '#' | '\u{00AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF0}'..='\u{FFFF}' | '\u{E000}'..='\u{F8FF}')
}

fn tally(facts: &[Fact]) -> BTreeMap<&Fact, usize> {
    let mut counts = BTreeMap::new();
    facts.iter().for_each(|fact| *counts.entry(fact).or_default() += 1);
    counts
}

fn compare(own: &[Fact], theirs: &[Fact], found: &mut Vec<Objection>) {
    let (before, after) = (tally(own), tally(theirs));
    let start = found.len();
    let more = |a: &BTreeMap<&Fact, usize>, b: &BTreeMap<&Fact, usize>| -> Vec<Fact> {
        a.iter().filter(|(fact, n)| b.get(*fact).copied().unwrap_or(0) < **n).map(|(fact, _)| (*fact).clone()).collect()
    };
    found.extend(more(&after, &before).into_iter().map(|(kind, words)| Objection::New { kind, words }));
    found.extend(more(&before, &after).into_iter().map(|(kind, words)| Objection::Gone { kind, words }));
    if found.len() == start
        && let Some(((kind, words), _)) = theirs.iter().zip(own).find(|(new, old)| new != old)
    {
        found.push(Objection::Moved { kind: *kind, words: words.clone() });
    }
}

/// Names that the section does not speak of.
fn unknown_words(new: &str, known: &str, names: &Names<'_>, found: &mut Vec<Objection>) {
    let mut seen = BTreeSet::new();
    for word in names.words(new) {
        let letters = word.chars().all(is_han);
        if letters && names.is_name(word) && !known.contains(word) && seen.insert(word) {
            found.push(Objection::Unknown(word.to_owned()));
        }
    }
}

fn count(text: &str, group: &[&str]) -> usize {
    // The longest word of a group counts once: 大约 is not 约 besides.
    let mut words: Vec<&str> = group.to_vec();
    words.sort_by_key(|w| std::cmp::Reverse(w.len()));
    let mut rest = text.to_owned();
    words.iter().fold(0, |sum, word| {
        let n = rest.matches(word).count();
        rest = rest.replace(word, " ");
        sum + n
    })
}

fn denials(text: &str) -> usize {
    let mut rest = text.to_owned();
    NO_DENIALS.iter().for_each(|word| rest = rest.replace(word, " "));
    DENIALS.iter().map(|word| rest.matches(word).count()).sum()
}
