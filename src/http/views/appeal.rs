//! What comes in: appeals, decisions, texts to triage. Unknown fields are refused.

use std::collections::BTreeMap;

use serde::Deserialize;
use utoipa::ToSchema;

use crate::domain::{Appeal, Caller, Channel, Fault, Flag, Labels, NewTicket, TicketId, parse_city};

/// An appeal to take in.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AppealInput {
    /// 工单编号 of the source; without it the service numbers its own.
    #[serde(default)]
    #[schema(example = "JH20261121000123")]
    pub id: Option<String>,
    /// 上级编号 (province, city).
    #[serde(default)]
    pub parent_no: Option<String>,
    /// 标题.
    #[serde(default)]
    pub title: Option<String>,
    /// 诉求内容, kept character for character.
    pub text: String,
    /// 受理渠道; 电话 without it.
    #[serde(default)]
    #[schema(example = "电话")]
    pub channel: Option<String>,
    /// 来电时间: RFC 3339, or `2026-05-12 08:52` in city time; now without it.
    #[serde(default)]
    #[schema(example = "2026-05-12 08:52:00")]
    pub received_at: Option<String>,
    /// 服务对象.
    #[serde(default)]
    pub caller: Option<CallerInput>,
    /// 区县.
    #[serde(default)]
    pub district: Option<String>,
    /// 街镇.
    #[serde(default)]
    pub town: Option<String>,
    /// 地址 as given.
    #[serde(default)]
    pub place: Option<String>,
    /// 涉事对象.
    #[serde(default)]
    pub subject: Option<String>,
    /// Labels that the source decided already.
    #[serde(default)]
    pub labels: Option<LabelsInput>,
    /// 重复于: number of an earlier ticket.
    #[serde(default)]
    pub repeat_of: Option<String>,
    /// 事件 key of the source.
    #[serde(default)]
    pub event: Option<String>,
    /// Further columns of the source, kept as they are.
    #[serde(default)]
    pub extra: BTreeMap<String, String>,
}

/// One call of several matters.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CallInput {
    /// 2 to 9 appeals of the same caller, in the order of the call.
    pub parts: Vec<AppealInput>,
}

/// 服务对象.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CallerInput {
    /// 个人 企业 人才 组织.
    #[serde(default)]
    pub kind: Option<String>,
    /// 姓名.
    #[serde(default)]
    pub name: Option<String>,
    /// 来电号码, or the source's key of the caller.
    #[serde(default)]
    pub number: Option<String>,
    /// 联系电话.
    #[serde(default)]
    pub contact: Option<String>,
    /// 是否保密.
    #[serde(default)]
    pub confidential: bool,
    /// 是否匿名.
    #[serde(default)]
    pub anonymous: bool,
}

/// Decided labels; a field left out is not touched.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LabelsInput {
    /// 诉求类型: 咨询 求助 投诉 举报 建议 表扬 其他.
    #[serde(default, rename = "type")]
    pub appeal_type: Option<String>,
    /// Code of a level-2 category of the city pack.
    #[serde(default)]
    #[schema(example = "0701")]
    pub category: Option<String>,
    /// 主办单位: name of a department of the city pack.
    #[serde(default)]
    pub department: Option<String>,
    /// U1 U2 U3 U4, or 特急 紧急 加急 一般.
    #[serde(default)]
    pub urgency: Option<String>,
    /// 突发 敏感 集中 重要.
    #[serde(default)]
    pub flags: Option<Vec<String>>,
}

/// A person's decision on a ticket.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecisionInput {
    /// What was decided.
    pub labels: LabelsInput,
    /// Why; required to lower the urgency.
    #[serde(default)]
    pub reason: Option<String>,
}

/// A text to triage; it is not stored.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TriageInput {
    /// Given back in the answer.
    #[serde(default)]
    pub id: Option<String>,
    /// 标题.
    #[serde(default)]
    pub title: Option<String>,
    /// 诉求内容.
    pub text: String,
}

/// A text whose like is looked for; it is not stored.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SimilarInput {
    /// 标题.
    #[serde(default)]
    pub title: Option<String>,
    /// 诉求内容.
    pub text: String,
    /// 来电号码: tells repeats of the same caller apart.
    #[serde(default)]
    pub caller: Option<String>,
    /// How many, 1 to 50; 8 without it.
    #[serde(default)]
    pub limit: Option<usize>,
}

fn filled(value: Option<String>) -> Option<String> {
    value.map(|v| v.trim().to_owned()).filter(|v| !v.is_empty())
}

fn word<T: std::str::FromStr<Err = Fault>>(value: Option<String>, field: &str) -> Result<Option<T>, Fault> {
    filled(value).map(|v| v.parse().map_err(|fault: Fault| fault.at(field))).transpose()
}

impl TryFrom<LabelsInput> for Labels {
    type Error = Fault;

    fn try_from(input: LabelsInput) -> Result<Self, Fault> {
        let flags = input.flags.map(|flags| {
            flags.iter().map(|f| f.parse::<Flag>().map_err(|fault| fault.at("labels.flags"))).collect::<Result<_, _>>()
        });
        Ok(Labels {
            appeal_type: word(input.appeal_type, "labels.type")?,
            category: filled(input.category),
            department: filled(input.department),
            urgency: word(input.urgency, "labels.urgency")?,
            flags: flags.transpose()?,
        })
    }
}

impl TryFrom<CallerInput> for Caller {
    type Error = Fault;

    fn try_from(input: CallerInput) -> Result<Self, Fault> {
        Ok(Caller {
            kind: word(input.kind, "caller.kind")?,
            name: filled(input.name),
            number: filled(input.number),
            contact: filled(input.contact),
            confidential: input.confidential,
            anonymous: input.anonymous,
        })
    }
}

impl TryFrom<AppealInput> for NewTicket {
    type Error = Fault;

    fn try_from(input: AppealInput) -> Result<Self, Fault> {
        let channel = word(input.channel, "channel")?.unwrap_or(Channel::Phone);
        let appeal = Appeal::new(input.title.unwrap_or_default(), input.text);
        if appeal.is_blank() {
            return Err(Fault::invalid("诉求内容为空,请填写来电人所说").at("text"));
        }
        let id = |value: Option<String>, field: &'static str| {
            value.map(|v| TicketId::new(v).map_err(|fault| fault.at(field))).transpose()
        };
        Ok(NewTicket {
            id: id(input.id, "id")?,
            parent_no: filled(input.parent_no),
            received_at: filled(input.received_at)
                .map(|v| parse_city(&v).map_err(|fault| fault.at("received_at")))
                .transpose()?,
            caller: input.caller.unwrap_or_default().try_into()?,
            district: filled(input.district),
            town: filled(input.town),
            place: filled(input.place),
            subject: filled(input.subject),
            labels: input.labels.unwrap_or_default().try_into()?,
            repeat_of: id(input.repeat_of, "repeat_of")?,
            event: filled(input.event),
            extra: input.extra,
            ..NewTicket::of(channel, appeal)
        })
    }
}
