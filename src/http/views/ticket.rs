//! Tickets on the wire.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    city::CityPack,
    desk::Receipt,
    domain::{Called, Handling, Labels, Ticket, Whistle, format_city},
    http::views::{EventHintView, SimilarView, TriageView, covered, seen},
};

/// A ticket as the store has it now.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TicketView {
    /// 工单编号.
    pub id: String,
    /// 上级编号.
    pub parent_no: Option<String>,
    /// 来电时间, city time.
    pub received_at: String,
    /// 登记时间.
    pub registered_at: String,
    /// 受理员.
    pub registered_by: String,
    /// 受理渠道.
    pub channel: String,
    /// 办理状态.
    pub status: String,
    /// 待研判 or 已研判.
    pub triage: String,
    /// 标题.
    pub title: String,
    /// 诉求内容.
    pub text: String,
    /// 服务对象.
    pub caller: CallerView,
    /// 区县.
    pub district: Option<String>,
    /// 街镇.
    pub town: Option<String>,
    /// 地址.
    pub place: Option<String>,
    /// 涉事对象.
    pub subject: Option<String>,
    /// Labels that the source or a person decided.
    pub decided: LabelsView,
    /// The same, gaps filled by the suggestion.
    pub labels: LabelsView,
    /// Whether a person set the urgency.
    pub urgency_by_person: bool,
    /// The latest suggestion.
    pub suggestion: Option<TriageView>,
    /// 办理、督办、回访.
    pub handling: HandlingView,
    /// 重复于.
    pub repeat_of: Option<String>,
    /// 事件.
    pub event: Option<String>,
    /// Further columns of the source.
    pub extra: BTreeMap<String, String>,
    /// Place of its last change in the change sequence.
    pub seq: i64,
}

/// 服务对象.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CallerView {
    /// 个人 企业 人才 组织.
    pub kind: Option<String>,
    /// 姓名.
    pub name: Option<String>,
    /// 来电号码.
    pub number: Option<String>,
    /// 联系电话.
    pub contact: Option<String>,
    /// 是否保密.
    pub confidential: bool,
    /// 是否匿名.
    pub anonymous: bool,
}

/// Labels with their names.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct LabelsView {
    /// 诉求类型.
    #[serde(rename = "type")]
    pub appeal_type: Option<String>,
    /// Code of the category.
    pub category: Option<String>,
    /// 一级分类 / 二级分类.
    pub category_name: Option<String>,
    /// 主办单位.
    pub department: Option<String>,
    /// U1 to U4.
    pub urgency: Option<String>,
    /// 突发 敏感 集中 重要.
    pub flags: Option<Vec<String>>,
}

/// What happened after intake.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct HandlingView {
    /// 协办单位.
    pub assisting: Vec<String>,
    /// 派单时间.
    pub dispatched_at: Option<String>,
    /// 签收时间.
    pub signed_at: Option<String>,
    /// 退单次数.
    pub returned: u32,
    /// 办结时限.
    pub due_at: Option<String>,
    /// 办结时间.
    pub closed_at: Option<String>,
    /// 回复内容.
    pub reply: Option<String>,
    /// 是否解决.
    pub outcome: Option<String>,
    /// 满意度.
    pub satisfaction: Option<String>,
    /// 经办人.
    pub handler: Option<String>,
    /// 标注.
    pub marks: Vec<String>,
    /// 承诺办结日, as `2026-12-31`.
    pub promised: Option<String>,
    /// 吹哨, oldest first.
    pub whistles: Vec<WhistleView>,
}

/// 吹哨: units that were called.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WhistleView {
    /// When.
    pub at: String,
    /// By when to report in.
    pub due_at: String,
    /// Who was called.
    pub units: Vec<CalledView>,
}

/// A unit that was called.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CalledView {
    /// Its name.
    pub unit: String,
    /// 报到时间; null while it has not.
    pub reported_at: Option<String>,
}

impl WhistleView {
    fn of(whistle: &Whistle) -> Self {
        let called = |own: &Called| CalledView { unit: own.unit.clone(), reported_at: time(own.reported_at) };
        Self {
            at: format_city(whistle.at),
            due_at: format_city(whistle.due_at),
            units: whistle.units.iter().map(called).collect(),
        }
    }
}

/// A page of tickets, newest 来电时间 first.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TicketList {
    /// How many match in all.
    pub total: u64,
    /// First of this page.
    pub offset: usize,
    /// This page.
    pub tickets: Vec<TicketView>,
}

