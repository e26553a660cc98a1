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
    check("taxonomy.csv", "0101,社会保险,别的,,医保局", 1, "编码 `0101` 重复");
    check("taxonomy.csv", "01a1,社会保险,别的,,医保局", 1, "不是四位数字");
    check("taxonomy.csv", "0199,社会保险,别的,,火星局", 1, "单位 `火星局` 不在");
    check("taxonomy.csv", "0199,劳动就业,别的,,医保局", 1, "编码 01xx 从第");
    check("taxonomy.csv", "0199,社会保险,职工医保,,医保局", 1, "分类 `社会保险/职工医保` 重复");
    check("taxonomy.csv", "0199,社会保险,,,医保局", 1, "`level2` 为空");
    check("taxonomy.csv", "0199,社会保险,别的,医保局", 1, "有 4 列,表头有 5 列");
    check("departments.csv", "公安局,市级部门,", 1, "单位 `公安局` 重复");
    check("departments.csv", "火星局,市级部门,maybe", 1, "first_response 写成了 `maybe`");
    check("departments.csv", ",市级部门,", 1, "`name` 为空");
    check("regions.csv", "火星区,东街道,", 1, "没有区县 `火星区`");
    check("regions.csv", "明湖区,,", 1, "区域 `明湖区` 重复");
    check("regions.csv", "明湖区,东街道,东街道", 1, "与区域名称相同");
    check("calendar.csv", "2026-13-01,休,元旦,公布", 1, "日期 `2026-13-01` 无法识别");
    check("calendar.csv", "2026-01-01,休,元旦,公布", 1, "日期 2026-01-01 重复");
    check("calendar.csv", "2029-01-01,假,元旦,公布", 1, "没有 `假` 这种日子");
    check("calendar.csv", "2029-01-01,休,元旦,听说", 1, "没有 `听说` 这种依据");
}

#[test]
fn word_lists() {
    check("dictionary.txt", "测试词 多 n", 1, "词频 `多`");
    check("dictionary.txt", "测试词 -3", 1, "词频 `-3`");
    check("dictionary.txt", "测试词 0", 1, "词频 `0`");
    check("dictionary.txt", "测试词 3 名词", 1, "词性 `名词`");
    check("dictionary.txt", "测试词 3 n 多余", 1, "有 4 项");
    check("dictionary.txt", "测试词\n测试词", 2, "词 `测试词` 重复");
    check("stopwords.txt", "两个 词", 1, "中有空格");
    check("synonyms.csv", "测试词", 1, "一组只有一个词");
    check("synonyms.csv", "测试词,,测验词", 1, "有空项");
    check("synonyms.csv", "测试词,测试词", 1, "在本组中出现两次");
    check("synonyms.csv", "测试词,测验词\n试验词,测验词", 2, "已在第");
}

