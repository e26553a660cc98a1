//! The cockpit's stream over real HTTP: what changed comes by itself, and it ends with whatever it was opened by.

use std::{net::SocketAddr, time::Duration};

use serde_json::Value;
use tingsu::{
    desk::{
        Desk,
        accounts::{Entrance, NewKey, NewUser},
    },
    domain::{Actor, Appeal, Channel, NewTicket, Reach, Role},
    http::{HttpConfig, bind},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::oneshot,
    task::JoinHandle,
    time::{Instant, timeout},
};

use crate::desk::TestDesk;

const PASSWORD: &str = "Tian-Wang-2026";

struct Served {
    t: TestDesk,
    addr: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    serving: JoinHandle<()>,
}

impl Served {
    async fn with(config: HttpConfig) -> Self {
        let t = TestDesk::new().await;
        let server = bind(t.desk.clone(), HttpConfig { addr: "127.0.0.1:0".parse().unwrap(), ..config }).await.unwrap();
        let addr = server.addr();
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = tokio::spawn(async move {
            server
                .run(async move {
                    let _ = stopped.await;
                })
                .await
                .unwrap();
        });
        Self { t, addr, stop: Some(stop), serving }
    }

    fn desk(&self) -> &Desk {
        &self.t.desk
    }

    async fn key(&self, name: &str) -> String {
        let new =
            NewKey { name: name.into(), role: Role::Leader, reach: Reach::default(), rights: Vec::new(), days: None };
        format!("Authorization: Bearer {}", self.desk().add_key(new).await.unwrap().1)
    }

    /// A leader who logs in; the header of the session.
    async fn session(&self) -> (i64, String) {
        let new = NewUser {
            name: "lingdao".into(),
            person: String::new(),
            role: Role::Leader,
            reach: Reach::default(),
            password: PASSWORD.into(),
            must_change: false,
        };
        self.desk().add_user(new).await.unwrap();
        let opened = self.desk().log_in("lingdao", PASSWORD, &Entrance::default()).await.unwrap();
        (opened.session.id, format!("Cookie: tingsu_session={}", opened.token))
    }

    async fn stream(&self, header: &str) -> Reading {
        let mut socket = TcpStream::connect(self.addr).await.unwrap();
        let request = format!(
            "GET /cockpit/stream HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\nAccept-Encoding: gzip\r\n{header}\r\n\r\n"
        );
        socket.write_all(request.as_bytes()).await.unwrap();
        Reading { socket, read: String::new() }
    }
}

struct Reading {
    socket: TcpStream,
    read: String,
}

impl Reading {
    /// Reads until a text has come; all that was read up to its end.
    async fn until(&mut self, wanted: &str) -> String {
        let begun = Instant::now();
        loop {
            if let Some(at) = self.read.find(wanted) {
                let rest = self.read.split_off(at + wanted.len());
                return std::mem::replace(&mut self.read, rest);
            }
            let mut bytes = [0; 65_536];
            let left = Duration::from_secs(25).saturating_sub(begun.elapsed());
            let n = timeout(left, self.socket.read(&mut bytes)).await;
            let n = n.unwrap_or_else(|_| panic!("no `{wanted}` in {}", self.read)).unwrap();
            assert!(n > 0, "the stream ended before `{wanted}`: {}", self.read);
            self.read.push_str(&String::from_utf8_lossy(&bytes[..n]));
        }
    }

    /// The data of the next event of parts.
    async fn parts(&mut self) -> Value {
        self.until("event: parts\n").await;
        self.until("data: ").await;
        let line = self.until("\n").await;
        serde_json::from_str(line.trim()).unwrap_or_else(|e| panic!("{e}: {line}"))
    }

    /// Waits for the end of the connection's answer.
    async fn ended(mut self, within: Duration) {
        let all = async {
            loop {
                if self.read.contains("\r\n0\r\n\r\n") {
                    return;
                }
                let mut bytes = [0; 65_536];
                match self.socket.read(&mut bytes).await {
                    Ok(0) | Err(_) => return,
                    Ok(n) => self.read.push_str(&String::from_utf8_lossy(&bytes[..n])),
                }
            }
        };
        timeout(within, all).await.expect("the stream ends");
    }
}

