//! Sentence vectors learned for a toy bundle: titles find their texts, nothing else changes.

use std::fs;

use tingsu::{
    domain::{is_for_tuning, is_held_back},
    model::{Bundle, ModelInput},
    train::{PairSources, TrainError, VectorConfig, VectorProgress, vectors},
};

use crate::model::tiny::{self, Layout};

struct Toy {
    dir: tempfile::TempDir,
}

/// Characters that the tiny tokenizer knows: which of them a text holds is what makes it itself.
const CHARACTERS: &str =
    "小区停水三天我们已经了物业说是泵坏老人做饭都成问题请尽快恢复供夜间施工噪音地半两点还在打桩孩子睡不着";

impl Toy {
    fn new() -> Self {
        let toy = Self { dir: tempfile::tempdir().unwrap() };
        let bundle = toy.path("bundle");
        fs::create_dir(&bundle).unwrap();
        for (name, bytes) in tiny::files(Layout::ModernBert) {
            fs::write(bundle.join(name), bytes).unwrap();
        }
        fs::write(bundle.join("CARD.md"), "written by hand").unwrap();
        let all: Vec<char> = CHARACTERS.chars().collect();
        let mut drawn = tiny::Drawn::new(11);
        let lines: Vec<String> = (0..400)
            .map(|n| {
                // no character of the title stands in its text, but the partner of each does
                let own: Vec<usize> =
                    (0..4).map(|_| ((drawn.next() + 1.0) * 0.4999 * all.len() as f32) as usize).collect();
                let title: String = own.iter().map(|i| all[*i]).collect();
                let text: String = own.iter().map(|i| all[(i + 17) % all.len()]).collect();
                serde_json::json!({ "id": format!("t-{n}"), "title": title, "text": format!("{text}请恢复供水") })
                    .to_string()
            })
            .collect();
        fs::write(toy.path("appeals.jsonl"), lines.join("\n")).unwrap();
        toy
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.dir.path().join(name)
    }

    fn config(&self) -> VectorConfig {
        VectorConfig {
            sources: PairSources { appeals: vec![self.path("appeals.jsonl")], questions: Vec::new() },
            bundle: self.path("bundle"),
            width: 24,
            epochs: 15,
            batch: 32,
            lr: 5e-3,
            temperature: 0.1,
            seed: 3,
        }
    }

    fn bundle(&self) -> Bundle {
        Bundle::open(&self.path("bundle")).unwrap()
    }
}

#[test]
fn titles_find_their_texts_and_nothing_else_changes() {
    let toy = Toy::new();
    let before = toy.bundle();
    let inputs = tiny::inputs();
    let told = before.predict(&inputs, true).unwrap();
    let report = vectors(&toy.config(), &mut |_| true).unwrap();
    let held = (0..400).filter(|n| is_held_back(&format!("t-{n}"))).count();
    assert_eq!(report.after.titles, held, "figures are of the held-back appeals");
    let apart = |n: &usize| !is_held_back(&format!("t-{n}")) && !is_for_tuning(&format!("t-{n}"));
    assert_eq!(report.pairs, (0..400).filter(apart).count(), "held-back and tuning appeals teach nothing");
    assert!(report.after.mrr > report.before.mrr + 0.1, "{:?} to {:?}", report.before, report.after);

    let after = toy.bundle();
    assert_eq!(after.id(), report.id);
    assert_ne!(after.id(), before.id(), "other files, other id");
    assert_eq!((before.vector_width(), after.vector_width()), (before.hidden(), 24));
    for (a, b) in told.iter().zip(after.predict(&inputs, true).unwrap()) {
        assert_eq!((&a.category, &a.department, a.urgency), (&b.category, &b.department, b.urgency));
        assert_eq!(a.evidence, b.evidence);
        assert_eq!(b.vector.len(), 24);
        let length: f32 = b.vector.iter().map(|v| v * v).sum();
        assert!((length - 1.0).abs() < 1e-4, "length {length}");
    }
    assert_eq!(fs::read_to_string(toy.path("bundle").join("CARD.md")).unwrap(), "written by hand");
    // with reasons or without, the vector is the same
    let plain = after.predict(&inputs, false).unwrap();
    let explained = after.predict(&inputs, true).unwrap();
    for (a, b) in plain.iter().zip(&explained) {
        assert!(a.vector.iter().zip(&b.vector).all(|(x, y)| (x - y).abs() < 1e-5));
    }
    // once more: the map is replaced, not stacked
    let again = vectors(&toy.config(), &mut |_| true).unwrap();
    assert_eq!(again.id, report.id, "the same data and seed give the same bytes");
}

#[test]
fn what_goes_wrong_is_named_and_the_bundle_stays() {
    let toy = Toy::new();
    let id = toy.bundle().id().to_owned();
    let check = |config: &VectorConfig, expected: &str| {
        let why = vectors(config, &mut |_| true).map(|r| r.id).unwrap_err().to_string();
        assert!(why.contains(expected), "`{why}` does not say `{expected}`");
        assert_eq!(toy.bundle().id(), id);
    };
    let with = |name: &str, content: &str| {
        fs::write(toy.path(name), content).unwrap();
        toy.path(name)
    };
    let few = with("few.jsonl", r#"{"id":"1","title":"停水","text":"小区停水三天了"}"#);
    check(&VectorConfig { sources: PairSources { appeals: vec![few], questions: vec![] }, ..toy.config() }, "too few");
    let broken = with("broken.jsonl", "{\"id\":\"1\"}\n{\"id\":2}\n");
    let sources = PairSources { appeals: vec![broken], questions: vec![] };
    check(&VectorConfig { sources, ..toy.config() }, "broken.jsonl:2");
    let questions = with("questions.jsonl", r#"{"a":"停水","b":"没水"}"#);
    let sources = PairSources { questions: vec![questions], ..toy.config().sources };
    check(&VectorConfig { sources, ..toy.config() }, "questions.jsonl:1");
    let sources = PairSources { appeals: vec![toy.path("nowhere")], questions: vec![] };
    check(&VectorConfig { sources, ..toy.config() }, "--appeals");
    check(&VectorConfig { lr: f32::NAN, ..toy.config() }, "loss");

    let stopped = vectors(&toy.config(), &mut |p| !matches!(p, VectorProgress::Epoch { epoch: 2, .. }));
    assert!(matches!(stopped, Err(TrainError::Stopped)));
    assert_eq!(toy.bundle().id(), id);
}

#[test]
fn a_bundle_without_a_map_gives_the_mean_of_its_last_layer() {
    let toy = Toy::new();
    let bundle = toy.bundle();
    let input = ModelInput { title: String::new(), text: "小区停水三天".into() };
    let means = bundle.means(std::slice::from_ref(&input));
    let last = &means[0][means[0].len() - bundle.hidden()..];
    let length = last.iter().map(|v| v * v).sum::<f32>().sqrt();
    let vector = &bundle.predict(&[input], false).unwrap()[0].vector;
    assert!(vector.iter().zip(last).all(|(v, m)| (v - m / length).abs() < 1e-5));
}
