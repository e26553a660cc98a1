//! A ticket as counting reads it: what a figure may rest on, nothing of what was said.

use jiff::Timestamp;

use crate::domain::{AppealType, CallerKind, Channel, Handling, Status, Ticket, TicketId, Urgency};

/// What can be counted of a ticket. A store reads it without the texts.
#[derive(Clone, Debug, PartialEq)]
pub struct Counted {
    /// 工单编号
    pub id: TicketId,
    /// 来电时间
    pub received_at: Timestamp,
    /// 办理状态
    pub status: Status,
    /// 来源渠道
    pub channel: Channel,
    /// 来电主体
    pub caller_kind: Option<CallerKind>,
    /// 来电号码
    pub caller: Option<String>,
    /// 保密
    pub confidential: bool,
    /// 诉求类型, in force
    pub appeal_type: Option<AppealType>,
    /// Category by code, in force.
    pub category: Option<String>,
    /// 承办单位, in force
    pub department: Option<String>,
    /// Level in force.
    pub urgency: Option<Urgency>,
    /// 区县
    pub district: Option<String>,
    /// 镇街
    pub town: Option<String>,
    /// 办理, without the reply.
    pub handling: Handling,
    /// Whether it repeats another.
    pub repeats: bool,
}

impl Counted {
    /// Of a whole ticket.
    pub fn of(ticket: &Ticket) -> Self {
        let (content, labels) = (&ticket.content, ticket.effective());
        Self {
            id: ticket.id.clone(),
            received_at: ticket.received_at,
            status: ticket.status,
            channel: content.channel,
            caller_kind: content.caller.kind,
            caller: content.caller.number.clone(),
            confidential: content.caller.confidential,
            appeal_type: labels.appeal_type,
            category: labels.category,
            department: labels.department,
            urgency: labels.urgency,
            district: content.district.clone(),
            town: content.town.clone(),
            handling: Handling { reply: None, ..content.handling.clone() },
            repeats: content.repeats().is_some(),
        }
    }
}
