//! Which terms may be shown: words are read from whole texts, what is shown of them must not tell more than the masked
//! texts do.

use std::cell::OnceCell;

use crate::text::{Normalized, mask};

use super::heard::Heard;

/// Texts of appeals, masked when somebody asks.
pub(super) struct Covered<'h> {
    appeals: Vec<&'h Heard>,
    /// Normalised, as said and masked.
    read: Vec<OnceCell<(String, String)>>,
}

impl<'h> Covered<'h> {
    pub(super) fn of(appeals: impl Iterator<Item = &'h Heard>) -> Self {
        let appeals: Vec<&Heard> = appeals.collect();
        Self { read: appeals.iter().map(|_| OnceCell::new()).collect(), appeals }
    }

    /// Whether a normalised term may be shown: a masked text still holds it, or it comes from no text at all (a place
    /// that was given in a field of its own).
    pub(super) fn shows(&self, term: &str) -> bool {
        let mut said = false;
        for (heard, read) in self.appeals.iter().zip(&self.read) {
            let (plain, masked) = read.get_or_init(|| {
                let normal = |change: fn(&str) -> String| {
                    let text = format!("{}\n{}", change(&heard.title), change(&heard.text));
                    Normalized::of(&text).text().to_owned()
                };
                (normal(str::to_owned), normal(|text| mask(text).text))
            });
            if masked.contains(term) {
                return true;
            }
            said |= plain.contains(term);
        }
        !said
    }
}
