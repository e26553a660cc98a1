//! Who sits at the desk, and what of the tickets that person sees. Applied here, below every page and
//! every API call, so that no page can forget it.

use std::sync::Arc;

use crate::{
    domain::{Actor, Fault, FaultKind, Reach, Ticket, TicketId},
    search::{Facet, Query, Term},
    store::{Entry, TicketFilter},
    text::{Normalized, mask},
};

use super::{Desk, documents::region};

/// Digits in a row that are more than the number of a house, a bus or a hotline.
const LONG_NUMBER: usize = 6;

impl Desk {
    /// The same desk with a person at it: everything that it shows is of that person's reach.
    pub fn acting(&self, actor: &Actor) -> Desk {
        Desk { room: self.room.clone(), actor: Some(Arc::new(actor.clone())) }
    }

    /// Who sits at it; the service itself if nobody does.
    pub fn actor(&self) -> Actor {
        self.actor.as_deref().cloned().unwrap_or_else(Actor::system)
    }

    /// Whether the actor's reach is the whole city.
    pub fn sees_all(&self) -> bool {
        self.actor.as_ref().is_none_or(|actor| actor.reach.is_all())
    }

    /// Whether the actor may see personal data of these tickets; if so, that it was read is recorded
    /// before this returns.
    ///
    /// # Errors
    /// The store failed: what cannot be recorded is not shown.
    pub async fn opens(&self, tickets: &[&TicketId]) -> Result<bool, Fault> {
        let Some(actor) = self.actor.as_deref() else { return Ok(false) };
        if !actor.sees_personal_data() || tickets.is_empty() {
            return Ok(actor.sees_personal_data());
        }
        let entry = |id: &&TicketId| Entry { ticket: Some((*id).clone()), ..Entry::new(actor, "read", "") };
        self.record_readings(tickets.iter().map(entry).collect()).await?;
        Ok(true)
    }

    /// Whether a ticket is in the actor's reach.
    pub(super) fn reaches(&self, ticket: &Ticket) -> bool {
        let Some(actor) = self.actor.as_deref().filter(|actor| !actor.reach.is_all()) else { return true };
        let district = region(ticket, &self.city()).0;
        let assisting = &ticket.content.handling.assisting;
        actor.reach.covers(ticket.effective().department.as_deref(), assisting, district.as_deref())
    }

    /// Whether the actor's units only assist (协办) with a ticket of the actor's reach.
    pub fn only_assists(&self, ticket: &Ticket) -> bool {
        self.actor.as_ref().is_some_and(|actor| !actor.reach.leads(ticket.effective().department.as_deref()))
    }

    /// Refuses what is not of those who only assist.
    pub(super) fn led(&self, ticket: &Ticket, what: &str) -> Result<(), Fault> {
        if !self.only_assists(ticket) {
            return Ok(());
        }
        let message = format!("本单位为协办,不能{what},可备注、标注和报到;{what}由主办单位或受理员办理");
        Err(Fault::new(FaultKind::Forbidden, message))
    }

    /// A list's filter within the actor's reach; none if nothing of it is.
    pub(super) fn narrowed(&self, filter: &TicketFilter) -> Option<TicketFilter> {
        let mut filter = filter.clone();
        if let Some(actor) = &self.actor {
            filter.units = actor.reach.departments.clone();
            filter.district = both(&filter.district, &actor.reach.districts)?;
        }
        Some(filter)
    }

    /// Lets a query pass that asks for the appeals of somebody only for those who may know callers, and records
    /// it: masked as its hits are, they are somebody's.
    pub(super) async fn asks_for(&self, query: &Query) -> Result<(), Fault> {
        let Some(actor) = self.actor.as_deref().filter(|_| names_somebody(query)) else { return Ok(()) };
        if !actor.sees_personal_data() {
            return Err(Fault::new(
                FaultKind::Forbidden,
                "按来电人、电话、证件号等个人信息查找需要“查看未脱敏的个人信息”权限,请联系管理员",
            ));
        }
        self.record_readings(vec![Entry::new(actor, "caller_searched", "")]).await
    }

    /// Keeps a query within the actor's reach; whether anything of it is.
    pub(super) fn narrow(&self, query: &mut Query) -> bool {
        self.actor.as_ref().is_none_or(|actor| narrow(query, &actor.reach))
    }
}

/// Whether a query asks whose appeals they are: by the field, or by words that are personal data. Hits of
/// covered characters would tell that the guess was right.
pub(super) fn names_somebody(query: &Query) -> bool {
    let by_field = [&query.filters, &query.excluded].iter().any(|side| side.contains_key(&Facet::Caller));
    let terms = query.wanted.groups.iter().flatten().chain(&query.wanted.not);
    by_field
        || terms.into_iter().any(|term| match term {
            Term::Words(typed) | Term::Phrase(typed) => !mask(typed).spans.is_empty() || has_long_number(typed),
        })
}

/// A piece of a telephone or identity number, by which one could be found out piece by piece. Numbers of
/// tickets have a letter or a hyphen beside their digits or begin with a day, as nobody's telephone does.
fn has_long_number(typed: &str) -> bool {
    let typed = Normalized::of(typed);
    let parts = typed.text().split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    parts.into_iter().any(|part| {
        let month = part.get(4..6).and_then(|month| month.parse::<u8>().ok());
        let day = part.starts_with("20") && part.len() >= 8 && month.is_some_and(|month| (1..=12).contains(&month));
        part.len() >= LONG_NUMBER && part.chars().all(|c| c.is_ascii_digit()) && !day
    })
}

/// Keeps a query within a reach; whether anything of it is.
pub(super) fn narrow(query: &mut Query, reach: &Reach) -> bool {
    query.units.clone_from(&reach.departments);
    if !reach.districts.is_empty() {
        let asked = query.filters.remove(&Facet::District).unwrap_or_default();
        let Some(left) = both(&asked, &reach.districts) else { return false };
        query.filters.insert(Facet::District, left);
    }
    true
}

/// The values asked for that are one's own; an empty list asks for, or owns, all. None if none is left.
pub(super) fn both(asked: &[String], own: &[String]) -> Option<Vec<String>> {
    if own.is_empty() {
        return Some(asked.to_vec());
    }
    if asked.is_empty() {
        return Some(own.to_vec());
    }
    let left: Vec<String> = asked.iter().filter(|value| own.contains(value)).cloned().collect();
    (!left.is_empty()).then_some(left)
}
