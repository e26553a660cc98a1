//! One pass over appeals: events, topics, and what stays alone.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::{
    anchors::Anchors,
    cluster::{FLOOR, average_linkage, guarded_linkage},
    coherence::Coherence,
    corpus::Corpus,
    corrections::Corrections,
    heard::{Heard, Reader},
    likeness::{CONTRADICTION, first_look, numbers, second_look, shared},
    memory, near,
    part::part,
};

/// Groups are united while the mean log-odds between them are over this (tuned on the tuning half).
pub(super) const STOP: f32 = -2.75;

/// Looks after the first: each weighs terms by the one before.
const LOOKS: usize = 3;

/// Units are united into topics while their mean likeness of matter is over this.
const TOPIC_STOP: f32 = -1.0;

/// Pairs, by the numbers of their appeals, with their log-odds.
pub type Scored = Vec<(u32, u32, f32)>;

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
    let (corpus, scored, found) = groups(appeals, vectors, reader);
    let mut pass = Pass { corpus, events: Vec::new(), topics: Vec::new(), alone: Vec::new(), scored, found };
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

/// The corpus, its pairs, and the groups, singles included.
pub(super) fn groups(appeals: &[Heard], vectors: &[Vec<f32>], reader: &Reader<'_>) -> (Corpus, Scored, Vec<Vec<u32>>) {
    let known = memory::earlier(appeals, vectors, reader);
    let corpus = Corpus::new(appeals, vectors, reader);
    let mut scored = score(&corpus);
    memory::lean(&corpus, appeals, &known, &mut scored);
    let groups = guarded_linkage(corpus.len(), &scored, STOP, &mut Anchors::new(&corpus));
    let groups = with_same(&corpus, part(&corpus, &scored, groups));
    (corpus, scored, groups)
}

/// Puts appeals that say the same as an earlier one into its group.
fn with_same(corpus: &Corpus, groups: Vec<Vec<u32>>) -> Vec<Vec<u32>> {
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
    let pairs = near::pairs(corpus);
    let entry = |i: u32| &corpus.entries[i as usize];
    let mut scored: Scored =
        pairs.par_iter().map(|&(a, b)| (a, b, kept(first_look(corpus, entry(a), entry(b))))).collect();
    for _ in 0..LOOKS {
        let coherence = Coherence::of(corpus, &scored);
        scored.par_iter_mut().filter(|(_, _, s)| *s > CONTRADICTION).for_each(|(a, b, score)| {
            *score = kept(second_look(corpus, &coherence, entry(*a), entry(*b)));
        });
    }
    scored
}

fn kept(score: f32) -> f32 {
    if score <= CONTRADICTION { CONTRADICTION } else { score.max(FLOOR) }
}

/// Log-odds of one pair, once it is known which terms hold events together.
pub(super) fn pair(corpus: &Corpus, coherence: &Coherence, a: u32, b: u32) -> f32 {
    let (a, b) = (&corpus.entries[a as usize], &corpus.entries[b as usize]);
    if first_look(corpus, a, b) <= CONTRADICTION { CONTRADICTION } else { kept(second_look(corpus, coherence, a, b)) }
}

/// The numbers behind each pair worth comparing, once it is known which terms hold events together: for fitting the
/// weights. Those of the first look come first.
pub fn evidence(corpus: &Corpus) -> Vec<(u32, u32, Vec<f32>)> {
    let scored = score(corpus);
    let coherence = Coherence::of(corpus, &scored);
    let entry = |i: u32| &corpus.entries[i as usize];
    let numbers = |a, b| numbers(corpus, &coherence, entry(a), entry(b));
    scored.par_iter().map(|&(a, b, _)| (a, b, numbers(a, b))).collect()
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
    let mut towards: Vec<BTreeMap<usize, f32>> = vec![BTreeMap::new(); corpus.len()];
    for &(a, b, score) in scored {
        for (one, other) in [(a, b), (b, a)] {
            if let (None, Some(event)) = (event_of[one as usize], event_of[other as usize]) {
                *towards[one as usize].entry(event).or_default() += score - FLOOR;
            }
        }
    }
    let mean = |event: usize, sum: f32| sum / events[event].len() as f32 + FLOOR;
    let best = |m: u32| {
        let near = towards[m as usize].iter().map(|(&event, &sum)| (event, mean(event, sum)));
        near.filter(|(_, mean)| *mean > FLOOR).max_by(|x, y| x.1.total_cmp(&y.1).then(y.0.cmp(&x.0)))
    };
    singles.iter().flatten().map(|&m| (m, best(m))).collect()
}

/// Groups events and single appeals by matter alone: words, category, meaning; neither place nor time.
fn topics(corpus: &Corpus, scored: &Scored, groups: &[Vec<u32>]) -> Vec<Unit> {
    let mut unit_of = vec![0_u32; corpus.len()];
    for (number, members) in groups.iter().enumerate() {
        members.iter().for_each(|&m| unit_of[m as usize] = number as u32);
    }
    let between: Vec<(u32, u32, f32)> = scored
        .par_iter()
        .filter_map(|&(a, b, _)| {
            let (x, y) = (unit_of[a as usize], unit_of[b as usize]);
            (x != y).then(|| (x.min(y), x.max(y), matter(corpus, a, b)))
        })
        .collect();
    let mut sums: BTreeMap<(u32, u32), (f64, u32)> = BTreeMap::new();
    for (x, y, score) in between {
        let sum = sums.entry((x, y)).or_default();
        sum.0 += f64::from(score);
        sum.1 += 1;
    }
    // Only pairs that were compared count: events far apart in time have few of them.
    let units: Scored = sums.into_iter().map(|((x, y), (s, n))| (x, y, (s / f64::from(n)) as f32)).collect();
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

/// Log-odds, roughly, that two appeals are of one class of matter.
fn matter(corpus: &Corpus, a: u32, b: u32) -> f32 {
    let (a, b) = (&corpus.entries[a as usize], &corpus.entries[b as usize]);
    let s = shared(corpus, a, b);
    let words = s.words.max(0.0).sqrt();
    let known = !a.categories.is_empty() && !b.categories.is_empty();
    let score = match (known, a.vector.is_some() && b.vector.is_some()) {
        (true, true) => -6.0 + 8.0 * words + 3.0 * s.category + 4.0 * s.vector.max(0.0),
        (true, false) => -5.5 + 11.0 * words + 3.0 * s.category,
        (false, _) => -5.0 + 15.0 * words,
    };
    score.max(FLOOR)
}
