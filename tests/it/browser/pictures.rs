//! Every page on an office screen and on a phone: nothing lies outside of the screen, every text can be read,
//! nothing fails, by day and by night. With `TINGSU_PICTURES=DIR` the pictures are kept there as PNG.

use std::path::Path;

use serde_json::json;

use super::{is_clean, looks::CONTRAST, site::Site, webdriver::Browser, window};

/// Role, path, and whether it is made for a phone too.
const PAGES: &[(&str, &str, bool)] = &[
    ("leader", "/cockpit", true),
    ("leader", "/cockpit?all=1", true),
    ("leader", "/cockpit/cases?open=yes", true),
    ("leader", "/briefs", true),
    ("leader", "/topics", true),
    ("leader", "/supervise", true),
    ("leader", "/supervise?closed=1", true),
    ("leader", "/help", true),
    ("leader", "/account", true),
    ("leader", "/watches", false),
    ("leader", "/tickets", false),
    ("leader", "/tickets/S04-001", true),
    ("leader", "/quality", false),
    ("leader", "/admin", true),
    ("leader", "/tickets/none", true),
    ("supervisor", "/intake", false),
    ("supervisor", "/search?q=%E8%B7%AF%E9%9D%A2", true),
    ("supervisor", "/supervise?ticket=S04-001", true),
    ("supervisor", "/audit", true),
    ("admin", "/admin", false),
    ("admin", "/admin/users", false),
];

const SCREEN: (u32, u32) = (1366, 768);
const WALL: (u32, u32) = (1920, 1080);
const PHONE: (u32, u32) = (390, 844);

fn keep(browser: &Browser, name: &str, size: (u32, u32)) {
    let Ok(dir) = std::env::var("TINGSU_PICTURES") else { return };
    std::fs::create_dir_all(&dir).unwrap();
    let file = format!("{name}-{}x{}.png", size.0, size.1);
    std::fs::write(Path::new(&dir).join(file), bytes(&browser.picture())).unwrap();
}

/// Base64, as WebDriver writes pictures.
fn bytes(text: &str) -> Vec<u8> {
    let value = |c: u8| match c {
        b'A'..=b'Z' => c - b'A',
        b'a'..=b'z' => c - b'a' + 26,
        b'0'..=b'9' => c - b'0' + 52,
        b'+' => 62,
        _ => 63,
    };
    let signs: Vec<u8> = text.bytes().filter(|c| *c != b'=').map(value).collect();
    let four = |part: &[u8]| {
        let all = part.iter().enumerate().fold(0_u32, |sum, (at, v)| sum | u32::from(*v) << (18 - 6 * at));
        all.to_be_bytes()[1..part.len()].to_vec()
    };
    signs.chunks(4).flat_map(four).collect()
}

fn name_of(role: &str, path: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    format!("{role}{}", path.chars().map(plain).collect::<String>())
}

fn fits(browser: &Browser, what: &str) {
    let wide = browser.script("return [document.documentElement.scrollWidth, window.innerWidth]");
    assert!(wide[0].as_i64() <= wide[1].as_i64(), "{what} is {} wide in {}", wide[0], wide[1]);
}

#[test]
fn every_page_fits_its_screen_and_can_be_read() {
    let Some(browser) = window() else { return };
    let site = Site::without_model();
    let mut now = "";
    for (role, path, phone) in PAGES {
        browser.size(SCREEN, false);
        if *role != now {
            site.enter(&browser, role, path);
            now = role;
        } else {
            browser.visit(&site.url(path));
        }
        let sizes: &[(u32, u32)] = if *phone { &[SCREEN, PHONE] } else { &[SCREEN] };
        for size in sizes {
            browser.size(*size, *size == PHONE);
            let what = format!("{role} {path} at {}", size.0);
            fits(&browser, &what);
            assert_eq!(browser.script(CONTRAST), json!([]), "{what}");
            keep(&browser, &name_of(role, path), *size);
        }
        if *path != "/admin" && !path.ends_with("/none") {
            is_clean(&browser, &site.address);
        } else {
            // Chromium tells of every refused page.
            browser.console_errors();
        }
    }
}

#[test]
fn the_cockpit_fits_a_wall_and_the_night() {
    let Some(browser) = window() else { return };
    let site = Site::without_model();
    browser.size(WALL, false);
    site.enter(&browser, "leader", "/cockpit");
    browser.until("events", "return document.querySelector('#p-topics .empty')?.textContent.includes('正在') !== true");
    let high = browser.script("return [document.documentElement.scrollHeight, window.innerHeight]");
    assert!(high[0].as_i64() <= high[1].as_i64(), "the wall screen scrolls: {high}");
    keep(&browser, "cockpit", WALL);
    // The choice is kept by the browser, and the page comes in it at once.
    browser.find(".look button[value=dark]").click();
    browser.until(
        "night",
        "return document.documentElement.dataset.look === 'dark' && document.readyState === 'complete'",
    );
    assert_eq!(browser.script("return location.pathname"), "/cockpit", "the choice leads back");
    assert_eq!(browser.script("return getComputedStyle(document.body).backgroundColor"), "rgb(20, 25, 31)");
    for path in ["/cockpit", "/supervise", "/help", "/tickets/S04-001", "/briefs", "/topics"] {
        browser.visit(&site.url(path));
        assert_eq!(browser.script("return document.documentElement.dataset.look"), "dark", "{path}");
        assert_eq!(browser.script(CONTRAST), json!([]), "{path} at night");
        keep(&browser, &format!("night{}", name_of("", path)), WALL);
    }
    browser.find(".look button[value=light]").click();
    browser.until("day", "return document.documentElement.dataset.look === 'light'");
    is_clean(&browser, &site.address);
}

/// A phone shows the rail behind a key, and what the role may not open is not in it.
#[test]
fn a_phone_has_a_menu() {
    let Some(browser) = window() else { return };
    let site = Site::without_model();
    browser.size(PHONE, true);
    site.enter(&browser, "leader", "/briefs");
    assert_eq!(browser.script("return getComputedStyle(document.querySelector('.rail')).display"), "none");
    browser.find(".menu-key").click();
    browser.until("the menu", "return getComputedStyle(document.querySelector('.rail')).display === 'flex'");
    let entries = browser.find(".rail").text();
    assert!(entries.contains("驾驶舱") && entries.contains("督办") && !entries.contains("管理"), "{entries}");
    fits(&browser, "the menu");
    keep(&browser, "menu", PHONE);
    browser.find(".rail a[href='/cockpit']").click();
    browser.until("the cockpit", "return location.pathname === '/cockpit'");
    let columns =
        "return new Set([...document.querySelectorAll('.tile')].map((t) => t.getBoundingClientRect().left)).size";
    assert_eq!(browser.script(columns), 1, "a single column");
}
