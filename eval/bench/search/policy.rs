//! How many appeals to commit at once: every commit makes appeals findable, and a segment that is merged later.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use tingsu::{
    domain::Region,
    search::{IndexDoc, SearchIndex},
    text::Segmenter,
};

use super::scale::{Ours, Recombined, at, mix, segments, size_mb};

/// Appeals in the index before.
const BEFORE: usize = 20_000;
/// Appeals that come in, at most, and commits at most.
const MOST: usize = 20_000;
const COMMITS: usize = 100;
/// Searches at least.
const SEARCHES: usize = 200;

/// One client searches while appeals are applied and committed by so many at once.
pub(crate) fn policy(source: &[IndexDoc]) {
    let segmenter = Arc::new(Segmenter::new(&[], &[] as &[Region]));
    let asked = mix(source, &segmenter);
    println!(
        "\n| appeals a commit | docs/s | p50 / p99 ms of a commit | segments | MB | p50 / p99 ms of a search beside it |"
    );
    println!("|---|---|---|---|---|---|");
    for at_once in [1, 20, 200, 2_000, 20_000] {
        let dir = tempfile::tempdir().unwrap();
        let index = SearchIndex::open(dir.path(), segmenter.clone(), "bench").unwrap();
        let mut made = Recombined::new(source);
        let mut take = |count: usize| (0..count).map(|_| made.make()).collect::<Vec<_>>();
        let before = take(BEFORE);
        index.apply(&before).unwrap();
        index.commit(BEFORE as i64).unwrap();
        let coming = take(MOST.min(at_once * COMMITS));
        let texts = before.iter().chain(&coming).map(|d| d.appeal.text.clone()).collect();
        let ours = Ours { index, texts };
        let done = AtomicBool::new(false);
        let mut commits: Vec<f64> = Vec::new();
        let mut took = Duration::ZERO;
        let mut searches = std::thread::scope(|scope| {
            let searching = scope.spawn(|| {
                let mut times = Vec::new();
                for asked in asked.iter().cycle() {
                    let started = Instant::now();
                    std::hint::black_box(ours.ask(asked));
                    times.push(started.elapsed().as_secs_f64() * 1e3);
                    if done.load(Ordering::Relaxed) && times.len() >= SEARCHES {
                        break;
                    }
                }
                times
            });
            let started = Instant::now();
            for (n, batch) in coming.chunks(at_once).enumerate() {
                ours.index.apply(batch).unwrap();
                let commit = Instant::now();
                ours.index.commit((BEFORE + (n + 1) * at_once) as i64).unwrap();
                commits.push(commit.elapsed().as_secs_f64() * 1e3);
            }
            took = started.elapsed();
            done.store(true, Ordering::Relaxed);
            searching.join().unwrap()
        });
        searches.sort_by(f64::total_cmp);
        commits.sort_by(f64::total_cmp);
        println!(
            "| {at_once} | {:.0} | {:.1} / {:.1} | {} | {:.0} | {:.2} / {:.1} |",
            coming.len() as f64 / took.as_secs_f64(),
            at(&commits, 0.5),
            at(&commits, 0.99),
            segments(dir.path()),
            size_mb(dir.path()),
            at(&searches, 0.5),
            at(&searches, 0.99),
        );
    }
}
