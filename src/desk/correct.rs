//! People correct events: rename, merge, split, move, exclude, pin, and take back. What is kept is an act that refers
//! to tickets ([`Amendment`]); the follower lays the acts in force over the picture.

use std::{collections::BTreeSet, time::Duration};

use tracing::info;

use crate::{
    domain::{Actor, Amendment, Correction, Fault, FaultKind, Right},
    insight::Event,
    text::mask,
};

use super::{Desk, Hot};

/// Characters of a title at most.
const LONGEST_TITLE: usize = 60;
/// Characters of a reason at most.
const LONGEST_REASON: usize = 500;
/// How often it is looked whether an act shows.
const LOOK: Duration = Duration::from_millis(20);

/// What a person wants corrected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CorrectionAsk {
    /// Another title.
    Rename(String),
    /// These events go into it.
    Merge(Vec<String>),
    /// These of its tickets become an event of their own.
    Split(Vec<String>),
    /// A ticket belongs to another event.
    Move {
        /// The ticket.
        ticket: String,
        /// The other event.
        to: String,
    },
    /// Tickets that are not of it; or of no event at all.
    Exclude {
        /// The tickets.
        tickets: Vec<String>,
        /// Of no event at all.
        never: bool,
    },
    /// It is kept.
    Pin {
        /// With its title of now.
        title: bool,
        /// With its tickets of now.
        keep: bool,
    },
}

/// What was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Corrected {
    /// Numbers of the acts.
    pub ids: Vec<i64>,
    /// The event to look at now.
    pub event: String,
}

impl Desk {
    /// Corrects an event; `-` stands for no event (to move or exclude a ticket that is alone). Durable when it
    /// returns; it shows as soon as the follower has seen it ([`Desk::settled`]).
    ///
    /// # Errors
    /// No right, no reason, an event or a ticket that is not there now, or the store failed.
    pub async fn correct(
        &self,
        actor: &Actor,
        event: &str,
        ask: CorrectionAsk,
        reason: &str,
    ) -> Result<Corrected, Fault> {
        actor.needs(Right::Correct)?;
        let reason = reasoned(reason)?;
        let hot = self.hot().ok_or_else(|| Fault::not_found("正在归并,稍候再试"))?;
        let (acts, shown) = acts(&hot, event, ask)?;
        let ids = self.room.store.events().correct_all(&acts, &reason, actor, self.now()).await?;
        self.room.changed.notify_waiters();
        metrics::counter!("tingsu_event_corrections_total").increment(ids.len() as u64);
        info!(?ids, event = shown, "event corrected");
        Ok(Corrected { ids, event: shown })
    }

    /// Takes an act back.
    ///
    /// # Errors
    /// No right, no reason, no such act in force, or the store failed.
    pub async fn undo_correction(&self, actor: &Actor, id: i64, reason: &str) -> Result<Correction, Fault> {
        actor.needs(Right::Correct)?;
        let reason = reasoned(reason)?;
        let undone = self.room.store.events().undo_correction(id, &reason, actor, self.now()).await?;
        self.room.changed.notify_waiters();
        info!(id, "event correction taken back");
        Ok(undone)
    }

    /// Acts, newest first: those in force, or all.
    ///
    /// # Errors
    /// The store failed.
    pub async fn corrections(&self, all: bool) -> Result<Vec<Correction>, Fault> {
        let mut acts = self.room.store.events().corrections(all).await?;
        acts.reverse();
        Ok(acts)
    }

    /// Waits until what is shown is as the store's corrections say, at most for `patience`; whether it is.
    ///
    /// # Errors
    /// The store failed.
    pub async fn settled(&self, patience: Duration) -> Result<bool, Fault> {
        let wanted = self.room.store.events().corrections_revision().await?;
        let started = tokio::time::Instant::now();
        while self.hot().is_none_or(|hot| hot.revision < wanted) {
            if started.elapsed() >= patience {
                return Ok(false);
            }
            tokio::time::sleep(LOOK).await;
        }
        Ok(true)
    }
}

/// A reason that says something.
pub(super) fn reasoned(reason: &str) -> Result<String, Fault> {
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(Fault::invalid("请写明理由").at("reason"));
    }
    if reason.chars().count() > LONGEST_REASON {
        return Err(Fault::new(FaultKind::TooLarge, format!("理由最多 {LONGEST_REASON} 字")).at("reason"));
    }
    Ok(reason.to_owned())
}

fn found<'h>(hot: &'h Hot, id: &str) -> Result<&'h Event, Fault> {
    hot.event(id).ok_or_else(|| Fault::not_found(format!("现在没有事件 {id}:可能已经结束,或并入了别的事件")))
}

