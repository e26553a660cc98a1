//! Alarms of categories at places and of keywords.

use tingsu::{
    domain::parse_city,
    insight::{
        Findings, Heard, State, Stream, StreamOf,
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

#[test]
fn a_wrong_date_closes_no_alarm_and_raises_none() {
    let plain = [month(), burst(8)].concat();
    let told = |appeals: &[Heard]| -> Vec<String> {
        run(appeals).streams.iter().map(|s| format!("{:?} {:?} {:?}", s.of, s.alarms, s.tickets)).collect()
    };
    let wanted = told(&plain);
    assert!(wanted.iter().any(|s| s.contains("0803")), "{wanted:?}");
    for wrong in ["2062-05-27 18:00", "1900-01-01 00:00"] {
        // of another matter and place than the others, so that nothing but its date could move them
        let astray = Heard { district: None, town: None, ..call("Z".into(), wrong, "", ("1301", "路灯不亮"), "z") };
        let mut appeals = plain.clone();
        appeals.push(astray);
        assert_eq!(told(&appeals), wanted, "{wrong}");
    }
}

#[test]
fn a_plate_that_many_say_is_neither_a_term_nor_a_keyword() {
    let said = (0..9).map(|n| {
        let town = ["学士街道", "望江街道", "云台街道"][n % 3];
        let text = format!("{},开车的是苏A12345,请查苏A12345", MATTERS[n % 6].1);
        let at = format!("2026-05-27 {:02}:05", 9 + n / 3);
        Heard { text, ..call(format!("W{n}"), &at, town, MATTERS[n % 6], &format!("w{n}")) }
    });
    let same = (0..6).map(|n| {
        let text = format!("渣土车苏A12345在望江路乱倒渣土,第{n}次看到苏A12345");
        Heard {
            text,
            ..call(format!("V{n}"), &format!("2026-05-26 09:{n:02}"), "望江街道", ("0705", ""), &format!("v{n}"))
        }
    });
    let found = run(&month().into_iter().chain(said).chain(same).collect::<Vec<_>>());
    assert!(found.events.iter().any(|e| e.tickets.contains(&"V0".to_owned())), "an event whose plate is telling");
    let terms = found.events.iter().map(|e| &e.portrait).chain(found.topics.iter().map(|t| &t.portrait));
    let terms: Vec<&String> = terms.flat_map(|p| &p.terms).collect();
    let words: Vec<&StreamOf> = found.streams.iter().map(|s| &s.of).collect();
    let said = format!("{terms:?} {words:?}").to_lowercase();
    assert!(said.contains("渣土") && !said.contains("12345"), "{said}");
}

#[test]
fn a_hotline_of_one_channel_has_new_things_too() {
    let with = |channels: [Option<&str>; 2]| {
        let mut appeals = [month(), burst(8)].concat();
        for (n, one) in appeals.iter_mut().enumerate() {
            one.channel = channels[usize::from(one.id.starts_with('X') || n % 2 == 0)].map(str::to_owned);
            if one.id.starts_with('X') {
                one.title = "望江街道整片没有燃气".into();
            }
        }
        let found = run(&appeals);
        let event = found.events.iter().find(|e| e.tickets.contains(&"X0".to_owned())).expect("an event");
        assert!(event.heat.callers >= 5, "{:?}", event.heat);
        event.state
    };
    assert_eq!(with([Some("电话"), Some("电话")]), State::New, "by telephone alone");
    assert_eq!(with([None, None]), State::New, "not told");
    assert_eq!(with([Some("网站"), Some("电话")]), State::Steady, "one of two ways");
}

/// Callers in one hour who say a word that nobody else says, each of another matter.
fn saying(word: &str, day: &str, callers: usize) -> Vec<Heard> {
    let one = |n: usize| {
        let town = ["学士街道", "望江街道", "云台街道"][n % 3];
        let text = format!("{},说是受{word}影响", MATTERS[n % 6].1);
        let id = format!("{word}{day}-{n}");
        Heard { text, ..call(id.clone(), &format!("2026-05-{day} 09:{:02}", n * 3), town, MATTERS[n % 6], &id) }
    };
    (0..callers).map(one).collect()
}

#[test]
fn what_an_earlier_alarm_was_about_is_not_what_is_usual() {
    let found = run(&[month(), saying("龙卷风", "13", 14), saying("龙卷风", "27", 5)].concat());
    let of = StreamOf::Keyword("龙卷风".into());
    let stream = found.streams.iter().find(|s| s.of == of).expect("an alarm");
    let raised: Vec<usize> = (0..stream.alarms.len()).filter(|&n| stream.alarms[n].change == Change::Raised).collect();
    let [_, second] = raised.as_slice() else { panic!("{:?}", stream.alarms) };
    assert!(stream.tickets[*second].iter().all(|t| t.starts_with("龙卷风27")), "{:?}", stream.tickets);
}

#[test]
fn one_burst_is_told_once() {
    let found = run(&[month(), saying("龙卷风", "27", 9)].concat());
    let told = found.streams.iter().filter(|s| s.newest().iter().any(|t| t.starts_with("龙卷风"))).count();
    assert_eq!(told, 1, "{:?}", found.streams.iter().map(|s| &s.of).collect::<Vec<_>>());
}

/// How often people called is no matter that they have in common.
#[test]
fn a_word_that_only_counts_raises_no_alarm() {
    for word in ["第三次", "第二次", "首次", "屡次", "再三", "第5次"] {
        let said = |h: Heard| Heard { text: h.text.replace("说是受", "我").replace("影响", "了"), ..h };
        let told: Vec<Heard> = saying(word, "27", 9).into_iter().map(said).collect();
        let found = run(&[month(), told].concat());
        let words: Vec<&str> = found.streams.iter().filter_map(|s| s.of.word()).collect();
        assert!(words.is_empty(), "{word}: {words:?}");
    }
}
