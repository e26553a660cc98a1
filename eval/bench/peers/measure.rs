//! What is measured: agreement, the network alone, whole appeals.

use std::{fs, path::Path, time::Duration};

use serde_json::json;
use tingsu::domain::Appeal;

use super::{Args, BATCH, System, data, ours::Ours, python::Peers};

const LENGTHS: [usize; 3] = [32, 128, 256];
/// Calls in one go at least.
const LEAST: usize = 3;
/// Logits of f32 programs may differ by this much from ours: orders of summation differ.
const TOLERANCE: f32 = 2e-3;
/// Threads of a peer spin for a while after their work; the next one starts when they sleep.
const SETTLE: Duration = Duration::from_millis(60);

pub(crate) fn median(mut x: Vec<f64>) -> f64 {
    x.sort_by(f64::total_cmp);
    x.get(x.len() / 2).copied().unwrap_or(0.0)
}

/// How near a system's logits are to ours in f32.
pub(crate) struct Agreement {
    pub(crate) system: System,
    pub(crate) largest: f32,
    pub(crate) mean: f32,
    /// Shares of appeals with the same first type, category, department, urgency.
    pub(crate) labels: [f64; 4],
}

/// First labels by head from the logits of all heads.
fn firsts(ours: &Ours, logits: &[f32]) -> [usize; 4] {
    let ranges = ours.int8.labels().ranges();
    std::array::from_fn(|head| {
        let own = &logits[ranges[head].clone()];
        (0..own.len()).fold(0, |best, i| if own[i] > own[best] { i } else { best })
    })
}

/// Compares everybody's logits with ours in f32.
pub(crate) fn agreement(ours: &Ours, peers: &mut Peers, ids: &[Vec<u32>], threads: usize) -> Vec<Agreement> {
    let reference = ours.logits(System::OursF32, threads, ids);
    let others = System::ALL.into_iter().filter(|s| *s != System::OursF32);
    others
        .map(|system| {
            eprintln!("logits of {}", system.name());
            let logits = match system.is_ours() {
                true => ours.logits(system, threads, ids),
                false => peers.logits(system, threads, ids),
            };
            let pairs: Vec<(f32, f32)> =
                reference.iter().flatten().copied().zip(logits.iter().flatten().copied()).collect();
            assert_eq!(pairs.len(), logits.iter().map(Vec::len).sum::<usize>(), "{} heads", system.name());
            let apart = pairs.iter().map(|(a, b)| (a - b).abs());
            let (largest, mean) = (apart.clone().fold(0.0, f32::max), apart.sum::<f32>() / pairs.len() as f32);
            if matches!(system, System::OrtF32 | System::TorchF32) {
                assert!(largest < TOLERANCE, "{} does not compute our network: {largest} apart", system.name());
            }
            let mut labels = [0f64; 4];
            for (a, b) in reference.iter().zip(&logits) {
                let (a, b) = (firsts(ours, a), firsts(ours, b));
                (0..4).for_each(|h| labels[h] += f64::from(u8::from(a[h] == b[h])) / ids.len() as f64);
            }
            Agreement { system, largest, mean, labels }
        })
        .collect()
}

/// One batch size and length with some threads: what every system took.
pub(crate) struct Cell {
    pub(crate) threads: usize,
    pub(crate) batch: usize,
    pub(crate) length: usize,
    /// Seconds of the calls of each round, by system in the order of [`System::ALL`].
    rounds: Vec<Vec<Vec<f64>>>,
}

impl Cell {
    /// Median over the rounds.
    pub(crate) fn tokens_per_second(&self, system: System) -> f64 {
        let tokens = (self.batch * self.length) as f64;
        let rates = self.rounds[system as usize].iter().map(|c| tokens * c.len() as f64 / c.iter().sum::<f64>());
        median(rates.collect())
    }

    /// Seconds that a share of the calls of all rounds stays under.
    pub(crate) fn percentile(&self, system: System, share: f64) -> f64 {
        let mut calls: Vec<f64> = self.rounds[system as usize].iter().flatten().copied().collect();
        calls.sort_by(f64::total_cmp);
        let at = ((calls.len() as f64 * share).ceil() as usize).clamp(1, calls.len().max(1)) - 1;
        calls.get(at).copied().unwrap_or(0.0)
    }

    pub(crate) fn calls(&self, system: System) -> usize {
        self.rounds[system as usize].iter().map(Vec::len).sum()
    }
}

