//! Places against a reader's place.

use tingsu::{
    domain::{Appeal, Field, FieldSpan, FoundPlace, Span},
    eval::{place_scores, score::Share},
};

fn place(field: Field, start: usize, end: usize) -> FoundPlace {
    FoundPlace { at: FieldSpan { field, span: Span::new(start, end) }, text: String::new(), region: None }
}

#[test]
fn places_by_hand() {
    let appeal = Appeal::new("东湖路路灯坏了", "我家住东湖路8号，东湖路没有灯");
    let check = |gold: Option<&str>, found: &[FoundPlace], hits: (usize, usize, usize), f1: Option<f64>| {
        let scores = place_scores([(&appeal, gold, found)]);
        assert_eq!((scores.overlap.hits, scores.exact.hits, scores.silent.hits), hits, "{gold:?} {found:?}");
        match (scores.char_f1, f1) {
            (Some(is), Some(wanted)) => assert!((is - wanted).abs() < 1e-9, "{is}, not {wanted}"),
            (is, wanted) => assert_eq!(is, wanted),
        }
    };
    check(Some("东湖路8号"), &[place(Field::Text, 3, 8)], (1, 1, 0), Some(1.0));
    // Three of five characters: 2·3 / (3 + 5).
    check(Some("东湖路8号"), &[place(Field::Text, 3, 6)], (1, 0, 0), Some(0.75));
    // The second occurrence is as good as the first; so is the title's.
    check(Some("东湖路"), &[place(Field::Text, 9, 12)], (1, 1, 0), Some(1.0));
    check(Some("东湖路"), &[place(Field::Title, 0, 3)], (1, 1, 0), Some(1.0));
    check(Some("东湖路8号"), &[place(Field::Title, 0, 3)], (0, 0, 0), Some(0.0));
    check(Some("东湖路"), &[], (0, 0, 0), Some(0.0));
    check(None, &[], (0, 0, 1), None);
    check(None, &[place(Field::Text, 0, 2)], (0, 0, 0), None);
    let scores = place_scores([(&appeal, Some("西湖路"), &[][..])]);
    assert_eq!((scores.not_verbatim, scores.overlap), (1, Share::default()));
}
