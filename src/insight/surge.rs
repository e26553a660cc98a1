//! Surge mode: an event that comes in so fast that its later appeals are attached to a first one (母单).
//!
//! The rule, from the annotation guide's event mode: over five times the baseline for ten minutes. Both halves of the
//! ten minutes have to be over it, so that one family's three calls are no surge, and at least five different
//! people have to have called in them, as few calls as the guide calls 集中.

use std::collections::BTreeSet;

use super::alarm::{Arrival, SURGE};

/// The ten minutes, in hours.
const MINUTES: f64 = 10.0 / 60.0;

/// Different callers in the ten minutes at least.
const CALLERS: usize = 5;

/// What the rule saw.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Surge {
    /// The arrival with which it held for the first time, in hours since 1970.
    pub hours: f64,
    /// Different callers in the ten minutes up to it.
    pub callers: usize,
    /// What was to be expected in them.
    pub expected: f64,
}

/// The first time that the rule holds. `arrivals` rise in time; `expected` gives what a window (from, to] lets expect.
pub fn surge(arrivals: &[Arrival], expected: impl Fn(f64, f64) -> f64) -> Option<Surge> {
    let callers = |inside: &[Arrival]| {
        let known: BTreeSet<u32> = inside.iter().map(|a| a.caller).filter(|c| *c != 0).collect();
        known.len() + inside.iter().filter(|a| a.caller == 0).count()
    };
    (0..arrivals.len()).find_map(|last| {
        let now = arrivals.get(last)?.hours;
        let (start, middle) = (now - MINUTES, now - MINUTES / 2.0);
        let after = |hours: f64| arrivals.partition_point(|a| a.hours <= hours);
        let earlier = arrivals.get(after(start)..after(middle))?;
        let later = arrivals.get(after(middle)..=last)?;
        let over = |inside: &[Arrival], from: f64, to: f64| {
            !inside.is_empty() && callers(inside) as f64 > SURGE * expected(from, to)
        };
        if !over(earlier, start, middle) || !over(later, middle, now) {
            return None;
        }
        let all = callers(arrivals.get(after(start)..=last)?);
        let holds = all >= CALLERS && all as f64 > SURGE * expected(start, now);
        holds.then(|| Surge { hours: now, callers: all, expected: expected(start, now) })
    })
}
