//! The contracts that other programs rely on: files in, files out, exit codes.

use std::fs;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{code, lines, path, stderr, tingsu, write_lines};

/// Characters `start..end` of a text.
fn cut(text: &str, start: u64, end: u64) -> String {
    text.chars().skip(start as usize).take((end - start) as usize).collect()
}

#[test]
fn triage_answers_every_line_in_order() {
    let dir = TempDir::new().unwrap();
    let (input, output) = (path(&dir, "in.jsonl"), path(&dir, "out.jsonl"));
    let text = "学士街道望江小区3幢2单元楼道里有很浓的煤气味,我婆婆已经头晕了,请马上派人来!";
    fs::write(
        &input,
        format!(
            "\u{feff}{}\n{}\n\n{{\"id\":\"broken\"\n{}\n{}\n",
            json!({ "id": "a", "title": "燃气泄漏", "text": text }),
            json!({ "id": 7, "text": "公交卡在哪里办理老年优惠" }),
            json!({ "id": "blank", "text": "  " }),
            json!({ "id": "繁", "text": "小區門口的路燈壞了半個月，沒有人修。" }),
        ),
    )
    .unwrap();
    let out = tingsu(&["triage", "--input", &input, "--output", &output]);
    assert_eq!(code(&out), 3, "{}", stderr(&out));
    let answers = lines(output.as_ref());
    assert_eq!(answers.len(), 5);
    let a = &answers[0];
    assert_eq!(a["id"], "a");
    assert_eq!(a["urgency"]["level"], "U1");
    assert_eq!(a["urgency"]["floor"], "U1");
    assert!(!a["urgency"]["cues"].as_array().unwrap().is_empty());
    assert_eq!(a["uncertain"].as_bool().map(|_| ()), Some(()));
    for head in ["category", "department"] {
        let list = a[head].as_array().unwrap();
        assert!((1..=5).contains(&list.len()), "{head}: {list:?}");
        let p: Vec<f64> = list.iter().map(|c| c["p"].as_f64().unwrap()).collect();
        assert!(p.windows(2).all(|w| w[0] >= w[1]) && p.iter().all(|p| (0.0..=1.0).contains(p)), "{head}: {p:?}");
    }
    assert!(a["type"]["label"].is_string() && a["type"]["p"].is_number());
    let places = a["places"].as_array().unwrap();
    assert!(!places.is_empty());
    for place in places {
        let (start, end) = (place["start"].as_u64().unwrap(), place["end"].as_u64().unwrap());
        assert_eq!(cut(text, start, end), place["text"].as_str().unwrap());
    }
    // The words that decided may all stand in the title; without one they stand in the text.
    are_reasons(&a["reasons"], "燃气泄漏", text);
    are_reasons(&answers[1]["reasons"], "", "公交卡在哪里办理老年优惠");
    are_reasons(&answers[4]["reasons"], "", "小區門口的路燈壞了半個月，沒有人修。");
    assert_eq!(answers[1]["id"], 7);
    let error = |n: usize| answers[n]["error"].as_str().unwrap();
    assert_eq!(answers[2]["line"], 4);
    assert_eq!(error(2), "第 4 行的 JSON 不完整");
    assert_eq!(answers[3]["line"], 5);
    assert_eq!(error(3), "第 5 行的 text 与 title 都没有内容");
    assert_eq!(answers[4]["id"], "繁");
}

/// Reasons of an answer: at least one; each a stretch of its own string, strongest first, with shares
/// of one whole.
fn are_reasons(reasons: &Value, title: &str, text: &str) {
    let mut shares = 0.0;
    let mut found = 0;
    for (part, whole) in [("category", text), ("title", title)] {
        let list = reasons[part].as_array().unwrap();
        let weights: Vec<f64> = list.iter().map(|r| r["weight"].as_f64().unwrap()).collect();
        assert!(weights.iter().all(|w| *w > 0.0 && *w <= 1.0) && weights.is_sorted_by(|a, b| a >= b), "{reasons}");
        shares += weights.iter().sum::<f64>();
        found += list.len();
        for reason in list {
            let (start, end) = (reason["start"].as_u64().unwrap(), reason["end"].as_u64().unwrap());
            assert!(start < end && end <= whole.chars().count() as u64, "{part}: {reason}");
            let said = cut(whole, start, end);
            assert!(said.chars().next().is_some_and(char::is_alphanumeric), "{part}: `{said}` begins with no word");
        }
    }
    assert!(found > 0, "no reasons: {reasons}");
    assert!(shares <= 1.001, "shares of more than the whole: {reasons}");
}

