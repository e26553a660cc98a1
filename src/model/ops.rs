//! Differentiable operations over *packed* sequences: the tokens of a whole batch lie one after
//! another, `[tokens, width]`, so nothing is padded and a sequence's result does not depend on its
//! company.
//!
//! candle-nn's own fused layer norm and softmax compute a value but silently return no gradient
//! (engine guide §3); these carry theirs, and are used for serving as well.

use candle_core::{CpuStorage, CustomOp1, CustomOp2, CustomOp3, Layout, Result, Shape, Tensor, bail};

use super::kernel::{self, Arithmetic, Mat};

pub(super) fn floats<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    match (storage, layout.contiguous_offsets()) {
        (CpuStorage::F32(v), Some((from, to))) => Ok(&v[from..to]),
        (CpuStorage::F32(_), None) => bail!("operand is not contiguous"),
        _ => bail!("operand is not f32"),
    }
}

/// `x·w + b` with `w` as `[in, out]`.
pub fn linear(x: &Tensor, w: &Tensor, b: Option<&Tensor>) -> Result<Tensor> {
    linear_in(Arithmetic::F32, x, w, b)
}

/// As [`linear`], the products and their gradients in the numbers asked for.
pub fn linear_in(how: Arithmetic, x: &Tensor, w: &Tensor, b: Option<&Tensor>) -> Result<Tensor> {
    match b {
        Some(b) => x.apply_op3(w, b, Linear(how)),
        None => x.apply_op2(w, Linear(how)),
    }
}

/// Layer norm over the last dimension of `[rows, width]`.
pub fn layer_norm(x: &Tensor, w: &Tensor, b: &Tensor, eps: f32) -> Result<Tensor> {
    x.apply_op3(w, b, LayerNorm(eps))
}

/// `x + y` of equal shapes. candle's own sum hands large tensors to a pool of spinning threads, which
/// costs more than it gives when every core already has a sequence of its own.
pub fn add(x: &Tensor, y: &Tensor) -> Result<Tensor> {
    x.apply_op2(y, Add)
}

/// Exact GELU.
pub fn gelu(x: &Tensor) -> Result<Tensor> {
    x.apply_op1(Gelu)
}

/// `gelu(left half) · right half` of each row.
pub fn geglu(x: &Tensor) -> Result<Tensor> {
    x.apply_op1(Geglu)
}

struct Add;

impl CustomOp2 for Add {
    fn name(&self) -> &'static str {
        "add"
    }

    fn cpu_fwd(&self, s1: &CpuStorage, l1: &Layout, s2: &CpuStorage, l2: &Layout) -> Result<(CpuStorage, Shape)> {
        if l1.shape() != l2.shape() {
            bail!("shapes {:?} and {:?} cannot be added", l1.shape(), l2.shape());
        }
        let sum = kernel::add(floats(s1, l1)?, floats(s2, l2)?);
        Ok((CpuStorage::F32(sum), l1.shape().clone()))
    }

    fn bwd(&self, _: &Tensor, _: &Tensor, _: &Tensor, g: &Tensor) -> Result<(Option<Tensor>, Option<Tensor>)> {
        Ok((Some(g.clone()), Some(g.clone())))
    }
}

struct Linear(Arithmetic);

impl Linear {
    fn forward(
        &self,
        x: &[f32],
        rows: usize,
        w: &[f32],
        l2: &Layout,
        b: Option<&[f32]>,
    ) -> Result<(CpuStorage, Shape)> {
        let (k, n) = l2.shape().dims2()?;
        let mut out = match b {
            Some(b) => b.repeat(rows),
            None => vec![0f32; rows * n],
        };
        kernel::product(self.0, &mut out, n, b.is_some(), Mat::new(x, rows, k), Mat::new(w, k, n));
        Ok((CpuStorage::F32(out), (rows, n).into()))
    }

