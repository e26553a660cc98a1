//! Search, measured: indexing speed, latency, recall of verbatim stretches, known-item quality.
//!
//! `TINGSU_BENCH_APPEALS=FILE.jsonl cargo bench --bench search` measures other appeals (lines with
//! `id`, `title`, `text`) than the simulated ones; `TINGSU_BENCH_TUNE=1` also tries other weights;
//! `TINGSU_BENCH_ONLY=speed,recall,quality,percolate,policy` leaves parts out. `TINGSU_BENCH_SCALE=100000,1000000`
//! measures nothing else than collections of these sizes, recombined from the appeals, beside SQLite FTS5 and
//! (with `TINGSU_EVAL_POSTGRES=URL`) PostgreSQL.
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a bench prints, and may fail loudly")]

#[path = "search/peers.rs"]
mod peers;
#[path = "search/percolate.rs"]
mod percolate;
#[path = "search/plain.rs"]
mod plain;
#[path = "search/policy.rs"]
mod policy;
#[path = "search/scale.rs"]
mod scale;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use rand::{RngExt, SeedableRng, rngs::StdRng, seq::SliceRandom};
use tingsu::{
    domain::{Appeal, Region, TicketId, parse_city},
    search::{Facet, IndexDoc, Query, Ranking, SearchIndex, Sort, Term, Wanted, fragments},
    text::Segmenter,
};

fn appeals() -> Vec<IndexDoc> {
    let files: Vec<PathBuf> = match std::env::var_os("TINGSU_BENCH_APPEALS") {
        Some(file) => vec![file.into()],
        None => {
            let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpora/jianghai/appeals");
            let mut files: Vec<PathBuf> = std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().path()).collect();
            files.retain(|f| f.extension().is_some_and(|e| e == "jsonl"));
            files.sort();
            files
        }
    };
    let mut docs = Vec::new();
    for line in
        files.iter().flat_map(|f| std::fs::read_to_string(f).unwrap().lines().map(str::to_owned).collect::<Vec<_>>())
    {
        let row: serde_json::Value = serde_json::from_str(&line).unwrap();
        let field = |name: &str| row[name].as_str().unwrap_or("").to_owned();
        let time = field("time");
        let seq = docs.len() as i64 + 1;
        let mut facets = BTreeMap::new();
        for (facet, name) in [
            (Facet::Category, "category"),
            (Facet::Level1, "label7"),
            (Facet::Department, "department"),
            (Facet::District, "district"),
            (Facet::Urgency, "urgency"),
            (Facet::Channel, "channel"),
        ] {
            facets.insert(facet, field(name));
        }
        docs.push(IndexDoc {
            assisting: Vec::new(),
            ticket: TicketId::new(field("id")).unwrap(),
            appeal: Appeal::new(field("title"), field("text")),
            reply: field("reply"),
            place: field("place"),
            facets,
            received_at: parse_city(&time)
                .unwrap_or_else(|_| jiff::Timestamp::from_second(1_750_000_000 + seq).unwrap()),
            seq,
        });
    }
    docs
}

struct Shelf {
    index: SearchIndex,
    dir: tempfile::TempDir,
}

impl Shelf {
    fn of(docs: &[IndexDoc]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let segmenter = Arc::new(Segmenter::new(&[], &[] as &[Region]));
        let index = SearchIndex::open(dir.path(), segmenter, "bench").unwrap();
        for chunk in docs.chunks(1_000) {
            index.apply(chunk).unwrap();
        }
        index.commit(docs.len() as i64).unwrap();
        Self { index, dir }
    }

    fn ask(&self, wanted: Wanted, limit: usize) -> tingsu::search::Found {
        self.index.search(&Query { wanted, limit, ..Query::default() }).unwrap()
    }
}

fn words(text: &str) -> Wanted {
    Wanted { groups: vec![vec![Term::Words(text.to_owned())]], not: Vec::new() }
}

fn phrase(text: &str) -> Wanted {
    Wanted { groups: vec![vec![Term::Phrase(text.to_owned())]], not: Vec::new() }
}

/// Wall time and time on the processor (which a busy machine does not inflate) of each call.
#[derive(Default)]
struct Times {
    wall: Vec<Duration>,
    cpu: Vec<Duration>,
}

