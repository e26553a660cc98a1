//! Kept queries against new tickets: what is told is what a search would find.

use proptest::prelude::*;
use rand::{RngExt, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use tingsu::search::{Percolator, parse};

use super::*;

fn kept(typed: &[&str]) -> Percolator {
    let queries = typed.iter().zip(1..).map(|(q, n)| (n, parse(q, now()).0)).collect();
    Percolator::new(queries, segmenter(), &[vec!["医保卡".to_owned(), "社保卡".to_owned()]])
}

#[test]
fn each_query_tells_its_tickets() {
    let mut noise = doc("N", 3, "夜间施工", "工地夜里打桩，噪音很大。");
    noise.facets.insert(Facet::Department, "生态环境局".to_owned());
    let docs = [doc("A", 1, "小区停水", "东湖花园小区从昨晚开始停水。"), doc("S", 2, "社保卡补办", "卡丢了"), noise];
    let check = |typed: &str, wanted: &[&str]| {
        let matches = kept(&[typed]).matches(&docs).unwrap();
        assert_eq!(matches.iter().map(|(_, t)| t.as_str()).collect::<Vec<_>>(), wanted, "{typed}");
    };
    check("停水", &["A"]);
    check("\"水。\"", &["A"]);
    check("停水 -东湖", &[]);
    check("停水 或 打桩", &["A", "N"]);
    check("医保卡", &["S"]);
    check("部门:生态环境局", &["N"]);
    check("停水 部门:生态环境局", &[]);
    check("-停水", &["S", "N"]);
    check("时间:2026-05-02..2026-05-03", &["S", "N"]);
    check("停", &["A"]);
    check("停水了怎么没人管也没人说一声呢游泳馆", &[]);
    check("", &["A", "S", "N"]);
    check("…", &[]);
    assert_eq!(kept(&["停水", "施工"]).matches(&docs).unwrap(), [(1, id("A")), (2, id("N"))]);
    assert_eq!(kept(&["停水"]).matches(&[]).unwrap(), []);
    assert_eq!(kept(&[]).matches(&docs).unwrap(), []);
}

/// Queries as people keep them, from the words of tickets.
fn queries_of(docs: &[IndexDoc], count: usize, dice: &mut StdRng) -> Vec<String> {
    let piece = |dice: &mut StdRng| {
        let doc = docs.choose(dice).unwrap();
        let chars: Vec<char> = doc.appeal.text.chars().filter(|c| c.is_alphanumeric()).collect();
        let length = dice.random_range(1..=6).min(chars.len());
        let from = dice.random_range(0..=chars.len() - length);
        chars[from..from + length].iter().collect::<String>()
    };
    let value = |dice: &mut StdRng, facet: Facet| {
        let doc = docs.choose(dice).unwrap();
        format!("{}:\"{}\"", facet.query_name(), doc.facets.get(&facet).cloned().unwrap_or_default())
    };
    (0..count)
        .map(|n| match n % 8 {
            0 => format!("\"{}\"", piece(dice)),
            1 => format!("{} {}", piece(dice), piece(dice)),
            2 => format!("{} 或 {} 或 \"{}\"", piece(dice), piece(dice), piece(dice)),
            3 => format!("{} -{}", piece(dice), piece(dice)),
            4 => format!("{} {}", piece(dice), value(dice, Facet::District)),
            5 => value(dice, Facet::Department),
            6 => format!("{}{}{}{}", piece(dice), piece(dice), piece(dice), piece(dice)),
            _ => piece(dice),
        })
        .collect()
}

#[test]
fn told_is_what_a_search_of_the_batch_finds() {
    let docs = simulated();
    let mut dice = StdRng::seed_from_u64(3);
    let typed = queries_of(&docs, 600, &mut dice);
    let synonyms = [vec!["噪音".to_owned(), "噪声".to_owned()], vec!["小区".to_owned(), "社区".to_owned()]];
    let queries: Vec<(i64, Query)> = typed.iter().zip(1..).map(|(q, n)| (n, parse(q, now()).0)).collect();
    let percolator = Percolator::new(queries.clone(), segmenter(), &synonyms);
    let mut told = 0;
    for batch in [&docs[..1], &docs[..40], &docs[300..700]] {
        let shelf = Shelf::of(batch);
        shelf.index.set_synonyms(&synonyms);
        let mut wanted: Vec<(i64, TicketId)> = Vec::new();
        for (n, query) in &queries {
            let found = shelf.found(&Query { limit: 1_000, ..query.clone() });
            if !found.relaxed {
                wanted.extend(found.hits.into_iter().map(|h| (*n, h.ticket)));
            }
        }
        let mut got = percolator.matches(batch).unwrap();
        told += got.len();
        got.sort();
        wanted.sort();
        assert_eq!(got, wanted);
    }
    assert!(told > 500, "only {told} matches were compared");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_query_and_any_ticket(typed in "\\PC{0,40}", title in "\\PC{0,20}", text in "[\\p{Han}，。a-zA-Z0-9 ]{0,60}") {
        let docs = [doc("A", 1, &title, &text), doc("B", 2, &text, &typed)];
        let shelf = Shelf::of(&docs);
        let query = parse(&typed, now()).0;
        let found = shelf.found(&Query { limit: 10, ..query.clone() });
        let mut wanted: Vec<TicketId> = if found.relaxed { vec![] } else { found.hits.into_iter().map(|h| h.ticket).collect() };
        wanted.sort();
        let mut got: Vec<TicketId> =
            Percolator::new(vec![(1, query)], segmenter(), &[]).matches(&docs).unwrap().into_iter().map(|m| m.1).collect();
        got.sort();
        prop_assert_eq!(got, wanted);
    }
}
