//! A service for tests: real store, real index, the demo city's pack, the real router.

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Request, StatusCode},
};
use http_body_util::BodyExt;
use serde_json::Value;
use tingsu::{
    desk::accounts::NewKey,
    domain::{Reach, Role},
    http::{HttpConfig, router},
};
use tokio::sync::OnceCell;
use tower::ServiceExt;

use crate::desk::TestDesk;

pub(crate) struct TestService {
    pub(crate) desk: TestDesk,
    pub(crate) router: Router,
    key: OnceCell<String>,
}

/// An answer, its body read.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|e| panic!("not JSON ({e}): {}", self.text))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or("")
    }

    /// Checks the envelope of an error; its message.
    pub(crate) fn is_error(&self, status: u16, code: &str, field: Option<&str>) -> String {
        let body = self.json();
        assert_eq!(self.status.as_u16(), status, "{body}");
        assert_eq!(body["error"]["code"], code, "{body}");
        assert_eq!(body["error"]["field"].as_str(), field, "{body}");
        let id = body["error"]["request_id"].as_str().unwrap();
        assert_eq!(id, self.header("x-request-id"), "the envelope names the request");
        let message = body["error"]["message"].as_str().unwrap().to_owned();
        assert!(!message.is_empty() && !message.ends_with('.'), "{message}");
        message
    }
}

impl TestService {
    pub(crate) async fn new() -> Self {
        Self::with(HttpConfig::default()).await
    }

    pub(crate) async fn with(config: HttpConfig) -> Self {
        Self::over(TestDesk::new().await, &config)
    }

    pub(crate) fn over(desk: TestDesk, config: &HttpConfig) -> Self {
        let router = router(desk.desk.clone(), config);
        Self { desk, router, key: OnceCell::new() }
    }

    /// The header value of a key with a role's rights. The actor is called like the role; that of
    /// [`TestService::send`] is a supervisor called `operator`, who may do nearly everything.
    pub(crate) async fn key(&self, name: &str, role: Role, reach: Reach) -> String {
        let new = NewKey { name: name.into(), role, reach, rights: Vec::new(), days: None };
        format!("Bearer {}", self.desk.desk.add_key(new).await.unwrap().1)
    }

    /// Sends a request as somebody known, unless it says itself who asks.
    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        self.send_bare(self.known(request).await).await
    }

    /// The request of somebody known, unless it says itself who asks.
    pub(crate) async fn known(&self, mut request: Request<Body>) -> Request<Body> {
        let headers = request.headers();
        if !headers.contains_key("authorization") && !headers.contains_key("cookie") {
            let made = self.key.get_or_init(|| self.key("operator", Role::Supervisor, Reach::default()));
            let value = made.await.parse().unwrap();
            request.headers_mut().insert("authorization", value);
        }
        request
    }

    /// Sends a request as it is.
    pub(crate) async fn send_bare(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        Answer { status: parts.status, headers: parts.headers, text: String::from_utf8(bytes.to_vec()).unwrap() }
    }

    /// The bytes of a successful answer: a file.
    pub(crate) async fn bytes(&self, request: Request<Body>) -> Vec<u8> {
        let response = self.router.clone().oneshot(self.known(request).await).await.unwrap();
        assert!(response.status().is_success(), "{}", response.status());
        response.into_body().collect().await.unwrap().to_bytes().to_vec()
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(encoded(path)).body(Body::empty()).unwrap()).await
    }

    /// A page, as a browser asks for it.
    pub(crate) async fn page(&self, path: &str) -> Answer {
        let request = Request::get(encoded(path)).header("accept", "text/html,*/*").body(Body::empty()).unwrap();
        self.send(request).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.post_with(path, &[], body.to_string().into_bytes()).await
    }

    /// A JSON post with further headers and any bytes.
    pub(crate) async fn post_with(&self, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Answer {
        let mut request = Request::post(encoded(path)).header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    pub(crate) async fn tickets(&self) -> u64 {
        self.desk.desk.health().await.tickets
    }
}

/// Percent-encodes what is not ASCII, so that tests read as people write.
fn encoded(path: &str) -> String {
    path.bytes()
        .map(|b| {
            if b.is_ascii_graphic() && !b"\"<>".contains(&b) { char::from(b).to_string() } else { format!("%{b:02X}") }
        })
        .collect()
}
