//! Kept searches against tickets as they arrive.

use std::{sync::Arc, time::Instant};

use rand::{RngExt, rngs::StdRng};
use tingsu::{
    search::{IndexDoc, Percolator, Query, parse},
    text::Segmenter,
};

/// Queries of one to three words of the appeals' titles.
fn typed(docs: &[IndexDoc], segmenter: &Segmenter, count: usize, rng: &mut StdRng) -> Vec<String> {
    let word = |rng: &mut StdRng| {
        let title = &docs[rng.random_range(0..docs.len())].appeal.title;
        let words = segmenter.precise(title);
        let known: Vec<&str> = words.iter().map(|t| t.word).filter(|w| w.chars().count() > 1).collect();
        known.get(rng.random_range(0..known.len().max(1))).map_or_else(|| title.clone(), |w| (*w).to_owned())
    };
    (0..count).map(|_| (0..rng.random_range(1..=3)).map(|_| word(rng)).collect::<Vec<_>>().join(" ")).collect()
}

pub(crate) fn percolate(docs: &[IndexDoc], rng: &mut StdRng) {
    let segmenter = Arc::new(Segmenter::new(&[], &[]));
    for count in [100, 1_000, 5_000, 20_000] {
        let queries: Vec<(i64, Query)> = typed(docs, &segmenter, count, rng)
            .iter()
            .zip(1..)
            .map(|(q, n)| (n, parse(q, jiff::Timestamp::UNIX_EPOCH).0))
            .collect();
        let started = Instant::now();
        let percolator = Percolator::new(queries, segmenter.clone(), &[]);
        let built = started.elapsed();
        let mut one: Vec<f64> = Vec::new();
        for doc in docs.iter().take(200) {
            let started = Instant::now();
            percolator.matches(std::slice::from_ref(doc)).unwrap();
            one.push(started.elapsed().as_secs_f64() * 1e3);
        }
        one.sort_by(f64::total_cmp);
        let started = Instant::now();
        let many = &docs[..docs.len().min(1_000)];
        let matches = percolator.matches(many).unwrap().len();
        println!(
            "{count:6} kept searches: built in {built:.2?}; one ticket p50 {:.2} ms p99 {:.2} ms; {} tickets at once {:.2?} ({matches} matches)",
            one[one.len() / 2],
            one[one.len() * 99 / 100],
            many.len(),
            started.elapsed()
        );
    }
}
