//! Who comes in, as a browser sees it: roles, sessions, forms; and that no field of any form becomes
//! part of a page.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tingsu::domain::Role;

use super::{is_clean, site::Site, window};
use crate::http::rights::who;

/// What a careless page would run.
const SCRIPT: &str = "\"><img src=x onerror=\"window.broken=1\"><script>window.broken=1</script>";

#[test]
fn each_role_enters_and_sees_its_own_pages() {
    let Some(browser) = window() else { return };
    let site = Site::without_model();
    for (role, first, rail, not) in [
        ("operator", "/intake", "受理台", "管理"),
        ("handler", "/tickets", "工单", "受理台"),
        ("supervisor", "/supervise", "质量", "管理"),
        ("analyst", "/topics", "质量", "受理台"),
        ("leader", "/cockpit", "检索", "管理"),
        ("admin", "/admin", "管理", "受理台"),
    ] {
        site.enter(&browser, role, "/");
        browser.until("the first page", &format!("return location.pathname === '{first}'"));
        let shown = browser.find(".rail").text();
        assert!(shown.contains(rail) && !shown.contains(not), "{role}: {shown}");
        assert!(browser.find(".who").text().contains("演示"), "{role}: the page says who one is");
        is_clean(&browser, &site.address);
    }
    // The handler's list holds one department.
    site.enter(&browser, "handler", "/tickets");
    let own = site.ask(site.desk.users()).unwrap().into_iter().find(|u| u.role == Role::Handler).unwrap();
    let departments = browser.script("return [...new Set([...document.querySelectorAll('tbody td[data-col=department]')].map((td) => td.textContent.trim()))]");
    assert_eq!(departments, json!(own.reach.departments));
}

/// Whatever stands in somebody's rail, and pages that lie behind them: who may not open one is told so, and is not
/// led there. Who may is the table of [`crate::http::rights`].
#[test]
fn what_a_role_may_not_open_is_refused_and_not_in_its_rail() {
    const RAIL: [&str; 11] = [
        "/intake",
        "/tickets",
        "/search",
        "/topics",
        "/watches",
        "/cockpit",
        "/briefs",
        "/audit",
        "/supervise",
        "/quality",
        "/admin",
    ];
    const BEHIND: [&str; 5] = ["/admin/users", "/admin/audit", "/cockpit/cases", "/causes", "/quality/confused"];
    let Some(browser) = window() else { return };
    let site = Site::without_model();
    let (mut seen, mut refused) = (BTreeSet::new(), 0);
    for (letter, role) in
        [('O', "operator"), ('H', "handler"), ('S', "supervisor"), ('A', "analyst"), ('L', "leader"), ('M', "admin")]
    {
        let may = |path: &str| who("GET", path).contains(letter);
        site.enter(&browser, role, "/help");
        let links = "return [...document.querySelectorAll('.rail li a')].map((a) => a.getAttribute('href'))";
        let rail: Vec<String> = serde_json::from_value(browser.script(links)).unwrap();
        let wanted: Vec<&str> = RAIL.into_iter().filter(|path| may(path)).collect();
        assert_eq!(rail, wanted, "{role}'s rail");
        seen.extend(rail);
        is_clean(&browser, &site.address);
        for path in RAIL.into_iter().chain(BEHIND).filter(|path| !may(path)) {
            browser.visit(&site.url(path));
            assert_eq!(browser.status(), 403, "{role} at {path}");
            assert!(browser.find("main").text().contains("无权访问"), "{role} at {path}: {}", browser.text());
            assert_eq!(browser.script(links), json!(wanted), "the rail stays, so that {role} gets on from {path}");
            refused += 1;
        }
        // Chromium tells of every refused page.
        browser.console_errors();
    }
    assert_eq!(seen.len(), RAIL.len(), "each page of the rail is somebody's");
    assert!(refused > 25, "only {refused} refusals");
}

