//! `pack.toml`: what the city is called, who takes in, whom to ring.

use crate::domain::Department;

use super::{
    PackFaults,
    document::Document,
    files::{DEPARTMENTS, META},
};

/// An emergency number that rules may link to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmergencyNumber {
    /// e.g. `119`
    pub number: String,
    /// Who answers.
    pub name: String,
}

/// What `pack.toml` says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Meta {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) notes: String,
    pub(super) default_department: String,
    pub(super) emergency: Vec<EmergencyNumber>,
}

pub(super) fn meta(text: &str, departments: &[Department], faults: &mut PackFaults) -> Meta {
    let doc = Document::parse(META, text, faults);
    let top = doc.top();
    let name = top.required("name", faults).unwrap_or_default();
    let version = top.required("version", faults).unwrap_or_default();
    let notes = top.text("notes", faults).unwrap_or_default();
    let default_department = top.required("default_department", faults).unwrap_or_default();
    if !default_department.is_empty() && !departments.iter().any(|d| d.name == default_department) {
        let message = format!("default_department `{default_department}` 不在 {DEPARTMENTS} 中");
        top.fault("default_department", message, faults);
    }
    let mut emergency = Vec::new();
    for (number, line, value) in top.named("emergency", faults) {
        let name = value.get_ref().as_str().map(str::trim).unwrap_or_default();
        if name.is_empty() || number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) {
            faults.add(META, line, format!("紧急号码 `{number}` 有误:请写成 \"119\" = \"接听单位\""));
            continue;
        }
        emergency.push(EmergencyNumber { number, name: name.to_owned() });
    }
    top.finish(faults);
    Meta { name, version, notes, default_department, emergency }
}
