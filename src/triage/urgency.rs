//! From the model's four probabilities to one level.
//!
//! Missing a 特急 costs a hotline far more than looking at a 紧急 too soon, so the most probable
//! level is not the best answer: the model raises to a level once the probability of *at least* that
//! level passes a threshold. With costs `c_miss` of standing below the truth and `c_false` of
//! standing above it, expected cost is least at the threshold `c_false / (c_false + c_miss)`; the
//! defaults below say what a miss costs at each step.

use crate::domain::Urgency;

/// From which probability of "at least this level" on the model raises to it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct UrgencyThresholds {
    /// For 特急: a miss costs four times a false alarm.
    pub u1: f32,
    /// For 紧急 and above: a miss costs some six times a false alarm. Chosen on held-back calls of
    /// `corpora/calls` (634, of them 37 urgent): recall 0.946 at precision 0.49 by the model alone.
    pub u2: f32,
    /// For 加急 and above: both cost the same.
    pub u3: f32,
}

impl Default for UrgencyThresholds {
    fn default() -> Self {
        Self { u1: 0.2, u2: 0.15, u3: 0.5 }
    }
}

impl UrgencyThresholds {
    /// The model's level, given its probabilities in the order of [`Urgency::ALL`].
    pub fn level(&self, p: &[f32; 4]) -> Urgency {
        let [p1, p2, p3, _] = *p;
        if p1 >= self.u1 {
            Urgency::U1
        } else if p1 + p2 >= self.u2 {
            Urgency::U2
        } else if p1 + p2 + p3 >= self.u3 {
            Urgency::U3
        } else {
            Urgency::U4
        }
    }
}
