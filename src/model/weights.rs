//! Weights by name: read from safetensors with every shape and number checked, written back as f16
//! or f32.

use std::collections::{BTreeMap, HashMap};

use candle_core::{DType, Device, Tensor};

use super::ModelError;

/// Name of the file.
pub const WEIGHTS_FILE: &str = "model.safetensors";

fn bad(why: impl Into<String>) -> ModelError {
    ModelError::File { file: WEIGHTS_FILE.into(), why: why.into() }
}

/// Tensors of a `model.safetensors`.
pub struct Weights {
    tensors: HashMap<String, Tensor>,
}

impl Weights {
    /// Reads the file's bytes.
    ///
    /// # Errors
    /// If it is no safetensors file, or is cut short.
    pub fn parse(bytes: &[u8]) -> Result<Self, ModelError> {
        let tensors = candle_core::safetensors::load_buffer(bytes, &Device::Cpu)
            .map_err(|e| bad(format!("not a whole safetensors file ({e})")))?;
        Ok(Self { tensors })
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
        let t = self.raw(name, shape)?.to_dtype(DType::F32)?;
        finite(name, &t)?;
        Ok(t)
    }

    /// First dimension of a tensor, if it is there.
    pub fn rows(&self, name: &str) -> Option<usize> {
        self.tensors.get(name).and_then(|t| t.dims().first().copied())
    }
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
