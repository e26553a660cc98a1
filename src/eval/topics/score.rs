//! B-cubed and what else is measured on gold events.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::{Deserialize, Serialize};

use crate::{
    domain::fold,
    insight::{Event, Findings, Heard, findings},
    triage::Triager,
};

use super::{Told, delay, reading};

/// Events whose id falls into this half (of two) tuned the weights; the other half is reported.
pub(super) const TUNING: u32 = 0;

/// B-cubed over the members of gold events (Bagga and Baldwin, 1998). Background appeals inside a found group
/// count against its precision.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct BCubed {
    /// Mean share of an appeal's group that is of its event.
    pub precision: f64,
    /// Mean share of an appeal's event that is in its group.
    pub recall: f64,
    /// Harmonic mean.
    pub f1: f64,
}

/// Scores groups over appeals `0..n`; `event` gives an appeal's event, `counts` says which events are scored.
pub fn b_cubed(groups: &[Vec<usize>], event: &[Option<String>], counts: impl Fn(&str) -> bool) -> BCubed {
    let mut size: HashMap<&str, f64> = HashMap::new();
    for e in event.iter().flatten() {
        *size.entry(e).or_default() += 1.0;
    }
    let (mut precision, mut recall, mut n) = (0.0, 0.0, 0.0);
    for group in groups {
        let mut held: BTreeMap<&str, f64> = BTreeMap::new();
        for e in group.iter().filter_map(|&i| event[i].as_deref()) {
            *held.entry(e).or_default() += 1.0;
        }
        for (e, k) in held.into_iter().filter(|(e, _)| counts(e)) {
            precision += k * k / group.len() as f64;
            recall += k * k / size[e];
            n += k;
        }
    }
    if n == 0.0 {
        return BCubed::default();
    }
    let (precision, recall) = (precision / n, recall / n);
    BCubed { precision, recall, f1: 2.0 * precision * recall / (precision + recall) }
}

