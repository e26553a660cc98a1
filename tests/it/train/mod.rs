//! Tests of the room `train`, through its public face: a toy set trains, bad data is named, and the
//! last good bundle stays.

mod contrast;
mod further;
mod interrupted;
mod pairing;
mod pretrain;
mod rows;
mod task;
mod vectors;

use std::{fs, path::Path};

use tingsu::{
    labelled::Part,
    model::{Bundle, ModelInput, labels::Labels},
    train::{FitConfig, LinearConfig, Progress, Sources, TrainError, fit},
};

use crate::model::tiny::{self, Layout};

pub(crate) struct Toy {
    pub(crate) dir: tempfile::TempDir,
}

/// Three kinds of appeals, told apart by their words.
const KINDS: [(&str, &str, &str, &str, &str); 3] = [
    ("投诉", "0203", "甲局", "U4", "老板拖欠工资"),
    ("求助", "0904", "乙局", "U3", "小区停水,请恢复供水"),
    ("咨询", "1601", "丙委", "U4", "请问医保怎么报销"),
];

impl Toy {
    pub(crate) fn new(layout: Layout) -> Self {
        let toy = Self { dir: tempfile::tempdir().unwrap() };
        let encoder = toy.path("encoder");
        fs::create_dir(&encoder).unwrap();
        for (name, bytes) in tiny::files(layout) {
            if !matches!(name.as_str(), "labels.json" | "calibration.json") {
                fs::write(encoder.join(name), bytes).unwrap();
            }
        }
        let lines: Vec<String> = (0..75).map(|n| Self::line(n, "")).collect();
        fs::write(toy.path("corpus.jsonl"), lines.join("\n")).unwrap();
        toy
    }

    /// A row of author S01…S10 in turn; `extra` is put into its text.
    pub(crate) fn line(n: usize, extra: &str) -> String {
        let (appeal_type, category, department, urgency, words) = KINDS[n % 3];
        serde_json::json!({
            "id": Self::id(n), "title": "", "text": format!("{words}{}{extra}", "。".repeat(n % 4 + 1)),
            "type": appeal_type, "category": category, "department": department, "urgency": urgency, "flags": []
        })
        .to_string()
    }

    pub(crate) fn id(n: usize) -> String {
        format!("S{:02}-{n:03}", n % 10 + 1)
    }

    pub(crate) fn path(&self, name: &str) -> std::path::PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn config(&self) -> FitConfig {
        let sources = Sources { corpus: vec![self.path("corpus.jsonl")], ..Sources::default() };
        FitConfig {
            name: "toy".into(),
            epochs: 6,
            batch: 8,
            patience: 0,
            lr: 3e-3,
            linear: Some(LinearConfig { kept: 200, passes: 4, ..LinearConfig::default() }),
            ..FitConfig::new(sources, self.path("encoder"), self.path("out"))
        }
    }

    pub(crate) fn fails(&self, config: &FitConfig) -> String {
        match fit(config, &mut |_| true) {
            Ok(report) => panic!("wrote {}", report.id),
            Err(e) => e.to_string(),
        }
    }
}