fn received(parts: &Value) -> String {
    let html = parts["parts"]["p-today"].as_str().unwrap_or_else(|| panic!("no figures in {parts}"));
    let of = html.split("data-figure=\"received\"").nth(1).unwrap();
    let link = of.split("<a class=\"n\"").nth(1).unwrap();
    link.split_once('>').unwrap().1.split_once('<').unwrap().0.to_owned()
}

async fn call(desk: &Desk, text: &str) {
    let ticket = NewTicket::of(Channel::Phone, Appeal::new("", text));
    desk.receive(&Actor::person("op", Role::Operator), ticket, None).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_saved_appeal_changes_the_number() {
    // The time limit of requests is shorter than the stream.
    let s = Served::with(HttpConfig { timeout: Duration::from_secs(1), ..HttpConfig::default() }).await;
    let key = s.key("daping").await;
    let mut stream = s.stream(&key).await;
    let head = stream.until("\r\n\r\n").await;
    assert!(head.starts_with("HTTP/1.1 200") && head.contains("content-type: text/event-stream"), "{head}");
    assert!(head.contains("cache-control: no-cache") && !head.contains("content-encoding"), "{head}");
    let first = stream.parts().await;
    assert_eq!(received(&first), "0");
    assert_eq!(first["parts"].as_object().unwrap().len(), 10, "the first event holds all parts");
    tokio::time::sleep(Duration::from_secs(3)).await;
    call(s.desk(), "人民路路灯不亮").await;
    let next = stream.parts().await;
    assert_eq!(received(&next), "1");
    assert!(next["seq"].as_i64() > first["seq"].as_i64());
    assert!(next["parts"].get("p-forecast").is_none(), "what did not change is not sent: {next}");
    // A key that is taken back closes what it opened.
    s.desk().revoke_key("daping").await.unwrap();
    stream.until("event: end\n").await;
    stream.ended(Duration::from_secs(5)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_ends_with_the_session_and_places_are_given_back() {
    let s = Served::with(HttpConfig { streams: 1, ..HttpConfig::default() }).await;
    let (id, cookie) = s.session().await;
    let mut stream = s.stream(&cookie).await;
    stream.parts().await;
    let mut more = s.stream(&cookie).await;
    let head = more.until("\r\n\r\n").await;
    assert!(head.starts_with("HTTP/1.1 503") && head.to_lowercase().contains("\nretry-after: 60\r"), "{head}");
    s.desk().acting(&Actor::person("lingdao", Role::Leader)).end_session(id).await.unwrap();
    stream.until("event: end\n").await;
    stream.ended(Duration::from_secs(5)).await;
    // Nobody gets in with it again, and the place is free.
    let mut none = s.stream(&cookie).await;
    assert!(none.until("\r\n\r\n").await.starts_with("HTTP/1.1 401"));
    let key = s.key("daping").await;
    let mut free = s.stream(&key).await;
    assert!(free.until("\r\n\r\n").await.starts_with("HTTP/1.1 200"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_does_not_answer_is_not_asked_without_rest() {
    let mut s = Served::with(HttpConfig::default()).await;
    let key = s.key("daping").await;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(s.t.dir.path().join("tingsu.db"));
    let beside = sqlx::SqlitePool::connect_with(options).await.unwrap();
    sqlx::query("ALTER TABLE tickets RENAME TO tickets_away").execute(&beside).await.unwrap();
    let mut stream = s.stream(&key).await;
    assert!(stream.until("\r\n\r\n").await.starts_with("HTTP/1.1 200"));
    tokio::time::sleep(Duration::from_secs(1)).await;
    // It rests between two looks, and hears then that the service ends.
    s.stop.take().unwrap().send(()).unwrap();
    timeout(Duration::from_secs(8), &mut s.serving).await.expect("the service stops").unwrap();
    stream.ended(Duration::from_secs(2)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_does_not_hold_up_the_end_of_the_service() {
    let mut s = Served::with(HttpConfig::default()).await;
    let key = s.key("daping").await;
    let mut stream = s.stream(&key).await;
    stream.parts().await;
    let begun = Instant::now();
    s.stop.take().unwrap().send(()).unwrap();
    timeout(Duration::from_secs(8), &mut s.serving).await.expect("the service stops").unwrap();
    assert!(begun.elapsed() < Duration::from_secs(8));
    stream.ended(Duration::from_secs(2)).await;
}
