//! Alarms: arrivals of a stream against what the season lets expect.
//!
//! A stream is an event, a category at a place, or a keyword. Its expected rate is the rate of its past, shaped
//! by the hour of the day and the kind of day of the whole traffic; the past is short for most streams, so the
//! rate is a Gamma posterior and the count of a window is negative binomial (the Poisson with an uncertain
//! rate). Distinct callers are counted, not calls.

use std::collections::{BTreeMap, HashMap};

use jiff::{Timestamp, civil::Date};

use crate::{city::Calendar, domain::city_date};

use super::chance::negative_binomial_tail;

/// Windows in hours: two hours and a day as the annotation guide defines 集中, three days to two weeks for slow ones.
pub const WINDOWS: [f64; 5] = [2.0, 24.0, 72.0, 168.0, 336.0];

/// Hours without an arrival after which an alarm is closed.
const QUIET: f64 = 168.0;

/// Hours before the first arrival for which sums are kept: the longest window.
const BEFORE: i64 = 336;

/// Hours that the prior of a stream's own rate is worth, which holds half an arrival.
const OWN_PRIOR: f64 = 360.0;

/// Hours of an alarm from which on what it is about has become usual.
const LASTING: f64 = 168.0;

/// Hours for which sums are kept at most: twenty years.
const MOST_HOURS: i64 = 20 * 366 * 24;

/// Callers below which nothing is an alarm.
pub(super) const FEWEST: usize = 3;

/// False alarms a day that all streams of a kind may spend together.
const BUDGET: f64 = 0.3;

/// Times the expected count over which an event gets a parent ticket (surge mode).
pub const SURGE: f64 = 5.0;

/// Callers below which there is no surge, however low the baseline.
pub const SURGE_CALLERS: usize = 10;

/// One arrival.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Arrival {
    /// Hours since 1970.
    pub hours: f64,
    /// Caller; 0 for unknown, who counts as a caller of his own.
    pub caller: u32,
}

/// What an alarm says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AlarmKind {
    /// 突发: within two hours.
    Sudden,
    /// 集中: within a day or more.
    Concentrated,
}

impl AlarmKind {
    /// The field's word for it.
    pub fn label(self) -> &'static str {
        match self {
            AlarmKind::Sudden => "突发",
            AlarmKind::Concentrated => "集中",
        }
    }
}

/// How an alarm changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// For the first time, or again after it was closed.
    Raised,
    /// It grew by half, or became sudden.
    Updated,
    /// A week without an arrival.
    Closed,
}

impl Change {
    /// The field's word for it.
    pub fn label(self) -> &'static str {
        match self {
            Change::Raised => "发出",
            Change::Updated => "更新",
            Change::Closed => "解除",
        }
    }
}

/// Why an alarm changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// More callers than chance lets expect.
    Over,
    /// Half as many callers again as when it was last told.
    Grew,
    /// What was 集中 has become 突发.
    Faster,
    /// No arrival for a long time.
    Quiet,
    /// Arrivals are back at what is usual.
    Usual,
    /// What it was about is no longer one event.
    Gone,
}

impl Cause {
    /// In words.
    pub fn label(self) -> &'static str {
        match self {
            Cause::Over => "来电人数超出平常",
            Cause::Grew => "来电人数又增加一半以上",
            Cause::Faster => "由集中变为突发",
            Cause::Quiet => "较长时间没有新来电",
            Cause::Usual => "来电已回落到平常",
            Cause::Gone => "事件已并入其他事件或不再成立",
        }
    }
}

/// One line of an alarm's history.
#[derive(Clone, Debug, PartialEq)]
pub struct Alarm {
    /// When, in hours since 1970: the arrival that raised or updated it, the end of the silence that closed it.
    pub hours: f64,
    /// What it says.
    pub kind: AlarmKind,
    /// What happened to it.
    pub change: Change,
    /// Why.
    pub cause: Cause,
    /// Distinct callers in the window.
    pub callers: usize,
    /// Length of the window in hours.
    pub window: f64,
    /// What was to be expected in the window.
    pub expected: f64,
    /// How likely so many are by chance.
    pub p: f64,
    /// Whether it is a surge: over [`SURGE`] times the baseline.
    pub surge: bool,
}

