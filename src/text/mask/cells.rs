//! The text as the masks read it: one cell for each visible character.
//!
//! Not [`crate::text::Normalized`], because a numbered mark before a number (①138…) would there become a digit of
//! it, and line ends would become spaces inside numbers.

use std::ops::Range;

use crate::domain::Span;

use super::super::fold::{Class, FOLD};

/// Folded characters (half width, simplified, lower case) with their places.
pub(super) struct Cells {
    /// One character for each cell.
    pub(super) chars: Vec<char>,
    /// The same as a string.
    pub(super) text: String,
    /// Where each cell begins in `text`, and the end.
    bytes: Vec<usize>,
    /// Index of each cell's character in the original.
    original: Vec<usize>,
}

impl Cells {
    pub(super) fn of(original: &str) -> Self {
        let mut cells = Self {
            chars: Vec::with_capacity(original.len() / 2),
            text: String::with_capacity(original.len()),
            bytes: Vec::new(),
            original: Vec::new(),
        };
        for (at, c) in original.chars().enumerate() {
            let folded = match FOLD.class(c) {
                Class::Drop => continue,
                Class::White => {
                    if matches!(c, '\n' | '\r' | '\u{2028}' | '\u{2029}') {
                        '\n'
                    } else {
                        ' '
                    }
                }
                Class::One if !is_numbered_mark(c) => FOLD.one(c),
                _ => c,
            };
            cells.bytes.push(cells.text.len());
            cells.original.push(at);
            cells.chars.push(folded);
            cells.text.push(folded);
        }
        cells.bytes.push(cells.text.len());
        cells
    }

    /// The cell, or a line end outside the text.
    pub(super) fn at(&self, cell: usize) -> char {
        self.chars.get(cell).copied().unwrap_or('\n')
    }

    /// The cell before, or a line end.
    pub(super) fn before(&self, cell: usize) -> char {
        cell.checked_sub(1).map_or('\n', |cell| self.at(cell))
    }

    /// Text of a range of cells.
    pub(super) fn slice(&self, cells: Range<usize>) -> &str {
        let byte = |cell: usize| self.bytes.get(cell).copied().unwrap_or(self.text.len());
        self.text.get(byte(cells.start)..byte(cells.end)).unwrap_or("")
    }

    /// The cell that begins at a byte of the text.
    pub(super) fn cell_at(&self, byte: usize) -> usize {
        self.bytes.partition_point(|&start| start < byte)
    }

    /// Characters of the original.
    pub(super) fn span(&self, cells: Range<usize>) -> Span {
        match (self.original.get(cells.start), cells.end.checked_sub(1).and_then(|last| self.original.get(last))) {
            (Some(&start), Some(&last)) if last >= start => Span::new(start, last + 1),
            _ => Span::new(0, 0),
        }
    }
}

/// ① ⑴ ⒈ ➊ ² : digits that count or index, and belong to no number.
fn is_numbered_mark(c: char) -> bool {
    matches!(c, '\u{B2}' | '\u{B3}' | '\u{B9}' | '\u{2070}'..='\u{209C}' | '\u{2460}'..='\u{24FF}' | '\u{2776}'..='\u{2793}' | '\u{3220}'..='\u{32B0}')
}
