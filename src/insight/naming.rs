//! Ids and titles of events: kept from pass to pass, and as people gave them.
//!
//! There are two layers. What a pass found by itself is named by lineage ([`super::inherit`]) from what the pass
//! before found by itself: [`Seen`]. What is shown is that, as people corrected it, and takes its ids and titles from
//! [`Seen`] and from the corrections alone. So a correction that is taken back leaves nothing behind.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    corrections::Corrections,
    findings::{Event, Findings},
    lineage::{Fate, inherit},
};

pub use crate::domain::SeenEvent as Seen;

fn overlap(one: &[String], other: &[String]) -> usize {
    let own: BTreeSet<&String> = one.iter().collect();
    other.iter().filter(|t| own.contains(t)).count()
}

/// Whether so much is common that a title stays.
fn is_mostly(one: &[String], other: &[String]) -> bool {
    overlap(one, other) * 2 >= one.len().max(other.len())
}

/// Names what a pass found (appeals and proposed title) after what the pass before found; what became of whom.
pub fn seen(earlier: &[Seen], found: Vec<(Vec<String>, String)>) -> (Vec<Seen>, Vec<(String, Fate)>) {
    let before: Vec<(String, Vec<String>)> = earlier.iter().map(|s| (s.id.clone(), s.tickets.clone())).collect();
    let groups: Vec<Vec<String>> = found.iter().map(|(tickets, _)| tickets.clone()).collect();
    let (names, fates) = inherit(&before, &groups);
    let old: BTreeMap<&str, &Seen> = earlier.iter().map(|s| (s.id.as_str(), s)).collect();
    let named = names.into_iter().zip(found).map(|(id, (tickets, title))| {
        let kept = old.get(id.as_str()).filter(|o| is_mostly(&o.tickets, &tickets));
        Seen { title: kept.map_or(title, |o| o.title.clone()), id, tickets }
    });
    (named.collect(), fates)
}

/// Gives the events of corrected findings their ids and titles.
pub(super) fn give_names(findings: &mut Findings, seen: &[Seen], corrections: &Corrections) {
    let ids = ids(&findings.events, seen, corrections);
    let given: BTreeMap<String, String> =
        findings.events.iter().map(|e| e.id.clone()).zip(ids.iter().cloned()).collect();
    let old: BTreeMap<&str, &Seen> = seen.iter().map(|s| (s.id.as_str(), s)).collect();
    for (event, id) in findings.events.iter_mut().zip(ids) {
        event.id = id;
        if let Some(before) = old.get(event.id.as_str()).filter(|o| is_mostly(&o.tickets, &event.tickets)) {
            event.portrait.title.clone_from(&before.title);
        }
    }
    for (tickets, title) in &corrections.titles {
        if let Some(at) = holder(&findings.events, tickets) {
            findings.events[at].portrait.title.clone_from(title);
        }
    }
    let rename = |id: &mut String| {
        if let Some(name) = given.get(id) {
            id.clone_from(name);
        }
    };
    findings.topics.iter_mut().flat_map(|t| &mut t.events).for_each(rename);
    findings.alone.iter_mut().filter_map(|a| a.nearest.as_mut()).for_each(|(id, _)| rename(id));
}

/// The event that holds most of some appeals.
fn holder(events: &[Event], tickets: &BTreeSet<String>) -> Option<usize> {
    let held = |e: &Event| e.tickets.iter().filter(|t| tickets.contains(*t)).count();
    let most = events.iter().map(held).enumerate().max_by_key(|(at, n)| (*n, std::cmp::Reverse(*at)))?;
    (most.1 > 0).then_some(most.0)
}

fn ids(events: &[Event], seen: &[Seen], corrections: &Corrections) -> Vec<String> {
    let mut given: Vec<Option<String>> = vec![None; events.len()];
    let mut taken: BTreeSet<String> = BTreeSet::new();
    // the latest act that names an event counts
    for (tickets, id) in corrections.names.iter().rev() {
        if let Some(at) = holder(events, tickets).filter(|at| given[*at].is_none() && !taken.contains(id)) {
            taken.insert(id.clone());
            given[at] = Some(id.clone());
        }
    }
    let free: Vec<usize> = (0..events.len()).filter(|at| given[*at].is_none()).collect();
    // ids that are taken have no appeals here: nobody inherits them, and nobody is given them anew
    let left = |s: &&Seen| !taken.contains(&s.id);
    let mut before: Vec<(String, Vec<String>)> =
        seen.iter().filter(left).map(|s| (s.id.clone(), s.tickets.clone())).collect();
    before.extend(taken.iter().map(|id| (id.clone(), Vec::new())));
    let groups: Vec<Vec<String>> = free.iter().map(|&at| events[at].tickets.clone()).collect();
    for (at, id) in free.into_iter().zip(inherit(&before, &groups).0) {
        given[at] = Some(id);
    }
    given.into_iter().flatten().collect()
}
