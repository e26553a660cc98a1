//! Dictionary, stop words and synonyms.

use crate::domain::DictWord;

use super::{
    PackFaults,
    files::{DICTIONARY, STOP_WORDS, SYNONYMS},
    table::Seen,
};

/// Words that mean the same, for query-time expansion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SynonymGroup {
    /// At least two words.
    pub words: Vec<String>,
}

/// A word longer than this is a sentence or a broken line.
const LONGEST_WORD: usize = 24;

/// Lines of a word list with their numbers; blank lines and `#` remarks are left out.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().map(|(n, line)| (n + 1, line.trim())).filter(|(_, l)| !l.is_empty() && !l.starts_with('#'))
}

/// jieba's format: `word [frequency] [part of speech]`, separated by blanks.
pub(super) fn dictionary(text: &str, faults: &mut PackFaults) -> Vec<DictWord> {
    let mut seen = Seen::default();
    let mut out = Vec::new();
    for (line, entry) in lines(text) {
        let mut parts = entry.split_whitespace();
        let word = parts.next().unwrap_or_default();
        let rest: Vec<&str> = parts.collect();
        let is_tag = |s: &str| s.len() <= 4 && s.bytes().all(|b| b.is_ascii_lowercase());
        let (freq, tag) = match rest.as_slice() {
            [] => (None, None),
            [tag] if is_tag(tag) => (None, Some(*tag)),
            [freq] => (Some(*freq), None),
            [freq, tag] => (Some(*freq), Some(*tag)),
            _ => {
                faults.add(
                    DICTIONARY,
                    line,
                    format!("`{word}` has {} fields: word, frequency, part of speech", rest.len() + 1),
                );
                continue;
            }
        };
        if let Some(tag) = tag.filter(|tag| !is_tag(tag)) {
            faults.add(
                DICTIONARY,
                line,
                format!("part of speech `{tag}` of `{word}`: write jieba's letters, e.g. n or ns"),
            );
            continue;
        }
        let freq = match freq.map(|f| f.parse::<usize>().ok().filter(|&n| n > 0).ok_or(f)) {
            None => None,
            Some(Ok(n)) => Some(n),
            Some(Err(bad)) => {
                faults.add(DICTIONARY, line, format!("frequency `{bad}` of `{word}` is not a positive whole number"));
                continue;
            }
        };
        if word.chars().count() > LONGEST_WORD {
            faults.add(DICTIONARY, line, format!("a word of more than {LONGEST_WORD} characters: one word a line"));
            continue;
        }
        if let Some(first) = seen.earlier(word, line) {
            faults.add(DICTIONARY, line, format!("duplicate word `{word}`: it is in line {first} already"));
            continue;
        }
        out.push(DictWord { word: word.to_owned(), freq, tag: tag.map(str::to_owned) });
    }
    out
}

/// One word a line.
pub(super) fn stop_words(text: &str, faults: &mut PackFaults) -> Vec<String> {
    let mut seen = Seen::default();
    let mut out = Vec::new();
    for (line, word) in lines(text) {
        if word.contains(char::is_whitespace) {
            faults.add(STOP_WORDS, line, format!("`{word}` holds a blank: one word a line"));
        } else if let Some(first) = seen.earlier(word, line) {
            faults.add(STOP_WORDS, line, format!("duplicate word `{word}`: it is in line {first} already"));
        } else {
            out.push(word.to_owned());
        }
    }
    out
}

/// One group a line, words between commas. A word may stand in one group only, so that expansion
/// needs no chains.
pub(super) fn synonyms(text: &str, faults: &mut PackFaults) -> Vec<SynonymGroup> {
    let mut seen = Seen::default();
    let mut out = Vec::new();
    for (line, group) in lines(text) {
        let words: Vec<String> = group.split([',', '，']).map(|w| w.trim().to_owned()).collect();
        if words.iter().any(String::is_empty) {
            faults.add(SYNONYMS, line, "empty field: two commas in a row or at an end");
            continue;
        }
        if words.len() < 2 {
            faults.add(SYNONYMS, line, format!("group of one word `{group}`: give at least two, with commas between"));
            continue;
        }
        let before = faults.0.len();
        for word in &words {
            if let Some(first) = seen.earlier(word, line) {
                let told = if first == line {
                    "twice in this group".to_owned()
                } else {
                    format!("in the group of line {first} already")
                };
                faults.add(SYNONYMS, line, format!("word `{word}` is {told}"));
            }
        }
        if faults.0.len() == before {
            out.push(SynonymGroup { words });
        }
    }
    out
}
