//! 热点: events as last seen.

use std::collections::BTreeMap;

use askama::Template;
use axum::response::Response;
use jiff::Timestamp;

use crate::{
    desk::Hot,
    domain::Fault,
    http::{
        Door,
        cases::address,
        console::{
            alarms::{AlarmRow, OPEN, rows as alarm_rows},
            cockpit::CASES,
            event::{parts, whole},
            frame::{Frame, When, grouped, link, ticket_link},
            page,
        },
        error::ApiResult,
        extract::Params,
        views::LISTED,
    },
    insight::{Event, State as Way},
    text::mask,
};

/// Events on the page at most.
const MOST: usize = 100;
/// Tickets of no event on the page.
const ALONE: usize = 8;

#[derive(Template)]
#[template(path = "topics.html")]
struct TopicsPage {
    frame: Frame,
    chips: Vec<(String, &'static str, String, bool)>,
    rows: Vec<EventRow>,
    /// How many more there are than are shown.
    more: usize,
    alarms: Vec<AlarmRow>,
    /// Whether only the open alarms are asked for, all of them; how many there are, and where they are.
    only: bool,
    open_all: usize,
    open_at: &'static str,
    made: Option<When>,
    appeals: String,
    /// Days back to the oldest ticket looked at, where there were too many for all.
    reach: Option<i64>,
    alone: String,
    /// Tickets of no event with the event that is nearest: link, ticket, link, title.
    near: Vec<(String, String, String, String)>,
    /// Districts with the tickets of the events shown: link, name, tickets, share of the first's.
    districts: Vec<(String, String, String, usize, bool)>,
}

#[derive(Debug)]
struct EventRow {
    href: String,
    title: String,
    state: &'static str,
    heat: String,
    parts: Vec<String>,
    cases: String,
    tickets: String,
    callers: String,
    region: String,
    department: String,
    last: Option<When>,
    alarm: Option<&'static str>,
}

/// The list.
pub(crate) async fn topics(door: Door, Params(params): Params) -> ApiResult<Response> {
    params.only(&["state", "district", "alarm"])?;
    let only = match params.one("alarm")? {
        None => false,
        Some("open") => true,
        Some(_) => return Err(Fault::invalid("预警只能按未解除(open)查看").at("alarm").into()),
    };
    let open = door.desk.open_alarms();
    let wanted = params.one("state")?.map(str::to_owned);
    let place = params.one("district")?.map(str::to_owned);
    let (hot, now) = (door.desk.hot(), door.desk.now());
    let mut events: Vec<&Event> = hot.iter().flat_map(|h| &h.findings.events).collect();
    events.retain(|e| e.tickets.len() >= LISTED);
    events.sort_by(|a, b| b.heat.value.total_cmp(&a.heat.value).then_with(|| a.id.cmp(&b.id)));
    let here = |e: &Event| place.as_deref().is_none_or(|p| e.portrait.regions.iter().any(|(r, _)| district(r) == p));
    let states = [Way::New, Way::Rising, Way::Steady, Way::Falling, Way::Returning];
    let chip = |way: Way| {
        let n = grouped(events.iter().filter(|e| e.state == way && here(e)).count() as u64);
        let on = wanted.as_deref() == Some(way.label());
        (chosen(Some(way.label()), place.as_deref()), way.label(), n, on)
    };
    let all = grouped(events.iter().filter(|e| here(e)).count() as u64);
    let mut chips = vec![(chosen(None, place.as_deref()), "全部", all, wanted.is_none())];
    chips.extend(states.into_iter().map(chip));
    let way = |e: &Event| wanted.as_deref().is_none_or(|w| w == e.state.label());
    let of_way: Vec<&Event> = events.iter().copied().filter(|e| way(e)).collect();
    let districts = districts(&of_way, wanted.as_deref(), place.as_deref());
    let shown = of_way.iter().filter(|e| here(e));
    let more = shown.clone().count().saturating_sub(MOST);
    page(&TopicsPage {
        frame: Frame::of(&door.desk, "热点", "/topics").await,
        alarms: alarm_rows(&open, only, now),
        only,
        open_all: open.len(),
        open_at: OPEN,
        rows: shown.take(MOST).map(|e| row(e, now)).collect(),
        more,
        chips,
        made: hot.as_ref().map(|h| When::new(h.made_at, now)),
        appeals: grouped(hot.as_ref().map_or(0, |h| h.appeals as u64)),
        reach: hot.as_ref().and_then(|h| h.reach),
        alone: hot.as_ref().map_or_else(String::new, |h| format!("{:.1}%", 100.0 * h.alone_share())),
        near: hot.as_deref().map_or_else(Vec::new, near),
        districts,
    })
}

/// The page with a state and a district, each where one is chosen: choosing one keeps the other.
fn chosen(state: Option<&str>, district: Option<&str>) -> String {
    let pairs = [("state", state), ("district", district)];
    link("/topics", pairs.into_iter().filter_map(|(key, value)| Some((key, value?))))
}

fn district(region: &str) -> &str {
    region.split('/').next().unwrap_or_default()
}

/// Districts by the tickets of events, most first; the chosen one's link takes it away.
fn districts(events: &[&Event], state: Option<&str>, on: Option<&str>) -> Vec<(String, String, String, usize, bool)> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (region, n) in events.iter().flat_map(|e| &e.portrait.regions) {
        *counts.entry(district(region)).or_default() += n;
    }
    let mut ranked: Vec<(&str, usize)> = counts.into_iter().filter(|(name, _)| !matches!(*name, "" | "?")).collect();
    ranked.sort_by_key(|(name, n)| (std::cmp::Reverse(*n), *name));
    let most = ranked.first().map_or(1, |(_, n)| (*n).max(1));
    let one = |(name, n): (&str, usize)| {
        let own = on == Some(name);
        (chosen(state, (!own).then_some(name)), name.to_owned(), grouped(n as u64), 100 * n / most, own)
    };
    ranked.into_iter().take(12).map(one).collect()
}

/// Tickets of no event that are nearest to one.
fn near(hot: &Hot) -> Vec<(String, String, String, String)> {
    let mut all: Vec<(&str, &str, f32)> = hot
        .findings
        .alone
        .iter()
        .filter_map(|a| a.nearest.as_ref().map(|(event, score)| (a.ticket.as_str(), event.as_str(), *score)))
        // people may have put it into another since
        .filter(|(_, event, _)| hot.event(event).is_some())
        .collect();
    all.sort_by(|a, b| b.2.total_cmp(&a.2).then_with(|| a.0.cmp(b.0)));
    let title = |id: &str| hot.event(id).map_or_else(String::new, |e| mask(&e.portrait.title).text);
    let one = |(t, e, _): (&str, &str, f32)| (ticket_link(t), t.to_owned(), event_link(e), title(e));
    all.into_iter().take(ALONE).map(one).collect()
}

pub(super) fn event_link(id: &str) -> String {
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
        parts: parts(event),
        cases: address(CASES, &whole(&event.id)),
        tickets: grouped(event.tickets.len() as u64),
        callers: grouped(portrait.callers as u64),
        region: portrait.regions.first().map_or_else(String::new, |(r, _)| r.replace('/', " ")),
        department: portrait.departments.first().map_or_else(String::new, |(d, _)| d.clone()),
        last: event.last.map(|at| When::new(at, now)),
        alarm: open.map(|a| a.kind.label()),
    }
}
