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

/// Names said in each group.
#[derive(Debug)]
pub(super) struct Anchors {
    said: Vec<BTreeMap<u32, u32>>,
    size: Vec<u32>,
}

impl Anchors {
    /// Each of some appeals by itself.
    pub(super) fn new(corpus: &Corpus, members: &[u32]) -> Self {
        let anchor = |t: &u32| corpus.kind(*t) == Kind::Place && corpus.idf[*t as usize] >= RARE * SCALE;
        let said = |e: &super::corpus::Entry| e.terms.iter().map(|(t, _)| *t).filter(anchor).map(|t| (t, 1)).collect();
        let said = members.iter().map(|m| said(&corpus.entries[*m as usize])).collect();
        Self { said, size: vec![1; members.len()] }
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

impl Guard for Anchors {
    fn allows(&self, a: usize, b: usize) -> bool {
        !(self.own(a, b) && self.own(b, a) && !self.bound(a, b))
    }

    fn unite(&mut self, keep: usize, gone: usize) {
        for (term, n) in std::mem::take(&mut self.said[gone]) {
            *self.said[keep].entry(term).or_default() += n;
        }
        self.size[keep] += std::mem::take(&mut self.size[gone]);
    }
}
