//! The demo's appeals, moved in time so that the newest is from now.

use jiff::{SignedDuration, Timestamp};

use crate::domain::NewTicket;

/// Moves all tickets by one amount, so that the newest 来电时间 is `now` and every distance between
/// two appeals stays (bursts stay bursts). Handling times move along.
pub fn shift_to_now(tickets: &mut [NewTicket], now: Timestamp) {
    let Some(newest) = tickets.iter().filter_map(|t| t.received_at).max() else { return };
    // Whole days would keep the hour of day but leave the newest up to a day old; a demo of a live
    // service has to start with calls from this minute.
    let shift: SignedDuration = now.duration_since(newest);
    let moved = |at: Option<Timestamp>| at.and_then(|at| at.checked_add(shift).ok());
    for ticket in tickets {
        ticket.received_at = moved(ticket.received_at);
        let handling = &mut ticket.handling;
        handling.dispatched_at = moved(handling.dispatched_at);
        handling.signed_at = moved(handling.signed_at);
        handling.due_at = moved(handling.due_at);
        handling.closed_at = moved(handling.closed_at);
    }
}
