//! How long does a weekly brief take, and how does that grow with the database?
//!
//! `TINGSU_BENCH_BRIEFS=5000,100000,1000000 cargo bench --bench briefs` fills a database of each size with the
//! simulated appeals of the demo city, recombined under fresh ids and spread over 26 weeks, makes the 26 weekly
//! briefs through the desk, and prints the time of each step and the most memory that the process had. The
//! peer runs in the same process on the same file: the figures of the last brief by plain SQL, as the tests
//! recompute them. `TMPDIR` says on which disk.
#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::panic, reason = "a bench prints, and may fail loudly")]

use std::{fs, path::Path, sync::Arc, time::Instant};

use jiff::{SignedDuration, Timestamp};
use tingsu::{
    boot,
    city::CityPack,
    desk::{BriefAsk, Clock, Desk, DeskConfig, IndexSlot, PackSource, Parts},
    domain::{
        Actor, NewTicket, TicketId,
        brief::{BriefKind, Window},
        parse_city,
    },
    infer::{Infer, InferConfig},
    store::{Intake, SqliteStore, Store},
    triage::Triager,
};

#[path = "../../tests/it/report/city.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod city;
#[path = "../../tests/it/report/plain_sql.rs"]
mod plain_sql;

/// As the program has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const WEEKS: usize = 26;
/// Rows written with one transaction.
const BATCH: usize = 5_000;

fn main() {
    let sizes = std::env::var("TINGSU_BENCH_BRIEFS").unwrap_or_else(|_| "5000".into());
    let sizes: Vec<usize> = sizes.split(',').map(|n| n.trim().parse().unwrap()).collect();
    println!(
        "appeals  a week  fill s  brief s: median  slowest  recheck s  plain SQL s  ours/plain  figures  peak MiB"
    );
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let mut before: Option<(usize, f64)> = None;
    for size in sizes {
        let median = runtime.block_on(one(size));
        if let Some((earlier, seconds)) = before {
            let growth = (median / seconds).ln() / (size as f64 / earlier as f64).ln();
            println!("         from {earlier} to {size} appeals the median grows with exponent {growth:.2}");
        }
        before = Some((size, median));
    }
}

fn start() -> Timestamp {
    parse_city("2025-11-17").unwrap()
}

fn week(n: usize) -> Window {
    let from = start() + SignedDuration::from_hours(168 * n as i64);
    Window { from, to: from + SignedDuration::from_hours(168), cut_hour: 0 }
}

/// The appeal of a number: one of the simulated ones, moved in time with all its instants, from a caller of
/// its own.
fn appeal(n: usize, size: usize, given: &[NewTicket]) -> NewTicket {
    let mut ticket = given[n % given.len()].clone();
    let at = start() + SignedDuration::from_secs((WEEKS * 7 * 86_400 * n / size) as i64);
    let moved = at.duration_since(ticket.received_at.unwrap());
    let shift = |t: Option<Timestamp>| t.map(|t| t + moved);
    ticket.id = Some(TicketId::new(format!("B{n:08}")).unwrap());
    ticket.received_at = Some(at);
    let handling = &mut ticket.handling;
    handling.due_at = shift(handling.due_at);
    handling.closed_at = shift(handling.closed_at);
    handling.dispatched_at = shift(handling.dispatched_at);
    ticket.caller.number = Some(format!("139{:08}", n % 50_000_000));
    ticket.repeat_of = None;
    ticket
}

async fn fill(dir: &Path, size: usize) {
    let given = city::appeals(&city::pack());
    let store = SqliteStore::open(&dir.join("tingsu.db")).await.unwrap();
    let at = week(WEEKS).from;
    let intake =
        Intake { actor: Actor::system(), at, idempotency_key: None, suggestion: None, due_at: None, floor: None };
    let numbers: Vec<usize> = (0..size).collect();
    for batch in numbers.chunks(BATCH) {
        let rows = batch.iter().map(|n| (appeal(*n, size, &given), intake.clone())).collect();
        for added in store.add_many(rows).await.unwrap() {
            added.unwrap();
        }
    }
    store.close().await;
}

async fn desk(dir: &Path) -> Desk {
    let pack = CityPack::parse(&boot::embedded_pack()).unwrap();
    let triager = Arc::new(Triager::new(Arc::new(pack), None));
    let segmenter = triager.analyser.segmenter.clone();
    let index = IndexSlot::open(&dir.join("index"), segmenter, &triager.pack.dictionary_hash).unwrap();
    Desk::new(Parts {
        store: Arc::new(SqliteStore::open(&dir.join("tingsu.db")).await.unwrap()),
        index,
        infer: Infer::start(triager, InferConfig { queue: 64, batch: 8, threads: 1 }),
        pack: PackSource::Embedded,
        clock: Clock::of(|| week(WEEKS).from),
        config: DeskConfig::default(),
    })
}

/// The most memory that the process had, in MiB.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|l| l.starts_with("VmHWM")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|n| n.parse::<u64>().ok()).unwrap_or(0) / 1024
}

/// Fills, tells, checks; the median seconds of a brief.
async fn one(size: usize) -> f64 {
    let dir = tempfile::tempdir().unwrap();
    let started = Instant::now();
    fill(dir.path(), size).await;
    let filled = started.elapsed().as_secs_f64();
    let desk = desk(dir.path()).await;
    let mut times = Vec::new();
    let mut last = None;
    for n in 0..WEEKS {
        let ask = BriefAsk { kind: BriefKind::Weekly, window: week(n), subject: None };
        let started = Instant::now();
        let made = desk.make_brief(&Actor::system(), &ask).await.unwrap();
        times.push(started.elapsed().as_secs_f64());
        last = Some(made.brief);
    }
    let brief = last.unwrap();
    let started = Instant::now();
    let check = desk.recheck_brief(&brief.id).await.unwrap();
    let rechecked = started.elapsed().as_secs_f64();
    assert!(check.stale.is_empty() && check.chain.is_empty());
    let invalid = desk.city().brief.as_ref().unwrap().invalid.clone();
    let pool = plain_sql::open(dir.path()).await;
    let started = Instant::now();
    let figures = plain_sql::check(&pool, &brief, &invalid).await;
    let plain = started.elapsed().as_secs_f64();
    let own = times[WEEKS - 1];
    times.sort_by(f64::total_cmp);
    let median = times[WEEKS / 2];
    println!(
        "{size:7}  {:6}  {filled:6.1}  {median:15.2}  {:7.2}  {rechecked:9.2}  {plain:11.2}  {:10.2}  {figures:7}  {:8}",
        size / WEEKS,
        times[WEEKS - 1],
        own / plain,
        peak()
    );
    median
}
