//! How far a label is to be trusted, and where each label of a ticket comes from.

use std::str::FromStr;

use serde::Serialize;

use crate::domain::{Decision, Fault, Labels, Role, Status, Ticket};

/// Whose word counts. Each level includes those before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Trust {
    /// Labels that a person of this system decided or confirmed.
    Decided,
    /// Labels that came with a ticket that is closed as well.
    #[default]
    Closed,
    /// Labels that came with a ticket that is still under way as well.
    Open,
}

impl Trust {
    /// All levels, the surest first.
    pub const ALL: [Trust; 3] = [Trust::Decided, Trust::Closed, Trust::Open];

    /// The word for it on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Trust::Decided => "decided",
            Trust::Closed => "closed",
            Trust::Open => "open",
        }
    }
}

impl FromStr for Trust {
    type Err = Fault;

    fn from_str(word: &str) -> Result<Self, Fault> {
        let known = || Trust::ALL.map(Trust::word).join(" ");
        Trust::ALL
            .into_iter()
            .find(|trust| trust.word() == word)
            .ok_or_else(|| Fault::invalid(format!("unknown trust `{word}`: one of {}", known())))
    }
}

/// Words by which source systems say that a ticket was taken back or is none: in the status column, or
/// in a column of its own. Such a column is no field of ours, so an import keeps it in `extra`.
const GONE: [&str; 14] = [
    "撤单",
    "已撤单",
    "撤销",
    "已撤销",
    "撤回",
    "已撤回",
    "作废",
    "已作废",
    "无效",
    "无效工单",
    "无效诉求",
    "误报",
    "已删除",
    "骚扰电话",
];

/// Whether the ticket was taken back, or is marked as none.
pub(super) fn is_gone(ticket: &Ticket) -> bool {
    ticket.content.extra.iter().any(|(column, value)| {
        let (column, value) = (column.trim(), value.trim());
        let yes = matches!(value, "是" | "1" | "true" | "Y" | "y");
        let no = matches!(value, "否" | "0" | "false" | "N" | "n");
        GONE.contains(&value)
            || (yes && ["撤单", "作废", "无效"].iter().any(|word| column.contains(word)))
            || (no && column.contains("有效") && !column.contains("无效") && !column.contains("回访"))
    })
}

/// Whether the ticket was handled to its end.
pub(super) fn is_closed(status: Status) -> bool {
    matches!(status, Status::Replied | Status::Revisited | Status::Archived)
}

/// The labels of a ticket that persons decided, the newest decision of each label.
pub(super) fn decided(decisions: &[Decision]) -> Labels {
    let by_people = decisions.iter().filter(|d| d.actor.role != Role::System);
    by_people.fold(Labels::default(), |older, d| d.labels.clone().or(older))
}

/// What came with the ticket: its labels less those that a decision set, of a person or of software.
pub(super) fn came(ticket: &Ticket, decisions: &[Decision]) -> Labels {
    let mut labels = ticket.labels.clone();
    for set in decisions.iter().map(|d| &d.labels) {
        labels.appeal_type = labels.appeal_type.filter(|_| set.appeal_type.is_none());
        labels.category = labels.category.filter(|_| set.category.is_none());
        labels.department = labels.department.filter(|_| set.department.is_none());
        labels.urgency = labels.urgency.filter(|_| set.urgency.is_none());
        labels.flags = labels.flags.filter(|_| set.flags.is_none());
    }
    labels
}
