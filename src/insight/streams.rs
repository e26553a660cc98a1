//! Alarms of streams that are there beforehand: a category at a place, a keyword.
//!
//! What an event is, is only known once several have called alike; a stream needs no likeness. Its rate is that of its
//! own past before the window, shaped by the season; the rate is uncertain (Gamma) and weeks differ beyond chance
//! (the pooled overdispersion of its kind), so that a window's count is negative binomial. An arrival is what makes
//! one look, so that the chance is that of all the others.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rayon::prelude::*;

use super::{
    alarm::{Alarm, AlarmKind, Cause, Change, FEWEST, SURGE, SURGE_CALLERS, Season, WINDOWS, step},
    chance::negative_binomial_tail,
    corpus::Corpus,
    heard::Heard,
};

/// Hours of the windows: two hours, a day, three days.
const SPANS: &[f64] = &[WINDOWS[0], WINDOWS[1], WINDOWS[2]];

/// False alarms a day that all streams of one kind may spend together.
const BUDGET: f64 = 0.1;

/// Hours of history before anything is an alarm.
const WARM_UP: f64 = 168.0;

/// Hours without an arrival after which an alarm is closed.
const QUIET: f64 = 72.0;

/// An open alarm is closed once every window is likelier than this.
const USUAL: f64 = 0.01;

/// Arrivals that the prior of a rate is worth.
const PRIOR: f64 = 0.5;

/// Tickets listed with a stream at most.
const LISTED: usize = 200;

/// What a stream is a stream of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StreamOf {
    /// A category at a place (district, or district/town).
    Place {
        /// Code of the category.
        category: String,
        /// Id of the region.
        region: String,
    },
    /// A word or name.
    Keyword(String),
}

impl StreamOf {
    /// Characters of a keyword.
    fn length(&self) -> usize {
        match self {
            StreamOf::Keyword(word) => word.chars().count(),
            StreamOf::Place { .. } => 0,
        }
    }

    /// A name by which it is found again.
    pub fn key(&self) -> String {
        match self {
            StreamOf::Place { category, region } => format!("P-{category}-{region}"),
            StreamOf::Keyword(word) => format!("K-{word}"),
        }
    }
}

/// A stream that raised at least one alarm.
#[derive(Clone, Debug)]
pub struct Stream {
    /// What it is a stream of.
    pub of: StreamOf,
    /// Its alarms with their history.
    pub alarms: Vec<Alarm>,
    /// For each of these lines the appeals in its window, by time, at most 200; none for a line that closes.
    pub tickets: Vec<Vec<String>>,
    /// Place among the events of the one that holds half of the last window's appeals, if one does.
    pub event: Option<usize>,
}

impl Stream {
    /// The alarm that is open.
    pub fn open(&self) -> Option<&Alarm> {
        self.alarms.last().filter(|a| a.change != Change::Closed)
    }

    /// The appeals in the last window that was told.
    pub fn newest(&self) -> &[String] {
        self.tickets.iter().rev().find(|t| !t.is_empty()).map_or(&[], Vec::as_slice)
    }
}

/// Entries of one stream, by time.
struct Flow {
    of: StreamOf,
    members: Vec<u32>,
}

