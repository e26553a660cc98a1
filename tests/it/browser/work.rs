//! 工单, 检索, 关注 as handlers and analysts use them.

use std::time::{Duration, Instant};

use serde_json::json;
use tingsu::{
    domain::{Actor, Appeal, Channel, NewTicket, Role, Status, TicketId},
    store::TicketFilter,
};

use super::{is_clean, site::Site, webdriver::Browser, window};

fn ready(browser: &Browser) {
    browser.until("ready", "return document.documentElement.dataset.ready === 'yes'");
}

#[test]
fn a_stored_decision_is_corrected_on_the_page_of_its_ticket() {
    let Some(browser) = window() else { return };
    let site = Site::without_model();
    site.enter(&browser, "analyst", "/tickets");
    let id = browser.script("return document.querySelector('tr[data-ticket]').dataset.ticket");
    let id = tingsu::domain::TicketId::new(id.as_str().unwrap()).unwrap();
    let path = site.url(&format!("/tickets/{id}"));
    let ready = || browser.until("ready", "return document.documentElement.dataset.ready === 'yes'");
    let told = "return document.querySelector('[data-decided]')?.textContent || ''";
    let send = || browser.script("document.querySelector('[data-decide]').requestSubmit()");
    let put = |name: &str, value: &str| {
        browser.script(&format!("document.querySelector('[data-decide]').elements['{name}'].value = '{value}'"))
    };
    for level in ["U1", "U3"] {
        browser.visit(&path);
        ready();
        browser.script("document.querySelector('[data-decide]').closest('details').open = true");
        send();
        assert_eq!(browser.script(told), "没有改动。");
        put("urgency", level);
        if level == "U3" {
            send();
            assert_eq!(browser.script(told), "调低急度需要填写理由。");
            put("reason", "现场已核实");
        }
        browser.script("window.old = true");
        send();
        browser.until("saved", "return !window.old && document.readyState === 'complete'");
        let ticket = site.ask(site.desk.get(&id)).unwrap();
        assert_eq!(ticket.effective().urgency.map(|u| u.code()), Some(level));
    }
    let (decisions, _) = site.ask(site.desk.history(&id)).unwrap();
    assert_eq!(decisions.last().and_then(|d| d.reason.clone()).as_deref(), Some("现场已核实"));
    assert_eq!(decisions.last().and_then(|d| d.labels.category.clone()), None, "what stays is not decided again");
    is_clean(&browser, &site.address);
}

#[test]
fn tickets_are_selected_by_key_and_handled_together() {
    let Some(browser) = window() else { return };
    let site = Site::without_model();
    browser.open(&site.url("/tickets"));
    ready(&browser);
    browser.keys("jxjx");
    browser.until("two picked", "return document.querySelector('[data-picked]').textContent.includes('2 件')");
    let picked = browser.script("return Array.from(document.querySelectorAll('tr.picked'), (r) => r.dataset.ticket)");
    browser.script("const k = document.querySelector('[data-bulk] [name=kind]'); k.value = 'mark'; k.dispatchEvent(new Event('change', { bubbles: true }))");
    browser.find("[data-bulk] [name=text]").type_keys("重点");
    browser.find("[data-bulk] button.primary").click();
    browser.until("marked", "return document.querySelectorAll('.rows.list .tag').length === 2");
    for id in picked.as_array().unwrap() {
        let id = TicketId::new(id.as_str().unwrap()).unwrap();
        assert_eq!(site.ask(site.desk.get(&id)).unwrap().content.handling.marks, ["重点"]);
    }
    // A step that the workflow has no room for is told, ticket by ticket.
    browser.keys("jx");
    browser.until("picked", "return !document.querySelector('[data-bulk]').hidden");
    is_clean(&browser, &site.address);
    browser.keys("o");
    browser.until("opened", "return location.pathname.startsWith('/tickets/')");
}

