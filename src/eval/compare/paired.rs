//! Is the difference of two systems on the same rows more than chance?

use serde::Serialize;

/// Rows by who was right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Paired {
    /// Both right.
    pub both: usize,
    /// Only the first.
    pub only_a: usize,
    /// Only the second.
    pub only_b: usize,
    /// Neither.
    pub neither: usize,
    /// McNemar's exact two-sided test: the probability of a split of the rows on which they differ that is
    /// at least as uneven, if neither were better.
    pub p: f64,
}

impl Paired {
    /// Counts rows: first right, second right.
    pub fn of(rows: impl IntoIterator<Item = (bool, bool)>) -> Self {
        let mut own = Self::default();
        for row in rows {
            match row {
                (true, true) => own.both += 1,
                (true, false) => own.only_a += 1,
                (false, true) => own.only_b += 1,
                (false, false) => own.neither += 1,
            }
        }
        own.p = mcnemar_exact(own.only_a, own.only_b);
        own
    }

    /// Whether chance is an unlikely reason (one time in twenty at most).
    pub fn is_significant(&self) -> bool {
        self.p <= 0.05
    }
}

/// McNemar's exact two-sided test (McNemar 1947, in the binomial form): twice the lesser tail of the
/// binomial law with one half, at most 1. Summed from logarithms, so that many rows do not underflow.
pub fn mcnemar_exact(only_a: usize, only_b: usize) -> f64 {
    let n = only_a + only_b;
    let least = only_a.min(only_b);
    if n == 0 || 2 * least == n {
        return 1.0;
    }
    let half = -std::f64::consts::LN_2 * n as f64;
    // ln C(n, 0), then ln C(n, k + 1) = ln C(n, k) + ln((n - k) / (k + 1))
    let (mut choose, mut sum) = (0.0_f64, 0.0_f64);
    for k in 0..=least {
        sum += (choose + half).exp();
        choose += ((n - k) as f64 / (k + 1) as f64).ln();
    }
    (2.0 * sum).min(1.0)
}
