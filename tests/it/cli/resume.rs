//! An import that is killed in the middle ends complete when it is started again.

use std::{
    process::{Command, Stdio},
    time::Duration,
};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{code, path, stderr, tingsu, write_lines};

#[test]
fn a_killed_import_goes_on() {
    const ROWS: usize = 1_500;
    let dir = TempDir::new().unwrap();
    let (file, data) = (path(&dir, "appeals.jsonl"), path(&dir, "data"));
    let rows: Vec<_> = (0..ROWS)
        .map(|n| json!({ "id": format!("K-{n}"), "text": format!("第{n}号楼的电梯今天又停了,请安排检修") }))
        .collect();
    write_lines(file.as_ref(), &rows);
    // Killed at different moments: while storing, while triaging, while indexing.
    for pause in [60, 250, 700, 1_500] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_tingsu"))
            .args(["import", "--data", &data, &file, "--model", "none"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(pause));
        // SIGKILL on Unix: nothing can be tidied up.
        let _ = child.kill();
        child.wait().unwrap();
    }
    let out = tingsu(&["import", "--data", &data, &file, "--model", "none", "--json"]);
    assert_eq!(code(&out), 0, "{}", stderr(&out));
    let report: Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!(report["rows"], ROWS);
    assert_eq!(report["stored"].as_u64().unwrap() + report["already"].as_u64().unwrap(), ROWS as u64);
    let out = tingsu(&["doctor", "--data", &data, "--model", "none", "--json"]);
    let findings: Value = serde_json::from_slice(&out.stdout).unwrap();
    let detail = |part: &str| {
        let all = findings.as_array().unwrap();
        all.iter()
            .find(|f| f["part"] == part)
            .map(|f| f["detail"].as_str().unwrap_or("").to_owned())
            .unwrap_or_default()
    };
    assert_eq!(detail("数据库"), format!("{ROWS} 件"));
    assert_eq!(detail("检索索引"), format!("{ROWS} 件已索引,落后 0 步"));
    assert_eq!(detail("待研判"), "0 件");
}
