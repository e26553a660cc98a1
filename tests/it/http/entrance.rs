//! Whom the door takes somebody for behind a proxy, and what it holds in memory before it knows who asks.

use std::net::SocketAddr;

use axum::{body::Body, extract::ConnectInfo, http::Request};
use tingsu::{
    desk::accounts::NewUser,
    domain::{Reach, Role},
    http::HttpConfig,
};

use super::service::TestService;

const PASSWORD: &str = "Tian-Wang-2026";
const PROXY: &str = "10.0.0.2";

async fn service(config: HttpConfig) -> TestService {
    let s = TestService::with(config).await;
    let new = NewUser {
        name: "wangli".into(),
        person: String::new(),
        role: Role::Operator,
        reach: Reach::default(),
        password: PASSWORD.into(),
        must_change: false,
    };
    s.desk.desk.add_user(new).await.unwrap();
    s
}

/// A login that comes from the proxy with these lines of X-Forwarded-For.
fn login(lines: &[&str]) -> Request<Body> {
    let mut request = Request::post("/login").header("content-type", "application/x-www-form-urlencoded");
    for line in lines {
        request = request.header("x-forwarded-for", *line);
    }
    let mut request = request.body(Body::from(format!("name=wangli&password={PASSWORD}"))).unwrap();
    let peer: SocketAddr = format!("{PROXY}:9").parse().unwrap();
    request.extensions_mut().insert(ConnectInfo(peer));
    request
}

#[tokio::test(flavor = "multi_thread")]
async fn the_address_of_a_login_is_what_the_nearest_proxy_saw() {
    let s = service(HttpConfig { proxies: vec![PROXY.parse().unwrap()], ..HttpConfig::default() }).await;
    for (lines, address) in [
        (&["192.0.2.7"] as &[&str], "192.0.2.7"),
        // nginx adds to the client's list, HAProxy adds a line of its own after it
        (&["203.0.113.1, 192.0.2.7"], "192.0.2.7"),
        (&["203.0.113.1", "192.0.2.7"], "192.0.2.7"),
        (&["203.0.113.1", "192.0.2.7, 10.0.0.2"], "192.0.2.7"),
        // before what cannot be read anybody may have written anything
        (&["203.0.113.1, unknown"], PROXY),
        (&["203.0.113.1", ""], PROXY),
        (&[], PROXY),
    ] {
        assert_eq!(s.send_bare(login(lines)).await.status, 303, "{lines:?}");
        let sessions = s.desk.desk.sessions(true).await.unwrap();
        assert_eq!(sessions.iter().max_by_key(|session| session.id).unwrap().address, address, "{lines:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_is_held_up_to_the_limit_of_bodies() {
    let s = service(HttpConfig { body_limit: 4_096, ..HttpConfig::default() }).await;
    let opened = s.send_bare(login(&[])).await;
    let cookie = opened.header("set-cookie").split(';').next().unwrap().to_owned();
    let send = async |kind: &str, bytes: usize| {
        let body = format!("look=dark&rest={}", "x".repeat(bytes));
        let request = Request::post("/look").header("cookie", &cookie).header("content-type", kind);
        s.send_bare(request.body(Body::from(body)).unwrap()).await
    };
    let form = "application/x-www-form-urlencoded";
    send(form, 10).await.is_error(403, "forbidden", None);
    send(form, 8_192).await.is_error(413, "too_large", None);
    // No form of ours has parts: none is read.
    send("multipart/form-data; boundary=b", 8_192).await.is_error(403, "forbidden", None);
}
