//! Dense traffic of a made-up city: sentences of different appeals and calls of one category make new ones.

use std::{collections::BTreeMap, path::Path};

use jiff::{SignedDuration, Timestamp};
use rand::{RngExt, rngs::StdRng};
use serde::Deserialize;

use crate::{
    city::CityPack,
    insight::Heard,
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
    rows: Vec<(String, String, String)>,
    by_category: BTreeMap<String, Vec<usize>>,
    codes: Vec<String>,
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
    pub fn read(quiet: &[&Told], calls: &Path) -> Result<Self, DataError> {
        let mut rows: Vec<(String, String, String)> = Vec::new();
        for told in quiet {
            let category = told.category.clone().unwrap_or_default();
            rows.push((told.heard.title.clone(), told.heard.text.clone(), category));
        }
        for file in jsonl_files(calls, "name the folder of the calls with --calls")? {
            for (_, line) in jsonl::<Line>(&file, "one call a line")? {
                rows.push((line.title, line.text, line.category.unwrap_or_default()));
            }
        }
        let mut by_category: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (at, row) in rows.iter().enumerate() {
            by_category.entry(row.2.clone()).or_default().push(at);
        }
        Ok(Self { rows, codes: by_category.keys().filter(|c| !c.is_empty()).cloned().collect(), by_category })
    }

    /// `count` appeals at `per_day` a day, more by day than by night, each with a caller and a town of its own. Their
    /// category is wrong in one case of five.
    pub fn traffic(&self, pack: &CityPack, count: usize, per_day: usize, rng: &mut StdRng) -> Vec<Heard> {
        let towns: Vec<_> = pack.regions.iter().filter(|r| r.town.is_some()).collect();
        let mut traffic = Vec::with_capacity(count);
        for n in 0..if self.rows.is_empty() { 0 } else { count } {
            let (title, text, category) = &self.rows[rng.random_range(0..self.rows.len())];
            let like = &self.by_category[category];
            let (_, other, _) = &self.rows[like[rng.random_range(0..like.len())]];
            let hours = (n / per_day.max(1)) as f64 * 24.0 + hour_of_day(rng.random());
            let region = towns.get(rng.random_range(0..towns.len().max(1)));
            traffic.push(Heard {
                id: format!("B{n}"),
                at: at(hours),
                title: if rng.random::<bool>() { title.clone() } else { String::new() },
                text: recombined(text, other, rng),
                caller: Some(format!("b{n}")),
                district: region.map(|r| r.district.clone()),
                town: region.and_then(|r| r.town.clone()),
                categories: self.read_as(category, rng),
                ..Heard::default()
            });
        }
        traffic
    }

    /// A category as a classifier reads it.
    pub(super) fn read_as(&self, category: &str, rng: &mut StdRng) -> Vec<(String, f32)> {
        let wrong = rng.random::<f64>() < WRONG && !self.codes.is_empty();
        let code = if wrong { self.codes[rng.random_range(0..self.codes.len())].clone() } else { category.to_owned() };
        if code.is_empty() { Vec::new() } else { vec![(code, 0.8)] }
    }
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
