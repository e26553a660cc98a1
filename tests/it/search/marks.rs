//! Highlights and fragments.

use proptest::prelude::*;
use tingsu::{domain::Span, search::fragments};
use unicode_segmentation::UnicodeSegmentation;

use super::*;

fn shelf() -> &'static Shelf {
    static SHELF: std::sync::LazyLock<Shelf> = std::sync::LazyLock::new(|| Shelf::of(&[]));
    &SHELF
}

#[test]
fn marks_stand_where_the_words_are() {
    let check = |wanted: Wanted, text: &str, marked: &[&str]| {
        let spans = shelf().index.highlight(&wanted, text);
        assert_eq!(spans.iter().map(|s| s.slice(text)).collect::<Vec<_>>(), marked, "{wanted:?} in {text}");
    };
    check(words("小区停水"), "我们小区昨晚停水了", &["小区", "停水"]);
    check(words("小区停水"), "我们小区停水了", &["小区停水"]);
    check(words("农业"), "农业发展银行", &["农业"]);
    check(words("业发"), "农业发展银行", &["业发"]);
    check(words("国际论坛"), "在國際論壇旁", &["國際論壇"]);
    check(words("國際論壇"), "在国际论坛旁", &["国际论坛"]);
    check(words("12345"), "打１２３４５没人接", &["１２３４５"]);
    check(words("app"), "ＡＰＰ闪退", &["ＡＰＰ"]);
    check(words("3幢2单元"), "住3幢 2单元的", &["3幢 2单元"]);
    check(words("18路"), "118路和18路", &["18路", "18路"]);
    check(words("12"), "2012年12月", &["12"]);
    check(words("12"), "2012年", &["12"]);
    check(phrase("水泵坏"), "水泵坏了，水 泵坏", &["水泵坏", "水 泵坏"]);
    check(phrase("停水，"), "停水，停水", &["停水，"]);
    check(words("的停水"), "我的水，停水的", &["停水"]);
    check(words("水"), "停水", &["水"]);
    check(words("㎡"), "一百㎡以上", &["㎡"]);
    check(phrase("m2"), "一百㎡以上", &["㎡"]);
    check(words("停水"), "", &[]);
    check(Wanted::default(), "停水", &[]);
    check(Wanted { not: vec![Term::Words("停水".into())], ..words("小区") }, "小区停水", &["小区"]);
}

#[test]
fn a_mark_never_splits_what_is_seen_as_one() {
    let check = |wanted: Wanted, text: &str, marked: &[&str]| {
        let spans = shelf().index.highlight(&wanted, text);
        assert_eq!(spans.iter().map(|s| s.slice(text)).collect::<Vec<_>>(), marked, "{wanted:?} in {text}");
    };
    check(phrase("咖啡"), "去咖啡\u{fe0f}馆", &["咖啡\u{fe0f}"]);
    check(phrase("👩"), "报警的👩\u{200d}👧\u{200d}👦一家", &["👩\u{200d}👧\u{200d}👦"]);
    check(phrase("👧"), "那个👧🏽说", &["👧🏽"]);
    check(phrase("é店"), "cafe\u{301}店", &["e\u{301}店"]);

    check(phrase("🇨"), "旗🇨🇳台", &["🇨🇳"]);
    check(phrase("각"), "\u{1100}\u{1161}\u{11a8}路", &["\u{1100}\u{1161}\u{11a8}"]);
    let text = "水".repeat(9) + "e\u{301}" + &"电".repeat(30);
    let shown = fragments(&text, &[], 10, 1);
    assert_eq!(shown, [Span::new(0, 11)], "the accent stays with its letter");
}

#[test]
fn fragments_show_the_marks() {
    let text = "来电人反映情况。".repeat(20) + "小区从昨晚停水，" + &"物业一直没有答复。".repeat(20) + "水泵也坏了。";
    let marks = shelf().index.highlight(&words("停水 水泵"), &text);
    let shown = fragments(&text, &marks, 30, 3);
    assert_eq!(shown.len(), 2, "{shown:?}");
    for (span, word) in shown.iter().zip(["停水", "水泵"]) {
        let piece = span.slice(&text);
        assert!(piece.contains(word) && piece.chars().count() <= 30 + 24, "{piece}");
    }
    assert_eq!(shown[0].slice(&text).chars().last(), Some('。'));
    assert_eq!(fragments(&text, &[], 30, 3).len(), 1);
    assert_eq!(fragments("短", &[], 30, 3), [Span::new(0, 1)]);
    assert_eq!(fragments("", &[], 30, 3), []);
    assert_eq!(fragments("短", &[], 30, 0), []);
}

/// Han, kana, emoji with modifiers, combining marks, full width, ligatures, blanks, controls.
const STRANGE: &str = "[\\p{Han}國際論壇ａｂｃＡ１２ﬁ㈠①㎡é\u{301}\u{308}👩\u{200d}👧🏽‼\u{fe0f}\u{feff}\u{ad} \u{3000}\n\u{0}\u{1b}a-c0-3가각か゛がｶﾞ，。]{0,40}";

/// Numbers of the characters before which the text may be cut, and its end.
fn graphemes(text: &str) -> Vec<usize> {
    let mut cuts = vec![0];
    for cluster in text.graphemes(true) {
        cuts.push(cuts.last().unwrap() + cluster.chars().count());
    }
    cuts
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn marks_of_any_string_fall_inside(text in STRANGE, typed in STRANGE, any in "\\PC{0,20}") {
        for wanted in [words(&typed), phrase(&typed), words(&any), phrase(&any)] {
            for text in [&text, &any] {
                let length = text.chars().count();
                let marks = shelf().index.highlight(&wanted, text);
                prop_assert!(marks.iter().all(|m| m.start < m.end && m.end <= length), "{marks:?}");
                prop_assert!(marks.windows(2).all(|w| w[0].end < w[1].start), "{marks:?}");
                let shown = fragments(text, &marks, 10, 3);
                prop_assert!(shown.iter().all(|s| s.start < s.end && s.end <= length), "{shown:?}");
                prop_assert!(shown.windows(2).all(|w| w[0].end <= w[1].start), "{shown:?}");
                let cuts: Vec<usize> = graphemes(text);
                let whole = |s: &Span| cuts.contains(&s.start) && cuts.contains(&s.end);
                prop_assert!(marks.iter().chain(&shown).all(whole), "{marks:?} {shown:?} of {cuts:?}");
            }
        }
    }

    #[test]
    fn a_verbatim_part_is_marked(before in "[\\p{Han}，]{0,9}", part in "[\\p{Han}0-9a-z]{2,9}", after in "[\\p{Han}。]{0,9}") {
        let text = format!("{before}{part}{after}");
        let from = before.chars().count();
        let whole = Span::new(from, from + part.chars().count());
        let marks = shelf().index.highlight(&phrase(&part), &text);
        prop_assert!(marks.iter().any(|m| m.start <= whole.start && m.end >= whole.end), "{marks:?}");
    }

    #[test]
    fn fragments_of_any_marks(text in "\\PC{0,80}", marks in prop::collection::vec((0usize..100, 0usize..100), 0..6), width in 0usize..40, most in 0usize..5) {
        let marks: Vec<Span> = marks.into_iter().map(|(a, b)| Span::new(a, b)).collect();
        let length = text.chars().count();
        let shown = fragments(&text, &marks, width, most);
        prop_assert!(shown.len() <= most);
        prop_assert!(shown.iter().all(|s| s.start < s.end && s.end <= length), "{shown:?}");
    }
}
