//! The demo's older history: closed calls made of the demo's own, so that what needs weeks to look back on — the
//! forecast, the usual, before and after — has them. It is calm: what called together (an event, a repeated call) is
//! left out, the rest is spread evenly over the weeks at the weekday and hour of its pattern. The weeks of the pattern
//! stay as they are.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::{
    city::CityPack,
    domain::{
        Actor, Caller, Candidate, Fault, Labels, NewTicket, Status, Suggestion, TicketId, Urgency, UrgencySuggestion,
        city_date,
    },
    store::Intake,
};

use super::{Desk, played_out};

/// Weeks of the pattern.
const PATTERN: i64 = 4;
/// So many times as many weeks are made: each call of the pattern comes back once in each of them.
const TIMES: i64 = 3;
/// What its ids begin with, and the column that says so on each ticket.
const SIGN: &str = "LS";
const MARK: (&str, &str) = ("演示", "较早的历史,由演示诉求生成");
/// Stored at once.
const CHUNK: usize = 250;

/// Calls before those of the pattern, whose newest is from `now`; the same each time. All are closed and archived.
pub fn older(pattern: &[NewTicket], pack: &CityPack, now: Timestamp) -> Vec<NewTicket> {
    let calm = pattern.iter().filter(|t| t.event.is_none() && t.repeat_of.is_none());
    let mut made: Vec<NewTicket> =
        calm.flat_map(|ticket| (0..TIMES).filter_map(|round| copy(ticket, round, now))).collect();
    played_out(&mut made, pack, now);
    for ticket in &mut made {
        let handling = &mut ticket.handling;
        handling.closed_at = handling.closed_at.or(handling.due_at).or(ticket.received_at);
        ticket.status = Some(Status::Archived);
    }
    made.sort_by(|a, b| a.received_at.cmp(&b.received_at).then_with(|| a.id.cmp(&b.id)));
    made
}

/// One call in one of the earlier rounds of weeks: which of its weeks follows from its id.
fn copy(ticket: &NewTicket, round: i64, now: Timestamp) -> Option<NewTicket> {
    let (id, received) = (ticket.id.as_ref()?, ticket.received_at?);
    let own = city_date(received).until(city_date(now)).ok()?.get_days() as i64 / 7;
    let chance = i64::from(blake3::hash(format!("{id} {round}").as_bytes()).as_bytes()[0]);
    let target = PATTERN * (round + 1) + chance % PATTERN;
    let at = received - SignedDuration::from_hours(7 * 24 * (target - own.clamp(0, PATTERN - 1)));
    let mark = BTreeMap::from([(MARK.0.to_owned(), MARK.1.to_owned())]);
    let number = ticket.caller.number.as_ref().map(|number| format!("{SIGN}{round}{number}"));
    Some(NewTicket {
        id: TicketId::new(format!("{SIGN}{round}-{id}")).ok(),
        received_at: Some(at),
        caller: Caller { number, ..ticket.caller.clone() },
        handling: crate::domain::Handling {
            dispatched_at: None,
            signed_at: None,
            due_at: None,
            closed_at: None,
            ..ticket.handling.clone()
        },
        status: None,
        extra: mark.into_iter().chain(ticket.extra.clone()).collect(),
        ..ticket.clone()
    })
}

/// What stands in a suggestion's place: what the source decided, so that no model has to read what is long closed.
fn given(labels: &Labels, pack: &str) -> Suggestion {
    let one = |label: Option<String>| label.map(|label| Candidate { label, p: 1.0 }).into_iter().collect();
    Suggestion {
        model: None,
        pack: pack.to_owned(),
        appeal_type: one(labels.appeal_type.map(|t| t.label().to_owned())),
        category: one(labels.category.clone()),
        department: one(labels.department.clone()),
        urgency: UrgencySuggestion {
            level: labels.urgency.unwrap_or(Urgency::U4),
            p: 0.0,
            model: [0.0; 4],
            floor: None,
            cues: Vec::new(),
            flags: labels.flags.clone().unwrap_or_default(),
            linkage: Vec::new(),
        },
        flag_p: Vec::new(),
        places: Vec::new(),
        reasons: Vec::new(),
        uncertain: false,
        precedent: None,
        vector: None,
    }
}

impl Desk {
    /// Stores an older history; how many calls. Nothing of it waits for triage.
    ///
    /// # Errors
    /// The store failed.
    pub async fn demo_past(&self, older: Vec<NewTicket>) -> Result<usize, Fault> {
        let (at, pack) = (self.now(), self.city().hash.clone());
        let count = older.len();
        let mut rest = older.into_iter();
        loop {
            let chunk: Vec<(NewTicket, Intake)> = rest
                .by_ref()
                .take(CHUNK)
                .map(|ticket| {
                    let suggestion = Some(given(&ticket.labels, &pack));
                    let (actor, idempotency_key) = (Actor::system(), None);
                    (ticket, Intake { actor, at, idempotency_key, suggestion, due_at: None, floor: None })
                })
                .collect();
            if chunk.is_empty() {
                return Ok(count);
            }
            for added in self.room.store.add_many(chunk).await? {
                added?;
            }
            self.room.changed.notify_waiters();
        }
    }
}
