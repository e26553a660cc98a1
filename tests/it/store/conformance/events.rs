//! Corrections, lineage, parents.

use tingsu::{
    domain::{Actor, Amendment, EventTurn, Role, SeenEvent, TicketId},
    store::StoreError,
};

use super::Any;
use crate::store::given::{intake, new};

fn by() -> Actor {
    Actor::person("研判甲", Role::Analyst)
}

pub(super) async fn corrections_are_kept_and_taken_back(store: Any) {
    let events = store.events();
    let at = "2026-05-12T00:52:00Z".parse().unwrap();
    let act = Amendment::Exclude { ticket: "A".into(), from: Some("E-A".into()), rest: vec!["B".into()], never: true };
    let title = Amendment::Rename { event: "E-B".into(), tickets: vec!["B".into()], title: "题".into() };
    let none = events.corrections_revision().await.unwrap();
    let first = events.correct(&act, "误报", &by(), at).await.unwrap();
    let second = events.correct(&title, "更清楚", &by(), at).await.unwrap();
    let two = events.corrections_revision().await.unwrap();
    assert!(first < second && none != two);
    let kept = events.corrections(false).await.unwrap();
    assert_eq!((kept.len(), &kept[0].act, kept[0].reason.as_str(), &kept[0].actor), (2, &act, "误报", &by()));
    let undone = events.undo_correction(first, "看错", &by(), at).await.unwrap();
    assert_eq!(undone.undone.as_ref().unwrap().reason, "看错");
    assert!(matches!(events.undo_correction(first, "看错", &by(), at).await, Err(StoreError::Refused(_))));
    assert!(matches!(events.undo_correction(99, "看错", &by(), at).await, Err(StoreError::Refused(_))));
    assert_ne!(events.corrections_revision().await.unwrap(), two);
    assert_eq!(events.corrections(false).await.unwrap().len(), 1);
    assert_eq!(events.corrections(true).await.unwrap().len(), 2);
    let audit = store.audit(None, 10).await.unwrap();
    let told: Vec<&str> = audit.iter().map(|l| l.action.as_str()).collect();
    assert_eq!(told, ["event_exclude", "event_rename", "event_undo"]);
    assert_eq!(audit[0].ticket, Some(TicketId::new("A").unwrap()));
}

pub(super) async fn acts_that_belong_together_are_kept_together(store: Any) {
    let at = "2026-05-12T00:52:00Z".parse().unwrap();
    let act = |ticket: &str| Amendment::Exclude {
        ticket: ticket.into(),
        from: Some("E-A".into()),
        rest: Vec::new(),
        never: false,
    };
    let both = [act("A"), act("B")];
    let ids = store.events().correct_all(&both, "误报", &by(), at).await.unwrap();
    let kept = store.events().corrections(false).await.unwrap();
    assert_eq!(kept.iter().map(|c| c.id).collect::<Vec<_>>(), ids);
    assert_eq!(kept.into_iter().map(|c| c.act).collect::<Vec<_>>(), both);
    assert_eq!(store.events().correct_all(&[], "误报", &by(), at).await.unwrap(), Vec::<i64>::new());
}

pub(super) async fn lineage_is_kept(store: Any) {
    let events = store.events();
    let at = "2026-05-12T00:52:00Z".parse().unwrap();
    let seen = |id: &str, tickets: &[&str]| SeenEvent {
        id: id.into(),
        title: format!("{id} 的题"),
        tickets: tickets.iter().map(|t| (*t).to_owned()).collect(),
    };
    let turn = |event: &str, fate: &str, other: Option<&str>, grown| EventTurn {
        at,
        event: event.into(),
        fate: fate.into(),
        other: other.map(str::to_owned),
        grown,
    };
    let (x, y) = (seen("E-x", &["x", "x2"]), seen("E-y", &["y", "y2"]));
    let born = [turn("E-x", "born", None, None), turn("E-y", "born", None, None)];
    events.save_events(&[x, y], &[], &born, at).await.unwrap();
    let grown = seen("E-x", &["x", "x2", "y", "y2"]);
    let later = [turn("E-x", "grew", None, Some(2)), turn("E-y", "merged", Some("E-x"), None)];
    events.save_events(std::slice::from_ref(&grown), &["E-y".into()], &later, at).await.unwrap();
    assert_eq!(events.seen_events().await.unwrap(), [grown]);
    assert_eq!(events.event_turns(100).await.unwrap(), [&born[..], &later[..]].concat());
    assert_eq!(events.event_turns(1).await.unwrap(), later[1..]);
}

pub(super) async fn a_parent_holds_children_until_it_is_taken_back(store: Any) {
    for id in ["P", "C", "D"] {
        store.add(new(id, "停水"), intake()).await.unwrap();
    }
    let events = store.events();
    let at = "2026-05-12T00:52:00Z".parse().unwrap();
    let system = Actor::system();
    let parent = events.open_parent("P", "E-P", "十分钟内 6 人", &system, at).await.unwrap();
    assert_eq!(events.open_parent("P", "E-P", "又一次", &system, at).await.unwrap(), parent, "one parent");
    events.attach(parent, &["C".into(), "D".into()], &[], &system, at).await.unwrap();
    events.attach(parent, &["C".into()], &["D".into()], &system, at).await.unwrap();
    events.reply_parent(parent, "正在抢修", &by(), at).await.unwrap();
    let [kept] = events.parents().await.unwrap().try_into().unwrap();
    assert_eq!((kept.ticket.as_str(), kept.children.as_slice()), ("P", [("C".to_owned(), at)].as_slice()));
    assert_eq!(kept.reply, Some(("正在抢修".into(), by().name, at)));
    events.undo_parent(parent, "不是突发", &by(), at).await.unwrap();
    assert!(matches!(events.reply_parent(parent, "又", &by(), at).await, Err(StoreError::Refused(_))));
    assert!(matches!(events.undo_parent(parent, "又", &by(), at).await, Err(StoreError::Refused(_))));
    assert!(events.parents().await.unwrap()[0].undone.is_some());
    let late = events.attach(parent, &["D".into()], &[], &system, at).await;
    assert!(matches!(late, Err(StoreError::Refused(_))), "nothing is attached to what was taken back: {late:?}");
    let audit = store.audit(Some(&TicketId::new("D").unwrap()), 10).await.unwrap();
    let told: Vec<&str> = audit.iter().map(|l| l.action.as_str()).filter(|a| a.starts_with("parent")).collect();
    assert_eq!(told, ["parent_attached", "parent_detached"]);
}
