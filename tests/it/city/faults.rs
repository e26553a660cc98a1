//! Bad packs: each fault is told, with file and line, and all at once.

use std::borrow::Cow;

use tingsu::city::{CityPack, PackFaults, PackFiles};

use super::{files, text_of};

fn faults(files: &PackFiles) -> PackFaults {
    CityPack::parse(files).expect_err("the pack is bad, but was taken")
}

/// Puts `added` after the pack's own lines of a file; the fault must be in line `offset` (from 1)
/// of what was added and say `says`.
fn check(name: &str, added: &str, offset: usize, says: &str) {
    let mut files = files();
    let before = text_of(&files, name);
    let before = before.trim_end_matches('\n');
    let line = before.lines().count() + offset;
    files.insert(name.to_owned(), Cow::Owned(format!("{before}\n{added}\n").into_bytes()));
    let found = faults(&files);
    let hit = found.0.iter().any(|f| f.file == name && f.line == line && f.message.contains(says));
    assert!(hit, "wanted {name}:{line} with `{says}`, found\n{found}");
}

/// A bad rule, as text before the keys that are wrong.
fn rule(rest: &str) -> String {
    format!("[[rule]]\nid = \"x.test\"\nlevel = \"U2\"\nany = [\"测试词\"]\nnote = \"测试\"\n{rest}")
}

#[test]
fn tables() {
    check("taxonomy.csv", "0101,社会保险,别的,,医保局", 1, "duplicate code `0101`");
    check("taxonomy.csv", "01a1,社会保险,别的,,医保局", 1, "not four digits");
    check("taxonomy.csv", "0199,社会保险,别的,,火星局", 1, "department `火星局` does not exist");
    check("taxonomy.csv", "0199,劳动就业,别的,,医保局", 1, "codes 01xx belong to");
    check("taxonomy.csv", "0199,社会保险,职工医保,,医保局", 1, "duplicate class");
    check("taxonomy.csv", "0199,社会保险,,,医保局", 1, "empty field `level2`");
    check("taxonomy.csv", "0199,社会保险,别的,医保局", 1, "4 columns, but the header has 5");
    check("departments.csv", "公安局,市级部门,", 1, "duplicate department `公安局`");
    check("departments.csv", "火星局,市级部门,maybe", 1, "first_response is `maybe`");
    check("departments.csv", ",市级部门,", 1, "empty field `name`");
    check("regions.csv", "火星区,东街道,", 1, "unknown district `火星区`");
    check("regions.csv", "明湖区,,", 1, "duplicate region `明湖区`");
    check("regions.csv", "明湖区,东街道,东街道", 1, "repeats the region's own name");
    check("calendar.csv", "2026-13-01,休,元旦,公布", 1, "cannot read the date `2026-13-01`");
    check("calendar.csv", "2026-01-01,休,元旦,公布", 1, "duplicate date");
    check("calendar.csv", "2029-01-01,假,元旦,公布", 1, "unknown kind `假`");
    check("calendar.csv", "2029-01-01,休,元旦,听说", 1, "unknown basis `听说`");
}

#[test]
fn word_lists() {
    check("dictionary.txt", "测试词 多 n", 1, "frequency `多`");
    check("dictionary.txt", "测试词 -3", 1, "frequency `-3`");
    check("dictionary.txt", "测试词 0", 1, "frequency `0`");
    check("dictionary.txt", "测试词 3 名词", 1, "part of speech `名词`");
    check("dictionary.txt", "测试词 3 n 多余", 1, "4 fields");
    check("dictionary.txt", "测试词\n测试词", 2, "duplicate word");
    check("stopwords.txt", "两个 词", 1, "holds a blank");
    check("synonyms.csv", "测试词", 1, "group of one word");
    check("synonyms.csv", "测试词,,测验词", 1, "empty field");
    check("synonyms.csv", "测试词,测试词", 1, "twice in this group");
    check("synonyms.csv", "测试词,测验词\n试验词,测验词", 2, "in the group of line");
}

#[test]
fn rules() {
    check("urgency.toml", &rule("nearby = 3"), 6, "unknown key `nearby`");
    check("urgency.toml", &rule("linkage = [\"119\", \"火星局\"]"), 6, "linkage unit `火星局`");
    check("urgency.toml", &rule("linkage = [\"财政局\"]"), 6, "linkage unit `财政局`");
    check("urgency.toml", &rule("flags = [\n  \"突发\",\n  \"突变\",\n]"), 8, "unknown flags `突变`");
    check("urgency.toml", &rule("unless = [\"maybe\"]"), 6, "unknown unless `maybe`");
    check("urgency.toml", &rule("near = 5000"), 6, "at most 1000");
    check("urgency.toml", &rule("near = \"far\""), 6, "`near` is string");
    check("urgency.toml", &rule("with = [\"@nowhere\"]"), 6, "unknown word list `@nowhere`");
    check("urgency.toml", &rule("with = [\"{x}户\"]"), 6, "number condition `{x}户`");
    check("urgency.toml", &rule("with = [\"\"]"), 6, "empty string");
    check("urgency.toml", &rule("and = [\"别的词\"]"), 1, "second condition");
    check(
        "urgency.toml",
        "[[rule]]\nid = \"x\"\nlevel = \"U9\"\nany = [\"词\"]\nnote = \"n\"",
        3,
        "unknown urgency `U9`",
    );
    check("urgency.toml", "[[rule]]\nid = \"x\"\nlevel = \"U1\"\nany = []\nnote = \"n\"", 1, "rule without words");
    check("urgency.toml", "[[rule]]\nid = \"x\"\nlevel = \"U4\"\nany = [\"测试\"]\nnote = \"n\"", 1, "raises nothing");
    check("urgency.toml", "[[rule]]\nlevel = \"U1\"\nany = [\"测试\"]\nnote = \"n\"", 1, "missing key `id`");
    check(
        "urgency.toml",
        "[[rule]]\nid = \"x\"\nlevel = \"U1\"\nany = [\"测试\"]\nnote = \"\"",
        5,
        "empty field `note`",
    );
    check("urgency.toml", &format!("{}\n{}", rule(""), rule("")), 7, "duplicate rule `x.test`");
    check("urgency.toml", "[[context]]\nkind = \"mood\"\nbefore = [\"x\"]", 2, "unknown kind `mood`");
    check("urgency.toml", "[[context]]\nkind = \"past\"", 1, "context without words");
    check(
        "urgency.toml",
        "[[context]]\nkind = \"past\"\nscope = \"page\"\nafter = [\"过\"]",
        3,
        "unknown scope `page`",
    );
    check("urgency.toml", "[[rules]]\nid = \"x\"", 1, "unknown key `rules`");
    check("urgency.toml", "id = = 3", 1, "not valid TOML");
}

