//! Every path × everybody, over real sockets: who may come in, forms and calls without proof, headers. The
//! paths are read from the routers themselves, so that a new one without a right is a failure here.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use serde_json::Value;
use tingsu::{
    desk::{DeskConfig, PackSource, accounts::NewUser},
    domain::{Reach, Role},
    http::{HttpConfig, bind, openapi},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::desk::TestDesk;

const PASSWORD: &str = "Tian-Wang-2026";

/// Operator, Handler, Supervisor, Analyst, Leader, adMin; a supervisor of one district.
const PEOPLE: [(char, Role); 7] = [
    ('O', Role::Operator),
    ('H', Role::Handler),
    ('S', Role::Supervisor),
    ('A', Role::Analyst),
    ('L', Role::Leader),
    ('M', Role::Admin),
    ('s', Role::Supervisor),
];

/// By beginning of the path, who is let in; the longest that fits counts. Written by hand from the rules of
/// the house, not taken from the program's own table. A new page is entered here and there.
const WHO: &[(&str, &str)] = &[
    ("/", "OHSALMs"),
    ("/logout", "OHSALMs"),
    ("/account", "OHSALMs"),
    ("/help", "OHSALMs"),
    ("/api/docs", "M"),
    ("/api/v1/openapi.json", "OHSALMs"),
    ("/api/v1/city", "OHSALMs"),
    ("/api/v1/health", "OHSALMs"),
    ("/api/v1/metrics", "OHSALMs"),
    ("/intake", "OSs"),
    ("/api/v1/triage", "OSs"),
    ("/api/v1/similar", "OSs"),
    ("POST /api/v1/appeals", "OSs"),
    ("/api/v1/appeals", "OHSALMs"),
    ("/tickets", "OHSALMs"),
    ("/search", "OHSALMs"),
    ("/api/v1/search", "OHSALMs"),
    ("/watches", "OHSALMs"),
    ("/api/v1/searches", "OHSALMs"),
    ("/api/v1/alerts", "OHSALMs"),
    ("/topics", "SALM"),
    ("/events", "SALM"),
    ("/api/v1/topics", "SALM"),
    ("/api/v1/events", "SALM"),
    ("/look", "OHSALMs"),
    ("/api/v1/split", "OSs"),
    ("/api/v1/calls", "OSs"),
    ("/api/v1/acts", "OHSs"),
    ("/api/v1/lists", "OHSALMs"),
    ("/api/v1/export", "SAs"),
    ("/causes", "SALM"),
    ("/api/v1/causes", "SALM"),
    ("/api/v1/trends", "SALM"),
    ("/api/v1/alarms", "SALM"),
    ("/cockpit", "SALM"),
    ("/api/v1/cockpit", "SALM"),
    ("/briefs", "SALM"),
    ("/audit", "SALM"),
    ("/api/v1/briefs", "SALM"),
    ("/api/v1/audit", "SALM"),
    ("/supervise", "SLs"),
    ("/api/v1/supervise", "SLs"),
    ("/quality", "SALM"),
    ("/admin", "M"),
    ("/api/v1/admin", "M"),
];
/// Open to whoever is not known.
const PUBLIC: [&str; 5] = ["/assets", "/favicon.ico", "/login", "/first-run", "/api/v1/ready"];
/// What a path holds in braces: a word that fits most of them, and the number of nothing (that of a session
/// would end it).
const FILLED: &str = "0";

fn rust_files(dir: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, out);
        } else if path.extension().is_some_and(|e| e == "rs") {
            out.push(path);
        }
    }
}

/// Path and methods of each `.route("…", get(…).post(…))` of a text.
fn routed(text: &str, out: &mut BTreeMap<String, BTreeSet<&'static str>>) {
    for part in text.split(".route(").skip(1) {
        let Some(rest) = part.trim_start().strip_prefix('"') else { continue };
        let Some((path, rest)) = rest.split_once('"') else { continue };
        let mut depth = 1;
        let end = rest.find(|c| {
            depth += match c {
                '(' => 1,
                ')' => -1,
                _ => 0,
            };
            depth == 0
        });
        let methods = &rest[..end.unwrap_or(rest.len())];
        let known = [("get(", "GET"), ("post(", "POST"), ("put(", "PUT"), ("delete(", "DELETE"), ("patch(", "PATCH")];
        let own = known.into_iter().filter(|(word, _)| methods.contains(word)).map(|(_, method)| method);
        out.entry(path.to_owned()).or_default().extend(own);
    }
}

/// Every path of the service with its methods.
pub(crate) fn paths() -> BTreeMap<String, BTreeSet<&'static str>> {
    let mut files = Vec::new();
    rust_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/http"), &mut files);
    let mut all = BTreeMap::new();
    for file in files {
        routed(&fs::read_to_string(file).unwrap(), &mut all);
    }
    let described: Value = serde_json::to_value(openapi()).unwrap();
    for (path, methods) in described["paths"].as_object().unwrap() {
        for method in ["GET", "POST", "PUT", "DELETE", "PATCH"] {
            if methods.get(method.to_lowercase()).is_some() {
                all.entry(path.clone()).or_default().insert(method);
            }
        }
    }
    assert!(all.len() > 60, "only {} paths were found", all.len());
    all
}

