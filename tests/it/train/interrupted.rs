//! What can happen to a run from outside: a full disk, a killed process. The last good bundle stays.

use std::{
    fs,
    io::{BufRead, BufReader},
    process::{Command, Stdio},
    time::Duration,
};

use tingsu::{
    model::Bundle,
    train::{FitConfig, PairSources, PairsBeside, Progress, TrainError, fit},
};

use super::{Toy, contrast::appeals, files_in, pretrain};
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

/// A fit with pairs beside the labels that is kept after every step.
fn kept(toy: &Toy) -> FitConfig {
    fs::write(toy.path("pairs.jsonl"), appeals(60)).unwrap();
    let sources = PairSources { appeals: vec![toy.path("pairs.jsonl")], questions: Vec::new() };
    let pairs = PairsBeside { batch: 8, every: 3, ..PairsBeside::new(sources) };
    FitConfig { pairs: Some(pairs), keep_every: Some(Duration::ZERO), ..toy.config() }
}

#[test]
fn a_fit_that_was_broken_off_goes_on_as_if_it_had_not_been() {
    let toy = Toy::new(Layout::ModernBert);
    let config = kept(&toy);
    let whole = fit(&FitConfig { out: toy.path("whole"), keep_every: None, ..config.clone() }, &mut |_| true).unwrap();
    let weights = |name: &str| fs::read(toy.path(name).join("model.safetensors")).unwrap();
    // inside an epoch, at the end of one, and where it had gone on before
    let steps = |p: &Progress| matches!(p, Progress::Step { step, .. } if *step >= 20);
    let epochs = |p: &Progress| matches!(p, Progress::Epoch { epoch: 4, .. });
    let last = |p: &Progress| matches!(p, Progress::Step { step, steps, .. } if step == steps);
    let mut before = 0;
    for end in [&steps as &dyn Fn(&Progress) -> bool, &epochs, &last] {
        let stopped = fit(&config, &mut |p| !end(&p)).unwrap_err();
        let TrainError::Paused(step) = stopped else { panic!("{stopped}") };
        assert!(step > before, "after {before} steps it stopped after {step}");
        assert_eq!(files_in(toy.dir.path()), ["corpus.jsonl", "encoder", "out.unfinished", "pairs.jsonl", "whole"]);
        before = step;
    }
    let mut notes = Vec::new();
    let rest = fit(&config, &mut |p| {
        notes.extend(if let Progress::Note(note) = p { Some(note) } else { None });
        true
    });
    let rest = rest.unwrap();
    assert!(notes.iter().any(|n| n.contains(&format!("after step {before} of"))), "{notes:?}");
    assert_eq!((rest.losses, rest.epoch), (whole.losses, whole.epoch));
    assert!(weights("out") == weights("whole"), "it went on to other weights");
    assert_eq!(files_in(toy.dir.path()), ["corpus.jsonl", "encoder", "out", "pairs.jsonl", "whole"]);
}

#[test]
fn a_killed_fit_goes_on() {
    let toy = Toy::new(Layout::ModernBert);
    let run = || {
        let mut command = command(&toy, "", 12);
        command.arg("--minutes").arg("0").stderr(Stdio::piped());
        command
    };
    let id = || Bundle::open(&toy.path("out")).unwrap().id().to_owned();
    assert!(run().output().unwrap().status.success());
    let whole = id();
    fs::remove_dir_all(toy.path("out")).unwrap();
    let mut child = run().spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    assert!(lines.any(|line| line.contains("epoch 2 ")), "it ended before it was killed");
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!toy.path("out").exists());
    let rest = run().output().unwrap();
    let said = String::from_utf8_lossy(&rest.stderr);
    assert!(rest.status.success() && said.contains("where it was broken off"), "{said}");
    assert_eq!(id(), whole);
}

#[test]
fn what_is_kept_of_another_run_is_not_gone_on_with() {
    let toy = Toy::new(Layout::ModernBert);
    let config = kept(&toy);
    let pause = |config: &FitConfig| fit(config, &mut |p| !matches!(p, Progress::Step { .. })).unwrap_err();
    assert!(matches!(pause(&config), TrainError::Paused(20)));
    let line = Toy::line(1, "。");
    for other in [
        FitConfig { seed: 8, ..config.clone() },
        FitConfig { lr: 1e-3, ..config.clone() },
        FitConfig { epochs: 7, ..config.clone() },
    ] {
        let error = toy.fails(&other);
        assert!(error.contains("out.unfinished holds another run") && error.contains("step 20"), "{error}");
    }
    let rows = fs::read_to_string(toy.path("corpus.jsonl")).unwrap();
    fs::write(toy.path("corpus.jsonl"), rows.replacen(&Toy::line(1, ""), &line, 1)).unwrap();
    let error = toy.fails(&config);
    assert!(error.contains("holds another run"), "{error}");
    fs::write(toy.path("corpus.jsonl"), rows).unwrap();
    for name in ["fit.json", "fit.safetensors"] {
        let path = toy.path("out.unfinished").join(name);
        let whole = fs::read(&path).unwrap();
        fs::write(&path, &whole[..whole.len() / 2]).unwrap();
        let error = toy.fails(&config);
        assert!(error.contains(&path.display().to_string()), "{error}");
        fs::write(&path, whole).unwrap();
    }
    fit(&config, &mut |_| true).unwrap();
}
