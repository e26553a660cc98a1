//! A language model's server of the tests: OpenAI's interface on a free port, honest, lying, slow or broken.

use std::{
    net::SocketAddr,
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Json, Router,
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::post,
};
use serde_json::{Map, Value, json};
use tingsu::outbound::{Chat, ChatConfig};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::ring,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    },
    server::TlsStream,
};

/// What it says next.
#[derive(Clone)]
pub(crate) enum Mood {
    /// Every place, changed by a function.
    Says(fn(&str, &str) -> String),
    /// These very words as the message.
    Words(&'static str),
    /// A status and a body of so many bytes.
    Status(u16, usize),
    /// Nothing for so long.
    Sleeps(Duration),
    /// To another address.
    Redirects,
    /// Bytes that are no answer.
    Rubbish(&'static str),
}

/// Connections that begin with a handshake; those that fail at it are gone.
struct Encrypted {
    listener: TcpListener,
    acceptor: TlsAcceptor,
}

impl axum::serve::Listener for Encrypted {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, SocketAddr) {
        loop {
            let (stream, from) = self.listener.accept().await.unwrap();
            if let Ok(stream) = self.acceptor.accept(stream).await {
                return (stream, from);
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

#[derive(Clone)]
pub(crate) struct FakeModel {
    mood: Arc<Mutex<Mood>>,
    asked: Arc<Mutex<Vec<(HeaderMap, Value)>>>,
    pub(crate) url: String,
}

impl FakeModel {
    pub(crate) async fn start(mood: Mood) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/v1", listener.local_addr().unwrap());
        let model = Self { mood: Arc::new(Mutex::new(mood)), asked: Arc::default(), url };
        let app = Router::new().route("/v1/chat/completions", post(chat)).with_state(model.clone());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        model
    }

    /// The same over https, with the certificate and the key of these files.
    pub(crate) async fn start_encrypted(mood: Mood, cert: &Path, key: &Path) -> Self {
        let chain = vec![CertificateDer::from_pem_file(cert).unwrap()];
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, PrivateKeyDer::from_pem_file(key).unwrap())
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://localhost:{}/v1", listener.local_addr().unwrap().port());
        let model = Self { mood: Arc::new(Mutex::new(mood)), asked: Arc::default(), url };
        let app = Router::new().route("/v1/chat/completions", post(chat)).with_state(model.clone());
        let listener = Encrypted { listener, acceptor: TlsAcceptor::from(Arc::new(config)) };
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        model
    }

    pub(crate) fn mood(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    /// What it was asked last: headers and body.
    pub(crate) fn asked(&self) -> (HeaderMap, Value) {
        self.asked.lock().unwrap().last().cloned().expect("it was asked")
    }

    pub(crate) fn times_asked(&self) -> usize {
        self.asked.lock().unwrap().len()
    }

    pub(crate) fn chat(&self) -> Chat {
        self.chat_within(Duration::from_secs(5))
    }

    pub(crate) fn chat_within(&self, patience: Duration) -> Chat {
        let config = ChatConfig {
            url: self.url.clone(),
            model: "qwen-test".into(),
            key: Some("s3cret".into()),
            ca: None,
            patience,
        };
        Chat::new(config).unwrap()
    }
}

fn said(words: &str) -> Response {
    Json(json!({ "choices": [{ "index": 0, "message": { "role": "assistant", "content": words } }] })).into_response()
}

async fn chat(State(model): State<FakeModel>, headers: HeaderMap, Json(body): Json<Value>) -> Response {
    model.asked.lock().unwrap().push((headers, body.clone()));
    let mood = model.mood.lock().unwrap().clone();
    match mood {
        Mood::Says(change) => {
            let user = body["messages"][1]["content"].as_str().unwrap_or_default();
            let places: Map<String, Value> = serde_json::from_str(user).unwrap();
            let changed: Map<String, Value> =
                places.iter().map(|(p, text)| (p.clone(), Value::String(change(p, text.as_str().unwrap())))).collect();
            said(&Value::Object(changed).to_string())
        }
        Mood::Words(words) => said(words),
        Mood::Status(status, bytes) => {
            (StatusCode::from_u16(status).unwrap(), Body::from(vec![b'x'; bytes])).into_response()
        }
        Mood::Sleeps(time) => {
            tokio::time::sleep(time).await;
            said("{}")
        }
        Mood::Redirects => {
            (StatusCode::FOUND, [("location", "http://example.com/v1/chat/completions")]).into_response()
        }
        Mood::Rubbish(bytes) => bytes.into_response(),
    }
}
