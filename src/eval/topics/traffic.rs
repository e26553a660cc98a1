//! Traffic without events (false alarms), and traffic with bursts put into it.

use std::collections::{BTreeMap, HashSet};

use jiff::{SignedDuration, Timestamp};
use rand::{RngExt, SeedableRng, rngs::StdRng, seq::SliceRandom};
use serde::Serialize;

use crate::{
    insight::{Heard, alarm::Change, findings},
    triage::Triager,
};

use super::{Told, reading, score::median};

/// Alarms on days without events.
#[derive(Clone, Debug, Serialize)]
pub struct NullScore {
    /// Days over all runs.
    pub days: f64,
    /// Alarms raised per day.
    pub per_day: f64,
}

/// What was found of bursts.
#[derive(Clone, Debug, Serialize)]
pub struct InjectionScore {
    /// Appeals of the traffic, bursts included.
    pub appeals: usize,
    /// Days.
    pub days: usize,
    /// Bursts put in.
    pub bursts: usize,
    /// Share of bursts whose alarm was raised by an event of which at least half are theirs.
    pub recall: f64,
    /// Median minutes from the third appeal of a burst to its alarm.
    pub delay_minutes: f64,
    /// Median appeals from the third to the alarm.
    pub delay_appeals: f64,
    /// Alarms of events without a burst, per day.
    pub false_per_day: f64,
    /// Seconds of the pass.
    pub seconds: f64,
}

/// Background appeals with their times dealt out anew: what is raised there is false. One caller one appeal.
pub(super) fn null_days(
    told: &[Told],
    heard: &[Heard],
    vectors: &[Vec<f32>],
    triager: &Triager,
    runs: usize,
) -> NullScore {
    let quiet: Vec<usize> = (0..told.len()).filter(|&i| told[i].event.is_none()).collect();
    let (mut days, mut alarms) = (0.0, 0_usize);
    for run in 0..runs {
        let mut rng = StdRng::seed_from_u64(run as u64);
        let mut times: Vec<Option<Timestamp>> = quiet.iter().map(|&i| heard[i].at).collect();
        times.shuffle(&mut rng);
        let null: Vec<Heard> = quiet.iter().zip(&times).map(|(&i, at)| Heard { at: *at, ..heard[i].clone() }).collect();
        let own: Vec<Vec<f32>> = quiet.iter().filter_map(|&i| vectors.get(i).cloned()).collect();
        let found = findings(&null, &own, &reading(triager), &triager.pack.calendar);
        alarms += found.events.iter().flat_map(|e| &e.alarms).filter(|a| a.change == Change::Raised).count();
        let seconds = |t: &Timestamp| t.as_second() as f64;
        let span = times.iter().flatten().map(seconds).fold((f64::MAX, f64::MIN), |s, t| (s.0.min(t), s.1.max(t)));
        days += ((span.1 - span.0) / 86_400.0).max(1.0);
    }
    NullScore { days, per_day: alarms as f64 / days.max(1.0) }
}

