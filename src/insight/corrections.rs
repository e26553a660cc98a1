//! What people said of events, as a pass takes it: appeals that are one event, appeals that are not, appeals of no
//! event, titles. Given from outside as plain data, and laid over the groups that the pass found by itself.
//!
//! Corrections speak of appeals. Each is held as follows: appeals of one **block** are in one group; two blocks that
//! are **apart** never share one; what the corrections do not name goes with those to whom it is most alike. So an
//! appeal that comes later joins a merged event, or one side of a split one, like any other.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::domain::Amendment;

use super::{cluster::FLOOR, corpus::Corpus, heard::Heard, pass::Scored};

/// Corrections folded into what has to hold now; a later act overrules an earlier one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Corrections {
    blocks: Vec<BTreeSet<String>>,
    block_of: BTreeMap<String, usize>,
    apart: BTreeSet<(usize, usize)>,
    never: BTreeSet<String>,
    /// Titles with the appeals of their event then, oldest first.
    pub(super) titles: Vec<(BTreeSet<String>, String)>,
    /// Ids to keep with the appeals of their event then, oldest first.
    pub(super) names: Vec<(BTreeSet<String>, String)>,
    /// Appeals of events that are kept.
    pub(super) kept: Vec<BTreeSet<String>>,
}

fn set<'a>(tickets: impl IntoIterator<Item = &'a String>) -> BTreeSet<String> {
    tickets.into_iter().cloned().collect()
}

