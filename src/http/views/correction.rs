//! Corrections of events and parent tickets on the wire.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    desk::{Corrected, EventHint},
    domain::{Amendment, Correction, Parent, format_city},
    http::views::seen,
    text::mask,
};

/// Another title.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RenameInput {
    /// The title, at most 60 characters; personal data in it is masked.
    pub title: String,
    /// Why.
    pub reason: String,
}

/// Events that go into this one.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MergeInput {
    /// Their ids.
    pub with: Vec<String>,
    /// Why.
    pub reason: String,
}

/// Tickets that become an event of their own.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SplitInput {
    /// Their ids; neither none nor all of the event.
    pub tickets: Vec<String>,
    /// Why.
    pub reason: String,
}

/// One ticket that belongs to another event.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MoveInput {
    /// The ticket.
    pub ticket: String,
    /// Id of the event that it belongs to.
    pub to: String,
    /// Why.
    pub reason: String,
}

/// Tickets that are not of this event.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExcludeInput {
    /// Their ids.
    pub tickets: Vec<String>,
    /// Of no event at all, now and later.
    #[serde(default)]
    pub never: bool,
    /// Why.
    pub reason: String,
}

/// What is kept of an event.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PinInput {
    /// Its title of now.
    #[serde(default)]
    pub title: bool,
    /// Its tickets of now: they stay together, however old they get.
    #[serde(default)]
    pub keep: bool,
    /// Why.
    pub reason: String,
}

/// Why something is taken back.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UndoInput {
    /// Why.
    pub reason: String,
}

/// One reply for all tickets of a parent.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ParentReplyInput {
    /// The text, at most 2,000 characters.
    pub text: String,
}

/// What was kept.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CorrectedView {
    /// Numbers of the acts: for taking back.
    pub ids: Vec<i64>,
    /// The event to look at now.
    pub event: String,
    /// Whether it shows already; otherwise it will in a moment.
    pub shown: bool,
}

/// An act.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CorrectionView {
    /// Its number.
    pub id: i64,
    /// rename merge split move exclude pin
    pub act: String,
    /// When.
    pub at: String,
    /// Account name.
    pub by: String,
    /// Why.
    pub reason: String,
    /// Events that it spoke of, that which stays first.
    pub events: Vec<String>,
    /// Tickets that it spoke of.
    pub tickets: Vec<String>,
    /// The title that it gave.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// When it was taken back, by whom, why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undone: Option<UndoneView>,
}

/// That it was taken back.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct UndoneView {
    /// When.
    pub at: String,
    /// Account name.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// Acts, newest first.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CorrectionList {
    /// The acts.
    pub corrections: Vec<CorrectionView>,
}

/// 母单
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ParentView {
    /// Its number.
    pub id: i64,
    /// The ticket.
    pub ticket: String,
    /// When the rule spoke.
    pub at: String,
    /// What the rule saw.
    pub reason: String,
    /// Tickets attached to it.
    pub children: Vec<String>,
    /// One reply for all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply: Option<String>,
    /// Who attached the reply.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replied_by: Option<String>,
}

/// The event that a ticket is in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct EventHintView {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its tickets, this one too.
    pub tickets: usize,
    /// Its callers.
    pub callers: usize,
}

impl From<Corrected> for CorrectedView {
    fn from(done: Corrected) -> Self {
        Self { ids: done.ids, event: done.event, shown: false }
    }
}

impl CorrectionView {
    /// Of one act. What people wrote is masked: it is shown beside the whole city.
    pub fn of(correction: &Correction) -> Self {
        let title = match &correction.act {
            Amendment::Rename { title, .. } => Some(seen(title, false)),
            Amendment::Pin { title, .. } => title.as_deref().map(|title| seen(title, false)),
            _ => None,
        };
        let undone = correction.undone.as_ref().map(|u| UndoneView {
            at: format_city(u.at),
            by: u.by.clone(),
            reason: seen(&u.reason, false),
        });
        Self {
            id: correction.id,
            act: correction.act.code().to_owned(),
            at: format_city(correction.at),
            by: correction.actor.name.clone(),
            reason: seen(&correction.reason, false),
            events: correction.act.events().into_iter().map(str::to_owned).collect(),
            tickets: correction.act.tickets().into_iter().map(str::to_owned).collect(),
            title,
            undone,
        }
    }
}

impl ParentView {
    /// Of one parent.
    pub fn of(parent: &Parent) -> Self {
        Self {
            id: parent.id,
            ticket: parent.ticket.clone(),
            at: format_city(parent.at),
            reason: seen(&parent.reason, false),
            children: parent.children.iter().map(|(t, _)| t.clone()).collect(),
            reply: parent.reply.as_ref().map(|(text, ..)| seen(text, false)),
            replied_by: parent.reply.as_ref().map(|(_, by, _)| by.clone()),
        }
    }
}

impl EventHintView {
    /// Of one event, its title masked.
    pub fn of(hint: &EventHint) -> Self {
        Self { id: hint.id.clone(), title: mask(&hint.title).text, tickets: hint.tickets, callers: hint.callers }
    }
}
