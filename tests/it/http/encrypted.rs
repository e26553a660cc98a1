//! TLS by certificate files: served, marked in cookie and headers, and no way around it.

use std::{net::SocketAddr, path::Path, sync::Arc, time::Duration};

use tingsu::http::{HttpConfig, HttpError, TlsFiles, bind};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_rustls::{
    TlsConnector,
    rustls::{
        ClientConfig, RootCertStore,
        crypto::ring,
        pki_types::{CertificateDer, ServerName, pem::PemObject},
    },
};

use crate::desk::TestDesk;

const PASSWORD: &str = "Tian-Wang-2026";

/// A certificate for localhost, made for these tests, valid for a hundred years.
fn files() -> TlsFiles {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/http/tls");
    TlsFiles { cert: dir.join("cert.pem"), key: dir.join("key.pem") }
}

async fn ask(addr: SocketAddr, request: String) -> String {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(files().cert).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(addr).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let mut stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // Who closes first without saying so is no matter here.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn certificate_files_encrypt() {
    let t = TestDesk::new().await;
    t.desk.add_first_admin("guanli", "", PASSWORD).await.unwrap();
    let any = HttpConfig { addr: "127.0.0.1:0".parse().unwrap(), ..HttpConfig::default() };
    let swapped = TlsFiles { cert: files().key, key: files().cert };
    let refused = bind(t.desk.clone(), HttpConfig { tls: Some(swapped), ..any.clone() }).await.unwrap_err();
    assert!(matches!(refused, HttpError::Tls(..)), "{refused}");
    let server = bind(t.desk.clone(), HttpConfig { tls: Some(files()), ..any }).await.unwrap();
    let addr = server.addr();
    assert_eq!(server.scheme(), "https");
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = tokio::spawn(server.run(async move {
        let _ = stopped.await;
    }));
    // Somebody who connects and says nothing holds up nobody.
    let _silent = TcpStream::connect(addr).await.unwrap();
    let body = format!("name=guanli&password={PASSWORD}");
    let head = format!(
        "POST /login HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAccept: text/html\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let answer = ask(addr, head).await;
    assert!(answer.starts_with("HTTP/1.1 303"), "{answer}");
    assert!(answer.contains("; Secure"), "the cookie never travels in the clear: {answer}");
    assert!(answer.contains("strict-transport-security: max-age="), "{answer}");
    let sessions = t.desk.sessions(true).await.unwrap();
    assert_eq!(sessions[0].address, "127.0.0.1", "the client's address is known behind the encryption");
    let mut plain = TcpStream::connect(addr).await.unwrap();
    plain.write_all(b"GET /login HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    let _ = tokio::time::timeout(Duration::from_secs(5), plain.read_to_end(&mut answer)).await;
    assert!(!String::from_utf8_lossy(&answer).contains("HTTP/1.1 200"), "nothing is served in the clear");
    stop.send(()).unwrap();
    tokio::time::timeout(Duration::from_secs(12), serving).await.expect("the server ends").unwrap().unwrap();
}
