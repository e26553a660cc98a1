//! 热点 on the running desk: the picture follows the tickets.

use tingsu::{desk::Following, insight::Fate};

use super::*;

fn cut(id: &str, minute: u32, text: &str) -> NewTicket {
    NewTicket {
        received_at: format!("2026-11-20T01:{minute:02}:00Z").parse().ok(),
        place: Some("望江路".into()),
        ..call(id, text)
    }
}

/// Until nothing is left to do and the last look has rested.
async fn looked(desk: &Desk, following: &mut Following) {
    for _ in 0..200 {
        while desk.topics_step(following).await.unwrap() > 0 {}
        let seen = desk.hot().map_or(0, |h| h.appeals as u64);
        if seen == desk.health().await.tickets && seen > 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("no look at all tickets within ten seconds");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_appeal_joins_and_the_event_keeps_its_name() {
    let t = TestDesk::new().await;
    assert!(t.desk.hot().is_none());
    t.take(cut("D-2", 5, "望江路主水管爆裂,整条街停水")).await;
    t.take(cut("D-3", 9, "望江路爆管停水,家里没水做饭")).await;
    t.take(cut("D-4", 14, "望江路停水,爆裂的水管还在冒水")).await;
    let mut following = Following::default();
    looked(&t.desk, &mut following).await;
    let hot = t.desk.hot().unwrap();
    let event = hot.findings.events.iter().find(|e| e.tickets.contains(&"D-2".to_owned())).expect("an event");
    assert_eq!((event.id.as_str(), event.tickets.len()), ("E-D-2", 3));
    let title = event.portrait.title.clone();
    // an earlier call that is entered late: the first of the event, and the name stays
    t.take(cut("D-1", 1, "望江路水管爆裂,路面冒水,停水了")).await;
    looked(&t.desk, &mut following).await;
    let hot = t.desk.hot().unwrap();
    let event = hot.event("E-D-2").expect("the same name");
    assert_eq!((event.tickets.len(), &event.portrait.title), (4, &title));
    let fates: Vec<&Fate> = hot.turns.iter().filter(|turn| turn.event == "E-D-2").map(|turn| &turn.fate).collect();
    assert_eq!(fates, [&Fate::Born, &Fate::Grew(1)]);
}
