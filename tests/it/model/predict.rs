//! Answers: independent of company and order, probabilities of the labels shown, evidence that lies
//! in the text, and no input that breaks them.

use std::collections::BTreeSet;

use proptest::prelude::*;
use tingsu::{
    domain::{AppealType, Candidate, Field, Flag},
    model::{Bundle, ModelInput, Prediction},
};

use super::tiny::{LAYOUTS, Layout, files, inputs, labels};

fn bundle(layout: Layout) -> Bundle {
    Bundle::from_files(&files(layout)).unwrap()
}

fn same(what: &str, a: &Prediction, b: &Prediction) {
    for (x, y) in [(&a.category, &b.category), (&a.department, &b.department), (&a.appeal_type, &b.appeal_type)] {
        let p = |list: &[Candidate], label: &str| list.iter().find(|c| c.label == label).unwrap().p;
        for c in x {
            assert!((c.p - p(y, &c.label)).abs() <= 1e-5, "{what}: {} {} {}", c.label, c.p, p(y, &c.label));
        }
    }
    let far = a.vector.iter().zip(&b.vector).map(|(x, y)| (x - y).abs()).fold(0.0, f32::max);
    assert!(far <= 1e-5, "{what}: vectors differ by {far}");
    assert_eq!(a.tokens, b.tokens, "{what}");
}

#[test]
fn a_batch_answers_as_each_input_alone_in_any_order() {
    for layout in LAYOUTS {
        let bundle = bundle(layout);
        let mut all = inputs();
        all.extend(inputs().into_iter().map(|i| ModelInput { text: i.text.repeat(20), ..i }));
        for explain in [false, true] {
            let batch = bundle.predict(&all, explain).unwrap();
            let mut turned: Vec<ModelInput> = all.clone();
            turned.reverse();
            let turned = bundle.predict(&turned, explain).unwrap();
            for (i, input) in all.iter().enumerate() {
                let alone = &bundle.predict(std::slice::from_ref(input), explain).unwrap()[0];
                same(&format!("{layout:?}, input {i} alone"), &batch[i], alone);
                same(&format!("{layout:?}, input {i} turned"), &batch[i], &turned[all.len() - 1 - i]);
                assert_eq!(batch[i].evidence.len(), alone.evidence.len());
            }
        }
    }
}

#[test]
fn the_same_question_gets_the_same_bits() {
    let bundle = bundle(Layout::ModernBert);
    let show = || format!("{:?}", bundle.predict(&inputs(), true).unwrap());
    assert_eq!(show(), show());
}

#[test]
fn explaining_changes_no_probability() {
    for layout in LAYOUTS {
        let bundle = bundle(layout);
        let (plain, explained) = (bundle.predict(&inputs(), false).unwrap(), bundle.predict(&inputs(), true).unwrap());
        for (a, b) in plain.iter().zip(&explained) {
            same("explained", a, b);
            assert!(a.evidence.is_empty());
        }
        assert!(explained.iter().any(|p| !p.evidence.is_empty()), "{layout:?}: nothing is explained");
    }
}

fn check(input: &ModelInput, p: &Prediction) {
    let one = |what: &str, sum: f32| assert!((sum - 1.0).abs() < 1e-4, "{what} add up to {sum}");
    for (what, list, known) in [
        ("types", &p.appeal_type, AppealType::ALL.iter().map(|t| t.label().to_owned()).collect::<Vec<_>>()),
        ("categories", &p.category, labels().of("category").to_vec()),
        ("departments", &p.department, labels().of("department").to_vec()),
    ] {
        one(what, list.iter().map(|c| c.p).sum());
        assert!(list.windows(2).all(|w| w[0].p >= w[1].p), "{what} are not sorted");
        let shown: BTreeSet<String> = list.iter().map(|c| c.label.clone()).collect();
        assert_eq!(shown, known.into_iter().collect::<BTreeSet<String>>(), "{what}");
    }
    one("urgencies", p.urgency.iter().sum());
    assert_eq!(p.flags.iter().map(|f| f.0).collect::<Vec<_>>(), Flag::FROM_TEXT);
    assert!(p.flags.iter().all(|f| (0.0..=1.0).contains(&f.1)));
    assert_eq!(p.uncertain, p.category[0].p < 0.5);
    let length = p.vector.iter().map(|v| v * v).sum::<f32>().sqrt();
    assert!((length - 1.0).abs() < 1e-4, "vector of length {length}");
    assert!((3..=48).contains(&p.tokens), "{} tokens", p.tokens);
    assert!(p.evidence.len() <= 6);
    assert!(p.evidence.iter().map(|e| e.weight).sum::<f32>() <= 1.0 + 1e-4);
    for e in &p.evidence {
        let text = if e.field == Field::Title { &input.title } else { &input.text };
        let shown = text.get(e.bytes.clone()).unwrap_or_else(|| panic!("{:?} of {text:?}", e.bytes));
        assert!(shown.chars().count() >= 2, "evidence {shown:?} is shorter than a word");
        assert!(e.weight > 0.0 && e.weight <= 1.0);
    }
}

#[test]
fn odd_inputs_are_answered() {
    let long = "水".repeat(1 << 20);
    let odd = [
        ("", ""),
        (" ", "\n\t"),
        ("👨‍👩‍👧‍👦🚒", "🔥🔥🔥家里着火了🔥"),
        ("\u{0}\u{1}\u{feff}", "\u{202e}abc\u{300}\u{300}"),
        ("", "supercalifragilisticexpialidocious".repeat(40).as_str()),
        ("한국어 ไทย العربية", "ﷺ㈱𠮷𠀀"),
    ]
    .map(|(a, b)| ModelInput { title: a.into(), text: b.into() });
    let mut all = odd.to_vec();
    all.push(ModelInput { title: String::new(), text: long.clone() });
    all.push(ModelInput { title: long, text: String::new() });
    for layout in LAYOUTS {
        let bundle = bundle(layout);
        for (input, p) in all.iter().zip(bundle.predict(&all, true).unwrap()) {
            check(input, &p);
            assert_eq!(p.tokens, bundle.tokens(input));
        }
        assert!(bundle.predict(&[], true).unwrap().is_empty());
    }
}

#[test]
fn a_long_text_keeps_title_head_and_tail() {
    let bundle = bundle(Layout::ModernBert);
    let middle = |word: &str| ModelInput {
        title: "路灯不亮".into(),
        text: format!("{}{}{}", "停水三天".repeat(10), word.repeat(60), "拖欠工资".repeat(10)),
    };
    let votes = |i: ModelInput| bundle.votes(&[i]).unwrap().remove(0).encoder;
    assert_eq!(votes(middle("孩子")), votes(middle("老人")), "the middle of a text beyond the limit is not read");
    let mut other = middle("孩子");
    other.text.push_str("医保");
    assert_ne!(votes(middle("孩子")), votes(other), "the tail is read");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_text_is_answered(title in ".{0,40}", text in "(.|[停水三天工资🔥 ,。]){0,200}") {
        static BUNDLE: std::sync::OnceLock<Bundle> = std::sync::OnceLock::new();
        let bundle = BUNDLE.get_or_init(|| bundle(Layout::ModernBert));
        let input = ModelInput { title, text };
        let p = bundle.predict(std::slice::from_ref(&input), true).unwrap().remove(0);
        check(&input, &p);
    }
}
