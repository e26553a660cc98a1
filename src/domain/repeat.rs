//! 重复, as people set it right after intake: the original says what was known then, and never changes.

use serde::{Deserialize, Serialize};

use super::{NewTicket, TicketId};

/// What a person said last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Repeat {
    /// It repeats this one.
    Of(TicketId),
    /// It repeats none.
    No,
}

impl NewTicket {
    /// 重复于: the earlier ticket that it repeats, as a person said last, else as it came in.
    pub fn repeats(&self) -> Option<&TicketId> {
        match &self.handling.repeat {
            Some(Repeat::Of(earlier)) => Some(earlier),
            Some(Repeat::No) => None,
            None => self.repeat_of.as_ref(),
        }
    }
}

/// What is kept of a mark that changes something.
pub(super) fn mark(own: &TicketId, now: Option<&TicketId>, of: Option<&TicketId>) -> Result<Repeat, String> {
    match of {
        Some(of) if of == own => Err("工单不能重复于自己".into()),
        Some(of) if now == Some(of) => Err(format!("工单已标为重复于 {of}")),
        None if now.is_none() => Err("工单没有标为重复".into()),
        Some(of) => Ok(Repeat::Of(of.clone())),
        None => Ok(Repeat::No),
    }
}