/// The shape of the traffic: how much of a working day's or a free day's appeals each hour brings.
#[derive(Clone, Debug)]
pub struct Season {
    /// Relative rate by kind of day (working, free) and hour; mean 1 over the training time.
    rate: [[f64; 24]; 2],
    free: BTreeMap<Date, bool>,
    /// Sums of the rate from `begin` on, hour by hour.
    begin: i64,
    sums: Vec<f64>,
}

impl Season {
    /// Learns the shape from all arrivals (hours since 1970) with a city's calendar; with few of them it stays flat.
    pub fn of(hours: &[f64], calendar: &Calendar) -> Self {
        let mut counts = [[0.0_f64; 24]; 2];
        let mut free = BTreeMap::new();
        for &h in hours {
            let Some((date, hour)) = local(h) else { continue };
            let off = *free.entry(date).or_insert_with(|| !calendar.is_workday(date));
            counts[usize::from(off)][hour] += 1.0;
        }
        let days = [free.values().filter(|f| !**f).count() as f64, free.values().filter(|f| **f).count() as f64];
        let n: f64 = counts.iter().flatten().sum();
        let mean = n / ((days[0] + days[1]).max(1.0) * 24.0);
        let mut rate = [[1.0; 24]; 2];
        for (kind, hours) in counts.iter().enumerate() {
            for (hour, count) in hours.iter().enumerate() {
                // five pseudo-counts of the mean keep an unseen hour possible
                rate[kind][hour] = (count + 5.0) / (days[kind] * mean + 5.0);
            }
        }
        if hours.is_empty() {
            return Self { rate, free, begin: 0, sums: vec![0.0] };
        }
        let (first, last) = hours.iter().fold((f64::MAX, f64::MIN), |(a, b), &h| (a.min(h), b.max(h)));
        let mut season = Self { rate, free, begin: first.floor() as i64 - BEFORE, sums: vec![0.0] };
        let known = last.ceil() as i64 - season.begin + 1;
        if n > 0.0 && known <= MOST_HOURS {
            for hour in 0..known {
                let sum = season.sums.last().copied().unwrap_or_default();
                season.sums.push(sum + season.at((season.begin + hour) as f64));
            }
        }
        season
    }

    /// Expected share of an average hour's traffic, summed over the window that ends at `to`.
    pub fn mass(&self, from: f64, to: f64) -> f64 {
        if let (Some(before), Some(all)) = (self.until(from), self.until(to)) {
            return (all - before).max(0.0);
        }
        // hour by hour beyond what is kept; over so long a time the mean, which is 1, is near enough
        if to - from > MOST_HOURS as f64 {
            return to - from;
        }
        let mut mass = 0.0;
        let mut at = from;
        while at < to {
            let next = (at.floor() + 1.0).min(to);
            mass += self.at(at) * (next - at);
            at = next;
        }
        mass
    }

    /// The rate of the hour in which `hours` lies.
    fn at(&self, hours: f64) -> f64 {
        local(hours).map_or(1.0, |(date, hour)| {
            let off = self.free.get(&date).copied().unwrap_or(false);
            self.rate[usize::from(off)][hour]
        })
    }

    /// The sum from the beginning up to `hours`, where it is known.
    fn until(&self, hours: f64) -> Option<f64> {
        let whole = hours.floor();
        let at = usize::try_from(whole as i64 - self.begin).ok()?;
        let (before, after) = (self.sums.get(at)?, self.sums.get(at + 1)?);
        Some(before + (after - before) * (hours - whole))
    }
}