/// All streams with alarms; those that are open first, then by the time of the last change.
pub(super) fn streams(corpus: &Corpus, appeals: &[Heard], events: &[Vec<u32>], season: &Season) -> Vec<Stream> {
    let timed: Vec<f64> = corpus.entries.iter().filter(|e| e.timed).map(|e| e.hours).collect();
    let (Some(&first), Some(&last)) = (timed.first(), timed.last()) else { return Vec::new() };
    let mut event_of: Vec<Option<usize>> = vec![None; corpus.len()];
    for (number, members) in events.iter().enumerate() {
        members.iter().for_each(|&m| event_of[m as usize] = Some(number));
    }
    let mut found: Vec<Stream> = Vec::new();
    for flows in [places(corpus), keywords(corpus)] {
        let days = ((last - first) / 24.0).max(1.0);
        let looks: usize = flows.iter().map(|f| f.members.len()).sum();
        let bound = BUDGET / (SPANS.len() as f64 * (looks as f64 / days).max(1.0));
        let spread = overdispersion(corpus, &flows, season, first, last);
        let watch = Watch { corpus, season, first, last, bound, spread };
        found.par_extend(flows.into_par_iter().filter_map(|flow| {
            let alarms = watch.alarms(&flow.members);
            let inside = |told: &Alarm| -> Vec<u32> {
                let hours = |m: &u32| corpus.entries[*m as usize].hours;
                let to = flow.members.partition_point(|m| hours(m) <= told.hours);
                let from = flow.members.partition_point(|m| hours(m) <= told.hours - told.window);
                let told = if told.change == Change::Closed { from } else { to };
                flow.members.get(from.max(told.saturating_sub(LISTED))..told).unwrap_or_default().to_vec()
            };
            let windows: Vec<Vec<u32>> = alarms.iter().map(inside).collect();
            let newest = windows.iter().rev().find(|w| !w.is_empty())?;
            let mut held: BTreeMap<usize, usize> = BTreeMap::new();
            newest.iter().filter_map(|&m| event_of[m as usize]).for_each(|e| *held.entry(e).or_default() += 1);
            let main = held.into_iter().max_by_key(|(e, n)| (*n, std::cmp::Reverse(*e)));
            let event = main.filter(|(_, n)| n * 2 >= newest.len()).map(|(e, _)| e);
            let ids = |w: &Vec<u32>| w.iter().map(|&m| appeals[corpus.entries[m as usize].source].id.clone()).collect();
            let tickets = windows.iter().map(ids).collect();
            Some(Stream { of: flow.of, alarms, tickets, event })
        }));
    }
    found = without_echoes(found);
    let order = |s: &Stream| (s.open().is_none(), s.alarms.last().map_or(0.0, |a| -a.hours));
    found.sort_by(|a, b| {
        let ((x, at), (y, bt)) = (order(a), order(b));
        x.cmp(&y).then(at.total_cmp(&bt)).then_with(|| a.of.cmp(&b.of))
    });
    found
}

/// One burst has many words: of keywords whose alarms are about the same appeals, the one that rose first stays, the
/// longest of those that rose together (a whole word rather than a part of it).
fn without_echoes(found: Vec<Stream>) -> Vec<Stream> {
    let (mut words, mut kept): (Vec<Stream>, Vec<Stream>) =
        found.into_iter().partition(|s| matches!(s.of, StreamOf::Keyword(_)));
    let rose = |s: &Stream| {
        let raised = s.alarms.iter().rev().find(|a| a.change == Change::Raised);
        raised.map_or((0.0, 0.0), |a| (a.hours, a.p))
    };
    words.sort_by(|a, b| {
        let (x, y) = (rose(a), rose(b));
        x.0.total_cmp(&y.0)
            .then(x.1.total_cmp(&y.1))
            .then_with(|| b.of.length().cmp(&a.of.length()))
            .then_with(|| a.of.cmp(&b.of))
    });
    let mut told: Vec<BTreeSet<String>> = Vec::new();
    for word in words {
        let own = word.newest();
        let echo = |known: &BTreeSet<String>| own.iter().filter(|t| known.contains(*t)).count() * 2 >= own.len();
        if !told.iter().any(echo) {
            told.push(own.iter().cloned().collect());
            kept.push(word);
        }
    }
    kept
}

/// Categories by town and by district.
fn places(corpus: &Corpus) -> Vec<Flow> {
    let mut flows: BTreeMap<(u16, u32), Vec<u32>> = BTreeMap::new();
    for (at, e) in corpus.entries.iter().enumerate().filter(|(_, e)| e.timed) {
        let Some(&(category, _)) = e.categories.first() else { continue };
        for region in BTreeSet::from([e.region, e.district]).into_iter().filter(|r| *r != 0) {
            flows.entry((category, region)).or_default().push(at as u32);
        }
    }
    let name = |(category, region): (u16, u32)| StreamOf::Place {
        category: corpus.categories[usize::from(category)].clone(),
        region: corpus.regions[region as usize - 1].clone(),
    };
    flows.into_iter().map(|(key, members)| Flow { of: name(key), members }).collect()
}

/// Words and names that say something. Pairs of characters that are not a word are parts of names: the name stands
/// for them.
fn keywords(corpus: &Corpus) -> Vec<Flow> {
    let mut members: Vec<Vec<u32>> = vec![Vec::new(); corpus.terms.len()];
    for (at, e) in corpus.entries.iter().enumerate().filter(|(_, e)| e.timed) {
        e.terms
            .iter()
            .filter(|(t, _)| corpus.idf[*t as usize] > 0.0)
            .for_each(|(t, _)| members[*t as usize].push(at as u32));
    }
    // one name may be both a word and a place
    let mut flows: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
    for (term, members) in corpus.terms.iter().zip(members).filter(|(_, m)| m.len() >= FEWEST) {
        let own = flows.entry(&term.text).or_default();
        own.extend(members);
        own.sort_unstable();
        own.dedup();
    }
    flows.into_iter().map(|(word, members)| Flow { of: StreamOf::Keyword(word.to_owned()), members }).collect()
}

