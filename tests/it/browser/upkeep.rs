//! The administrator's and the analyst's main paths: a word tried, the pack copied, the word kept and live;
//! a pack sent in; doubtful tickets labelled with one key each.

use std::io::Write;

use serde_json::json;
use tingsu::{
    boot,
    domain::{Actor, Appeal, Channel, NewTicket, Role, TicketId},
};

use super::{is_clean, site::Site, window};

#[test]
fn a_word_is_tried_kept_and_live() {
    let Some(browser) = window() else { return };
    let site = Site::without_model();
    site.enter(&browser, "admin", "/admin/words");
    browser.find("input[name=words]").type_keys("共享货架占道");
    browser.find("textarea[name=text]").type_keys("菜场门口共享货架占道没人管");
    browser.find("main form.stack button").click();
    browser.until("a preview", "return document.querySelector('.tokens .new') !== null");
    assert_eq!(browser.find(".tokens .new").text(), "共享货架占道");
    assert!(browser.text().contains("只读"), "{}", browser.text());
    browser.find("form[action='/admin/pack/copy'] button").click();
    browser.until("copied", "return document.querySelector('.good-note') !== null");
    browser.find("input[name=words]").type_keys("共享货架占道\u{E007}");
    browser.until("a preview", "return document.querySelector('form[action=\"/admin/words/save\"]') !== null");
    browser.find("form[action='/admin/words/save'] button").click();
    browser.until("kept", "return location.search === '?said=saved'");
    assert!(site.desk.city().dictionary.iter().any(|w| w.word == "共享货架占道"));
    is_clean(&browser, &site.address);
    browser.find("input[name=find]").type_keys("共享货架\u{E007}");
    browser.find(".word-list a").click();
    browser.until("what would go", "return document.querySelector('select[name=act]').value === 'remove'");
    browser.visit(&site.url("/admin/audit?action=words_changed"));
    assert!(browser.text().contains("共享货架占道"), "{}", browser.text());
}

#[test]
fn a_pack_that_is_sent_in_is_compared_and_taken() {
    let Some(browser) = window() else { return };
    let site = Site::without_model();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("pack.zip");
    let mut archive = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
    for (name, bytes) in boot::embedded_pack() {
        let mut bytes = bytes.into_owned();
        if name == "dictionary.txt" {
            bytes.extend("\n共享货架占道\n".bytes());
        }
        archive.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(&bytes).unwrap();
    }
    archive.finish().unwrap();
    site.enter(&browser, "admin", "/admin/pack");
    browser.find("[data-pack-upload] input[type=file]").type_keys(path.to_str().unwrap());
    browser.find("[data-pack-upload] button").click();
    browser.until("staged", "return location.search === '?said=staged' && document.querySelector('.diff') !== null");
    assert!(browser.find(".diff").text().contains("共享货架占道"));
    browser.script("window.confirm = () => true");
    browser.find("form[action='/admin/pack/staged/take'] button").click();
    browser.until("taken", "return location.search === '?said=taken'");
    assert!(site.desk.city().dictionary.iter().any(|w| w.word == "共享货架占道"));
    is_clean(&browser, &site.address);
}

#[test]
fn one_key_labels_a_ticket_and_the_next_comes_up() {
    let Some(browser) = window() else { return };
    let site = Site::without_model();
    let operator = Actor::person("demo", Role::Operator);
    for n in 0..3 {
        let said =
            Appeal::new("", format!("人民路{n}号门口路灯不亮,\"><img src=x onerror=\"window.broken=1\">晚上很黑"));
        let id = TicketId::new(format!("Q-{n}")).unwrap();
        let ticket = NewTicket { id: Some(id), ..NewTicket::of(Channel::Phone, said) };
        site.ask(site.desk.receive(&operator, ticket, None)).unwrap();
    }
    site.enter(&browser, "supervisor", "/quality");
    let rows = || browser.script("return document.querySelectorAll('[data-queue] tr').length");
    assert_eq!(rows(), json!(3), "{}", browser.text());
    browser.keys("j");
    browser.keys("1");
    browser.until("the next", "return document.querySelectorAll('[data-queue] tr').length === 2");
    browser.keys("1");
    browser.until("the last", "return document.querySelectorAll('[data-queue] tr').length === 1");
    assert!(browser.find("[data-queue-said]").text().contains("已记录"));
    assert_eq!(browser.script("return window.broken === undefined"), json!(true));
    is_clean(&browser, &site.address);
    let decided = site.ask(site.desk.doubtful(None)).unwrap();
    assert_eq!(decided.len(), 1, "two are decided");
    // Whose session ends in between is told so, and nothing is recorded.
    site.ask(site.desk.end_sessions_of("duban")).unwrap();
    browser.keys("1");
    browser.until("told", "return document.querySelector('[data-queue-said]').textContent.includes('未能记录')");
    assert_eq!(site.ask(site.desk.doubtful(None)).unwrap().len(), 1);
}
