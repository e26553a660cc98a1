//! Any set of heads: files, answers of every kind, stretches as tags and back.

use std::collections::BTreeSet;

use proptest::prelude::*;
use tingsu::{
    domain::{Field, HeadKind},
    model::{
        Bundle, ModelError, ModelInput, Precision, Said,
        calibration::Calibration,
        config::EncoderConfig,
        encoder::{Encoder, Packed, constant},
        heads::Heads,
        labels::{HeadLabels, Labels},
        spans::{Scored, Stretch, decode, tags},
        tokenizer::Reader,
        weights::Weights,
    },
};

use super::tiny::{LAYOUTS, Layout, files, files_with, inputs, labels, tokenizer, wide_labels};

fn reader() -> Reader {
    Reader::parse(tokenizer().as_bytes(), 160, 48).unwrap()
}

fn head(name: &str, kind: HeadKind, labels: &[&str]) -> HeadLabels {
    HeadLabels { name: name.into(), kind, labels: labels.iter().map(|l| (*l).to_owned()).collect() }
}

#[test]
fn the_old_file_stays_as_it_was() {
    let json = r#"{"type":["咨询","求助"],"category":["0101"],"department":["甲局"],"urgency":["U1","U2","U3","U4"],"flags":["突发","敏感","集中"]}"#;
    let old = Labels::parse(json.as_bytes()).unwrap();
    assert!(old.triage() && old.further().is_empty());
    assert_eq!(serde_json::to_string(&old).unwrap(), json);
    let calibration = r#"{"type":{"encoder":0.5,"ngram":1.6,"bias":0.0},"category":{"encoder":1.0,"ngram":0.0,"bias":0.0},"department":{"encoder":1.0,"ngram":0.0,"bias":0.0},"urgency":{"encoder":1.0,"ngram":0.0,"bias":0.0},"flags":[{"encoder":1.0,"ngram":0.0,"bias":-0.25},{"encoder":1.0,"ngram":0.0,"bias":0.0},{"encoder":1.0,"ngram":0.0,"bias":0.0}],"uncertain_below":0.4}"#;
    let own = Calibration::parse(calibration.as_bytes(), &old).unwrap();
    assert_eq!(serde_json::to_string(&own.named(&old)).unwrap(), calibration);
}

