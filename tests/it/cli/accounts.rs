//! Accounts, keys, the audit and backups from the command line.

use std::{
    fs,
    io::Write,
    process::{Command, Output, Stdio},
};

use tempfile::TempDir;

use super::{code, stderr, tingsu};

const PASSWORD: &str = "Tian-Wang-2026";

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Runs with something on standard input.
fn typed(args: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_tingsu"))
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn people_and_keys() {
    let dir = TempDir::new().unwrap();
    let data = dir.path().join("data").display().to_string();
    let at = ["--data", data.as_str()];
    let add =
        |name: &str, role: &str, password: &str| typed(&["user", "add", name, "--role", role, at[0], at[1]], password);
    let weak = add("guanli", "admin", "12345\n");
    assert!(code(&weak) == 2 && stderr(&weak).contains("至少 10 个字符"), "{}", stderr(&weak));
    let wrong = add("guanli", "chef", PASSWORD);
    assert!(code(&wrong) == 2 && stderr(&wrong).contains("没有角色"), "{}", stderr(&wrong));
    let made = add("guanli", "admin", &format!("{PASSWORD}\n"));
    assert_eq!(code(&made), 0, "{}", stderr(&made));
    assert_eq!(code(&add("guanli", "admin", PASSWORD)), 5, "the name is taken");
    let far = typed(&["user", "add", "li", "--role", "handler", "--department", "没有这个局", at[0], at[1]], PASSWORD);
    assert!(code(&far) == 2 && stderr(&far).contains("没有这个局"), "{}", stderr(&far));
    let own = typed(&["user", "add", "li", "--role", "handler", "--department", "城管局", at[0], at[1]], PASSWORD);
    assert_eq!(code(&own), 0, "{}", stderr(&own));
    let listed = stdout(&tingsu(&["user", "list", at[0], at[1]]));
    assert!(listed.contains("guanli\tguanli\t管理员\t全市\t可用") && listed.contains("城管局"), "{listed}");
    assert_eq!(code(&tingsu(&["user", "disable", "li", at[0], at[1]])), 0);
    let last = tingsu(&["user", "role", "guanli", "leader", at[0], at[1]]);
    assert!(code(&last) != 0 && stderr(&last).contains("最后一个"), "{}", stderr(&last));
    let key = tingsu(&["key", "add", "pingtai", "--role", "operator", "--right", "read", "--days", "30", at[0], at[1]]);
    let text = stdout(&key).trim().to_owned();
    assert!(text.starts_with("tsk_") && text.len() == 4 + 8 + 1 + 64, "{text}");
    let keys = stdout(&tingsu(&["key", "list", at[0], at[1]]));
    assert!(keys.contains("pingtai\t受理员\tread") && !keys.contains(&text[13..]), "{keys}");
    assert_eq!(code(&tingsu(&["key", "revoke", "pingtai", at[0], at[1]])), 0);
    assert_eq!(code(&tingsu(&["key", "revoke", "pingtai", at[0], at[1]])), 4);
    let shown = stdout(&tingsu(&["audit-log", "show", at[0], at[1]]));
    for action in ["user_added", "user_changed", "key_added", "key_revoked"] {
        assert!(shown.contains(action), "{action}: {shown}");
    }
    assert!(shown.contains("终端:") && !shown.contains(PASSWORD), "{shown}");
    let sound = tingsu(&["audit-log", "verify", at[0], at[1]]);
    assert!(code(&sound) == 0 && stdout(&sound).contains("5 条审计记录完好"), "{}", stdout(&sound));
    let other = tingsu(&["audit-log", "verify", "--expect", "0000", at[0], at[1]]);
    assert!(code(&other) == 8 && stderr(&other).contains("不一致"), "{}", stderr(&other));
    // One byte, in the file itself, wherever the action stands: in the line and in the index that finds it.
    let path = dir.path().join("data/tingsu.db");
    let bytes = fs::read(&path).unwrap();
    let seen: Vec<usize> = (0..bytes.len() - 11).filter(|at| bytes[*at..].starts_with(b"key_revoked")).collect();
    assert!(seen.len() >= 2, "the line and its index: {seen:?}");
    for at_byte in seen {
        let mut bytes = bytes.clone();
        bytes[at_byte] ^= 1;
        fs::write(&path, bytes).unwrap();
        let broken = tingsu(&["audit-log", "verify", at[0], at[1]]);
        assert!(code(&broken) == 8 && stderr(&broken).contains("第 5 条"), "{at_byte}: {}", stderr(&broken));
    }
}

#[test]
fn a_backup_comes_back() {
    let dir = TempDir::new().unwrap();
    let path = |name: &str| dir.path().join(name).display().to_string();
    let (data, other, rows, file) = (path("data"), path("other"), path("rows.jsonl"), path("kept.db"));
    fs::write(&rows, "{\"id\":\"B-1\",\"text\":\"人民路路灯不亮\"}\n{\"id\":\"B-2\",\"text\":\"小区停水\"}\n").unwrap();
    let import = tingsu(&["import", "--data", &data, "--model", "none", &rows]);
    assert_eq!(code(&import), 0, "{}", stderr(&import));
    let made = tingsu(&["backup", "--data", &data, "--out", &file]);
    assert!(code(&made) == 0 && stdout(&made).contains("2 件工单"), "{}{}", stdout(&made), stderr(&made));
    assert_ne!(code(&tingsu(&["backup", "--data", &data, "--out", &file])), 0, "a file that is there stays");
    let back = tingsu(&["restore", "--data", &other, "--from", &file]);
    assert_eq!(code(&back), 0, "{}", stderr(&back));
    let found = tingsu(&["search", "--data", &other, "--model", "none", "路灯"]);
    assert!(stdout(&found).contains("B-1"), "the index is built anew: {}{}", stdout(&found), stderr(&found));
    let again = tingsu(&["restore", "--data", &data, "--from", &file]);
    assert!(code(&again) == 2 && stderr(&again).contains("--force"), "{}", stderr(&again));
    let forced = tingsu(&["restore", "--data", &data, "--from", &file, "--force"]);
    assert!(code(&forced) == 0 && stdout(&forced).contains("原数据库留存"), "{}", stderr(&forced));
    let mut bytes = fs::read(&file).unwrap();
    let half = bytes.len() / 2;
    bytes.truncate(half);
    fs::write(&file, bytes).unwrap();
    let torn = tingsu(&["restore", "--data", &path("third"), "--from", &file]);
    assert_ne!(code(&torn), 0, "a torn backup is refused");
    assert!(!dir.path().join("third/tingsu.db").exists(), "and takes nobody's place");
}

/// `| head` leaves before everything is printed: that is the end, not a defect.
#[test]
fn a_closed_pipe_is_no_fault() {
    let dir = TempDir::new().unwrap();
    let path = |name: &str| dir.path().join(name).display().to_string();
    let (data, rows, config) = (path("data"), path("rows.jsonl"), path("tingsu.toml"));
    let text: String = (0..40).map(|n| format!("{{\"id\":\"B-{n}\",\"text\":\"人民路{n}号路灯不亮\"}}\n")).collect();
    fs::write(&rows, text).unwrap();
    fs::write(&config, format!("data = {data:?}\n")).unwrap();
    assert_eq!(code(&tingsu(&["import", "--data", &data, "--model", "none", &rows])), 0);
    let left = |args: &[&str]| {
        let mut child = Command::new(env!("CARGO_BIN_EXE_tingsu"))
            .args(args)
            .env_clear()
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let out = child.wait_with_output().unwrap();
        let said = stderr(&out);
        assert!(code(&out) == 0 && !said.contains("defect") && !said.contains("pipe"), "{args:?}: {said}");
    };
    left(&["audit-log", "show", "--limit", "9999", "--data", &data]);
    left(&["search", "--data", &data, "--model", "none", "路灯"]);
    left(&["triage", "--model", "none", "--input", &rows, "--output", "-"]);
    left(&["topics", "--no-model", "--input", &rows, "--output", "-"]);
    // The folder may be named by the configuration, as for the service.
    let verified = tingsu(&["audit-log", "verify", "--config", &config]);
    assert!(code(&verified) == 0 && stdout(&verified).contains("完好"), "{}", stderr(&verified));
    let unknown = tingsu(&["causes", "--no-model", "--input", &rows, "--action", "9999=2026-05-12"]);
    assert!(code(&unknown) == 2 && stderr(&unknown).contains("9999"), "{}", stderr(&unknown));
}
