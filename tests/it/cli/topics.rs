//! `tingsu topics`: the contract, and corrections as training data.

use std::fs;

use serde_json::{Value, json};
use tempfile::TempDir;
use tingsu::{
    domain::{Actor, Amendment, Appeal, Channel, NewTicket, Role, TicketId},
    store::{Intake, SqliteStore, Store},
};

use super::{code, lines, path, stderr, tingsu, write_lines};

fn burst(n: usize) -> Value {
    json!({
        "id": format!("w{n}"), "at": format!("05-12 08:{:02}", n * 3), "title": "望江路爆管停水",
        "text": format!("望江路主水管爆裂,整条街停水,请抢修{n}。"), "caller": format!("c{n}"),
        "district": "某区", "town": "某街道", "place": "望江路",
    })
}

#[test]
fn events_topics_and_alone_have_the_agreed_fields() {
    let dir = TempDir::new().unwrap();
    let (input, output) = (path(&dir, "in.jsonl"), path(&dir, "out.json"));
    let mut rows: Vec<Value> = (0..6).map(burst).collect();
    rows.push(json!({ "id": 7, "at": "2026-05-13T09:00:00+08:00", "text": "图书馆几点开门,想办借书证" }));
    rows.push(json!({ "id": "later", "at": "昨天", "text": "公交卡在哪里办理老年优惠" }));
    write_lines(input.as_ref(), &rows);
    let args = ["topics", "--input", &input, "--output", &output, "--no-model", "--seed", "3"];
    let out = tingsu(&args);
    assert_eq!(code(&out), 0, "{}", stderr(&out));
    assert!(stderr(&out).contains("第 8 行的时间读不懂"), "{}", stderr(&out));
    let first = fs::read(&output).unwrap();
    let answer: Value = serde_json::from_slice(&first).unwrap();
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<String>>();
    for wanted in ["events", "topics", "alone"] {
        assert!(keys(&answer).contains(&wanted.to_owned()), "{answer}");
    }
    let event = &answer["events"][0];
    assert_eq!((event["id"].as_str(), event["tickets"].as_array().map(Vec::len)), (Some("E-w0"), Some(6)), "{event}");
    assert_eq!(
        (event["first"].as_str(), event["last"].as_str()),
        (Some("2026-05-12T08:00:00+08:00"), Some("2026-05-12T08:15:00+08:00"),)
    );
    assert!(event["title"].as_str().unwrap().contains("望江路"), "{event}");
    assert!((1..=8).contains(&event["terms"].as_array().unwrap().len()), "{event}");
    for alarm in event["alarms"].as_array().unwrap() {
        assert!(alarm["at"].is_string() && alarm["kind"].is_string() && alarm["count"].is_u64(), "{alarm}");
    }
    for topic in answer["topics"].as_array().unwrap() {
        assert!(topic["id"].is_string() && topic["title"].is_string(), "{topic}");
        assert!(topic["events"].is_array() && topic["tickets"].is_array(), "{topic}");
    }
    assert_eq!(answer["alone"], json!(["later", "7"]));
    // byte for byte the same, in any order, with any seed
    rows.reverse();
    write_lines(input.as_ref(), &rows);
    assert_eq!(code(&tingsu(&["topics", "--input", &input, "--output", &output, "--no-model"])), 0);
    let again: Value = serde_json::from_slice(&fs::read(&output).unwrap()).unwrap();
    for part in ["events", "topics", "alone"] {
        assert_eq!(answer[part].to_string(), again[part].to_string());
    }
}

#[test]
fn corrections_come_out_as_pairs() {
    let dir = TempDir::new().unwrap();
    let data = path(&dir, "data");
    fs::create_dir(&data).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let store = SqliteStore::open(&dir.path().join("data/tingsu.db")).await.unwrap();
        let analyst = Actor::person("研判甲", Role::Analyst);
        let at = "2026-05-12T00:52:00Z".parse().unwrap();
        for id in ["A", "B", "C"] {
            let said = Appeal::new("停水", "望江路停水,我的电话13812345678");
            let ticket = NewTicket { id: Some(TicketId::new(id).unwrap()), ..NewTicket::of(Channel::Phone, said) };
            let actor = analyst.clone();
            let intake = Intake { actor, at, idempotency_key: None, suggestion: None, due_at: None, floor: None };
            store.add(ticket, intake).await.unwrap();
        }
        let own = |t: &str| t.to_owned();
        let merge = Amendment::Merge {
            into: own("E-A"),
            parts: vec![(own("E-A"), vec![own("A")]), (own("E-B"), vec![own("B")])],
        };
        let out = Amendment::Exclude {
            ticket: own("C"),
            from: Some(own("E-A")),
            rest: vec![own("A"), own("B")],
            never: false,
        };
        store.events().correct(&merge, "一件事", &analyst, at).await.unwrap();
        store.events().correct(&out, "另一件", &analyst, at).await.unwrap();
        let gone = store.events().correct(&out, "重复", &analyst, at).await.unwrap();
        store.events().undo_correction(gone, "看错", &analyst, at).await.unwrap();
        store.close().await;
    });
    let folder = path(&dir, "out");
    let out = tingsu(&["topics", "--corrections", &folder, "--data", &data]);
    assert_eq!(code(&out), 0, "{}", stderr(&out));
    let pairs = lines(format!("{folder}/pairs.jsonl").as_ref());
    let said: Vec<(&str, &str, bool)> = pairs
        .iter()
        .map(|p| (p["a"]["id"].as_str().unwrap(), p["b"]["id"].as_str().unwrap(), p["same"].as_bool().unwrap()))
        .collect();
    assert_eq!(said, [("A", "B", true), ("C", "A", false), ("C", "B", false)]);
    assert!(!pairs[0].to_string().contains("13812345678"), "masked: {}", pairs[0]);
    let acts = lines(format!("{folder}/acts.jsonl").as_ref());
    assert_eq!(acts.iter().map(|a| a["undone"].as_bool().unwrap()).collect::<Vec<_>>(), [false, false, true]);
    assert_eq!((acts[0]["act"].as_str(), acts[0]["by"].as_str()), (Some("merge"), Some("研判甲")));
    assert_eq!(code(&tingsu(&["topics"])), 2, "one of the two is needed");
}
