//! Tests of the command line, through the binary itself.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use serde_json::{Value, json};
use tempfile::TempDir;
use tingsu::{
    domain::HeadKind,
    model::labels::{HeadLabels, Labels},
};

use crate::model::tiny;

mod accounts;
mod audit;
mod beside;
mod brief;
mod contract;
mod model;
mod resume;
mod sample;
mod topics;

/// Runs `tingsu` with arguments in an environment without settings of the machine.
pub(crate) fn tingsu(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tingsu"))
        .args(args)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .output()
        .expect("the binary runs")
}

pub(crate) fn code(output: &Output) -> i32 {
    output.status.code().unwrap_or(-1)
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

pub(crate) fn lines(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

pub(crate) fn write_lines(path: &Path, lines: &[Value]) {
    let text: String = lines.iter().map(|l| format!("{l}\n")).collect();
    fs::write(path, text).unwrap();
}

pub(crate) fn path(dir: &TempDir, name: &str) -> String {
    dir.path().join(name).to_str().unwrap().to_owned()
}

#[test]
fn a_bundle_for_something_else_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let matter = HeadLabels { name: "matter".into(), kind: HeadKind::Single, labels: vec!["水".into(), "路".into()] };
    let labels = Labels::only(vec![matter]).unwrap();
    for (name, bytes) in tiny::files_with(tiny::Layout::Bert, &labels) {
        fs::write(dir.path().join(name), bytes).unwrap();
    }
    write_lines(&dir.path().join("in.jsonl"), &[json!({"id": "1", "text": "停水"})]);
    let out = tingsu(&["triage", "--input", &path(&dir, "in.jsonl"), "--model", dir.path().to_str().unwrap()]);
    let said = stderr(&out);
    assert!(code(&out) != 0 && said.contains("answers matter: triage needs a bundle that answers type"), "{said}");
}

#[test]
fn help_and_mistakes() {
    let check = |args: &[&str], wanted: i32, text: &str| {
        let out = tingsu(args);
        let all = format!("{}{}", String::from_utf8_lossy(&out.stdout), stderr(&out));
        assert_eq!(code(&out), wanted, "{args:?}: {all}");
        assert!(all.contains(text), "{args:?}: wanted `{text}` in {all}");
    };
    check(&["--help"], 0, "演示");
    check(&["--version"], 0, "tingsu");
    check(&["nonsense"], 2, "nonsense");
    check(&["search"], 2, "<Q>");
    check(&["search", "水", "--data", "/nonexistent/x"], 2, "import something first");
    check(&["import", "--data", "/tmp", "/nonexistent/file.csv"], 2, "/nonexistent/file.csv");
    check(&["city", "check", "/nonexistent"], 2, "/nonexistent");
    check(&["triage", "--input", "/nonexistent.jsonl"], 2, "/nonexistent.jsonl");
    check(&["triage", "--input", "/tmp", "--model", "none"], 2, "folder");
    check(&["serve", "--listen", "0.0.0.0:0", "--data", "/proc/nowhere"], 2, "/proc/nowhere");
    check(&["serve", "--listen", "nowhere"], 2, "127.0.0.1:12345");
    check(&["completions", "bash"], 0, "_tingsu");
}

#[test]
fn configuration_names_the_wrong_key() {
    let dir = TempDir::new().unwrap();
    let file = dir.path().join("tingsu.toml");
    let check = |text: &str, wanted: &str| {
        fs::write(&file, text).unwrap();
        let out = tingsu(&["doctor", "--config", file.to_str().unwrap()]);
        assert_eq!(code(&out), 2, "{text}");
        assert!(stderr(&out).contains(wanted), "{text}: wanted `{wanted}` in {}", stderr(&out));
    };
    check("lissten = \"127.0.0.1:1\"", "lissten");
    check("queue = 0", "queue = 0");
    check("queue = \"many\"", "queue");
    check("triage_deadline_ms = 5", "triage_deadline_ms = 5");
}

#[test]
fn the_embedded_city_is_sound() {
    let out = tingsu(&["city", "check", "corpora/jianghai", "--json"]);
    assert_eq!(code(&out), 0, "{}", stderr(&out));
    let report: Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!(report["faults"], json!([]));
    assert_eq!(report["pack"]["categories"], 115);
}

#[test]
fn every_fault_kind_has_an_exit_code() {
    use tingsu::{cli::exit, domain::FaultKind};
    for kind in FaultKind::ALL {
        let code = exit::code(kind);
        assert!(code != exit::OK && code != exit::PARTLY, "{kind:?} -> {code}");
    }
}
