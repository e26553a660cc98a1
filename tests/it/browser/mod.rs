//! The console in a real browser. Needs `chromedriver` and `chromium` on the path and fails without
//! them, unless `TINGSU_SKIP_BROWSER=1`, which says that it skipped.

mod accounts;
mod assisting;
mod briefs;
mod call;
mod desk;
mod events;
mod fields;
mod hostile;
mod looks;
mod oversight;
mod pictures;
mod site;
mod upkeep;
mod wall;
mod webdriver;
mod work;

use webdriver::Browser;

/// The office screen of the design language.
const SCREEN: (u32, u32) = (1366, 768);

/// A window, or none if the browser tests are to be skipped.
fn window() -> Option<Browser> {
    if std::env::var("TINGSU_SKIP_BROWSER").is_ok_and(|v| v == "1") {
        eprintln!("skipped: a browser test, because TINGSU_SKIP_BROWSER=1");
        return None;
    }
    match Browser::start(SCREEN.0, SCREEN.1) {
        Ok(browser) => Some(browser),
        Err(why) => panic!("no browser: {why}; or set TINGSU_SKIP_BROWSER=1 to skip these tests"),
    }
}

/// Nothing on the page came from elsewhere, and nothing failed on it.
fn is_clean(browser: &Browser, address: &str) {
    let outside = browser.script(&format!(
        "return performance.getEntriesByType('resource').concat(performance.getEntriesByType('navigation'))\
         .map((e) => e.name).filter((n) => !n.startsWith('{address}/') && !n.startsWith('data:'))"
    ));
    assert_eq!(outside, serde_json::json!([]), "the page asked elsewhere");
    let errors = browser.console_errors();
    assert!(errors.is_empty(), "errors on the page: {errors:?}");
}
