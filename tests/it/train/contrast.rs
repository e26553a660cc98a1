//! Contrast between stretches: a toy encoder learns which halves belong together; wrong input is told.

use std::fs;

use tingsu::{
    model::Arithmetic,
    train::{ContrastConfig, ContrastProgress, PairSources, TrainError, contrast},
};

use super::pretrain::Toy;
use crate::model::tiny::{self, Layout};

fn config(toy: &Toy) -> ContrastConfig {
    ContrastConfig {
        recipe: toy.path("recipe.toml"),
        texts: vec![toy.path(".")],
        encoder: toy.path("encoder"),
        out: toy.path("taught"),
        pairs: 1600,
        batch: 16,
        max_tokens: (64, 32),
        lr: 3e-3,
        temperature: 0.05,
        given: PairSources::default(),
        arithmetic: Arithmetic::F32,
        seed: 3,
    }
}

const CHARACTERS: &str = "小区停水天我们物业说是泵坏老人做饭都成问题请尽快恢复供夜间施工噪音地半两点还在打桩";

/// Three characters and their partners, none of which is one of them.
fn thing(drawn: &mut tiny::Drawn) -> [String; 2] {
    let all: Vec<char> = CHARACTERS.chars().collect();
    let own: Vec<usize> = (0..3).map(|_| ((drawn.next() + 1.0) * 0.4999 * all.len() as f32) as usize).collect();
    [0, 17].map(|by| own.iter().map(|i| all[(i + by) % all.len()]).collect())
}

/// Appeals whose titles name a thing and whose texts name its partner.
pub(super) fn appeals(number: usize) -> String {
    let mut drawn = tiny::Drawn::new(11);
    let lines = (0..number).map(|n| {
        let [title, text] = thing(&mut drawn);
        format!(r#"{{"id":"t-{n}","title":"{title}","text":"{text}"}}"#)
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Documents whose beginnings speak of a thing and whose ends of its partner.
fn texts(toy: &Toy) {
    let mut drawn = tiny::Drawn::new(5);
    let all: Vec<String> = (0..8000).map(|_| thing(&mut drawn).map(|side| side.repeat(8)).concat()).collect();
    fs::write(toy.path("a.txt"), all[..600].join("\n")).unwrap();
    fs::write(toy.path("b.txt.zst"), zstd::encode_all(all[600..].join("\n").as_bytes(), 1).unwrap()).unwrap();
}

#[test]
fn halves_of_a_document_find_each_other_the_same_way_every_time() {
    for layout in [Layout::ModernBert, Layout::Bert] {
        let toy = Toy::new(layout, true);
        texts(&toy);
        let mut told = 0;
        let (before, after) = contrast(&config(&toy), &mut |p| {
            if let ContrastProgress::Step { loss, speed, .. } = p {
                assert!(loss.is_finite() && speed > 0.0);
                told += 1;
            }
            true
        })
        .unwrap();
        assert!(told == 5 && after.stretches > before.stretches + 0.1, "{layout:?}: {before:?} -> {after:?}");
        let weights = || fs::read(toy.path("taught/model.safetensors")).unwrap();
        let first = weights();
        assert_eq!(contrast(&config(&toy), &mut |_| true).unwrap(), (before, after));
        assert!(first == weights(), "the same run wrote other weights");
    }
}

#[test]
fn titles_that_are_given_find_their_texts() {
    let toy = Toy::new(Layout::ModernBert, true);
    texts(&toy);
    fs::write(toy.path("appeals.jsonl"), appeals(400)).unwrap();
    let given = PairSources { appeals: vec![toy.path("appeals.jsonl")], questions: Vec::new() };
    let (before, after) = contrast(&ContrastConfig { given, ..config(&toy) }, &mut |_| true).unwrap();
    assert!(after.titles > 2.0 * before.titles, "{before:?} -> {after:?}");
    let without = contrast(&config(&toy), &mut |_| true).unwrap();
    assert_eq!(without.1.titles, 0.0, "no titles, no figure");
}

#[test]
fn what_cannot_be_learned_from_is_told_and_nothing_is_written() {
    let toy = Toy::new(Layout::ModernBert, true);
    texts(&toy);
    assert!(matches!(contrast(&config(&toy), &mut |_| false), Err(TrainError::Stopped)));
    let fails = |config: &ContrastConfig, said: &str| {
        let error = contrast(config, &mut |_| true).unwrap_err().to_string();
        assert!(error.contains(said) && !config.out.exists(), "wanted `{said}`, got `{error}`");
    };
    fails(&ContrastConfig { recipe: toy.path("none.toml"), ..config(&toy) }, "none.toml");
    fails(&ContrastConfig { encoder: toy.path("none"), ..config(&toy) }, "config.json");
    fails(&ContrastConfig { lr: f32::INFINITY, ..config(&toy) }, "learning rate");
    let short: String = "停水停电噪音欠薪物业工地\n".repeat(700);
    fs::write(toy.path("a.txt"), &short).unwrap();
    fs::write(toy.path("b.txt.zst"), zstd::encode_all(short.as_bytes(), 1).unwrap()).unwrap();
    fails(&config(&toy), "tokens");
}
