//! What a brief says turns stale when it is no longer so, and what is different is not given the same name.

use std::collections::BTreeSet;

use tingsu::{
    domain::{
        Labels, Ticket, TicketId, Urgency,
        brief::{Brief, BriefKind, Content, Measure, Run, Subject, Window},
    },
    report::{
        compose::brief_id,
        facts::{Row, recheck, recheck_quotes},
        markdown,
    },
};

use super::{
    build::{brief_about, brief_of},
    city,
};

async fn tickets() -> Vec<Ticket> {
    let dir = tempfile::tempdir().unwrap();
    let store = city::store(dir.path(), city::appeals(&city::pack())).await;
    city::all(&store).await
}

fn category(code: &str, name: &str) -> Option<Subject> {
    Some(Subject::Category { code: code.into(), name: name.into() })
}

/// The brief's stale figures after one appeal became another.
fn stale_after(brief: &Brief, tickets: &[Ticket], id: &TicketId, change: impl Fn(&mut Ticket)) -> BTreeSet<String> {
    let pack = city::pack();
    let mut changed = tickets.to_vec();
    change(changed.iter_mut().find(|t| t.id == *id).unwrap());
    let rows: Vec<Row> = city::rows(&changed, &pack);
    assert_eq!(recheck(brief, &city::rows(tickets, &pack)), Vec::new(), "a fresh brief holds");
    recheck(brief, &rows).into_iter().map(|s| s.figure).collect()
}

/// The figures of the first sentence that holds some words.
fn figures_beside(brief: &Brief, words: &str) -> Vec<String> {
    let blocks = brief.sections.iter().flat_map(|s| &s.blocks);
    let runs = blocks.filter_map(|b| match &b.content {
        Content::Paragraph { runs } => Some(runs),
        _ => None,
    });
    for runs in runs {
        if let Some(at) = runs.iter().position(|r| matches!(r, Run::Text(t) if t.contains(words))) {
            let after = runs[at + 1..].iter().take(1);
            return after
                .filter_map(|r| if let Run::Figure { id, .. } = r { Some(id.clone()) } else { None })
                .collect();
        }
    }
    Vec::new()
}

#[tokio::test]
async fn the_range_of_a_forecast_is_a_range() {
    let tickets = tickets().await;
    let mut seen = 0;
    for (code, name) in [("02", "劳动就业"), ("08", "公用事业"), ("16", "生态环境"), ("0201", "拖欠工资")]
    {
        let brief =
            brief_of(&tickets, BriefKind::Special, city::window("2026-05-31", "2026-06-04"), category(code, name));
        let edge = |name: &str| brief.figures.iter().find(|f| f.name == name);
        let text = markdown(&brief);
        if !text.contains("多在") {
            continue;
        }
        let (low, high) =
            (edge("下期诉求量下限").expect("a lower edge"), edge("下期诉求量上限").expect("an upper edge"));
        assert!(low.value.top < high.value.top, "{} to {}: {text}", low.shown, high.shown);
        assert!(text.contains(&format!("多在{}至{}之间", low.shown, high.shown)), "{text}");
        seen += 1;
    }
    assert!(seen > 0, "no brief told of a range");
}

#[tokio::test]
async fn an_appeal_that_leaves_its_category_leaves_what_is_said_of_it() {
    let tickets = tickets().await;
    let week = city::window("2026-05-18", "2026-05-25");
    let brief = brief_of(&tickets, BriefKind::Special, week, category("08", "公用事业"));
    // every figure of the brief that counts an appeal of the subject turns stale with it
    let subject = brief.cohorts.iter().find(|c| c.words.ends_with("本期、涉及公用事业的诉求")).unwrap();
    for id in subject.tickets.iter().step_by(9) {
        let stale = stale_after(&brief, &tickets, id, |t| {
            t.labels = Labels { category: Some("1601".into()), ..t.labels.clone() };
        });
        let of_it = brief.figures.iter().filter(|f| match &f.measure {
            Measure::Count { of } | Measure::Callers { of } => {
                let cohort = brief.cohort(of).unwrap();
                cohort.tickets.contains(id) && !["全部诉求", "文中引用"].iter().any(|w| cohort.words.contains(w))
            }
            _ => false,
        });
        for figure in of_it {
            assert!(stale.contains(&figure.id), "{} {} holds though {id} left the category", figure.id, figure.name);
        }
    }
}

