//! Matrix product in bfloat16 with Intel's AMX tiles: inputs are rounded to 8 bits of mantissa, sums are
//! kept in f32. For training, where it is many times faster than f32 and learns the same (engine guide
//! §3); machines without it compute in f32.
//!
//! The instructions are written as assembly because their intrinsics are not stable yet.

use std::{
    arch::{asm, x86_64::*},
    sync::OnceLock,
};

use super::Mat;

/// Rows and columns of a tile of sums.
const TILE: usize = 16;
/// Inner elements of a tile: 64 bytes of bfloat16.
const INNER: usize = 32;
/// A tile of inputs: 16 rows of 16 pairs.
type Block = [u32; TILE * TILE];

/// Smaller products are not worth their packing.
pub(super) const SMALLEST: usize = 16;

/// What `ldtilecfg` reads: palette 1, eight tiles of 16 rows of 64 bytes.
#[repr(C, align(64))]
struct Config([u8; 64]);

static CONFIG: Config = {
    let mut bytes = [0u8; 64];
    bytes[0] = 1;
    let mut tile = 0;
    while tile < 8 {
        bytes[16 + 2 * tile] = 64;
        bytes[48 + tile] = TILE as u8;
        tile += 1;
    }
    Config(bytes)
};

/// Whether this machine has the tiles and the system lets this process use them.
pub(super) fn available() -> bool {
    static AVAILABLE: OnceLock<bool> = OnceLock::new();
    *AVAILABLE.get_or_init(asked)
}

#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "the numeric kernel: a system call without pointers")]
fn asked() -> bool {
    const REQUEST_PERMISSION: libc::c_int = 0x1023;
    const TILE_DATA: libc::c_int = 18;
    // EDX of leaf 7: bit 22 bfloat16 products, bit 24 tiles
    let has = |bit: u32| __cpuid(0).eax >= 7 && __cpuid_count(7, 0).edx & (1 << bit) != 0;
    // packing uses vectors that every machine with tiles has
    let vectors = is_x86_feature_detected!("avx512bw") && is_x86_feature_detected!("avx512bf16");
    if !(has(22) && has(24) && vectors) {
        return false;
    }
    // SAFETY: arch_prctl(ARCH_REQ_XCOMP_PERM) takes two integers and changes nothing but this process's
    // permission; a kernel that does not know it answers with an error
    unsafe { libc::syscall(libc::SYS_arch_prctl, REQUEST_PERMISSION, TILE_DATA) == 0 }
}

#[cfg(not(target_os = "linux"))]
fn asked() -> bool {
    false
}

/// Rounds to the nearest bfloat16, ties to even.
#[inline(always)]
fn rounded(x: f32) -> u32 {
    let bits = x.to_bits();
    bits.wrapping_add(0x7fff + ((bits >> 16) & 1)) >> 16
}

/// An operand seen as `[outer, inner]`: rows of the left one, columns of the right one.
#[derive(Clone, Copy)]
struct View<'a> {
    data: &'a [f32],
    outer: usize,
    inner: usize,
    outer_stride: usize,
    inner_stride: usize,
}

/// Packs an operand into tiles, `[outer / 16][inner / 32]`, padded with zeros. A tile has 16 rows of 16
/// pairs along `inner` (left operand), or its transpose (right operand).
#[expect(unsafe_code, reason = "the numeric kernel: whole tiles are read through pointers into checked slices")]
fn pack(view: View<'_>, right: bool, tiles: &mut Vec<Block>) {
    let (rows, steps) = (view.outer.div_ceil(TILE), view.inner.div_ceil(INNER));
    // every block is written whole below
    tiles.resize(rows * steps, [0; TILE * TILE]);
    let by_outer = view.inner_stride == 1;
    let stride = if by_outer { view.outer_stride } else { view.inner_stride };
    for (n, tile) in tiles.iter_mut().enumerate() {
        let (from, k) = (n / steps * TILE, n % steps * INNER);
        let (outer, inner) = ((view.outer - from).min(TILE), (view.inner - k).min(INNER));
        if (outer, inner) == (TILE, INNER) && (by_outer || view.outer_stride == 1) {
            let start = from * view.outer_stride + k * view.inner_stride;
            let source = if by_outer {
                &view.data[start..start + (TILE - 1) * stride + INNER]
            } else {
                &view.data[start..start + (INNER - 1) * stride + TILE]
            };
            // SAFETY: the vectors are there where tiles are (`asked`); 16 rows of 32 numbers, or 32 of
            // 16, `stride` apart, lie inside `source`
            unsafe { whole(source.as_ptr(), stride, by_outer, by_outer == right, tile) };
        } else {
            border(view, (from, outer), (k, inner), right, tile);
        }
    }
}

