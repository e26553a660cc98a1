//! The demo's older history and its papers: there, calm, and nothing that a model has to read.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use tingsu::{
    domain::{
        NewTicket, Status,
        brief::{BriefKind, BriefState},
    },
    store::TicketFilter,
};

use super::{NOW, TestDesk, hot_words::take_the_demo};

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_looks_back_on_calm_weeks_and_has_its_papers() {
    let now: Timestamp = NOW.parse().unwrap();
    let t = TestDesk::new().await;
    let past = take_the_demo(&t.desk, t.dir.path(), now).await;
    let before = t.desk.health().await;
    assert!(t.desk.trends().await.unwrap().city.trend.is_err(), "four weeks are too short for a forecast");
    is_calm(&past, now);

    let waiting = t.desk.health().await.triage_waiting;
    assert_eq!(t.desk.demo_past(past.clone()).await.unwrap(), past.len());
    let health = t.desk.health().await;
    assert_eq!(health.tickets, before.tickets + past.len() as u64);
    assert_eq!(health.triage_waiting, waiting, "nothing of it waits for the model");
    let archived = TicketFilter { status: vec![Status::Archived], ..TicketFilter::default() };
    assert_eq!(t.desk.list(&archived, 0, 1).await.unwrap().1, past.len() as u64);
    assert!(t.desk.trends().await.unwrap().city.trend.is_ok(), "there is a forecast now");

    while t.desk.triage_step().await.unwrap() > 0 {}
    assert!(t.desk.demo_papers().await.unwrap());
    assert!(!t.desk.demo_papers().await.unwrap(), "only once");
    let (briefs, _) = t.desk.briefs(None, 0, 10).await.unwrap();
    let state = |kind| briefs.iter().find(|line| line.kind == kind).map(|line| line.state);
    assert_eq!(state(BriefKind::Weekly), Some(BriefState::Checked));
    assert_eq!(state(BriefKind::Daily), Some(BriefState::Issued));
    assert_eq!(t.desk.instructions(None).await.unwrap().len(), 1);
    assert_eq!(t.desk.orders(true).await.unwrap().len(), 1);
}

/// Ten weeks at least before the four of the pattern, each with about as many calls, none of an event, all closed.
fn is_calm(past: &[NewTicket], now: Timestamp) {
    let ids: BTreeSet<_> = past.iter().map(|t| t.id.clone().unwrap()).collect();
    assert_eq!(ids.len(), past.len());
    let mut weeks: BTreeMap<i64, usize> = BTreeMap::new();
    for ticket in past {
        let received = ticket.received_at.unwrap();
        assert!(ticket.event.is_none() && ticket.extra.contains_key("演示"), "{ticket:?}");
        assert!(ticket.status == Some(Status::Archived), "{ticket:?}");
        assert!(ticket.handling.closed_at.is_some_and(|at| at >= received && at <= now), "{ticket:?}");
        *weeks.entry(now.duration_since(received).as_secs() / (7 * 86_400)).or_default() += 1;
    }
    let whole: Vec<usize> = weeks.range(4..16).map(|(_, n)| *n).collect();
    let (least, most) = (whole.iter().min().unwrap(), whole.iter().max().unwrap());
    assert!(whole.len() >= 10 && *least * 2 > *most, "{weeks:?}");
    let newest = past.iter().filter_map(|t| t.received_at).max().unwrap();
    assert!(
        now.duration_since(newest) > SignedDuration::from_hours(26 * 24),
        "the newest four weeks are left alone: {newest}"
    );
}
