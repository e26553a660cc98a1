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
                faults.add(DICTIONARY, line, format!("`{word}` 这一行有 {} 项:应为词、词频、词性", rest.len() + 1));
                continue;
            }
        };
        if let Some(tag) = tag.filter(|tag| !is_tag(tag)) {
            faults.add(DICTIONARY, line, format!("`{word}` 的词性 `{tag}` 有误:请写 jieba 的字母,如 n 或 ns"));
            continue;
        }
        let freq = match freq.map(|f| f.parse::<usize>().ok().filter(|&n| n > 0).ok_or(f)) {
            None => None,
            Some(Ok(n)) => Some(n),
            Some(Err(bad)) => {
                faults.add(DICTIONARY, line, format!("`{word}` 的词频 `{bad}` 不是正整数"));
                continue;
            }
        };
        if word.chars().count() > LONGEST_WORD {
            faults.add(DICTIONARY, line, format!("词超过 {LONGEST_WORD} 字:每行一个词"));
            continue;
        }
        if let Some(first) = seen.earlier(word, line) {
            faults.add(DICTIONARY, line, format!("词 `{word}` 重复:第 {first} 行已有"));
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
            faults.add(STOP_WORDS, line, format!("`{word}` 中有空格:每行一个词"));
        } else if let Some(first) = seen.earlier(word, line) {
            faults.add(STOP_WORDS, line, format!("词 `{word}` 重复:第 {first} 行已有"));
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
            faults.add(SYNONYMS, line, "有空项:两个逗号相连,或在行首行末");
            continue;
        }
        if words.len() < 2 {
            faults.add(SYNONYMS, line, format!("`{group}` 一组只有一个词:至少写两个,用逗号分开"));
            continue;
        }
        let before = faults.0.len();
        for word in &words {
            if let Some(first) = seen.earlier(word, line) {
                let told = if first == line {
                    "在本组中出现两次".to_owned()
                } else {
                    format!("已在第 {first} 行的组中")
                };
                faults.add(SYNONYMS, line, format!("词 `{word}` {told}"));
            }
        }
        if faults.0.len() == before {
            out.push(SynonymGroup { words });
        }
    }
    out
}