#[test]
fn a_filter_is_kept_and_a_column_stays_away() {
    let Some(browser) = window() else { return };
    let site = Site::without_model();
    browser.open(&site.url("/tickets?status=%E5%BE%85%E5%8F%97%E7%90%86"));
    ready(&browser);
    assert!(!browser.all("tr[data-ticket]").is_empty(), "the list is empty");
    assert!(browser.find(".chip").text().contains("待受理"));
    browser.find("#list-name").type_keys("待受理的");
    browser.find("[data-keep-list] button").click();
    browser.until("kept", "return document.querySelector('.kept-list a') !== null");
    browser.visit(&site.url("/tickets"));
    ready(&browser);
    browser.find(".kept-list a").click();
    browser.until("the filter holds", "return location.search.startsWith('?status=')");
    ready(&browser);
    browser.script("document.querySelector('.columns').open = true; document.querySelector('[data-columns] input[value=region]').click()");
    assert_eq!(
        browser.script("return getComputedStyle(document.querySelector('th[data-col=region]')).display"),
        "none"
    );
    browser.visit(&site.url("/tickets"));
    ready(&browser);
    assert_eq!(
        browser.script("return getComputedStyle(document.querySelector('th[data-col=region]')).display"),
        "none"
    );
    is_clean(&browser, &site.address);
}

#[test]
fn a_selection_is_downloaded_as_a_file() {
    let Some(browser) = window() else { return };
    let site = Site::without_model();
    browser.open(&site.url("/tickets"));
    ready(&browser);
    browser.keys("jxjx");
    let picked = browser.script("return Array.from(document.querySelectorAll('tr.picked'), (r) => r.dataset.ticket)");
    browser.find("[data-export=csv]").click();
    let text = String::from_utf8(browser.downloaded("csv")).unwrap();
    assert!(text.starts_with('\u{feff}') && text.ends_with("\r\n"));
    assert_eq!(csv::Reader::from_reader(text.as_bytes()).records().count(), 2);
    assert!(picked.as_array().unwrap().iter().all(|id| text.contains(id.as_str().unwrap())));
    // Who may not export is offered nothing to export.
    site.enter(&browser, "operator", "/tickets");
    ready(&browser);
    assert!(browser.all("[data-export]").is_empty() && !browser.text().contains("导出"));
}

#[test]
fn a_ticket_goes_through_the_hands_of_its_people() {
    let Some(browser) = window() else { return };
    let site = Site::without_model();
    let people = site.ask(site.desk.users()).unwrap();
    let own = people.into_iter().find(|u| u.role == Role::Handler).unwrap().reach.departments.remove(0);
    let tickets = site.ask(site.desk.list(&TicketFilter::default(), 0, 50)).unwrap().0;
    let of_unit = |t: &&tingsu::domain::Ticket| t.effective().department.as_ref() == Some(&own);
    let ticket = tickets.iter().find(|t| of_unit(t) && t.status == Status::Pending).unwrap();
    let strange = tickets.iter().find(|t| !of_unit(t)).unwrap();
    let status = || site.ask(site.desk.get(&ticket.id)).unwrap().status;
    let page = format!("/tickets/{}", ticket.id);
    let sits = |role: &str| {
        site.enter(&browser, role, &page);
        ready(&browser);
    };
    let offered = |deed: &str| !browser.all(&format!("[data-deed={deed}]")).is_empty();
    let submit = |deed: &str, fill: &str| {
        ready(&browser);
        browser.script(&format!(
            "const f = document.querySelector('[data-deed={deed}]'); {fill}; delete document.documentElement.dataset.ready; f.requestSubmit()"
        ));
        browser.until("done", "return document.documentElement.dataset.ready === 'yes'");
    };
    // The unit waits for what the hotline sends: its own ticket, and no other one's.
    sits("handler");
    assert!(offered("note") && !offered("dispatch") && !offered("archive"), "{}", browser.text());
    browser.visit(&site.url(&format!("/tickets/{}", strange.id)));
    assert_eq!((browser.status(), browser.text().contains("不在您的管辖范围内")), (403, true), "{}", browser.text());
    browser.console_errors();
    sits("supervisor");
    assert!(offered("dispatch"));
    submit("dispatch", &format!("f.elements.department.value = {}", json!(own)));
    assert_eq!(status(), Status::ToSign);
    sits("handler");
    submit("sign", "");
    assert_eq!(status(), Status::Handling);
    submit("contact", "f.elements.text.value = '已电话联系'");
    submit("reply", "f.elements.text.value = '已修好'");
    assert_eq!(status(), Status::Replied);
    assert!(!offered("revisit") && !offered("reopen") && !offered("archive"), "the unit does not judge itself");
    sits("operator");
    submit("revisit", "f.elements.outcome.value = '解决'; f.elements.satisfaction.value = '满意'");
    assert_eq!(status(), Status::Revisited);
    let text = browser.text();
    for word in ["派单", "签收", "联系", "已电话联系", "答复", "回访", "解决、满意", "时限"] {
        assert!(text.contains(word), "`{word}` is not on the page");
    }
    is_clean(&browser, &site.address);
    // Each deed bears the name of who did it.
    let acts = site.ask(site.desk.acts(&ticket.id)).unwrap();
    let hands: Vec<_> = acts.iter().map(|act| (act.deed.code(), act.actor.name.as_str())).collect();
    let wanted = [
        ("dispatched", "duban"),
        ("signed", "banjian"),
        ("contacted", "banjian"),
        ("replied", "banjian"),
        ("revisited", "shouli"),
    ];
    assert_eq!(hands, wanted);
    // An analyst reads, and is offered nothing to do.
    site.enter(&browser, "analyst", &page);
    assert!(browser.all("[data-deed]").is_empty());
}

