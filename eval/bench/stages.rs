//! How fast is each stage of the walk from a file of appeals to a searchable ticket?
//!
//! `cargo bench --bench stages [-- --json] [--only text,triage,store,index,import] [--rows N]
//! [--model DIR]` reads the simulated appeals of the demo city, or the JSONL file or folder named by
//! `TINGSU_BENCH_APPEALS` (fields `title`, `text`). Medians: [`RUNS`] runs of the text stages, on one
//! thread; [`SLOW_RUNS`] of the others; the import runs once, over `--rows` rows (the appeals over and
//! over, each with an id of its own). Where there is a plain way to do the same, it runs beside ours as
//! its peer; the ratio is ours by the peer's. `TMPDIR` says on which disk the store stage writes.
#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::panic, reason = "a bench prints, and may fail loudly")]

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use tingsu::{city::CityPack, domain::Appeal};

#[path = "stages/keep.rs"]
mod keep;
#[path = "stages/text.rs"]
mod text;
#[path = "stages/triage.rs"]
mod triage;

/// As the program has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Runs of each stage; the median counts.
pub(crate) const RUNS: usize = 7;
/// Runs of a stage that takes seconds.
pub(crate) const SLOW_RUNS: usize = 3;

/// One stage and what it took.
pub(crate) struct Line {
    stage: String,
    /// The peer's name; none for our own stage.
    peer: Option<String>,
    appeals: usize,
    seconds: f64,
    /// Bytes of UTF-8 and tokens of the model, where they were counted.
    bytes: usize,
    tokens: usize,
}

impl Line {
    pub(crate) fn new(stage: &str, peer: Option<&str>, appeals: usize, seconds: f64) -> Self {
        Self { stage: stage.to_owned(), peer: peer.map(str::to_owned), appeals, seconds, bytes: 0, tokens: 0 }
    }

    fn rate(&self) -> f64 {
        self.appeals as f64 / self.seconds
    }
}

/// Median of what `runs` calls return.
pub(crate) fn middle(runs: usize, mut run: impl FnMut() -> f64) -> f64 {
    median((0..runs).map(|_| run()).collect())
}

pub(crate) fn median(mut seconds: Vec<f64>) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}

/// What was typed.
struct Args {
    json: bool,
    only: Option<String>,
    rows: usize,
    model: Option<PathBuf>,
}

fn args() -> Args {
    let mut args = Args { json: false, only: None, rows: 1_700, model: None };
    let mut typed = std::env::args().skip(1);
    while let Some(arg) = typed.next() {
        let mut value = || typed.next().unwrap_or_else(|| panic!("{arg} needs a value"));
        match arg.as_str() {
            "--json" => args.json = true,
            "--only" => args.only = Some(value()),
            "--rows" => args.rows = value().parse().unwrap(),
            "--model" => args.model = Some(value().into()),
            "--bench" => {}
            other => panic!("unknown argument {other}"),
        }
    }
    args
}

fn main() {
    // `cargo test --benches` passes --test: nothing to measure then.
    if std::env::args().any(|a| a == "--test" || a == "--list") {
        return;
    }
    let args = args();
    let source = std::env::var_os("TINGSU_BENCH_APPEALS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("corpora/jianghai/appeals"), PathBuf::from);
    let appeals = appeals(&source);
    assert!(!appeals.is_empty(), "no appeals in {}", source.display());
    let texts: Vec<String> = appeals.iter().map(|a| format!("{}\n{}", a.title, a.text)).collect();
    let bytes: usize = texts.iter().map(String::len).sum();
    let pack = CityPack::open(&Path::new(env!("CARGO_MANIFEST_DIR")).join("corpora/jianghai"));
    let pack = Arc::new(pack.unwrap_or_else(|faults| panic!("the demo city does not read:\n{faults}")));

    let wants = |part: &str| args.only.as_ref().is_none_or(|only| only.split(',').any(|o| o == part));
    let mut lines = Vec::new();
    if wants("text") {
        lines.extend(text::lines(&texts, &pack));
    }
    if wants("triage") {
        lines.extend(triage::lines(&appeals, &pack, args.model.as_deref()));
    }
    if wants("store") {
        lines.extend(keep::store(&appeals, &pack, args.rows));
    }
    if wants("index") {
        lines.extend(keep::index(&appeals, &pack));
    }
    if wants("import") {
        lines.extend(keep::import(&appeals, args.rows, args.model.as_deref()));
    }
    let ratio = |line: &Line| {
        let ours = lines.iter().find(|l| l.peer.is_none() && l.stage == line.stage)?;
        line.peer.as_ref().map(|_| ours.rate() / line.rate())
    };
    if args.json {
        let rows = lines.iter().map(|line| {
            serde_json::json!({
                "stage": line.stage, "peer": line.peer, "appeals": line.appeals, "seconds": line.seconds,
                "appeals_per_s": line.rate(), "ours_by_peer": ratio(line),
                "mb_per_s": (line.bytes > 0).then(|| line.bytes as f64 / 1e6 / line.seconds),
                "tokens_per_s": (line.tokens > 0).then(|| line.tokens as f64 / line.seconds),
            })
        });
        let report = serde_json::json!({
            "source": source.display().to_string(), "appeals": appeals.len(), "bytes": bytes,
            "stages": rows.collect::<Vec<_>>(),
        });
        println!("{report:#}");
        return;
    }
    println!("{} appeals, {:.2} MB, from {}", appeals.len(), bytes as f64 / 1e6, source.display());
    println!("{:>10} {:>8} {:>10} {:>7}  stage", "appeals/s", "MB/s", "tokens/s", "ratio");
    for line in &lines {
        let name = line.peer.as_ref().map_or_else(|| line.stage.clone(), |peer| format!("    peer: {peer}"));
        let per_second = |n: usize, unit: f64, digits: usize| match n {
            0 => String::new(),
            n => format!("{:.digits$}", n as f64 / unit / line.seconds),
        };
        println!(
            "{:>10} {:>8} {:>10} {:>7}  {name}",
            if line.rate() < 100.0 { format!("{:.1}", line.rate()) } else { format!("{:.0}", line.rate()) },
            per_second(line.bytes, 1e6, 1),
            per_second(line.tokens, 1.0, 0),
            ratio(line).map(|r| format!("{r:.2}")).unwrap_or_default(),
        );
    }
}

/// Every appeal of a JSONL file or a folder of them.
fn appeals(source: &Path) -> Vec<Appeal> {
    let mut files: Vec<PathBuf> = match fs::read_dir(source) {
        Ok(entries) => entries.filter_map(|entry| Some(entry.ok()?.path())).collect(),
        Err(_) => vec![source.to_owned()],
    };
    files.retain(|file| file.extension().is_some_and(|e| e == "jsonl"));
    files.sort();
    let lines = files.iter().flat_map(|file| {
        let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        text.lines().map(str::to_owned).collect::<Vec<_>>()
    });
    let appeal = |line: String| {
        let value: serde_json::Value = serde_json::from_str(&line).ok()?;
        Some(Appeal::new(value["title"].as_str().unwrap_or(""), value["text"].as_str().unwrap_or("")))
    };
    lines.filter_map(appeal).collect()
}
