//! Topics, measured: a batch pass over more and more appeals, further appeals joined one by one, and what people would
//! take instead.
//!
//! `cargo bench --bench topics` measures 10,000 appeals; `TINGSU_BENCH_SIZES=10000,100000,1000000` others. With
//! `TINGSU_PEERS_PYTHON=/tmp/peers/bin/python` the same appeals with the same vectors also go to UMAP + HDBSCAN (what
//! BERTopic does) and to scikit-learn's agglomerative clustering (`eval/peers/topics.py`), at the sizes of
//! `TINGSU_BENCH_PEERS` (default: up to 10000), one after another in this run. Quality is B-cubed over the appeals of
//! the bursts that were put in. After each pass [`FURTHER`] more appeals are joined at once to what it found
//! (`insight::Picture`): milliseconds each (median, 99 of 100, longest) and appeals per second. Traffic is made of the simulated appeals and calls, see `eval::topics::synthetic`;
//! `TINGSU_BENCH_MODEL=none` leaves vectors out.
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a bench prints, and may fail loudly")]

use std::{
    collections::HashMap,
    env, fs,
    io::Write,
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

use rand::{SeedableRng, rngs::StdRng};
use tingsu::{
    boot::{self, CitySource, ModelSource},
    eval::topics::{
        Told, b_cubed, ear, read_city, reading,
        synthetic::{Material, with_bursts},
    },
    insight::{Corrections, Heard, Picture, Reader, findings},
};

/// Appeals that are joined after a pass.
const FURTHER: usize = 500;

/// As the program has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let sizes = numbers("TINGSU_BENCH_SIZES").unwrap_or_else(|| vec![10_000]);
    let peers =
        numbers("TINGSU_BENCH_PEERS").unwrap_or_else(|| sizes.iter().copied().filter(|n| *n <= 10_000).collect());
    let without = env::var("TINGSU_BENCH_MODEL").is_ok_and(|m| m == "none");
    let model = if without { ModelSource::None } else { ModelSource::Embedded };
    let triager = boot::load_triager(&CitySource::Embedded, &model).unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpora");
    let told = read_city(&root.join("jianghai/appeals")).unwrap();
    let quiet: Vec<&Told> = told.iter().filter(|t| t.event.is_none()).collect();
    let material = Material::read(&quiet, &root.join("calls"), &reading(&triager)).unwrap();
    println!("| appeals | who | seconds | appeals/s | B³ precision | recall | F1 | by ours |");
    println!("|---|---|---|---|---|---|---|---|");
    let mut joins = Vec::new();
    for size in sizes {
        let mut rng = StdRng::seed_from_u64(1);
        let (mut heard, of) = with_bursts(&material, &told, &triager.pack, size, &mut rng);
        let further = 0..FURTHER.min(heard.len() / 4);
        let categories: Vec<_> = heard.iter().map(|h| h.categories.clone()).collect();
        let vectors = ear(&triager, &mut heard).unwrap();
        heard.iter_mut().zip(categories).for_each(|(h, c)| h.categories = c);
        let clock = Instant::now();
        let found = findings(&heard, &vectors, &reading(&triager), &triager.pack.calendar);
        let ours = clock.elapsed().as_secs_f64();
        let number: HashMap<&str, usize> = heard.iter().enumerate().map(|(i, h)| (h.id.as_str(), i)).collect();
        let groups: Vec<Vec<usize>> =
            found.events.iter().map(|e| e.tickets.iter().map(|t| number[t.as_str()]).collect()).collect();
        line(heard.len(), "tingsu", ours, &groups, &of, ours);
        joins.push(joined(&heard, &vectors, further, &reading(&triager)));
        let Some(python) = env::var_os("TINGSU_PEERS_PYTHON").filter(|_| peers.contains(&size) && !vectors.is_empty())
        else {
            continue;
        };
        let file = env::temp_dir().join(format!("tingsu-topics-{size}.f32"));
        write(&file, &vectors);
        for who in ["umap+hdbscan", "agglomerative"] {
            let Some((seconds, labels)) = peer(&python, who, &file, vectors[0].len()) else {
                println!("| {} | {who} | cannot hold them | | | | | |", heard.len());
                continue;
            };
            let mut groups: HashMap<i64, Vec<usize>> = HashMap::new();
            for (at, label) in labels.iter().enumerate().filter(|(_, l)| **l >= 0) {
                groups.entry(*label).or_default().push(at);
            }
            let mut groups: Vec<Vec<usize>> = groups.into_values().collect();
            groups.sort();
            line(heard.len(), who, seconds, &groups, &of, ours);
        }
        fs::remove_file(file).unwrap();
    }
    println!("\n| appeals | joined | median ms | 99 of 100 | longest | appeals/s |");
    println!("|---|---|---|---|---|---|");
    joins.iter().for_each(|join| println!("{join}"));
}

