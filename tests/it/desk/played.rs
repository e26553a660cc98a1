//! The demo's made-up handling: the same each time, possible in every order of events, nothing from tomorrow.

use jiff::{SignedDuration, Timestamp};
use tingsu::{
    boot,
    city::CityPack,
    desk::played_out,
    domain::{AppealType, Labels, NewTicket, Satisfaction, Status, Urgency},
};

use super::{NOW, call};

#[test]
fn the_demo_is_handled_as_it_could_have_been() {
    let pack = CityPack::parse(&boot::embedded_pack()).unwrap();
    let now: Timestamp = NOW.parse().unwrap();
    let ticket = |n: i64| {
        let mut ticket = NewTicket {
            received_at: Some(now - SignedDuration::from_mins(n * n / 9)),
            labels: Labels {
                appeal_type: Some(AppealType::Help),
                urgency: Some(Urgency::ALL[n as usize % 4]),
                ..Labels::default()
            },
            ..call(&format!("P-{n}"), "路灯不亮")
        };
        ticket.handling.satisfaction = (n > 60 && n % 3 > 0).then_some(Satisfaction::Mostly);
        ticket
    };
    let given: Vec<NewTicket> = (0..600).map(ticket).collect();
    let mut played = given.clone();
    played_out(&mut played, &pack, now);
    let mut again: Vec<NewTicket> = given.iter().rev().cloned().collect();
    played_out(&mut again, &pack, now);
    again.reverse();
    assert_eq!(played, again, "the order does not matter");
    let mut states = std::collections::BTreeMap::new();
    for (ticket, given) in played.iter().zip(&given) {
        assert_eq!(
            (&ticket.content_of(), ticket.handling.satisfaction),
            (&given.content_of(), given.handling.satisfaction)
        );
        let handling = &ticket.handling;
        let times = [ticket.received_at, handling.dispatched_at, handling.signed_at];
        let known: Vec<Timestamp> = times.into_iter().flatten().collect();
        assert!(known.is_sorted() && known.iter().all(|at| *at <= now), "{ticket:?}");
        assert!(handling.closed_at.is_none_or(|at| at <= now && Some(at) >= ticket.received_at), "{ticket:?}");
        assert!(handling.due_at > ticket.received_at);
        let status = ticket.status.unwrap();
        assert_eq!(handling.closed_at.is_some(), matches!(status, Status::Replied | Status::Revisited), "{ticket:?}");
        assert_eq!(handling.revisited.is_some(), handling.satisfaction.is_some());
        *states.entry(status).or_insert(0) += 1;
    }
    assert!(states.len() >= 4, "every stage is there: {states:?}");
}

trait Said {
    fn content_of(&self) -> (String, Option<Timestamp>);
}

impl Said for NewTicket {
    /// What the citizen said and when: not the demo's to make up.
    fn content_of(&self) -> (String, Option<Timestamp>) {
        (self.appeal.text.clone(), self.received_at)
    }
}
