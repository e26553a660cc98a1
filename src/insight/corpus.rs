//! Appeals in their canonical order, with terms numbered and weighed: what everything else here reads.

use std::{
    collections::{BTreeSet, HashMap},
    hash::Hash,
};

use rayon::prelude::*;

use super::{
    gazetteer::{Gazetteer, stem},
    heard::{Heard, Kind, Reader, Reading, Term},
    near::LONGEST_DAYS,
    vector::Short,
    whereabouts::Given,
};

/// Terms that stand in more than this share of the appeals say nothing.
const COMMON: f32 = 0.15;

/// Appeals of the traffic that the weights were fitted on (the simulated city).
const ORDINARY: f32 = 1700.0;

/// ln(1,700): what a term of one appeal tells there; idf in features is by this.
pub(super) const SCALE: f32 = 7.438;

/// The days that the weights were fitted on.
const MONTH: f64 = 30.0;

/// Texts shorter than this may be equal by chance.
pub(super) const LEAST_BYTES: usize = 18;

/// Equal texts further apart than this are two appeals.
pub(super) const SAME_HOURS: f64 = 30.0 * 24.0;

/// Hours since 1970 of an appeal without a time: long before all others, so that it is near none of them.
pub(super) const TIMELESS: f64 = 0.0;

/// One appeal, numbered.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Index in the slice that the corpus was made of.
    pub source: usize,
    /// Hours since 1970.
    pub hours: f64,
    /// Whether the time was given.
    pub timed: bool,
    /// Numbers of its terms with their sublinear counts, by number.
    pub terms: Vec<(u32, f32)>,
    /// What the places that it names end with (里, 路, 学): their kinds, each once, rising.
    pub kinds: Vec<char>,
    /// Town or district: number + 1, 0 for none.
    pub region: u32,
    /// Its district: number + 1, 0 for none.
    pub district: u32,
    /// Caller: number + 1, 0 for none.
    pub caller: u32,
    /// Categories by number, with probabilities.
    pub categories: Vec<(u16, f32)>,
    /// Sentence vector, where there is one.
    pub vector: Option<Short>,
    /// Length of the terms as a vector (idf-weighted).
    pub norm: f32,
    /// The earlier appeal with the same title, text and region in the same month, if there is one: it stands for
    /// both, and only its words count.
    pub same_as: Option<u32>,
}

/// Appeals by time, then id, so that nothing depends on the order in which they were given.
#[derive(Debug)]
pub struct Corpus {
    /// The appeals.
    pub entries: Vec<Entry>,
    /// The terms, by number.
    pub terms: Vec<Term>,
    /// Whether each term is part of a name ([`Reader::is_proper`]).
    pub proper: Vec<bool>,
    /// Information of each term: ln(n / appeals with it); 0 for terms that say nothing.
    pub idf: Vec<f32>,
    /// For each term the appeals that hold it, rising; empty for terms of one appeal.
    pub postings: Vec<Vec<u32>>,
    /// Codes of the categories, by number.
    pub categories: Vec<String>,
    /// Ids of regions, by number.
    pub regions: Vec<String>,
    /// ln of the appeals among which an event is looked for, by [`ORDINARY`]: how much rarer a true pair is among all
    /// pairs than in the traffic that the weights were fitted on.
    pub crowd: f32,
    /// Regions and names that the appeals themselves give.
    pub(super) given: Given,
    pub(super) gazetteer: Gazetteer,
}

/// Gives numbers to things in the order in which they come.
struct Numbers<K>(HashMap<K, u32>, Vec<K>);

impl<K: Eq + Hash + Clone> Numbers<K> {
    fn new() -> Self {
        Self(HashMap::new(), Vec::new())
    }

    fn of(&mut self, key: &K) -> u32 {
        if let Some(&n) = self.0.get(key) {
            return n;
        }
        let n = u32::try_from(self.1.len()).unwrap_or(u32::MAX);
        self.0.insert(key.clone(), n);
        self.1.push(key.clone());
        n
    }
}

