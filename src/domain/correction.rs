//! What people correct about events, and the parent ticket of a surge. Acts refer to tickets, which stay, and not
//! to events, which are derived and change; an event's id stands beside them only as the name to keep.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Actor;

/// What a person did to events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum Amendment {
    /// 更名: the event that holds most of these tickets has this title.
    Rename {
        /// Id of the event then.
        event: String,
        /// Its tickets then.
        tickets: Vec<String>,
        /// The title.
        title: String,
    },
    /// 合并: the tickets of all parts are one event.
    Merge {
        /// Id that stays.
        into: String,
        /// Events then, that which stays first, each with its tickets.
        parts: Vec<(String, Vec<String>)>,
    },
    /// 拆分: two events.
    Split {
        /// Id that stays with [`Amendment::Split::stay`].
        event: String,
        /// Tickets that stay.
        stay: Vec<String>,
        /// Id of the other part.
        name: String,
        /// Tickets that go.
        go: Vec<String>,
    },
    /// 移动: one ticket belongs to another event.
    Move {
        /// The ticket.
        ticket: String,
        /// The event that it was in, if it was in one.
        from: Option<String>,
        /// The other tickets of that event then.
        rest: Vec<String>,
        /// The event that it belongs to.
        to: String,
        /// The tickets of that event then.
        with: Vec<String>,
    },
    /// 剔除: a ticket is not of this event, or of no event at all.
    Exclude {
        /// The ticket.
        ticket: String,
        /// The event that it was in, if it was in one.
        from: Option<String>,
        /// The other tickets of that event then.
        rest: Vec<String>,
        /// Of no event at all.
        never: bool,
    },
    /// 固定: the event is kept as it is, with its title; later tickets may join.
    Pin {
        /// Id of the event then.
        event: String,
        /// Its tickets then.
        tickets: Vec<String>,
        /// Title that is kept; none leaves it open.
        title: Option<String>,
        /// Whether its tickets stay together.
        keep: bool,
    },
}

impl Amendment {
    /// Stable word.
    pub fn code(&self) -> &'static str {
        match self {
            Amendment::Rename { .. } => "rename",
            Amendment::Merge { .. } => "merge",
            Amendment::Split { .. } => "split",
            Amendment::Move { .. } => "move",
            Amendment::Exclude { .. } => "exclude",
            Amendment::Pin { .. } => "pin",
        }
    }

    /// The act in Chinese.
    pub fn label(&self) -> &'static str {
        match self {
            Amendment::Rename { .. } => "更名",
            Amendment::Merge { .. } => "合并",
            Amendment::Split { .. } => "拆分",
            Amendment::Move { .. } => "移动",
            Amendment::Exclude { .. } => "剔除",
            Amendment::Pin { .. } => "固定",
        }
    }

    /// Ids of the events that it speaks of, that which stays first.
    pub fn events(&self) -> Vec<&str> {
        match self {
            Amendment::Rename { event, .. } | Amendment::Pin { event, .. } => vec![event],
            Amendment::Merge { parts, .. } => parts.iter().map(|(id, _)| id.as_str()).collect(),
            Amendment::Split { event, name, .. } => vec![event, name],
            Amendment::Move { from, to, .. } => std::iter::once(to.as_str()).chain(from.as_deref()).collect(),
            Amendment::Exclude { from, .. } => from.as_deref().into_iter().collect(),
        }
    }

    /// All tickets that it names.
    pub fn tickets(&self) -> Vec<&str> {
        fn of(list: &[String]) -> Vec<&str> {
            list.iter().map(String::as_str).collect()
        }
        match self {
            Amendment::Rename { tickets, .. } | Amendment::Pin { tickets, .. } => of(tickets),
            Amendment::Merge { parts, .. } => parts.iter().flat_map(|(_, t)| t).map(String::as_str).collect(),
            Amendment::Split { stay, go, .. } => [of(stay), of(go)].concat(),
            Amendment::Move { ticket, rest, with, .. } => [vec![ticket.as_str()], of(rest), of(with)].concat(),
            Amendment::Exclude { ticket, rest, .. } => [vec![ticket.as_str()], of(rest)].concat(),
        }
    }

    /// Pairs of tickets about which it says that they are (or are not) one event, at most `most`.
    pub fn pairs(&self, most: usize) -> Vec<(&str, &str, bool)> {
        let mut pairs = Vec::new();
        match self {
            Amendment::Rename { .. } | Amendment::Pin { .. } => {}
            Amendment::Merge { parts, .. } => {
                for (at, (_, one)) in parts.iter().enumerate() {
                    for (_, other) in parts.iter().skip(at + 1) {
                        cross(one, other, true, &mut pairs);
                    }
                }
            }
            Amendment::Split { stay, go, .. } => cross(stay, go, false, &mut pairs),
            Amendment::Move { ticket, rest, with, .. } => {
                let own = std::slice::from_ref(ticket);
                cross(own, with, true, &mut pairs);
                cross(own, rest, false, &mut pairs);
            }
            Amendment::Exclude { ticket, rest, .. } => cross(std::slice::from_ref(ticket), rest, false, &mut pairs),
        }
        pairs.truncate(most);
        pairs
    }
}

fn cross<'a>(one: &'a [String], other: &'a [String], same: bool, pairs: &mut Vec<(&'a str, &'a str, bool)>) {
    pairs.extend(one.iter().flat_map(|a| other.iter().map(move |b| (a.as_str(), b.as_str(), same))));
}

/// Somebody took something back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undone {
    /// When.
    pub at: Timestamp,
    /// Account name.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// An act as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Correction {
    /// Number, rising.
    pub id: i64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// Why.
    pub reason: String,
    /// What.
    pub act: Amendment,
    /// Whether it was taken back.
    pub undone: Option<Undone>,
}

/// 母单: the ticket of a surging event to which the later ones are attached. It dispatches nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parent {
    /// Number, rising.
    pub id: i64,
    /// The ticket.
    pub ticket: String,
    /// Id of the event then.
    pub event: String,
    /// When the rule spoke.
    pub at: Timestamp,
    /// What the rule saw, in Chinese.
    pub reason: String,
    /// Tickets attached to it, with the time of each.
    pub children: Vec<(String, Timestamp)>,
    /// 统一答复: text, who attached it, when.
    pub reply: Option<(String, String, Timestamp)>,
    /// Whether a person took it back.
    pub undone: Option<Undone>,
}

/// An event as a pass found it by itself, before corrections: what the next pass goes on from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenEvent {
    /// Its id, which stays.
    pub id: String,
    /// Its title, which stays unless the event moves.
    pub title: String,
    /// Its appeals, by time.
    pub tickets: Vec<String>,
}

/// A line of lineage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventTurn {
    /// When it was seen.
    pub at: Timestamp,
    /// Id of the event.
    pub event: String,
    /// born grew split merged ended
    pub fate: String,
    /// The other event, of which it came out or into which it went.
    pub other: Option<String>,
    /// By how many appeals it grew.
    pub grown: Option<u64>,
}
