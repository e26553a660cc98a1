//! What every request passes: host check, admission, time limit, panics, request id, headers, one
//! log line, the error envelope.

use std::{
    any::Any,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use tokio::sync::Semaphore;

use crate::{
    domain::{Fault, FaultKind},
    http::{HttpConfig, console, error::ApiError, session::Seat, telemetry},
};

/// No script, style, font or picture from elsewhere, and none inline.
const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
                   connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
/// After how long whoever found no place asks again.
const BUSY: Duration = Duration::from_secs(2);
/// After how long whoever was ended for being slow asks again.
const SLOW: Duration = Duration::from_secs(5);
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// State of the guard.
#[derive(Clone, Debug)]
pub(crate) struct Guard {
    admission: Arc<Semaphore>,
    /// Looking takes a quarter of the places at most: when everybody looks, calls are still taken in.
    looking: Arc<Semaphore>,
    /// Suggestions while somebody types take an eighth: they are asked for again with the next word, so they
    /// are refused before pages are, and pages before calls.
    hinting: Arc<Semaphore>,
    timeout: Duration,
    /// For what [`is_slow`].
    patience: Duration,
    loopback_only: bool,
    tls: bool,
}

impl Guard {
    pub(crate) fn new(config: &HttpConfig) -> Self {
        Self {
            admission: Arc::new(Semaphore::new(config.in_flight.max(1))),
            looking: Arc::new(Semaphore::new((config.in_flight / 4).max(1))),
            hinting: Arc::new(Semaphore::new((config.in_flight / 8).max(1))),
            timeout: config.timeout,
            patience: config.patience.max(config.timeout),
            loopback_only: !config.insecure && config.proxies.is_empty() && config.addr.ip().is_loopback(),
            tls: config.tls.is_some(),
        }
    }
}

/// The outermost layer.
pub(crate) async fn guard(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let id = request_id(request.headers());
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map_or("unmatched", MatchedPath::as_str).to_owned();
    let path = request.uri().path();
    let wants_page = !path.starts_with("/api/") && accepts_html(request.headers());

    let mut response = admit(&guard, request, next).await;
    if response.status() == StatusCode::METHOD_NOT_ALLOWED && response.extensions().get::<ApiError>().is_none() {
        response.extensions_mut().insert(ApiError::method_not_allowed());
    }
    if let Some(error) = response.extensions_mut().remove::<ApiError>() {
        let allow = response.headers().get(header::ALLOW).cloned();
        let seat = response.extensions_mut().remove::<Seat>();
        let retry = error.retry_after();
        response = if wants_page { console::error_page(&error, &id, seat.as_ref()) } else { error.render(&id) };
        // A page says it too: whatever stands between may wait and ask again.
        if let Some(seconds) = retry {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(allow) = allow {
            response.headers_mut().insert(header::ALLOW, allow);
        }
    }
    set_headers(response.headers_mut(), &id);
    if guard.tls {
        let year = HeaderValue::from_static("max-age=31536000");
        response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, year);
    }
    finish(&method, &route, response.status(), began.elapsed(), &id);
    response
}

async fn admit(guard: &Guard, request: Request, next: Next) -> Response {
    if guard.loopback_only && !host_is_loopback(request.headers()) {
        // A page from elsewhere may point its own name at 127.0.0.1 and read what the browser reads.
        let fault =
            Fault::new(FaultKind::Forbidden, "this service listens on this machine only and answers only to localhost");
        return ApiError::from(fault).into_response();
    }
    let too_many = || {
        let fault = Fault::new(FaultKind::Overloaded, "同时进行的请求过多,请稍候再试");
        ApiError::from(fault.after(BUSY)).into_response()
    };
    let path = request.uri().path();
    let share = match *request.method() {
        Method::GET | Method::HEAD if !is_small(path) => Some(&guard.looking),
        Method::POST if is_hint(path) => Some(&guard.hinting),
        _ => None,
    };
    let _place = match share.map(|share| share.try_acquire()).transpose() {
        Ok(place) => place,
        Err(_) => return too_many(),
    };
    let Ok(_permit) = guard.admission.try_acquire() else { return too_many() };
    let limit = if is_slow(request.method(), request.uri().path()) { guard.patience } else { guard.timeout };
    match tokio::time::timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            let message = "处理超时;请稍候重试,接口调用请带上同一个 Idempotency-Key";
            ApiError::from(Fault::new(FaultKind::Overloaded, message).after(SLOW)).into_response()
        }
    }
}

