//! 驾驶舱: one page for a wall screen and a phone, rendered in parts, so that a stream can send what changed.

use std::sync::Arc;

use askama::Template;
use axum::response::Response;
use jiff::Timestamp;

use crate::{
    city::CityPack,
    desk::{Board, Count, Desk, Figure, HotLine, OpenAlarm, Ranked, Rate, UnitRates, Usual},
    domain::{Fault, Light, Ticket, TicketId, city_time},
    http::{
        Door,
        cases::{address, left_words},
        console::{
            alarms::{OPEN, row as alarm_row},
            charts::{forecast_svg, heat_svg},
            frame::{Frame, When, grouped, link, ticket_link},
            page,
        },
        error::ApiResult,
        extract::Params,
        views::{opening, seen},
    },
};

/// Where the appeals behind a number are.
pub(super) const CASES: &str = "/cockpit/cases";
/// Units and words on the first screen.
const UNITS: usize = 9;
const WORDS: usize = 16;
/// Alarms shown.
const EVENTS: usize = 8;
/// Of fewer a percentage says more than is known.
const ENOUGH: f64 = 20.0;
/// Characters of a text shown where there is no title.
const HEAD: usize = 40;

/// A number that leads to its appeals.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) n: String,
    pub(super) href: String,
}

impl Link {
    pub(super) fn of(count: &Count) -> Self {
        Self { n: grouped(count.n), href: address(CASES, &count.of) }
    }
}

#[derive(Debug)]
pub(super) struct FigureRow {
    key: &'static str,
    name: &'static str,
    now: Link,
    usual: Option<(Link, String, String)>,
    change: Option<Change>,
}

/// A change with its direction in words, so that neither colour nor shape stands alone.
#[derive(Debug)]
pub(super) struct Change {
    arrow: &'static str,
    way: &'static str,
    text: String,
}

impl Change {
    /// From `before` to `now`: a percentage where there was enough to take one of, else a number.
    fn of(now: f64, before: f64) -> Self {
        let (arrow, way) = match now - before {
            c if c > 0.0005 => ("▲", "升"),
            c if c < -0.0005 => ("▼", "降"),
            _ => return Self { arrow: "", way: "平", text: "持平".into() },
        };
        let by = (now - before).abs();
        let text = match () {
            () if before >= ENOUGH => format!("{:.1}%", 100.0 * by / before),
            () if by.fract() < 0.05 => format!("{by:.0} 件"),
            () => format!("{by:.1} 件"),
        };
        Self { arrow, way, text }
    }

    /// Of a figure of today: what lies between the least and the most of the weeks before is no news.
    fn against(now: u64, usual: &Usual) -> Self {
        match usual.span {
            (least, most) if (least..=most).contains(&now) => {
                Self { arrow: "", way: "平", text: "在平常范围".into() }
            }
            _ => Self::of(now as f64, usual.mean()),
        }
    }
}

#[derive(Debug)]
pub(super) struct UrgentRow {
    href: String,
    title: String,
    level: &'static str,
    place: String,
    department: String,
    when: When,
    left: String,
    missed: bool,
}

#[derive(Debug)]
pub(super) struct HotRow {
    href: String,
    title: String,
    state: &'static str,
    tickets: Link,
}

/// An open alarm: of an event with its appeals, of a stream where all alarms are.
#[derive(Debug)]
pub(super) struct AlarmTile {
    href: String,
    title: String,
    kind: &'static str,
    when: Option<When>,
    tickets: Option<Link>,
}

#[derive(Debug)]
pub(super) struct RankRow {
    rank: usize,
    name: String,
    now: Link,
    before: Link,
    share: String,
    part: String,
    change: Option<Change>,
}

#[derive(Debug)]
pub(super) struct RateCell {
    percent: String,
    whole: Link,
    mostly: Option<Link>,
    of: Link,
}

#[derive(Debug)]
pub(super) struct UnitRow {
    name: String,
    score: Option<String>,
    all: Link,
    rates: [Option<RateCell>; 3],
    lights: Vec<(&'static str, &'static str, Link)>,
}

