//! Where a text may be cut: never between a letter and its accents, nor inside an emoji of several
//! characters (UAX #29).

use unicode_segmentation::GraphemeCursor;

use crate::domain::Span;

/// Characters of a text with the places between them.
pub(crate) struct Cuts<'t> {
    text: &'t str,
    /// First byte of each character, and the end of the text.
    bytes: Vec<usize>,
}

impl<'t> Cuts<'t> {
    /// Of any text.
    pub(crate) fn of(text: &'t str) -> Self {
        let bytes = text.char_indices().map(|(at, _)| at).chain(std::iter::once(text.len())).collect();
        Self { text, bytes }
    }

    /// The smallest stretch around a span that splits nothing.
    pub(crate) fn around(&self, span: Span) -> Span {
        let last = self.bytes.len().saturating_sub(1);
        let (mut start, mut end) = (span.start.min(last), span.end.min(last));
        while !self.may_cut(start) {
            start -= 1;
        }
        while !self.may_cut(end) {
            end += 1;
        }
        Span::new(start, end)
    }

    /// Whether the text may be cut before the character of that number.
    fn may_cut(&self, at: usize) -> bool {
        let Some(&byte) = self.bytes.get(at) else { return true };
        // The ends are cuts; only a text that comes in pieces has an answer that is no answer.
        byte == 0
            || byte >= self.text.len()
            || GraphemeCursor::new(byte, self.text.len(), true).is_boundary(self.text, 0).unwrap_or(true)
    }
}
