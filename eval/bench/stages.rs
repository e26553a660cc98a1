//! How fast is each stage of reading an appeal?
//!
//! `cargo bench --bench stages [-- --json]` reads the simulated appeals of the demo city, or the JSONL
//! file or folder named by `TINGSU_BENCH_APPEALS` (fields `title`, `text`), and runs every stage over all
//! of them on one thread: medians of [`RUNS`] runs, MB of UTF-8 and appeals per second. Where the crates
//! in use have a plain way to do the same, it runs beside ours as its peer.

use std::{
    fs,
    hint::black_box,
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

use tingsu::{
    city::CityPack,
    domain::Field,
    text::{Analyser, Lexicon, Normalized, mask},
};
use unicode_normalization::UnicodeNormalization;

/// Runs of each stage; the median counts.
const RUNS: usize = 7;
/// Each run repeats the corpus until it has read about this many bytes, so that a run is longer than noise.
const BYTES: usize = 4 << 20;

/// One stage and what it took.
struct Line {
    stage: &'static str,
    /// The peer's name; none for our own stage.
    peer: Option<&'static str>,
    seconds: f64,
}

fn main() {
    let json = std::env::args().any(|arg| arg == "--json");
    let source = std::env::var_os("TINGSU_BENCH_APPEALS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("corpora/jianghai/appeals"), PathBuf::from);
    let texts = appeals(&source);
    assert!(!texts.is_empty(), "no appeals in {}", source.display());
    let bytes: usize = texts.iter().map(String::len).sum();
    let rounds = (BYTES / bytes.max(1)).max(1);

    let pack = CityPack::open(&Path::new(env!("CARGO_MANIFEST_DIR")).join("corpora/jianghai"));
    let pack = pack.unwrap_or_else(|faults| panic!("the demo city does not read:\n{faults}"));
    let lexicon =
        Lexicon { words: &pack.dictionary, regions: &pack.regions, rules: &pack.rules, contexts: &pack.contexts };
    let analyser = Arc::new(Analyser::build(lexicon));
    let normalized: Vec<Normalized> = texts.iter().map(|text| Normalized::of(text)).collect();
    let jieba = jieba_rs::Jieba::new();
    let opencc = ferrous_opencc::OpenCC::from_config(ferrous_opencc::config::BuiltinConfig::T2s)
        .unwrap_or_else(|error| panic!("opencc's embedded dictionary does not load: {error}"));

    // A stage that does less than it should would look fast: what it finds is checked first.
    let tiles = |n: &Normalized| {
        analyser.segmenter.precise(n.text()).iter().map(|t| t.bytes.len()).sum::<usize>() == n.text().len()
    };
    assert!(normalized.iter().all(tiles), "precise words tile every text");
    let found = texts.iter().zip(&normalized).filter(|(t, n)| !analyser.places.find(Field::Text, t, n).is_empty());
    assert!(found.count() * 3 > texts.len(), "places are found in at least a third of the appeals");

    let run =
        |stage, peer, work: &dyn Fn(usize) -> usize| Line { stage, peer, seconds: median(texts.len(), rounds, work) };
    let lines = [
        run("normalise", None, &|i| Normalized::of(&texts[i]).text().len()),
        run("normalise", Some("ferrous-opencc t2s only"), &|i| opencc.convert(&texts[i]).len()),
        run("normalise", Some("unicode-normalization NFKC only"), &|i| texts[i].nfkc().collect::<String>().len()),
        run("segment, precise", None, &|i| analyser.segmenter.precise(normalized[i].text()).len()),
        run("segment, precise", Some("jieba-rs cut, own dictionary"), &|i| jieba.cut(normalized[i].text(), true).len()),
        run("segment, search", None, &|i| analyser.segmenter.search(normalized[i].text()).len()),
        run("segment, search", Some("jieba-rs cut_for_search, own dictionary"), &|i| {
            jieba.cut_for_search(normalized[i].text(), true).len()
        }),
        run("mask", None, &|i| mask(&texts[i]).spans.len()),
        run("places", None, &|i| analyser.places.find(Field::Text, &texts[i], &normalized[i]).len()),
        run("urgency cues", None, &|i| analyser.cues.find(Field::Text, &normalized[i]).len()),
    ];
    let megabytes = (bytes * rounds) as f64 / 1e6;
    let count = (texts.len() * rounds) as f64;
    if json {
        let rows = lines.iter().map(|line| {
            serde_json::json!({
                "stage": line.stage, "peer": line.peer,
                "mb_per_s": megabytes / line.seconds, "appeals_per_s": count / line.seconds,
            })
        });
        let report = serde_json::json!({
            "source": source.display().to_string(), "appeals": texts.len(), "bytes": bytes, "runs": RUNS,
            "stages": rows.collect::<Vec<_>>(),
        });
        println!("{report:#}");
        return;
    }
    println!(
        "{} appeals, {:.2} MB, from {}; one thread, median of {RUNS} runs",
        texts.len(),
        bytes as f64 / 1e6,
        source.display()
    );
    println!("{:>10} {:>12}  stage", "MB/s", "appeals/s");
    for line in &lines {
        let name = line.peer.map_or_else(|| line.stage.to_owned(), |peer| format!("    peer: {peer}"));
        println!("{:>10.1} {:>12.0}  {name}", megabytes / line.seconds, count / line.seconds);
    }
}

/// Median seconds of all rounds over all texts.
fn median(texts: usize, rounds: usize, work: &dyn Fn(usize) -> usize) -> f64 {
    let mut seconds: Vec<f64> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            for _ in 0..rounds {
                for i in 0..texts {
                    black_box(work(black_box(i)));
                }
            }
            start.elapsed().as_secs_f64()
        })
        .collect();
    seconds.sort_by(f64::total_cmp);
    seconds[RUNS / 2]
}

/// Title and text of every appeal of a JSONL file or a folder of them.
fn appeals(source: &Path) -> Vec<String> {
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
    let appeals = lines.filter_map(|line| {
        let value: serde_json::Value = serde_json::from_str(&line).ok()?;
        Some(format!("{}\n{}", value["title"].as_str().unwrap_or(""), value["text"].as_str().unwrap_or("")))
    });
    appeals.collect()
}
