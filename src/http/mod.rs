//! The door: JSON API under `/api/v1`, server-rendered console beside it, both over [`Desk`].
//!
//! Knows no SQL, no index and no model. Handlers extract, call one use case, map; what a client
//! sees lives in [`views`]; every error leaves in one envelope ([`error`]). Appeal text, query strings
//! and bodies are never logged.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use crate::desk::Desk;

mod api;
mod console;
mod error;
mod extract;
mod guard;
mod openapi;
mod params;
mod router;
mod server;
mod telemetry;
pub mod views;

pub use error::status_of;
pub use openapi::openapi;
pub use router::router;
pub use server::{Server, bind, serve, stop_signal};

/// How the door is hung.
#[derive(Clone, Debug)]
pub struct HttpConfig {
    /// Where to listen; port 0 lets the system choose (see [`Server::addr`]).
    pub addr: SocketAddr,
    /// Listen on an address that other machines reach although there are no accounts yet.
    pub insecure: bool,
    /// Largest request body in bytes.
    pub body_limit: usize,
    /// Longest time that a request may take.
    pub timeout: Duration,
    /// Requests in progress at most; one more is answered with 503.
    pub in_flight: usize,
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            addr: SocketAddr::from((Ipv4Addr::LOCALHOST, 12345)),
            insecure: false,
            body_limit: 1024 * 1024,
            timeout: Duration::from_secs(30),
            in_flight: 512,
        }
    }
}

/// Why the door does not open.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// Accounts come later; until then only this machine may reach the service.
    #[error(
        "refusing to listen on {0}: there are no accounts yet, so everybody who reaches this address could read \
         every appeal; listen on 127.0.0.1, or pass --insecure if the network is closed"
    )]
    NotLoopback(SocketAddr),
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

/// What every handler can reach.
#[derive(Clone, Debug)]
pub(crate) struct Door {
    pub(crate) desk: Desk,
}
