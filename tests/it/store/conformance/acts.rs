//! Acts on tickets, calls of several tickets, kept lists.

use proptest::prelude::*;
use tingsu::{
    domain::{Act, Actor, Decision, DecisionKind, Deed, Labels, Role, Status, TicketId, city_date},
    store::{Added, MOST_LISTS, StoreError, TicketFilter},
};

use super::Any;
use crate::store::given::{T0, at, called, id, intake, keyed, new, operator};

fn act(ticket: &str, deed: Deed) -> Act {
    Act { ticket: id(ticket), at: at(T0), actor: operator(), deed }
}

fn dispatch() -> Deed {
    Deed::Dispatch { department: "甲局".into(), assisting: vec!["乙局".into()], note: "请核实".into() }
}

pub(super) async fn acts_move_the_ticket_and_are_kept(store: Any) {
    store.add(new("A-1", "路灯坏了"), intake()).await.unwrap();
    let deeds = [
        dispatch(),
        Deed::Sign,
        Deed::Contact { note: "已电话联系".into() },
        Deed::Reply { text: "已修复".into() },
        Deed::Revisit { reached: true, outcome: None, satisfaction: None, note: String::new() },
        Deed::Archive { note: String::new() },
    ];
    let seq = store.last_seq().await.unwrap();
    for deed in deeds.clone() {
        let label = deed.label();
        let done = store.acts().act(vec![act("A-1", deed)]).await.unwrap().remove(0);
        assert!(done.is_ok(), "{label}: {done:?}");
    }
    let ticket = store.tickets(&[id("A-1")]).await.unwrap().remove(0);
    let handling = &ticket.content.handling;
    assert_eq!(ticket.status, Status::Archived);
    let times = [handling.dispatched_at, handling.signed_at, handling.contacted_at, handling.closed_at];
    assert!(times.iter().all(|time| *time == Some(at(T0))), "{handling:?}");
    assert_eq!(handling.assisting, ["乙局"]);
    assert_eq!((handling.reply.as_deref(), handling.revisited), (Some("已修复"), Some(true)));
    let kept: Vec<Deed> = store.acts().acts_of(&id("A-1")).await.unwrap().into_iter().map(|a| a.deed).collect();
    assert_eq!(kept, deeds);
    let audit = store.audit(Some(&id("A-1")), 100).await.unwrap();
    let actions: Vec<&str> = audit.iter().map(|line| line.action.as_str()).skip(1).collect();
    assert_eq!(actions, ["dispatched", "signed", "contacted", "replied", "revisited", "archived"]);
    assert!(audit.iter().all(|line| !line.detail.contains("已修复")), "the audit holds no words of an act");
    assert_eq!(store.last_seq().await.unwrap(), seq + 6, "each act is a change that followers see");
}

pub(super) async fn what_the_workflow_refuses_changes_nothing(store: Any) {
    for number in ["R-1", "R-2"] {
        store.add(new(number, "路灯坏了"), intake()).await.unwrap();
    }
    store.acts().act(vec![act("R-2", dispatch())]).await.unwrap();
    let before = store.tickets(&[id("R-1")]).await.unwrap();
    let unknown = act("R-9", Deed::Sign);
    let mut done = store.acts().act(vec![act("R-1", Deed::Sign), act("R-2", Deed::Sign), unknown]).await.unwrap();
    assert!(matches!(done.pop(), Some(Err(StoreError::NotFound(_)))));
    assert!(matches!(done.pop(), Some(Ok(_))), "one refusal is no other's");
    assert!(matches!(done.pop(), Some(Err(StoreError::Refused(_)))));
    assert_eq!(store.tickets(&[id("R-1")]).await.unwrap(), before);
    assert_eq!(store.acts().acts_of(&id("R-1")).await.unwrap(), []);
    let empty = store.acts().act(vec![act("R-2", Deed::Return { reason: " ".into() })]).await.unwrap().remove(0);
    assert!(matches!(empty, Err(StoreError::Refused(_))), "a return needs a reason");
}

