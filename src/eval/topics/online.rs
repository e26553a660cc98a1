//! Do appeals that are put beside the events at hand, one by one, end up where a pass over all of them puts them?

use std::{
    collections::{BTreeSet, HashMap},
    time::Instant,
};

use serde::Serialize;

use crate::{
    insight::{Corrections, Findings, Heard, Picture},
    triage::Triager,
};

use super::reading;

/// Days that are lived through, the last ones of the corpus.
const DAYS: i64 = 7;

const DAY: i64 = 24 * 3600;

/// Agreement of joining at once with a pass.
#[derive(Clone, Debug, Default, Serialize)]
pub struct OnlineScore {
    /// Appeals put beside the events at hand.
    pub appeals: usize,
    /// Share of them that the pass at the end of the day has in the same event, or alone as well.
    pub same: f64,
    /// The same for those only that are in an event of the pass.
    pub same_in_events: f64,
    /// B-cubed of their groups, with the pass as the measure: precision, recall, F1.
    pub b_cubed: (f64, f64, f64),
    /// Milliseconds to join: median, 95 of 100, the longest.
    pub millis: (f64, f64, f64),
}

fn groups(found: &Findings) -> HashMap<&str, &[String]> {
    let mut of = HashMap::new();
    for event in &found.events {
        for ticket in &event.tickets {
            of.insert(ticket.as_str(), event.tickets.as_slice());
        }
    }
    of
}

/// Lives through the last days: a pass at the beginning of each, every appeal of the day joined as it comes, a pass at
/// its end to compare with.
pub(super) fn online(heard: &[Heard], vectors: &[Vec<f32>], triager: &Triager) -> OnlineScore {
    let reader = reading(triager);
    let second = |h: &Heard| h.at.map(|at| at.as_second());
    let Some(last) = heard.iter().filter_map(second).max() else { return OnlineScore::default() };
    let vector = |i: usize| vectors.get(i).cloned().unwrap_or_default();
    let until = |end: i64| -> Vec<usize> {
        (0..heard.len()).filter(|&i| second(&heard[i]).is_none_or(|at| at < end)).collect()
    };
    let pass = |chosen: &[usize]| {
        let own: Vec<Heard> = chosen.iter().map(|&i| heard[i].clone()).collect();
        let beside: Vec<Vec<f32>> = chosen.iter().map(|&i| vector(i)).collect();
        Picture::of(own, &beside, &reader, &[], Corrections::default()).0
    };
    let (mut appeals, mut same, mut inside, mut inside_same) = (0_usize, 0_usize, 0_usize, 0_usize);
    let (mut precision, mut recall, mut millis) = (0.0, 0.0, Vec::new());
    for ago in (0..DAYS).rev() {
        let end = last + 1 - ago * DAY;
        let mut picture = pass(&until(end - DAY));
        let mut day: Vec<usize> =
            until(end).into_iter().filter(|&i| second(&heard[i]).is_some_and(|at| at >= end - DAY)).collect();
        day.sort_by_key(|&i| (second(&heard[i]), heard[i].id.clone()));
        for &i in &day {
            let clock = Instant::now();
            picture.take(heard[i].clone(), &vector(i), &reader);
            millis.push(clock.elapsed().as_secs_f64() * 1e3);
        }
        let batch = pass(&until(end));
        let (joined, whole) = (groups(picture.findings()), groups(batch.findings()));
        for &i in &day {
            let id = heard[i].id.as_str();
            let alone = [heard[i].id.clone()];
            let one: BTreeSet<&String> = joined.get(id).copied().unwrap_or(&alone).iter().collect();
            let other: BTreeSet<&String> = whole.get(id).copied().unwrap_or(&alone).iter().collect();
            let common = one.intersection(&other).count();
            appeals += 1;
            // the same event: more than half of each is the other
            let is_same = common * 2 > one.len().max(other.len());
            same += usize::from(is_same);
            if other.len() > 1 {
                inside += 1;
                inside_same += usize::from(is_same);
            }
            precision += common as f64 / one.len() as f64;
            recall += common as f64 / other.len() as f64;
        }
    }
    millis.sort_by(f64::total_cmp);
    let at = |share: f64| millis.get(((millis.len() as f64 * share) as usize).min(millis.len().saturating_sub(1)));
    let n = appeals.max(1) as f64;
    let (precision, recall) = (precision / n, recall / n);
    OnlineScore {
        appeals,
        same: same as f64 / n,
        same_in_events: inside_same as f64 / inside.max(1) as f64,
        b_cubed: (precision, recall, 2.0 * precision * recall / (precision + recall).max(1e-9)),
        millis: (
            at(0.5).copied().unwrap_or_default(),
            at(0.95).copied().unwrap_or_default(),
            at(1.0).copied().unwrap_or_default(),
        ),
    }
}