/// The acts of an ask on what is shown, and the event to look at afterwards.
fn acts(hot: &Hot, event: &str, ask: CorrectionAsk) -> Result<(Vec<Amendment>, String), Fault> {
    let own = || found(hot, event);
    match ask {
        CorrectionAsk::Rename(title) => {
            let title: String = mask(title.trim()).text;
            if title.is_empty() || title.chars().count() > LONGEST_TITLE {
                return Err(Fault::invalid(format!("标题须有内容,且不超过 {LONGEST_TITLE} 字")).at("title"));
            }
            let e = own()?;
            Ok((vec![Amendment::Rename { event: e.id.clone(), tickets: e.tickets.clone(), title }], e.id.clone()))
        }
        CorrectionAsk::Merge(others) => {
            let e = own()?;
            let others: BTreeSet<&String> = others.iter().filter(|o| **o != e.id).collect();
            if others.is_empty() {
                return Err(Fault::invalid("请选择要并入的事件").at("with"));
            }
            let mut parts = vec![(e.id.clone(), e.tickets.clone())];
            for other in others {
                let other = found(hot, other).map_err(|f| f.at("with"))?;
                parts.push((other.id.clone(), other.tickets.clone()));
            }
            Ok((vec![Amendment::Merge { into: e.id.clone(), parts }], e.id.clone()))
        }
        CorrectionAsk::Split(tickets) => split(hot, own()?, &tickets),
        CorrectionAsk::Move { ticket, to } => {
            let to = found(hot, &to).map_err(|f| f.at("to"))?;
            let (from, rest) = place(hot, event, &ticket)?;
            if to.tickets.contains(&ticket) {
                return Err(Fault::invalid("这件工单已在该事件中").at("to"));
            }
            let act = Amendment::Move { ticket, from, rest, to: to.id.clone(), with: to.tickets.clone() };
            Ok((vec![act], to.id.clone()))
        }
        CorrectionAsk::Exclude { tickets, never } => {
            if tickets.is_empty() {
                return Err(Fault::invalid("请选择工单").at("tickets"));
            }
            let mut acts = Vec::new();
            let tickets: BTreeSet<String> = tickets.into_iter().collect();
            for ticket in &tickets {
                let (from, mut rest) = place(hot, event, ticket)?;
                // those that go together may well be one event
                rest.retain(|t| !tickets.contains(t));
                acts.push(Amendment::Exclude { ticket: ticket.clone(), from, rest, never });
            }
            Ok((acts, event.to_owned()))
        }
        CorrectionAsk::Pin { title, keep } => {
            let e = own()?;
            if !title && !keep {
                return Err(Fault::invalid("请选择固定标题或固定事件").at("keep"));
            }
            let title = title.then(|| mask(&e.portrait.title).text);
            Ok((vec![Amendment::Pin { event: e.id.clone(), tickets: e.tickets.clone(), title, keep }], e.id.clone()))
        }
    }
}

fn split(hot: &Hot, event: &Event, tickets: &[String]) -> Result<(Vec<Amendment>, String), Fault> {
    let wanted: BTreeSet<&String> = tickets.iter().collect();
    let (go, stay): (Vec<String>, Vec<String>) = event.tickets.iter().cloned().partition(|t| wanted.contains(t));
    if go.len() != wanted.len() {
        return Err(Fault::invalid("选中的工单不都在这个事件中").at("tickets"));
    }
    let (Some(first), false) = (go.first(), stay.is_empty()) else {
        return Err(Fault::invalid("请选择一部分工单:不能一件不选,也不能全选").at("tickets"));
    };
    let taken = |id: &str| hot.event(id).is_some() || hot.turns.iter().any(|t| t.event == id);
    let stem = format!("E-{first}");
    let name = (1..).map(|n| if n == 1 { stem.clone() } else { format!("{stem}-{n}") }).find(|id| !taken(id));
    let name = name.unwrap_or(stem);
    Ok((vec![Amendment::Split { event: event.id.clone(), stay, name, go }], event.id.clone()))
}

/// The event that a ticket is in, and the other tickets there.
fn place(hot: &Hot, event: &str, ticket: &str) -> Result<(Option<String>, Vec<String>), Fault> {
    let there = hot.event_of(ticket);
    let said = there.map_or("-", |e| e.id.as_str());
    let known = there.is_some() || hot.findings.alone.iter().any(|a| a.ticket == ticket);
    if said != event || !known {
        return Err(Fault::invalid(format!("工单 {ticket} 不在这个事件中")).at("tickets"));
    }
    let rest = there.map(|e| e.tickets.iter().filter(|t| *t != ticket).cloned().collect());
    Ok((there.map(|e| e.id.clone()), rest.unwrap_or_default()))
}
