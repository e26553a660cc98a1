//! Who asks? A cookie's session or an API key becomes an actor; without one, the entrance. Forms and
//! calls from the console prove that they come from a page of their session.

use std::net::{IpAddr, SocketAddr};

use axum::{
    body::{Body, to_bytes},
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, header},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};

use crate::{
    desk::accounts::{Entrance, Seated},
    domain::{Actor, Fault, FaultKind},
    http::{
        Lobby,
        access::{self, Access},
        console::{Look, login_link, look_of},
        error::ApiError,
        extract::header_text,
    },
};

/// The cookie that holds a session's token.
const COOKIE: &str = "tingsu_session";
/// The header that proves a call of the console to be one.
const CSRF: HeaderName = HeaderName::from_static("x-csrf-token");

tokio::task_local! {
    /// Who asks for the page that is being rendered.
    static NOW: Seat;
}

/// Who asks.
#[derive(Clone, Debug)]
pub(crate) struct Seat {
    pub(crate) actor: Actor,
    /// The session, for people; programs have none.
    pub(crate) session: Option<Seated>,
    /// Light or dark, as the browser remembers.
    pub(crate) look: Look,
}

impl Seat {
    /// Who asks for the page that is being rendered; none at the entrance.
    pub(crate) fn now() -> Option<Seat> {
        NOW.try_with(Seat::clone).ok()
    }
}

/// Where a request comes from.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    pub(crate) entrance: Entrance,
    /// Whether it comes from this machine, and through no proxy.
    pub(crate) local: bool,
    /// Whether the way to the browser is encrypted.
    pub(crate) encrypted: bool,
}

/// The answer to whoever has not said who that is.
pub(crate) fn unknown() -> Fault {
    Fault::new(FaultKind::Unauthenticated, "未登录或登录已过期;程序请在 Authorization: Bearer 中给出接口密钥")
}

/// The middleware.
pub(crate) async fn seat(State(lobby): State<Lobby>, mut request: Request, next: Next) -> Response {
    let client = client(&lobby, &request);
    request.extensions_mut().insert(client.clone());
    let access = access::of(request.method(), request.uri().path());
    let seat = match known(&lobby, request.headers()).await {
        Ok(seat) => seat,
        // The entrance has to open also while the store is busy.
        Err(_) if matches!(access, Access::Public) => None,
        // Its answer says what is wrong, and nothing of any ticket.
        Err(_) if access == Access::Known => return next.run(request).await,
        Err(error) => return error.into_response(),
    };
    let Some(seat) = seat else {
        return match access {
            Access::Public => next.run(request).await,
            Access::Known if client.local => next.run(request).await,
            _ => {
                let page = wants_page(&request) && is_safe(request.method());
                let wanted = request.uri().path_and_query().map_or("/", |p| p.as_str()).to_owned();
                entrance(&lobby, page, &wanted).await
            }
        };
    };
    let mut answer = match seated(&seat, access, request, lobby.gate.body_limit).await {
        Ok(mut request) => {
            request.extensions_mut().insert(seat.clone());
            NOW.scope(seat.clone(), next.run(request)).await
        }
        Err(response) => *response,
    };
    answer.extensions_mut().insert(seat);
    answer
}

/// What somebody who is known may not do, or has to do first.
async fn seated(seat: &Seat, access: Access, request: Request, most: usize) -> Result<Request, Box<Response>> {
    let refused = |fault: Fault| Box::new(ApiError::from(fault).into_response());
    let path = request.uri().path();
    if let Some(session) = &seat.session {
        let first = path == "/account" || path == "/account/password" || path == "/logout";
        if session.user.must_change && access != Access::Public && !first {
            return Err(match wants_page(&request) {
                true => Box::new(Redirect::to("/account").into_response()),
                false => refused(Fault::new(FaultKind::Forbidden, "请先登录控制台修改初始密码")),
            });
        }
    }
    access.admits(&seat.actor).map_err(refused)?;
    match &seat.session {
        Some(session) if !is_safe(request.method()) => {
            proven(request, &session.session.csrf, most).await.map_err(refused)
        }
        _ => Ok(request),
    }
}

/// The way in for whoever is not known: the first run, the login, or an envelope for programs.
async fn entrance(lobby: &Lobby, page: bool, wanted: &str) -> Response {
    if !page {
        return ApiError::from(unknown()).into_response();
    }
    match lobby.desk.has_accounts().await {
        Ok(false) => Redirect::to("/first-run").into_response(),
        Ok(true) if wanted == "/" => Redirect::to("/login").into_response(),
        Ok(true) => Redirect::to(&login_link(wanted)).into_response(),
        Err(fault) => ApiError::from(fault).into_response(),
    }
}

/// By what somebody came in, so that a stream can ask again whether that still holds.
#[derive(Clone)]
pub(crate) enum Pass {
    /// A session's token.
    Session(String),
    /// A key, and whom its program names.
    Key(String, Option<String>),
}

/// The pass of a request.
pub(crate) fn pass(headers: &HeaderMap) -> Option<Pass> {
    let Some(value) = headers.get(header::AUTHORIZATION) else { return cookie(headers).map(Pass::Session) };
    let key = value.to_str().ok()?.strip_prefix("Bearer ")?.trim().to_owned();
    Some(Pass::Key(key, header_text(headers, "x-operator", 64).ok()?))
}

/// Who comes in by a pass now; none if it holds no longer.
pub(crate) async fn still(lobby: &Lobby, pass: &Pass) -> Result<Option<Actor>, Fault> {
    match pass {
        Pass::Session(token) => Ok(lobby.desk.seated(token).await?.map(|seated| seated.user.actor())),
        Pass::Key(key, user) => lobby.desk.actor_of_key(key, user.as_deref()).await,
    }
}

