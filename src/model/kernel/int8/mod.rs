//! Matrix product in 8-bit integers: weights with a scale for each output, inputs quantised row by row
//! as they come.
//!
//! All four ways (AMX tiles, AVX-512 VNNI, AVX2, plain) add up the same integers, so a machine's
//! instruction set changes the speed and not one bit of the product.

mod rows;
#[cfg(target_arch = "x86_64")]
mod tiled;
#[cfg(target_arch = "x86_64")]
mod vectors;

pub use rows::Quantised;

/// Numbers in a strip: outputs that lie side by side in one vector.
const STRIP: usize = 16;
/// Strips that are computed together.
const STRIPS: usize = 4;
const PANEL: usize = STRIP * STRIPS;
/// Inputs are padded to whole tiles of so many bytes.
const INNER: usize = 64;
/// Rows whose sums are held at once.
const BLOCK: usize = 32;
/// Rows that go past a panel while it is in the nearest cache.
const NEAR: usize = 2 * BLOCK;
/// What is added to a quantised input to make it unsigned, as the instructions want it.
const ZERO: i32 = 128;

/// One line of the cache and one vector: 16 words of four bytes.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([u32; STRIP]);

/// Sums of a block of rows with a panel of outputs.
#[repr(C, align(64))]
struct Sums([[i32; PANEL]; BLOCK]);

/// Weights `[inputs, outputs]`, quantised and packed: strips of 16 outputs, in each strip four inputs
/// of the 16 outputs after another. Sixteen lines of it are a tile.
pub struct Packed {
    inputs: usize,
    outputs: usize,
    /// Lines of a strip.
    lines: usize,
    words: Vec<Line>,
    /// Scale of each output, padded to whole panels.
    scales: Vec<f32>,
    /// 128 × the sum of each output's weights: what the unsigned inputs add too much.
    excess: Vec<i32>,
    bias: Vec<f32>,
}

/// Which instructions compute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instructions {
    /// AMX tiles.
    Tiles,
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
        [Self::Tiles, Self::Vnni, Self::Avx2, Self::Plain].into_iter().filter(|how| how.is_here()).collect()
    }

    #[cfg(target_arch = "x86_64")]
    fn is_here(self) -> bool {
        match self {
            Self::Tiles => tiled::available(),
            Self::Vnni => is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512vnni"),
            Self::Avx2 => is_x86_feature_detected!("avx2"),
            Self::Plain => true,
        }
    }

    #[cfg(not(target_arch = "x86_64"))]
    fn is_here(self) -> bool {
        self == Self::Plain
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
        let (lines, padded) = (inputs.div_ceil(INNER) * INNER / 4, outputs.next_multiple_of(PANEL));
        let mut scales = vec![0f32; padded];
        for row in weights.chunks_exact(outputs) {
            for (s, w) in scales.iter_mut().zip(row) {
                *s = s.max(w.abs());
            }
        }
        scales.iter_mut().for_each(|s| *s /= 127.0);
        let mut words = vec![Line([0; STRIP]); padded / STRIP * lines];
        let mut excess = vec![0i32; padded];
        for (k, row) in weights.chunks_exact(outputs).enumerate() {
            for (n, (w, scale)) in row.iter().zip(&scales).enumerate() {
                let q = if *scale > 0.0 { (w / scale).round() as i8 } else { 0 };
                words[n / STRIP * lines + k / 4].0[n % STRIP] |= u32::from(q as u8) << (8 * (k % 4));
                excess[n] += ZERO * i32::from(q);
            }
        }
        let mut padded_bias = vec![0f32; padded];
        padded_bias.iter_mut().zip(bias).for_each(|(p, b)| *p = *b);
        Self { inputs, outputs, lines, words, scales, excess, bias: padded_bias }
    }

    /// `x·w + b` for the rows of `x`, into `out` (`[rows, outputs]`, overwritten).
    ///
    /// # Panics
    /// If `x` or `out` have other shapes, or the machine does not have the instructions.
    pub fn apply(&self, how: Instructions, x: &[f32], out: &mut [f32], scratch: &mut Quantised) {
        assert!(x.len().is_multiple_of(self.inputs), "shape of inputs to quantise");
        scratch.quantise(x, self.inputs);
        self.product(how, scratch, out, false);
    }

    /// As [`Packed::apply`], the rows quantised already; `add` puts the result on top of `out`.
    ///
    /// # Panics
    /// As [`Packed::apply`].
    pub(in crate::model) fn product(&self, how: Instructions, x: &Quantised, out: &mut [f32], add: bool) {
        let rows = x.scales().len();
        assert!(x.width() == self.inputs && out.len() == rows * self.outputs, "shapes of a quantised product");
        // a value of `Instructions` can be named by anyone, so what it promises is looked at again
        assert!(how.is_here(), "{how:?} is not on this machine");
        let mut sums = Sums([[0; PANEL]; BLOCK]);
        let with = Panels { how, lines: self.lines };
        with.begin();
        for first in (0..rows).step_by(NEAR) {
            for (panel, words) in self.words.chunks_exact(self.lines * STRIPS).enumerate() {
                for from in (first..rows.min(first + NEAR)).step_by(BLOCK) {
                    let count = (rows - from).min(BLOCK);
                    with.sums(x.block(from), words, count, &mut sums.0);
                    self.finish(&sums.0[..count], &x.scales()[from..from + count], panel * PANEL, from, out, add);
                }
            }
        }
        with.end();
    }

    /// From sums to numbers.
    fn finish(&self, sums: &[[i32; PANEL]], scales: &[f32], column: usize, row: usize, out: &mut [f32], add: bool) {
        let width = (self.outputs - column).min(PANEL);
        let own = Finish {
            excess: panel_of(&self.excess, column),
            scales: panel_of(&self.scales, column),
            bias: panel_of(&self.bias, column),
        };
        super::vectorized(
            #[inline(always)]
            || {
                for (r, (sums, scale)) in sums.iter().zip(scales).enumerate() {
                    let at = (row + r) * self.outputs + column;
                    let out = &mut out[at..at + width];
                    match (out.as_chunks_mut::<PANEL>().0, add) {
                        ([out], false) => own.set(sums, *scale, out),
                        ([out], true) => own.add(sums, *scale, out),
                        (_, add) => {
                            let mut whole = [0f32; PANEL];
                            own.set(sums, *scale, &mut whole);
                            for (o, v) in out.iter_mut().zip(whole) {
                                *o = if add { *o + v } else { v };
                            }
                        }
                    }
                }
            },
        );
    }
}

