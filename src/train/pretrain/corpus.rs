//! Pre-training text as tokens in memory: files of one document a line (plain or zstd), mixed by the
//! weights of a recipe, in an order that a seed draws anew for each pass.

use std::{
    fs::{self, File},
    io::Read,
    path::{Path, PathBuf},
};

use rand::{RngExt, SeedableRng, rngs::StdRng, seq::SliceRandom};
use serde::Deserialize;

use crate::{
    labelled::{jsonl, jsonl_files},
    model::tokenizer::Reader,
    text::{Normalized, Segmenter},
};

use super::{TrainError, scattered, write};

/// Marks a token that continues the word of the one before it.
pub(super) const CONTINUES: u16 = 1 << 15;

/// Documents with fewer tokens teach too little.
const SHORTEST: usize = 8;

/// Every so many items, one is kept from training to measure on.
const HELD: u64 = 200;

const HINT: &str = "check the recipe and --texts";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Recipe {
    source: Vec<Source>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Source {
    /// Name in a folder of texts: a file of one document a line, or a folder of JSONL files with `text`.
    file: String,
    /// How often each of its documents is read in a pass; a fraction leaves out the rest, another
    /// part in each pass.
    weight: f32,
}

/// A piece of a document that fits into one sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Item {
    start: u32,
    len: u16,
    source: u16,
}

/// All text as tokens.
pub(super) struct Corpus {
    tokens: Vec<u16>,
    items: Vec<Item>,
    weights: Vec<f32>,
}

fn fault(path: &Path, why: impl ToString) -> TrainError {
    TrainError::File { path: path.display().to_string(), why: why.to_string() }
}

impl Corpus {
    /// Reads the recipe and its files, each from the first of `folders` that has it; `told` hears the name of each file that is
    /// tokenised and how many tokens it gave. Tokens are kept in `cache`, which is used again as long
    /// as texts and tokenizer are the same.
    ///
    /// # Errors
    /// Names the file that is missing, is not UTF-8, or cannot be read.
    pub(super) fn read(
        recipe: &Path,
        folders: &[PathBuf],
        reader: &Reader,
        cache: &Path,
        told: &mut dyn FnMut(&str, usize),
    ) -> Result<Self, TrainError> {
        let text = fs::read_to_string(recipe).map_err(|e| fault(recipe, e))?;
        let mix: Recipe = toml::from_str(&text).map_err(|e| fault(recipe, e))?;
        if mix.source.is_empty() || mix.source.len() > usize::from(u16::MAX) {
            return Err(fault(recipe, "names no file"));
        }
        if let Some(s) = mix.source.iter().find(|s| !(s.weight >= 0.0 && s.weight <= 100.0)) {
            return Err(fault(recipe, format!("weight {} of {} must lie in 0..=100", s.weight, s.file)));
        }
        let weights = mix.source.iter().map(|s| s.weight).collect();
        let place = |s: &Source| {
            let all = || folders.iter().map(|f| f.join(&s.file));
            // where none has it, the first is named
            all()
                .find(|p| p.exists())
                .or_else(|| all().next())
                .ok_or_else(|| fault(recipe, "no folder of texts is given"))
        };
        let paths = mix.source.iter().map(place).collect::<Result<Vec<PathBuf>, _>>()?;
        let key = key(&paths, reader)?;
        if let Some((items, tokens)) = load(cache, &key) {
            return Ok(Self { tokens, items, weights });
        }
        let mut own = Self { tokens: Vec::new(), items: Vec::new(), weights };
        let segmenter = Segmenter::new(&[], &[]);
        for (source, path) in paths.iter().enumerate() {
            let before = own.tokens.len();
            own.add(source as u16, &lines(path)?, reader, &segmenter)?;
            told(&mix.source[source].file, own.tokens.len() - before);
        }
        if own.items.len() < 1000 {
            return Err(fault(
                recipe,
                format!("gives only {} pieces of text, at least 1000 are needed", own.items.len()),
            ));
        }
        save(cache, &key, &own)?;
        Ok(own)
    }

