//! Tests of the room `triage`, through its public face.

mod properties;
mod rules;
mod with_model;

use std::{
    path::Path,
    sync::{Arc, LazyLock},
};

use tingsu::{
    city::CityPack,
    domain::{Appeal, Field, Suggestion},
    triage::{CANDIDATES, Triager},
};

/// The demo city without a model.
pub(crate) static RULES: LazyLock<Arc<Triager>> = LazyLock::new(|| Arc::new(Triager::new(Arc::new(pack()), None)));

pub(crate) fn pack() -> CityPack {
    CityPack::open(&Path::new(env!("CARGO_MANIFEST_DIR")).join("corpora/jianghai")).unwrap()
}

/// What holds for every suggestion, whoever made it.
pub(crate) fn is_sound(triager: &Triager, appeal: &Appeal, suggestion: &Suggestion) -> Result<(), String> {
    let urgency = &suggestion.urgency;
    if urgency.floor.is_some_and(|floor| urgency.level < floor) {
        return Err(format!("level {} under the floor {:?}", urgency.level, urgency.floor));
    }
    if urgency.floor != urgency.cues.iter().map(|c| c.level).max() {
        return Err(format!("floor {:?} without its cues {:?}", urgency.floor, urgency.cues));
    }
    if !urgency.cues.is_sorted_by(|a, b| a.level >= b.level) {
        return Err(format!("cues not strongest first: {:?}", urgency.cues));
    }
    let length = |field: Field| appeal.field(field).chars().count();
    let spans = (urgency.cues.iter().map(|c| c.at))
        .chain(suggestion.places.iter().map(|p| p.at))
        .chain(suggestion.reasons.iter().map(|r| r.at));
    for at in spans {
        if at.span.is_empty() || at.span.end > length(at.field) {
            return Err(format!("span {at:?} outside of {} characters", length(at.field)));
        }
    }
    for cue in &urgency.cues {
        if cue.text != cue.at.span.slice(appeal.field(cue.at.field)) {
            return Err(format!("cue `{}` is not what stands at {:?}", cue.text, cue.at));
        }
    }
    for place in &suggestion.places {
        if place.text != place.at.span.slice(appeal.field(place.at.field)) {
            return Err(format!("place `{}` is not what stands at {:?}", place.text, place.at));
        }
    }
    for candidates in [&suggestion.appeal_type, &suggestion.category, &suggestion.department] {
        let sorted = candidates.is_sorted_by(|a, b| a.p >= b.p);
        let sum: f32 = candidates.iter().map(|c| c.p).sum();
        let fine = candidates.iter().all(|c| (0.0..=1.0).contains(&c.p));
        if !(sorted && fine && sum <= 1.001 && candidates.len() <= CANDIDATES) {
            return Err(format!("candidates {candidates:?}"));
        }
    }
    let known = suggestion.category.iter().all(|c| triager.pack.taxonomy.get(&c.label).is_some())
        && suggestion.department.iter().all(|c| triager.pack.departments.iter().any(|d| d.name == c.label));
    if !known {
        return Err("a label that the pack does not know".into());
    }
    if suggestion.pack != triager.pack.hash {
        return Err("another pack".into());
    }
    Ok(())
}
