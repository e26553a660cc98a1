//! Hostile words in every text field: nothing that a citizen or an operator writes becomes markup.

use serde_json::{Value, json};
use tingsu::domain::{Actor, Deed, Role, TicketId};

use super::{is_clean, site::Site, webdriver::Browser, window};

pub(super) const WORDS: [&str; 5] = [
    "<script>window.hit=1</script>",
    "<img src=x onerror=window.hit=1>",
    "\"><svg onload=window.hit=1>",
    "'-window.hit=1-'",
    "{{7*7}}</textarea><script>window.hit=1</script>",
];

/// Nothing on the page is the words' own: no script of theirs ran, and none of their elements is there. The second
/// counts for itself: the content security policy would stop a script that became part of a page.
pub(super) fn unharmed(browser: &Browser, what: &str) {
    let found = browser.script(
        "return [window.hit === undefined, \
         document.querySelectorAll('script:not([src]), [onload], [onerror], [onclick], img[src=x]').length]",
    );
    assert_eq!(found, json!([true, 0]), "{what}");
}

/// Whether a page tried to run what stood in it, since this was asked last.
pub(super) fn tried_to_run(browser: &Browser) -> Vec<String> {
    browser.console_errors().into_iter().filter(|line| line.contains("Content Security Policy")).collect()
}

#[test]
fn words_that_become_markup_are_noticed() {
    let Some(browser) = window() else { return };
    let site = Site::without_model();
    let broken = |browser: &Browser| {
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| unharmed(browser, "a careless page"))).is_err()
    };
    // The fourth word is markup only within a script, and there is none of ours inline.
    for word in WORDS.iter().filter(|word| word.contains('<')) {
        browser.visit(&site.url("/login"));
        assert!(!broken(&browser));
        browser.script_with("document.body.insertAdjacentHTML('beforeend', arguments[0])", &json!([word]));
        assert!(broken(&browser), "{word} was not noticed");
    }
    browser.visit(&site.url("/login"));
    assert!(!tried_to_run(&browser).is_empty(), "the policy told of no attempt");
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
        // Lowering the level asks for a reason.
        browser.script("document.querySelector('.levels input[value=U3]').click()");
        browser.until("the reason is asked for", "return !document.getElementById('lower').hidden");
        browser.script_with(
            "const f = document.getElementById('reason'); f.value = arguments[0]; f.dispatchEvent(new Event('input', { bubbles: true }))",
            &json!([word]),
        );
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
        let reason = site.ask(site.desk.history(&id)).unwrap().0.into_iter().find_map(|decision| decision.reason);
        assert!(reason.is_some_and(|reason| reason.contains("window.hit") || reason.contains("7*7")), "{word}");
        unharmed(&browser, word);
        browser.visit(&site.url("/tickets"));
        unharmed(&browser, word);
        browser.visit(&site.url("/intake"));
        browser.until("ready", "return document.documentElement.dataset.ready === 'yes'");
        browser.script("document.getElementById('clear').click()");
    }
    assert_eq!(tried_to_run(&browser), [""; 0], "something tried to run");
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
