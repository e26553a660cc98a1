//! 吹哨报到: who is called, who reported in, who is late.

use jiff::{SignedDuration, Timestamp};
use tingsu::domain::{Actor, Deed, FaultKind, Handling, Reach, Role, Status, Ticket};

use super::{TestDesk, call};

fn whistle(units: &[&str], within: u32) -> Deed {
    Deed::Whistle {
        units: units.iter().map(|u| (*u).to_owned()).collect(), reason: "多家职责交叉".into(), within
    }
}

fn report(unit: &str) -> Deed {
    Deed::Report { unit: unit.into(), note: "已到场".into() }
}

/// Units called by each whistle, and whether they reported in.
fn called(ticket: &Ticket) -> Vec<Vec<(&str, bool)>> {
    let all = ticket.content.handling.whistles.iter();
    all.map(|w| w.units.iter().map(|c| (c.unit.as_str(), c.reported_at.is_some())).collect()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn units_are_called_and_report_in() {
    let t = TestDesk::new().await;
    let units: Vec<String> = t.desk.city().departments.iter().take(12).map(|d| d.name.clone()).collect();
    let unit = |n: usize| units[n].as_str();
    let id = t.take(call("W-1", "小区门口路面塌陷,水管也漏水")).await.ticket.id;
    let supervisor = Actor::person("s", Role::Supervisor);
    let desk = t.desk.acting(&supervisor);
    let before = desk.get(&id).await.unwrap().status;
    let kind = async |actor: &Actor, deed: Deed| t.desk.acting(actor).act_on(&id, deed).await.err().map(|f| f.kind);
    // What is not whole is refused before anything is kept.
    let many: Vec<&str> = units.iter().take(11).map(String::as_str).collect();
    for bad in [whistle(&[], 24), whistle(&["没有这个局"], 24), whistle(&many, 24)] {
        assert_eq!(kind(&supervisor, bad.clone()).await, Some(FaultKind::Invalid), "{bad:?}");
    }
    for within in [0, 721] {
        assert_eq!(kind(&supervisor, whistle(&[unit(0)], within)).await, Some(FaultKind::Invalid), "{within}");
    }
    let empty = Deed::Whistle { units: vec![units[0].clone()], reason: " ".into(), within: 24 };
    assert_eq!(kind(&supervisor, empty).await, Some(FaultKind::Invalid));
    assert_eq!(kind(&Actor::person("a", Role::Analyst), whistle(&[unit(0)], 2)).await, Some(FaultKind::Forbidden));
    // Called once each, added to 协办, the state unchanged.
    let ticket = desk.act_on(&id, whistle(&[unit(0), unit(1), unit(0)], 2)).await.unwrap();
    assert_eq!(ticket.status, before);
    assert_eq!(called(&ticket), [[(unit(0), false), (unit(1), false)]]);
    assert_eq!(ticket.content.handling.assisting, [unit(0), unit(1)]);
    desk.act_on(&id, whistle(&[unit(1), unit(2)], 720)).await.unwrap();
    // Nobody reports for a unit that was not called; a report answers every whistle for the unit; once.
    assert_eq!(kind(&supervisor, report(unit(3))).await, Some(FaultKind::Conflict));
    let ticket = desk.act_on(&id, report(unit(1))).await.unwrap();
    assert_eq!(called(&ticket), [[(unit(0), false), (unit(1), true)], [(unit(1), true), (unit(2), false)]]);
    assert_eq!(kind(&supervisor, report(unit(1))).await, Some(FaultKind::Conflict));
    // A unit's own people report for their unit.
    let main = ticket.effective().department.unwrap();
    let reach = |own: &[&str]| Reach {
        departments: own.iter().map(|u| (*u).to_owned()).chain([main.clone()]).collect(),
        districts: Vec::new(),
    };
    let other = Actor::person("h", Role::Handler).within(reach(&[unit(5)]));
    let forbidden = (main != units[0]).then_some(FaultKind::Forbidden);
    assert_eq!(kind(&other, report(unit(0))).await, forbidden);
    if forbidden.is_some() {
        assert_eq!(kind(&Actor::person("h", Role::Handler).within(reach(&[unit(0)])), report(unit(0))).await, None);
    }
    assert_eq!(kind(&Actor::person("h", Role::Handler), report(unit(2))).await, None, "a handler of all units");
    let progress = desk.progress(&id).await.unwrap();
    let told: Vec<&str> = progress.moments.iter().map(|m| m.label).filter(|l| ["吹哨", "报到"].contains(l)).collect();
    assert_eq!(told, ["吹哨", "吹哨", "报到", "报到", "报到"]);
    assert!(progress.moments.iter().any(|m| m.about == format!("{}、{},720 小时内报到", unit(1), unit(2))));
    let (_, audit) = desk.history(&id).await.unwrap();
    let lines: Vec<&str> = audit.iter().map(|l| l.action.as_str()).filter(|a| a.ends_with("ed")).collect();
    assert_eq!(lines.iter().filter(|a| **a == "whistled").count(), 2, "{lines:?}");
    assert_eq!(lines.iter().filter(|a| **a == "reported").count(), 3, "{lines:?}");
    // What is answered is called for no more.
    desk.act_on(&id, Deed::Reply { text: "已办".into() }).await.unwrap();
    assert_eq!(kind(&supervisor, whistle(&[unit(0)], 2)).await, Some(FaultKind::Conflict));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_is_whistled_for_so_often_and_no_more() {
    let t = TestDesk::new().await;
    let unit = t.desk.city().departments[0].name.clone();
    let id = t.take(call("W-2", "路面塌陷")).await.ticket.id;
    let desk = t.desk.acting(&Actor::person("s", Role::Supervisor));
    for n in 0..20 {
        assert!(desk.act_on(&id, whistle(&[&unit], 2)).await.is_ok(), "{n}");
    }
    let before = desk.get(&id).await.unwrap();
    assert_eq!(desk.act_on(&id, whistle(&[&unit], 2)).await.unwrap_err().kind, FaultKind::Conflict);
    assert_eq!(desk.get(&id).await.unwrap(), before);
    assert_eq!(before.status, Status::Pending);
}

#[test]
fn a_whistle_is_late_from_its_time_on_while_somebody_is_missing() {
    let at: Timestamp = "2026-12-31T15:00:00Z".parse().unwrap();
    let json = serde_json::json!({ "whistles": [{
        "at": at, "due_at": at + SignedDuration::from_hours(2),
        "units": [{ "unit": "甲局", "reported_at": at }, { "unit": "乙局" }],
    }] });
    let mut handling: Handling = serde_json::from_value(json).unwrap();
    let whistle = &mut handling.whistles[0];
    let later = |minutes: i64| at + SignedDuration::from_mins(minutes);
    assert_eq!([120, 121].map(|minutes| whistle.is_late(later(minutes))), [false, true]);
    whistle.units[1].reported_at = Some(later(300));
    assert!(!whistle.is_late(later(400)), "late, but there");
    assert!(!serde_json::to_string(&Handling::default()).unwrap().contains("whistles"));
}
