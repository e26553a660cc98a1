//! Alarms of streams that are there beforehand: a category at a place, a keyword.
//!
//! What an event is, is only known once several have called alike; a stream needs no likeness. Its rate is that of its
//! own past before the window, shaped by the season; the rate is uncertain (Gamma) and weeks differ beyond chance
//! (the pooled overdispersion of its kind), so that a window's count is negative binomial. An arrival is what makes
//! one look, so that the chance is that of all the others.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::{
    alarm::{Alarm, Change, FEWEST, Season},
    corpus::{Corpus, Entry},
    covered::Covered,
    echoes::without_echoes,
    findings::{dated, span},
    heard::{Heard, Term},
    watch::{SPANS, Watch, overdispersion},
};

/// False alarms a day that categories at places may spend.
const PLACES: f64 = 0.1;

/// The same for words, with and without a place.
const WORDS: f64 = 0.3;

/// Tickets listed with a stream at most.
const LISTED: usize = 200;

/// Share of a word's holders that a place may have without being told apart from the word alone.
const NEARLY_ALL: f64 = 0.7;

/// What words that only count are made of.
const COUNTING: &str = "第每数屡首再多几好半两零一二三四五六七八九十百千万亿次回遍趟轮";

/// What a stream is a stream of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StreamOf {
    /// A category at a place (district, or district/town).
    Place {
        /// Code of the category.
        category: String,
        /// Id of the region.
        region: String,
    },
    /// A word or name.
    Keyword(String),
    /// A word or name at a place (district, or district/town).
    Local {
        /// The word or name.
        word: String,
        /// Id of the region.
        region: String,
    },
}

impl StreamOf {
    /// Its word, if it has one.
    pub fn word(&self) -> Option<&str> {
        match self {
            StreamOf::Keyword(word) | StreamOf::Local { word, .. } => Some(word),
            StreamOf::Place { .. } => None,
        }
    }

    /// A name by which it is found again.
    pub fn key(&self) -> String {
        match self {
            StreamOf::Place { category, region } => format!("P-{category}-{region}"),
            StreamOf::Keyword(word) => format!("K-{word}"),
            StreamOf::Local { word, region } => format!("L-{word}-{region}"),
        }
    }
}

/// A stream that raised at least one alarm.
#[derive(Clone, Debug)]
pub struct Stream {
    /// What it is a stream of.
    pub of: StreamOf,
    /// Its alarms with their history.
    pub alarms: Vec<Alarm>,
    /// For each of these lines the appeals in its window, by time, at most 200; none for a line that closes.
    pub tickets: Vec<Vec<String>>,
    /// Place among the events of the one that holds half of the last window's appeals, if one does.
    pub event: Option<usize>,
}

impl Stream {
    /// The alarm that is open.
    pub fn open(&self) -> Option<&Alarm> {
        self.alarms.last().filter(|a| a.change != Change::Closed)
    }

    /// The appeals in the last window that was told.
    pub fn newest(&self) -> &[String] {
        self.tickets.iter().rev().find(|t| !t.is_empty()).map_or(&[], Vec::as_slice)
    }
}

/// Entries of one stream, by time.
struct Flow {
    of: StreamOf,
    members: Vec<u32>,
}

