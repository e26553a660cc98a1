//! Alarms of categories at places and of keywords.

use tingsu::{
    domain::parse_city,
    insight::{
        Findings, Heard, Stream, StreamOf,
        alarm::{AlarmKind, Cause, Change},
    },
};

use super::run;

const MATTERS: [(&str, &str); 6] = [
    ("0105", "社保卡补办要带什么材料"),
    ("0401", "物业费涨价没有公示"),
    ("0705", "行道树枯死无人补种"),
    ("0801", "自来水压力不足洗不了澡"),
    ("1003", "消防通道被私家车占用"),
    ("1202", "预付卡余额退不出来"),
];

fn call(id: String, at: &str, town: &str, matter: (&str, &str), caller: &str) -> Heard {
    Heard {
        text: format!("{},编号{id}", matter.1),
        id,
        at: parse_city(at).ok(),
        district: Some("滨江区".into()),
        town: Some(town.into()),
        categories: vec![(matter.0.into(), 0.9)],
        caller: Some(caller.into()),
        ..Heard::default()
    }
}

/// Four weeks of ordinary days.
fn month() -> Vec<Heard> {
    let mut all = Vec::new();
    for day in 1..=28 {
        for n in 0..6 {
            let at = format!("2026-05-{day:02} {:02}:{:02}", 8 + n, (day * 7 + n * 11) % 60);
            let town = ["学士街道", "望江街道", "云台街道"][(day + n) % 3];
            all.push(call(format!("B{day}-{n}"), &at, town, MATTERS[(day * 5 + n) % 6], &format!("b{day}-{n}")));
        }
    }
    all
}

/// Calls of one category in one town within half an hour, each in other words.
fn burst(callers: usize) -> Vec<Heard> {
    let words = ["灶台没火", "点不着", "气压低", "烧不了饭", "热水器停了", "总阀关了", "整幢没气", "维修没来"];
    let text = |n: usize| ("0803", words[n % 8]);
    (0..8)
        .map(|n| {
            call(
                format!("X{n}"),
                &format!("2026-05-27 18:{:02}", n * 4),
                "望江街道",
                text(n),
                &format!("x{}", n % callers),
            )
        })
        .collect()
}

fn place<'f>(found: &'f Findings, category: &str) -> Option<&'f Stream> {
    found.streams.iter().find(|s| matches!(&s.of, StreamOf::Place { category: c, .. } if c == category))
}

#[test]
fn a_category_at_a_place_raises_an_alarm_within_five_callers() {
    let found = run(&[month(), burst(8)].concat());
    let stream = place(&found, "0803").expect("an alarm");
    let first = &stream.alarms[0];
    assert_eq!((first.change, first.kind, first.cause), (Change::Raised, AlarmKind::Sudden, Cause::Over));
    assert!(first.callers <= 5 && first.expected < 0.5, "{first:?}");
    assert!(stream.newest().iter().all(|t| t.starts_with('X')), "{:?}", stream.tickets);
    assert!(stream.open().is_some(), "a day later it is still open");
    assert!(place(&found, "0401").is_none(), "ordinary streams stay quiet");
}

#[test]
fn one_caller_is_no_alarm() {
    assert!(place(&run(&[month(), burst(1)].concat()), "0803").is_none());
}

#[test]
fn silence_closes_it_and_says_so() {
    let mut later = month();
    for day in 1..=9 {
        let at = format!("2026-06-{day:02} 09:00");
        later.push(call(format!("C{day}"), &at, "学士街道", MATTERS[day % 6], &format!("c{day}")));
    }
    let found = run(&[later, burst(8)].concat());
    let stream = place(&found, "0803").expect("an alarm");
    let last = stream.alarms.last().unwrap();
    assert_eq!((last.change, last.cause, stream.open()), (Change::Closed, Cause::Quiet, None));
    assert!(!stream.newest().is_empty(), "whose alarm it was stays known");
}

#[test]
fn a_word_that_many_suddenly_say_raises_an_alarm() {
    // eight matters of eight categories in all towns, one word in common
    let said = (0..9).map(|n| {
        let town = ["学士街道", "望江街道", "云台街道"][n % 3];
        let text = format!("{},说是受龙卷风影响", MATTERS[n % 6].1);
        let at = format!("2026-05-27 {:02}:05", 9 + n / 3);
        Heard { text, ..call(format!("W{n}"), &at, town, MATTERS[n % 6], &format!("w{n}")) }
    });
    let found = run(&month().into_iter().chain(said).collect::<Vec<_>>());
    let words: Vec<&StreamOf> = found.streams.iter().map(|s| &s.of).collect();
    assert!(words.contains(&&StreamOf::Keyword("龙卷风".into())), "{words:?}");
}
