//! A city learns from its own history: import, decide, train, compare, activate, roll back, beside a
//! running service and under `kill -9`.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tempfile::TempDir;
use tingsu::{
    boot,
    domain::{Actor, Decision, DecisionKind, Labels, Role, TicketId},
    store::{SqliteStore, Store},
};

use super::{code, path, stderr, tingsu, write_lines};
use crate::{
    model::tiny::{self, Layout},
    shelf::{bundle, write},
};

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Runs a command that has to succeed.
fn done(args: &[&str]) -> Output {
    let out = tingsu(args);
    assert_eq!(code(&out), 0, "{args:?}: {}", stderr(&out));
    out
}

fn answer(args: &[&str]) -> Value {
    let out = done(args);
    serde_json::from_slice(&out.stdout).unwrap_or_else(|e| panic!("{args:?}: {e}: {}", stdout(&out)))
}

/// Runs a command that has to fail; what it says.
fn fails(args: &[&str], wanted: i32) -> String {
    let out = tingsu(args);
    assert_eq!(code(&out), wanted, "{args:?}: {}{}", stdout(&out), stderr(&out));
    stderr(&out)
}

/// Simulated appeals of the pack's most frequent classes, closed by an old system.
fn closed_tickets(classes: usize) -> Vec<Value> {
    let lines = boot::embedded_appeals();
    let all: Vec<Value> = lines
        .iter()
        .flat_map(|(_, bytes)| bytes.split(|b| *b == b'\n').filter(|l| !l.is_empty()))
        .map(|line| serde_json::from_slice(line).unwrap())
        .collect();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for row in &all {
        *counts.entry(row["category"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    let mut most: Vec<_> = counts.into_iter().collect();
    most.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    most.truncate(classes);
    let mut kept: Vec<Value> =
        all.into_iter().filter(|r| most.iter().any(|(c, _)| r["category"] == c.as_str())).collect();
    kept.iter_mut().for_each(|row| row["status"] = "已归档".into());
    kept
}

/// A data folder with closed tickets, ten more that a person decided here, and a tiny encoder.
struct City {
    dir: TempDir,
    data: String,
}

impl City {
    fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let data = path(&dir, "data");
        let city = Self { data, dir };
        write(&city.at("encoder"), &tiny::files(Layout::ModernBert));
        fs::remove_file(city.at("encoder").join("labels.json")).unwrap();
        let mut rows = closed_tickets(14);
        let decided: Vec<Value> = rows.iter().step_by(30).take(10).cloned().collect();
        for row in rows.iter_mut().filter(|r| decided.iter().any(|d| d["id"] == r["id"])) {
            for key in ["type", "category", "department", "urgency", "flags", "status"] {
                row.as_object_mut().unwrap().remove(key);
            }
        }
        let file = path(&city.dir, "closed.jsonl");
        write_lines(file.as_ref(), &rows);
        done(&["import", "--data", &city.data, &file, "--model", "none", "--anchor", "2026-06-30"]);
        city.decide(&decided);
        city
    }

    fn at(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn decide(&self, rows: &[Value]) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let store = SqliteStore::open(&Path::new(&self.data).join("tingsu.db")).await.unwrap();
            for row in rows {
                let word = |key: &str| row[key].as_str().unwrap().to_owned();
                let labels = Labels {
                    appeal_type: Some(word("type").parse().unwrap()),
                    category: Some(word("category")),
                    department: Some(word("department")),
                    ..Labels::default()
                };
                let decision = Decision {
                    ticket: TicketId::new(word("id")).unwrap(),
                    at: "2026-07-01T00:00:00Z".parse().unwrap(),
                    actor: Actor::person("受理员甲", Role::Operator),
                    kind: DecisionKind::Unaided,
                    labels,
                    reason: None,
                    suggestion: None,
                };
                store.decide(decision).await.unwrap();
            }
            store.close().await;
        });
    }

    /// Trains on the history; the id of the bundle.
    fn train(&self, name: &str, further: &[&str]) -> (String, Output) {
        let encoder = path(&self.dir, "encoder");
        let mut args = vec!["train", "fit", "--history", &self.data, "--encoder", &encoder, "--name", name, "--f32"];
        args.extend(["--max-tokens", "48", "--by", "管理员乙"]);
        args.extend(further);
        let out = done(&args);
        let said = stdout(&out);
        let id = said.lines().find_map(|l| l.strip_prefix("已放入模型库:")).unwrap_or_else(|| panic!("{said}"));
        (id.to_owned(), out)
    }
}

