//! 集中: tickets of an event whose alarm is open are raised, and never lowered (invariant 4). The level, the cause and
//! the event stand in the ticket's suggestion and in the audit trail; a level that a person decided stays.

use crate::{
    domain::{Actor, Fault, Field, FieldSpan, Span, Status, Suggestion, Ticket, TicketId, Urgency, UrgencyCue},
    insight::{Event, StreamOf, alarm::Change},
};

use super::{Desk, Hot};

/// Name of the cause, beside the ids of the pack's rules.
pub const CONCENTRATION: &str = "concentration";

/// Tickets raised after one look at most; the rest follow after the next.
const MOST: usize = 500;

impl Desk {
    /// Raises the open tickets of events whose alarm is open; how many were.
    ///
    /// # Errors
    /// The store failed; the same step can be tried again.
    pub(super) async fn raise_members(&self, hot: &Hot) -> Result<usize, Fault> {
        let mut rows = Vec::new();
        for event in &hot.findings.events {
            let (Some(level), Some(why)) = (event.raise_to, cause(event)) else { continue };
            let ids: Vec<TicketId> = event.tickets.iter().filter_map(|t| TicketId::new(t.as_str()).ok()).collect();
            let tickets = self.room.store.tickets(&ids).await?;
            rows.extend(tickets.into_iter().filter_map(|t| Some((t.id.clone(), raised(&t, level, &why)?))));
            if rows.len() >= MOST {
                break;
            }
        }
        for stream in hot.findings.streams.iter().filter(|s| matches!(s.of, StreamOf::Place { .. })) {
            let Some(alarm) = stream.open().filter(|_| rows.len() < MOST) else { continue };
            let why = format!(
                "{}预警:{:.0} 小时内本地同类 {} 人来电,平常 {:.1}",
                alarm.kind.label(),
                alarm.window,
                alarm.callers,
                alarm.expected
            );
            let known: Vec<TicketId> = rows.iter().map(|(id, _)| id.clone()).collect();
            let ids: Vec<TicketId> = stream.newest().iter().filter_map(|t| TicketId::new(t.as_str()).ok()).collect();
            let tickets = self.room.store.tickets(&ids).await?;
            let fresh = tickets.into_iter().filter(|t| !known.contains(&t.id));
            rows.extend(fresh.filter_map(|t| Some((t.id.clone(), raised(&t, Urgency::U3, &why)?))));
        }
        let count = rows.len();
        if count > 0 {
            self.room.store.save_suggestions(rows, &Actor::system(), self.now()).await?;
            self.room.changed.notify_waiters();
            metrics::counter!("tingsu_raised_by_alarm_total").increment(count as u64);
        }
        Ok(count)
    }
}

/// The open alarm in words.
fn cause(event: &Event) -> Option<String> {
    let alarm = event.alarms.last().filter(|a| a.change != Change::Closed)?;
    let (kind, window, callers) = (alarm.kind.label(), alarm.window, alarm.callers);
    Some(format!("{kind}预警:{window:.0} 小时内 {callers} 人反映同一事件 {}", event.id))
}

/// The suggestion with the higher level, for a ticket that is still to be handled and that the level raises.
fn raised(ticket: &Ticket, level: Urgency, why: &str) -> Option<Suggestion> {
    let done = matches!(ticket.status, Status::Replied | Status::Revisited | Status::Archived);
    if done || ticket.urgency_by_person || ticket.effective().urgency >= Some(level) {
        return None;
    }
    let mut suggestion = ticket.suggestion.clone()?;
    let urgency = &mut suggestion.urgency;
    urgency.level = level;
    urgency.floor = urgency.floor.max(Some(level));
    let at = FieldSpan { field: Field::Text, span: Span::new(0, 0) };
    let cue = UrgencyCue { rule: CONCENTRATION.to_owned(), level, text: String::new(), at, note: why.to_owned() };
    urgency.cues.insert(0, cue);
    Some(suggestion)
}