/// Everything on the page.
#[derive(Debug)]
pub(super) struct Panels {
    today: Vec<FigureRow>,
    urgent: Vec<UrgentRow>,
    urgent_all: Link,
    open: Link,
    lights: Vec<(&'static str, &'static str, Link)>,
    alarms: Vec<AlarmTile>,
    alarms_all: Link,
    topics: Vec<HotRow>,
    topic_counts: Vec<(&'static str, usize, String)>,
    topics_at: Option<When>,
    week: RankRow,
    categories: Vec<RankRow>,
    districts: Vec<RankRow>,
    heat: String,
    city: UnitRow,
    units: Vec<UnitRow>,
    units_more: usize,
    words: Vec<(String, Link, String)>,
    forecast: Result<(String, String, String, String), String>,
}

/// A part of the page: its id, its name, its HTML.
pub(super) type Part = (&'static str, &'static str, String);

macro_rules! parts {
    ($($kind:ident $id:tt $name:tt $path:tt),+ $(,)?) => {
        $(
            #[derive(Template)]
            #[template(path = $path)]
            struct $kind<'p> {
                p: &'p Panels,
            }
        )+

        /// All parts of the page, in its order.
        pub(super) fn parts(panels: &Panels) -> Result<Vec<Part>, Fault> {
            let broken = |error: askama::Error| Fault::internal(format!("a page did not render: {error}"));
            Ok(vec![$(($id, $name, $kind { p: panels }.render().map_err(broken)?)),+])
        }
    };
}

parts! {
    Today "today" "今日" "cockpit_today.html",
    Urgent "urgent" "紧急在办" "cockpit_urgent.html",
    Alarms "alarms" "预警" "cockpit_alarms.html",
    Topics "topics" "新出现、上升、反复" "cockpit_topics.html",
    Categories "categories" "类别" "cockpit_categories.html",
    Districts "districts" "区县" "cockpit_districts.html",
    Heat "heat" "时段" "cockpit_heat.html",
    Units "units" "承办单位" "cockpit_units.html",
    Words "words" "热词" "cockpit_words.html",
    Forecast "forecast" "下周预测" "cockpit_forecast.html",
}

#[derive(Template)]
#[template(path = "cockpit.html")]
struct CockpitPage {
    frame: Frame,
    clock: String,
    parts: Vec<Part>,
    seq: i64,
}

pub(super) fn title_of(ticket: &Ticket) -> String {
    opening(&ticket.content.appeal, HEAD)
}

fn figure(figure: &Figure) -> FigureRow {
    let usual = figure.usual.as_ref().map(|usual| {
        let all = Link::of(&usual.all);
        let mean = Link { n: format!("{:.1}", usual.mean()), href: all.href };
        (mean, format!("{}–{}", usual.span.0, usual.span.1), format!("前 {} 周同时段", usual.weeks))
    });
    let change = figure.usual.as_ref().map(|usual| Change::against(figure.now.n, usual));
    FigureRow { key: figure.key, name: figure.name, now: Link::of(&figure.now), usual, change }
}

fn hot(line: &HotLine) -> HotRow {
    HotRow {
        href: link(&format!("/events/{}", line.id), []),
        title: seen(&line.title, false),
        state: line.state.label(),
        tickets: Link::of(&line.tickets),
    }
}

fn alarm(open: &OpenAlarm, board: &Board, now: Timestamp) -> AlarmTile {
    let row = alarm_row(open, now);
    let of_event = board.alarms.iter().filter(|_| open.of == "event");
    let own = of_event.into_iter().find(|line| open.event.as_ref().is_some_and(|(id, _)| *id == line.id));
    AlarmTile {
        href: row.href.unwrap_or_else(|| OPEN.to_owned()),
        title: row.name,
        kind: row.kind,
        when: row.when,
        tickets: own.map(|line| Link::of(&line.tickets)),
    }
}

fn ranked(rank: usize, line: &Ranked, name: String, all: u64, most: u64) -> RankRow {
    RankRow {
        rank,
        name,
        now: Link::of(&line.now),
        before: Link::of(&line.before),
        share: format!("{:.1}%", 100.0 * line.now.n as f64 / all.max(1) as f64),
        part: format!("{:.3}", line.now.n as f64 / most.max(1) as f64),
        change: (line.before.n > 0).then(|| Change::of(line.now.n as f64, line.before.n as f64)),
    }
}

fn rate(rate: &Rate) -> RateCell {
    RateCell {
        percent: format!("{:.1}", rate.percent()),
        whole: Link::of(&rate.whole),
        mostly: rate.mostly.as_ref().map(Link::of),
        of: Link::of(&rate.of),
    }
}

fn lights(counts: &[Count; 3]) -> Vec<(&'static str, &'static str, Link)> {
    Light::ALL.into_iter().zip(counts).map(|(light, count)| (light.code(), light.label(), Link::of(count))).collect()
}

fn unit(unit: &UnitRates) -> UnitRow {
    UnitRow {
        name: unit.department.clone(),
        score: unit.score().map(|score| format!("{score:.1}")),
        all: Link::of(&unit.all),
        rates: [&unit.contacted, &unit.solved, &unit.satisfied].map(|r| r.as_ref().map(rate)),
        lights: lights(&unit.lights),
    }
}

