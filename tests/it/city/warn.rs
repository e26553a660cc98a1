//! What is allowed but looks like a slip is told, and nothing else is.

use std::borrow::Cow;

use tingsu::city::CityPack;

use super::{files, text_of};

fn warnings(name: &str, change: impl Fn(&str) -> String) -> Vec<String> {
    let mut files = files();
    let text = change(&text_of(&files, name));
    files.insert(name.to_owned(), Cow::Owned(text.into_bytes()));
    let pack = CityPack::parse(&files).unwrap_or_else(|faults| panic!("{name}: {faults}"));
    pack.warnings().iter().map(ToString::to_string).collect()
}

#[test]
fn the_demo_city_is_warned_of_its_assumed_year_alone() {
    let told = warnings("pack.toml", str::to_owned);
    assert_eq!(told, ["calendar.csv: 2027 年有 19 天是推定的:放假通知公布后请更正"]);
}

#[test]
fn slips_are_told() {
    let plain = warnings("pack.toml", str::to_owned);
    let check = |name: &str, added: &str, says: &str| {
        let told = warnings(name, |text| format!("{}\n{added}\n", text.trim_end()));
        let new: Vec<_> = told.iter().filter(|w| !plain.contains(w)).collect();
        assert_eq!(new.len(), 1, "{name} `{added}`: {told:?}");
        assert!(new[0].starts_with(name) && new[0].contains(says), "{name} `{added}`: wanted `{says}`, got {new:?}");
    };
    check("dictionary.txt", "停水,停电", "含有断词的字符");
    check("dictionary.txt", "砼", "只有一个字");
    check("calendar.csv", "2026-03-04,班,调休,公布", "2026-03-04 本来就是工作日");
    check("calendar.csv", "2029-01-01,休,元旦,公布", "2028 年没有日期");
    let rule =
        |level: &str, rest: &str| format!("[[rule]]\nid = \"x.test\"\nlevel = \"{level}\"\nnote = \"测试\"\n{rest}");
    let unless = "unless = [\"negation\"]";
    check("urgency.toml", &rule("U3", "any = [\"砼\"]"), "线索 `砼` 太短");
    check("urgency.toml", &rule("U2", "any = [\"测试词\"]"), "在任何语境都调到 U2");
    check("urgency.toml", &rule("U1", &format!("any = [\"测试词\"]\n{unless}")), "为 U1,却没有联动单位");
}

#[test]
fn names_that_two_towns_share_and_districts_without_towns_are_told() {
    let region = text_of(&files(), "regions.csv");
    let mut rows = region.lines().skip(1).filter(|l| !l.starts_with('#')).map(|l| l.split(',').collect::<Vec<_>>());
    let town = rows.find(|cells| !cells[1].is_empty()).unwrap();
    let other = rows.find(|cells| cells[0] != town[0]).unwrap();
    let (name, district) = (town[1].to_owned(), other[0].to_owned());
    let told = warnings("regions.csv", |text| format!("{}\n{district},{name},\n", text.trim_end()));
    assert!(
        told.iter().any(|w| w.starts_with("regions.csv: ") && w.contains(&name) && w.contains("须连同区县")),
        "{told:?}"
    );
    let told = warnings("regions.csv", |text| {
        let of_other = |l: &&str| !l.starts_with(&format!("{district},")) || l.starts_with(&format!("{district},,"));
        text.lines().filter(of_other).map(|l| format!("{l}\n")).collect()
    });
    assert!(told.iter().any(|w| w.contains(&format!("`{district}` 没有街镇"))), "{told:?}");
}

#[test]
fn a_type_without_a_deadline_and_an_empty_calendar_are_told() {
    let told = warnings("calendar.csv", |text| {
        text.lines().take_while(|l| !l.starts_with("20")).map(|l| format!("{l}\n")).collect()
    });
    assert_eq!(told, ["calendar.csv: 没有任何日期:只按周末休息计"]);
    let told = warnings("deadlines.toml", |text| {
        let mut kept = String::new();
        for (n, table) in text.split("[[").enumerate() {
            if !table.contains("\"求助\"") {
                kept += if n == 0 { "" } else { "[[" };
                kept += table;
            }
        }
        kept
    });
    assert!(told.iter().any(|w| w.starts_with("deadlines.toml: 没有求助的时限")), "{told:?}");
}
