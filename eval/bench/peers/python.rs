//! The peers, in a Python process that is asked line by line.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use serde_json::{Value, json};

use super::System;

pub(crate) const HOW_TO_INSTALL: &str = "\
the peers need a Python environment, made once:
    python3 -m venv /tmp/peers
    /tmp/peers/bin/pip install -r eval/peers/requirements.txt
    TINGSU_PEERS_PYTHON=/tmp/peers/bin/python cargo bench --bench peers";

/// The interpreter that was named; none, with the reason on stderr, if it cannot run the peers.
pub(crate) fn interpreter() -> Option<PathBuf> {
    let python = PathBuf::from(std::env::var_os("TINGSU_PEERS_PYTHON").or_else(|| {
        eprintln!("TINGSU_PEERS_PYTHON is not set");
        None
    })?);
    let check = "import joblib, onnx, onnxruntime, onnxscript, safetensors, sklearn, tokenizers, torch";
    match Command::new(&python).args(["-c", check]).output() {
        Ok(out) if out.status.success() => Some(python),
        Ok(out) => {
            eprintln!("{}: {}", python.display(), String::from_utf8_lossy(&out.stderr).trim());
            None
        }
        Err(error) => {
            eprintln!("{}: {error}", python.display());
            None
        }
    }
}

/// The script's folder in this repository, as a command that is about to run it.
pub(crate) fn command(python: &Path, model: &Path, work: &Path, log: &Path) -> Command {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("eval/peers/worker.py");
    let mut command = Command::new(python);
    command.arg(script).arg("--bundle").arg(model).arg("--work").arg(work);
    command.env("PYTHONDONTWRITEBYTECODE", "1");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(File::create(log).unwrap());
    command
}

pub(crate) struct Peers {
    child: Child,
    asked: ChildStdin,
    answers: BufReader<ChildStdout>,
    log: PathBuf,
}

impl Peers {
    pub(crate) fn start(python: &Path, model: &Path, work: &Path) -> Self {
        let log = work.join("worker.log");
        let mut child = command(python, model, work, &log).spawn().unwrap();
        let (asked, answers) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        Self { child, asked, answers, log }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    fn ask(&mut self, question: &Value) -> Value {
        let mut line = String::new();
        let sent = writeln!(self.asked, "{question}").and_then(|()| self.asked.flush());
        if sent.is_err() || self.answers.read_line(&mut line).unwrap_or(0) == 0 {
            let log = fs::read_to_string(&self.log).unwrap_or_default();
            let tail: Vec<&str> = log.lines().rev().take(15).collect();
            panic!("the peers stopped:\n{}", tail.into_iter().rev().collect::<Vec<_>>().join("\n"));
        }
        serde_json::from_str(&line).unwrap()
    }

    /// Makes the ONNX files if they are not there; answers with the versions of everything.
    pub(crate) fn export(&mut self) -> Value {
        eprintln!("exporting the bundle to ONNX, where that was not done before");
        self.ask(&json!({ "do": "export" }))
    }

    pub(crate) fn logits(&mut self, system: System, threads: usize, ids: &[Vec<u32>]) -> Vec<Vec<f32>> {
        let said = self.ask(&json!({ "do": "logits", "system": system.key(), "threads": threads, "ids": ids }));
        serde_json::from_value(said["logits"].clone()).unwrap()
    }

    pub(crate) fn time(
        &mut self,
        system: System,
        threads: usize,
        ids: &[Vec<u32>],
        seconds: f64,
        least: usize,
    ) -> Vec<f64> {
        let said = self.ask(&json!({
            "do": "time", "system": system.key(), "threads": threads, "ids": ids, "seconds": seconds, "least": least,
        }));
        serde_json::from_value(said["calls"].clone()).unwrap()
    }

    /// From text to labels: seconds, tokens read, and the first labels of the four heads.
    pub(crate) fn appeals(
        &mut self,
        system: &str,
        threads: usize,
        file: &Path,
        data: &Path,
        batch: usize,
    ) -> (f64, usize, Vec<Vec<String>>) {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpora/jianghai/appeals");
        let said = self.ask(&json!({
            "do": "appeals", "system": system, "threads": threads, "file": file, "data": data, "corpus": corpus,
            "batch": batch,
        }));
        let tokens = said["tokens"].as_u64().unwrap_or(0) as usize;
        (said["seconds"].as_f64().unwrap(), tokens, serde_json::from_value(said["answers"].clone()).unwrap())
    }
}

impl Drop for Peers {
    fn drop(&mut self) {
        // It ends when its input does; it is ours, so it is ended if it hangs.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
