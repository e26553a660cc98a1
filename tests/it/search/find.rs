//! What is found, and in which order.

use super::*;
use tingsu::{domain::TimeRange, search::Sort};

fn shelf() -> Shelf {
    Shelf::of(&[
        doc("T01", 1, "小区停水", "东湖花园小区从昨晚开始停水，物业说水泵坏了。"),
        doc("T02", 2, "农业发展银行排队", "在农业发展银行办理业务排队两小时。"),
        doc("T03", 3, "路灯不亮", "解放路18路公交站旁路灯不亮，晚上看不清。"),
        doc("T04", 4, "电梯困人", "锦绣家园3幢2单元电梯停在12楼，E区保安已到。"),
        doc("T05", 5, "國際論壇附近噪音", "國際論壇旁邊工地夜間施工，影響休息。"),
        doc("T06", 6, "国际论坛停车难", "国际论坛门口乱停车。"),
        doc("T07", 7, "拨打１２３４５无人接听", "ＡＰＰ里提交后没有回复，打12345也没人接。"),
        doc("T08", 8, "app闪退", "认证app一直闪退，老人办不了。"),
        doc("T09", 9, "自来水发黄", "楼上住户反映自来水发黄有异味，停了半天，小区里都这样。水务公司没来。"),
        doc("T10", 10, "公交绕行", "118路公交绕行没有提前通知。"),
    ])
}

#[test]
fn queries_find_what_people_mean() {
    let shelf = shelf();
    let check = |typed: &str, wanted: &[&str]| {
        let mut got = shelf.ids(typed);
        got.sort();
        assert_eq!(got, wanted, "{typed}");
    };
    check("停水", &["T01"]);
    check("小区停水", &["T01"]);
    check("停水 小区", &["T01"]);
    check("农业", &["T02"]);
    check("发展银行", &["T02"]);
    check("展银", &["T02"]);
    check("\"业发展\"", &["T02"]);
    check("国际论坛", &["T05", "T06"]);
    check("國際論壇", &["T05", "T06"]);
    check("“國際論壇”", &["T05", "T06"]);
    check("12345", &["T07"]);
    check("１２３４５", &["T07"]);
    check("APP", &["T07", "T08"]);
    check("ａｐｐ", &["T07", "T08"]);
    check("3幢2单元", &["T04"]);
    check("3幢 2单元", &["T04"]);
    check("E区", &["T04"]);
    check("e区 电梯", &["T04"]);
    check("18路", &["T03", "T10"]);
    check("\"站旁路灯不亮，晚\"", &["T03"]);
    check("路灯 OR 电梯", &["T03", "T04"]);
    check("路灯 或 电梯 或 停水", &["T01", "T03", "T04"]);
    check("公交 -绕行", &["T03"]);
    check("-小区 水", &[]);
    check("灯", &["T03"]);
    check("T05", &["T05"]);
    check("t05", &["T05"]);
    check("不存在的东西", &[]);
    check("", &["T01", "T02", "T03", "T04", "T05", "T06", "T07", "T08", "T09", "T10"]);
}

#[test]
fn the_exact_place_comes_first() {
    let shelf = shelf();
    assert_eq!(shelf.ids("18路")[0], "T03", "18路 before 118路");
    assert_eq!(shelf.ids("国际论坛 停车")[0], "T06");
}

#[test]
fn a_whole_sentence_finds_its_ticket() {
    let shelf = shelf();
    let got = shelf.ids("请问一下我们东湖花园小区为什么从昨天晚上就开始停水到现在物业还说是水泵坏了要等多久才能修好呢");
    assert_eq!(got.first().map(String::as_str), Some("T01"));
    let found = shelf.found(&asking(words("楼上的认证软件打不开而且闪退了怎么办老人着急")));
    assert!(found.relaxed || found.total > 0);
}

