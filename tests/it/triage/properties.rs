//! What holds for every text.

use proptest::prelude::*;
use tingsu::domain::Appeal;

use super::{RULES, is_sound};

/// Any string, and strings made of pieces that rules, places and keywords look for.
fn text() -> impl Strategy<Value = String> {
    let pieces = [
        "着火了",
        "没有",
        "去年",
        "現在",
        "電梯被困",
        "东湖街道",
        "明湖区",
        "３幢",
        "。",
        "？",
        "“",
        "”",
        "\n",
        "　",
        "井盖丢失",
        "学校",
        "不想活了",
        "明天上午",
        "一百多户",
        "停水",
        "醫保报销",
        "👩‍👩‍👧",
        "e\u{301}",
        "\u{0}",
        "ﷺ",
        "13800138000",
        "物业费",
        "拖欠工资",
        "请问",
        "建议",
        "感谢",
        "路灯",
    ];
    prop_oneof![
        any::<String>(),
        prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..24).prop_map(|p| p.concat()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn suggestions_are_sound_and_repeatable(texts in prop::collection::vec((text(), text()), 1..4)) {
        let appeals: Vec<Appeal> = texts.into_iter().map(|(title, text)| Appeal::new(title, text)).collect();
        let batch = RULES.triage(&appeals, true).unwrap();
        prop_assert_eq!(batch.len(), appeals.len());
        for (appeal, suggestion) in appeals.iter().zip(&batch) {
            prop_assert!(is_sound(&RULES, appeal, suggestion).is_ok(), "{:?}", is_sound(&RULES, appeal, suggestion));
            let alone = RULES.triage(std::slice::from_ref(appeal), true).unwrap();
            prop_assert_eq!(&alone[0], suggestion);
            prop_assert_eq!(&RULES.rules_only(appeal), suggestion);
            let terse = RULES.triage(std::slice::from_ref(appeal), false).unwrap().remove(0);
            prop_assert!(terse.reasons.is_empty());
            prop_assert_eq!(&terse.category, &suggestion.category);
            // Without a model the floor is all there is.
            prop_assert_eq!(suggestion.urgency.level, suggestion.urgency.floor.unwrap_or(tingsu::domain::Urgency::U4));
        }
    }
}

#[test]
fn blank_texts_get_an_answer() {
    for (title, text) in [("", ""), ("  ", "\n\t"), ("\u{feff}", "\u{200b}"), ("", "。")] {
        let appeal = Appeal::new(title, text);
        let suggestion = RULES.rules_only(&appeal);
        is_sound(&RULES, &appeal, &suggestion).unwrap();
        assert!(suggestion.uncertain && suggestion.category.is_empty() && suggestion.urgency.cues.is_empty());
        assert_eq!(suggestion.urgency.level, tingsu::domain::Urgency::U4);
    }
    assert!(RULES.triage(&[], true).unwrap().is_empty());
}

#[test]
fn a_megabyte_of_one_character_gets_an_answer() {
    for c in ["火", "a", "　", "👩‍👩‍👧"] {
        let appeal = Appeal::new("", c.repeat(1_000_000 / c.len()));
        let suggestion = RULES.rules_only(&appeal);
        is_sound(&RULES, &appeal, &suggestion).unwrap();
    }
}
