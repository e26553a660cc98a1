//! Strings that nobody should type: they are read, searched, marked, matched and completed in bounded time
//! and memory, and nothing panics.
//!
//! `TINGSU_ABUSE=100000 cargo test --release --test it abuse -- --nocapture` asks so many; 3,000 without it.

use std::time::{Duration, Instant};

use rand::{RngExt, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use tingsu::search::{Percolator, fragments, parse};

use super::*;

/// Longest time on the processor that one string may take in all that is done with it. A string takes a few
/// milliseconds, one of 10,000 terms less than a hundred.
const BOUND: Duration = Duration::from_secs(1);
/// Longest time by the clock where the processor's is not told: of a machine that does other things too.
const BOUND_BY_CLOCK: Duration = Duration::from_secs(5);
/// What the process may grow by while all strings are asked, in MiB.
const GROWTH: u64 = 400;

/// Pieces that mean something to a parser, a segmenter or a normaliser.
const PIECES: &[&str] = &[
    "\"",
    "“",
    "”",
    "「",
    "」",
    "『",
    "'",
    "(",
    ")",
    "（",
    "）",
    "[",
    "{",
    "\\",
    "/",
    "*",
    "?",
    "？",
    "~",
    "^",
    "+",
    "-",
    "－",
    "--",
    ":",
    "：",
    "::",
    "|",
    "||",
    "&",
    "&&",
    "!",
    "OR",
    "或",
    "AND",
    "NOT",
    "TO",
    "..",
    "…",
    "至",
    "~2",
    "^99999999999",
    "*:*",
    "时间:",
    "时间：近",
    "类别:",
    "部门：",
    "急度:U1,U2,",
    "-状态:",
    "排序:最新",
    "来电人:",
    "街镇:\"",
    "近999999999999天",
    "99999999999999999999",
    "-9223372036854775809",
    "1e309",
    "0x7fffffff",
    "2026-02-30",
    "9999-12-31..",
    "..0000-00-00",
    "２０２６年",
    "停水",
    "小区",
    "的",
    "的的的的的的的的",
    "農業發展銀行",
    "ＡＰＰ",
    "①②③",
    "㎡",
    "ﷺ",
    "ß",
    "İ",
    "ǆ",
    "é",
    "e\u{301}",
    "\u{301}\u{302}\u{303}",
    "\u{200d}",
    "👩\u{200d}👧\u{200d}👦",
    "🇨🇳",
    "👍🏽",
    "\u{feff}",
    "\u{ad}",
    "\u{202e}",
    "\u{0}",
    "\u{1b}[31m",
    "\r\n",
    "\t",
    "\u{3000}",
    "\u{a0}",
    "\u{e000}",
    "\u{10ffff}",
    "\u{fffd}",
    "가",
    "\u{1100}\u{1161}",
    "ا",
    "א",
    "ไ",
    "𠀀",
    "ｶﾞ",
    "゛",
    "<script>",
    "';DROP TABLE x;--",
    "%00",
    "${jndi}",
    "T-1",
    "D-0",
    "13812345678",
    "320102199003071234",
    "苏A12345",
    "a@b.c",
];

/// A string of one of many kinds.
fn nasty(dice: &mut StdRng, words: &[String]) -> String {
    let any = |dice: &mut StdRng| char::from_u32(dice.random_range(0..0x11_0000)).unwrap_or('\u{fffd}');
    let piece = |dice: &mut StdRng| (*PIECES.choose(dice).unwrap()).to_owned();
    let word = |dice: &mut StdRng| words.choose(dice).unwrap().clone();
    let short = dice.random_range(0..40);
    match dice.random_range(0..100) {
        0..30 => (0..short).map(|_| piece(dice)).collect(),
        30..45 => (0..short).map(|_| any(dice)).collect(),
        45..60 => (0..short).map(|n| if n % 2 == 0 { word(dice) } else { piece(dice) }).collect(),
        60..70 => (0..short).map(|_| format!("{} ", word(dice))).collect(),
        70..76 => (0..short).map(|_| format!("{} OR ", piece(dice))).collect(),
        76..82 => (0..short).map(|_| format!("-\"{}\" ", word(dice))).collect(),
        82..88 => (0..dice.random_range(0..400)).map(|_| char::from(dice.random_range(0..128_u8))).collect(),
        88..92 => piece(dice).repeat(dice.random_range(1..2_000)),
        92..94 => "(".repeat(dice.random_range(1..3_000)) + &word(dice) + &")".repeat(3_000),
        94..96 => "\u{301}".repeat(dice.random_range(1..4_000)) + &word(dice),
        96..98 => (0..600).map(|_| format!("类别:{} ", word(dice))).collect(),
        98 => (0..4_000).map(|_| any(dice)).collect(),
        // Ten thousand terms; the language reads a bounded part of them and says so.
        _ => (0..10_000).map(|n| format!("{}{n} ", word(dice))).collect(),
    }
}

/// Memory of this process in MiB, where the system tells.
fn memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kib| kib / 1024)
}

