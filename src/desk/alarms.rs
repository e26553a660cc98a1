//! What is told of alarms: each look's alarms against what was told before, so that a change is told once, whatever
//! restarts lie between.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::{
    city::CityPack,
    domain::Fault,
    insight::{
        StreamOf,
        alarm::{Alarm, AlarmKind, Cause, Change},
    },
    store::AlarmLine,
};

use super::{Desk, Hot};

/// Tickets kept with a line.
const LISTED: usize = 200;

/// Tickets named with an open stream.
const NAMED: usize = 5;

/// Tickets of an event of which people are told, as on 热点.
const LEAST: usize = 3;

/// Lines of history that are given out.
const LINES: u64 = 200;

/// Alarms as they stand.
#[derive(Clone, Debug, Default)]
pub struct AlarmBook {
    /// The last line of each alarm that is open, newest first.
    pub open: Vec<AlarmLine>,
    /// The latest lines of all, newest first.
    pub lines: Vec<AlarmLine>,
}

/// An alarm that is open.
#[derive(Clone, Debug)]
pub struct OpenAlarm {
    /// `event`, `place` (a category at a place) or `keyword`.
    pub of: &'static str,
    /// Its name; personal data is covered further up.
    pub name: String,
    /// Its last line.
    pub alarm: Alarm,
    /// Id and title of the event that it is of, or that holds half of its tickets.
    pub event: Option<(String, String)>,
    /// A stream's newest tickets, the newest first; an event names its own.
    pub tickets: Vec<String>,
}

impl OpenAlarm {
    /// When it was raised or grew.
    pub fn at(&self) -> Option<Timestamp> {
        instant(self.alarm.hours)
    }
}

/// An alarm of this look.
struct Seen<'h> {
    of: &'static str,
    name: String,
    alarms: &'h [Alarm],
    event: Option<String>,
    tickets: &'h [String],
}

impl Desk {
    /// Alarms as they stand, of events, categories at places and keywords.
    ///
    /// # Errors
    /// The store failed.
    pub async fn alarms(&self) -> Result<AlarmBook, Fault> {
        let log = self.room.store.alarm_log();
        Ok(AlarmBook { open: log.alarm_heads(&[]).await?, lines: log.alarm_lines(None, LINES).await? })
    }

    /// The alarms that are open as last seen, of events and of streams, the latest change first: the one list whose
    /// length every page shows. Asks nobody.
    pub fn open_alarms(&self) -> Vec<OpenAlarm> {
        self.hot().map_or_else(Vec::new, |hot| open_alarms(&hot, &self.city()))
    }

    /// Tells what has changed since the last look; how many lines.
    ///
    /// # Errors
    /// The store failed; the same step can be tried again.
    pub(super) async fn tell_alarms(&self, hot: &Hot) -> Result<usize, Fault> {
        let (pack, told_at) = (self.city(), self.now());
        let log = self.room.store.alarm_log();
        let seen = seen(hot, &pack);
        let named: Vec<String> = seen.keys().cloned().collect();
        let heads: BTreeMap<String, AlarmLine> =
            log.alarm_heads(&named).await?.into_iter().map(|h| (h.stream.clone(), h)).collect();
        let streams: BTreeSet<&String> =
            seen.keys().chain(heads.iter().filter(|(_, h)| h.is_open()).map(|(stream, _)| stream)).collect();
        let lines: Vec<AlarmLine> = streams
            .into_iter()
            .filter_map(|stream| next(stream, heads.get(stream), seen.get(stream), told_at))
            .collect();
        if !lines.is_empty() {
            log.tell_alarms(&lines).await?;
            metrics::counter!("tingsu_alarm_changes_total").increment(lines.len() as u64);
        }
        Ok(lines.len())
    }
}

