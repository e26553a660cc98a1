//! How long does a weekly brief take, and how does that grow with the database?
//!
//! `TINGSU_BENCH_BRIEFS=5000,100000,1000000 cargo bench --bench briefs` fills a database of each size with the
//! simulated appeals of the demo city, recombined (the words of one behind the title and the first sentence of another)
//! under fresh ids and callers and spread over 26 weeks, makes the 26 weekly briefs through the desk, and prints the
//! time of each step, by the clock and by the processor (on a shared machine only the second says something), and the
//! most memory that the process had. The peer runs in the same process on the same file: the figures of the last brief
//! by plain SQL, as the tests recompute them. `TINGSU_BENCH_WEEKS=3` makes only the last three briefs. `TMPDIR` says on
//! which disk.
#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::panic, reason = "a bench prints, and may fail loudly")]

use std::{fs, path::Path, sync::Arc, time::Instant};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use sqlx::{QueryBuilder, Row, Sqlite, SqlitePool, sqlite::SqliteConnectOptions, sqlite::SqliteRow};
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
/// Rows written with one statement, and with one transaction.
const ROWS: usize = 500;
const BATCH: usize = 50_000;

fn main() {
    let sizes = std::env::var("TINGSU_BENCH_BRIEFS").unwrap_or_else(|_| "5000".into());
    let sizes: Vec<usize> = sizes.split(',').map(|n| n.trim().parse().unwrap()).collect();
    println!(
        "appeals  a week  fill s  brief s: median  slowest  cpu s  recheck s  cpu s  plain SQL s  cpu s  ours/plain (cpu)  figures  peak MiB"
    );
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let mut before: Option<(usize, f64)> = None;
    for size in sizes {
        let each = runtime.block_on(one(size));
        if let Some((earlier, seconds)) = before {
            let growth = (each / seconds).ln() / (size as f64 / earlier as f64).ln();
            println!("         from {earlier} to {size} appeals a brief grows with exponent {growth:.2}");
        }
        before = Some((size, each));
    }
}

fn start() -> Timestamp {
    parse_city("2025-11-17").unwrap()
}

fn week(n: usize) -> Window {
    let from = start() + SignedDuration::from_hours(168 * n as i64);
    Window { from, to: from + SignedDuration::from_hours(168), cut_hour: 0 }
}

/// When the appeal of a number came in.
fn moment(n: usize, size: usize) -> Timestamp {
    start() + SignedDuration::from_secs((WEEKS * 7 * 86_400 * n / size) as i64)
}

fn caller(n: usize) -> String {
    format!("139{:08}", n % 50_000_000)
}

/// The appeal of a number, as the store takes it: one of the simulated ones, moved in time with all its instants, from
/// a caller of its own.
fn appeal(n: usize, size: usize, given: &[NewTicket]) -> NewTicket {
    let mut ticket = given[n % given.len()].clone();
    let at = moment(n, size);
    let moved = at.duration_since(ticket.received_at.unwrap());
    let shift = |t: Option<Timestamp>| t.map(|t| t + moved);
    ticket.id = Some(TicketId::new(format!("B{n:08}")).unwrap());
    ticket.received_at = Some(at);
    let handling = &mut ticket.handling;
    handling.due_at = shift(handling.due_at);
    handling.closed_at = shift(handling.closed_at);
    handling.dispatched_at = shift(handling.dispatched_at);
    ticket.caller.number = Some(caller(n));
    ticket.repeat_of = None;
    ticket
}

/// A stored row to make others of.
struct Kept {
    record: Value,
    handling: Value,
    received: Timestamp,
    row: SqliteRow,
}

/// The first of the appeals go through the store; the rest are written beside them as rows of the same form, without
/// lines of change and audit, which no brief reads: a million is a matter of minutes.
async fn fill(dir: &Path, size: usize) {
    let given = city::appeals(&city::pack());
    let store = SqliteStore::open(&dir.join("tingsu.db")).await.unwrap();
    let at = week(WEEKS).from;
    let intake =
        Intake { actor: Actor::system(), at, idempotency_key: None, suggestion: None, due_at: None, floor: None };
    let first = size.min(given.len());
    let rows = (0..first).map(|n| (appeal(n, size, &given), intake.clone())).collect();
    for added in store.add_many(rows).await.unwrap() {
        added.unwrap();
    }
    store.close().await;
    let options = SqliteConnectOptions::new().filename(dir.join("tingsu.db"));
    let pool = SqlitePool::connect_with(options).await.unwrap();
    let all = "SELECT * FROM tickets t JOIN originals o ON o.ticket = t.id ORDER BY t.id";
    let kept: Vec<Kept> = sqlx::query(all)
        .fetch_all(&pool)
        .await
        .unwrap()
        .into_iter()
        .map(|row| Kept {
            record: serde_json::from_str(row.get("record_json")).unwrap(),
            handling: serde_json::from_str(row.get("handling_json")).unwrap(),
            received: Timestamp::from_microsecond(row.get("received_at")).unwrap(),
            row,
        })
        .collect();
    let numbers: Vec<usize> = (first..size).collect();
    for batch in numbers.chunks(BATCH) {
        let mut tx = pool.begin().await.unwrap();
        for rows in batch.chunks(ROWS) {
            write(&mut tx, rows, size, &kept).await;
        }
        tx.commit().await.unwrap();
    }
    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&pool).await.unwrap();
    pool.close().await;
}

