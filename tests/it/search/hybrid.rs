//! Sentence vectors beside words: exact, filtered before the cut, added to what the words find.

use std::{collections::BTreeMap, sync::Arc};

use proptest::prelude::*;
use tingsu::{
    domain::TicketId,
    numeric::Quantised,
    search::{FEATURES, Facet, IndexDoc, Mode, Query, Term, Vectors, Wanted, Weights},
};

use super::{Shelf, asking, doc, id, ids, phrase, words};

/// A vector of four numbers that points where the angle says.
fn towards(degrees: f32) -> Vec<f32> {
    let (sin, cos) = degrees.to_radians().sin_cos();
    vec![cos, sin, 0.0, 0.0]
}

fn with_vectors(docs: &[IndexDoc], angles: &[f32]) -> (Shelf, Arc<Vectors>) {
    let shelf = Shelf::of(docs);
    let vectors = Arc::new(Vectors::new("test", 4));
    put(&vectors, docs.iter().map(|d| &d.ticket).zip(angles.iter().copied()));
    shelf.index.set_vectors(Some(vectors.clone()));
    (shelf, vectors)
}

fn put<'t>(vectors: &Vectors, rows: impl IntoIterator<Item = (&'t TicketId, f32)>) {
    for (ticket, angle) in rows {
        let rounded = Quantised::of(&towards(angle));
        vectors.put([(ticket, rounded.slice())]);
    }
}

fn by(mode: Mode, angle: f32, wanted: Wanted) -> Query {
    Query { mode, vector: Some(towards(angle)), ..asking(wanted) }
}

fn in_district(mut doc: IndexDoc, district: &str) -> IndexDoc {
    doc.facets = BTreeMap::from([(Facet::District, district.to_owned())]);
    doc
}

fn some() -> Vec<IndexDoc> {
    vec![
        in_district(doc("T-1", 1, "", "路灯不亮,晚上看不见路"), "东区"),
        in_district(doc("T-2", 2, "", "街上的灯坏了,一片漆黑"), "西区"),
        in_district(doc("T-3", 3, "", "自来水发黄,有异味"), "东区"),
        in_district(doc("T-4", 4, "", "物业不肯退还押金"), "西区"),
    ]
}

#[test]
fn vectors_alone_give_the_nearest_first_and_filters_come_before_the_cut() {
    let (shelf, _) = with_vectors(&some(), &[10.0, 20.0, 60.0, 90.0]);
    let found = shelf.found(&by(Mode::Vector, 0.0, words("夜里太暗")));
    assert_eq!((found.mode, ids(&found)), (Mode::Vector, ["T-1", "T-2", "T-3", "T-4"].map(str::to_owned).to_vec()));
    assert!((found.hits[0].score - 10f32.to_radians().cos()).abs() < 0.02, "a score is the cosine");
    let mut query = Query { limit: 1, ..by(Mode::Vector, 0.0, words("夜里太暗")) };
    query.filters = BTreeMap::from([(Facet::District, vec!["西区".to_owned()])]);
    assert_eq!(ids(&shelf.found(&query)), ["T-2"], "the nearest of those that the filter lets through");
    let not = Wanted { not: vec![Term::Words("漆黑".into())], ..words("夜里太暗") };
    assert_eq!(ids(&shelf.found(&by(Mode::Vector, 0.0, not))), ["T-1", "T-3", "T-4"]);
}

#[test]
fn both_together_add_what_the_words_miss_and_say_so() {
    let (shelf, _) = with_vectors(&some(), &[10.0, 20.0, 60.0, 90.0]);
    let by_words = shelf.found(&by(Mode::Bm25, 0.0, words("路灯")));
    assert_eq!((by_words.total, by_words.by_vector), (1, 0));
    let mut query = by(Mode::Hybrid, 0.0, words("路灯"));
    query.count = vec![Facet::District];
    let found = shelf.found(&query);
    assert_eq!((found.total, found.by_vector, found.mode), (4, 3, Mode::Hybrid));
    let counted: u64 = found.facets[&Facet::District].iter().map(|(_, n)| n).sum();
    assert_eq!(counted, 4, "facets count what the vectors added");
    assert!(found.hits.windows(2).all(|h| h[0].score >= h[1].score));
    // what is quoted stays demanded, also of what only a vector finds
    let mut quoted = phrase("看不见路");
    quoted.groups.push(vec![Term::Words("灯".into())]);
    assert_eq!(ids(&shelf.found(&by(Mode::Hybrid, 0.0, quoted))), ["T-1"]);
}

#[test]
fn without_vectors_words_answer() {
    let shelf = Shelf::of(&some());
    for mode in Mode::ALL {
        let found = shelf.found(&by(mode, 0.0, words("路灯")));
        assert_eq!((found.mode, ids(&found)), (Mode::Bm25, vec!["T-1".to_owned()]), "{mode:?}");
    }
    let (shelf, _) = with_vectors(&some(), &[10.0, 20.0, 60.0, 90.0]);
    let wrong = Query { vector: Some(vec![1.0, 0.0]), ..by(Mode::Vector, 0.0, words("路灯")) };
    assert_eq!(shelf.found(&wrong).mode, Mode::Bm25, "a vector of another width is none");
    let everything = shelf.found(&by(Mode::Hybrid, 0.0, Wanted::default()));
    assert_eq!((everything.mode, everything.total), (Mode::Bm25, 4));
}