/// What waits for a language model, and what reads the appeals of a window with those of the year before.
fn is_slow(method: &Method, path: &str) -> bool {
    let brief = path.strip_prefix("/api/v1/briefs").or_else(|| path.strip_prefix("/briefs"));
    let slow = |rest: &str| rest.is_empty() || rest.ends_with("/rephrasings") || rest.ends_with("/renew");
    *method == Method::POST && (brief.is_some_and(slow) || (path.starts_with("/events/") && path.ends_with("/brief")))
}

/// What costs nothing, and what a service manager asks.
fn is_small(path: &str) -> bool {
    path.starts_with("/assets/") || matches!(path, "/api/v1/health" | "/api/v1/ready" | "/api/v1/metrics")
}

/// The answer after a panic in a handler.
pub(crate) fn after_panic(panic: Box<dyn Any + Send + 'static>) -> Response {
    let said = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    // A panic message can quote a string that it was cut from: only its length is safe to log.
    tracing::error!(message_length = said.map_or(0, str::len), "a handler panicked");
    ApiError::from(Fault::internal("a handler panicked")).into_response()
}

/// What is asked again and again while an appeal is typed.
fn is_hint(path: &str) -> bool {
    matches!(path, "/api/v1/triage" | "/api/v1/similar" | "/api/v1/split")
}

/// The client's id if it is harmless, or a new one.
fn request_id(headers: &HeaderMap) -> String {
    let own = headers.get(REQUEST_ID).and_then(|v| v.to_str().ok());
    match own {
        Some(id) if (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') => {
            id.to_owned()
        }
        _ => format!("{:016x}", rand::random::<u64>()),
    }
}

fn accepts_html(headers: &HeaderMap) -> bool {
    headers.get(header::ACCEPT).and_then(|v| v.to_str().ok()).is_some_and(|accept| accept.contains("text/html"))
}

/// Whether the request names this machine by a loopback name; a request without a host (tests,
/// HTTP/1.0) comes from no browser.
fn host_is_loopback(headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(header::HOST) else { return true };
    let Ok(host) = host.to_str() else { return false };
    let name = match host.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name.eq_ignore_ascii_case("localhost") || name.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn set_headers(headers: &mut HeaderMap, id: &str) {
    let fixed = |value| HeaderValue::from_static(value);
    headers.insert(header::CONTENT_SECURITY_POLICY, fixed(CSP));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, fixed("nosniff"));
    // Nothing to elsewhere; to ourselves, so that browsers say where a form comes from.
    headers.insert(header::REFERRER_POLICY, fixed("same-origin"));
    headers.insert(header::X_FRAME_OPTIONS, fixed("DENY"));
    headers.insert(HeaderName::from_static("cross-origin-resource-policy"), fixed("same-origin"));
    let nothing = "camera=(), microphone=(), geolocation=(), payment=(), usb=()";
    headers.insert(HeaderName::from_static("permissions-policy"), fixed(nothing));
    headers.insert(HeaderName::from_static("cross-origin-opener-policy"), fixed("same-origin"));
    if !headers.contains_key(header::CACHE_CONTROL) {
        // Pages and answers hold personal data: no copy stays on the disk of a shared machine.
        headers.insert(header::CACHE_CONTROL, fixed("no-store"));
    }
    if let Ok(value) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID, value);
    }
}

/// One log line and the metrics: method, route template, status, time, id. Never the query string,
/// which may hold a name, nor a body.
fn finish(method: &Method, route: &str, status: StatusCode, took: Duration, id: &str) {
    let known = matches!(
        *method,
        Method::GET | Method::POST | Method::PUT | Method::DELETE | Method::HEAD | Method::OPTIONS | Method::PATCH
    );
    let method = if known { method.as_str() } else { "OTHER" };
    telemetry::request(method, route, status.as_u16(), took);
    let ms = took.as_millis() as u64;
    if status.is_server_error() {
        tracing::warn!(method, route, status = status.as_u16(), ms, request_id = id, "request");
    } else {
        tracing::info!(method, route, status = status.as_u16(), ms, request_id = id, "request");
    }
}