/// What became of an appeal that came in.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReceiptView {
    /// The stored ticket.
    pub ticket: TicketView,
    /// Whether an earlier, equal request stored it.
    pub repeated: bool,
    /// Past cases like it, best first.
    pub similar: Vec<SimilarView>,
    /// The event that it joined or started with another; none if it is in none, or if that takes longer to find out.
    pub event: Option<EventHintView>,
}

/// The tickets that were made of one call.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CallReceipt {
    /// Whether an earlier, equal request stored them.
    pub repeated: bool,
    /// In the order of the call.
    pub tickets: Vec<TicketView>,
}

fn time(at: Option<Timestamp>) -> Option<String> {
    at.map(format_city)
}

impl LabelsView {
    /// Labels with the names of the pack.
    pub fn of(labels: &Labels, pack: &CityPack) -> Self {
        let category = labels.category.as_deref().and_then(|code| pack.taxonomy.get(code));
        Self {
            appeal_type: labels.appeal_type.map(|t| t.label().into()),
            category: labels.category.clone(),
            category_name: category.map(|c| format!("{} / {}", c.level1, c.level2)),
            department: labels.department.clone(),
            urgency: labels.urgency.map(|u| u.code().into()),
            flags: labels.flags.as_ref().map(|flags| flags.iter().map(|f| f.label().into()).collect()),
        }
    }
}

impl HandlingView {
    fn of(handling: &Handling, open: bool) -> Self {
        Self {
            assisting: handling.assisting.clone(),
            dispatched_at: time(handling.dispatched_at),
            signed_at: time(handling.signed_at),
            returned: handling.returned,
            due_at: time(handling.due_at),
            closed_at: time(handling.closed_at),
            reply: handling.reply.as_deref().map(|reply| seen(reply, open)),
            outcome: handling.outcome.map(|o| o.label().into()),
            satisfaction: handling.satisfaction.map(|s| s.label().into()),
            handler: handling.handler.clone(),
            marks: handling.marks.iter().map(|mark| seen(mark, open)).collect(),
            promised: handling.promised.map(|day| day.to_string()),
            whistles: handling.whistles.iter().map(WhistleView::of).collect(),
        }
    }
}

impl TicketView {
    /// A ticket; `open` shows personal data.
    pub fn of(ticket: &Ticket, pack: &CityPack, open: bool) -> Self {
        let content = &ticket.content;
        let person = |value: &Option<String>| value.as_deref().map(|v| if open { v.to_owned() } else { covered(v) });
        Self {
            id: ticket.id.to_string(),
            parent_no: content.parent_no.clone(),
            received_at: format_city(ticket.received_at),
            registered_at: format_city(ticket.registered_at),
            registered_by: ticket.registered_by.clone(),
            channel: content.channel.label().into(),
            status: ticket.status.label().into(),
            triage: ticket.triage.label().into(),
            title: seen(&content.appeal.title, open),
            text: seen(&content.appeal.text, open),
            caller: CallerView {
                kind: content.caller.kind.map(|k| k.label().into()),
                name: person(&content.caller.name),
                number: person(&content.caller.number),
                contact: person(&content.caller.contact),
                confidential: content.caller.confidential,
                anonymous: content.caller.anonymous,
            },
            district: content.district.clone(),
            town: content.town.clone(),
            place: content.place.as_deref().map(|p| seen(p, open)),
            subject: content.subject.as_deref().map(|s| seen(s, open)),
            decided: LabelsView::of(&ticket.labels, pack),
            labels: LabelsView::of(&ticket.effective(), pack),
            urgency_by_person: ticket.urgency_by_person,
            suggestion: ticket.suggestion.as_ref().map(|s| TriageView::of(s, pack, None)),
            handling: HandlingView::of(&content.handling, open),
            repeat_of: content.repeats().map(ToString::to_string),
            event: content.event.clone(),
            extra: if open { content.extra.clone() } else { BTreeMap::new() },
            seq: ticket.seq,
        }
    }
}

impl ReceiptView {
    /// A receipt; past cases are masked always, the own ticket unless `open`.
    pub fn of(receipt: &Receipt, pack: &CityPack, open: bool) -> Self {
        Self {
            ticket: TicketView::of(&receipt.ticket, pack, open),
            repeated: receipt.repeated,
            similar: receipt.similar.iter().map(|case| SimilarView::of(case, pack)).collect(),
            event: receipt.event.as_ref().map(EventHintView::of),
        }
    }
}
