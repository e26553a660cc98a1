//! `brief.toml` and `playbook.toml`: read strictly, with file and line.

use std::borrow::Cow;

use tingsu::city::{CityPack, PackFiles};

use super::{files, folder};

fn with(name: &str, change: impl FnOnce(String) -> String) -> PackFiles {
    let mut all = files();
    for name in tingsu::city::OPTIONAL_PACK_FILES {
        all.insert(name.into(), Cow::Owned(std::fs::read(folder().join(name)).unwrap()));
    }
    let text = String::from_utf8(all[name].to_vec()).unwrap();
    all.insert(name.into(), Cow::Owned(change(text).into_bytes()));
    all
}

/// The first fault of a changed file: its line and a part of its message.
fn check(name: &str, from: &str, to: &str, says: &str) {
    let mut line = 0;
    let changed = with(name, |text| {
        assert!(text.contains(from), "{from}");
        line = text[..text.find(from).unwrap()].lines().count();
        line += usize::from(text[..text.find(from).unwrap()].ends_with('\n'));
        text.replacen(from, to, 1)
    });
    let faults = CityPack::parse(&changed).unwrap_err();
    let first = &faults.0[0];
    assert_eq!(first.file, name, "{faults}");
    assert!(first.line.abs_diff(line) <= 1, "line {} for {line}: {faults}", first.line);
    assert!(first.message.contains(says), "{faults}");
}

#[test]
fn wrong_wording_is_told_with_its_line() {
    check("brief.toml", "\"types\" = ", "\"tipes\" = ", "没有 `tipes` 这一句");
    check("brief.toml", "从诉求类型看,{list}", "从诉求类型看,{liste}", "没有空位 `liste`");
    check("brief.toml", "从诉求类型看,{list}", "从诉求类型看,{list", "没有用 } 结束");
    check("brief.toml", "从诉求类型看,{list}", "从诉求类型看,共12件{list}", "自带数字");
    check("brief.toml", "invalid = [\"2009\"]", "invalid = [\"9999\"]", "不在分类表中");
    check("brief.toml", "assessment_day = 19", "assessment_day = 31", "1 至 28");
    check("brief.toml", "weekly = ", "weakly = ", "没有 `weakly` 这种简报");
    check("brief.toml", "issuer = \"江海市12345热线中心\"", "issuer = 12", "须为文字");
}

#[test]
fn a_wrong_play_is_told_with_its_line() {
    check("playbook.toml", "category = \"0201\"", "category = \"0299\"", "不在分类表中");
    check("playbook.toml", "lead = \"人社局\"", "lead = \"火星局\"", "不在 departments.csv 中");
    check("playbook.toml", "days = 15", "days = 0", "1 至 366");
    check("playbook.toml", "category = \"02\"", "category = \"0201\"", "已有");
    check("playbook.toml", "days = 15", "days = \"半月\"", "整数");
}

#[test]
fn a_pack_may_do_without_briefs() {
    let pack = CityPack::parse(&files()).unwrap();
    assert!(pack.brief.is_none() && pack.playbook.is_empty());
    let whole = CityPack::open(&folder()).unwrap();
    assert_ne!(pack.hash, whole.hash, "wording belongs to the pack");
    assert!(whole.playbook.len() > 20);
    // Every level-1 category has a play, so that no special brief is without advice.
    for category in whole.taxonomy.categories() {
        let known = whole.playbook.iter().any(|p| p.code == category.code[..2]);
        assert!(known, "{} has no play", &category.code[..2]);
    }
}
