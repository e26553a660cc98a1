//! When a stream's arrivals are more than chance: windows that end at each arrival, against the rate of its own past.
//!
//! What an earlier alarm was about is not what is usual: its arrivals and its hours are left out of the past, so that
//! a second burst of the same name is seen like the first.

use rayon::prelude::*;

use super::{
    alarm::{Alarm, AlarmKind, Cause, Change, FEWEST, SURGE, SURGE_CALLERS, Season, WINDOWS, step},
    chance::{negative_binomial_tail, poisson_tail},
    corpus::Corpus,
};

/// Hours of the windows: two hours, six, a day, three days.
pub(super) const SPANS: [f64; 4] = [WINDOWS[0], 6.0, WINDOWS[1], WINDOWS[2]];

/// Hours of history before anything is an alarm.
const WARM_UP: f64 = 72.0;

/// Hours without an arrival after which an alarm is closed.
const QUIET: f64 = 72.0;

/// Hours of an alarm from which on what it is about has become usual.
const LASTING: f64 = 168.0;

/// An open alarm is closed once every window is likelier than this.
const USUAL: f64 = 0.01;

/// Arrivals that the prior of a rate is worth.
const PRIOR: f64 = 0.5;

/// Steps of the table of least counts for each doubling of the mean.
const STEPS: f64 = 4.0;

/// Steps of that table: means up to a hundred.
const MEANS: usize = 80;

/// How much more than chance the days of a kind's streams differ: variance over squared mean beyond the Poisson's,
/// by moments over all streams of five arrivals at least; the busiest day of each is left out, since it may be what
/// is looked for.
pub(super) fn overdispersion(corpus: &Corpus, flows: &[&[u32]], season: &Season, first: f64, last: f64) -> f64 {
    let days = ((last - first) / 24.0).floor() as usize;
    if days < 7 {
        return 0.1;
    }
    let sums = flows.par_iter().filter(|f| f.len() >= 5).map(|flow| {
        let mut counts = vec![0.0_f64; days];
        for &m in *flow {
            let day = ((corpus.entries[m as usize].hours - first) / 24.0) as usize;
            if let Some(count) = counts.get_mut(day) {
                *count += 1.0;
            }
        }
        let top = counts.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(day, _)| day);
        let mass = |day: usize| season.mass(first + 24.0 * day as f64, first + 24.0 * (day + 1) as f64);
        let rest = || (0..days).filter(|day| *day != top);
        let rate = rest().map(|d| counts[d]).sum::<f64>() / rest().map(mass).sum::<f64>().max(1.0);
        rest().fold((0.0, 0.0), |(over, square), d| {
            let mean = rate * mass(d);
            (over + (counts[d] - mean).powi(2) - mean, square + mean * mean)
        })
    });
    let collected: Vec<(f64, f64)> = sums.collect();
    let (over, square) = collected.into_iter().fold((0.0, 0.0), |a, b| (a.0 + b.0, a.1 + b.1));
    if square > 0.0 { (over / square).clamp(0.0, 2.0) } else { 0.1 }
}

/// What all streams of one kind are watched with.
pub(super) struct Watch<'c> {
    corpus: &'c Corpus,
    season: &'c Season,
    first: f64,
    last: f64,
    bound: f64,
    spread: f64,
    /// For means that rise by a quarter of a doubling the least count that no Poisson explains: no other
    /// distribution of more spread does with fewer.
    least: Vec<u32>,
}

/// An alarm that is over: arrivals, by their places in the stream, and average hours.
struct Past {
    from: usize,
    to: usize,
    mass: f64,
}

impl<'c> Watch<'c> {
    /// For a kind whose days differ by `spread` beyond chance; each look may be wrong with the chance `bound`.
    pub(super) fn new(
        corpus: &'c Corpus,
        season: &'c Season,
        (first, last): (f64, f64),
        bound: f64,
        spread: f64,
    ) -> Self {
        let mut least = Vec::new();
        let mut count = 1;
        for step in 0..MEANS {
            let mean = mean_of(step);
            while poisson_tail(count, mean) > bound && count < 1000 {
                count += 1;
            }
            least.push(count);
        }
        Self { corpus, season, first, last, bound, spread, least }
    }