    fn add(&mut self, source: u16, text: &str, reader: &Reader, segmenter: &Segmenter) -> Result<(), TrainError> {
        let documents: Vec<&str> = text.lines().collect();
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        for part in documents.chunks(threads * 4096) {
            let read: Vec<Result<Vec<Vec<u16>>, TrainError>> = std::thread::scope(|scope| {
                let own: Vec<_> = part
                    .chunks(part.len().div_ceil(threads))
                    .map(|chunk| scope.spawn(move || chunk.iter().map(|d| tokens(d, reader, segmenter)).collect()))
                    .collect();
                let panicked = || Err(TrainError::Data("a tokenising thread panicked".into()));
                own.into_iter().map(|h| h.join().unwrap_or_else(|_| panicked())).collect()
            });
            for documents in read {
                for document in documents? {
                    self.cut(source, &document, reader.max() - 2);
                }
            }
        }
        Ok(())
    }

    /// Cuts a document into equal pieces that fit.
    fn cut(&mut self, source: u16, document: &[u16], most: usize) {
        if document.len() < SHORTEST {
            return;
        }
        let pieces = document.len().div_ceil(most);
        for piece in document.chunks(document.len().div_ceil(pieces)) {
            let (Ok(start), Ok(len)) = (u32::try_from(self.tokens.len()), u16::try_from(piece.len())) else { return };
            self.items.push(Item { start, len, source });
            self.tokens.extend_from_slice(piece);
        }
    }

    /// Tokens of an item, with the mark of those that continue a word.
    pub(super) fn tokens(&self, item: Item) -> &[u16] {
        let start = item.start as usize;
        &self.tokens[start..start + usize::from(item.len)]
    }

    /// How many tokens there are before weights.
    pub(super) fn len(&self) -> usize {
        self.tokens.len()
    }

    fn is_held(index: usize) -> bool {
        scattered(index as u64, 0).is_multiple_of(HELD)
    }

    /// The first `n` pieces that are kept from training, drawn over all sources by their weights.
    pub(super) fn held(&self, n: usize) -> Vec<Item> {
        let mut rng = StdRng::seed_from_u64(0);
        let most = self.weights.iter().copied().fold(0.0, f32::max);
        let mut own: Vec<Item> = self
            .items
            .iter()
            .enumerate()
            .filter(|(i, _)| Self::is_held(*i))
            .filter(|(_, item)| rng.random::<f32>() * most < self.weights[usize::from(item.source)])
            .map(|(_, item)| *item)
            .collect();
        own.shuffle(&mut rng);
        own.truncate(n);
        own
    }

