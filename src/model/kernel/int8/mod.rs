//! Matrix product in 8-bit integers: weights with a scale for each output, inputs quantised row by row
//! as they come.
//!
//! All three ways (AVX-512 VNNI, AVX2, plain) add up the same integers, so a machine's instruction set
//! changes the speed and not one bit of the result.

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::*;

/// Outputs that lie side by side in a panel.
const PANEL: usize = 64;
/// Rows that are computed together, so that weights are loaded once for all of them.
const ROWS: usize = 6;
/// What is added to a quantised input to make it unsigned, as the instructions want it.
const ZERO: i32 = 128;

/// Weights `[inputs, outputs]`, quantised and packed: panel by panel, in each panel four inputs of 64
/// outputs after another.
pub struct Packed {
    inputs: usize,
    outputs: usize,
    /// Four weights of one output in each word, `[panel][inputs / 4][64]`.
    words: Vec<u32>,
    /// Scale of each output, padded to whole panels.
    scales: Vec<f32>,
    /// 128 × the sum of each output's weights: what the unsigned inputs add too much.
    excess: Vec<i32>,
    bias: Vec<f32>,
}

/// Inputs as bytes, rows padded to whole fours, and the scale of each row; kept between calls.
#[derive(Default)]
pub struct Quantised {
    bytes: Vec<u8>,
    scales: Vec<f32>,
}

/// Which instructions compute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instructions {
    /// AVX-512 with VNNI.
    Vnni,
    /// AVX2.
    Avx2,
    /// Whatever the compiler makes of plain loops.
    Plain,
}

impl Instructions {
    /// The best that this machine has.
    pub fn best() -> Self {
        Self::all()[0]
    }

    /// All that this machine has, best first.
    pub fn all() -> Vec<Self> {
        let mut all = Vec::new();
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512vnni") {
                all.push(Self::Vnni);
            }
            if is_x86_feature_detected!("avx2") {
                all.push(Self::Avx2);
            }
        }
        all.push(Self::Plain);
        all
    }
}

impl Packed {
    /// Packs `weights` (`[inputs, outputs]`, row-major); `bias` is empty or has one number for each
    /// output.
    ///
    /// # Panics
    /// If the numbers of weights or biases are others.
    pub fn new(weights: &[f32], inputs: usize, outputs: usize, bias: &[f32]) -> Self {
        assert!(inputs > 0 && outputs > 0 && weights.len() == inputs * outputs, "shape of weights to pack");
        assert!(bias.is_empty() || bias.len() == outputs, "biases to pack");
        let (groups, panels) = (inputs.div_ceil(4), outputs.div_ceil(PANEL));
        let mut scales = vec![0f32; panels * PANEL];
        for row in weights.chunks_exact(outputs) {
            for (s, w) in scales.iter_mut().zip(row) {
                *s = s.max(w.abs());
            }
        }
        scales.iter_mut().for_each(|s| *s /= 127.0);
        let mut words = vec![0u32; panels * groups * PANEL];
        let mut excess = vec![0i32; panels * PANEL];
        for (k, row) in weights.chunks_exact(outputs).enumerate() {
            for (n, (w, scale)) in row.iter().zip(&scales).enumerate() {
                let q = if *scale > 0.0 { (w / scale).round() as i8 } else { 0 };
                let at = (n / PANEL * groups + k / 4) * PANEL + n % PANEL;
                words[at] |= u32::from(q as u8) << (8 * (k % 4));
                excess[n] += ZERO * i32::from(q);
            }
        }
        let mut padded = vec![0f32; panels * PANEL];
        padded.iter_mut().zip(bias).for_each(|(p, b)| *p = *b);
        Self { inputs, outputs, words, scales, excess, bias: padded }
    }

