//! 预警: one number and one list, wherever they are shown; and what an alarm did to a ticket, in words.

use axum::{body::Body, http::Request};
use serde_json::json;
use tingsu::{
    desk::Following,
    domain::{Caller, NewTicket, Reach, Role},
};

use super::service::TestService;
use crate::desk::call;

/// A month of other matters, then six people within minutes.
async fn alarmed() -> TestService {
    let s = TestService::new().await;
    for n in 0..30 {
        let words = ["公交站牌褪色", "社保卡补办", "小区绿化缺株", "图书馆开放时间", "狗绳问题"][n % 5];
        let received_at = format!("2026-10-{:02}T03:00:00Z", n + 1).parse().ok();
        s.desk.take(NewTicket { received_at, ..call(&format!("B-{n}"), &format!("咨询{words}第{n}次")) }).await;
    }
    for n in 0..6 {
        let text = format!("望江路公交站牌倒了,挡住人行道,请来扶正{n}");
        let caller = Caller { number: Some(format!("1380000000{n}")), ..Caller::default() };
        let received_at = format!("2026-11-20T01:{n:02}:00Z").parse().ok();
        let place = Some("望江路".to_owned());
        s.desk.take(NewTicket { caller, received_at, place, ..call(&format!("D-{n}"), &text) }).await;
    }
    let mut following = Following::default();
    for _ in 0..300 {
        while s.desk.desk.topics_step(&mut following).await.unwrap() > 0 {}
        if s.desk.desk.hot().is_some_and(|hot| hot.appeals == 36) {
            return s;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("no look");
}

/// The number that stands in the first link to an address after a mark in a page.
fn number(page: &str, mark: &str, href: &str) -> usize {
    let rest = page.split_once(mark).unwrap_or_else(|| panic!("no {mark}")).1;
    let link = rest.split_once(&format!("href=\"{href}\"")).unwrap_or_else(|| panic!("no link to {href}: {rest}")).1;
    let text = link.split_once('>').unwrap().1.split_once("</a>").unwrap().0;
    text.chars().filter(char::is_ascii_digit).collect::<String>().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn bell_tile_and_list_say_the_same_number() {
    const OPEN: &str = "/topics?alarm=open";
    let s = alarmed().await;
    let (topics, cockpit, list) =
        (s.page("/topics").await.text, s.page("/cockpit").await.text, s.page(OPEN).await.text);
    let listed = list.matches("data-alarm").count();
    assert!(listed > 0, "an alarm is open: {list}");
    for page in [&topics, &cockpit, &list] {
        assert_eq!(number(page, "class=\"bell", "/topics?alarm=open"), listed, "the bell");
    }
    assert_eq!(number(&cockpit, "id=\"p-alarms\"", OPEN), listed, "the tile");
    assert_eq!(number(&list, "class=\"alarms\"", OPEN), listed, "the heading");
    assert!(!list.contains("data-rows"), "the events are on the other page");
    assert!(topics.contains("data-rows"));
    assert_eq!(s.page("/topics?alarm=all").await.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_record_of_a_ticket_is_in_words() {
    let s = alarmed().await;
    s.post("/api/v1/appeals", &json!({ "id": "F-1", "text": "快来救人,望江小区3幢着火了,五楼有人被困" })).await;
    let same = json!({ "labels": { "urgency": "U4" }, "reason": "核对过" });
    assert_eq!(s.post("/api/v1/appeals/B-1/decision", &same).await.status, 200);
    let pack = s.desk.desk.city();
    let key = s.key("admin", Role::Admin, Reach::default()).await;
    let ledger = |key: &str, id: &str| {
        let request = Request::get(format!("/admin/audit?ticket={id}")).header("accept", "text/html");
        request.header("authorization", key).body(Body::empty()).unwrap()
    };
    for (id, words) in [("D-0", "规则 集中预警"), ("F-1", "规则 “"), ("B-1", "未改变")] {
        let page = s.page(&format!("/tickets/{id}")).await.text;
        let lines = s.send(ledger(&key, id)).await.text;
        for (name, text) in [("ticket", &page), ("ledger", &lines)] {
            assert!(text.contains(words), "{id}: no {words} in the {name}");
            for english in ["nothing changed", "规则 concentration", "模型 p=", "as suggested"] {
                assert!(!text.contains(english), "{id}: {english} in the {name}");
            }
            let bare = pack.rules.iter().find(|rule| text.contains(&format!("规则 {}", rule.id)));
            assert!(bare.is_none(), "{id}: {bare:?} in the {name}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_curves_of_an_event_have_tables_links_and_alarms() {
    let s = alarmed().await;
    let hot = s.desk.desk.hot().unwrap();
    let event = hot.findings.events.iter().find(|e| e.tickets.contains(&"D-0".to_owned())).expect("an event");
    assert!(!event.alarms.is_empty());
    let page = s.page(&format!("/events/{}", event.id)).await.text;
    let tables: Vec<&str> = page.split("<details class=\"behind\">").skip(1).collect();
    assert!(!tables.is_empty(), "{page}");
    let hourly = tables.last().unwrap().split("</details>").next().unwrap();
    let mut sum = 0;
    for row in hourly.split("<a href=\"").skip(1) {
        let (href, rest) = row.split_once('"').unwrap();
        let n: u64 = rest.split_once("class=\"n\">").unwrap().1.split(' ').next().unwrap().parse().unwrap();
        sum += n;
        if n > 0 {
            let href = href.replace("&amp;", "&").replace("&#38;", "&");
            let behind = s.get(&format!("/api/v1{href}")).await.json();
            assert_eq!(behind["total"].as_u64(), Some(n), "{href}: {behind}");
        }
    }
    assert_eq!(sum, 6, "{hourly}");
    assert!(hourly.contains("class=\"alarm\""), "the hour of the alarm is marked: {hourly}");
    let says = page.split("curve hourly").nth(1).unwrap().split("aria-label=\"").nth(1).unwrap();
    let says = says.split('"').next().unwrap();
    assert!(says.contains("共 6 件") && says.contains("预警"), "{says}");
    assert!(page.contains("<g class=\"alarms\"><path"), "alarms are points on the curve");
    let told = page.split("rows plain told").nth(1).expect("who, where and what in one table");
    let told = told.split("</table>").next().unwrap();
    for aspect in ["何人", "承办", "地点", "急度"] {
        assert!(told.contains(aspect), "no {aspect}: {told}");
    }
}