/// Time that this thread spent on a processor; zero where /proc is missing.
fn on_cpu() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    Duration::from_nanos(text.split(' ').next().and_then(|n| n.parse().ok()).unwrap_or(0))
}

impl Times {
    fn take<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let (cpu, wall) = (on_cpu(), Instant::now());
        let done = work();
        self.wall.push(wall.elapsed());
        self.cpu.push(on_cpu().saturating_sub(cpu));
        done
    }

    fn show(mut self, name: &str) {
        self.wall.sort();
        self.cpu.sort();
        let at = |times: &[Duration], q: f64| times[((times.len() - 1) as f64 * q) as usize].as_secs_f64() * 1e3;
        println!(
            "{name:22} cpu p50 {:7.3} ms  p99 {:7.3} ms   wall p50 {:7.3} ms  p99 {:7.3} ms",
            at(&self.cpu, 0.5),
            at(&self.cpu, 0.99),
            at(&self.wall, 0.5),
            at(&self.wall, 0.99)
        );
    }
}

/// Processor seconds of the whole process, all threads.
fn process_cpu() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = text.rsplit(')').next().unwrap_or("").split_whitespace().collect();
    let ticks = |n: usize| fields.get(n).and_then(|t| t.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}

fn speed(docs: &[IndexDoc], rng: &mut StdRng) -> Shelf {
    let (started, cpu) = (Instant::now(), process_cpu());
    let shelf = Shelf::of(docs);
    let (took, cpu) = (started.elapsed().as_secs_f64(), process_cpu() - cpu);
    let bytes: u64 = std::fs::read_dir(shelf.dir.path()).unwrap().map(|e| e.unwrap().metadata().unwrap().len()).sum();
    let chars: usize = docs.iter().map(|d| d.appeal.title.chars().count() + d.appeal.text.chars().count()).sum();
    println!(
        "indexed {} appeals ({:.1} M characters) in {took:.2} s ({cpu:.2} s of processor): {:.0}/s; {:.1} MB on disk",
        docs.len(),
        chars as f64 / 1e6,
        docs.len() as f64 / took,
        bytes as f64 / 1e6
    );
    let segmenter = Segmenter::new(&[], &[]);
    let vocabulary: Vec<String> = {
        let mut seen = BTreeSet::new();
        for doc in docs {
            seen.extend(segmenter.precise(&doc.appeal.title).iter().map(|t| t.word.to_owned()));
        }
        seen.into_iter().filter(|w| w.chars().count() > 1).collect()
    };
    let mut some_words = |count: usize| {
        let list: Vec<&str> = (0..count).map(|_| vocabulary[rng.random_range(0..vocabulary.len())].as_str()).collect();
        list.into_iter().map(|w| vec![Term::Words(w.to_owned())]).collect::<Vec<_>>()
    };
    let mut mixes: Vec<(&str, Vec<Query>)> = Vec::new();
    let plain = |wanted: Wanted| Query { wanted, limit: 10, ..Query::default() };
    let groups = |groups| Wanted { groups, not: Vec::new() };
    mixes.push(("1 word", (0..1_000).map(|_| plain(groups(some_words(1)))).collect()));
    mixes.push(("2 words", (0..1_000).map(|_| plain(groups(some_words(2)))).collect()));
    mixes.push(("frequent word", (0..300).map(|_| plain(words("小区"))).collect()));
    mixes.push(("title as typed", docs.iter().take(1_000).map(|d| plain(words(&d.appeal.title))).collect()));
    let start = |d: &IndexDoc| d.appeal.text.chars().take(100).collect::<String>();
    mixes.push(("100 characters", docs.iter().take(500).map(|d| plain(words(&start(d)))).collect()));
    let middle = |d: &IndexDoc| d.appeal.text.chars().skip(5).take(6).collect::<String>();
    mixes.push(("phrase of 6", docs.iter().take(1_000).map(|d| plain(phrase(&middle(d)))).collect()));
    let counted = |q: &Query| Query {
        count: vec![Facet::Level1, Facet::Category, Facet::Department, Facet::District, Facet::Urgency],
        ..q.clone()
    };
    let faceted: Vec<Query> = mixes[1].1.iter().map(counted).collect();
    mixes.push(("2 words + 5 facets", faceted));
    let all = Query { sort: Sort::Newest, ..plain(Wanted::default()) };
    mixes.push(("all, newest, 5 facets", vec![counted(&all); 100]));
    let by_id: BTreeMap<&str, &IndexDoc> = docs.iter().map(|d| (d.ticket.as_str(), d)).collect();
    for (name, queries) in &mixes {
        let mut times = Times::default();
        for query in queries {
            times.take(|| shelf.index.search(query).unwrap());
        }
        times.show(name);
    }
    let mut times = Times::default();
    for query in &mixes[1].1 {
        times.take(|| {
            let found = shelf.index.search(&counted(query)).unwrap();
            let marker = shelf.index.highlighter(&query.wanted);
            for hit in &found.hits {
                let text = &by_id[hit.ticket.as_str()].appeal.text;
                std::hint::black_box(fragments(text, &marker.spans(text), 60, 3));
            }
        });
    }
    times.show("  and 10 highlighted");
    let mut times = Times::default();
    for doc in docs.iter().take(500) {
        times.take(|| shelf.index.similar(&doc.appeal, 10, Some(&doc.ticket)).unwrap());
    }
    times.show("similar cases");
    shelf
}