fn local(hours: f64) -> Option<(Date, usize)> {
    let at = Timestamp::from_second((hours * 3600.0) as i64).ok()?;
    Some((city_date(at), ((hours + 8.0).rem_euclid(24.0)) as usize % 24))
}

/// How often a stream's like arrives when nothing is wrong: `count` arrivals in `mass` average hours.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Past {
    /// Arrivals that are not the stream's own.
    pub count: f64,
    /// Average hours ([`Season::mass`]) in which they were counted.
    pub mass: f64,
    /// Since when arrivals are known, in hours since 1970: the stream's own before a window are its past too.
    pub since: f64,
}

/// An alarm's arrivals, by their places in the stream, and from when to when it counted.
#[derive(Clone, Copy)]
struct Told {
    from: usize,
    to: usize,
    hours: (f64, f64),
}

/// An alarm that is open.
#[derive(Clone, Copy)]
struct Open {
    callers: usize,
    kind: AlarmKind,
    since: f64,
}

/// The history of one stream's alarm. `arrivals` rise in time; `looks` is how many arrivals all streams of its kind
/// have in a day. Each arrival is a look at every window; the false alarms that a day may bring ([`BUDGET`]) are
/// dealt out evenly over its looks and their windows (Bonferroni: windows overlap, so that less is spent).
///
/// What keeps coming is no news: the stream's own arrivals before a window say what is usual too. Those of an alarm of
/// at most a week are left out with their hours, so that a second burst is seen like the first.
pub fn watch(arrivals: &[Arrival], season: &Season, past: Past, looks: usize) -> Vec<Alarm> {
    let mut alarms: Vec<Alarm> = Vec::new();
    let mut open: Option<Open> = None;
    let mut told: Vec<Told> = Vec::new();
    let mut last = f64::NEG_INFINITY;
    let mut inside: [Inside; WINDOWS.len()] = Default::default();
    let episode = |since: f64, to: usize| {
        let from = arrivals.partition_point(|a| a.hours <= since);
        Told { from, to, hours: (since, arrivals.get(to.saturating_sub(1)).map_or(since, |a| a.hours)) }
    };
    for (at, arrival) in arrivals.iter().enumerate() {
        if let Some(was) = open.filter(|_| arrival.hours > last + QUIET) {
            close(&mut alarms, last + QUIET);
            told.extend((last - was.since <= LASTING).then(|| episode(was.since, at)));
            open = None;
        }
        last = arrival.hours;
        for (inside, window) in inside.iter_mut().zip(WINDOWS) {
            inside.move_to(arrivals, at, window);
        }
        let now = open.filter(|o| last - o.since <= LASTING).map(|o| episode(o.since, at + 1));
        let own =
            |first: usize, until: f64| own_past(told.iter().copied().chain(now), first, until, season, past.since);
        let Some(found) = look(last, &inside, season, (past, &own), looks) else { continue };
        let Some((change, cause)) = step(open.map(|o| (o.callers, o.kind)), &found) else { continue };
        let since = open.map_or(last - found.window, |o| o.since);
        open = Some(Open { callers: found.callers, kind: found.kind, since });
        alarms.push(Alarm { change, cause, ..found });
    }
    alarms
}

/// Arrivals of the stream itself before the one at `first`, and the average hours from `since` to `until` in which
/// they came, both without what alarms were about.
fn own_past(told: impl Iterator<Item = Told>, first: usize, until: f64, season: &Season, since: f64) -> (f64, f64) {
    let (mut count, mut mass) = (first as f64, season.mass(since.min(until), until));
    for episode in told.filter(|t| t.from < first) {
        count -= (episode.to.min(first) - episode.from) as f64;
        mass -= season.mass(episode.hours.0.max(since), episode.hours.1.min(until).max(episode.hours.0.max(since)));
    }
    (count.max(0.0) + 0.5, mass.max(0.0) + OWN_PRIOR)
}