#[test]
fn further_heads_are_written_and_read() {
    let wide = wide_labels();
    let text = serde_json::to_string(&wide).unwrap();
    assert_eq!(Labels::parse(text.as_bytes()).unwrap(), wide);
    assert_eq!(wide.further().len(), 4);
    let calibration = Calibration::neutral(&wide);
    let text = serde_json::to_string(&calibration.named(&wide)).unwrap();
    assert!(text.contains(r#""further":{"matter":{"#), "{text}");
    assert_eq!(Calibration::parse(text.as_bytes(), &wide).unwrap(), calibration);
    let error = Calibration::parse(text.as_bytes(), &labels()).unwrap_err().to_string();
    assert!(error.contains("has a head"), "{error}");
    // heads of one's own alone
    let alone = Labels::only(vec![head("place", HeadKind::Span, &["place"])]).unwrap();
    assert_eq!(
        serde_json::to_string(&alone).unwrap(),
        r#"{"heads":[{"name":"place","kind":"span","labels":["place"]}]}"#
    );
    assert_eq!(Labels::parse(serde_json::to_string(&alone).unwrap().as_bytes()).unwrap(), alone);
}

#[test]
fn heads_that_cannot_be_are_refused() {
    let check = |further: Vec<HeadLabels>, said: &str| {
        let error = labels().beside(further).unwrap_err().to_string();
        assert!(error.contains(said), "wanted `{said}`, got `{error}`");
    };
    check(vec![head("urgency", HeadKind::Single, &["a"])], "triage has a head of that name");
    check(vec![head("Ort", HeadKind::Single, &["a"])], "small letters");
    check(vec![head("dense", HeadKind::Single, &["a"])], "dense");
    check(vec![head("a", HeadKind::Multi, &[])], "no labels");
    check(vec![head("a", HeadKind::Multi, &["x", "x"])], "twice");
    check(vec![head("a", HeadKind::Multi, &["x"]), head("a", HeadKind::Span, &["x"])], "stands there twice");
    let parse = |json: &str| Labels::parse(json.as_bytes()).unwrap_err().to_string();
    assert!(parse(r#"{"type":["咨询"],"category":["0101"]}"#).contains("department urgency flags missing"));
    assert!(parse("{}").contains("no heads"));
    assert!(parse(r#"{"heads":[{"name":"a","kind":"tree","labels":["x"]}]}"#).contains("tree"));
}

#[test]
fn every_head_answers() {
    let wide = wide_labels();
    for layout in LAYOUTS {
        let bundle = Bundle::from_files(&files_with(layout, &wide)).unwrap();
        let all = bundle.answers(&inputs()).unwrap();
        let further: Vec<_> = bundle.predict(&inputs(), true).unwrap().into_iter().map(|p| p.further).collect();
        for ((input, answers), further) in inputs().iter().zip(&all).zip(&further) {
            assert_eq!(answers.len(), 9);
            assert_eq!(&answers[5..], further, "asked alone and with the triage, the answers are the same");
            for (answer, head) in answers.iter().zip(wide.heads()) {
                assert_eq!(answer.head, head.name);
                match (&answer.said, head.kind) {
                    (Said::One(ranked), HeadKind::Single) => {
                        let sum: f32 = ranked.iter().map(|c| c.p).sum();
                        assert!((sum - 1.0).abs() < 1e-4 && ranked.windows(2).all(|w| w[0].p >= w[1].p));
                        assert_eq!(ranked.len(), head.labels.len());
                    }
                    (Said::Each(each), HeadKind::Multi) => {
                        assert_eq!(
                            each.iter().map(|c| &c.label).collect::<Vec<_>>(),
                            head.labels.iter().collect::<Vec<_>>()
                        );
                        assert!(each.iter().all(|c| (0.0..=1.0).contains(&c.p)));
                    }
                    (Said::Spans(found), HeadKind::Span) => {
                        for f in found {
                            assert!(!input.field(f.field).get(f.bytes.clone()).unwrap().is_empty());
                            assert!(head.labels.contains(&f.label) && f.p > 0.0 && f.p <= 1.0);
                        }
                        let apart = |w: &[tingsu::model::FoundSpan]| {
                            w[0].field < w[1].field || w[0].bytes.end <= w[1].bytes.start
                        };
                        assert!(found.windows(2).all(apart), "{found:?}");
                    }
                    (said, kind) => panic!("{kind:?} says {said:?}"),
                }
            }
        }
        let spans = all.iter().flatten().filter(|a| matches!(&a.said, Said::Spans(s) if !s.is_empty()));
        assert!(spans.count() > 0, "{layout:?}: drawn weights find no stretch at all");
    }
}

#[test]
fn a_bundle_for_something_else_does_not_triage() {
    let own = Labels::only(vec![head("parts", HeadKind::Span, &["who", "what"])]).unwrap();
    let all = files_with(Layout::Bert, &own);
    let tensors = candle_core::safetensors::load_buffer(&all["model.safetensors"], &candle_core::Device::Cpu).unwrap();
    assert!(!tensors.contains_key("heads.dense.weight"), "a span head needs no pooled layer");
    let bundle = Bundle::from_files(&all).unwrap();
    assert!(matches!(bundle.predict(&inputs(), false), Err(ModelError::NotForTriage { .. })));
    let error = bundle.check_triage().unwrap_err().to_string();
    assert!(error.contains("answers parts: triage needs"), "{error}");
    assert_eq!(bundle.answers(&inputs()).unwrap()[0].len(), 1);
    assert_eq!(bundle.votes(&inputs()).unwrap()[0].encoder, [] as [f32; 0]);
    Bundle::from_files(&files(Layout::Bert)).unwrap().check_triage().unwrap();
}

#[test]
fn served_tags_equal_the_reference() {
    let labels = wide_labels();
    for layout in LAYOUTS {
        let files = files_with(layout, &labels);
        let bundle = Bundle::from_files_in(&files, Precision::Float).unwrap();
        let config = EncoderConfig::parse(&files["config.json"]).unwrap();
        let weights = Weights::parse(&files["model.safetensors"]).unwrap();
        let encoder = Encoder::load(&config, &weights, &mut constant).unwrap();
        let heads = Heads::load(config.hidden, &labels, &weights, &mut constant).unwrap();
        let mut found = 0;
        for (input, answers) in inputs().iter().zip(bundle.answers(&inputs()).unwrap()) {
            let sequence = reader().read(input);
            let batch = Packed::new([sequence.ids.as_slice()]);
            let hidden = encoder.encode(&batch, &encoder.embed(&batch).unwrap()).unwrap();
            let outputs = heads.forward(&batch, &hidden, &mut Ok).unwrap();
            for at in [6, 8] {
                let logits: Vec<f32> = outputs.logits[at].flatten_all().unwrap().to_vec1().unwrap();
                let own = &labels.heads()[at].labels;
                let wanted = decode(&sequence, input, &logits, own.len());
                let Said::Spans(said) = &answers[at].said else { panic!("{answers:?}") };
                assert_eq!(said.len(), wanted.len());
                for (a, b) in said.iter().zip(&wanted) {
                    assert_eq!((&a.bytes, &a.label), (&b.stretch.bytes, &own[b.stretch.label]), "{layout:?}");
                    assert!((a.p - b.p).abs() < 1e-3);
                }
                found += said.len();
            }
        }
        assert!(found > 3, "{layout:?}: {found} stretches compared");
    }
}

/// Logits that are sure of these tags.
fn sure(tags: &[u32], width: usize) -> Vec<f32> {
    tags.iter().flat_map(|tag| (0..width).map(move |t| if t == *tag as usize { 20.0 } else { 0.0 })).collect()
}

#[test]
fn stretches_become_tags_and_come_back() {
    let input = ModelInput { title: "路灯不亮".into(), text: "人民路到 解放路这一段路灯不亮".into() };
    let sequence = reader().read(&input);
    let stretch = |label, field, phrase: &str| {
        let at = input.field(field).find(phrase).unwrap();
        Stretch { label, field, bytes: at..at + phrase.len() }
    };
    let gold = vec![
        stretch(1, Field::Title, "路灯"),
        stretch(0, Field::Text, "人民路"),
        // white space inside, and directly beside another
        stretch(0, Field::Text, "到 解放路"),
    ];
    let own = tags(&sequence, &gold);
    let found: Vec<Stretch> = decode(&sequence, &input, &sure(&own, 5), 2).into_iter().map(|s| s.stretch).collect();
    assert_eq!(found, gold);
    // the earlier of two that share a token counts
    let twice = tags(&sequence, &[stretch(0, Field::Text, "人民路"), stretch(1, Field::Text, "民路到")]);
    assert_eq!(twice, tags(&sequence, &[stretch(0, Field::Text, "人民路")]));
}

#[test]
fn nothing_goes_on_that_has_not_begun() {
    let input = ModelInput { title: "路灯".into(), text: "停水".into() };
    let sequence = reader().read(&input);
    // [CLS] 路 灯 [SEP] 停 水 [SEP]: every token would rather go on, 路 begins with some doubt
    let mut logits = vec![0.0; sequence.ids.len() * 3];
    for at in 0..sequence.ids.len() {
        logits[at * 3 + 2] = 6.0;
    }
    logits[3 + 1] = 5.0;
    let found = decode(&sequence, &input, &logits, 1);
    let whole = |field| Stretch { label: 0, field, bytes: 0..6 };
    let own: Vec<Stretch> = found.iter().map(|s| s.stretch.clone()).collect();
    assert_eq!(own, [whole(Field::Title), whole(Field::Text)], "one does not go on over a separator");
    let Scored { p, .. } = &found[0];
    assert!(*p > 0.2 && *p < 0.4, "begins with probability e⁵/(e⁶+e⁵+1): {p}");
    assert!(found[1].p < 0.01, "nothing says that the other begins");
}

#[test]
fn a_stretch_does_not_jump_over_what_was_cut_out() {
    let input = ModelInput {
        title: String::new(),
        text: format!("{}{}{}", "停水".repeat(20), "三天".repeat(400), "工资".repeat(20)),
    };
    let sequence = reader().read(&input);
    let mut own = vec![2; sequence.ids.len()];
    own[2] = 1;
    let found = decode(&sequence, &input, &sure(&own, 3), 1);
    let held: Vec<&str> = found.iter().map(|s| &input.text[s.stretch.bytes.clone()]).collect();
    assert!(held.len() == 2 && held[0].starts_with("停水") && held[1].ends_with("工资"), "{held:?}");
    assert!(held.iter().all(|h| h.chars().count() < 60) && found[1].p < 0.01, "{held:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_logits_give_stretches_of_the_text(
        title in "[路灯不亮 ,。🔥]{0,8}", text in "(.|[停水三天工资 ,。]){0,40}", seed in any::<u32>(), labels in 1usize..4,
    ) {
        let input = ModelInput { title, text };
        let sequence = reader().read(&input);
        let mut drawn = super::tiny::Drawn::new(seed);
        let width = 2 * labels + 1;
        let logits: Vec<f32> = (0..sequence.ids.len() * width).map(|_| 4.0 * drawn.next()).collect();
        let found = decode(&sequence, &input, &logits, labels);
        let mut seen = BTreeSet::new();
        for Scored { stretch, p } in &found {
            prop_assert!(input.field(stretch.field).get(stretch.bytes.clone()).is_some_and(|t| !t.is_empty()));
            prop_assert!(stretch.label < labels && *p > 0.0 && *p <= 1.0);
            prop_assert!(stretch.bytes.clone().all(|b| seen.insert((stretch.field, b))), "overlap: {:?}", found);
        }
        // what was found is what would be learned from it
        let stretches: Vec<Stretch> = found.iter().map(|s| s.stretch.clone()).collect();
        let again = decode(&sequence, &input, &sure(&tags(&sequence, &stretches), width), labels);
        prop_assert_eq!(again.into_iter().map(|s| s.stretch).collect::<Vec<_>>(), stretches);
    }
}
