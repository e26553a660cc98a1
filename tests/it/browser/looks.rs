//! What the pages look like: no horizontal scroll, order of focus, contrast; and pictures on demand.

use serde_json::json;

use super::{is_clean, site::Site, webdriver::Browser, window};

const PAGES: [&str; 5] = [
    "/intake",
    "/tickets",
    "/tickets/S04-001",
    "/search?q=%E8%B7%AF%E9%9D%A2",
    "/search?q=zzz%E4%B8%8D%E5%AD%98%E5%9C%A8",
];

#[test]
fn no_page_scrolls_sideways_or_asks_elsewhere() {
    let Some(browser) = window() else { return };
    let site = Site::start();
    for path in PAGES {
        browser.open(&site.url(path));
        browser.find("main");
        let wide = browser.script("return [document.documentElement.scrollWidth, window.innerWidth]");
        assert!(wide[0].as_i64() <= wide[1].as_i64(), "{path} is {} wide in {}", wide[0], wide[1]);
        is_clean(&browser, &site.address);
    }
}

#[test]
fn the_focus_follows_the_call() {
    let Some(browser) = window() else { return };
    let site = Site::start();
    browser.open(&site.url("/intake"));
    browser.until("the page is ready", "return document.documentElement.dataset.ready === 'yes'");
    browser.script("document.getElementById('number').focus()");
    let mut order = Vec::new();
    for _ in 0..11 {
        order.push(browser.script("return document.activeElement.id").as_str().unwrap().to_owned());
        browser.keys("\u{E004}");
    }
    assert_eq!(
        order,
        ["number", "name", "channel", "text", "title", "place", "kind", "confidential", "anonymous", "reply", "save"]
    );
    // Whatever has the focus shows it.
    let bare = browser.script(
        "const seen = []; for (const e of document.querySelectorAll('a, button, input, select')) { \
           if (e.offsetParent === null || e.disabled || e.type === 'radio') continue; e.focus(); \
           const s = getComputedStyle(e); if (e.matches(':focus-visible') && s.outlineStyle === 'none') seen.push(e.outerHTML.slice(0, 60)); } \
         return seen",
    );
    assert_eq!(bare, json!([]));
}

/// WCAG AA: 4.5 to 1 for every text on its background (marks aside, which lie behind the text).
pub(super) const CONTRAST: &str = r"
  const lum = (c) => { const f = c.map((v) => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
    return 0.2126 * f[0] + 0.7152 * f[1] + 0.0722 * f[2]; };
  const parse = (s) => { const m = s.match(/[\d.]+/g).map(Number); return { rgb: m.slice(0, 3), a: m.length > 3 ? m[3] : 1 }; };
  const back = (e) => { for (; e; e = e.parentElement) { const b = parse(getComputedStyle(e).backgroundColor); if (b.a > 0.99) return b.rgb; } return [255, 255, 255]; };
  const under = (t) => { const o = t.getBoundingClientRect(), x = (o.left + o.right) / 2, y = (o.top + o.bottom) / 2; let on = null;
    for (const r of t.closest('svg').querySelectorAll('rect, text')) { if (r === t) break; if (r.tagName !== 'rect') continue;
      const b = r.getBoundingClientRect(); if (b.left <= x && x <= b.right && b.top <= y && y <= b.bottom) on = r; }
    const f = on && getComputedStyle(on).fill; return f && f !== 'none' && parse(f).a > 0.99 ? parse(f).rgb : back(t.closest('svg')); };
  const poor = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || e.offsetParent === null || e.closest('.mirror, .vh, option, template, script')) continue;
    const s = getComputedStyle(e); const drawn = e.closest('svg') && e.tagName === 'text';
    if (e.closest('svg') && !drawn) continue;
    const ink = parse(drawn ? s.fill : s.color); if (ink.a < 0.99) continue;
    const [a, b] = [lum(ink.rgb), lum(drawn ? under(e) : back(e))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) poor.push(`${ratio.toFixed(2)} ${e.className || e.tagName}: ${walker.currentNode.textContent.trim().slice(0, 20)}`);
  }
  return poor;
";

#[test]
fn text_can_be_read() {
    let Some(browser) = window() else { return };
    let site = Site::start();
    for path in PAGES {
        browser.open(&site.url(path));
        browser.find("main");
        if path == "/intake" {
            fill(&browser, "学士街道望江小区3幢着火了,快来救人,五楼有人被困");
        }
        assert_eq!(browser.script(CONTRAST), json!([]), "{path}");
    }
}

fn fill(browser: &Browser, text: &str) {
    browser.until("the page is ready", "return document.documentElement.dataset.ready === 'yes'");
    browser.script(&format!(
        "const t = document.getElementById('text'); t.value = {}; t.dispatchEvent(new Event('input', {{ bubbles: true }}))",
        json!(text)
    ));
    browser.until(
        "suggestions",
        "return document.getElementById('urgency').dataset.level !== '' && !document.querySelector('.stale')",
    );
}

/// Stays up for somebody who wants to look, at the address that it prints: `TINGSU_LOOK=600 cargo test
/// --release --test it browser::looks::for_looking -- --ignored --nocapture`.
#[test]
#[ignore = "serves until its time is over"]
fn for_looking() {
    let seconds = std::env::var("TINGSU_LOOK").ok().and_then(|s| s.parse().ok()).unwrap_or(60);
    let site = Site::start();
    eprintln!("{}", site.url("/intake"));
    std::thread::sleep(std::time::Duration::from_secs(seconds));
}
