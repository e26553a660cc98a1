//! A chat model behind the interface that OpenAI began and local servers (vLLM, llama.cpp, Ollama) speak:
//! `POST {url}/chat/completions`.

use std::{path::PathBuf, sync::Arc, time::Duration};

use serde::Deserialize;
use serde_json::json;
use tokio::sync::Semaphore;

use super::{OutboundError, client::Endpoint};

/// Questions at a time: a local model answers one after the other anyway.
const AT_ONCE: usize = 2;
/// Longest answer, in the model's tokens.
const TOKENS: u32 = 4_096;

/// Where a language model is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatConfig {
    /// Base address: `http://127.0.0.1:8000/v1`.
    pub url: String,
    /// The model's name there.
    pub model: String,
    /// The key, if the service wants one.
    pub key: Option<String>,
    /// Issuers of its certificate (PEM), for https.
    pub ca: Option<PathBuf>,
    /// How long it may take to answer.
    pub patience: Duration,
}

/// A language model that can be asked. Cheap to clone.
#[derive(Clone)]
pub struct Chat {
    endpoint: Endpoint,
    config: ChatConfig,
    seats: Arc<Semaphore>,
}

impl std::fmt::Debug for Chat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Chat").field("endpoint", &self.endpoint).field("model", &self.config.model).finish()
    }
}

#[derive(Deserialize)]
struct Answer {
    choices: Vec<Choice>,
}

#[derive(Deserialize)]
struct Choice {
    message: Message,
}

#[derive(Deserialize)]
struct Message {
    content: Option<String>,
}

impl Chat {
    /// A model at an address; nothing is asked yet.
    ///
    /// # Errors
    /// The address is no address, or a public one; the issuers' file cannot be read.
    pub fn new(config: ChatConfig) -> Result<Self, OutboundError> {
        let endpoint = Endpoint::new(&config.url, config.ca.as_deref())?;
        Ok(Self { endpoint, config, seats: Arc::new(Semaphore::new(AT_ONCE)) })
    }

    /// How long an answer may take.
    pub fn patience(&self) -> Duration {
        self.config.patience
    }

    /// The model's name.
    pub fn model(&self) -> &str {
        &self.config.model
    }

    /// Asks once. Temperature 0, no streaming.
    ///
    /// # Errors
    /// See [`OutboundError`].
    pub async fn ask(&self, system: &str, user: &str) -> Result<String, OutboundError> {
        let _seat = self.seats.try_acquire().map_err(|_| OutboundError::Busy)?;
        let body = json!({
            "model": self.config.model,
            "temperature": 0,
            "stream": false,
            "max_tokens": TOKENS,
            "messages": [{ "role": "system", "content": system }, { "role": "user", "content": user }],
        });
        let key = self.config.key.as_deref();
        let bytes =
            self.endpoint.post("/chat/completions", key, body.to_string().into_bytes(), self.config.patience).await?;
        let answer: Answer = serde_json::from_slice(&bytes).map_err(|_| OutboundError::Garbled("不是约定的 JSON"))?;
        let said = answer.choices.into_iter().next().and_then(|choice| choice.message.content);
        said.filter(|said| !said.trim().is_empty()).ok_or(OutboundError::Garbled("没有内容"))
    }
}