impl Panels {
    /// The page of a board; `everything` shows all units and words.
    pub(super) fn of(board: &Board, tickets: &[Ticket], pack: &CityPack, everything: bool) -> Self {
        let now = board.at;
        let title = |id: &TicketId| tickets.iter().find(|t| t.id == *id).map_or_else(|| id.to_string(), title_of);
        let urgent = |u: &crate::desk::UrgentCase| UrgentRow {
            href: ticket_link(u.case.id.as_str()),
            title: title(&u.case.id),
            level: u.case.urgency.map_or("", |level| level.code()),
            place: u.case.district.clone().unwrap_or_default(),
            department: u.case.department.clone().unwrap_or_default(),
            when: When::new(u.case.received_at, now),
            // A clock of its beginning may have run out while the deadline is still ahead.
            left: match (u.missed, u.left) {
                (true, Some(left)) if left.seconds >= 0 => format!("首响超时,{}", left_words(left)),
                (_, left) => left.map(left_words).unwrap_or_default(),
            },
            missed: u.missed,
        };
        let category = |code: &str| pack.taxonomy.get(code).map_or_else(|| code.to_owned(), |c| c.level2.clone());
        let rows = |lines: &[Ranked], name: &dyn Fn(&str) -> String| {
            let most = lines.iter().map(|l| l.now.n).max().unwrap_or(0);
            let each = lines.iter().enumerate();
            each.map(|(n, l)| ranked(n + 1, l, name(&l.name), board.week.now.n, most)).collect::<Vec<_>>()
        };
        let words = if everything { usize::MAX } else { WORDS };
        // The first screen has room for the units with most callbacks; their order stays that of the score.
        let mut by_size: Vec<&UnitRates> = board.units.iter().collect();
        by_size.sort_by(|a, b| b.revisited.n.cmp(&a.revisited.n).then_with(|| a.department.cmp(&b.department)));
        by_size.truncate(if everything { usize::MAX } else { UNITS });
        let shown = |unit: &&UnitRates| by_size.iter().any(|own| own.department == unit.department);
        Self {
            today: board.today.iter().map(figure).collect(),
            urgent: board.urgent.iter().map(urgent).collect(),
            urgent_all: Link::of(&board.urgent_all),
            open: Link::of(&board.open),
            lights: lights(&board.lights),
            alarms: board.open_alarms.iter().take(EVENTS).map(|open| alarm(open, board, now)).collect(),
            alarms_all: Link { n: grouped(board.open_alarms.len() as u64), href: OPEN.to_owned() },
            topics: board.topics.iter().map(hot).collect(),
            topic_counts: board
                .topic_counts
                .iter()
                .map(|(state, n)| (state.label(), *n, link("/topics", [("state", state.label())])))
                .collect(),
            topics_at: board.topics_at.map(|at| When::new(at, now)),
            week: ranked(0, &board.week, String::new(), board.week.now.n, board.week.now.n),
            categories: rows(&board.categories, &category),
            districts: rows(&board.districts, &|name| name.to_owned()),
            heat: heat_svg(board),
            city: unit(&board.city),
            units: board.units.iter().filter(shown).map(unit).collect(),
            units_more: board.units.len() - by_size.len(),
            words: board
                .words
                .iter()
                .take(words)
                .map(|(word, count)| (word.word.clone(), Link::of(count), format!("平常每周 {:.1} 件", word.usual)))
                .collect(),
            forecast: match &board.forecast {
                Ok(trend) => Ok((
                    trend.words(),
                    trend.back_test.words(),
                    crate::insight::trend::METHOD.to_owned(),
                    forecast_svg(board, trend),
                )),
                Err(short) => Err(short.words()),
            },
        }
    }
}

/// Board and page parts as they are now.
pub(super) async fn now(desk: &Desk, everything: bool) -> Result<(Arc<Board>, Vec<Part>), Fault> {
    let board = desk.cockpit().await?;
    let ids: Vec<TicketId> = board.urgent.iter().map(|u| u.case.id.clone()).collect();
    let tickets = desk.members(&ids).await?;
    let panels = Panels::of(&board, &tickets, &desk.city(), everything);
    Ok((board, parts(&panels)?))
}

/// The page; `all=1` shows every unit.
pub(crate) async fn cockpit(door: Door, Params(params): Params) -> ApiResult<Response> {
    params.only(&["all"])?;
    let (board, parts) = now(&door.desk, params.one("all")?.is_some()).await?;
    page(&CockpitPage {
        frame: Frame::of(&door.desk, "驾驶舱", "/cockpit").await,
        clock: city_time(board.at).strftime("%m-%d %H:%M:%S").to_string(),
        parts,
        seq: board.seq,
    })
}
