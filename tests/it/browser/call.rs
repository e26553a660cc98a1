//! A phone call from the first word to the saved ticket, by keyboard alone.

use serde_json::{Value, json};
use tingsu::{
    domain::{CallerKind, DecisionKind, Deed, Status, TicketId},
    store::TicketFilter,
};

use super::{is_clean, site::Site, webdriver::Browser, window};

const ALT_ENTER: &str = "\u{E00A}\u{E007}";
const ESCAPE: &str = "\u{E00C}";
const ROAD: &str = "昨晚桂芳路与采荷里交叉口路面有个大坑,骑电动车摔倒,请养护单位尽快补坑。";
const FIRE: &str = "刚才学士街道望江小区3幢着火了,快来救人,五楼有人被困,浓烟很大";
const TWO: &str =
    "采荷里小区2幢楼道灯坏了一个多星期,晚上看不见。还想反映一件事,网上买的冰箱坏了商家不肯退货,要求退款。";

fn open(browser: &Browser, site: &Site) {
    browser.open(&site.url("/intake"));
    browser.until("the page is ready", "return document.documentElement.dataset.ready === 'yes'");
}

fn suggested(browser: &Browser) {
    browser.until(
        "suggestions",
        "return document.getElementById('urgency').dataset.level !== '' && !document.querySelector('.hints.stale') && !document.querySelector('.past.stale')",
    );
}

fn saved(browser: &Browser) -> Vec<TicketId> {
    browser.until("saved", "return document.querySelector('#saved.good a') !== null");
    browser.all("#saved a").iter().map(|a| TicketId::new(a.text()).unwrap()).collect()
}

/// Counts the keys pressed from here on.
fn count_keys(browser: &Browser) {
    browser.script("window.pressed = 0; document.addEventListener('keydown', () => { window.pressed += 1 }, true)");
}

#[test]
fn a_right_suggestion_is_saved_with_fewer_than_five_keys() {
    let Some(browser) = window() else { return };
    let site = Site::start();
    open(&browser, &site);
    // The page comes with the focus where the call begins.
    assert_eq!(browser.script("return document.activeElement.id"), "text");
    browser.keys(ROAD);
    suggested(&browser);
    let first = browser.script("return document.querySelector('.choice[data-head=category] .slot').item.value");
    count_keys(&browser);
    browser.keys(ALT_ENTER);
    let ids = saved(&browser);
    let pressed = browser.script("return window.pressed").as_u64().unwrap();
    assert!(pressed < 5, "{pressed} keys");
    let ticket = site.ask(site.desk.get(&ids[0])).unwrap();
    assert_eq!(ticket.content.appeal.text, ROAD);
    assert_eq!(ticket.labels.category.as_deref(), first.as_str());
    let (decisions, _) = site.ask(site.desk.history(&ids[0])).unwrap();
    assert_eq!(decisions.iter().map(|d| d.kind).collect::<Vec<_>>(), [DecisionKind::Accept]);
    is_clean(&browser, &site.address);
}

#[test]
fn suggestions_follow_the_words_and_an_old_answer_never_wins() {
    let Some(browser) = window() else { return };
    let site = Site::start();
    open(&browser, &site);
    // Answers come back in the wrong order: the first question's answer last.
    browser.script(
        "const real = window.fetch; window.asked = 0; window.fetch = (url, options) => {
           if (!String(url).includes('/triage')) return real(url, options);
           window.asked += 1;
           const late = window.asked === 1 ? 2500 : 0;
           const { signal, ...rest } = options;
           return real(url, rest).then((answer) => new Promise((done) => setTimeout(() => done(answer), late)));
         }",
    );
    browser.keys("公园的花开得很好看");
    browser.until("the first question", "return window.asked === 1");
    browser.keys(",着火了,有人被困,快来救人");
    suggested(&browser);
    assert_eq!(browser.find("#urgency").attribute("data-level"), "U1");
    std::thread::sleep(std::time::Duration::from_millis(3_000));
    assert_eq!(browser.find("#urgency").attribute("data-level"), "U1", "a late answer changed what is shown");
    assert!(browser.find("#cues").text().contains("着火"));
    // Typing fast asks once, not with every key.
    let asked = browser.script("return window.asked").as_u64().unwrap();
    assert!(asked <= 4, "{asked} questions for two sentences");
    assert_eq!(browser.script("return document.activeElement.id"), "text");
}