/// What an act stands on is decided with it or not at all.
pub(super) async fn an_act_and_its_decision_are_one(store: Any) {
    store.add(new("D-1", "路灯坏了"), intake()).await.unwrap();
    let decision = |unit: &str| Decision {
        ticket: id("D-1"),
        at: at(T0),
        actor: Actor::person("op1", Role::Operator),
        kind: DecisionKind::Unaided,
        labels: Labels { department: Some(unit.into()), ..Labels::default() },
        reason: None,
        suggestion: None,
    };
    let dispatch = |unit: &str| {
        let deed = Deed::Dispatch { department: unit.into(), assisting: Vec::new(), note: String::new() };
        (act("D-1", deed), Some(decision(unit)))
    };
    let done = store.acts().act_decided(vec![dispatch("城管局")]).await.unwrap().remove(0).unwrap();
    assert_eq!((done.labels.department.as_deref(), done.status), (Some("城管局"), Status::ToSign));
    assert_eq!(store.decisions(&id("D-1")).await.unwrap().len(), 1);
    // Signed meanwhile: nothing of it stays.
    store.acts().act(vec![act("D-1", Deed::Sign)]).await.unwrap().remove(0).unwrap();
    let before = store.tickets(&[id("D-1")]).await.unwrap();
    let late = store.acts().act_decided(vec![dispatch("水务局")]).await.unwrap().remove(0);
    assert!(matches!(late, Err(StoreError::Refused(_))), "{late:?}");
    assert_eq!(store.tickets(&[id("D-1")]).await.unwrap(), before);
    assert_eq!(store.decisions(&id("D-1")).await.unwrap().len(), 1);
}

pub(super) async fn names_have_bounds(store: Any) {
    store.add(new("B-1", "路灯坏了"), intake()).await.unwrap();
    let assign = |length: usize| Deed::Assign { person: "王".repeat(length), note: String::new() };
    let send = |assisting: Vec<String>| Deed::Dispatch { department: "甲局".into(), assisting, note: String::new() };
    let many = |n: usize| (0..n).map(|n| format!("单位{n}")).collect::<Vec<_>>();
    let acts = [assign(40), assign(41), send(many(11)), send(vec!["乙局".into(), "丙局".into(), "乙局".into()])];
    let done = store.acts().act(acts.map(|deed| act("B-1", deed)).to_vec()).await.unwrap();
    assert_eq!(done.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, false, true]);
    let ticket = store.tickets(&[id("B-1")]).await.unwrap().remove(0);
    assert_eq!(ticket.content.handling.assisting, ["乙局", "丙局"], "each once");
}

pub(super) async fn marks_come_and_go(store: Any) {
    store.add(new("M-1", "路灯坏了"), intake()).await.unwrap();
    let mark = |word: &str, off| act("M-1", Deed::Mark { mark: word.into(), off });
    let done =
        store.acts().act(vec![mark("重点", false), mark("重点", false), mark("回访", false), mark("重点", true)]);
    assert!(done.await.unwrap().iter().all(Result::is_ok));
    let ticket = store.tickets(&[id("M-1")]).await.unwrap().remove(0);
    assert_eq!(ticket.content.handling.marks, ["回访"]);
}

pub(super) async fn a_call_is_stored_whole_or_not_at_all(store: Any) {
    let part = |number: &str, text: &str, key: &str| (new(number, text), keyed(key));
    let call = || vec![part("", "路灯坏了", "c/0"), part("", "井盖没了", "c/1"), part("", "停水了", "c/2")];
    let added = store.acts().add_call(call()).await.unwrap();
    let ids: Vec<TicketId> = added
        .iter()
        .map(|added| match added {
            Added::New(ticket) => ticket.id.clone(),
            Added::Same(_) => panic!("nothing was there"),
        })
        .collect();
    assert_eq!(store.acts().same_call(&ids[1]).await.unwrap(), ids);
    // The same again: the first tickets, nothing new.
    let again = store.acts().add_call(call()).await.unwrap();
    assert!(again.iter().zip(&ids).all(|(added, id)| matches!(added, Added::Same(t) if t.id == *id)));
    assert_eq!(store.count().await.unwrap(), 3);
    // One part stands with other content: none of the call is stored.
    let clash = vec![part("", "新的一件", "d/0"), part("", "别的内容", "c/1")];
    assert!(matches!(store.acts().add_call(clash).await, Err(StoreError::Conflict(_))));
    assert_eq!(store.count().await.unwrap(), 3);
    store.add(new("S-1", "单独来电"), intake()).await.unwrap();
    assert_eq!(store.acts().same_call(&id("S-1")).await.unwrap(), []);
    // Parts of a call in another order, with one more, or with one that came alone are no repeat of it.
    for mixed in [
        vec![part("", "井盖没了", "c/1"), part("", "路灯坏了", "c/0"), part("", "停水了", "c/2")],
        vec![part("", "路灯坏了", "c/0"), part("", "新的一件", "c/9"), part("", "停水了", "c/2")],
        vec![(new("S-1", "单独来电"), intake()), part("", "新的一件", "e/1")],
    ] {
        assert!(matches!(store.acts().add_call(mixed).await, Err(StoreError::Conflict(_))));
    }
    assert_eq!(store.count().await.unwrap(), 4);
    assert_eq!(store.acts().same_call(&ids[1]).await.unwrap(), ids);
}

