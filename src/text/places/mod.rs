//! Places: the pack's regions, and patterns of Chinese addresses.
//!
//! Adjacent parts are one phrase (镇＋村＋组, 路＋号, 小区＋幢＋单元); two roads that meet are one too. The
//! region is that of the most exact name in the phrase.

mod name;
mod parts;
mod patterns;
mod regions;
mod words;

use std::{ops::Range, sync::Arc};

use crate::domain::{Field, FieldSpan, FoundPlace, Region};

use super::{Normalized, Segmenter};
use parts::Part;
use regions::Regions;
use words::Kind;

/// Parts of one phrase at most, so that a text of nothing but address words is many phrases.
const MOST_PARTS: usize = 12;

/// Finds place phrases.
#[derive(Debug)]
pub struct PlaceFinder {
    regions: Regions,
    segmenter: Arc<Segmenter>,
}

/// Parts that belong together, in the normalised text.
struct Phrase {
    bytes: Range<usize>,
    names: Vec<usize>,
}

impl PlaceFinder {
    /// A finder that knows a city's regions; the segmenter (with the same regions) tells it where
    /// names begin.
    pub fn new(regions: &[Region], segmenter: Arc<Segmenter>) -> Self {
        Self { regions: Regions::new(regions), segmenter }
    }

    /// Place phrases of one text, longest first at each position, not overlapping, in text order.
    pub fn find(&self, field: Field, original: &str, normalized: &Normalized) -> Vec<FoundPlace> {
        let text = normalized.text();
        let parts = parts::find(text, &self.segmenter, &self.regions);
        let phrases = phrases(text, &parts);
        let elsewhere = self.only_district(&phrases);
        let mut cursor = Cursor { original, byte: 0, char: 0 };
        let mut places: Vec<FoundPlace> = Vec::with_capacity(phrases.len());
        for phrase in phrases {
            let span = normalized.original_span(phrase.bytes.clone());
            if span.is_empty() || places.last().is_some_and(|last| last.at.span.end > span.start) {
                continue;
            }
            let region = self.regions.resolve(&phrase.names, elsewhere).and_then(|at| self.regions.id(at));
            let from = cursor.go(span.start);
            let to = cursor.go(span.end);
            let text = original.get(from..to).unwrap_or("").to_owned();
            places.push(FoundPlace { at: FieldSpan { field, span }, text, region });
        }
        places
    }

    /// The district of the text, if all its certain names lie in one.
    fn only_district(&self, phrases: &[Phrase]) -> Option<&str> {
        let certain = phrases.iter().filter_map(|phrase| self.regions.resolve(&phrase.names, None));
        let mut districts = certain.filter_map(|region| self.regions.district(region));
        let first = districts.next()?;
        districts.all(|district| district == first).then_some(first)
    }
}

fn phrases(text: &str, parts: &[Part]) -> Vec<Phrase> {
    let mut phrases: Vec<Phrase> = Vec::new();
    let mut count = 0;
    for (index, part) in parts.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|index| parts.get(index));
        let joins = before.is_some_and(|before| {
            let gap = text.get(before.bytes.end..part.bytes.start).unwrap_or("?");
            gap.is_empty()
                || (gap == " " && part.kind == Kind::Number)
                || (words::CONNECTORS.contains(&gap) && crosses(parts, index))
        });
        match phrases.last_mut().filter(|_| joins && count < MOST_PARTS) {
            Some(phrase) => {
                phrase.bytes.end = part.bytes.end;
                phrase.names.extend(part.region);
                count += 1;
            }
            None => {
                phrases.push(Phrase { bytes: part.bytes.clone(), names: part.region.into_iter().collect() });
                count = 1;
            }
        }
    }
    phrases
}

/// Whether part `index` is a road that meets the road before it: 人民路与建设路交叉口.
fn crosses(parts: &[Part], index: usize) -> bool {
    let is_road = |at: usize| parts.get(at).is_some_and(|part| part.kind == Kind::Road);
    let meets = parts.get(index..index + 2).is_some_and(
        |pair| matches!(pair, [road, next] if next.kind == Kind::Junction && next.bytes.start == road.bytes.end),
    );
    index > 0 && is_road(index - 1) && is_road(index) && meets
}

/// Byte offsets of rising character offsets, in one pass over the text.
struct Cursor<'t> {
    original: &'t str,
    byte: usize,
    char: usize,
}

impl Cursor<'_> {
    fn go(&mut self, char: usize) -> usize {
        let rest = self.original.get(self.byte..).unwrap_or("");
        let steps = char.saturating_sub(self.char);
        self.byte += rest.char_indices().nth(steps).map_or(rest.len(), |(byte, _)| byte);
        self.char += steps;
        self.byte
    }
}
