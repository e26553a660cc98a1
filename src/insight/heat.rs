//! How hot a topic is, with its parts, and which way it goes.

use super::chance::poisson_tail;

/// Heat and its four parts; shown together, never the number alone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Heat {
    /// log2(1 + callers)·(1 + growth)·(1 + repeats/2)·(1 + unsolved/2)
    pub value: f64,
    /// Distinct callers in the window; an appeal without a caller counts as one.
    pub callers: u32,
    /// Growth over the baseline, at least 0: (count − expected) / expected, with one appeal on both sides.
    pub growth: f64,
    /// Share of repeated calls.
    pub repeats: f64,
    /// Share of unsolved appeals, of those of which it is known.
    pub unsolved: f64,
}

/// The heat of `callers` callers and `count` appeals where `expected` were to be expected.
pub fn heat(callers: u32, count: u32, expected: f64, repeats: f64, unsolved: f64) -> Heat {
    let growth = ((f64::from(count) + 1.0) / (expected.max(0.0) + 1.0) - 1.0).max(0.0);
    let (repeats, unsolved) = (repeats.clamp(0.0, 1.0), unsolved.clamp(0.0, 1.0));
    let value = (1.0 + f64::from(callers)).log2() * (1.0 + growth) * (1.0 + 0.5 * repeats) * (1.0 + 0.5 * unsolved);
    Heat { value, callers, growth, repeats, unsolved }
}

/// Callers of something new at least.
pub(super) const NEW: usize = 5;

/// Which way a topic goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Began inside the window, with five callers from two channels at least.
    New,
    /// More than expected in the last two windows, each at 90 % one-sided.
    Rising,
    /// None of the others.
    Steady,
    /// Fewer than expected in the last window, at 90 % one-sided.
    Falling,
    /// At least three appeals after a silence of 30 days.
    Returning,
}

impl State {
    /// The field's word for it.
    pub fn label(self) -> &'static str {
        match self {
            State::New => "新出现",
            State::Rising => "上升",
            State::Steady => "平稳",
            State::Falling => "下降",
            State::Returning => "反复",
        }
    }
}

/// Silence after which a topic returns, in hours.
const SILENCE: f64 = 30.0 * 24.0;

/// The state at `now` of a topic with appeals at `hours` (rising), by windows of `window` hours; the window before
/// the last two, four of them, is the baseline. `callers` and `channels` are those of the last window.
pub fn state(hours: &[f64], now: f64, window: f64, callers: usize, channels: usize) -> State {
    let count = |from: f64, to: f64| (hours.partition_point(|&h| h < to) - hours.partition_point(|&h| h < from)) as u32;
    let (last, before) = (count(now - window, now), count(now - 2.0 * window, now - window));
    let Some(&first) = hours.first() else { return State::Steady };
    if first >= now - window {
        return if callers >= NEW && channels >= 2 { State::New } else { State::Steady };
    }
    let since = hours.partition_point(|&h| h < now - window);
    let silent = since.checked_sub(1).map_or(0.0, |i| hours.get(since).map_or(0.0, |h| h - hours[i]));
    if silent >= SILENCE && last >= 3 {
        return State::Returning;
    }
    let known = ((now - 2.0 * window - first) / window).clamp(0.0, 4.0);
    let base = if known > 0.0 {
        (f64::from(count(now - (2.0 + known) * window, now - 2.0 * window)) + 0.5) / (known + 0.5)
    } else {
        f64::from(before).max(0.5)
    };
    let over = |n: u32| poisson_tail(n, base) < 0.1;
    if over(last) && over(before) {
        State::Rising
    } else if 1.0 - poisson_tail(last + 1, base) < 0.1 {
        State::Falling
    } else {
        State::Steady
    }
}
