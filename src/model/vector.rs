//! The sentence vector: the means of all layers of a text, side by side, through one linear map to unit
//! length. The lower layers know which words stand there, the upper ones what they mean for the heads; a
//! map trained on texts that belong together takes from each what tells one matter from another.

use candle_core::{Device, Result as CandleResult, Tensor};

use super::{ModelError, kernel, weights::Weights};

const WEIGHT: &str = "heads.vector.weight";
const BIAS: &str = "heads.vector.bias";

/// The map from the means of layers to the vector.
#[derive(Clone, Debug)]
pub struct Projection {
    /// `[width, means]`
    weight: Vec<f32>,
    bias: Vec<f32>,
}

impl Projection {
    /// A map with `weight` `[width, means]`.
    pub fn new(weight: Vec<f32>, bias: Vec<f32>) -> Self {
        Self { weight, bias }
    }

    /// Reads the map where there is one; `means` is the number of its inputs. Bundles without it give the
    /// mean of the last layer.
    ///
    /// # Errors
    /// If a tensor has another shape or is not finite.
    pub fn load(weights: &Weights, means: usize) -> Result<Option<Self>, ModelError> {
        let Some(width) = weights.rows(WEIGHT) else { return Ok(None) };
        let weight = weights.get(WEIGHT, &[width, means])?.flatten_all()?.to_vec1()?;
        Ok(Some(Self { weight, bias: weights.get(BIAS, &[width])?.to_vec1()? }))
    }

    /// Under the names that [`Projection::load`] reads.
    ///
    /// # Errors
    /// Only if memory runs out.
    pub fn to_tensors(&self) -> CandleResult<Vec<(String, Tensor)>> {
        let width = self.bias.len();
        let shape = (width, self.weight.len() / width.max(1));
        Ok(vec![
            (WEIGHT.into(), Tensor::from_slice(&self.weight, shape, &Device::Cpu)?),
            (BIAS.into(), Tensor::from_slice(&self.bias, width, &Device::Cpu)?),
        ])
    }

    /// Numbers in a vector.
    pub fn width(&self) -> usize {
        self.bias.len()
    }

    /// The vector of a text, not yet at unit length.
    pub fn apply(&self, means: &[f32]) -> Vec<f32> {
        let mut vector = self.bias.clone();
        kernel::add_dots(means, &self.weight, &mut vector);
        vector
    }
}

/// The vector at length one (a zero vector stays).
pub fn unit(mut v: Vec<f32>) -> Vec<f32> {
    let length = v.iter().map(|x| x * x).sum::<f32>().sqrt();
    if length > 0.0 {
        v.iter_mut().for_each(|x| *x /= length);
    }
    v
}
