//! 热点 as people correct it: acts, ids over a restart, joining at once, parents of surges.

use std::sync::atomic::{AtomicI64, Ordering};

use tingsu::{
    desk::{CorrectionAsk, Following},
    domain::{Caller, EventTurn},
};

use super::*;

fn analyst() -> Actor {
    Actor::person("研判甲", Role::Analyst)
}

fn cut(id: &str, minute: u32, place: &str, text: &str) -> NewTicket {
    NewTicket {
        received_at: format!("2026-11-20T01:{minute:02}:00Z").parse().ok(),
        place: Some(place.into()),
        caller: Caller { number: Some(format!("1380000{id}")), ..Caller::default() },
        ..call(id, text)
    }
}

/// Until a pass has looked at everything and nothing is left to do.
async fn looked(desk: &Desk, following: &mut Following) {
    for _ in 0..400 {
        while desk.topics_step(following).await.unwrap() > 0 {}
        let hot = desk.hot();
        let seen = hot.as_ref().map_or(0, |h| h.appeals as u64);
        if seen == desk.health().await.tickets && desk.settled(Duration::ZERO).await.unwrap() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    panic!("no look at all tickets");
}

/// Two events of three tickets, and one ticket alone.
async fn two_events(t: &TestDesk) {
    t.take(cut("A-1", 1, "望江路", "望江路主水管爆裂,整条街停水")).await;
    t.take(cut("A-2", 5, "望江路", "望江路爆管停水,家里没水做饭")).await;
    t.take(cut("A-3", 9, "望江路", "望江路停水,爆裂的水管还在冒水")).await;
    t.take(cut("B-1", 2, "书院巷", "书院巷健身房力峰健身关门,会员卡退不了")).await;
    t.take(cut("B-2", 6, "书院巷", "力峰健身跑路,年卡要求退费")).await;
    t.take(cut("B-3", 8, "书院巷", "力峰健身锁门,退费找不到人")).await;
    t.take(cut("C-1", 30, "文昌阁", "图书馆几点开门,想办借书证")).await;
}

async fn stepped(t: &TestDesk, following: &mut Following) -> String {
    while t.desk.topics_step(following).await.unwrap() > 0 {}
    shown(&t.desk)
}

/// Everything that a page shows of events, but for the time of the pass.
fn shown(desk: &Desk) -> String {
    let hot = desk.hot().unwrap();
    let turns: Vec<_> = hot.findings.events.iter().map(|e| hot.lineage(&e.id)).collect();
    format!("{:?} {turns:?}", hot.findings)
}

fn event_of(desk: &Desk, ticket: &str) -> Option<(String, String)> {
    let hot = desk.hot()?;
    let event = hot.event_of(ticket)?;
    Some((event.id.clone(), event.tickets.join(" ")))
}

#[tokio::test(flavor = "multi_thread")]
async fn acts_are_kept_shown_and_taken_back() {
    let t = TestDesk::new().await;
    two_events(&t).await;
    let mut following = Following::default();
    looked(&t.desk, &mut following).await;
    assert_eq!(event_of(&t.desk, "A-1"), Some(("E-A-1".into(), "A-1 A-2 A-3".into())));
    assert_eq!(event_of(&t.desk, "B-1"), Some(("E-B-1".into(), "B-1 B-2 B-3".into())));
    let act = async |event: &str, ask| t.desk.correct(&analyst(), event, ask, "核实为一件事").await.unwrap();
    let merged = act("E-A-1", CorrectionAsk::Merge(vec!["E-B-1".into()])).await;
    stepped(&t, &mut following).await;
    assert_eq!(event_of(&t.desk, "B-2"), Some(("E-A-1".into(), "A-1 B-1 A-2 B-2 B-3 A-3".into())));
    let fates: Vec<&str> = t.desk.hot().unwrap().lineage("E-A-1").iter().map(|t| t.fate.label()).collect();
    assert_eq!(fates, ["出现", "并入"]);
    act("E-A-1", CorrectionAsk::Rename("两处停水与停业".into())).await;
    act("E-A-1", CorrectionAsk::Exclude { tickets: vec!["B-3".into()], never: true }).await;
    act("-", CorrectionAsk::Move { ticket: "C-1".into(), to: "E-A-1".into() }).await;
    act("E-A-1", CorrectionAsk::Pin { title: false, keep: true }).await;
    stepped(&t, &mut following).await;
    assert_eq!(event_of(&t.desk, "C-1"), Some(("E-A-1".into(), "A-1 B-1 A-2 B-2 A-3 C-1".into())));
    assert_eq!(event_of(&t.desk, "B-3"), None);
    assert_eq!(t.desk.hot().unwrap().event("E-A-1").unwrap().portrait.title, "两处停水与停业");
    let split = act("E-A-1", CorrectionAsk::Split(vec!["B-1".into(), "B-2".into()])).await;
    stepped(&t, &mut following).await;
    assert_eq!(event_of(&t.desk, "B-1"), Some(("E-B-1-2".into(), "B-1 B-2".into())), "an id that nobody had");

    // they hold over further tickets, a pass, and a restart
    let later = cut("A-4", 40, "望江路", "望江路停水还没修好,水管爆裂,要求抢修");
    t.take(later).await;
    looked(&t.desk, &mut following).await;
    let held = shown(&t.desk);
    assert_eq!(event_of(&t.desk, "A-4").unwrap().0, "E-A-1");
    assert_eq!(event_of(&t.desk, "B-3"), None);
    let mut restarted = Following::default();
    looked(&t.desk, &mut restarted).await;
    assert_eq!(shown(&t.desk), held);

    // taken back in any order, all that is left is what passes found
    let list = t.desk.corrections(false).await.unwrap();
    assert_eq!(list.len(), 6);
    assert_eq!(
        (list[0].id, list[0].reason.as_str(), list[0].actor.name.as_str()),
        (split.ids[0], "核实为一件事", "研判甲")
    );
    let again = t.desk.undo_correction(&analyst(), merged.ids[0], "看错了").await.unwrap();
    assert_eq!(again.undone.unwrap().by, "研判甲");
    let twice = t.desk.undo_correction(&analyst(), merged.ids[0], "看错了").await.unwrap_err();
    assert_eq!(twice.kind, FaultKind::Invalid);
    for one in list.iter().filter(|c| c.id != merged.ids[0]) {
        t.desk.undo_correction(&analyst(), one.id, "看错了").await.unwrap();
    }
    let after = stepped(&t, &mut restarted).await;
    assert_ne!(after, held);
    assert_eq!(event_of(&t.desk, "B-3"), Some(("E-B-1".into(), "B-1 B-2 B-3".into())));
    assert_eq!(t.desk.corrections(true).await.unwrap().len(), 6, "nothing is forgotten");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_act_taken_back_leaves_a_byte_equal_picture() {
    let t = TestDesk::new().await;
    two_events(&t).await;
    let mut following = Following::default();
    looked(&t.desk, &mut following).await;
    let before = shown(&t.desk);
    let asks = [
        CorrectionAsk::Rename("改名".into()),
        CorrectionAsk::Merge(vec!["E-B-1".into()]),
        CorrectionAsk::Split(vec!["A-2".into()]),
        CorrectionAsk::Move { ticket: "A-1".into(), to: "E-B-1".into() },
        CorrectionAsk::Exclude { tickets: vec!["A-1".into(), "A-3".into()], never: false },
        CorrectionAsk::Pin { title: true, keep: true },
    ];
    for ask in asks {
        let done = t.desk.correct(&analyst(), "E-A-1", ask.clone(), "试一下").await.unwrap();
        stepped(&t, &mut following).await;
        for id in done.ids {
            t.desk.undo_correction(&analyst(), id, "撤销").await.unwrap();
        }
        assert_eq!(stepped(&t, &mut following).await, before, "{ask:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_done_is_said() {
    let t = TestDesk::new().await;
    two_events(&t).await;
    let mut following = Following::default();
    looked(&t.desk, &mut following).await;
    let check = async |actor: &Actor, event: &str, ask: CorrectionAsk, reason: &str, kind: FaultKind| {
        let fault = t.desk.correct(actor, event, ask, reason).await.unwrap_err();
        assert_eq!(fault.kind, kind, "{fault}");
    };
    let name = || CorrectionAsk::Rename("新题".into());
    check(&Actor::person("领导", Role::Leader), "E-A-1", name(), "理由", FaultKind::Forbidden).await;
    check(&operator(), "E-A-1", name(), "理由", FaultKind::Forbidden).await;
    check(&analyst(), "E-A-1", name(), " ", FaultKind::Invalid).await;
    check(&analyst(), "E-X", name(), "理由", FaultKind::NotFound).await;
    check(&analyst(), "E-A-1", CorrectionAsk::Rename(" ".into()), "理由", FaultKind::Invalid).await;
    check(&analyst(), "E-A-1", CorrectionAsk::Merge(vec!["E-A-1".into()]), "理由", FaultKind::Invalid).await;
    check(&analyst(), "E-A-1", CorrectionAsk::Split(vec![]), "理由", FaultKind::Invalid).await;
    let all = ["A-1", "A-2", "A-3"].map(String::from).to_vec();
    check(&analyst(), "E-A-1", CorrectionAsk::Split(all), "理由", FaultKind::Invalid).await;
    let elsewhere = CorrectionAsk::Exclude { tickets: vec!["B-1".into()], never: false };
    check(&analyst(), "E-A-1", elsewhere, "理由", FaultKind::Invalid).await;
    assert!(t.desk.corrections(true).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_appeal_joins_within_a_second_and_the_receipt_says_so() {
    let t = TestDesk::new().await;
    two_events(&t).await;
    let mut following = Following::default();
    looked(&t.desk, &mut following).await;
    let started = std::time::Instant::now();
    let receipt = t.take(cut("A-9", 50, "望江路", "望江路爆管,停水到现在,什么时候来水")).await;
    let hint = receipt.event.expect("the event that it joined");
    assert_eq!((hint.id.as_str(), hint.tickets), ("E-A-1", 4));
    // only now: a receipt does not wait for a follower that is at work on the picture
    let _workers = t.desk.start_workers();
    while event_of(&t.desk, "A-9").is_none() {
        assert!(started.elapsed() < Duration::from_secs(10), "the follower does not join it");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(event_of(&t.desk, "A-9").unwrap().0, "E-A-1");
    let alone = t.take(cut("C-9", 51, "文昌阁", "身份证丢了去哪里补办")).await;
    assert_eq!(alone.event, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_come_out_again_when_lineage_is_lost() {
    let t = TestDesk::new().await;
    two_events(&t).await;
    let mut following = Following::default();
    looked(&t.desk, &mut following).await;
    t.desk.correct(&analyst(), "E-A-1", CorrectionAsk::Merge(vec!["E-B-1".into()]), "同一片区").await.unwrap();
    stepped(&t, &mut following).await;
    let before = t.desk.hot().unwrap().findings.clone();
    let store = SqliteStore::open(&t.dir.path().join("tingsu.db")).await.unwrap();
    let turns: Vec<EventTurn> = store.events().event_turns(100).await.unwrap();
    assert_eq!(turns.iter().map(|t| t.fate.as_str()).collect::<Vec<_>>(), ["born", "born"]);
    // what a pass kept is derived: without it the same comes out
    let gone: Vec<String> = store.events().seen_events().await.unwrap().into_iter().map(|e| e.id).collect();
    store.events().save_events(&[], &gone, &[], NOW.parse().unwrap()).await.unwrap();
    let mut anew = Following::default();
    looked(&t.desk, &mut anew).await;
    assert_eq!(format!("{before:?}"), format!("{:?}", t.desk.hot().unwrap().findings));
}

/// Minutes pass; calls come in.
#[tokio::test(flavor = "multi_thread")]
async fn a_surge_gets_a_parent_to_which_later_calls_attach() {
    let minutes = Arc::new(AtomicI64::new(0));
    let clock = {
        let minutes = minutes.clone();
        Clock::of(move || {
            NOW.parse::<Timestamp>().unwrap() + jiff::SignedDuration::from_mins(minutes.load(Ordering::SeqCst))
        })
    };
    let config = DeskConfig { triage_deadline: Duration::from_secs(20), ..DeskConfig::default() };
    let t = TestDesk::at(clock, config, PackSource::Embedded).await;
    let mut following = Following::default();
    let words = ["公交站牌褪色", "社保卡补办", "小区绿化缺株", "图书馆开放时间", "狗绳问题"];
    for n in 0..30 {
        let day = format!("2026-10-{:02}T03:00:00Z", n + 1);
        let ticket = call(&format!("B-{n}"), &format!("咨询{}第{n}次", words[n % 5]));
        t.take(NewTicket { received_at: day.parse().ok(), ..ticket }).await;
    }
    let call_in = async |n: i64, minute: i64| {
        minutes.store(minute, Ordering::SeqCst);
        let caller = Caller { number: Some(format!("139000000{n:02}")), ..Caller::default() };
        let text = format!("望江路主水管爆裂,整条街停水,请抢修{n}");
        let at = NOW.parse::<Timestamp>().unwrap() + jiff::SignedDuration::from_mins(minute);
        t.take(NewTicket {
            received_at: Some(at),
            caller,
            place: Some("望江路".into()),
            ..call(&format!("D-{n}"), &text)
        })
        .await;
    };
    // one an hour is no surge, however rare the matter is
    for n in 0..4 {
        call_in(n, n * 60).await;
    }
    looked(&t.desk, &mut following).await;
    assert!(t.desk.hot().unwrap().parents.is_empty());
    // six in eight minutes are one
    for n in 4..10 {
        call_in(n, 300 + (n - 4) * 8 / 5).await;
    }
    looked(&t.desk, &mut following).await;
    let hot = t.desk.hot().unwrap();
    let [parent] = hot.parents.as_slice() else { panic!("{:?}", hot.parents) };
    let event = hot.event_of("D-9").unwrap();
    let held = |t: &&String| **t != parent.ticket && !parent.children.iter().any(|(child, _)| child == *t);
    assert_eq!(event.tickets.iter().filter(held).count(), 0, "all of the event are attached");
    assert!(parent.children.len() >= 5 && parent.children.iter().all(|(t, _)| event.tickets.contains(t)));
    assert!(parent.reason.contains("十分钟内") && parent.reason.contains("超过五倍"), "{}", parent.reason);
    // a later one is attached as soon as it joins
    call_in(10, 320).await;
    while t.desk.topics_step(&mut following).await.unwrap() > 0 {}
    let hot = t.desk.hot().unwrap();
    assert_eq!(hot.parent_of_ticket("D-10").map(|p| p.id), Some(parent.id));
    let ticket = t.desk.get(&TicketId::new("D-10").unwrap()).await.unwrap();
    assert!(ticket.content.handling.dispatched_at.is_none() && ticket.content.handling.reply.is_none());
    // one text for all, by a person who may
    assert!(t.desk.reply_parent(&operator(), parent.id, "正在抢修").await.is_err());
    t.desk.reply_parent(&analyst(), parent.id, "正在抢修,预计 18 时恢复供水").await.unwrap();
    let hot = t.desk.hot().unwrap();
    assert_eq!(hot.parent_of_ticket("D-10").unwrap().reply.as_ref().unwrap().0, "正在抢修,预计 18 时恢复供水");
    // one that is not of the event is attached no longer
    let event = hot.event_of("D-6").unwrap().id.clone();
    let out = CorrectionAsk::Exclude { tickets: vec!["D-6".into()], never: false };
    t.desk.correct(&analyst(), &event, out, "另一条路").await.unwrap();
    stepped(&t, &mut following).await;
    assert!(t.desk.hot().unwrap().parent_of_ticket("D-6").is_none());
    // taken back, it stays away, also when more calls come
    t.desk.undo_parent(&analyst(), parent.id, "不是突发").await.unwrap();
    call_in(11, 322).await;
    looked(&t.desk, &mut following).await;
    let hot = t.desk.hot().unwrap();
    assert!(hot.parent_of_ticket("D-10").is_none() && hot.parents.len() == 1);
    let store = SqliteStore::open(&t.dir.path().join("tingsu.db")).await.unwrap();
    let audit = store.audit(Some(&TicketId::new("D-6").unwrap()), 50).await.unwrap();
    let told: Vec<&str> =
        audit.iter().map(|l| l.action.as_str()).filter(|a| a.starts_with("parent") || a.starts_with("event")).collect();
    assert_eq!(told, ["parent_attached", "event_exclude", "parent_detached"]);
    assert!(tingsu::store::verify_ledger(&store).await.unwrap().broken.is_none());
}
