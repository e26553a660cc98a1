//! The words alone: a sparse linear model over character 1–4-grams that votes beside the encoder.
//!
//! With 115 classes and a few thousand examples the n-grams know what a small encoder has not seen
//! often enough. A gram is kept as a 64-bit hash (no text of the training data is in the file), its
//! weights as i8 with a scale for each label.

use std::{collections::HashMap, ops::Range};

use candle_core::{DType, Device, Tensor};

use crate::domain::Field;

use super::{ModelError, ModelInput, tokenizer::readable, weights::Weights};

/// Longest gram, in characters.
const LONGEST: usize = 4;
const PREFIX: &str = "ngram";

/// Calls `found` for every gram of the input: its hash, its field and the bytes that it covers.
/// Titles are read twice, once as part of the whole and once as a title.
pub fn grams(input: &ModelInput, mut found: impl FnMut(u64, Field, Range<usize>)) {
    for (field, text) in [(Field::Title, &input.title), (Field::Text, &input.text)] {
        for (offset, part) in readable(text) {
            let chars: Vec<(usize, char)> = part.char_indices().collect();
            let end = |i: usize| chars.get(i).map_or(part.len(), |(at, _)| *at);
            for (i, &(from, _)) in chars.iter().enumerate() {
                let mut hash = 0xcbf2_9ce4_8422_2325_u64;
                for (n, (_, c)) in chars[i..].iter().take(LONGEST).enumerate() {
                    hash = step(hash, u64::from(folded(*c)));
                    let bytes = offset + from..offset + end(i + n + 1);
                    if field == Field::Title {
                        found(step(hash, 0x7469_746c_6500), field, bytes.clone());
                    }
                    found(hash, field, bytes);
                }
            }
        }
    }
}

/// Punctuation and white space count as one character: where a phrase ends matters, by which mark
/// does not.
fn folded(c: char) -> u32 {
    if c.is_alphanumeric() { c as u32 } else { 0x20 }
}

fn step(hash: u64, value: u64) -> u64 {
    let mixed = (hash ^ value).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed ^ (mixed >> 29)
}

/// Term weight of a count: 1 + ln(count), times the inverse document frequency.
pub fn term(count: u32, idf: f32) -> f32 {
    (1.0 + (count as f32).ln()) * idf
}

/// The linear model.
pub struct Ngrams {
    rows: HashMap<u64, u32, Already>,
    idf: Vec<f32>,
    weights: Vec<i8>,
    scale: Vec<f32>,
    bias: Vec<f32>,
}

/// The keys are hashes already.
#[derive(Clone, Default)]
struct Already;

impl std::hash::BuildHasher for Already {
    type Hasher = Same;

    fn build_hasher(&self) -> Same {
        Same(0)
    }
}

struct Same(u64);

impl std::hash::Hasher for Same {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|b| self.0 = step(self.0, u64::from(*b)));
    }

    fn write_u64(&mut self, n: u64) {
        self.0 = n;
    }
}

/// Features of one input, normalised to length one.
pub struct Features {
    /// Row of the model and value, rows ascending.
    pub values: Vec<(u32, f32)>,
}

/// The model as plain numbers, to be taught further.
pub struct Dense {
    /// Hashes of the grams, in the order of the rows.
    pub hashes: Vec<u64>,
    /// Inverse document frequency of each.
    pub idf: Vec<f32>,
    /// `[grams, labels]`
    pub weights: Vec<f32>,
    /// One for each label.
    pub bias: Vec<f32>,
}

impl Ngrams {
    /// The model as plain numbers.
    pub fn dense(&self) -> Dense {
        let mut hashes = vec![0; self.idf.len()];
        #[expect(clippy::iter_over_hash_type, reason = "each entry goes to its own place, whatever the order")]
        for (hash, row) in &self.rows {
            hashes[*row as usize] = *hash;
        }
        let rows = self.weights.chunks_exact(self.scale.len().max(1));
        let weights = rows.flat_map(|row| row.iter().zip(&self.scale).map(|(w, s)| f32::from(*w) * s)).collect();
        Dense { hashes, idf: self.idf.clone(), weights, bias: self.bias.clone() }
    }

    /// Builds the model from f32 weights `[grams, labels]`, quantised by column.
    pub fn quantised(hashes: &[u64], idf: Vec<f32>, weights: &[f32], bias: Vec<f32>) -> Self {
        let labels = bias.len();
        let mut scale = vec![1e-12f32; labels];
        for row in weights.chunks_exact(labels) {
            scale.iter_mut().zip(row).for_each(|(s, w)| *s = s.max(w.abs() / 127.0));
        }
        let weights = weights
            .chunks_exact(labels)
            .flat_map(|row| row.iter().zip(&scale).map(|(w, s)| (w / s).round() as i8))
            .collect();
        Self { rows: hashes.iter().copied().zip(0..).collect(), idf, weights, scale, bias }
    }

