//! Acts, progress, transfer notes and kept lists on the wire.

use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    desk::{Moment, Progress, Watch},
    domain::{Deed, Fault, KeptList, Outcome, Satisfaction, Ticket, TicketId, city_date, format_city, parse_city},
    http::views::seen,
};

/// One act on a ticket.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeedInput {
    /// `dispatch` `sign` `return` `contact` `reply` `revisit` `reopen` `archive` `assign` `mark` `unmark` `note`
    /// `whistle` `report` `repeat` `unrepeat`.
    #[schema(example = "contact")]
    pub kind: String,
    /// What is written with it: note, reason, reply, or the mark.
    #[serde(default)]
    pub text: Option<String>,
    /// 主办单位, to dispatch.
    #[serde(default)]
    pub department: Option<String>,
    /// 协办单位, to dispatch.
    #[serde(default)]
    pub assisting: Vec<String>,
    /// 经办人, to assign.
    #[serde(default)]
    pub person: Option<String>,
    /// 有效回访, at the revisit; yes without it.
    #[serde(default)]
    pub reached: Option<bool>,
    /// 解决 部分解决 未解决 未表态, at the revisit.
    #[serde(default)]
    pub outcome: Option<String>,
    /// 满意 基本满意 不满意 未评价, at the revisit.
    #[serde(default)]
    pub satisfaction: Option<String>,
    /// 承诺办结日, to reopen: not before today. Without it an earlier promise stands; while 二次办理 runs it is moved by
    /// reopening once more.
    #[serde(default)]
    #[schema(example = "2026-12-31")]
    pub promised: Option<String>,
    /// 吹哨单位, at most 10, to whistle.
    #[serde(default)]
    pub units: Vec<String>,
    /// Hours in which they report in, 1 to 720, to whistle; 24 without it.
    #[serde(default)]
    pub within: Option<u32>,
    /// 报到单位, to report.
    #[serde(default)]
    pub unit: Option<String>,
    /// 重复于: the earlier ticket, to repeat.
    #[serde(default)]
    pub repeat_of: Option<String>,
}

/// Hours to report in where nothing is said.
const WITHIN: u32 = 24;

fn day(value: Option<String>) -> Result<Option<Date>, Fault> {
    let wrong = |_| Fault::invalid("承诺办结日请写成 2026-12-31").at("promised");
    let value = value.filter(|v| !v.trim().is_empty());
    value.map(|v| parse_city(&v).map(city_date).map_err(wrong)).transpose()
}

fn word<T: FromStr<Err = Fault>>(value: Option<String>, field: &str) -> Result<Option<T>, Fault> {
    let value = value.filter(|v| !v.trim().is_empty());
    value.map(|v| v.parse().map_err(|fault: Fault| fault.at(field))).transpose()
}

impl TryFrom<DeedInput> for Deed {
    type Error = Fault;

    fn try_from(input: DeedInput) -> Result<Self, Fault> {
        let text = input.text.unwrap_or_default();
        Ok(match input.kind.as_str() {
            "dispatch" => {
                let department = input.department.map(|d| d.trim().to_owned()).filter(|d| !d.is_empty());
                let department = department.ok_or_else(|| Fault::invalid("请选择主办单位").at("department"))?;
                Deed::Dispatch { department, assisting: input.assisting, note: text }
            }
            "sign" => Deed::Sign,
            "return" => Deed::Return { reason: text },
            "contact" => Deed::Contact { note: text },
            "reply" => Deed::Reply { text },
            "revisit" => Deed::Revisit {
                reached: input.reached.unwrap_or(true),
                outcome: word::<Outcome>(input.outcome, "outcome")?,
                satisfaction: word::<Satisfaction>(input.satisfaction, "satisfaction")?,
                note: text,
            },
            "reopen" => Deed::Reopen { reason: text, promised: day(input.promised)? },
            "archive" => Deed::Archive { note: text },
            "assign" => Deed::Assign { person: input.person.unwrap_or_default(), note: text },
            "mark" => Deed::Mark { mark: text, off: false },
            "unmark" => Deed::Mark { mark: text, off: true },
            "note" => Deed::Note { text },
            "repeat" => {
                let of = input.repeat_of.filter(|id| !id.trim().is_empty());
                let of = of.ok_or_else(|| Fault::invalid("请填写较早的工单编号").at("repeat_of"))?;
                Deed::Repeat { of: Some(TicketId::new(of.trim()).map_err(|fault| fault.at("repeat_of"))?), note: text }
            }
            "unrepeat" => Deed::Repeat { of: None, note: text },
            "whistle" => Deed::Whistle { units: input.units, reason: text, within: input.within.unwrap_or(WITHIN) },
            "report" => {
                let unit = input.unit.map(|u| u.trim().to_owned()).filter(|u| !u.is_empty());
                Deed::Report {
                    unit: unit.ok_or_else(|| Fault::invalid("请选择报到单位").at("unit"))?, note: text
                }
            }
            other => {
                let shown: String = other.chars().take(20).collect();
                return Err(Fault::invalid(format!("没有“{shown}”这种办理动作")).at("kind"));
            }
        })
    }
}

