//! Which pairs are worth comparing: those that share a term, or matter and place, or matter and hour.

use std::collections::HashMap;

use rayon::prelude::*;

use super::corpus::{Corpus, Entry, SCALE};

/// Candidates kept for an appeal.
const KEPT: usize = 120;

/// Appeals looked at on each side in time for one term.
const REACH: usize = 60;

/// Neighbours in time of the same category, and of the same category and town.
const BESIDE: usize = 20;

/// Hours within which the next appeals are compared whatever they say.
const NEAR_HOURS: f64 = 12.0;

/// Appeals further apart than this are never one event.
pub(super) const LONGEST_DAYS: f64 = 240.0;

/// Lists of appeals by category, and by category and region.
#[derive(Debug)]
pub(super) struct Lists {
    category: HashMap<u16, Vec<u32>>,
    both: HashMap<(u16, u32), Vec<u32>>,
    region: HashMap<u32, Vec<u32>>,
}

/// Pairs `(i, j)` with `i < j`, sorted, each once.
pub(super) fn pairs(corpus: &Corpus) -> Vec<(u32, u32)> {
    let lists = lists(corpus);
    let each = |i: usize| of_one(corpus, &lists, i);
    let own = |i: &usize| corpus.entries[*i].same_as.is_none();
    let mut pairs: Vec<(u32, u32)> = (0..corpus.len()).into_par_iter().filter(own).flat_map_iter(each).collect();
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

/// Candidates of appeal `i`, with a rough score for choosing among them.
pub(super) fn of_one(corpus: &Corpus, lists: &Lists, i: usize) -> Vec<(u32, u32)> {
    let entry = &corpus.entries[i];
    let at = i as u32;
    let mut scores: HashMap<u32, f32> = HashMap::with_capacity(512);
    for &(term, _) in &entry.terms {
        let idf = corpus.idf[term as usize] / SCALE;
        for &j in around(&corpus.postings[term as usize], at, REACH) {
            *scores.entry(j).or_default() += idf * idf;
        }
    }
    if let Some(&(category, _)) = entry.categories.first() {
        for &j in lists.category.get(&category).map_or(&[][..], |l| around(l, at, BESIDE)) {
            *scores.entry(j).or_default() += 0.3;
        }
        for &j in lists.both.get(&(category, entry.region)).map_or(&[][..], |l| around(l, at, BESIDE)) {
            *scores.entry(j).or_default() += 0.5;
        }
    }
    for &j in lists.region.get(&entry.region).map_or(&[][..], |l| around(l, at, BESIDE)) {
        *scores.entry(j).or_default() += 0.2;
    }
    scores.remove(&at);
    let mut found: Vec<(u32, f32)> = scores
        .into_iter()
        .map(|(j, score)| (j, score * (0.5 + nearness(entry, &corpus.entries[j as usize]))))
        .filter(|&(j, _)| (corpus.entries[j as usize].hours - entry.hours).abs() <= LONGEST_DAYS * 24.0)
        .collect();
    let best = |a: &(u32, f32), b: &(u32, f32)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
    if found.len() > KEPT {
        found.select_nth_unstable_by(KEPT, best);
        found.truncate(KEPT);
    }
    let beside = at.saturating_sub(BESIDE as u32)..(at + BESIDE as u32 + 1).min(corpus.len() as u32);
    let own = |j: &u32| corpus.entries[*j as usize].same_as.is_none();
    let near =
        beside.filter(own).filter(|&j| j != at && (corpus.entries[j as usize].hours - entry.hours).abs() <= NEAR_HOURS);
    found.into_iter().map(|(j, _)| j).chain(near).map(|j| (at.min(j), at.max(j))).collect()
}

/// 1 for the same hour, falling over days; more for the same town.
fn nearness(a: &Entry, b: &Entry) -> f32 {
    let days = ((a.hours - b.hours).abs() / 24.0) as f32;
    let town = if a.region != 0 && a.region == b.region { 0.5 } else { 0.0 };
    (-days / 5.0).exp() + town
}
