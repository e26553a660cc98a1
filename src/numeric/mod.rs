//! Rows of numbers, whatever they mean: vectors in 8-bit integers, and the widest instructions of this
//! machine without `unsafe`.

use pulp::Arch;

/// Runs a closure with the widest vectors that the machine has.
pub fn vectorized<R>(f: impl FnMut() -> R) -> R {
    Arch::new().dispatch(Now(f))
}

/// A closure that is called as `FnMut`. As plain `FnOnce` it would be called through a shim of the
/// compiler's that is not inlined, and so be compiled for the oldest x86-64: several times slower.
struct Now<F>(F);

impl<R, F: FnMut() -> R> pulp::NullaryFnOnce for Now<F> {
    type Output = R;

    #[inline(always)]
    fn call(mut self) -> R {
        (self.0)()
    }
}

/// Products of one vector with each of many, one after another in `all`.
pub fn products(own: &[i8], all: &[i8]) -> Vec<i32> {
    vectorized(
        #[inline(always)]
        || all.chunks_exact(own.len().max(1)).map(|row| product(own, row)).collect(),
    )
}

#[inline(always)]
fn product(a: &[i8], b: &[i8]) -> i32 {
    a.iter().zip(b).map(|(a, b)| i32::from(*a) * i32::from(*b)).sum()
}

/// A vector in 8-bit integers.
#[derive(Clone, Debug, PartialEq)]
pub struct Quantised {
    /// −127..=127
    pub values: Vec<i8>,
    /// What one step is worth.
    pub scale: f32,
}

/// As [`Quantised`], where the numbers lie elsewhere.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct QuantisedSlice<'a> {
    /// −127..=127
    pub values: &'a [i8],
    /// What one step is worth.
    pub scale: f32,
}

impl Quantised {
    /// Rounds a vector; the largest number becomes ±127.
    pub fn of(vector: &[f32]) -> Self {
        let largest = vector.iter().fold(0f32, |m, v| m.max(v.abs()));
        let scale = if largest > 0.0 { largest / 127.0 } else { 1.0 };
        Self { values: vector.iter().map(|v| (v / scale).round().clamp(-127.0, 127.0) as i8).collect(), scale }
    }

    /// The same, lent.
    pub fn slice(&self) -> QuantisedSlice<'_> {
        QuantisedSlice { values: &self.values, scale: self.scale }
    }
}

impl QuantisedSlice<'_> {
    /// Inner product; the cosine where both were of length 1. The shorter one's end is the end.
    #[inline(always)]
    pub fn product(self, other: QuantisedSlice<'_>) -> f32 {
        product(self.values, other.values) as f32 * self.scale * other.scale
    }
}
