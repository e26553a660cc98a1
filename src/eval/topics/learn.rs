//! Fits the weights of `insight` anew: logistic regression over the pairs that a pass compares.
//!
//! Only the tuning half of the gold events is looked at; pairs with an appeal of the other half are left out. Each
//! event is read as it is and with every second appeal moved to another name of the same kind (another estate, another
//! road), so that likeness of words alone is not enough; and both by the city's own words and by those of a city
//! that the pack does not know.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    city::CityPack,
    domain::fold,
    insight::{Corpus, FIRST_LOOK, Heard, Kind, Reader, evidence},
    model::ModelError,
    text::{Analyser, Lexicon},
    triage::Triager,
};

use super::{Told, ear, newton, score::TUNING};

/// Share of an event that names its anchor at least.
const ANCHORED: f64 = 0.4;

/// What a true pair counts, on average; each by 1 / size of its event.
const TRUE: f64 = 2.5;

/// One false pair in so many is looked at, and counts for all of them.
const FALSE_IN: u64 = 4;

/// Appeals with what is known of them.
struct View {
    heard: Vec<Heard>,
    vectors: Vec<Vec<f32>>,
    event: Vec<Option<String>>,
}

/// The text of `weights.rs`.
pub(super) fn learn(told: &[Told], triager: &Triager) -> Result<String, ModelError> {
    let mut foreign_pack = (*triager.pack).clone();
    foreign_pack.regions.clear();
    foreign_pack.dictionary.clear();
    let lexicon = |pack: &CityPack| {
        let (words, regions) = (pack.dictionary.clone(), pack.regions.clone());
        Analyser::build(Lexicon { words: &words, regions: &regions, rules: &pack.rules, contexts: &pack.contexts })
    };
    let foreign = lexicon(&foreign_pack);
    let readers = [Reader::new(&triager.pack, &triager.analyser), Reader::new(&foreign_pack, &foreign)];
    let plain = |told: &[Told]| View {
        heard: told.iter().map(|t| t.heard.clone()).collect(),
        vectors: Vec::new(),
        event: told.iter().map(|t| t.event.clone()).collect(),
    };
    let (own, twins) = (plain(told), plain(&twins(told, &readers[0])));
    let modelled = |view: &View| -> Result<View, ModelError> {
        let mut heard = view.heard.clone();
        let vectors = ear(triager, &mut heard)?;
        Ok(View { heard, vectors, event: view.event.clone() })
    };
    let full = [modelled(&own)?, modelled(&twins)?];
    let without = full.each_ref().map(|v| View { heard: v.heard.clone(), vectors: Vec::new(), event: v.event.clone() });
    let parts = [
        ("FULL", "With categories and sentence vectors.", &full),
        ("NO_VECTORS", "With categories alone.", &without),
        ("WORDS", "With words, places and times alone.", &[own, twins]),
    ];
    let mut text = String::from(HEAD);
    for (name, doc, views) in parts {
        let rows: Vec<newton::Row> =
            views.iter().flat_map(|view| readers.iter().flat_map(|reader| rows(told, view, reader))).collect();
        let (first, second) = (newton::fit(&rows, FIRST_LOOK), newton::fit(&rows, usize::MAX));
        let list = |weights: &[f64]| weights.iter().map(|w| format!("{w:.3}")).collect::<Vec<_>>().join(", ");
        let (first, second) = (list(&first), list(&second));
        text.push_str(&format!(
            "\n/// {doc}\npub(super) const {name}: Weights = Weights {{\n    first: [{first}],\n    second: [{second}],\n}};\n"
        ));
    }
    Ok(text)
}

const HEAD: &str =
    "//! Fitted numbers: logistic regression over the pairs of the tuning half of the simulated city, once as it is and
//! once with every second appeal of an event moved to another name of the same kind, each read with and without the
//! pack's regions and dictionary. Written by `tingsu eval topics --learn src/insight/weights.rs`; since the later looks
//! lean on the first one, a second run fits them better than one.

use super::likeness::{FEATURES, MORE};

/// Weights of the first and of the later looks.
#[derive(Debug)]
pub(super) struct Weights {
    pub(super) first: [f32; FEATURES],
    pub(super) second: [f32; FEATURES + MORE],
}
";

fn is_tuning(event: &str) -> bool {
    fold(event.trim_end_matches('\''), 2) == TUNING
}