#[test]
fn what_is_missing_is_asked_for() {
    let Some(browser) = window() else { return };
    let site = Site::start();
    open(&browser, &site);
    browser.keys("路灯不亮了,一直没有人修");
    suggested(&browser);
    let done = |slot: &str| {
        browser.script(&format!("return document.querySelector('[data-slot={slot}]').classList.contains('done')"))
    };
    assert_eq!(done("place"), Value::Bool(false));
    assert!(browser.find("#ask").text().contains("具体在哪里"), "{}", browser.find("#ask").text());
    browser.find("#place").type_keys("人民路12号");
    browser.until("ticked", "return document.querySelector('[data-slot=place]').classList.contains('done')");
    assert!(!browser.find("#ask").text().contains("具体在哪里"));
}

#[test]
fn one_key_transfers_an_emergency() {
    let Some(browser) = window() else { return };
    let site = Site::start();
    open(&browser, &site);
    browser.find("#number").type_keys("13912345678");
    browser.find("#text").type_keys(FIRE);
    suggested(&browser);
    count_keys(&browser);
    browser.keys("\u{E00A}t");
    browser.until("the note", "return document.getElementById('note-text').value.includes('119')");
    assert_eq!(browser.script("return window.pressed"), 2, "Alt and T");
    let note = browser.script("return document.getElementById('note-text').value");
    let note = note.as_str().unwrap();
    for said in ["U1", "望江小区3幢", "刚才", "13912345678"] {
        assert!(note.contains(said), "`{said}` is missing in {note}");
    }
    assert_eq!(browser.script("return document.activeElement.id"), "note-copy", "Enter copies");
    browser.keys("\u{E007}");
    browser.until("copied", "return /已复制|手工/.test(document.getElementById('note-said').textContent)");
    let ids = saved(&browser);
    let acts = site.ask(site.desk.acts(&ids[0])).unwrap();
    assert!(
        matches!(&acts[0].deed, Deed::Transfer { units, note: kept } if units.contains(&"119".into()) && kept == note)
    );
    browser.keys(ESCAPE);
    browser.until("closed", "return document.getElementById('note').hidden");
    is_clean(&browser, &site.address);
}

#[test]
fn a_transfer_without_a_suggestion_asks_where_to() {
    let Some(browser) = window() else { return };
    let site = Site::without_model();
    open(&browser, &site);
    browser.keys("有个人在桥边坐了很久,看着不对劲");
    suggested(&browser);
    browser.script("document.getElementById('linkage').hidden = true");
    browser.keys("\u{E00A}t");
    browser.until(
        "asked",
        "return !document.getElementById('note-units').hidden || document.getElementById('note-text').value !== ''",
    );
    if browser.script("return !document.getElementById('note-units').hidden") == true {
        browser.keys("1");
    }
    browser.until("the note", "return document.getElementById('note-text').value !== ''");
    let ids = saved(&browser);
    assert_eq!(site.ask(site.desk.acts(&ids[0])).unwrap().len(), 1);
}