impl Corrections {
    /// Of acts, oldest first.
    pub fn of<'a>(acts: impl IntoIterator<Item = &'a Amendment>) -> Self {
        let mut all = Self::default();
        acts.into_iter().for_each(|act| all.take(act));
        all
    }

    /// Whether nothing was corrected.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether an appeal is of no event at all.
    pub fn is_never(&self, ticket: &str) -> bool {
        self.never.contains(ticket)
    }

    /// Every appeal that a block holds.
    pub fn named(&self) -> impl Iterator<Item = &str> {
        self.block_of.keys().map(String::as_str)
    }

    /// Whether an appeal is of an event that people keep.
    pub fn keeps(&self, ticket: &str) -> bool {
        self.kept.iter().any(|tickets| tickets.contains(ticket))
    }

    /// The first thing among these events that is not as it was corrected, for checks; none where all holds.
    pub fn broken(&self, events: &[Vec<String>]) -> Option<String> {
        let mut of: BTreeMap<&str, usize> = BTreeMap::new();
        for (number, tickets) in events.iter().enumerate() {
            tickets.iter().for_each(|t| _ = of.insert(t, number));
        }
        let event = |t: &String| of.get(t.as_str()).copied();
        let astray = self.blocks.iter().find(|b| {
            let found: BTreeSet<Option<usize>> = b.iter().filter(|t| !self.never.contains(*t)).map(event).collect();
            b.len() > 1 && found.len() > 1
        });
        if let Some(block) = astray {
            return Some(format!("not one event: {block:?}"));
        }
        let shared = self.apart.iter().find(|(a, b)| {
            let (one, other) = (&self.blocks[*a], &self.blocks[*b]);
            one.iter().filter_map(event).any(|e| other.iter().filter_map(event).any(|f| f == e))
        });
        if let Some((a, b)) = shared {
            return Some(format!("one event: {:?} and {:?}", self.blocks[*a], self.blocks[*b]));
        }
        let held = self.never.iter().find(|t| event(t).is_some());
        held.map(|t| format!("in an event: {t}"))
    }

    fn take(&mut self, act: &Amendment) {
        match act {
            Amendment::Rename { tickets, title, .. } => self.titles.push((set(tickets), title.clone())),
            Amendment::Merge { into, parts } => {
                let all = self.with_blocks(set(parts.iter().flat_map(|(_, tickets)| tickets)));
                self.unite(&all, &all);
                self.names.push((all, into.clone()));
            }
            Amendment::Split { event, stay, name, go } => {
                let (stay, go) = (set(stay), set(go));
                let (a, b) = (self.unite(&stay, &stay), self.unite(&go, &go));
                self.part(a, b);
                self.names.push((stay, event.clone()));
                self.names.push((go, name.clone()));
            }
            Amendment::Move { ticket, rest, to, with, .. } => {
                self.never.remove(ticket);
                let with: BTreeSet<String> =
                    self.with_blocks(set(with)).into_iter().filter(|t| t != ticket && !rest.contains(t)).collect();
                let mut all = with.clone();
                all.insert(ticket.clone());
                let block = self.unite(&all, &with);
                for other in rest {
                    let other = self.own_block(other);
                    self.part(block, other);
                }
                self.names.push((all, to.clone()));
            }
            Amendment::Exclude { ticket, rest, never, .. } => {
                let alone = self.block_of.get(ticket).is_some_and(|b| self.blocks[*b].len() == 1);
                let block = if alone { self.own_block(ticket) } else { self.unite(&set([ticket]), &BTreeSet::new()) };
                for other in rest {
                    let other = self.own_block(other);
                    self.part(block, other);
                }
                if *never {
                    self.never.insert(ticket.clone());
                }
            }
            Amendment::Pin { event, tickets, title, keep } => {
                let tickets = set(tickets);
                if let Some(title) = title {
                    self.titles.push((tickets.clone(), title.clone()));
                }
                if *keep {
                    let tickets = self.with_blocks(tickets);
                    self.unite(&tickets, &tickets);
                    self.names.push((tickets.clone(), event.clone()));
                    self.kept.push(tickets);
                }
            }
        }
    }

    /// With all that is one event with any of them: what unites never takes apart what somebody else united a moment
    /// ago.
    fn with_blocks(&self, tickets: BTreeSet<String>) -> BTreeSet<String> {
        let blocks: BTreeSet<usize> = tickets.iter().filter_map(|t| self.block_of.get(t).copied()).collect();
        tickets.into_iter().chain(blocks.into_iter().flat_map(|b| self.blocks[b].iter().cloned())).collect()
    }

    fn own_block(&mut self, ticket: &str) -> usize {
        if let Some(&block) = self.block_of.get(ticket) {
            return block;
        }
        self.blocks.push(BTreeSet::from([ticket.to_owned()]));
        self.block_of.insert(ticket.to_owned(), self.blocks.len() - 1);
        self.blocks.len() - 1
    }

    fn part(&mut self, a: usize, b: usize) {
        if a != b {
            self.apart.insert((a.min(b), a.max(b)));
        }
    }

    fn are_apart(&self, a: usize, b: usize) -> bool {
        self.apart.contains(&(a.min(b), a.max(b)))
    }

    /// Makes one block of `tickets`, taken out of the blocks that they were in. It stays apart from whatever the
    /// blocks of `heirs`, and those that it takes in whole, were apart from.
    fn unite(&mut self, tickets: &BTreeSet<String>, heirs: &BTreeSet<String>) -> usize {
        let old: BTreeSet<usize> = tickets.iter().filter_map(|t| self.block_of.get(t).copied()).collect();
        let from: BTreeSet<usize> = heirs.iter().filter_map(|t| self.block_of.get(t).copied()).collect();
        let new = self.blocks.len();
        self.blocks.push(tickets.clone());
        for ticket in tickets {
            if let Some(before) = self.block_of.insert(ticket.clone(), new) {
                self.blocks[before].remove(ticket);
            }
        }
        let whole = old.iter().filter(|b| self.blocks[**b].is_empty());
        let inherits: BTreeSet<usize> = whole.chain(&from).copied().collect();
        let others: Vec<usize> = self
            .apart
            .iter()
            .filter_map(|&(a, b)| match (inherits.contains(&a), inherits.contains(&b)) {
                (true, false) => Some(b),
                (false, true) => Some(a),
                _ => None,
            })
            .filter(|b| !old.contains(b))
            .collect();
        others.into_iter().for_each(|b| self.part(b, new));
        let blocks = &self.blocks;
        self.apart.retain(|(a, b)| !blocks[*a].is_empty() && !blocks[*b].is_empty());
        new
    }

    /// Whether a person said anything on which event it belongs to.
    pub(super) fn is_placed(&self, ticket: &str) -> bool {
        self.block_of.contains_key(ticket)
    }

    /// Lays the corrections over groups: all appeals, singles included, each once, in canonical order.
    pub(super) fn lay(
        &self,
        corpus: &Corpus,
        appeals: &[Heard],
        scored: &Scored,
        groups: &[Vec<u32>],
    ) -> Vec<Vec<u32>> {
        if self.block_of.is_empty() && self.never.is_empty() {
            return groups.to_vec();
        }
        let over = Overlay::new(self, corpus, appeals);
        let mut parts: Vec<Vec<u32>> = Vec::with_capacity(groups.len());
        let mut singles: Vec<Vec<u32>> = Vec::new();
        let mut open: Vec<Vec<u32>> = Vec::new();
        for group in groups {
            let (gone, stays): (Vec<u32>, Vec<u32>) = group.iter().partition(|m| over.never.contains(m));
            singles.extend(gone.into_iter().map(|m| vec![m]));
            if over.is_torn(&stays) { open.push(stays) } else { parts.push(stays) }
        }
        if !open.is_empty() {
            let near = Near::of(corpus, scored, &open);
            open.iter().for_each(|group| parts.extend(over.torn(&near, group)));
        }
        parts.retain(|p| !p.is_empty());
        parts.sort_unstable_by_key(|p| p.first().copied());
        let mut joined = over.joined(parts);
        joined.extend(singles);
        joined.iter_mut().for_each(|g| g.sort_unstable());
        joined.sort_unstable_by_key(|g| g.first().copied());
        joined
    }
}