#[test]
fn the_search_box_suggests_while_typing_and_takes_by_key() {
    let Some(browser) = window() else { return };
    let site = Site::without_model();
    browser.open(&site.url("/search"));
    let district = site.desk.city().districts().next().unwrap().to_owned();
    browser.find("#q").type_keys(&format!("区县:{}", district.chars().next().unwrap()));
    browser.until(
        "suggested",
        "return Array.from(document.querySelectorAll('.completions')).some((l) => !l.hidden && l.children.length > 0)",
    );
    browser.keys("\u{E015}\u{E007}");
    browser.until("taken", &format!("return document.getElementById('q').value.includes({})", json!(district)));
    browser.keys("\u{E007}");
    browser.until("searched", "return location.search.includes('q=')");
    // Nothing found says what to do; a query that cannot be read says why.
    browser.visit(&site.url("/search?q=zzqqxx%20%E4%B8%8D%E5%AD%98%E5%9C%A8%E7%9A%84%E8%AF%8D%E8%AF%AD%E9%82%A3"));
    browser.until(
        "told",
        "return document.querySelector('.empty.card') !== null || document.querySelector('.hits') !== null",
    );
    browser.visit(&site.url("/search?colour=red"));
    assert!(browser.text().contains("条件或内容有误"), "{}", browser.text());
}

#[test]
fn a_kept_search_tells_of_a_new_appeal() {
    let Some(browser) = window() else { return };
    let site = Site::without_model();
    browser.open(&site.url("/search?q=%E6%B0%B4%E4%B8%8A%E4%B9%90%E5%9B%AD"));
    browser.find("[data-keep] input[name=name]").type_keys("水上乐园");
    browser.find("[data-keep] button").click();
    browser.until("kept", "return document.querySelector('[data-keep] [data-said]').textContent.includes('已关注')");
    let said = Appeal::new("", "水上乐园的滑梯有裂缝,孩子划伤了腿");
    let receipt = site
        .ask(site.desk.receive(&Actor::person("demo", Role::Operator), NewTicket::of(Channel::Phone, said), None))
        .unwrap();
    let end = Instant::now() + Duration::from_secs(15);
    loop {
        browser.visit(&site.url("/watches"));
        if browser.script("return document.querySelectorAll('.hits .unread').length") == 1 {
            break;
        }
        assert!(Instant::now() < end, "no alert: {}", browser.text());
    }
    let text = browser.text();
    assert!(text.contains(receipt.ticket.id.as_str()) && text.contains("1 未看"), "{text}");
    browser.until("the number beside the entry", "return document.querySelector('.rail .badge')?.textContent === '1'");
    browser.find("[data-read]").click();
    browser.until("seen", "return document.querySelectorAll('.hits .unread').length === 0");
    browser.keys("jo");
    browser.until("opened", "return location.pathname.startsWith('/tickets/')");
    is_clean(&browser, &site.address);
}
