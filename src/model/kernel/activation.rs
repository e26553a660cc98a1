//! What stands between the maps of an MLP: GELU and GeGLU, forward and backward, exact and coarse; and tanh.

use super::{exp, vectorized};

/// The normal distribution function by Abramowitz & Stegun 7.1.26 (absolute error 1.5e-7), and the
/// density.
#[inline(always)]
fn normal(x: f32) -> (f32, f32) {
    let z = x * std::f32::consts::FRAC_1_SQRT_2;
    let a = z.abs();
    let t = 1.0 / (a * 0.327_591_1 + 1.0);
    let mut p = 1.061_405_4_f32;
    for c in [-1.453_152, 1.421_413_7, -0.284_496_72, 0.254_829_6] {
        p = p * t + c;
    }
    let e = exp(-z * z);
    let erf = (1.0 - p * t * e).copysign(x);
    (erf * 0.5 + 0.5, e * 0.398_942_3)
}

/// Exact (erf) GELU of one row.
#[inline(always)]
pub(in crate::model) fn gelu_row(x: &[f32], out: &mut [f32]) {
    for (o, &x) in out.iter_mut().zip(x) {
        *o = x * normal(x).0;
    }
}

/// Exact (erf) GELU.
pub(in crate::model) fn gelu(x: &[f32], out: &mut [f32]) {
    vectorized(
        #[inline(always)]
        || gelu_row(x, out),
    );
}

/// GELU as 8-bit integers need it, at most 2e-4 off everywhere: the normal distribution function as an odd
/// polynomial, fitted (least squares, reweighted towards the largest error) to be 1 at the end of its
/// range. A third of the work of [`normal`].
#[inline(always)]
fn gelu_coarse(x: f32) -> f32 {
    const END: f32 = 3.9;
    let s = x.clamp(-END, END);
    let u = s * s;
    let mut p = 2.890_911_8e-8_f32;
    for c in [-1.914_905_3e-6, 5.436_109_5e-5, -8.782_574_4e-4, 9.102_394e-3, -6.537_303e-2, 3.985_664_5e-1] {
        p = p * u + c;
    }
    x * (p * s + 0.5)
}

/// As [`gelu_row`], for what becomes bytes next.
#[inline(always)]
pub(in crate::model) fn gelu_coarse_row(x: &[f32], out: &mut [f32]) {
    for (o, &x) in out.iter_mut().zip(x) {
        *o = gelu_coarse(x);
    }
}

/// As [`geglu_row`], for what becomes bytes next.
#[inline(always)]
pub(in crate::model) fn geglu_coarse_row(row: &[f32], out: &mut [f32]) {
    let (input, gate) = row.split_at(out.len());
    for ((o, &x), &g) in out.iter_mut().zip(input).zip(gate) {
        *o = gelu_coarse(x) * g;
    }
}

/// Gradient of [`gelu`].
pub(in crate::model) fn gelu_back(x: &[f32], g: &[f32], dx: &mut [f32]) {
    vectorized(
        #[inline(always)]
        || {
            for ((d, &x), &g) in dx.iter_mut().zip(x).zip(g) {
                let (cdf, density) = normal(x);
                *d = g * (x * density + cdf);
            }
        },
    );
}

/// GeGLU of one row `[input | gate]`: `gelu(input) · gate`.
#[inline(always)]
pub(in crate::model) fn geglu_row(row: &[f32], out: &mut [f32]) {
    let (input, gate) = row.split_at(out.len());
    for ((o, &x), &g) in out.iter_mut().zip(input).zip(gate) {
        *o = x * normal(x).0 * g;
    }
}

/// GeGLU of rows `[input | gate]`.
pub(in crate::model) fn geglu(x: &[f32], half: usize, out: &mut [f32]) {
    vectorized(
        #[inline(always)]
        || {
            for (row, o) in x.chunks_exact(2 * half).zip(out.chunks_exact_mut(half)) {
                geglu_row(row, o);
            }
        },
    );
}

/// Gradient of [`geglu`].
pub(in crate::model) fn geglu_back(x: &[f32], half: usize, g: &[f32], dx: &mut [f32]) {
    vectorized(
        #[inline(always)]
        || {
            for ((row, g), dx) in x.chunks_exact(2 * half).zip(g.chunks_exact(half)).zip(dx.chunks_exact_mut(2 * half))
            {
                let (input, gate) = row.split_at(half);
                let (d_input, d_gate) = dx.split_at_mut(half);
                for i in 0..half {
                    let (cdf, density) = normal(input[i]);
                    d_input[i] = g[i] * gate[i] * (input[i] * density + cdf);
                    d_gate[i] = g[i] * input[i] * cdf;
                }
            }
        },
    );
}

/// tanh in place, absolute error about 1e-7.
pub(in crate::model) fn tanh(x: &mut [f32]) {
    vectorized(
        #[inline(always)]
        || x.iter_mut().for_each(|v| *v = 1.0 - 2.0 / (exp(2.0 * *v) + 1.0)),
    );
}
