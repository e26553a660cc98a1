//! A brief made, edited, checked, signed, downloaded and followed in a browser, and a bulletin audited.

use std::io::{Cursor, Read};

use tingsu::domain::{Role, brief::BriefState};

use super::{is_clean, site::Site, webdriver::Browser, window};

/// On the page of all briefs: makes the weekly one of the seven days before today, and stands on its page.
pub(super) fn make(browser: &Browser) {
    // the site's appeals lie an hour apart, for more than a day back: last week may have none of them
    browser.script(
        "const day = (n) => new Date(Date.now() + (8 + 24 * n) * 3600e3).toISOString().slice(0, 10); \
         const make = document.querySelector('[data-make]'); make.elements.kind.value = 'weekly'; \
         make.elements.from.value = day(-7); make.elements.to.value = day(0)",
    );
    browser.find("[data-make] button").click();
    browser.until("the brief", "return /^\\/briefs\\/./.test(location.pathname)");
    browser.until("its figures", "return document.querySelectorAll('.fig').length > 10");
}

/// Presses the button of a step, again where it asks back, until so many steps are done.
fn press(browser: &Browser, act: &str, done: u64) {
    browser.find(&format!("[data-act={act}]")).click();
    browser.until(
        act,
        &format!(
            "const b = document.querySelector('[data-act={act}]'); \
             if (b && !b.disabled && b.dataset.asked === 'yes') b.click(); \
             return document.querySelectorAll('.steps .done').length === {done}"
        ),
    );
}

#[test]
fn an_analyst_makes_a_brief_and_cannot_type_over_its_figures() {
    let Some(browser) = window() else { return };
    let site = Site::without_model();
    site.enter(&browser, "analyst", "/briefs");
    make(&browser);
    assert!(browser.text().contains("受理情况"), "{}", browser.text());
    is_clean(&browser, &site.address);

    // A number of one's own is refused with a word of why; the words stay in the field.
    browser.script("document.querySelector('[data-edit]').click()");
    browser.script(
        "const area = document.querySelector('.editing textarea'); area.value += '另有九千九百九十九件、8888件。'; \
         document.querySelector('.editing button.primary').click()",
    );
    browser.until("told", "return (document.querySelector('.editing [role=alert]')?.textContent || '') !== ''");
    let told = browser.find(".editing [role=alert]").text();
    assert!(told.contains('数'), "{told}");
    assert!(browser.script("return document.querySelector('.editing textarea').value.includes('8888')") == true);
}

