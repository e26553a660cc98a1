//! `tingsu audit`: files in, verdicts out, exit codes.

use std::fs;

use serde_json::Value;
use tempfile::TempDir;

use super::{code, path, stderr, tingsu};

#[test]
fn verdicts_are_written_and_told_by_the_exit_code() {
    let dir = TempDir::new().unwrap();
    let file = path(&dir, "周报.txt");
    let text = "共受理诉求32376件,其中违法建设489件,占1.43%,噪音3238件,占10%。";
    fs::write(&file, text).unwrap();
    let out = tingsu(&["audit", &file, "--json"]);
    assert_eq!(code(&out), 9, "{}", stderr(&out));
    let answer: Value = serde_json::from_slice(&out.stdout).unwrap();
    let checks = answer["checks"].as_array().unwrap();
    let wrong: Vec<&Value> = checks.iter().filter(|c| c["verdict"] == "disagrees").collect();
    assert_eq!(wrong.len(), 1, "{answer}");
    assert_eq!((wrong[0]["given"].as_str(), wrong[0]["expected"].as_str()), (Some("1.43%"), Some("1.51%")));
    for c in checks {
        let (start, end) = (c["start"].as_u64().unwrap() as usize, c["end"].as_u64().unwrap() as usize);
        assert_eq!(text.chars().skip(start).take(end - start).collect::<String>(), c["claim"].as_str().unwrap());
    }
    let told = tingsu(&["audit", &file]);
    let words = String::from_utf8(told.stdout).unwrap();
    assert!(words.contains("不符 1") && words.contains("489 ÷ 32,376 = 1.5104%"), "{words}");
    assert!(!words.contains('\u{1b}'), "no colours in a file");
    fs::write(&file, text.replace("1.43%", "1.51%")).unwrap();
    assert_eq!(code(&tingsu(&["audit", &file])), 0);
}

#[test]
fn what_cannot_be_read_is_told_in_words() {
    let dir = TempDir::new().unwrap();
    for (name, bytes, words) in [
        ("空.txt", &b""[..], "没有可核对的文字"),
        ("图.png", &[0x89, b'P', b'N', b'G', 0, 1][..], "不是文本"),
        ("报.pdf", &b"%PDF-1.7"[..], "另存为 DOCX"),
        ("坏.docx", &b"PK\x03\x04"[..], "已损坏"),
    ] {
        let file = path(&dir, name);
        fs::write(&file, bytes).unwrap();
        let out = tingsu(&["audit", &file]);
        assert_eq!(code(&out), 2, "{name}");
        assert!(stderr(&out).contains(words), "{}", stderr(&out));
    }
    let out = tingsu(&["audit", &path(&dir, "无.txt")]);
    assert_eq!(code(&out), 2);
    assert!(stderr(&out).contains("cannot read"), "{}", stderr(&out));
}
