//! The same thing, again: events of one matter about one name (an estate, a plant, a firm), however long it was quiet
//! in between.
//!
//! What lasts for months comes in spells, and time alone keeps the spells apart when pairs are compared. Two spells
//! that are each about one rare name are one event if their matter is the same too. The name itself says nothing of
//! the matter: one estate's mixing plant and its parking are two events.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    cluster::average_linkage,
    corpus::{Corpus, SCALE},
    heard::Kind,
};

/// Share of a spell that says the name that it is about.
const ABOUT: f32 = 0.5;

/// Names of more appeals than this (in units of [`SCALE`]) are about too much.
const RARE: f32 = 0.5;

/// A spell needs so many appeals to be about something: one appeal names much that it is not about.
const LEAST: usize = 2;

/// An event needs so many to be what another appeal names.
const HOME: usize = 3;

/// A name that more spells are about is that of a long road, not of one thing.
const MOST: usize = 50;

/// What a spell is about.
#[derive(Debug, Default)]
struct About {
    /// Rare names that half of it say.
    names: BTreeSet<u32>,
    /// Words of the language with their weights.
    words: BTreeMap<u32, f32>,
    /// Categories with mean probabilities.
    categories: BTreeMap<u16, f32>,
    /// Sum of the sentence vectors.
    vector: Vec<f32>,
}

impl About {
    /// Of a spell of so many appeals at least; of fewer it is nothing.
    fn of(corpus: &Corpus, spell: &[u32], least: usize) -> Self {
        let own = |m: &&u32| corpus.entries[**m as usize].same_as.is_none();
        let members: Vec<_> = spell.iter().filter(own).map(|m| &corpus.entries[*m as usize]).collect();
        let mut about = Self::default();
        if members.len() < least {
            return about;
        }
        // the floor under the number of appeals, by which all words of few appeals are rare, makes no name of them
        let rare = RARE * SCALE + (200.0 / corpus.len() as f32).ln().max(0.0);
        let mut said: BTreeMap<u32, usize> = BTreeMap::new();
        for entry in &members {
            for &(t, count) in &entry.terms {
                let idf = corpus.idf[t as usize];
                if corpus.kind(t) == Kind::Place || corpus.proper[t as usize] {
                    *said.entry(t).or_default() += usize::from(idf >= rare);
                } else {
                    *about.words.entry(t).or_default() += count * idf;
                }
            }
            for &(code, p) in &entry.categories {
                *about.categories.entry(code).or_default() += p / members.len() as f32;
            }
            if let Some(vector) = &entry.vector {
                about.vector.resize(about.vector.len().max(vector.len()), 0.0);
                vector.add_to(&mut about.vector);
            }
        }
        about.names =
            said.into_iter().filter(|(_, n)| *n as f32 >= ABOUT * members.len() as f32).map(|(t, _)| t).collect();
        about
    }

    /// How alike in matter, words but the names, categories and meaning: united over 0. Chosen on the tuning half of the
    /// simulated city.
    fn alike(&self, other: &Self) -> f32 {
        let dot: f32 = self.words.iter().filter_map(|(t, x)| Some(x * other.words.get(t)?)).sum();
        let length = |about: &Self| about.words.values().map(|x| x * x).sum::<f32>().sqrt();
        let words = dot / (length(self) * length(other)).max(1e-6);
        let shared = |(code, p): (&u16, &f32)| other.categories.get(code).map_or(0.0, |q| (p * q).sqrt());
        let category: f32 = self.categories.iter().map(shared).sum();
        let cosine = {
            let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f32>();
            let (a, b) = (&self.vector, &other.vector);
            dot(a, b) / (dot(a, a) * dot(b, b)).sqrt().max(1e-6)
        };
        let known = !self.categories.is_empty() && !other.categories.is_empty();
        match (known, self.vector.is_empty() || other.vector.is_empty()) {
            (true, false) => 2.0 * words + 1.5 * category + cosine - 2.6,
            (true, true) => 3.0 * words + 1.5 * category - 2.0,
            (false, _) => words - 0.25,
        }
    }

    /// The one of some events that is most alike in matter, if any is the same matter.
    fn likest<'a>(&self, events: impl Iterator<Item = (usize, &'a Self)>) -> Option<usize> {
        let alike = events.map(|(event, about)| (event, self.alike(about))).filter(|(_, score)| *score > 0.0);
        alike.max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0))).map(|(event, _)| event)
    }
}

