//! Words: jieba with the pack's dictionary.

use std::ops::Range;

use crate::domain::{DictWord, Region};

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

/// jieba plus user words. Building takes about 0.1 s; segmenting is `&self` and thread-safe.
pub struct Segmenter {}

impl std::fmt::Debug for Segmenter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Segmenter")
    }
}

impl Segmenter {
    /// A segmenter that keeps the pack's words and region names whole.
    pub fn new(words: &[DictWord], regions: &[Region]) -> Self {
        let _ = (words, regions);
        todo!()
    }

    /// Precise mode: words that tile the text (white space and punctuation included as tokens).
    pub fn precise<'t>(&self, text: &'t str) -> Vec<Token<'t>> {
        let _ = text;
        todo!()
    }

    /// Search mode: also the shorter words inside long ones, sorted by `(start, end)`.
    pub fn search<'t>(&self, text: &'t str) -> Vec<Token<'t>> {
        let _ = text;
        todo!()
    }
}