#[test]
fn nothing_found_is_asked_again_with_fewer_parts() {
    let shelf = shelf();
    let found = shelf.found(&asking(words("停水影响游泳馆")));
    assert!(found.relaxed, "{found:?}");
    assert_eq!(ids(&found)[0], "T01");
    let found = shelf.found(&asking(Wanted {
        groups: [words("停水"), words("游泳馆")].map(|w| w.groups[0].clone()).into(),
        not: vec![],
    }));
    assert!(found.relaxed && ids(&found)[0] == "T01", "{found:?}");
    let mixed =
        Wanted { groups: [words("停水"), phrase("游泳馆")].map(|w| w.groups[0].clone()).into(), not: vec![] };
    assert_eq!(shelf.found(&asking(mixed)).total, 0);
    let exact = shelf.found(&asking(phrase("停水影响")));
    assert_eq!((exact.total, exact.relaxed), (0, false), "a phrase is never relaxed");
}

#[test]
fn title_counts_more_than_text_and_text_more_than_reply() {
    let mut reply = doc("R", 3, "其他事项", "说的是别的事情，内容也不短。");
    reply.reply = "已安排清理垃圾。".to_owned();
    let shelf = Shelf::of(&[
        reply,
        doc("X", 2, "其他事项", "门口垃圾没人收，内容也不短。"),
        doc("T", 1, "垃圾没人收", "说的是别的事情，内容也不短。"),
    ]);
    assert_eq!(shelf.ids("垃圾"), ["T", "X", "R"]);
}

#[test]
fn order_by_time_and_ties() {
    let same = |ticket: &str, day| doc(ticket, day, "井盖缺失", "人行道井盖缺失。");
    let shelf = Shelf::of(&[same("A", 3), same("B", 9), same("C", 6)]);
    assert_eq!(shelf.ids("井盖"), ["B", "C", "A"], "equal scores: newer first");
    assert_eq!(shelf.ids("井盖 排序:最新"), ["B", "C", "A"]);
    assert_eq!(shelf.ids("井盖 排序:最早"), ["A", "C", "B"]);
    let found = shelf.found(&Query { sort: Sort::Newest, ..asking(words("井盖")) });
    assert!(found.hits.iter().all(|h| h.score == 0.0));
}

#[test]
fn time_ranges_are_half_open() {
    let shelf = shelf();
    let at = |text: &str| parse_city(text).ok();
    let range = TimeRange { from: at("2026-05-02 10:00:00"), to: at("2026-05-04 10:00:00") };
    let found = shelf.found(&Query { received: range, sort: Sort::Oldest, ..asking(Wanted::default()) });
    assert_eq!(ids(&found), ["T02", "T03"]);
    assert_eq!(shelf.ids("时间:2026-05-03..2026-05-04 排序:最早"), ["T03", "T04"]);
    assert_eq!(shelf.ids("时间:2026-05-09.. 排序:最早"), ["T09", "T10"]);
    assert_eq!(shelf.ids("时间:近11天 排序:最早"), ["T10"]);
}

#[test]
fn synonyms_are_searched_too_and_said() {
    let shelf = Shelf::of(&[
        doc("S1", 1, "社保卡补办", "社保卡丢了怎么补办。"),
        doc("S2", 2, "医保卡补办", "医保卡丢了怎么补办。"),
        doc("S3", 3, "电动自行车充电", "楼道里给电动自行车充电。"),
    ]);
    assert_eq!(shelf.ids("医保卡"), ["S2"]);
    let groups = [vec!["医保卡".to_owned(), "社保卡".to_owned()], vec!["小电驴".to_owned(), "电动自行车".to_owned()]];
    shelf.index.set_synonyms(&groups);
    assert_eq!(shelf.ids("医保卡补办"), ["S2", "S1"], "the word itself before its synonym");
    assert_eq!(shelf.ids("小电驴 充电"), ["S3"]);
    let found = shelf.found(&asking(words("小电驴")));
    assert_eq!(found.also, [("小电驴".to_owned(), vec!["电动自行车".to_owned()])]);
    assert_eq!(shelf.ids("\"医保卡\""), ["S2"], "a phrase is taken as it stands");
    let marks = shelf.index.highlight(&words("小电驴"), "楼道里给电动自行车充电");
    assert_eq!(marks.iter().map(|m| m.slice("楼道里给电动自行车充电")).collect::<Vec<_>>(), ["电动自行车"]);
    shelf.index.set_synonyms(&[]);
    assert_eq!(shelf.ids("医保卡"), ["S2"]);
}

