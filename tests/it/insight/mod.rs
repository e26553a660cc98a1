//! The room `insight` through its public face.

mod again;
mod alarm;
mod apart;
mod bad;
mod causes;
mod corrections;
mod find;
mod headline;
mod lineage;
mod relation;
mod streams;
mod trend;

use std::sync::LazyLock;

use tingsu::{
    boot::embedded_pack,
    city::CityPack,
    domain::parse_city,
    insight::{Findings, Heard, Reader, findings},
    text::{Analyser, Lexicon},
};

static PACK: LazyLock<(CityPack, Analyser)> = LazyLock::new(|| {
    let pack = CityPack::parse(&embedded_pack()).unwrap();
    let analyser = Analyser::build(Lexicon {
        words: &pack.dictionary,
        regions: &pack.regions,
        rules: &pack.rules,
        contexts: &pack.contexts,
    });
    (pack, analyser)
});

fn run(appeals: &[Heard]) -> Findings {
    let (pack, analyser) = &*PACK;
    findings(appeals, &[], &Reader::new(pack, analyser), &pack.calendar)
}

/// `id|at|town|title|text`, with the caller named after the id.
fn heard(line: &str) -> Heard {
    let parts: Vec<&str> = line.split('|').collect();
    Heard {
        id: parts[0].to_owned(),
        at: parse_city(parts[1]).ok(),
        town: (!parts[2].is_empty()).then(|| parts[2].to_owned()),
        title: parts[3].to_owned(),
        text: parts[4].to_owned(),
        caller: Some(format!("c{}", parts[0])),
        ..Heard::default()
    }
}

/// The simulated city's appeals of the first days, without their labels.
fn city(days: &str) -> Vec<Heard> {
    let mut all = Vec::new();
    for (_, bytes) in tingsu::boot::embedded_appeals() {
        for line in std::str::from_utf8(&bytes).unwrap().lines() {
            let row: serde_json::Value = serde_json::from_str(line).unwrap();
            let text = |key: &str| row[key].as_str().unwrap_or_default().to_owned();
            if text("at").as_str() < days {
                let at = parse_city(&format!("2026-{}", text("at"))).ok();
                let some = |key: &str| Some(text(key)).filter(|t| !t.is_empty());
                all.push(Heard {
                    id: text("id"),
                    at,
                    title: text("title"),
                    text: text("text"),
                    caller: some("caller"),
                    district: some("district"),
                    town: some("town"),
                    place: some("place"),
                    ..Heard::default()
                });
            }
        }
    }
    all
}

/// Ids of the appeals of each event.
fn groups(found: &Findings) -> Vec<Vec<&str>> {
    found.events.iter().map(|e| e.tickets.iter().map(String::as_str).collect()).collect()
}