#[test]
fn deadlines_and_card() {
    let row = |rest: &str| format!("[[deadline]]\nsign_minutes = 1\ncontact_minutes = 1\n{rest}");
    check("deadlines.toml", &row("urgency = \"U1\"\nfinish_hours = 1"), 1, "duplicate deadline for U1");
    check("deadlines.toml", &row("urgency = \"U4\"\nfinish_hours = 0"), 1, "more than 0");
    check("deadlines.toml", &row("urgency = \"U4\"\nfinish_hours = -1"), 5, "whole number");
    check("deadlines.toml", &row("urgency = \"U4\""), 1, "give one of finish_hours");
    check("deadlines.toml", &row("finish_hours = 1"), 1, "for one `urgency` or for one `type`");
    check("deadlines.toml", &row("type = \"吐槽\"\nfinish_hours = 1"), 4, "unknown appeal type");
    check("deadlines.toml", &row("urgency = \"U4\"\nfinish_days = 1"), 5, "unknown key `finish_days`");
    check("deadlines.toml", "[[deadline]]\nurgency = \"U4\"\nfinish_hours = 1", 1, "missing key");
    check("pack.toml", "\"9x\" = \"某处\"", 1, "emergency number `9x`");

    let mut changed = files();
    let card = text_of(&changed, "pack.toml").replace("default_department = \"", "default_department = \"火星");
    let line = card.lines().position(|l| l.starts_with("default_department")).unwrap() + 1;
    changed.insert("pack.toml".into(), Cow::Owned(card.into_bytes()));
    let found = faults(&changed);
    assert_eq!((found.0.len(), found.0[0].line), (1, line), "{found}");
}

#[test]
fn a_missing_file_is_named() {
    for name in tingsu::city::PACK_FILES {
        let mut files = files();
        files.remove(name);
        let found = faults(&files);
        assert_eq!(found.0.len(), 1, "{found}");
        assert_eq!((found.0[0].file.as_str(), found.0[0].line), (name, 0));
        assert!(found.to_string().contains("missing file"));
    }
    let nowhere = CityPack::open(std::path::Path::new("/nowhere/at/all")).unwrap_err();
    assert!(nowhere.to_string().contains("no such folder"), "{nowhere}");
}

#[test]
fn an_empty_or_headless_table_is_told() {
    for name in ["taxonomy.csv", "departments.csv", "regions.csv", "calendar.csv"] {
        let mut changed = files();
        changed.insert(name.into(), Cow::Borrowed(b""));
        assert!(faults(&changed).0.iter().any(|f| f.file == name && f.message.contains("empty file")), "{name}");
        changed.insert(name.into(), Cow::Borrowed("甲,乙\n1,2\n".as_bytes()));
        let found = faults(&changed);
        assert!(found.0.iter().any(|f| f.file == name && f.line == 1 && f.message.contains("wrong header")), "{found}");
    }
}

#[test]
fn bytes_that_are_no_text_are_told_with_their_line() {
    let mut changed = files();
    let mut bytes = changed["stopwords.txt"].to_vec();
    let line = bytes.iter().filter(|b| **b == b'\n').count() + 1;
    bytes.extend(b"abc\xff\xff\xff");
    changed.insert("stopwords.txt".into(), Cow::Owned(bytes));
    let found = faults(&changed);
    assert!(found.0.iter().any(|f| f.line > 0 && f.line <= line && f.message.contains("UTF-8")), "{found}");
}

#[test]
fn all_faults_are_told_at_once() {
    let mut changed = files();
    for (name, added) in [
        ("taxonomy.csv", "0101,社会保险,别的,,医保局\nxx,社会保险,再一个,,医保局\n"),
        ("dictionary.txt", "测试词 多 n\n"),
        ("urgency.toml", "\n[[rule]]\nid = \"x\"\nlevel = \"U9\"\nany = [\"词\"]\nnoted = \"n\"\n"),
        ("calendar.csv", "明天,休,节,公布\n"),
    ] {
        let text = text_of(&changed, name) + added;
        changed.insert(name.into(), Cow::Owned(text.into_bytes()));
    }
    let found = faults(&changed);
    // Two rows, one frequency, level + missing note + unknown key, one date.
    assert_eq!(found.0.len(), 7, "{found}");
    let told = found.to_string();
    assert_eq!(told.lines().count(), 7);
    assert!(told.contains("taxonomy.csv:117: "), "{told}");
}
