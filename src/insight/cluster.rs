//! Groups by average linkage over the pairs that were compared.
//!
//! Two groups are as alike as their members are on average; a pair that was not compared counts as [`FLOOR`], so
//! that one strong pair cannot chain two groups together. A contradiction is a pair far under the floor. The
//! result depends only on the pairs and their scores: ties are settled by the numbers of the groups.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BinaryHeap},
};

use rayon::prelude::*;

/// Log-odds of a pair of which nothing is known.
pub const FLOOR: f32 = -6.0;

/// A possible union.
struct Union {
    /// Mean log-odds over all pairs between the two.
    mean: f32,
    a: u32,
    b: u32,
    versions: (u32, u32),
}

impl Ord for Union {
    fn cmp(&self, other: &Self) -> Ordering {
        self.mean.total_cmp(&other.mean).then_with(|| (other.a, other.b).cmp(&(self.a, self.b)))
    }
}

impl PartialOrd for Union {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Union {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Union {}

/// Which groups may be united at all.
pub(super) trait Guard {
    /// Whether two groups may be one.
    fn allows(&self, a: usize, b: usize) -> bool;
    /// The second has gone into the first.
    fn unite(&mut self, keep: usize, gone: usize);
}

/// Forbids nothing.
struct Free;

impl Guard for Free {
    fn allows(&self, _: usize, _: usize) -> bool {
        true
    }

    fn unite(&mut self, _: usize, _: usize) {}
}

/// Groups of the numbers `0..n`, singles included, each sorted, in the order of their least member. `scored`
/// holds pairs with their log-odds; groups are united while the mean between them is over `stop`.
pub fn average_linkage(n: usize, scored: &[(u32, u32, f32)], stop: f32) -> Vec<Vec<u32>> {
    guarded_linkage(n, scored, stop, |_| Free)
}

/// The same, but for unions that the guard forbids. A guard is made for the members of each part that no pair over
/// `stop` leads out of: no union does either, so that the parts are independent.
pub(super) fn guarded_linkage<G: Guard>(
    n: usize,
    scored: &[(u32, u32, f32)],
    stop: f32,
    guard: impl Fn(&[u32]) -> G + Sync,
) -> Vec<Vec<u32>> {
    let part_of = parts(n, scored.iter().filter(|(_, _, s)| *s > stop).map(|(a, b, _)| (*a, *b)));
    let mut members: Vec<Vec<u32>> = vec![Vec::new(); n];
    (0..n as u32).for_each(|i| members[part_of[i as usize] as usize].push(i));
    let mut place = vec![0_u32; n];
    members.iter().flat_map(|part| part.iter().zip(0..)).for_each(|(&m, at)| place[m as usize] = at);
    let mut inside: Vec<Vec<(u32, u32, f32)>> = vec![Vec::new(); n];
    for &(a, b, score) in scored {
        let part = part_of[a as usize];
        if part == part_of[b as usize] {
            inside[part as usize].push((place[a as usize], place[b as usize], score));
        }
    }
    let linked = |(members, pairs): (Vec<u32>, Vec<(u32, u32, f32)>)| -> Vec<Vec<u32>> {
        if members.len() < 2 {
            return vec![members];
        }
        let groups = linkage(members.len(), &pairs, stop, &mut guard(&members));
        groups.into_iter().map(|g| g.into_iter().map(|m| members[m as usize]).collect()).collect()
    };
    let work: Vec<_> = members.into_iter().zip(inside).filter(|(members, _)| !members.is_empty()).collect();
    let mut groups: Vec<Vec<u32>> = work.into_par_iter().map(linked).collect::<Vec<_>>().concat();
    groups.sort_unstable_by_key(|g| g.first().copied());
    groups
}

/// For each of the numbers the least one that it is connected with.
fn parts(n: usize, pairs: impl Iterator<Item = (u32, u32)>) -> Vec<u32> {
    let mut above: Vec<u32> = (0..n as u32).collect();
    let root = |above: &mut Vec<u32>, mut i: u32| {
        while above[i as usize] != i {
            above[i as usize] = above[above[i as usize] as usize];
            i = above[i as usize];
        }
        i
    };
    for (a, b) in pairs {
        let (a, b) = (root(&mut above, a), root(&mut above, b));
        above[a.max(b) as usize] = a.min(b);
    }
    (0..n as u32).map(|i| root(&mut above, i)).collect()
}

fn linkage(n: usize, scored: &[(u32, u32, f32)], stop: f32, guard: &mut impl Guard) -> Vec<Vec<u32>> {
    // Sums of (score - FLOOR) towards each neighbour: absent pairs then add nothing.
    let mut beside: Vec<BTreeMap<u32, f64>> = vec![BTreeMap::new(); n];
    let mut heap = BinaryHeap::new();
    for &(a, b, score) in scored {
        let over = f64::from(score - FLOOR);
        beside[a as usize].insert(b, over);
        beside[b as usize].insert(a, over);
        if score > stop {
            heap.push(Union { mean: score, a, b, versions: (0, 0) });
        }
    }
    let mut groups: Vec<Vec<u32>> = (0..n as u32).map(|i| vec![i]).collect();
    let mut version = vec![0_u32; n];
    while let Some(union) = heap.pop() {
        let (a, b) = (union.a as usize, union.b as usize);
        if groups[a].is_empty() || groups[b].is_empty() || (version[a], version[b]) != union.versions {
            continue;
        }
        if !guard.allows(a, b) {
            continue;
        }
        // The group with more neighbours takes in the other; its number says nothing to anybody.
        let (keep, gone) = if (beside[a].len(), b) >= (beside[b].len(), a) { (a, b) } else { (b, a) };
        let members = std::mem::take(&mut groups[gone]);
        groups[keep].extend(members);
        guard.unite(keep, gone);
        let others = std::mem::take(&mut beside[gone]);
        beside[keep].remove(&(gone as u32));
        for (other, over) in others {
            if other as usize == keep {
                continue;
            }
            *beside[keep].entry(other).or_default() += over;
            let sum = beside[keep][&other];
            let theirs = &mut beside[other as usize];
            theirs.remove(&(gone as u32));
            theirs.insert(keep as u32, sum);
        }
        version[keep] += 1;
        let size = groups[keep].len() as f64;
        for (&other, &over) in &beside[keep] {
            let mean = (over / (size * groups[other as usize].len() as f64)) as f32 + FLOOR;
            if mean > stop {
                let (a, b) = (other.min(keep as u32), other.max(keep as u32));
                heap.push(Union { mean, a, b, versions: (version[a as usize], version[b as usize]) });
            }
        }
    }
    let mut groups: Vec<Vec<u32>> = groups.into_iter().filter(|g| !g.is_empty()).collect();
    groups.iter_mut().for_each(|g| g.sort_unstable());
    groups
}
