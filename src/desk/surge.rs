//! 母单: an event that comes in faster than five times what is usual gets a parent ticket, its first, to which the
//! others are attached. By rule, with what the rule saw; durable and audited; a person takes it back or attaches one
//! reply for all. Nothing is dispatched, and no ticket's handling changes.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use crate::{
    domain::{Actor, Fault, Parent, Right},
    insight::Surge,
    store::StoreError,
};

use super::{Desk, Hot, correct::reasoned};

/// A surge longer ago than this opens no parent any more: nobody works on it in a hurry.
const FRESH: SignedDuration = SignedDuration::from_hours(24);

/// Characters of a reply at most.
const LONGEST_REPLY: usize = 2_000;

impl Desk {
    /// Opens parents where the rule says so, and attaches and detaches tickets as the events are now.
    pub(super) async fn follow_surges(&self) -> Result<(), Fault> {
        let Some(hot) = self.hot() else { return Ok(()) };
        let (store, actor, now) = (self.room.store.events(), Actor::system(), self.now());
        let mut changed = false;
        for event in &hot.findings.events {
            // one that a person took back counts too: it is not opened again
            let known = |p: &Parent| {
                event.tickets.contains(&p.ticket) || hot.event_of_parent(p).is_some_and(|e| e.id == event.id)
            };
            if hot.parents.iter().any(known) || !is_fresh(event.surge, now) {
                continue;
            }
            let (Some(surge), Some(first)) = (event.surge, event.tickets.first()) else { continue };
            store.open_parent(first, &event.id, &seen(surge), &actor, now).await?;
            metrics::counter!("tingsu_parents_opened_total").increment(1);
            changed = true;
        }
        let parents = if changed { store.parents().await? } else { hot.parents.clone() };
        for parent in parents.iter().filter(|p| p.undone.is_none()) {
            let Some(event) = hot.event_of_parent(parent) else { continue };
            let first = |p: &&Parent| p.undone.is_none() && hot.event_of_parent(p).is_some_and(|e| e.id == event.id);
            if parents.iter().find(first).map(|p| p.id) != Some(parent.id) {
                continue;
            }
            let held: BTreeSet<&str> = parent.children.iter().map(|(t, _)| t.as_str()).collect();
            let own = |t: &&String| **t != parent.ticket && !held.contains(t.as_str());
            let add: Vec<String> = event.tickets.iter().filter(own).cloned().collect();
            let now_in: BTreeSet<&str> = event.tickets.iter().map(String::as_str).collect();
            let elsewhere = |t: &str| hot.event_of(t).is_some() || hot.findings.alone.iter().any(|a| a.ticket == t);
            let gone = held.iter().filter(|t| !now_in.contains(*t) && elsewhere(t));
            let remove: Vec<String> = gone.map(|t| (*t).to_owned()).collect();
            if !(add.is_empty() && remove.is_empty()) {
                match store.attach(parent.id, &add, &remove, &actor, now).await {
                    // a person took it back meanwhile: read again, it is over
                    Ok(()) | Err(StoreError::Refused(_)) => changed = true,
                    Err(error) => return Err(error.into()),
                }
            }
        }
        if changed {
            self.reread_parents().await?;
        }
        Ok(())
    }

    /// Shows the parents as the store has them. One at a time: what was read first is never shown last.
    pub(super) async fn reread_parents(&self) -> Result<(), Fault> {
        let _turn = self.room.parents.lock().await;
        let parents = self.room.store.events().parents().await?;
        self.show(|now| Hot { parents: parents.clone(), ..now.with(now.findings.clone(), now.joined) });
        Ok(())
    }

    /// Attaches one reply to all tickets of a parent. It is shown beside them; nothing is sent.
    ///
    /// # Errors
    /// No right, an empty or too long text, no such parent in force, or the store failed.
    pub async fn reply_parent(&self, actor: &Actor, parent: i64, text: &str) -> Result<(), Fault> {
        actor.needs(Right::Correct)?;
        let text = text.trim();
        if text.is_empty() || text.chars().count() > LONGEST_REPLY {
            return Err(Fault::invalid(format!("统一答复须有内容,且不超过 {LONGEST_REPLY} 字")).at("text"));
        }
        self.room.store.events().reply_parent(parent, text, actor, self.now()).await?;
        self.reread_parents().await
    }

    /// Takes a parent back.
    ///
    /// # Errors
    /// No right, no reason, no such parent in force, or the store failed.
    pub async fn undo_parent(&self, actor: &Actor, parent: i64, reason: &str) -> Result<(), Fault> {
        actor.needs(Right::Correct)?;
        let reason = reasoned(reason)?;
        self.room.store.events().undo_parent(parent, &reason, actor, self.now()).await?;
        self.reread_parents().await
    }
}

fn is_fresh(surge: Option<Surge>, now: Timestamp) -> bool {
    let at = surge.and_then(|s| Timestamp::from_second((s.hours * 3600.0).round() as i64).ok());
    at.is_some_and(|at| now.duration_since(at) <= FRESH)
}

/// What the rule saw, in words.
fn seen(surge: Surge) -> String {
    format!("十分钟内 {} 人反映同一事件,平常 {:.2} 件,超过五倍", surge.callers, surge.expected)
}
