//! Normalised text and its way back.

use proptest::prelude::*;
use tingsu::{domain::Span, text::Normalized};

use super::{rows, strange};

#[test]
fn cases() {
    let mut wrong = Vec::new();
    for (line, cells) in rows(include_str!("cases/normalise.md")) {
        let got = Normalized::of(&cells[0]);
        if got.text() != cells[1] {
            wrong.push(format!("line {line}: {:?} gave {:?}, wanted {:?}", cells[0], got.text(), cells[1]));
        }
        map_holds(&cells[0]).unwrap();
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Everything that the map promises, for one text.
fn map_holds(original: &str) -> Result<(), TestCaseError> {
    let normalized = Normalized::of(original);
    let text = normalized.text();
    let chars: Vec<char> = original.chars().collect();
    prop_assert_eq!(normalized.original_chars(), chars.len());
    let all = normalized.original_span(0..text.len());
    prop_assert!(all.end <= chars.len());
    let mut last = 0;
    for (byte, c) in text.char_indices() {
        let bytes = byte..byte + c.len_utf8();
        let span = normalized.original_span(bytes.clone());
        prop_assert!(!span.is_empty() && span.end <= chars.len(), "{original:?} {bytes:?} {span:?}");
        prop_assert!(span.start >= last || span.end > last, "spans go forward");
        last = span.start;
        // Bytes inside the character are widened to it.
        prop_assert_eq!(normalized.original_span(byte..byte + 1), span);
        // There and back covers the bytes; and again gives the same span.
        let back = normalized.normalized_bytes(span);
        prop_assert!(back.start <= bytes.start && back.end >= bytes.end, "{original:?} {bytes:?} {back:?}");
        prop_assert!(text.is_char_boundary(back.start) && text.is_char_boundary(back.end));
        prop_assert_eq!(normalized.original_span(back), span);
    }
    // Back and there covers every character that was not dropped.
    let mut covered = 0;
    for at in 0..chars.len() {
        let bytes = normalized.normalized_bytes(Span::new(at, at + 1));
        prop_assert!(text.get(bytes.clone()).is_some(), "{original:?} {at} {bytes:?} cuts a character");
        prop_assert!(bytes.start >= covered || bytes.end >= covered);
        covered = covered.max(bytes.end);
        if !bytes.is_empty() {
            let span = normalized.original_span(bytes);
            prop_assert!(span.start <= at && at < span.end, "{original:?} {at} {span:?}");
        }
    }
    prop_assert_eq!(covered, text.len(), "every byte comes from somewhere");
    // Twice is once.
    let twice = Normalized::of(text);
    prop_assert_eq!(twice.text(), text, "of {:?}", original);
    prop_assert!(!text.starts_with(' ') && !text.ends_with(' ') && !text.contains("  "));
    Ok(())
}

#[test]
fn every_character_alone_and_between_others() {
    for c in (0..=0x10_FFFF).filter_map(char::from_u32) {
        // Planes 4 to 13 are unassigned: their edges are enough.
        if (0x4_0000..0xE_0000).contains(&(c as u32)) && c as u32 & 0xFFFF > 3 {
            continue;
        }
        let text = format!("水{c}a{c}");
        let once = Normalized::of(&text);
        let twice = Normalized::of(once.text());
        assert_eq!(once.text(), twice.text(), "U+{:04X}", c as u32);
        let whole = once.original_span(0..once.text().len());
        assert!(whole.start == 0 && whole.end >= 3, "U+{:04X}", c as u32);
    }
}

#[test]
fn spans_of_changed_text() {
    let check = |original: &str, normalized: &str, found: &str| {
        let it = Normalized::of(original);
        let at = it.text().find(normalized).unwrap_or_else(|| panic!("{normalized} not in {}", it.text()));
        let span = it.original_span(at..at + normalized.len());
        assert_eq!(span.slice(original), found);
        assert_eq!(&it.text()[it.normalized_bytes(span)], normalized);
    };
    check("  聯繫　電話：１３８", "电话", "電話");
    check("聯繫電\u{200B}話", "电话", "電\u{200B}話");
    check("在㈠號樓", "(一)号", "㈠號");
    check("cafe\u{301} 门口", "é", "e\u{301}");
    check("漏水\n\n\n停电", "水 停", "水\n\n\n停");
    check("ﾊﾟﾁﾝｺ店", "パ", "ﾊﾟ");
}

#[test]
fn empty_and_dropped() {
    let it = Normalized::of("\u{200B}\n\u{200B}");
    assert_eq!((it.text(), it.original_chars()), ("", 3));
    assert!(it.normalized_bytes(Span::new(0, 3)).is_empty());
    let it = Normalized::of("水\u{200B}电");
    assert!(it.normalized_bytes(Span::new(1, 2)).is_empty());
    assert_eq!(it.normalized_bytes(Span::new(1, 3)), 3..6);
    // Out of range is clamped, never a panic.
    assert_eq!(it.original_span(2..99), Span::new(0, 3));
    assert_eq!(it.original_span(99..200), Span::new(3, 3));
    assert_eq!(it.normalized_bytes(Span::new(7, 9)), 6..6);
    assert_eq!(it.char_span_to_original(1..2), Span::new(2, 3));
}

#[test]
fn long_and_strange() {
    for (name, text) in strange::texts() {
        let it = strange::in_time(name, || Normalized::of(&text));
        let whole = it.original_span(0..it.text().len());
        assert!(whole.end <= text.chars().count());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]
    #[test]
    fn any_string(text in strange::any_text()) {
        map_holds(&text)?;
    }
    #[test]
    fn any_unicode(text in "\\PC*") {
        map_holds(&text)?;
    }
}
