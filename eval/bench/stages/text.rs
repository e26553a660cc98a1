//! Text alone: every stage over all appeals, one thread.

use std::{hint::black_box, sync::Arc, time::Instant};

use tingsu::{
    city::CityPack,
    domain::Field,
    text::{Analyser, Lexicon, Normalized, mask},
};
use unicode_normalization::UnicodeNormalization;

use super::{Line, RUNS, middle};

/// Each run repeats the corpus until it has read about this many bytes, so that a run is longer than noise.
const BYTES: usize = 4 << 20;

pub(crate) fn lines(texts: &[String], pack: &CityPack) -> Vec<Line> {
    let bytes: usize = texts.iter().map(String::len).sum();
    let rounds = (BYTES / bytes.max(1)).max(1);
    let lexicon =
        Lexicon { words: &pack.dictionary, regions: &pack.regions, rules: &pack.rules, contexts: &pack.contexts };
    let analyser = Arc::new(Analyser::build(lexicon));
    let normalized: Vec<Normalized> = texts.iter().map(|text| Normalized::of(text)).collect();
    let jieba = jieba_rs::Jieba::new();
    let opencc = ferrous_opencc::OpenCC::from_config(ferrous_opencc::config::BuiltinConfig::T2s).unwrap();

    // A stage that does less than it should would look fast: what it finds is checked first.
    let tiles = |n: &Normalized| {
        analyser.segmenter.precise(n.text()).iter().map(|t| t.bytes.len()).sum::<usize>() == n.text().len()
    };
    assert!(normalized.iter().all(tiles), "precise words tile every text");
    let found = texts.iter().zip(&normalized).filter(|(t, n)| !analyser.places.find(Field::Text, t, n).is_empty());
    assert!(found.count() * 3 > texts.len(), "places are found in at least a third of the appeals");

    let run = |stage: &str, peer: Option<&str>, work: &dyn Fn(usize) -> usize| {
        let seconds = middle(RUNS, || {
            let start = Instant::now();
            for _ in 0..rounds {
                for i in 0..texts.len() {
                    black_box(work(black_box(i)));
                }
            }
            start.elapsed().as_secs_f64()
        });
        Line { bytes: bytes * rounds, ..Line::new(stage, peer, texts.len() * rounds, seconds) }
    };
    vec![
        run("normalise", None, &|i| Normalized::of(&texts[i]).text().len()),
        run("normalise", Some("ferrous-opencc t2s only"), &|i| opencc.convert(&texts[i]).len()),
        run("normalise", Some("unicode-normalization NFKC only"), &|i| texts[i].nfkc().collect::<String>().len()),
        run("segment, precise", None, &|i| analyser.segmenter.precise(normalized[i].text()).len()),
        run("segment, precise", Some("jieba-rs cut, own dictionary"), &|i| jieba.cut(normalized[i].text(), true).len()),
        run("segment, search", None, &|i| analyser.segmenter.search(normalized[i].text()).len()),
        run("segment, search", Some("jieba-rs cut_for_search, own dictionary"), &|i| {
            jieba.cut_for_search(normalized[i].text(), true).len()
        }),
        run("mask", None, &|i| mask(&texts[i]).spans.len()),
        run("places", None, &|i| analyser.places.find(Field::Text, &texts[i], &normalized[i]).len()),
        run("urgency cues", None, &|i| analyser.cues.find(Field::Text, &normalized[i]).len()),
    ]
}