#[test]
fn two_matters_are_saved_as_two_tickets() {
    let Some(browser) = window() else { return };
    let site = Site::start();
    open(&browser, &site);
    browser.find("#number").type_keys("13812340000");
    browser.find("#text").type_keys(TWO);
    browser.until("parts", "return !document.getElementById('parts').hidden");
    assert!(browser.find("#parts-head").text().contains("2 件"));
    assert_eq!(browser.script("return document.activeElement.id"), "text", "a proposal does not take the focus");
    browser.keys("\u{E00A}s");
    browser.until("taken over", "return document.querySelector('#parts.taken') !== null");
    browser.script("const c = document.querySelectorAll('.part-category')[1]; c.selectedIndex = 1; c.dispatchEvent(new Event('change', { bubbles: true }))");
    let chosen = browser.script("return document.querySelectorAll('.part-category')[1].value");
    browser.keys("\u{E009}\u{E007}");
    let ids = saved(&browser);
    assert_eq!(ids.len(), 2);
    let tickets: Vec<_> = ids.iter().map(|id| site.ask(site.desk.get(id)).unwrap()).collect();
    assert!(tickets[0].content.appeal.text.contains("楼道灯") && !tickets[0].content.appeal.text.contains("冰箱"));
    assert!(tickets[1].content.appeal.text.contains("冰箱"));
    assert!(tickets.iter().all(|t| t.content.caller.number.as_deref() == Some("13812340000")));
    assert_eq!(tickets[1].labels.category.as_deref(), chosen.as_str());
    assert_eq!(site.ask(site.desk.same_call(&ids[0])).unwrap()[0].id, ids[1]);
    assert_eq!(browser.script("return document.getElementById('text').value"), "", "ready for the next call");
    browser.open(&site.url(&format!("/tickets/{}", ids[0])));
    assert!(browser.text().contains("同一来电"));
    is_clean(&browser, &site.address);
}

#[test]
fn the_parts_of_a_call_are_adopted_by_one_key() {
    let Some(browser) = window() else { return };
    let site = Site::start();
    open(&browser, &site);
    browser.find("#text").type_keys(TWO);
    browser.until("parts", "return !document.getElementById('parts').hidden");
    browser.keys("\u{E00A}s");
    browser.until("taken over", "return document.querySelector('#parts.taken') !== null");
    let shown = browser.script(
        "return Array.from(document.querySelectorAll('.part'), (p) => [p.querySelector('select').options[1].value, p.querySelector('.part-unit').textContent])",
    );
    browser.keys(ALT_ENTER);
    for (at, id) in saved(&browser).iter().enumerate() {
        let labels = site.ask(site.desk.get(id)).unwrap().labels;
        assert_eq!(json!([labels.category, labels.department]), shown[at], "what the part showed is decided");
        assert!(labels.appeal_type.is_some());
        let (decisions, _) = site.ask(site.desk.history(id)).unwrap();
        assert_eq!(decisions.iter().map(|d| d.kind).collect::<Vec<_>>(), [DecisionKind::Accept]);
    }
    is_clean(&browser, &site.address);
}

#[test]
fn a_call_is_stored_as_a_repeat_and_says_who_asks_for_secrecy() {
    let Some(browser) = window() else { return };
    let site = Site::without_model();
    open(&browser, &site);
    let told = "人民路12号门前的窨井盖坏了三天,行人绊倒,请尽快维修";
    let say = |number: &str, text: &str| {
        browser.find("#number").type_keys(number);
        browser.find("#text").type_keys(text);
    };
    say("13812340000", told);
    browser.keys("\u{E009}\u{E007}");
    let first = saved(&browser).remove(0);
    say("13812340000", &format!("{told}。上次说了没人来"));
    browser.until("the earlier call", "return document.querySelector('#cases [data-relation=repeat]') !== null");
    browser.keys("\u{E00A}v");
    browser.until("a case has the focus", "return document.activeElement.closest('#cases') !== null");
    browser.keys("r");
    browser.until("taken for a repeat", "return !document.getElementById('repeat').hidden");
    assert_eq!(browser.find("#repeat-link").text(), first.as_str());
    browser.script("document.getElementById('kind').value = '企业'");
    browser.find("#confidential").click();
    browser.find("#anonymous").click();
    // The page may be loaded anew: all of it is still there.
    browser.open(&site.url("/intake"));
    browser.until("the page is ready", "return document.documentElement.dataset.ready === 'yes'");
    browser.until(
        "the draft",
        "return !document.getElementById('repeat').hidden && document.getElementById('confidential').checked",
    );
    browser.find("#text").type_keys("。");
    browser.keys("\u{E009}\u{E007}");
    let second = saved(&browser).remove(0);
    let content = site.ask(site.desk.get(&second)).unwrap().content;
    assert_eq!(content.repeat_of.as_ref(), Some(&first));
    assert!(content.caller.confidential && content.caller.anonymous);
    assert_eq!(content.caller.kind, Some(CallerKind::Enterprise));
    let left = browser.script(
        "return [document.getElementById('repeat').hidden, document.getElementById('confidential').checked, document.getElementById('kind').value]",
    );
    assert_eq!(left, json!([true, false, "个人"]), "the next call begins clean");
    browser.open(&site.url(&format!("/tickets/{second}")));
    assert!(browser.text().contains("重复于") && browser.text().contains("要求保密"));
    is_clean(&browser, &site.address);
}

