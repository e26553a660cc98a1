//! What a group of appeals is about: a title that a person would write, key terms, quotes, places, people.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::text::{Normalized, mask};

use super::{
    corpus::{Corpus, Entry},
    covered::Covered,
    headline::{matter, title},
    heard::{Heard, Kind},
};

/// Members read at most for words and quotes, evenly over time.
const READ: usize = 60;

/// Longest quote, in characters.
const QUOTE: usize = 60;

/// What names a group of which everything was told in confidence.
const UNTOLD: &str = "保密诉求";

/// Hours of the hourly curve.
const HOURS: usize = 48;

/// Key terms at most.
const TERMS: usize = 8;

/// What a reader wants to know of an event or topic.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Portrait {
    /// Matter, with the place where there is one.
    pub title: String,
    /// The matter alone, as the title has it.
    pub matter: String,
    /// Id of the appeal whose words it is.
    pub said_by: Option<String>,
    /// Terms that set it apart, most telling first.
    pub terms: Vec<String>,
    /// Up to three masked sentences that are far from each other, each with the id of its appeal.
    pub quotes: Vec<(String, String)>,
    /// Places named by more than one appeal, most frequent first, with how many.
    pub places: Vec<(String, usize)>,
    /// Regions, most frequent first, with how many.
    pub regions: Vec<(String, usize)>,
    /// Departments, most frequent first, with how many.
    pub departments: Vec<(String, usize)>,
    /// Distinct callers; an appeal without one counts as a caller of its own.
    pub callers: usize,
    /// Share of appeals that repeat one of the same caller, or are marked so.
    pub repeats: f64,
    /// Share of unsolved appeals among those of which it is known.
    pub unsolved: Option<f64>,
    /// Appeals by urgency: U1 to U4.
    pub urgency: [usize; 4],
    /// Appeals per day from the first to the last day (UTC+8), at most 400 days.
    pub daily: Vec<usize>,
    /// Appeals per hour of the two days up to the last one, the hour of that one last.
    pub hourly: Vec<usize>,
}

/// The portrait of `members` (numbers in the corpus, rising), which are appeals of `heard`.
pub fn portrait(corpus: &Corpus, heard: &[Heard], members: &[u32]) -> Portrait {
    let entries: Vec<&Entry> = members.iter().map(|&m| &corpus.entries[m as usize]).collect();
    let step = entries.len().div_ceil(READ).max(1);
    let read: Vec<&Entry> = entries.iter().copied().step_by(step).collect();
    let texts: Vec<String> = read
        .iter()
        .map(|e| {
            let heard = &heard[e.source];
            format!("{}\n{}", Normalized::of(&heard.title).text(), Normalized::of(&heard.text).text())
        })
        .collect();
    let shares = shares(corpus, &entries);
    let covered = Covered::of(read.iter().map(|e| &heard[e.source]));
    let terms = key_terms(corpus, &shares, &texts, &covered, &language(corpus, &entries));
    let places = places(corpus, &entries);
    let regions =
        counted(entries.iter().filter(|e| e.region != 0).map(|e| corpus.regions[e.region as usize - 1].clone()));
    let mut callers = BTreeSet::new();
    let (mut anonymous, mut repeated) = (0, 0);
    for entry in &entries {
        let again = entry.caller != 0 && !callers.insert(entry.caller);
        anonymous += usize::from(entry.caller == 0);
        repeated += usize::from(again || heard[entry.source].repeat == Some(true));
    }
    let known: Vec<bool> = entries.iter().filter_map(|e| heard[e.source].unsolved).collect();
    let mut urgency = [0; 4];
    for level in entries.iter().filter_map(|e| heard[e.source].urgency) {
        urgency[3 - level as usize] += 1;
    }
    let open: Vec<&Entry> = read.iter().copied().filter(|e| !heard[e.source].confidential).collect();
    let (matter, said_by) = match open.is_empty() {
        true => (UNTOLD.to_owned(), None),
        false => matter(corpus, heard, &open, &shares),
    };
    Portrait {
        title: title(&matter, &places, &regions, entries.len()),
        matter,
        said_by,
        quotes: quotes(corpus, heard, &open, &shares),
        terms,
        departments: counted(entries.iter().filter_map(|e| heard[e.source].department.clone())),
        callers: callers.len() + anonymous,
        repeats: repeated as f64 / entries.len().max(1) as f64,
        unsolved: (!known.is_empty()).then(|| known.iter().filter(|u| **u).count() as f64 / known.len() as f64),
        urgency,
        daily: daily(&entries),
        hourly: hourly(&entries),
        places,
        regions,
    }
}