impl Corpus {
    /// Reads and numbers appeals. `vectors` lie beside them, one for each; an empty slice, or an empty
    /// vector, means that there is none. Of two appeals with one id the first in canonical order stays.
    pub fn new(appeals: &[Heard], vectors: &[Vec<f32>], reader: &Reader<'_>) -> Self {
        let readings: Vec<Reading> = appeals.par_iter().map(|heard| reader.read(heard)).collect();
        let all: Vec<usize> = (0..appeals.len()).collect();
        Self::within(appeals, &readings, &all, vectors, reader)
    }

    /// The same of the `chosen` appeals alone, as if there were no others; readings lie beside all appeals.
    pub(super) fn within(
        appeals: &[Heard],
        readings: &[Reading],
        chosen: &[usize],
        vectors: &[Vec<f32>],
        reader: &Reader<'_>,
    ) -> Self {
        let mut order = chosen.to_vec();
        let key = |&i: &usize| {
            let a = &appeals[i];
            (a.at, &a.id, &a.title, &a.text, &a.caller, &a.place)
        };
        order.par_sort_by(|a, b| key(a).cmp(&key(b)).then_with(|| a.cmp(b)));
        let mut seen = std::collections::HashSet::new();
        order.retain(|&i| seen.insert(appeals[i].id.as_str()));
        let heard: Vec<&Heard> = order.iter().map(|&i| &appeals[i]).collect();
        let read: Vec<&Reading> = order.iter().map(|&i| &readings[i]).collect();
        let given = Given::of(&heard, reader.pack());
        let (regions, mut names): (Vec<Option<String>>, Vec<Vec<String>>) =
            heard.par_iter().zip(&read).map(|(heard, reading)| reader.whereabouts(heard, reading, &given)).unzip();
        let texts: Vec<&str> = read.iter().map(|r| r.text.as_str()).collect();
        let gazetteer = Gazetteer::of(&heard, &texts, &names, reader);
        names.par_iter_mut().zip(&texts).for_each(|(names, text)| *names = places(names, text, &gazetteer));
        let mut corpus = Self::of(appeals, vectors, &order, &read, &regions, &names);
        corpus.proper = corpus.terms.par_iter().map(|t| reader.is_proper(t)).collect();
        Self { given, gazetteer, ..corpus }
    }

    fn of(
        appeals: &[Heard],
        vectors: &[Vec<f32>],
        order: &[usize],
        read: &[&Reading],
        whereabouts: &[Option<String>],
        places: &[Vec<String>],
    ) -> Self {
        let mut terms = Numbers::<Term>::new();
        let mut categories = Numbers::<String>::new();
        let mut regions = Numbers::<String>::new();
        let mut callers = Numbers::<String>::new();
        let mut entries = Vec::with_capacity(order.len());
        for (at, &source) in order.iter().enumerate() {
            let heard = &appeals[source];
            let mut numbered: Vec<(u32, f32)> = read[at].words.iter().map(|(t, n)| (terms.of(t), weight(*n))).collect();
            numbered.extend(places[at].iter().map(|name| (terms.of(&place(name)), 1.0)));
            numbered.sort_unstable_by_key(|(t, _)| *t);
            let region = whereabouts[at].as_ref();
            let district = region.map(|r| r.split('/').next().unwrap_or_default().to_owned());
            let caller = heard.caller.as_ref().filter(|c| !c.trim().is_empty());
            entries.push(Entry {
                source,
                hours: heard.at.map_or(TIMELESS, |at| at.as_second() as f64 / 3600.0),
                timed: heard.at.is_some(),
                terms: numbered,
                kinds: kinds(&places[at]),
                region: region.map_or(0, |r| regions.of(r) + 1),
                district: district.map_or(0, |d| regions.of(&d) + 1),
                caller: caller.map_or(0, |c| callers.of(c) + 1),
                categories: heard
                    .categories
                    .iter()
                    .take(3)
                    .map(|(code, p)| (u16::try_from(categories.of(code)).unwrap_or(u16::MAX), p.clamp(0.0, 1.0)))
                    .collect(),
                vector: vectors.get(source).and_then(|v| Short::of(v)),
                norm: 0.0,
                same_as: None,
            });
        }
        let mut corpus = Self {
            entries,
            proper: Vec::new(),
            terms: terms.1,
            idf: Vec::new(),
            postings: Vec::new(),
            categories: categories.1,
            regions: regions.1,
            crowd: 0.0,
            given: Given::default(),
            gazetteer: Gazetteer::default(),
        };
        corpus.find_same(appeals);
        corpus.weigh();
        corpus
    }

