//! How fast is our network beside what a city would install instead: onnxruntime and PyTorch, with the same
//! weights, on the same machine, in the same run?
//!
//! `TINGSU_PEERS_PYTHON=/tmp/peers/bin/python cargo bench --bench peers [-- --rounds 5] [--seconds 0.4]
//! [--json FILE] [--markdown FILE] [--only network,appeals,start] [--model DIR]`. The environment is made
//! once, see `eval/peers/README.md`.
//!
//! Every round asks all systems for the same thing, one after another, then goes on to the next thing, so
//! that whatever else the machine does falls on all of them; medians over the rounds count. Real appeals
//! come from `../shared/data` where that is, else the simulated ones of the demo city are taken;
//! `TINGSU_BENCH_APPEALS` names others (JSONL file or folder).
#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::panic, reason = "a bench prints, and may fail loudly")]

use std::{
    fs,
    path::{Path, PathBuf},
};

use tingsu::model::ModelInput;
use tingsu::{domain::Appeal, text::Normalized};

#[path = "peers/measure.rs"]
mod measure;
#[path = "peers/ours.rs"]
mod ours;
#[path = "peers/python.rs"]
mod python;
#[path = "peers/start.rs"]
mod start;
#[path = "peers/state.rs"]
mod state;
#[path = "peers/table.rs"]
mod table;

/// As the program has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Appeals whose logits are compared, and those that run from text to labels.
const COMPARED: usize = 128;
const WHOLE: usize = 320;
/// Sequences of a batch.
pub(crate) const BATCH: usize = 32;

/// Who answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum System {
    OursInt8,
    OursF32,
    OrtInt8,
    OrtF32,
    TorchBf16,
    TorchF32,
}

impl System {
    pub(crate) const ALL: [Self; 6] =
        [Self::OursInt8, Self::OursF32, Self::OrtInt8, Self::OrtF32, Self::TorchBf16, Self::TorchF32];

    /// Its name in files and on the wire to Python.
    pub(crate) fn key(self) -> &'static str {
        ["ours-int8", "ours-f32", "ort-int8", "ort-f32", "torch-bf16", "torch-f32"][self as usize]
    }

    /// Its name for people.
    pub(crate) fn name(self) -> &'static str {
        ["ours int8", "ours f32", "onnxruntime int8", "onnxruntime f32", "PyTorch bf16", "PyTorch f32"][self as usize]
    }

    pub(crate) fn is_ours(self) -> bool {
        matches!(self, Self::OursInt8 | Self::OursF32)
    }
}

/// What was typed.
pub(crate) struct Args {
    pub(crate) rounds: usize,
    pub(crate) seconds: f64,
    json: Option<PathBuf>,
    markdown: Option<PathBuf>,
    only: Option<String>,
    pub(crate) model: PathBuf,
}

fn args() -> Args {
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/default");
    let mut args = Args { rounds: 5, seconds: 0.4, json: None, markdown: None, only: None, model };
    let mut typed = std::env::args().skip(1);
    while let Some(arg) = typed.next() {
        let mut value = || typed.next().unwrap_or_else(|| panic!("{arg} needs a value"));
        match arg.as_str() {
            "--rounds" => args.rounds = value().parse().unwrap(),
            "--seconds" => args.seconds = value().parse().unwrap(),
            "--json" => args.json = Some(value().into()),
            "--markdown" => args.markdown = Some(value().into()),
            "--only" => args.only = Some(value()),
            "--model" => args.model = value().into(),
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
    let typed: Vec<String> = std::env::args().collect();
    if let Some([_, system, model]) = typed.windows(3).find(|w| w[0] == "--once") {
        return start::once(system, Path::new(model));
    }
    let args = args();
    let Some(python) = python::interpreter() else {
        eprintln!("{}", python::HOW_TO_INSTALL);
        std::process::exit(2);
    };
    let source = source();
    let appeals = some_of(appeals(&source), WHOLE.max(COMPARED));
    assert!(appeals.len() >= BATCH, "only {} appeals in {}", appeals.len(), source.display());
    let ours = ours::Ours::open(&args.model);
    let work = Path::new(env!("CARGO_TARGET_TMPDIR")).join("peers").join(ours.id());
    fs::create_dir_all(&work).unwrap();
    let mut peers = python::Peers::start(&python, &args.model, &work);
    let versions = peers.export();
    let ids: Vec<Vec<u32>> = appeals.iter().take(COMPARED).map(|a| ours.int8.ids(&input(a))).collect();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let agreement = measure::agreement(&ours, &mut peers, &ids, threads);

    let wants = |part: &str| args.only.as_ref().is_none_or(|only| only.split(',').any(|o| o == part));
    let before = state::State::now(&[std::process::id(), peers.id()]);
    let network = if wants("network") { measure::network(&args, &ours, &mut peers, &ids, threads) } else { vec![] };
    let whole = if wants("appeals") {
        measure::appeals(&args, &ours, &mut peers, &appeals[..WHOLE.min(appeals.len())], &work, threads)
    } else {
        vec![]
    };
    let state = before.until_now();
    drop(peers);
    let started = if wants("start") { start::measure(&args, &python, &appeals, &work, threads) } else { vec![] };

    let report = table::Report {
        bundle: ours.id().to_owned(),
        source: source.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default(),
        machine: state::machine(),
        state,
        versions,
        rounds: args.rounds,
        agreement,
        network,
        whole,
        started,
    };
    let markdown = report.markdown();
    println!("{markdown}");
    for (path, text) in [(&args.json, format!("{:#}\n", report.json())), (&args.markdown, markdown)] {
        if let Some(path) = path {
            fs::write(path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        }
    }
}

/// An appeal as the network reads it.
pub(crate) fn input(a: &Appeal) -> ModelInput {
    ModelInput { title: Normalized::of(&a.title).text().to_owned(), text: Normalized::of(&a.text).text().to_owned() }
}

fn source() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let real = data().join("appeals/appeals.jsonl");
    match std::env::var_os("TINGSU_BENCH_APPEALS") {
        Some(named) => named.into(),
        None if real.exists() => real,
        None => root.join("corpora/jianghai/appeals"),
    }
}

/// Where the appeals that are not ours to publish lie, if they are there: beside the repository, or beside
/// the folder of its work trees.
pub(crate) fn data() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let places = ["../shared/data", "../../shared/data"].map(|p| root.join(p));
    let [first, _] = &places;
    places.iter().find(|p| p.exists()).unwrap_or(first).clone()
}

/// Every appeal of a JSONL file or a folder of them.
fn appeals(source: &Path) -> Vec<Appeal> {
    let mut files: Vec<PathBuf> = match fs::read_dir(source) {
        Ok(entries) => entries.filter_map(|entry| Some(entry.ok()?.path())).collect(),
        Err(_) => vec![source.to_owned()],
    };
    files.retain(|file| file.extension().is_some_and(|e| e == "jsonl"));
    files.sort();
    let read = |file: &PathBuf| fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let texts: Vec<String> = files.iter().map(read).collect();
    let rows = texts.iter().flat_map(|text| text.lines()).filter_map(|line| serde_json::from_str(line).ok());
    rows.map(|v: serde_json::Value| Appeal::new(v["title"].as_str().unwrap_or(""), v["text"].as_str().unwrap_or("")))
        .collect()
}

/// `count` appeals from all over the source.
fn some_of(all: Vec<Appeal>, count: usize) -> Vec<Appeal> {
    let step = (all.len() / count.max(1)).max(1);
    all.into_iter().step_by(step).take(count).collect()
}
