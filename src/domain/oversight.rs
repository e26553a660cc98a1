//! 督办 and the colours of 行政问效: what is late, how late, and who was told to settle it.

use jiff::Timestamp;

use super::TicketId;

/// Number of a 督办.
pub type OrderId = i64;

/// 督办: a unit is told to settle a ticket by a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Its number.
    pub id: OrderId,
    /// Which ticket.
    pub ticket: TicketId,
    /// Who has to act.
    pub department: String,
    /// Why.
    pub reason: String,
    /// By when.
    pub due_at: Timestamp,
    /// Account that issued it.
    pub issued_by: String,
    /// When.
    pub issued_at: Timestamp,
    /// How it ended; none while it is open.
    pub closed: Option<OrderEnd>,
}

/// How a 督办 ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderEnd {
    /// Account that closed it.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// What came of it.
    pub result: String,
}

/// 黄 橙 红, in the order of severity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Light {
    /// 黄
    Yellow,
    /// 橙
    Orange,
    /// 红
    Red,
}

impl Light {
    /// Worst first.
    pub const ALL: [Light; 3] = [Light::Red, Light::Orange, Light::Yellow];

    /// Stable word.
    pub fn code(self) -> &'static str {
        match self {
            Light::Yellow => "yellow",
            Light::Orange => "orange",
            Light::Red => "red",
        }
    }

    /// The field's word for it.
    pub fn label(self) -> &'static str {
        match self {
            Light::Yellow => "黄",
            Light::Orange => "橙",
            Light::Red => "红",
        }
    }
}

/// Why an open ticket has a colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Late {
    /// A fifth of the time or less is left.
    Soon,
    /// More than half of the time to sign is over.
    Unsigned,
    /// The time to sign is over.
    SignOver,
    /// Taken up again, and no contact yet in the month that runs.
    Uncontacted,
    /// The promised day is today or over.
    Promised,
    /// Over the deadline by a day at most.
    Over,
    /// A unit that was called has not reported in by its time.
    Unreported,
    /// Sent back twice or more.
    Returned,
    /// Over the deadline by more than a day.
    LongOver,
    /// A clock of a U1 or U2 ran out.
    UrgentMissed,
    /// Told three times or more.
    Repeated,
}

impl Late {
    /// All, the worst last.
    pub const ALL: [Late; 11] = [
        Late::Soon,
        Late::Unsigned,
        Late::SignOver,
        Late::Uncontacted,
        Late::Promised,
        Late::Over,
        Late::Unreported,
        Late::Returned,
        Late::LongOver,
        Late::UrgentMissed,
        Late::Repeated,
    ];

    /// Stable word.
    pub fn code(self) -> &'static str {
        match self {
            Late::Soon => "soon",
            Late::Unsigned => "unsigned",
            Late::SignOver => "sign_over",
            Late::Uncontacted => "uncontacted",
            Late::Promised => "promised",
            Late::Over => "over",
            Late::Unreported => "unreported",
            Late::Returned => "returned",
            Late::LongOver => "long_over",
            Late::UrgentMissed => "urgent_missed",
            Late::Repeated => "repeated",
        }
    }

    /// The field's words for it.
    pub fn label(self) -> &'static str {
        match self {
            Late::Soon => "临期",
            Late::Unsigned => "签收将超时",
            Late::SignOver => "超时未签收",
            Late::Uncontacted => "本月未联系",
            Late::Promised => "承诺到期",
            Late::Over => "超期一日内",
            Late::Unreported => "未按时报到",
            Late::Returned => "二次退单",
            Late::LongOver => "超期逾一日",
            Late::UrgentMissed => "急件超时",
            Late::Repeated => "三次重复",
        }
    }

    /// Its colour.
    pub fn light(self) -> Light {
        match self {
            Late::Soon | Late::Unsigned | Late::SignOver | Late::Uncontacted | Late::Promised => Light::Yellow,
            Late::Over | Late::Unreported | Late::Returned => Light::Orange,
            Late::LongOver | Late::UrgentMissed | Late::Repeated => Light::Red,
        }
    }
}
