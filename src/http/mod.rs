//! The door: JSON API under `/api/v1`, server-rendered console beside it, both over [`Desk`].
//!
//! Knows no SQL, no index and no model. Handlers extract, call one use case, map; what a client
//! sees lives in [`views`]; every error leaves in one envelope ([`error`]). Appeal text, query strings
//! and bodies are never logged.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::{Arc, atomic::AtomicU32},
    time::Duration,
};

use tokio::sync::{Semaphore, watch};

use crate::desk::{DemoAccount, Desk};

mod access;
mod api;
mod cases;
mod console;
mod error;
mod extract;
mod guard;
mod openapi;
mod params;
mod router;
mod server;
mod session;
mod telemetry;
mod tls;
pub mod views;

pub use error::{advice_of, status_of};
pub use openapi::openapi;
pub use router::router;
pub use server::{Server, bind, serve, stop_signal};

/// Certificate chain and private key, PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The server's certificate first, then those that vouch for it.
    pub cert: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// How the door is hung.
#[derive(Clone, Debug)]
pub struct HttpConfig {
    /// Where to listen; port 0 lets the system choose (see [`Server::addr`]).
    pub addr: SocketAddr,
    /// Listen unencrypted on an address that other machines reach.
    pub insecure: bool,
    /// Encrypt with this certificate.
    pub tls: Option<TlsFiles>,
    /// Proxies in front: what they say of the client's address and of encryption is believed.
    pub proxies: Vec<IpAddr>,
    /// Accounts of the demo, shown on the login page.
    pub demo: Vec<DemoAccount>,
    /// What has to be typed in to become the first administrator; none keeps that page closed.
    pub first_code: Option<String>,
    /// Largest request body in bytes.
    pub body_limit: usize,
    /// Longest time that a request may take.
    pub timeout: Duration,
    /// Longest time of a request that waits for a language model or reads a year of appeals.
    pub patience: Duration,
    /// Requests in progress at most; one more is answered with 503.
    pub in_flight: usize,
    /// Cockpits that are kept up to date at once; one more has to be refreshed by hand.
    pub streams: usize,
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            addr: SocketAddr::from((Ipv4Addr::LOCALHOST, 12345)),
            insecure: false,
            tls: None,
            proxies: Vec::new(),
            demo: Vec::new(),
            first_code: None,
            body_limit: 1024 * 1024,
            timeout: Duration::from_secs(30),
            patience: Duration::from_secs(120),
            in_flight: 512,
            streams: 64,
        }
    }
}

/// Why the door does not open.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// Without accounts only this machine may reach the service.
    #[error("拒绝监听 {0}:还没有账号。请先执行 tingsu user add --role admin,或先在本机监听 127.0.0.1 完成首次设置")]
    NotLoopback(SocketAddr),
    /// Passwords and appeals would travel in the clear.
    #[error(
        "拒绝在 {0} 上以明文监听:请用 --tls-cert 与 --tls-key 给出证书,或由反向代理加密并用 --trusted-proxy 写明其地址;封闭网络中确需明文时加 --insecure"
    )]
    NotEncrypted(SocketAddr),
    /// The certificate cannot be used.
    #[error("无法使用证书 {0}:{1}")]
    Tls(String, String),
    /// The address is taken or not ours.
    #[error("cannot listen on {addr}: {source}; choose another address or stop the program that holds it")]
    Bind {
        /// Where.
        addr: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// The listener failed while serving.
    #[error("the http server stopped: {0}")]
    Serve(std::io::Error),
}

/// What the middlewares and the pages of the entrance reach: the desk with nobody at it.
#[derive(Clone, Debug)]
pub(crate) struct Lobby {
    pub(crate) desk: Desk,
    pub(crate) gate: Arc<Gate>,
    /// Places for streams, which outlast the request that opened them.
    pub(crate) streams: Arc<Semaphore>,
    /// True once the service stops: streams end then.
    pub(crate) closing: Arc<watch::Sender<bool>>,
}

/// What of the configuration concerns who comes in.
#[derive(Debug)]
pub(crate) struct Gate {
    /// Whether this server itself encrypts.
    pub(crate) tls: bool,
    /// Proxies whose word on the client's address and scheme is taken.
    pub(crate) proxies: Vec<IpAddr>,
    /// Largest form in bytes, read before it is known who made it.
    pub(crate) body_limit: usize,
    /// Accounts of the demo, shown on the login page.
    pub(crate) demo: Vec<DemoAccount>,
    /// What the first administrator has to type in.
    pub(crate) first_code: Option<String>,
    /// How often a wrong one was typed in.
    pub(crate) first_tries: AtomicU32,
}

impl Lobby {
    pub(crate) fn new(desk: Desk, config: &HttpConfig) -> Self {
        let gate = Gate {
            tls: config.tls.is_some(),
            proxies: config.proxies.clone(),
            body_limit: config.body_limit,
            demo: config.demo.clone(),
            first_code: config.first_code.clone(),
            first_tries: AtomicU32::new(0),
        };
        let streams = Arc::new(Semaphore::new(config.streams));
        Self { desk, gate: Arc::new(gate), streams, closing: Arc::new(watch::Sender::new(false)) }
    }
}

/// What every handler can reach: the desk with the person who asks at it. Extracting it refuses whoever
/// has not said who that is.
#[derive(Clone, Debug)]
pub(crate) struct Door {
    pub(crate) desk: Desk,
}