/// Every so-manieth appeal is left out of a pass and then joined to what it found, in the order of time.
fn joined(heard: &[Heard], vectors: &[Vec<f32>], further: std::ops::Range<usize>, reader: &Reader<'_>) -> String {
    let step = heard.len() / further.len().max(1);
    let late = |i: usize| i.is_multiple_of(step);
    let vector = |i: usize| vectors.get(i).cloned().unwrap_or_default();
    let known: Vec<usize> = (0..heard.len()).filter(|&i| !late(i)).collect();
    let own: Vec<Heard> = known.iter().map(|&i| heard[i].clone()).collect();
    let beside: Vec<Vec<f32>> = known.iter().map(|&i| vector(i)).collect();
    let mut picture = Picture::of(own, &beside, reader, &[], Corrections::default()).0;
    let mut late: Vec<usize> = (0..heard.len()).filter(|&i| late(i)).collect();
    late.sort_by_key(|&i| heard[i].at);
    let mut millis: Vec<f64> = Vec::new();
    for i in late {
        let clock = Instant::now();
        picture.take(heard[i].clone(), &vector(i), reader);
        millis.push(clock.elapsed().as_secs_f64() * 1e3);
    }
    let second = millis.len() as f64 * 1e3 / millis.iter().sum::<f64>();
    millis.sort_by(f64::total_cmp);
    let at = |share: f64| millis[((millis.len() as f64 * share) as usize).min(millis.len() - 1)];
    let (n, joined) = (known.len(), millis.len());
    format!("| {n} | {joined} | {:.1} | {:.1} | {:.1} | {second:.0} |", at(0.5), at(0.99), at(1.0))
}

fn numbers(name: &str) -> Option<Vec<usize>> {
    let text = env::var(name).ok()?;
    Some(text.split(',').map(|n| n.trim().parse().unwrap()).collect())
}

fn line(n: usize, who: &str, seconds: f64, groups: &[Vec<usize>], of: &[Option<String>], ours: f64) {
    let mut whole = groups.to_vec();
    let mut held = vec![false; n];
    groups.iter().flatten().for_each(|&i| held[i] = true);
    whole.extend((0..n).filter(|&i| !held[i]).map(|i| vec![i]));
    let b = b_cubed(&whole, of, |_| true);
    println!(
        "| {n} | {who} | {seconds:.1} | {:.0} | {:.3} | {:.3} | {:.3} | {:.1} |",
        n as f64 / seconds,
        b.precision,
        b.recall,
        b.f1,
        seconds / ours
    );
}

fn write(path: &PathBuf, vectors: &[Vec<f32>]) {
    let mut file = std::io::BufWriter::new(fs::File::create(path).unwrap());
    for x in vectors.iter().flatten() {
        file.write_all(&x.to_le_bytes()).unwrap();
    }
    file.flush().unwrap();
}

/// Seconds and a label for each row; -1 stands alone. None where the rows need more memory than there is.
fn peer(python: &std::ffi::OsStr, who: &str, file: &Path, width: usize) -> Option<(f64, Vec<i64>)> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("eval/peers/topics.py");
    let out = Command::new(python).arg(script).arg(who).arg(file).arg(width.to_string()).output().unwrap();
    let said = String::from_utf8_lossy(&out.stderr);
    // numpy says so, or the system ends it without a word
    if !out.status.success() && (said.contains("MemoryError") || out.status.code().is_none()) {
        return None;
    }
    assert!(out.status.success(), "{said}");
    let answer: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    let labels = answer["labels"].as_array().unwrap().iter().map(|l| l.as_i64().unwrap()).collect();
    Some((answer["seconds"].as_f64().unwrap(), labels))
}
