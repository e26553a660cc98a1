//! Pre-training on a toy language: it learns, stops and goes on as if it had not stopped, and says what
//! is wrong with its files.

use std::{fs, path::PathBuf, time::Duration};

use tingsu::{
    model::Arithmetic,
    train::{FitConfig, PretrainConfig, PretrainProgress, PretrainReport, Sources, fit, pretrain},
};

use crate::model::tiny::{self, Layout};

/// A folder with an encoder without weights, texts and a recipe.
pub(super) struct Toy {
    pub(super) dir: tempfile::TempDir,
}

impl Toy {
    pub(super) fn new(layout: Layout, weights: bool) -> Self {
        let toy = Self { dir: tempfile::tempdir().unwrap() };
        fs::create_dir(toy.path("encoder")).unwrap();
        for (name, bytes) in tiny::files(layout) {
            if name == "config.json" || name == "tokenizer.json" || (weights && name == "model.safetensors") {
                fs::write(toy.path("encoder").join(name), bytes).unwrap();
            }
        }
        let what = ["停水", "停电", "噪音", "欠薪"];
        let who = ["物业", "工地", "老板"];
        let lines = (0..1200).map(|n| {
            let (a, b) = (what[n % 4], who[n / 4 % 3]);
            format!("我们小区{a}三天了,{b}不管,请尽快解决{a}的问题。")
        });
        let lines: Vec<String> = lines.collect();
        fs::write(toy.path("a.txt"), lines[..600].join("\n")).unwrap();
        fs::write(toy.path("b.txt.zst"), zstd::encode_all(lines[600..].join("\n").as_bytes(), 1).unwrap()).unwrap();
        toy.recipe("[[source]]\nfile = \"a.txt\"\nweight = 1.5\n[[source]]\nfile = \"b.txt.zst\"\nweight = 1\n");
        toy
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn recipe(&self, text: &str) {
        fs::write(self.path("recipe.toml"), text).unwrap();
    }

    pub(super) fn config(&self, out: &str, tokens: u64) -> PretrainConfig {
        PretrainConfig {
            recipe: self.path("recipe.toml"),
            texts: vec![self.dir.path().to_owned()],
            encoder: self.path("encoder"),
            out: self.path(out),
            tokens,
            batch: 128,
            max_tokens: 64,
            lr: 5e-3,
            warm: 10,
            decay: 0.2,
            whole_words: 0.3,
            every: Duration::from_secs(3600),
            arithmetic: Arithmetic::F32,
            seed: 3,
        }
    }

    fn fails(&self, config: &PretrainConfig) -> String {
        match pretrain(config, &mut |_| true) {
            Ok(report) => panic!("trained: {report:?}"),
            Err(e) => e.to_string(),
        }
    }
}

pub(super) fn quiet(config: &PretrainConfig) -> PretrainReport {
    pretrain(config, &mut |_| true).unwrap()
}

#[test]
fn a_toy_language_is_learned_from_nothing() {
    for layout in [Layout::ModernBert, Layout::Bert] {
        // BERT's layout is continued, as a city would do with its own texts
        let toy = Toy::new(layout, layout == Layout::Bert);
        let mut losses = Vec::new();
        let report = pretrain(&toy.config("out", 100_000), &mut |p| {
            if let PretrainProgress::Step { loss, right, speed, .. } = p {
                assert!(speed > 0.0 && (0.0..=1.0).contains(&right));
                losses.push(loss);
            }
            true
        })
        .unwrap();
        assert!(report.finished && report.tokens >= 100_000);
        // 160 tokens, so chance is a loss of 5.1; most of the toy's characters follow from the others
        assert!(losses[0] > 1.0 && *losses.last().unwrap() < 1.0, "{layout:?}: {losses:?}");
        assert!(report.loss < 1.0 && report.right > 0.7, "{layout:?}: {report:?}");
        // what comes out is an encoder to fine-tune
        let lines: Vec<String> = (0..60)
            .map(|n| {
                let (code, text) = if n % 2 == 0 { ("0203", "停水") } else { ("0904", "欠薪") };
                format!(
                    r#"{{"id":"S01-{n}","text":"{text}","type":"投诉","category":"{code}","department":"{code}","urgency":"U4"}}"#
                )
            })
            .collect();
        fs::write(toy.path("labelled.jsonl"), lines.join("\n")).unwrap();
        let sources = Sources { corpus: vec![toy.path("labelled.jsonl")], ..Sources::default() };
        let config = FitConfig { epochs: 1, ..FitConfig::new(sources, toy.path("out"), toy.path("bundle")) };
        fit(&config, &mut |_| true).unwrap();
    }
}

#[test]
fn a_stopped_run_goes_on_as_if_it_had_not_stopped() {
    let toy = Toy::new(Layout::ModernBert, false);
    let config = toy.config("whole", 40_000);
    let whole = quiet(&config);
    let parts = PretrainConfig { out: toy.path("parts"), ..config };
    let mut told = 0;
    let stopped = pretrain(&parts, &mut |p| {
        told += usize::from(matches!(p, PretrainProgress::Step { .. }));
        told < 2
    })
    .unwrap();
    assert!(!stopped.finished && stopped.tokens < 40_000, "{stopped:?}");
    let mut seen = 0;
    let resumed = pretrain(&parts, &mut |p| {
        if let PretrainProgress::Start { seen: before, .. } = p {
            seen = before;
        }
        true
    })
    .unwrap();
    assert_eq!(seen, stopped.tokens);
    assert_eq!(resumed, whole);
    let weights = |out: &str| fs::read(toy.path(out).join("model.safetensors")).unwrap();
    assert!(weights("whole") == weights("parts"), "the weights differ");
    // a finished run has nothing to do, one with a larger budget goes on
    assert_eq!(quiet(&parts), whole);
    assert!(quiet(&PretrainConfig { tokens: 50_000, ..parts }).tokens >= 50_000);
}

#[test]
fn wrong_files_are_told_and_a_checkpoint_stays() {
    let toy = Toy::new(Layout::ModernBert, false);
    let config = toy.config("out", 2_000);
    quiet(&config);
    let before = fs::read(toy.path("out/model.safetensors")).unwrap();
    let check = |recipe: &str, said: &str| {
        toy.recipe(recipe);
        let error = toy.fails(&PretrainConfig { tokens: 9_000, ..toy.config("out", 0) });
        assert!(error.contains(said), "wanted `{said}`, got `{error}`");
        assert_eq!(fs::read(toy.path("out/model.safetensors")).unwrap(), before);
    };
    check("source = 3", "recipe.toml");
    check("source = []", "names no file");
    check("[[source]]\nfile = \"a.txt\"\nweigth = 1\n", "weigth");
    check("[[source]]\nfile = \"a.txt\"\nweight = -1\n", "weight -1 of a.txt");
    check("[[source]]\nfile = \"c.txt\"\nweight = 1\n", "c.txt");
    check("[[source]]\nfile = \"a.txt\"\nweight = 1\n", "at least 1000");
    check("[[source]]\nfile = \"a.txt\"\nweight = 0\n[[source]]\nfile = \"b.txt.zst\"\nweight = 0\n", "every weight");
    fs::write(toy.path("c.txt"), [0xb2u8, 0xe2]).unwrap();
    check("[[source]]\nfile = \"c.txt\"\nweight = 1\n", "c.txt");
    fs::write(toy.path("out/pretraining.json"), "{").unwrap();
    assert!(toy.fails(&config).contains("pretraining.json"));
    let other = Toy::new(Layout::ModernBert, false);
    let error = other.fails(&PretrainConfig { lr: f32::INFINITY, ..other.config("out", 9_000) });
    assert!(error.contains("learning rate") && !other.path("out").exists(), "{error}");
}

#[test]
fn texts_lie_in_several_folders_and_in_jsonl() {
    let toy = Toy::new(Layout::ModernBert, false);
    fs::create_dir_all(toy.path("ours/calls")).unwrap();
    let lines: Vec<String> =
        (0..40).map(|n| format!(r#"{{"id":"{n}","text":"工地噪音\n三天了,请尽快解决"}}"#)).collect();
    fs::write(toy.path("ours/calls/P01.jsonl"), lines.join("\n")).unwrap();
    fs::write(toy.path("ours/calls/README.md"), "not read").unwrap();
    toy.recipe(
        "[[source]]\nfile = \"a.txt\"\nweight = 1\n[[source]]\nfile = \"b.txt.zst\"\nweight = 1\n[[source]]\nfile = \"calls\"\nweight = 2\n",
    );
    let config =
        PretrainConfig { texts: vec![toy.dir.path().to_owned(), toy.path("ours")], ..toy.config("out", 2_000) };
    let mut read = Vec::new();
    pretrain(&config, &mut |p| {
        if let PretrainProgress::Read { file, tokens } = p {
            read.push((file, tokens));
        }
        true
    })
    .unwrap();
    let names: Vec<&str> = read.iter().map(|(f, _)| f.as_str()).collect();
    assert_eq!(names, ["a.txt", "b.txt.zst", "calls"]);
    assert!(read[2].1 >= 40 * 10, "{read:?}");
    fs::write(toy.path("ours/calls/P02.jsonl"), "{\"text\":\"停水\"}\n{\"id\":1}\n").unwrap();
    let said = toy.fails(&PretrainConfig { out: toy.path("other"), ..config });
    assert!(said.contains("P02.jsonl:2: missing field `text`"), "{said}");
}
