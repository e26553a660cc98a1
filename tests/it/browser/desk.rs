//! 受理台 as an operator uses it.

use serde_json::json;
use tingsu::domain::{DecisionKind, TicketId};

use super::{is_clean, site::Site, webdriver::Browser, window};

const CTRL_ENTER: &str = "\u{E009}\u{E007}";
const FIRE: &str = "学士街道望江小区3幢着火了,快来救人,五楼有人被困,浓烟很大";
const ROAD: &str =
    "市民来电反映,桂芳路与采荷里交叉口路面有个大坑,昨晚下雨积水看不见,骑电动车摔倒。诉求:请养护单位尽快补坑。";

fn open(browser: &Browser, site: &Site) {
    browser.open(&site.url("/intake"));
    browser.until("the page is ready", "return document.documentElement.dataset.ready === 'yes'");
}

/// Types the text of an appeal and waits for its suggestions.
fn say(browser: &Browser, text: &str) {
    browser.find("#text").type_keys(text);
    browser.until(
        "suggestions",
        "return document.getElementById('urgency').dataset.level !== '' && !document.querySelector('.hints.stale') && !document.querySelector('.past.stale')",
    );
}

/// Saves and waits for the number.
fn save(browser: &Browser) -> TicketId {
    browser.keys(CTRL_ENTER);
    browser.until("saved", "return document.querySelector('#saved.good a') !== null");
    TicketId::new(browser.find("#saved a").text()).unwrap()
}

#[test]
fn a_pasted_appeal_gets_suggestions_with_their_reasons() {
    let Some(browser) = window() else { return };
    let site = Site::start();
    open(&browser, &site);
    // As a paste does: the whole value at once, then one input event.
    browser.script(&format!(
        "const t = document.getElementById('text'); t.value = {}; t.dispatchEvent(new Event('input', {{ bubbles: true }}))",
        json!(ROAD)
    ));
    browser.until(
        "three categories",
        "return document.querySelectorAll('.choice[data-head=category] .slot:not(.vacant):not(.other)').length === 3",
    );
    browser.until("marks", "return document.querySelectorAll('#mirror mark').length > 0");
    let marked = browser.script("return Array.from(document.querySelectorAll('#mirror mark'), (m) => m.textContent)");
    assert!(marked.as_array().unwrap().iter().all(|m| ROAD.contains(m.as_str().unwrap())), "{marked}");
    // The mirror says exactly what the text says, so that the marks lie under the words.
    let mirror = browser.script("return document.getElementById('mirror').textContent.replace('\\u200b', '')");
    assert_eq!(mirror, ROAD);
    let widths = browser
        .script("return [document.getElementById('mirror').clientWidth, document.getElementById('text').clientWidth]");
    assert_eq!(widths[0], widths[1]);
    assert!(browser.text().contains("桂芳路"), "places are listed");
    let done = browser.script("return Array.from(document.querySelectorAll('#five .done'), (e) => e.dataset.slot)");
    assert_eq!(done, json!(["time", "place", "who", "what", "want"]), "the checklist ticks itself");
    browser.until("past cases", "return document.querySelectorAll('#cases li').length > 0");
    let focus = browser.script("return document.activeElement.id");
    assert_eq!(focus, "text", "suggestions do not move the focus");
    is_clean(&browser, &site.address);
}

#[test]
fn an_urgent_appeal_shows_cue_and_linkage() {
    let Some(browser) = window() else { return };
    let site = Site::start();
    open(&browser, &site);
    say(&browser, FIRE);
    assert_eq!(browser.find("#urgency").attribute("data-level"), "U1");
    assert!(browser.find("#level-name").text().contains("特急"));
    assert!(browser.find("#cues").text().contains("着火"), "{}", browser.find("#cues").text());
    let units = browser.find("#linkage-units").text();
    assert!(units.contains("119"), "{units}");
    let cues =
        browser.script("return Array.from(document.querySelectorAll('#mirror .m-cue'), (m) => m.textContent).join('')");
    assert!(cues.as_str().unwrap().contains("着火"), "{cues}");
    is_clean(&browser, &site.address);
}

#[test]
fn ctrl_enter_saves_and_the_appeal_is_found() {
    let Some(browser) = window() else { return };
    let site = Site::start();
    open(&browser, &site);
    browser.find("#number").type_keys("13812345678");
    say(&browser, "飞虹街道菜场门口的窨井盖不见了,老人差点摔进去,希望尽快补上");
    let id = save(&browser);
    assert_eq!(browser.script("return document.getElementById('text').value"), "", "ready for the next call");
    let ticket = site.ask(site.desk.get(&id)).unwrap();
    assert_eq!(ticket.content.caller.number.as_deref(), Some("13812345678"));
    assert!(ticket.content.appeal.text.starts_with("飞虹街道菜场门口"));
    let end = std::time::Instant::now() + std::time::Duration::from_secs(15);
    loop {
        browser.open(&site.url("/search?q=%E7%AA%A8%E4%BA%95%E7%9B%96%20%E8%8F%9C%E5%9C%BA"));
        if browser.text().contains(id.as_str()) {
            break;
        }
        assert!(std::time::Instant::now() < end, "not found: {}", browser.text());
    }
    assert!(!browser.all("mark.m-hit").is_empty(), "hits are marked");
    is_clean(&browser, &site.address);
    browser.find(".hit-title a").click();
    browser.until("the ticket's page", "return location.pathname.startsWith('/tickets/')");
    is_clean(&browser, &site.address);
}

