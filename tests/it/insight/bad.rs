//! Bad input: no panic, a sensible result, a warning where something is left out.

use proptest::prelude::*;
use tingsu::insight::{Heard, times};

use super::{groups, heard, run};

#[test]
fn nothing_and_little() {
    let found = run(&[]);
    assert!(found.events.is_empty() && found.topics.is_empty() && found.alone.is_empty());
    let found = run(&[heard("a|2026-05-02 09:00||水|")]);
    assert_eq!(found.alone.len(), 1);
    assert!(found.warnings.iter().any(|w| w.contains("不足四个字")), "{:?}", found.warnings);
}

#[test]
fn times_that_are_missing_or_far_away() {
    let mut appeals: Vec<Heard> = (0..8)
        .map(|n| heard(&format!("t{n}|2026-05-02 0{n}:00|望江街道|望江路爆管停水|望江路主管爆裂,整条街停水,请抢修。")))
        .collect();
    appeals[1].at = None;
    appeals[2].at = tingsu::domain::parse_city("2199-01-01 00:00").ok();
    let found = run(&appeals);
    let burst = groups(&found).into_iter().find(|g| g.contains(&"t0")).unwrap().len();
    assert!(burst >= 6, "{found:?}");
    assert!(found.warnings.iter().any(|w| w.contains("没有可用的时间")));
}

#[test]
fn ten_thousand_identical_texts_are_one_event() {
    let appeals: Vec<Heard> = (0..10_000)
        .map(|n| {
            let mut one = heard("x|2026-05-02 09:00|望江街道|望江路停水|望江路停水了,什么时候来水?");
            one.id = format!("x{n:05}");
            one.caller = Some(one.id.clone());
            one
        })
        .collect();
    let found = run(&appeals);
    assert_eq!(found.events.len(), 1, "{} events", found.events.len());
    assert_eq!(found.events[0].tickets.len(), 10_000);
}

#[test]
fn one_character_says_nothing_and_breaks_nothing() {
    let appeals: Vec<Heard> = (0..40)
        .map(|n| heard(&format!("c{n:02}|2026-05-02 09:00|||{}", if n % 2 == 0 { "水" } else { "!" })))
        .collect();
    let found = run(&appeals);
    let held = found.alone.len() + found.events.iter().map(|e| e.tickets.len()).sum::<usize>();
    assert_eq!(held, 40);
    assert!(found.warnings.iter().any(|w| w.contains("40 件不足四个字")), "{:?}", found.warnings);
}

#[test]
fn a_leap_day_an_empty_hour_and_a_city_without_towns() {
    let burst = |n: usize| {
        let at = ["2028-02-28 23:50", "2028-02-29 00:10", "2028-02-29 12:00", "2028-03-01 00:05"][n % 4];
        heard(&format!("y{n}|{at}||望江路爆管停水|望江路主水管爆裂,整条街停水,请抢修{n}。"))
    };
    let found = run(&(0..8).map(burst).collect::<Vec<_>>());
    let [event] = found.events.as_slice() else { panic!("{:?}", groups(&found)) };
    assert_eq!(event.portrait.daily, [2, 4, 2], "the leap day is a day");
    assert_eq!((event.portrait.hourly.len(), event.portrait.hourly.iter().sum::<usize>()), (48, 8));
    assert!(event.portrait.hourly.contains(&0), "hours without an appeal count as none");
    assert!(event.portrait.regions.is_empty() && !event.portrait.title.is_empty());
}

#[test]
fn a_time_in_the_future_is_told_and_moves_nothing() {
    let line = |n: usize| {
        heard(&format!("t{n}|2026-05-02 0{}:00|望江街道|望江路爆管停水|望江路主管爆裂,整条街停水,请抢修{n}。", n % 9))
    };
    let mut appeals: Vec<Heard> = (0..40).map(line).collect();
    let plain = run(&appeals);
    appeals.push(Heard { at: tingsu::domain::parse_city("2199-01-01 00:00").ok(), ..line(7) });
    appeals[40].id = "late".into();
    let found = run(&appeals);
    assert!(found.warnings.iter().any(|w| w.contains("远晚于其余")), "{:?}", found.warnings);
    let heat = |found: &tingsu::insight::Findings| found.events.iter().map(|e| e.heat.callers).max();
    assert_eq!(heat(&found), heat(&plain), "the last week is that of the others");
    let told = |found: &tingsu::insight::Findings| -> Vec<String> {
        found.events.iter().map(|e| format!("{:?} {:?} {:?}", e.heat, e.alarms, e.state)).collect()
    };
    assert_eq!(told(&found), told(&plain), "no alarm is closed, nothing cools down");
}