async fn write(db: &mut sqlx::SqliteConnection, numbers: &[usize], size: usize, kept: &[Kept]) {
    let id = |n: usize| format!("B{n:08}");
    let mut originals =
        QueryBuilder::<Sqlite>::new("INSERT INTO originals (ticket, version, fingerprint, record_json) ");
    originals.push_values(numbers, |mut row, &n| {
        let own = &kept[n % kept.len()];
        row.push_bind(id(n)).push_bind(own.row.get::<i64, _>("version"));
        row.push_bind(own.row.get::<String, _>("fingerprint"));
        row.push_bind(recombined(n, own, kept).to_string());
    });
    originals.build().persistent(false).execute(&mut *db).await.unwrap();
    const COPIED: [&str; 12] = [
        "registered_at",
        "registered_by",
        "channel",
        "status",
        "triage",
        "appeal_type",
        "category",
        "department",
        "urgency",
        "district",
        "town",
        "labels_json",
    ];
    let mut tickets = QueryBuilder::<Sqlite>::new(format!(
        "INSERT INTO tickets (id, seq, received_at, urgency_by_person, handling_json, {}) ",
        COPIED.join(", ")
    ));
    tickets.push_values(numbers, |mut row, &n| {
        let own = &kept[n % kept.len()];
        let at = moment(n, size);
        let mut handling = own.handling.clone();
        for key in ["due_at", "closed_at", "dispatched_at", "signed_at"] {
            if let Some(then) = handling[key].as_str().map(|t| t.parse::<Timestamp>().unwrap()) {
                handling[key] = Value::String((at + then.duration_since(own.received)).to_string());
            }
        }
        row.push_bind(id(n)).push_bind(n as i64 * 2 + 1_000_000).push_bind(at.as_microsecond()).push_bind(0_i64);
        row.push_bind(handling.to_string());
        row.push_bind(own.row.get::<i64, _>(COPIED[0]));
        for column in &COPIED[1..] {
            row.push_bind(own.row.get::<Option<String>, _>(*column));
        }
    });
    tickets.build().persistent(false).execute(&mut *db).await.unwrap();
}

/// Title and first sentence of one, the other sentences of another, from a caller of its own.
fn recombined(n: usize, own: &Kept, kept: &[Kept]) -> Value {
    let mut record = own.record.clone();
    let other = kept[(n / kept.len() * 7_919 + n) % kept.len()].record["appeal"]["text"].as_str().unwrap_or_default();
    let rest = other.split_once(['。', ',', '\u{ff0c}']).map_or("", |(_, rest)| rest);
    let text = record["appeal"]["text"].as_str().unwrap_or_default();
    let first = text.split_once(['。', ',', '\u{ff0c}']).map_or(text, |(first, _)| first);
    record["appeal"]["text"] = Value::String(format!("{first}。{rest}"));
    record["caller"]["number"] = Value::String(caller(n));
    record["id"] = Value::String(format!("B{n:08}"));
    record
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

/// Seconds of the processor that the process took so far.
fn spent() -> f64 {
    let line = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = line.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|t| t.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}

/// The most memory that the process had, in MiB.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|l| l.starts_with("VmHWM")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|n| n.parse::<u64>().ok()).unwrap_or(0) / 1024
}

/// Fills, tells, checks; the mean seconds of the processor that a brief took.
async fn one(size: usize) -> f64 {
    let dir = tempfile::tempdir().unwrap();
    let started = Instant::now();
    fill(dir.path(), size).await;
    let filled = started.elapsed().as_secs_f64();
    let desk = desk(dir.path()).await;
    let mut times = Vec::new();
    let mut last = None;
    let weeks = std::env::var("TINGSU_BENCH_WEEKS").ok().and_then(|n| n.parse().ok()).unwrap_or(WEEKS).clamp(1, WEEKS);
    let mut own = 0.0;
    let before = spent();
    for n in WEEKS - weeks..WEEKS {
        let ask = BriefAsk { kind: BriefKind::Weekly, window: week(n), subject: None };
        let (started, cpu) = (Instant::now(), spent());
        let made = desk.make_brief(&Actor::system(), &ask).await.unwrap();
        times.push(started.elapsed().as_secs_f64());
        own = spent() - cpu;
        last = Some(made.brief);
    }
    let cpu = (spent() - before) / weeks as f64;
    let brief = last.unwrap();
    let (started, before) = (Instant::now(), spent());
    let check = desk.recheck_brief(&brief.id).await.unwrap();
    let (rechecked, recheck) = (started.elapsed().as_secs_f64(), spent() - before);
    assert!(check.stale.is_empty() && check.chain.is_empty());
    let invalid = desk.city().brief.as_ref().unwrap().invalid.clone();
    let pool = plain_sql::open(dir.path()).await;
    let (started, before) = (Instant::now(), spent());
    let figures = plain_sql::check(&pool, &brief, &invalid).await;
    let (plain, counted) = (started.elapsed().as_secs_f64(), spent() - before);
    times.sort_by(f64::total_cmp);
    let median = times[weeks / 2];
    println!(
        "{size:7}  {:6}  {filled:6.1}  {median:15.2}  {:7.2}  {cpu:5.2}  {rechecked:9.2}  {recheck:5.2}  {plain:11.2}  {counted:5.2}  {:16.2}  {figures:7}  {:8}",
        size / WEEKS,
        times[weeks - 1],
        own / counted.max(0.01),
        peak()
    );
    cpu
}
