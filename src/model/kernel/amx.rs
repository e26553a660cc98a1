//! Matrix product in bfloat16 with Intel's AMX tiles: inputs are rounded to 8 bits of mantissa, sums are
//! kept in f32. For training, where it is many times faster than f32 and learns the same (engine guide
//! §3); machines without it compute in f32.
//!
//! The instructions are written as assembly because their intrinsics are not stable yet.

use std::{
    arch::{
        asm,
        x86_64::{__cpuid, __cpuid_count},
    },
    sync::OnceLock,
};

use super::{
    Mat,
    tiles::{Block, EMPTY, INNER, TILE, View, pack},
};

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

/// Makes all eight tiles 16 rows of 64 bytes, on this thread, until [`release`].
#[expect(unsafe_code, reason = "the numeric kernel: configures the tiles")]
pub(super) fn configure() {
    assert!(available(), "tiles are used where they are");
    // SAFETY: tiles are available; the configuration is a constant of the right size
    unsafe { asm!("ldtilecfg [{}]", in(reg) &raw const CONFIG, options(nostack, readonly)) };
}

/// Gives the tiles of this thread back: what is in them is lost, and a switch of threads need not keep it.
#[expect(unsafe_code, reason = "the numeric kernel: gives the tiles back")]
pub(super) fn release() {
    assert!(available(), "tiles are used where they are");
    // SAFETY: tiles are available; whoever computes with them stores the sums first
    unsafe { asm!("tilerelease", options(nostack, nomem)) };
}

/// Inner steps that are computed at once: two rows of tiles of the left operand stay in the nearest cache.
const STEPS: usize = 16;

/// A right operand, packed: worth keeping where it is used again and again.
#[derive(Default)]
pub(in crate::model) struct Right {
    /// `[columns / 16][inner / 32]`
    tiles: Vec<Block>,
    inner: usize,
    columns: usize,
}

impl Right {
    /// Packs `b` (`[inner, columns]`) in place of what was there; tiles are available.
    pub(super) fn pack(&mut self, b: Mat<'_>) {
        assert!(available(), "tiles are used where they are");
        (self.inner, self.columns) = (b.rows, b.cols);
        let steps = b.rows.div_ceil(INNER);
        self.tiles.resize(b.cols.div_ceil(TILE) * steps, EMPTY);
        pack(View::right(b), true, (0, 0), steps.max(1), &mut self.tiles);
    }

    /// Inner length and columns.
    pub(super) fn shape(&self) -> (usize, usize) {
        (self.inner, self.columns)
    }
}

/// Packed operands, kept so that their pages are not asked for again and again.
struct Packed {
    left: Box<[Block; 2 * STEPS]>,
    right: Right,
}

thread_local! {
    static PACKED: std::cell::RefCell<Packed> =
        std::cell::RefCell::new(Packed { left: Box::new([EMPTY; 2 * STEPS]), right: Right::default() });
}

/// `dst = a·b`, or `dst += a·b`; shapes were checked by the caller ([`super::matmul`]), `available` is
/// true.
pub(super) fn matmul(dst: &mut [f32], dst_stride: usize, add: bool, a: Mat<'_>, b: Mat<'_>) {
    PACKED.with_borrow_mut(|Packed { left, right }| {
        right.pack(b);
        multiply(dst, dst_stride, add, a, right, left);
    });
}

/// As [`matmul`], the right operand packed already.
pub(super) fn matmul_packed(dst: &mut [f32], dst_stride: usize, add: bool, a: Mat<'_>, b: &Right) {
    PACKED.with_borrow_mut(|Packed { left, .. }| multiply(dst, dst_stride, add, a, b, left));
}

/// 32 rows of the result after another: their part of the left operand is packed into the nearest cache,
/// the right operand streams past.
#[expect(unsafe_code, reason = "the numeric kernel: tiles are loaded from packed blocks and stored inside `dst`")]
fn multiply(dst: &mut [f32], dst_stride: usize, add: bool, a: Mat<'_>, b: &Right, left: &mut [Block; 2 * STEPS]) {
    assert!(available(), "tiles are used where they are");
    let (m, n, steps) = (a.rows, b.columns, b.inner.div_ceil(INNER));
    let panel = |column: usize, step: usize| {
        // the second tile of an odd border is the first again: its sums are not used
        let at = (column / TILE).min(n.div_ceil(TILE) - 1) * steps;
        b.tiles[at + step..at + steps].as_ptr()
    };
    configure();
    let mut sums = [[0f32; 2 * TILE]; 2 * TILE];
    for row in (0..m).step_by(2 * TILE) {
        for step in (0..steps).step_by(STEPS) {
            let count = (steps - step).min(STEPS);
            pack(View::left(a), false, (row, step * INNER), count, &mut left[..2 * count]);
            let (a0, a1) = (left.as_ptr(), left[count..].as_ptr());
            let more = add || step > 0;
            for column in (0..n).step_by(2 * TILE) {
                let operands = [a0, a1, panel(column, step), panel(column + TILE, step)];
                if row + 2 * TILE <= m && column + 2 * TILE <= n {
                    let out = &mut dst[row * dst_stride + column..][..(2 * TILE - 1) * dst_stride + 2 * TILE];
                    // SAFETY: each operand points at `count` blocks; 32 rows of 32 sums, `dst_stride`
                    // apart, lie inside `out`
                    unsafe { quad(operands, count, more, out.as_mut_ptr(), dst_stride) };
                    continue;
                }
                // SAFETY: as above, with the 32 × 32 sums of the buffer
                unsafe { quad(operands, count, false, sums.as_mut_ptr().cast(), 2 * TILE) };
                let width = (n - column).min(2 * TILE);
                for (r, sums) in (row..m).zip(&sums) {
                    let out = &mut dst[r * dst_stride + column..][..width];
                    if more {
                        out.iter_mut().zip(sums).for_each(|(o, s)| *o += s);
                    } else {
                        out.copy_from_slice(&sums[..width]);
                    }
                }
            }
        }
    }
    release();
}

/// Four tiles of sums from two times two rows of blocks, in place of what is in `out` or added to it.
///
/// # Safety
/// Tiles are configured; each operand points at `steps` blocks; `out` may be read and written in 32 rows
/// of 32 numbers, `stride` apart.
#[expect(unsafe_code, reason = "the numeric kernel: the tile instructions themselves")]
unsafe fn quad([a0, a1, b0, b1]: [*const Block; 4], steps: usize, add: bool, out: *mut f32, stride: usize) {
    // SAFETY: as promised by the caller; registers are named, no stack is used
    unsafe {
        asm!(
            "test {add}, {add}",
            "jz 3f",
            "tileloadd tmm0, [{out} + {stride}*1]",
            "tileloadd tmm1, [{out} + {stride}*1 + 64]",
            "tileloadd tmm2, [{low} + {stride}*1]",
            "tileloadd tmm3, [{low} + {stride}*1 + 64]",
            "jmp 2f",
            "3:",
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
            add = in(reg) usize::from(add),
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
