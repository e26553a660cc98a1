//! `tingsu brief`: a brief's life from the command line.

use std::{fs, io::Write, process::Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{code, path, stderr, tingsu};
use crate::desk::{
    briefs::fill,
    language_model::{FakeModel, Mood},
};

const WEEK: &str = "weekly-2026051800-2026052500";

/// A data folder with two weeks of the demo city.
fn given() -> (TempDir, String) {
    let dir = TempDir::new().unwrap();
    let data = path(&dir, "data");
    fs::create_dir(&data).unwrap();
    tokio::runtime::Runtime::new().unwrap().block_on(fill(data.as_ref()));
    (dir, data)
}

/// Runs `tingsu brief …` on a data folder; stdout.
fn brief(data: &str, args: &[&str], wanted: i32) -> String {
    let mut all = vec!["brief"];
    all.extend(args);
    all.extend(["--data", data, "--model", "none"]);
    let out = tingsu(&all);
    assert_eq!(code(&out), wanted, "{args:?}: {}", stderr(&out));
    format!("{}{}", String::from_utf8_lossy(&out.stdout), stderr(&out))
}

fn account(data: &str, name: &str, role: &str) {
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_tingsu"))
        .args(["user", "add", name, "--role", role, "--data", data])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"jiang-hai-ting-su-2026\n").unwrap();
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_brief_from_the_command_line() {
    let (dir, data) = given();
    for (name, role) in [("zhou", "analyst"), ("wu", "analyst"), ("chen", "leader")] {
        account(&data, name, role);
    }
    let out = path(&dir, "out");
    let said =
        brief(&data, &["weekly", "--date", "2026-05-20", "--format", "docx,html,xlsx,md,json", "--out", &out], 0);
    assert!(!said.contains("读取工单"), "no bar where nobody watches: {said}");
    for ending in ["docx", "html", "xlsx", "md", "json"] {
        assert!(fs::metadata(format!("{out}/{WEEK}.{ending}")).unwrap().len() > 1_000, "{ending}");
    }
    let again = path(&dir, "again");
    brief(&data, &["export", WEEK, "--format", "docx,html,xlsx,md,json", "--out", &again], 0);
    for ending in ["docx", "html", "xlsx", "md", "json"] {
        let read = |folder: &str| fs::read(format!("{folder}/{WEEK}.{ending}")).unwrap();
        assert!(read(&out) == read(&again), "{ending}: another process, the same bytes");
    }
    brief(&data, &["flash", "--from", "2026-05-19", "--to", "2026-05-20", "--format", "docx,json", "--out", &out], 0);
    brief(&data, &["special", "--category", "0201", "--from", "2026-05-11", "--to", "2026-05-25", "--out", &out], 0);
    brief(&data, &["weekly", "--date", "2020-05-20", "--out", &out], 4);
    let listed: Value = serde_json::from_str(&brief(&data, &["list", "--json"], 0)).unwrap();
    assert_eq!(listed["total"], 3);
    let shown: Value = serde_json::from_slice(&fs::read(format!("{out}/{WEEK}.json")).unwrap()).unwrap();
    assert!(brief(&data, &["show", WEEK], 0).contains("受理情况"));

    let block = shown["sections"][0]["blocks"][0]["id"].as_str().unwrap();
    let typed = brief(&data, &["edit", WEEK, "--by", "zhou", "--place", block, "--text", "收到诉求502件。"], 2);
    assert!(typed.contains("不能删除或改写"), "{typed}");
    brief(&data, &["edit", WEEK, "--by", "zhou", "--place", "title", "--text", "本周诉求热点"], 0);
    assert!(brief(&data, &["proof", WEEK, "--by", "zhou"], 6).contains("由他人核稿"));
    brief(&data, &["proof", WEEK, "--by", "wu"], 0);
    brief(&data, &["issue", WEEK, "--by", "wu"], 6);
    brief(&data, &["issue", WEEK, "--by", "nobody"], 2);
    assert!(brief(&data, &["issue", WEEK, "--by", "chen"], 0).contains("第4版 已签发"));
    brief(&data, &["renew", WEEK], 5);
    let given = [
        "instruct",
        WEEK,
        "--by",
        "chen",
        "--leader",
        "陈市长",
        "--text",
        "请核查",
        "--unit",
        "住建局",
        "--due",
        "2026-06-30",
    ];
    assert!(brief(&data, &given, 0).contains("批示1 待办"));
    for state in ["working", "answered", "closed"] {
        brief(&data, &["step", WEEK, "--by", "zhou", "--number", "1", "--state", state, "--note", "已办"], 0);
    }
    brief(&data, &["step", WEEK, "--number", "1", "--state", "working", "--note", "再办"], 2);
    let checked: Value = serde_json::from_str(&brief(&data, &["check", "--all", "--json"], 0)).unwrap();
    assert!(checked["briefs"].as_array().unwrap().iter().all(|b| b["stale"] == json!([]) && b["chain"] == json!([])));

    // the sealed audit has it all, and names a changed byte
    let log = tingsu(&["audit-log", "verify", "--data", &data]);
    assert_eq!(code(&log), 0, "{}", stderr(&log));
    let shown = tingsu(&["audit-log", "show", "--data", &data]);
    let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
    for act in ["brief_make", "brief_edit", "brief_check", "brief_issue", "brief_instruct", "brief_instruction_step"] {
        assert!(shown.contains(act), "{act} in {shown}");
    }
}

#[test]
fn other_words_from_the_command_line() {
    let (dir, data) = given();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let model = runtime.block_on(FakeModel::start(Mood::Says(|_, text| text.replace("共收到", "累计收到"))));
    let (config, key) = (path(&dir, "tingsu.toml"), path(&dir, "key"));
    fs::write(&key, "s3cret\n").unwrap();
    let table = |url: &str| format!("[rephrase]\nurl = \"{url}\"\nmodel = \"qwen-test\"\nkey_file = \"{key}\"\n");
    fs::write(&config, table(&model.url)).unwrap();
    brief(&data, &["weekly", "--date", "2026-05-20", "--out", &path(&dir, "out")], 0);
    assert!(brief(&data, &["rephrase", WEEK, "--section", "s1"], 7).contains("没有配置语言模型"));
    let with = |args: &[&str], wanted| brief(&data, &[args, &["--config", config.as_str()]].concat(), wanted);
    let said = with(&["rephrase", WEEK, "--section", "s1"], 0);
    assert!(said.contains("{+累计+}") && said.contains("--number 1"), "{said}");
    assert!(with(&["accept", WEEK, "--number", "1"], 0).contains("第2版 已修改"));
    assert!(with(&["restore", WEEK, "--section", "s1"], 0).contains("第3版"));
    model.mood(Mood::Says(|_, text| text.replace("共收到", "共收到近千件,即")));
    let said = with(&["rephrase", WEEK, "--section", "s1"], 0);
    assert!(said.contains("不能采用") && said.contains("不符:"), "{said}");
    with(&["accept", WEEK, "--number", "2"], 2);
    assert!(brief(&data, &["renew", WEEK], 0).contains("第4版 草稿"));
    // addresses beyond the local network are refused before anything is asked
    for (url, why) in [("http://8.8.8.8/v1", "不在本机或内网"), ("https://127.0.0.1/v1", "rephrase.ca")] {
        fs::write(&config, table(url)).unwrap();
        let said = brief(&data, &["list", "--config", &config], 2);
        assert!(said.contains(why), "{said}");
    }
}

/// What is not over is not told of by itself: the newest appeal is of today, the 专报 ends with yesterday.
#[test]
fn a_special_brief_ends_before_the_day_that_still_runs() {
    let (dir, data) = given();
    let (rows, out) = (path(&dir, "today.jsonl"), path(&dir, "out"));
    let now = jiff::Timestamp::now();
    let ago = |hours: i64| tingsu::domain::format_city(now - jiff::SignedDuration::from_hours(hours));
    super::write_lines(
        rows.as_ref(),
        &[
            json!({ "id": "N-1", "text": "拖欠三个月工资不发", "received_at": ago(30), "category": "0201" }),
            json!({ "id": "N-2", "text": "拖欠两个月工资不发", "received_at": ago(0), "category": "0201" }),
        ],
    );
    let taken = tingsu(&["import", "--data", &data, &rows, "--model", "none"]);
    assert_eq!(code(&taken), 0, "{}", stderr(&taken));
    let today = tingsu::domain::city_time(now).strftime("%Y%m%d00").to_string();
    brief(&data, &["special", "--category", "0201", "--out", &out], 0);
    let listed: Value = serde_json::from_str(&brief(&data, &["list", "--json"], 0)).unwrap();
    let id = listed["briefs"][0]["id"].as_str().unwrap();
    assert!(id.ends_with(&format!("-{today}-c0201")), "{id} ends with {today}");
    let said = brief(&data, &["weekly", "--from", "2026-05-18", "--to", "2126-05-25", "--out", &out], 2);
    assert!(said.contains("尚未结束") || said.contains("400"), "{said}");
    let next = tingsu::domain::format_city(now + jiff::SignedDuration::from_hours(48));
    let said = brief(&data, &["daily", "--from", &ago(1), "--to", &next, "--out", &out], 2);
    assert!(said.contains("尚未结束"), "{said}");
}

/// A machine without any font: charts carry their numbers as strokes, and the paper says what to do.
#[test]
fn without_fonts_charts_can_be_read_and_a_notice_says_so() {
    let (dir, data) = given();
    let (out, empty) = (path(&dir, "out"), path(&dir, "no-fonts"));
    fs::create_dir(&empty).unwrap();
    let made = std::process::Command::new(env!("CARGO_BIN_EXE_tingsu"))
        .args(["brief", "weekly", "--date", "2026-05-20", "--format", "docx", "--out", &out])
        .args(["--data", &data, "--model", "none"])
        .env("TINGSU_FONTS", &empty)
        .output()
        .unwrap();
    let said = stderr(&made);
    assert!(code(&made) == 0 && said.contains("字体"), "{said}");
    let docx = fs::read(format!("{out}/{WEEK}.docx")).unwrap();
    let parts = crate::report::paper::parts(&docx);
    let pictures: Vec<&Vec<u8>> = parts.iter().filter(|(n, _)| n.ends_with(".png")).map(|(_, b)| b).collect();
    assert!(pictures.len() >= 3);
    for png in pictures {
        let drawn = resvg::tiny_skia::Pixmap::decode_png(png).unwrap();
        // The ink of numbers, which no bar, band or line of a chart has.
        let ink = drawn.pixels().iter().filter(|p| p.red() < 0x70 && p.red() + 8 < p.blue() && p.blue() < 0x88).count();
        assert!(ink > 300, "{ink} points of ink");
    }
    let document = parts.iter().find(|(n, _)| n == "word/document.xml").unwrap();
    let words = String::from_utf8(document.1.clone()).unwrap();
    assert!(words.contains("图中:[1] ") || words.contains("图中：[1] "), "the legend tells what the numbers stand for");
}

/// PDF where a program prints it; a clear word where none does.
#[test]
fn pdf_is_printed_or_plainly_refused() {
    let (dir, data) = given();
    let out = path(&dir, "out");
    let run = |path: &str| {
        std::process::Command::new(env!("CARGO_BIN_EXE_tingsu"))
            .args(["brief", "daily", "--date", "2026-05-20", "--format", "pdf", "--out", &out])
            .args(["--data", &data, "--model", "none"])
            .env("PATH", path)
            .output()
            .unwrap()
    };
    let none = run(&path(&dir, "nowhere"));
    assert_eq!(code(&none), 7, "{}", stderr(&none));
    assert!(stderr(&none).contains("LibreOffice 或 Chromium"), "{}", stderr(&none));
    if tingsu::report::render::printer().is_none() {
        eprintln!("neither LibreOffice nor a browser here: nothing is printed");
        return;
    }
    let made = run(&std::env::var("PATH").unwrap());
    assert_eq!(code(&made), 0, "{}", stderr(&made));
    let file =
        fs::read_dir(&out).unwrap().map(|e| e.unwrap().path()).find(|p| p.extension().is_some_and(|e| e == "pdf"));
    let first = fs::read(file.as_ref().unwrap()).unwrap();
    assert!(first.starts_with(b"%PDF"));
    // the clock of a second print is another
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    assert_eq!(code(&run(&std::env::var("PATH").unwrap())), 0);
    assert!(first == fs::read(file.unwrap()).unwrap(), "the same brief, the same bytes");
}
