//! 重复, 同一事件 and 同类 are kept apart.

use std::collections::BTreeSet;

use tingsu::{
    domain::parse_city,
    insight::{Common, Relation, Side, relation},
};

fn side<'a>(caller: &'a str, category: &'a str, place: &str, day: u32) -> Side<'a> {
    Side {
        caller: Some(caller).filter(|c| !c.is_empty()),
        category: Some(category).filter(|c| !c.is_empty()),
        places: BTreeSet::from([place.to_owned()]),
        at: parse_city(&format!("2026-05-{day:02} 10:00:00")).unwrap(),
    }
}

fn check(new: &Side<'_>, past: &Side<'_>, is: Relation) {
    let common = Common::of(new, past, 0.6, Some(0.7));
    assert_eq!(relation(new, past, &common), is, "{new:?} beside {past:?}");
}

#[test]
fn the_caller_the_place_the_matter_and_the_time_tell_them_apart() {
    let new = side("C1", "0801", "望江小区", 31);
    check(&new, &side("C1", "0801", "别处", 2), Relation::Repeat);
    check(&new, &side("C1", "", "望江小区", 30), Relation::Repeat);
    check(&new, &side("C1", "0102", "望江小区", 30), Relation::SameKind);
    check(&new, &side("C2", "0801", "望江小区3幢", 30), Relation::SameEvent);
    check(&new, &side("", "0801", "望江小区", 30), Relation::SameEvent);
    check(&new, &side("C2", "0801", "望江小区", 20), Relation::SameKind);
    check(&new, &side("C2", "0801", "临江小区", 30), Relation::SameKind);
    check(&new, &side("C2", "0102", "望江小区", 30), Relation::SameKind);
    // Two whose caller nobody knows are not one caller.
    check(&side("", "0801", "望江小区", 31), &side("", "0801", "别处小区", 30), Relation::SameKind);
    // 区县 of two characters names nothing definite.
    check(&side("C1", "0801", "城东", 31), &side("C2", "0801", "城东", 31), Relation::SameKind);
}

#[test]
fn a_caller_repeats_only_the_same_matter() {
    let (new, past) = (side("C1", "0801", "望江小区", 31), side("C1", "0801", "望江小区", 30));
    let unknown = side("C1", "", "望江小区", 30);
    let neighbour = side("C2", "0801", "望江小区", 30);
    for (words, cosine, is) in [
        (0.6, Some(0.7), Relation::Repeat),
        (0.2, None, Relation::Repeat),
        (0.2, Some(0.1), Relation::Repeat),
        (0.01, Some(0.8), Relation::Repeat),
        (0.01, Some(0.2), Relation::SameKind),
        (0.01, None, Relation::SameKind),
        (0.0, None, Relation::SameKind),
    ] {
        for past in [&past, &unknown] {
            let common = Common::of(&new, past, words, cosine);
            assert_eq!(relation(&new, past, &common), is, "{words} {cosine:?}");
        }
        let event = if is == Relation::Repeat { Relation::SameEvent } else { is };
        let common = Common::of(&new, &neighbour, words, cosine);
        assert_eq!(relation(&new, &neighbour, &common), event, "another caller: {words} {cosine:?}");
    }
    // few words of one's own are enough at the same place, and nowhere else
    for (past, is) in [
        (&past, Relation::Repeat),
        (&side("C1", "0801", "别处小区", 30), Relation::SameKind),
        (&neighbour, Relation::SameKind),
    ] {
        assert_eq!(relation(&new, past, &Common::of(&new, past, 0.03, None)), is, "{past:?}");
    }
}