/// The alarms of one look that are open, the latest change first.
pub(super) fn open_alarms(hot: &Hot, pack: &CityPack) -> Vec<OpenAlarm> {
    let open = |alarms: &[Alarm]| alarms.last().filter(|alarm| alarm.change != Change::Closed).cloned();
    let of_event = |id: &str| (id.to_owned(), hot.event(id).map_or_else(String::new, |e| e.portrait.title.clone()));
    let events = hot.findings.events.iter().filter(|e| e.tickets.len() >= LEAST);
    let of_events = events.filter_map(|e| {
        let name = e.portrait.title.clone();
        Some(OpenAlarm {
            of: "event",
            name,
            alarm: open(&e.alarms)?,
            event: Some(of_event(&e.id)),
            tickets: Vec::new(),
        })
    });
    let of_streams = hot.findings.streams.iter().filter_map(|s| {
        let (of, name) = stream_name(&s.of, pack);
        let event = s.event.and_then(|at| hot.findings.events.get(at)).map(|e| of_event(&e.id));
        let tickets = s.newest().iter().rev().take(NAMED).cloned().collect();
        Some(OpenAlarm { of, name, alarm: open(&s.alarms)?, event, tickets })
    });
    let mut all: Vec<OpenAlarm> = of_events.chain(of_streams).collect();
    all.sort_by(|a, b| b.alarm.hours.total_cmp(&a.alarm.hours).then_with(|| (a.of, &a.name).cmp(&(b.of, &b.name))));
    all
}

fn seen<'h>(hot: &'h Hot, pack: &CityPack) -> BTreeMap<String, Seen<'h>> {
    let mut all = BTreeMap::new();
    for event in hot.findings.events.iter().filter(|e| !e.alarms.is_empty()) {
        let name = event.portrait.title.clone();
        let (event_id, tickets) = (Some(event.id.clone()), event.tickets.as_slice());
        all.insert(event.id.clone(), Seen { of: "event", name, alarms: &event.alarms, event: event_id, tickets });
    }
    for stream in &hot.findings.streams {
        let event = stream.event.and_then(|at| hot.findings.events.get(at)).map(|e| e.id.clone());
        let (of, name) = stream_name(&stream.of, pack);
        all.insert(stream.of.key(), Seen { of, name, alarms: &stream.alarms, event, tickets: stream.newest() });
    }
    all
}

/// Kind and name of a stream for people.
fn stream_name(of: &StreamOf, pack: &CityPack) -> (&'static str, String) {
    match of {
        StreamOf::Place { category, region } => {
            let name = pack.taxonomy.get(category).map_or(category.as_str(), |c| c.level2.as_str());
            ("place", format!("{} · {name}", region.replace('/', " ")))
        }
        StreamOf::Keyword(word) => ("keyword", format!("“{word}”")),
        StreamOf::Local { word, region } => ("keyword", format!("{} “{word}”", region.replace('/', " "))),
    }
}

/// The line that a stream needs, if it needs one.
fn next(stream: &str, head: Option<&AlarmLine>, seen: Option<&Seen<'_>>, told_at: Timestamp) -> Option<AlarmLine> {
    let open = head.filter(|h| h.is_open());
    let Some((seen, now)) = seen.and_then(|s| Some((s, s.alarms.last()?))) else {
        let gone = open?.clone();
        let (change, cause) = (word(Change::Closed).to_owned(), Cause::Gone.label().to_owned());
        return Some(AlarmLine { told_at, at: told_at, change, cause, ..gone });
    };
    let (change, cause) = match (open, now.change) {
        (None, Change::Closed) => return None,
        (None, _) => {
            let raised = seen.alarms.iter().rev().find(|a| a.change == Change::Raised).map_or(now.hours, |a| a.hours);
            if head.is_some_and(|h| instant(raised).is_none_or(|at| at <= h.at)) {
                return None;
            }
            (Change::Raised, Cause::Over)
        }
        (Some(_), Change::Closed) => (Change::Closed, now.cause),
        (Some(head), _) if now.kind == AlarmKind::Sudden && !head.sudden => (Change::Updated, Cause::Faster),
        (Some(head), _) if now.callers * 2 >= head.callers * 3 => (Change::Updated, Cause::Grew),
        _ => return None,
    };
    Some(AlarmLine {
        stream: stream.to_owned(),
        of: seen.of.to_owned(),
        name: seen.name.clone(),
        told_at,
        at: instant(now.hours).unwrap_or(told_at),
        change: word(change).to_owned(),
        sudden: now.kind == AlarmKind::Sudden,
        cause: cause.label().to_owned(),
        callers: now.callers,
        window_hours: now.window,
        expected: now.expected,
        p: now.p,
        surge: now.surge,
        event: seen.event.clone(),
        tickets: seen.tickets.iter().rev().take(LISTED).rev().cloned().collect(),
    })
}

fn instant(hours: f64) -> Option<Timestamp> {
    Timestamp::from_second((hours * 3600.0).round() as i64).ok()
}

fn word(change: Change) -> &'static str {
    match change {
        Change::Raised => "raised",
        Change::Updated => "updated",
        Change::Closed => "closed",
    }
}
