//! Every form that takes words, filled with hostile ones as far as its fields hold them, sent, and looked at in its
//! answer and anew: nothing of it becomes markup. Each form says how many fields it has, so that one that vanished
//! is noticed; a form that no test knows is noticed too. 受理台 and 管理 are in `hostile` and `accounts`.

use serde_json::{Value, json};
use tingsu::domain::{Actor, Appeal, Caller, Channel, NewTicket, Role, TicketId};

use super::{
    hostile::{WORDS, tried_to_run, unharmed},
    site::Site,
    webdriver::Browser,
    window,
};

/// Fills a form: a long field takes all words at once, a short one the word whose turn it is. Answers with the
/// number of its fields, and with that of the rounds until each word had its turn.
const FILL: &str = "
    const [css, words, round, keeps] = arguments;
    const form = document.querySelector(css);
    if (!form) return [0, 0];
    for (let e = form; e; e = e.parentElement) if (e.tagName === 'DETAILS') e.open = true;
    for (const s of form.querySelectorAll('select[required]')) if (!s.value) s.selectedIndex = 1;
    const all = words.join(' ');
    const fields = [...form.querySelectorAll('input, textarea')]
      .filter((e) => !e.readOnly && ['text', 'search', 'password', 'textarea'].includes(e.type));
    let rounds = 1;
    for (const e of fields.filter((e) => !keeps.includes(e.name))) {
      const short = e.maxLength > 0 && e.maxLength < all.length;
      if (short) rounds = words.length;
      e.value = short ? words[round % words.length].slice(0, e.maxLength) : all;
      e.dispatchEvent(new Event('input', { bubbles: true }));
    }
    return [fields.length, rounds];";

/// Sends a form as a person does; whether its fields may be sent.
const SEND: &str = "
    const form = document.querySelector(arguments[0]);
    window.asked = true;
    for (const e of document.querySelectorAll('[data-said], [data-bulk-said]')) e.textContent = '';
    if (!form.checkValidity()) return false;
    form.requestSubmit(form.querySelector(arguments[1]));
    return true;";

/// Whether the answer is there: a page of its own, or, where a script asked, a word on the same page.
const ANSWERED: &str = "
    if (window.asked === undefined) return document.readyState === 'complete';
    const form = document.querySelector(arguments[0]);
    if (!form || form.hasAttribute('action')) return false;
    const told = [...document.querySelectorAll('[data-said], [data-bulk-said], [data-decided]')].map((e) => e.textContent).join('');
    return (told !== '' && !told.includes('正在')) || document.querySelector('[data-page]')?.hidden === false;";

/// Forms that take words and are known to a test.
const KNOWN: &[&str] = &[
    "#call",
    "#fix",
    "form.filters",
    "form.query",
    "form.gate-form",
    "[data-keep-list]",
    "[data-keep]",
    "[data-bulk]",
    "[data-deed]",
    "[data-decide]",
    "[data-order-form]",
    ".order form",
    "[data-make]",
    "[data-instruct]",
    "[data-step]",
    "[data-audit]",
    "form[action$='/parent']",
    "form[action^='/admin/']",
    "form[action='/account/password']",
];
const STRANGE: &str = "
    const takes = (form) => [...form.elements].some((e) => !e.readOnly && ['text', 'search', 'password', 'textarea'].includes(e.type));
    const all = [...document.querySelectorAll('main form')].filter(takes);
    return all.filter((form) => !arguments[0].some((css) => form.matches(css))).map((form) => form.outerHTML.slice(0, 200));";

/// A form, and how it is sent.
#[derive(Clone, Copy, Default)]
struct Form {
    css: &'static str,
    /// How many fields of it take words.
    fields: u64,
    /// Fields that stay as the page has them.
    keeps: &'static [&'static str],
    /// What is done on the page before.
    before: &'static str,
    /// The button; that of the form, if empty.
    press: &'static str,
}

/// A form with one field.
fn form(css: &'static str) -> Form {
    Form { css, fields: 1, press: "button", ..Form::default() }
}

struct Visitor<'s> {
    browser: &'s Browser,
    site: &'s Site,
}

impl Visitor<'_> {
    /// Opens a page, and looks at it.
    fn visit(&self, path: &str) {
        self.browser.visit(&self.site.url(path));
        unharmed(self.browser, path);
        let strange = self.browser.script_with(STRANGE, &json!([KNOWN]));
        assert_eq!(strange, json!([]), "{path}: a form that no test of hostile words knows");
    }

    /// Fills and sends a form of a page until each word had its turn.
    fn send(&self, path: &str, form: Form) {
        let what = format!("{} at {path}", form.css);
        let (mut round, mut rounds) = (0, 1);
        while round < rounds {
            self.visit(path);
            self.browser.script(form.before);
            let filled = self.browser.script_with(FILL, &json!([form.css, WORDS, round, form.keeps]));
            assert_eq!(filled[0], json!(form.fields), "{what}: its fields; {}", self.browser.text());
            rounds = filled[1].as_u64().unwrap();
            let sent = self.browser.script_with(SEND, &json!([form.css, form.press]));
            assert_eq!(sent, Value::Bool(true), "{what}: its fields cannot be sent");
            self.answered(&what, form.css);
            unharmed(self.browser, &what);
            round += 1;
        }
        self.visit(path);
        assert_eq!(tried_to_run(self.browser), [""; 0], "{what}: something tried to run");
    }

    fn answered(&self, what: &str, css: &str) {
        let end = std::time::Instant::now() + std::time::Duration::from_secs(15);
        while self.browser.script_with(ANSWERED, &json!([css])) != Value::Bool(true) {
            assert!(std::time::Instant::now() < end, "{what}: no answer; {}", self.browser.text());
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
    }

    /// How often a hostile word stands on the page as it was written.
    fn shown(&self) -> usize {
        self.browser.text().matches("window.hit=1").count()
    }
}

