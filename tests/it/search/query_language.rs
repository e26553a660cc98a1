//! The query language: check tables, and strings nobody would type.

use proptest::prelude::*;
use tingsu::{
    domain::{Span, format_city},
    search::{QueryNote, Sort, parse},
};

use super::*;

/// Wanted part and filters in one line, for the tables.
fn shown(typed: &str) -> String {
    let (query, notes) = parse(typed, now());
    let term = |t: &Term| match t {
        Term::Words(w) => w.clone(),
        Term::Phrase(p) => format!("\"{p}\""),
    };
    let mut out: Vec<String> = Vec::new();
    out.extend(query.wanted.groups.iter().map(|g| g.iter().map(term).collect::<Vec<_>>().join("|")));
    out.extend(query.wanted.not.iter().map(|t| format!("-{}", term(t))));
    out.extend(query.filters.iter().map(|(f, v)| format!("{}={}", f.code(), v.join(","))));
    out.extend(query.excluded.iter().map(|(f, v)| format!("{}!={}", f.code(), v.join(","))));
    let day = |at: Option<jiff::Timestamp>| at.map_or(String::new(), |at| format_city(at)[..16].replace("T00:00", ""));
    if query.received != Default::default() {
        out.push(format!("[{} {})", day(query.received.from), day(query.received.to)));
    }
    if query.sort != Sort::Relevance {
        out.push(format!("{:?}", query.sort));
    }
    out.extend(notes.iter().map(|n| format!("!{}..{}", n.span.start, n.span.end)));
    out.join(" ")
}

#[test]
fn what_is_typed_is_understood() {
    let check = |typed: &str, wanted: &str| assert_eq!(shown(typed), wanted, "{typed}");
    check("小区停水", "小区停水");
    check("  小区　停水\t物业 ", "小区 停水 物业");
    check("\"小区停水\" 物业", "\"小区停水\" 物业");
    check("“小区停水”「水泵」『楼顶』", "\"小区停水\" \"水泵\" \"楼顶\"");
    check("他说\"停水\"了", "他说 \"停水\" 了");
    check("停水 -物业 －\"水泵 坏\"", "停水 -物业 -\"水泵 坏\"");
    check("wes-5 苏-A", "wes-5 苏-A");
    check("- 停水", "- 停水");
    check("停水 OR 停电 物业", "停水|停电 物业");
    check("停水 或 停电 或 \"停气\"", "停水|停电|\"停气\"");
    check("停水 | 停电", "停水|停电");
    check(
        "类别:0802 部门：水务公司",
        "0802|".trim_end_matches('|').replace("0802", "category=0802 department=水务公司").as_str(),
    );
    check("区县:东区,西区 区县:南区", "district=东区,西区,南区");
    check("-渠道:网站 投诉", "投诉 channel!=网站");
    check("急度:特急,u2", "urgency=U1,U2");
    check("类型:感谢 状态:已办结 渠道:来电", "type=表扬 channel=电话 status=已办结待回访");
    check("街镇:\"甲 街道\"", "town=甲 街道");
    check("department:a Level1:b caller:C1", "level1=b department=a caller=C1");
    check("類別:供水 部門：甲 區縣:乙", "category=供水 department=甲 district=乙");
    check("急度:Ｕ１,特级 -渠道:電話", "urgency=U1 channel!=电话");
    check("急度:特急 OR 急度:紧急 停水", "停水 urgency=U1,U2");
    check("停水 排序:最新", "停水 Newest");
    check("sort:oldest", "Oldest");
}

