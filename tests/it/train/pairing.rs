//! Pairs told apart beside the labels: the encoder learns both; pairs that are none are told.

use std::fs;

use tingsu::train::{FitConfig, PairSources, PairsBeside, Progress, fit};

use super::{Toy, contrast::appeals, files_in};
use crate::model::tiny::Layout;

fn beside(toy: &Toy) -> PairsBeside {
    let sources = PairSources { appeals: vec![toy.path("pairs.jsonl")], questions: Vec::new() };
    PairsBeside { batch: 16, every: 1, ..PairsBeside::new(sources) }
}

/// How well titles find their texts and how good the heads are, after the first and after the last epoch.
fn learned(config: &FitConfig) -> [(f32, Option<f64>); 2] {
    let mut seen = Vec::new();
    fit(config, &mut |p| {
        if let Progress::Epoch { tune, titles, .. } = p {
            seen.push((tune, titles));
        }
        true
    })
    .unwrap();
    [seen[0], seen[seen.len() - 1]]
}

#[test]
fn titles_find_their_texts_while_labels_are_learned() {
    for layout in [Layout::ModernBert, Layout::Bert] {
        let toy = Toy::new(layout);
        fs::write(toy.path("pairs.jsonl"), appeals(400)).unwrap();
        let config = FitConfig { epochs: 60, pairs: Some(beside(&toy)), ..toy.config() };
        let [(_, first), (heads, last)] = learned(&config);
        assert!(last > first.map(|f| 2.0 * f) && heads > 0.9, "{layout:?}: {first:?} -> {last:?}, heads {heads}");
        let weights = || fs::read(toy.path("out/model.safetensors")).unwrap();
        let before = weights();
        learned(&config);
        assert!(before == weights(), "the same run wrote other weights");
        let [_, (_, without)] = learned(&FitConfig { epochs: 1, pairs: None, ..config });
        assert_eq!(without, None, "no pairs, no figure");
    }
}

#[test]
fn pairs_that_are_none_are_told() {
    let toy = Toy::new(Layout::ModernBert);
    for (text, said) in
        [("", "--pairs"), (r#"{"id":"1","title":"停水","text":"小区停水"}"#, "--pairs"), ("{", "pairs.jsonl")]
    {
        fs::write(toy.path("pairs.jsonl"), text).unwrap();
        let error = toy.fails(&FitConfig { pairs: Some(beside(&toy)), ..toy.config() });
        assert!(error.contains(said), "wanted `{said}`, got `{error}`");
    }
    assert_eq!(files_in(toy.dir.path()), ["corpus.jsonl", "encoder", "pairs.jsonl"], "something was written");
}
