//! The numeric kernel: matrix product and row-wise functions on plain slices, forward and backward.
//!
//! Everything heavier than a copy goes through here, for training and serving alike. SIMD is chosen
//! at run time by `pulp`, so one binary serves every x86-64; the `unsafe` of the crate is here: the call
//! into `gemm`, the 8-bit instructions and the tiles, each behind bounds that are checked first.

mod activation;
#[cfg(target_arch = "x86_64")]
mod amx;
pub mod int8;
mod matrix;
#[cfg(target_arch = "x86_64")]
mod tiles;

use crate::numeric::vectorized;

pub(in crate::model) use activation::*;
pub use matrix::Arithmetic;
pub(in crate::model) use matrix::{Mat, Prepared, matmul, product, product_prepared};

/// exp by Cephes' polynomial, relative error about 1e-7, clamped to ±87.
#[inline(always)]
fn exp(x: f32) -> f32 {
    let x = x.clamp(-87.0, 87.0);
    // adding 1.5·2²³ rounds to the nearest integer without a library call, and leaves it in the lowest
    // bits (`as i32` would be done number by number); products and sums are kept apart (no `mul_add`), so
    // that a machine without FMA does not call a library for each of them
    let shifted = x * std::f32::consts::LOG2_E + 12_582_912.0;
    let n = shifted - 12_582_912.0;
    let r = x - n * 0.693_359_4;
    let r = r + n * 2.121_944_4e-4;
    let mut p = 1.987_569_1e-4_f32;
    for c in [1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 5.0e-1] {
        p = p * r + c;
    }
    let p = p * (r * r) + (r + 1.0);
    p * f32::from_bits(shifted.to_bits().wrapping_add(127) << 23)
}

#[inline(always)]
fn sum(x: &[f32]) -> f32 {
    let (chunks, rest) = x.as_chunks::<16>();
    let mut acc = [0f32; 16];
    for c in chunks {
        for i in 0..16 {
            acc[i] += c[i];
        }
    }
    acc.iter().sum::<f32>() + rest.iter().sum::<f32>()
}

/// The largest of `f` over a row: sixteen side by side, since one after another each would wait for the
/// one before it. NaN counts for nothing here and stays what it is in the row.
#[inline(always)]
fn largest(x: &[f32], f: impl Fn(f32) -> f32) -> f32 {
    let more = |a: f32, b: f32| if b > a { b } else { a };
    let (chunks, rest) = x.as_chunks::<16>();
    let mut acc = [f32::MIN; 16];
    for c in chunks {
        for i in 0..16 {
            acc[i] = more(acc[i], f(c[i]));
        }
    }
    acc.iter().copied().chain(rest.iter().map(|v| f(*v))).fold(f32::MIN, more)
}

#[inline(always)]
fn dot(x: &[f32], y: &[f32]) -> f32 {
    let ((xs, xr), (ys, yr)) = (x.as_chunks::<16>(), y.as_chunks::<16>());
    let mut acc = [0f32; 16];
    for (a, b) in xs.iter().zip(ys) {
        for i in 0..16 {
            acc[i] += a[i] * b[i];
        }
    }
    acc.iter().sum::<f32>() + xr.iter().zip(yr).map(|(a, b)| a * b).sum::<f32>()
}

/// Mean and 1/σ of a row.
#[inline(always)]
fn moments(row: &[f32], eps: f32) -> (f32, f32) {
    let n = row.len() as f32;
    let mean = sum(row) / n;
    let (chunks, rest) = row.as_chunks::<16>();
    let mut acc = [0f32; 16];
    for c in chunks {
        for i in 0..16 {
            let d = c[i] - mean;
            acc[i] += d * d;
        }
    }
    let var = (acc.iter().sum::<f32>() + rest.iter().map(|v| (v - mean) * (v - mean)).sum::<f32>()) / n;
    (mean, 1.0 / (var + eps).sqrt())
}

/// Layer norm of one row; as all functions of rows, to be inlined into a vectorised loop.
#[inline(always)]
pub(in crate::model) fn layer_norm_row(row: &[f32], w: &[f32], b: &[f32], eps: f32, out: &mut [f32]) {
    let (mean, inv) = moments(row, eps);
    for ((o, v), (w, b)) in out.iter_mut().zip(row).zip(w.iter().zip(b)) {
        *o = (v - mean) * inv * w + b;
    }
}

/// Layer norm of each row of `w.len()` elements.
pub(in crate::model) fn layer_norm(x: &[f32], w: &[f32], b: &[f32], eps: f32, out: &mut [f32]) {
    vectorized(
        #[inline(always)]
        || {
            for (row, o) in x.chunks_exact(w.len()).zip(out.chunks_exact_mut(w.len())) {
                layer_norm_row(row, w, b, eps, o);
            }
        },
    );
}

/// Gradients of [`layer_norm`]: `dx` is overwritten, `dw` and `db` are added to.
pub(in crate::model) fn layer_norm_back(
    (x, w, eps): (&[f32], &[f32], f32),
    g: &[f32],
    dx: &mut [f32],
    dw: &mut [f32],
    db: &mut [f32],
) {
    let n = w.len();
    let (mut hat, mut gw) = (vec![0f32; n], vec![0f32; n]);
    vectorized(
        #[inline(always)]
        || {
            for ((row, g), dx) in x.chunks_exact(n).zip(g.chunks_exact(n)).zip(dx.chunks_exact_mut(n)) {
                let (mean, inv) = moments(row, eps);
                let (dw, db) = (&mut dw[..n], &mut db[..n]);
                let (hat, gw) = (&mut hat[..n], &mut gw[..n]);
                for i in 0..n {
                    hat[i] = (row[i] - mean) * inv;
                    gw[i] = g[i] * w[i];
                }
                for i in 0..n {
                    dw[i] += g[i] * hat[i];
                    db[i] += g[i];
                }
                let (a, c) = (sum(gw) / n as f32, dot(gw, hat) / n as f32);
                for i in 0..n {
                    dx[i] = inv * (gw[i] - a - hat[i] * c);
                }
            }
        },
    );
}

