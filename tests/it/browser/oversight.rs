//! 驾驶舱 and 督办 in a browser: the leader's way from a number to its appeals and to a brief, the supervisor's
//! order, and numbers that change by themselves.

use serde_json::json;

use super::{briefs::make, is_clean, site::Site, window};

const RECEIVED: &str = "document.querySelector('[data-figure=received] a.n')";

#[test]
fn a_leader_goes_from_a_number_to_its_appeals_and_to_a_brief() {
    let Some(browser) = window() else { return };
    let site = Site::without_model();
    site.enter(&browser, "leader", "/cockpit");
    // Every part is there, every number leads somewhere.
    assert_eq!(browser.script("return document.querySelectorAll('.tile').length"), 10);
    let shown = browser.script("return document.querySelector('#p-categories a.n').textContent.replace(/\\s/g, '')");
    browser.script("document.querySelector('#p-categories .ranks a.n').click()");
    browser.until("the appeals", "return location.pathname === '/cockpit/cases'");
    let total = browser.script("return document.querySelector('[data-total]').textContent");
    let rows = browser.script("return document.querySelectorAll('tbody tr').length.toString()");
    assert_eq!(total, rows, "as many as are told of; the week has {shown}");
    assert!(browser.text().contains("类别"), "the question in words: {}", browser.text());
    browser.script("document.querySelector('tbody a').click()");
    browser.until("a ticket", "return location.pathname.startsWith('/tickets/')");
    is_clean(&browser, &site.address);
    // The heat map's cells lead too.
    browser.visit(&site.url("/cockpit"));
    let cell = "[...document.querySelectorAll('#p-heat svg a')].find((a) => a.querySelector('text'))";
    let told = browser.script(&format!("return {cell}.querySelector('text').textContent"));
    let href = browser.script(&format!("return {cell}.getAttribute('href')"));
    browser.visit(&site.url(href.as_str().unwrap()));
    assert_eq!(browser.script("return document.querySelector('[data-total]').textContent"), told);
    // And on to a brief.
    browser.find(".rail a[href='/briefs']").click();
    browser.until("briefs", "return location.pathname === '/briefs'");
    make(&browser);
    is_clean(&browser, &site.address);
}

#[test]
fn a_number_changes_without_a_touch() {
    let Some(browser) = window() else { return };
    let site = Site::without_model();
    site.enter(&browser, "leader", "/cockpit");
    browser.until("the stream", "return document.querySelector('[data-state]').textContent.includes('自动更新')");
    // What a person does meanwhile stays: the focus, and a mark that a new page would not have.
    browser.script(&format!("{RECEIVED}.focus(); {RECEIVED}.mine = 'yes'; window.before = {RECEIVED}.textContent"));
    let call = "const key = document.querySelector('meta[name=csrf]').content; return fetch('/api/v1/appeals', { method: 'POST', \
                headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': key }, body: JSON.stringify({ text: '人民路路灯不亮' }) }).then((r) => r.status)";
    // A leader registers nothing.
    assert_eq!(browser.script(call), 403);
    browser.console_errors();
    let ticket = tingsu::domain::NewTicket::of(
        tingsu::domain::Channel::Phone,
        tingsu::domain::Appeal::new("", "人民路路灯不亮"),
    );
    let operator = tingsu::domain::Actor::person("shouli", tingsu::domain::Role::Operator);
    site.ask(site.desk.receive(&operator, ticket, None)).unwrap();
    browser.until(
        "one more",
        &format!("return Number({RECEIVED}.textContent.replace(/\\s/g, '')) === Number(window.before.replace(/\\s/g, '')) + 1"),
    );
    assert_eq!(
        browser.script(&format!("return [{RECEIVED}.mine, document.activeElement === {RECEIVED}]")),
        json!(["yes", true])
    );
    is_clean(&browser, &site.address);
    // Logged out elsewhere: the page says so and keeps its numbers.
    site.ask(site.desk.end_sessions_of("lingdao")).unwrap();
    browser.until("told", "return document.querySelector('[data-state]').textContent.includes('登录已结束')");
    assert!(browser.find("[data-figure=received]").text().contains("受理"));
}

#[test]
fn a_supervisor_issues_an_order_and_closes_it() {
    let Some(browser) = window() else { return };
    let site = Site::without_model();
    site.enter(&browser, "supervisor", "/supervise");
    browser.script("document.querySelector('table.late tbody tr td:last-child a').click()");
    browser.until("the form", "return document.querySelector('[data-order-form]') !== null");
    browser.find("[data-order-form] textarea").type_keys("超期未办结,来电人再次催办");
    browser.find("[data-order-form] button").click();
    browser.until(
        "the ticket",
        "return location.pathname.startsWith('/tickets/') && document.querySelector('.order') !== null",
    );
    assert!(browser.find(".order").text().contains("来电人再次催办"));
    assert!(browser.find(".order").text().contains("个工作日") || browser.find(".order").text().contains("小时"));
    is_clean(&browser, &site.address);
    // A leader sees it; an operator sees it on the ticket and cannot close it.
    let ticket = browser.script("return location.pathname");
    site.enter(&browser, "operator", ticket.as_str().unwrap());
    assert!(browser.find(".order").text().contains("来电人再次催办"));
    assert_eq!(browser.script("return document.querySelectorAll('.order form, [data-order-form]').length"), 0);
    site.enter(&browser, "supervisor", "/supervise");
    browser.find(".order input[name=result]").type_keys("已到场处置并回访");
    browser.find(".order form button").click();
    browser.until("closed", "return document.querySelector('.order') === null && location.pathname === '/supervise'");
    browser.visit(&site.url("/supervise?closed=1"));
    assert!(browser.find(".order").text().contains("已到场处置并回访"));
    browser.visit(&site.url(ticket.as_str().unwrap()));
    assert!(browser.text().contains("督办办结"), "the ticket's history tells of it: {}", browser.text());
    is_clean(&browser, &site.address);
}

