//! One pass over appeals: events, topics, and what stays alone.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::{
    again::{again, brought_home},
    anchors::Anchors,
    cluster::{FLOOR, average_linkage, guarded_linkage},
    coherence::Coherence,
    corpus::Corpus,
    corrections::Corrections,
    heard::{Heard, Reader, Reading},
    likeness::{CONTRADICTION, Glance, further, glance, numbers},
    memory, near,
    part::part,
};

/// Groups are united while the mean log-odds between them are over this (tuned on the tuning half).
pub(super) const STOP: f32 = -2.75;

/// What a look at the terms may add at most to log-odds under the floor.
const RISE: f32 = 3.0;

/// Looks after the first: each weighs terms by the one before.
const LOOKS: usize = 2;

/// Units are united into topics while their mean likeness of matter is over this.
const TOPIC_STOP: f32 = -1.0;

/// A pair that was compared, by the numbers of its appeals, the smaller one first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Compared {
    /// One.
    pub a: u32,
    /// The other.
    pub b: u32,
    /// Log-odds that they speak of one event.
    pub score: f32,
    /// Log-odds, roughly, that they are of one class of matter.
    pub matter: f32,
}

/// Pairs that were compared.
pub type Scored = Vec<Compared>;

/// What a pass found: numbers are places in [`Corpus::entries`].
#[derive(Debug)]
pub struct Pass {
    /// Appeals in canonical order.
    pub corpus: Corpus,
    /// Events of at least two appeals, each rising, in the order of their first appeal.
    pub events: Vec<Vec<u32>>,
    /// Topics: events and single appeals of one class of matter.
    pub topics: Vec<Unit>,
    /// Appeals in no event, each with the event that is nearest to it and the mean log-odds towards it.
    pub alone: Vec<(u32, Option<(usize, f32)>)>,
    /// Pairs that were compared.
    pub(super) scored: Scored,
    /// Groups as found, singles included, before any correction.
    pub(super) found: Vec<Vec<u32>>,
    /// Of each appeal the number of its spell: what held together before quiet times were bridged.
    pub(super) spell_of: Vec<u32>,
}

/// Events (places in [`Pass::events`]) and appeals of one topic.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unit {
    /// Its events.
    pub events: Vec<usize>,
    /// All its appeals, those of its events included, rising.
    pub members: Vec<u32>,
}

/// Finds events and topics. The same appeals give the same result in whatever order they come.
pub fn find(appeals: &[Heard], vectors: &[Vec<f32>], reader: &Reader<'_>) -> Pass {
    find_with(appeals, vectors, reader, &Corrections::default())
}

/// The same, as people corrected it.
pub fn find_with(appeals: &[Heard], vectors: &[Vec<f32>], reader: &Reader<'_>, corrections: &Corrections) -> Pass {
    let readings: Vec<Reading> = appeals.par_iter().map(|heard| reader.read(heard)).collect();
    let all: Vec<usize> = (0..appeals.len()).collect();
    let (corpus, scored, spells) = spells(appeals, &readings, &all, vectors, reader);
    let found = with_same(&corpus, brought_home(&corpus, again(&corpus, &spells)));
    let spell_of = numbers_of(&corpus, &with_same(&corpus, spells));
    let mut pass = Pass { corpus, events: Vec::new(), topics: Vec::new(), alone: Vec::new(), scored, found, spell_of };
    pass.correct(appeals, corrections);
    pass
}

impl Pass {
    /// Lays corrections over what was found, in the place of those before.
    pub fn correct(&mut self, appeals: &[Heard], corrections: &Corrections) {
        let groups = corrections.lay(&self.corpus, appeals, &self.scored, &self.found);
        self.topics = topics(&self.corpus, &self.scored, &groups);
        let (mut events, singles): (Vec<_>, Vec<_>) = groups.into_iter().partition(|g| g.len() > 1);
        // appeals that came in after the pass stand behind the others, whatever their time
        let hours = |m: &u32| self.corpus.entries[*m as usize].hours;
        events.iter_mut().for_each(|e| e.sort_by(|a, b| hours(a).total_cmp(&hours(b)).then(a.cmp(b))));
        self.alone = nearest(&self.corpus, &self.scored, &events, &singles);
        self.events = events;
    }