/// What a title must hold to be right.
#[derive(Debug, Deserialize)]
struct GoldTitle {
    event: String,
    matter: Vec<String>,
    #[serde(default)]
    place: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct GoldTitles {
    title: Vec<GoldTitle>,
}

/// One gold event and what was found of it.
#[derive(Clone, Debug, Serialize)]
pub struct EventScore {
    /// Its id.
    pub event: String,
    /// Whether the weights were tuned on it.
    pub tuning: bool,
    /// Appeals.
    pub size: usize,
    /// Its B-cubed.
    pub score: BCubed,
    /// Title of the found event that holds most of it.
    pub title: String,
    /// Whether the title names the matter, and the place.
    pub title_right: (bool, bool),
    /// Appeals after the third related one until the first alarm; none without an alarm.
    pub delay_appeals: Option<i64>,
    /// The same in minutes.
    pub delay_minutes: Option<f64>,
    /// Appeals and minutes until the first alarm of any kind.
    pub any_delay: Option<(i64, f64)>,
}

/// Figures of one way to look.
#[derive(Clone, Debug, Serialize)]
pub struct SystemScore {
    /// Its name.
    pub name: String,
    /// On the events of the tuning half.
    pub tuning: BCubed,
    /// On the events that were not looked at.
    pub reported: BCubed,
    /// Share of gold members among the appeals of the found events that hold most of a gold event (reported).
    pub against_background: f64,
    /// Share of appeals that stay alone.
    pub alone: f64,
    /// Found events, and those of three appeals at least.
    pub events: (usize, usize),
    /// Topics.
    pub topics: usize,
    /// Titles of reported events that name the matter / the place / both.
    pub titles: (f64, f64, f64),
    /// Unseen events with an alarm, of the event itself.
    pub alarmed: f64,
    /// Unseen events with an alarm of any kind: of the event, or of a stream whose window it fills by half.
    pub any_alarmed: f64,
    /// Median appeals and minutes from the third related appeal to the first alarm of any kind.
    pub any_delay: (f64, f64),
    /// Median appeals and minutes from the third related appeal to the alarm, over alarmed reported events.
    pub delay: (f64, f64),
    /// Share of appeals of all days but the last that keep their event when the last day is added.
    pub stability: f64,
    /// Whether a shuffled input gave the same events, titles and alarms.
    pub order_free: bool,
    /// Seconds of the pass, without the model.
    pub seconds: f64,
    /// Each gold event.
    pub each: Vec<EventScore>,
}

/// Runs and scores one way to look; `heard` carries what that way may use.
pub(super) fn system(
    name: &str,
    told: &[Told],
    heard: &[Heard],
    vectors: &[Vec<f32>],
    triager: &Triager,
) -> SystemScore {
    let reader = reading(triager);
    let calendar = &triager.pack.calendar;
    let start = std::time::Instant::now();
    let found = findings(heard, vectors, &reader, calendar);
    let seconds = start.elapsed().as_secs_f64();
    let number: HashMap<&str, usize> = told.iter().enumerate().map(|(i, t)| (t.heard.id.as_str(), i)).collect();
    let event: Vec<Option<String>> = told.iter().map(|t| t.event.clone()).collect();
    let mut groups: Vec<Vec<usize>> =
        found.events.iter().map(|e| e.tickets.iter().map(|t| number[t.as_str()]).collect()).collect();
    groups.extend(found.alone.iter().map(|a| vec![number[a.ticket.as_str()]]));
    let is_tuning = |e: &str| fold(e, 2) == TUNING;
    let each = each(told, &event, &groups, &found);
    let reported: Vec<&EventScore> = each.iter().filter(|e| !e.tuning).collect();
    let share = |right: &dyn Fn(&EventScore) -> bool| {
        reported.iter().filter(|e| right(e)).count() as f64 / reported.len().max(1) as f64
    };
    let mut main: HashSet<usize> = HashSet::new();
    for score in &reported {
        main.extend(holder(&score.event, &event, &groups));
    }
    let members: Vec<usize> = main.iter().flat_map(|&g| groups[g].iter().copied()).collect();
    let gold = members.iter().filter(|&&i| event[i].is_some()).count();
    SystemScore {
        name: name.to_owned(),
        tuning: b_cubed(&groups, &event, is_tuning),
        reported: b_cubed(&groups, &event, |e| !is_tuning(e)),
        against_background: gold as f64 / members.len().max(1) as f64,
        alone: found.alone.len() as f64 / told.len().max(1) as f64,
        events: (found.events.len(), found.events.iter().filter(|e| e.tickets.len() > 2).count()),
        topics: found.topics.len(),
        titles: (
            share(&|e| e.title_right.0),
            share(&|e| e.title_right.1),
            share(&|e| e.title_right.0 && e.title_right.1),
        ),
        alarmed: share(&|e| e.delay_appeals.is_some()),
        any_alarmed: share(&|e| e.any_delay.is_some()),
        any_delay: (
            median(reported.iter().filter_map(|e| e.any_delay.map(|d| d.0 as f64))),
            median(reported.iter().filter_map(|e| e.any_delay.map(|d| d.1))),
        ),
        delay: (
            median(reported.iter().filter_map(|e| e.delay_appeals.map(|d| d as f64))),
            median(reported.iter().filter_map(|e| e.delay_minutes)),
        ),
        stability: stability(heard, vectors, triager, &found.events),
        order_free: order_free(heard, vectors, triager, &found),
        seconds,
        each,
    }
}

/// The group that holds most of an event.
fn holder(name: &str, event: &[Option<String>], groups: &[Vec<usize>]) -> Option<usize> {
    let held = |g: &Vec<usize>| g.iter().filter(|&&i| event[i].as_deref() == Some(name)).count();
    (0..groups.len()).max_by_key(|&g| (held(&groups[g]), std::cmp::Reverse(g)))
}

fn each(told: &[Told], event: &[Option<String>], groups: &[Vec<usize>], found: &Findings) -> Vec<EventScore> {
    let gold: GoldTitles =
        toml::from_str(include_str!("../../../eval/suites/event_titles.toml")).unwrap_or(GoldTitles { title: vec![] });
    let mut names: Vec<&String> = event.iter().flatten().collect();
    names.sort();
    names.dedup();
    names
        .into_iter()
        .map(|name| {
            let main = holder(name, event, groups).and_then(|g| found.events.get(g));
            let title = main.map_or(String::new(), |e| e.portrait.title.clone());
            let wanted = gold.title.iter().find(|t| t.event == *name);
            let holds = |words: &[String]| words.is_empty() || words.iter().any(|w| title.contains(w.as_str()));
            let (delay_appeals, delay_minutes) = main.and_then(|e| delay::of_event(told, event, name, e)).unzip();
            EventScore {
                event: name.clone(),
                tuning: fold(name, 2) == TUNING,
                size: event.iter().flatten().filter(|e| *e == name).count(),
                score: b_cubed(groups, event, |e| e == name),
                title_right: wanted.map_or((false, false), |w| (holds(&w.matter), holds(&w.place))),
                title,
                delay_appeals,
                delay_minutes,
                any_delay: delay::of_any(told, event, name, main, &found.streams),
            }
        })
        .collect()
}

/// Adds the last day to all the others: share of appeals that keep their event, by the best overlap.
fn stability(heard: &[Heard], vectors: &[Vec<f32>], triager: &Triager, all: &[Event]) -> f64 {
    let Some(last) = heard.iter().filter_map(|h| h.at).max() else { return 1.0 };
    let cut = last.as_second() - 24 * 3600;
    let keep: Vec<usize> = (0..heard.len()).filter(|&i| heard[i].at.is_some_and(|at| at.as_second() < cut)).collect();
    let earlier: Vec<Heard> = keep.iter().map(|&i| heard[i].clone()).collect();
    let own: Vec<Vec<f32>> = keep.iter().filter_map(|&i| vectors.get(i).cloned()).collect();
    let before = findings(&earlier, &own, &reading(triager), &triager.pack.calendar);
    let mut now: HashMap<&str, usize> = HashMap::new();
    for (number, event) in all.iter().enumerate() {
        event.tickets.iter().for_each(|t| _ = now.insert(t, number));
    }
    // an appeal that was alone may be joined by new ones, but not by earlier ones
    let old: HashSet<&str> = earlier.iter().map(|h| h.id.as_str()).collect();
    let still = |ticket: &str| {
        let Some(&event) = now.get(ticket) else { return true };
        all[event].tickets.iter().filter(|t| old.contains(t.as_str())).count() == 1
    };
    let mut kept = before.alone.iter().filter(|a| still(&a.ticket)).count();
    for event in &before.events {
        let mut where_to: BTreeMap<usize, usize> = BTreeMap::new();
        for number in event.tickets.iter().filter_map(|t| now.get(t.as_str())) {
            *where_to.entry(*number).or_default() += 1;
        }
        kept += where_to.into_values().max().unwrap_or(0);
    }
    kept as f64 / earlier.len().max(1) as f64
}

/// Reverses and interleaves the input: everything but the clock must come out the same.
fn order_free(heard: &[Heard], vectors: &[Vec<f32>], triager: &Triager, found: &crate::insight::Findings) -> bool {
    let mut order: Vec<usize> = (0..heard.len()).rev().collect();
    order.sort_by_key(|i| fold(&heard[*i].id, 97));
    let shuffled: Vec<Heard> = order.iter().map(|&i| heard[i].clone()).collect();
    let own: Vec<Vec<f32>> = order.iter().filter_map(|&i| vectors.get(i).cloned()).collect();
    let again = findings(&shuffled, &own, &reading(triager), &triager.pack.calendar);
    format!("{found:?}") == format!("{again:?}")
}

pub(super) fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
