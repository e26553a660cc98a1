//! The product in vectors: AVX-512 VNNI and AVX2.

use std::arch::x86_64::*;

use super::{BLOCK, INNER, Line, PANEL, STRIP, STRIPS, rows::Bytes};

/// Rows that are computed together, so that weights are loaded once for all of them.
const ROWS: usize = 6;

macro_rules! entry {
    ($name:ident, $kernel:ident, $($feature:tt),+) => {
        /// Sums of a block of rows with a panel.
        #[expect(unsafe_code, reason = "the numeric kernel: instructions are only used where they are")]
        pub(super) fn $name(rows: &[Bytes], panel: &[Line], steps: usize, sums: &mut [[i32; PANEL]]) {
            assert!(rows.len() == BLOCK * steps && panel.len() == STRIPS * steps * INNER / 4, "shapes of a panel");
            // the detection is cached: one load
            assert!($(is_x86_feature_detected!($feature))&&+, "instructions are used where they are");
            for (rows, sums) in rows.chunks(ROWS * steps).zip(sums.chunks_mut(ROWS)) {
                // SAFETY: the machine has the instructions; `rows` has at least as many rows of `steps`
                // lines as there are sums, `panel` has the lines that the kernel reads (asserted)
                unsafe {
                    match sums.len() {
                        1 => $kernel::<1>(rows, panel, steps, sums),
                        2 => $kernel::<2>(rows, panel, steps, sums),
                        3 => $kernel::<3>(rows, panel, steps, sums),
                        4 => $kernel::<4>(rows, panel, steps, sums),
                        5 => $kernel::<5>(rows, panel, steps, sums),
                        _ => $kernel::<6>(rows, panel, steps, sums),
                    }
                }
            }
        }
    };
}

entry!(vnni, vnni_rows, "avx512f", "avx512vnni");
entry!(avx2, avx2_rows, "avx2");

#[target_feature(enable = "avx512f,avx512vnni")]
#[expect(unsafe_code, reason = "the numeric kernel: loads and stores through pointers into checked slices")]
unsafe fn vnni_rows<const R: usize>(rows: &[Bytes], panel: &[Line], steps: usize, sums: &mut [[i32; PANEL]]) {
    let lines = steps * INNER / 4;
    let mut acc = [[_mm512_setzero_si512(); STRIPS]; R];
    for k in 0..lines {
        let mut w = [_mm512_setzero_si512(); STRIPS];
        for (c, w) in w.iter_mut().enumerate() {
            // SAFETY: k < lines and c < 4, so the line lies inside the panel of 4 × lines
            *w = unsafe { _mm512_load_si512(panel.as_ptr().add(c * lines + k).cast()) };
        }
        for (r, acc) in acc.iter_mut().enumerate() {
            // SAFETY: r < R = sums.len() and k < lines: four bytes inside rows of R × steps lines
            let x = unsafe { rows.as_ptr().cast::<i32>().add(r * lines + k).read() };
            let x = _mm512_set1_epi32(x);
            for (acc, w) in acc.iter_mut().zip(w) {
                *acc = _mm512_dpbusd_epi32(*acc, x, w);
            }
        }
    }
    for (sums, acc) in sums.iter_mut().zip(acc) {
        for (c, acc) in acc.into_iter().enumerate() {
            // SAFETY: c < 4, so the 16 sums lie inside the 64 of the row
            unsafe { _mm512_storeu_si512(sums.as_mut_ptr().add(c * STRIP).cast(), acc) };
        }
    }
}

#[target_feature(enable = "avx2")]
#[expect(unsafe_code, reason = "the numeric kernel: loads and stores through pointers into checked slices")]
unsafe fn avx2_rows<const R: usize>(rows: &[Bytes], panel: &[Line], steps: usize, sums: &mut [[i32; PANEL]]) {
    let lines = steps * INNER / 4;
    // four outputs at a time: their 16 weights as 16-bit numbers, products added in pairs, so that
    // nothing saturates (the byte instruction of AVX2 would)
    for c in (0..PANEL).step_by(4) {
        let mut acc = [_mm256_setzero_si256(); R];
        for k in 0..lines {
            // SAFETY: k < lines, c + 4 <= 64, and no four outputs lie in two strips: the four words lie
            // inside a line of the panel
            let w = unsafe {
                let line = panel.as_ptr().add(c / STRIP * lines + k);
                _mm_loadu_si128(line.cast::<u32>().add(c % STRIP).cast())
            };
            let w = _mm256_cvtepi8_epi16(w);
            for (r, acc) in acc.iter_mut().enumerate() {
                // SAFETY: r < R = sums.len() and k < lines: four bytes inside rows of R × steps lines
                let x = unsafe { rows.as_ptr().cast::<i32>().add(r * lines + k).read() };
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
