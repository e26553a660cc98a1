//! Every page on an office screen and on a phone: nothing lies outside of the screen, every text can be read,
//! nothing fails, by day and by night. With `TINGSU_PICTURES=DIR` the pictures are kept there as PNG.

use std::{collections::BTreeSet, path::Path};

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use tingsu::{
    desk::BriefAsk,
    domain::{
        Actor, Appeal, Caller, Channel, NewTicket, Role, TicketId,
        brief::{BriefKind, Window},
    },
};

use super::{is_clean, looks::CONTRAST, site::Site, webdriver::Browser, window};

/// Every page with the role that it is for; `EVENT` and `BRIEF` stand for the numbers of what [`furnished`] made.
/// Refusals are pages too.
const PAGES: &[(&str, &str)] = &[
    ("operator", "/intake"),
    ("handler", "/tickets"),
    ("handler", "/tickets?view=ordered"),
    ("handler", "/tickets/HA-1"),
    ("handler", "/tickets/S04-001"),
    ("supervisor", "/search"),
    ("supervisor", "/search?q=%E8%B7%AF%E9%9D%A2"),
    ("supervisor", "/search?q=%E6%9F%A5%E6%97%A0%E6%AD%A4%E8%AF%8D"),
    ("supervisor", "/watches"),
    ("supervisor", "/supervise?ticket=S04-001"),
    ("supervisor", "/supervise?closed=1"),
    ("supervisor", "/supervise/cases?signed=yes&returned=no"),
    ("analyst", "/topics"),
    ("analyst", "/events/EVENT"),
    ("analyst", "/causes"),
    ("analyst", "/briefs"),
    ("analyst", "/briefs/BRIEF"),
    ("analyst", "/audit"),
    ("leader", "/cockpit"),
    ("leader", "/cockpit?all=1"),
    ("leader", "/cockpit/cases?open=yes"),
    ("leader", "/briefs/BRIEF"),
    ("leader", "/supervise"),
    ("leader", "/help"),
    ("admin", "/api/docs"),
    ("leader", "/account"),
    ("leader", "/admin"),
    ("leader", "/tickets/none"),
    ("admin", "/quality"),
    ("admin", "/quality/confused?head=category"),
    ("admin", "/admin"),
    ("admin", "/admin/users"),
    ("admin", "/admin/keys"),
    ("admin", "/admin/sessions"),
    ("admin", "/admin/pack"),
    ("admin", "/admin/words"),
    // a new word shown in a sentence before it is kept
    (
        "admin",
        "/admin/words?text=%E9%A3%9E%E8%99%B9%E8%A1%97%E9%81%93%E7%9A%84%E7%AA%A8%E4%BA%95%E7%9B%96%E4%B8%8D%E8%A7%81%E4%BA%86&words=%E7%AA%A8%E4%BA%95%E7%9B%96%E4%B8%8D%E8%A7%81",
    ),
    ("admin", "/admin/jobs"),
    ("admin", "/admin/backup"),
    ("admin", "/admin/audit"),
];

/// Pages that the furnished site does not show like that: the gates, and a call with its suggestions.
const OTHERS: [(&str, &str); 3] = [("", "/login"), ("", "/first-run"), ("operator", "/intake")];

/// Paths that answer a GET and are no page: the way to one's own first page, files, a stream.
const NO_PAGES: [&str; 4] = ["/", "/favicon.ico", "/assets/{version}/{file}", "/cockpit/stream"];

/// A call in which much is found.
const CALL: &str =
    "市民来电反映,桂芳路与采荷里交叉口路面有个大坑,昨晚下雨积水看不见,骑电动车摔倒。诉求:请养护单位尽快补坑。";

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

/// A number keeps apart what differs only in its query.
fn name_of(number: usize, role: &str, path: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    // the percent signs of a Chinese query say nothing in a file's name
    let path = path.split_once('=').map_or(path, |(before, _)| before);
    format!("{number:02}-{role}{}", path.chars().map(plain).collect::<String>())
}

/// How wide a page is, if something lies beside the screen. A phone's browser zooms out until all fits, so its own
/// width says nothing.
fn too_wide(browser: &Browser, size: (u32, u32)) -> Option<u64> {
    let wide = browser.script("return document.documentElement.scrollWidth").as_u64().unwrap();
    (wide > u64::from(size.0)).then_some(wide)
}

/// The faults of the page that is open, on an office screen and on a phone.
fn look(browser: &Browser, name: &str) -> Vec<String> {
    let mut faults = Vec::new();
    for size in [SCREEN, PHONE] {
        browser.size(size, size == PHONE);
        keep(browser, name, size);
        faults.extend(too_wide(browser, size).map(|wide| format!("{name}: {wide} wide on {}", size.0)));
        let dim = browser.script(CONTRAST);
        if dim != json!([]) {
            faults.push(format!("{name}: cannot be read: {dim}"));
        }
    }
    browser.size(SCREEN, false);
    faults
}