#[test]
fn a_city_learns_from_its_own_history() {
    let city = City::new();
    let data = city.data.as_str();
    let (good, out) = city.train("city", &["--epochs", "1", "--grams", "6000"]);
    let said = stderr(&out);
    for word in ["人工裁定 10", "办结时的标签", "rows:"] {
        assert!(said.contains(word), "wanted `{word}` in {said}");
    }
    assert!(good.starts_with("city@"));
    let list = answer(&["model", "list", "--data", data, "--json"]);
    assert_eq!((list["active"].is_null(), list["bundles"][0]["id"].as_str()), (true, Some(good.as_str())));
    assert_eq!(list["bundles"][0]["by"], "管理员乙");
    let trained = &list["bundles"][0]["data"]["history"];
    assert_eq!(trained["by_trust"]["decided"], 10);
    assert!(trained["used"].as_u64().unwrap() > 300 && list["bundles"][0]["scores"].is_object(), "{list}");
    assert_eq!(fs::read_dir(city.at("data/models")).unwrap().flatten().filter(|e| e.path().is_dir()).count(), 1);

    // compared with the embedded one on rows that it was not trained on
    let both = answer(&["model", "compare", "embedded", &good, "--data", data, "--json"]);
    let category = &both["comparison"]["heads"][1];
    assert_eq!(category["head"], "category");
    let of = category["b"]["of"].as_u64().unwrap();
    assert!((20..90).contains(&of), "a tenth is held back: {of}");
    let right = category["b"]["hits"].as_u64().unwrap();
    assert!(right * 2 > of, "it learned something: {right} of {of}");
    assert_eq!(category["changes"]["counts"]["better"], category["paired"]["only_b"]);
    let table = stdout(&done(&["model", "compare", "active", "city", "--data", data, "--changes"]));
    assert!(table.contains("McNemar") && table.contains("换用乙后首选会变的"), "{table}");
    let texts = fs::read_to_string(city.at("closed.jsonl")).unwrap();
    let first: Value = serde_json::from_str(texts.lines().next().unwrap()).unwrap();
    let words: String = first["text"].as_str().unwrap().chars().take(12).collect();
    assert!(!table.contains(&words), "no words of citizens");

    // activated; triage and the list say so
    answer(&["model", "activate", &good, "--data", data, "--margin", "1", "--by", "管理员乙", "--json"]);
    assert_eq!(answer(&["model", "list", "--data", data, "--json"])["active"], good.as_str());
    let (one, out) = (path(&city.dir, "one.jsonl"), path(&city.dir, "out.jsonl"));
    write_lines(one.as_ref(), &[json!({ "id": 1, "text": "小区停水三天了,请尽快恢复供水" })]);
    let model = |further: &[&str]| {
        done(&[&["triage", "--input", &one, "--output", &out, "--data", data], further].concat());
        super::lines(out.as_ref())[0]["model"].as_str().unwrap().to_owned()
    };
    assert_eq!(model(&[]), good);
    assert_ne!(model(&["--model", "models/default"]), good, "--model goes before the active one");

    // one that learned nothing is refused, and taken only with a reason
    let (bad, _) = city.train("worse", &["--epochs", "0", "--grams", "0"]);
    let said = fails(&["model", "activate", &bad, "--data", data], 5);
    for word in ["worse on category", "margin 0.01", "--force --reason", &bad] {
        assert!(said.contains(word), "wanted `{word}` in {said}");
    }
    assert!(fails(&["model", "activate", &bad, "--data", data, "--force"], 2).contains("--reason"));
    assert_eq!(model(&[]), good);
    done(&["model", "activate", &bad, "--data", data, "--force", "--reason", "演练"]);
    assert_eq!(model(&[]), bad);
    assert!(fails(&["model", "remove", &bad, "--data", data], 5).contains("activate another one first"));
    assert!(fails(&["model", "activate", &bad, "--data", data], 5).contains("already"));
    done(&["model", "rollback", "--data", data, "--reason", "演练结束"]);
    assert_eq!(model(&[]), good);
    done(&["model", "remove", "worse", "--data", data]);
    done(&["model", "rollback", "--data", data]);
    assert!(model(&[]).starts_with("jianghai"));
    assert!(fails(&["model", "rollback", "--data", data], 4).contains("nothing to go back to"));
    let journal = stdout(&done(&["model", "journal", "--data", data, "--json"]));
    let entries: Vec<Value> = journal.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let acts: Vec<&str> = entries.iter().map(|e| e["act"].as_str().unwrap()).collect();
    assert_eq!(acts, ["activate", "activate", "rollback", "rollback"]);
    assert_eq!((&entries[1]["forced"], &entries[1]["reason"]), (&json!(true), &json!("演练")));
    assert_eq!(entries[0]["compared"]["heads"][1]["head"], "category");
    assert_eq!(entries[0]["about"]["data"]["history"]["by_trust"]["decided"], 10);
}

