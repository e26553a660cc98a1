//! Where a text may be cut: never between a letter and its accents, nor inside an emoji of several
//! characters (UAX #29).

use unicode_segmentation::UnicodeSegmentation;

use crate::domain::Span;

/// The places at which a text may be cut. Found in one pass, for a text may be one long letter with
/// thousands of accents.
#[derive(Debug)]
pub(crate) struct Cuts {
    /// Numbers of the characters before which may be cut, and the end; none if everywhere.
    at: Option<Vec<usize>>,
    length: usize,
}

impl Cuts {
    /// Of any text.
    pub(crate) fn of(text: &str) -> Self {
        if text.chars().all(stands_alone) {
            return Self { at: None, length: text.chars().count() };
        }
        let mut at = vec![0];
        let mut length = 0;
        for cluster in text.graphemes(true) {
            length += cluster.chars().count();
            at.push(length);
        }
        Self { at: Some(at), length }
    }

    /// The smallest stretch around a span that splits nothing.
    pub(crate) fn around(&self, span: Span) -> Span {
        let (start, end) = (span.start.min(self.length), span.end.min(self.length));
        let Some(at) = &self.at else { return Span::new(start, end) };
        let before = at.partition_point(|&cut| cut <= start).checked_sub(1).and_then(|n| at.get(n));
        let after = at.get(at.partition_point(|&cut| cut < end));
        Span::new(before.copied().unwrap_or(start), after.copied().unwrap_or(end))
    }
}

/// Whether a character never joins its neighbours: what nearly all texts are made of.
fn stands_alone(c: char) -> bool {
    matches!(c,
        '\n' | ' '..='~' | '‘'..='”' | '—' | '…' | '\u{3000}'..='\u{3029}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{ff01}'..='\u{ff5e}')
}
