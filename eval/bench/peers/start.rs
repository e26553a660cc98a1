//! Cold start and memory: each system as a program of its own that answers one appeal, then many.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Command, Stdio},
    time::Instant,
};

use serde_json::{Value, json};
use tingsu::{
    domain::Appeal,
    model::{Bundle, Precision},
};

use super::{Args, BATCH, System, input, measure::median, python, state};

/// What it took.
pub(crate) struct Started {
    pub(crate) name: String,
    pub(crate) system: Option<System>,
    /// From the start of the process to its first answer, or to its end where it answers once.
    pub(crate) seconds: f64,
    /// Resident MB after batches of long appeals, and the most there ever was.
    pub(crate) memory: Option<(f64, f64)>,
}

/// Times that all systems are started.
const STARTS: usize = 5;
/// Long appeals that are asked for before memory is looked at.
const LONG: usize = 128;

/// As `worker.py --once`: opens the bundle, then answers the appeals of each line.
pub(crate) fn once(system: &str, model: &Path) {
    let precision = if system == System::OursF32.key() { Precision::Float } else { Precision::Int8 };
    let bundle = Bundle::open_in(model, precision).unwrap();
    for line in std::io::stdin().lines() {
        let rows: Vec<Value> = serde_json::from_str(&line.unwrap()).unwrap();
        let field = |row: &Value, name: &str| row[name].as_str().unwrap_or("").to_owned();
        let appeals: Vec<Appeal> =
            rows.iter().map(|row| Appeal::new(&*field(row, "title"), &*field(row, "text"))).collect();
        let mut answers = Vec::new();
        for batch in appeals.chunks(BATCH) {
            let inputs: Vec<_> = batch.iter().map(input).collect();
            let said = bundle.predict(&inputs, false).unwrap();
            answers.extend(said.into_iter().map(|p| p.category[0].label.clone()));
        }
        println!("{}", json!({ "answers": answers }));
    }
}

fn line(appeals: &[&Appeal]) -> String {
    let rows: Vec<Value> = appeals.iter().map(|a| json!({ "title": a.title, "text": a.text })).collect();
    serde_json::to_string(&rows).unwrap()
}

pub(crate) fn measure(args: &Args, python: &Path, appeals: &[Appeal], work: &Path, threads: usize) -> Vec<Started> {
    let mut longest: Vec<&Appeal> = appeals.iter().collect();
    longest.sort_by_key(|a| std::cmp::Reverse(a.text.len()));
    let (one, many) = (line(&[&appeals[0]]), line(&longest[..LONG.min(longest.len())]));
    let mut seconds = vec![Vec::new(); System::ALL.len() + 1];
    let mut memory = vec![(0.0, 0.0); System::ALL.len()];
    for start in 0..STARTS {
        eprintln!("cold start {} of {STARTS}", start + 1);
        for (at, system) in System::ALL.into_iter().enumerate() {
            let command = if system.is_ours() {
                let mut command = Command::new(std::env::current_exe().unwrap());
                command.args(["--once", system.key()]).arg(&args.model);
                command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
                command
            } else {
                let mut command = python::command(python, &args.model, work, &work.join("once.log"));
                command.args(["--once", system.key(), "--threads", &threads.to_string()]);
                command
            };
            let (took, held) = started(command, &one, &many);
            seconds[at].push(took);
            memory[at] = held;
        }
        seconds[System::ALL.len()].push(program(&args.model, &appeals[0], work));
    }
    let mut seconds = seconds.into_iter().map(median);
    let mut all: Vec<Started> = System::ALL
        .into_iter()
        .zip(&mut seconds)
        .zip(memory)
        .map(|((system, seconds), memory)| Started {
            name: system.name().into(),
            system: Some(system),
            seconds,
            memory: Some(memory),
        })
        .collect();
    let seconds = seconds.next().unwrap_or(0.0);
    all.push(Started { name: "`tingsu triage`, one appeal, start to end".into(), system: None, seconds, memory: None });
    all
}

/// Seconds to the first answer, and the memory after many.
fn started(mut command: Command, one: &str, many: &str) -> (f64, (f64, f64)) {
    let start = Instant::now();
    let mut child = command.spawn().unwrap();
    let (mut asked, mut answers) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
    let mut ask = |line: &str| {
        writeln!(asked, "{line}").unwrap();
        let mut said = String::new();
        let read = answers.read_line(&mut said).unwrap();
        assert!(read > 0 && said.contains("answers"), "{command:?} did not answer: {said}");
    };
    ask(one);
    let seconds = start.elapsed().as_secs_f64();
    ask(many);
    ask(many);
    let memory = state::memory(child.id());
    drop(asked);
    assert!(child.wait().unwrap().success());
    (seconds, memory)
}

/// Seconds of the whole program for one appeal, rules and reasons included.
fn program(model: &Path, appeal: &Appeal, work: &Path) -> f64 {
    let file = work.join("one.jsonl");
    fs::write(&file, format!("{}\n", json!({ "id": 1, "title": appeal.title, "text": appeal.text }))).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_tingsu"));
    command.args(["triage", "--model"]).arg(model).arg("--input").arg(&file);
    command.stdout(Stdio::null()).stderr(File::create(work.join("triage.log")).unwrap());
    let start = Instant::now();
    let status = command.status().unwrap();
    let seconds = start.elapsed().as_secs_f64();
    assert!(status.success(), "tingsu triage failed, see {}", work.join("triage.log").display());
    let _ = fs::remove_file(file);
    seconds
}
