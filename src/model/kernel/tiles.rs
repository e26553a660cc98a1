//! Packing for AMX: an operand in f32 becomes tiles of bfloat16 pairs.

use std::arch::x86_64::*;

use super::Mat;

/// Rows and columns of a tile of sums.
pub(super) const TILE: usize = 16;
/// Inner elements of a tile: 64 bytes of bfloat16.
pub(super) const INNER: usize = 32;
/// A tile of inputs: 16 rows of 16 pairs, each row one line of the cache.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
pub(super) struct Block(pub(super) [u32; TILE * TILE]);

/// An empty tile.
pub(super) const EMPTY: Block = Block([0; TILE * TILE]);

/// Rounds to the nearest bfloat16, ties to even.
#[inline(always)]
fn rounded(x: f32) -> u32 {
    let bits = x.to_bits();
    bits.wrapping_add(0x7fff + ((bits >> 16) & 1)) >> 16
}

/// An operand seen as `[outer, inner]`: rows of the left one, columns of the right one.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    data: &'a [f32],
    outer: usize,
    inner: usize,
    outer_stride: usize,
    inner_stride: usize,
}

impl<'a> View<'a> {
    pub(super) fn left(a: Mat<'a>) -> Self {
        let Mat { data, rows, cols, row_stride, col_stride } = a;
        Self { data, outer: rows, inner: cols, outer_stride: row_stride, inner_stride: col_stride }
    }

    pub(super) fn right(b: Mat<'a>) -> Self {
        Self::left(b.t())
    }
}

/// Packs a part of an operand into tiles, `[outer / 16][inner / 32]`, padded with zeros; `from` and `k`
/// (multiples of a tile) are where the part begins, the tiles say how far it goes with `steps` of them
/// along `inner`. A tile has 16 rows of 16 pairs along `inner` (left operand), or its transpose (right
/// operand).
#[expect(unsafe_code, reason = "the numeric kernel: tiles are read through pointers into checked slices")]
pub(super) fn pack(view: View<'_>, right: bool, (from, k): (usize, usize), steps: usize, tiles: &mut [Block]) {
    let by_outer = view.inner_stride == 1;
    let stride = if by_outer { view.outer_stride } else { view.inner_stride };
    let rows = tiles.len() / steps;
    for n in 0..rows * steps {
        // along the rows of the operand, so that each line of the cache is read once
        let (row, step) = if by_outer { (n / steps, n % steps) } else { (n % rows, n / rows) };
        let tile = &mut tiles[row * steps + step];
        let (from, k) = (from + row * TILE, k + step * INNER);
        let outer = view.outer.saturating_sub(from).min(TILE);
        let inner = view.inner.saturating_sub(k).min(INNER);
        if outer == 0 || inner == 0 {
            *tile = EMPTY;
        } else if by_outer || view.outer_stride == 1 {
            let start = from * view.outer_stride + k * view.inner_stride;
            let (rows, width) = if by_outer { (outer, inner) } else { (inner, outer) };
            let source = &view.data[start..start + (rows - 1) * stride + width];
            // SAFETY: the vectors are there where tiles are (`asked`); `rows` rows of `width` numbers,
            // `stride` apart, lie inside `source`
            unsafe { fill(source.as_ptr(), stride, (rows, width), by_outer, by_outer == right, tile) };
        } else {
            scattered(view, (from, outer), (k, inner), right, tile);
        }
    }
}

