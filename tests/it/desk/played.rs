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
        let times = [ticket.received_at, handling.dispatched_at, handling.signed_at, handling.closed_at];
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
    let just_now = now - SignedDuration::from_mins(10);
    let sudden = played.iter().filter(|t| t.handling.closed_at.is_some_and(|at| at > just_now)).count();
    assert!(sudden <= 6, "{sudden} of 600 ended in the last ten minutes");
}

/// The demo's calls come at the hours at which its authors let people call, and today has its share.
#[test]
fn the_demo_keeps_the_hours_of_its_calls() {
    let start: Timestamp = "2026-05-12T01:00:00Z".parse().unwrap();
    let at = |n: i64| start + SignedDuration::from_hours(24 * (n / 4) + 3 * (n % 4));
    for hour in 0..24 {
        let now = NOW.parse::<Timestamp>().unwrap() + SignedDuration::from_hours(hour);
        let mut tickets: Vec<NewTicket> =
            (0..120).map(|n| NewTicket { received_at: Some(at(n)), ..call(&format!("D-{n}"), "路灯不亮") }).collect();
        tingsu::desk::shift_to_now(&mut tickets, now);
        let mut times: Vec<Timestamp> = tickets.iter().map(|t| t.received_at.unwrap()).collect();
        assert_eq!(times[119], now, "the newest is of this minute");
        times.pop();
        times.sort();
        assert!(times.iter().all(|at| *at <= now && (at.as_second() / 3600 % 24 - 1) % 3 == 0), "{times:?}");
        let lately = times.iter().filter(|at| now.duration_since(**at) < SignedDuration::from_hours(24)).count();
        assert!((3..=4).contains(&lately), "{lately} in the last day, {hour} hours later");
    }
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
