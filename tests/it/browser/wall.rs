//! The cockpit on a wall: everything at once, with as much in it as the demo has.

use serde_json::json;
use tingsu::domain::{Actor, Appeal, Channel, Labels, NewTicket, Role, Urgency};

use super::{looks::CONTRAST, site::Site, window};

const WALL: (u32, u32) = (1920, 1080);

/// An hour at which every list of the demo is full: by day two of its events no longer count as new.
const EARLY: &str = "2026-11-24T06:00:00+08:00";

#[test]
fn the_wall_shows_the_demo_without_scrolling() {
    let Some(browser) = window() else { return };
    let site = Site::of_the_demo(EARLY.parse().unwrap());
    for _ in 0..1200 {
        if site.desk.hot().is_some_and(|hot| hot.appeals > 1000) {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    // the list of urgent cases is full
    for n in 0..8 {
        let said = Appeal::new("电梯困人", format!("快来人,商场{n}号电梯突然停住,困了三个人出不来"));
        let labels = Labels { urgency: Some(Urgency::U1), ..Labels::default() };
        let ticket = NewTicket { labels, ..NewTicket::of(Channel::Phone, said) };
        site.ask(site.desk.receive(&Actor::person("demo", Role::Operator), ticket, None)).unwrap();
    }
    browser.size(WALL, false);
    site.enter(&browser, "leader", "/cockpit");
    browser.until("events", "return document.querySelector('#p-topics .empty') === null && document.querySelectorAll('#p-urgent li').length >= 8");
    let count =
        |what: &str| browser.script(&format!("return document.querySelectorAll('{what}').length")).as_u64().unwrap();
    assert!(count("#p-units tbody tr") >= 10, "ten units stand in the table");
    for (tile, least) in
        [("#p-urgent li", 8), ("#p-topics li", 6), ("#p-categories tr", 9), ("#p-districts tr", 8), ("#p-words li", 8)]
    {
        assert!(count(tile) >= least, "{tile}: {}", count(tile));
    }
    let high = browser.script("return [document.documentElement.scrollHeight, window.innerHeight]");
    assert!(high[0].as_i64() <= high[1].as_i64(), "the wall screen scrolls: {high}");
    let cut = "return [...document.querySelectorAll('.tile')].filter((t) => t.scrollHeight > t.clientHeight + 1).map((t) => t.id)";
    assert_eq!(browser.script(cut), json!([]), "nothing is cut off");
    assert_eq!(browser.script(CONTRAST), json!([]), "everything can be read");
}