/// Takes in calls that make an event and a brief about them; answers with the numbers of both.
fn furnished(site: &Site) -> (String, String) {
    site.ask(async {
        for n in 0..6 {
            let said = Appeal::new("望江路停水", format!("望江路主水管爆裂,整条街停水,请抢修{n}"));
            let ticket = NewTicket {
                id: Some(TicketId::new(format!("HA-{n}")).unwrap()),
                caller: Caller { number: Some(format!("1380013800{n}")), ..Caller::default() },
                ..NewTicket::of(Channel::Phone, said)
            };
            site.desk.receive(&Actor::person("demo", Role::Operator), ticket, None).await.unwrap();
        }
    });
    super::assisting::assists(site, "HA-1");
    let event = || site.desk.hot().and_then(|hot| hot.event_of("HA-0").map(|event| event.id.clone()));
    let found = (0..600).find_map(|_| {
        std::thread::sleep(std::time::Duration::from_millis(50));
        event()
    });
    let now = Timestamp::now();
    let window = Window { from: now - SignedDuration::from_hours(7 * 24), to: now, cut_hour: 0 };
    let ask = BriefAsk { kind: BriefKind::Weekly, window, subject: None };
    let made = site.ask(site.desk.make_brief(&Actor::person("demo", Role::Analyst), &ask)).unwrap();
    (found.expect("an event"), made.brief.id.to_string())
}

#[test]
fn every_page_fits_its_screen_and_can_be_read() {
    let Some(browser) = window() else { return };
    let site = Site::without_model();
    let (event, brief) = furnished(&site);
    let mut faults = Vec::new();
    browser.size(SCREEN, false);
    browser.visit(&site.url("/login"));
    faults.extend(look(&browser, &name_of(0, "", "/login")));
    let mut now = "";
    for (n, (role, path)) in PAGES.iter().enumerate() {
        let url = path.replace("EVENT", &event).replace("BRIEF", &brief);
        if *role != now {
            site.enter(&browser, role, &url);
            now = role;
        } else {
            browser.visit(&site.url(&url));
        }
        faults.extend(look(&browser, &name_of(n + 1, role, path)));
        let refused = (*role == "leader" && *path == "/admin") || path.ends_with("/none");
        if refused {
            // Chromium tells of every refused page.
            browser.console_errors();
        } else {
            is_clean(&browser, &site.address);
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn the_first_run_and_a_call_with_suggestions_fit_too() {
    let Some(browser) = window() else { return };
    let mut faults = Vec::new();
    browser.size(SCREEN, false);
    {
        let house = Site::before_anybody("NOBODY-KNOWS");
        browser.visit(&house.url("/"));
        browser.until("the first run", "return location.pathname === '/first-run'");
        assert_eq!(browser.all(".gate-form input").len(), 5, "{}", browser.text());
        faults.extend(look(&browser, &name_of(PAGES.len() + 1, "", "/first-run")));
        is_clean(&browser, &house.address);
    }
    let site = Site::start();
    site.enter(&browser, "operator", "/intake");
    browser.until("ready", "return document.documentElement.dataset.ready === 'yes'");
    browser.find("#text").type_keys(CALL);
    browser.until(
        "suggestions",
        "return document.getElementById('urgency').dataset.level !== '' && !document.querySelector('.hints.stale') \
         && !document.querySelector('.past.stale') && document.querySelectorAll('#mirror mark').length > 0 \
         && document.querySelectorAll('.choice[data-head=category] .slot:not(.vacant):not(.other)').length > 0",
    );
    faults.extend(look(&browser, &name_of(PAGES.len() + 2, "operator", "/intake")));
    is_clean(&browser, &site.address);
    assert!(faults.is_empty(), "{faults:#?}");
}

/// A new page is entered in [`PAGES`], and one that is gone is taken out.
#[test]
fn every_page_of_the_service_is_looked_at() {
    let bare = |path: &'static str| path.split_once('?').map_or(path, |(before, _)| before);
    let fits = |route: &str, path: &str| {
        let (own, asked) = (route.split('/'), path.split('/'));
        own.clone().count() == asked.clone().count()
            && own.zip(asked).all(|(part, word)| part.starts_with('{') || part == word)
    };
    let looked: BTreeSet<&str> = PAGES.iter().chain(&OTHERS).map(|&(_, path)| bare(path)).collect();
    let routes: Vec<String> = crate::http::rights::paths()
        .into_iter()
        .filter(|(path, methods)| methods.contains("GET") && (!path.starts_with("/api/") || path == "/api/docs"))
        .map(|(path, _)| path)
        .filter(|path| !NO_PAGES.contains(&path.as_str()))
        .collect();
    assert!(routes.len() > 25, "only {} pages were found", routes.len());
    let missing: Vec<_> = routes.iter().filter(|route| !looked.iter().any(|path| fits(route, path))).collect();
    assert!(missing.is_empty(), "enter these pages in PAGES: {missing:?}");
    let gone: Vec<_> = looked.iter().filter(|path| !routes.iter().any(|route| fits(route, path))).collect();
    assert!(gone.is_empty(), "no such page any more: {gone:?}");
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
    for (n, path) in ["/cockpit", "/supervise", "/help", "/tickets/S04-001", "/briefs", "/topics"].iter().enumerate() {
        browser.visit(&site.url(path));
        assert_eq!(browser.script("return document.documentElement.dataset.look"), "dark", "{path}");
        assert_eq!(browser.script(CONTRAST), json!([]), "{path} at night");
        keep(&browser, &format!("night-{}", name_of(n, "", path)), WALL);
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
    assert_eq!(too_wide(&browser, PHONE), None, "the menu");
    keep(&browser, "menu", PHONE);
    browser.find(".rail a[href='/cockpit']").click();
    browser.until("the cockpit", "return location.pathname === '/cockpit'");
    let columns =
        "return new Set([...document.querySelectorAll('.tile')].map((t) => t.getBoundingClientRect().left)).size";
    assert_eq!(browser.script(columns), 1, "a single column");
}
