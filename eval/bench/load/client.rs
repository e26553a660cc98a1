//! A small HTTP/1.1 client with kept connections, so that the client costs little beside the server.

use std::{sync::Mutex, time::Duration};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

/// After so long nobody waits any more.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server that is asked.
pub(crate) struct Target {
    addr: String,
    key: Option<String>,
    idle: Mutex<Vec<BufReader<TcpStream>>>,
}

/// An answer, its body read.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) retry_after: bool,
    pub(crate) length: usize,
    pub(crate) body: Vec<u8>,
}

impl Target {
    pub(crate) fn new(addr: String, key: Option<String>) -> Self {
        Self { addr, key, idle: Mutex::new(Vec::new()) }
    }

    pub(crate) async fn get(&self, path: &str) -> Option<Answer> {
        self.send("GET", path, "text/html", None, "").await
    }

    pub(crate) async fn post(&self, path: &str, body: &str, once: Option<&str>) -> Option<Answer> {
        self.send("POST", path, "application/json", once, body).await
    }

    /// None if there was no answer: refused, cut off, or later than anybody waits.
    async fn send(&self, method: &str, path: &str, accept: &str, once: Option<&str>, body: &str) -> Option<Answer> {
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nAccept: {accept}\r\n");
        if let Some(key) = &self.key {
            head.push_str(&format!("Authorization: Bearer {key}\r\n"));
        }
        if let Some(once) = once {
            head.push_str(&format!("Idempotency-Key: {once}\r\n"));
        }
        if method == "POST" {
            head.push_str(&format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len()));
        }
        head.push_str("\r\n");
        head.push_str(body);
        tokio::time::timeout(PATIENCE, self.asked(head.as_bytes())).await.ok().flatten()
    }

    async fn asked(&self, request: &[u8]) -> Option<Answer> {
        let kept = self.idle.lock().unwrap().pop();
        let old = kept.is_some();
        let mut stream = match kept {
            Some(stream) => stream,
            None => self.fresh().await?,
        };
        let answer = match told(&mut stream, request).await {
            Some(answer) => Some(answer),
            // A kept connection may have been closed meanwhile; that is no failure of the server.
            None if old => {
                stream = self.fresh().await?;
                told(&mut stream, request).await
            }
            None => None,
        }?;
        self.idle.lock().unwrap().push(stream);
        Some(answer)
    }

    async fn fresh(&self) -> Option<BufReader<TcpStream>> {
        let stream = TcpStream::connect(&self.addr).await.ok()?;
        stream.set_nodelay(true).ok()?;
        Some(BufReader::with_capacity(32 * 1024, stream))
    }

    /// Lines of the metrics that begin so.
    pub(crate) async fn metric(&self, name: &str) -> String {
        let page = self.get("/api/v1/metrics").await.map(|a| a.body).unwrap_or_default();
        let page = String::from_utf8_lossy(&page).into_owned();
        page.lines().filter(|line| line.starts_with(name)).collect::<Vec<_>>().join(" · ")
    }
}

async fn told(stream: &mut BufReader<TcpStream>, request: &[u8]) -> Option<Answer> {
    stream.get_mut().write_all(request).await.ok()?;
    let (mut line, mut status, mut length, mut chunked, mut retry_after) = (String::new(), 0, 0, false, false);
    loop {
        line.clear();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        let text = line.trim_end();
        if text.is_empty() {
            break;
        }
        if status == 0 {
            status = text.split(' ').nth(1)?.parse().ok()?;
            continue;
        }
        let (name, value) = text.split_once(':')?;
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().ok()?,
            "transfer-encoding" => chunked = value.contains("chunked"),
            "retry-after" => retry_after = true,
            _ => {}
        }
    }
    let mut body = Vec::new();
    if chunked {
        loop {
            line.clear();
            stream.read_line(&mut line).await.ok()?;
            let size = usize::from_str_radix(line.trim(), 16).ok()?;
            let mut piece = vec![0; size + 2];
            stream.read_exact(&mut piece).await.ok()?;
            if size == 0 {
                break;
            }
            body.extend_from_slice(&piece[..size]);
        }
    } else {
        body = vec![0; length];
        stream.read_exact(&mut body).await.ok()?;
    }
    Some(Answer { status, retry_after, length: body.len(), body })
}
