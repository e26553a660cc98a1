//! 工单: the list, newest first, with filters as a form whose state is the address.

use askama::Template;
use axum::response::Response;
use jiff::Timestamp;

use crate::{
    city::CityPack,
    domain::{Status, Ticket, TriageState, Urgency},
    http::{
        Door,
        console::{
            frame::{Frame, When, grouped, link, ticket_link},
            page,
        },
        error::ApiResult,
        extract::Params,
        params::Pairs,
        views::{LabelsView, seen},
    },
};

const PER_PAGE: usize = 50;
/// Characters of the text shown where there is no title.
const HEAD: usize = 40;

#[derive(Template)]
#[template(path = "list.html")]
struct ListPage {
    frame: Frame,
    rows: Vec<Row>,
    selects: Vec<Select>,
    from: String,
    to: String,
    filtered: bool,
    total: String,
    took: String,
    range: String,
    previous: Option<String>,
    next: Option<String>,
}

#[derive(Debug)]
struct Select {
    name: &'static str,
    label: &'static str,
    options: Vec<(String, String, bool)>,
}

#[derive(Debug)]
struct Row {
    id: String,
    href: String,
    when: When,
    title: String,
    region: String,
    status: &'static str,
    waiting: bool,
    decided: bool,
    labels: LabelsView,
}

/// The page.
pub(crate) async fn tickets(door: Door, Params(params): Params) -> ApiResult<Response> {
    let filter = params.ticket_filter()?;
    let (offset, _) = params.page()?;
    let began = std::time::Instant::now();
    let (tickets, total) = door.desk.list(&filter, offset as u64, PER_PAGE as u64).await?;
    let took = began.elapsed();
    let (pack, now) = (door.desk.city(), door.desk.now());
    let shown = offset + tickets.len();
    page(&ListPage {
        frame: Frame::of(&door.desk, "工单", "/tickets").await,
        rows: tickets.iter().map(|ticket| row(ticket, &pack, now)).collect(),
        selects: selects(&params, &pack),
        from: params.one("from")?.unwrap_or_default().into(),
        to: params.one("to")?.unwrap_or_default().into(),
        filtered: filter != Default::default(),
        total: grouped(total),
        took: format!("{:.0}", (took.as_secs_f64() * 1000.0).max(1.0)),
        range: if tickets.is_empty() { String::new() } else { format!("第 {}–{} 件", offset + 1, shown) },
        previous: (offset > 0).then(|| address(&params, offset.saturating_sub(PER_PAGE))),
        next: ((shown as u64) < total && !tickets.is_empty()).then(|| address(&params, offset + PER_PAGE)),
    })
}

fn row(ticket: &Ticket, pack: &CityPack, now: Timestamp) -> Row {
    let content = &ticket.content;
    let id = ticket.id.to_string();
    let title = match content.appeal.title.trim() {
        "" => {
            let head: String = content.appeal.text.chars().take(HEAD).collect();
            seen(&head, false)
        }
        title => seen(title, false),
    };
    Row {
        href: ticket_link(&id),
        id,
        when: When::new(ticket.received_at, now),
        title,
        region: [content.district.as_deref(), content.town.as_deref()]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" "),
        status: ticket.status.label(),
        waiting: ticket.triage == TriageState::Waiting,
        decided: ticket.labels.category.is_some(),
        labels: LabelsView::of(&ticket.effective(), pack),
    }
}

fn selects(params: &Pairs, pack: &CityPack) -> Vec<Select> {
    let select = |name: &'static str, label, values: Vec<(String, String)>| {
        let chosen: Vec<String> = params.all(name).map(str::to_owned).collect();
        let options = values.into_iter().map(|(value, shown)| {
            let on = chosen.contains(&value);
            (value, shown, on)
        });
        Select { name, label, options: options.collect() }
    };
    let same = |value: &str| (value.to_owned(), value.to_owned());
    let mut districts: Vec<(String, String)> = pack.regions.iter().map(|region| same(&region.district)).collect();
    districts.dedup();
    let categories = pack.taxonomy.categories().iter();
    vec![
        select("status", "状态", Status::ALL.iter().map(|s| same(s.label())).collect()),
        select(
            "urgency",
            "急度",
            Urgency::ALL.iter().map(|u| (u.code().to_owned(), format!("{} {}", u.code(), u.label()))).collect(),
        ),
        select("district", "区县", districts),
        select("department", "主办", pack.departments.iter().map(|d| same(&d.name)).collect()),
        select(
            "category",
            "类别",
            categories.map(|c| (c.code.clone(), format!("{} / {}", c.level1, c.level2))).collect(),
        ),
    ]
}

fn address(params: &Pairs, offset: usize) -> String {
    let offset = offset.to_string();
    let mut pairs: Vec<(&str, &str)> = params.iter().filter(|(key, _)| *key != "offset").collect();
    if offset != "0" {
        pairs.push(("offset", &offset));
    }
    link("/tickets", pairs)
}