    fn backward(&self, x: &Tensor, w: &Tensor, g: &Tensor) -> Result<(Option<Tensor>, Option<Tensor>, Tensor)> {
        let g = g.contiguous()?;
        // a fixed weight (serving's gradient towards the input) needs no gradient of its own
        let dw = if w.track_op() { Some(x.apply_op2_no_bwd(&g, &Product { left: true, how: self.0 })?) } else { None };
        let dx = if x.track_op() { Some(g.apply_op2_no_bwd(w, &Product { left: false, how: self.0 })?) } else { None };
        Ok((dx, dw, g))
    }
}

impl CustomOp2 for Linear {
    fn name(&self) -> &'static str {
        "linear"
    }

    fn cpu_fwd(&self, s1: &CpuStorage, l1: &Layout, s2: &CpuStorage, l2: &Layout) -> Result<(CpuStorage, Shape)> {
        let rows = l1.shape().dims2()?.0;
        self.forward(floats(s1, l1)?, rows, floats(s2, l2)?, l2, None)
    }

    fn bwd(&self, x: &Tensor, w: &Tensor, _: &Tensor, g: &Tensor) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let (dx, dw, _) = self.backward(x, w, g)?;
        Ok((dx, dw))
    }
}

impl CustomOp3 for Linear {
    fn name(&self) -> &'static str {
        "linear"
    }

    fn cpu_fwd(
        &self,
        s1: &CpuStorage,
        l1: &Layout,
        s2: &CpuStorage,
        l2: &Layout,
        s3: &CpuStorage,
        l3: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let rows = l1.shape().dims2()?.0;
        self.forward(floats(s1, l1)?, rows, floats(s2, l2)?, l2, Some(floats(s3, l3)?))
    }

    fn bwd(
        &self,
        x: &Tensor,
        w: &Tensor,
        b: &Tensor,
        _: &Tensor,
        g: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let (dx, dw, g) = self.backward(x, w, g)?;
        let db = if b.track_op() { Some(g.apply_op1_no_bwd(&ColumnSum)?) } else { None };
        Ok((dx, dw, db))
    }
}

/// `aᵀ·b` (left) or `a·bᵀ`.
struct Product {
    left: bool,
    how: Arithmetic,
}

impl CustomOp2 for Product {
    fn name(&self) -> &'static str {
        "product"
    }

    fn cpu_fwd(&self, s1: &CpuStorage, l1: &Layout, s2: &CpuStorage, l2: &Layout) -> Result<(CpuStorage, Shape)> {
        let ((r1, c1), (r2, c2)) = (l1.shape().dims2()?, l2.shape().dims2()?);
        let (a, b) = (Mat::new(floats(s1, l1)?, r1, c1), Mat::new(floats(s2, l2)?, r2, c2));
        let (m, n) = if self.left { (c1, c2) } else { (r1, r2) };
        let mut out = vec![0f32; m * n];
        if self.left {
            kernel::product(self.how, &mut out, n, false, a.t(), b);
        } else {
            kernel::product(self.how, &mut out, n, false, a, b.t());
        }
        Ok((CpuStorage::F32(out), (m, n).into()))
    }
}

struct ColumnSum;

impl CustomOp1 for ColumnSum {
    fn name(&self) -> &'static str {
        "column_sum"
    }

    fn cpu_fwd(&self, s: &CpuStorage, l: &Layout) -> Result<(CpuStorage, Shape)> {
        let mut out = vec![0f32; l.shape().dims2()?.1];
        kernel::add_rows(floats(s, l)?, &mut out);
        let n = out.len();
        Ok((CpuStorage::F32(out), n.into()))
    }
}

struct LayerNorm(f32);

impl CustomOp3 for LayerNorm {
    fn name(&self) -> &'static str {
        "layer_norm"
    }

    fn cpu_fwd(
        &self,
        s1: &CpuStorage,
        l1: &Layout,
        s2: &CpuStorage,
        l2: &Layout,
        s3: &CpuStorage,
        l3: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let x = floats(s1, l1)?;
        let mut out = vec![0f32; x.len()];
        kernel::layer_norm(x, floats(s2, l2)?, floats(s3, l3)?, self.0, &mut out);
        Ok((CpuStorage::F32(out), l1.shape().clone()))
    }

    fn bwd(
        &self,
        x: &Tensor,
        w: &Tensor,
        b: &Tensor,
        _: &Tensor,
        g: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let (rows, n) = x.dims2()?;
        let all = x.apply_op3_no_bwd(w, &g.contiguous()?, &LayerNormBack(self.0))?;
        let own = |t: &Tensor, at: usize| if t.track_op() { all.get(at).map(Some) } else { Ok(None) };
        Ok((Some(all.narrow(0, 0, rows)?.reshape((rows, n))?), own(w, rows)?, own(b, rows + 1)?))
    }
}

