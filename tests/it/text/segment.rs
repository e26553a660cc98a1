//! Words: tiling, order, the pack's words.

use proptest::prelude::*;
use tingsu::{
    domain::{DictWord, Region},
    text::{Segmenter, Token},
};

use super::{rows, strange};

fn segmenter() -> &'static Segmenter {
    static SEGMENTER: std::sync::LazyLock<Segmenter> = std::sync::LazyLock::new(|| {
        let word = |word: &str, freq| DictWord { word: word.into(), freq, tag: None };
        let words = [
            word("飞线充电", None),
            word("随手拍平台", None),
            word("的了", None),
            word("一网统管", Some(3)),
            word("２４小時熱線", None),
            word("no. 5，坏词", None),
            word("", None),
            word(&"长".repeat(500), None),
        ];
        let town = |district: &str, town: &str, alias: &str| Region {
            id: format!("{district}/{town}"),
            district: district.into(),
            town: Some(town.into()),
            aliases: vec![alias.into()],
        };
        Segmenter::new(&words, &[town("清溪区", "望月桥街道", "望月桥"), town("清溪区", "白果镇", "白果")])
    });
    &SEGMENTER
}

fn words(tokens: &[Token<'_>]) -> String {
    tokens.iter().map(|t| t.word).collect::<Vec<_>>().join("/")
}

#[test]
fn cases() {
    let mut wrong = Vec::new();
    for (line, cells) in rows(include_str!("cases/segment.md")) {
        let text = &cells[0];
        for (mode, got, wanted) in [
            ("precise", words(&segmenter().precise(text)), &cells[1]),
            ("search", words(&segmenter().search(text)), &cells[2]),
        ] {
            if !wanted.is_empty() && got != *wanted {
                wrong.push(format!("line {line}: {mode} gave {got}, wanted {wanted}"));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

fn tokens_hold(text: &str) -> Result<(), TestCaseError> {
    let precise = segmenter().precise(text);
    let mut at = 0;
    let mut char_at = 0;
    for token in &precise {
        prop_assert_eq!((token.bytes.start, token.char_start), (at, char_at), "precise tokens tile {:?}", text);
        prop_assert_eq!(&text[token.bytes.clone()], token.word);
        prop_assert!(!token.word.is_empty());
        at = token.bytes.end;
        char_at += token.word.chars().count();
    }
    prop_assert_eq!(at, text.len());

    let search = segmenter().search(text);
    for pair in search.windows(2) {
        let key = |t: &Token<'_>| (t.bytes.start, t.bytes.end);
        prop_assert!(key(&pair[0]) < key(&pair[1]), "sorted, without duplicates: {:?} {:?}", pair, text);
    }
    for token in &search {
        prop_assert_eq!(&text[token.bytes.clone()], token.word);
        prop_assert_eq!(token.char_start, text[..token.bytes.start].chars().count());
    }
    prop_assert!(precise.iter().all(|t| search.contains(t)), "search mode has all precise words of {:?}", text);
    Ok(())
}

#[test]
fn long_and_strange() {
    for (name, text) in strange::texts() {
        let tokens = strange::in_time(name, || segmenter().precise(&text));
        assert_eq!(tokens.iter().map(|t| t.bytes.len()).sum::<usize>(), text.len(), "{name}");
        let tokens = strange::in_time(name, || segmenter().search(&text));
        assert!(tokens.len() < 2 * text.len(), "{name}: the number of tokens is bounded");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn any_string(text in strange::any_text()) {
        tokens_hold(&text)?;
    }
    #[test]
    fn any_unicode(text in "\\PC*") {
        tokens_hold(&text)?;
    }
}