/// Every ticket: some stretches of 2–12 characters, as phrase and as typed words.
fn recall(docs: &[IndexDoc], shelf: &Shelf, rng: &mut StdRng) {
    let (mut asked, mut phrases, mut typed) = (0, 0, 0);
    for doc in docs {
        for text in [&doc.appeal.title, &doc.appeal.text] {
            let chars: Vec<char> = text.chars().collect();
            let length = rng.random_range(2..=12);
            let Some(last) = chars.len().checked_sub(length) else { continue };
            let from = rng.random_range(0..=last);
            let piece: String = chars[from..from + length].iter().collect();
            if piece.trim() != piece {
                continue;
            }
            asked += 1;
            for (wanted, hits) in [(phrase(&piece), &mut phrases), (words(&piece), &mut typed)] {
                let found = shelf.ask(wanted.clone(), 1_000);
                let on_page = found.hits.iter().any(|h| h.ticket == doc.ticket);
                // Too many to page: ask for the ticket's own moment.
                let there = on_page
                    || found.total > 1_000 && {
                        let at = doc.received_at;
                        let received =
                            tingsu::domain::TimeRange { from: Some(at), to: Some(at + Duration::from_secs(1)) };
                        let query = Query { wanted, received, limit: 1_000, ..Query::default() };
                        shelf.index.search(&query).unwrap().hits.iter().any(|h| h.ticket == doc.ticket)
                    };
                *hits += usize::from(there);
                if !there {
                    println!("  missed: {} length {length} at {from}", doc.ticket);
                }
            }
        }
    }
    println!(
        "verbatim stretches of 2-12 characters: {asked}; recall as phrase {:.5}, as typed {:.5}",
        f64::from(phrases as u32) / f64::from(asked),
        f64::from(typed as u32) / f64::from(asked)
    );
}

struct Task {
    name: &'static str,
    shelf: Shelf,
    queries: Vec<(TicketId, String)>,
}

impl Task {
    /// MRR@10, recall@10, share of queries without any hit.
    fn measure(&self, ranking: &Ranking) -> (f64, f64, f64) {
        self.shelf.index.set_ranking(ranking.clone());
        let (mut mrr, mut recall, mut empty) = (0.0, 0.0, 0.0);
        for (ticket, query) in &self.queries {
            let found = self.shelf.ask(words(query), 10);
            empty += f64::from(u8::from(found.total == 0));
            if let Some(at) = found.hits.iter().position(|h| h.ticket == *ticket) {
                mrr += 1.0 / (at as f64 + 1.0);
                recall += 1.0;
            }
        }
        let n = self.queries.len() as f64;
        (mrr / n, recall / n, empty / n)
    }
}