/// Fills a tile from up to 16 rows of 32 numbers (`by_outer`) or 32 rows of 16; zeros stand where the
/// operand ends.
///
/// # Safety
/// The machine has the vectors; `source` may be read in those rows, `stride` numbers apart.
#[target_feature(enable = "avx512f,avx512bw,avx512bf16")]
#[expect(unsafe_code, reason = "the numeric kernel: loads through a pointer into a checked slice")]
unsafe fn fill(
    source: *const f32,
    stride: usize,
    (rows, width): (usize, usize),
    by_outer: bool,
    transposed: bool,
    tile: &mut Block,
) {
    let mut out = [_mm512_setzero_si512(); TILE];
    // words 0, 16, 1, 17, …: from two rows one after another to pairs
    let pairs: [u16; 32] = std::array::from_fn(|i| (i / 2 + i % 2 * 16) as u16);
    // SAFETY: 32 words are one vector
    let pairs = unsafe { _mm512_loadu_si512(pairs.as_ptr().cast()) };
    let mask = |n: usize| if n >= 16 { u16::MAX } else { (1u16 << n) - 1 };
    let (low, high) = (mask(width), mask(width.saturating_sub(16)));
    if by_outer {
        for (r, out) in out.iter_mut().enumerate().take(rows) {
            // SAFETY: as promised by the caller; masked numbers are not touched
            let (low, high) = unsafe {
                let row = source.add(r * stride);
                (_mm512_maskz_loadu_ps(low, row), _mm512_maskz_loadu_ps(high, row.wrapping_add(16)))
            };
            // SAFETY: both are 512 bits without invalid patterns
            *out = unsafe { std::mem::transmute::<__m512bh, __m512i>(_mm512_cvtne2ps_pbh(high, low)) };
        }
    } else {
        for (r, out) in out.iter_mut().enumerate().take(rows.div_ceil(2)) {
            let second = if 2 * r + 1 < rows { low } else { 0 };
            // SAFETY: as above
            let (low, high) = unsafe {
                let row = source.add(2 * r * stride);
                (_mm512_maskz_loadu_ps(low, row), _mm512_maskz_loadu_ps(second, row.wrapping_add(stride)))
            };
            // SAFETY: as above
            let both = unsafe { std::mem::transmute::<__m512bh, __m512i>(_mm512_cvtne2ps_pbh(high, low)) };
            *out = _mm512_permutexvar_epi16(pairs, both);
        }
    }
    if transposed {
        out = transpose(out);
    }
    for (to, row) in tile.0.as_chunks_mut::<TILE>().0.iter_mut().zip(out) {
        // SAFETY: 16 numbers of 32 bits are one vector
        unsafe { _mm512_storeu_si512(to.as_mut_ptr().cast(), row) };
    }
}

/// Transposes 16 × 16 numbers: pairs, fours, then quarters of the vectors change places.
#[target_feature(enable = "avx512f")]
fn transpose(r: [__m512i; TILE]) -> [__m512i; TILE] {
    let mut t = r;
    for i in 0..8 {
        t[2 * i] = _mm512_unpacklo_epi32(r[2 * i], r[2 * i + 1]);
        t[2 * i + 1] = _mm512_unpackhi_epi32(r[2 * i], r[2 * i + 1]);
    }
    let mut u = t;
    for i in 0..4 {
        for j in 0..2 {
            u[4 * i + 2 * j] = _mm512_unpacklo_epi64(t[4 * i + j], t[4 * i + 2 + j]);
            u[4 * i + 2 * j + 1] = _mm512_unpackhi_epi64(t[4 * i + j], t[4 * i + 2 + j]);
        }
    }
    // u[4i + c] holds, in its quarter q, numbers 4q + c of rows 4i..4i+4
    let mut out = u;
    for c in 0..4 {
        let (a, b, d, e) = (u[c], u[4 + c], u[8 + c], u[12 + c]);
        let (ab_low, ab_high) = (_mm512_shuffle_i32x4::<0x88>(a, b), _mm512_shuffle_i32x4::<0xdd>(a, b));
        let (de_low, de_high) = (_mm512_shuffle_i32x4::<0x88>(d, e), _mm512_shuffle_i32x4::<0xdd>(d, e));
        out[c] = _mm512_shuffle_i32x4::<0x88>(ab_low, de_low);
        out[8 + c] = _mm512_shuffle_i32x4::<0xdd>(ab_low, de_low);
        out[4 + c] = _mm512_shuffle_i32x4::<0x88>(ab_high, de_high);
        out[12 + c] = _mm512_shuffle_i32x4::<0xdd>(ab_high, de_high);
    }
    out
}

/// A tile of an operand without a contiguous direction.
fn scattered(view: View<'_>, (from, outer): (usize, usize), (k, inner): (usize, usize), right: bool, tile: &mut Block) {
    tile.0.fill(0);
    for r in 0..outer {
        for i in 0..inner {
            let x = view.data[(from + r) * view.outer_stride + (k + i) * view.inner_stride];
            let at = if right { i / 2 * TILE + r } else { r * TILE + i / 2 };
            tile.0[at] |= rounded(x) << (i % 2 * 16);
        }
    }
}
