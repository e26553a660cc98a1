//! Rows of inputs as bytes, each with a scale of its own.

use super::{BLOCK, INNER, ZERO};
use crate::model::kernel;

/// 64 inputs of a row: one line of the cache.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
pub(super) struct Bytes(pub(super) [u8; INNER]);

/// Inputs as bytes, rows padded to whole lines, and the scale of each row; kept between calls.
#[derive(Default)]
pub struct Quantised {
    /// Whole blocks of rows: what lies behind the last row is computed with and thrown away.
    bytes: Vec<Bytes>,
    scales: Vec<f32>,
    width: usize,
    /// One row before it is quantised.
    row: Vec<f32>,
}

impl Quantised {
    pub(super) fn width(&self) -> usize {
        self.width
    }

    pub(super) fn scales(&self) -> &[f32] {
        &self.scales
    }

    fn lines(&self) -> usize {
        self.width.div_ceil(INNER)
    }

    /// The lines of the block of rows that begins at `from`.
    pub(super) fn block(&self, from: usize) -> &[Bytes] {
        &self.bytes[from * self.lines()..(from + BLOCK) * self.lines()]
    }

    /// Quantises rows of `width` numbers.
    pub(in crate::model) fn quantise(&mut self, x: &[f32], width: usize) {
        self.fill(
            x.len() / width,
            width,
            #[inline(always)]
            |r, row| row.copy_from_slice(&x[r * width..(r + 1) * width]),
        );
    }

    /// Takes in rows of `width` numbers as `write` gives them one by one: the largest number of each
    /// becomes 127. `write` has to be inlined to be compiled for the machine's vectors.
    #[inline(always)]
    pub(in crate::model) fn fill(&mut self, rows: usize, width: usize, mut write: impl FnMut(usize, &mut [f32])) {
        self.width = width;
        let lines = self.lines();
        self.bytes.resize(rows.next_multiple_of(BLOCK) * lines, Bytes([ZERO as u8; INNER]));
        self.scales.resize(rows, 0.0);
        self.row.resize(lines * INNER, 0.0);
        // what was a number before may be padding now
        self.row[width..].fill(0.0);
        let (bytes, scales, row) = (&mut self.bytes, &mut self.scales, &mut self.row);
        kernel::vectorized(
            #[inline(always)]
            || {
                for (r, (scale, bytes)) in scales.iter_mut().zip(bytes.chunks_exact_mut(lines)).enumerate() {
                    write(r, &mut row[..width]);
                    let largest = kernel::largest(row, f32::abs).max(0.0);
                    let factor = if largest > 0.0 { 127.0 / largest } else { 0.0 };
                    *scale = largest / 127.0;
                    for (bytes, numbers) in bytes.iter_mut().zip(row.as_chunks::<INNER>().0) {
                        for (byte, v) in bytes.0.iter_mut().zip(numbers) {
                            // rounds to the nearest integer without a library call: the integer then
                            // stands in the low bits, 128 above its value
                            *byte = (v * factor + (12_582_912.0 + ZERO as f32)).to_bits() as u8;
                        }
                    }
                }
            },
        );
    }
}
