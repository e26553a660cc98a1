//! What people correct holds: at once, after further days, in any order of the input; what is taken back is gone.

use proptest::prelude::*;
use tingsu::{
    domain::Amendment,
    insight::{Corrections, Event, Findings, Heard, Joined, Picture, Reader, Seen},
};

use super::{PACK, city, find::two_gyms, heard};

fn look(appeals: &[Heard], earlier: &[Seen], acts: &[Amendment]) -> Picture {
    let (pack, analyser) = &*PACK;
    let reader = Reader::new(pack, analyser);
    Picture::of(appeals.to_vec(), &[], &reader, earlier, Corrections::of(acts)).0
}

fn of<'f>(found: &'f Findings, ticket: &str) -> Option<&'f Event> {
    found.events.iter().find(|e| e.tickets.iter().any(|t| t == ticket))
}

fn strings(list: &[&str]) -> Vec<String> {
    list.iter().map(|t| (*t).to_owned()).collect()
}

fn shown(found: &Findings, ticket: &str) -> (String, String) {
    of(found, ticket).map_or_else(Default::default, |e| (e.id.clone(), e.tickets.join(" ")))
}

#[test]
fn each_act_does_what_it_says() {
    let base = two_gyms();
    let a = strings(&["a1", "a2", "a3"]);
    let b = strings(&["b1", "b2", "b3"]);
    let merge =
        Amendment::Merge { into: "E-b1".into(), parts: vec![("E-b1".into(), b.clone()), ("E-a1".into(), a.clone())] };
    let split = Amendment::Split {
        event: "E-a1".into(),
        stay: strings(&["a1"]),
        name: "E-a2".into(),
        go: strings(&["a2", "a3"]),
    };
    let moved = Amendment::Move {
        ticket: "a3".into(),
        from: Some("E-a1".into()),
        rest: strings(&["a1", "a2"]),
        to: "E-b1".into(),
        with: b.clone(),
    };
    let out = |never| Amendment::Exclude {
        ticket: "b2".into(),
        from: Some("E-b1".into()),
        rest: strings(&["b1", "b3"]),
        never,
    };
    let title =
        Amendment::Rename { event: "E-a1".into(), tickets: a.clone(), title: "力峰健身停业退卡".into() };
    let check = |acts: &[&Amendment], ticket: &str, id: &str, tickets: &str| {
        let acts: Vec<Amendment> = acts.iter().map(|act| (*act).clone()).collect();
        let found = look(&base, &[], &acts);
        assert_eq!(shown(found.findings(), ticket), (id.to_owned(), tickets.to_owned()), "{acts:?}");
        let groups: Vec<Vec<String>> = found.findings().events.iter().map(|e| e.tickets.clone()).collect();
        assert_eq!(Corrections::of(&acts).broken(&groups), None);
    };
    check(&[], "a1", "E-a1", "a1 a2 a3");
    check(&[&merge], "a1", "E-b1", "a1 a2 a3 b1 b2 b3");
    check(&[&split], "a2", "E-a2", "a2 a3");
    check(&[&split], "a1", "", "");
    check(&[&moved], "a3", "E-b1", "a3 b1 b2 b3");
    check(&[&moved], "a1", "E-a1", "a1 a2");
    check(&[&out(false)], "b2", "", "");
    check(&[&out(false)], "b1", "E-b1", "b1 b3");
    // of no event at all, also where a later act would take it in with others
    check(&[&out(true), &merge], "b2", "", "");
    // what is said later overrules what was said before
    check(&[&merge, &split], "a2", "E-a2", "a2 a3");
    check(&[&split, &merge], "a1", "E-b1", "a1 a2 a3 b1 b2 b3");
    let found = look(&base, &[], std::slice::from_ref(&title));
    assert_eq!(of(found.findings(), "a1").unwrap().portrait.title, "力峰健身停业退卡");
    // the title goes with the appeals, whatever the event is called then
    let found = look(&base, &[], &[title, merge]);
    assert_eq!(of(found.findings(), "b3").unwrap().portrait.title, "力峰健身停业退卡");
}

#[test]
fn one_that_says_the_same_can_be_taken_out_too() {
    let line = "|2026-05-02 09:00|望江街道|望江路停水|望江路停水了,什么时候来水?";
    let base: Vec<Heard> = ["x1", "x2", "x3"].map(|id| heard(&format!("{id}{line}"))).to_vec();
    let act = Amendment::Exclude {
        ticket: "x2".into(),
        from: Some("E-x1".into()),
        rest: strings(&["x1", "x3"]),
        never: false,
    };
    let found = look(&base, &[], &[act]);
    assert_eq!(shown(found.findings(), "x1").1, "x1 x3");
    assert!(found.findings().alone.iter().any(|a| a.ticket == "x2"));
}