fn panel_of<T>(all: &[T], column: usize) -> &[T; PANEL] {
    &all.as_chunks::<PANEL>().0[column / PANEL]
}

/// What turns the sums of a panel into numbers. Arrays of known length: slices would be looked at number
/// by number.
#[derive(Clone, Copy)]
struct Finish<'a> {
    excess: &'a [i32; PANEL],
    scales: &'a [f32; PANEL],
    bias: &'a [f32; PANEL],
}

#[expect(clippy::needless_range_loop, reason = "one index into five arrays of one length")]
impl Finish<'_> {
    #[inline(always)]
    fn number(&self, sums: &[i32; PANEL], scale: f32, n: usize) -> f32 {
        (sums[n] - self.excess[n]) as f32 * (self.scales[n] * scale) + self.bias[n]
    }

    #[inline(always)]
    fn set(&self, sums: &[i32; PANEL], scale: f32, out: &mut [f32; PANEL]) {
        for n in 0..PANEL {
            out[n] = self.number(sums, scale, n);
        }
    }

    #[inline(always)]
    fn add(&self, sums: &[i32; PANEL], scale: f32, out: &mut [f32; PANEL]) {
        for n in 0..PANEL {
            out[n] += self.number(sums, scale, n);
        }
    }
}

/// How panels are computed; between `begin` and `end` the instructions are ready.
struct Panels {
    how: Instructions,
    lines: usize,
}

impl Panels {
    fn begin(&self) {
        #[cfg(target_arch = "x86_64")]
        if self.how == Instructions::Tiles {
            tiled::begin();
        }
    }

    fn end(&self) {
        #[cfg(target_arch = "x86_64")]
        if self.how == Instructions::Tiles {
            tiled::end();
        }
    }

    /// Sums of products of the first `count` rows of a block (lines of bytes) with one panel; what stands
    /// in the rows behind them afterwards means nothing.
    fn sums(&self, rows: &[rows::Bytes], panel: &[Line], count: usize, sums: &mut [[i32; PANEL]; BLOCK]) {
        let steps = self.lines * 4 / INNER;
        match self.how {
            #[cfg(target_arch = "x86_64")]
            Instructions::Tiles => tiled::sums(rows, panel, steps, count, sums),
            #[cfg(target_arch = "x86_64")]
            Instructions::Vnni => vectors::vnni(rows, panel, steps, &mut sums[..count]),
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx2 => vectors::avx2(rows, panel, steps, &mut sums[..count]),
            _ => plain(rows, panel, steps, &mut sums[..count]),
        }
    }
}

fn plain(rows: &[rows::Bytes], panel: &[Line], steps: usize, sums: &mut [[i32; PANEL]]) {
    for (row, sums) in rows.chunks_exact(steps).zip(sums) {
        for (strip, sums) in panel.chunks_exact(panel.len() / STRIPS).zip(sums.chunks_exact_mut(STRIP)) {
            sums.fill(0);
            let fours = row.iter().flat_map(|bytes| bytes.0.as_chunks::<4>().0);
            for (x, words) in fours.zip(strip) {
                let x = x.map(i32::from);
                for (sum, w) in sums.iter_mut().zip(&words.0) {
                    let w = w.to_le_bytes().map(|b| i32::from(b as i8));
                    *sum += x[0] * w[0] + x[1] * w[1] + x[2] * w[2] + x[3] * w[3];
                }
            }
        }
    }
}