/// How much more than chance the days of a kind's streams differ: variance over squared mean beyond the Poisson's,
/// by moments over all streams of five arrivals at least; the busiest day of each is left out, since it may be what
/// is looked for.
fn overdispersion(corpus: &Corpus, flows: &[Flow], season: &Season, first: f64, last: f64) -> f64 {
    let days = ((last - first) / 24.0).floor() as usize;
    if days < 7 {
        return 0.1;
    }
    let sums = flows.par_iter().filter(|f| f.members.len() >= 5).map(|flow| {
        let mut counts = vec![0.0_f64; days];
        for &m in &flow.members {
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

struct Watch<'c> {
    corpus: &'c Corpus,
    season: &'c Season,
    first: f64,
    last: f64,
    bound: f64,
    spread: f64,
}

impl Watch<'_> {
    fn alarms(&self, members: &[u32]) -> Vec<Alarm> {
        let mut alarms: Vec<Alarm> = Vec::new();
        if members.len() < FEWEST {
            return alarms;
        }
        let hours = |at: usize| self.corpus.entries[members[at] as usize].hours;
        let mut open: Option<(usize, AlarmKind)> = None;
        let mut windows: [Window; SPANS.len()] = Default::default();
        for at in 0..members.len() {
            let now = hours(at);
            if open.is_some() && at > 0 && now > hours(at - 1) + QUIET {
                close(&mut alarms, hours(at - 1) + QUIET, Cause::Quiet);
                open = None;
            }
            let caller = |at: usize| self.corpus.entries[members[at] as usize].caller;
            for (window, span) in windows.iter_mut().zip(SPANS) {
                window.take(caller(at));
                while hours(window.start) <= now - span {
                    window.drop(caller(window.start));
                }
            }
            let (found, likeliest) = self.look(now, at, &windows);
            match found {
                Some(found) => {
                    let Some((change, cause)) = step(open, &found) else { continue };
                    open = Some((found.callers, found.kind));
                    alarms.push(Alarm { change, cause, ..found });
                }
                None if open.is_some() && likeliest > USUAL => {
                    close(&mut alarms, now, Cause::Usual);
                    open = None;
                }
                None => {}
            }
        }
        let end = hours(members.len() - 1) + QUIET;
        if open.is_some() && self.last > end {
            close(&mut alarms, end, Cause::Quiet);
        }
        alarms
    }

    /// The first window that no chance explains, and how likely the least likely one is.
    fn look(&self, now: f64, at: usize, windows: &[Window; SPANS.len()]) -> (Option<Alarm>, f64) {
        let mut least = 1.0_f64;
        for (seen, &window) in windows.iter().zip(SPANS) {
            let count = at + 1 - seen.start;
            let past = self.season.mass(self.first, now - window);
            if count < FEWEST || now - window - self.first < WARM_UP {
                continue;
            }
            let shape = seen.start as f64 + PRIOR;
            let expected = shape / past.max(1.0) * self.season.mass(now - window, now);
            if (count as f64) <= expected {
                continue;
            }
            let callers = seen.known.len() + seen.unknown;
            let size = 1.0 / (1.0 / shape + self.spread);
            let p = negative_binomial_tail((callers as u32).saturating_sub(1), expected, size);
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
}

/// The distinct callers of a window that moves on.
#[derive(Default)]
struct Window {
    start: usize,
    known: HashMap<u32, u32>,
    unknown: usize,
}

impl Window {
    fn take(&mut self, caller: u32) {
        if caller == 0 {
            self.unknown += 1;
        } else {
            *self.known.entry(caller).or_default() += 1;
        }
    }

    /// Leaves out the first arrival, which was this caller's.
    fn drop(&mut self, caller: u32) {
        self.start += 1;
        if caller == 0 {
            self.unknown = self.unknown.saturating_sub(1);
        } else if let Some(n) = self.known.get_mut(&caller) {
            *n -= 1;
            if *n == 0 {
                self.known.remove(&caller);
            }
        }
    }
}

fn close(alarms: &mut Vec<Alarm>, hours: f64, cause: Cause) {
    if let Some(last) = alarms.last().cloned() {
        alarms.push(Alarm { hours, change: Change::Closed, cause, ..last });
    }
}
