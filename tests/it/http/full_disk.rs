//! The disk is full while the index is written: health and pages say so, nothing is lost, and when there is room
//! again what is missing is made up for.
//!
//! Runs in a process of its own, under a limit on the size of files that it moves itself.

use std::process::Command;

use axum::{body::Body, http::Request};
use serde_json::json;
use tingsu::domain::{FaultKind, Reach, Role};

use super::service::TestService;

const CHILD: &str = "TINGSU_TEST_UNWRITABLE";

/// From now on no file of this process may grow past so many bytes.
fn limit(bytes: &str) {
    let pid = std::process::id().to_string();
    let set = Command::new("prlimit").args(["--pid", &pid, &format!("--fsize={bytes}:")]).status().unwrap();
    assert!(set.success());
}

/// Runs only as the child of the test below.
#[tokio::test(flavor = "multi_thread")]
async fn child() {
    if std::env::var_os(CHILD).is_none() {
        return;
    }
    let s = TestService::new().await;
    let desk = &s.desk.desk;
    let admin = s.key("admin", Role::Admin, Reach::default()).await;
    for n in 0..40 {
        let words: String = (0..120).map(|w| format!("词{}号", (n * 104_729 + w * 31) % 999_983)).collect();
        let body = json!({ "id": format!("D-{n}"), "text": format!("井盖缺失{words}") });
        assert_eq!(s.post("/api/v1/appeals", &body).await.status, 201);
    }
    while desk.triage_step().await.unwrap() > 0 {}
    limit("16384");
    for _ in 0..2 {
        let fault = desk.index_step().await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Unavailable, "{fault}");
        let health = s.get("/api/v1/health").await;
        assert_eq!(health.status, 200);
        let health = health.json();
        assert_eq!((&health["status"], &health["index"]["ok"]), (&json!("degraded"), &json!(false)), "{health}");
        let detail = health["index"]["detail"].as_str().unwrap();
        assert!(detail.contains("磁盘已满") && detail.contains("已存入数据库"), "{detail}");
        assert_eq!((&health["tickets"], &health["indexed"]), (&json!(40), &json!(0)), "{health}");
        assert_eq!(s.get("/api/v1/ready").await.json()["index"], "unwritable");
    }
    let page = s.page("/search").await;
    assert!(page.text.contains("检索索引无法写入"), "{}", page.text);
    // that this key is used cannot be written either, which keeps nobody from reading
    let request = Request::get("/admin").header("accept", "text/html").header("authorization", &admin);
    let page = s.send_bare(request.body(Body::empty()).unwrap()).await;
    assert!(page.text.contains("磁盘已满"), "{}", page.text);
    limit("unlimited");
    desk.catch_up(|_| {}).await.unwrap();
    let health = s.get("/api/v1/health").await.json();
    assert_eq!((&health["index"]["ok"], &health["indexed"]), (&json!(true), &json!(40)), "{health}");
    assert_eq!(s.get("/api/v1/search?q=井盖").await.json()["total"], 40);
    println!("CHILD DONE");
}

#[test]
fn a_full_disk_is_told_and_made_up_for() {
    if Command::new("prlimit").arg("--version").output().is_err() {
        println!("skipped: there is no prlimit to limit the size of files with");
        return;
    }
    let mut shell = Command::new("bash");
    // the signal of a file that may not grow is ignored, so that writing fails as on a full disk
    shell.args(["-c", "trap '' XFSZ; exec \"$@\"", "bash"]).arg(std::env::current_exe().unwrap());
    shell.args(["http::full_disk::child", "--exact", "--nocapture", "--test-threads=1"]).env(CHILD, "1");
    let output = shell.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("CHILD DONE"), "{said}");
}