/// Unites the spells that are about one name and one matter; each rising, in the order of their first appeal.
pub(super) fn again(corpus: &Corpus, spells: &[Vec<u32>]) -> Vec<Vec<u32>> {
    let about: Vec<About> = spells.iter().map(|spell| About::of(corpus, spell, LEAST)).collect();
    let mut by_name: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for (number, about) in (0..).zip(&about) {
        about.names.iter().for_each(|t| by_name.entry(*t).or_default().push(number));
    }
    let mut pairs: BTreeSet<(u32, u32)> = BTreeSet::new();
    for of_name in by_name.values().filter(|spells| spells.len() <= MOST) {
        for (at, x) in of_name.iter().enumerate() {
            pairs.extend(of_name.iter().skip(at + 1).map(|y| (*x, *y)));
        }
    }
    let alike = |(x, y): (u32, u32)| (x, y, about[x as usize].alike(&about[y as usize]));
    let scored: Vec<(u32, u32, f32)> = pairs.into_iter().map(alike).collect();
    let united = average_linkage(spells.len(), &scored, 0.0);
    let whole = |numbers: Vec<u32>| {
        let mut group: Vec<u32> = numbers.into_iter().flat_map(|n| &spells[n as usize]).copied().collect();
        group.sort_unstable();
        group
    };
    let mut groups: Vec<Vec<u32>> = united.into_iter().map(whole).collect();
    groups.sort_unstable_by_key(|g| g.first().copied());
    groups
}

/// Brings appeals to the event that they name and whose matter is theirs, if they are alone or among others that are
/// about no name they say.
pub(super) fn brought_home(corpus: &Corpus, mut groups: Vec<Vec<u32>>) -> Vec<Vec<u32>> {
    let own = |m: &&u32| corpus.entries[**m as usize].same_as.is_none();
    let about: Vec<About> = groups.iter().map(|group| About::of(corpus, group, HOME)).collect();
    let mut by_name: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (number, about) in about.iter().enumerate() {
        about.names.iter().for_each(|t| by_name.entry(*t).or_default().push(number));
    }
    let mut moves: BTreeMap<u32, usize> = BTreeMap::new();
    for (number, group) in groups.iter().enumerate() {
        let here = About::of(corpus, group, LEAST).names;
        for m in group.iter().filter(own) {
            let single = About::of(corpus, &[*m], 1);
            if single.names.is_disjoint(&here) {
                let few = single.names.iter().filter_map(|t| by_name.get(t)).filter(|events| events.len() <= MOST);
                let named: BTreeSet<usize> = few.flatten().copied().collect();
                let others = named.into_iter().filter(|home| *home != number).map(|home| (home, &about[home]));
                moves.extend(single.likest(others).map(|home| (*m, home)));
            }
        }
    }
    for group in &mut groups {
        group.retain(|m| !moves.contains_key(m));
    }
    for (m, home) in moves {
        groups[home].push(m);
        groups[home].sort_unstable();
    }
    groups.retain(|g| !g.is_empty());
    groups.sort_unstable_by_key(|g| g.first().copied());
    groups
}

/// The event that a single appeal names and whose matter is its own.
pub(super) fn home(corpus: &Corpus, single: u32, events: impl Iterator<Item = (usize, Vec<u32>)>) -> Option<usize> {
    let own = About::of(corpus, &[single], 1);
    let about: Vec<(usize, About)> = events.map(|(event, of)| (event, About::of(corpus, &of, HOME))).collect();
    own.likest(
        about.iter().filter(|(_, about)| !about.names.is_disjoint(&own.names)).map(|(event, about)| (*event, about)),
    )
}

/// The rare names that one appeal says.
pub(super) fn said(corpus: &Corpus, single: u32) -> BTreeSet<u32> {
    About::of(corpus, &[single], 1).names
}

/// The names that a spell is about.
pub(super) fn names(corpus: &Corpus, spell: &[u32]) -> BTreeSet<u32> {
    About::of(corpus, spell, LEAST).names
}

/// The event that a new spell goes on with: of those that are about one of its names, the most alike in matter.
/// `parts` are parts of events, each of one spell.
pub(super) fn goes_on(corpus: &Corpus, new: &[u32], parts: impl Iterator<Item = (usize, Vec<u32>)>) -> Option<usize> {
    let own = About::of(corpus, new, LEAST);
    let about: Vec<(usize, About)> = parts.map(|(event, part)| (event, About::of(corpus, &part, LEAST))).collect();
    own.likest(
        about.iter().filter(|(_, about)| !about.names.is_disjoint(&own.names)).map(|(event, about)| (*event, about)),
    )
}
