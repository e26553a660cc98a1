//! Positions in an original text, in characters.

use serde::{Deserialize, Serialize};

/// Half-open range of *characters* (Unicode scalar values) of an original text: `start..end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Span {
    /// First character.
    pub start: usize,
    /// One past the last character.
    pub end: usize,
}

impl Span {
    /// A span; a reversed pair is ordered, so that a span is never negative.
    pub fn new(start: usize, end: usize) -> Self {
        Self { start: start.min(end), end: start.max(end) }
    }

    /// Number of characters.
    pub fn len(&self) -> usize {
        self.end - self.start
    }

    /// Whether the span covers nothing.
    pub fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// Whether the two share at least one character.
    pub fn overlaps(&self, other: &Span) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// The characters of `text` that the span covers; what lies past the end is left out.
    pub fn slice<'t>(&self, text: &'t str) -> &'t str {
        let at = |n: usize| text.char_indices().nth(n).map_or(text.len(), |(byte, _)| byte);
        let (start, end) = (at(self.start), at(self.end));
        text.get(start..end).unwrap_or("")
    }
}

/// Which of an appeal's two texts a span refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Field {
    /// 标题
    Title,
    /// 诉求内容
    Text,
}

/// A span and the text that it lies in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FieldSpan {
    /// Title or text.
    pub field: Field,
    /// Where in it.
    #[serde(flatten)]
    pub span: Span,
}