/// Gradient of x in the first rows, of weight and bias in the last two.
struct LayerNormBack(f32);

impl CustomOp3 for LayerNormBack {
    fn name(&self) -> &'static str {
        "layer_norm_back"
    }

    fn cpu_fwd(
        &self,
        s1: &CpuStorage,
        l1: &Layout,
        s2: &CpuStorage,
        l2: &Layout,
        s3: &CpuStorage,
        l3: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (rows, n) = l1.shape().dims2()?;
        let mut out = vec![0f32; (rows + 2) * n];
        let (dx, rest) = out.split_at_mut(rows * n);
        let (dw, db) = rest.split_at_mut(n);
        kernel::layer_norm_back((floats(s1, l1)?, floats(s2, l2)?, self.0), floats(s3, l3)?, dx, dw, db);
        Ok((CpuStorage::F32(out), (rows + 2, n).into()))
    }
}

struct Gelu;

impl CustomOp1 for Gelu {
    fn name(&self) -> &'static str {
        "gelu"
    }

    fn cpu_fwd(&self, s: &CpuStorage, l: &Layout) -> Result<(CpuStorage, Shape)> {
        let x = floats(s, l)?;
        let mut out = vec![0f32; x.len()];
        kernel::gelu(x, &mut out);
        Ok((CpuStorage::F32(out), l.shape().clone()))
    }

    fn bwd(&self, x: &Tensor, _: &Tensor, g: &Tensor) -> Result<Option<Tensor>> {
        x.apply_op2_no_bwd(&g.contiguous()?, &GeluBack).map(Some)
    }
}

struct GeluBack;

impl CustomOp2 for GeluBack {
    fn name(&self) -> &'static str {
        "gelu_back"
    }

    fn cpu_fwd(&self, s1: &CpuStorage, l1: &Layout, s2: &CpuStorage, l2: &Layout) -> Result<(CpuStorage, Shape)> {
        let x = floats(s1, l1)?;
        let mut out = vec![0f32; x.len()];
        kernel::gelu_back(x, floats(s2, l2)?, &mut out);
        Ok((CpuStorage::F32(out), l1.shape().clone()))
    }
}

struct Geglu;

impl CustomOp1 for Geglu {
    fn name(&self) -> &'static str {
        "geglu"
    }

    fn cpu_fwd(&self, s: &CpuStorage, l: &Layout) -> Result<(CpuStorage, Shape)> {
        let (rows, n) = l.shape().dims2()?;
        let mut out = vec![0f32; rows * (n / 2)];
        kernel::geglu(floats(s, l)?, n / 2, &mut out);
        Ok((CpuStorage::F32(out), (rows, n / 2).into()))
    }

    fn bwd(&self, x: &Tensor, _: &Tensor, g: &Tensor) -> Result<Option<Tensor>> {
        x.apply_op2_no_bwd(&g.contiguous()?, &GegluBack).map(Some)
    }
}

struct GegluBack;

impl CustomOp2 for GegluBack {
    fn name(&self) -> &'static str {
        "geglu_back"
    }

    fn cpu_fwd(&self, s1: &CpuStorage, l1: &Layout, s2: &CpuStorage, l2: &Layout) -> Result<(CpuStorage, Shape)> {
        let (rows, n) = l1.shape().dims2()?;
        let mut out = vec![0f32; rows * n];
        kernel::geglu_back(floats(s1, l1)?, n / 2, floats(s2, l2)?, &mut out);
        Ok((CpuStorage::F32(out), (rows, n).into()))
    }
}