#[test]
fn an_id_that_comes_twice_counts_once() {
    let line = "x|2026-05-02 09:00|望江街道|望江路停水|望江路停水了,什么时候来水?";
    let found = run(&[heard(line), heard(line)]);
    assert_eq!(found.alone.len() + found.events.iter().map(|e| e.tickets.len()).sum::<usize>(), 1);
    assert!(found.warnings.iter().any(|w| w.contains("编号重复")));
}

#[test]
fn times_without_a_year() {
    let check = |given: &[&str], wanted: &[Option<&str>], unread: &[usize]| {
        let given: Vec<Option<String>> = given.iter().map(|t| Some((*t).to_owned())).collect();
        let (read, bad) = times(&given);
        let days: Vec<Option<String>> = read
            .iter()
            .map(|t| t.map(|t| tingsu::domain::city_time(t).strftime("%Y-%m-%d %H:%M").to_string()))
            .collect();
        let wanted: Vec<Option<String>> = wanted.iter().map(|t| t.map(str::to_owned)).collect();
        assert_eq!(days, wanted);
        assert_eq!(bad, unread);
    };
    check(&["05-12 08:52", "2025-05-13 09:00"], &[Some("2025-05-12 08:52"), Some("2025-05-13 09:00")], &[]);
    check(&["02-29 08:00"], &[Some("2024-02-29 08:00")], &[]);
    check(&["12-31 23:00", "01-01 01:00"], &[Some("2023-12-31 23:00"), Some("2024-01-01 01:00")], &[]);
    // a winter whose latest time has a year
    check(&["12-28 10:00", "2026-01-05 09:00"], &[Some("2025-12-28 10:00"), Some("2026-01-05 09:00")], &[]);
    // a year of short times after a first one with a year is no winter
    check(
        &["2026-01-05 09:00", "06-01 09:00", "12-28 10:00"],
        &[Some("2026-01-05 09:00"), Some("2026-06-01 09:00"), Some("2026-12-28 10:00")],
        &[],
    );
    check(&["11-28 10:00", "2026-11-30 09:00"], &[Some("2026-11-28 10:00"), Some("2026-11-30 09:00")], &[]);
    check(&["02-30 08:00", "gestern", "05-12 25:00"], &[None, None, None], &[0, 1, 2]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn no_text_makes_it_panic(texts in prop::collection::vec(".{0,60}", 0..12), hours in -40_000_000_000_i64..40_000_000_000) {
        let appeals: Vec<Heard> = texts
            .into_iter()
            .enumerate()
            .map(|(n, text)| Heard {
                id: n.to_string(),
                at: jiff::Timestamp::from_second(hours.wrapping_add(n as i64 * 700)).ok().filter(|_| n % 3 > 0),
                place: Some(text.clone()),
                title: text.chars().rev().collect(),
                text,
                ..Heard::default()
            })
            .collect();
        let found = run(&appeals);
        prop_assert_eq!(found.alone.len() + found.events.iter().map(|e| e.tickets.len()).sum::<usize>(), appeals.len());
    }
}

#[test]
fn nothing_has_a_time() {
    let mut appeals: Vec<Heard> = (0..6)
        .map(|n| heard(&format!("u{n}||望江街道|望江路爆管停水|望江路主管爆裂,整条街停水,请抢修{n}。")))
        .collect();
    appeals.push(heard("v||三垦镇|公交车晚点|三垦镇到市区的公交车每天晚点二十分钟。"));
    let found = run(&appeals);
    assert_eq!(found.alone.len() + found.events.iter().map(|e| e.tickets.len()).sum::<usize>(), 7);
    assert!(found.events.iter().all(|e| e.first.is_none() && e.alarms.is_empty() && e.portrait.daily.is_empty()));
    assert!(found.streams.is_empty());
    assert!(found.warnings.iter().any(|w| w.contains("7 件没有可用的时间")), "{:?}", found.warnings);
}