/// In-place softmax of each row of `n`; where `window` is given, entry (row, col) counts only if
/// they lie at most that far apart.
pub(in crate::model) fn softmax(x: &mut [f32], n: usize, window: Option<usize>) {
    vectorized(
        #[inline(always)]
        || {
            for (r, row) in x.chunks_exact_mut(n).enumerate() {
                let (from, to) = match window {
                    Some(w) => (r.saturating_sub(w).min(n), (r + w + 1).min(n)),
                    None => (0, n),
                };
                row[..from].fill(0.0);
                row[to..].fill(0.0);
                let row = &mut row[from..to];
                let max = largest(row, |v| v);
                for v in row.iter_mut() {
                    *v = exp(*v - max);
                }
                let inv = 1.0 / sum(row);
                for v in row.iter_mut() {
                    *v *= inv;
                }
            }
        },
    );
}

/// Turns the gradient of softmax's result (in `g`) into the gradient of its argument, in place.
pub(in crate::model) fn softmax_back(p: &[f32], g: &mut [f32], n: usize) {
    vectorized(
        #[inline(always)]
        || {
            for (p, g) in p.chunks_exact(n).zip(g.chunks_exact_mut(n)) {
                let d = dot(p, g);
                for (g, p) in g.iter_mut().zip(p) {
                    *g = p * (*g - d);
                }
            }
        },
    );
}

/// Rotates one head row by its position (Hugging Face's half-split form) and scales it; `sign` −1
/// rotates back.
pub(in crate::model) fn rotate(row: &[f32], cos: &[f32], sin: &[f32], sign: f32, scale: f32, out: &mut [f32]) {
    let half = row.len() / 2;
    vectorized(
        #[inline(always)]
        || {
            let (a, b) = row.split_at(half);
            let (x, y) = out.split_at_mut(half);
            let (cos, sin) = (&cos[..half], &sin[..half]);
            for i in 0..half {
                let s = sin[i] * sign;
                x[i] = (a[i] * cos[i] - b[i] * s) * scale;
                y[i] = (b[i] * cos[i] + a[i] * s) * scale;
            }
        },
    );
}

/// Rotates rows as [`rotate`] does, each by its own position (from 0 on), one after another into `out`;
/// `cos` and `sin` have a row for each position.
pub(in crate::model) fn rotate_rows(x: Mat<'_>, cos: &[f32], sin: &[f32], scale: f32, out: &mut [f32]) {
    let (dim, half) = (x.cols, x.cols / 2);
    vectorized(
        #[inline(always)]
        || {
            let tables = cos.chunks_exact(half).zip(sin.chunks_exact(half));
            for ((i, out), (cos, sin)) in out.chunks_exact_mut(dim).enumerate().zip(tables) {
                let (a, b) = x.data[i * x.row_stride..][..2 * half].split_at(half);
                let (x, y) = out[..2 * half].split_at_mut(half);
                let (cos, sin) = (&cos[..half], &sin[..half]);
                for i in 0..half {
                    x[i] = (a[i] * cos[i] - b[i] * sin[i]) * scale;
                    y[i] = (b[i] * cos[i] + a[i] * sin[i]) * scale;
                }
            }
        },
    );
}

/// Rows one after another, scaled.
pub(in crate::model) fn scaled_rows(x: Mat<'_>, scale: f32, out: &mut [f32]) {
    vectorized(
        #[inline(always)]
        || {
            for (i, out) in out.chunks_exact_mut(x.cols).enumerate() {
                let row = &x.data[i * x.row_stride..][..x.cols];
                out.iter_mut().zip(row).for_each(|(o, v)| *o = v * scale);
            }
        },
    );
}

/// Element-wise sum.
pub(in crate::model) fn add(x: &[f32], y: &[f32]) -> Vec<f32> {
    vectorized(
        #[inline(always)]
        || x.iter().zip(y).map(|(a, b)| a + b).collect(),
    )
}

/// Adds `x` to `out`, element by element.
pub(in crate::model) fn add_to(x: &[f32], out: &mut [f32]) {
    vectorized(
        #[inline(always)]
        || out.iter_mut().zip(x).for_each(|(o, v)| *o += v),
    );
}

/// Adds `x` to each row of `out`.
pub(in crate::model) fn add_to_rows(x: &[f32], out: &mut [f32]) {
    vectorized(
        #[inline(always)]
        || {
            for row in out.chunks_exact_mut(x.len()) {
                row.iter_mut().zip(x).for_each(|(o, v)| *o += v);
            }
        },
    );
}

/// Multiplies every element.
pub(in crate::model) fn scale(by: f32, x: &mut [f32]) {
    vectorized(
        #[inline(always)]
        || x.iter_mut().for_each(|v| *v *= by),
    );
}

/// Adds the rows of `x` into `out`.
pub(in crate::model) fn add_rows(x: &[f32], out: &mut [f32]) {
    vectorized(
        #[inline(always)]
        || {
            for row in x.chunks_exact(out.len()) {
                for (o, v) in out.iter_mut().zip(row) {
                    *o += v;
                }
            }
        },
    );
}

/// Adds the product of one vector with each of many, one after another in `all`, to `out`.
pub(in crate::model) fn add_dots(own: &[f32], all: &[f32], out: &mut [f32]) {
    vectorized(
        #[inline(always)]
        || out.iter_mut().zip(all.chunks_exact(own.len().max(1))).for_each(|(o, row)| *o += dot(row, own)),
    );
}