pub(crate) fn files_in(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn a_toy_set_is_learned_and_written() {
    for layout in [Layout::ModernBert, Layout::Bert] {
        let toy = Toy::new(layout);
        let mut seen = Vec::new();
        // six passes teach the n-grams alone: the encoder needs some thirty
        let report = fit(&FitConfig { epochs: 40, ..toy.config() }, &mut |p| {
            seen.push(format!("{p:?}"));
            true
        })
        .unwrap();
        let (first, last) = (report.losses[0], *report.losses.last().unwrap());
        assert!(last < 0.2 * first, "{layout:?}: loss {first} to {last}");
        assert!(seen.iter().any(|s| s.starts_with("Epoch")) && seen.iter().any(|s| s.starts_with("Step")));
        let held = (0..75).filter(|n| tingsu::domain::is_held_back(&Toy::id(*n))).count();
        for voters in ["encoder", "n-grams", "both"] {
            let name = format!("held-back simulated, {voters}");
            let scores = &report.scores.iter().find(|(n, _)| *n == name).unwrap().1;
            let category = scores.first("category").unwrap();
            assert!(scores.rows == held && category > 0.9, "{layout:?} {voters}: {held} held back, {scores}");
        }
        let bundle = Bundle::open(&toy.path("out")).unwrap();
        assert_eq!(bundle.id(), report.id);
        assert!(bundle.id().starts_with("toy@"));
        let asked = ModelInput { title: String::new(), text: "老板拖欠工资".into() };
        assert_eq!(bundle.predict(&[asked], false).unwrap()[0].category[0].label, "0203");
        assert_eq!(
            files_in(&toy.path("out")),
            ["calibration.json", "config.json", "labels.json", "model.safetensors", "tokenizer.json"]
        );
        assert_eq!(files_in(toy.dir.path()), ["corpus.jsonl", "encoder", "out"], "something was left beside");
    }
}

#[test]
fn rows_of_an_author_kept_apart_tune_and_train_nothing() {
    let toy = Toy::new(Layout::ModernBert);
    let read = |apart: Vec<std::path::PathBuf>| {
        let sources = Sources { apart, ..toy.config().sources };
        let (mut told, mut path) = ((0, 0), toy.config());
        (path.sources, path.epochs) = (sources, 1);
        fit(&path, &mut |p| {
            if let tingsu::train::Progress::Read { train, tune, .. } = p {
                told = (train, tune);
            }
            true
        })
        .unwrap();
        told
    };
    let (train, tune) = read(Vec::new());
    let lines: Vec<String> = (0..30).map(|n| Toy::line(n, "另行").replace("\"S", "\"Q")).collect();
    fs::write(toy.path("apart.jsonl"), lines.join("\n")).unwrap();
    assert_eq!(read(vec![toy.path("apart.jsonl")]), (train, tune + 30));
    let twice =
        FitConfig { sources: Sources { apart: toy.config().sources.corpus, ..toy.config().sources }, ..toy.config() };
    assert!(toy.fails(&twice).contains("labelled twice"));
}

#[test]
fn the_same_run_gives_the_same_bundle() {
    let toy = Toy::new(Layout::ModernBert);
    let config = FitConfig { epochs: 1, ..toy.config() };
    let first = fit(&config, &mut |_| true).unwrap();
    assert_eq!(fit(&config, &mut |_| true).unwrap().id, first.id);
    let other = fit(&FitConfig { seed: 8, ..config }, &mut |_| true).unwrap();
    assert_ne!(other.id, first.id);
}

#[test]
fn a_calibration_can_be_taken_over() {
    let toy = Toy::new(Layout::ModernBert);
    let config = FitConfig { epochs: 1, ..toy.config() };
    let first = fit(&config, &mut |_| true).unwrap();
    let kept = toy.path("kept.json");
    fs::copy(toy.path("out/calibration.json"), &kept).unwrap();
    let all = FitConfig { calibration: Some(kept), ..config };
    let mut rows = 0;
    let second = fit(&all, &mut |p| {
        if let Progress::Read { train, tune, .. } = p {
            rows = train - tune;
        }
        true
    })
    .unwrap();
    assert_eq!(second.calibration, first.calibration);
    assert!(rows > 0 && second.epoch == 1);
}

#[test]
fn a_bundle_can_be_continued() {
    let toy = Toy::new(Layout::ModernBert);
    // a rate at which six passes teach the encoder, so that there is something to lose
    let toys = FitConfig { lr: 1e-2, ..toy.config() };
    let first = fit(&toys, &mut |_| true).unwrap();
    assert!(first.losses[first.epoch - 1] < 0.3 * first.losses[0], "{:?}", first.losses);
    // no passes: the same weights and calibration, so the same answers
    let config = FitConfig { encoder: toy.path("out"), out: toy.path("again"), epochs: 0, ..toys };
    let kept = fit(&config, &mut |_| true).unwrap();
    assert_eq!(kept.scores, first.scores);
    let more = fit(&FitConfig { epochs: 1, ..config }, &mut |_| true).unwrap();
    // the run goes on from the weights that were kept, so it starts below the loss of their epoch
    let kept_epoch = first.losses[first.epoch - 1];
    assert!(more.losses[0] < kept_epoch, "{} after {kept_epoch} in {:?}", more.losses[0], first.losses);
}

#[test]
fn held_back_simulated_rows_can_be_trained_on() {
    let toy = Toy::new(Layout::ModernBert);
    let mut rows = Vec::new();
    for hold_simulated in [true, false] {
        let _ = fit(&FitConfig { hold_simulated, ..toy.config() }, &mut |p| match p {
            Progress::Read { train, held, .. } => {
                rows.push((train, held));
                false
            }
            _ => true,
        });
    }
    assert_eq!(rows[1], (rows[0].0 + rows[0].1, 0));
    assert!(rows[0].1 >= 5);
}

#[test]
fn bad_data_is_named_and_the_last_bundle_stays() {
    let toy = Toy::new(Layout::ModernBert);
    let good = fit(&FitConfig { epochs: 1, ..toy.config() }, &mut |_| true).unwrap().id;
    let lines: Vec<String> = (0..75).map(|n| Toy::line(n, "")).collect();
    let check = |what: &str, line: usize, bad: String, said: &[&str]| {
        let mut lines = lines.clone();
        lines[line] = bad;
        fs::write(toy.path("corpus.jsonl"), lines.join("\n")).unwrap();
        let error = toy.fails(&toy.config());
        let place = format!("corpus.jsonl:{}", line + 1);
        for word in said.iter().chain(&[place.as_str()]) {
            assert!(error.contains(word), "{what}: wanted `{word}`, got `{error}`");
        }
        assert_eq!(Bundle::open(&toy.path("out")).unwrap().id(), good, "{what}: the last bundle is gone");
    };
    check("type", 3, Toy::line(3, "").replace("投诉", "吐槽"), &["吐槽", "可用"]);
    check("urgency", 4, Toy::line(4, "").replace("U3", "U9"), &["U9"]);
    check("flag", 5, Toy::line(5, "").replace("[]", "[\"奇怪\"]"), &["奇怪"]);
    check("no department", 6, Toy::line(6, "").replace("\"甲局\"", "\"\""), &["department"]);
    check("missing field", 7, Toy::line(7, "").replace("category", "kategory"), &["category"]);
    check("no JSON", 8, "{".into(), &[]);
    check(
        "empty text",
        9,
        r#"{"id":"S01-999","type":"投诉","category":"0203","department":"甲局","urgency":"U4"}"#.into(),
        &["neither title nor text"],
    );
}

#[test]
fn a_set_that_teaches_nothing_is_refused() {
    let toy = Toy::new(Layout::ModernBert);
    let check = |lines: Vec<String>, said: &str| {
        fs::write(toy.path("corpus.jsonl"), lines.join("\n")).unwrap();
        let error = toy.fails(&toy.config());
        assert!(error.contains(said), "wanted `{said}`, got `{error}`");
        assert!(!toy.path("out").exists());
    };
    let rows = |keep: fn(usize) -> bool| (0..200).filter(|n| keep(*n)).map(|n| Toy::line(n, "")).collect::<Vec<_>>();
    check(rows(|n| n < 10), "10 labelled appeals");
    check(rows(|n| n % 3 == 0), "only one category");
    check(rows(|n| n % 10 == 3), "20 labelled appeals");
    check([rows(|n| n < 60), rows(|n| n == 7)].concat(), "corpus.jsonl:61: id `S08-007` stands here a second time");
    let untuned = (0..200).filter(|n| !tingsu::domain::is_for_tuning(&Toy::id(*n))).map(|n| Toy::line(n, "")).collect();
    check(untuned, "to tune on");
}

#[test]
fn a_label_outside_the_known_ones_is_refused() {
    let toy = Toy::new(Layout::ModernBert);
    let without = tiny::labels().of("category").iter().filter(|c| *c != "1601").cloned().collect();
    let known = Labels::new(without, tiny::labels().of("department").iter().cloned().collect());
    let error = toy.fails(&FitConfig { labels: Some(known), ..toy.config() });
    assert!(error.contains("unknown category `1601`") && error.contains("corpus.jsonl:3"), "{error}");
}

#[test]
fn divergence_and_stopping_write_nothing() {
    let toy = Toy::new(Layout::ModernBert);
    let wild = FitConfig { lr: f32::INFINITY, ..toy.config() };
    assert!(matches!(fit(&wild, &mut |_| true), Err(TrainError::Diverged(..))));
    let mut steps = 0;
    let stopped = fit(&toy.config(), &mut |p| {
        steps += usize::from(matches!(p, Progress::Step { .. }));
        steps < 2
    });
    assert!(matches!(stopped, Err(TrainError::Stopped)));
    assert_eq!(files_in(toy.dir.path()), ["corpus.jsonl", "encoder"]);
}

#[test]
fn a_broken_encoder_is_named() {
    for name in ["config.json", "tokenizer.json", "model.safetensors"] {
        let toy = Toy::new(Layout::ModernBert);
        let file = toy.path("encoder").join(name);
        let whole = fs::read(&file).unwrap();
        let check = |what: &str| {
            let error = toy.fails(&toy.config());
            assert!(error.contains(&file.display().to_string()), "{what}: {error}");
        };
        fs::write(&file, &whole[..whole.len() / 2]).unwrap();
        check("cut short");
        fs::write(&file, vec![0xff; whole.len()]).unwrap();
        check("garbage");
        fs::remove_file(&file).unwrap();
        check("missing");
        assert!(!toy.path("out").exists());
    }
}

#[test]
fn appeals_without_labels_are_learned_from_a_teacher() {
    let toy = Toy::new(Layout::ModernBert);
    let teacher = fit(&toy.config(), &mut |_| true).unwrap();
    // every third is kept for scoring elsewhere, one is blank
    let appeals: Vec<String> = (0..90)
        .map(|n| {
            let split = if n % 3 == 0 { ",\"split\":\"heldout\"" } else { "" };
            let text = if n == 1 { "" } else { KINDS[n % 2].4 };
            format!(r#"{{"id":"r-{n}","text":"{text}"{split}}}"#)
        })
        .collect();
    fs::write(toy.path("appeals.jsonl"), appeals.join("\n")).unwrap();
    let own = toy.config();
    let sources = Sources { appeals: Some(toy.path("appeals.jsonl")), ..own.sources.clone() };
    let config = FitConfig { teacher: Some(toy.path("out")), sources, out: toy.path("student"), epochs: 2, ..own };
    let mut open = 0;
    let report = fit(&config, &mut |p| {
        if let Progress::Read { taught, .. } = p {
            open = taught;
        }
        true
    })
    .unwrap();
    let wanted = (2..90).filter(|n| n % 3 != 0 && Part::of(&format!("r-{n}")) == Part::Train).count();
    assert_eq!(open, wanted);
    assert_ne!(report.id, teacher.id);
    // a teacher that answers other labels is refused
    let labels = tiny::files(Layout::ModernBert);
    fs::create_dir(toy.path("other")).unwrap();
    for (name, bytes) in labels {
        fs::write(toy.path("other").join(name), bytes).unwrap();
    }
    let error = toy.fails(&FitConfig { teacher: Some(toy.path("other")), ..config });
    assert!(error.contains("other labels"), "{error}");
}
