//! 重复 set right after intake: who may, what is refused, and that every count follows.

use jiff::SignedDuration;
use tingsu::{
    desk::{CaseAsk, LateAsk},
    domain::{Actor, Deed, FaultKind, Late, Reach, Repeat, Role, TicketId},
    store::CaseFilter,
};

use super::{TestDesk, call};

fn repeats(of: Option<&str>) -> Deed {
    Deed::Repeat { of: of.map(|id| TicketId::new(id).unwrap()), note: "同一来电人同一诉求".into() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mark_is_set_and_taken_back_and_counted_so() {
    let t = TestDesk::new().await;
    let unit = t.desk.city().departments[0].name.clone();
    let day = SignedDuration::from_hours(24);
    for (n, name) in ["A-0", "A-1", "A-2", "A-3"].into_iter().enumerate() {
        let mut ticket = call(name, "桂芳路路面有大坑,车辆颠簸");
        ticket.received_at = Some(t.desk.now() - day * (4 - i32::try_from(n).unwrap()));
        ticket.labels.department = Some(unit.clone());
        // Intake knew of one, and was wrong.
        ticket.repeat_of = (name == "A-3").then(|| TicketId::new("A-0").unwrap());
        t.take(ticket).await;
    }
    let desk = t.desk.acting(&Actor::person("s", Role::Supervisor));
    let id = |name: &str| TicketId::new(name).unwrap();
    let act = async |name: &str, of: Option<&str>| desk.act_on(&id(name), repeats(of)).await;
    // Which repeat, and which are red because they were told three times.
    let seen = async |marked: &[&str], told: &[&str]| {
        let filter = CaseFilter { repeat: Some(true), ..CaseFilter::default() };
        let page = desk.cases_behind(&CaseAsk { filter, ..CaseAsk::default() }, 0, 9).await.unwrap();
        assert_eq!(page.tickets.iter().map(|t| t.id.as_str()).collect::<Vec<_>>(), marked);
        let late = desk.late(&LateAsk { why: Some(Late::Repeated), ..LateAsk::default() }).await.unwrap().1;
        let mut late: Vec<&str> = late.iter().map(|late| late.case.id.as_str()).collect();
        late.sort_unstable();
        assert_eq!(late, told);
    };
    seen(&["A-3"], &[]).await;
    // Out of order, strange, itself, said already, or not there to be taken back.
    for (name, of, kind) in [
        ("A-1", Some("A-2"), FaultKind::Invalid),
        ("A-1", Some("Z-9"), FaultKind::NotFound),
        ("A-1", Some("A-1"), FaultKind::Conflict),
        ("A-3", Some("A-0"), FaultKind::Conflict),
        ("A-1", None, FaultKind::Conflict),
    ] {
        assert_eq!(act(name, of).await.unwrap_err().kind, kind, "{name} {of:?}");
    }
    // The unit that handles it does not say so, nor whoever does not see the earlier one.
    let own = Reach { departments: vec![unit], ..Reach::default() };
    let handler = t.desk.acting(&Actor::person("h", Role::Handler).within(own));
    assert_eq!(handler.act_on(&id("A-1"), repeats(Some("A-0"))).await.unwrap_err().kind, FaultKind::Forbidden);
    let ticket = act("A-2", Some("A-1")).await.unwrap();
    assert_eq!((ticket.content.repeat_of, ticket.content.handling.repeat), (None, Some(Repeat::Of(id("A-1")))));
    act("A-1", Some("A-0")).await.unwrap();
    seen(&["A-3", "A-2", "A-1"], &["A-0", "A-1", "A-2", "A-3"]).await;
    // What intake said stays in the original.
    let ticket = act("A-3", None).await.unwrap();
    assert_eq!((ticket.content.repeats(), &ticket.content.repeat_of), (None, &Some(id("A-0"))));
    seen(&["A-2", "A-1"], &["A-0", "A-1", "A-2"]).await;
    act("A-2", None).await.unwrap();
    seen(&["A-1"], &[]).await;
    act("A-3", Some("A-1")).await.unwrap();
    seen(&["A-3", "A-1"], &["A-0", "A-1", "A-3"]).await;
    // Every step stays, in the progress and in the audit.
    let progress = desk.progress(&id("A-3")).await.unwrap();
    let steps: Vec<(&str, &str)> = progress.moments.iter().map(|m| (m.label, m.about.as_str())).collect();
    assert!(steps.ends_with(&[("取消重复", ""), ("标为重复", "重复于 A-1")]), "{steps:?}");
    assert!(progress.open.contains(&"repeat") && !handler.progress(&id("A-1")).await.unwrap().open.contains(&"repeat"));
    let (_, audit) = desk.history(&id("A-3")).await.unwrap();
    let lines: Vec<&str> = audit.iter().map(|l| l.action.as_str()).filter(|a| a.starts_with("repeat")).collect();
    assert_eq!(lines, ["repeat_unmarked", "repeat_marked"]);
}
