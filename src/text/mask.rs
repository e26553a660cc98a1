//! Personal data: found and covered.

use crate::domain::Span;

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

/// Covers the personal data of any string.
pub fn mask(original: &str) -> Masked {
    let _ = original;
    todo!()
}
