//! 简报: the list, and how a new one is asked for.

use askama::Template;
use axum::response::Response;

use crate::{
    desk::accounts::Persons,
    domain::{Fault, brief::BriefKind, city_time},
    http::{
        Door,
        console::{
            frame::{Frame, When, link},
            page,
        },
        error::ApiResult,
        extract::Params,
        views::seen,
    },
    store::{BriefLine, Instruction, InstructionState},
};

#[derive(Template)]
#[template(path = "briefs.html")]
struct BriefsPage {
    frame: Frame,
    kinds: Vec<(String, &'static str, bool)>,
    rows: Vec<BriefRow>,
    total: u64,
    previous: Option<String>,
    next: Option<String>,
    /// 批示 that are not closed, what is due first in front.
    open: Vec<OpenRow>,
    categories: Vec<(String, String)>,
    /// Kinds that can be made: code, name, whether it is chosen.
    makes: Vec<(&'static str, &'static str, bool)>,
    /// The event that a new one is to be about.
    topic: String,
}

#[derive(Debug)]
struct OpenRow {
    href: String,
    text: String,
    state: &'static str,
    due: Option<String>,
    late: bool,
}

#[derive(Debug)]
struct BriefRow {
    href: String,
    issue: String,
    kind: &'static str,
    title: String,
    window: String,
    state: &'static str,
    state_code: &'static str,
    version: u32,
    author: String,
    changed: When,
}

/// The page.
pub(crate) async fn briefs(door: Door, Params(params): Params) -> ApiResult<Response> {
    params.only(&["kind", "offset", "limit", "make", "topic"])?;
    let kind = match params.one("kind")? {
        None => None,
        Some(code) => Some(
            BriefKind::ALL
                .into_iter()
                .find(|k| k.code() == code)
                .ok_or_else(|| Fault::invalid("`kind` names no kind of brief").at("kind"))?,
        ),
    };
    let (offset, limit) = params.page()?;
    let (lines, total) = door.desk.briefs(kind, offset as u64, limit as u64).await?;
    let mut instructions = door.desk.instructions(None).await?;
    instructions.sort_by_key(|i| (i.due_at.is_none(), i.due_at, i.id));
    let frame = Frame::of(&door.desk, "简报", "/briefs").await;
    let (now, persons) = (door.desk.now(), door.desk.persons().await);
    let at = |offset: usize| {
        let offset = offset.to_string();
        link("/briefs", kind.map(|k| ("kind", k.code())).into_iter().chain([("offset", offset.as_str())]))
    };
    let mut kinds = vec![("/briefs".to_owned(), "全部", kind.is_none())];
    kinds.extend(BriefKind::ALL.map(|k| (link("/briefs", [("kind", k.code())]), k.label(), kind == Some(k))));
    let city = door.desk.city();
    let chosen = params.one("make")?.unwrap_or(BriefKind::Weekly.code());
    page(&BriefsPage {
        makes: BriefKind::ALL.map(|k| (k.code(), k.label(), k.code() == chosen)).to_vec(),
        topic: params.one("topic")?.unwrap_or_default().to_owned(),
        kinds,
        previous: (offset > 0).then(|| at(offset.saturating_sub(limit))),
        next: ((offset + limit) < usize::try_from(total).unwrap_or(usize::MAX)).then(|| at(offset + limit)),
        total,
        rows: lines.iter().map(|l| row(l, &persons, now)).collect(),
        open: instructions
            .iter()
            .map(|i| OpenRow {
                href: brief_link(&i.brief),
                text: format!("{}:{}", i.leader, seen(&i.text, false)),
                state: i.state.label(),
                due: i.due_at.map(due_words),
                late: late(i, now),
            })
            .collect(),
        categories: city.taxonomy.categories().iter().map(|c| (c.code.clone(), c.level2.clone())).collect(),
        frame,
    })
}

/// A 批示 that is not closed when its time is over.
pub(super) fn late(i: &Instruction, now: jiff::Timestamp) -> bool {
    // A day that was given without an hour is over at its end.
    let end = |due: jiff::Timestamp| if whole_day(due) { due + jiff::SignedDuration::from_hours(24) } else { due };
    i.state != InstructionState::Closed && i.due_at.is_some_and(|due| end(due) < now)
}

fn whole_day(due: jiff::Timestamp) -> bool {
    let at = city_time(due);
    (at.hour(), at.minute()) == (0, 0)
}

/// By when: a day, and the hour where one was given.
pub(super) fn due_words(due: jiff::Timestamp) -> String {
    city_time(due).strftime(if whole_day(due) { "%Y-%m-%d" } else { "%Y-%m-%d %H:%M" }).to_string()
}

/// A brief's page.
pub(super) fn brief_link(id: &str) -> String {
    link(&format!("/briefs/{id}"), [])
}

fn row(line: &BriefLine, persons: &Persons, now: jiff::Timestamp) -> BriefRow {
    let day = |at: jiff::Timestamp| city_time(at).strftime("%m-%d %H时").to_string();
    BriefRow {
        href: brief_link(&line.id),
        issue: format!("{}年第{}期", line.issue.year, line.issue.number),
        kind: line.kind.label(),
        title: line.title.clone(),
        window: format!("{} 至 {}", day(line.from), day(line.to)),
        state: line.state.label(),
        state_code: line.state.code(),
        version: line.version,
        author: persons.name(&line.author).to_owned(),
        changed: When::new(line.changed_at, now),
    }
}