    /// `x·w + b` for the rows of `x`, into `out` (`[rows, outputs]`, overwritten).
    ///
    /// # Panics
    /// If `x` or `out` have other shapes, or the machine does not have the instructions.
    pub fn apply(&self, how: Instructions, x: &[f32], out: &mut [f32], scratch: &mut Quantised) {
        let rows = x.len() / self.inputs;
        assert!(x.len() == rows * self.inputs && out.len() == rows * self.outputs, "shapes of a quantised product");
        scratch.quantise(x, self.inputs);
        let groups = self.inputs.div_ceil(4);
        for (panel, words) in self.words.chunks_exact(groups * PANEL).enumerate() {
            let columns = panel * PANEL..(panel * PANEL + PANEL).min(self.outputs);
            for from in (0..rows).step_by(ROWS) {
                let to = (from + ROWS).min(rows);
                let inputs = &scratch.bytes[from * groups * 4..to * groups * 4];
                let mut sums = [[0i32; PANEL]; ROWS];
                product(how, inputs, words, groups, &mut sums[..to - from]);
                for (row, sums) in (from..to).zip(&sums) {
                    let scale = scratch.scales[row];
                    let out = &mut out[row * self.outputs + columns.start..row * self.outputs + columns.end];
                    let (own, excess) = (&self.scales[columns.clone()], &self.excess[columns.clone()]);
                    let numbers = sums.iter().zip(excess).zip(own).zip(&self.bias[columns.clone()]);
                    for (o, (((sum, excess), own), bias)) in out.iter_mut().zip(numbers) {
                        *o = (sum - excess) as f32 * (own * scale) + bias;
                    }
                }
            }
        }
    }
}

impl Quantised {
    /// Each row with a scale of its own: its largest number becomes 127.
    fn quantise(&mut self, x: &[f32], width: usize) {
        let padded = width.div_ceil(4) * 4;
        let rows = x.len() / width;
        self.bytes.clear();
        self.bytes.resize(rows * padded, ZERO as u8);
        self.scales.clear();
        let (bytes, scales) = (&mut self.bytes, &mut self.scales);
        super::vectorized(
            #[inline(always)]
            || {
                for (row, bytes) in x.chunks_exact(width).zip(bytes.chunks_exact_mut(padded)) {
                    let largest = super::largest(row, f32::abs).max(0.0);
                    let factor = if largest > 0.0 { 127.0 / largest } else { 0.0 };
                    scales.push(largest / 127.0);
                    for (byte, v) in bytes.iter_mut().zip(row) {
                        // rounds to the nearest integer without a library call: the integer then stands
                        // in the low bits, 128 above its value
                        *byte = (v * factor + (12_582_912.0 + ZERO as f32)).to_bits() as u8;
                    }
                }
            },
        );
    }
}

/// Sums of products of some rows (`[rows][groups · 4]`) with one panel (`[groups][64]`).
fn product(how: Instructions, rows: &[u8], panel: &[u32], groups: usize, sums: &mut [[i32; PANEL]]) {
    assert!(rows.len() == sums.len() * groups * 4 && panel.len() == groups * PANEL, "shapes of a panel");
    #[cfg(target_arch = "x86_64")]
    if how != Instructions::Plain && sums.len() <= ROWS {
        return vectors(how, rows, panel, groups, sums);
    }
    let _ = how;
    plain(rows, panel, groups, sums);
}

