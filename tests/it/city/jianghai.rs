//! The demo city is whole, and is the same however its files were saved.

use std::{borrow::Cow, collections::BTreeSet};

use tingsu::{
    city::{CityPack, PackFiles},
    domain::{Linkage, Urgency, parse_city},
};

use super::{files, folder, text_of};

#[test]
fn opens_without_faults() {
    let pack = CityPack::open(&folder()).unwrap_or_else(|faults| panic!("{faults}"));
    assert_eq!(pack.name, "江海市");
    assert_eq!(pack.taxonomy.categories().len(), 115);
    let parents: BTreeSet<_> = pack.taxonomy.categories().iter().map(|c| &c.level1).collect();
    assert_eq!(parents.len(), 20);
    assert_eq!(pack.departments.len(), 45);
    assert_eq!(pack.districts().count(), 7);
    assert!(pack.department(&pack.default_department).is_some());
    assert!(pack.taxonomy.categories().iter().all(|c| pack.department_of(c).is_some()));
    for rule in &pack.rules {
        for Linkage::Unit(unit) in &rule.linkage {
            let is_number = pack.emergency.iter().any(|n| n.number == *unit);
            assert!(is_number || pack.department(unit).is_some_and(|d| d.first_response), "{} {unit}", rule.id);
        }
    }
}

#[test]
fn a_pack_in_memory_is_the_pack_in_the_folder() {
    let mut all = files();
    for name in tingsu::city::OPTIONAL_PACK_FILES {
        all.insert(name.into(), std::fs::read(folder().join(name)).unwrap().into());
    }
    let (a, b) = (CityPack::open(&folder()).unwrap(), CityPack::parse(&all).unwrap());
    assert_eq!(a.hash, b.hash);
    assert_eq!(a.rules, b.rules);
}

/// What a pack says, without its hashes.
fn content(pack: &CityPack) -> String {
    let mut pack = pack.clone();
    pack.hash.clear();
    pack.dictionary_hash.clear();
    // The taxonomy's lookup table prints in no fixed order; the categories are what it says.
    let categories = format!("{:?}", pack.taxonomy.categories());
    pack.taxonomy = tingsu::domain::Taxonomy::default();
    format!("{categories}{pack:?}")
}

#[test]
fn encodings_and_line_ends_do_not_matter() {
    type Save = fn(&str) -> Vec<u8>;
    let plain = CityPack::parse(&files()).unwrap();
    let saved_as = |change: Save| -> PackFiles {
        let before = files();
        before.keys().map(|name| (name.clone(), Cow::Owned(change(&text_of(&before, name))))).collect()
    };
    let ways: [(&str, Save); 6] = [
        ("CRLF", |s| s.replace('\n', "\r\n").into_bytes()),
        ("CR", |s| s.replace('\n', "\r").into_bytes()),
        ("BOM", |s| [b"\xef\xbb\xbf", s.as_bytes()].concat()),
        ("BOM and CRLF", |s| [b"\xef\xbb\xbf", s.replace('\n', "\r\n").as_bytes()].concat()),
        ("GB18030", |s| encoding_rs::GB18030.encode(s).0.into_owned()),
        ("UTF-16LE", |s| [0xfeff].into_iter().chain(s.encode_utf16()).flat_map(u16::to_le_bytes).collect()),
    ];
    for (name, change) in ways {
        let pack = CityPack::parse(&saved_as(change)).unwrap_or_else(|faults| panic!("{name}: {faults}"));
        assert_eq!(content(&pack), content(&plain), "{name}");
    }
}

#[test]
fn the_hash_is_that_of_the_content() {
    let plain = CityPack::parse(&files()).unwrap();
    assert_eq!(plain.hash.len(), 16);
    assert_eq!(plain.hash, CityPack::parse(&files()).unwrap().hash);

    let with = |name: &str, extra: &str| {
        let mut files = files();
        let text = files.get(name).map(|_| text_of(&files, name)).unwrap_or_default() + extra;
        files.insert(name.to_owned(), Cow::Owned(text.into_bytes()));
        CityPack::parse(&files).unwrap_or_else(|faults| panic!("{faults}"))
    };
    let rules = with("urgency.toml", "\n# 一句话\n");
    assert_ne!(rules.hash, plain.hash);
    assert_eq!(rules.dictionary_hash, plain.dictionary_hash);
    let word = with("dictionary.txt", "\n听诉热线词\n");
    assert_ne!(word.hash, plain.hash);
    assert_ne!(word.dictionary_hash, plain.dictionary_hash);
    // What else lies in the folder is not the pack.
    let appeals = with("appeals/S99.jsonl", "{}\n");
    assert_eq!(appeals.hash, plain.hash);
}

#[test]
fn regions_are_found_by_name_and_alias() {
    let pack = CityPack::parse(&files()).unwrap();
    let find = |d: Option<&str>, t: Option<&str>| pack.find_region(d, t).map(|r| r.id.as_str());
    let town = pack.regions.iter().find(|r| r.town.is_some() && !r.aliases.is_empty()).unwrap();
    let (district, name) = (town.district.as_str(), town.town.as_deref().unwrap());
    let id = Some(town.id.as_str());
    assert_eq!(find(Some(district), Some(name)), id);
    assert_eq!(find(None, Some(name)), id);
    assert_eq!(find(None, Some(&town.aliases[0])), id);
    assert_eq!(find(Some(district), None), Some(district));
    let other = pack.districts().find(|d| *d != district).unwrap();
    assert_eq!(find(Some(other), Some(name)), None, "the town is not in that district");
    assert_eq!(find(Some("火星区"), None), None);
    assert_eq!(find(None, None), None);
    assert_eq!(find(Some(" "), Some("")), None);
}

#[test]
fn every_level_and_type_has_a_deadline() {
    let pack = CityPack::parse(&files()).unwrap();
    let from = parse_city("2026-05-12 08:52").unwrap();
    for urgency in Urgency::ALL {
        assert!(pack.due_at(None, urgency, from).is_some_and(|due| due > from), "{urgency}");
    }
}
