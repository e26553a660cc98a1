//! Multi-head self-attention inside each packed sequence, with its gradient: rotary positions, full
//! or sliding-window, no padding and no mask.

use std::sync::Arc;

use candle_core::{CpuStorage, CustomOp1, CustomOp2, Layout, Result, Shape, Tensor, bail};

use super::{
    kernel::{self, Arithmetic, Mat},
    ops::floats,
};

/// Multi-head self-attention inside each sequence: `[tokens, 3·width]` to `[tokens, width]`.
pub fn attention(qkv: &Tensor, how: &Attention) -> Result<Tensor> {
    qkv.apply_op1(how.clone())
}

/// Cosines and sines of rotary positions, `[positions, head width / 2]` each.
#[derive(Debug)]
pub struct Rotary {
    half: usize,
    cos: Vec<f32>,
    sin: Vec<f32>,
}

impl Rotary {
    /// Tables for positions `0..positions` with base `theta` (Su et al. 2021).
    pub fn new(positions: usize, head: usize, theta: f64) -> Self {
        let half = head / 2;
        let angles = |p: usize| (0..half).map(move |i| p as f64 / theta.powf(2.0 * i as f64 / head as f64));
        Self {
            half,
            cos: (0..positions).flat_map(angles).map(|a| a.cos() as f32).collect(),
            sin: (0..positions).flat_map(angles).map(|a| a.sin() as f32).collect(),
        }
    }

    fn at(&self, p: usize) -> (&[f32], &[f32]) {
        let range = p * self.half..(p + 1) * self.half;
        (&self.cos[range.clone()], &self.sin[range])
    }
}

/// How attention runs: where sequences lie, how many heads, which positions count.
#[derive(Clone, Debug)]
pub struct Attention {
    /// Start of each sequence and, last, the number of tokens.
    pub bounds: Arc<[usize]>,
    /// Number of heads.
    pub heads: usize,
    /// Rotary positions, if the layout has them.
    pub rotary: Option<Arc<Rotary>>,
    /// Tokens on each side that a token sees; none means all.
    pub window: Option<usize>,
    /// Numbers of its matrix products.
    pub arithmetic: Arithmetic,
}

/// Scratch of one head of one sequence.
struct Head {
    q: Vec<f32>,
    k: Vec<f32>,
    p: Vec<f32>,
}

impl Attention {
    /// Fills `q` (scaled), `k` and the probabilities of one head.
    fn head(&self, head: &mut Head, qkv: &[f32], width: usize, at: usize) {
        let dim = width / self.heads;
        let scale = 1.0 / (dim as f32).sqrt();
        let rows = qkv.len() / (3 * width);
        let Head { q, k, p } = head;
        q.resize(rows * dim, 0.0);
        k.resize(rows * dim, 0.0);
        p.resize(rows * rows, 0.0);
        for (out, from, scale) in [(&mut *q, at * dim, scale), (&mut *k, width + at * dim, 1.0)] {
            let own = Mat::strided(&qkv[from..], rows, dim, 3 * width);
            match &self.rotary {
                Some(rotary) => kernel::rotate_rows(own, &rotary.cos, &rotary.sin, scale, out),
                None => kernel::scaled_rows(own, scale, out),
            }
        }
        kernel::product(self.arithmetic, p, rows, false, Mat::new(q, rows, dim), Mat::new(k, rows, dim).t());
        kernel::softmax(p, rows, self.window);
    }

    fn sequences(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        self.bounds.windows(2).map(|w| (w[0], w[1]))
    }

    fn tokens(&self) -> usize {
        self.bounds.last().copied().unwrap_or(0)
    }

    fn check(&self, tokens: usize) -> Result<()> {
        if self.tokens() != tokens {
            bail!("sequence bounds do not cover the {tokens} tokens");
        }
        Ok(())
    }

    /// `x` is `[tokens, 3·width]`, `out` (zeros) `[tokens, width]`; `bounds` must cover the tokens.
    pub(super) fn forward(&self, x: &[f32], out: &mut [f32]) {
        let triple = x.len() / self.tokens().max(1);
        let width = triple / 3;
        let dim = width / self.heads;
        let mut head = Head { q: vec![], k: vec![], p: vec![] };
        for (from, to) in self.sequences() {
            let (qkv, rows) = (&x[from * triple..to * triple], to - from);
            for at in 0..self.heads {
                self.head(&mut head, qkv, width, at);
                let v = Mat::strided(&qkv[2 * width + at * dim..], rows, dim, triple);
                kernel::product(
                    self.arithmetic,
                    &mut out[from * width + at * dim..],
                    width,
                    false,
                    Mat::new(&head.p, rows, rows),
                    v,
                );
            }
        }
    }