/// How telling each term is of the group: share of the members that hold it, less half a member, times its
/// information (class-based TF-IDF).
fn shares(corpus: &Corpus, entries: &[&Entry]) -> BTreeMap<u32, f32> {
    let mut held: BTreeMap<u32, f32> = BTreeMap::new();
    for (t, _) in entries.iter().flat_map(|e| &e.terms) {
        *held.entry(*t).or_default() += 1.0;
    }
    let n = entries.len() as f32;
    let less = if n > 1.0 { 0.5 } else { 0.0 };
    held.retain(|t, h| {
        *h = (*h - less) / n * corpus.idf[*t as usize];
        *h > 0.0
    });
    held
}

/// The words of the language that members hold.
fn language<'c>(corpus: &'c Corpus, entries: &[&Entry]) -> HashSet<&'c str> {
    let held = entries.iter().flat_map(|e| &e.terms).map(|(t, _)| *t);
    let common = |t: &u32| !corpus.proper.get(*t as usize).copied().unwrap_or(true);
    held.filter(common).map(|t| corpus.terms[t as usize].text.as_str()).collect()
}

/// Whether two characters stand side by side only where words meet: 子咳 in 孩子咳嗽.
fn is_seam(pair: &str, texts: &[String], language: &HashSet<&str>) -> bool {
    let mut chars = pair.chars();
    let (Some(one), Some(two), None) = (chars.next(), chars.next(), chars.next()) else { return false };
    let mut all = texts.iter().flat_map(|text| text.match_indices(pair).map(move |(at, _)| text.split_at(at)));
    let known = |word: [Option<char>; 2]| {
        let word: String = word.into_iter().flatten().collect();
        word != pair && language.contains(word.as_str())
    };
    let meets = |(before, after): (&str, &str)| {
        known([before.chars().next_back(), Some(one)]) || known([Some(two), after.chars().nth(2)])
    };
    !language.contains(pair) && all.all(meets)
}

/// Terms by how telling they are, without personal data; pairs of characters are grown to the whole name that the
/// texts hold, and left out where they are no name.
fn key_terms(
    corpus: &Corpus,
    shares: &BTreeMap<u32, f32>,
    texts: &[String],
    covered: &Covered<'_>,
    language: &HashSet<&str>,
) -> Vec<String> {
    let mut best: Vec<(u32, f32)> = shares.iter().map(|(t, s)| (*t, *s)).collect();
    best.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| corpus.terms[a.0 as usize].cmp(&corpus.terms[b.0 as usize])));
    let mut terms: Vec<String> = Vec::new();
    for (t, _) in best.into_iter().take(TERMS * 4) {
        let grown = grow(&corpus.terms[t as usize].text, texts);
        if terms.iter().any(|known| known.contains(&grown))
            || !covered.shows(&grown)
            || is_seam(&grown, texts, language)
        {
            continue;
        }
        match terms.iter_mut().find(|known| grown.contains(known.as_str())) {
            Some(part) => *part = grown,
            None => terms.push(grown),
        }
        if terms.len() == TERMS {
            break;
        }
    }
    terms
}

/// A string with the neighbours that it nearly always has: 栖府 becomes 云栖府.
fn grow(term: &str, texts: &[String]) -> String {
    let mut grown = term.to_owned();
    while grown.chars().count() < 8 {
        let mut beside: BTreeMap<(bool, char), usize> = BTreeMap::new();
        let mut found = 0;
        for text in texts {
            for (at, _) in text.match_indices(&grown) {
                found += 1;
                let solid = |c: &char| matches!(c, '\u{4E00}'..='\u{9FFF}');
                if let Some(c) = text[..at].chars().next_back().filter(solid) {
                    *beside.entry((false, c)).or_default() += 1;
                }
                if let Some(c) = text[at + grown.len()..].chars().next().filter(solid) {
                    *beside.entry((true, c)).or_default() += 1;
                }
            }
        }
        let most = beside.into_iter().max_by_key(|(key, n)| (*n, std::cmp::Reverse(*key)));
        match most.filter(|(_, n)| found >= 3 && *n * 10 >= found * 9) {
            Some(((true, c), _)) => grown.push(c),
            Some(((false, c), _)) => grown.insert(0, c),
            None => break,
        }
    }
    grown
}