    /// The events as found, before any correction.
    pub fn found_events(&self) -> impl Iterator<Item = &Vec<u32>> {
        self.found.iter().filter(|g| g.len() > 1)
    }
}

/// The corpus of the chosen appeals, its pairs, and what holds together in time, singles included. Readings lie beside
/// all appeals.
pub(super) fn spells(
    appeals: &[Heard],
    readings: &[Reading],
    chosen: &[usize],
    vectors: &[Vec<f32>],
    reader: &Reader<'_>,
) -> (Corpus, Scored, Vec<Vec<u32>>) {
    let known = memory::earlier(appeals, readings, chosen, vectors, reader);
    let corpus = Corpus::within(appeals, readings, chosen, vectors, reader);
    let mut scored = score(&corpus);
    memory::lean(&corpus, &known, &mut scored);
    let pairs: Vec<(u32, u32, f32)> = scored.iter().map(|c| (c.a, c.b, c.score)).collect();
    let groups = guarded_linkage(corpus.len(), &pairs, STOP, |members| Anchors::new(&corpus, members));
    let spells = part(&corpus, &scored, groups);
    (corpus, scored, spells)
}

/// Of each appeal the number of its group.
fn numbers_of(corpus: &Corpus, groups: &[Vec<u32>]) -> Vec<u32> {
    let mut of = vec![0; corpus.len()];
    for (number, group) in (0..).zip(groups) {
        group.iter().for_each(|&m| of[m as usize] = number);
    }
    of
}

/// Puts appeals that say the same as an earlier one into its group.
pub(super) fn with_same(corpus: &Corpus, groups: Vec<Vec<u32>>) -> Vec<Vec<u32>> {
    let mut followers: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for (at, entry) in corpus.entries.iter().enumerate() {
        if let Some(stands) = entry.same_as {
            followers.entry(stands).or_default().push(at as u32);
        }
    }
    let own = |m: &u32| corpus.entries[*m as usize].same_as.is_none();
    let mut groups: Vec<Vec<u32>> = groups.into_iter().map(|g| g.into_iter().filter(own).collect()).collect();
    for group in &mut groups {
        let more: Vec<u32> = group.iter().filter_map(|m| followers.remove(m)).flatten().collect();
        group.extend(more);
        group.sort_unstable();
    }
    groups.retain(|g| !g.is_empty());
    groups
}

/// Log-odds of all pairs worth comparing.
pub fn score(corpus: &Corpus) -> Scored {
    let entry = |i: u32| &corpus.entries[i as usize];
    let glances = near::pairs(corpus).into_par_iter().map(|(a, b)| {
        let glance = glance(corpus, entry(a), entry(b));
        (Compared { a, b, score: kept(glance.first), matter: glance.matter }, glance)
    });
    let (mut scored, glances): (Scored, Vec<Glance>) = glances.unzip();
    // what is far under the floor at the first look stays there
    let open = |g: &Glance| g.first > CONTRADICTION && g.first.max(g.own) > FLOOR - RISE;
    for _ in 0..LOOKS {
        let coherence = Coherence::of(corpus, &scored);
        scored.par_iter_mut().zip(&glances).filter(|(_, g)| open(g)).for_each(|(pair, g)| {
            pair.score = kept(g.own + further(corpus, &coherence, entry(pair.a), entry(pair.b)));
        });
    }
    scored
}

fn kept(score: f32) -> f32 {
    if score <= CONTRADICTION { CONTRADICTION } else { score.max(FLOOR) }
}

/// One pair, once it is known which terms hold events together.
pub(super) fn compare(corpus: &Corpus, coherence: &Coherence, a: u32, b: u32) -> Compared {
    let (one, other) = (&corpus.entries[a as usize], &corpus.entries[b as usize]);
    let glance = glance(corpus, one, other);
    let score = match glance.first {
        first if first <= CONTRADICTION => CONTRADICTION,
        _ => kept(glance.own + further(corpus, coherence, one, other)),
    };
    Compared { a, b, score, matter: glance.matter }
}

