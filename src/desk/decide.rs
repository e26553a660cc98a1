//! A person decides; the decision is kept with the suggestion that it answered (invariant 5).

use tracing::info;

use crate::{
    domain::{Actor, Decision, DecisionKind, Fault, FaultKind, Labels, Right, Suggestion, Ticket, TicketId},
    store::{AuditLine, TicketFilter},
};

use super::{Desk, checks};

impl Desk {
    /// A person's decision; labels left out stay as they are. Lowering urgency needs a reason.
    ///
    /// # Errors
    /// Invalid labels, not found, or the store is unavailable.
    pub async fn decide(
        &self,
        actor: &Actor,
        id: &TicketId,
        labels: Labels,
        reason: Option<String>,
    ) -> Result<Ticket, Fault> {
        actor.needs(Right::Decide)?;
        if labels == Labels::default() {
            return Err(Fault::invalid("定性没有内容,请选择类型、类别、主办单位或急度"));
        }
        checks::labels(&labels, &self.city())?;
        let reason = reason.map(|r| r.trim().to_owned()).filter(|r| !r.is_empty());
        if reason.as_ref().is_some_and(|r| r.chars().count() > 2_000) {
            return Err(Fault::new(FaultKind::TooLarge, "理由最多 2000 字").at("reason"));
        }
        let ticket = self.get(id).await?;
        self.led(&ticket, "定性")?;
        let decision = Decision { reason, ..self.decision(actor, &ticket, labels) };
        let kind = decision.kind;
        let ticket = self.room.store.decide(decision).await?;
        self.room.changed.notify_waiters();
        metrics::counter!("tingsu_decisions_total", "kind" => format!("{kind:?}").to_lowercase()).increment(1);
        info!(ticket = %ticket.id, ?kind, "decision stored");
        Ok(ticket)
    }

    /// A decision with the suggestion that it answers.
    pub(super) fn decision(&self, actor: &Actor, ticket: &Ticket, labels: Labels) -> Decision {
        Decision {
            ticket: ticket.id.clone(),
            at: self.now(),
            actor: actor.clone(),
            kind: kind(&labels, ticket.suggestion.as_ref()),
            labels,
            reason: None,
            suggestion: ticket.suggestion.clone(),
        }
    }

    /// One ticket.
    ///
    /// # Errors
    /// Not found, out of the actor's reach, or the store is unavailable.
    pub async fn get(&self, id: &TicketId) -> Result<Ticket, Fault> {
        let found = self.room.store.tickets(std::slice::from_ref(id)).await?;
        let ticket = found.into_iter().next().ok_or_else(|| Fault::not_found(format!("没有工单“{id}”")))?;
        match self.reaches(&ticket) {
            true => Ok(ticket),
            false => Err(Fault::new(FaultKind::Forbidden, "该工单不在您的管辖范围内,无权查看")),
        }
    }

    /// A page of tickets and the total.
    ///
    /// # Errors
    /// The store is unavailable.
    pub async fn list(&self, filter: &TicketFilter, offset: u64, limit: u64) -> Result<(Vec<Ticket>, u64), Fault> {
        let Some(filter) = self.standing_as(filter).await?.and_then(|filter| self.narrowed(&filter)) else {
            return Ok((Vec::new(), 0));
        };
        let page = self.room.store.list(&filter, offset, limit.clamp(1, 200)).await?;
        Ok((page.tickets, page.total))
    }

    /// Decisions and audit lines of a ticket.
    ///
    /// # Errors
    /// Not found, or the store is unavailable.
    pub async fn history(&self, id: &TicketId) -> Result<(Vec<Decision>, Vec<AuditLine>), Fault> {
        self.history_of(&self.get(id).await?).await
    }

    /// Decisions and audit lines of a ticket that the actor was given.
    ///
    /// # Errors
    /// The store is unavailable.
    pub async fn history_of(&self, ticket: &Ticket) -> Result<(Vec<Decision>, Vec<AuditLine>), Fault> {
        let decisions = self.room.store.decisions(&ticket.id).await?;
        let audit = self.room.store.audit(Some(&ticket.id), 1_000).await?;
        Ok((decisions, audit))
    }
}

/// Accepted if every decided label equals the suggestion's first.
fn kind(labels: &Labels, suggestion: Option<&Suggestion>) -> DecisionKind {
    let Some(s) = suggestion else { return DecisionKind::Unaided };
    let first = |c: &[crate::domain::Candidate]| c.first().map(|c| c.label.clone());
    let same = labels.appeal_type.is_none_or(|t| first(&s.appeal_type).as_deref() == Some(t.label()))
        && labels.category.as_ref().is_none_or(|c| first(&s.category).as_ref() == Some(c))
        && labels.department.as_ref().is_none_or(|d| first(&s.department).as_ref() == Some(d))
        && labels.urgency.is_none_or(|u| u == s.urgency.level)
        && labels.flags.as_ref().is_none_or(|f| *f == s.urgency.flags);
    if same { DecisionKind::Accept } else { DecisionKind::Correct }
}
