//! What a language model says is held to the section's facts: an honest answer passes, every kind of lie is
//! refused by name.

use std::sync::OnceLock;

use proptest::prelude::*;
use tingsu::{
    city::CityPack,
    report::rephrase::{Names, Objection, answer, objections, question},
    text::{Analyser, Lexicon},
};

use super::city;

fn city_words() -> &'static (CityPack, Analyser) {
    static WORDS: OnceLock<(CityPack, Analyser)> = OnceLock::new();
    WORDS.get_or_init(|| {
        let pack = city::pack();
        let analyser = Analyser::build(Lexicon {
            words: &pack.dictionary,
            regions: &pack.regions,
            rules: &pack.rules,
            contexts: &pack.contexts,
        });
        (pack, analyser)
    })
}

fn held(own: &str, theirs: &str) -> Vec<Objection> {
    let (pack, analyser) = city_words();
    objections(own, theirs, own, &Names::of(pack, analyser))
}

const OPENING: &str =
    "5月18日至24日,市12345在线平台共收到企业和群众诉求{Q1},环比{Q2}。扣除无效来电后,有效诉求{Q3},占受理量的{Q4}。";
const PLACES: &str =
    "明湖区{Q1},滨江开发区{Q2};住建局承办{Q3},公安局承办{Q4}。典型诉求:{Y1}。请住建局牵头,于6月30日前完成核查。{P1}";

/// `theirs` is refused, and one of the reasons says `why`.
fn refused(own: &str, theirs: &str, why: &str) {
    let said: Vec<String> = held(own, theirs).iter().map(ToString::to_string).collect();
    assert!(said.iter().any(|o| o.contains(why)), "{theirs}\nwanted `{why}` in {said:?}");
}

#[test]
fn honest_words_pass() {
    for (own, theirs) in [
        (
            OPENING,
            "5月18日至24日,市12345在线平台累计收到企业和群众诉求{Q1},环比{Q2}。剔除无效来电,有效诉求为{Q3},占受理量的{Q4}。",
        ),
        (
            OPENING,
            "5月18日至24日期间,市12345在线平台受理企业和群众反映的诉求共{Q1},环比{Q2};扣除无效来电后,有效诉求计{Q3},占受理量的{Q4}。",
        ),
        (
            PLACES,
            "从属地看,明湖区{Q1},滨江开发区{Q2};从承办情况看,住建局承办{Q3},公安局承办{Q4}。典型诉求如下:{Y1}。建议由住建局牵头,在6月30日前完成核查。{P1}",
        ),
        ("请各承办单位按时办结。", "请各承办单位进一步压实责任,按时办结。"),
        ("本期新增两类事项,请关注。", "本期新增两类事项,请予以关注。"),
    ] {
        let said = held(own, theirs);
        assert!(said.is_empty(), "{theirs}\n{said:?}");
    }
}