#[test]
fn a_later_appeal_goes_where_the_parts_went() {
    let (pack, analyser) = &*PACK;
    let reader = Reader::new(pack, analyser);
    let (a, b) = (strings(&["a1", "a2", "a3"]), strings(&["b1", "b2", "b3"]));
    let merge = Amendment::Merge { into: "E-a1".into(), parts: vec![("E-a1".into(), a), ("E-b1".into(), b)] };
    let mut picture = look(&two_gyms(), &[], std::slice::from_ref(&merge));
    let later = heard("a4|2026-05-03 09:30|望江街道|力峰健身退费无门|力峰健身关门后老板失联,年卡要求退费。");
    assert_eq!(picture.take(later.clone(), &[], &reader), Joined::Event("E-a1".into()));
    assert_eq!(picture.take(later.clone(), &[], &reader), Joined::Known);
    assert_eq!(shown(picture.findings(), "a4").1, "a1 a2 a3 a4 b1 b2 b3");
    let mut all = two_gyms();
    all.push(later);
    let batch = look(&all, picture.seen(), &[merge]);
    assert_eq!(shown(batch.findings(), "a4"), ("E-a1".into(), "a1 a2 a3 a4 b1 b2 b3".into()));
    // one of another matter stays alone, two alike start an event, with the name that the pass gives it
    let first = heard("d1|2026-05-20 08:00|李渡镇|窨井盖缺失|李渡镇书香巷口窨井盖不见了,很危险。");
    let second = heard("d2|2026-05-20 09:00|李渡镇|书香巷井盖不见|李渡镇书香巷口窨井盖丢失,差点摔倒。");
    assert_eq!(picture.take(first.clone(), &[], &reader), Joined::Alone);
    assert_eq!(picture.take(second.clone(), &[], &reader), Joined::Started("E-d1".into()));
    all.extend([first, second]);
    assert_eq!(shown(look(&all, picture.seen(), &[]).findings(), "d2"), ("E-d1".into(), "d1 d2".into()));
}

/// An act on what is seen now, chosen by three numbers.
fn act(found: &Findings, (kind, one, two): (u8, usize, usize)) -> Option<Amendment> {
    let events: Vec<&Event> = found.events.iter().collect();
    let event = *events.get(one % events.len().max(1))?;
    let other = *events.get(two % events.len().max(1))?;
    let ticket = event.tickets[two % event.tickets.len()].clone();
    let rest: Vec<String> = event.tickets.iter().filter(|t| **t != ticket).cloned().collect();
    let own = |e: &Event| (e.id.clone(), e.tickets.clone());
    Some(match kind {
        0 if event.id != other.id => Amendment::Merge { into: event.id.clone(), parts: vec![own(event), own(other)] },
        1 => {
            let (stay, go) = event.tickets.split_at(1 + two % (event.tickets.len() - 1));
            Amendment::Split {
                event: event.id.clone(),
                stay: stay.to_vec(),
                name: format!("E-{}-x", go[0]),
                go: go.to_vec(),
            }
        }
        2 if event.id != other.id => Amendment::Move {
            ticket,
            from: Some(event.id.clone()),
            rest,
            to: other.id.clone(),
            with: other.tickets.clone(),
        },
        3 => Amendment::Exclude { ticket, from: Some(event.id.clone()), rest, never: two % 2 == 0 },
        4 => Amendment::Rename { event: event.id.clone(), tickets: event.tickets.clone(), title: format!("题{one}") },
        _ => Amendment::Pin { event: event.id.clone(), tickets: event.tickets.clone(), title: None, keep: true },
    })
}

/// Whether an act that was just made shows.
fn shows(found: &Findings, act: &Amendment) -> bool {
    let event = |t: &String| of(found, t).map(|e| e.id.clone());
    let one = |list: &[String]| list.iter().all(|t| event(t) == event(&list[0]));
    match act {
        Amendment::Rename { tickets, title, .. } => of(found, &tickets[0]).is_some_and(|e| e.portrait.title == *title),
        Amendment::Merge { into, parts } => parts.iter().flat_map(|(_, t)| t).all(|t| event(t).as_ref() == Some(into)),
        Amendment::Split { stay, go, .. } => {
            one(stay) && one(go) && (event(&stay[0]).is_none() || event(&stay[0]) != event(&go[0]))
        }
        Amendment::Move { ticket, to, with, .. } => {
            event(ticket).as_ref() == Some(to) && with.iter().all(|t| event(t).as_ref() == Some(to))
        }
        Amendment::Exclude { ticket, rest, never, .. } => match event(ticket) {
            None => true,
            now => !never && rest.iter().all(|t| event(t) != now),
        },
        Amendment::Pin { tickets, .. } => one(tickets),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5))]

    #[test]
    fn any_sequence_holds_and_can_be_taken_back(
        picks in prop::collection::vec((0_u8..6, 0_usize..40, 0_usize..40), 1..7),
        seed in 1_u64..1_000_000,
    ) {
        let mut appeals = two_gyms();
        appeals.extend(city("05-14"));
        let mut picture = look(&appeals, &[], &[]);
        let before = format!("{:?}", picture.findings());
        let mut acts: Vec<Amendment> = Vec::new();
        for pick in picks {
            let Some(next) = act(picture.findings(), pick) else { continue };
            acts.push(next.clone());
            picture.correct(Corrections::of(&acts));
            prop_assert!(shows(picture.findings(), &next), "{next:?}");
        }
        let corrections = Corrections::of(&acts);
        // corrections laid over a picture give what a pass that knows them gives, in any order of the input
        let wanted = format!("{:?}", picture.findings());
        let mut turned = appeals.clone();
        let mut state = seed;
        for i in (1..turned.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            turned.swap(i, (state >> 33) as usize % (i + 1));
        }
        prop_assert_eq!(&wanted, &format!("{:?}", look(&turned, &[], &acts).findings()));
        // a further day leaves all of them in force
        let mut more = two_gyms();
        more.extend(city("05-15"));
        let later = look(&more, picture.seen(), &acts);
        let groups: Vec<Vec<String>> = later.findings().events.iter().map(|e| e.tickets.clone()).collect();
        prop_assert_eq!(corrections.broken(&groups), None);
        let ids: std::collections::BTreeSet<&String> = later.findings().events.iter().map(|e| &e.id).collect();
        prop_assert_eq!(ids.len(), later.findings().events.len(), "two events of one name");
        // and all of them taken back leave nothing behind
        picture.correct(Corrections::default());
        prop_assert_eq!(before, format!("{:?}", picture.findings()));
    }
}
