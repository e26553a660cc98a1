//! How an open ticket stands for whoever has to see to it: what the list of tickets offers as one click.

use std::str::FromStr;

use super::Fault;

/// A group of open tickets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// 临期: a fifth of the time or less is left.
    Soon,
    /// 超期
    Over,
    /// 本月未联系
    Uncontacted,
    /// 被督办: an order on it is open.
    Ordered,
    /// 我经办
    Mine,
    /// 协办: the own units assist; of a person with the whole city, any unit does.
    Assisting,
}

impl Standing {
    /// All of them.
    pub const ALL: [Standing; 6] =
        [Standing::Soon, Standing::Over, Standing::Uncontacted, Standing::Ordered, Standing::Mine, Standing::Assisting];

    /// Stable word.
    pub fn code(self) -> &'static str {
        match self {
            Standing::Soon => "soon",
            Standing::Over => "over",
            Standing::Uncontacted => "uncontacted",
            Standing::Ordered => "ordered",
            Standing::Mine => "mine",
            Standing::Assisting => "assisting",
        }
    }

    /// In Chinese.
    pub fn label(self) -> &'static str {
        match self {
            Standing::Soon => "临期",
            Standing::Over => "超期",
            Standing::Uncontacted => "本月未联系",
            Standing::Ordered => "被督办",
            Standing::Mine => "我经办",
            Standing::Assisting => "协办",
        }
    }
}

impl FromStr for Standing {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        let known = || Standing::ALL.map(Standing::code).join(" ");
        let found = Standing::ALL.into_iter().find(|standing| standing.code() == text);
        found.ok_or_else(|| Fault::invalid(format!("`view` is one of {}", known())).at("view"))
    }
}