/// Places named by two members at least; one that is part of another is counted with the shorter name.
fn places(corpus: &Corpus, entries: &[&Entry]) -> Vec<(String, usize)> {
    let mut named: BTreeMap<&str, usize> = BTreeMap::new();
    for (t, _) in entries.iter().flat_map(|e| &e.terms) {
        if corpus.kind(*t) == Kind::Place {
            *named.entry(&corpus.terms[*t as usize].text).or_default() += 1;
        }
    }
    // the names that each name holds
    let parts: BTreeMap<&str, Vec<&str>> = named
        .keys()
        .map(|whole| (*whole, named.keys().copied().filter(|part| whole.contains(*part)).collect()))
        .collect();
    let mut holders: BTreeMap<&str, usize> = BTreeMap::new();
    for entry in entries {
        let names = entry.terms.iter().map(|(t, _)| &corpus.terms[*t as usize]).filter(|t| t.kind == Kind::Place);
        let own: BTreeSet<&str> = names.filter_map(|t| parts.get(t.text.as_str())).flatten().copied().collect();
        own.into_iter().for_each(|name| *holders.entry(name).or_default() += 1);
    }
    let long = |name: &str| name.chars().nth(2).is_some();
    let told = holders.into_iter().filter(|(name, n)| *n > 1 && long(name));
    let mut found: Vec<(String, usize)> = told.map(|(name, n)| (name.to_owned(), n)).collect();
    found.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| b.0.len().cmp(&a.0.len())).then_with(|| a.0.cmp(&b.0)));
    let mut kept: Vec<(String, usize)> = Vec::new();
    for (name, n) in found {
        if !kept.iter().any(|(k, _)| name.contains(k.as_str()) || k.contains(&name)) {
            kept.push((name, n));
        }
    }
    kept.truncate(8);
    kept
}

fn counted(things: impl Iterator<Item = String>) -> Vec<(String, usize)> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    things.for_each(|thing| *counts.entry(thing).or_default() += 1);
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    counts
}

/// The member nearest to what is common, then those farthest from the ones already taken.
fn quotes(corpus: &Corpus, heard: &[Heard], read: &[&Entry], shares: &BTreeMap<u32, f32>) -> Vec<(String, String)> {
    let common = |e: &Entry| -> f32 {
        e.terms.iter().filter_map(|(t, _)| shares.get(t)).sum::<f32>() / (e.terms.len() as f32 + 10.0).sqrt()
    };
    let likeness = |a: &Entry, b: &Entry| -> f32 {
        let own: HashSet<u32> = a.terms.iter().map(|(t, _)| *t).collect();
        let both: f32 =
            b.terms.iter().filter(|(t, _)| own.contains(t)).map(|(t, _)| corpus.idf[*t as usize].powi(2)).sum();
        both / (a.norm * b.norm).max(1e-6)
    };
    let mut taken: Vec<&Entry> = Vec::new();
    while taken.len() < 3.min(read.len()) {
        let worth = |e: &Entry| match taken.iter().map(|t| likeness(t, e)).reduce(f32::max) {
            None => common(e),
            Some(near) => -near,
        };
        let left = read.iter().copied().filter(|e| taken.iter().all(|t| t.source != e.source));
        let best = left.reduce(|a, b| if worth(b) > worth(a) { b } else { a });
        let Some(best) = best else { break };
        taken.push(best);
    }
    let words = |e: &&Entry| {
        let heard = &heard[e.source];
        let text = if heard.text.trim().is_empty() { &heard.title } else { &heard.text };
        let masked = mask(text.trim()).text;
        let short: String = masked.chars().take(QUOTE).collect();
        let ends =
            short.rfind(['。', '!', '?', '!', '?', ';', ';']).filter(|&at| short[..at].chars().count() > QUOTE / 3);
        let quote = match ends {
            Some(at) => short.get(..at).unwrap_or(&short).to_owned(),
            None if masked.chars().nth(QUOTE).is_some() => format!("{short}…"),
            None => short,
        };
        (heard.id.clone(), quote)
    };
    taken.iter().map(words).collect()
}

fn daily(entries: &[&Entry]) -> Vec<usize> {
    let day = |e: &&Entry| ((e.hours + 8.0) / 24.0).floor() as i64;
    let timed: Vec<i64> = entries.iter().copied().filter(|e| e.timed).map(|e| day(&e)).collect();
    let (Some(first), Some(last)) = (timed.iter().min(), timed.iter().max()) else { return Vec::new() };
    let mut days = vec![0; usize::try_from((last - first + 1).min(400)).unwrap_or(0)];
    for day in &timed {
        if let Some(count) = usize::try_from(day - first).ok().and_then(|at| days.get_mut(at)) {
            *count += 1;
        }
    }
    days
}

fn hourly(entries: &[&Entry]) -> Vec<usize> {
    let timed: Vec<i64> = entries.iter().filter(|e| e.timed).map(|e| e.hours.floor() as i64).collect();
    let Some(last) = timed.iter().max() else { return Vec::new() };
    let mut hours = vec![0; HOURS];
    for hour in &timed {
        if let Some(count) =
            usize::try_from(last - hour).ok().and_then(|ago| hours.get_mut((HOURS - 1).checked_sub(ago)?))
        {
            *count += 1;
        }
    }
    hours
}