/// What a look changes about an alarm that is open with so many callers, if it is.
pub(super) fn step(open: Option<(usize, AlarmKind)>, found: &Alarm) -> Option<(Change, Cause)> {
    match open {
        None => Some((Change::Raised, Cause::Over)),
        Some((_, kind)) if found.kind < kind => Some((Change::Updated, Cause::Faster)),
        Some((callers, _)) if found.callers * 2 >= callers * 3 => Some((Change::Updated, Cause::Grew)),
        Some(_) => None,
    }
}

/// Closes an alarm whose stream has been quiet until `now` (hours since 1970).
pub fn settle(alarms: &mut Vec<Alarm>, last_arrival: f64, now: f64) {
    let open = alarms.last().is_some_and(|a| a.change != Change::Closed);
    if open && now > last_arrival + QUIET {
        close(alarms, last_arrival + QUIET);
    }
}

fn close(alarms: &mut Vec<Alarm>, hours: f64) {
    if let Some(last) = alarms.last().cloned() {
        alarms.push(Alarm { hours, change: Change::Closed, cause: Cause::Quiet, ..last });
    }
}

/// The callers of a window that moves on with the arrivals.
#[derive(Default)]
struct Inside {
    first: usize,
    calls: HashMap<u32, usize>,
    unknown: usize,
}

impl Inside {
    /// Takes the arrival at `at` in and leaves out what is `window` hours before it.
    fn move_to(&mut self, arrivals: &[Arrival], at: usize, window: f64) {
        let Some(newest) = arrivals.get(at) else { return };
        match newest.caller {
            0 => self.unknown += 1,
            caller => *self.calls.entry(caller).or_default() += 1,
        }
        while let Some(oldest) = arrivals.get(self.first).filter(|a| a.hours <= newest.hours - window) {
            self.first += 1;
            match self.calls.get_mut(&oldest.caller) {
                Some(calls) if *calls > 1 => *calls -= 1,
                Some(_) => drop(self.calls.remove(&oldest.caller)),
                None => self.unknown -= 1,
            }
        }
    }

    fn callers(&self) -> usize {
        self.calls.len() + self.unknown
    }
}

/// What the windows that end at an arrival say. Of the two pasts, that of its like and its own, the one that makes it
/// more usual counts.
fn look(
    now: f64,
    inside: &[Inside; WINDOWS.len()],
    season: &Season,
    (past, own): (Past, &dyn Fn(usize, f64) -> (f64, f64)),
    looks: usize,
) -> Option<Alarm> {
    let mut seen = Vec::with_capacity(WINDOWS.len());
    for (inside, window) in inside.iter().zip(WINDOWS) {
        let callers = inside.callers();
        let mass = season.mass(now - window, now);
        // Gamma posterior of the rate, from a prior worth half an arrival.
        let pasts = [(past.count + 0.5, past.mass.max(1.0)), own(inside.first, now - window)];
        let (p, expected) = pasts
            .map(|(count, time)| {
                let expected = count / time * mass;
                // Streams are found by their likeness, so the first caller is given: the chance is that of the others.
                (negative_binomial_tail((callers as u32).saturating_sub(1), expected, count), expected)
            })
            .into_iter()
            .fold((0.0, 0.0), |most: (f64, f64), one| if one.0 > most.0 { one } else { most });
        seen.push((window, callers, expected, p));
    }
    let bound = BUDGET / (WINDOWS.len() * looks.max(1)) as f64;
    let raised = seen.iter().find(|(_, callers, _, p)| *p <= bound && *callers >= FEWEST);
    let &(window, callers, expected, p) = raised?;
    let kind = if window <= WINDOWS[0] { AlarmKind::Sudden } else { AlarmKind::Concentrated };
    let surge = callers >= SURGE_CALLERS && callers as f64 > SURGE * expected;
    let (change, cause) = (Change::Raised, Cause::Over);
    Some(Alarm { hours: now, kind, change, cause, callers, window, expected, p, surge })
}
