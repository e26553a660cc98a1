//! Which event of this pass is which of the last: names that stay, and what became of each.
//!
//! An event hands its name to the group that holds most of its appeals. A group that inherits several names keeps
//! that of the largest share (the others merged into it); a group that inherits none and takes from an event split
//! off from it; an event of which no group holds anything has ended.

use std::collections::{BTreeMap, BTreeSet};

/// What became of an event since the last pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is new.
    Born,
    /// So many appeals more.
    Grew(usize),
    /// It came out of the named event.
    Split(String),
    /// It went into the named event.
    Merged(String),
    /// None of its appeals is in an event any longer.
    Ended,
}

impl Fate {
    /// Stable word, the other event, by how many it grew.
    pub fn parts(&self) -> (&'static str, Option<&str>, Option<u64>) {
        match self {
            Fate::Born => ("born", None, None),
            Fate::Grew(n) => ("grew", None, Some(*n as u64)),
            Fate::Split(other) => ("split", Some(other), None),
            Fate::Merged(other) => ("merged", Some(other), None),
            Fate::Ended => ("ended", None, None),
        }
    }

    /// Of what [`Fate::parts`] gave; none for another word.
    pub fn of_parts(word: &str, other: Option<String>, grown: Option<u64>) -> Option<Self> {
        Some(match word {
            "born" => Fate::Born,
            "grew" => Fate::Grew(usize::try_from(grown?).ok()?),
            "split" => Fate::Split(other?),
            "merged" => Fate::Merged(other?),
            "ended" => Fate::Ended,
            _ => return None,
        })
    }

    /// The field's word for it.
    pub fn label(&self) -> &'static str {
        match self {
            Fate::Born => "出现",
            Fate::Grew(_) => "增长",
            Fate::Split(_) => "分出",
            Fate::Merged(_) => "并入",
            Fate::Ended => "结束",
        }
    }
}

/// Names for the groups `found`, in their order, and what became of whom (by name; those that stayed as they were
/// are not told). Neither depends on the order of tickets within a group.
pub fn inherit(earlier: &[(String, Vec<String>)], found: &[Vec<String>]) -> (Vec<String>, Vec<(String, Fate)>) {
    let mut group_of: BTreeMap<&str, usize> = BTreeMap::new();
    for (number, tickets) in found.iter().enumerate() {
        tickets.iter().for_each(|t| _ = group_of.insert(t, number));
    }
    let mut fates = Vec::new();
    // Claims on each group: how many appeals an event brings, the event.
    let mut claims: Vec<Vec<(usize, usize)>> = vec![Vec::new(); found.len()];
    let mut parents: Vec<Option<(usize, usize)>> = vec![None; found.len()];
    for (event, (name, tickets)) in earlier.iter().enumerate() {
        let mut held: BTreeMap<usize, usize> = BTreeMap::new();
        for group in tickets.iter().filter_map(|t| group_of.get(t.as_str())) {
            *held.entry(*group).or_default() += 1;
        }
        let main = held.iter().max_by_key(|(group, n)| (**n, std::cmp::Reverse(**group)));
        match main {
            Some((&group, &n)) => claims[group].push((n, event)),
            None => fates.push((name.clone(), Fate::Ended)),
        }
        for (&group, &n) in &held {
            if parents[group].is_none_or(|(most, _)| n > most) {
                parents[group] = Some((n, event));
            }
        }
    }
    let mut taken: BTreeSet<String> = earlier.iter().map(|(name, _)| name.clone()).collect();
    let mut names = Vec::with_capacity(found.len());
    for (group, tickets) in found.iter().enumerate() {
        let heir = claims[group].iter().max_by_key(|(n, event)| (*n, std::cmp::Reverse(*event))).map(|(_, e)| *e);
        let Some(heir) = heir else {
            let name = fresh(tickets, &mut taken);
            let fate = parents[group].map_or(Fate::Born, |(_, event)| Fate::Split(earlier[event].0.clone()));
            fates.push((name.clone(), fate));
            names.push(name);
            continue;
        };
        let (name, before) = &earlier[heir];
        if tickets.len() > before.len() {
            fates.push((name.clone(), Fate::Grew(tickets.len() - before.len())));
        }
        for (_, event) in claims[group].iter().filter(|(_, event)| *event != heir) {
            fates.push((earlier[*event].0.clone(), Fate::Merged(name.clone())));
        }
        names.push(name.clone());
    }
    (names, fates)
}

/// A name after the first appeal that nobody has.
fn fresh(tickets: &[String], taken: &mut BTreeSet<String>) -> String {
    let stem = format!("E-{}", tickets.first().map_or("", String::as_str));
    let mut name = stem.clone();
    let mut n = 2;
    while !taken.insert(name.clone()) {
        name = format!("{stem}-{n}");
        n += 1;
    }
    name
}