#[test]
fn an_ended_session_is_over_at_once() {
    let Some(browser) = window() else { return };
    let site = Site::without_model();
    site.enter(&browser, "operator", "/intake");
    browser.until("the page is ready", "return document.documentElement.dataset.ready === 'yes'");
    let ended = site.ask(site.desk.end_sessions_of("shouli")).unwrap();
    assert_eq!(ended, 1);
    // What was typed stays, and the page says what to do.
    browser.find("#text").type_keys("人民路路灯不亮");
    browser.keys("\u{E009}\u{E007}");
    browser.until("told", "return document.querySelector('#saved.bad') !== null");
    assert!(browser.find("#saved").text().contains("登录"), "{}", browser.find("#saved").text());
    assert_eq!(browser.script("return document.getElementById('text').value"), "人民路路灯不亮");
    browser.visit(&site.url("/tickets"));
    assert_eq!(browser.script("return location.pathname + location.search"), "/login?next=%2Ftickets");
    browser.find("button[data-role=operator]").click();
    browser.until("back", "return location.pathname === '/tickets'");
    browser.find(".who button").click();
    browser.until("logged out", "return location.pathname === '/login'");
    browser.visit(&site.url("/tickets"));
    assert_eq!(browser.script("return location.pathname"), "/login");
}

#[test]
fn a_draft_does_not_pass_to_the_next_person_of_the_tab() {
    let Some(browser) = window() else { return };
    let site = Site::without_model();
    let text = "return document.getElementById('text').value";
    let ready = || browser.until("ready", "return document.documentElement.dataset.ready === 'yes'");
    let kept = "return JSON.stringify(sessionStorage)";
    let log_in = |role: &str| {
        browser.find(&format!("button[data-role={role}]")).click();
        browser.until("logged in", "return location.pathname !== '/login' && document.readyState === 'complete'");
        browser.visit(&site.url("/intake"));
        ready();
    };
    browser.visit(&site.url("/login"));
    browser.forget();
    browser.visit(&site.url("/login"));
    log_in("operator");
    browser.find("#number").type_keys("13812345678");
    browser.find("#text").type_keys("人民路路灯不亮");
    browser.visit(&site.url("/intake"));
    ready();
    assert_eq!(browser.script(text), "人民路路灯不亮", "a reload loses nothing");
    // Whose session ends by itself leaves a draft behind: it is the own one, not the next one's.
    browser.forget();
    browser.visit(&site.url("/login"));
    log_in("supervisor");
    assert_eq!(browser.script(text), "");
    assert!(!browser.script(kept).to_string().contains("13812345678"), "{}", browser.script(kept));
    browser.find("#text").type_keys("解放路停水");
    browser.find(".who button").click();
    browser.until("logged out", "return location.pathname === '/login'");
    assert!(!browser.script(kept).to_string().contains("解放路停水"), "{}", browser.script(kept));
    is_clean(&browser, &site.address);
}

#[test]
fn a_form_without_its_proof_is_refused() {
    let Some(browser) = window() else { return };
    let site = Site::without_model();
    site.enter(&browser, "admin", "/admin/users");
    let status = |script: &str| browser.script(&format!("return (async () => (await {script}).status)()"));
    let form = "name=shouli&act=disable";
    let post = |headers: &str, body: &str| {
        format!(
            "fetch('/admin/users/change', {{ method: 'POST', headers: {{ 'Content-Type': 'application/x-www-form-urlencoded' {headers} }}, body: '{body}' }})"
        )
    };
    assert_eq!(status(&post("", form)), 403);
    assert_eq!(status(&post("", &format!("{form}&csrf=0"))), 403);
    assert_eq!(status(&post(", 'X-CSRF-Token': 'x'", form)), 403);
    assert!(!site.ask(site.desk.users()).unwrap().iter().any(|u| u.disabled));
    let proof = browser.script("return document.querySelector('meta[name=csrf]').content");
    let proof = proof.as_str().unwrap();
    assert_eq!(status(&post("", &format!("{form}&csrf={proof}"))), 200);
    assert!(site.ask(site.desk.users()).unwrap().iter().any(|u| u.disabled && u.name == "shouli"));
}

