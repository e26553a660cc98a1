//! Every stretch of a ticket finds the ticket.

use proptest::prelude::*;
use rand::{RngExt, SeedableRng, rngs::StdRng};

use super::*;

struct Corpus {
    docs: Vec<IndexDoc>,
    shelf: Shelf,
}

impl Corpus {
    /// Every document gets its own id as caller, so that "finds this one" is one exact question however
    /// many others match too.
    fn of(mut docs: Vec<IndexDoc>) -> Self {
        for doc in &mut docs {
            doc.facets.insert(Facet::Caller, doc.ticket.to_string());
        }
        let shelf = Shelf::of(&docs);
        Self { docs, shelf }
    }

    fn finds(&self, wanted: Wanted, doc: &IndexDoc) -> bool {
        let own = BTreeMap::from([(Facet::Caller, vec![doc.ticket.to_string()])]);
        let found = self.shelf.found(&Query { filters: own, limit: 0, ..asking(wanted) });
        found.total == 1 && !found.relaxed
    }
}

fn corpus() -> &'static Corpus {
    static CORPUS: std::sync::LazyLock<Corpus> = std::sync::LazyLock::new(|| Corpus::of(simulated()));
    &CORPUS
}

/// Real appeals, where they are at hand: the file that `TINGSU_APPEALS` names, or the data beside the
/// workplace. They belong to no repository.
fn real() -> Option<Vec<IndexDoc>> {
    let beside = || {
        let above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().skip(1);
        above.map(|dir| dir.join("shared/data/appeals/appeals.jsonl")).find(|path| path.is_file())
    };
    let path = std::env::var_os("TINGSU_APPEALS").map(Into::into).or_else(beside)?;
    let text = std::fs::read_to_string(&path).unwrap();
    let row = |(n, line): (usize, &str)| {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        let field = |name: &str| row[name].as_str().unwrap_or("").to_owned();
        IndexDoc { reply: field("reply"), seq: n as i64 + 1, ..doc(&field("id"), 1, &field("title"), &field("text")) }
    };
    Some(text.lines().enumerate().map(row).collect())
}

/// A stretch of 2 to 12 characters of one of a ticket's texts, as it stands there, if there is one.
fn stretch(doc: &IndexDoc, text: usize, from: usize, length: usize) -> Option<String> {
    let texts = [&doc.appeal.title, &doc.appeal.text, &doc.reply, &doc.place];
    let chars: Vec<char> = texts[text % 4].chars().collect();
    let last = chars.len().checked_sub(length)?;
    Some(chars[from % (last + 1)..][..length].iter().collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn as_a_phrase(n: usize, text in 0usize..4, from: usize, length in 2usize..=12) {
        let doc = &corpus().docs[n % corpus().docs.len()];
        if let Some(piece) = stretch(doc, text, from, length) {
            prop_assert!(corpus().finds(phrase(&piece), doc), "{piece} does not find {}", doc.ticket);
        }
    }

    #[test]
    fn as_plain_words(n: usize, text in 0usize..4, from: usize, length in 2usize..=12) {
        let doc = &corpus().docs[n % corpus().docs.len()];
        if let Some(piece) = stretch(doc, text, from, length) {
            prop_assert!(corpus().finds(words(&piece), doc), "{piece} does not find {}", doc.ticket);
        }
    }
}

/// As many stretches as `TINGSU_RECALL` says (4,000 without it), as phrases and as plain words:
/// `TINGSU_RECALL=1000000 cargo test --release --test it recall::of_real_appeals -- --nocapture`
#[test]
fn of_real_appeals() {
    let Some(docs) = real() else {
        println!("skipped: no real appeals at hand (TINGSU_APPEALS names a file)");
        return;
    };
    let wanted = std::env::var("TINGSU_RECALL").map_or(4_000, |n| n.parse().unwrap());
    let corpus = Corpus::of(docs);
    let (mut dice, mut asked, mut missed) = (StdRng::seed_from_u64(7), 0_u64, Vec::new());
    while asked < wanted {
        let doc = &corpus.docs[dice.random_range(0..corpus.docs.len())];
        let piece = stretch(doc, dice.random_range(0..3), dice.random_range(0..100_000), dice.random_range(2..=12));
        let Some(piece) = piece else { continue };
        asked += 1;
        for (way, wanted) in [("phrase", phrase(&piece)), ("words", words(&piece))] {
            if !corpus.finds(wanted, doc) {
                missed.push(format!("{way} {piece:?} of {}", doc.ticket));
            }
        }
    }
    println!("{asked} stretches of {} appeals, {} missed", corpus.docs.len(), missed.len());
    assert!(missed.is_empty(), "{} of {asked}: {:?}", missed.len(), &missed[..missed.len().min(20)]);
}

/// Every way of writing finds every other; names, house numbers, bus lines and plates as they stand.
#[test]
fn as_written_or_written_otherwise() {
    let text = "國際論壇旁的农业发展银行，乘18路或Ｋ１０２路到E区3幢2单元1503室，车牌苏F·8A91K、沪AD12345，\
                拨１２３４５，在“ＡＰＰ”里报“ＷｉＦｉ-5G”，编号GB/T 1.1-2020、№7、①号楼、㎡、Ⅲ期、C++班，王小二。";
    let noise = "118路和8路、E1区、13幢12单元、12346、农民、业发、国际、论坛、APPLE、苏F8A91、王小。";
    let shelf = Shelf::of(&[doc("IT", 1, "", text), doc("NO", 2, "", noise)]);
    for typed in [
        "国际论坛",
        "國際論壇",
        "国際论壇",
        "农业",
        "發展",
        "业发",
        "展银",
        "银行",
        "18路",
        "１８路",
        "k102",
        "K102路",
        "Ｅ区",
        "e区",
        "3幢2单元",
        "３幢２单元",
        "3幢 2单元",
        "1503室",
        "1503",
        "苏F·8A91K",
        "苏f·8a91k",
        "沪AD12345",
        "AD12345",
        "12345",
        "１２３４５",
        "app",
        "ＡＰＰ",
        "APP",
        "wifi",
        "ＷｉＦｉ-5G",
        "5g",
        "GB/T 1.1-2020",
        "gb/t1.1",
        "1号楼",
        "①号楼",
        "m2",
        "㎡",
        "III期",
        "ⅲ期",
        "c++",
        "王小二",
        "小二",
    ] {
        assert!(ids(&shelf.found(&asking(phrase(typed)))).contains(&"IT".to_owned()), "phrase {typed}");
        let found = shelf.found(&asking(words(typed)));
        assert!(ids(&found).contains(&"IT".to_owned()) && !found.relaxed, "words {typed}");
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