/// A path with its braces filled.
fn filled(path: &str) -> String {
    let parts = path.split('/').map(|part| if part.starts_with('{') { FILLED } else { part });
    parts.collect::<Vec<_>>().join("/")
}

fn fits(own: &str, path: &str) -> bool {
    path.strip_prefix(own).is_some_and(|rest| rest.is_empty() || (own != "/" && rest.starts_with('/')))
}

fn is_public(path: &str) -> bool {
    PUBLIC.iter().any(|own| fits(own, path))
}

/// Who is let in; a path that is not in the table is a failure.
pub(crate) fn who(method: &str, path: &str) -> &'static str {
    let exact = format!("{method} {path}");
    if let Some((_, who)) = WHO.iter().find(|(own, _)| *own == exact) {
        return who;
    }
    let found = WHO.iter().filter(|(own, _)| fits(own, path)).max_by_key(|(own, _)| own.len());
    found.unwrap_or_else(|| panic!("{method} {path} has no right: enter it in http/access.rs and here")).1
}

struct Heard {
    status: u16,
    head: String,
    body: String,
}

impl Heard {
    fn header(&self, name: &str) -> &str {
        let own = self.head.lines().filter_map(|line| line.split_once(':'));
        own.filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim()).next().unwrap_or("")
    }
}

struct House {
    addr: String,
    _desk: TestDesk,
}

impl House {
    async fn open() -> Self {
        let config = DeskConfig { triage_deadline: Duration::from_secs(20), ..DeskConfig::default() };
        let desk = TestDesk::with(config, PackSource::Embedded).await;
        for (letter, role) in PEOPLE {
            let reach = match letter {
                's' => Reach { districts: vec!["明湖区".into()], ..Reach::default() },
                _ => Reach::default(),
            };
            let (person, password) = (String::new(), PASSWORD.to_owned());
            let name = format!("person-{letter}{}", u32::from(letter));
            desk.desk.add_user(NewUser { name, person, role, reach, password, must_change: false }).await.unwrap();
        }
        let any = HttpConfig { addr: "127.0.0.1:0".parse().unwrap(), ..HttpConfig::default() };
        let server = bind(desk.desk.clone(), any).await.unwrap();
        let addr = server.addr().to_string();
        tokio::spawn(server.run(std::future::pending()));
        Self { addr, _desk: desk }
    }

    async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Heard {
        let mut stream = TcpStream::connect(&self.addr).await.unwrap();
        let mut text = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", self.addr);
        for (name, value) in headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text.push_str(&format!("Content-Length: {}\r\n\r\n{body}", body.len()));
        stream.write_all(text.as_bytes()).await.unwrap();
        let mut heard = Vec::new();
        // a stream of events does not end by itself: its head says who may have it
        let endless = b"content-type: text/event-stream";
        let mut part = [0; 4096];
        while let Ok(n @ 1..) = stream.read(&mut part).await {
            heard.extend_from_slice(&part[..n]);
            let head = heard.windows(4).position(|w| w == b"\r\n\r\n").map_or(&heard[..0], |at| &heard[..at]);
            if head.windows(endless.len()).any(|w| w.eq_ignore_ascii_case(endless)) {
                break;
            }
        }
        let text = String::from_utf8_lossy(&heard).into_owned();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{method} {path}: {text}"));
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Heard { status, head: head.to_owned(), body: body.to_owned() }
    }

