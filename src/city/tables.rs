//! Departments, taxonomy and regions.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{Category, Department, Region, Taxonomy};

use super::{
    PackFaults,
    files::{DEPARTMENTS, REGIONS, TAXONOMY},
    table::{self, Seen},
};

pub(super) fn departments(text: &str, faults: &mut PackFaults) -> Vec<Department> {
    let mut seen = Seen::default();
    let mut out = Vec::new();
    for row in table::read(DEPARTMENTS, text, &["name", "kind", "first_response?"], faults) {
        let name = row.get(0);
        if let Some(first) = seen.earlier(name, row.line) {
            faults.add(DEPARTMENTS, row.line, format!("单位 `{name}` 重复:第 {first} 行已有"));
            continue;
        }
        let first_response = match row.get(2) {
            "yes" | "是" => true,
            "" | "no" | "否" => false,
            other => {
                faults.add(DEPARTMENTS, row.line, format!("first_response 写成了 `{other}`:请写 是 或留空"));
                continue;
            }
        };
        out.push(Department { name: name.to_owned(), kind: row.get(1).to_owned(), first_response });
    }
    out
}

pub(super) fn taxonomy(text: &str, departments: &[Department], faults: &mut PackFaults) -> Taxonomy {
    let known: BTreeSet<&str> = departments.iter().map(|d| d.name.as_str()).collect();
    let (mut codes, mut names) = (Seen::default(), Seen::default());
    let mut parents: BTreeMap<String, (String, usize)> = BTreeMap::new();
    let mut out = Vec::new();
    for row in table::read(TAXONOMY, text, &["code", "level1", "level2", "examples?", "department"], faults) {
        let (code, level1, level2, department) = (row.get(0), row.get(1), row.get(2), row.get(4));
        if code.len() != 4 || !code.bytes().all(|b| b.is_ascii_digit()) {
            faults.add(TAXONOMY, row.line, format!("编码 `{code}` 不是四位数字:前两位为一级,后两位为二级"));
            continue;
        }
        if let Some(first) = codes.earlier(code, row.line) {
            faults.add(TAXONOMY, row.line, format!("编码 `{code}` 重复:第 {first} 行已有"));
            continue;
        }
        if let Some(first) = names.earlier(&format!("{level1}/{level2}"), row.line) {
            faults.add(TAXONOMY, row.line, format!("分类 `{level1}/{level2}` 重复:第 {first} 行已有"));
        }
        let prefix: String = code.chars().take(2).collect();
        let (parent, first) = parents.entry(prefix.clone()).or_insert_with(|| (level1.to_owned(), row.line));
        if parent != level1 {
            faults.add(
                TAXONOMY,
                row.line,
                format!("编码 {prefix}xx 从第 {first} 行起属于 `{parent}`,不属于 `{level1}`"),
            );
        }
        if !known.contains(department) {
            faults.add(TAXONOMY, row.line, format!("单位 `{department}` 不在 {DEPARTMENTS} 中"));
        }
        out.push(Category {
            code: code.to_owned(),
            level1: level1.to_owned(),
            level2: level2.to_owned(),
            examples: row.list(3),
            department: department.to_owned(),
        });
    }
    if out.is_empty() && faults.0.iter().all(|f| f.file != TAXONOMY) {
        faults.add(TAXONOMY, 0, "没有分类:城市包至少要有一个");
    }
    Taxonomy::new(out)
}

/// A row without a town is the district itself; a town's district must have such a row.
pub(super) fn regions(text: &str, faults: &mut PackFaults) -> Vec<Region> {
    let rows = table::read(REGIONS, text, &["district", "town?", "aliases?"], faults);
    let districts: BTreeSet<String> =
        rows.iter().filter(|r| r.get(1).is_empty()).map(|r| r.get(0).to_owned()).collect();
    let (mut ids, mut aliases) = (Seen::default(), Seen::default());
    let mut out = Vec::new();
    for row in rows {
        let (district, town) = (row.get(0), row.get(1));
        let id = if town.is_empty() { district.to_owned() } else { format!("{district}/{town}") };
        if let Some(first) = ids.earlier(&id, row.line) {
            faults.add(REGIONS, row.line, format!("区域 `{id}` 重复:第 {first} 行已有"));
            continue;
        }
        if !districts.contains(district) {
            faults.add(REGIONS, row.line, format!("没有区县 `{district}`:请为该区县加一行 `{district},,`"));
        }
        let names = row.list(2);
        for alias in &names {
            if alias == district || alias == town {
                faults.add(REGIONS, row.line, format!("别名 `{alias}` 与区域名称相同"));
            }
            // Two towns of one name in two districts may share an alias; the place finder then
            // leaves the region open. Two aliases in one district cannot be told apart at all.
            if let Some(first) = aliases.earlier(&format!("{district}/{alias}"), row.line) {
                faults.add(REGIONS, row.line, format!("别名 `{alias}` 在第 {first} 行已有"));
            }
        }
        let town = (!town.is_empty()).then(|| town.to_owned());
        out.push(Region { id, district: district.to_owned(), town, aliases: names });
    }
    out
}
