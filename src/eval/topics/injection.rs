//! Bursts put into dense traffic: how many raise an alarm, how soon, and how much else does.

use std::collections::{BTreeMap, HashMap, HashSet};

use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde::Serialize;

use crate::{
    domain::fold,
    insight::{Findings, Heard, StreamOf, alarm::Change, findings},
    model::ModelError,
    triage::Triager,
};

use super::{
    Told, ear, reading,
    score::{TUNING, median},
    synthetic::{Material, START, at, recombined},
};

/// What was found of bursts.
#[derive(Clone, Debug, Serialize)]
pub struct InjectionScore {
    /// Seed of the traffic.
    pub seed: u64,
    /// Whether the bursts are of the tuning half of the events.
    pub tuning: bool,
    /// Appeals of the traffic, bursts included.
    pub appeals: usize,
    /// Days.
    pub days: usize,
    /// Bursts put in.
    pub bursts: usize,
    /// Share of bursts with an alarm, raised or updated: of an event or a stream in whose window at least half of the
    /// appeals are theirs.
    pub recall: f64,
    /// The same by events alone, by categories at places alone, by keywords alone.
    pub recall_by: [f64; 3],
    /// The share among bursts of under ten appeals.
    pub recall_small: f64,
    /// Median minutes from the third appeal of a burst to its alarm.
    pub delay_minutes: f64,
    /// Median appeals from the third to the alarm.
    pub delay_appeals: f64,
    /// Alarms that are no burst's, per day: of events, categories at places, keywords.
    pub false_per_day: [f64; 3],
    /// Seconds of the pass.
    pub seconds: f64,
}

struct Burst {
    ids: HashSet<String>,
    /// Hours since 1970, rising.
    hours: Vec<f64>,
}

/// One line of an alarm: which kind of stream, when, of which appeals in its window, and whether it was raised (or
/// grew: what has been told before is no false alarm once more).
struct Raised<'f> {
    kind: usize,
    hours: f64,
    tickets: Vec<&'f str>,
    is_new: bool,
}

/// Hours before which nothing is put in: nobody knows before what is usual.
const FIRST: f64 = 170.0;

/// Bursts of 4 to 40 appeals within half an hour to a day among `per_day` synthetic appeals a day. A burst is the
/// appeals of one gold event of the chosen half with new callers; where it has fewer, their sentences are dealt out
/// anew. Each gold event bursts once: a second time it would be told with the very same letters, and whoever reads
/// them puts each to its copy. More bursts come with more seeds. With a bundle the appeals are read by it (categories
/// and vectors), else they have made-up categories.
pub(super) fn injection(
    told: &[Told],
    material: &Material,
    triager: &Triager,
    (days, per_day): (usize, usize),
    (seed, tuning): (u64, bool),
) -> Result<InjectionScore, ModelError> {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut traffic = material.traffic(&triager.pack, days * per_day, per_day, &mut rng);
    let mut events: BTreeMap<&str, Vec<&Told>> = BTreeMap::new();
    for one in told {
        if let Some(event) = one.event.as_deref().filter(|e| (fold(e, 2) == TUNING) == tuning) {
            events.entry(event).or_default().push(one);
        }
    }
    let events: Vec<Vec<&Told>> = events.into_values().filter(|e| e.len() > 2).collect();
    let mut bursts = Vec::new();
    let time = (days as f64 * 24.0 - 24.0 - FIRST).max(1.0);
    for (number, members) in events.iter().enumerate() {
        let size: usize = (4.0 * 10.0_f64.powf(rng.random::<f64>())).round() as usize;
        let length = 0.5 * 48.0_f64.powf(rng.random::<f64>());
        let begin = FIRST + rng.random_range(0.0..time);
        let mut burst = Burst { ids: HashSet::new(), hours: Vec::new() };
        for k in 0..size {
            let own = members[k % members.len()];
            let other = members[rng.random_range(0..members.len())];
            let again = k >= members.len();
            let hours = begin + rng.random_range(0.0..length);
            let mut heard = own.heard.clone();
            heard.id = format!("X{number}-{k}");
            heard.at = at(hours);
            heard.caller = Some(heard.id.clone());
            heard.categories = material.read_as(own.category.as_deref().unwrap_or_default(), &mut rng);
            if again {
                heard.text = recombined(&own.heard.text, &other.heard.text, &mut rng);
            }
            burst.ids.insert(heard.id.clone());
            burst.hours.push(START as f64 / 3600.0 + hours);
            traffic.push(heard);
        }
        burst.hours.sort_by(f64::total_cmp);
        bursts.push(burst);
    }
    if triager.bundle.is_some() {
        traffic.iter_mut().for_each(|heard| heard.categories.clear());
    }
    let vectors = ear(triager, &mut traffic)?;
    let clock = std::time::Instant::now();
    let found = findings(&traffic, &vectors, &reading(triager), &triager.pack.calendar);
    let seconds = clock.elapsed().as_secs_f64();
    let raised = raised(&found, &traffic);
    let score = InjectionScore {
        seed,
        tuning,
        appeals: traffic.len(),
        days,
        bursts: bursts.len(),
        recall: 0.0,
        recall_by: [0.0; 3],
        recall_small: 0.0,
        delay_minutes: f64::NAN,
        delay_appeals: f64::NAN,
        false_per_day: [0.0; 3],
        seconds,
    };
    Ok(judged(&bursts, &raised, score))
}

