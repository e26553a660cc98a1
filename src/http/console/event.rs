//! One event: what it is about, its curve, its tickets, its lineage, and what people correct about it.

use askama::Template;
use axum::response::{IntoResponse, Redirect, Response};
use jiff::Timestamp;

use crate::{
    desk::{CaseAsk, Group, Hot},
    domain::{Amendment, Correction, Fault, Parent, Right, TicketId, format_city},
    http::{
        Door,
        cases::address,
        console::{
            cockpit::CASES,
            frame::{Frame, When, grouped, link, ticket_link},
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
    ranked: Vec<Ranked>,
    levels: Vec<(&'static str, usize)>,
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
    hours: Vec<(String, String, String, String)>,
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

/// A day of the curve.
#[derive(Debug)]
struct Day {
    x: String,
    y: String,
    height: String,
    date: String,
    count: String,
    /// The search of its day.
    href: String,
}

/// What an event is ranked by: a name, and its values with counts, each leading to a search.
type Ranked = (&'static str, Vec<(String, usize, String)>);

/// Columns of tickets a day, and the band of what is usual.
#[derive(Debug)]
struct Curve {
    columns: Vec<Day>,
    width: String,
    band: String,
    band_top: String,
    first: String,
    last: String,
    most: usize,
}

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
    let now = door.desk.now();
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
        ranked: ranked(&view),
        curve: curve(event),
        more: event.tickets.len() - members.len().min(event.tickets.len()),
        levels: ["U1", "U2", "U3", "U4"].into_iter().zip(event.portrait.urgency).filter(|(_, n)| *n > 0).collect(),
        quotes: view.about.quotes.iter().map(|q| (ticket_link(&q.ticket), q.ticket.clone(), q.text.clone())).collect(),
        heat: parts(event),
        alarms: view.alarms.iter().map(alarm_line).collect(),
        turns: view.lineage.iter().map(|t| node(t, &id, &hot)).collect(),
        at: event_link(&id),
        may: door.desk.actor().may(Right::Correct),
        others: others(&hot, event),
        acts: hot.acts.iter().rev().take(ACTS).map(|c| act_row(c, now)).collect(),
        parent: hot.parent_of(event).map(parent_block),
        brief: door.desk.actor().may(Right::Brief),
        hours: hours(&event.portrait.hourly),
        members,
        view,
    })
}

/// All appeals of an event.
pub(super) fn whole(id: &str) -> CaseAsk {
    CaseAsk { group: Some(Group::Event(id.to_owned())), ..CaseAsk::default() }
}

fn ranked(view: &EventView) -> Vec<Ranked> {
    let region = |name: &str| {
        let (district, town) = name.split_once('/').unwrap_or((name, ""));
        let pairs = [("district", district), ("town", town)];
        link("/search", pairs.into_iter().filter(|(_, value)| !value.is_empty()))
    };
    let place = |name: &str| link("/search", [("q", format!("\"{}\"", name.replace('"', " ")).as_str())]);
    let department = |name: &str| link("/search", [("department", name)]);
    let rows = |counts: &[CountView], href: &dyn Fn(&str) -> String| {
        counts.iter().map(|c| (c.name.clone(), c.count, href(&c.name))).collect::<Vec<_>>()
    };
    vec![
        ("区县 街镇", rows(&view.about.regions, &region)),
        ("地点", rows(&view.about.places, &place)),
        ("主办单位", rows(&view.about.departments, &department)),
    ]
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

fn act_row(correction: &Correction, now: Timestamp) -> ActRow {
    let events = correction.act.events().join(" ");
    let title = match &correction.act {
        Amendment::Rename { title, .. } => format!(" “{}”", seen(title, false)),
        Amendment::Move { ticket, .. } | Amendment::Exclude { ticket, .. } => format!(" {ticket}"),
        _ => String::new(),
    };
    ActRow {
        id: correction.id,
        when: When::new(correction.at, now),
        by: correction.actor.name.clone(),
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

/// Columns of the last two days by the hour: x, y, height, name.
fn hours(hourly: &[usize]) -> Vec<(String, String, String, String)> {
    const SIZE: (f64, f64) = (720.0, 48.0);
    let Some(most) = hourly.iter().max().filter(|most| **most > 0) else { return Vec::new() };
    let width = SIZE.0 / hourly.len() as f64;
    let column = |(n, count): (usize, &usize)| {
        let height = SIZE.1 * *count as f64 / *most as f64;
        let ago = hourly.len() - 1 - n;
        let name = if ago == 0 {
            format!("最后一小时 {count} 件")
        } else {
            format!("之前第 {ago} 小时 {count} 件")
        };
        (format!("{:.1}", n as f64 * width), format!("{:.1}", SIZE.1 - height), format!("{height:.1}"), name)
    };
    hourly.iter().enumerate().map(column).collect()
}

fn curve(event: &Event) -> Option<Curve> {
    const SIZE: (f64, f64) = (720.0, 72.0);
    let (first, last) = (event.first?, event.last?);
    let daily = &event.portrait.daily;
    if daily.len() < 2 {
        return None;
    }
    // the 95 % quantile of a Poisson, roughly: mean and 1.64 deviations
    let usual = event.usual + 1.64 * event.usual.sqrt();
    let most = daily.iter().copied().max()?.max(1);
    let top = (most as f64).max(usual);
    let width = SIZE.0 / daily.len() as f64;
    let day = |n: usize| {
        let at = first + jiff::SignedDuration::from_hours(24 * n as i64);
        format_city(at).chars().take(10).collect::<String>()
    };
    // A search knows no events: the word that tells this one best stands for it.
    let word = event.portrait.terms.first().map(|term| mask(term).text).unwrap_or_default();
    let column = |(n, count): (usize, &usize)| {
        let height = SIZE.1 * *count as f64 / top;
        let date = day(n);
        Day {
            x: format!("{:.1}", n as f64 * width + width * 0.1),
            y: format!("{:.1}", SIZE.1 - height),
            height: format!("{height:.1}"),
            count: grouped(*count as u64),
            href: link("/search", [("q", format!("{word} 时间:{date}").trim())]),
            date,
        }
    };
    let band = SIZE.1 * usual / top;
    Some(Curve {
        columns: daily.iter().enumerate().map(column).collect(),
        width: format!("{:.1}", width * 0.8),
        band: format!("{band:.1}"),
        band_top: format!("{:.1}", SIZE.1 - band),
        first: day(0),
        last: format_city(last).chars().take(10).collect(),
        most,
    })
}
