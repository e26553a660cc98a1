//! Listening and stopping.

use std::{future::Future, net::SocketAddr, pin::Pin, sync::Arc, time::Duration};

use axum::serve::ListenerExt;
use tokio::{net::TcpListener, sync::watch};
use tokio_rustls::{TlsAcceptor, rustls::ServerConfig};

use crate::{
    desk::Desk,
    http::{
        HttpConfig, HttpError, Lobby,
        router::routed,
        tls::{self, TlsListener},
    },
};

/// After the signal, requests in progress have this long to finish.
const DRAIN: Duration = Duration::from_secs(10);

/// A bound server that has not begun to answer.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    router: axum::Router,
    closing: Arc<watch::Sender<bool>>,
    addr: SocketAddr,
    tls: Option<Arc<ServerConfig>>,
}

/// Takes the address, so that the caller can print it before serving.
///
/// # Errors
/// [`HttpError::NotLoopback`] without accounts, [`HttpError::NotEncrypted`] without certificate, proxy or
/// `insecure`, [`HttpError::Tls`], [`HttpError::Bind`].
pub async fn bind(desk: Desk, config: HttpConfig) -> Result<Server, HttpError> {
    if !config.addr.ip().is_loopback() {
        // A store that does not answer has no accounts either.
        if !desk.has_accounts().await.unwrap_or(false) {
            return Err(HttpError::NotLoopback(config.addr));
        }
        if config.tls.is_none() && config.proxies.is_empty() && !config.insecure {
            return Err(HttpError::NotEncrypted(config.addr));
        }
    }
    let tls = config.tls.as_ref().map(tls::settings).transpose()?;
    let cannot = |source| HttpError::Bind { addr: config.addr, source };
    let listener = TcpListener::bind(config.addr).await.map_err(cannot)?;
    let addr = listener.local_addr().map_err(cannot)?;
    let lobby = Lobby::new(desk, &config);
    let closing = lobby.closing.clone();
    Ok(Server { listener, router: routed(lobby, &config), closing, addr, tls })
}

impl Server {
    /// `https` with a certificate, else `http`.
    pub fn scheme(&self) -> &'static str {
        if self.tls.is_some() { "https" } else { "http" }
    }

    /// The address in use, with the port that the system chose.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Answers until `stop` is done, then lets requests in progress finish (at most ten seconds).
    ///
    /// # Errors
    /// [`HttpError::Serve`].
    pub async fn run(self, stop: impl Future<Output = ()> + Send + 'static) -> Result<(), HttpError> {
        tracing::info!(addr = %self.addr, "listening");
        let (stopped, mut wait) = watch::channel(false);
        let closing = self.closing;
        let signal = async move {
            stop.await;
            tracing::info!("stopping: requests in progress finish first");
            closing.send_replace(true);
            let _ = stopped.send(true);
        };
        let service = self.router.into_make_service_with_connect_info::<SocketAddr>();
        let serving: Pin<Box<dyn Future<Output = std::io::Result<()>> + Send>> = match self.tls {
            None => Box::pin(axum::serve(self.listener, service).with_graceful_shutdown(signal).into_future()),
            Some(config) => {
                let acceptor = TlsAcceptor::from(config);
                // The wrapper is what makes the address of a listener other than TCP's known.
                let listener = TlsListener::over(self.listener, acceptor, self.addr).tap_io(|_| ());
                Box::pin(axum::serve(listener, service).with_graceful_shutdown(signal).into_future())
            }
        };
        let overdue = async move {
            // An error means that the sender is gone, which only happens when serving has ended.
            if wait.wait_for(|stopped| *stopped).await.is_err() {
                std::future::pending::<()>().await;
            }
            tokio::time::sleep(DRAIN).await;
        };
        tokio::select! {
            done = serving => done.map_err(HttpError::Serve),
            () = overdue => {
                tracing::warn!("some requests did not finish in time");
                Ok(())
            }
        }
    }
}

/// Listens and answers until Ctrl-C or SIGTERM.
///
/// # Errors
/// See [`bind`] and [`Server::run`].
pub async fn serve(desk: Desk, config: HttpConfig) -> Result<(), HttpError> {
    bind(desk, config).await?.run(stop_signal()).await
}

/// Ctrl-C, or SIGTERM from a service manager.
pub async fn stop_signal() {
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending::<()>().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! {
        () = interrupt => {}
        () = terminate => {}
    }
}
