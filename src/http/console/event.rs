//! One event: what it is about, its curve, its tickets, its lineage, and what people correct about it.

use askama::Template;
use axum::response::{IntoResponse, Redirect, Response};
use jiff::Timestamp;

use crate::{
    desk::{CaseAsk, Group, Hot, accounts::Persons},
    domain::{Amendment, Correction, Fault, Parent, Right, TicketId, Urgency},
    http::{
        Door,
        cases::address,
        console::{
            cockpit::CASES,
            event_curve::{Curve, days, hours},
            frame::{Frame, When, link, ticket_link},
            page,
            topics::event_link,
        },
        error::ApiResult,
        extract::Path,
        views::{AlarmView, CountView, EventView, TurnView, seen, trend_words},
    },
    insight::Event,
    text::mask,
};

/// Members on an event's page at most.
const MEMBERS: usize = 200;
/// Acts that can be taken back on the page.
const ACTS: usize = 10;
/// Other events to choose from.
const OTHERS: usize = 80;

#[derive(Template)]
#[template(path = "event.html")]
struct EventPage {
    frame: Frame,
    view: EventView,
    curve: Option<Curve>,
    members: Vec<MemberRow>,
    more: usize,
    /// All of its appeals.
    all: String,
    told: Vec<Told>,
    quotes: Vec<(String, String, String)>,
    heat: Vec<String>,
    alarms: Vec<String>,
    turns: Vec<Node>,
    at: String,
    may: bool,
    others: Vec<(String, String)>,
    acts: Vec<ActRow>,
    parent: Option<ParentBlock>,
    brief: bool,
    hours: Option<Curve>,
    /// Next week of its topic.
    ahead: Option<String>,
    /// Where a 快报 of it is made.
    flash: String,
}

/// A node of lineage.
#[derive(Debug)]
struct Node {
    when: String,
    what: String,
    text: String,
    link: Option<String>,
}

/// An act that can be taken back.
#[derive(Debug)]
struct ActRow {
    id: i64,
    when: When,
    by: String,
    what: String,
    reason: String,
}

/// 母单
#[derive(Debug)]
struct ParentBlock {
    link: String,
    ticket: String,
    reason: String,
    children: Vec<(String, String)>,
    reply: Option<(String, String)>,
}

#[derive(Debug)]
struct MemberRow {
    href: String,
    id: String,
    title: String,
    when: When,
    status: &'static str,
}

