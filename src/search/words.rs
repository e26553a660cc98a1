//! Frequent words of the index, for suggestions while typing.

use std::collections::BTreeMap;

use tantivy::Searcher;

use super::{SearchError, SearchIndex};

/// Words that one look-up reads at most, in each segment and field: a few milliseconds.
const READ: usize = 20_000;

impl SearchIndex {
    /// Words of titles and texts that begin with `prefix` (normalised), with in about how many tickets
    /// they stand; the most frequent first, none in fewer than `least`.
    ///
    /// Only words that stand in the dictionary and are no person's name: what few people said, or who
    /// they are, is not told here. A prefix without a letter finds none, for numbers are personal.
    ///
    /// # Errors
    /// [`SearchError::Backend`] or [`SearchError::Damaged`].
    pub fn words_from(&self, prefix: &str, least: u64, most: usize) -> Result<Vec<(String, u64)>, SearchError> {
        if !prefix.chars().any(char::is_alphabetic) {
            return Ok(Vec::new());
        }
        let counts = self.guarded(|searcher| self.count_from(searcher, prefix))?;
        let mut words: Vec<(String, u64)> = counts.into_iter().filter(|(_, n)| *n >= least).collect();
        words.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        Ok(words.into_iter().filter(|(word, _)| self.segmenter.is_common_word(word)).take(most).collect())
    }

    fn count_from(&self, searcher: &Searcher, prefix: &str) -> tantivy::Result<BTreeMap<String, u64>> {
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        for pair in self.fields.texts.iter().take(2) {
            let mut of_field: BTreeMap<String, u64> = BTreeMap::new();
            for segment in searcher.segment_readers() {
                let index = segment.inverted_index(pair.words)?;
                let mut words = index.terms().range().ge(prefix.as_bytes()).into_stream()?;
                let mut read = 0;
                while words.advance() && read < READ && words.key().starts_with(prefix.as_bytes()) {
                    read += 1;
                    if let Ok(word) = std::str::from_utf8(words.key()) {
                        *of_field.entry(word.to_owned()).or_default() += u64::from(words.value().doc_freq);
                    }
                }
            }
            for (word, count) in of_field {
                let known = counts.entry(word).or_default();
                *known = count.max(*known);
            }
        }
        Ok(counts)
    }
}