#[test]
fn a_proposal_to_split_may_be_ignored() {
    let Some(browser) = window() else { return };
    let site = Site::start();
    open(&browser, &site);
    browser.find("#text").type_keys(TWO);
    browser.until("parts", "return !document.getElementById('parts').hidden");
    browser.find("#parts-ignore").click();
    browser.until("gone", "return document.getElementById('parts').hidden");
    browser.find("#text");
    browser.keys("\u{E009}\u{E007}");
    assert_eq!(saved(&browser).len(), 1);
}

#[test]
fn a_past_reply_is_used_again_by_enter() {
    let Some(browser) = window() else { return };
    let site = Site::start();
    let known = site.ask(site.desk.list(&TicketFilter::default(), 0, 50)).unwrap().0;
    let case = known.iter().find(|t| t.content.handling.reply.is_some()).expect("the demo has replies");
    open(&browser, &site);
    browser.find("#text").type_keys(&case.content.appeal.text.replace(['\n', '\t'], " "));
    suggested(&browser);
    browser.until("cases", "return document.querySelectorAll('#cases > li').length > 0");
    browser.keys("\u{E00A}v");
    browser.until("a case has the focus", "return document.activeElement.closest('#cases') !== null");
    browser.keys("\u{E007}");
    browser.until("the reply", "return document.getElementById('reply').value !== ''");
    assert_eq!(browser.script("return document.activeElement.id"), "reply");
    browser.keys("\u{E009}\u{E007}");
    let id = saved(&browser).remove(0);
    let ticket = site.ask(site.desk.get(&id)).unwrap();
    assert_eq!(ticket.status, Status::Replied, "a direct answer ends it");
    assert!(ticket.content.handling.reply.is_some());
}

#[test]
fn without_a_model_everything_but_the_suggestion_works() {
    let Some(browser) = window() else { return };
    let site = Site::without_model();
    open(&browser, &site);
    browser.find("#number").type_keys("13812340000");
    browser.find("#text").type_keys(FIRE);
    suggested(&browser);
    assert_eq!(browser.find("#urgency").attribute("data-level"), "U1", "the rules answer");
    browser.until("elements", "return document.querySelector('[data-slot=time]').classList.contains('done')");
    browser.keys("\u{E00A}t");
    browser.until("the note", "return document.getElementById('note-text').value.includes('119')");
    let id = saved(&browser).remove(0);
    assert_eq!(site.ask(site.desk.acts(&id)).unwrap().len(), 1);
    // Now nothing answers but the store.
    browser.keys(ESCAPE);
    browser.script(
        "const real = window.fetch; window.fetch = (url, options) => /triage|similar|split/.test(String(url)) ? Promise.reject(new TypeError('gone')) : real(url, options)",
    );
    browser.find("#text").type_keys("人民路路灯不亮");
    browser.until("told", "return document.getElementById('cues').textContent.includes('登记不受影响')");
    browser.keys("\u{E009}\u{E007}");
    let before = id;
    browser.until(
        "saved",
        &format!("return document.querySelector('#saved.good a')?.textContent !== {}", json!(before.as_str())),
    );
    assert_eq!(saved(&browser).len(), 1);
}
