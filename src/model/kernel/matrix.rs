//! The product of two matrices: which numbers it is computed in, and the call into `gemm`.

#[cfg(target_arch = "x86_64")]
use super::amx;

/// A strided view of a matrix.
#[derive(Clone, Copy)]
pub(in crate::model) struct Mat<'a> {
    pub(super) data: &'a [f32],
    pub(super) rows: usize,
    pub(super) cols: usize,
    pub(super) row_stride: usize,
    pub(super) col_stride: usize,
}

impl<'a> Mat<'a> {
    /// A contiguous row-major matrix.
    pub(in crate::model) fn new(data: &'a [f32], rows: usize, cols: usize) -> Self {
        Self { data, rows, cols, row_stride: cols, col_stride: 1 }
    }

    /// Rows that lie `row_stride` apart.
    pub(in crate::model) fn strided(data: &'a [f32], rows: usize, cols: usize, row_stride: usize) -> Self {
        Self { data, rows, cols, row_stride, col_stride: 1 }
    }

    /// The transposed view.
    pub(in crate::model) fn t(self) -> Self {
        Self { rows: self.cols, cols: self.rows, row_stride: self.col_stride, col_stride: self.row_stride, ..self }
    }

    /// What it looks at.
    pub(in crate::model) fn values(&self) -> &'a [f32] {
        self.data
    }

    fn last(&self) -> usize {
        self.rows.saturating_sub(1) * self.row_stride + self.cols.saturating_sub(1) * self.col_stride
    }
}

/// Which numbers a matrix product is computed in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Arithmetic {
    /// 32-bit floating point.
    #[default]
    F32,
    /// Inputs rounded to bfloat16, sums in f32, where the machine has AMX tiles; f32 elsewhere. For
    /// training and for reasons: many times faster, and a little coarser.
    Bf16,
}

impl Arithmetic {
    /// What this machine makes of it.
    pub fn here(self) -> Self {
        #[cfg(target_arch = "x86_64")]
        if self == Self::Bf16 && amx::available() {
            return Self::Bf16;
        }
        Self::F32
    }
}

/// As [`matmul`], in the numbers asked for.
pub(in crate::model) fn product(
    how: Arithmetic,
    dst: &mut [f32],
    dst_stride: usize,
    add: bool,
    a: Mat<'_>,
    b: Mat<'_>,
) {
    #[cfg(target_arch = "x86_64")]
    if how == Arithmetic::Bf16 && a.rows.min(a.cols).min(b.cols) >= amx::SMALLEST && amx::available() {
        check(dst, dst_stride, &a, &b);
        return amx::matmul(dst, dst_stride, add, a, b);
    }
    let _ = how;
    matmul(dst, dst_stride, add, a, b);
}

/// A right operand that is used again and again: packed once where the numbers asked for need packing,
/// else a copy.
#[derive(Default)]
pub(in crate::model) struct Prepared {
    #[cfg(target_arch = "x86_64")]
    packed: Option<amx::Right>,
    values: Vec<f32>,
    rows: usize,
    cols: usize,
    transposed: bool,
}

impl Prepared {
    /// Takes in `b` instead of what was there.
    pub(in crate::model) fn set(&mut self, how: Arithmetic, b: Mat<'_>) {
        (self.rows, self.cols) = (b.rows, b.cols);
        assert!(b.rows > 0 && b.cols > 0 && b.last() < b.data.len(), "operand of a matrix product");
        #[cfg(target_arch = "x86_64")]
        if how == Arithmetic::Bf16 && amx::available() {
            return self.packed.get_or_insert_default().pack(b);
        }
        let _ = how;
        self.transposed = b.col_stride != 1;
        let whole = if self.transposed {
            b.cols * b.rows == b.data.len() && b.col_stride == b.rows
        } else {
            b.row_stride == b.cols
        };
        assert!(whole, "a prepared operand is contiguous");
        self.values.clear();
        self.values.extend_from_slice(&b.data[..b.rows * b.cols]);
    }
}

/// As [`product`], the right operand prepared.
pub(in crate::model) fn product_prepared(dst: &mut [f32], dst_stride: usize, add: bool, a: Mat<'_>, b: &Prepared) {
    #[cfg(target_arch = "x86_64")]
    if let Some(packed) = &b.packed {
        assert_eq!((a.cols, b.cols), packed.shape(), "inner dimensions of a matrix product");
        assert!(
            dst_stride >= b.cols && (a.rows - 1) * dst_stride + b.cols <= dst.len(),
            "destination of a matrix product"
        );
        assert!(a.last() < a.data.len(), "operands of a matrix product");
        return amx::matmul_packed(dst, dst_stride, add, a, packed);
    }
    let own = if b.transposed { Mat::new(&b.values, b.cols, b.rows).t() } else { Mat::new(&b.values, b.rows, b.cols) };
    matmul(dst, dst_stride, add, a, own);
}

fn check(dst: &[f32], dst_stride: usize, a: &Mat<'_>, b: &Mat<'_>) {
    let (m, n) = (a.rows, b.cols);
    assert_eq!(a.cols, b.rows, "inner dimensions of a matrix product");
    assert!(dst_stride >= n && (m - 1) * dst_stride + n <= dst.len(), "destination of a matrix product");
    assert!(a.last() < a.data.len() && b.last() < b.data.len(), "operands of a matrix product");
}

/// `dst = a·b`, or `dst += a·b`; `dst` has rows `dst_stride` apart. One thread: callers run whole
/// sequences in parallel instead, which is faster at these sizes (engine guide §2).
#[expect(unsafe_code, reason = "the numeric kernel: bounds of all three matrices are checked above the call")]
pub(in crate::model) fn matmul(dst: &mut [f32], dst_stride: usize, add: bool, a: Mat<'_>, b: Mat<'_>) {
    let (m, k, n) = (a.rows, a.cols, b.cols);
    if m == 0 || n == 0 {
        return;
    }
    if k == 0 && b.rows == 0 {
        if !add {
            (0..m).for_each(|r| dst[r * dst_stride..r * dst_stride + n].fill(0.0));
        }
        return;
    }
    check(dst, dst_stride, &a, &b);
    // SAFETY: every element that the three views address lies inside its slice (asserted above),
    // `dst` is borrowed mutably and so overlaps neither operand.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            dst.as_mut_ptr(),
            1,
            dst_stride as isize,
            add,
            a.data.as_ptr(),
            a.col_stride as isize,
            a.row_stride as isize,
            b.data.as_ptr(),
            b.col_stride as isize,
            b.row_stride as isize,
            1.0,
            1.0,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}
