//! Dense traffic of a made-up city: sentences of different appeals and calls of one category make new ones.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use jiff::{SignedDuration, Timestamp};
use rand::{RngExt, rngs::StdRng};
use serde::Deserialize;

use crate::{
    city::CityPack,
    insight::{Corpus, Heard, Kind, Reader},
    labelled::{DataError, jsonl, jsonl_files},
};

use super::Told;

/// The first instant of all synthetic traffic.
pub const START: i64 = 1_780_243_200;

/// How often the category is a wrong one, as a classifier's is.
const WRONG: f64 = 0.2;

/// What new appeals are made of.
#[derive(Debug)]
pub struct Material {
    rows: Vec<Row>,
    by_category: BTreeMap<String, Vec<usize>>,
    codes: Vec<String>,
    /// Names of places in all rows, by their last character.
    names: BTreeMap<char, Vec<String>>,
}

#[derive(Debug)]
struct Row {
    title: String,
    text: String,
    category: String,
    /// Names of places in it.
    names: Vec<String>,
}

#[derive(Deserialize)]
struct Line {
    #[serde(default)]
    title: String,
    #[serde(default)]
    text: String,
    category: Option<String>,
}

impl Material {
    /// Appeals that belong to no event, and the rows of a folder of calls (each with `title`, `text`, `category`).
    ///
    /// # Errors
    /// A missing folder or a line that is no call.
    pub fn read(quiet: &[&Told], calls: &Path, reader: &Reader<'_>) -> Result<Self, DataError> {
        let mut rows: Vec<Row> = Vec::new();
        let row = |title: &str, text: &str, category: Option<&str>| Row {
            title: title.to_owned(),
            text: text.to_owned(),
            category: category.unwrap_or_default().to_owned(),
            names: Vec::new(),
        };
        for told in quiet {
            rows.push(row(&told.heard.title, &told.heard.text, told.category.as_deref()));
        }
        for file in jsonl_files(calls, "name the folder of the calls with --calls")? {
            for (_, line) in jsonl::<Line>(&file, "one call a line")? {
                rows.push(row(&line.title, &line.text, line.category.as_deref()));
            }
        }
        let names = named(&mut rows, reader);
        let mut by_category: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (at, row) in rows.iter().enumerate() {
            by_category.entry(row.category.clone()).or_default().push(at);
        }
        Ok(Self { rows, codes: by_category.keys().filter(|c| !c.is_empty()).cloned().collect(), by_category, names })
    }

    /// `count` appeals at `per_day` a day, more by day than by night, each with a caller and a town of its own. Their
    /// category is wrong in one case of five. Each names places of its own, so that a text which comes a second time is
    /// about another house or street: a city does not hear of the same one every four days, from somebody else each
    /// time.
    pub fn traffic(&self, pack: &CityPack, count: usize, per_day: usize, rng: &mut StdRng) -> Vec<Heard> {
        let towns: Vec<_> = pack.regions.iter().filter(|r| r.town.is_some()).collect();
        let mut traffic = Vec::with_capacity(count);
        for n in 0..if self.rows.is_empty() { 0 } else { count } {
            let one = &self.rows[rng.random_range(0..self.rows.len())];
            let like = &self.by_category[&one.category];
            let other = &self.rows[like[rng.random_range(0..like.len())]];
            let hours = (n / per_day.max(1)) as f64 * 24.0 + hour_of_day(rng.random());
            let region = towns.get(rng.random_range(0..towns.len().max(1)));
            let mut title = if rng.random::<bool>() { one.title.clone() } else { String::new() };
            let mut text = recombined(&one.text, &other.text, rng);
            for name in one.names.iter().chain(&other.names) {
                let moved = self.another(name, rng);
                (title, text) = (title.replace(name, moved), text.replace(name, moved));
            }
            traffic.push(Heard {
                id: format!("B{n}"),
                at: at(hours),
                title,
                text,
                caller: Some(format!("b{n}")),
                district: region.map(|r| r.district.clone()),
                town: region.and_then(|r| r.town.clone()),
                categories: self.read_as(&one.category, rng),
                ..Heard::default()
            });
        }
        traffic
    }

    /// A name of the same kind.
    fn another<'a>(&'a self, name: &'a str, rng: &mut StdRng) -> &'a str {
        let like = name.chars().next_back().and_then(|last| self.names.get(&last));
        like.map_or(name, |like| &like[rng.random_range(0..like.len())])
    }