#[test]
fn no_field_becomes_part_of_a_page() {
    let Some(browser) = window() else { return };
    let site = Site::without_model();
    site.enter(&browser, "admin", "/admin");
    for path in ["/admin/users", "/admin/keys", "/admin/words", "/account"] {
        browser.visit(&site.url(path));
        let forms = browser.script("return document.querySelectorAll('main form').length").as_u64().unwrap();
        for n in 0..forms {
            browser.visit(&site.url(path));
            let fill = format!(
                "const form = document.querySelectorAll('main form')[{n}];\
                 const own = form.querySelector('input[name=name][type=hidden]'); if (own && own.value !== 'shouli') return false;\
                 for (const e of form.querySelectorAll('input[type=text], input[type=password], input:not([type]), textarea')) {{ e.removeAttribute('maxlength'); e.value = {}; }}\
                 delete form.dataset.ask; HTMLFormElement.prototype.submit.call(form); return true",
                json!(SCRIPT)
            );
            // Other accounts are left alone: a new password would end this very session.
            if browser.script(&fill) == Value::Bool(false) {
                continue;
            }
            browser.until("an answer", "return document.readyState === 'complete'");
            assert_eq!(browser.script("return window.broken === undefined"), Value::Bool(true), "{path} form {n}");
        }
    }
    site.enter(&browser, "supervisor", "/intake");
    browser.until("the page is ready", "return document.documentElement.dataset.ready === 'yes'");
    for field in ["number", "name", "title", "place", "text"] {
        browser.script(&format!(
            "const e = document.getElementById('{field}'); e.value = {}; e.dispatchEvent(new Event('input', {{ bubbles: true }}))",
            json!(SCRIPT)
        ));
    }
    browser.until(
        "suggestions",
        "return document.getElementById('urgency').dataset.level !== '' && !document.querySelector('.stale')",
    );
    browser.find("#text");
    browser.script("document.getElementById('text').focus()");
    browser.keys("\u{E009}\u{E007}");
    browser.until("an answer", "return document.querySelector('#saved.good a, #saved.bad') !== null");
    let id = browser.script("const a = document.querySelector('#saved.good a'); return a ? a.textContent : ''");
    let encoded = "%22%3E%3Cimg%20src%3Dx%20onerror%3D%22window.broken%3D1%22%3E";
    let id = id.as_str().unwrap().to_owned();
    for path in [
        format!("/tickets/{id}"),
        "/tickets".into(),
        format!("/search?q={encoded}"),
        format!("/login?next={encoded}"),
        format!("/tickets/{encoded}"),
    ] {
        browser.visit(&site.url(&path));
        assert_eq!(
            browser.script("return window.broken === undefined && document.querySelector('main img[src=x]') === null"),
            Value::Bool(true),
            "{path}"
        );
    }
    site.enter(&browser, "analyst", "/quality");
    assert_eq!(browser.script("return window.broken === undefined"), Value::Bool(true));
}

#[test]
fn an_administrator_adds_somebody_who_then_enters() {
    let Some(browser) = window() else { return };
    let site = Site::without_model();
    site.enter(&browser, "admin", "/admin/users");
    browser.find("form[action='/admin/users'] input[name=name]").type_keys("xinren");
    browser.find("form[action='/admin/users'] input[name=password]").type_keys("Chushi-Mima-2026");
    browser.find("form[action='/admin/users'] button").click();
    browser.until("added", "return document.querySelector('.good-note') !== null");
    is_clean(&browser, &site.address);
    browser.visit(&site.url("/login"));
    browser.forget();
    browser.visit(&site.url("/login"));
    browser.find("#name").type_keys("xinren");
    browser.find("#password").type_keys("Chushi-Mima-2026\u{E007}");
    browser.until("the first thing to do", "return location.pathname === '/account'");
    assert!(browser.text().contains("请先修改密码"));
    browser.find("input[name=old]").type_keys("Chushi-Mima-2026");
    browser.find("input[name=password]").type_keys("Ziji-Xuande-88");
    browser.find("input[name=again]").type_keys("Ziji-Xuande-88\u{E007}");
    browser.until("changed", "return document.querySelector('.good-note') !== null");
    browser.visit(&site.url("/intake"));
    browser.until("the desk", "return location.pathname === '/intake'");
    is_clean(&browser, &site.address);
}
