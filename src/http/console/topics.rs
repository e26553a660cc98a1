//! 热点: events as last seen, and one event.

use askama::Template;
use axum::{extract::Path, response::Response};
use jiff::Timestamp;

use crate::{
    domain::{Fault, TicketId, format_city},
    http::{
        Door,
        console::{
            frame::{Frame, When, link, ticket_link},
            page,
        },
        error::ApiResult,
        extract::Params,
        views::{AlarmView, EventView, LISTED, TurnView},
    },
    insight::{Event, State as Way},
    text::mask,
};

/// Events on the page at most.
const MOST: usize = 100;
/// Members on an event's page at most.
const MEMBERS: usize = 200;

#[derive(Template)]
#[template(path = "topics.html")]
struct TopicsPage {
    frame: Frame,
    chips: Vec<(String, &'static str, usize, bool)>,
    rows: Vec<EventRow>,
    made: Option<When>,
    appeals: usize,
    alone: String,
}

#[derive(Debug)]
struct EventRow {
    href: String,
    title: String,
    state: &'static str,
    heat: String,
    parts: String,
    tickets: usize,
    callers: usize,
    region: String,
    department: String,
    last: Option<When>,
    alarm: Option<&'static str>,
}

/// The list.
pub(crate) async fn topics(door: Door, Params(params): Params) -> ApiResult<Response> {
    params.only(&["state"])?;
    let wanted = params.one("state")?.map(str::to_owned);
    let (hot, now) = (door.desk.hot(), door.desk.now());
    let mut events: Vec<&Event> = hot.iter().flat_map(|h| &h.findings.events).collect();
    events.retain(|e| e.tickets.len() >= LISTED);
    events.sort_by(|a, b| b.heat.value.total_cmp(&a.heat.value).then_with(|| a.id.cmp(&b.id)));
    let states = [Way::New, Way::Rising, Way::Steady, Way::Falling, Way::Returning];
    let chip = |way: Way| {
        let n = events.iter().filter(|e| e.state == way).count();
        (link("/topics", [("state", way.label())]), way.label(), n, wanted.as_deref() == Some(way.label()))
    };
    let mut chips = vec![("/topics".to_owned(), "全部", events.len(), wanted.is_none())];
    chips.extend(states.into_iter().map(chip));
    let shown = events.iter().filter(|e| wanted.as_deref().is_none_or(|w| w == e.state.label()));
    page(&TopicsPage {
        frame: Frame::of(&door.desk, "热点", "/topics").await,
        rows: shown.take(MOST).map(|e| row(e, now)).collect(),
        chips,
        made: hot.as_ref().map(|h| When::new(h.made_at, now)),
        appeals: hot.as_ref().map_or(0, |h| h.appeals),
        alone: hot.as_ref().map_or_else(String::new, |h| {
            format!("{:.1}%", 100.0 * h.findings.alone.len() as f64 / h.appeals.max(1) as f64)
        }),
    })
}

fn event_link(id: &str) -> String {
    ticket_link(id).replacen("/tickets/", "/events/", 1)
}

fn row(event: &Event, now: Timestamp) -> EventRow {
    let heat = &event.heat;
    let portrait = &event.portrait;
    let open = event.alarms.last().filter(|a| a.change != crate::insight::alarm::Change::Closed);
    EventRow {
        href: event_link(&event.id),
        title: mask(&portrait.title).text,
        state: event.state.label(),
        heat: format!("{:.1}", heat.value),
        parts: parts(event).join(","),
        tickets: event.tickets.len(),
        callers: portrait.callers,
        region: portrait.regions.first().map_or_else(String::new, |(r, _)| r.replace('/', " ")),
        department: portrait.departments.first().map_or_else(String::new, |(d, _)| d.clone()),
        last: event.last.map(|at| When::new(at, now)),
        alarm: open.map(|a| a.kind.label()),
    }
}

#[derive(Template)]
#[template(path = "event.html")]
struct EventPage {
    frame: Frame,
    view: EventView,
    curve: Option<Curve>,
    members: Vec<MemberRow>,
    more: usize,
    levels: Vec<(&'static str, usize)>,
    quotes: Vec<(String, String, String)>,
    heat: Vec<String>,
    alarms: Vec<String>,
    turns: Vec<String>,
    /// Where a 快报 of it is made.
    flash: String,
}

#[derive(Debug)]
struct MemberRow {
    href: String,
    id: String,
    title: String,
    when: When,
    status: &'static str,
}

/// Columns of tickets a day, and the band of what is usual.
#[derive(Debug)]
struct Curve {
    columns: Vec<(String, String, String, String)>,
    width: String,
    band: String,
    band_top: String,
    first: String,
    last: String,
    most: usize,
}

/// One event.
pub(crate) async fn event(door: Door, Path(id): Path<String>) -> ApiResult<Response> {
    let gone = || Fault::not_found("no such event now: it may have ended or gone into another");
    let hot = door.desk.hot().ok_or_else(gone)?;
    let event = hot.event(&id).ok_or_else(gone)?;
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
        frame: Frame::of(&door.desk, view.about.title.clone(), "/topics").await,
        curve: curve(event),
        flash: link("/briefs", [("make", "flash"), ("topic", event.id.as_str())]),
        more: event.tickets.len() - members.len().min(event.tickets.len()),
        levels: ["U1", "U2", "U3", "U4"].into_iter().zip(event.portrait.urgency).filter(|(_, n)| *n > 0).collect(),
        quotes: view.about.quotes.iter().map(|q| (ticket_link(&q.ticket), q.ticket.clone(), q.text.clone())).collect(),
        heat: parts(event),
        alarms: view.alarms.iter().map(alarm_line).collect(),
        turns: view.lineage.iter().map(turn_line).collect(),
        members,
        view,
    })
}

fn parts(event: &Event) -> Vec<String> {
    let heat = &event.heat;
    vec![
        format!("近七天来电 {} 人", heat.callers),
        format!("比平常增长 {:.1} 倍", heat.growth),
        format!("重复 {:.0}%", heat.repeats * 100.0),
        format!("未解决 {:.0}%", heat.unsolved * 100.0),
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

fn turn_line(turn: &TurnView) -> String {
    let by = turn.by.map(|n| format!(" {n} 件")).unwrap_or_default();
    let other = turn.other.as_deref().map(|o| format!(" {o}")).unwrap_or_default();
    format!("{} {}{by}{other}", minute(&turn.at), turn.what)
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
    let column = |(n, count): (usize, &usize)| {
        let height = SIZE.1 * *count as f64 / top;
        let x = format!("{:.1}", n as f64 * width + width * 0.1);
        (x, format!("{:.1}", SIZE.1 - height), format!("{height:.1}"), format!("{} {count} 件", day(n)))
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