/// The corrections by the numbers of a corpus.
struct Overlay<'a> {
    rules: &'a Corrections,
    block_of: HashMap<u32, usize>,
    never: HashSet<u32>,
}

impl<'a> Overlay<'a> {
    fn new(rules: &'a Corrections, corpus: &Corpus, appeals: &[Heard]) -> Self {
        let (mut block_of, mut never) = (HashMap::new(), HashSet::new());
        for (at, entry) in corpus.entries.iter().enumerate() {
            let id = &appeals[entry.source].id;
            if rules.never.contains(id) {
                never.insert(at as u32);
            } else if let Some(&block) = rules.block_of.get(id) {
                block_of.insert(at as u32, block);
            }
        }
        Self { rules, block_of, never }
    }

    /// Blocks in a group with their members there: the largest first.
    fn blocks(&self, group: &[u32]) -> Vec<(usize, Vec<u32>)> {
        let mut held: BTreeMap<usize, Vec<u32>> = BTreeMap::new();
        for m in group {
            if let Some(&block) = self.block_of.get(m) {
                held.entry(block).or_default().push(*m);
            }
        }
        let mut held: Vec<_> = held.into_iter().collect();
        held.sort_by_key(|(_, members)| (std::cmp::Reverse(members.len()), members.first().copied()));
        held
    }

    fn clash(&self, one: &[usize], other: &[usize]) -> bool {
        one.iter().any(|a| other.iter().any(|b| self.rules.are_apart(*a, *b)))
    }

    fn is_torn(&self, group: &[u32]) -> bool {
        let blocks: Vec<usize> = self.blocks(group).into_iter().map(|(b, _)| b).collect();
        self.clash(&blocks, &blocks)
    }

