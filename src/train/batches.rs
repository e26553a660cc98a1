//! Mixed-length batches: rows are shuffled, sorted by length inside windows, cut, and the batches
//! shuffled again.

use rand::{RngExt, SeedableRng, rngs::StdRng, seq::SliceRandom};

/// Batches shuffled by `seed`; `lengths` are the tokens of each row.
pub(super) fn batches(lengths: &[usize], size: usize, seed: u64) -> Vec<Vec<usize>> {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    order.shuffle(&mut rng);
    let mut all: Vec<Vec<usize>> = order
        .chunks_mut((size * 8).max(1))
        .flat_map(|window| {
            window.sort_by_key(|i| (lengths[*i], *i));
            window.chunks(size.max(1)).map(<[usize]>::to_vec).collect::<Vec<_>>()
        })
        .collect();
    all.shuffle(&mut rng);
    all
}

/// A number that depends on `value` and `salt` alone and is spread evenly (SplitMix64, Steele et al. 2014).
pub(super) fn scattered(value: u64, salt: u64) -> u64 {
    let mut x = value.wrapping_add(salt.wrapping_mul(0xd1b5_4a32_d192_ed03)).wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// Draws from the standard normal distribution (Box & Muller 1958).
pub(super) struct Normal(StdRng);

impl Normal {
    pub(super) fn new(seed: u64) -> Self {
        Self(StdRng::seed_from_u64(seed))
    }

    pub(super) fn draw(&mut self) -> f32 {
        let (u, v): (f32, f32) = (self.0.random(), self.0.random());
        (-2.0 * (1.0 - u).ln()).sqrt() * (std::f32::consts::TAU * v).cos()
    }
}
