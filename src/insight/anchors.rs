//! What a group of appeals is anchored to: the place or firm that most of them name.
//!
//! Two groups that are each anchored to a name that the other hardly ever says are two events, however alike their
//! words: another estate, another firm, another street. Their union is forbidden, so that no chain of alike appeals
//! can join them.

use std::collections::BTreeMap;

use super::{
    cluster::Guard,
    corpus::{Corpus, SCALE},
    heard::Kind,
};

/// Share of a group that names its anchor at least.
const ANCHORED: f32 = 0.5;

/// Share of the other group that may name it all the same.
const STRAY: f32 = 0.1;

/// Share from which on a name that both groups say binds them.
const BOUND: f32 = 0.3;

/// Names of more appeals than this (in units of [`SCALE`]) anchor nothing.
const RARE: f32 = 0.4;

/// What names of housing estates end with.
const ESTATES: [&str; 20] = [
    "小区", "苑", "花园", "家园", "嘉园", "公寓", "新村", "新居", "府", "庭", "邸", "公馆", "湾", "郡", "别墅", "山庄",
    "名城", "新城", "豪园", "雅园",
];

/// Names said in each group.
#[derive(Debug)]
pub(super) struct Anchors<'c> {
    corpus: &'c Corpus,
    said: Vec<BTreeMap<u32, u32>>,
    size: Vec<u32>,
}

impl<'c> Anchors<'c> {
    /// Each of some appeals by itself.
    pub(super) fn new(corpus: &'c Corpus, members: &[u32]) -> Self {
        let anchor = |t: &u32| corpus.kind(*t) == Kind::Place && corpus.idf[*t as usize] >= RARE * SCALE;
        let said = |e: &super::corpus::Entry| e.terms.iter().map(|(t, _)| *t).filter(anchor).map(|t| (t, 1)).collect();
        let said = members.iter().map(|m| said(&corpus.entries[*m as usize])).collect();
        Self { corpus, said, size: vec![1; members.len()] }
    }

    /// Whether one more appeal may join a group.
    pub(super) fn admits(corpus: &'c Corpus, group: impl Iterator<Item = u32>, one: u32) -> bool {
        let members: Vec<u32> = std::iter::once(one).chain(group).collect();
        let mut anchors = Self::new(corpus, &members);
        (2..members.len()).for_each(|at| anchors.unite(1, at));
        members.len() < 3 || anchors.allows(0, 1)
    }

    /// Whether a single appeal names a place of a kind of which the group has another one: 望江苑 beside the calls from
    /// 柳荫苑.
    fn elsewhere(&self, single: usize, group: usize) -> bool {
        if self.size[single] > 1 || self.size[group] < 2 {
            return false;
        }
        let size = self.size[group] as f32;
        let anchors = self.said[group].iter().filter(|(_, n)| **n > 1 && **n as f32 >= ANCHORED * size);
        let anchors: Vec<u32> = anchors.map(|(t, _)| *t).collect();
        let own = &self.said[single];
        let rival = |t: &u32| anchors.iter().any(|u| self.kind(*u) == self.kind(*t));
        let shared = anchors.iter().any(|t| own.contains_key(t));
        !shared && own.keys().any(|t| self.share(group, *t) <= STRAY && rival(t))
    }

    /// What kind of place a name says: estates have many endings, other places one.
    fn kind(&self, term: u32) -> &str {
        let name = self.corpus.terms[term as usize].text.as_str();
        match ESTATES.iter().any(|end| name.ends_with(end)) {
            true => "",
            false => name.char_indices().next_back().and_then(|(at, _)| name.get(at..)).unwrap_or(name),
        }
    }

    fn share(&self, group: usize, term: u32) -> f32 {
        self.said[group].get(&term).copied().unwrap_or(0) as f32 / self.size[group] as f32
    }

    /// Whether `a` has an anchor that `b` does not say.
    fn own(&self, a: usize, b: usize) -> bool {
        let size = self.size[a] as f32;
        let mut anchors = self.said[a].iter().filter(|(_, n)| **n > 1 && **n as f32 >= ANCHORED * size);
        anchors.any(|(t, _)| self.share(b, *t) <= STRAY)
    }

    fn bound(&self, a: usize, b: usize) -> bool {
        self.said[a].keys().any(|t| self.share(a, *t) >= BOUND && self.share(b, *t) >= BOUND)
    }
}

impl Guard for Anchors<'_> {
    fn allows(&self, a: usize, b: usize) -> bool {
        let apart = self.own(a, b) && self.own(b, a) || self.elsewhere(a, b) || self.elsewhere(b, a);
        !apart || self.bound(a, b)
    }

    fn unite(&mut self, keep: usize, gone: usize) {
        for (term, n) in std::mem::take(&mut self.said[gone]) {
            *self.said[keep].entry(term).or_default() += n;
        }
        self.size[keep] += std::mem::take(&mut self.size[gone]);
    }
}
