//! Exact tails of counts.

/// P(X ≥ k) for a Poisson of mean `mean`, exactly (summed from the smaller side, in logs).
pub fn poisson_tail(k: u32, mean: f64) -> f64 {
    if k == 0 {
        return 1.0;
    }
    if !mean.is_finite() || mean <= 0.0 {
        return if mean > 0.0 { 1.0 } else { 0.0 };
    }
    let log_term = |n: f64| n * mean.ln() - mean - ln_factorial(n);
    if f64::from(k) <= mean {
        let below: f64 = (0..k).map(|n| log_term(f64::from(n)).exp()).sum();
        return (1.0 - below).clamp(0.0, 1.0);
    }
    let mut term = log_term(f64::from(k)).exp();
    let (mut sum, mut n) = (0.0, f64::from(k));
    while term > sum * 1e-16 && term > 0.0 {
        sum += term;
        n += 1.0;
        term *= mean / n;
    }
    sum.min(1.0)
}

/// Counts from which on terms are not added up from 0.
const FAR: u32 = 200;

/// ln P(0) under which it is too small to begin with: e⁻⁷⁴⁵ is 0 as a float, and so were all terms made from it.
const LEAST: f64 = -700.0;

/// P(X ≥ k) for a negative binomial of mean `mean` and variance `mean + mean²/size`: the count of a stream whose
/// rate is itself uncertain. A size of infinity is the Poisson.
pub fn negative_binomial_tail(k: u32, mean: f64, size: f64) -> f64 {
    if !size.is_finite() || size > 1e7 {
        return poisson_tail(k, mean);
    }
    if k == 0 {
        return 1.0;
    }
    if mean <= 0.0 || size <= 0.0 {
        return 0.0;
    }
    let p = mean / (mean + size);
    // P(0), then each from the one before; far out in the tail, and where P(0) is too small, P(k) at once.
    let first = size * (1.0 - p).ln();
    let (mut term, mut below) = (first.exp(), 0.0);
    if first < LEAST && f64::from(k) <= mean {
        // below the mean the terms fall towards 0
        let (mut term, mut n) = (negative_binomial_ln(k - 1, mean, size).exp(), f64::from(k - 1));
        while term > below * 1e-16 && term > 0.0 {
            below += term;
            term *= n / (p * (size + n - 1.0));
            n -= 1.0;
        }
        return (1.0 - below).clamp(0.0, 1.0);
    }
    if first < LEAST || (k > FAR && f64::from(k) > 2.0 * mean) {
        term = negative_binomial_ln(k, mean, size).exp();
    } else {
        for n in 0..k {
            below += term;
            term *= p * (size + f64::from(n)) / f64::from(n + 1);
        }
    }
    // The upper side is summed itself: one minus nearly one would leave nothing of it.
    let (mut sum, mut n) = (0.0, f64::from(k));
    while term > sum * 1e-16 && term > 0.0 && n < f64::from(k) + 1e6 {
        sum += term;
        term *= p * (size + n) / (n + 1.0);
        n += 1.0;
    }
    if sum > 0.5 && below > 0.0 { (1.0 - below).clamp(0.0, 1.0) } else { sum.min(1.0) }
}

/// ln P(X = k) for a negative binomial of mean `mean` > 0 and variance `mean + mean²/size`; a size of infinity is the
/// Poisson.
pub fn negative_binomial_ln(k: u32, mean: f64, size: f64) -> f64 {
    let n = f64::from(k);
    if !size.is_finite() || size > 1e7 {
        return n * mean.ln() - mean - ln_factorial(n);
    }
    let p = mean / (mean + size);
    ln_gamma(n + size) - ln_gamma(size) - ln_factorial(n) + n * p.ln() + size * (1.0 - p).ln()
}

/// ln Γ(x) for x > 0: Stirling's series, after shifting small arguments up.
fn ln_gamma(x: f64) -> f64 {
    let (mut x, mut shift) = (x, 0.0);
    while x < 16.0 {
        shift += x.ln();
        x += 1.0;
    }
    (x - 0.5) * x.ln() - x + 0.5 * (2.0 * std::f64::consts::PI).ln() + stirling(x) - shift
}

/// The terms of Stirling's series that fall with x.
fn stirling(x: f64) -> f64 {
    1.0 / (12.0 * x) - 1.0 / (360.0 * x.powi(3)) + 1.0 / (1260.0 * x.powi(5))
}

/// ln n!, by Stirling's series from 16 on (error under 1e-12).
fn ln_factorial(n: f64) -> f64 {
    if n < 16.0 {
        return (2..=n as u32).map(|i| f64::from(i).ln()).sum();
    }
    let x = n + 1.0;
    (x - 0.5) * x.ln() - x + 0.5 * (2.0 * std::f64::consts::PI).ln() + stirling(x)
}
