//! A text cut into pieces, so that a template can mark some of them without ever building HTML.

use crate::domain::Span;

/// What a marked piece means; later ones win where two overlap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mark {
    /// Spoke for the suggested category.
    Reason,
    /// A place.
    Place,
    /// A cue of urgency.
    Cue,
    /// What was searched for.
    Hit,
    /// A place of a query that could not be read.
    Unread,
}

impl Mark {
    /// Class in the style sheet.
    pub(super) fn class(self) -> &'static str {
        match self {
            Mark::Reason => "m-reason",
            Mark::Place => "m-place",
            Mark::Cue => "m-cue",
            Mark::Hit => "m-hit",
            Mark::Unread => "m-unread",
        }
    }
}

/// A stretch of text, marked or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) text: String,
    /// Class, or empty.
    pub(super) class: &'static str,
}

/// Cuts `text`, whose first character is number `start` of the whole, at the given spans of the whole.
pub(super) fn pieces(text: &str, start: usize, spans: impl IntoIterator<Item = (Span, Mark)>) -> Vec<Piece> {
    let chars: Vec<char> = text.chars().collect();
    let mut kinds: Vec<Option<Mark>> = vec![None; chars.len()];
    for (span, mark) in spans {
        let from = span.start.saturating_sub(start).min(chars.len());
        let to = span.end.saturating_sub(start).min(chars.len());
        for kind in &mut kinds[from..to] {
            *kind = (*kind).max(Some(mark));
        }
    }
    let mut out: Vec<(String, Option<Mark>)> = Vec::new();
    for (c, kind) in chars.into_iter().zip(kinds) {
        match out.last_mut() {
            Some((text, last)) if *last == kind => text.push(c),
            _ => out.push((c.to_string(), kind)),
        }
    }
    out.into_iter().map(|(text, kind)| Piece { text, class: kind.map_or("", Mark::class) }).collect()
}