/// All streams with alarms; those that are open first, then by the time of the last change.
pub(super) fn streams(corpus: &Corpus, appeals: &[Heard], events: &[Vec<u32>], season: &Season) -> Vec<Stream> {
    let (first, last) = span(corpus);
    let mut event_of: Vec<Option<usize>> = vec![None; corpus.len()];
    for (number, members) in events.iter().enumerate() {
        members.iter().for_each(|&m| event_of[m as usize] = Some(number));
    }
    let days = ((last - first) / 24.0).max(1.0);
    let of_flow = |watch: &Watch<'_>, flow: Flow| -> Option<Stream> {
        let alarms = watch.alarms(&flow.members);
        let inside = |told: &Alarm| -> Vec<u32> {
            let hours = |m: &u32| corpus.entries[*m as usize].hours;
            let to = flow.members.partition_point(|m| hours(m) <= told.hours);
            let from = flow.members.partition_point(|m| hours(m) <= told.hours - told.window);
            let told = if told.change == Change::Closed { from } else { to };
            flow.members.get(from.max(told.saturating_sub(LISTED))..told).unwrap_or_default().to_vec()
        };
        let windows: Vec<Vec<u32>> = alarms.iter().map(inside).collect();
        let newest = windows.iter().rev().find(|w| !w.is_empty())?;
        let said = newest.iter().map(|&m| &appeals[corpus.entries[m as usize].source]);
        if flow.of.word().is_some_and(|word| !Covered::of(said).shows(word)) {
            return None;
        }
        let mut held: BTreeMap<usize, usize> = BTreeMap::new();
        newest.iter().filter_map(|&m| event_of[m as usize]).for_each(|e| *held.entry(e).or_default() += 1);
        let main = held.into_iter().max_by_key(|(e, n)| (*n, std::cmp::Reverse(*e)));
        let event = main.filter(|(_, n)| n * 2 >= newest.len()).map(|(e, _)| e);
        let ids = |w: &Vec<u32>| w.iter().map(|&m| appeals[corpus.entries[m as usize].source].id.clone()).collect();
        let tickets = windows.iter().map(ids).collect();
        Some(Stream { of: flow.of, alarms, tickets, event })
    };
    let watched = |flows: &[Flow], looks: usize, budget: f64| {
        let bound = budget / (SPANS.len() as f64 * (looks as f64 / days).max(1.0));
        let members: Vec<&[u32]> = flows.iter().map(|f| f.members.as_slice()).collect();
        let spread = overdispersion(corpus, &members, season, first, last);
        Watch::new(corpus, season, (first, last), bound, spread)
    };
    let looks = |flows: &[Flow]| flows.iter().map(|f| f.members.len()).sum::<usize>();
    let places = places(corpus);
    let watch = watched(&places, looks(&places), PLACES);
    let mut found: Vec<Stream> = places.into_par_iter().filter_map(|flow| of_flow(&watch, flow)).collect();
    let words = keywords(corpus);
    // each arrival is also one of the word in its district and in its town
    let watch = watched(&words, 3 * looks(&words), WORDS);
    let of_word = |flow: Flow| -> Vec<Stream> {
        let local = local(corpus, &flow);
        std::iter::once(flow).chain(local).filter_map(|flow| of_flow(&watch, flow)).collect()
    };
    found.extend(words.into_par_iter().flat_map_iter(of_word).collect::<Vec<_>>());
    found = without_echoes(found);
    let order = |s: &Stream| (s.open().is_none(), s.alarms.last().map_or(0.0, |a| -a.hours));
    found.sort_by(|a, b| {
        let ((x, at), (y, bt)) = (order(a), order(b));
        x.cmp(&y).then(at.total_cmp(&bt)).then_with(|| a.of.cmp(&b.of))
    });
    found
}

/// The town and the district of an appeal, each once.
fn places_of(e: &Entry) -> impl Iterator<Item = u32> {
    let district = if e.district == e.region { 0 } else { e.district };
    [e.region, district].into_iter().filter(|r| *r != 0)
}

/// A word in each district and town in which it was said often enough to be watched there.
fn local(corpus: &Corpus, flow: &Flow) -> Vec<Flow> {
    let Some(word) = flow.of.word() else { return Vec::new() };
    let mut at: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for &m in &flow.members {
        let e = &corpus.entries[m as usize];
        for region in places_of(e) {
            at.entry(region).or_default().push(m);
        }
    }
    let most = flow.members.len() as f64 * NEARLY_ALL;
    let telling = at.into_iter().filter(|(_, m)| m.len() >= FEWEST && (m.len() as f64) < most);
    let of =
        |region: u32| StreamOf::Local { word: word.to_owned(), region: corpus.regions[region as usize - 1].clone() };
    telling.map(|(region, members)| Flow { of: of(region), members }).collect()
}

/// Categories by town and by district.
fn places(corpus: &Corpus) -> Vec<Flow> {
    let dated = dated(corpus);
    let mut flows: BTreeMap<(u16, u32), Vec<u32>> = BTreeMap::new();
    for (at, e) in corpus.entries.iter().enumerate().filter(|(_, e)| dated(e)) {
        let Some(&(category, _)) = e.categories.first() else { continue };
        for region in places_of(e) {
            flows.entry((category, region)).or_default().push(at as u32);
        }
    }
    let name = |(category, region): (u16, u32)| StreamOf::Place {
        category: corpus.categories[usize::from(category)].clone(),
        region: corpus.regions[region as usize - 1].clone(),
    };
    flows.into_iter().map(|(key, members)| Flow { of: name(key), members }).collect()
}

/// Whether a word only counts: 第三次, 首次, 再三. It tells how often somebody called, not about what.
fn only_counts(word: &str) -> bool {
    word.chars().all(|c| c.is_ascii_digit() || COUNTING.contains(c))
}

/// Words and names that say something. Pairs of characters that are not a word are parts of names: the name stands
/// for them.
fn keywords(corpus: &Corpus) -> Vec<Flow> {
    let dated = dated(corpus);
    let mut members: Vec<Vec<u32>> = vec![Vec::new(); corpus.terms.len()];
    for (at, e) in corpus.entries.iter().enumerate().filter(|(_, e)| dated(e)) {
        e.terms
            .iter()
            .filter(|(t, _)| corpus.idf[*t as usize] > 0.0)
            .for_each(|(t, _)| members[*t as usize].push(at as u32));
    }
    // one name may be both a word and a place
    let mut flows: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
    let telling = |(term, members): &(&Term, Vec<u32>)| members.len() >= FEWEST && !only_counts(&term.text);
    for (term, members) in corpus.terms.iter().zip(members).filter(telling) {
        let own = flows.entry(&term.text).or_default();
        own.extend(members);
        own.sort_unstable();
        own.dedup();
    }
    flows.into_iter().map(|(word, members)| Flow { of: StreamOf::Keyword(word.to_owned()), members }).collect()
}
