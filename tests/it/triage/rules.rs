//! The floor of the rules and the keywords of the taxonomy.

use std::{collections::BTreeSet, path::Path, sync::Arc};

use tingsu::{
    domain::{Appeal, CueRule, Field, Flag, Head, Linkage, Urgency},
    eval::load_corpus,
    triage::{Triager, UrgencyThresholds},
};

use super::{RULES, is_sound, pack};

fn rule(id: &str, level: Urgency, any: &str, flags: &[Flag], units: &[&str]) -> CueRule {
    CueRule {
        id: id.into(),
        level,
        flags: flags.to_vec(),
        any: vec![any.into()],
        with: Vec::new(),
        and: Vec::new(),
        without: Vec::new(),
        near: 8,
        within: None,
        unless: Vec::new(),
        linkage: units.iter().map(|u| Linkage::Unit((*u).into())).collect(),
        note: format!("规则 {id}"),
    }
}

/// Three rules of our own over the demo city.
fn own_rules() -> Triager {
    let mut pack = pack();
    pack.contexts.clear();
    pack.rules = vec![
        rule("leak", Urgency::U3, "漏水", &[Flag::Concentrated], &["住建局", "110"]),
        rule("fire", Urgency::U1, "着火", &[Flag::Sudden], &["119", "110"]),
        rule("smoke", Urgency::U2, "冒烟", &[Flag::Sudden], &["119"]),
    ];
    Triager::new(Arc::new(pack), None)
}

#[test]
fn the_strongest_rule_makes_the_floor() {
    let triager = own_rules();
    let appeal = Appeal::new("楼上漏水", "厨房漏水，电表箱冒烟，刚才着火了，又冒烟");
    let s = triager.rules_only(&appeal);
    is_sound(&triager, &appeal, &s).unwrap();
    let cues: Vec<_> = s.urgency.cues.iter().map(|c| (c.rule.as_str(), c.at.field, c.at.span.start)).collect();
    use Field::{Text, Title};
    assert_eq!(
        cues,
        [("fire", Text, 13), ("smoke", Text, 8), ("smoke", Text, 18), ("leak", Title, 2), ("leak", Text, 2)]
    );
    assert_eq!(s.urgency.floor, Some(Urgency::U1));
    assert_eq!(s.urgency.level, Urgency::U1);
    assert_eq!(s.urgency.flags, BTreeSet::from([Flag::Sudden, Flag::Concentrated]));
    let units: Vec<&str> = s.urgency.linkage.iter().map(Linkage::name).collect();
    assert_eq!(units, ["119", "110", "住建局"], "those of the strongest cue first, none twice");
    assert_eq!(s.urgency.cues[0].note, "规则 fire");
    assert_eq!(s.urgency.p, 0.0);
}

#[test]
fn no_cue_no_floor() {
    let s = own_rules().rules_only(&Appeal::new("", "路灯坏了"));
    assert_eq!((s.urgency.floor, s.urgency.level), (None, Urgency::U4));
    assert!(s.urgency.linkage.is_empty() && s.urgency.flags.is_empty() && s.urgency.cues.is_empty());
}

#[test]
fn original_words_are_shown() {
    // Full width and traditional forms match, and the original is quoted.
    let appeal = Appeal::new("", "　現在樓下倉庫著火了，火勢很大，有人被困");
    let s = RULES.rules_only(&appeal);
    is_sound(&RULES, &appeal, &s).unwrap();
    assert_eq!(s.urgency.level, Urgency::U1);
    assert!(s.urgency.cues.iter().any(|c| c.text.contains("著火")), "{:?}", s.urgency.cues);
    assert!(s.urgency.linkage.iter().any(|l| l.name() == "119"), "{:?}", s.urgency.linkage);
}

#[test]
fn keywords_find_the_plain_cases() {
    let check = |text: &str, level2: &str| {
        let appeal = Appeal::new("", text);
        let s = RULES.rules_only(&appeal);
        is_sound(&RULES, &appeal, &s).unwrap();
        let categories = &RULES.pack.taxonomy;
        let names: Vec<&str> =
            s.category.iter().take(3).map(|c| categories.get(&c.label).unwrap().level2.as_str()).collect();
        assert!(names.contains(&level2), "{text}: {names:?}");
        assert!(s.uncertain && s.model.is_none() && s.vector.is_none());
        assert!(s.category[0].p <= 0.5, "keywords must not look certain: {}", s.category[0].p);
        assert!(!s.reasons.is_empty());
        let department = s.top(Head::Department).unwrap();
        let of_first = &categories.get(&s.category[0].label).unwrap().department;
        assert!(s.department.iter().any(|d| d.label == *of_first), "{department} without {of_first}");
    };
    check("异地备案之后职工医保住院怎么报销", "职工医保");
    check("申请失业金,工伤认定一直没有结果", "工伤失业");
    check("养老保险关系转移,资格认证过期了", "养老保险");
}

#[test]
fn the_callers_own_words_give_the_type() {
    let check = |text: &str, label: Option<&str>| {
        assert_eq!(RULES.rules_only(&Appeal::new("", text)).top(Head::Type), label, "{text}");
    };
    check("请问怎么办理,想咨询一下", Some("咨询"));
    check("建议在路口增加信号灯", Some("建议"));
    check("我要投诉,一直没人来", Some("投诉"));
    check("非常感谢,送上锦旗", Some("表扬"));
    check("今天天气很好", None);
}

/// The answer without a model must be of some use: measured on simulated appeals of all authors.
#[test]
fn keywords_are_of_some_use() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpora/jianghai/appeals");
    let rows = load_corpus(&dir, &RULES.pack).unwrap();
    let hits = rows
        .iter()
        .filter(|row| RULES.rules_only(&row.appeal).category.iter().any(|c| c.label == row.gold.category))
        .count();
    let share = hits as f64 / rows.len() as f64;
    assert!(share > 0.5, "the right category is among five candidates in {share:.3} only");
}

#[test]
fn thresholds_raise_early() {
    let t = UrgencyThresholds::default();
    let check = |p: [f32; 4], level: Urgency| assert_eq!(t.level(&p), level, "{p:?}");
    check([0.0, 0.0, 0.0, 1.0], Urgency::U4);
    check([0.34, 0.0, 0.0, 0.66], Urgency::U1);
    check([0.21, 0.2, 0.0, 0.59], Urgency::U1);
    check([0.1, 0.1, 0.1, 0.7], Urgency::U2);
    check([0.07, 0.07, 0.1, 0.76], Urgency::U4);
    check([0.07, 0.07, 0.36, 0.5], Urgency::U3);
    check([0.0; 4], Urgency::U4);
}
