//! Places: the pack's regions, and patterns of Chinese addresses.

use crate::domain::{Field, FoundPlace, Region};

use super::Normalized;

/// Finds place phrases.
#[derive(Debug)]
pub struct PlaceFinder {}

impl PlaceFinder {
    /// A finder that knows a city's regions.
    pub fn new(regions: &[Region]) -> Self {
        let _ = regions;
        todo!()
    }

    /// Place phrases of one text, longest first at each position, not overlapping, in text order.
    pub fn find(&self, field: Field, original: &str, normalized: &Normalized) -> Vec<FoundPlace> {
        let _ = (field, original, normalized);
        todo!()
    }
}
