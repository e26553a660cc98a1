//! Rules and model together: tiny bundles with drawn weights, and the shipped one.

use std::{
    path::Path,
    sync::{Arc, LazyLock},
};

use proptest::prelude::*;
use tingsu::{
    domain::{Appeal, Department, Suggestion, Urgency},
    model::Bundle,
    triage::Triager,
};

use super::{RULES, is_sound, pack};
use crate::model::tiny::{Layout, SENTENCES, files};

/// The tiny bundle knows five categories of the demo city and three departments that it has not.
static TINY: LazyLock<Triager> = LazyLock::new(|| {
    let bundle = Bundle::from_files(&files(Layout::ModernBert)).unwrap();
    Triager::new(Arc::new(pack()), Some(Arc::new(bundle)))
});

static SHIPPED: LazyLock<Triager> = LazyLock::new(|| {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/default");
    Triager::new(Arc::new(pack()), Some(Arc::new(Bundle::open(&dir).unwrap())))
});

fn appeals() -> Vec<Appeal> {
    SENTENCES.iter().map(|(title, text)| Appeal::new(*title, *text)).collect()
}

fn same(a: &Suggestion, b: &Suggestion) {
    let near = |a: &[tingsu::domain::Candidate], b: &[tingsu::domain::Candidate]| {
        assert_eq!(a.len(), b.len());
        for (a, b) in a.iter().zip(b) {
            assert_eq!(a.label, b.label);
            assert!((a.p - b.p).abs() < 1e-4, "{a:?} {b:?}");
        }
    };
    near(&a.appeal_type, &b.appeal_type);
    near(&a.category, &b.category);
    near(&a.department, &b.department);
    assert_eq!(
        (a.urgency.level, a.urgency.floor, &a.urgency.cues),
        (b.urgency.level, b.urgency.floor, &b.urgency.cues)
    );
    assert_eq!((&a.places, a.uncertain, &a.model), (&b.places, b.uncertain, &b.model));
    assert_eq!(a.reasons.len(), b.reasons.len());
}

#[test]
fn a_batch_says_what_each_alone_says() {
    for triager in [&*TINY, &*SHIPPED] {
        let batch = triager.triage(&appeals(), true).unwrap();
        for (appeal, suggestion) in appeals().iter().zip(&batch) {
            is_sound(triager, appeal, suggestion).unwrap();
            same(suggestion, &triager.triage(std::slice::from_ref(appeal), true).unwrap()[0]);
            assert_eq!(suggestion.model.as_deref(), triager.bundle.as_ref().map(|b| b.id()));
            let sum: f32 = suggestion.urgency.model.iter().sum();
            assert!((sum - 1.0).abs() < 1e-3, "{:?}", suggestion.urgency.model);
            let length: f32 = suggestion.vector.as_ref().unwrap().iter().map(|v| v * v).sum();
            assert!((length - 1.0).abs() < 1e-3, "the vector has length {length}");
        }
        assert!(triager.triage(&[], true).unwrap().is_empty());
    }
}

#[test]
fn labels_that_the_pack_does_not_know_are_told_and_never_suggested() {
    let told = TINY.mismatches().join("\n");
    assert!(told.contains("甲局、乙局、丙委") || told.contains("丙委、乙局、甲局"), "{told}");
    assert!(told.contains("没有学过的分类") && told.contains("0102"), "{told}");
    assert!(!told.contains("却没有的分类(不会显示)"), "all five categories are in the pack: {told}");
    for suggestion in TINY.triage(&appeals(), true).unwrap() {
        assert!(suggestion.department.is_empty(), "{:?}", suggestion.department);
        assert!(!suggestion.category.is_empty());
    }
    assert!(RULES.mismatches().is_empty());

    let mut richer = pack();
    for name in ["甲局", "乙局", "丙委"] {
        richer.departments.push(Department { name: name.into(), kind: "市级部门".into(), first_response: false });
    }
    let richer = Triager::new(Arc::new(richer), TINY.bundle.clone());
    assert!(!richer.mismatches().join("\n").contains("甲局"));
    assert!(richer.triage(&appeals(), false).unwrap().iter().all(|s| s.department.len() == 3));
}

#[test]
fn the_shipped_bundle_fits_the_demo_city() {
    let told = SHIPPED.mismatches().join("\n");
    assert!(!told.contains("不会显示"), "{told}");
}

#[test]
fn rules_raise_the_model_and_never_lower_it() {
    let urgent = Appeal::new("", "现在楼下仓库着火了,火势很大,有人被困在二楼");
    for triager in [&*TINY, &*SHIPPED] {
        let s = triager.triage(std::slice::from_ref(&urgent), true).unwrap().remove(0);
        assert_eq!((s.urgency.floor, s.urgency.level), (Some(Urgency::U1), Urgency::U1));
        assert_eq!(s.urgency.p, s.urgency.model[0], "p is the model's probability of the level shown");
        assert_eq!(s.urgency.cues, RULES.rules_only(&urgent).urgency.cues);
    }
    // No rule speaks: the model alone decides.
    let plain = Appeal::new("", "请问在外地住院的费用怎么报销?");
    let s = SHIPPED.triage(std::slice::from_ref(&plain), true).unwrap().remove(0);
    assert_eq!(s.urgency.floor, None);
    assert_eq!(s.urgency.level, SHIPPED.thresholds.level(&s.urgency.model));
}

#[test]
fn reasons_quote_the_original() {
    // Full width, traditional forms and line breaks shift every byte between original and normalised text.
    let appeal = Appeal::new("拖欠工資", "　　２０２５年３月起，\r\n老闆一直拖欠我們的工資，電話不接。");
    let s = SHIPPED.triage(std::slice::from_ref(&appeal), true).unwrap().remove(0);
    is_sound(&SHIPPED, &appeal, &s).unwrap();
    assert!(!s.reasons.is_empty());
    let shown: Vec<&str> = s.reasons.iter().map(|r| r.at.span.slice(appeal.field(r.at.field))).collect();
    assert!(shown.iter().any(|words| words.contains('資') || words.contains("拖欠")), "{shown:?}");
    assert!(s.reasons.is_sorted_by(|a, b| a.weight >= b.weight));
    assert!(SHIPPED.triage(std::slice::from_ref(&appeal), false).unwrap()[0].reasons.is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn every_text_gets_a_sound_answer(title in any::<String>(), text in any::<String>(), raise in any::<bool>()) {
        let text = if raise { format!("{text}现在着火了有人被困") } else { text };
        let appeal = Appeal::new(title, text);
        let s = TINY.triage(std::slice::from_ref(&appeal), true).unwrap().remove(0);
        prop_assert!(is_sound(&TINY, &appeal, &s).is_ok(), "{:?}", is_sound(&TINY, &appeal, &s));
        // Removing the model leaves the floor and nothing above it.
        let bare = RULES.rules_only(&appeal);
        prop_assert_eq!(bare.urgency.floor, s.urgency.floor);
        prop_assert_eq!(bare.urgency.level, bare.urgency.floor.unwrap_or(Urgency::U4));
        prop_assert!(s.urgency.level >= bare.urgency.level);
    }
}
