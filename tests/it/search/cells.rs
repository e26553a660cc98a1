//! Very many vectors: only the likeliest cells are looked at, and nearly nothing is missed.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, LazyLock},
};

use rand::{RngExt, SeedableRng, rngs::StdRng};
use tingsu::{
    numeric::Quantised,
    search::{Approximate, Facet, IndexDoc, Mode, Query, Vectors, Wanted},
};

use super::{Shelf, asking, doc, id, ids, words};

const WIDTH: usize = 32;
const COUNT: usize = 3_000;
/// Small enough for a test to be past it.
const SMALL: Approximate = Approximate { from: 1_000, exact_up_to: 200, one_in: 8 };

/// Points around middles, as sentences lie around matters.
fn clustered(count: usize, seed: u64) -> Vec<Vec<f32>> {
    let mut rng = StdRng::seed_from_u64(seed);
    // the sum of four is near enough to a bell
    let mut bell = move || (0..4).map(|_| rng.random_range(-1f32..1.0)).sum::<f32>();
    let mut middles = StdRng::seed_from_u64(7);
    let mut middle = || (0..WIDTH).map(|_| middles.random_range(-1f32..1.0)).collect::<Vec<f32>>();
    let all: Vec<Vec<f32>> = (0..40).map(|_| middle()).collect();
    let near = |n: usize, bell: &mut dyn FnMut() -> f32| {
        let vector: Vec<f32> = all[n % all.len()].iter().map(|x| x + 0.35 * bell()).collect();
        let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
        vector.into_iter().map(|x| x / length).collect()
    };
    (0..count).map(|n| near(n * 17, &mut bell)).collect()
}

/// One index for all tests, in three segments at least; a tenth in one district.
static DOCS: LazyLock<(Shelf, Vec<IndexDoc>)> = LazyLock::new(|| {
    let one = |n: usize| {
        let mut doc = doc(&format!("T-{n:05}"), 1, "", "灯");
        let district = if n.is_multiple_of(10) { "东区" } else { "西区" };
        doc.facets = BTreeMap::from([(Facet::District, district.to_owned())]);
        doc
    };
    let docs: Vec<IndexDoc> = (0..COUNT).map(one).collect();
    let shelf = Shelf::of(&docs[..COUNT / 2]);
    for part in docs[COUNT / 2..].chunks(COUNT / 4) {
        shelf.index.apply(part).unwrap();
        shelf.index.commit(COUNT as i64).unwrap();
    }
    (shelf, docs)
});

fn put(vectors: &Vectors, docs: &[IndexDoc], points: &[Vec<f32>]) {
    let rounded: Vec<Quantised> = points.iter().map(|p| Quantised::of(p)).collect();
    vectors.put(docs.iter().zip(&rounded).map(|(d, v)| (&d.ticket, v.slice())));
}

fn asked(shelf: &Shelf, own: &[f32], limit: usize, district: Option<&str>) -> Vec<String> {
    let mut query = Query { mode: Mode::Vector, vector: Some(own.to_vec()), limit, ..asking(words("灯")) };
    query.filters.extend(district.map(|d| (Facet::District, vec![d.to_owned()])));
    ids(&shelf.found(&query))
}

/// Share of the ten nearest that are found, and whether all that was found passes the filter.
fn recall(of: &dyn Fn(&[f32]) -> Vec<String>, exact: &dyn Fn(&[f32]) -> Vec<String>, queries: &[Vec<f32>]) -> f64 {
    let found: usize = queries
        .iter()
        .map(|q| {
            let right: BTreeSet<String> = exact(q).into_iter().take(10).collect();
            of(q).iter().take(10).filter(|id| right.contains(*id)).count()
        })
        .sum();
    found as f64 / (10 * queries.len()) as f64
}

/// An index of its own with the same documents in it, and vectors that are approximate or not.
fn with(approximate: Approximate, points: &[Vec<f32>]) -> Arc<Vectors> {
    let vectors = Arc::new(Vectors::new("test", WIDTH).approximate(approximate));
    put(&vectors, &DOCS.1, points);
    vectors.arrange();
    vectors
}

