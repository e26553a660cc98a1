//! Frequent words of the index, as suggestions take them.

use super::*;

#[test]
fn frequent_words_that_tell_nothing_about_anybody() {
    let many = |word: &str, count: u32| {
        (1..=count).map(|n| doc(&format!("{word}{n}"), n, word, &format!("{word}，第{n}件"))).collect::<Vec<_>>()
    };
    let docs = [
        many("停水", 9),
        many("停车", 12),
        many("停滞", 2),
        many("张伟", 8),
        many("停嘎嘎嘎", 8),
        many("13812345678", 8),
        many("停电", 5),
    ]
    .concat();
    let shelf = Shelf::of(&docs);
    let from = |prefix: &str| {
        let words = shelf.index.words_from(prefix, 5, 10).unwrap();
        words.into_iter().map(|(word, n)| format!("{word} {n}")).collect::<Vec<_>>()
    };
    assert_eq!(from("停"), ["停车 12", "停水 9", "停电 5"], "rare and unknown words are not told");
    assert_eq!(from("停车"), ["停车 12"]);
    assert_eq!(from("张"), [] as [&str; 0], "a name is not told");
    assert_eq!(from("1"), [] as [&str; 0]);
    assert_eq!(from("13812345678"), [] as [&str; 0]);
    assert_eq!(from(""), [] as [&str; 0]);
    assert_eq!(shelf.index.words_from("停", 5, 1).unwrap().len(), 1);
}