pub(super) async fn lists_are_kept_by_person(store: Any) {
    let acts = store.acts();
    let first = acts.keep_list(&called("op1"), "今日特急", "urgency=U1", at(T0)).await.unwrap();
    acts.keep_list(&called("op2"), "今日特急", "urgency=U2", at(T0)).await.unwrap();
    let again = acts.keep_list(&called("op1"), "今日特急", "urgency=U1&status=办理中", at(T0)).await.unwrap();
    assert_eq!(first.id, again.id, "one name, one list");
    let mine = acts.kept_lists("op1").await.unwrap();
    assert_eq!(mine, std::slice::from_ref(&again));
    assert!(!acts.drop_list(&called("op2"), again.id, at(T0)).await.unwrap(), "another's list stays");
    assert!(acts.drop_list(&called("op1"), again.id, at(T0)).await.unwrap());
    for n in 0..MOST_LISTS {
        acts.keep_list(&called("op3"), &format!("第{n}个"), "urgency=U1", at(T0)).await.unwrap();
    }
    assert!(matches!(
        acts.keep_list(&called("op3"), "再一个", "urgency=U1", at(T0)).await,
        Err(StoreError::Refused(_))
    ));
}

pub(super) async fn ids_follow_the_list(store: Any) {
    for n in 0..5 {
        store.add(new(&format!("I-{n}"), "路灯坏了"), intake()).await.unwrap();
    }
    let filter = TicketFilter::default();
    let listed: Vec<TicketId> = store.list(&filter, 0, 10).await.unwrap().tickets.into_iter().map(|t| t.id).collect();
    assert_eq!(store.acts().ids(&filter, 10).await.unwrap(), listed);
    assert_eq!(store.acts().ids(&filter, 2).await.unwrap(), listed[..2]);
}

/// Whatever is tried in whatever order, a ticket only ever moves as the workflow allows.
#[test]
fn no_row_of_acts_leaves_the_workflow() {
    let deeds = || {
        vec![
            dispatch(),
            Deed::Sign,
            Deed::Return { reason: "非本单位职责".into() },
            Deed::Contact { note: String::new() },
            Deed::Reply { text: "已办".into() },
            Deed::Revisit { reached: true, outcome: None, satisfaction: None, note: String::new() },
            Deed::Reopen { reason: "不满意".into(), promised: None },
            Deed::Reopen { reason: "不满意".into(), promised: Some(city_date(at(T0))) },
            Deed::Whistle { units: vec!["甲局".into()], reason: "联办".into(), within: 24 },
            Deed::Archive { note: String::new() },
            Deed::Note { text: "备注".into() },
        ]
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (_guard, store) = runtime.block_on(crate::store::given::shared());
    let added = runtime.block_on(store.add(new("P-1", "路灯坏了"), intake())).unwrap();
    let (Added::New(fresh) | Added::Same(fresh)) = added;
    proptest!(|(order in proptest::collection::vec(0_usize..11, 0..14))| {
        let mut ticket = fresh.clone();
        for at_deed in order {
            let (before, deed) = (ticket.clone(), deeds().remove(at_deed));
            let fits = deed.fits(before.status);
            match act("P-1", deed).apply(&mut ticket) {
                Ok(_) => {
                    prop_assert!(fits);
                    let direct = before.status == ticket.status || before.status.may_become(ticket.status);
                    // 派单 passes 待派遣 on its way.
                    let through = before.status.may_become(Status::ToDispatch) && ticket.status == Status::ToSign;
                    prop_assert!(direct || through, "{} became {}", before.status, ticket.status);
                }
                Err(_) => {
                    prop_assert!(!fits);
                    prop_assert_eq!(&before, &ticket);
                }
            }
        }
    });
}
