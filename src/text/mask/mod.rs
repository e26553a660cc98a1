//! Personal data: found and covered.
//!
//! What is covered, and what is left:
//! - numbers (phone, identity, card, plate, e-mail, QQ and WeChat accounts) are covered whole, with
//!   the separators inside them; public numbers (12345, 110, 96xxx, 400-…) are nobody's and stay;
//! - a full name keeps its surname (`张三丰师傅` → `张＊＊师傅`), as masked records in this field do;
//!   where the surname is all there is (`王先生`), the surname is covered;
//! - holders of a public office (书记, 局长, 市长 …) are not covered by their title: an appeal
//!   addresses them;
//! - a full name found once is covered wherever it stands in the text.

mod cells;
mod names;
mod numbers;
mod surnames;

use crate::domain::Span;

use cells::Cells;

/// What kind of personal data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MaskKind {
    /// Mobile or land line.
    Phone,
    /// Resident identity number with a valid check digit (GB 11643).
    IdNumber,
    /// Vehicle plate (GA 36).
    Plate,
    /// Bank card with a valid Luhn digit.
    BankCard,
    /// A person's name after a cue, or surname with a title.
    Name,
    /// E-mail address.
    Email,
    /// QQ or WeChat account after a cue.
    Account,
}

/// One covered stretch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaskSpan {
    /// Characters of the original.
    pub span: Span,
    /// What it is.
    pub kind: MaskKind,
}

/// A text with personal data covered by `＊`, character for character, so that every span of the
/// original still holds in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Masked {
    /// Same number of characters as the original.
    pub text: String,
    /// What was covered, sorted, not overlapping.
    pub spans: Vec<MaskSpan>,
}

/// What stands for every covered character.
pub const COVER: char = '＊';

/// Covers the personal data of any string.
pub fn mask(original: &str) -> Masked {
    let cells = Cells::of(original);
    let mut found = numbers::find(&cells);
    found.extend(names::find(&cells));
    // The earliest wins, of two that start together the longer; a number beats a name inside it.
    found.sort_by_key(|f| (f.cells.start, usize::MAX - f.cells.end, f.kind));
    let mut spans: Vec<MaskSpan> = Vec::with_capacity(found.len());
    for f in found {
        let span = cells.span(f.cells);
        if !span.is_empty() && spans.last().is_none_or(|last| last.span.end <= span.start) {
            spans.push(MaskSpan { span, kind: f.kind });
        }
    }
    Masked { text: cover(original, &spans), spans }
}

fn cover(original: &str, spans: &[MaskSpan]) -> String {
    let mut text = String::with_capacity(original.len());
    let mut spans = spans.iter().map(|s| s.span).peekable();
    for (at, c) in original.chars().enumerate() {
        while spans.next_if(|span| span.end <= at).is_some() {}
        let covered = spans.peek().is_some_and(|span| span.start <= at);
        text.push(if covered { COVER } else { c });
    }
    text
}

/// A find, in cells.
struct Found {
    cells: std::ops::Range<usize>,
    kind: MaskKind,
}
