//! 工单: the list, newest first, with filters as a form whose state is the address.

use askama::Template;
use axum::response::Response;
use jiff::Timestamp;

use crate::{
    city::CityPack,
    desk::{Desk, FacetCounts},
    domain::{Right, Standing, Status, Ticket, TriageState, Urgency},
    http::{
        Door,
        console::{
            frame::{Frame, When, grouped, link, ticket_link},
            page,
        },
        error::ApiResult,
        extract::{Acting, Params},
        params::{DEEPEST, Pairs},
        views::{LabelsView, opening, seen},
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
    chips: Vec<Chip>,
    views: Vec<View>,
    /// Orders on tickets in reach, where these are looked at: where to, of which unit, why, until when.
    orders: Vec<(String, String, String, String, When)>,
    by_due: bool,
    /// What no field of the filters has: kept when these change.
    kept_with: Vec<(String, String)>,
    other_order: String,
    kept: Vec<Kept>,
    /// The query string of this list without its page, to be kept under a name.
    query: String,
    /// Deeds that may be done with a selection.
    may_handle: bool,
    may_dispatch: bool,
    /// Addresses of the list as a file; none without the right.
    files: Option<[String; 2]>,
    departments: Vec<String>,
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

/// How tickets stand, how many, and the list of them.
#[derive(Debug)]
struct View {
    code: &'static str,
    label: &'static str,
    count: String,
    href: String,
    on: bool,
}

/// A filter in words, and the list without it.
#[derive(Debug)]
struct Chip {
    name: &'static str,
    value: String,
    without: String,
}

#[derive(Debug)]
struct Kept {
    id: i64,
    name: String,
    href: String,
    on: bool,
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
    /// Whether its department is no suggestion.
    sent: bool,
    labels: LabelsView,
    marks: Vec<String>,
    /// Whether the reader's unit only assists.
    assists: bool,
    handler: String,
    channel: &'static str,
    /// 办结 deadline: how it stands, and until when.
    due: Option<(&'static str, String, When)>,
}

impl ListPage {
    /// A day has the browser's calendar; an address may name an hour as well, which a calendar would lose.
    #[allow(clippy::unused_self, reason = "askama calls methods of the page")]
    fn day_or_text(&self, value: &str) -> &'static str {
        if value.is_empty() || jiff::civil::Date::strptime("%Y-%m-%d", value).is_ok() { "date" } else { "text" }
    }
}

/// The page.
pub(crate) async fn tickets(door: Door, Acting(actor): Acting, Params(params): Params) -> ApiResult<Response> {
    let filter = params.ticket_filter()?;
    let (offset, _) = params.page()?;
    let began = std::time::Instant::now();
    let (tickets, total) = door.desk.list(&filter, offset as u64, PER_PAGE as u64).await?;
    let took = began.elapsed();
    let (pack, now) = (door.desk.city(), door.desk.now());
    let shown = offset + tickets.len();
    // A list without counts, or without kept filters, is better than none.
    let counts = door.desk.counts(&filter).await.unwrap_or_default();
    let standings = door.desk.standings().await.unwrap_or_default();
    let orders = match filter.standing {
        Some(Standing::Ordered) => door.desk.orders_to_me().await?,
        _ => Vec::new(),
    };
    let kept = door.desk.kept_lists().await.unwrap_or_default();
    let query = address(&params, 0).trim_start_matches("/tickets").trim_start_matches('?').to_owned();
    let file = |form: &str| {
        let own = params.iter().filter(|(key, _)| !matches!(*key, "offset" | "limit"));
        link("/api/v1/export", own.chain([("format", form)]))
    };
    page(&ListPage {
        frame: Frame::of(&door.desk, "工单", "/tickets").await,
        rows: tickets.iter().map(|ticket| row(ticket, &door.desk, &pack, now)).collect(),
        selects: selects(&params, &pack, &counts),
        chips: chips(&params, &pack),
        views: standings
            .into_iter()
            .map(|(standing, n)| View {
                code: standing.code(),
                label: standing.label(),
                count: grouped(n as u64),
                href: link("/tickets", [("view", standing.code())]),
                on: filter.standing == Some(standing),
            })
            .collect(),
        orders: orders
            .into_iter()
            .map(|clock| {
                let order = clock.order;
                let id = order.ticket.to_string();
                (ticket_link(&id), id, order.department, seen(&order.reason, false), When::new(order.due_at, now))
            })
            .collect(),
        by_due: filter.by_due,
        kept_with: params
            .iter()
            .filter(|(key, _)| matches!(*key, "view" | "sort" | "assisting"))
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect(),
        other_order: {
            let left = params.iter().filter(|pair| !matches!(pair.0, "sort" | "offset"));
            link("/tickets", left.chain((!filter.by_due).then_some(("sort", "due"))))
        },
        kept: kept
            .into_iter()
            .map(|list| Kept {
                id: list.id,
                href: format!("/tickets?{}", list.query),
                on: list.query == query,
                name: list.name,
            })
            .collect(),
        may_handle: actor.may(Right::Handle),
        may_dispatch: actor.may(Right::Receive),
        files: actor.may(Right::Export).then(|| [file("csv"), file("xlsx")]),
        departments: pack.departments.iter().map(|d| d.name.clone()).collect(),
        query,
        from: params.one("from")?.unwrap_or_default().into(),
        to: params.one("to")?.unwrap_or_default().into(),
        filtered: filter != Default::default(),
        total: grouped(total),
        took: format!("{:.0}", (took.as_secs_f64() * 1000.0).max(1.0)),
        range: if tickets.is_empty() { String::new() } else { format!("第 {}–{} 件", offset + 1, shown) },
        previous: (offset > 0).then(|| address(&params, offset.saturating_sub(PER_PAGE))),
        next: ((shown as u64) < total && !tickets.is_empty() && offset + PER_PAGE <= DEEPEST)
            .then(|| address(&params, offset + PER_PAGE)),
    })
}

fn row(ticket: &Ticket, desk: &Desk, pack: &CityPack, now: Timestamp) -> Row {
    let content = &ticket.content;
    let id = ticket.id.to_string();
    Row {
        href: ticket_link(&id),
        id,
        when: When::new(ticket.received_at, now),
        title: opening(&content.appeal, HEAD),
        region: [content.district.as_deref(), content.town.as_deref()]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" "),
        status: ticket.status.label(),
        waiting: ticket.triage == TriageState::Waiting,
        decided: ticket.labels.category.is_some(),
        sent: ticket.labels.department.is_some(),
        labels: LabelsView::of(&ticket.effective(), pack),
        marks: content.handling.marks.iter().map(|mark| seen(mark, false)).collect(),
        assists: desk.only_assists(ticket),
        handler: content.handling.handler.clone().unwrap_or_default(),
        channel: content.channel.label(),
        due: desk.finish(ticket).map(|watch| (watch.pace.code(), watch.words, When::new(watch.due, now))),
    }
}

/// The filters that hold, in words that read as a sentence.
fn chips(params: &Pairs, pack: &CityPack) -> Vec<Chip> {
    let name = |key: &str| match key {
        "status" => Some("状态"),
        "urgency" => Some("急度"),
        "district" => Some("区县"),
        "department" => Some("主办"),
        "category" => Some("类别"),
        "assisting" => Some("协办"),
        "view" => Some("只看"),
        "from" => Some("来电不早于"),
        "to" => Some("来电早于"),
        _ => None,
    };
    let value = |key: &str, value: &str| match key {
        "category" => pack.taxonomy.get(value).map_or_else(|| value.to_owned(), |c| c.level2.clone()),
        "view" => value.parse().map_or_else(|_| value.to_owned(), |s: Standing| s.label().to_owned()),
        "urgency" => value.parse().map_or_else(|_| value.to_owned(), |u: Urgency| format!("{value} {}", u.label())),
        _ => value.to_owned(),
    };
    let chip = |(key, given): (&str, &str)| {
        let left = params.iter().filter(|pair| *pair != (key, given) && pair.0 != "offset");
        Some(Chip { name: name(key)?, value: value(key, given), without: link("/tickets", left) })
    };
    params.iter().filter_map(chip).collect()
}

fn selects(params: &Pairs, pack: &CityPack, counts: &[FacetCounts]) -> Vec<Select> {
    let select = |name: &'static str, label, values: Vec<(String, String)>| {
        let chosen: Vec<String> = params.all(name).map(str::to_owned).collect();
        let counted = counts.iter().find(|(facet, _)| facet.code() == name).map(|(_, counts)| counts);
        let options = values.into_iter().map(|(value, shown)| {
            let on = chosen.contains(&value);
            let count = counted.and_then(|counts| counts.iter().find(|(own, _, _)| *own == value)).map(|c| c.2);
            let shown = count.map_or_else(|| shown.clone(), |n| format!("{shown} ({})", grouped(n)));
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
