//! Rephrasings on the wire: our text, the model's, the difference, what speaks against it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    desk::{Place, Rephrasing},
    domain::format_city,
};

/// Which section a language model is to put in other words.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RephraseInput {
    /// The version that the person saw.
    pub version: u32,
    /// `s2`, …
    pub section: String,
}

/// A stretch of the difference.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DiffView {
    /// `same` `gone` `new`.
    pub kind: String,
    /// The words; figures and quotes as they are printed.
    pub text: String,
}

/// One place of a section.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RephrasedPlaceView {
    /// `b3`, `b3.2`.
    pub place: String,
    /// Our text.
    pub own: String,
    /// The model's.
    pub theirs: String,
    /// Word by word.
    pub diff: Vec<DiffView>,
    /// What speaks against it, in Chinese; empty if nothing does.
    pub objections: Vec<String>,
}

/// What a model made of a section.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RephrasingView {
    /// Its number, for accepting it.
    pub number: i64,
    /// Of which version.
    pub version: u32,
    /// The section.
    pub section: String,
    /// Its heading.
    pub heading: String,
    /// Which model.
    pub model: String,
    /// Who asked.
    pub asked_by: String,
    /// When.
    pub at: String,
    /// Whether nothing speaks against it: only then it can be accepted.
    pub holds: bool,
    /// The version as which it was accepted.
    pub accepted: Option<u32>,
    /// The places that it changed.
    pub places: Vec<RephrasedPlaceView>,
}

impl RephrasingView {
    pub(crate) fn of(r: &Rephrasing) -> Self {
        Self {
            number: r.number,
            version: r.version,
            section: r.section.clone(),
            heading: r.heading.clone(),
            model: r.model.clone(),
            asked_by: r.asked_by.clone(),
            at: format_city(r.at),
            holds: r.holds(),
            accepted: r.accepted,
            places: r.places.iter().map(place).collect(),
        }
    }
}

fn place(p: &Place) -> RephrasedPlaceView {
    RephrasedPlaceView {
        place: p.place.clone(),
        own: p.own.clone(),
        theirs: p.theirs.clone(),
        diff: p.pieces.iter().map(|d| DiffView { kind: d.kind.code().to_owned(), text: d.text.clone() }).collect(),
        objections: p.objections.iter().map(ToString::to_string).collect(),
    }
}