#[test]
fn times_are_days_of_the_city() {
    // now() is Wednesday 2026-05-20 15:30.
    let check = |value: &str, wanted: &str| assert_eq!(shown(&format!("时间:{value}")), wanted, "{value}");
    check("2026-05-01..2026-05-07", "[2026-05-01 2026-05-08)");
    check("2026/5/1～2026/5/7", "[2026-05-01 2026-05-08)");
    check("2026年5月1日至2026年5月7日", "[2026-05-01 2026-05-08)");
    check("2026-05-01..", "[2026-05-01 )");
    check("..2026-05-07", "[ 2026-05-08)");
    check("2026-05", "[2026-05-01 2026-06-01)");
    check("2026", "[2026-01-01 2027-01-01)");
    check("2026年", "[2026-01-01 2027-01-01)");
    check("5月", "[2026-05-01 2026-06-01)");
    check("5月7日", "[2026-05-07 2026-05-08)");
    check("12月", "[2025-12-01 2026-01-01)");
    check("今天", "[2026-05-20 2026-05-21)");
    check("昨天", "[2026-05-19 2026-05-20)");
    check("近７天", "[2026-05-14 2026-05-21)");
    check("近7天", "[2026-05-14 2026-05-21)");
    check("最近３天", "[2026-05-18 2026-05-21)");
    check("近一周", "[2026-05-14 2026-05-21)");
    check("近1个月", "[2026-04-21 2026-05-21)");
    check("近一年", "[2025-05-21 2026-05-21)");
    check("本周", "[2026-05-18 2026-05-21)");
    check("上周", "[2026-05-11 2026-05-18)");
    check("本月", "[2026-05-01 2026-05-21)");
    check("上月", "[2026-04-01 2026-05-01)");
    check("今年", "[2026-01-01 2026-05-21)");
    check("去年", "[2025-01-01 2026-01-01)");
    check("上周..今天", "[2026-05-11 2026-05-21)");
    assert_eq!(shown("时间:本月 时间:近7天"), "[2026-05-14 2026-05-21)", "both hold");
}

#[test]
fn what_cannot_be_read_is_searched_and_noted() {
    let check = |typed: &str, wanted: &str| assert_eq!(shown(typed), wanted, "{typed}");
    check("停水 \"没有关", "停水 没有关 !3..4");
    check("时间:大前天的大前天", "时间:大前天的大前天 !0..10");
    check("时间:2026-05-07..2026-05-01", "时间:2026-05-07..2026-05-01 !0..25");
    check("时间:2026-02-30", "时间:2026-02-30 !0..13");
    check("急度:很急", "急度:很急 !0..5");
    check("停水 部门:", "停水 部门: !3..6");
    check("OR 停水", "OR 停水 !0..2");
    check("停水 OR", "停水 OR !3..5");
    check("停水 OR -物业", "停水 OR -物业 !3..5");
    check("急度:特急 OR 停水", "OR 停水 urgency=U1 !6..8");
    check("急度:特急 OR 渠道:电话", "OR urgency=U1 channel=电话 !6..8");
    check("部们:水务", "部们:水务 !0..2");
    check("\"\"", "!0..2");
    check("12:30停水 http://a.b", "12:30停水 http://a.b");
    let (_, notes) = parse("渠道:飞鸽", now());
    assert!(matches!(&notes[..], [QueryNote { message, .. }] if message.contains("电话、网站")), "{notes:?}");
}

#[test]
fn a_very_long_query_is_cut_and_said() {
    let (query, notes) = parse(&"停水".repeat(5_000), now());
    assert_eq!(query.wanted.groups.len(), 1);
    assert_eq!(notes[0].span, Span::new(4_000, 10_000));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_string_is_read(typed in "\\PC{0,60}") {
        let (_, notes) = parse(&typed, now());
        let length = typed.chars().count();
        for note in notes {
            prop_assert!(note.span.end <= length && !note.message.is_empty());
        }
    }

    #[test]
    fn marks_in_any_order_are_read(typed in "([\"“”「」:：\\-－| 　]|OR|或|时间|急度|停水|近|7|天|\\.\\.){0,30}") {
        let length = typed.chars().count();
        let (_, notes) = parse(&typed, now());
        prop_assert!(notes.iter().all(|n| n.span.end <= length), "{notes:?}");
    }

    #[test]
    fn plain_words_stay_what_they_are(words in prop::collection::vec("[\\p{Han}a-z0-9，。（）]{1,8}", 1..6)) {
        prop_assume!(words.iter().all(|w| w != "或"));
        let (query, notes) = parse(&words.join(" "), now());
        prop_assert_eq!(notes, []);
        let read: Vec<Vec<Term>> = words.into_iter().map(|w| vec![Term::Words(w)]).collect();
        prop_assert_eq!(query.wanted.groups, read);
    }
}
