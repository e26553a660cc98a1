//! What the relations are measured with: cases before an appeal, held against the labels.

use std::{path::Path, sync::Arc};

use serde_json::json;
use tingsu::{
    boot::embedded_pack,
    city::CityPack,
    eval::duplicates::{DuplicatesEvalArgs, DuplicatesReport, run},
    triage::Triager,
};

fn report(dir: &Path, rows: &[serde_json::Value]) -> DuplicatesReport {
    let lines: Vec<String> = rows.iter().map(ToString::to_string).collect();
    std::fs::write(dir.join("city.jsonl"), lines.join("\n")).unwrap();
    let triager = Triager::new(Arc::new(CityPack::parse(&embedded_pack()).unwrap()), None);
    let args = DuplicatesEvalArgs {
        model: None,
        city: None,
        corpus: dir.to_owned(),
        limit: 5,
        pairs: Some(dir.join("pairs.jsonl")),
        json: false,
    };
    run(&args, &triager).unwrap()
}

#[test]
fn only_what_came_before_is_shown_and_counted() {
    let dir = tempfile::tempdir().unwrap();
    let row = |id: &str, hour: u32, caller: &str, text: &str, event: Option<&str>, repeat_of: Option<&str>| {
        json!({
            "id": id, "at": format!("2026-05-12 {hour:02}:00"), "caller": caller, "text": text, "place": "望江小区",
            "event": event, "repeat_of": repeat_of,
        })
    };
    let report = report(
        dir.path(),
        &[
            row("A", 8, "C1", "望江小区整个小区停水,自来水一滴没有", Some("E1"), None),
            row("B", 9, "C2", "望江小区从早上起停水,自来水公司没有通知", Some("E1"), None),
            row("C", 10, "C1", "望江小区又停水了,自来水到现在没有恢复", Some("E1"), Some("A")),
            row("D", 11, "C9", "望江小区门口有人卖烧烤,油烟很大", None, None),
        ],
    );
    let sum = |n: usize| {
        let [a, b] = [report.tuning[n], report.reported[n]];
        (a.shown + b.shown, a.rightly + b.rightly, a.had + b.had, a.told + b.told)
    };
    assert_eq!(report.appeals, 4);
    // C repeats A; B and C each have another caller of the event before them.
    assert_eq!(sum(0), (1, 1, 1, 1), "{report:?}");
    assert_eq!((sum(1).2, sum(1).3), (2, 2), "{report:?}");
    // Nothing before A; all before D are of another kind.
    let pairs = std::fs::read_to_string(dir.path().join("pairs.jsonl")).unwrap();
    assert!(pairs.lines().all(|l| !l.contains("\"new\":\"A\"")), "{pairs}");
    assert!(report.to_string().contains("同一事件"));
}