fn raised<'f>(found: &'f Findings, traffic: &[Heard]) -> Vec<Raised<'f>> {
    let seconds = |h: &Heard| Some((h.id.clone(), h.at?.as_second() as f64 / 3600.0));
    let hours: HashMap<String, f64> = traffic.iter().filter_map(seconds).collect();
    let mut raised = Vec::new();
    for event in &found.events {
        for a in event.alarms.iter().filter(|a| a.change != Change::Closed) {
            let inside = |t: &&str| hours.get(*t).is_some_and(|h| *h <= a.hours && *h > a.hours - a.window);
            let tickets = event.tickets.iter().map(String::as_str).filter(inside).collect();
            raised.push(Raised { kind: 0, hours: a.hours, tickets, is_new: a.change == Change::Raised });
        }
    }
    for stream in &found.streams {
        let kind = if matches!(stream.of, StreamOf::Place { .. }) { 1 } else { 2 };
        for (a, tickets) in stream.alarms.iter().zip(&stream.tickets).filter(|(a, _)| a.change != Change::Closed) {
            let tickets = tickets.iter().map(String::as_str).collect();
            raised.push(Raised { kind, hours: a.hours, tickets, is_new: a.change == Change::Raised });
        }
    }
    raised
}

fn judged(bursts: &[Burst], raised: &[Raised<'_>], score: InjectionScore) -> InjectionScore {
    let mut first: Vec<[Option<f64>; 3]> = vec![[None; 3]; bursts.len()];
    let mut wrong = [0_usize; 3];
    for alarm in raised {
        let own = |b: &Burst| alarm.tickets.iter().filter(|t| b.ids.contains(**t)).count();
        let of = bursts.iter().map(own).enumerate().max_by_key(|(at, n)| (*n, std::cmp::Reverse(*at)));
        match of.filter(|(_, n)| *n > 1 && n * 2 >= alarm.tickets.len()) {
            Some((burst, _)) => {
                let seen = &mut first[burst][alarm.kind];
                *seen = Some(seen.map_or(alarm.hours, |h| h.min(alarm.hours)));
            }
            None => wrong[alarm.kind] += usize::from(alarm.is_new),
        }
    }
    let (mut minutes, mut appeals) = (Vec::new(), Vec::new());
    for (burst, seen) in bursts.iter().zip(&first) {
        let Some(alarm) = seen.iter().flatten().copied().reduce(f64::min) else { continue };
        let Some(&third) = burst.hours.get(2) else { continue };
        minutes.push(((alarm - third) * 60.0).max(0.0));
        appeals.push(burst.hours.iter().filter(|h| **h > third && **h <= alarm + 1e-3).count() as f64);
    }
    let share = |n: usize, of: usize| n as f64 / of.max(1) as f64;
    let small = |b: &&Burst| b.ids.len() < 10;
    let hit = |seen: &[Option<f64>; 3]| seen.iter().any(Option::is_some);
    let small_hit = bursts.iter().zip(&first).filter(|(b, s)| small(b) && hit(s)).count();
    InjectionScore {
        recall: share(first.iter().filter(|s| hit(s)).count(), bursts.len()),
        recall_by: [0, 1, 2].map(|kind| share(first.iter().filter(|s| s[kind].is_some()).count(), bursts.len())),
        recall_small: share(small_hit, bursts.iter().filter(small).count()),
        delay_minutes: median(minutes.into_iter()),
        delay_appeals: median(appeals.into_iter()),
        false_per_day: wrong.map(|n| n as f64 / score.days.max(1) as f64),
        ..score
    }
}
