//! Places: phrases, regions, and no place where there is none.

use std::sync::{Arc, LazyLock};

use proptest::prelude::*;
use tingsu::{
    domain::{Field, FoundPlace, Region},
    text::{Normalized, PlaceFinder, Segmenter},
};

use super::{rows, strange};

static FINDER: LazyLock<PlaceFinder> = LazyLock::new(|| {
    let region = |district: &str, town: &str, aliases: &[&str]| Region {
        id: if town.is_empty() { district.into() } else { format!("{district}/{town}") },
        district: district.into(),
        town: Some(town).filter(|town| !town.is_empty()).map(str::to_owned),
        aliases: aliases.iter().map(|&alias| alias.to_owned()).collect(),
    };
    let regions = [
        region("清溪区", "", &[]),
        region("清溪区", "望月桥街道", &["望月桥"]),
        region("清溪区", "白果镇", &[]),
        region("清溪区", "城关镇", &[]),
        region("石桥县", "", &[]),
        region("石桥县", "城关镇", &[]),
        region("石桥县", "乌柏镇", &[]),
    ];
    PlaceFinder::new(&regions, Arc::new(Segmenter::new(&[], &regions)))
});

fn find(text: &str) -> Vec<FoundPlace> {
    FINDER.find(Field::Text, text, &Normalized::of(text))
}

#[test]
fn cases() {
    let mut wrong = Vec::new();
    for (line, cells) in rows(include_str!("cases/places.md")) {
        let show = |place: FoundPlace| match place.region {
            Some(region) => format!("{}={region}", place.text),
            None => place.text,
        };
        let got = find(&cells[0]).into_iter().map(show).collect::<Vec<_>>().join("；");
        if got != cells[1] {
            wrong.push(format!("line {line}: {} gave {got}, wanted {}", cells[0], cells[1]));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

fn places_hold(text: &str) -> Result<(), TestCaseError> {
    let mut end = 0;
    for place in find(text) {
        prop_assert!(place.at.span.start >= end && !place.at.span.is_empty(), "in order, apart: {place:?}");
        prop_assert_eq!(place.at.span.slice(text), &place.text);
        end = place.at.span.end;
    }
    prop_assert!(end <= text.chars().count());
    Ok(())
}

#[test]
fn long_and_strange() {
    for (name, text) in strange::texts() {
        let places = strange::in_time(name, || find(&text));
        let covered: usize = places.iter().map(|place| place.at.span.len()).sum();
        assert!(covered <= text.chars().count(), "{name}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn any_string(text in strange::any_text()) {
        places_hold(&text)?;
    }
    #[test]
    fn any_unicode(text in "\\PC*") {
        places_hold(&text)?;
    }
}