#[test]
fn lies_are_refused_by_name() {
    // a number that was not there: digits, words, full width, fractions, vague ones
    refused(OPENING, &OPENING.replace("有效诉求", "其中投诉300件,有效诉求"), "多出数字“300件”");
    refused(OPENING, &OPENING.replace("有效诉求", "其中投诉３００件,有效诉求"), "多出数字");
    refused(OPENING, &OPENING.replace("有效诉求", "其中投诉三百余件,有效诉求"), "多出数字“三百余件”");
    refused(OPENING, &OPENING.replace("有效诉求", "约三成为投诉,有效诉求"), "多出");
    refused(OPENING, &OPENING.replace("有效诉求", "十分之一为投诉,有效诉求"), "多出数字");
    refused(OPENING, &OPENING.replace("有效诉求", "投诉过半,有效诉求"), "说法“过半”");
    refused(OPENING, &OPENING.replace("有效诉求", "投诉占ⅩⅡ,有效诉求"), "多出");
    // a number that was changed, with and without its unit
    refused(OPENING, &OPENING.replace("24日", "25日"), "25日");
    refused(OPENING, &OPENING.replace("5月18日", "5年18日"), "5年");
    refused(PLACES, &PLACES.replace("6月30日", "六月三十日"), "数字");
    // tokens: lost, doubled, invented, swapped
    refused(OPENING, &OPENING.replace(",环比{Q2}", ""), "缺少数据标记“{Q2}”");
    refused(OPENING, &OPENING.replace("{Q3}", "{Q3}({Q3})"), "多出数据标记“{Q3}”");
    refused(OPENING, &OPENING.replace("{Q3}", "{Q9}"), "多出数据标记“{Q9}”");
    refused(OPENING, &OPENING.replace("{Q1}", "{Q0}").replace("{Q3}", "{Q1}").replace("{Q0}", "{Q3}"), "次序变了");
    refused(OPENING, &OPENING.replace("{Q1}", "501件"), "缺少数据标记“{Q1}”");
    refused(OPENING, &OPENING.replace("{Q3}", "{Q3:bare}件"), "缺少数据标记“{Q3}”");
    // names: invented, changed, exchanged under the same numbers
    refused(PLACES, &PLACES.replace("典型诉求", "主要集中在望江小区。典型诉求"), "望江小区");
    refused(PLACES, &PLACES.replace("典型诉求", "主要集中在金鼎花园二期。典型诉求"), "多出");
    refused(PLACES, &PLACES.replace("明湖区{Q1}", "港西区{Q1}"), "港西区");
    refused(PLACES, &PLACES.replace("住建局牵头", "城管局牵头"), "城管局");
    refused(
        PLACES,
        &PLACES.replace("住建局承办", "甲承办").replace("公安局承办", "住建局承办").replace("甲承办", "公安局承办"),
        "次序变了",
    );
    refused(PLACES, &PLACES.replace("典型诉求", "王建国副市长要求限期整改。典型诉求"), "多出");
    // quotes
    refused(PLACES, &PLACES.replace("{Y1}", "{Y1};有市民称“天天停水没人管”"), "多出引文“");
    refused(PLACES, &PLACES.replace("{Y1}", "“天天停水没人管”"), "缺少数据标记“{Y1}”");
    // times
    refused(PLACES, &PLACES.replace("典型诉求", "上周以来尤为突出。典型诉求"), "多出时间“上周”");
    refused(PLACES, &PLACES.replace("典型诉求", "每逢周五晚高峰。典型诉求"), "多出");
    // claims and denials
    refused(OPENING, &OPENING.replace("。扣除", ",呈明显上升态势。扣除"), "说法");
    refused("目前未办结。", "目前已办结。", "说法“已");
    refused("该问题没有解决。", "该问题解决。", "否定词由 1 处变为 0 处");
    refused("请关注。", "请关注,该问题已造成人员受伤。", "说法");
    // shape
    refused(OPENING, "", "长短");
    refused(OPENING, &format!("{OPENING}{}", "请有关部门高度重视。".repeat(40)), "长短");
    refused(OPENING, &OPENING.replace("共收到", "共<b>收到</b>"), "不能印出");
    refused(OPENING, &OPENING.replace("共收到", "共\u{200B}收到"), "不能印出");
    refused(OPENING, &OPENING.replace("诉求{Q1}", "诉求AAA{Q1}"), "多出字母");
}

#[test]
fn an_answer_is_read_or_refused() {
    let places = vec![("b1".to_owned(), "共{Q1}。".to_owned()), ("b2".to_owned(), "请关注。".to_owned())];
    let (system, user) = question(&places);
    assert!(system.contains("{Q12}") && user.contains("共{Q1}。"), "{user}");
    let theirs = |said: &str| answer(said, &places);
    let one = Some(vec![("b1".to_owned(), "总计{Q1}。".to_owned())]);
    assert_eq!(theirs(r#"{"b1":"总计{Q1}。","b2":"请关注。"}"#), one);
    assert_eq!(theirs("<think>{想一想}</think>\n```json\n{\"b1\":\"总计{Q1}。\"}\n```"), one);
    assert_eq!(theirs(r#"{"b1":"共{Q1}。"}"#), Some(Vec::new()));
    for rubbish in ["", "好的", "{}", r#"{"b9":"x"}"#, r#"{"b1":7}"#, "[1,2]", r#"{"b1":"#, "}{"] {
        assert_eq!(theirs(rubbish), None, "{rubbish}");
    }
}

proptest! {
    /// Any words are judged without trouble, and none that count or name beyond the facts pass.
    #[test]
    fn any_answer_is_judged(words in "[一-龥0-9０-９{}QYP:“”件%,。<>a-z]{0,80}") {
        let said = held(OPENING, &words);
        prop_assert!(!said.is_empty() || words == OPENING, "{}", words);
    }

    /// A digit put anywhere between the words is seen.
    #[test]
    fn a_digit_anywhere_is_seen(at in 0_usize..90, digit in "[0-9０-９一二三五六七八九]件") {
        let chars: Vec<char> = OPENING.chars().collect();
        let at = at.min(chars.len());
        let inside: String = chars[..at].iter().collect();
        prop_assume!(inside.matches('{').count() == inside.matches('}').count());
        let theirs: String = inside + &digit + &chars[at..].iter().collect::<String>();
        prop_assert!(!held(OPENING, &theirs).is_empty(), "{}", theirs);
    }
}