    /// A category as a classifier reads it.
    pub(super) fn read_as(&self, category: &str, rng: &mut StdRng) -> Vec<(String, f32)> {
        let wrong = rng.random::<f64>() < WRONG && !self.codes.is_empty();
        let code = if wrong { self.codes[rng.random_range(0..self.codes.len())].clone() } else { category.to_owned() };
        if code.is_empty() { Vec::new() } else { vec![(code, 0.8)] }
    }
}

/// Finds the names of places in each row; all of them by their last character.
fn named(rows: &mut [Row], reader: &Reader<'_>) -> BTreeMap<char, Vec<String>> {
    let heard: Vec<Heard> = rows
        .iter()
        .enumerate()
        .map(|(n, row)| Heard {
            id: n.to_string(),
            title: row.title.clone(),
            text: row.text.clone(),
            ..Heard::default()
        })
        .collect();
    let corpus = Corpus::new(&heard, &[], reader);
    let mut all: BTreeMap<char, BTreeSet<String>> = BTreeMap::new();
    for entry in &corpus.entries {
        let places = entry.terms.iter().map(|(t, _)| &corpus.terms[*t as usize]).filter(|t| t.kind == Kind::Place);
        let names = &mut rows[entry.source].names;
        names.extend(places.map(|t| t.text.clone()).filter(|n| n.chars().nth(2).is_some()));
        // the longer first: one may stand in another
        names.sort_by_key(|name| std::cmp::Reverse(name.len()));
        for name in names.iter() {
            all.entry(name.chars().next_back().unwrap_or_default()).or_default().insert(name.clone());
        }
    }
    all.into_iter().map(|(last, names)| (last, names.into_iter().collect())).collect()
}

/// Days between two bursts of one gold event: nearer ones are one event to anybody who reads them.
pub(super) const APART_DAYS: usize = 10;

/// Traffic with bursts in it: the appeals of one gold event, at most forty, moved into one day and to new callers; one
/// burst for two hundred appeals, and of each event one in ten days at most. Beside each appeal stands its burst, if it
/// is of one.
pub fn with_bursts(
    material: &Material,
    told: &[Told],
    pack: &CityPack,
    count: usize,
    rng: &mut StdRng,
) -> (Vec<Heard>, Vec<Option<String>>) {
    const PER_DAY: usize = 3_800;
    let mut heard = material.traffic(pack, count, PER_DAY, rng);
    let mut of: Vec<Option<String>> = vec![None; heard.len()];
    let mut events: BTreeMap<&str, Vec<&Told>> = BTreeMap::new();
    for one in told {
        if let Some(event) = one.event.as_deref() {
            events.entry(event).or_default().push(one);
        }
    }
    let events: Vec<Vec<&Told>> = events.into_values().filter(|e| e.len() > 3).collect();
    let days = (count / PER_DAY).max(1);
    let rounds = (days / APART_DAYS).max(1);
    let bursts = (count / 200).min(events.len() * rounds);
    for number in 0..bursts {
        let members = &events[number % events.len()];
        // each event has its own hour in every round
        let place = (number % events.len()) as f64 / events.len() as f64;
        let begin = 24.0 * (days / rounds) as f64 * ((number / events.len()) as f64 + place);
        for (k, own) in members.iter().enumerate().take(40) {
            let id = format!("X{number}-{k}");
            let mut one = own.heard.clone();
            one.at = at(begin + rng.random_range(0.0..24.0));
            one.caller = Some(id.clone());
            one.id = id;
            one.categories = material.read_as(own.category.as_deref().unwrap_or_default(), rng);
            heard.push(one);
            of.push(Some(format!("X{number}")));
        }
    }
    (heard, of)
}

/// An instant of the synthetic traffic.
pub(super) fn at(hours: f64) -> Option<Timestamp> {
    let start = Timestamp::from_second(START).ok()?;
    start.checked_add(SignedDuration::from_secs((hours * 3600.0) as i64)).ok()
}

/// 0 to 1 as an hour: most of it between eight and eight in the city.
fn hour_of_day(x: f64) -> f64 {
    if x < 0.85 { 12.0 * x / 0.85 } else { 12.0 + 12.0 * (x - 0.85) / 0.15 }
}

/// About half of the sentences of one text, then about half of another's.
pub(super) fn recombined(one: &str, other: &str, rng: &mut StdRng) -> String {
    let mut text = String::new();
    for source in [one, other] {
        for sentence in source.split_inclusive(['。', ',', ',', '!', '?', ' ']) {
            if rng.random::<bool>() {
                text.push_str(sentence);
            }
        }
    }
    if text.is_empty() { one.to_owned() } else { text }
}