/// The numbers behind each pair worth comparing, once it is known which terms hold events together: for fitting the
/// weights. Those of the first look come first.
pub fn evidence(corpus: &Corpus) -> Vec<(u32, u32, Vec<f32>)> {
    let scored = score(corpus);
    let coherence = Coherence::of(corpus, &scored);
    let entry = |i: u32| &corpus.entries[i as usize];
    let numbers = |a, b| numbers(corpus, &coherence, entry(a), entry(b));
    scored.par_iter().map(|c| (c.a, c.b, numbers(c.a, c.b))).collect()
}

/// For each single appeal, the event with the highest mean.
fn nearest(
    corpus: &Corpus,
    scored: &Scored,
    events: &[Vec<u32>],
    singles: &[Vec<u32>],
) -> Vec<(u32, Option<(usize, f32)>)> {
    let mut event_of = vec![None; corpus.len()];
    for (number, members) in events.iter().enumerate() {
        members.iter().for_each(|&m| event_of[m as usize] = Some(number));
    }
    let mut towards: Vec<(u32, usize, f32)> = Vec::new();
    for pair in scored.iter().filter(|c| c.score != FLOOR) {
        for (one, other) in [(pair.a, pair.b), (pair.b, pair.a)] {
            if let (None, Some(event)) = (event_of[one as usize], event_of[other as usize]) {
                towards.push((one, event, pair.score - FLOOR));
            }
        }
    }
    towards.par_sort_by_key(|(one, event, _)| (*one, *event));
    let mut best: Vec<Option<(usize, f32)>> = vec![None; corpus.len()];
    for run in towards.chunk_by(|x, y| (x.0, x.1) == (y.0, y.1)) {
        let Some(&(one, event, _)) = run.first() else { continue };
        let sum: f32 = run.iter().map(|(_, _, over)| over).sum();
        let mean = sum / events[event].len() as f32 + FLOOR;
        let known = &mut best[one as usize];
        if mean > FLOOR && known.is_none_or(|(_, most)| mean > most) {
            *known = Some((event, mean));
        }
    }
    singles.iter().flatten().map(|&m| (m, best[m as usize])).collect()
}

/// Groups events and single appeals by matter alone: words, category, meaning; neither place nor time.
fn topics(corpus: &Corpus, scored: &Scored, groups: &[Vec<u32>]) -> Vec<Unit> {
    let mut unit_of = vec![0_u32; corpus.len()];
    for (number, members) in groups.iter().enumerate() {
        members.iter().for_each(|&m| unit_of[m as usize] = number as u32);
    }
    let mut between: Vec<(u64, f32)> = scored
        .par_iter()
        .filter_map(|pair| {
            let (x, y) = (unit_of[pair.a as usize], unit_of[pair.b as usize]);
            (x != y).then(|| (u64::from(x.min(y)) << 32 | u64::from(x.max(y)), pair.matter))
        })
        .collect();
    between.par_sort_by_key(|(units, _)| *units);
    // Only pairs that were compared count: events far apart in time have few of them.
    let mean = |run: &[(u64, f32)]| {
        let sum: f64 = run.iter().map(|(_, matter)| f64::from(*matter)).sum();
        let units = run.first().map_or(0, |(units, _)| *units);
        ((units >> 32) as u32, units as u32, (sum / run.len() as f64) as f32)
    };
    let units: Vec<(u32, u32, f32)> = between.chunk_by(|x, y| x.0 == y.0).map(mean).collect();
    let joined = average_linkage(groups.len(), &units, TOPIC_STOP);
    let mut event_number = vec![None; groups.len()];
    for (number, group) in (0..groups.len()).filter(|&g| groups[g].len() > 1).enumerate() {
        event_number[group] = Some(number);
    }
    let mut topics: Vec<Unit> = joined
        .into_iter()
        .map(|units| {
            let mut topic = Unit::default();
            for unit in units {
                topic.events.extend(event_number[unit as usize]);
                topic.members.extend(&groups[unit as usize]);
            }
            topic.members.sort_unstable();
            topic
        })
        .filter(|t| t.members.len() > 1)
        .collect();
    topics.sort_by_key(|t| t.members.first().copied());
    topics
}