#[test]
fn rules() {
    check("urgency.toml", &rule("nearby = 3"), 6, "没有 `nearby` 这个键");
    check("urgency.toml", &rule("linkage = [\"119\", \"火星局\"]"), 6, "没有联动单位 `火星局`");
    check("urgency.toml", &rule("linkage = [\"财政局\"]"), 6, "没有联动单位 `财政局`");
    check("urgency.toml", &rule("flags = [\n  \"突发\",\n  \"突变\",\n]"), 8, "flags 没有 `突变`");
    check("urgency.toml", &rule("unless = [\"maybe\"]"), 6, "unless 没有 `maybe`");
    check("urgency.toml", &rule("near = 5000"), 6, "最多 1000 字");
    check("urgency.toml", &rule("near = \"far\""), 6, "`near` 的值是文字");
    check("urgency.toml", &rule("with = [\"@nowhere\"]"), 6, "没有词表 `@nowhere`");
    check("urgency.toml", &rule("with = [\"{x}户\"]"), 6, "数量条件 `{x}户`");
    check("urgency.toml", &rule("with = [\"\"]"), 6, "有空文字");
    check("urgency.toml", &rule("and = [\"别的词\"]"), 1, "第二个条件");
    check("urgency.toml", "[[rule]]\nid = \"x\"\nlevel = \"U9\"\nany = [\"词\"]\nnote = \"n\"", 3, "没有急度 `U9`");
    check("urgency.toml", "[[rule]]\nid = \"x\"\nlevel = \"U1\"\nany = []\nnote = \"n\"", 1, "规则没有词语");
    check("urgency.toml", "[[rule]]\nid = \"x\"\nlevel = \"U4\"\nany = [\"测试\"]\nnote = \"n\"", 1, "不会调高急度");
    check("urgency.toml", "[[rule]]\nlevel = \"U1\"\nany = [\"测试\"]\nnote = \"n\"", 1, "缺少键 `id`");
    check("urgency.toml", "[[rule]]\nid = \"x\"\nlevel = \"U1\"\nany = [\"测试\"]\nnote = \"\"", 5, "`note` 为空");
    check("urgency.toml", &format!("{}\n{}", rule(""), rule("")), 7, "规则 `x.test` 重复");
    check("urgency.toml", "[[context]]\nkind = \"mood\"\nbefore = [\"x\"]", 2, "kind 没有 `mood`");
    check("urgency.toml", "[[context]]\nkind = \"past\"", 1, "语境没有词语");
    check("urgency.toml", "[[context]]\nkind = \"past\"\nscope = \"page\"\nafter = [\"过\"]", 3, "scope 没有 `page`");
    check("urgency.toml", "[[rules]]\nid = \"x\"", 1, "没有 `rules` 这个键");
    check("urgency.toml", "id = = 3", 1, "不是有效的 TOML");
}

#[test]
fn deadlines_and_card() {
    let row = |rest: &str| format!("[[deadline]]\nsign_minutes = 1\ncontact_minutes = 1\n{rest}");
    check("deadlines.toml", &row("urgency = \"U1\"\nfinish_hours = 1"), 1, "U1 的时限重复");
    check("deadlines.toml", &row("urgency = \"U4\"\nfinish_hours = 0"), 1, "须大于 0");
    check("deadlines.toml", &row("urgency = \"U4\"\nfinish_hours = -1"), 5, "非负整数");
    check("deadlines.toml", &row("urgency = \"U4\""), 1, "须写其中一个");
    check("deadlines.toml", &row("finish_hours = 1"), 1, "一个 `urgency` 或一个 `type`");
    check("deadlines.toml", &row("type = \"吐槽\"\nfinish_hours = 1"), 4, "没有诉求类型 `吐槽`");
    check("deadlines.toml", &row("urgency = \"U4\"\nfinish_days = 1"), 5, "没有 `finish_days` 这个键");
    check("deadlines.toml", "[[deadline]]\nurgency = \"U4\"\nfinish_hours = 1", 1, "缺少键");
    check("pack.toml", "\"9x\" = \"某处\"", 1, "紧急号码 `9x`");

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
        assert!(found.to_string().contains("缺少文件"));
    }
    let nowhere = CityPack::open(std::path::Path::new("/nowhere/at/all")).unwrap_err();
    assert!(nowhere.to_string().contains("没有这个目录"), "{nowhere}");
}

#[test]
fn an_empty_or_headless_table_is_told() {
    for name in ["taxonomy.csv", "departments.csv", "regions.csv", "calendar.csv"] {
        let mut changed = files();
        changed.insert(name.into(), Cow::Borrowed(b""));
        assert!(faults(&changed).0.iter().any(|f| f.file == name && f.message.contains("文件为空")), "{name}");
        changed.insert(name.into(), Cow::Borrowed("甲,乙\n1,2\n".as_bytes()));
        let found = faults(&changed);
        assert!(found.0.iter().any(|f| f.file == name && f.line == 1 && f.message.contains("不对:须为")), "{found}");
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