#[test]
fn no_deed_and_no_order_becomes_markup() {
    let Some(browser) = window() else { return };
    let site = Site::without_model();
    let visitor = Visitor { browser: &browser, site: &site };
    let ticket = site.ask(site.desk.list(&Default::default(), 0, 1)).unwrap().0.remove(0).id;
    let path = format!("/tickets/{ticket}");
    site.enter(&browser, "supervisor", &path);
    let two = |css| Form { fields: 2, ..form(css) };
    let order = two("[data-order-form]");
    for form in [
        form("[data-deed=note]"),
        form("[data-deed=whistle]"),
        form("[data-deed=report]"),
        form("[data-deed=mark]"),
        // No ticket has such a number: refused in words.
        two("[data-deed=repeat]"),
        two("[data-deed=assign]"),
        form("[data-deed=dispatch]"),
        form("[data-deed=return]"),
        form("[data-deed=dispatch]"),
        // No time is written so: refused with the form once more.
        order,
        Form { keeps: &["due_at"], ..order },
        form(".order form"),
        form("[data-deed=contact]"),
        Form { fields: 0, ..form("[data-deed=sign]") },
        form("[data-deed=reply]"),
        form("[data-deed=revisit]"),
        form("[data-deed=reopen]"),
        form("[data-deed=reply]"),
        form("[data-deed=archive]"),
        Form {
            before: "const own = document.querySelector('[data-decide] [name=type]'); own.value = own.value === '求助' ? '投诉' : '求助'",
            ..form("[data-decide]")
        },
    ] {
        visitor.send(&path, form);
    }
    let acts = site.ask(site.desk.acts(&ticket)).unwrap();
    let done: Vec<&str> =
        acts.iter().map(|act| act.deed.code()).filter(|c| !["marked", "assigned"].contains(c)).collect();
    let wanted = [
        "noted",
        "whistled",
        "reported",
        "dispatched",
        "returned",
        "dispatched",
        "contacted",
        "signed",
        "replied",
        "revisited",
        "reopened",
        "replied",
        "archived",
    ];
    assert_eq!(done, wanted);
    let silent = acts.iter().filter(|act| !["signed", "marked"].contains(&act.deed.code()));
    for act in silent {
        assert!(act.deed.words().contains("window.hit=1"), "{} was done without the words", act.deed.code());
    }
    assert!(visitor.shown() > 10 * WORDS.len(), "the words are shown as they were written: {}", browser.text());
    visitor.visit("/supervise?closed=1");
    assert!(visitor.shown() >= 2 * WORDS.len(), "reason and result of the order: {}", browser.text());
    for path in ["/tickets", "/search?q=%E8%B7%AF%E9%9D%A2", "/cockpit"] {
        visitor.visit(path);
    }
}

