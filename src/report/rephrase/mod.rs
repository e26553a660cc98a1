//! What a language model made of a section, held to the section's facts before anybody sees it as a choice.
//!
//! The model is given words with tokens in the place of figures and quotes ([`question`]); what it gives back
//! ([`answer`]) is compared with what was there ([`objections`]): the same tokens, numbers, names, times and
//! quotes in the same order, no new name, no new claim. Whoever decides sees the difference word by word
//! ([`difference`]). A model that lies is refused here, not believed; nothing it says reaches a brief without
//! a person.

mod facts;
mod hold;
mod idioms;
mod prompt;
mod shown;

pub use facts::{FactKind, Names};
pub use hold::{Objection, objections};
pub use prompt::{answer, question};
pub use shown::{Piece, PieceKind, difference};

use super::edit::marked;
use crate::domain::brief::{Brief, Content, Section};

/// Places of a section that may be put in other words, with their text and its tokens: `("b3", "共收到{Q1}")`.
/// Tables, charts and headings stay as they are.
pub fn places(section: &Section) -> Vec<(String, String)> {
    let mut out = Vec::new();
    for block in &section.blocks {
        match &block.content {
            Content::Paragraph { runs } | Content::Proposal { runs, .. } => out.push((block.id.clone(), marked(runs))),
            Content::List { items, .. } => {
                let item = |(n, runs): (usize, &Vec<_>)| (format!("{}.{}", block.id, n + 1), marked(runs));
                out.extend(items.iter().enumerate().map(item));
            }
            Content::Table { .. } | Content::Chart { .. } => {}
        }
    }
    out.retain(|(_, text)| !text.trim().is_empty());
    out
}

/// The section of an id.
pub fn section<'b>(brief: &'b Brief, id: &str) -> Option<&'b Section> {
    brief.sections.iter().find(|s| s.id == id)
}