#[test]
fn ten_nearest_of_many_are_found_whatever_is_filtered_changed_or_deleted() {
    let (shelf, docs) = &*DOCS;
    let points = clustered(COUNT, 1);
    let queries = clustered(60, 2);
    let (exact, near) = (with(Approximate::default(), &points), with(SMALL, &points));
    assert!(!near.unarranged() && !exact.unarranged());
    let ask = |vectors: &Arc<Vectors>, district: Option<&'static str>| {
        let vectors = vectors.clone();
        move |own: &[f32]| {
            shelf.index.set_vectors(Some(vectors.clone()));
            asked(shelf, own, 10, district)
        }
    };
    // no filter; one that admits most; one that admits few, of which all are looked at
    for (district, least) in [(None, 0.95), (Some("西区"), 0.95), (Some("东区"), 0.95)] {
        let share = recall(&ask(&near, district), &ask(&exact, district), &queries);
        println!("recall@10 in {district:?}: {share:.3}");
        assert!(share >= least, "{district:?}: {share}");
        let found = ask(&near, district)(&queries[0]);
        assert_eq!(found.len(), 10);
        let number = |id: &String| id[2..].parse::<usize>().unwrap();
        assert!(
            district.is_none() || found.iter().all(|id| number(id).is_multiple_of(10) == (district == Some("东区")))
        );
    }
    let few = Approximate { exact_up_to: COUNT, ..SMALL };
    let all = with(few, &points);
    assert_eq!(recall(&ask(&all, None), &ask(&exact, None), &queries), 1.0, "few admitted: all looked at");
    // a hundred vectors move to where others were, a hundred tickets are new
    let moved: Vec<Vec<f32>> = clustered(100, 3);
    for vectors in [&exact, &near] {
        put(vectors, &docs[500..600], &moved);
    }
    let share = recall(&ask(&near, None), &ask(&exact, None), &moved);
    assert!(share >= 0.95, "changed: {share}");
    for (n, own) in moved.iter().enumerate().step_by(10) {
        assert_eq!(ask(&near, None)(own)[0], docs[500 + n].ticket.to_string(), "a changed vector is found at once");
    }
    let fresh: Vec<IndexDoc> = (0..100).map(|n| doc(&format!("N-{n:03}"), 1, "", "灯")).collect();
    shelf.index.apply(&fresh).unwrap();
    let gone: Vec<_> = (0..100).map(|n| id(&format!("T-{:05}", 2 * n))).collect();
    shelf.index.remove(&gone).unwrap();
    shelf.index.commit(COUNT as i64 + 100).unwrap();
    let added = clustered(100, 4);
    for vectors in [&exact, &near] {
        put(vectors, &fresh, &added);
    }
    let share = recall(&ask(&near, None), &ask(&exact, None), &added);
    assert!(share >= 0.95, "added: {share}");
    let deleted: BTreeSet<String> = gone.iter().map(ToString::to_string).collect();
    for own in added.iter().chain(&queries) {
        assert!(ask(&near, None)(own).iter().all(|id| !deleted.contains(id)), "what is deleted is gone");
    }
}

#[test]
fn cells_are_made_past_the_size_and_anew_when_there_are_twice_as_many() {
    let vectors = Vectors::new("test", WIDTH).approximate(Approximate { from: 300, ..SMALL });
    let docs: Vec<IndexDoc> = (0..900).map(|n| doc(&format!("T-{n:05}"), 1, "", "灯")).collect();
    let points = clustered(900, 1);
    put(&vectors, &docs[..299], &points[..299]);
    assert!(!vectors.unarranged(), "too few");
    put(&vectors, &docs[299..300], &points[299..300]);
    assert!(vectors.unarranged());
    vectors.arrange();
    put(&vectors, &docs[300..599], &points[300..599]);
    assert!(!vectors.unarranged(), "not twice as many yet");
    put(&vectors, &docs[599..], &points[599..]);
    assert!(vectors.unarranged());
    vectors.arrange();
    assert!(!vectors.unarranged());
    let shelf = Shelf::of(&docs);
    shelf.index.set_vectors(Some(Arc::new(vectors)));
    assert_eq!(asked(&shelf, &points[123], 1, None), ["T-00123"]);
    assert_eq!(shelf.found(&Query { limit: 3, ..asking(Wanted::default()) }).total, 900);
}
