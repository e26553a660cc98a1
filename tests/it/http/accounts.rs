//! Who comes in: sessions, keys, roles, forms, and what is recorded of all of it.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use axum::{
    body::Body,
    extract::ConnectInfo,
    http::{Method, Request},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use tingsu::{
    desk::{
        Clock, Desk, DeskConfig, PackSource,
        accounts::{NewKey, NewUser, policy},
    },
    domain::{Actor, Reach, Right, Role},
    http::HttpConfig,
};

use super::service::{Answer, TestService};
use crate::desk::{NOW, TestDesk};

const PASSWORD: &str = "Tian-Wang-2026";

/// A service whose clock the test moves, by seconds.
struct Timed {
    s: TestService,
    later: Arc<AtomicI64>,
}

impl Timed {
    async fn new() -> Self {
        Self::with(HttpConfig::default()).await
    }

    async fn with(config: HttpConfig) -> Self {
        let later = Arc::new(AtomicI64::new(0));
        let moved = later.clone();
        let start: Timestamp = NOW.parse().unwrap();
        let clock = Clock::of(move || start + SignedDuration::from_secs(moved.load(Ordering::SeqCst)));
        let desk = TestDesk::at(clock, DeskConfig::default(), PackSource::Embedded).await;
        Self { s: TestService::over(desk, &config), later }
    }

    fn desk(&self) -> &Desk {
        &self.s.desk.desk
    }

    fn wait(&self, seconds: i64) {
        self.later.fetch_add(seconds, Ordering::SeqCst);
    }

    async fn user(&self, name: &str, role: Role, reach: Reach) {
        let (name, password) = (name.into(), PASSWORD.into());
        let new = NewUser { name, person: String::new(), role, reach, password, must_change: false };
        self.desk().add_user(new).await.unwrap();
    }

    async fn form(&self, path: &str, cookie: &str, fields: &[(&str, &str)]) -> Answer {
        self.s.send_bare(form(path, cookie, fields)).await
    }

    async fn page(&self, path: &str, cookie: &str) -> Answer {
        let mut request = Request::get(path).header("accept", "text/html");
        if !cookie.is_empty() {
            request = request.header("cookie", cookie);
        }
        self.s.send_bare(request.body(Body::empty()).unwrap()).await
    }

    /// Logs in; the cookie.
    async fn log_in(&self, name: &str) -> String {
        let answer = self.form("/login", "", &[("name", name), ("password", PASSWORD)]).await;
        assert_eq!(answer.status, 303, "{}", answer.text);
        let set = answer.header("set-cookie").to_owned();
        assert!(set.contains("HttpOnly") && set.contains("SameSite=Strict") && set.contains("Path=/"), "{set}");
        assert!(!set.contains("Secure"), "this one is not encrypted: {set}");
        set.split(';').next().unwrap().to_owned()
    }

    /// What a form of a page of this session sends back.
    async fn proof(&self, cookie: &str) -> String {
        let page = self.page("/account", cookie).await.text;
        let rest = page.split("name=\"csrf\" content=\"").nth(1).unwrap_or_else(|| panic!("no proof in {page}"));
        rest.split('"').next().unwrap().to_owned()
    }
}

fn form(path: &str, cookie: &str, fields: &[(&str, &str)]) -> Request<Body> {
    let encoded = |text: &str| text.bytes().map(|b| format!("%{b:02X}")).collect::<String>();
    let body: Vec<String> = fields.iter().map(|(k, v)| format!("{k}={}", encoded_plain(v, &encoded))).collect();
    let mut request = Request::post(path)
        .header("accept", "text/html")
        .header("host", "127.0.0.1:12345")
        .header("content-type", "application/x-www-form-urlencoded");
    if !cookie.is_empty() {
        request = request.header("cookie", cookie);
    }
    request.body(Body::from(body.join("&"))).unwrap()
}