fn rows(told: &[Told], view: &View, reader: &Reader<'_>) -> Vec<newton::Row> {
    let corpus = Corpus::new(&view.heard, &view.vectors, reader);
    let mut sizes: BTreeMap<&str, f64> = BTreeMap::new();
    view.event.iter().flatten().for_each(|e| *sizes.entry(e).or_default() += 1.0);
    let counts = |i: usize| view.event[i].as_deref().is_none_or(is_tuning);
    let again = |i: usize, j: usize| {
        let root = |i: usize| told[i].repeat_of.as_ref().unwrap_or(&told[i].heard.id);
        root(i) == root(j)
    };
    let found: Vec<newton::Row> = evidence(&corpus)
        .into_iter()
        .filter_map(|(a, b, values)| {
            let (i, j) = (corpus.entries[a as usize].source, corpus.entries[b as usize].source);
            let (one, other) = (view.event[i].as_deref(), view.event[j].as_deref());
            let same = one.is_some() && one == other;
            // who calls again speaks of one matter, whether it is an event or not
            let unclear = !same && again(i, j);
            let chosen = same || (u64::from(a) * 2_654_435_761 + u64::from(b) * 40_503).is_multiple_of(FALSE_IN);
            let weight = match one.filter(|_| same) {
                Some(event) => 1.0 / sizes.get(event).copied().unwrap_or(1.0),
                None => FALSE_IN as f64,
            };
            let keep = counts(i) && counts(j) && !unclear && chosen;
            keep.then(|| newton::Row { values, is_true: same, weight, offset: -f64::from(corpus.crowd) })
        })
        .collect();
    let (mut sum, mut n) = (0.0, 0.0);
    found.iter().filter(|r| r.is_true).for_each(|r| (sum, n) = (sum + r.weight, n + 1.0));
    let scale = if sum > 0.0 { TRUE * n / sum } else { 1.0 };
    found.into_iter().map(|r| if r.is_true { newton::Row { weight: r.weight * scale, ..r } } else { r }).collect()
}

/// The same appeals with every second one of each event moved to another name of the same kind; its event is another
/// then. Events without a name of their own stay as they are.
fn twins(told: &[Told], reader: &Reader<'_>) -> Vec<Told> {
    let heard: Vec<Heard> = told.iter().map(|t| t.heard.clone()).collect();
    let corpus = Corpus::new(&heard, &[], reader);
    let mut named: Vec<BTreeSet<&str>> = vec![BTreeSet::new(); told.len()];
    for entry in &corpus.entries {
        let places = entry.terms.iter().map(|(t, _)| &corpus.terms[*t as usize]).filter(|t| t.kind == Kind::Place);
        named[entry.source] = places.map(|t| t.text.as_str()).filter(|n| n.chars().nth(2).is_some()).collect();
    }
    let all: BTreeSet<&str> = named.iter().flatten().copied().collect();
    let mut members: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, one) in told.iter().enumerate() {
        if let Some(event) = one.event.as_deref() {
            members.entry(event).or_default().push(at);
        }
    }
    let mut moved = told.to_vec();
    for (number, (event, members)) in members.into_iter().enumerate() {
        let mut held: BTreeMap<&str, usize> = BTreeMap::new();
        members.iter().flat_map(|m| &named[*m]).for_each(|name| *held.entry(*name).or_default() += 1);
        let most = held.iter().max_by_key(|(name, n)| (**n, std::cmp::Reverse(**name)));
        let anchor = most.filter(|(_, n)| **n as f64 >= ANCHORED * members.len() as f64).map(|(name, _)| *name);
        let Some(anchor) = anchor else { continue };
        let like = |name: &&&str| name.chars().next_back() == anchor.chars().next_back() && !held.contains_key(**name);
        let others: Vec<&str> = all.iter().filter(like).copied().collect();
        let Some(other) = others.get(number % others.len().max(1)) else { continue };
        for &at in members.iter().skip(1).step_by(2) {
            let one = &mut moved[at];
            for text in [&mut one.heard.title, &mut one.heard.text] {
                *text = text.replace(anchor, other);
            }
            one.heard.place = one.heard.place.as_ref().map(|p| p.replace(anchor, other));
            one.event = Some(format!("{event}'"));
        }
    }
    moved
}