#[test]
fn vectors_that_come_later_and_tickets_that_go_are_noticed() {
    let docs = some();
    let (shelf, vectors) = with_vectors(&docs[..3], &[10.0, 20.0]);
    let nearest = |shelf: &Shelf| ids(&shelf.found(&by(Mode::Vector, 50.0, words("水"))));
    assert_eq!(nearest(&shelf), ["T-2", "T-1"], "T-3 has no vector yet");
    put(&vectors, [(&id("T-3"), 60.0)]);
    assert_eq!(nearest(&shelf), ["T-3", "T-2", "T-1"]);
    // changed documents lie in new segments, removed ones in none
    shelf.index.apply(&docs[1..2]).unwrap();
    shelf.index.remove(&[id("T-1")]).unwrap();
    shelf.index.commit(9).unwrap();
    assert_eq!(nearest(&shelf), ["T-3", "T-2"]);
    put(&vectors, [(&id("T-2"), 50.0)]);
    assert_eq!(nearest(&shelf), ["T-2", "T-3"], "a vector can be replaced");
}

#[test]
fn a_typed_number_stands_before_what_is_only_alike() {
    let mut docs = some();
    docs.push(doc("HB-20260501-0007", 5, "", "电梯停运"));
    let (shelf, _) = with_vectors(&docs, &[0.0, 1.0, 2.0, 3.0, 180.0]);
    for mode in [Mode::Bm25, Mode::Hybrid] {
        assert_eq!(ids(&shelf.found(&by(mode, 0.0, words("HB-20260501"))))[0], "HB-20260501-0007", "{mode:?}");
    }
}

#[test]
fn equal_tickets_come_newest_first_unless_that_is_switched_off() {
    let text = "小区门口的路灯坏了三天,晚上出门看不清路面";
    let docs: Vec<IndexDoc> = (1..=3).map(|n| doc(&format!("T-{n}"), n, "", text)).collect();
    let shelf = Shelf::of(&docs);
    let query = asking(words(text));
    assert_eq!(ids(&shelf.found(&query)), ["T-3", "T-2", "T-1"]);
    let by_age = Query { ignore_recency: true, ..query };
    assert_eq!(ids(&shelf.found(&by_age)), ["T-1", "T-2", "T-3"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    /// The nearest are those that looking at each one gives, whatever the filter.
    #[test]
    fn nothing_near_is_missed(angles in proptest::collection::vec(0f32..180.0, 1..60), own in 0f32..180.0, limit in 1usize..8) {
        let docs: Vec<IndexDoc> = angles
            .iter()
            .enumerate()
            .map(|(n, _)| in_district(doc(&format!("T-{n:02}"), 1, "", "路灯"), if n % 3 == 0 { "东区" } else { "西区" }))
            .collect();
        let (shelf, _) = with_vectors(&docs, &angles);
        let mut query = Query { limit, ..by(Mode::Vector, own, words("灯")) };
        query.filters = BTreeMap::from([(Facet::District, vec!["东区".to_owned()])]);
        let found = shelf.found(&query);
        let mut apart: Vec<f32> =
            angles.iter().enumerate().filter(|(n, _)| n % 3 == 0).map(|(_, a)| (a - own).abs()).collect();
        apart.sort_by(f32::total_cmp);
        prop_assert_eq!(found.hits.len(), apart.len().min(limit));
        for (hit, apart) in found.hits.iter().zip(apart) {
            prop_assert!((hit.score - apart.to_radians().cos()).abs() < 0.02, "{} and {apart}", hit.score);
        }
    }
}

#[test]
fn the_shipped_weights_know_every_feature() {
    let weights = Weights::learned();
    assert!(weights.made_by.starts_with("tingsu eval search --learn"), "{}", weights.made_by);
    for net in [&weights.words, &weights.hybrid] {
        assert_eq!((net.mean.len(), net.deviation.len(), net.direct.len()), (FEATURES, FEATURES, FEATURES));
        assert!(net.units.iter().all(|(w, _, _)| w.len() == FEATURES));
    }
}

#[test]
fn no_ticket_stands_on_two_pages() {
    // of 160 that the words find, those which the words put last are the nearest by vector
    let text = |n: usize| format!("小区{}", "物业来电咨询情况".repeat(n % 40));
    let docs: Vec<IndexDoc> = (0..160).map(|n| doc(&format!("P-{n:03}"), 1, "", &text(n))).collect();
    let angles: Vec<f32> = (0..160).map(|n| 80.0 - (n % 40) as f32).collect();
    let (shelf, _) = with_vectors(&docs, &angles);
    let mut seen = Vec::new();
    for page in 0..9 {
        let query = Query { offset: 20 * page, limit: 20, ..by(Mode::Hybrid, 0.0, words("小区")) };
        let found = shelf.found(&query);
        assert_eq!(found.total, 160);
        seen.extend(ids(&found));
    }
    let distinct: std::collections::BTreeSet<&String> = seen.iter().collect();
    assert_eq!((seen.len(), distinct.len()), (160, 160));
}

#[test]
fn two_letters_of_a_number_find_it_quoted_and_excluded_too() {
    let docs = [doc("KS-0001", 1, "", "停水"), doc("KS-0002", 2, "", "停电"), doc("S01", 3, "", "停水")];
    let shelf = Shelf::of(&docs);
    for (wanted, found) in [
        (words("KS-"), &["KS-0001", "KS-0002"][..]),
        (words("ks"), &["KS-0001", "KS-0002"][..]),
        (words("S0"), &["S01"][..]),
        (phrase("KS-0"), &["KS-0001", "KS-0002"][..]),
        (Wanted { not: vec![Term::Words("KS-0".into())], ..words("停水") }, &["S01"][..]),
    ] {
        let mut hits = ids(&shelf.found(&asking(wanted.clone())));
        hits.sort();
        assert_eq!(hits, found, "{wanted:?}");
    }
}
