//! One request, one answer, one connection; bounded in time and in bytes.

use std::{net::SocketAddr, path::Path, sync::Arc, time::Duration};

use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::{
    Request, Uri,
    body::Bytes,
    client::conn::http1,
    header::{AUTHORIZATION, CONTENT_TYPE, HOST},
};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpStream, lookup_host},
};
use tokio_rustls::{
    TlsConnector,
    rustls::{self, ClientConfig, pki_types::ServerName},
};

use super::{OutboundError, is_local, trust::trusting};

/// How long a connection may take to stand.
const CONNECT: Duration = Duration::from_secs(5);
/// Longest answer, in bytes.
const LONGEST: usize = 1 << 20;

/// Where to ask.
#[derive(Clone)]
pub(super) struct Endpoint {
    uri: Uri,
    host: String,
    port: u16,
    tls: Option<Arc<ClientConfig>>,
}

impl std::fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Endpoint").field("uri", &self.uri).finish()
    }
}

impl Endpoint {
    /// An endpoint of an address in words. Public addresses are refused here already where they are
    /// written as numbers; names are looked at when they are resolved.
    pub(super) fn new(url: &str, ca: Option<&Path>) -> Result<Self, OutboundError> {
        let wrong = |why: &str| OutboundError::Config(format!("rephrase.url = {url}: {why}"));
        let uri: Uri = url.parse().map_err(|_| wrong("写作 http://127.0.0.1:8000/v1"))?;
        let host = uri.host().ok_or_else(|| wrong("缺少主机名"))?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        if uri.authority().is_some_and(|a| a.as_str().contains('@')) {
            return Err(wrong("地址中不能有账号"));
        }
        let secure = match uri.scheme_str() {
            Some("http") => false,
            Some("https") => true,
            _ => return Err(wrong("须以 http:// 或 https:// 开头")),
        };
        if host.parse().is_ok_and(|address| !is_local(address)) {
            return Err(OutboundError::Public(host));
        }
        let tls = match (secure, ca) {
            (false, _) => None,
            (true, Some(ca)) => Some(trusting(ca)?),
            (true, None) => return Err(wrong("https 须以 rephrase.ca 给出内网证书颁发者(PEM)")),
        };
        let port = uri.port_u16().unwrap_or(if secure { 443 } else { 80 });
        Ok(Self { uri, host, port, tls })
    }

    /// Posts a JSON document to a path under the endpoint; the answer's bytes.
    pub(super) async fn post(
        &self,
        path: &str,
        key: Option<&str>,
        body: Vec<u8>,
        patience: Duration,
    ) -> Result<Bytes, OutboundError> {
        let asked = tokio::time::timeout(patience, self.exchange(path, key, body));
        asked.await.unwrap_or(Err(OutboundError::Slow(patience.as_secs())))
    }

    async fn exchange(&self, path: &str, key: Option<&str>, body: Vec<u8>) -> Result<Bytes, OutboundError> {
        let stream = self.connect().await?;
        match &self.tls {
            None => self.send(stream, path, key, body).await,
            Some(config) => {
                let name = ServerName::try_from(self.host.clone())
                    .map_err(|_| OutboundError::Config(format!("rephrase.url: {} 不能用于 https", self.host)))?;
                let stream =
                    TlsConnector::from(config.clone()).connect(name, stream).await.map_err(|e| self.untrusted(e))?;
                self.send(stream, path, key, body).await
            }
        }
    }

    /// What went wrong before a word was said over TLS: the certificate, or the connection.
    fn untrusted(&self, error: std::io::Error) -> OutboundError {
        match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            Some(rustls::Error::InvalidCertificate(why)) => {
                OutboundError::Untrusted(self.host.clone(), format!("{why:?}"))
            }
            _ => unreachable(error),
        }
    }

    /// Connects to the very address that was looked at, so that a name cannot lead elsewhere in between.
    async fn connect(&self) -> Result<TcpStream, OutboundError> {
        let found: Vec<SocketAddr> = lookup_host((self.host.as_str(), self.port)).await.map_err(unreachable)?.collect();
        if let Some(public) = found.iter().find(|address| !is_local(address.ip())) {
            return Err(OutboundError::Public(public.ip().to_string()));
        }
        let mut last = OutboundError::Unreachable(format!("{} 没有地址", self.host));
        for address in found {
            match tokio::time::timeout(CONNECT, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => return Ok(stream),
                Ok(Err(error)) => last = unreachable(error),
                Err(_) => last = OutboundError::Slow(CONNECT.as_secs()),
            }
        }
        Err(last)
    }

    async fn send<S>(&self, stream: S, path: &str, key: Option<&str>, body: Vec<u8>) -> Result<Bytes, OutboundError>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(unreachable)?;
        let driver = tokio::spawn(connection);
        let whole = format!("{}{path}", self.uri.path().trim_end_matches('/'));
        let authority = self.uri.authority().map_or(self.host.as_str(), |a| a.as_str());
        let mut request =
            Request::post(whole).header(HOST, authority).header(CONTENT_TYPE, "application/json; charset=utf-8");
        if let Some(key) = key {
            request = request.header(AUTHORIZATION, format!("Bearer {key}"));
        }
        let request = request
            .body(Full::new(Bytes::from(body)))
            .map_err(|_| OutboundError::Config("rephrase: 地址或密钥含有不能发送的字符".into()))?;
        let response = sender.send_request(request).await.map_err(unreachable)?;
        // A redirect is no success either: nobody is followed to another address.
        if !response.status().is_success() {
            driver.abort();
            return Err(OutboundError::Status(response.status().as_u16()));
        }
        let read = Limited::new(response.into_body(), LONGEST).collect().await;
        driver.abort();
        match read {
            Ok(body) => Ok(body.to_bytes()),
            Err(error) if error.is::<LengthLimitError>() => Err(OutboundError::TooLong(LONGEST)),
            Err(_) => Err(OutboundError::Garbled("连接中断")),
        }
    }
}

fn unreachable(error: impl std::fmt::Display) -> OutboundError {
    OutboundError::Unreachable(error.to_string())
}
