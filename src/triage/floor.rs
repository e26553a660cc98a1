//! What the pack's urgency rules say of one appeal.

use std::cmp::Reverse;

use crate::domain::{Appeal, CueHit, CueRule, Flags, Linkage, Urgency, UrgencyCue};

/// The rule floor with the cues that made it. Cancelled hits have no part in it.
#[derive(Debug, Default)]
pub(super) struct Floor {
    /// The strongest level among the cues.
    pub(super) level: Option<Urgency>,
    /// Strongest first, then in reading order.
    pub(super) cues: Vec<UrgencyCue>,
    /// Marks that the rules set.
    pub(super) flags: Flags,
    /// Units to link, those of the strongest cues first, without repeats.
    pub(super) linkage: Vec<Linkage>,
}

impl Floor {
    pub(super) fn of(rules: &[CueRule], appeal: &Appeal, hits: &[CueHit]) -> Self {
        let mut standing: Vec<(&CueRule, &CueHit)> = hits
            .iter()
            .filter(|hit| hit.cancelled.is_none())
            .filter_map(|hit| rules.get(hit.rule).map(|rule| (rule, hit)))
            .collect();
        standing.sort_by_key(|(rule, hit)| (Reverse(rule.level), hit.at, hit.rule));
        standing.dedup_by_key(|(_, hit)| (hit.rule, hit.at));
        let mut floor = Self::default();
        for (rule, hit) in standing {
            floor.level = floor.level.max(Some(rule.level));
            floor.flags.extend(rule.flags.iter().copied());
            for unit in &rule.linkage {
                if !floor.linkage.contains(unit) {
                    floor.linkage.push(unit.clone());
                }
            }
            floor.cues.push(UrgencyCue {
                rule: rule.id.clone(),
                level: rule.level,
                text: hit.at.span.slice(appeal.field(hit.at.field)).to_owned(),
                at: hit.at,
                note: rule.note.clone(),
            });
        }
        floor
    }
}
