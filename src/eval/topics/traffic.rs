//! Traffic without events: what is raised there is false.

use jiff::Timestamp;
use rand::{SeedableRng, rngs::StdRng, seq::SliceRandom};
use serde::Serialize;

use crate::{
    insight::{Heard, StreamOf, alarm::Change, findings},
    triage::Triager,
};

use super::{Told, reading};

/// Alarms on days without events.
#[derive(Clone, Debug, Serialize)]
pub struct NullScore {
    /// Days over all runs.
    pub days: f64,
    /// Alarms of events raised per day.
    pub per_day: f64,
    /// Alarms of categories at places raised per day.
    pub places_per_day: f64,
    /// Alarms of keywords raised per day.
    pub keywords_per_day: f64,
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
    let (mut days, mut alarms, mut places, mut keywords) = (0.0, 0_usize, 0_usize, 0_usize);
    for run in 0..runs {
        let mut rng = StdRng::seed_from_u64(run as u64);
        let mut times: Vec<Option<Timestamp>> = quiet.iter().map(|&i| heard[i].at).collect();
        times.shuffle(&mut rng);
        let null: Vec<Heard> = quiet.iter().zip(&times).map(|(&i, at)| Heard { at: *at, ..heard[i].clone() }).collect();
        let own: Vec<Vec<f32>> = quiet.iter().filter_map(|&i| vectors.get(i).cloned()).collect();
        let found = findings(&null, &own, &reading(triager), &triager.pack.calendar);
        alarms += found.events.iter().flat_map(|e| &e.alarms).filter(|a| a.change == Change::Raised).count();
        for stream in &found.streams {
            let raised = stream.alarms.iter().filter(|a| a.change == Change::Raised).count();
            match stream.of {
                StreamOf::Place { .. } => places += raised,
                StreamOf::Keyword(_) | StreamOf::Local { .. } => keywords += raised,
            }
        }
        let seconds = |t: &Timestamp| t.as_second() as f64;
        let span = times.iter().flatten().map(seconds).fold((f64::MAX, f64::MIN), |s, t| (s.0.min(t), s.1.max(t)));
        days += ((span.1 - span.0) / 86_400.0).max(1.0);
    }
    let per_day = |n: usize| n as f64 / days.max(1.0);
    NullScore { days, per_day: per_day(alarms), places_per_day: per_day(places), keywords_per_day: per_day(keywords) }
}