    fn find_same(&mut self, appeals: &[Heard]) {
        let mut first: HashMap<(&str, &str, u32), u32> = HashMap::new();
        for at in 0..self.entries.len() {
            let entry = &self.entries[at];
            let heard = &appeals[entry.source];
            if heard.title.len() + heard.text.len() < LEAST_BYTES {
                continue;
            }
            let stands = first.entry((&heard.title, &heard.text, entry.region)).or_insert(at as u32);
            if *stands == at as u32 {
                continue;
            }
            if entry.hours - self.entries[*stands as usize].hours <= SAME_HOURS {
                self.entries[at].same_as = Some(*stands);
            } else {
                *stands = at as u32;
            }
        }
    }

    fn weigh(&mut self) {
        let n = self.entries.iter().filter(|e| e.same_as.is_none()).count() as f32;
        let mut postings: Vec<Vec<u32>> = vec![Vec::new(); self.terms.len()];
        for (at, entry) in self.entries.iter().enumerate().filter(|(_, e)| e.same_as.is_none()) {
            for &(term, _) in &entry.terms {
                postings[term as usize].push(at as u32);
            }
        }
        // In few appeals everything is rare or common: a floor under n keeps weights sensible.
        let floor = n.max(200.0);
        let idf = |held: &Vec<u32>| {
            let df = held.len() as f32;
            if n > 30.0 && df > COMMON * n { 0.0 } else { (floor / df.max(1.0)).ln().max(0.0) }
        };
        self.idf = postings.iter().map(idf).collect();
        for (held, idf) in postings.iter_mut().zip(&self.idf) {
            if held.len() < 2 || *idf <= 0.0 {
                *held = Vec::new();
            }
        }
        self.postings = postings;
        self.crowd = (self.crowd_size() / ORDINARY).ln().max(-1.0);
        let idf = &self.idf;
        for entry in &mut self.entries {
            let square = |&(t, tf): &(u32, f32)| (tf * idf[t as usize]).powi(2);
            entry.norm = entry.terms.iter().map(square).sum::<f32>().sqrt();
        }
    }

    /// Appeals among which one looks for the others of its event: those of [`LONGEST_DAYS`], at the rate of the
    /// middle nine tenths; a shorter time counts as a month, so that the first weeks are not judged otherwise than
    /// the later ones.
    fn crowd_size(&self) -> f32 {
        let timed: Vec<f64> = self.entries.iter().filter(|e| e.timed).map(|e| e.hours).collect();
        let n = timed.len();
        if n < 20 {
            return n as f32;
        }
        let days = ((timed[n - 1 - n / 20] - timed[n / 20]) / 24.0).max(1.0) / 0.9;
        n as f32 * (LONGEST_DAYS / days).min(1.0).max(MONTH / days) as f32
    }

    /// Number of appeals.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// What a term is.
    pub fn kind(&self, term: u32) -> Kind {
        self.terms[term as usize].kind
    }
}

/// The names of places that a text holds, by its own words or by those of the others, each once, rising.
pub(super) fn places(names: &[String], text: &str, gazetteer: &Gazetteer) -> Vec<String> {
    let own = names.iter().map(|n| stem(n)).filter(|n| n.chars().nth(1).is_some());
    let all: BTreeSet<&str> = own.chain(gazetteer.find(text)).collect();
    all.into_iter().map(str::to_owned).collect()
}

/// The term of a place.
pub(super) fn place(name: &str) -> Term {
    Term { kind: Kind::Place, text: name.to_owned() }
}

/// What names of places end with, each once, rising.
pub(super) fn kinds(names: &[String]) -> Vec<char> {
    let kinds: BTreeSet<char> = names.iter().filter_map(|name| name.chars().next_back()).collect();
    kinds.into_iter().collect()
}

/// Sublinear count.
pub(super) fn weight(count: f32) -> f32 {
    1.0 + count.max(1.0).ln()
}
