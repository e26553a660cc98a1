//! Events and topics on the wire.

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::{CorrectionView, ParentView};
use crate::{
    desk::{Hot, Turn},
    domain::{Correction, format_city},
    insight::{Alone, Event, Fate, Heat, Portrait, Topic, alarm::Alarm},
};

use super::trends::trend_words;

/// The present picture: events, hottest first.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EventList {
    /// When it was made; none before the first look.
    pub made_at: Option<String>,
    /// Tickets looked at.
    pub appeals: usize,
    /// Tickets that came in since and were put beside them.
    pub joined: usize,
    /// Share of them that belong to no event.
    pub alone_share: f64,
    /// Events of at least three tickets.
    pub events: Vec<EventView>,
    /// Tickets of no event with the event that is nearest to each, nearest first; 200 at most.
    pub alone: Vec<AloneView>,
}

/// A ticket of no event.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AloneView {
    /// Its id.
    pub ticket: String,
    /// The event that is nearest to it.
    pub nearest: String,
    /// Mean log-odds of belonging to it.
    pub log_odds: f32,
}

/// The present picture: topics, hottest first.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TopicList {
    /// When it was made; none before the first look.
    pub made_at: Option<String>,
    /// Topics of at least three tickets.
    pub topics: Vec<TopicView>,
}

/// One thing at one place and time.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EventView {
    /// Its id, which stays while it grows.
    pub id: String,
    /// Its topic.
    pub topic: Option<String>,
    /// First ticket.
    pub first: Option<String>,
    /// Last ticket.
    pub last: Option<String>,
    /// Tickets of its kind that a day usually brings.
    pub usual_per_day: f64,
    /// Its alarms with their history, oldest first.
    pub alarms: Vec<AlarmView>,
    /// Urgency to which its tickets should be raised while an alarm is open.
    pub raise_to: Option<String>,
    /// What became of it, oldest first.
    pub lineage: Vec<TurnView>,
    /// Its parent ticket, while it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<ParentView>,
    /// What people corrected about it and is in force, newest first.
    pub corrections: Vec<CorrectionView>,
    /// What it is about.
    #[serde(flatten)]
    pub about: AboutView,
}

/// One class of matter over time.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TopicView {
    /// Its id.
    pub id: String,
    /// Ids of its events.
    pub events: Vec<String>,
    /// Next week's range with its back-test, or why there is none.
    pub next_week: String,
    /// What it is about.
    #[serde(flatten)]
    pub about: AboutView,
}

/// What a group of tickets is about.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AboutView {
    /// Matter and place.
    pub title: String,
    /// Terms that set it apart.
    pub terms: Vec<String>,
    /// 新出现 上升 平稳 下降 反复
    pub state: String,
    /// Heat with its four parts.
    pub heat: HeatView,
    /// Its tickets, by time.
    pub tickets: Vec<String>,
    /// Distinct callers.
    pub callers: usize,
    /// Share of repeated calls.
    pub repeat_share: f64,
    /// Share of unsolved tickets, of those of which it is known.
    pub unsolved_share: Option<f64>,
    /// Places, most frequent first.
    pub places: Vec<CountView>,
    /// Regions, most frequent first.
    pub regions: Vec<CountView>,
    /// Departments, most frequent first.
    pub departments: Vec<CountView>,
    /// Tickets by urgency, U1 to U4.
    pub urgency: [usize; 4],
    /// Masked sentences, far from each other.
    pub quotes: Vec<QuoteView>,
    /// Tickets an hour in the two days up to the last one, the hour of that one last.
    pub hourly: Vec<usize>,
    /// Tickets a day from the first on.
    pub daily: Vec<usize>,
}

/// log2(1 + callers) · (1 + growth) · (1 + repeats / 2) · (1 + unsolved / 2)
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct HeatView {
    /// The product.
    pub value: f64,
    /// Distinct callers in the last week.
    pub callers: u32,
    /// Growth over what was to be expected.
    pub growth: f64,
    /// Share of repeated calls.
    pub repeats: f64,
    /// Share of unsolved tickets.
    pub unsolved: f64,
}

/// A name and how many tickets have it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CountView {
    /// The name.
    pub name: String,
    /// How many.
    pub count: usize,
}

/// A masked sentence.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct QuoteView {
    /// Its ticket.
    pub ticket: String,
    /// The words.
    pub text: String,
}

/// A line of an alarm's history.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AlarmView {
    /// When.
    pub at: Option<String>,
    /// 突发 or 集中.
    pub kind: String,
    /// 发出 更新 解除
    pub change: String,
    /// Distinct callers in the window.
    pub callers: usize,
    /// The window, in hours.
    pub window_hours: f64,
    /// What was to be expected in the window.
    pub expected: f64,
    /// How likely so many are by chance.
    pub p: f64,
    /// More than five times what is usual.
    pub surge: bool,
}

/// What became of an event.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TurnView {
    /// When it was seen.
    pub at: String,
    /// The event of which it is told.
    pub event: String,
    /// 出现 增长 分出 并入 结束
    pub what: String,
    /// By how many tickets it grew.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<usize>,
    /// The other event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other: Option<String>,
}

/// Fewer tickets than this are not listed.
pub(crate) const LISTED: usize = 3;

