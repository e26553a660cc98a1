//! Two events are merged and taken apart again by a person at the page, by keyboard and mouse.

use serde_json::json;
use tingsu::domain::{Actor, Appeal, Channel, NewTicket, Role, TicketId};

use super::{is_clean, site::Site, window};

#[test]
fn an_event_is_merged_and_the_merge_taken_back() {
    let Some(browser) = window() else { return };
    let site = Site::without_model();
    let texts = [("HA", "望江路主水管爆裂,整条街停水,请抢修"), ("HB", "力峰健身关门,会员卡退不了费,找不到人")];
    site.ask(async {
        for (name, text) in texts {
            for n in 0..3 {
                let said = Appeal::new("", format!("{text}{n}"));
                let id = Some(TicketId::new(format!("{name}-{n}")).unwrap());
                let ticket = NewTicket { id, ..NewTicket::of(Channel::Phone, said) };
                site.desk.receive(&Actor::person("demo", Role::Operator), ticket, None).await.unwrap();
            }
        }
    });
    let event =
        |ticket: &str| site.desk.hot().and_then(|h| h.event_of(ticket).map(|e| (e.id.clone(), e.tickets.len())));
    let passed = || site.desk.hot().is_some_and(|h| h.joined == 0 && h.appeals >= 6);
    for _ in 0..600 {
        if passed() && event("HA-0").is_some() && event("HB-0").is_some() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    let (a, b) = (event("HA-0").expect("an event").0, event("HB-0").expect("another").0);
    site.enter(&browser, "analyst", "/topics");
    is_clean(&browser, &site.address);
    browser.visit(&site.url(&format!("/events/{a}")));
    is_clean(&browser, &site.address);
    // One click makes a brief about it, and its figures are those of the event.
    browser.find("form[action^='/briefs/of-event/'] button").click();
    browser.until("a brief", "return /^\\/briefs\\/./.test(location.pathname) && document.readyState === 'complete'");
    let brief = browser.text();
    assert!(brief.contains("专报") && brief.contains("望江路"), "{brief}");
    is_clean(&browser, &site.address);
    browser.visit(&site.url(&format!("/events/{a}")));
    assert!(!browser.all(".told meter").is_empty(), "where it happens is ranked");
    let rows = "return document.querySelectorAll('table.members tbody tr').length";
    assert_eq!(browser.script(rows), json!(3));
    browser.find("#fix-reason").type_keys("同一片区的事");
    browser.script(&format!("document.querySelector('#fix-with').value = '{b}'"));
    browser.find("#fix button[value=merge]").click();
    browser.until("merged", "return document.querySelectorAll('table.members tbody tr').length === 6");
    assert!(browser.text().contains("同一片区的事"), "the act stands on the page");
    assert_eq!(event("HB-0").unwrap(), (a.clone(), 6));
    // by keyboard: the button of the newest act takes the focus and Enter presses it
    browser.script("document.querySelector('.acts button').focus()");
    browser.keys("\u{E007}");
    browser.until("taken back", "return document.querySelectorAll('table.members tbody tr').length === 3");
    assert_eq!(event("HB-0").unwrap(), (b, 3));
    is_clean(&browser, &site.address);
    // who may only read sees no form
    site.enter(&browser, "leader", &format!("/events/{a}"));
    assert_eq!(browser.script("return document.querySelectorAll('#fix').length"), json!(0));
}
