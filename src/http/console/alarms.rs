//! Open alarms on 热点: all of them at one address, to which every count of them leads; above the events those of
//! categories at places and keywords (those of events stand with the events).

use jiff::Timestamp;

use crate::{
    desk::OpenAlarm,
    domain::format_city,
    http::console::{
        frame::{When, ticket_link},
        topics::event_link,
    },
    text::mask,
};

/// Where all open alarms are.
pub(super) const OPEN: &str = "/topics?alarm=open";

/// Lines above the events at most.
const MOST: usize = 12;

/// An open alarm.
#[derive(Debug)]
pub(crate) struct AlarmRow {
    pub(crate) kind: &'static str,
    pub(crate) of: &'static str,
    pub(crate) name: String,
    pub(crate) href: Option<String>,
    pub(crate) words: String,
    pub(crate) when: Option<When>,
    pub(crate) tickets: Vec<(String, String)>,
}

/// All that are open, or of those of streams so many as stand above the events.
pub(super) fn rows(open: &[OpenAlarm], all: bool, now: Timestamp) -> Vec<AlarmRow> {
    let wanted = open.iter().filter(|line| all || line.of != "event");
    wanted.take(if all { usize::MAX } else { MOST }).map(|line| row(line, now)).collect()
}

pub(super) fn row(open: &OpenAlarm, now: Timestamp) -> AlarmRow {
    let alarm = &open.alarm;
    let at: String =
        open.at().map(format_city).unwrap_or_default().replace('T', " ").chars().skip(5).take(11).collect();
    let surge = if alarm.surge { ",超过平常五倍" } else { "" };
    AlarmRow {
        kind: alarm.kind.label(),
        of: match open.of {
            "event" => "事件",
            "place" => "分类与地点",
            _ => "关键词",
        },
        name: mask(&open.name).text,
        href: open.event.as_ref().map(|(id, _)| event_link(id)),
        words: format!(
            "{at} {:.0} 小时内 {} 人,平常 {:.2}{surge};{}",
            alarm.window,
            alarm.callers,
            alarm.expected,
            alarm.cause.label()
        ),
        when: open.at().map(|at| When::new(at, now)),
        tickets: open.tickets.iter().map(|t| (ticket_link(t), t.clone())).collect(),
    }
}
