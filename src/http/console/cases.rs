//! The appeals behind a number: a list whose question stands above it in words.

use askama::Template;
use axum::response::Response;
use jiff::Timestamp;

use crate::{
    city::CityPack,
    desk::CaseAsk,
    domain::Ticket,
    http::{
        Door,
        cases::{address, sentence},
        console::{
            cockpit::{CASES, title_of},
            frame::{Frame, When, grouped, ticket_link},
            once::BEHIND,
            page,
        },
        error::ApiResult,
        extract::Params,
        params::{DEEPEST, Pairs},
        views::LabelsView,
    },
};

const PER_PAGE: usize = 50;

#[derive(Template)]
#[template(path = "cases.html")]
struct CasesPage {
    frame: Frame,
    sentence: String,
    total: String,
    rows: Vec<CaseRow>,
    range: String,
    previous: Option<String>,
    next: Option<String>,
}

#[derive(Debug)]
pub(super) struct CaseRow {
    id: String,
    href: String,
    when: When,
    title: String,
    region: String,
    status: &'static str,
    decided: bool,
    labels: LabelsView,
}

impl CaseRow {
    fn of(ticket: &Ticket, pack: &CityPack, now: Timestamp) -> Self {
        let content = &ticket.content;
        let region = [content.district.as_deref(), content.town.as_deref()];
        Self {
            id: ticket.id.to_string(),
            href: ticket_link(ticket.id.as_str()),
            when: When::new(ticket.received_at, now),
            title: title_of(ticket),
            region: region.into_iter().flatten().collect::<Vec<_>>().join(" "),
            status: ticket.status.label(),
            decided: ticket.labels.category.is_some(),
            labels: LabelsView::of(&ticket.effective(), pack),
        }
    }
}

/// The appeals behind a number of the cockpit.
pub(crate) async fn cases(door: Door, Params(params): Params) -> ApiResult<Response> {
    behind_number(&door, &params, CASES, "/cockpit").await
}

/// The appeals behind a number of 督办.
pub(crate) async fn supervised(door: Door, Params(params): Params) -> ApiResult<Response> {
    behind_number(&door, &params, BEHIND, "/supervise").await
}

async fn behind_number(door: &Door, params: &Pairs, path: &str, of: &'static str) -> ApiResult<Response> {
    let ask: CaseAsk = params.case_ask()?;
    let (offset, _) = params.page()?;
    let behind = door.desk.cases_behind(&ask, offset, PER_PAGE).await?;
    let (pack, now) = (door.desk.city(), door.desk.now());
    let shown = offset + behind.tickets.len();
    let at = |offset: usize| {
        let here = address(path, &ask);
        let joint = if here.contains('?') { '&' } else { '?' };
        if offset == 0 { here } else { format!("{here}{joint}offset={offset}") }
    };
    page(&CasesPage {
        frame: Frame::of(&door.desk, "数字背后的工单", of).await,
        sentence: sentence(&ask, &pack),
        total: grouped(behind.total),
        range: if behind.tickets.is_empty() { String::new() } else { format!("第 {}–{shown} 件", offset + 1) },
        previous: (offset > 0).then(|| at(offset.saturating_sub(PER_PAGE))),
        next: ((shown as u64) < behind.total && !behind.tickets.is_empty() && shown <= DEEPEST).then(|| at(shown)),
        rows: behind.tickets.iter().map(|ticket| CaseRow::of(ticket, &pack, now)).collect(),
    })
}