/// Bursts of 4 to 40 appeals among `per_day` synthetic appeals a day: background appeals of the simulated city with
/// new callers, times, towns and house numbers; a burst is the appeals of one gold event, repeated as needed, moved to
/// one time within six hours. Words, places and times alone: the same text again and again would have one vector.
pub(super) fn injection(
    told: &[Told],
    heard: &[Heard],
    triager: &Triager,
    days: usize,
    per_day: usize,
) -> InjectionScore {
    let mut rng = StdRng::seed_from_u64(7);
    let quiet: Vec<usize> = (0..told.len()).filter(|&i| told[i].event.is_none()).collect();
    let start: Timestamp = Timestamp::from_second(1_780_000_000).unwrap_or_default();
    let at = |hours: f64| start.checked_add(SignedDuration::from_secs((hours * 3600.0) as i64)).ok();
    let towns: Vec<_> = triager.pack.regions.iter().filter(|r| r.town.is_some()).collect();
    let mut traffic: Vec<Heard> = Vec::new();
    // Sentences of different appeals of one category make a new appeal.
    let mut by_category: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for &i in &quiet {
        by_category.entry(heard[i].categories.first().map_or("", |c| c.0.as_str())).or_default().push(i);
    }
    let hour_of_day = |x: f64| 24.0 * (0.35 + 0.45 * x).fract();
    for n in 0..days * per_day {
        let own = &heard[quiet[rng.random_range(0..quiet.len())]];
        let like = &by_category[own.categories.first().map_or("", |c| c.0.as_str())];
        let other = &heard[like[rng.random_range(0..like.len())]];
        let region = towns[rng.random_range(0..towns.len())];
        let hours = (n / per_day) as f64 * 24.0 + hour_of_day(rng.random::<f64>());
        traffic.push(Heard {
            id: format!("B{n}"),
            at: at(hours),
            title: own.title.clone(),
            text: recombined(&own.text, &other.text, &mut rng),
            caller: Some(format!("b{n}")),
            district: Some(region.district.clone()),
            town: region.town.clone(),
            place: None,
            ..own.clone()
        });
    }
    let mut events: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (i, t) in told.iter().enumerate() {
        if let Some(event) = &t.event {
            events.entry(event).or_default().push(i);
        }
    }
    let mut bursts: Vec<Vec<(String, f64)>> = Vec::new();
    for (number, members) in events.values().enumerate() {
        let size = 4 + (number * 36) / events.len().max(2).saturating_sub(1);
        let begin = rng.random_range(24.0..(days as f64 * 24.0 - 12.0).max(25.0));
        let mut burst = Vec::new();
        for k in 0..size {
            let own = &heard[members[k % members.len()]];
            let hours = begin + rng.random_range(0.0..6.0);
            let id = format!("X{number}-{k}");
            burst.push((id.clone(), hours));
            let caller = Some(format!("x{number}-{k}"));
            traffic.push(Heard { id, at: at(hours), caller, ..own.clone() });
        }
        burst.sort_by(|a, b| a.1.total_cmp(&b.1));
        bursts.push(burst);
    }
    let clock = std::time::Instant::now();
    let found = findings(&traffic, &[], &reading(triager), &triager.pack.calendar);
    let seconds = clock.elapsed().as_secs_f64();
    let base = start.as_second() as f64 / 3600.0;
    let (mut hit, mut minutes, mut appeals) = (0, Vec::new(), Vec::new());
    let mut true_events: HashSet<&str> = HashSet::new();
    for burst in &bursts {
        let ids: HashSet<&str> = burst.iter().map(|(id, _)| id.as_str()).collect();
        let mut first: Option<f64> = None;
        for event in &found.events {
            let own = event.tickets.iter().filter(|t| ids.contains(t.as_str())).count();
            if own * 2 < event.tickets.len() || own < 3 {
                continue;
            }
            true_events.insert(&event.id);
            let raised = event.alarms.iter().find(|a| a.change == Change::Raised).map(|a| a.hours - base);
            first = [first, raised].into_iter().flatten().reduce(f64::min);
        }
        if let Some(raised) = first {
            hit += 1;
            minutes.push(((raised - burst[2].1) * 60.0).max(0.0));
            appeals.push(burst.iter().filter(|(_, h)| *h > burst[2].1 && *h <= raised + 1e-3).count() as f64);
        }
    }
    let others = found.events.iter().filter(|e| !true_events.contains(e.id.as_str()));
    let wrong = others.flat_map(|e| &e.alarms).filter(|a| a.change == Change::Raised).count();
    InjectionScore {
        appeals: traffic.len(),
        days,
        bursts: bursts.len(),
        recall: f64::from(hit) / bursts.len().max(1) as f64,
        delay_minutes: median(minutes.into_iter()),
        delay_appeals: median(appeals.into_iter()),
        false_per_day: wrong as f64 / days.max(1) as f64,
        seconds,
    }
}

/// About half of the sentences of one text, then about half of another's.
fn recombined(one: &str, other: &str, rng: &mut StdRng) -> String {
    let mut text = String::new();
    for source in [one, other] {
        let sentences: Vec<&str> = source.split_inclusive(['。', ',', ',', '!', '?', ' ']).collect();
        for sentence in sentences {
            if rng.random::<f64>() < 0.5 {
                text.push_str(sentence);
            }
        }
    }
    if text.is_empty() { one.to_owned() } else { text }
}
