//! Values that stand for something: yes and no, categories, units, lists.

use std::collections::HashMap;

use crate::{
    city::CityPack,
    domain::{Fault, Flags},
};

fn shown(value: &str) -> String {
    value.chars().take(30).collect()
}

/// Whether a cell says that it says nothing.
pub(super) fn is_blank(value: &str) -> bool {
    matches!(value.trim(), "" | "无" | "-" | "--" | "—" | "/" | "null" | "NULL" | "None" | "N/A" | "nan" | "NaN")
}

pub(super) fn yes_no(value: &str) -> Result<bool, Fault> {
    match value.trim() {
        "是" | "有" | "1" | "true" | "True" | "TRUE" | "Y" | "y" | "yes" | "√" | "已联系" | "已回访" => {
            Ok(true)
        }
        "否" | "无" | "没有" | "0" | "false" | "False" | "FALSE" | "N" | "n" | "no" | "×" | "未联系" | "未回访" => {
            Ok(false)
        }
        other => Err(Fault::invalid(format!("`{}` is neither 是 nor 否", shown(other)))),
    }
}

/// Parts of a list that stands in one cell.
pub(super) fn parts(value: &str) -> impl Iterator<Item = &str> {
    value
        .split([',', '\u{ff0c}', '、', ';', '\u{ff1b}', '|', '/', ' ', '\n'])
        .map(str::trim)
        .filter(|part| !part.is_empty())
}

pub(super) fn flags<'a>(values: impl Iterator<Item = &'a str>) -> Result<Flags, Fault> {
    values.filter(|value| !is_blank(value)).map(str::parse).collect()
}

/// Categories of a pack by everything that a file may call them.
#[derive(Debug)]
pub(super) struct Categories {
    /// Code, level-2 name, `level1/level2`; none where two categories share a name.
    codes: HashMap<String, Option<String>>,
}

impl Categories {
    pub(super) fn of(pack: &CityPack) -> Self {
        let mut codes: HashMap<String, Option<String>> = HashMap::new();
        for category in pack.taxonomy.categories() {
            for name in [category.level2.clone(), format!("{}/{}", category.level1, category.level2)] {
                codes.entry(name).and_modify(|code| *code = None).or_insert_with(|| Some(category.code.clone()));
            }
        }
        for category in pack.taxonomy.categories() {
            codes.insert(category.code.clone(), Some(category.code.clone()));
        }
        Self { codes }
    }

    pub(super) fn code(&self, value: &str) -> Result<String, Fault> {
        let value = value.trim();
        // Spreadsheets take the leading zero of a code away.
        let padded = value.bytes().all(|b| b.is_ascii_digit()).then(|| format!("{value:0>4}"));
        let mut levels =
            value.split(['/', '>', '\\', '|', '·', '→', '—', '-', '\u{ff0f}']).map(str::trim).filter(|l| !l.is_empty());
        let path = levels.next().zip(levels.next()).map(|(first, second)| format!("{first}/{second}"));
        for name in [Some(value.to_owned()), padded, path].into_iter().flatten() {
            match self.codes.get(&name) {
                Some(Some(code)) => return Ok(code.clone()),
                Some(None) => {
                    let message =
                        format!("category `{}` stands under several level-1 classes: write L1/L2", shown(&name));
                    return Err(Fault::invalid(message));
                }
                None => {}
            }
        }
        Err(Fault::invalid(format!("no category `{}` in the city pack: give its code, name or L1/L2", shown(value))))
    }
}

/// A unit's name as the pack writes it.
pub(super) fn department(pack: &CityPack, value: &str) -> Result<String, Fault> {
    let value = value.trim();
    match pack.departments.iter().find(|unit| unit.name == value) {
        Some(unit) => Ok(unit.name.clone()),
        None => Err(Fault::invalid(format!("no department `{}` in the city pack", shown(value)))),
    }
}