#[test]
fn a_choice_by_key_is_recorded_as_a_decision() {
    let Some(browser) = window() else { return };
    let site = Site::start();
    open(&browser, &site);
    say(&browser, ROAD);
    let second = browser.script("return document.querySelectorAll('.choice[data-head=category] .slot')[1].item.value");
    let second = second.as_str().unwrap();
    browser.keys("\u{E00A}2");
    browser.until(
        "chosen",
        "return document.querySelectorAll('.choice[data-head=category] .slot')[1].classList.contains('on')",
    );
    assert_eq!(browser.script("return document.getElementById('text').value"), ROAD, "the key writes nothing");
    // From the text to the department's group, the first by its number.
    browser.keys("\u{E00A}c");
    browser.keys("1");
    browser.until(
        "chosen",
        "return document.querySelector('.choice[data-head=department] .slot').classList.contains('on')",
    );
    let id = save(&browser);
    let (decisions, _) = site.ask(site.desk.history(&id)).unwrap();
    assert_eq!(decisions.len(), 1);
    assert_eq!(decisions[0].labels.category.as_deref(), Some(second));
    assert!(decisions[0].labels.department.is_some() && decisions[0].labels.urgency.is_none());
    assert_eq!(decisions[0].kind, DecisionKind::Correct);
    is_clean(&browser, &site.address);
}

#[test]
fn any_category_can_be_found_in_the_tree() {
    let Some(browser) = window() else { return };
    let site = Site::start();
    let wanted = site.desk.city().taxonomy.categories().last().unwrap().clone();
    open(&browser, &site);
    say(&browser, ROAD);
    browser.keys("\u{E00A}0");
    browser.until("the tree", "return !document.getElementById('picker').hidden && document.querySelectorAll('#picker-list [role=option]').length > 100");
    browser.keys(&wanted.level2);
    browser.until("one left", "return document.querySelectorAll('#picker-list [role=option]').length < 10");
    browser.keys("\u{E007}");
    browser.until(
        "chosen",
        "return document.querySelector('.choice[data-head=category] .other').classList.contains('on')",
    );
    assert_eq!(browser.script("return document.activeElement.id"), "text", "back where the operator was");
    let id = save(&browser);
    let ticket = site.ask(site.desk.get(&id)).unwrap();
    assert_eq!(ticket.labels.category, Some(wanted.code));
    is_clean(&browser, &site.address);
}

#[test]
fn lowering_the_urgency_needs_a_reason() {
    let Some(browser) = window() else { return };
    let site = Site::start();
    open(&browser, &site);
    say(&browser, FIRE);
    browser.script("document.querySelector('.levels input[value=U3]').click()");
    browser.until("the reason is asked for", "return !document.getElementById('lower').hidden");
    browser.find("#text");
    browser.keys(CTRL_ENTER);
    browser.until("refused", "return document.getElementById('saved').textContent.includes('理由')");
    assert_eq!(browser.script("return document.activeElement.id"), "reason");
    assert_eq!(browser.script("return document.getElementById('text').value"), FIRE, "the text stays");
    browser.keys("已核实为消防演练");
    let id = save(&browser);
    let ticket = site.ask(site.desk.get(&id)).unwrap();
    assert_eq!(ticket.effective().urgency.map(|u| u.code()), Some("U3"));
}

#[test]
fn without_a_model_the_page_says_so_and_still_saves() {
    let Some(browser) = window() else { return };
    let site = Site::without_model();
    open(&browser, &site);
    assert!(browser.find(".notice").text().contains("模型未加载"));
    say(&browser, "人民路上的路灯不亮,希望尽快修好");
    let id = save(&browser);
    assert!(site.ask(site.desk.get(&id)).is_ok());
    is_clean(&browser, &site.address);
}

#[test]
fn when_the_service_is_gone_the_text_stays() {
    let Some(browser) = window() else { return };
    let site = Site::start();
    open(&browser, &site);
    say(&browser, ROAD);
    // What the browser sees when the machine at the other end is gone.
    browser.script(
        "window.realFetch = window.fetch; window.fetch = () => Promise.reject(new TypeError('Failed to fetch'))",
    );
    browser.keys(CTRL_ENTER);
    browser.until("told", "return document.querySelector('#saved.bad') !== null");
    let said = browser.find("#saved").text();
    assert!(said.contains("未保存") && said.contains("文字保留"), "{said}");
    assert_eq!(browser.script("return document.getElementById('text').value"), ROAD);
    browser.script("window.fetch = window.realFetch");
    let id = save(&browser);
    assert_eq!(site.ask(site.desk.get(&id)).unwrap().content.appeal.text, ROAD);
}

#[test]
fn a_reload_keeps_the_draft() {
    let Some(browser) = window() else { return };
    let site = Site::start();
    open(&browser, &site);
    say(&browser, ROAD);
    open(&browser, &site);
    assert_eq!(browser.script("return document.getElementById('text').value"), ROAD);
    browser.until("suggested again", "return document.getElementById('urgency').dataset.level !== ''");
}