#[test]
fn bundles_that_do_not_fit_are_refused_by_name() {
    let dir = TempDir::new().unwrap();
    let data = path(&dir, "data");
    write(&dir.path().join("foreign"), &bundle("foreign"));
    let kept = answer(&["model", "add", &path(&dir, "foreign"), "--data", &data, "--json"]);
    let id = kept["id"].as_str().unwrap();
    let said = fails(&["model", "activate", id, "--data", &data], 5);
    assert!(said.contains("甲局") && said.contains("does not know"), "{said}");
    assert!(fails(&["model", "activate", "nothing", "--data", &data], 4).contains(id));
    assert!(fails(&["model", "add", "/nonexistent", "--data", &data], 2).contains("/nonexistent"));
    fs::write(dir.path().join("data/models").join(id).join("labels.json"), "{").unwrap();
    let forced = ["model", "activate", id, "--data", &data, "--force", "--reason", "试"];
    assert!(fails(&forced, 8).contains("labels.json"), "a bundle that cannot be opened is never activated");
    assert!(answer(&["model", "list", "--data", &data, "--json"])["active"].is_null());
    let out = tingsu(&["train", "fit", "--history", &data]);
    assert!(code(&out) == 2 && stderr(&out).contains("没有数据库"), "{}", stderr(&out));
    let help = stdout(&done(&["train", "fit", "--help"]));
    assert!(help.contains("--history") && help.contains("--trust"), "{help}");
    assert!(stdout(&done(&["completions", "bash"])).contains("rollback"));
}

/// A killed activation leaves the old bundle or the new one, never something between.
#[test]
fn a_killed_activation_leaves_a_whole_state() {
    let dir = TempDir::new().unwrap();
    let data = path(&dir, "data");
    let shelf = tingsu::shelf::Shelf::of(data.as_ref());
    let ids: Vec<String> = ["a", "b"].iter().map(|n| shelf.keep(&bundle(n), Default::default()).unwrap().id).collect();
    let activate = |id: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tingsu"));
        command.args(["model", "activate", id, "--data", &data, "--force", "--reason", "试"]);
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    };
    let started = Instant::now();
    assert!(activate(&ids[1]).wait().unwrap().success());
    let whole = started.elapsed();
    for round in 0..20_u32 {
        let mut child = activate(&ids[(round % 2) as usize]);
        // the second half of its time, in which it writes, and a little more
        std::thread::sleep(whole * (20 + 2 * round) / 40);
        let _ = child.kill();
        child.wait().unwrap();
        let opened = shelf.open();
        assert!(opened.troubles.is_empty(), "round {round}: {:?}", opened.troubles);
        let numbers: Vec<u64> = shelf.journal().unwrap().iter().map(|e| e.n).collect();
        assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>(), "round {round}");
    }
    let answers = shelf.standing().unwrap().bundle.to_string();
    let other = ids.iter().find(|id| **id != answers).unwrap();
    done(&["model", "activate", other, "--data", &data, "--force", "--reason", "试"]);
    assert_eq!(shelf.open().chosen.to_string(), *other);
}