#[test]
fn a_complaint_is_taken_up_again_with_a_promised_day() {
    let Some(browser) = window() else { return };
    let site = Site::without_model();
    let operator = tingsu::domain::Actor::person("shouli", tingsu::domain::Role::Operator);
    let said = tingsu::domain::Appeal::new("", "人民路路灯不亮");
    let ticket = tingsu::domain::NewTicket::of(tingsu::domain::Channel::Phone, said);
    let id = site.ask(site.desk.receive(&operator, ticket, None)).unwrap().ticket.id;
    let answer = tingsu::domain::Deed::Reply { text: "列入计划".into() };
    site.ask(site.desk.acting(&operator).act_on(&id, answer)).unwrap();
    let path = format!("/tickets/{id}");
    site.enter(&browser, "operator", &path);
    let today = tingsu::domain::city_date(site.desk.now());
    let send = |form: &str, fill: &str| {
        browser.until("ready", "return document.documentElement.dataset.ready === 'yes'");
        browser.script(&format!("const f = document.querySelector('{form}'); f.closest('details').open = true; {fill}; window.old = true; f.requestSubmit()"));
        browser.until("kept", "return !window.old && document.readyState === 'complete'");
    };
    // The field does not take a day that lies behind.
    let yesterday = today.yesterday().unwrap();
    browser.until("ready", "return document.documentElement.dataset.ready === 'yes'");
    let fits = browser.script(&format!(
        "const f = document.querySelector('[data-deed=reopen]'); f.elements.text.value = '一时修不好'; \
         f.elements.promised.value = '{yesterday}'; return f.checkValidity()"
    ));
    assert_eq!(fits, json!(false));
    let fill = |day: &str| format!("f.elements.text.value = '一时修不好'; f.elements.promised.value = '{day}'");
    send("[data-deed=reopen]", &fill(&today.to_string()));
    assert!(browser.find(".moments").text().contains("前办结"), "{}", browser.text());
    assert!(browser.find(".facts").text().contains("承诺"), "{}", browser.text());
    let later = today.saturating_add(jiff::Span::new().days(40)).to_string();
    send("[data-deed=reopen]", &fill(&later));
    assert!(browser.find(".facts").text().contains(&later), "the day is moved: {}", browser.text());
    // A unit is called, and reports in.
    let unit = site.desk.city().departments[0].name.clone();
    let call = format!("f.elements.units.value = '{unit}'; f.elements.text.value = '多家职责交叉'");
    send("[data-deed=whistle]", &call);
    assert!(browser.find("[data-whistles]").text().contains("未报到"), "{}", browser.text());
    send("[data-deed=report]", "f.elements.text.value = '已到场'");
    assert!(browser.find("[data-whistles]").text().contains("已报到"), "{}", browser.text());
    assert_eq!(browser.script("return document.querySelector('[data-deed=report]')"), json!(null), "nobody is missing");
    is_clean(&browser, &site.address);
    // The numbers of the rates lead to their tickets.
    let send_on = tingsu::domain::Deed::Dispatch { department: unit, assisting: Vec::new(), note: String::new() };
    for deed in [send_on, tingsu::domain::Deed::Sign] {
        site.ask(site.desk.acting(&operator).act_on(&id, deed)).unwrap();
    }
    site.enter(&browser, "supervisor", "/supervise?days=365&units=all");
    browser.script("document.querySelector('.once a.n').click()");
    browser.until("the tickets", "return location.pathname === '/supervise/cases'");
    assert!(
        browser.find("main").text().contains(id.as_str()) || browser.text().contains("路灯不亮"),
        "{}",
        browser.text()
    );
    is_clean(&browser, &site.address);
}

#[test]
fn the_key_of_help_opens_the_part_of_the_page() {
    let Some(browser) = window() else { return };
    let site = Site::without_model();
    site.enter(&browser, "handler", "/tickets");
    browser.keys("?");
    browser.until("help", "return location.pathname + location.hash === '/help#tickets'");
    // What the role may not open is told of, and not led to.
    assert_eq!(browser.script("return document.querySelector('#cockpit .go')"), json!(null));
    assert!(browser.find("#cockpit").text().contains("您的角色没有此页"));
    let dead = "return [...document.querySelectorAll('.help-index a')].filter((a) => !document.querySelector(a.getAttribute('href'))).length";
    assert_eq!(browser.script(dead), 0);
    is_clean(&browser, &site.address);
}
