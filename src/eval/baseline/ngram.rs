//! Character n-grams with TF-IDF weights in sparse rows.

use std::collections::HashMap;

/// Which n-grams count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NgramConfig {
    /// Shortest, at least 1.
    pub least: usize,
    /// Longest, at most 5 (an n-gram is packed into 128 bits).
    pub most: usize,
    /// Rows in which an n-gram must stand to count.
    pub min_rows: usize,
}

impl Default for NgramConfig {
    fn default() -> Self {
        Self { least: 1, most: 4, min_rows: 2 }
    }
}

/// Sparse rows of unit length (a row without any known n-gram is empty).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SparseRows {
    starts: Vec<usize>,
    columns: Vec<u32>,
    values: Vec<f32>,
    width: usize,
}

impl SparseRows {
    /// Number of rows.
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// Number of columns.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Columns (ascending) and values of a row; empty past the end.
    pub fn row(&self, row: usize) -> (&[u32], &[f32]) {
        let Some(&start) = self.starts.get(row) else { return (&[], &[]) };
        let end = self.starts.get(row + 1).copied().unwrap_or(self.columns.len());
        (self.columns.get(start..end).unwrap_or_default(), self.values.get(start..end).unwrap_or_default())
    }

    fn push(&mut self, entries: &[(u32, f32)]) {
        self.starts.push(self.columns.len());
        let norm = entries.iter().map(|(_, v)| f64::from(*v) * f64::from(*v)).sum::<f64>().sqrt();
        for (column, value) in entries {
            self.columns.push(*column);
            self.values.push((f64::from(*value) / norm) as f32);
        }
    }
}

/// The n-grams of a training set with their inverse document frequencies.
#[derive(Clone, Debug)]
pub struct Ngrams {
    config: NgramConfig,
    column: HashMap<u128, u32>,
    idf: Vec<f32>,
}

/// An n-gram as a number: 21 bits hold a character, one more bit marks that there is one.
type Key = u128;

impl Ngrams {
    /// Learns n-grams and frequencies: `idf = ln((1 + rows) / (1 + rows with it)) + 1`.
    pub fn fit<T: AsRef<str>>(texts: &[T], config: NgramConfig) -> Self {
        let config = NgramConfig { least: config.least.max(1), most: config.most.clamp(1, 5), ..config };
        let mut all: Vec<Key> = Vec::new();
        for text in texts {
            let mut keys = keys(text.as_ref(), config);
            keys.dedup();
            all.extend(keys);
        }
        all.sort_unstable();
        let (mut column, mut idf) = (HashMap::new(), Vec::new());
        for same in all.chunk_by(|a, b| a == b) {
            if let (Some(key), true) = (same.first(), same.len() >= config.min_rows) {
                column.insert(*key, idf.len() as u32);
                idf.push(((1.0 + texts.len() as f64) / (1.0 + same.len() as f64)).ln() as f32 + 1.0);
            }
        }
        Self { config, column, idf }
    }

    /// Number of n-grams.
    pub fn width(&self) -> usize {
        self.idf.len()
    }

    /// Rows of unit length with weights `(1 + ln count) × idf`.
    pub fn transform<T: AsRef<str>>(&self, texts: &[T]) -> SparseRows {
        let mut rows = SparseRows { width: self.width(), ..SparseRows::default() };
        for text in texts {
            let mut entries: Vec<(u32, f32)> = Vec::new();
            for same in keys(text.as_ref(), self.config).chunk_by(|a, b| a == b) {
                let Some(column) = same.first().and_then(|key| self.column.get(key)) else { continue };
                let idf = self.idf.get(*column as usize).copied().unwrap_or(0.0);
                entries.push((*column, (1.0 + (same.len() as f32).ln()) * idf));
            }
            // Columns were numbered in the order of the keys, so they ascend already.
            rows.push(&entries);
        }
        rows
    }
}

/// The n-grams of a text, sorted, with repeats. Lower case, runs of white space as one blank.
fn keys(text: &str, config: NgramConfig) -> Vec<Key> {
    let mut chars: Vec<char> = Vec::with_capacity(text.len() / 3);
    for c in text.chars().flat_map(char::to_lowercase) {
        let c = if c.is_whitespace() { ' ' } else { c };
        if c != ' ' || chars.last() != Some(&' ') {
            chars.push(c);
        }
    }
    let mut keys = Vec::with_capacity(chars.len() * config.most);
    for n in config.least..=config.most {
        keys.extend(
            chars
                .windows(n)
                .map(|w| w.iter().fold(0, |key: Key, c| (key << 22) | (1 << 21) | Key::from(u32::from(*c)))),
        );
    }
    keys.sort_unstable();
    keys
}
