//! Groups that name two places, each its own: two events of one matter, grown together before either had a name.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{
    cluster::FLOOR,
    corpus::{Corpus, SCALE},
    heard::Kind,
    pass::{Compared, Scored},
};

/// Share of a group's naming members that each of two names must have.
const EACH: f32 = 0.25;

/// Share of the rarer name's members that may say both.
const BOTH: f32 = 0.15;

/// Share of all naming members that the two must have together: an event of the whole city names many places, and is
/// left whole.
const TOGETHER: f32 = 0.7;

/// Share from which on a third name that both parts say binds them.
const BOUND: f32 = 0.4;

/// Names of more appeals than this (in units of [`SCALE`]) part nothing.
const RARE: f32 = 0.35;

/// Parts groups along their names, until no group names two places.
pub(super) fn part(corpus: &Corpus, scored: &Scored, groups: Vec<Vec<u32>>) -> Vec<Vec<u32>> {
    let mut group_of = vec![u32::MAX; corpus.len()];
    for (number, group) in groups.iter().enumerate() {
        group.iter().for_each(|&m| group_of[m as usize] = number as u32);
    }
    let mut inside: Vec<HashMap<(u32, u32), f32>> = vec![HashMap::new(); groups.len()];
    for &Compared { a, b, score, .. } in scored {
        let group = group_of[a as usize];
        if group == group_of[b as usize] && group != u32::MAX {
            inside[group as usize].insert((a, b), score);
        }
    }
    let mut done = Vec::new();
    for (group, pairs) in groups.into_iter().zip(&inside) {
        let mut open = vec![group];
        while let Some(group) = open.pop() {
            match halves(corpus, pairs, &group) {
                Some(parts) => open.extend(parts),
                None => done.push(group),
            }
        }
    }
    done.sort_unstable_by_key(|g| g.first().copied());
    done
}

fn halves(corpus: &Corpus, pairs: &HashMap<(u32, u32), f32>, group: &[u32]) -> Option<[Vec<u32>; 2]> {
    let mut said: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for &m in group {
        for &(t, _) in &corpus.entries[m as usize].terms {
            if corpus.kind(t) == Kind::Place && corpus.idf[t as usize] >= RARE * SCALE {
                said.entry(t).or_default().push(m);
            }
        }
    }
    let naming = said.values().flatten().collect::<BTreeSet<&u32>>().len() as f32;
    let enough = |s: &&Vec<u32>| s.len() > 1 && s.len() as f32 >= EACH * naming;
    let mut names: Vec<&Vec<u32>> = said.values().filter(enough).collect();
    names.sort_by_key(|s| std::cmp::Reverse(s.len()));
    let common = |a: &[u32], b: &[u32]| a.iter().filter(|m| b.binary_search(m).is_ok()).count() as f32;
    for (at, first) in names.iter().enumerate() {
        for second in names.iter().skip(at + 1) {
            let apart = common(first, second) <= BOTH * second.len() as f32;
            let together = (first.len() + second.len()) as f32 >= TOGETHER * naming;
            let binds = |s: &Vec<u32>| {
                common(first, s) >= BOUND * first.len() as f32 && common(second, s) >= BOUND * second.len() as f32
            };
            if apart && together && !said.values().any(binds) {
                return Some(deal(pairs, group, first, second));
            }
        }
    }
    None
}

/// Gives each member to the name that it says, or to the one whose members it is more like.
fn deal(pairs: &HashMap<(u32, u32), f32>, group: &[u32], first: &[u32], second: &[u32]) -> [Vec<u32>; 2] {
    let mean = |m: u32, part: &[u32]| {
        let score = |&o: &u32| pairs.get(&(m.min(o), m.max(o))).copied().unwrap_or(FLOOR);
        part.iter().filter(|o| **o != m).map(score).sum::<f32>() / part.len().max(1) as f32
    };
    let mut parts = [Vec::new(), Vec::new()];
    for &m in group {
        let to_second = match (first.contains(&m), second.contains(&m)) {
            (true, false) => false,
            (false, true) => true,
            _ => mean(m, second) > mean(m, first),
        };
        parts[usize::from(to_second)].push(m);
    }
    parts
}