    /// Gradient towards `x`, into `out` (zeros); `g` is that of the result. Probabilities are computed
    /// again instead of being kept: they are the one thing that grows with the square of the length.
    pub(super) fn backward(&self, x: &[f32], g: &[f32], out: &mut [f32]) {
        let triple = x.len() / self.tokens().max(1);
        let width = triple / 3;
        let dim = width / self.heads;
        let scale = 1.0 / (dim as f32).sqrt();
        let mut head = Head { q: vec![], k: vec![], p: vec![] };
        let (mut ds, mut dq, mut dk) = (vec![], vec![], vec![]);
        for (from, to) in self.sequences() {
            let (qkv, rows) = (&x[from * triple..to * triple], to - from);
            let dx = &mut out[from * triple..to * triple];
            for at in 0..self.heads {
                self.head(&mut head, qkv, width, at);
                let v = Mat::strided(&qkv[2 * width + at * dim..], rows, dim, triple);
                let go = Mat::strided(&g[from * width + at * dim..], rows, dim, width);
                let p = Mat::new(&head.p, rows, rows);
                kernel::product(self.arithmetic, &mut dx[2 * width + at * dim..], triple, false, p.t(), go);
                ds.resize(rows * rows, 0.0);
                kernel::product(self.arithmetic, &mut ds, rows, false, go, v.t());
                kernel::softmax_back(&head.p, &mut ds, rows);
                dq.resize(rows * dim, 0.0);
                dk.resize(rows * dim, 0.0);
                kernel::product(
                    self.arithmetic,
                    &mut dq,
                    dim,
                    false,
                    Mat::new(&ds, rows, rows),
                    Mat::new(&head.k, rows, dim),
                );
                kernel::product(
                    self.arithmetic,
                    &mut dk,
                    dim,
                    false,
                    Mat::new(&ds, rows, rows).t(),
                    Mat::new(&head.q, rows, dim),
                );
                for (i, row) in dx.chunks_exact_mut(triple).enumerate() {
                    let (q, k) = (&dq[i * dim..(i + 1) * dim], &dk[i * dim..(i + 1) * dim]);
                    let (at_q, at_k) = (at * dim..(at + 1) * dim, width + at * dim..width + (at + 1) * dim);
                    match &self.rotary {
                        Some(rotary) => {
                            let (cos, sin) = rotary.at(i);
                            kernel::rotate(q, cos, sin, -1.0, scale, &mut row[at_q]);
                            kernel::rotate(k, cos, sin, -1.0, 1.0, &mut row[at_k]);
                        }
                        None => {
                            row[at_q].iter_mut().zip(q).for_each(|(o, v)| *o = v * scale);
                            row[at_k].copy_from_slice(k);
                        }
                    }
                }
            }
        }
    }
}

impl CustomOp1 for Attention {
    fn name(&self) -> &'static str {
        "attention"
    }

    fn cpu_fwd(&self, s: &CpuStorage, l: &Layout) -> Result<(CpuStorage, Shape)> {
        let (tokens, triple) = l.shape().dims2()?;
        self.check(tokens)?;
        let mut out = vec![0f32; tokens * triple / 3];
        self.forward(floats(s, l)?, &mut out);
        Ok((CpuStorage::F32(out), (tokens, triple / 3).into()))
    }

    fn bwd(&self, x: &Tensor, _: &Tensor, g: &Tensor) -> Result<Option<Tensor>> {
        x.apply_op2_no_bwd(&g.contiguous()?, &AttentionBack(self.clone())).map(Some)
    }
}

struct AttentionBack(Attention);

impl CustomOp2 for AttentionBack {
    fn name(&self) -> &'static str {
        "attention_back"
    }

    fn cpu_fwd(&self, s1: &CpuStorage, l1: &Layout, s2: &CpuStorage, l2: &Layout) -> Result<(CpuStorage, Shape)> {
        let (tokens, triple) = l1.shape().dims2()?;
        self.0.check(tokens)?;
        let mut out = vec![0f32; tokens * triple];
        self.0.backward(floats(s1, l1)?, floats(s2, l2)?, &mut out);
        Ok((CpuStorage::F32(out), (tokens, triple).into()))
    }
}
