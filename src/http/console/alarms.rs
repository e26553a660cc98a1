//! Open alarms on 热点: categories at places and keywords (those of events stand with the events).

use crate::{
    desk::Hot,
    domain::{Fault, format_city},
    http::{
        Door,
        console::{frame::ticket_link, topics::event_link},
        views::AlarmLineView,
    },
    store::AlarmLine,
};

/// Lines at most.
const MOST: usize = 12;

/// Tickets named in a line at most.
const TICKETS: usize = 5;

/// An open alarm.
#[derive(Debug)]
pub(crate) struct AlarmRow {
    pub(crate) kind: String,
    pub(crate) of: &'static str,
    pub(crate) name: String,
    pub(crate) href: Option<String>,
    pub(crate) words: String,
    pub(crate) tickets: Vec<(String, String)>,
}

/// The open alarms of streams, newest first.
pub(crate) async fn open_alarms(door: &Door) -> Result<Vec<AlarmRow>, Fault> {
    let book = door.desk.alarms().await?;
    let hot = door.desk.hot();
    let lines = book.open.iter().filter(|line| line.of != "event").take(MOST);
    Ok(lines.map(|line| row(line, hot.as_deref())).collect())
}

fn row(line: &AlarmLine, hot: Option<&Hot>) -> AlarmRow {
    let view = AlarmLineView::of(line);
    let at: String = format_city(line.at).replace('T', " ").chars().skip(5).take(11).collect();
    let surge = if line.surge { ",超过平常五倍" } else { "" };
    AlarmRow {
        kind: view.kind,
        of: if line.of == "place" { "分类与地点" } else { "关键词" },
        name: view.name,
        href: line.event.as_deref().and_then(|id| hot?.successor(id)).map(|event| event_link(&event.id)),
        words: format!(
            "{at} {:.0} 小时内 {} 人,平常 {:.2}{surge};{}",
            line.window_hours, line.callers, line.expected, line.cause
        ),
        tickets: line.tickets.iter().rev().take(TICKETS).map(|t| (ticket_link(t), t.clone())).collect(),
    }
}
