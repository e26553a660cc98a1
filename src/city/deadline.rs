//! 办理时限.

use std::collections::BTreeMap;

use crate::domain::{AppealType, Urgency};

use super::{PackFaults, document::Document, files::DEADLINES};

/// 办理时限 for an urgency level or an appeal type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deadline {
    /// For this urgency level …
    pub urgency: Option<Urgency>,
    /// … or this type (levels come first).
    pub appeal_type: Option<AppealType>,
    /// 签收 within minutes.
    pub sign_minutes: u32,
    /// 联系 within minutes.
    pub contact_minutes: u32,
    /// 办结 within hours, or …
    pub finish_hours: Option<u32>,
    /// … within working days.
    pub finish_workdays: Option<u32>,
}

/// More than this is a slip of the pen, not a deadline (working days or, times 24, hours).
const LONGEST_DAYS: u32 = 366;

pub(super) fn deadlines(text: &str, faults: &mut PackFaults) -> Vec<Deadline> {
    let doc = Document::parse(DEADLINES, text, faults);
    let top = doc.top();
    let mut seen = BTreeMap::new();
    let mut out = Vec::new();
    for section in top.sections("deadline", faults) {
        let before = faults.0.len();
        let urgency = section.text("urgency", faults).and_then(|s| match s.parse::<Urgency>() {
            Ok(level) => Some(level),
            Err(fault) => {
                section.fault("urgency", fault.message, faults);
                None
            }
        });
        let appeal_type = section.text("type", faults).and_then(|s| match s.parse::<AppealType>() {
            Ok(kind) => Some(kind),
            Err(fault) => {
                section.fault("type", fault.message, faults);
                None
            }
        });
        let sign = section.number("sign_minutes", faults);
        let contact = section.number("contact_minutes", faults);
        let finish_hours = section.number("finish_hours", faults);
        let finish_workdays = section.number("finish_workdays", faults);
        let line = section.line;
        section.finish(faults);
        if faults.0.len() > before {
            continue;
        }
        let subject = match (urgency, appeal_type) {
            (Some(level), None) => level.code().to_owned(),
            (None, Some(kind)) => kind.label().to_owned(),
            _ => {
                faults.add(DEADLINES, line, "一个时限只对应一个 `urgency` 或一个 `type`");
                continue;
            }
        };
        if let Some(first) = seen.insert(subject.clone(), line) {
            faults.add(DEADLINES, line, format!("{subject} 的时限重复:第 {first} 行已有"));
            continue;
        }
        let (Some(sign_minutes), Some(contact_minutes)) = (sign, contact) else {
            faults.add(DEADLINES, line, "缺少键:sign_minutes 与 contact_minutes 都要写");
            continue;
        };
        let fits = match (finish_hours, finish_workdays) {
            (Some(hours), None) => (1..=LONGEST_DAYS * 24).contains(&hours),
            (None, Some(days)) => (1..=LONGEST_DAYS).contains(&days),
            _ => {
                faults.add(DEADLINES, line, "finish_hours 与 finish_workdays 须写其中一个");
                continue;
            }
        };
        if !fits {
            faults.add(DEADLINES, line, format!("办结时限须大于 0,最多 {LONGEST_DAYS} 天"));
            continue;
        }
        out.push(Deadline { urgency, appeal_type, sign_minutes, contact_minutes, finish_hours, finish_workdays });
    }
    top.finish(faults);
    out
}
