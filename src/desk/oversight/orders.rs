//! 督办: issued by whoever may supervise, with a reason and a deadline, and closed with what came of it.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use crate::{
    domain::{Fault, FaultKind, Light, Order, OrderId, Right, Ticket, TicketId},
    store::{NewOrder, Orders},
};

use super::{
    super::Desk,
    clocks::{DAY, WorkClock},
    late::Left,
};

/// Longest reason or result, in characters.
const LONGEST: usize = 500;
/// A deadline lies at most so far ahead.
const FURTHEST: SignedDuration = SignedDuration::from_hours(24 * 366);
/// Closed ones shown.
const CLOSED: u64 = 50;

/// A 督办 as it is given. Without a department it goes to the ticket's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderAsk {
    /// Which ticket.
    pub ticket: TicketId,
    /// Who has to act.
    pub department: Option<String>,
    /// Why.
    pub reason: String,
    /// By when.
    pub due_at: Timestamp,
}

/// A 督办 with its clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderClock {
    /// The order.
    pub order: Order,
    /// Working time to its deadline, while it is open.
    pub left: Option<Left>,
    /// 黄: a fifth of its time or less is left; 橙: over by a day at most; 红: longer.
    pub light: Option<Light>,
}

impl Desk {
    /// Issues a 督办; the audit says so.
    ///
    /// # Errors
    /// Not allowed; no such ticket in the actor's reach, or it is closed; no reason; the deadline lies behind
    /// or more than a year ahead; the department is not the city's.
    pub async fn issue_order(&self, ask: OrderAsk) -> Result<OrderClock, Fault> {
        let (actor, now) = (self.actor(), self.now());
        actor.needs(Right::Supervise)?;
        let ticket = self.get(&ask.ticket).await?;
        let own = ticket.effective().department;
        let given = ask.department.as_deref().map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned);
        let department =
            given.or(own).ok_or_else(|| Fault::invalid("此工单尚无主办单位,请选择督办单位").at("department"))?;
        if self.city().department(&department).is_none() {
            return Err(Fault::invalid("所选单位不在城市包的单位表中").at("department"));
        }
        self.orders_unit(&ticket, &department)?;
        let reason = worded(&ask.reason, "督办理由", "reason")?;
        if ask.due_at <= now || ask.due_at.duration_since(now) > FURTHEST {
            return Err(Fault::invalid("督办时限应在此刻之后、一年之内").at("due_at"));
        }
        let new = NewOrder { ticket: ticket.id, department, reason, due_at: ask.due_at };
        let order = self.room.store.oversight().add_order(&new, &actor, now).await?;
        self.room.oversight.late.lock().await.take();
        metrics::counter!("tingsu_orders_issued_total").increment(1);
        Ok(self.clocked(vec![order]).remove(0))
    }

    /// Closes a 督办 with what came of it; the audit says so.
    ///
    /// # Errors
    /// Not allowed, none of that number in the actor's reach, closed already, or no words.
    pub async fn close_order(&self, id: OrderId, result: &str) -> Result<OrderClock, Fault> {
        let (actor, now) = (self.actor(), self.now());
        actor.needs(Right::Supervise)?;
        let result = worded(result, "办结说明", "result")?;
        let gone = || Fault::not_found(format!("没有编号为 {id} 的督办"));
        let order = self.room.store.oversight().order(id).await?.ok_or_else(gone)?;
        // Somebody else's ticket is as good as none.
        let ticket = self.get(&order.ticket).await.map_err(|_| gone())?;
        self.orders_unit(&ticket, &order.department)?;
        if order.closed.is_some() {
            return Err(Fault::new(FaultKind::Conflict, format!("督办 {id} 已经办结")));
        }
        let order = self.room.store.oversight().close_order(id, &result, &actor, now).await?;
        // An order does not move the change sequence, and the list shows whose tickets have one.
        self.room.oversight.late.lock().await.take();
        Ok(self.clocked(vec![order]).remove(0))
    }

    /// Open orders, the next deadline first, or the latest closed ones; of the actor's reach.
    ///
    /// # Errors
    /// Not allowed, or the store failed.
    pub async fn orders(&self, open: bool) -> Result<Vec<OrderClock>, Fault> {
        self.actor().needs(Right::Supervise)?;
        self.orders_in_reach(if open { Orders::Open } else { Orders::Closed(CLOSED) }).await
    }

    /// Open orders on tickets of the actor's reach, the next deadline first: whoever handles a ticket sees what
    /// is demanded.
    ///
    /// # Errors
    /// Not allowed to read tickets, or the store failed.
    pub async fn orders_to_me(&self) -> Result<Vec<OrderClock>, Fault> {
        self.actor().needs(Right::Read)?;
        self.orders_in_reach(Orders::Open).await
    }

    /// Whoever supervises a unit that only assists with a ticket demands of that unit, not of the one that answers.
    fn orders_unit(&self, ticket: &Ticket, department: &str) -> Result<(), Fault> {
        if self.actor().reach.leads(Some(department)) { Ok(()) } else { self.led(ticket, "督办其他单位") }
    }

    async fn orders_in_reach(&self, which: Orders) -> Result<Vec<OrderClock>, Fault> {
        let orders = self.room.store.oversight().orders(&which).await?;
        let ids: Vec<TicketId> = orders.iter().map(|order| order.ticket.clone()).collect();
        let tickets = self.room.store.tickets(&ids).await?;
        let mine: BTreeSet<TicketId> =
            tickets.into_iter().filter(|ticket| self.reaches(ticket)).map(|ticket| ticket.id).collect();
        Ok(self.clocked(orders.into_iter().filter(|order| mine.contains(&order.ticket)).collect()))
    }

    /// Orders on a ticket, oldest first. Whoever sees the ticket sees them.
    ///
    /// # Errors
    /// No such ticket in the actor's reach, or the store failed.
    pub async fn orders_on(&self, ticket: &TicketId) -> Result<Vec<OrderClock>, Fault> {
        self.get(ticket).await?;
        Ok(self.clocked(self.room.store.oversight().orders(&Orders::Of(ticket.clone())).await?))
    }

    fn clocked(&self, orders: Vec<Order>) -> Vec<OrderClock> {
        if orders.is_empty() {
            return Vec::new(); // as nearly always, without reading the calendar
        }
        let now = self.now();
        let clock = WorkClock::new(&self.city().calendar, now);
        let of = |order: Order| {
            if order.closed.is_some() {
                return OrderClock { order, left: None, light: None };
            }
            let seconds = match clock.between(now, order.due_at) {
                rest if order.due_at <= now => rest.min(-1),
                rest => rest,
            };
            let total = clock.between(order.issued_at, order.due_at);
            let light = match seconds {
                over if over < -DAY => Some(Light::Red),
                over if over < 0 => Some(Light::Orange),
                rest if rest.saturating_mul(5) <= total => Some(Light::Yellow),
                _ => None,
            };
            OrderClock { order, left: Some(Left { seconds, working: true }), light }
        };
        orders.into_iter().map(of).collect()
    }
}

fn worded(text: &str, name: &str, field: &str) -> Result<String, Fault> {
    let text = text.trim();
    let length = text.chars().count();
    if length == 0 || length > LONGEST {
        return Err(Fault::invalid(format!("{name}应为 1 至 {LONGEST} 字")).at(field));
    }
    Ok(text.to_owned())
}
