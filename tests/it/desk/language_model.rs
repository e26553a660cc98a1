//! A language model's server of the tests: OpenAI's interface on a free port, honest, lying, slow or broken.

use std::{
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

#[derive(Clone)]
pub(crate) struct FakeModel {
    mood: Arc<Mutex<Mood>>,
    asked: Arc<Mutex<Vec<(HeaderMap, Value)>>>,
    pub(crate) url: String,
}

impl FakeModel {
    pub(crate) async fn start(mood: Mood) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/v1", listener.local_addr().unwrap());
        let model = Self { mood: Arc::new(Mutex::new(mood)), asked: Arc::default(), url };
        let app = Router::new().route("/v1/chat/completions", post(chat)).with_state(model.clone());
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
