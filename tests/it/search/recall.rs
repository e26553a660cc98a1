//! Every stretch of a ticket finds the ticket.

use proptest::prelude::*;

use super::*;

struct Corpus {
    docs: Vec<IndexDoc>,
    shelf: Shelf,
}

fn corpus() -> &'static Corpus {
    static CORPUS: std::sync::LazyLock<Corpus> = std::sync::LazyLock::new(|| {
        let docs = simulated();
        let shelf = Shelf::of(&docs);
        Corpus { docs, shelf }
    });
    &CORPUS
}

/// A stretch of 2 to 12 characters of one of a ticket's texts, if there is one there.
fn stretch(doc: &IndexDoc, text: usize, from: usize, length: usize) -> Option<String> {
    let texts = [&doc.appeal.title, &doc.appeal.text, &doc.reply, &doc.place];
    let chars: Vec<char> = texts[text % 4].chars().collect();
    let last = chars.len().checked_sub(length)?;
    let piece: String = chars[from % (last + 1)..][..length].iter().collect();
    (piece.trim() == piece).then_some(piece)
}

fn finds(wanted: Wanted, ticket: &TicketId) -> bool {
    let found = corpus().shelf.found(&Query { limit: 1_000, ..asking(wanted) });
    // A stretch that very many tickets share may lie past the page; the total is then checked.
    found.total > 1_000 || found.hits.iter().any(|h| h.ticket == *ticket)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn as_a_phrase(n: usize, text in 0usize..4, from: usize, length in 2usize..=12) {
        let doc = &corpus().docs[n % corpus().docs.len()];
        if let Some(piece) = stretch(doc, text, from, length) {
            prop_assert!(finds(phrase(&piece), &doc.ticket), "{piece} does not find {}", doc.ticket);
        }
    }

    #[test]
    fn as_plain_words(n: usize, text in 0usize..4, from: usize, length in 2usize..=12) {
        let doc = &corpus().docs[n % corpus().docs.len()];
        if let Some(piece) = stretch(doc, text, from, length) {
            prop_assert!(finds(words(&piece), &doc.ticket), "{piece} does not find {}", doc.ticket);
        }
    }
}

#[test]
fn in_traditional_characters_too() {
    let shelf = Shelf::of(&[doc("A", 1, "", "乾淨的漫畫計畫，瞭解沈默與覆蓋，著名的項鍊，麵條裡頭髮後面")]);
    let text: Vec<char> = "乾淨的漫畫計畫，瞭解沈默與覆蓋，著名的項鍊，麵條裡頭髮後面".chars().collect();
    for length in 2..=12 {
        for piece in text.windows(length) {
            let piece: String = piece.iter().collect();
            assert_eq!(shelf.found(&asking(phrase(&piece))).total, 1, "{piece}");
        }
    }
    for simplified in ["干净的漫画计划", "了解沉默与覆盖", "著名的项链", "面条里头发后面"] {
        assert_eq!(shelf.found(&asking(phrase(simplified))).total, 1, "{simplified}");
    }
}

#[test]
fn a_phrase_is_exact() {
    let shelf = Shelf::of(&[
        doc("A", 1, "甲", "水停了。没有水，停电。"),
        doc("B", 2, "乙", "停水停电停气"),
        doc("C", 3, "停水", "停电"),
    ]);
    let check = |text: &str, wanted: &[&str]| {
        let mut got = ids(&shelf.found(&asking(phrase(text))));
        got.sort();
        assert_eq!(got, wanted, "{text}");
    };
    check("停水停电", &["B"]);
    check("停水停电停", &["B"]);
    check("水停", &["A", "B"]);
    check("水，停", &["A"]);
    check("停水", &["B", "C"]);
    check("停水停气", &[]);
    check("停 水", &["B", "C"]);
    check("气", &["B"]);
    check("。", &["A"]);
    let long: String = "停水停电停气".repeat(100);
    let shelf = Shelf::of(&[doc("L", 1, "", &long)]);
    assert_eq!(shelf.found(&asking(phrase(&long))).total, 1, "a phrase of 600 characters");
    assert_eq!(shelf.found(&asking(phrase(&format!("{long}停")))).total, 0);
}

#[test]
fn adversarial_queries_are_bounded() {
    let corpus = corpus();
    let many: Vec<Vec<Term>> = (0..10_000).map(|n| vec![Term::Words(format!("停水{n}"))]).collect();
    let or: Vec<Term> = (0..10_000).map(|n| Term::Phrase(format!("水{n}"))).collect();
    let typed = "我们小区的水电气路灯物业电梯".repeat(700);
    for wanted in [
        Wanted { groups: many, not: Vec::new() },
        Wanted { groups: vec![or.clone()], not: or },
        words(&typed),
        phrase(&typed),
        words(&"的".repeat(5_000)),
        words(&"\u{0}\u{200b}".repeat(5_000)),
    ] {
        let started = std::time::Instant::now();
        corpus.shelf.found(&asking(wanted));
        assert!(started.elapsed().as_secs() < 5, "{:?}", started.elapsed());
    }
}