    /// Cookie and proof of a new session.
    async fn log_in(&self, letter: char) -> (String, String) {
        let form = format!("name=person-{letter}{}&password={PASSWORD}", u32::from(letter));
        let kind = ("content-type", "application/x-www-form-urlencoded");
        let entered = self.ask("POST", "/login", &[kind], &form).await;
        assert_eq!(entered.status, 303, "{}", entered.body);
        let cookie = entered.header("set-cookie").split(';').next().unwrap().to_owned();
        let page = self.ask("GET", "/account", &[("cookie", &cookie), ("accept", "text/html")], "").await;
        let proof = page.body.split("name=\"csrf\" content=\"").nth(1).unwrap().split('"').next().unwrap();
        (cookie, proof.to_owned())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_path_lets_in_whom_it_should_and_nobody_else() {
    let house = House::open().await;
    let all = paths();
    let check_headers = |heard: &Heard, what: &str| {
        let csp = heard.header("content-security-policy");
        assert!(csp.contains("default-src 'none'") && csp.contains("frame-ancestors 'none'"), "{what}: {csp}");
        assert!(!csp.contains("unsafe"), "{what}: {csp}");
        assert!(!csp.contains("script-src 'self' "), "{what}: {csp}");
        assert_eq!(heard.header("x-content-type-options"), "nosniff", "{what}");
        assert_eq!(heard.header("x-frame-options"), "DENY", "{what}");
        assert_eq!(heard.header("referrer-policy"), "same-origin", "{what}");
        assert!(!heard.header("x-request-id").is_empty(), "{what}");
        assert!(heard.header("server").is_empty(), "{what} tells what serves it");
        let kept = heard.header("cache-control");
        assert!(what.contains("/assets/") || kept == "no-store", "{what}: {kept}");
    };
    for (path, methods) in &all {
        let real = filled(path);
        for method in methods {
            let heard = house.ask(method, &real, &[("accept", "application/json")], "").await;
            check_headers(&heard, &format!("{method} {path}"));
            let known_here = ["/api/v1/health", "/api/v1/metrics"].contains(&real.as_str());
            match is_public(&real) || known_here {
                true => assert_ne!(heard.status, 401, "{method} {path}"),
                false => assert_eq!(heard.status, 401, "{method} {path} answers whoever is not known"),
            }
        }
    }
    let (mut refused, mut wrong) = (0, Vec::new());
    for (letter, _) in PEOPLE {
        let (cookie, proof) = house.log_in(letter).await;
        let headers = [("cookie", cookie.as_str()), ("x-csrf-token", &proof), ("accept", "application/json")];
        for (path, methods) in all.iter().filter(|(path, _)| !is_public(path) && *path != "/logout") {
            let real = filled(path);
            for method in methods {
                let heard = house.ask(method, &real, &headers, "").await;
                let (status, may) = (heard.status, who(method, &real).contains(letter));
                refused += usize::from(!may);
                // A change may still be refused by the desk, which knows more.
                let as_it_should = if may { *method != "GET" || status != 403 } else { status == 403 };
                if !as_it_should || status == 401 || status == 500 {
                    wrong.push(format!("{letter} {method} {path}: {status}, allowed: {may}"));
                }
            }
        }
        let strange = house.ask("GET", "/no-such-page", &headers, "").await;
        assert_eq!(strange.status, if letter == 's' { 403 } else { 404 }, "{letter}");
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(refused > 100, "only {refused} refusals");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_needs_the_proof_of_its_page() {
    let house = House::open().await;
    let mut seats = BTreeMap::new();
    for (letter, _) in PEOPLE {
        seats.insert(letter, (house.log_in(letter).await, house.log_in(letter).await.1));
    }
    let mut changes = 0;
    for (path, methods) in paths() {
        let real = filled(&path);
        for method in methods.into_iter().filter(|method| *method != "GET") {
            let letter = if is_public(&real) { 'O' } else { who(method, &real).chars().next().unwrap() };
            let ((cookie, proof), stranger) = &seats[&letter];
            let plain = ("content-type", "application/x-www-form-urlencoded");
            let json = ("content-type", "application/json");
            let own = ("cookie", cookie.as_str());
            type Attempt<'a> = (&'a str, Vec<(&'a str, &'a str)>, String);
            let attempts: [Attempt<'_>; 6] = [
                ("nothing", vec![own, plain], String::new()),
                ("no proof in JSON", vec![own, json], "{}".into()),
                ("a strange proof", vec![own, plain], format!("csrf={stranger}")),
                ("a strange header", vec![own, json, ("x-csrf-token", stranger)], "{}".into()),
                ("another site", vec![own, plain, ("origin", "http://evil.example")], format!("csrf={proof}")),
                (
                    "a cross-site call",
                    vec![own, json, ("x-csrf-token", proof), ("sec-fetch-site", "cross-site")],
                    "{}".into(),
                ),
            ];
            for (what, headers, body) in attempts {
                let heard = house.ask(method, &real, &headers, &body).await;
                assert_eq!(heard.status, 403, "{what} changes something at {method} {path}: {}", heard.body);
            }
            changes += 1;
        }
    }
    assert!(changes > 25, "only {changes} changing paths");
    // All sessions are as they were: nothing of this ended one.
    for ((cookie, _), _) in seats.values() {
        let page = house.ask("GET", "/account", &[("cookie", cookie), ("accept", "text/html")], "").await;
        assert_eq!(page.status, 200);
    }
}

#[test]
fn a_path_without_a_right_is_noticed() {
    let mut found = BTreeMap::new();
    routed("x.route(\"/a/{id}\", get(a).post(b)).route(\n  \"/b\",\n  delete(c).layer(d(1)))", &mut found);
    assert_eq!(found["/a/{id}"], BTreeSet::from(["GET", "POST"]));
    assert_eq!(found["/b"], BTreeSet::from(["DELETE"]));
    assert!(std::panic::catch_unwind(|| who("GET", "/nowhere")).is_err());
    assert_eq!((who("POST", "/api/v1/appeals"), who("GET", "/api/v1/appeals")), ("OSs", "OHSALMs"));
}
