//! What a brief tells of and what it leaves out: nothing to tell, appeals that wait, thanks, greetings, a range to come.

use std::collections::BTreeSet;

use tingsu::{
    domain::{
        AppealType, TicketId,
        brief::{Brief, BriefKind, QuoteSource},
        parse_city,
    },
    report::{compose::ComposeError, markdown},
};

use super::{
    build::brief_of,
    city,
    sections::{some, tried},
};

#[test]
fn what_there_is_nothing_of_is_no_brief() {
    let tickets = some("2026-05-20", 12, "0802");
    let window = city::window("2026-05-20", "2026-05-21");
    for (kind, of) in
        [(BriefKind::Flash, "特急、紧急"), (BriefKind::Special, "涉及供水的"), (BriefKind::Dossier, "涉及供水的")]
    {
        let error = tried(&tickets, kind, window, "2026-01-01", window.to).unwrap_err();
        assert_eq!(error, ComposeError::NothingOf("5月20日".into(), of.into()));
        assert_eq!(error.to_string(), format!("5月20日没有{of}诉求,无可报告;请另选时段或专题"));
    }
    assert!(tried(&tickets, BriefKind::Daily, window, "2026-01-01", window.to).is_ok());
}

#[test]
fn what_waits_to_be_decided_is_counted_apart() {
    let mut tickets = some("2026-05-20", 12, "0801");
    let window = city::window("2026-05-20", "2026-05-21");
    let daily = |tickets: &[_]| markdown(&tried(tickets, BriefKind::Daily, window, "2026-01-01", window.to).unwrap());
    assert!(!daily(&tickets).contains("尚待确定类别"));
    tickets.iter_mut().take(3).for_each(|t| t.labels.category = None);
    assert!(daily(&tickets).contains("其中3件尚待确定类别，未计入各类别的件数"), "{}", daily(&tickets));
}

#[test]
fn a_quote_begins_where_the_matter_does() {
    let window = city::window("2026-05-20", "2026-05-21");
    for (text, begins) in [
        ("您好,我是东苑小区业主,楼上漏水已经三个月,物业一直没有处理,希望尽快解决。", "楼上漏水已经三个月"),
        ("尊敬的领导:市民来电反映,楼下烧烤店油烟很大,半夜还在营业,影响休息。", "楼下烧烤店油烟很大"),
        ("我是去年在这里买的房,交房后墙面一直渗水,开发商不肯维修。", "我是去年在这里买的房"),
        ("您好,停电了,请抢修。", "您好，停电了"),
        ("小区东门路灯坏了半个月,晚上回家看不清路,请安排维修。", "小区东门路灯坏了"),
    ] {
        let mut tickets = some("2026-05-20", 12, "0801");
        tickets.iter_mut().for_each(|t| t.content.appeal.text = text.into());
        let brief = tried(&tickets, BriefKind::Special, window, "2026-01-01", window.to).unwrap();
        let quotes: Vec<_> = brief.quotes.iter().filter(|q| q.source == QuoteSource::Text).collect();
        assert!(!quotes.is_empty(), "{text}");
        for quote in quotes {
            assert!(quote.masked.starts_with(begins), "{}", quote.masked);
            let stretch: String = text.chars().skip(quote.span.start).take(quote.span.end - quote.span.start).collect();
            assert!(stretch.starts_with(&begins.replace('，', ",")), "{stretch}");
        }
    }
}

#[test]
fn where_history_is_short_it_says_from_when_on_a_range_can_be_given() {
    let tickets: Vec<_> = (1..=6).flat_map(|k| some(&format!("2026-0{k}-10"), 12, "0801")).collect();
    let window = city::window("2026-05-18", "2026-06-15");
    let text = |since: &str| markdown(&tried(&tickets, BriefKind::Special, window, since, window.to).unwrap());
    let short = text("2026-04-10");
    assert!(short.contains("自2026年7月31日起可以估计"), "{short}");
    let since = parse_city("2026-01-10").unwrap();
    assert!(since < window.from && !text("2026-01-10").contains("可以估计"));
}

async fn demo() -> Vec<tingsu::domain::Ticket> {
    let dir = tempfile::tempdir().unwrap();
    let store = city::store(dir.path(), city::appeals(&city::pack())).await;
    city::all(&store).await
}

#[tokio::test]
async fn thanks_are_no_hot_matter_and_every_figure_has_a_name_of_its_own() {
    let mut tickets = demo().await;
    let week = city::window("2026-05-18", "2026-05-25");
    let weekly = brief_of(&tickets, BriefKind::Weekly, week, None);
    for kind in [BriefKind::Weekly, BriefKind::Daily] {
        let brief = brief_of(&tickets, kind, week, None);
        let names: BTreeSet<&str> = brief.figures.iter().map(|f| f.name.as_str()).collect();
        assert_eq!(names.len(), brief.figures.len());
    }
    let told = |brief: &Brief| brief.figures.iter().filter(|f| f.name.starts_with("近一周热度")).count();
    let hottest = weekly.figures.iter().find(|f| f.name.starts_with("近一周热度")).expect("something is told of");
    let tingsu::domain::brief::Measure::Engine { inputs, .. } = &hottest.measure else { panic!("{hottest:?}") };
    let callers = weekly.figure(&inputs[0]).unwrap();
    let tingsu::domain::brief::Measure::Callers { of } = &callers.measure else { panic!("{callers:?}") };
    let members: BTreeSet<TicketId> = weekly.cohort(of).unwrap().tickets.iter().cloned().collect();
    for ticket in tickets.iter_mut().filter(|t| members.contains(&t.id)) {
        ticket.labels.appeal_type = Some(AppealType::Praise);
    }
    let praised = brief_of(&tickets, BriefKind::Weekly, week, None);
    assert!(told(&praised) < told(&weekly), "{} of {}", told(&praised), told(&weekly));
}

#[test]
fn a_field_of_thanks_is_told_in_the_words_of_who_has_a_trouble() {
    let mut tickets = some("2026-05-20", 8, "2008");
    for ticket in &mut tickets {
        ticket.labels.appeal_type = Some(AppealType::Praise);
        ticket.content.appeal.text = "上周反映的护栏三天就装好了,必须来说声感谢,办实事的人不该没人夸。".into();
    }
    for (category, trouble) in
        [("2004", "退税办了两个月还没有到账,问窗口只说在审核。"), ("2005", "银行催收一天打十几个电话,家里老人不敢接。")]
    {
        let mut others = some("2026-05-21", 4, category);
        others.iter_mut().for_each(|t| t.content.appeal.text = trouble.into());
        tickets.extend(others);
    }
    let window = city::window("2026-05-18", "2026-05-25");
    let weekly = markdown(&tried(&tickets, BriefKind::Weekly, window, "2026-01-01", window.to).unwrap());
    let focus = weekly.split("政务营商领域诉求").nth(1).and_then(|rest| rest.split('\n').next()).expect("a paragraph");
    assert!(focus.contains("表扬与感谢8件") && !focus.contains("说声感谢"), "{focus}");
    // one of each of the two largest matters
    assert!(focus.contains("退税办了两个月") && focus.contains("一天打十几个电话"), "{focus}");
}
