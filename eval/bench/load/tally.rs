//! What came of the requests: by kind, with latencies of those that were served.

use std::{collections::BTreeMap, time::Duration};

/// What came of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Served.
    Good,
    /// 503 with Retry-After.
    Shed,
    /// 503 without, or another refusal or failure.
    Bad,
    /// No answer at all.
    None,
}

/// One request: kind, what came of it, seconds into the phase at which it was due, time since then.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) kind: &'static str,
    pub(crate) outcome: Outcome,
    pub(crate) due: f64,
    pub(crate) took: Duration,
}

/// All of a phase.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) lines: Vec<Line>,
    /// Reads that were due while the client had no room for more.
    pub(crate) unsent: usize,
}

/// Kinds that operators send; the others are reads.
pub(crate) const WRITING: [&str; 3] = ["suggestion", "similar", "save"];

fn quantile(sorted: &[f64], q: f64) -> f64 {
    if sorted.is_empty() {
        return f64::NAN;
    }
    let at = (q * (sorted.len() - 1) as f64).round() as usize;
    sorted[at.min(sorted.len() - 1)]
}

fn millis<'l>(lines: impl Iterator<Item = &'l Line>) -> Vec<f64> {
    let served = lines.filter(|line| line.outcome == Outcome::Good);
    let mut times: Vec<f64> = served.map(|line| line.took.as_secs_f64() * 1000.0).collect();
    times.sort_by(f64::total_cmp);
    times
}

impl Tally {
    fn is_read(line: &Line) -> bool {
        !WRITING.contains(&line.kind)
    }

    /// A quantile of the reads that were served, in milliseconds.
    pub(crate) fn reads(&self, q: f64) -> f64 {
        quantile(&millis(self.lines.iter().filter(|l| Self::is_read(l))), q)
    }

    pub(crate) fn print(&self, seconds: f64) {
        let mut kinds: BTreeMap<&str, Vec<&Line>> = BTreeMap::new();
        for line in &self.lines {
            kinds.entry(line.kind).or_default().push(line);
        }
        println!("  kind        due/s  served/s  p50 ms  p99 ms  max ms    shed   failed  unanswered");
        for (kind, lines) in kinds {
            let times = millis(lines.iter().copied());
            let count = |outcome| lines.iter().filter(|l| l.outcome == outcome).count();
            println!(
                "  {kind:<10} {:>6.1} {:>9.1} {:>7.1} {:>7.1} {:>7.1} {:>7} {:>8} {:>11}",
                lines.len() as f64 / seconds,
                times.len() as f64 / seconds,
                quantile(&times, 0.5),
                quantile(&times, 0.99),
                quantile(&times, 1.0),
                count(Outcome::Shed),
                count(Outcome::Bad),
                count(Outcome::None),
            );
        }
        if self.unsent > 0 {
            println!("  {} reads were due while the client had no room for more, and count as unanswered", self.unsent);
        }
    }

    /// What an overload did.
    pub(crate) fn print_shedding(&self) {
        let of = |outcome| self.lines.iter().filter(|l| l.outcome == outcome).count();
        let all = self.lines.len() + self.unsent;
        let share = |n: usize| 100.0 * n as f64 / all.max(1) as f64;
        println!(
            "  served {:.1} %, shed with Retry-After {:.1} %, failed otherwise {:.1} %, unanswered {:.1} %",
            share(of(Outcome::Good)),
            share(of(Outcome::Shed)),
            share(of(Outcome::Bad)),
            share(of(Outcome::None) + self.unsent)
        );
    }

    /// The first second from which on the reads' p99 of every second stays under a bound.
    pub(crate) fn calm_after(&self, bound: f64) -> Option<usize> {
        let last = self.lines.iter().map(|l| l.due as usize).max()?;
        let calm = |second: usize| {
            let own: Vec<&Line> = self.lines.iter().filter(|l| Self::is_read(l) && l.due as usize == second).collect();
            let all_served = own.iter().all(|l| l.outcome == Outcome::Good);
            all_served && quantile(&millis(own.into_iter()), 0.99) <= bound
        };
        // The last second is cut short.
        let restless = (0..last).rev().find(|second| !calm(*second));
        match restless {
            None => Some(0),
            Some(second) if second + 1 < last => Some(second + 1),
            Some(_) => None,
        }
    }
}
