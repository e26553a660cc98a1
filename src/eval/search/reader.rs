//! Sentence vectors of texts, each made once: the tasks share most of their texts, and runs can share a
//! file.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
};

use crate::{
    model::{Bundle, ModelInput},
    text::Normalized,
};

use super::{SearchEvalError, tasks::Doc};

/// Characters of a text that are read: more than the encoder takes.
const READ: usize = 400;
/// Texts read together.
const BATCH: usize = 256;
/// Bytes of a text's key.
const KEY: usize = 16;

type Key = [u8; KEY];

/// A bundle and what it has read.
pub(super) struct Reader<'b> {
    bundle: &'b Bundle,
    known: HashMap<Key, Vec<f32>>,
    file: Option<PathBuf>,
}

fn words(text: &str) -> String {
    let cut: String = text.chars().take(READ).collect();
    Normalized::of(&cut).text().to_owned()
}

fn input(doc: &Doc) -> ModelInput {
    ModelInput { title: words(&doc.title), text: words(&doc.text) }
}

fn key(input: &ModelInput) -> Key {
    let hash = blake3::hash(format!("{}\u{1}{}", input.title, input.text).as_bytes());
    let mut key = Key::default();
    key.copy_from_slice(&hash.as_bytes()[..KEY]);
    key
}

impl<'b> Reader<'b> {
    /// Takes up what was kept in a folder for this bundle, if one is given.
    pub(super) fn new(bundle: &'b Bundle, dir: Option<&Path>) -> Self {
        let name = bundle.id().replace(|c: char| !c.is_alphanumeric() && c != '-' && c != '@', "_");
        let file = dir.map(|d| d.join(format!("{name}.vectors")));
        let bytes = file.as_ref().and_then(|f| fs::read(f).ok()).unwrap_or_default();
        let mut known = HashMap::new();
        for record in bytes.chunks_exact(KEY + 4 * bundle.vector_width()) {
            let (key, numbers) = record.split_at(KEY);
            let number = |b: &[u8]| b.try_into().map_or(0.0, f32::from_le_bytes);
            known.insert(Key::try_from(key).unwrap_or_default(), numbers.chunks_exact(4).map(number).collect());
        }
        Self { bundle, known, file }
    }

    pub(super) fn bundle(&self) -> &Bundle {
        self.bundle
    }

    /// Vectors of texts, in order.
    pub(super) fn read(&mut self, docs: impl Iterator<Item = Doc>) -> Vec<Vec<f32>> {
        let inputs: Vec<ModelInput> = docs.map(|d| input(&d)).collect();
        let keys: Vec<Key> = inputs.iter().map(key).collect();
        let open: Vec<usize> = (0..inputs.len()).filter(|&n| !self.known.contains_key(&keys[n])).collect();
        for batch in open.chunks(BATCH) {
            let texts: Vec<ModelInput> = batch.iter().map(|&n| inputs[n].clone()).collect();
            for (&n, vector) in batch.iter().zip(self.bundle.vectors(&texts)) {
                self.known.insert(keys[n], vector);
            }
        }
        keys.iter().map(|k| self.known.get(k).cloned().unwrap_or_default()).collect()
    }

    /// Keeps what was read for the next run.
    pub(super) fn keep(&self) -> Result<(), SearchEvalError> {
        let Some(file) = &self.file else { return Ok(()) };
        let mut all: Vec<(&Key, &Vec<f32>)> = self.known.iter().collect();
        all.sort_unstable_by_key(|(key, _)| **key);
        let mut bytes = Vec::new();
        for (key, vector) in all {
            bytes.extend(key);
            vector.iter().for_each(|x| bytes.extend(x.to_le_bytes()));
        }
        let dir = file.parent().map_or(Ok(()), fs::create_dir_all);
        dir.and_then(|()| fs::write(file, bytes))
            .map_err(|e| SearchEvalError::Unwritten(file.display().to_string(), e.to_string()))
    }
}
