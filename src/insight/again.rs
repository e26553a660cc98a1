//! The same thing, again: events of one matter about one name (an estate, a plant, a firm), however long it was quiet
//! in between.
//!
//! What lasts for months comes in spells, and time alone keeps the spells apart when pairs are compared. Two groups
//! that are each about one rare name are one event if their matter is the same too.

use std::collections::HashMap;

use super::{
    cluster::average_linkage,
    corpus::{Corpus, SCALE},
    heard::Kind,
    pass::{Compared, Scored},
};

/// Share of a group that says the name that it is about.
const ABOUT: f32 = 0.5;

/// Names of more appeals than this (in units of [`SCALE`]) are about too much.
const RARE: f32 = 0.5;

/// Groups of one name are united while their mean likeness of matter is over this.
const STOP: f32 = 0.0;

/// Unites the groups that are about one name and one matter; singles stay alone unless a group takes them in.
pub(super) fn again(corpus: &Corpus, scored: &Scored, groups: Vec<Vec<u32>>) -> Vec<Vec<u32>> {
    let mut group_of = vec![0_u32; corpus.len()];
    for (number, group) in groups.iter().enumerate() {
        group.iter().for_each(|&m| group_of[m as usize] = number as u32);
    }
    let about: Vec<Vec<u32>> = groups.iter().map(|group| names(corpus, group)).collect();
    let shares = |x: u32, y: u32| about[x as usize].iter().any(|t| about[y as usize].binary_search(t).is_ok());
    let mut between: HashMap<(u32, u32), (f64, u32)> = HashMap::new();
    for &Compared { a, b, matter, .. } in scored {
        let (x, y) = (group_of[a as usize], group_of[b as usize]);
        let (one, other) = (groups[x as usize].len() as f32, groups[y as usize].len() as f32);
        let single = one.min(other) < env("AGAIN_LEAST", 2.0) || one.max(other) < env("AGAIN_MOST", 2.0);
        if x == y || single || !shares(x, y) {
            continue;
        }
        let sum = between.entry((x.min(y), x.max(y))).or_default();
        *sum = (sum.0 + f64::from(matter), sum.1 + 1);
    }
    let mut pairs: Vec<(u32, u32, f32)> =
        between.into_iter().map(|((x, y), (sum, n))| (x, y, (sum / f64::from(n)) as f32)).collect();
    pairs.sort_unstable_by_key(|(x, y, _)| (*x, *y));
    let united = average_linkage(groups.len(), &pairs, stop());
    let mut groups: Vec<Vec<u32>> = united
        .into_iter()
        .map(|numbers| {
            let mut group: Vec<u32> = numbers.into_iter().flat_map(|n| groups[n as usize].clone()).collect();
            group.sort_unstable();
            group
        })
        .collect();
    groups.sort_unstable_by_key(|g| g.first().copied());
    groups
}

fn env(name: &str, or: f32) -> f32 {
    std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(or)
}

fn stop() -> f32 {
    env("AGAIN_STOP", STOP)
}

/// The names that a group is about: rare ones that half of it say, rising.
fn names(corpus: &Corpus, group: &[u32]) -> Vec<u32> {
    let mut said: HashMap<u32, u32> = HashMap::new();
    let (rare, about) = (env("AGAIN_RARE", RARE), env("AGAIN_ABOUT", ABOUT));
    let words = env("AGAIN_WORDS", 1.0) > 0.0;
    let is_name = |t: u32| corpus.kind(t) == Kind::Place || words && corpus.proper[t as usize];
    for &m in group {
        for &(t, _) in &corpus.entries[m as usize].terms {
            if is_name(t) && corpus.idf[t as usize] >= rare * SCALE {
                *said.entry(t).or_default() += 1;
            }
        }
    }
    let mut names: Vec<u32> =
        said.into_iter().filter(|(_, n)| *n as f32 >= about * group.len() as f32).map(|(t, _)| t).collect();
    names.sort_unstable();
    names
}