impl EventList {
    /// Of the present picture.
    pub fn of(hot: Option<&Hot>) -> Self {
        let Some(hot) = hot else {
            let (events, alone) = (Vec::new(), Vec::new());
            return Self { made_at: None, appeals: 0, joined: 0, alone_share: 0.0, events, alone };
        };
        let mut listed: Vec<&Event> = hot.findings.events.iter().filter(|e| e.tickets.len() >= LISTED).collect();
        listed.sort_by(|a, b| b.heat.value.total_cmp(&a.heat.value).then_with(|| a.id.cmp(&b.id)));
        Self {
            made_at: Some(format_city(hot.made_at)),
            appeals: hot.appeals,
            joined: hot.joined,
            alone_share: hot.alone_share(),
            alone: nearest(hot),
            events: listed.into_iter().map(|e| EventView::of(e, hot)).collect(),
        }
    }
}

/// Tickets of no event, those nearest to one first.
fn nearest(hot: &Hot) -> Vec<AloneView> {
    let of = |a: &Alone| {
        a.nearest.clone().map(|(nearest, log_odds)| AloneView { ticket: a.ticket.clone(), nearest, log_odds })
    };
    let mut all: Vec<AloneView> = hot.findings.alone.iter().filter_map(of).collect();
    all.sort_by(|a, b| b.log_odds.total_cmp(&a.log_odds).then_with(|| a.ticket.cmp(&b.ticket)));
    all.truncate(200);
    all
}

impl TopicList {
    /// Of the present picture.
    pub fn of(hot: Option<&Hot>) -> Self {
        let mut listed: Vec<&Topic> =
            hot.iter().flat_map(|h| &h.findings.topics).filter(|t| t.tickets.len() >= LISTED).collect();
        listed.sort_by(|a, b| b.heat.value.total_cmp(&a.heat.value).then_with(|| a.id.cmp(&b.id)));
        let view = |t: &Topic| TopicView {
            id: t.id.clone(),
            events: t.events.clone(),
            next_week: trend_words(&t.trend),
            about: about(&t.portrait, &t.heat, t.state.label(), &t.tickets),
        };
        Self { made_at: hot.map(|h| format_city(h.made_at)), topics: listed.into_iter().map(view).collect() }
    }
}

impl EventView {
    /// Of one event.
    pub fn of(event: &Event, hot: &Hot) -> Self {
        Self {
            id: event.id.clone(),
            topic: hot.topic_of(&event.id).map(|t| t.id.clone()),
            first: event.first.map(format_city),
            last: event.last.map(format_city),
            usual_per_day: event.usual,
            alarms: event.alarms.iter().map(AlarmView::of).collect(),
            raise_to: event.raise_to.map(|u| u.code().to_owned()),
            lineage: hot.lineage(&event.id).iter().map(TurnView::of).collect(),
            parent: hot.parent_of(event).map(ParentView::of),
            corrections: hot.acts.iter().rev().filter(|c| about_it(c, event)).map(CorrectionView::of).collect(),
            about: about(&event.portrait, &event.heat, event.state.label(), &event.tickets),
        }
    }
}

/// Whether an act is about an event: by its name, or by tickets that are in it.
fn about_it(correction: &Correction, event: &Event) -> bool {
    let own = |t: &&str| event.tickets.iter().any(|own| own == t);
    correction.act.events().contains(&event.id.as_str()) || correction.act.tickets().iter().any(own)
}

impl AlarmView {
    /// Of one line.
    pub fn of(alarm: &Alarm) -> Self {
        let at = Timestamp::from_second((alarm.hours * 3600.0).round() as i64).ok();
        Self {
            at: at.map(format_city),
            kind: alarm.kind.label().to_owned(),
            change: alarm.change.label().to_owned(),
            callers: alarm.callers,
            window_hours: alarm.window,
            expected: alarm.expected,
            p: alarm.p,
            surge: alarm.surge,
        }
    }
}

impl TurnView {
    /// Of one line.
    pub fn of(turn: &Turn) -> Self {
        let (by, other) = match &turn.fate {
            Fate::Grew(n) => (Some(*n), None),
            Fate::Split(other) | Fate::Merged(other) => (None, Some(other.clone())),
            Fate::Born | Fate::Ended => (None, None),
        };
        Self { at: format_city(turn.at), event: turn.event.clone(), what: turn.fate.label().to_owned(), by, other }
    }
}

fn counts(counted: &[(String, usize)]) -> Vec<CountView> {
    counted.iter().take(20).map(|(name, count)| CountView { name: name.clone(), count: *count }).collect()
}

fn about(portrait: &Portrait, heat: &Heat, state: &str, tickets: &[String]) -> AboutView {
    let quote = |(ticket, text): &(String, String)| QuoteView { ticket: ticket.clone(), text: text.clone() };
    AboutView {
        title: crate::text::mask(&portrait.title).text,
        terms: portrait.terms.clone(),
        state: state.to_owned(),
        heat: HeatView {
            value: heat.value,
            callers: heat.callers,
            growth: heat.growth,
            repeats: heat.repeats,
            unsolved: heat.unsolved,
        },
        tickets: tickets.to_vec(),
        callers: portrait.callers,
        repeat_share: portrait.repeats,
        unsolved_share: portrait.unsolved,
        places: counts(&portrait.places),
        regions: counts(&portrait.regions),
        departments: counts(&portrait.departments),
        urgency: portrait.urgency,
        quotes: portrait.quotes.iter().map(quote).collect(),
        hourly: portrait.hourly.clone(),
        daily: portrait.daily.clone(),
    }
}