/// Browsers leave letters and digits as they are.
fn encoded_plain(text: &str, encoded: &impl Fn(&str) -> String) -> String {
    if text.bytes().all(|b| b.is_ascii_alphanumeric()) { text.to_owned() } else { encoded(text) }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_not_known_gets_the_entrance() {
    let t = Timed::new().await;
    for (path, method) in [
        ("/api/v1/appeals", Method::GET),
        ("/api/v1/appeals", Method::POST),
        ("/api/v1/city", Method::GET),
        ("/api/v1/none", Method::GET),
    ] {
        let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
        let answer = t.s.send_bare(request).await;
        answer.is_error(401, "unauthenticated", None);
        assert_eq!(answer.header("www-authenticate"), "Bearer");
    }
    assert_eq!(t.page("/tickets", "").await.header("location"), "/first-run", "nobody has an account yet");
    t.user("guanli", Role::Admin, Reach::default()).await;
    let there = t.page("/tickets?status=%E5%BE%85%E5%8F%97%E7%90%86", "").await;
    assert_eq!(there.status, 303);
    let location = there.header("location");
    assert!(location.starts_with("/login?next=%2Ftickets%3Fstatus"), "{location}");
    assert_eq!(t.page("/login", "").await.status, 200);
    let ready = Request::get("/api/v1/ready").body(Body::empty()).unwrap();
    assert_eq!(t.s.send_bare(ready).await.status, 200, "a service manager needs no key");
    let health = |peer: &str, forwarded: bool| {
        let mut request = Request::get("/api/v1/health").body(Body::empty()).unwrap();
        request.extensions_mut().insert(ConnectInfo(peer.parse::<SocketAddr>().unwrap()));
        if forwarded {
            request.headers_mut().insert("x-forwarded-for", "10.0.0.9".parse().unwrap());
        }
        request
    };
    assert_eq!(t.s.send_bare(health("127.0.0.1:9", false)).await.status, 200);
    assert_eq!(t.s.send_bare(health("127.0.0.1:9", true)).await.status, 401, "through a proxy it is not this machine");
    assert_eq!(t.s.send_bare(health("10.0.0.9:9", false)).await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_opens_and_ends() {
    let t = Timed::new().await;
    t.user("wangli", Role::Operator, Reach::default()).await;
    let next = [("name", "wangli"), ("password", PASSWORD), ("next", "//evil.example/")];
    assert_eq!(t.form("/login", "", &next).await.header("location"), "/", "the way back stays in the house");
    let cookie = t.log_in("wangli").await;
    let page = t.page("/intake", &cookie).await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("wangli") && page.text.contains("受理员"), "the page says who one is");
    // Used every half hour it stays, for twelve hours and no longer.
    for _ in 0..23 {
        t.wait(1_800);
        assert_eq!(t.page("/intake", &cookie).await.status, 200);
    }
    t.wait(1_801);
    assert_eq!(t.page("/intake", &cookie).await.status, 303, "twelve hours are over");
    let idle = t.log_in("wangli").await;
    t.wait(3_601);
    assert_eq!(t.page("/intake", &idle).await.status, 303, "an hour unused");
    let (mine, other) = (t.log_in("wangli").await, t.log_in("wangli").await);
    let proof = t.proof(&mine).await;
    let gone = t.form("/logout", &mine, &[("csrf", &proof)]).await;
    assert!(gone.header("set-cookie").contains("Max-Age=0"), "{}", gone.header("set-cookie"));
    assert_eq!(t.page("/intake", &mine).await.status, 303, "the token opens nothing any more");
    assert_eq!(t.page("/intake", &other).await.status, 200);
    t.desk().end_sessions_of("wangli").await.unwrap();
    assert_eq!(t.page("/intake", &other).await.status, 303, "an administrator ended it");
    let third = t.log_in("wangli").await;
    t.user("guanli", Role::Admin, Reach::default()).await;
    t.desk().set_disabled("wangli", true).await.unwrap();
    assert_eq!(t.page("/intake", &third).await.status, 303, "the account is stopped");
    let refused = t.form("/login", "", &[("name", "wangli"), ("password", PASSWORD)]).await;
    assert_eq!(refused.status, 401);
    let made_up = format!("tingsu_session={}", "0".repeat(64));
    assert_eq!(t.page("/intake", &made_up).await.status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_is_locked_out() {
    let t = Timed::new().await;
    t.user("wangli", Role::Operator, Reach::default()).await;
    let wrong = [("name", "wangli"), ("password", "Falsch-Falsch-1")];
    let unknown = t.form("/login", "", &[("name", "nobody"), ("password", "Falsch-Falsch-1")]).await;
    for _ in 0..5 {
        let answer = t.form("/login", "", &wrong).await;
        assert_eq!(answer.status, 401);
        assert!(answer.text.contains("账号或密码不正确"), "{}", answer.text);
        assert_eq!(answer.text.replace("wangli", "nobody"), unknown.text, "it does not tell who has an account");
    }
    let right = [("name", "wangli"), ("password", PASSWORD)];
    let locked = t.form("/login", "", &right).await;
    assert_eq!(locked.status, 429, "locked, whatever the password");
    assert!(locked.text.contains("15 分钟"), "{}", locked.text);
    t.wait(15 * 60 + 1);
    assert_eq!(t.form("/login", "", &right).await.status, 303);
    let actions: Vec<String> = t.desk().audit_log(50).await.unwrap().into_iter().map(|l| l.action).collect();
    assert_eq!(actions.iter().filter(|a| *a == "login_failed").count(), 6);
    // Guesses at many accounts from one address end too.
    for n in 0..40 {
        let name = format!("user{n}");
        t.form("/login", "", &[("name", &name), ("password", "Falsch-Falsch-1")]).await;
    }
    assert_eq!(t.form("/login", "", &right).await.status, 429);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_shows_that_it_is_ours() {
    let t = Timed::new().await;
    t.user("wangli", Role::Operator, Reach::default()).await;
    let (cookie, other) = (t.log_in("wangli").await, t.log_in("wangli").await);
    let (proof, strange) = (t.proof(&cookie).await, t.proof(&other).await);
    assert_ne!(proof, strange, "each session has its own");
    let fields = |csrf| [("csrf", csrf), ("old", "x"), ("password", "y"), ("again", "z")];
    for csrf in ["", "abc", strange.as_str()] {
        let refused = t.form("/account/password", &cookie, &fields(csrf)).await;
        assert_eq!(refused.status, 403, "csrf `{csrf}`");
        assert!(refused.text.contains("校验码"), "{}", refused.text);
    }
    let passed = t.form("/account/password", &cookie, &fields(&proof)).await;
    assert_eq!(passed.status, 400, "it gets to the form's own checks: {}", passed.text);
    let call = |headers: &[(&str, &str)]| {
        let mut request = Request::post("/api/v1/appeals").header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.header("host", "127.0.0.1:12345").body(Body::from(json!({ "text": "路灯不亮" }).to_string())).unwrap()
    };
    t.s.send_bare(call(&[("cookie", &cookie)])).await.is_error(403, "forbidden", None);
    let ours = [("cookie", cookie.as_str()), ("x-csrf-token", &proof)];
    assert_eq!(t.s.send_bare(call(&ours)).await.status, 201);
    for (name, value) in [("origin", "http://evil.example"), ("origin", "null"), ("sec-fetch-site", "cross-site")] {
        let mut headers = ours.to_vec();
        headers.push((name, value));
        t.s.send_bare(call(&headers)).await.is_error(403, "forbidden", None);
    }
    let mut login = form("/login", "", &[("name", "wangli"), ("password", PASSWORD)]);
    login.headers_mut().insert("origin", "http://evil.example".parse().unwrap());
    assert_eq!(t.s.send_bare(login).await.status, 403, "nobody is logged in by another site");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_role_opens_what_is_its_own() {
    let t = Timed::new().await;
    let (all, own) = (Reach::default(), Reach { districts: vec!["明湖区".into()], ..Reach::default() });
    let paths = ["/intake", "/tickets", "/search", "/watches", "/topics", "/cockpit", "/briefs", "/quality", "/admin"];
    let check = async |name: &str, role, reach: &Reach, open: &[&str]| {
        t.user(name, role, reach.clone()).await;
        let cookie = t.log_in(name).await;
        for path in paths {
            let page = t.page(path, &cookie).await;
            let allowed = open.contains(&path);
            assert_eq!(page.status != 403, allowed, "{name} at {path}: {}", page.status);
            if !allowed {
                assert!(page.text.contains("无权访问") && page.text.contains(name), "{}", page.text);
                assert!(!page.text.contains(&format!("<li><a href=\"{path}\"")), "the rail offers {path}");
            }
        }
        t.page("/", &cookie).await.header("location").to_owned()
    };
    let base = ["/tickets", "/search", "/watches"];
    let with = |more: &[&'static str]| [&base[..], more].concat();
    assert_eq!(check("operator1", Role::Operator, &all, &with(&["/intake"])).await, "/intake");
    assert_eq!(check("handler1", Role::Handler, &all, &base).await, "/tickets");
    let wide = ["/topics", "/cockpit", "/briefs", "/quality"];
    check("supervisor1", Role::Supervisor, &all, &[&with(&["/intake"])[..], &wide].concat()).await;
    check("supervisor2", Role::Supervisor, &own, &with(&["/intake"])).await;
    check("analyst1", Role::Analyst, &all, &with(&wide)).await;
    check("leader1", Role::Leader, &all, &with(&wide)).await;
    check("leader2", Role::Leader, &own, &base).await;
    check("admin1", Role::Admin, &all, &[&with(&wide)[..], &["/admin"]].concat()).await;
    check("admin2", Role::Admin, &own, &base).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_open_what_they_name() {
    let t = Timed::new().await;
    let key = async |name: &str, role, rights: &[Right], days| {
        let new = NewKey { name: name.into(), role, reach: Reach::default(), rights: rights.to_vec(), days };
        t.desk().add_key(new).await
    };
    let ask = async |key: &str, path: &str| {
        let request = Request::get(path).header("authorization", format!("Bearer {key}")).body(Body::empty()).unwrap();
        t.s.send_bare(request).await.status.as_u16()
    };
    let (reads, text) = key("daochu", Role::Operator, &[Right::Read], Some(30)).await.unwrap();
    assert!(!format!("{reads:?}").contains(text.split('_').nth(2).unwrap()), "the secret is kept nowhere");
    assert_eq!(ask(&text, "/api/v1/appeals").await, 200);
    assert_eq!(ask(&text, "/api/v1/searches").await, 403, "it has one right");
    let post = Request::post("/api/v1/appeals")
        .header("authorization", format!("Bearer {text}"))
        .header("content-type", "application/json")
        .body(Body::from(json!({ "text": "路灯不亮" }).to_string()));
    t.s.send_bare(post.unwrap()).await.is_error(403, "forbidden", None);
    t.s.post("/api/v1/appeals", &json!({ "id": "K-1", "text": "路灯不亮", "caller": { "number": "13812345678" } }))
        .await;
    let read = Request::get("/api/v1/appeals/K-1").header("authorization", format!("Bearer {text}"));
    let seen = t.s.send_bare(read.body(Body::empty()).unwrap()).await;
    assert!(!seen.text.contains("13812345678"), "without `personal` it is masked: {}", seen.text);
    for wrong in [
        "",
        "tsk_1_2",
        &text[..text.len() - 1],
        &text.replace(&text[60..61], if &text[60..61] == "0" { "1" } else { "0" }),
    ] {
        assert_eq!(ask(wrong, "/api/v1/appeals").await, 401, "{wrong}");
    }
    assert!(key("daochu", Role::Operator, &[], None).await.is_err(), "the name is taken");
    assert!(key("duo", Role::Handler, &[Right::Admin], None).await.is_err(), "more than the role may");
    assert!(key("yong", Role::Handler, &[], Some(2_000)).await.is_err(), "too long");
    let (_, short) = key("duan", Role::Operator, &[], Some(1)).await.unwrap();
    assert_eq!(ask(&short, "/api/v1/appeals").await, 200);
    t.wait(24 * 3_600);
    assert_eq!(ask(&short, "/api/v1/appeals").await, 401, "its day is over");
    t.desk().revoke_key("daochu").await.unwrap();
    assert_eq!(ask(&text, "/api/v1/appeals").await, 401, "taken back");
    assert!(key("daochu", Role::Operator, &[], None).await.is_ok(), "its name is free again");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_administrator_types_what_the_terminal_shows() {
    let t = Timed::with(HttpConfig { first_code: Some("ABCD-2345".into()), ..HttpConfig::default() }).await;
    let fields = |code| {
        [("code", code), ("name", "guanli"), ("person", "<b>管理</b>"), ("password", PASSWORD), ("again", PASSWORD)]
    };
    let send = async |peer: &str, code: &'static str| {
        let mut request = form("/first-run", "", &fields(code));
        request.extensions_mut().insert(ConnectInfo(peer.parse::<SocketAddr>().unwrap()));
        t.s.send_bare(request).await
    };
    assert_eq!(send("10.1.1.1:7", "ABCD-2345").await.status, 403, "only on this machine");
    let wrong = send("127.0.0.1:7", "ABCD-2346").await;
    assert!(wrong.status == 400 && wrong.text.contains("一次性口令不正确"), "{}", wrong.text);
    assert!(!wrong.text.contains("<b>") && !wrong.text.contains(PASSWORD), "{}", wrong.text);
    let made = send("127.0.0.1:7", "abcd-2345").await;
    assert_eq!((made.status.as_u16(), made.header("location")), (303, "/"), "{}", made.text);
    let cookie = made.header("set-cookie").split(';').next().unwrap().to_owned();
    assert_eq!(t.page("/tickets", &cookie).await.status, 200);
    assert_eq!(send("127.0.0.1:7", "ABCD-2345").await.status, 403, "only once");
    assert_eq!(t.page("/first-run", "").await.header("location"), "/login");
    let closed = Timed::new().await;
    let mut request = form("/first-run", "", &fields("ABCD-2345"));
    request.extensions_mut().insert(ConnectInfo("127.0.0.1:7".parse::<SocketAddr>().unwrap()));
    assert_eq!(closed.s.send_bare(request).await.status, 403, "without a code there is no first run");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_of_somebody_else_is_changed_first() {
    let t = Timed::new().await;
    t.user("guanli", Role::Admin, Reach::default()).await;
    t.user("wangli", Role::Operator, Reach::default()).await;
    t.desk().reset_password("wangli", PASSWORD, true).await.unwrap();
    let cookie = t.log_in("wangli").await;
    assert_eq!(t.page("/intake", &cookie).await.header("location"), "/account");
    assert!(t.page("/account", &cookie).await.text.contains("请先修改密码"));
    let proof = t.proof(&cookie).await;
    let change = async |old: &str, new: &str| {
        t.form("/account/password", &cookie, &[("csrf", &proof), ("old", old), ("password", new), ("again", new)]).await
    };
    assert!(change("wrong", "Xin-Mima-8899").await.text.contains("原密码不正确"));
    assert!(change(PASSWORD, "short").await.text.contains("至少 10 个字符"));
    assert_eq!(change(PASSWORD, "Xin-Mima-8899").await.status, 303);
    assert_eq!(t.page("/intake", &cookie).await.status, 200);
    let refused = t.desk().set_role("guanli", Role::Operator, Reach::default()).await.unwrap_err();
    assert!(refused.message.contains("最后一个"), "{refused}");
    assert!(t.desk().set_disabled("guanli", true).await.is_err());
    let operator = t.desk().acting(&Actor::person("wangli", Role::Operator));
    assert!(operator.users().await.is_err() && operator.keys().await.is_err() && operator.audit_log(1).await.is_err());
    assert!(operator.set_role("wangli", Role::Admin, Reach::default()).await.is_err(), "nobody promotes himself");
}

#[test]
fn weak_passwords_are_refused_in_words() {
    let check = |password: &str, said: &str| {
        let fault = policy("wangli", password).unwrap_err();
        assert!(fault.message.contains(said), "{password}: {fault}");
    };
    check("Ab1!", "至少 10 个");
    check(&"Ab1!x".repeat(30), "最多 128 个");
    check("alllowercase", "三类");
    check("lower12345678", "三类");
    check("Wangli-2026-Ok", "包含账号");
    check("Admin@123456", "太常见");
    check("P@ssw0rd1234", "太常见");
    check("Password@123", "太常见");
    check("Aa1!aaaaaaaaaa", "重复");
    check("Ab!123456789", "连续");
    for good in [PASSWORD, "正确的-马-电池-2026a", "kX9#mQ2$vL7w", "Qing!Shui!Wan!7"] {
        policy("wangli", good).unwrap_or_else(|fault| panic!("{good}: {fault}"));
    }
}