#[tokio::test]
async fn an_appeal_that_is_urgent_no_more_is_not_among_the_rest() {
    let tickets = tickets().await;
    let brief = brief_of(&tickets, BriefKind::Weekly, city::window("2026-05-18", "2026-05-25"), None);
    let rest = figures_beside(&brief, "另有");
    let rest = rest.first().expect("a week has more than five urgent appeals");
    let Measure::Count { of } = &brief.figure(rest).unwrap().measure else { panic!("a count") };
    let id = brief.cohort(of).unwrap().tickets[0].clone();
    let stale = stale_after(&brief, &tickets, &id, |t| {
        t.labels = Labels { urgency: Some(Urgency::U4), ..t.labels.clone() };
    });
    assert!(stale.contains(rest), "{stale:?}");
}

#[tokio::test]
async fn that_nothing_was_urgent_is_a_figure_too() {
    let mut tickets = tickets().await;
    for ticket in &mut tickets {
        ticket.labels.urgency = Some(Urgency::U4);
    }
    let day = city::window("2026-05-20", "2026-05-21");
    let brief = brief_of(&tickets, BriefKind::Daily, day, None);
    assert!(markdown(&brief).contains("特急、紧急诉求0件"), "{}", markdown(&brief));
    let id = tickets.iter().find(|t| day.contains(t.received_at)).unwrap().id.clone();
    let stale = stale_after(&brief, &tickets, &id, |t| t.labels.urgency = Some(Urgency::U1));
    let told: Vec<&str> = stale.iter().map(|id| brief.figure(id).unwrap().shown.as_str()).collect();
    assert!(told.contains(&"0件"), "{told:?}");
}

#[tokio::test]
async fn units_and_heat_turn_stale_with_what_they_rest_on() {
    let tickets = tickets().await;
    let month = city::window("2026-05-11", "2026-06-08");
    let dossier = brief_of(&tickets, BriefKind::Dossier, month, category("0201", "拖欠工资"));
    let units = dossier.figures.iter().find(|f| f.name == "涉及承办单位").expect("units are counted");
    let Measure::Distinct { of, .. } = &units.measure else { panic!("{:?}", units.measure) };
    let id = dossier.cohort(of).unwrap().tickets[0].clone();
    let stale = stale_after(&dossier, &tickets, &id, |t| {
        t.labels = Labels { department: Some("别的单位".into()), ..t.labels.clone() };
    });
    assert!(stale.contains(&units.id), "{stale:?}");

    let daily = brief_of(&tickets, BriefKind::Daily, city::window("2026-05-20", "2026-05-21"), None);
    let mut heats = 0;
    for heat in daily.figures.iter().filter(|f| f.name.starts_with("近一周热度")) {
        let Measure::Engine { formula, inputs } = &heat.measure else { panic!("{heat:?}") };
        let callers = inputs.iter().map(|id| daily.figure(id).unwrap()).find(|f| f.name.contains("诉求人")).unwrap();
        assert!(formula.contains(&format!("诉求人{}", callers.value.top)), "{formula} rests on {}", callers.shown);
        let Measure::Callers { of } = &callers.measure else { panic!("{callers:?}") };
        let gone = daily.cohort(of).unwrap().tickets[0].clone();
        let pack = city::pack();
        let rows: Vec<Row> = city::rows(&tickets, &pack).into_iter().filter(|r| r.id != gone).collect();
        assert!(recheck(&daily, &rows).iter().any(|s| s.figure == heat.id), "{formula}");
        heats += 1;
    }
    assert!(heats > 0);
}