async fn known(lobby: &Lobby, headers: &HeaderMap) -> Result<Option<Seat>, ApiError> {
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        let key = value.to_str().ok().and_then(|v| v.strip_prefix("Bearer ")).map(str::trim).unwrap_or_default();
        let user = header_text(headers, "x-operator", 64)?;
        let actor = lobby.desk.actor_of_key(key, user.as_deref()).await?;
        return Ok(actor.map(|actor| Seat { actor, session: None, look: Look::default() }));
    }
    let Some(token) = cookie(headers) else { return Ok(None) };
    let seated = lobby.desk.seated(&token).await?;
    Ok(seated.map(|seated| Seat { actor: seated.user.actor(), session: Some(seated), look: look_of(headers) }))
}

fn cookie(headers: &HeaderMap) -> Option<String> {
    cookie_of(headers, COOKIE).filter(|token| token.len() == 64).map(str::to_owned)
}

/// The value of a cookie.
pub(crate) fn cookie_of<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok());
    all.flat_map(|line| line.split(';')).find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
}

/// Sets the cookie of a session; an empty token takes it away.
pub(crate) fn set_cookie(response: &mut Response, token: &str, encrypted: bool) {
    let secure = if encrypted { "; Secure" } else { "" };
    let over = if token.is_empty() { "; Max-Age=0" } else { "" };
    let text = format!("{COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict{secure}{over}");
    if let Ok(value) = HeaderValue::from_str(&text) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

fn wants_page(request: &Request) -> bool {
    let accept = request.headers().get(header::ACCEPT).and_then(|v| v.to_str().ok());
    !request.uri().path().starts_with("/api/") && accept.is_some_and(|accept| accept.contains("text/html"))
}

/// Refuses a request that another site's page sent.
pub(crate) fn from_here(headers: &HeaderMap) -> Result<(), Fault> {
    let text = |name: HeaderName| headers.get(name).and_then(|v| v.to_str().ok());
    let elsewhere = || Err(Fault::new(FaultKind::Forbidden, "请求来自其他网站,已拒绝;请从本系统的页面操作"));
    if text(HeaderName::from_static("sec-fetch-site")).is_some_and(|site| !matches!(site, "same-origin" | "none")) {
        return elsewhere();
    }
    let Some(origin) = text(header::ORIGIN) else { return Ok(()) };
    // A proxy may have put its own name in Host; no page of another site can set the other header.
    let hosts = [text(header::HOST), text(HeaderName::from_static("x-forwarded-host"))];
    match origin.split_once("://") {
        Some((_, from)) if hosts.contains(&Some(from)) => Ok(()),
        _ => elsewhere(),
    }
}

/// A changing request of a session shows that session's token, in a header or in its form, which is held in memory up
/// to `most` bytes.
async fn proven(request: Request, token: &str, most: usize) -> Result<Request, Fault> {
    from_here(request.headers())?;
    let missing = || Fault::new(FaultKind::Forbidden, "缺少页面校验码或已失效,请刷新页面后重试");
    if let Some(given) = request.headers().get(CSRF) {
        return if same(given.as_bytes(), token) { Ok(request) } else { Err(missing()) };
    }
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    if !kind.starts_with("application/x-www-form-urlencoded") {
        return Err(missing());
    }
    let (head, body) = request.into_parts();
    let bytes = to_bytes(body, most).await.map_err(|_| Fault::new(FaultKind::TooLarge, "提交的内容超出上限"))?;
    let mut given = bytes.split(|b| *b == b'&').filter_map(|pair| pair.strip_prefix(b"csrf="));
    if given.next().is_some_and(|given| same(given, token)) {
        Ok(Request::from_parts(head, Body::from(bytes)))
    } else {
        Err(missing())
    }
}

/// Compares hashes, so that the time tells nothing of where two texts differ.
fn same(given: &[u8], wanted: &str) -> bool {
    given.len() == wanted.len() && blake3::hash(given) == blake3::hash(wanted.as_bytes())
}

/// The last hop that is no trusted proxy. A proxy adds to the list or a line of its own after it, so all lines count,
/// from the end; before a hop that cannot be read anybody may have written anything.
fn forwarded(headers: &HeaderMap, proxies: &[IpAddr]) -> Option<IpAddr> {
    let lines: Vec<&str> =
        headers.get_all("x-forwarded-for").iter().map(|line| line.to_str().unwrap_or_default()).collect();
    let hops = lines.iter().rev().flat_map(|line| line.rsplit(','));
    hops.map_while(|hop| hop.trim().parse::<IpAddr>().ok()).find(|hop| !proxies.contains(hop))
}

/// The client behind a request: the other end, or, if that is a trusted proxy, whom it names.
fn client(lobby: &Lobby, request: &Request) -> Client {
    let headers = request.headers();
    let peer: Option<IpAddr> = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let text = |name: &'static str| headers.get(name).and_then(|v| v.to_str().ok());
    let proxies = &lobby.gate.proxies;
    let trusted = peer.is_some_and(|peer| proxies.contains(&peer));
    let named = if trusted { forwarded(headers, proxies) } else { None };
    let address = named.or(peer);
    let agent = headers.get(header::USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or_default();
    Client {
        entrance: Entrance { address: address.map_or_else(String::new, |a| a.to_string()), agent: agent.to_owned() },
        local: peer.is_some_and(|p| p.is_loopback()) && !headers.contains_key("x-forwarded-for") && !trusted,
        encrypted: lobby.gate.tls || (trusted && text("x-forwarded-proto") == Some("https")),
    }
}
