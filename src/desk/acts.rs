//! What people do with tickets after they came in, one ticket or a selection.

use tracing::info;

use crate::{
    domain::{Act, Actor, Decision, Deed, Fault, FaultKind, KeptList, Labels, Right, Ticket, TicketId, city_date},
    store::StoreError,
};

use super::Desk;

/// Tickets of one act at most.
const MOST: usize = 500;
/// Characters of a kept list's name, and of its query.
const LONGEST: (usize, usize) = (40, 2_000);

/// What became of an act on one ticket of several.
pub type Acted = (TicketId, Result<Ticket, Fault>);

impl Desk {
    /// Does the same with several tickets; each has its own answer. What is out of reach or refused by the
    /// workflow concerns its own ticket only; the rest is done in one transaction.
    ///
    /// # Errors
    /// The right is missing, the deed is not whole, or the store is unavailable.
    pub async fn act(&self, ids: &[TicketId], deed: Deed) -> Result<Vec<Acted>, Fault> {
        let actor = self.actor();
        actor.needs(deed.right())?;
        deed.check().map_err(Fault::invalid)?;
        deed.check_day(city_date(self.now())).map_err(|why| Fault::invalid(why).at("promised"))?;
        self.known_units(&deed)?;
        own_unit(&actor, &deed)?;
        if ids.is_empty() || ids.len() > MOST {
            return Err(Fault::invalid(format!("一次可处理 1 至 {MOST} 件工单")).at("tickets"));
        }
        let mut results: Vec<Acted> = Vec::with_capacity(ids.len());
        let mut acts = Vec::new();
        for id in ids {
            let answer = self.allowed(id, &actor, &deed).await.map(|(ticket, decision)| {
                let act = Act { ticket: id.clone(), at: self.now(), actor: actor.clone(), deed: deed.clone() };
                acts.push((act, decision));
                ticket
            });
            results.push((id.clone(), answer));
        }
        let mut done = self.room.store.acts().act_decided(acts).await?.into_iter();
        for (_, answer) in results.iter_mut().filter(|(_, answer)| answer.is_ok()) {
            *answer = match done.next() {
                Some(Ok(ticket)) => Ok(ticket),
                Some(Err(StoreError::Refused(why))) => Err(Fault::new(FaultKind::Conflict, why)),
                Some(Err(error)) => Err(error.into()),
                None => Err(Fault::internal("an act has no answer")),
            };
        }
        self.room.changed.notify_waiters();
        let count = results.iter().filter(|(_, answer)| answer.is_ok()).count();
        metrics::counter!("tingsu_acts_total", "kind" => deed.code()).increment(count as u64);
        info!(kind = deed.code(), asked = ids.len(), done = count, "acts stored");
        Ok(results)
    }

    /// The same for one ticket.
    ///
    /// # Errors
    /// As [`Desk::act`]; also what concerns the ticket.
    pub async fn act_on(&self, id: &TicketId, deed: Deed) -> Result<Ticket, Fault> {
        let done = self.act(std::slice::from_ref(id), deed).await?;
        done.into_iter().next().map_or_else(|| Err(Fault::internal("an act has no answer")), |(_, answer)| answer)
    }

    /// Acts on a ticket, oldest first.
    ///
    /// # Errors
    /// Not found, out of reach, or the store is unavailable.
    pub async fn acts(&self, id: &TicketId) -> Result<Vec<Act>, Fault> {
        self.get(id).await?;
        Ok(self.room.store.acts().acts_of(id).await?)
    }

    /// The ticket, if this may be done with it, and the decision that goes with it.
    async fn allowed(&self, id: &TicketId, actor: &Actor, deed: &Deed) -> Result<(Ticket, Option<Decision>), Fault> {
        let ticket = self.get(id).await?;
        self.led_for(&ticket, deed)?;
        self.earlier(&ticket, deed).await?;
        let decision = self.decided_with(actor, &ticket, deed)?;
        Ok((ticket, decision))
    }

    /// Whether a unit that only assists does this, too.
    fn led_for(&self, ticket: &Ticket, deed: &Deed) -> Result<(), Fault> {
        if deed.is_helpers() { Ok(()) } else { self.led(ticket, deed.label()) }
    }

