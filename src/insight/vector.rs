//! Sentence vectors in one byte a number.

/// A unit vector times 127, rounded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Short(Vec<i8>);

impl Short {
    /// Nothing for an empty vector, or one that has no direction.
    pub fn of(vector: &[f32]) -> Option<Self> {
        let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
        if !length.is_finite() || length <= 1e-12 {
            return None;
        }
        // The largest number takes the whole byte: unit vectors of many numbers would lose most of it.
        let largest = vector.iter().fold(0.0_f32, |m, x| m.max(x.abs()));
        Some(Self(vector.iter().map(|x| (x / largest * 127.0).round() as i8).collect()))
    }

    /// Cosine; 0 for vectors of different widths.
    pub fn cosine(&self, other: &Self) -> f32 {
        if self.0.len() != other.0.len() {
            return 0.0;
        }
        let (mut dot, mut a, mut b) = (0_i32, 0_i32, 0_i32);
        for (&x, &y) in self.0.iter().zip(&other.0) {
            let (x, y) = (i32::from(x), i32::from(y));
            dot += x * y;
            a += x * x;
            b += y * y;
        }
        dot as f32 / ((a as f32) * (b as f32)).sqrt().max(1.0)
    }

    /// How many numbers.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether it holds no numbers.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds it, at length one, to a sum.
    pub fn add_to(&self, sum: &mut [f32]) {
        let length = self.0.iter().map(|x| f32::from(*x).powi(2)).sum::<f32>().sqrt().max(1.0);
        self.0.iter().zip(sum).for_each(|(x, s)| *s += f32::from(*x) / length);
    }
}
