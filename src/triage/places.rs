//! Two finders of places, one list: the pack's names and address patterns, and the bundle's head.
//!
//! The patterns know names and where they lie, the head knows how citizens put it and which place the
//! matter is about. Where both speak of one stretch, the head says how far it goes, the patterns say in
//! which region it lies.

use crate::{
    domain::{Appeal, Field, FieldSpan, FoundPlace, HeadKind},
    model::{Bundle, FoundSpan, HeadAnswer, Said},
};

use super::Reading;

/// Name of the head that is asked.
pub const PLACE_HEAD: &str = "place";

/// A stretch of the head counts from this probability on.
const PLACE_THRESHOLD: f32 = 0.3;

/// Whether a bundle finds places itself.
pub fn finds_places(bundle: &Bundle) -> bool {
    bundle.labels().further().iter().any(|h| h.name == PLACE_HEAD && h.kind == HeadKind::Span)
}

/// What the head found.
pub(super) fn found(answers: &[HeadAnswer]) -> &[FoundSpan] {
    let own = answers.iter().find(|a| a.head == PLACE_HEAD);
    match own.map(|a| &a.said) {
        Some(Said::Spans(found)) => found,
        _ => &[],
    }
}

/// The head's places alone.
pub(super) fn of_head(appeal: &Appeal, reading: &Reading, found: &[FoundSpan]) -> Vec<FoundPlace> {
    let sure = found.iter().filter(|f| f.p >= PLACE_THRESHOLD);
    let places = sure.map(|f| {
        let span = reading.normalized(f.field).original_span(f.bytes.clone());
        let text = span.slice(appeal.field(f.field)).to_owned();
        FoundPlace { at: FieldSpan { field: f.field, span }, text, region: None }
    });
    places.filter(|p| !p.at.span.is_empty()).collect()
}

/// The head's places with the regions of those that the patterns found there, and what the patterns
/// found elsewhere; in the order of title and text.
pub(super) fn merged(patterns: Vec<FoundPlace>, mut head: Vec<FoundPlace>) -> Vec<FoundPlace> {
    let mut rest = Vec::new();
    for place in patterns {
        let meets = |own: &&mut FoundPlace| own.at.field == place.at.field && own.at.span.overlaps(&place.at.span);
        match head.iter_mut().find(meets) {
            // the last region is that of the most exact name
            Some(own) => own.region = place.region.or(own.region.take()),
            None => rest.push(place),
        }
    }
    head.extend(rest);
    head.sort_by_key(|p| (p.at.field == Field::Text, p.at.span.start));
    head
}
