//! A brief made, edited and checked in a browser, and a bulletin audited.

use super::{is_clean, site::Site, window};

#[test]
fn an_analyst_makes_a_brief_and_cannot_type_over_its_figures() {
    let Some(browser) = window() else { return };
    let site = Site::without_model();
    site.enter(&browser, "analyst", "/briefs");
    // the site's appeals lie an hour apart, up to now: the seven days that end now
    browser.script(
        "const day = (n) => new Date(Date.now() + (8 + 24 * n) * 3600e3).toISOString().slice(0, 16).replace('T', ' '); \
         const make = document.querySelector('[data-make]'); make.elements.kind.value = 'weekly'; \
         make.elements.from.value = day(-7); make.elements.to.value = day(0)",
    );
    browser.find("[data-make] button").click();
    browser.until("the brief", "return /^\\/briefs\\/./.test(location.pathname)");
    browser.until("its figures", "return document.querySelectorAll('.fig').length > 10");
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
