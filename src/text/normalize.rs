//! Normalisation with a way back.

use std::ops::Range;

use crate::domain::Span;

/// A text after NFKC, width folding, traditional→simplified, variants, lower case and white-space
/// folding, with the map back to the original's characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Normalized {
    text: String,
}

impl Normalized {
    /// Normalises any string; never fails.
    pub fn of(original: &str) -> Self {
        let _ = original;
        todo!()
    }

    /// The normalised text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The characters of the original from which `bytes` of the normalised text came; bytes inside a
    /// character are widened to it.
    pub fn original_span(&self, bytes: Range<usize>) -> Span {
        let _ = bytes;
        todo!()
    }

    /// The bytes of the normalised text that came from a span of the original (empty if they were
    /// all dropped).
    pub fn normalized_bytes(&self, original: Span) -> Range<usize> {
        let _ = original;
        todo!()
    }
}
