//! What is counted, which clocks run, and 督办: the contract.

use async_trait::async_trait;
use jiff::{Timestamp, civil::Date};

use crate::domain::{
    Actor, AppealType, Order, OrderId, Outcome, Reopened, Round, Satisfaction, Status, TicketId, Urgency, Whistle,
    brief::{TimeRangeKey, When},
};

use super::{StoreResult, TicketPage};

/// Which appeals are counted or listed. Labels are the effective ones
/// ([`crate::domain::Ticket::effective`]); an empty list asks for all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct CaseFilter {
    /// Windows, half-open, of which one has to hold the instant; empty means any time.
    pub ranges: Vec<TimeRangeKey>,
    /// The instant that lies in a window; none means 来电时间.
    pub when: Option<When>,
    /// 未办结, or ended.
    pub open: Option<bool>,
    /// Any of these levels.
    pub urgency: Vec<Urgency>,
    /// Any of these level-2 codes; an empty text stands for none.
    pub category: Vec<String>,
    /// First signs of the level-2 code.
    pub level1: Option<String>,
    /// Any of these departments; an empty text stands for none.
    pub department: Vec<String>,
    /// Any of these districts; an empty text stands for none.
    pub district: Vec<String>,
    /// 是否有效回访
    pub revisited: Option<bool>,
    /// 是否联系
    pub contacted: Option<bool>,
    /// Whether it was signed (签收).
    pub signed: Option<bool>,
    /// Whether it was sent back (退单).
    pub returned: Option<bool>,
    /// Any of these outcomes.
    pub outcome: Vec<Outcome>,
    /// Any of these ratings.
    pub satisfaction: Vec<Satisfaction>,
    /// Whether it repeats an earlier one.
    pub repeat: Option<bool>,
    /// Day of the week of 来电时间 in the city, 0 for Monday.
    pub weekday: Option<u8>,
    /// Hour of 来电时间 in the city.
    pub hour: Option<u8>,
}

/// By what appeals are counted apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dimension {
    /// Level-2 code.
    Category,
    /// 主办单位
    Department,
    /// 区县
    District,
    /// Hour of the week in the city: 0 is Monday from 0 to 1.
    Hour,
    /// Day in the city, as days since 1970.
    Day,
}

/// What a unit's rates are made of. 响应率, 解决率 and 满意率 have `revisited` as denominator.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnitCounts {
    /// 主办单位; empty for none.
    pub department: String,
    /// All of its appeals.
    pub all: u64,
    /// 有效回访
    pub revisited: u64,
    /// Of these: of which is known whether the caller was contacted.
    pub contact_known: u64,
    /// Of these: 已联系.
    pub contacted: u64,
    /// Of these: of which the outcome is known.
    pub outcome_known: u64,
    /// Of these: 解决.
    pub solved: u64,
    /// Of these: 满意.
    pub satisfied: u64,
    /// Of these: 基本满意.
    pub mostly: u64,
}

/// An appeal that is not closed, as its clocks see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenCase {
    /// 工单编号
    pub id: TicketId,
    /// 来电时间
    pub received_at: Timestamp,
    /// Effective level.
    pub urgency: Option<Urgency>,
    /// Effective type.
    pub appeal_type: Option<AppealType>,
    /// Effective level-2 code.
    pub category: Option<String>,
    /// Effective department.
    pub department: Option<String>,
    /// 区县
    pub district: Option<String>,
    /// 办理状态
    pub status: Status,
    /// 派单时间
    pub dispatched_at: Option<Timestamp>,
    /// 签收时间
    pub signed_at: Option<Timestamp>,
    /// 办结时限
    pub due_at: Option<Timestamp>,
    /// 退单次数
    pub returned: u32,
    /// 是否联系
    pub contacted: Option<bool>,
    /// Times that the matter was told: 1, or more where tickets repeat each other.
    pub told: u32,
    /// 承诺办结日
    pub promised: Option<Date>,
    /// The 二次办理 that runs.
    pub round: Option<Round>,
    /// 吹哨
    pub whistles: Vec<Whistle>,
    /// 协办单位
    pub assisting: Vec<String>,
    /// 经办人
    pub handler: Option<String>,
}

/// Which orders to list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Orders {
    /// Those that are not closed, the next deadline first.
    Open,
    /// Those that were closed, the latest first; so many at most.
    Closed(u64),
    /// Those of a ticket, oldest first.
    Of(TicketId),
}

/// A 督办 as it is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewOrder {
    /// Which ticket.
    pub ticket: TicketId,
    /// Who has to act.
    pub department: String,
    /// Why.
    pub reason: String,
    /// By when.
    pub due_at: Timestamp,
}

/// Counting and 督办. What reads sees one state of the database.
#[async_trait]
pub trait Oversight: Send + Sync {
    /// How many appeals a filter takes.
    async fn count_cases(&self, filter: &CaseFilter) -> StoreResult<u64>;

    /// How many there are of each value; an empty text stands for none. Most first, then by value.
    async fn tally(&self, filter: &CaseFilter, by: Dimension) -> StoreResult<Vec<(String, u64)>>;

    /// What the rates of each unit are made of.
    async fn unit_counts(&self, filter: &CaseFilter) -> StoreResult<Vec<UnitCounts>>;

    /// One page, newest 来电时间 first, and how many there are in all.
    async fn cases(&self, filter: &CaseFilter, offset: u64, limit: u64) -> StoreResult<TicketPage>;

    /// Every appeal that is not closed, oldest first.
    async fn open_cases(&self) -> StoreResult<Vec<OpenCase>>;

    /// Every appeal of a filter that was taken up again or has a promised day, newest 来电时间 first.
    async fn reopened(&self, filter: &CaseFilter) -> StoreResult<Vec<Reopened>>;

    /// The earliest 来电时间.
    async fn first_received(&self) -> StoreResult<Option<Timestamp>>;

    /// Issues a 督办: the order and its line in the audit, in one transaction.
    ///
    /// # Errors
    /// [`super::StoreError::NotFound`] if there is no such ticket.
    async fn add_order(&self, order: &NewOrder, by: &Actor, at: Timestamp) -> StoreResult<Order>;

    /// Closes one, with its line in the audit.
    ///
    /// # Errors
    /// [`super::StoreError::Conflict`] if it is closed, or there is none of that number.
    async fn close_order(&self, id: OrderId, result: &str, by: &Actor, at: Timestamp) -> StoreResult<Order>;

    /// One order.
    async fn order(&self, id: OrderId) -> StoreResult<Option<Order>>;

    /// Orders.
    async fn orders(&self, which: &Orders) -> StoreResult<Vec<Order>>;
}