/// What is told of an event: an aspect (who, where, what), and its values, each with a count where there is one and
/// leading to a search.
type Told = (&'static str, Vec<(String, Option<usize>, Option<String>)>);

/// One event.
pub(crate) async fn event(door: Door, Path(id): Path<String>) -> ApiResult<Response> {
    let gone = || Fault::not_found("现在没有这个事件:它可能已经结束");
    let hot = door.desk.hot().ok_or_else(gone)?;
    let event = hot.successor(&id).ok_or_else(gone)?;
    if event.id != id {
        // An address that somebody sent or kept goes on to where its tickets are.
        return Ok(Redirect::to(&event_link(&event.id)).into_response());
    }
    let ids: Vec<TicketId> =
        event.tickets.iter().rev().take(MEMBERS).filter_map(|t| TicketId::new(t.as_str()).ok()).collect();
    let (now, persons) = (door.desk.now(), door.desk.persons().await);
    let member = |t: crate::domain::Ticket| {
        let appeal = &t.content.appeal;
        let words = if appeal.title.trim().is_empty() { &appeal.text } else { &appeal.title };
        let title: String = mask(words).text.chars().take(40).collect();
        let id = t.id.to_string();
        MemberRow { href: ticket_link(&id), id, title, when: When::new(t.received_at, now), status: t.status.label() }
    };
    let members: Vec<MemberRow> = door.desk.members(&ids).await?.into_iter().map(member).collect();
    let view = EventView::of(event, &hot);
    page(&EventPage {
        flash: link("/briefs", [("make", "flash"), ("topic", event.id.as_str())]),
        ahead: hot.topic_of(&event.id).map(|topic| trend_words(&topic.trend)),
        frame: Frame::of(&door.desk, view.about.title.clone(), "/topics").await,
        all: address(CASES, &whole(&event.id)),
        told: told(&view, event),
        curve: days(event),
        more: event.tickets.len() - members.len().min(event.tickets.len()),
        quotes: view.about.quotes.iter().map(|q| (ticket_link(&q.ticket), q.ticket.clone(), q.text.clone())).collect(),
        heat: parts(event),
        alarms: view.alarms.iter().map(alarm_line).collect(),
        turns: view.lineage.iter().map(|t| node(t, &id, &hot)).collect(),
        at: event_link(&id),
        may: door.desk.actor().may(Right::Correct),
        others: others(&hot, event),
        acts: hot.acts.iter().rev().take(ACTS).map(|c| act_row(c, &persons, now)).collect(),
        parent: hot.parent_of(event).map(parent_block),
        brief: door.desk.actor().may(Right::Brief),
        hours: hours(event),
        members,
        view,
    })
}

/// All appeals of an event.
pub(super) fn whole(id: &str) -> CaseAsk {
    CaseAsk { group: Some(Group::Event(id.to_owned())), ..CaseAsk::default() }
}

/// Who, where and what, for one table.
fn told(view: &EventView, event: &Event) -> Vec<Told> {
    let region = |name: &str| {
        let (district, town) = name.split_once('/').unwrap_or((name, ""));
        let pairs = [("district", district), ("town", town)];
        link("/search", pairs.into_iter().filter(|(_, value)| !value.is_empty()))
    };
    let place = |name: &str| link("/search", [("q", format!("\"{}\"", name.replace('"', " ")).as_str())]);
    let department = |name: &str| link("/search", [("department", name)]);
    let rows = |counts: &[CountView], href: &dyn Fn(&str) -> String| {
        counts.iter().map(|c| (c.name.clone(), Some(c.count), Some(href(&c.name)))).collect::<Vec<_>>()
    };
    let callers = vec![("来电人".to_owned(), Some(view.about.callers), None)];
    let terms = view.about.terms.iter().map(|term| (term.clone(), None, Some(link("/search", [("q", term.as_str())]))));
    let levels = Urgency::ALL.into_iter().zip(event.portrait.urgency).filter(|(_, n)| *n > 0);
    let mut told = vec![
        ("何人", callers),
        ("承办", rows(&view.about.departments, &department)),
        ("区县 街镇", rows(&view.about.regions, &region)),
        ("地点", rows(&view.about.places, &place)),
        ("关键词", terms.collect()),
        ("急度", levels.map(|(level, n)| (level.code().to_owned(), Some(n), None)).collect()),
    ];
    told.retain(|(_, rows)| !rows.is_empty());
    told
}

pub(super) fn parts(event: &Event) -> Vec<String> {
    let heat = &event.heat;
    vec![
        format!("近七天来电 {} 人", heat.callers),
        format!("比平常增长 {:.1} 倍", heat.growth),
        format!("重复 {:.1}%", heat.repeats * 100.0),
        format!("未解决 {:.1}%", heat.unsolved * 100.0),
    ]
}

/// 05-21 14:03
fn minute(at: &str) -> String {
    at.get(5..16).unwrap_or(at).replace('T', " ")
}

fn alarm_line(alarm: &AlarmView) -> String {
    let at = alarm.at.as_deref().map(minute).unwrap_or_default();
    let surge = if alarm.surge { ",超过平常五倍" } else { "" };
    let (kind, change) = (&alarm.kind, &alarm.change);
    format!(
        "{at} {kind}{change}:{:.0} 小时内 {} 人,平常 {:.2}{surge}",
        alarm.window_hours, alarm.callers, alarm.expected
    )
}

fn node(turn: &TurnView, own: &str, hot: &Hot) -> Node {
    let by = turn.by.map(|n| format!(" {n} 件")).unwrap_or_default();
    let other = turn.other.as_deref().map(|o| format!(" {o}")).unwrap_or_default();
    let about = if turn.event == own { String::new() } else { format!("{} ", turn.event) };
    let link = [turn.other.as_deref(), Some(turn.event.as_str())].into_iter().flatten().find(|id| *id != own);
    // What went into another has no page any more.
    let link = link.filter(|id| hot.event(id).is_some());
    let what = format!("{}{by}", turn.what);
    let text = format!("{} {about}{what}{other}", minute(&turn.at));
    Node { when: minute(&turn.at), what, text, link: link.map(event_link) }
}

/// Other events to choose from, hottest first.
fn others(hot: &Hot, event: &Event) -> Vec<(String, String)> {
    let mut all: Vec<&Event> = hot.findings.events.iter().filter(|e| e.id != event.id).collect();
    all.sort_by(|a, b| b.heat.value.total_cmp(&a.heat.value).then_with(|| a.id.cmp(&b.id)));
    let name = |e: &Event| format!("{} · {} 件 · {}", mask(&e.portrait.title).text, e.tickets.len(), e.id);
    all.into_iter().take(OTHERS).map(|e| (e.id.clone(), name(e))).collect()
}

fn act_row(correction: &Correction, persons: &Persons, now: Timestamp) -> ActRow {
    let events = correction.act.events().join(" ");
    let title = match &correction.act {
        Amendment::Rename { title, .. } => format!(" “{}”", seen(title, false)),
        Amendment::Move { ticket, .. } | Amendment::Exclude { ticket, .. } => format!(" {ticket}"),
        _ => String::new(),
    };
    ActRow {
        id: correction.id,
        when: When::new(correction.at, now),
        by: persons.name(&correction.actor.name).to_owned(),
        what: format!("{}{title} {events}", correction.act.label()),
        reason: seen(&correction.reason, false),
    }
}

fn parent_block(parent: &Parent) -> ParentBlock {
    let children = parent.children.iter().map(|(t, _)| (ticket_link(t), t.clone())).collect();
    ParentBlock {
        link: ticket_link(&parent.ticket),
        ticket: parent.ticket.clone(),
        reason: seen(&parent.reason, false),
        children,
        reply: parent.reply.as_ref().map(|(text, by, _)| (seen(text, false), by.clone())),
    }
}