    /// What is repeated came in before; so no marks that people set go round in a ring.
    async fn earlier(&self, ticket: &Ticket, deed: &Deed) -> Result<(), Fault> {
        let Deed::Repeat { of: Some(of), .. } = deed else { return Ok(()) };
        let first = self.get(of).await?;
        if (first.received_at, &first.id) > (ticket.received_at, &ticket.id) {
            let message = format!("{of} 来电更晚,请在 {of} 上标为重复于 {}", ticket.id);
            return Err(Fault::invalid(message).at("repeat_of"));
        }
        Ok(())
    }

    fn known_units(&self, deed: &Deed) -> Result<(), Fault> {
        let pack = self.city();
        let strange = |name: &&String| pack.department(name).is_none();
        let unknown = match deed {
            Deed::Dispatch { department, assisting, .. } => std::iter::once(department).chain(assisting).find(strange),
            Deed::Whistle { units, .. } => units.iter().find(strange),
            Deed::Transfer { units, .. } => {
                units.iter().filter(strange).find(|name| !pack.emergency.iter().any(|e| e.number == **name))
            }
            _ => None,
        };
        match unknown {
            Some(name) => {
                let shown: String = name.chars().take(30).collect();
                let field = if matches!(deed, Deed::Whistle { .. }) { "units" } else { "department" };
                Err(Fault::invalid(format!("城市包中没有“{shown}”这个单位")).at(field))
            }
            None => Ok(()),
        }
    }

    /// A ticket that is dispatched elsewhere than decided is decided so with it, with the suggestion that
    /// this answers (invariant 5).
    fn decided_with(&self, actor: &Actor, ticket: &Ticket, deed: &Deed) -> Result<Option<Decision>, Fault> {
        let Deed::Dispatch { department, .. } = deed else { return Ok(None) };
        if ticket.labels.department.as_ref() == Some(department) {
            return Ok(None);
        }
        actor.needs(Right::Decide)?;
        let labels = Labels { department: Some(department.clone()), ..Labels::default() };
        Ok(Some(self.decision(actor, ticket, labels)))
    }

    /// Keeps a filter of the list of tickets under a name.
    ///
    /// # Errors
    /// The name or the query is empty or too long, or too many are kept.
    pub async fn keep_list(&self, name: &str, query: &str) -> Result<KeptList, Fault> {
        let actor = self.actor();
        actor.needs(Right::Read)?;
        let (name, query) = (name.trim(), query.trim().trim_start_matches('?'));
        let length = name.chars().count();
        if length == 0 || length > LONGEST.0 || name.chars().any(char::is_control) {
            return Err(Fault::invalid(format!("请给出 1 至 {} 字的名称", LONGEST.0)).at("name"));
        }
        if query.is_empty() || query.chars().count() > LONGEST.1 {
            return Err(Fault::invalid("没有可保存的筛选条件").at("query"));
        }
        Ok(self.room.store.acts().keep_list(&actor, name, query, self.now()).await?)
    }

    /// The actor's kept lists.
    ///
    /// # Errors
    /// The store is unavailable.
    pub async fn kept_lists(&self) -> Result<Vec<KeptList>, Fault> {
        Ok(self.room.store.acts().kept_lists(&self.actor().name).await?)
    }

    /// Drops one of the actor's kept lists.
    ///
    /// # Errors
    /// The actor keeps no such list, or the store is unavailable.
    pub async fn drop_list(&self, id: i64) -> Result<(), Fault> {
        match self.room.store.acts().drop_list(&self.actor(), id, self.now()).await? {
            true => Ok(()),
            false => Err(Fault::not_found("没有这个已保存的筛选")),
        }
    }
}

/// A unit reports in itself, or the hotline does it on its behalf.
fn own_unit(actor: &Actor, deed: &Deed) -> Result<(), Fault> {
    let Deed::Report { unit, .. } = deed else { return Ok(()) };
    let own = &actor.reach.departments;
    if actor.may(Right::Receive) || own.is_empty() || own.contains(unit) {
        return Ok(());
    }
    Err(Fault::new(FaultKind::Forbidden, "只能为本单位报到,其他单位由受理员代为报到"))
}