/// `tingsu serve` on a free port with the bundle of its data folder; ended when dropped.
struct Service {
    child: Child,
    addr: String,
    key: String,
}

impl Service {
    fn start(data: &str) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_tingsu"))
            .args(["serve", "--listen", "127.0.0.1:0", "--data", data])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        let addr = said.find_map(|line| {
            let (_, rest) = line.split_once("听诉已启动:http://")?;
            Some(rest.split('/').next()?.to_owned())
        });
        std::thread::spawn(move || said.for_each(drop));
        let addr = addr.expect("the service starts");
        let name = addr.replace(':', "-");
        let key = stdout(&done(&["key", "add", &name, "--role", "operator", "--data", data])).trim().to_owned();
        Self { child, addr, key }
    }

    fn ask(&self, method: &str, path: &str, body: &str) -> Value {
        let mut stream = TcpStream::connect(&self.addr).unwrap();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.addr,
            self.key,
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
    }

    /// Which bundle answers an appeal.
    fn model(&self) -> String {
        let answer = self.ask("POST", "/api/v1/triage", r#"{"text":"小区停水三天了,请尽快恢复供水"}"#);
        answer["model"].as_str().unwrap().to_owned()
    }

    fn health(&self) -> Value {
        self.ask("GET", "/api/v1/health", "")
    }

    /// Asks until the bundle answers; every answer on the way has to be one.
    fn becomes(&self, id: &str) -> Duration {
        let started = Instant::now();
        while self.model() != id {
            assert!(started.elapsed() < Duration::from_secs(5), "{id} does not answer within 5 s");
            std::thread::sleep(Duration::from_millis(20));
        }
        started.elapsed()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_running_service_takes_up_the_active_bundle() {
    let dir = TempDir::new().unwrap();
    let data = path(&dir, "data");
    let shelf = tingsu::shelf::Shelf::of(data.as_ref());
    let ids: Vec<String> = ["a", "b"].iter().map(|n| shelf.keep(&bundle(n), Default::default()).unwrap().id).collect();
    let service = Service::start(&data);
    let embedded = service.model();
    assert!(embedded.starts_with("jianghai"));
    for id in [&ids[0], &ids[1], &ids[0]] {
        done(&["model", "activate", id, "--data", &data, "--force", "--reason", "试"]);
        service.becomes(id);
        assert_eq!(service.health()["model"]["detail"], id.as_str());
    }
    done(&["model", "rollback", "--data", &data]);
    service.becomes(&ids[1]);
    // an import beside the service answers with the same bundle
    drop(service);

    // damaged while nothing ran: the one before answers, loudly, and the service is up
    fs::write(dir.path().join("data/models").join(&ids[1]).join("model.safetensors"), "torn").unwrap();
    let service = Service::start(&data);
    service.becomes(&ids[0]);
    let deadline = Instant::now() + Duration::from_secs(5);
    while service.health()["status"] != "degraded" {
        assert!(Instant::now() < deadline, "health says nothing of the damage");
        std::thread::sleep(Duration::from_millis(50));
    }
    let warnings = service.health()["warnings"].to_string();
    assert!(warnings.contains(&ids[1]), "{warnings}");
    done(&["model", "activate", "embedded", "--data", &data, "--force", "--reason", "试"]);
    service.becomes(&embedded);
    assert!(!service.health()["warnings"].to_string().contains(&ids[1]), "what was damaged is no longer wanted");
}
