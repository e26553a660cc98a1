//! Weights by name: read from safetensors with every shape and number checked, written back as f16
//! or f32.

use std::collections::{BTreeMap, HashMap};

use candle_core::{DType, Device, Tensor};
use rand::{RngExt, SeedableRng, rngs::StdRng};

use super::ModelError;

/// Name of the file.
pub const WEIGHTS_FILE: &str = "model.safetensors";

fn bad(why: impl Into<String>) -> ModelError {
    ModelError::File { file: WEIGHTS_FILE.into(), why: why.into() }
}

/// Tensors of a `model.safetensors`, or drawn ones.
pub struct Weights {
    tensors: HashMap<String, Tensor>,
    drawn: Option<Draw>,
}

/// How weights are drawn that no file holds.
#[derive(Clone, Copy)]
struct Draw {
    seed: u64,
    layers: usize,
}

impl Draw {
    /// Norms are 1, biases 0, matrices normal with deviation 0.02; those that end a residual branch
    /// get 0.02/√(2·layers), so that depth does not make the sum grow (Radford et al. 2019).
    fn tensor(self, name: &str, shape: &[usize]) -> Result<Tensor, ModelError> {
        let n = shape.iter().product::<usize>();
        let values = match shape {
            [_] if name.ends_with(".bias") => vec![0.0; n],
            [_] => vec![1.0; n],
            _ => {
                let residual = name.ends_with("Wo.weight") || name.ends_with("output.dense.weight");
                let deviation = if residual { 0.02 / (2.0 * self.layers.max(1) as f32).sqrt() } else { 0.02 };
                let own =
                    blake3::hash(name.as_bytes()).as_bytes().iter().take(8).fold(0, |a, b| a << 8 | u64::from(*b));
                let mut rng = StdRng::seed_from_u64(self.seed ^ own);
                let mut normal = || {
                    let (u, v): (f32, f32) = (rng.random(), rng.random());
                    (-2.0 * (1.0 - u).ln()).sqrt() * (std::f32::consts::TAU * v).cos()
                };
                (0..n).map(|_| normal() * deviation).collect()
            }
        };
        Ok(Tensor::from_vec(values, shape, &Device::Cpu)?)
    }
}

impl Weights {
    /// Reads the file's bytes.
    ///
    /// # Errors
    /// If it is no safetensors file, or is cut short.
    pub fn parse(bytes: &[u8]) -> Result<Self, ModelError> {
        let tensors = candle_core::safetensors::load_buffer(bytes, &Device::Cpu)
            .map_err(|e| bad(format!("not a whole safetensors file ({e})")))?;
        Ok(Self { tensors, drawn: None })
    }

    /// Weights to start from nothing: whatever is asked for is drawn, by its name and the seed.
    pub fn drawn(seed: u64, layers: usize) -> Self {
        Self { tensors: HashMap::new(), drawn: Some(Draw { seed, layers }) }
    }

    /// Whether a tensor of that name is there.
    pub fn has(&self, name: &str) -> bool {
        self.tensors.contains_key(name)
    }

    /// The tensor as it is stored, with its shape checked.
    ///
    /// # Errors
    /// If it is missing or has another shape.
    pub fn raw(&self, name: &str, shape: &[usize]) -> Result<&Tensor, ModelError> {
        let t = self.tensors.get(name).ok_or_else(|| bad(format!("tensor {name} is missing")))?;
        if t.dims() != shape {
            return Err(bad(format!("tensor {name} has shape {:?}, must be {shape:?}", t.dims())));
        }
        Ok(t)
    }

    /// The tensor as f32, every number finite.
    ///
    /// # Errors
    /// If it is missing, has another shape, or holds NaN or infinity.
    pub fn get(&self, name: &str, shape: &[usize]) -> Result<Tensor, ModelError> {
        if let Some(draw) = self.drawn {
            return draw.tensor(name, shape);
        }
        let t = self.raw(name, shape)?.to_dtype(DType::F32)?;
        finite(name, &t)?;
        Ok(t)
    }

    /// First dimension of a tensor, if it is there.
    pub fn rows(&self, name: &str) -> Option<usize> {
        self.tensors.get(name).and_then(|t| t.dims().first().copied())
    }
}

/// The file with tensors added to it, or put in the place of those of the same name; all others keep
/// their bytes.
///
/// # Errors
/// If the file is no safetensors file, or a new number is NaN or infinite.
pub fn with_tensors(bytes: &[u8], more: &[(String, Tensor)]) -> Result<Vec<u8>, ModelError> {
    let mut tensors = Weights::parse(bytes)?.tensors;
    tensors.extend(more.iter().cloned());
    to_bytes(&tensors.into_iter().collect::<Vec<_>>(), false)
}

/// Checks that no number is NaN or infinite.
pub(super) fn finite(name: &str, t: &Tensor) -> Result<(), ModelError> {
    if t.flatten_all()?.to_vec1::<f32>()?.iter().all(|v| v.is_finite()) {
        Ok(())
    } else {
        Err(bad(format!("tensor {name} holds NaN or infinity")))
    }
}

/// Serialises tensors, sorted by name; f32 matrices become f16 when `half` is set (vectors are small
/// and scale whole columns, so they stay f32).
///
/// # Errors
/// If a number is NaN or infinite, or too large for f16.
pub fn to_bytes(tensors: &[(String, Tensor)], half: bool) -> Result<Vec<u8>, ModelError> {
    let mut sorted = BTreeMap::new();
    for (name, t) in tensors {
        let t = match (t.dtype(), half && t.rank() > 1) {
            (DType::F32, true) => {
                let t = t.to_dtype(DType::F16)?;
                finite(name, &t.to_dtype(DType::F32)?)?;
                t
            }
            (DType::F32, false) => {
                finite(name, t)?;
                t.clone()
            }
            _ => t.clone(),
        };
        sorted.insert(name.clone(), t.contiguous()?);
    }
    safetensors::serialize(sorted.iter().map(|(name, t)| (name.as_str(), t)), None)
        .map_err(|e| bad(format!("cannot be written ({e})")))
}