/// A tile that lies wholly inside its operand: 16 rows of 32 numbers (`by_outer`) or 32 rows of 16.
///
/// # Safety
/// The machine has the vectors; `source` may be read in those rows, `stride` numbers apart.
#[target_feature(enable = "avx512f,avx512bw,avx512bf16")]
#[expect(unsafe_code, reason = "the numeric kernel: loads through a pointer into a checked slice")]
unsafe fn whole(source: *const f32, stride: usize, by_outer: bool, transposed: bool, tile: &mut Block) {
    let mut rows = [_mm512_setzero_si512(); TILE];
    // words 0, 16, 1, 17, …: from two rows one after another to pairs
    let pairs: [u16; 32] = std::array::from_fn(|i| (i / 2 + i % 2 * 16) as u16);
    // SAFETY: 32 words are one vector
    let pairs = unsafe { _mm512_loadu_si512(pairs.as_ptr().cast()) };
    for (r, row) in rows.iter_mut().enumerate() {
        let (low, high) = if by_outer { (r * stride, r * stride + 16) } else { (2 * r * stride, (2 * r + 1) * stride) };
        // SAFETY: as promised by the caller
        let (low, high) = unsafe { (_mm512_loadu_ps(source.add(low)), _mm512_loadu_ps(source.add(high))) };
        // SAFETY: both are 512 bits without invalid patterns
        let both: __m512i = unsafe { std::mem::transmute(_mm512_cvtne2ps_pbh(high, low)) };
        *row = if by_outer { both } else { _mm512_permutexvar_epi16(pairs, both) };
    }
    if transposed {
        rows = transpose(rows);
    }
    for (out, row) in tile.as_chunks_mut::<TILE>().0.iter_mut().zip(rows) {
        // SAFETY: 16 numbers of 32 bits are one vector
        unsafe { _mm512_storeu_si512(out.as_mut_ptr().cast(), row) };
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

/// A tile that reaches over the border of its operand, or whose operand has no contiguous direction.
fn border(view: View<'_>, (from, outer): (usize, usize), (k, inner): (usize, usize), right: bool, tile: &mut Block) {
    tile.fill(0);
    for r in 0..outer {
        for i in 0..inner {
            let x = view.data[(from + r) * view.outer_stride + (k + i) * view.inner_stride];
            let at = if right { i / 2 * TILE + r } else { r * TILE + i / 2 };
            tile[at] |= rounded(x) << (i % 2 * 16);
        }
    }
}

thread_local! {
    /// Packed operands, kept so that their pages are not asked for again and again.
    static PACKED: std::cell::RefCell<(Vec<Block>, Vec<Block>)> = const { std::cell::RefCell::new((Vec::new(), Vec::new())) };
}

/// `dst = a·b`, or `dst += a·b`; shapes were checked by the caller ([`super::matmul`]), `available` is
/// true.
#[expect(unsafe_code, reason = "the numeric kernel: tiles are loaded from packed blocks and stored inside `dst`")]
pub(super) fn matmul(dst: &mut [f32], dst_stride: usize, add: bool, a: Mat<'_>, b: Mat<'_>) {
    assert!(available(), "tiles are used where they are");
    let (m, k, n) = (a.rows, a.cols, b.cols);
    let left = View { data: a.data, outer: m, inner: k, outer_stride: a.row_stride, inner_stride: a.col_stride };
    let right = View { data: b.data, outer: n, inner: k, outer_stride: b.col_stride, inner_stride: b.row_stride };
    PACKED.with_borrow_mut(|(lefts, rights)| {
        pack(left, false, lefts);
        pack(right, true, rights);
        let steps = k.div_ceil(INNER);
        // SAFETY: tiles are available; the configuration is a constant of the right size
        unsafe { asm!("ldtilecfg [{}]", in(reg) &raw const CONFIG, options(nostack, readonly)) };
        let mut sums = [[0f32; 2 * TILE]; 2 * TILE];
        for column in (0..n).step_by(2 * TILE) {
            for row in (0..m).step_by(2 * TILE) {
                // the second tile of an odd border is the first again: its sums are not used
                let tile = |tiles: &[Block], at: usize, count: usize| {
                    let at = at.min(count.div_ceil(TILE) - 1);
                    tiles[at * steps..(at + 1) * steps].as_ptr()
                };
                let (a0, a1) = (tile(lefts, row / TILE, m), tile(lefts, row / TILE + 1, m));
                let (b0, b1) = (tile(rights, column / TILE, n), tile(rights, column / TILE + 1, n));
                if !add && row + 2 * TILE <= m && column + 2 * TILE <= n {
                    let out = &mut dst[row * dst_stride + column..][..(2 * TILE - 1) * dst_stride + 2 * TILE];
                    // SAFETY: each operand points at `steps` blocks; 32 rows of 32 sums, `dst_stride`
                    // apart, lie inside `out`
                    unsafe { quad([a0, a1, b0, b1], steps, out.as_mut_ptr(), dst_stride) };
                    continue;
                }
                // SAFETY: as above, with the 32 × 32 sums of the buffer
                unsafe { quad([a0, a1, b0, b1], steps, sums.as_mut_ptr().cast(), 2 * TILE) };
                let width = (n - column).min(2 * TILE);
                for (r, sums) in (row..m).zip(&sums) {
                    let out = &mut dst[r * dst_stride + column..][..width];
                    if add {
                        out.iter_mut().zip(sums).for_each(|(o, s)| *o += s);
                    } else {
                        out.copy_from_slice(&sums[..width]);
                    }
                }
            }
        }
        // SAFETY: gives the tiles back; nothing is in them any more
        unsafe { asm!("tilerelease", options(nostack, nomem)) };
    });
}

/// Four tiles of sums from two times two rows of blocks.
///
/// # Safety
/// Tiles are configured; each operand points at `steps` blocks; `out` may be written in 32 rows of 32
/// numbers, `stride` apart.
#[expect(unsafe_code, reason = "the numeric kernel: the tile instructions themselves")]
unsafe fn quad([a0, a1, b0, b1]: [*const Block; 4], steps: usize, out: *mut f32, stride: usize) {
    // SAFETY: as promised by the caller; registers are named, no stack is used
    unsafe {
        asm!(
            "tilezero tmm0",
            "tilezero tmm1",
            "tilezero tmm2",
            "tilezero tmm3",
            "2:",
            "tileloadd tmm4, [{a0} + {row}*1]",
            "tileloadd tmm6, [{b0} + {row}*1]",
            "tdpbf16ps tmm0, tmm4, tmm6",
            "tileloadd tmm7, [{b1} + {row}*1]",
            "tdpbf16ps tmm1, tmm4, tmm7",
            "tileloadd tmm5, [{a1} + {row}*1]",
            "tdpbf16ps tmm2, tmm5, tmm6",
            "tdpbf16ps tmm3, tmm5, tmm7",
            "add {a0}, 1024",
            "add {a1}, 1024",
            "add {b0}, 1024",
            "add {b1}, 1024",
            "dec {steps}",
            "jnz 2b",
            "tilestored [{out} + {stride}*1], tmm0",
            "tilestored [{out} + {stride}*1 + 64], tmm1",
            "tilestored [{low} + {stride}*1], tmm2",
            "tilestored [{low} + {stride}*1 + 64], tmm3",
            a0 = inout(reg) a0 => _,
            a1 = inout(reg) a1 => _,
            b0 = inout(reg) b0 => _,
            b1 = inout(reg) b1 => _,
            steps = inout(reg) steps => _,
            row = in(reg) 64usize,
            out = in(reg) out,
            low = in(reg) out.wrapping_add(TILE * stride),
            stride = in(reg) stride * 4,
            out("tmm0") _,
            out("tmm1") _,
            out("tmm2") _,
            out("tmm3") _,
            out("tmm4") _,
            out("tmm5") _,
            out("tmm6") _,
            out("tmm7") _,
            options(nostack),
        );
    }
}