/// An appeal may have 100,000 characters: what they are must not make it costly.
#[test]
fn any_text_costs_what_its_length_costs() {
    for piece in [
        "\u{301}",
        "e\u{301}",
        "🇨🇳",
        "👩\u{200d}",
        "ﷺ",
        "\u{1100}\u{1161}",
        "\u{200d}",
        " ",
        "停",
        "a",
        "1",
        "的停水",
        "\u{fe0f}",
        "กำ",
    ] {
        let cost = |length: usize| {
            let text: String = piece.chars().cycle().take(length).collect();
            let started = Instant::now();
            let shelf = Shelf::of(&[doc("A", 1, "", &text)]);
            let terms = vec![vec![Term::Words(piece.repeat(3))], vec![Term::Phrase("停水".into())]];
            let marks = shelf.index.highlight(&Wanted { groups: terms, not: vec![] }, &text);
            assert!(fragments(&text, &marks, 60, 3).len() <= 3);
            started.elapsed()
        };
        // Ten times the length may not cost a hundred times as much; the floor is for a machine that does
        // other things too.
        let (short, long) = (cost(10_000), cost(100_000));
        assert!(long < 40 * short.max(Duration::from_millis(200)), "{piece:?}: {short:?}, then {long:?}");
    }
}

#[test]
fn any_string_is_bounded() {
    let count: usize = std::env::var("TINGSU_ABUSE").map_or(3_000, |n| n.parse().unwrap());
    let docs = simulated();
    let shelf = Shelf::of(&docs);
    shelf.index.set_synonyms(&[vec!["停水".to_owned(), "断水".to_owned()], vec!["小区".to_owned(), "社区".to_owned()]]);
    let words: Vec<String> = docs
        .iter()
        .flat_map(|d| d.appeal.text.split(['，', '。', '、']).map(str::to_owned))
        .filter(|w| !w.is_empty())
        .collect();
    let mut dice = StdRng::seed_from_u64(20_261_122);
    let mut times: Vec<Duration> = Vec::with_capacity(count);
    let mut worst = (Duration::ZERO, String::new());
    let (mut noted, mut before) = (0_usize, None);
    for n in 0..count {
        let typed = nasty(&mut dice, &words);
        let (started, on_cpu) = (Instant::now(), crate::on_cpu());
        let (query, notes) = parse(&typed, now());
        let length = typed.chars().count();
        for note in &notes {
            assert!(note.span.start <= note.span.end && note.span.end <= length, "{note:?}");
            assert!(note.message.chars().count() < 200 && !note.message.is_empty(), "{note:?}");
        }
        noted += usize::from(!notes.is_empty());
        let query = Query { limit: 10, count: Facet::ALL.to_vec(), over_time: Some(Default::default()), ..query };
        let found = shelf.found(&query);
        assert!(found.hits.len() <= 10 && found.hits.len() <= found.total);
        let highlighter = shelf.index.highlighter(&query.wanted);
        for text in [typed.as_str(), docs[n % docs.len()].appeal.text.as_str()] {
            let length = text.chars().count();
            let marks = highlighter.spans(text);
            assert!(marks.iter().all(|m| m.start < m.end && m.end <= length));
            let shown = fragments(text, &marks, 60, 3);
            assert!(shown.len() <= 3 && shown.iter().all(|s| s.end <= length));
        }
        shelf.index.words_from(&typed, 5, 8).unwrap();
        Percolator::new(vec![(1, query)], segmenter(), &[]).matches(&docs[n % docs.len()..][..1]).unwrap();
        // how long it waited for others says nothing about it
        let (took, bound) = match on_cpu.zip(crate::on_cpu()) {
            Some((before, after)) => (after.saturating_sub(before), BOUND),
            None => (started.elapsed(), BOUND_BY_CLOCK),
        };
        assert!(took < bound, "{took:?} for {:?}…", typed.chars().take(200).collect::<String>());
        if took > worst.0 {
            worst = (took, typed.chars().take(60).collect());
        }
        times.push(took);
        // The first ones fill caches and pools.
        if n == 500 {
            before = memory();
        }
    }
    times.sort();
    let grown = before.zip(memory()).map(|(before, after)| after.saturating_sub(before));
    println!(
        "{count} strings, {noted} with notes: p50 {:?}, p99 {:?}, slowest {:?} ({:?}…), grown by {grown:?} MiB",
        times[count / 2],
        times[count * 99 / 100],
        worst.0,
        worst.1
    );
    assert!(grown.is_none_or(|grown| grown < GROWTH), "memory grew by {grown:?} MiB");
}