    /// Parts of a group none of which holds two blocks that are apart.
    fn torn(&self, near: &Near, group: &[u32]) -> Vec<Vec<u32>> {
        let mut parts: Vec<(Vec<usize>, Vec<u32>)> = Vec::new();
        for (block, members) in self.blocks(group) {
            let fits = (0..parts.len()).filter(|&p| !self.clash(&[block], &parts[p].0));
            let mean = |p: usize| near.mean(&members, &parts[p].1);
            match fits.max_by(|&a, &b| mean(a).total_cmp(&mean(b)).then(b.cmp(&a))) {
                Some(part) => {
                    parts[part].0.push(block);
                    parts[part].1.extend(members);
                }
                None => parts.push((vec![block], members)),
            }
        }
        let bound: Vec<Vec<u32>> = parts.into_iter().map(|(_, members)| members).collect();
        let mut full = bound.clone();
        for &m in group.iter().filter(|m| !self.block_of.contains_key(m)) {
            let mean = |p: usize| near.mean(&[m], &bound[p]);
            let best = (0..bound.len())
                .max_by(|&a, &b| mean(a).total_cmp(&mean(b)).then(bound[a].len().cmp(&bound[b].len())).then(b.cmp(&a)));
            if let Some(part) = best.and_then(|p| full.get_mut(p)) {
                part.push(m);
            }
        }
        full.iter_mut().for_each(|p| p.sort_unstable());
        full
    }

    /// Puts the members of each block into one group.
    fn joined(&self, mut parts: Vec<Vec<u32>>) -> Vec<Vec<u32>> {
        let mut holders: BTreeMap<usize, BTreeMap<usize, usize>> = BTreeMap::new();
        for (at, part) in parts.iter().enumerate() {
            for block in part.iter().filter_map(|m| self.block_of.get(m)) {
                *holders.entry(*block).or_default().entry(at).or_default() += 1;
            }
        }
        let spread: Vec<usize> = holders.into_iter().filter(|(_, at)| at.len() > 1).map(|(b, _)| b).collect();
        for block in spread {
            let own = |part: &Vec<u32>| part.iter().filter(|m| self.block_of.get(m) == Some(&block)).count();
            let mut held: Vec<(usize, usize)> = parts.iter().map(own).enumerate().filter(|(_, n)| *n > 0).collect();
            held.sort_by_key(|(at, n)| (std::cmp::Reverse(*n), *at));
            let Some(&(main, _)) = held.first() else { continue };
            for &(at, _) in held.iter().skip(1) {
                let blocks = |part: &[u32]| self.blocks(part).into_iter().map(|(b, _)| b).collect::<Vec<usize>>();
                let moved = if self.clash(&blocks(&parts[main]), &blocks(&parts[at])) {
                    let (go, stay): (Vec<u32>, Vec<u32>) =
                        std::mem::take(&mut parts[at]).into_iter().partition(|m| self.block_of.get(m) == Some(&block));
                    parts[at] = stay;
                    go
                } else {
                    std::mem::take(&mut parts[at])
                };
                parts[main].extend(moved);
            }
        }
        parts.retain(|p| !p.is_empty());
        parts
    }
}

/// Log-odds within some groups; an appeal that says the same as another stands with it.
struct Near<'a> {
    corpus: &'a Corpus,
    scores: HashMap<(u32, u32), f32>,
}

impl<'a> Near<'a> {
    fn of(corpus: &'a Corpus, scored: &Scored, groups: &[Vec<u32>]) -> Self {
        let stands = |m: u32| corpus.entries[m as usize].same_as.unwrap_or(m);
        let wanted: HashSet<u32> = groups.iter().flatten().map(|m| stands(*m)).collect();
        let inside = scored.iter().filter(|c| wanted.contains(&c.a) && wanted.contains(&c.b));
        Self { corpus, scores: inside.map(|c| ((c.a, c.b), c.score)).collect() }
    }

    fn score(&self, a: u32, b: u32) -> f32 {
        let stands = |m: u32| self.corpus.entries[m as usize].same_as.unwrap_or(m);
        let (a, b) = (stands(a), stands(b));
        if a == b { -FLOOR } else { self.scores.get(&(a.min(b), a.max(b))).copied().unwrap_or(FLOOR) }
    }

    fn mean(&self, one: &[u32], other: &[u32]) -> f32 {
        let sum: f32 = one.iter().flat_map(|a| other.iter().map(|b| self.score(*a, *b))).sum();
        sum / (one.len() * other.len()).max(1) as f32
    }
}