/// Title → its own text (the index has no titles), first sentence → its appeal (the text lacks it).
fn tasks(docs: &[IndexDoc], rng: &mut StdRng) -> Vec<Task> {
    let mut count: BTreeMap<&str, usize> = BTreeMap::new();
    for doc in docs {
        *count.entry(&doc.appeal.title).or_default() += 1;
        *count.entry(&doc.appeal.text).or_default() += 1;
    }
    let mut single: Vec<usize> = (0..docs.len())
        .filter(|&n| count[docs[n].appeal.title.as_str()] == 1 && count[docs[n].appeal.text.as_str()] == 1)
        .filter(|&n| docs[n].appeal.title.chars().count() > 3)
        .collect();
    single.shuffle(rng);
    single.truncate(1_500);
    let untitled: Vec<IndexDoc> =
        docs.iter().map(|d| IndexDoc { appeal: Appeal::new("", d.appeal.text.clone()), ..d.clone() }).collect();
    let titles = single.iter().map(|&n| (docs[n].ticket.clone(), docs[n].appeal.title.clone())).collect();
    let chosen: BTreeSet<usize> = single.iter().copied().collect();
    let mut cut = docs.to_vec();
    let mut sentences = Vec::new();
    for (n, doc) in cut.iter_mut().enumerate().filter(|(n, _)| chosen.contains(n)) {
        if let Some((first, rest)) = doc.appeal.text.split_once(['。', '，', '！', '？'])
            && (6..60).contains(&first.chars().count())
            && rest.chars().count() > 20
        {
            sentences.push((docs[n].ticket.clone(), first.to_owned()));
            doc.appeal.text = rest.to_owned();
        }
    }
    vec![
        Task { name: "title → own text", shelf: Shelf::of(&untitled), queries: titles },
        Task { name: "first clause → rest of appeal", shelf: Shelf::of(&cut), queries: sentences },
    ]
}

fn main() {
    // `cargo test --benches` passes --test: nothing to measure then.
    if std::env::args().any(|a| a == "--test" || a == "--list") {
        return;
    }
    let mut rng = StdRng::seed_from_u64(12345);
    let docs = appeals();
    if let Ok(sizes) = std::env::var("TINGSU_BENCH_SCALE") {
        let sizes: Vec<usize> = sizes.split(',').map(|n| n.trim().parse().unwrap()).collect();
        return scale::scale(&docs, &sizes);
    }
    let only = std::env::var("TINGSU_BENCH_ONLY").unwrap_or_default();
    let wants = |part: &str| only.is_empty() || only.split(',').any(|p| p == part);
    if wants("speed") || wants("recall") {
        let shelf = speed(&docs, &mut rng);
        if wants("recall") {
            recall(&docs, &shelf, &mut rng);
        }
    }
    if wants("policy") {
        policy::policy(&docs);
    }
    if wants("percolate") {
        percolate::percolate(&docs, &mut rng);
    }
    if !wants("quality") {
        return;
    }
    let tasks = tasks(&docs, &mut rng);
    let show = |name: &str, ranking: &Ranking| {
        for task in &tasks {
            let (mrr, recall, empty) = task.measure(ranking);
            println!(
                "{:30} {:5} queries  MRR@10 {mrr:.4}  recall@10 {recall:.4}  empty {empty:.4}  [{name}]",
                task.name,
                task.queries.len()
            );
        }
    };
    let base = Ranking::default();
    show("default", &base);
    if std::env::var_os("TINGSU_BENCH_TUNE").is_some() {
        for share in [0.05, 0.2, 0.3, 0.45, 0.6] {
            show(&format!("share {share}"), &Ranking { share, ..base.clone() });
        }
        for all_up_to in [0, 1, 2, 3] {
            show(&format!("all_up_to {all_up_to}"), &Ranking { all_up_to, ..base.clone() });
            show(&format!("all_up_to {all_up_to} share 0.3"), &Ranking { all_up_to, share: 0.3, ..base.clone() });
        }
        for gram in [0.0, 0.1, 0.5] {
            show(&format!("gram {gram}"), &Ranking { gram, ..base.clone() });
        }
        for whole in [0.0, 0.25, 1.0] {
            show(&format!("whole {whole}"), &Ranking { whole, ..base.clone() });
        }
        for pair in [0.0, 0.1, 0.5] {
            show(&format!("pair {pair}"), &Ranking { pair, ..base.clone() });
        }
        for title in [1.0, 1.5, 3.0] {
            show(&format!("title {title}"), &Ranking { texts: [title, 1.0, 0.8, 0.5], ..base.clone() });
        }
    }
}