#[test]
fn similar_cases_share_the_rare_words() {
    let shelf = shelf();
    let appeal = Appeal::new("小区没水", "东湖花园又停水了，水泵坏了没人修");
    let hits = shelf.index.similar(&appeal, 3, None).unwrap();
    assert_eq!(hits[0].ticket, id("T01"));
    assert!(hits[0].score > 0.3 && hits[0].score <= 1.3, "{}", hits[0].score);
    let others = shelf.index.similar(&appeal, 3, Some(&id("T01"))).unwrap();
    assert!(others.iter().all(|h| h.ticket != id("T01")));
    assert_eq!(shelf.index.similar(&Appeal::default(), 3, None).unwrap(), []);
    assert_eq!(shelf.index.similar(&Appeal::new("", "？？？"), 3, None).unwrap(), []);
}

#[test]
fn facets_equal_a_count_by_hand() {
    let docs = simulated();
    let shelf = Shelf::of(&docs);
    let check = |query: Query, keep: &dyn Fn(&IndexDoc) -> bool| {
        let found = shelf.found(&Query { count: Facet::ALL.to_vec(), ..query });
        let kept: Vec<&IndexDoc> = docs.iter().filter(|d| keep(d)).collect();
        assert_eq!(found.total, kept.len());
        for facet in Facet::ALL {
            let mut by_hand: BTreeMap<&str, u64> = BTreeMap::new();
            for doc in &kept {
                if let Some(value) = doc.facets.get(&facet).filter(|v| !v.is_empty()) {
                    *by_hand.entry(value).or_default() += 1;
                }
            }
            let counted = found.facets.get(&facet).cloned().unwrap_or_default();
            assert!(counted.is_sorted_by(|a, b| a.1 >= b.1), "{facet:?}");
            assert_eq!(counted.iter().map(|(v, n)| (v.as_str(), *n)).collect::<BTreeMap<_, _>>(), by_hand, "{facet:?}");
        }
    };
    let value = |d: &IndexDoc, f: Facet| d.facets.get(&f).cloned().unwrap_or_default();
    check(Query::default(), &|_| true);
    let filtered = Query {
        filters: BTreeMap::from([(Facet::Channel, vec!["电话".to_owned(), "网站".to_owned()])]),
        excluded: BTreeMap::from([(Facet::Urgency, vec!["U4".to_owned()])]),
        ..Query::default()
    };
    check(filtered, &|d| {
        ["电话", "网站"].contains(&value(d, Facet::Channel).as_str()) && value(d, Facet::Urgency) != "U4"
    });
    let all = |d: &IndexDoc| format!("{}\n{}\n{}\n{}", d.appeal.title, d.appeal.text, d.reply, d.place);
    check(asking(phrase("停水")), &|d| all(d).contains("停水"));
}

#[test]
fn pages_do_not_overlap() {
    let docs = simulated();
    let shelf = Shelf::of(&docs);
    for sort in [Sort::Relevance, Sort::Newest, Sort::Oldest] {
        let query = |offset, limit| Query { sort, offset, limit, ..asking(words("小区")) };
        let all = shelf.found(&query(0, 1_000));
        assert_eq!(all.hits.len(), all.total.min(1_000));
        let mut paged = Vec::new();
        while paged.len() < all.hits.len() {
            let page = shelf.found(&query(paged.len(), 7));
            assert_eq!(page.total, all.total);
            assert!(!page.hits.is_empty() && page.hits.len() <= 7);
            paged.extend(page.hits);
        }
        assert_eq!(paged, all.hits);
        let past = shelf.found(&query(all.total, 7));
        assert_eq!((past.hits.len(), past.total), (0, all.total));
    }
    let far = shelf.found(&Query { offset: usize::MAX, limit: usize::MAX, ..asking(words("小区")) });
    assert!(far.hits.is_empty() && far.total > 0);
}
