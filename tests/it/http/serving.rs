//! Listening, stopping, and whom the service listens to.

use std::{net::SocketAddr, time::Duration};

use tingsu::{
    desk::accounts::NewKey,
    domain::{Reach, Role},
    http::{HttpConfig, HttpError, TlsFiles, bind},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::desk::TestDesk;

fn at(addr: &str) -> HttpConfig {
    HttpConfig { addr: addr.parse().unwrap(), ..HttpConfig::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn other_addresses_need_accounts_and_encryption() {
    let t = TestDesk::new().await;
    for addr in ["0.0.0.0:0", "[::]:0", "192.0.2.1:80"] {
        for insecure in [false, true] {
            let refused = bind(t.desk.clone(), HttpConfig { insecure, ..at(addr) }).await.unwrap_err();
            assert!(matches!(refused, HttpError::NotLoopback(_)), "{addr}: {refused}");
            assert!(refused.to_string().contains("tingsu user add"), "{refused}");
        }
    }
    t.desk.add_first_admin("guanli", "", "Tian-Wang-2026").await.unwrap();
    let refused = bind(t.desk.clone(), at("0.0.0.0:0")).await.unwrap_err();
    assert!(matches!(refused, HttpError::NotEncrypted(_)), "{refused}");
    assert!(refused.to_string().contains("--insecure"), "{refused}");
    let proxies = vec!["127.0.0.1".parse().unwrap()];
    assert!(bind(t.desk.clone(), HttpConfig { proxies, ..at("0.0.0.0:0") }).await.is_ok(), "a proxy encrypts");
    let none = TlsFiles { cert: t.dir.path().join("no.pem"), key: t.dir.path().join("no.key") };
    let refused = bind(t.desk.clone(), HttpConfig { tls: Some(none), ..at("0.0.0.0:0") }).await.unwrap_err();
    assert!(matches!(refused, HttpError::Tls(..)), "{refused}");
    let open = bind(t.desk.clone(), HttpConfig { insecure: true, ..at("0.0.0.0:0") }).await.unwrap();
    assert_ne!(open.addr().port(), 0, "the port that the system chose is told");
    let taken = bind(t.desk.clone(), at(&format!("127.0.0.1:{}", open.addr().port()))).await.unwrap_err();
    assert!(matches!(taken, HttpError::Bind { .. }) && taken.to_string().contains("cannot listen"), "{taken}");
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_in_progress_finish_after_the_signal() {
    let t = TestDesk::new().await;
    let server = bind(t.desk.clone(), at("127.0.0.1:0")).await.unwrap();
    let addr = server.addr();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = tokio::spawn(server.run(async move {
        let _ = stopped.await;
    }));
    // Half of a request stands when the signal comes; the rest follows.
    let body = r#"{"text":"人民路路灯不亮"}"#;
    let mut stream = TcpStream::connect(addr).await.unwrap();
    let new =
        NewKey { name: "op".into(), role: Role::Operator, reach: Reach::default(), rights: Vec::new(), days: None };
    let key = t.desk.add_key(new).await.unwrap().1;
    let head = format!(
        "POST /api/v1/appeals HTTP/1.1\r\nHost: {addr}\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    stop.send(()).unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    stream.write_all(body.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    tokio::time::timeout(Duration::from_secs(5), serving).await.expect("the server ends").unwrap().unwrap();
    assert!(TcpStream::connect(addr).await.is_err(), "nobody listens any more");
    assert_eq!(t.desk.health().await.tickets, 1);
}

#[test]
fn the_default_address_is_loopback() {
    let addr: SocketAddr = HttpConfig::default().addr;
    assert!(addr.ip().is_loopback());
}