/// The same act on several tickets.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ActsInput {
    /// 工单编号, at most 500.
    pub tickets: Vec<String>,
    /// What to do with each.
    pub act: DeedInput,
}

/// What became of one ticket of several.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ActedView {
    /// 工单编号.
    pub ticket: String,
    /// Whether it was done.
    pub done: bool,
    /// 办理状态 after it; absent if it was not done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Why it was not done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

impl ActedView {
    /// An answer.
    pub fn of(id: &TicketId, answer: Result<Ticket, Fault>) -> Self {
        let (status, why) = match answer {
            Ok(ticket) => (Some(ticket.status.label().to_owned()), None),
            Err(fault) => (None, Some(fault.message)),
        };
        Self { ticket: id.to_string(), done: status.is_some(), status, why }
    }
}

/// To whom to transfer.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TransferInput {
    /// 110 119 120 122 or units; those of the suggestion without any.
    #[serde(default)]
    pub units: Vec<String>,
}

/// A transfer as it was kept.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TransferView {
    /// 工单编号.
    pub ticket: String,
    /// To whom.
    pub units: Vec<String>,
    /// What to say; personal data is covered for a role that does not see it.
    pub note: String,
}

/// How far a ticket is.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ProgressView {
    /// What happened, oldest first.
    pub moments: Vec<MomentView>,
    /// Its deadlines.
    pub deadlines: Vec<WatchView>,
    /// Acts that the workflow has room for now.
    pub open: Vec<String>,
    /// 同一来电: other tickets of the same call.
    pub same_call: Vec<String>,
}

/// One thing that happened.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MomentView {
    /// When.
    pub at: String,
    /// 来电 登记 派单 …
    pub label: String,
    /// Who.
    pub who: Option<String>,
    /// Units, result.
    pub about: String,
    /// What was written with it.
    pub words: String,
}

/// How a deadline stands.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WatchView {
    /// 签收 联系 办结 承诺 本月联系
    pub name: String,
    /// Until when.
    pub due: String,
    /// `in_time` `late` `running` `over`.
    pub pace: String,
    /// In words.
    pub words: String,
}

impl ProgressView {
    /// Progress; `open` shows personal data.
    pub fn of(progress: &Progress, same_call: &[Ticket], open: bool) -> Self {
        let moment = |m: &Moment| MomentView {
            at: format_city(m.at),
            label: m.label.into(),
            who: m.who.clone(),
            about: seen(&m.about, open),
            words: seen(&m.words, open),
        };
        let watch = |w: &Watch| WatchView {
            name: w.name.into(),
            due: format_city(w.due),
            pace: w.pace.code().into(),
            words: w.words.clone(),
        };
        Self {
            moments: progress.moments.iter().map(moment).collect(),
            deadlines: progress.watches.iter().map(watch).collect(),
            open: progress.open.iter().map(|word| (*word).to_owned()).collect(),
            same_call: same_call.iter().map(|ticket| ticket.id.to_string()).collect(),
        }
    }
}

/// A filter of the list to keep.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct KeptListInput {
    /// The person's name for it, 1 to 40 characters.
    pub name: String,
    /// The list's query string, as in the address of the page.
    pub query: String,
}

/// A kept filter.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct KeptListView {
    /// Its number.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// The query string.
    pub query: String,
}

/// A person's kept filters.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct KeptLists {
    /// Oldest first.
    pub lists: Vec<KeptListView>,
}

impl KeptListView {
    /// A kept filter.
    pub fn of(kept: &KeptList) -> Self {
        Self { id: kept.id, name: kept.name.clone(), query: kept.query.clone() }
    }
}
