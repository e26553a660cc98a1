//! The product on AMX tiles: 16 rows × 16 outputs × 64 inputs with each instruction.

use std::{
    arch::{asm, x86_64::__cpuid_count},
    sync::LazyLock,
};

use super::{BLOCK, Line, PANEL, STRIP, rows::Bytes};
use crate::model::kernel::amx;

/// Lines of a tile.
const TILE: usize = 16;

/// Whether this machine has tiles and their 8-bit products, and the system lets this process use them.
pub(super) fn available() -> bool {
    // asked once: in a virtual machine the question goes to the hypervisor. EDX of leaf 7: bit 25 8-bit
    // products
    static AVAILABLE: LazyLock<bool> = LazyLock::new(|| amx::available() && __cpuid_count(7, 0).edx & (1 << 25) != 0);
    *AVAILABLE
}

/// Configures the tiles.
pub(super) fn begin() {
    assert!(available(), "tiles are used where they are");
    amx::configure();
}

/// Gives the tiles back.
pub(super) fn end() {
    amx::release();
}

/// Sums of the first `count` rows of a block with a panel; `begin` was called.
#[expect(unsafe_code, reason = "the numeric kernel: tiles are loaded from and stored to checked slices")]
pub(super) fn sums(rows: &[Bytes], panel: &[Line], steps: usize, count: usize, sums: &mut [[i32; PANEL]; BLOCK]) {
    assert!(rows.len() == BLOCK * steps && panel.len() == PANEL / STRIP * steps * TILE, "shapes of a panel");
    assert!(steps > 0 && available(), "tiles are used where they are");
    // a lower half that nobody wants is the upper one once more: it is in the nearest cache
    let low = if count > TILE { TILE * steps } else { 0 };
    for half in 0..2 {
        let strip = 2 * half * steps * TILE;
        // SAFETY: both left operands have 16 rows of `steps` lines inside `rows`; both right operands
        // have `steps` tiles inside `panel`; 32 rows of 32 sums, the second half 32 further on, lie inside
        // the 32 rows of 64
        unsafe {
            quad(
                [rows.as_ptr(), rows.as_ptr().add(low)],
                steps * size_of::<Bytes>(),
                [panel.as_ptr().add(strip), panel.as_ptr().add(strip + steps * TILE)],
                steps,
                sums.as_mut_ptr().cast::<i32>().add(2 * half * STRIP),
            );
        }
    }
}

/// Four tiles of sums, two times two, from rows `row` bytes apart and from packed tiles.
///
/// # Safety
/// Tiles are configured; the left operands point at 16 rows of `steps` lines, the right ones at `steps`
/// tiles; `out` may be written in 32 rows of 32 numbers, [`PANEL`] numbers apart.
#[expect(unsafe_code, reason = "the numeric kernel: the tile instructions themselves")]
unsafe fn quad([a0, a1]: [*const Bytes; 2], row: usize, [b0, b1]: [*const Line; 2], steps: usize, out: *mut i32) {
    // SAFETY: as promised by the caller; registers are named, no stack is used
    unsafe {
        asm!(
            "tilezero tmm0",
            "tilezero tmm1",
            "tilezero tmm2",
            "tilezero tmm3",
            "2:",
            "tileloadd tmm4, [{a0} + {row}*1]",
            "tileloadd tmm6, [{b0} + {line}*1]",
            "tdpbusd tmm0, tmm4, tmm6",
            "tileloadd tmm7, [{b1} + {line}*1]",
            "tdpbusd tmm1, tmm4, tmm7",
            "tileloadd tmm5, [{a1} + {row}*1]",
            "tdpbusd tmm2, tmm5, tmm6",
            "tdpbusd tmm3, tmm5, tmm7",
            "add {a0}, 64",
            "add {a1}, 64",
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
            row = in(reg) row,
            line = in(reg) 64usize,
            out = in(reg) out,
            low = in(reg) out.wrapping_add(TILE * PANEL),
            stride = in(reg) PANEL * 4,
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