fn plain(rows: &[u8], panel: &[u32], groups: usize, sums: &mut [[i32; PANEL]]) {
    for (row, sums) in rows.chunks_exact(groups * 4).zip(sums) {
        for (x, weights) in row.as_chunks::<4>().0.iter().zip(panel.chunks_exact(PANEL)) {
            let x = x.map(i32::from);
            for (sum, w) in sums.iter_mut().zip(weights) {
                let w = w.to_le_bytes().map(|b| i32::from(b as i8));
                *sum += x[0] * w[0] + x[1] * w[1] + x[2] * w[2] + x[3] * w[3];
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "the numeric kernel: instructions are only used where `Instructions::all` found them")]
fn vectors(how: Instructions, rows: &[u8], panel: &[u32], groups: usize, sums: &mut [[i32; PANEL]]) {
    // a value of `Instructions` can be named by anyone, so what it promises is looked at again
    assert!(Instructions::all().contains(&how), "{how:?} is not on this machine");
    macro_rules! call {
        ($kernel:ident, $($n:literal)*) => {
            match sums.len() {
                // SAFETY: the machine has the instructions (asserted above; `is_x86_feature_detected`
                // caches), slices have the lengths that the kernel reads (asserted by `product`).
                $($n => unsafe { $kernel::<$n>(rows, panel, groups, sums) },)*
                _ => plain(rows, panel, groups, sums),
            }
        };
    }
    match how {
        Instructions::Vnni => call!(vnni, 1 2 3 4 5 6),
        Instructions::Avx2 => call!(avx2, 1 2 3 4 5 6),
        Instructions::Plain => plain(rows, panel, groups, sums),
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512vnni")]
#[expect(unsafe_code, reason = "the numeric kernel: loads and stores through pointers into checked slices")]
unsafe fn vnni<const R: usize>(rows: &[u8], panel: &[u32], groups: usize, sums: &mut [[i32; PANEL]]) {
    let mut acc = [[_mm512_setzero_si512(); 4]; R];
    for k in 0..groups {
        let mut w = [_mm512_setzero_si512(); 4];
        for (c, w) in w.iter_mut().enumerate() {
            // SAFETY: k < groups and c < 4, so the 16 words lie inside the panel of groups × 64
            *w = unsafe { _mm512_loadu_si512(panel.as_ptr().add(k * PANEL + c * 16).cast()) };
        }
        for (r, acc) in acc.iter_mut().enumerate() {
            // SAFETY: r < R = sums.len() and k < groups: four bytes inside rows of R × groups × 4
            let x = unsafe { rows.as_ptr().add((r * groups + k) * 4).cast::<i32>().read_unaligned() };
            let x = _mm512_set1_epi32(x);
            for (acc, w) in acc.iter_mut().zip(w) {
                *acc = _mm512_dpbusd_epi32(*acc, x, w);
            }
        }
    }
    for (sums, acc) in sums.iter_mut().zip(acc) {
        for (c, acc) in acc.into_iter().enumerate() {
            // SAFETY: c < 4, so the 16 sums lie inside the 64 of the row
            unsafe { _mm512_storeu_si512(sums.as_mut_ptr().add(c * 16).cast(), acc) };
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
#[expect(unsafe_code, reason = "the numeric kernel: loads and stores through pointers into checked slices")]
unsafe fn avx2<const R: usize>(rows: &[u8], panel: &[u32], groups: usize, sums: &mut [[i32; PANEL]]) {
    // four outputs at a time: their 16 weights as 16-bit numbers, products added in pairs, so that
    // nothing saturates (the byte instruction of AVX2 would)
    for c in (0..PANEL).step_by(4) {
        let mut acc = [_mm256_setzero_si256(); R];
        for k in 0..groups {
            // SAFETY: k < groups and c + 4 <= 64, so the four words lie inside the panel
            let w = unsafe { _mm_loadu_si128(panel.as_ptr().add(k * PANEL + c).cast()) };
            let w = _mm256_cvtepi8_epi16(w);
            for (r, acc) in acc.iter_mut().enumerate() {
                // SAFETY: r < R = sums.len() and k < groups: four bytes inside rows of R × groups × 4
                let x = unsafe { rows.as_ptr().add((r * groups + k) * 4).cast::<i32>().read_unaligned() };
                let x = _mm_set1_epi32(x);
                *acc = _mm256_add_epi32(*acc, _mm256_madd_epi16(_mm256_cvtepu8_epi16(x), w));
            }
        }
        for (sums, acc) in sums.iter_mut().zip(acc) {
            // two halves of each output lie side by side
            let both = _mm256_hadd_epi32(acc, acc);
            let four = _mm_unpacklo_epi64(_mm256_castsi256_si128(both), _mm256_extracti128_si256::<1>(both));
            // SAFETY: c + 4 <= 64
            unsafe { _mm_storeu_si128(sums.as_mut_ptr().add(c).cast(), four) };
        }
    }
}