#[test]
fn lines_that_cannot_be_read_are_told_in_words() {
    let dir = TempDir::new().unwrap();
    let (input, output) = (path(&dir, "in.jsonl"), path(&dir, "out.jsonl"));
    let check = |line: &[u8], said: &str| {
        fs::write(&input, [b"{\"id\":1,\"text\":\"\xe5\x81\x9c\xe6\xb0\xb4\"}\n", line, b"\n"].concat()).unwrap();
        let out = tingsu(&["triage", "--input", &input, "--output", &output, "--model", "none"]);
        assert_eq!(code(&out), 3, "{}", stderr(&out));
        let answers = lines(output.as_ref());
        assert_eq!(answers.len(), 2);
        assert_eq!(answers[1], json!({ "line": 2, "error": said }));
    };
    let lone = |escape: &str| {
        format!("第 2 行:{escape} 是单独的半个代理对(\\uD800–\\uDFFF 必须前后两个成对出现),不代表任何字符")
    };
    check(br#"{"id":"s","text":"\ud800"}"#, &lone(r"\ud800"));
    check(br#"{"id":"s","text":"\\ud83d \ud83d\ude00 \ud83d\u0041"}"#, &lone(r"\ud83d"));
    check(br#"{"id":"s","text":"abc\uDC00"}"#, &lone(r"\uDC00"));
    // In a field that nobody reads it does no harm; what is wrong behind it is told.
    check(
        br#"{"id":"s","other":"\ud800","text":5}"#,
        "第 2 行的字段不符(第 35 字节处):invalid type: integer `5`, expected a string",
    );
    check(br#"{"id":"s","text":["a"]}"#, "第 2 行的字段不符(第 17 字节处):invalid type: sequence, expected a string");
    check(br#"{"text":"a"}"#, "第 2 行的字段不符(第 12 字节处):missing field `id`");
    check(br#"{"id":1,"text":"a""#, "第 2 行的 JSON 不完整");
    check(br#"{"id":1 "text":"a"}"#, "第 2 行不是合法的 JSON(第 9 字节处)");
    check(br#""13812345678""#, "第 2 行的字段不符(第 13 字节处):invalid type: string, expected struct InLine");
    check(b"{\"id\":1,\"text\":\"\xff\xfe\"}", "第 2 行不是 UTF-8 编码");
}

#[test]
fn the_number_of_cores_does_not_change_an_answer() {
    let dir = TempDir::new().unwrap();
    let input = path(&dir, "in.jsonl");
    let texts = crate::model::tiny::SENTENCES;
    let rows: Vec<_> = (0..90)
        .map(|n| {
            let (title, text) = texts[n % texts.len()];
            json!({ "id": n, "title": title, "text": format!("{text}{}", "请尽快处理。".repeat(n % 7)) })
        })
        .collect();
    write_lines(input.as_ref(), &rows);
    let answers: Vec<Vec<u8>> = [1, 2, 5]
        .iter()
        .map(|threads| {
            let (output, config) = (path(&dir, "out.jsonl"), path(&dir, "tingsu.toml"));
            fs::write(&config, format!("threads = {threads}\n")).unwrap();
            let out = tingsu(&["triage", "--input", &input, "--output", &output, "--config", &config]);
            assert_eq!(code(&out), 0, "{}", stderr(&out));
            let ids: Vec<_> = lines(output.as_ref()).iter().map(|a| a["id"].as_u64().unwrap()).collect();
            assert!(ids.iter().copied().eq(0..90), "{threads} threads: {ids:?}");
            fs::read(&output).unwrap()
        })
        .collect();
    assert!(answers[0] == answers[1] && answers[0] == answers[2], "answers differ with the number of threads");
}

#[test]
fn triage_without_a_model_says_so() {
    let dir = TempDir::new().unwrap();
    let (input, output) = (path(&dir, "in.jsonl"), path(&dir, "out.jsonl"));
    write_lines(input.as_ref(), &[json!({ "id": 1, "text": "三楼着火了,有老人被困在里面" })]);
    let out = tingsu(&["triage", "--input", &input, "--output", &output, "--model", "none"]);
    assert_eq!(code(&out), 0, "{}", stderr(&out));
    let answer = &lines(output.as_ref())[0];
    assert_eq!(answer["model"], "rules");
    assert_eq!(answer["uncertain"], true);
    assert_eq!(answer["urgency"]["level"], "U1");
}

#[test]
fn dirty_texts_get_an_answer() {
    let dir = TempDir::new().unwrap();
    let (input, output) = (path(&dir, "in.jsonl"), path(&dir, "out.jsonl"));
    let texts = [
        "水".repeat(1_000_000),
        "\u{0}\u{1}\u{7f}停水\u{200b}了\u{feff}".to_owned(),
        "🚰👨‍👩‍👧‍👦🔥".to_owned(),
        "e\u{301}\u{301}\u{301}停电".to_owned(),
        "ＡＰＰ打不開１２３４５".to_owned(),
        "a".to_owned(),
    ];
    let rows: Vec<_> = texts.iter().enumerate().map(|(n, t)| json!({ "id": n, "text": t })).collect();
    write_lines(input.as_ref(), &rows);
    fs::write(&input, format!("{}{{\"id\":\"s\",\"text\":\"\\ud800\"}}\n", fs::read_to_string(&input).unwrap()))
        .unwrap();
    let out = tingsu(&["triage", "--input", &input, "--output", &output]);
    assert_eq!(code(&out), 3, "{}", stderr(&out));
    let answers = lines(output.as_ref());
    assert_eq!(answers.len(), texts.len() + 1);
    for (answer, text) in answers.iter().zip(&texts) {
        assert!(answer["urgency"]["level"].is_string(), "{answer}");
        let length = text.chars().count() as u64;
        for span in answer["reasons"]["category"].as_array().unwrap() {
            assert!(span["end"].as_u64().unwrap() <= length);
        }
    }
    assert!(answers[texts.len()]["error"].as_str().unwrap().contains("半个代理对"));
}

#[test]
fn imported_appeals_are_found() {
    let dir = TempDir::new().unwrap();
    let (file, data) = (path(&dir, "appeals.jsonl"), path(&dir, "data"));
    let (queries, hits) = (path(&dir, "q.jsonl"), path(&dir, "hits.jsonl"));
    write_lines(
        file.as_ref(),
        &[
            json!({ "id": "T-1", "channel": "电话", "title": "农业发展银行门口积水", "text": "河边的农业发展银行门前每逢下雨就积水" }),
            json!({ "id": "T-2", "title": "18路公交不停站", "text": "早上七点18路在E区站甩站,一车人都没上去" }),
            json!({ "id": "T-3", "title": "國際論壇音響擾民", "text": "廣場舞音響太大" }),
        ],
    );
    let out = tingsu(&["import", "--data", &data, &file, "--json"]);
    assert_eq!(code(&out), 0, "{}", stderr(&out));
    let report: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!(report["stored"], 3);
    // The same file again changes nothing.
    let out = tingsu(&["import", "--data", &data, &file, "--json"]);
    let report: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!((&report["stored"], &report["already"]), (&json!(0), &json!(3)));
    let asked =
        [("a", "农业"), ("b", "18路"), ("c", "国际论坛"), ("d", "\"E区站甩站\""), ("e", "没有这样的词组合呀呀")];
    let rows: Vec<_> = asked.iter().map(|(id, q)| json!({ "id": id, "q": q })).collect();
    write_lines(queries.as_ref(), &rows);
    let out = tingsu(&["search", "--data", &data, "--queries", &queries, "--output", &hits, "--limit", "5"]);
    assert_eq!(code(&out), 0, "{}", stderr(&out));
    let answers = lines(hits.as_ref());
    let first = |n: usize| answers[n]["hits"][0]["ticket"].as_str().unwrap_or("").to_owned();
    assert_eq!([first(0), first(1), first(2), first(3), first(4)], ["T-1", "T-2", "T-3", "T-2", ""]);
    assert!(answers[0]["ms"].is_number() && answers[0]["hits"][0]["score"].is_number());
    // a line may ask by sentence vector, and name conditions
    write_lines(
        queries.as_ref(),
        &[
            json!({ "id": "a", "q": "公共汽车过站不停", "mode": "vector" }),
            json!({ "id": "b", "q": "公交", "mode": "hybrid", "filters": { "渠道": ["没有这个渠道"] } }),
            json!({ "id": "d", "q": "农业", "filters": { "急度": "特急" } }),
            json!({ "id": "c", "q": "公交", "filters": { "colour": "red" } }),
        ],
    );
    let out = tingsu(&["search", "--data", &data, "--queries", &queries, "--output", &hits]);
    assert_eq!(code(&out), 3, "{}", stderr(&out));
    let answers = lines(hits.as_ref());
    assert_eq!(answers[0]["hits"][0]["ticket"], "T-2");
    assert!(answers[1]["error"].as_str().unwrap().contains("电话、网站"), "{}", answers[1]);
    assert_eq!(answers[2]["hits"], json!([]));
    assert!(answers[3]["error"].as_str().unwrap().contains("colour"));
    let out = tingsu(&["search", "--data", &data, "农业", "--filter", "渠道:没有这个渠道", "--json"]);
    assert_eq!(code(&out), 2, "{}", stderr(&out));
    assert!(stderr(&out).contains("电话、网站"), "the known ones are named: {}", stderr(&out));
    let out = tingsu(&["search", "--data", &data, "农业", "--filter", "受理渠道:電話", "--json"]);
    let report: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!((&report["total"], &report["mode"]), (&json!(1), &json!("bm25")));
    let out = tingsu(&["reindex", "--data", &data, "--json"]);
    assert_eq!(code(&out), 0, "{}", stderr(&out));
    let report: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!(report, json!({ "tickets": 3, "indexed": 3 }));
    let out = tingsu(&["search", "--data", &data, "农业", "--json"]);
    let report: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!(report["total"], 1);
}
