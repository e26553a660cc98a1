//! The demo's papers: a checked weekly, an issued daily with a 批示, a 督办, so that a first look at 简报 and 督办 shows
//! what they are for.

use jiff::SignedDuration;

use crate::{
    domain::{
        Actor, Fault, Role, Status, Urgency,
        brief::{Brief, BriefKind},
    },
    store::TicketFilter,
};

use super::{BriefAsk, Desk, NewInstruction, OrderAsk, brief_window};

/// Monday, midnight: weeks and days of the calendar.
const MONDAY: i8 = 1;
/// Time to answer a 批示 and a 督办.
const ANSWER: SignedDuration = SignedDuration::from_hours(72);

impl Desk {
    /// Writes the demo's papers, where it has no brief yet; whether it did.
    ///
    /// # Errors
    /// The store failed, or there is nothing to tell of.
    pub async fn demo_papers(&self) -> Result<bool, Fault> {
        if self.briefs(None, 0, 1).await?.1 > 0 {
            return Ok(false);
        }
        let leader = Actor::person("lingdao", Role::Leader);
        self.demo_brief(BriefKind::Weekly).await?;
        if let Some(daily) = self.demo_brief(BriefKind::Daily).await? {
            // Calls of that day are still being handled: it is signed as it was written.
            self.issue_brief(&leader, &daily.id, None, true).await?;
            let given = NewInstruction {
                leader: "演示领导".to_owned(),
                text: "请督办员会同承办单位核实本期反映集中的事项,三日内反馈办理情况。".to_owned(),
                unit: None,
                due_at: Some(self.now() + ANSWER),
            };
            self.instruct(&leader, &daily.id, &given).await?;
        }
        let urgent = TicketFilter {
            status: vec![Status::Handling, Status::ToSign],
            urgency: vec![Urgency::U1, Urgency::U2],
            ..TicketFilter::default()
        };
        let (open, _) = self.list(&urgent, 0, 20).await?;
        if let Some(ticket) = open.iter().find(|ticket| ticket.effective().department.is_some()) {
            let order = OrderAsk {
                ticket: ticket.id.clone(),
                department: None,
                reason: "涉及安全且尚未办结,请限时反馈现场处置情况。".to_owned(),
                due_at: self.now() + ANSWER,
            };
            self.acting(&Actor::person("duban", Role::Supervisor)).issue_order(order).await?;
        }
        Ok(true)
    }

    /// The last whole week or day, written by the analyst, checked by the supervisor; none where it has no calls.
    async fn demo_brief(&self, kind: BriefKind) -> Result<Option<Brief>, Fault> {
        let Some(window) = brief_window(kind, MONDAY, 0, self.now()) else { return Ok(None) };
        let ask = BriefAsk { kind, window, subject: None };
        let made = self.make_brief(&Actor::person("yanpan", Role::Analyst), &ask).await?;
        Ok(Some(self.check_brief(&Actor::person("duban", Role::Supervisor), &made.brief.id, None).await?))
    }
}
