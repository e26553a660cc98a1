//! What is late, and 督办, on the wire.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    desk::{LateCase, OrderAsk, OrderClock},
    domain::{Fault, Light, TicketId, format_city, parse_city},
    http::views::{TicketView, seen},
};

/// The appeals behind a number.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CaseList {
    /// How many in all.
    pub total: u64,
    /// The question in words.
    pub words: String,
    /// A page, newest first.
    pub tickets: Vec<TicketView>,
}

/// An open ticket with a colour.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LateView {
    /// 工单编号
    pub ticket: String,
    /// `red` `orange` `yellow`.
    pub light: String,
    /// Codes of the reasons.
    pub why: Vec<String>,
    /// U1 to U4.
    pub urgency: Option<String>,
    /// 主办单位
    pub department: Option<String>,
    /// 区县
    pub district: Option<String>,
    /// 承诺办结日, or 办结时限: recorded, or by the pack.
    pub due_at: Option<String>,
    /// Seconds to it, negative when it is over; of working days if `working`.
    pub left_seconds: Option<i64>,
    /// Whether `left_seconds` counts working days alone.
    pub working: bool,
    /// How often the matter was told.
    pub told: u32,
}

impl LateView {
    /// Of a line.
    pub fn of(late: &LateCase) -> Self {
        Self {
            ticket: late.case.id.to_string(),
            light: late.light.code().to_owned(),
            why: late.why.iter().map(|w| w.code().to_owned()).collect(),
            urgency: late.case.urgency.map(|u| u.code().to_owned()),
            department: late.case.department.clone(),
            district: late.case.district.clone(),
            due_at: late.due_at.map(format_city),
            left_seconds: late.left.map(|left| left.seconds),
            working: late.left.is_some_and(|left| left.working),
            told: late.case.told,
        }
    }
}

/// What is late.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LateList {
    /// The moment.
    pub at: String,
    /// How many were asked for.
    pub total: usize,
    /// Red, orange and yellow of all in reach.
    pub counts: [usize; 3],
    /// A page, the worst first.
    pub cases: Vec<LateView>,
}

impl LateList {
    /// A page.
    pub fn of(at: Timestamp, asked: &[LateCase], all: &[LateCase], offset: usize, limit: usize) -> Self {
        Self {
            at: format_city(at),
            total: asked.len(),
            counts: Light::ALL.map(|light| all.iter().filter(|late| late.light == light).count()),
            cases: asked.iter().skip(offset).take(limit).map(LateView::of).collect(),
        }
    }
}

/// A 督办 to issue.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderInput {
    /// 工单编号
    pub ticket: String,
    /// 督办单位; without it the ticket's own.
    #[serde(default)]
    pub department: Option<String>,
    /// Why, 1 to 500 characters.
    pub reason: String,
    /// By when.
    #[schema(example = "2026-11-23 18:00")]
    pub due_at: String,
}

impl OrderInput {
    pub(crate) fn ask(self) -> Result<OrderAsk, Fault> {
        let ticket = TicketId::new(self.ticket.trim()).map_err(|fault| fault.at("ticket"))?;
        let due_at = parse_city(&self.due_at).map_err(|fault| fault.at("due_at"))?;
        Ok(OrderAsk { ticket, department: self.department, reason: self.reason, due_at })
    }
}

/// How a 督办 ended.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderCloseInput {
    /// What came of it, 1 to 500 characters.
    pub result: String,
}

/// A 督办.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OrderView {
    /// Its number.
    pub id: i64,
    /// 工单编号
    pub ticket: String,
    /// 督办单位
    pub department: String,
    /// Why.
    pub reason: String,
    /// By when.
    pub due_at: String,
    /// Who issued it.
    pub issued_by: String,
    /// When.
    pub issued_at: String,
    /// Seconds of working days to its deadline, negative when it is over; null once it is closed.
    pub left_seconds: Option<i64>,
    /// `red` `orange` `yellow`, or null.
    pub light: Option<String>,
    /// When it was closed.
    pub closed_at: Option<String>,
    /// By whom.
    pub closed_by: Option<String>,
    /// What came of it.
    pub result: Option<String>,
}

impl OrderView {
    /// Of an order.
    pub fn of(clock: &OrderClock) -> Self {
        let (order, end) = (&clock.order, clock.order.closed.as_ref());
        Self {
            id: order.id,
            ticket: order.ticket.to_string(),
            department: order.department.clone(),
            reason: seen(&order.reason, false),
            due_at: format_city(order.due_at),
            issued_by: order.issued_by.clone(),
            issued_at: format_city(order.issued_at),
            left_seconds: clock.left.map(|left| left.seconds),
            light: clock.light.map(|light| light.code().to_owned()),
            closed_at: end.map(|end| format_city(end.at)),
            closed_by: end.map(|end| end.by.clone()),
            result: end.map(|end| seen(&end.result, false)),
        }
    }
}

/// 督办, the next deadline first.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OrderList {
    /// All that were asked for.
    pub orders: Vec<OrderView>,
}