#[tokio::test]
async fn a_quote_is_checked_against_its_appeal() {
    let tickets = tickets().await;
    let month = city::window("2026-05-11", "2026-06-08");
    let brief = brief_of(&tickets, BriefKind::Special, month, category("0201", "拖欠工资"));
    assert!(brief.quotes.len() > 3);
    assert_eq!(recheck_quotes(&brief, &tickets), Vec::new(), "a fresh brief holds");
    let at = |id: &TicketId| tickets.iter().position(|t| t.id == *id).unwrap();
    let reply = brief.quotes.iter().find(|q| q.source == tingsu::domain::brief::QuoteSource::Reply);
    let reply = reply.expect("a unit's view is quoted");
    let mut changed = tickets.clone();
    changed[at(&reply.ticket)].content.handling.reply = Some("经复核,原答复有误,予以更正。".into());
    let stale: Vec<String> = recheck_quotes(&brief, &changed).into_iter().map(|s| s.figure).collect();
    assert_eq!(stale, std::slice::from_ref(&reply.id), "a reply that was changed is no longer what was quoted");
    for quote in &brief.quotes {
        let mut closed = tickets.clone();
        closed[at(&quote.ticket)].content.caller.confidential = true;
        let stale = recheck_quotes(&brief, &closed);
        assert!(stale.iter().any(|s| s.figure == quote.id && s.now.is_none()), "{stale:?}");
        let gone: Vec<Ticket> = tickets.iter().filter(|t| t.id != quote.ticket).cloned().collect();
        assert!(recheck_quotes(&brief, &gone).iter().any(|s| s.figure == quote.id));
    }
}

#[tokio::test]
async fn what_was_told_in_confidence_names_nothing() {
    let mut tickets = tickets().await;
    let week = city::window("2026-05-18", "2026-05-25");
    let open = brief_of(&tickets, BriefKind::Weekly, week, None);
    let titled: BTreeSet<TicketId> = open
        .quotes
        .iter()
        .filter(|q| q.source == tingsu::domain::brief::QuoteSource::Title)
        .map(|q| q.ticket.clone())
        .collect();
    let moved = |brief: &Brief| brief.figures.iter().filter(|f| f.name.starts_with("近一周热度")).count();
    assert!(moved(&open) > 0, "something is told of as an event");
    for ticket in tickets.iter_mut().filter(|t| titled.contains(&t.id)) {
        ticket.content.caller.confidential = true;
    }
    let brief = brief_of(&tickets, BriefKind::Weekly, week, None);
    assert!(brief.quotes.iter().all(|q| !titled.contains(&q.ticket)), "none of them is quoted");
    assert_eq!(moved(&brief), moved(&open), "another member speaks for the same events");
}

#[tokio::test]
async fn a_topic_is_told_of_by_its_members_in_every_window() {
    let tickets = tickets().await;
    let week = city::window("2026-05-18", "2026-05-25");
    let found = city::found(&tickets, &city::pack(), &week);
    let event = found.events.iter().max_by_key(|e| e.tickets.len()).unwrap();
    let members: Vec<TicketId> = event.tickets.iter().map(|id| TicketId::new(id.clone()).unwrap()).collect();
    let subject = Subject::Topic { id: event.id.clone(), name: "“一事”".into() };
    for kind in [BriefKind::Flash, BriefKind::Special] {
        let brief = brief_about(&tickets, kind, week, subject.clone(), &members);
        let count = brief.figures[0].value.top;
        assert!(count > 0 && count <= members.len() as i64, "{kind:?}: {count}");
    }
}

#[test]
fn another_window_is_another_brief() {
    let at = |from: &str, to: &str| Window { ..city::window(from, to) };
    let id = |from: &str, to: &str| brief_id(BriefKind::Flash, &at(from, to), None);
    let ids = [
        id("2026-05-19 08:10", "2026-05-20 08:10"),
        id("2026-05-19 08:50", "2026-05-20 08:50"),
        id("2026-05-19 08:10", "2026-05-20 08:50"),
        id("2026-05-19 08:00", "2026-05-20 08:00"),
    ];
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "{ids:?}");
    assert_eq!(ids[3], "flash-2026051908-2026052008", "whole hours are named as they were");
}
