//! Which pairs are worth comparing: those that share a term, or matter and place, or matter and hour.

use std::collections::HashMap;

use rayon::prelude::*;

use super::corpus::{Corpus, Entry, SCALE};

/// Candidates kept for an appeal: many where there are few appeals, since that costs nothing there.
const KEPT: [usize; 2] = [40, 120];

/// The next appeals in time on each side that are compared whatever they say, likewise.
const NEXT: [usize; 2] = [4, 20];

/// With so many appeals the larger limits hold; beyond it they fall in proportion to the appeals.
const FEW: usize = 2000;

/// Appeals looked at on each side in time for one term.
const REACH: usize = 60;

/// Terms of an appeal, the most telling ones, that are looked up.
const TELLING: usize = 48;

/// Appeals of which one thread finds the partners at a time.
const CHUNK: u32 = 2048;

/// Neighbours in time of the same category, and of the same category and town.
const BESIDE: usize = 20;

/// Hours within which the next appeals are compared whatever they say.
const NEAR_HOURS: f64 = 12.0;

/// Appeals further apart than this are never one event.
pub(super) const LONGEST_DAYS: f64 = 240.0;

/// A limit for so many appeals.
fn limit([least, most]: [usize; 2], appeals: usize) -> usize {
    (most * FEW / appeals.max(FEW)).max(least)
}

/// Lists of appeals by category, and by category and region.
#[derive(Debug)]
pub(super) struct Lists {
    category: HashMap<u16, Vec<u32>>,
    both: HashMap<(u16, u32), Vec<u32>>,
    region: HashMap<u32, Vec<u32>>,
}

/// Sums of one appeal's likely partners; kept from appeal to appeal, so that nothing is hashed or allocated.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    sum: Vec<f32>,
    touched: Vec<u32>,
}

impl Scratch {
    pub(super) fn of(appeals: usize) -> Self {
        Self { sum: vec![0.0; appeals], touched: Vec::with_capacity(4096) }
    }

    fn add(&mut self, j: u32, score: f32) {
        let Some(sum) = self.sum.get_mut(j as usize) else { return };
        if *sum == 0.0 {
            self.touched.push(j);
        }
        *sum += score;
    }
}

/// Pairs `(i, j)` with `i < j`, sorted, each once.
pub(super) fn pairs(corpus: &Corpus) -> Vec<(u32, u32)> {
    let lists = lists(corpus);
    let n = corpus.len() as u32;
    let chunk = |from: u32| -> Vec<(u32, u32)> {
        let mut scratch = Scratch::of(corpus.len());
        let mut pairs = Vec::with_capacity(CHUNK as usize * limit(KEPT, corpus.len()));
        for at in from..(from + CHUNK).min(n) {
            if corpus.entries[at as usize].same_as.is_none() {
                let others = of_one(corpus, &lists, at, &mut scratch);
                pairs.extend(others.into_iter().map(|j| (at.min(j), at.max(j))));
            }
        }
        pairs
    };
    let starts: Vec<u32> = (0..n).step_by(CHUNK as usize).collect();
    let mut pairs: Vec<(u32, u32)> = starts.into_par_iter().flat_map_iter(chunk).collect();
    pairs.par_sort_unstable();
    pairs.dedup();
    pairs
}

pub(super) fn lists(corpus: &Corpus) -> Lists {
    let mut lists = Lists { category: HashMap::new(), both: HashMap::new(), region: HashMap::new() };
    for (at, entry) in corpus.entries.iter().enumerate().filter(|(_, e)| e.same_as.is_none()) {
        lists.add(at as u32, entry);
    }
    lists
}

impl Lists {
    /// Puts a later appeal behind the others.
    pub(super) fn add(&mut self, at: u32, entry: &Entry) {
        if entry.region != 0 {
            self.region.entry(entry.region).or_default().push(at);
        }
        if let Some(&(category, _)) = entry.categories.first() {
            self.category.entry(category).or_default().push(at);
            if entry.region != 0 {
                self.both.entry((category, entry.region)).or_default().push(at);
            }
        }
    }
}

/// The part of a rising list that is nearest to `at`.
fn around(list: &[u32], at: u32, reach: usize) -> &[u32] {
    let middle = list.partition_point(|&x| x < at);
    let from = middle.saturating_sub(reach);
    let to = (middle + reach + 1).min(list.len());
    list.get(from..to).unwrap_or_default()
}

/// The appeals worth comparing with appeal `at`, each once, in no order that means anything.
pub(super) fn of_one(corpus: &Corpus, lists: &Lists, at: u32, scratch: &mut Scratch) -> Vec<u32> {
    let entry = &corpus.entries[at as usize];
    let mut terms: Vec<(f32, u32)> = entry.terms.iter().map(|(t, _)| (corpus.idf[*t as usize] / SCALE, *t)).collect();
    if terms.len() > TELLING {
        terms.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        terms.truncate(TELLING);
    }
    for (idf, term) in terms.into_iter().filter(|(idf, _)| *idf > 0.0) {
        around(&corpus.postings[term as usize], at, REACH).iter().for_each(|&j| scratch.add(j, idf * idf));
    }
    let mut beside = |list: Option<&Vec<u32>>, score: f32| {
        let list = list.map_or(&[][..], |l| around(l, at, BESIDE));
        list.iter().for_each(|&j| scratch.add(j, score));
    };
    if let Some(&(category, _)) = entry.categories.first() {
        beside(lists.category.get(&category), 0.3);
        beside(lists.both.get(&(category, entry.region)), 0.5);
    }
    beside(lists.region.get(&entry.region), 0.2);
    let mut found: Vec<(u32, f32)> = Vec::with_capacity(scratch.touched.len());
    for j in scratch.touched.drain(..) {
        let sum = std::mem::take(&mut scratch.sum[j as usize]);
        let other = &corpus.entries[j as usize];
        if j != at && (other.hours - entry.hours).abs() <= LONGEST_DAYS * 24.0 {
            found.push((j, sum * (0.5 + nearness(entry, other))));
        }
    }
    let best = |a: &(u32, f32), b: &(u32, f32)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
    let kept = limit(KEPT, corpus.len());
    if found.len() > kept {
        found.select_nth_unstable_by(kept, best);
        found.truncate(kept);
    }
    let mut others: Vec<u32> = found.into_iter().map(|(j, _)| j).collect();
    let own = |j: &u32| corpus.entries[*j as usize].same_as.is_none();
    let next = limit(NEXT, corpus.len()) as u32;
    let near = at.saturating_sub(next)..(at + next + 1).min(corpus.len() as u32);
    let near = near.filter(own).filter(|&j| (corpus.entries[j as usize].hours - entry.hours).abs() <= NEAR_HOURS);
    others.extend(near.filter(|j| *j != at));
    others.sort_unstable();
    others.dedup();
    others
}

/// 1 for the same hour, falling over days; more for the same town.
fn nearness(a: &Entry, b: &Entry) -> f32 {
    let days = ((a.hours - b.hours).abs() / 24.0) as f32;
    let town = if a.region != 0 && a.region == b.region { 0.5 } else { 0.0 };
    if days > 60.0 { town } else { (-days / 5.0).exp() + town }
}