    /// The history of a stream's alarm; members rise in time.
    pub(super) fn alarms(&self, members: &[u32]) -> Vec<Alarm> {
        let mut alarms: Vec<Alarm> = Vec::new();
        if members.len() < FEWEST {
            return alarms;
        }
        let hours = |at: usize| self.corpus.entries[members[at] as usize].hours;
        // the open alarm: callers, kind, and from when on it counts
        let mut open: Option<(usize, AlarmKind, f64)> = None;
        let mut over: Vec<Past> = Vec::new();
        let mut starts = [0_usize; SPANS.len()];
        let past = |since: f64, at: usize| {
            let from = (0..at).rev().take_while(|k| hours(*k) > since).last().unwrap_or(at);
            let end = hours(at.saturating_sub(1));
            Past { from, to: at, mass: self.season.mass(since, end) }
        };
        for at in 0..members.len() {
            let now = hours(at);
            if let Some((_, _, since)) = open.filter(|_| at > 0 && now > hours(at - 1) + QUIET) {
                let end = hours(at - 1);
                close(&mut alarms, end + QUIET, Cause::Quiet);
                over.extend((end - since <= LASTING).then(|| past(since, at)));
                open = None;
            }
            for (start, span) in starts.iter_mut().zip(SPANS) {
                while hours(*start) <= now - span {
                    *start += 1;
                }
            }
            if open.is_none() && at + 1 - starts[SPANS.len() - 1] < FEWEST {
                continue;
            }
            let (found, likeliest) = self.look(now, &members[..=at], &starts, &over, open.is_some());
            match found {
                Some(found) => {
                    let Some((change, cause)) = step(open.map(|(n, kind, _)| (n, kind)), &found) else { continue };
                    let since = open.map_or(now - found.window, |(_, _, since)| since);
                    open = Some((found.callers, found.kind, since));
                    alarms.push(Alarm { change, cause, ..found });
                }
                None => {
                    if let Some((_, _, since)) = open.filter(|_| likeliest > USUAL) {
                        close(&mut alarms, now, Cause::Usual);
                        over.extend((now - since <= LASTING).then(|| past(since, at + 1)));
                        // what has been told is not told again
                        starts = [at + 1; SPANS.len()];
                        open = None;
                    }
                }
            }
        }
        let end = hours(members.len() - 1) + QUIET;
        if open.is_some() && self.last > end {
            close(&mut alarms, end, Cause::Quiet);
        }
        alarms
    }

    /// The first window that no chance explains, and how likely the least likely one is.
    fn look(
        &self,
        now: f64,
        members: &[u32],
        starts: &[usize; SPANS.len()],
        over: &[Past],
        is_open: bool,
    ) -> (Option<Alarm>, f64) {
        let mut least = 1.0_f64;
        for (&start, window) in starts.iter().zip(SPANS) {
            let inside = members.get(start..).unwrap_or_default();
            let count = inside.len();
            if count < FEWEST || now - window - self.first < WARM_UP {
                continue;
            }
            let told = || over.iter().filter(|p| p.to <= start);
            let arrived = start - told().map(|p| p.to - p.from).sum::<usize>().min(start);
            let past = self.season.mass(self.first, now - window) - told().map(|p| p.mass).sum::<f64>();
            let shape = arrived as f64 + PRIOR;
            let expected = shape / past.max(1.0) * self.season.mass(now - window, now);
            if (count as f64) <= expected {
                continue;
            }
            // there are no more callers than calls, and counting them takes longer
            if !is_open && (count as u32).saturating_sub(1) < self.least_for(expected) {
                continue;
            }
            let callers = self.callers(inside);
            let others = (callers as u32).saturating_sub(1);
            let size = 1.0 / (1.0 / shape + self.spread);
            let p = negative_binomial_tail(others, expected, size);
            least = least.min(p);
            if p <= self.bound && callers >= FEWEST {
                let kind = if window <= SPANS[0] { AlarmKind::Sudden } else { AlarmKind::Concentrated };
                let surge = callers >= SURGE_CALLERS && callers as f64 > SURGE * expected;
                let (change, cause) = (Change::Raised, Cause::Over);
                let alarm = Alarm { hours: now, kind, change, cause, callers, window, expected, p, surge };
                return (Some(alarm), least);
            }
        }
        (None, least)
    }

    /// Distinct callers; each that is not known counts as one.
    fn callers(&self, members: &[u32]) -> usize {
        let of = |m: &u32| self.corpus.entries[*m as usize].caller;
        let mut known: Vec<u32> = members.iter().map(of).filter(|c| *c != 0).collect();
        let unknown = members.len() - known.len();
        known.sort_unstable();
        known.dedup();
        known.len() + unknown
    }

    /// Others that have to come at least for a mean.
    fn least_for(&self, mean: f64) -> u32 {
        let step = ((mean / mean_of(0)).log2() * STEPS).floor().max(0.0);
        if mean < mean_of(0) { 1 } else { self.least.get(step as usize).copied().unwrap_or(0) }
    }
}

/// The mean of a step of the table.
fn mean_of(step: usize) -> f64 {
    1e-4 * (step as f64 / STEPS).exp2()
}

fn close(alarms: &mut Vec<Alarm>, hours: f64, cause: Cause) {
    if let Some(last) = alarms.last().cloned() {
        alarms.push(Alarm { hours, change: Change::Closed, cause, ..last });
    }
}
