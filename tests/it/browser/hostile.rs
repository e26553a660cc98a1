//! Hostile words in every text field: nothing that a citizen or an operator writes becomes markup.

use serde_json::{Value, json};
use tingsu::domain::{Actor, Deed, Role, TicketId};

use super::{is_clean, site::Site, webdriver::Browser, window};

const WORDS: [&str; 5] = [
    "<script>window.hit=1</script>",
    "<img src=x onerror=window.hit=1>",
    "\"><svg onload=window.hit=1>",
    "'-window.hit=1-'",
    "{{7*7}}</textarea><script>window.hit=1</script>",
];

fn unharmed(browser: &Browser, what: &str) {
    let found = browser.script("return [window.hit === undefined, document.querySelectorAll('main script, main svg[onload], main img[onerror], [onclick]').length]");
    assert_eq!(found, json!([true, 0]), "{what}");
}

#[test]
fn no_field_of_intake_becomes_markup() {
    let Some(browser) = window() else { return };
    let site = Site::without_model();
    browser.open(&site.url("/intake"));
    browser.until("ready", "return document.documentElement.dataset.ready === 'yes'");
    for word in WORDS {
        for field in ["number", "name", "text", "title", "place", "reply"] {
            // As a paste does.
            browser.script(&format!(
                "const f = document.getElementById('{field}'); f.value = '着火了 ' + {}; f.dispatchEvent(new Event('input', {{ bubbles: true }}))",
                json!(word)
            ));
        }
        browser.until(
            "answered",
            "return document.getElementById('urgency').dataset.level !== '' && !document.querySelector('.hints.stale')",
        );
        unharmed(&browser, word);
        browser.find("#text").type_keys(" ");
        browser
            .script("document.getElementById('number').value = document.getElementById('number').value.slice(0, 32)");
        browser.keys("\u{E009}\u{E007}");
        browser.until("saved", "return document.querySelector('#saved.good a') !== null");
        let id = TicketId::new(browser.find("#saved a").text()).unwrap();
        unharmed(&browser, word);
        browser.visit(&site.url(&format!("/tickets/{id}")));
        assert_eq!(
            browser.script("return document.querySelector('.said').textContent.includes('window.hit')"),
            Value::Bool(true),
            "{word} is shown as it was said"
        );
        unharmed(&browser, word);
        browser.visit(&site.url("/tickets"));
        unharmed(&browser, word);
        browser.visit(&site.url("/intake"));
        browser.until("ready", "return document.documentElement.dataset.ready === 'yes'");
        browser.script("document.getElementById('clear').click()");
    }
    let outside = browser.console_errors();
    assert!(
        outside.iter().all(|line| !line.contains("Content Security Policy")),
        "something tried to run: {outside:?}"
    );
}

#[test]
fn no_act_and_no_query_becomes_markup() {
    let Some(browser) = window() else { return };
    let site = Site::without_model();
    let desk = site.desk.acting(&Actor::person("operator", Role::Supervisor));
    let ticket = site.ask(site.desk.list(&Default::default(), 0, 1)).unwrap().0.remove(0);
    let unit = site.desk.city().departments[0].name.clone();
    for word in WORDS {
        let short: String = word.chars().take(12).collect();
        for deed in [
            Deed::Note { text: word.into() },
            Deed::Mark { mark: short, off: false },
            Deed::Assign { person: word.chars().take(40).collect(), note: word.into() },
            Deed::Transfer { units: vec!["119".into()], note: word.into() },
        ] {
            site.ask(desk.act_on(&ticket.id, deed)).unwrap();
        }
        site.ask(desk.keep_list(&word.chars().take(40).collect::<String>(), &format!("urgency=U1&{word}"))).unwrap();
    }
    for deed in [
        Deed::Dispatch { department: unit, assisting: Vec::new(), note: WORDS[0].into() },
        Deed::Return { reason: WORDS[1].into() },
    ] {
        site.ask(desk.act_on(&ticket.id, deed)).unwrap();
    }
    browser.open(&site.url(&format!("/tickets/{}", ticket.id)));
    assert!(browser.text().contains("window.hit"), "what was written is shown");
    unharmed(&browser, "the ticket's page");
    browser.visit(&site.url("/tickets"));
    unharmed(&browser, "the list");
    is_clean(&browser, &site.address);
    for word in WORDS {
        let q: String = word.bytes().map(|b| format!("%{b:02X}")).collect();
        browser.visit(&site.url(&format!("/search?q={q}")));
        assert_eq!(browser.script("return document.getElementById('q').value"), Value::String(word.into()));
        unharmed(&browser, word);
        browser.visit(&site.url(&format!("/tickets?district={q}&from=2026-05-01")));
        unharmed(&browser, word);
        browser.visit(&site.url(&format!("/tickets?from={q}")));
        unharmed(&browser, "an error page");
    }
}
