//! The difference between two texts, word by word, for whoever decides.

use similar::{Algorithm, ChangeTag, TextDiff, TextDiffConfig};

use crate::{
    domain::brief::{Brief, Run},
    report::edit::{marked, unmarked},
};

use super::Names;

/// What became of a stretch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PieceKind {
    /// In both.
    Same,
    /// In our text alone.
    Gone,
    /// In theirs alone.
    New,
}

impl PieceKind {
    /// Stable word.
    pub fn code(self) -> &'static str {
        match self {
            PieceKind::Same => "same",
            PieceKind::Gone => "gone",
            PieceKind::New => "new",
        }
    }
}

/// A stretch of the difference; tokens stand as they are printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// What became of it.
    pub kind: PieceKind,
    /// The words.
    pub text: String,
}

/// The words of a marked text: tokens whole, the rest as the segmenter cuts it.
fn units(text: &str, names: &Names<'_>) -> Vec<String> {
    let mut out = Vec::new();
    for run in unmarked(text) {
        match &run {
            Run::Text(words) => out.extend(names.words(words).into_iter().map(str::to_owned)),
            token => out.push(marked(std::slice::from_ref(token))),
        }
    }
    out
}

/// The difference of two marked texts of a brief.
pub fn difference(brief: &Brief, own: &str, theirs: &str, names: &Names<'_>) -> Vec<Piece> {
    let (before, after) = (units(own, names), units(theirs, names));
    let old: Vec<&str> = before.iter().map(String::as_str).collect();
    let new: Vec<&str> = after.iter().map(String::as_str).collect();
    let diff = TextDiffConfig::default().algorithm(Algorithm::Myers).diff_slices(&old, &new);
    let diff: TextDiff<'_, '_, '_, str> = diff;
    let mut pieces: Vec<Piece> = Vec::new();
    for change in diff.iter_all_changes() {
        let kind = match change.tag() {
            ChangeTag::Equal => PieceKind::Same,
            ChangeTag::Delete => PieceKind::Gone,
            ChangeTag::Insert => PieceKind::New,
        };
        let text = brief.print_all(&unmarked(change.value()));
        match pieces.last_mut() {
            Some(last) if last.kind == kind => last.text.push_str(&text),
            _ => pieces.push(Piece { kind, text }),
        }
    }
    pieces
}