    /// Reads the model if the file has one; `labels` is the number of outputs of all heads.
    ///
    /// # Errors
    /// If its tensors do not fit together.
    pub fn load(weights: &Weights, labels: usize) -> Result<Option<Self>, ModelError> {
        let name = |part: &str| format!("{PREFIX}.{part}");
        let Some(n) = weights.rows(&name("hash")) else { return Ok(None) };
        let hashes: Vec<i64> = weights.raw(&name("hash"), &[n])?.to_dtype(DType::I64)?.to_vec1()?;
        let idf = weights.get(&name("idf"), &[n])?.to_vec1()?;
        let packed = weights.raw(&name("weight"), &[n, labels])?;
        if packed.dtype() != DType::U8 {
            return Err(ModelError::Mismatch(format!("tensor {} is no u8", name("weight"))));
        }
        let packed = packed.flatten_all()?.to_vec1::<u8>()?.into_iter().map(|b| b.wrapping_sub(128) as i8).collect();
        let scale = weights.get(&name("scale"), &[labels])?.to_vec1()?;
        let bias = weights.get(&name("bias"), &[labels])?.to_vec1()?;
        let rows: HashMap<_, _, _> = hashes.iter().map(|h| *h as u64).zip(0..).collect();
        if rows.len() != n {
            return Err(ModelError::Mismatch(format!("tensor {} names a gram twice", name("hash"))));
        }
        Ok(Some(Self { rows, idf, weights: packed, scale, bias }))
    }

    /// Its tensors, as [`Ngrams::load`] reads them.
    ///
    /// # Errors
    /// Only if memory runs out.
    pub fn to_tensors(&self) -> Result<Vec<(String, Tensor)>, ModelError> {
        let (n, labels, d) = (self.idf.len(), self.bias.len(), &Device::Cpu);
        let mut hashes = vec![0i64; n];
        #[expect(clippy::iter_over_hash_type, reason = "each entry goes to its own place, whatever the order")]
        for (hash, row) in &self.rows {
            hashes[*row as usize] = *hash as i64;
        }
        let packed: Vec<u8> = self.weights.iter().map(|w| (*w as u8).wrapping_add(128)).collect();
        Ok(vec![
            (format!("{PREFIX}.hash"), Tensor::from_vec(hashes, n, d)?),
            (format!("{PREFIX}.idf"), Tensor::from_slice(&self.idf, n, d)?),
            (format!("{PREFIX}.weight"), Tensor::from_vec(packed, (n, labels), d)?),
            // stored as f32 columns of one row would be rounded to f16: scales span five decades
            (format!("{PREFIX}.scale"), Tensor::from_slice(&self.scale, labels, d)?),
            (format!("{PREFIX}.bias"), Tensor::from_slice(&self.bias, labels, d)?),
        ])
    }

    /// Features of an input.
    pub fn features(&self, input: &ModelInput) -> Features {
        let mut rows = Vec::new();
        grams(input, |hash, _, _| rows.extend(self.rows.get(&hash)));
        rows.sort_unstable();
        let mut values: Vec<(u32, f32)> = rows
            .chunk_by(|a, b| a == b)
            .map(|same| (same[0], term(same.len() as u32, self.idf[same[0] as usize])))
            .collect();
        unit(&mut values);
        Features { values }
    }

    /// One margin for each label of all heads.
    pub fn margins(&self, features: &Features) -> Vec<f32> {
        let labels = self.bias.len();
        let mut sums = vec![0f32; labels];
        for &(row, value) in &features.values {
            let weights = &self.weights[row as usize * labels..(row as usize + 1) * labels];
            sums.iter_mut().zip(weights).for_each(|(s, w)| *s += value * f32::from(*w));
        }
        sums.iter().zip(&self.scale).zip(&self.bias).map(|((s, scale), b)| s * scale + b).collect()
    }

    /// Contribution of every occurrence of every gram to the margin of `label`: what `found` receives
    /// adds up to the margin without its bias.
    pub fn contributions(
        &self,
        input: &ModelInput,
        features: &Features,
        label: usize,
        mut found: impl FnMut(Field, Range<usize>, f32),
    ) {
        let labels = self.bias.len();
        let mut counts: HashMap<u32, u32> = HashMap::new();
        grams(input, |hash, _, _| {
            if let Some(row) = self.rows.get(&hash) {
                *counts.entry(*row).or_default() += 1;
            }
        });
        grams(input, |hash, field, bytes| {
            let Some(row) = self.rows.get(&hash) else { return };
            let Ok(at) = features.values.binary_search_by_key(row, |(r, _)| *r) else { return };
            let weight = f32::from(self.weights[*row as usize * labels + label]) * self.scale[label];
            found(field, bytes, weight * features.values[at].1 / counts[row] as f32);
        });
    }
}

/// Scales values to Euclidean length one.
pub fn unit(values: &mut [(u32, f32)]) {
    let length = values.iter().map(|(_, v)| v * v).sum::<f32>().sqrt();
    if length > 0.0 {
        values.iter_mut().for_each(|(_, v)| *v /= length);
    }
}
