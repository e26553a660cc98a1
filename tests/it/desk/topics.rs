//! 热点 on the running desk: the picture follows the tickets.

use tingsu::{desk::Following, domain::Caller, insight::Fate};

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

#[tokio::test(flavor = "multi_thread")]
async fn a_pass_that_could_not_be_kept_is_made_again() {
    let t = TestDesk::new().await;
    t.take(cut("D-2", 5, "望江路主水管爆裂,整条街停水")).await;
    t.take(cut("D-3", 9, "望江路爆管停水,家里没水做饭")).await;
    t.take(cut("D-4", 14, "望江路停水,爆裂的水管还在冒水")).await;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(t.dir.path().join("tingsu.db"));
    let beside = sqlx::SqlitePool::connect_with(options).await.unwrap();
    let run = async |sql: &'static str| sqlx::query(sql).execute(&beside).await.map(drop).unwrap();
    run("CREATE TRIGGER broken BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'disk full'); END").await;
    let mut following = Following::default();
    let mut failed = false;
    for _ in 0..200 {
        failed |= t.desk.topics_step(&mut following).await.is_err();
        if failed {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(failed && t.desk.hot().is_none());
    run("DROP TRIGGER broken").await;
    // no further ticket comes in
    looked(&t.desk, &mut following).await;
    assert_eq!(t.desk.hot().unwrap().findings.events.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alarm_raises_the_tickets_and_says_why() {
    let t = TestDesk::new().await;
    // a month of other matters, so that it is known what is usual
    for n in 0..30 {
        let day = format!("2026-10-{:02}T03:00:00Z", n + 1);
        let words = ["公交站牌褪色", "社保卡补办", "小区绿化缺株", "图书馆开放时间", "狗绳问题"][n % 5];
        t.take(NewTicket {
            received_at: day.parse().ok(), ..call(&format!("B-{n}"), &format!("咨询{words}第{n}次"))
        })
        .await;
    }
    let caller = |n: u32| Caller { number: Some(format!("1380000000{n}")), ..Caller::default() };
    for n in 0..6 {
        let text = "望江路公交站牌倒了,挡住人行道,请来扶正";
        t.take(NewTicket { caller: caller(n), ..cut(&format!("D-{n}"), n, &format!("{text}{n}")) }).await;
    }
    let level = async |id: &str| t.desk.get(&TicketId::new(id).unwrap()).await.unwrap().effective().urgency;
    assert_eq!(level("D-0").await, Some(Urgency::U4));
    let mut following = Following::default();
    looked(&t.desk, &mut following).await;
    let hot = t.desk.hot().unwrap();
    let event = hot.findings.events.iter().find(|e| e.tickets.contains(&"D-0".to_owned())).expect("an event");
    assert!(event.raise_to.is_some(), "{:?}", event.alarms);
    assert_eq!(level("D-0").await, event.raise_to);
    assert_eq!(level("B-0").await, Some(Urgency::U4), "others stay");
    let ticket = t.desk.get(&TicketId::new("D-0").unwrap()).await.unwrap();
    let cue = &ticket.suggestion.unwrap().urgency.cues[0];
    assert!(cue.rule == "concentration" && cue.note.contains("人反映同一事件"), "{cue:?}");
    // once raised, nothing is left to do
    let seq = ticket.seq;
    looked(&t.desk, &mut following).await;
    tokio::time::sleep(Duration::from_millis(600)).await;
    looked(&t.desk, &mut following).await;
    assert_eq!(t.desk.get(&TicketId::new("D-0").unwrap()).await.unwrap().seq, seq);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alarm_is_told_once_and_outlasts_what_was_seen() {
    let t = TestDesk::new().await;
    for n in 0..30 {
        let day = format!("2026-10-{:02}T03:00:00Z", n + 1);
        let words = ["公交站牌褪色", "社保卡补办", "小区绿化缺株", "图书馆开放时间", "狗绳问题"][n % 5];
        t.take(NewTicket {
            received_at: day.parse().ok(), ..call(&format!("B-{n}"), &format!("咨询{words}第{n}次"))
        })
        .await;
    }
    let caller = |n: u32| Caller { number: Some(format!("1380000000{n}")), ..Caller::default() };
    for n in 0..6 {
        let text = "望江路公交站牌倒了,挡住人行道,请来扶正";
        t.take(NewTicket { caller: caller(n), ..cut(&format!("D-{n}"), n, &format!("{text}{n}")) }).await;
    }
    looked(&t.desk, &mut Following::default()).await;
    let book = t.desk.alarms().await.unwrap();
    let event = book.open.iter().find(|l| l.of == "event").expect("an alarm of the event");
    assert_eq!((event.change.as_str(), event.tickets.len()), ("raised", 6));
    assert!((3..=6).contains(&event.callers) && event.p < 0.01, "{event:?}");
    // everything is read again, as after a restart: nothing is told twice
    looked(&t.desk, &mut Following::default()).await;
    tokio::time::sleep(Duration::from_millis(700)).await;
    let mut again = Following::default();
    for _ in 0..20 {
        t.desk.topics_step(&mut again).await.unwrap();
    }
    assert_eq!(t.desk.alarms().await.unwrap().lines, book.lines);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_of_the_future_waits_and_makes_nothing_old() {
    let t = TestDesk::new().await;
    for (n, text) in ["望江路主水管爆裂,整条街停水", "望江路爆管停水,家里没水做饭", "望江路停水,爆裂的水管还在冒水"]
        .iter()
        .enumerate()
    {
        t.take(cut(&format!("D-{n}"), n as u32, text)).await;
    }
    let wrong = NewTicket {
        received_at: "2062-11-20T01:20:00Z".parse().ok(),
        ..cut("L", 20, "望江路水管爆裂停水,路面冒水")
    };
    t.take(wrong).await;
    let mut following = Following::default();
    for _ in 0..200 {
        while t.desk.topics_step(&mut following).await.unwrap() > 0 {}
        if t.desk.hot().is_some() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let hot = t.desk.hot().expect("a look within ten seconds");
    assert_eq!((hot.appeals, hot.joined), (3, 0));
    assert!(hot.event_of("D-0").is_some() && hot.event_of("L").is_none());
    assert_eq!(hot.event_of("D-0").unwrap().heat.callers, 3, "still of the last week");
}
