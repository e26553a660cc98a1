//! 五要素: has the caller said when, where, who, what, and what is wanted? Found by the words that the pack
//! lists; where is what the place finder finds.

use regex::Regex;

use crate::domain::{Element, ElementCues, Field, FieldSpan};

use super::Normalized;

/// Fewer characters than this say no matter.
const WHAT: usize = 12;

/// Finds the elements of one pack.
#[derive(Clone, Debug, Default)]
pub struct ElementFinder {
    by: Vec<(Element, Regex)>,
}

impl ElementFinder {
    /// From the cues of a pack, whose patterns were checked when it was read.
    pub fn build(cues: &[ElementCues]) -> Self {
        let one = |cues: &ElementCues| {
            let mut words: Vec<&String> = cues.words.iter().collect();
            // The first branch that fits is taken: longer words come first.
            words.sort_by_key(|word| std::cmp::Reverse(word.chars().count()));
            let words = words.into_iter().map(|word| regex::escape(Normalized::of(word).text()));
            let all: Vec<String> = words.chain(cues.patterns.iter().map(|p| format!("(?:{p})"))).collect();
            let finder = (!all.is_empty()).then(|| Regex::new(&all.join("|")).ok()).flatten()?;
            Some((cues.element, finder))
        };
        Self { by: cues.iter().filter_map(one).collect() }
    }

    /// Where the elements stand in one of an appeal's two texts, in order. Place is left to the place finder.
    pub fn find(&self, field: Field, original: &str) -> Vec<(Element, FieldSpan)> {
        let normalized = Normalized::of(original);
        let mut found = Vec::new();
        for (element, finder) in &self.by {
            let all = finder.find_iter(normalized.text());
            found.extend(all.map(|m| (*element, FieldSpan { field, span: normalized.original_span(m.range()) })));
        }
        if normalized.text().chars().filter(|c| c.is_alphanumeric()).count() >= WHAT {
            let span = normalized.original_span(0..normalized.text().len());
            found.push((Element::What, FieldSpan { field, span }));
        }
        found.sort_by_key(|(element, at)| (at.span.start, *element));
        found
    }
}
