//! Commands beside a running service on the same data folder.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{code, lines, path, stderr, tingsu, write_lines};

/// `tingsu serve` on a free port; ended when dropped.
struct Service(Child);

impl Service {
    fn start(data: &str) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_tingsu"))
            .args(["serve", "--listen", "127.0.0.1:0", "--data", data, "--model", "none"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        let started = said.any(|line| line.contains("听诉已启动"));
        // A service whose log nobody reads would end at its next line.
        std::thread::spawn(move || said.for_each(drop));
        let service = Self(child);
        assert!(started, "the service did not start");
        service
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn search_reads_what_a_running_service_keeps() {
    let dir = TempDir::new().unwrap();
    let (file, data) = (path(&dir, "appeals.jsonl"), path(&dir, "data"));
    let _service = Service::start(&data);
    write_lines(
        file.as_ref(),
        &[
            json!({ "id": "T-1", "text": "河边的农业发展银行门前每逢下雨就积水" }),
            json!({ "id": "T-2", "text": "早上七点18路在E区站甩站" }),
        ],
    );
    let out = tingsu(&["import", "--data", &data, &file, "--model", "none"]);
    assert_eq!(code(&out), 0, "{}", stderr(&out));
    // The service indexes; the search waits for it and says nothing of missing changes.
    let out = tingsu(&["search", "--data", &data, "积水", "--json"]);
    assert_eq!((code(&out), stderr(&out).as_str()), (0, ""));
    let report: Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!((&report["total"], &report["hits"][0]["ticket"]), (&json!(1), &json!("T-1")));
    let (queries, hits) = (path(&dir, "q.jsonl"), path(&dir, "hits.jsonl"));
    write_lines(queries.as_ref(), &[json!({ "id": 1, "q": "18路" }), json!({ "id": 2, "q": "\"下雨就积水\"" })]);
    let out = tingsu(&["search", "--data", &data, "--queries", &queries, "--output", &hits]);
    assert_eq!(code(&out), 0, "{}", stderr(&out));
    let first: Vec<_> = lines(hits.as_ref()).iter().map(|a| a["hits"][0]["ticket"].clone()).collect();
    assert_eq!(first, ["T-2", "T-1"]);
    let out = tingsu(&["doctor", "--data", &data, "--json"]);
    let findings: Value = serde_json::from_slice(&out.stdout).unwrap();
    let index = findings.as_array().unwrap().iter().find(|f| f["part"] == "检索索引").unwrap();
    assert_eq!((&index["ok"], &index["detail"]), (&json!(true), &json!("2 件已索引,落后 0 步")));
    // Writing to the index is the service's alone.
    let out = tingsu(&["reindex", "--data", &data]);
    assert!(code(&out) == 7 && stderr(&out).contains("in use by another process"), "{}", stderr(&out));
}