/// Sequences of one length, cut from the tokens of real appeals.
fn sequences(ids: &[Vec<u32>], batch: usize, length: usize) -> Vec<Vec<u32>> {
    let (first, last) = (ids[0][0], *ids[0].last().unwrap());
    let inner: Vec<u32> = ids.iter().flat_map(|s| &s[1..s.len() - 1]).copied().collect();
    let mut tokens = inner.iter().cycle().copied();
    let one = |_| std::iter::once(first).chain(tokens.by_ref().take(length - 2)).chain([last]).collect();
    (0..batch).map(one).collect()
}

pub(crate) fn network(args: &Args, ours: &Ours, peers: &mut Peers, ids: &[Vec<u32>], threads: usize) -> Vec<Cell> {
    let mut numbers = vec![1, threads];
    numbers.dedup();
    let mut cells: Vec<Cell> = Vec::new();
    for threads in numbers {
        for batch in [1, BATCH] {
            let rounds = vec![Vec::new(); System::ALL.len()];
            cells.extend(LENGTHS.map(|length| Cell { threads, batch, length, rounds: rounds.clone() }));
        }
    }
    for round in 0..args.rounds {
        eprintln!("round {} of {}", round + 1, args.rounds);
        for cell in &mut cells {
            let ids = sequences(ids, cell.batch, cell.length);
            for n in 0..System::ALL.len() {
                // each round begins with another one
                let system = System::ALL[(n + round) % System::ALL.len()];
                std::thread::sleep(SETTLE);
                let calls = match system.is_ours() {
                    true => ours.time(system, cell.threads, &ids, args.seconds, LEAST),
                    false => peers.time(system, cell.threads, &ids, args.seconds, LEAST),
                };
                cell.rounds[system as usize].push(calls);
            }
        }
    }
    cells
}

/// A system over whole appeals.
pub(crate) struct Whole {
    pub(crate) name: String,
    pub(crate) system: Option<System>,
    pub(crate) appeals_per_second: f64,
    pub(crate) tokens: usize,
    /// Whether it is a peer that does the same.
    pub(crate) peer: bool,
}

/// From text to labels on all cores, in batches; each round asks everybody.
pub(crate) fn appeals(
    args: &Args,
    ours: &Ours,
    peers: &mut Peers,
    appeals: &[Appeal],
    work: &Path,
    threads: usize,
) -> Vec<Whole> {
    let file = work.join("appeals.jsonl");
    let rows = appeals.iter().map(|a| format!("{}\n", json!({ "title": a.title, "text": a.text })));
    fs::write(&file, rows.collect::<String>()).unwrap();
    let service = ours.service(threads);
    let names = System::ALL.map(Some).into_iter().chain([None, None]);
    let mut all: Vec<(Option<System>, Vec<f64>, usize)> = names.map(|s| (s, vec![], 0)).collect();
    let (linear, whole) = (System::ALL.len(), System::ALL.len() + 1);
    for round in 0..args.rounds {
        eprintln!("whole appeals, round {} of {}", round + 1, args.rounds);
        for (at, row) in all.iter_mut().enumerate() {
            std::thread::sleep(SETTLE);
            let (seconds, tokens) = match row.0 {
                Some(system) if system.is_ours() => ours.appeals(system, appeals),
                Some(system) => {
                    let (seconds, tokens, said) = peers.appeals(system.key(), threads, &file, &data(), BATCH);
                    assert_eq!(said.len(), appeals.len());
                    (seconds, tokens)
                }
                None if at == linear => {
                    let (seconds, _, said) = peers.appeals("linear", threads, &file, &data(), BATCH);
                    assert_eq!(said.len(), appeals.len());
                    (seconds, 0)
                }
                None => {
                    let start = std::time::Instant::now();
                    assert_eq!(service.triage_many(appeals.to_vec(), true).unwrap().len(), appeals.len());
                    (start.elapsed().as_secs_f64(), 0)
                }
            };
            row.1.push(appeals.len() as f64 / seconds);
            row.2 = tokens;
        }
    }
    let _ = fs::remove_file(file);
    let named = |(at, (system, rates, tokens)): (usize, (Option<System>, Vec<f64>, usize))| Whole {
        name: match system {
            Some(system) if system.is_ours() => format!("{}, with n-gram votes and calibration", system.name()),
            Some(system) => format!("{}, `tokenizers`, softmax", system.name()),
            None if at == whole => "ours int8, whole suggestion: rules, places, reasons".into(),
            None => "scikit-learn: TF-IDF and four `LinearSVC`".into(),
        },
        system,
        appeals_per_second: median(rates),
        tokens,
        peer: system.is_some_and(|s| !s.is_ours()),
    };
    all.into_iter().enumerate().map(named).collect()
}
