//! What can happen to a run from outside: a full disk, a killed process. The last good bundle stays.

use std::{
    fs,
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};

use tingsu::{
    model::Bundle,
    train::{FitConfig, fit},
};

use super::{Toy, files_in, pretrain};
use crate::model::tiny::Layout;

/// `tingsu train fit` on the toy's corpus, in a shell that first does `before`.
fn command(toy: &Toy, before: &str, epochs: usize) -> Command {
    let mut shell = Command::new("bash");
    shell.arg("-c").arg(format!("{before} exec \"$@\"")).arg("bash").arg(env!("CARGO_BIN_EXE_tingsu"));
    shell.args(["train", "fit", "--name", "toy", "--patience", "0", "--lr", "3e-3", "--grams", "200", "--batch", "8"]);
    shell.args(["--epochs", &epochs.to_string()]);
    for (option, name) in [("--corpus", "corpus.jsonl"), ("--encoder", "encoder"), ("--out", "out")] {
        shell.arg(option).arg(toy.path(name));
    }
    shell
}

fn good(toy: &Toy) -> String {
    fit(&FitConfig { epochs: 1, ..toy.config() }, &mut |_| true).unwrap().id
}

#[test]
fn a_full_disk_is_named_and_the_last_bundle_stays() {
    let toy = Toy::new(Layout::ModernBert);
    let id = good(&toy);
    // no file may grow past 32 blocks of 1,024 bytes: writing fails as on a full disk (EFBIG for ENOSPC)
    let out = command(&toy, "trap '' XFSZ; ulimit -f 32;", 1).output().unwrap();
    let error = String::from_utf8_lossy(&out.stderr);
    assert!(!out.status.success() && error.contains("model.safetensors"), "{error}");
    assert!(error.contains("File too large"), "the system's reason is told: {error}");
    assert_eq!(Bundle::open(&toy.path("out")).unwrap().id(), id);
    assert_eq!(files_in(toy.dir.path()), ["corpus.jsonl", "encoder", "out"], "something was left beside");
}

#[test]
fn a_full_disk_leaves_the_last_checkpoint() {
    let toy = pretrain::Toy::new(Layout::ModernBert, false);
    pretrain::quiet(&toy.config("out", 2_000));
    let kept = |name: &str| fs::read(toy.path("out").join(name)).unwrap();
    let before = ["model.safetensors", "moments.safetensors", "pretraining.json"].map(kept);
    let mut shell = Command::new("bash");
    shell.arg("-c").arg("trap '' XFSZ; ulimit -f 32; exec \"$@\"").arg("bash").arg(env!("CARGO_BIN_EXE_tingsu"));
    shell.args(["train", "pretrain", "--million-tokens", "0.004", "--batch", "128", "--max-tokens", "64"]);
    for (option, name) in [("--recipe", "recipe.toml"), ("--texts", ""), ("--encoder", "encoder"), ("--out", "out")] {
        shell.arg(option).arg(toy.path(name));
    }
    let out = shell.output().unwrap();
    let error = String::from_utf8_lossy(&out.stderr);
    assert!(!out.status.success() && error.contains("File too large"), "{error}");
    assert_eq!(["model.safetensors", "moments.safetensors", "pretraining.json"].map(kept), before);
    let asides = files_in(toy.dir.path()).into_iter().filter(|n| n.starts_with('.'));
    assert_eq!(asides.collect::<Vec<_>>(), [] as [&str; 0], "something was left beside");
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let toy = Toy::new(Layout::ModernBert);
    fs::write(toy.path("file"), "").unwrap();
    let error = toy.fails(&FitConfig { epochs: 0, out: toy.path("file").join("out"), ..toy.config() });
    assert!(error.contains("file"), "{error}");
}

#[test]
fn a_run_that_is_stopped_or_killed_leaves_the_last_bundle() {
    let toy = Toy::new(Layout::ModernBert);
    let id = good(&toy);
    for (signal, said) in [("-INT", "stopped, nothing was written"), ("-KILL", "")] {
        let mut child = command(&toy, "", 100_000).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        let running = lines.any(|line| line.contains("epoch 1 "));
        assert!(running, "it ended before it was interrupted");
        assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
        let rest: Vec<String> = lines.collect();
        assert!(!child.wait().unwrap().success());
        assert!(rest.iter().any(|line| line.contains(said)) || said.is_empty(), "{signal}: {rest:?}");
        assert_eq!(Bundle::open(&toy.path("out")).unwrap().id(), id);
        assert_eq!(files_in(toy.dir.path()), ["corpus.jsonl", "encoder", "out"], "something was left beside");
    }
}