    /// Items of a pass in their order.
    pub(super) fn pass(&self, seed: u64, pass: u64) -> Vec<Item> {
        let mut rng = StdRng::seed_from_u64(seed ^ pass.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let mut all = Vec::new();
        for (i, item) in self.items.iter().enumerate().filter(|(i, _)| !Self::is_held(*i)) {
            let weight = self.weights[usize::from(item.source)];
            let fraction = (scattered(i as u64, pass + 1) >> 40) as f32 / (1u64 << 24) as f32;
            let times = weight as usize + usize::from(fraction < weight.fract());
            all.extend(std::iter::repeat_n(*item, times));
        }
        all.shuffle(&mut rng);
        all
    }
}

/// Tokens of a document, none if it is blank.
fn tokens(document: &str, reader: &Reader, segmenter: &Segmenter) -> Result<Vec<u16>, TrainError> {
    let normalized = Normalized::of(document);
    let words = segmenter.precise(normalized.text());
    let mut starts = words.iter().map(|w| w.bytes.start).peekable();
    let mut all = Vec::new();
    for (id, from) in reader.plain(normalized.text())? {
        let id = u16::try_from(id).ok().filter(|id| *id < CONTINUES).ok_or_else(|| {
            TrainError::Data(format!("token {id}: pre-training reads vocabularies of up to {CONTINUES} tokens"))
        })?;
        let mut begins = false;
        while starts.next_if(|s| *s <= from).is_some() {
            begins = true;
        }
        all.push(if begins { id } else { id | CONTINUES });
    }
    Ok(all)
}

#[derive(Deserialize)]
struct Document {
    text: String,
}

/// Documents of a source, one a line.
fn lines(path: &Path) -> Result<String, TrainError> {
    if !path.is_dir() {
        return plain(path);
    }
    let mut all = String::new();
    for file in jsonl_files(path, HINT)? {
        for (_, document) in jsonl::<Document>(&file, HINT)? {
            all.extend(document.text.lines().flat_map(|l| [l, " "]));
            all.push('\n');
        }
    }
    Ok(all)
}

/// Text of a file, unpacked if it is .zst.
fn plain(path: &Path) -> Result<String, TrainError> {
    let file = File::open(path).map_err(|e| fault(path, e))?;
    let mut text = String::new();
    if path.extension().is_some_and(|e| e == "zst") {
        let mut plain = zstd::Decoder::new(file).map_err(|e| fault(path, e))?;
        plain.read_to_string(&mut text).map_err(|e| fault(path, e))?;
    } else {
        let mut file = file;
        file.read_to_string(&mut text).map_err(|e| fault(path, e))?;
    }
    Ok(text)
}

/// What the tokens depend on: the files, the tokenizer's answers and the length of sequences.
fn key(paths: &[PathBuf], reader: &Reader) -> Result<blake3::Hash, TrainError> {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&reader.max().to_le_bytes());
    for (id, from) in reader.plain("拖欠工资 APP 12345，请尽快处理。").unwrap_or_default() {
        hasher.update(&id.to_le_bytes()).update(&from.to_le_bytes());
    }
    for path in paths {
        for path in jsonl_files(path, HINT)? {
            let file = File::open(&path).map_err(|e| fault(&path, e))?;
            hasher.update(path.file_name().unwrap_or_default().as_encoded_bytes());
            hasher.update_reader(file).map_err(|e| fault(&path, e))?;
        }
    }
    Ok(hasher.finalize())
}

fn save(path: &Path, key: &blake3::Hash, corpus: &Corpus) -> Result<(), TrainError> {
    let mut bytes = Vec::with_capacity(48 + corpus.items.len() * 8 + corpus.tokens.len() * 2);
    bytes.extend_from_slice(key.as_bytes());
    bytes.extend_from_slice(&(corpus.items.len() as u64).to_le_bytes());
    bytes.extend_from_slice(&(corpus.tokens.len() as u64).to_le_bytes());
    for item in &corpus.items {
        bytes.extend_from_slice(&item.start.to_le_bytes());
        bytes.extend_from_slice(&item.len.to_le_bytes());
        bytes.extend_from_slice(&item.source.to_le_bytes());
    }
    corpus.tokens.iter().for_each(|t| bytes.extend_from_slice(&t.to_le_bytes()));
    write::file(path, &bytes)
}

/// Items and tokens of a cache with that key; anything else is made anew.
fn load(path: &Path, key: &blake3::Hash) -> Option<(Vec<Item>, Vec<u16>)> {
    let bytes = fs::read(path).ok()?;
    let rest = bytes.strip_prefix(key.as_bytes().as_slice())?;
    let number = |at: usize| Some(u64::from_le_bytes(rest.get(at..at + 8)?.try_into().ok()?) as usize);
    let (n, m) = (number(0)?, number(8)?);
    let rest = rest.get(16..)?;
    if rest.len() != n.checked_mul(8)?.checked_add(m.checked_mul(2)?)? {
        return None;
    }
    let (items, tokens) = rest.split_at(n * 8);
    let (items, _) = items.as_chunks::<8>();
    let items: Vec<Item> = items
        .iter()
        .map(|b| Item {
            start: u32::from_le_bytes([b[0], b[1], b[2], b[3]]),
            len: u16::from_le_bytes([b[4], b[5]]),
            source: u16::from_le_bytes([b[6], b[7]]),
        })
        .collect();
    let (tokens, _) = tokens.as_chunks::<2>();
    let whole = items.iter().all(|i| i.start as usize + usize::from(i.len) <= m);
    whole.then(|| (items, tokens.iter().map(|b| u16::from_le_bytes(*b)).collect()))
}