#[test]
fn a_brief_goes_from_the_analyst_to_the_leader_and_its_instruction_is_followed() {
    const WORDS: &str = "请各承办单位据此跟进落实。";
    const ORDER: &str = "道路养护要举一反三";
    let Some(browser) = window() else { return };
    let site = Site::without_model();
    let count = |css: &str| browser.all(css).len();
    // The analyst writes; another checks.
    site.enter(&browser, "analyst", "/briefs");
    make(&browser);
    let path = browser.script("return location.pathname").as_str().unwrap().to_owned();
    let id = path.rsplit('/').next().unwrap().to_owned();
    let figures = count(".paper .fig");
    browser.script("document.querySelector('[data-edit]').click()");
    browser.find(".editing textarea").type_keys(&format!("\u{E009}\u{E010}\u{E000}{WORDS}"));
    browser.find(".editing button.primary").click();
    browser.until("the second version", "return document.querySelector('[data-brief]')?.dataset.version === '2'");
    browser.visit(&site.url(&path));
    let page = browser.text();
    assert!(page.contains("第2版") && browser.find(".paper").text().contains(WORDS), "{page}");
    assert_eq!(count(".paper .fig"), figures, "no figure went away with the edit");
    assert_eq!(count("[data-act=check], [data-act=issue]"), 0, "who wrote it neither checks nor signs");
    assert!(browser.find("[data-waits]").text().contains("须由他人核稿"));
    is_clean(&browser, &site.address);

    site.enter(&browser, "supervisor", &path);
    assert_eq!(count("[data-act=issue]"), 0, "nothing is signed unchecked");
    press(&browser, "check", 2);
    assert_eq!(count("[data-act=check], [data-act=issue]"), 0, "a supervisor does not sign");
    assert!(browser.find("[data-waits]").text().contains("待领导签发"));
    is_clean(&browser, &site.address);

    // The leader signs, takes the file along, and gives an instruction.
    site.enter(&browser, "leader", &path);
    press(&browser, "issue", 3);
    let steps = browser.find(".steps").text();
    for name in ["演示研判员", "演示督办员", "演示领导"] {
        assert!(steps.contains(name), "{name} is not in {steps}");
    }
    assert_eq!(count("[data-edit], [data-act]"), 0, "what is signed is closed");
    browser.find("a[href*='format=docx']").click();
    let file = browser.downloaded("docx");
    assert!(file.starts_with(b"PK"));
    let mut paper = String::new();
    let mut zip = zip::ZipArchive::new(Cursor::new(file)).unwrap();
    zip.by_name("word/document.xml").unwrap().read_to_string(&mut paper).unwrap();
    assert!(paper.contains(WORDS), "the file holds what was edited");
    browser.find("[data-instruct] [name=leader]").type_keys("演示领导");
    browser.find("[data-instruct] [name=text]").type_keys(ORDER);
    browser.script("document.querySelector('[data-instruct] [name=unit]').selectedIndex = 1");
    browser.find("[data-instruct] button").click();
    browser.until("registered", "return document.querySelectorAll('.instructions li').length === 1");
    is_clean(&browser, &site.address);

    // It stands among the open ones until it is closed.
    site.enter(&browser, "analyst", "/briefs");
    assert!(browser.find(".instructions").text().contains(ORDER));
    assert!(browser.find("[data-rows] .state").text().contains("签发"));
    browser.find(".instructions a").click();
    browser.until("the brief", &format!("return location.pathname === '{path}' && document.readyState === 'complete'"));
    browser.find("[data-step] [name=note]").type_keys("已列入养护计划");
    browser.script("document.querySelector('[data-step] [name=state]').value = 'closed'");
    browser.find("[data-step] button").click();
    browser.until("closed", "return document.querySelector('.instructions .tag')?.textContent === '已办结'");
    let told = browser.find(".instructions").text();
    assert!(told.contains(ORDER) && told.contains("已列入养护计划") && told.contains("演示研判员"), "{told}");
    assert_eq!(count("[data-step]"), 0);
    browser.visit(&site.url("/briefs"));
    assert_eq!(count(".instructions"), 0, "nothing is open any more");
    is_clean(&browser, &site.address);

    let brief = site.ask(site.desk.brief(&id, None)).unwrap();
    let hands: Vec<_> = brief.history.iter().map(|r| (r.version, r.state, r.role)).collect();
    assert_eq!(
        hands,
        [
            (1, BriefState::Draft, Role::Analyst),
            (2, BriefState::Edited, Role::Analyst),
            (3, BriefState::Checked, Role::Supervisor),
            (4, BriefState::Issued, Role::Leader),
        ]
    );
}

#[test]
fn a_wrong_share_is_marked_in_a_bulletin() {
    let Some(browser) = window() else { return };
    let site = Site::without_model();
    site.enter(&browser, "analyst", "/audit");
    browser.find("[data-audit] textarea").type_keys("本周共受理诉求32376件,其中违法建设489件,占1.43%。");
    browser.script("document.querySelector('[data-audit]').requestSubmit()");
    browser.until("the checks", "return document.querySelectorAll('[data-checks] > *').length > 0");
    let checks = browser.find("[data-checks]").text();
    assert!(checks.contains("不符") && checks.contains("1.51"), "{checks}");
    // What the mouse opens, Enter opens.
    for (from, to) in [("[data-checks] [role=button]", "[data-page] mark"), ("[data-page] mark", "[data-checks] li")] {
        browser.script("document.querySelectorAll('.on').forEach((node) => node.classList.remove('on'))");
        browser.script(&format!("document.querySelector('{from}').focus()"));
        assert!(browser.script(&format!("return document.activeElement.matches('{from}')")) == true, "{from}");
        browser.keys("\u{E007}");
        browser.until("marked", &format!("return document.querySelector('{to}.on') !== null"));
    }
    is_clean(&browser, &site.address);
}
