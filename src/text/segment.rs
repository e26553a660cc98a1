//! Words: jieba with the pack's dictionary.
//!
//! Pitfalls that this file keeps away from its callers: jieba's own search mode emits words out of
//! order (tantivy's snippets panic on that) and only those of two or three characters; a word of the
//! pack without a frequency must still win against its parts.

use std::{ops::Range, sync::LazyLock};

use jieba_rs::Jieba;

use crate::domain::{DictWord, Region};

use super::Normalized;

/// A word and its bytes in the text that was segmented.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token<'t> {
    /// The word.
    pub word: &'t str,
    /// Byte range in the given text.
    pub bytes: Range<usize>,
    /// Index of its first character in the given text.
    pub char_start: usize,
}

/// A word with its part of speech.
#[derive(Debug)]
pub(super) struct Tagged<'t> {
    /// The word.
    pub(super) word: &'t str,
    /// Byte range in the given text.
    pub(super) bytes: Range<usize>,
    /// jieba's tag.
    pub(super) tag: &'t str,
}

/// The default dictionary, parsed once (65 ms) and cloned for each pack version.
pub(super) static BASE: LazyLock<Jieba> = LazyLock::new(Jieba::new);

/// Frequencies of pack words: at least that of an ordinary word, at most that of the commonest.
const FREQUENCY: std::ops::RangeInclusive<usize> = 1000..=1_000_000;

/// Longest word that is taken from a pack, in characters: jieba walks all words from each character,
/// so this bounds the work.
const LONGEST: usize = 40;

/// jieba plus user words. The first one of a process takes about 0.1 s; segmenting is `&self` and
/// thread-safe.
pub struct Segmenter {
    jieba: Jieba,
    user_words: usize,
}

impl std::fmt::Debug for Segmenter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Segmenter").field("user_words", &self.user_words).finish()
    }
}

impl Segmenter {
    /// A segmenter that keeps the pack's words and region names whole. A word without a frequency
    /// gets one that beats its parts. Words are normalised; one that jieba could never find (empty,
    /// with white space or punctuation inside, longer than 40 characters) is left out.
    pub fn new(words: &[DictWord], regions: &[Region]) -> Self {
        let mut segmenter = Self { jieba: BASE.clone(), user_words: 0 };
        for region in regions {
            let names = std::iter::once(&region.district).chain(&region.town).chain(&region.aliases);
            names.for_each(|name| segmenter.add(name, None, Some("ns")));
        }
        for word in words {
            segmenter.add(&word.word, word.freq, word.tag.as_deref());
        }
        segmenter
    }

    fn add(&mut self, word: &str, frequency: Option<usize>, tag: Option<&str>) {
        let normalized = Normalized::of(word);
        let word = normalized.text();
        let findable = word.chars().all(|c| c.is_alphanumeric() || "+#&._%-".contains(c));
        if word.is_empty() || !findable || word.chars().nth(LONGEST).is_some() {
            return;
        }
        let (least, most) = FREQUENCY.into_inner();
        let frequency = match frequency {
            Some(given) if given > 0 => given.min(most),
            _ => self.jieba.suggest_freq(word).clamp(least, most),
        };
        self.jieba.add_word(word, Some(frequency), tag);
        self.user_words += 1;
    }

    /// Precise mode: words that tile the text (white space and punctuation included as tokens).
    pub fn precise<'t>(&self, text: &'t str) -> Vec<Token<'t>> {
        let tokens = self.jieba.cut(text, true);
        tokens
            .into_iter()
            .map(|t| Token { word: t.word, bytes: t.byte_start..t.byte_end, char_start: t.start })
            .collect()
    }

    /// Precise mode with parts of speech (jieba's tags; `x` for a word that no dictionary has).
    pub(super) fn tagged<'t>(&'t self, text: &'t str) -> Vec<Tagged<'t>> {
        let tags = self.jieba.tag(text, true);
        tags.into_iter().map(|t| Tagged { word: t.word, bytes: t.byte_start..t.byte_end, tag: t.tag }).collect()
    }

    /// Whether a dictionary (jieba's or the pack's) has this word of two to eight characters, letters all
    /// of them, and it is nobody's name.
    pub fn is_common_word(&self, word: &str) -> bool {
        let letters = word.chars().all(|c| c.is_alphabetic());
        letters
            && (2..=8).contains(&word.chars().count())
            && self.jieba.has_word(word)
            && self.jieba.tag(word, false).iter().all(|t| !t.tag.starts_with("nr"))
    }

    /// Whether a dictionary takes a word for one that can be a matter by itself: a noun, a verb, a property or a set
    /// phrase, and no time, number, place word, pronoun, adverb, preposition or conjunction.
    pub fn can_be_a_matter(&self, word: &str) -> bool {
        let open = |tag: &str| matches!(tag.get(..1), Some("n" | "v" | "a" | "i" | "l" | "j" | "b"));
        self.jieba.tag(word, false).iter().all(|t| open(t.tag))
    }

    /// Whether a word of the dictionaries names a person, a place or a body.
    pub fn names_something(&self, word: &str) -> bool {
        let names = |tag: &str| matches!(tag.get(..2), Some("nr" | "ns" | "nt" | "nz"));
        self.jieba.tag(word, false).iter().any(|t| names(t.tag))
    }

    /// Search mode: also the shorter words inside long ones (every dictionary word of at least two
    /// characters, and the parts of `wes-5.4`), sorted by `(start, end)`, without duplicates.
    pub fn search<'t>(&self, text: &'t str) -> Vec<Token<'t>> {
        let mut tokens = Vec::with_capacity(text.len() / 2);
        for token in self.precise(text) {
            let from = tokens.len();
            self.inner_words(&token, &mut tokens);
            tokens.push(token);
            if let Some(new) = tokens.get_mut(from..) {
                new.sort_by_key(|t| (t.bytes.start, t.bytes.end));
            }
        }
        tokens.dedup_by(|b, a| a.bytes == b.bytes);
        tokens
    }

    fn inner_words<'t>(&self, token: &Token<'t>, out: &mut Vec<Token<'t>>) {
        let word = token.word;
        if word.len() <= 2 {
            return;
        }
        if word.is_ascii() {
            let mut start = 0;
            for part in word.split(|c: char| !c.is_ascii_alphanumeric()) {
                if part.len() > 1 && part.len() < word.len() {
                    let at = token.bytes.start + start;
                    let char_start = token.char_start + start;
                    out.push(Token { word: part, bytes: at..at + part.len(), char_start });
                }
                start += part.len() + 1;
            }
        } else if word.chars().nth(2).is_some() {
            for inner in self.jieba.cut_all(word) {
                if inner.end - inner.start > 1 && inner.word.len() < word.len() {
                    let bytes = token.bytes.start + inner.byte_start..token.bytes.start + inner.byte_end;
                    out.push(Token { word: inner.word, bytes, char_start: token.char_start + inner.start });
                }
            }
        }
    }
}
