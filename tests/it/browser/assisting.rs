//! 协办 as a handler of the assisting unit meets it: found by the chip, read, and answered with a note.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use tingsu::{
    desk::OrderAsk,
    domain::{Actor, Deed, Role, Status, TicketId},
};

use super::{is_clean, site::Site, window};

/// Sends a ticket to some unit with the help of the demo's handler's, and demands something of it.
pub(super) fn assists(site: &Site, ticket: &str) -> TicketId {
    let own = site.ask(site.desk.users()).unwrap().into_iter().find(|user| user.role == Role::Handler).unwrap();
    let own = own.reach.departments[0].clone();
    let lead = site.desk.city().departments.iter().map(|d| d.name.clone()).find(|name| *name != own).unwrap();
    let id = TicketId::new(ticket).unwrap();
    let desk = site.desk.acting(&Actor::person("duban", Role::Supervisor));
    let send = Deed::Dispatch { department: lead, assisting: vec![own], note: "请配合现场勘查".into() };
    site.ask(desk.act_on(&id, send)).unwrap();
    let due_at = Timestamp::now() + SignedDuration::from_hours(72);
    let order = OrderAsk { ticket: id.clone(), department: None, reason: "请尽快到场并回复".into(), due_at };
    site.ask(desk.issue_order(order)).unwrap();
    id
}

#[test]
fn whoever_assists_finds_the_ticket_and_says_what_was_done() {
    let Some(browser) = window() else { return };
    let site = Site::without_model();
    let first = site.ask(site.desk.list(&Default::default(), 0, 50)).unwrap().0;
    let id = assists(&site, first.iter().find(|t| t.status == Status::Pending).unwrap().id.as_str());
    let ready = || browser.until("ready", "return document.documentElement.dataset.ready === 'yes'");
    site.enter(&browser, "handler", "/tickets");
    ready();
    let chip = browser.find("[data-view=assisting]");
    assert_eq!(chip.text(), "协办 1");
    chip.click();
    browser.until("the list of these", "return location.search === '?view=assisting'");
    ready();
    let rows =
        browser.script("return Array.from(document.querySelectorAll('tr[data-ticket]'), (r) => r.dataset.ticket)");
    assert_eq!(rows, json!([id.to_string()]));
    assert_eq!(browser.find("tr[data-ticket] .tag.own").text(), "协办");
    is_clean(&browser, &site.address);
    browser.find("tr[data-ticket] a").click();
    browser.until("opened", "return location.pathname.startsWith('/tickets/')");
    ready();
    assert_eq!(browser.find("[data-assists]").text(), "本单位协办");
    for (deed, offered) in [("note", 1), ("mark", 1), ("sign", 0), ("contact", 0), ("return", 0), ("whistle", 0)] {
        assert_eq!(browser.all(&format!("[data-deed={deed}]")).len(), offered, "{deed}");
    }
    browser.script(
        "const f = document.querySelector('[data-deed=note]'); f.elements.text.value = '已到现场,井盖归我单位更换'; \
         delete document.documentElement.dataset.ready; f.requestSubmit()",
    );
    ready();
    assert!(browser.text().contains("井盖归我单位更换"), "{}", browser.text());
    assert_eq!(site.ask(site.desk.get(&id)).unwrap().status, Status::ToSign);
    is_clean(&browser, &site.address);
}