#[test]
fn no_word_about_an_event_or_in_a_brief_becomes_markup() {
    let Some(browser) = window() else { return };
    let site = Site::without_model();
    let visitor = Visitor { browser: &browser, site: &site };
    site.ask(async {
        for n in 0..6 {
            let said = Appeal::new("望江路停水", format!("望江路主水管爆裂,整条街停水,请抢修{n}"));
            let ticket = NewTicket {
                id: Some(TicketId::new(format!("HA-{n}")).unwrap()),
                caller: Caller { number: Some(format!("1390000000{n}")), ..Caller::default() },
                ..NewTicket::of(Channel::Phone, said)
            };
            site.desk.receive(&Actor::person("demo", Role::Operator), ticket, None).await.unwrap();
        }
    });
    let found = (0..600).find_map(|_| {
        std::thread::sleep(std::time::Duration::from_millis(50));
        let hot = site.desk.hot().filter(|hot| hot.joined == 0 && hot.appeals >= 30)?;
        hot.event_of("HA-0").map(|event| event.id.clone())
    });
    let path = format!("/events/{}", found.expect("an event"));
    site.enter(&browser, "analyst", &path);
    visitor.send(&path, Form { fields: 2, press: "[value=rename]", ..form("#fix") });
    assert!(browser.find("h1").text().contains("window.hit") || browser.find("h1").text().contains("7*7"));
    for path in ["/topics", "/causes", "/cockpit", "/tickets/HA-0", "/tickets/HA-5", "/briefs"] {
        visitor.visit(path);
    }
    assert!(visitor.shown() == 0, "nothing of it is on the page of briefs yet");
    visitor.visit(&path);
    browser.find("form[action^='/briefs/of-event/'] button").click();
    browser.until("a brief", "return /^\\/briefs\\/./.test(location.pathname) && document.readyState === 'complete'");
    unharmed(&browser, "the brief");
    let brief = browser.script("return location.pathname").as_str().unwrap().to_owned();

    visitor.visit(&brief);
    let words = WORDS.join(" ").replace('{', "{{").replace('}', "}}");
    browser.script("document.querySelector('[data-edit]').click()");
    browser.script_with("document.querySelector('.editing textarea').value += arguments[0]", &json!([words]));
    unharmed(&browser, "a paragraph being edited");
    browser.find(".editing button.primary").click();
    browser.until("told", "return (document.querySelector('.editing [role=alert]')?.textContent || '') !== ''");
    unharmed(&browser, "a paragraph with numbers of its own, which is refused");
    // without a digit they are words like others
    visitor.visit(&brief);
    let words = words.replace("=1", "=true").replace("7*7", "a*b");
    browser.script("document.querySelector('[data-edit]').click()");
    browser.script_with("document.querySelector('.editing textarea').value += arguments[0]", &json!([words]));
    browser.find(".editing button.primary").click();
    browser.until("edited", "return document.querySelector('[data-brief]')?.dataset.version === '2'");
    visitor.visit(&brief);
    assert!(browser.find(".paper").text().contains("window.hit=true"), "{}", browser.text());
    visitor.send(&brief, Form { fields: 2, ..form("[data-instruct]") });
    visitor.send(&brief, form("[data-step]"));
    assert!(browser.find(".instructions").text().matches("window.hit=1").count() > 5 * WORDS.len());
    for path in ["/briefs", &format!("{brief}?check=1")] {
        visitor.visit(path);
    }
    assert_eq!(tried_to_run(&browser), [""; 0], "something tried to run");
}

#[test]
fn no_filter_no_name_and_no_gate_becomes_markup() {
    let Some(browser) = window() else { return };
    let site = Site::without_model();
    let visitor = Visitor { browser: &browser, site: &site };
    let code = site.desk.city().taxonomy.categories().last().unwrap().code.clone();
    let (found, listed) = ("/search?q=%E8%B7%AF%E9%9D%A2", "/tickets?status=%E5%BE%85%E5%8F%97%E7%90%86");
    let picked = "document.querySelector('[data-pick]').click()";
    let special = "document.querySelector('[data-make]').elements.kind.value = 'special'";
    let supervisor: [(&str, Form); 8] = [
        ("/tickets", Form { fields: 2, before: picked, press: "button.primary", ..form("[data-bulk]") }),
        (listed, form("[data-keep-list]")),
        (found, form("form.query")),
        (found, form("[data-keep]")),
        (found, form(".bar form.find")),
        ("/briefs", Form { before: special, ..form("[data-make]") }),
        ("/audit", form("[data-audit]")),
        ("/supervise", form(".bar form.find")),
    ];
    site.enter(&browser, "supervisor", "/tickets");
    for (path, form) in supervisor {
        visitor.send(path, form);
    }
    // What was kept is shown wherever it is used.
    visitor.visit("/watches");
    assert!(visitor.shown() >= WORDS.len() - 1, "names of kept searches: {}", browser.text());
    visitor.visit("/tickets");
    assert!(visitor.shown() >= WORDS.len() - 1, "names of kept lists: {}", browser.text());
    // What an address says comes back in fields and sentences.
    let all: String = WORDS.join(" ").bytes().map(|b| format!("%{b:02X}")).collect();
    for path in [
        format!("/briefs?make=flash&topic={all}"),
        format!("/tickets?from={all}"),
        format!("/causes?code={code}&action={all}"),
        format!("/supervise?department={all}&district={all}"),
        format!("/cockpit/cases?district={all}"),
        format!("/quality/confused?head=category&suggested={all}&decided={all}"),
        format!("/events/{all}"),
        format!("/briefs/{all}"),
    ] {
        visitor.visit(&path);
    }
    assert_eq!(tried_to_run(&browser), [""; 0], "something tried to run");

    site.enter(&browser, "admin", "/admin/audit");
    visitor.send("/admin/audit", Form { fields: 2, ..form("form[action='/admin/audit']") });
    visitor.visit("/admin/audit");
    browser.forget();
    visitor.send("/login", Form { fields: 2, ..form("form.gate-form") });
    visitor.visit(&format!("/login?next={all}"));
}

#[test]
fn nothing_written_at_the_first_run_becomes_markup() {
    let Some(browser) = window() else { return };
    let site = Site::before_anybody("NOBODY-KNOWS");
    let visitor = Visitor { browser: &browser, site: &site };
    visitor.send("/first-run", Form { fields: 5, ..form("form.gate-form") });
}
