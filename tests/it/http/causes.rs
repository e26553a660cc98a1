//! 一类事 over HTTP: the list, the comparison, the page.

use serde_json::json;
use tingsu::{desk::Following, domain::parse_city};

use super::service::TestService;
use crate::desk::call;

#[tokio::test(flavor = "multi_thread")]
async fn causes_are_listed_with_their_parts_and_compared() {
    let s = TestService::new().await;
    // one a week up to 25 September 2026, then none: the first begins seven whole weeks before
    for week in 0..8 {
        let mut ticket = call(&format!("Z-{week}"), &format!("小区停车位收费第{week}次咨询"));
        let day = jiff::civil::Date::constant(2026, 9, 25) - jiff::Span::new().days(7 * week);
        ticket.received_at = Some(parse_city(&format!("{day} 09:00")).unwrap());
        s.desk.take(ticket).await;
        let labels = json!({ "labels": { "category": "0402" }, "reason": "停车" });
        assert_eq!(s.post(&format!("/api/v1/appeals/Z-{week}/decision"), &labels).await.status, 200);
    }
    let mut following = Following::default();
    while s.desk.desk.topics_step(&mut following).await.unwrap() > 0 || s.desk.desk.hot().is_none() {}
    let compared = s.get("/api/v1/causes?code=0402&action=2026-09-26").await.json();
    let effect = &compared["effect"];
    assert_eq!(effect["weeks"], json!([7, 8]), "{compared}");
    assert!(effect["words"].as_str().unwrap().contains("每周 1.0 件 → 0.0 件"), "{effect}");
    assert!(effect["interval"][1].as_f64().unwrap() > effect["ratio"].as_f64().unwrap());
    for (query, field) in
        [("code=0402", "action"), ("action=2026-09-26", "code"), ("code=9999&action=2026-09-26", "code")]
    {
        s.get(&format!("/api/v1/causes?{query}")).await.is_error(400, "invalid", Some(field));
    }
    assert_eq!(s.get("/api/v1/causes?code=0402&action=soon").await.status, 400);
    let page = s.page("/causes?code=0402&action=2026-09-26").await;
    assert_eq!(page.status, 200, "{}", page.text);
    assert!(page.text.contains("data-effect") && page.text.contains("生成每月一办"), "{}", page.text);
    assert!(page.text.contains("看它的工单") && page.text.contains("class=\"card chosen\""), "{}", page.text);
    assert_eq!(s.page("/causes").await.status, 200);
    assert_eq!(s.page("/causes?code=none").await.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cause_leads_to_its_tickets() {
    let s = TestService::new().await;
    for n in 0..6 {
        let mut ticket = call(&format!("Z-{n}"), &format!("小区停车位收费第{n}次咨询"));
        ticket.received_at = Some(parse_city(&format!("2026-10-{:02} 09:00", 3 + 7 * (n % 4))).unwrap());
        s.desk.take(ticket).await;
        let labels = json!({ "labels": { "category": "0402" }, "reason": "停车" });
        assert_eq!(s.post(&format!("/api/v1/appeals/Z-{n}/decision"), &labels).await.status, 200);
    }
    let mut following = Following::default();
    while s.desk.desk.topics_step(&mut following).await.unwrap() > 0 || s.desk.desk.hot().is_none() {}
    let all = s.page("/causes").await.text;
    let row = all.split("0402 ").nth(1).unwrap_or_else(|| panic!("no 0402: {all}"));
    let (href, rest) = row.split("href=\"").nth(1).unwrap().split_once('"').unwrap();
    let n = rest.trim_start_matches('>').split('<').next().unwrap();
    assert!(href.starts_with("/tickets?category=0402") && href.contains("from="), "{href}");
    let list = s.page(&href.replace("&amp;", "&").replace("&#38;", "&")).await.text;
    assert!(n.parse::<u64>().unwrap() > 0 && list.contains(&format!("{n} 件")), "{n}: {list}");
}
