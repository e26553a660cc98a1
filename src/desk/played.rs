//! The demo's handling: its appeals say what was said and how callers rated the end; when they were sent,
//! signed and settled is made up here, the same each time, so that clocks and rates have something to show.

use jiff::{SignedDuration, Timestamp};

use crate::{
    city::CityPack,
    domain::{NewTicket, Outcome, Satisfaction, Status, Urgency},
};

/// Numbers that follow from a ticket's id alone.
struct Dice([u8; 32]);

impl Dice {
    fn of(ticket: &NewTicket) -> Self {
        let id = ticket.id.as_ref().map(ToString::to_string).unwrap_or_default();
        Self(*blake3::hash(id.as_bytes()).as_bytes())
    }

    /// From 0 up to but not 1.
    fn part(&self, at: usize) -> f64 {
        f64::from(self.0[at % 32]) / 256.0
    }

    /// True in so many of a hundred cases.
    fn hit(&self, at: usize, percent: f64) -> bool {
        self.part(at) * 100.0 < percent
    }

    fn minutes(&self, at: usize, least: f64, most: f64) -> SignedDuration {
        SignedDuration::from_secs((60.0 * (least + (most - least) * self.part(at))) as i64)
    }
}

/// Plays out what became of the appeals until now.
pub fn played_out(tickets: &mut [NewTicket], pack: &CityPack, now: Timestamp) {
    for ticket in tickets {
        let Some(received) = ticket.received_at else { continue };
        let dice = Dice::of(ticket);
        let level = ticket.labels.urgency.unwrap_or(Urgency::U4);
        let urgent = level >= Urgency::U2;
        let (send, sign) = if urgent { ((1.0, 4.0), (1.0, 12.0)) } else { ((5.0, 50.0), (5.0, 130.0)) };
        let sent = received + dice.minutes(0, send.0, send.1);
        let signed = sent + dice.minutes(1, sign.0, sign.1);
        let due = pack.due_at(ticket.labels.appeal_type, level, received);
        let long = due.map_or(SignedDuration::from_hours(48), |due| due.duration_since(received));
        // A few are settled after their time.
        let share = if dice.hit(2, 4.0) { 1.05 + 0.3 * dice.part(3) } else { 0.1 + 0.85 * dice.part(3) };
        let settled = received + SignedDuration::from_secs((long.as_secs_f64() * share) as i64);
        let stuck = dice.hit(4, 5.0);
        let handling = &mut ticket.handling;
        handling.due_at = handling.due_at.or(due);
        handling.dispatched_at = Some(sent).filter(|at| *at <= now);
        handling.signed_at = Some(signed).filter(|at| *at <= now);
        if dice.hit(5, 2.0) {
            handling.returned = 1 + u32::from(dice.hit(6, 30.0));
        }
        let rated = handling.satisfaction.is_some_and(|s| s != Satisfaction::NotRated);
        if rated {
            // Who rated was called back: it had ended by then.
            // What would have taken longer ended some time before, not all of it at the last moment.
            let known = (now - SignedDuration::from_mins(5)).duration_since(received);
            let sooner =
                received + SignedDuration::from_secs((known.as_secs_f64() * (0.1 + 0.85 * dice.part(9))) as i64);
            let end = if settled.duration_since(received) <= known { settled } else { sooner };
            let end = end.max(received + SignedDuration::from_mins(4)).min(now);
            handling.closed_at = Some(end);
            handling.contacted = Some(dice.hit(7, 96.0));
            handling.revisited = Some(true);
            handling.outcome = Some(match handling.satisfaction {
                Some(Satisfaction::Satisfied) => Outcome::Solved,
                Some(Satisfaction::Mostly) if dice.hit(8, 80.0) => Outcome::Solved,
                Some(Satisfaction::Mostly) => Outcome::Partly,
                _ if dice.hit(8, 25.0) => Outcome::Solved,
                _ => Outcome::Unsolved,
            });
            ticket.status = Some(Status::Revisited);
        } else if settled <= now && !stuck {
            handling.closed_at = Some(settled);
            ticket.status = Some(Status::Replied);
        } else {
            ticket.status = Some(match (sent <= now, signed <= now) {
                (false, _) => Status::ToDispatch,
                (true, false) => Status::ToSign,
                (true, true) => Status::Handling,
            });
        }
        // Who was answered soon was sent and signed for before.
        if let Some(end) = ticket.handling.closed_at {
            let took = end.duration_since(received).as_secs_f64();
            let within = |part: f64| received + SignedDuration::from_secs((took * part) as i64);
            ticket.handling.dispatched_at = Some(sent.min(within(0.2)));
            ticket.handling.signed_at = Some(signed.min(within(0.4)));
        }
    }
}
