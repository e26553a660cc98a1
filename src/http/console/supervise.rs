//! 督办: what is late, by colour, department and district; orders with their clocks.

use std::collections::BTreeMap;

use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use jiff::Timestamp;

use crate::{
    desk::{LateAsk, LateCase, OrderAsk, OrderClock, accounts::Persons},
    domain::{Fault, FaultKind, Late, Light, Right, TicketId, format_city, parse_city},
    http::{
        Door,
        cases::left_words,
        console::{
            frame::{Frame, When, grouped, link, ticket_link},
            once::OnceView,
            page,
        },
        error::ApiResult,
        extract::{Form, Number, Params},
        params::{DEEPEST, Pairs},
        views::{opening, seen},
    },
    store::CaseFilter,
};

const PER_PAGE: usize = 50;
/// Departments and districts in their tables.
const GROUPS: usize = 12;
const HEAD: usize = 40;

/// An order as pages show it.
#[derive(Debug)]
pub(super) struct OrderRow {
    pub(super) id: i64,
    pub(super) ticket: String,
    pub(super) href: String,
    pub(super) department: String,
    pub(super) reason: String,
    pub(super) by: String,
    pub(super) issued: When,
    pub(super) due: When,
    pub(super) left: String,
    pub(super) light: Option<(&'static str, &'static str)>,
    pub(super) end: Option<(String, When, String)>,
}

impl OrderRow {
    pub(super) fn of(clock: &OrderClock, persons: &Persons, now: Timestamp) -> Self {
        let order = &clock.order;
        Self {
            id: order.id,
            ticket: order.ticket.to_string(),
            href: ticket_link(order.ticket.as_str()),
            department: order.department.clone(),
            reason: seen(&order.reason, false),
            by: persons.name(&order.issued_by).to_owned(),
            issued: When::new(order.issued_at, now),
            due: When::new(order.due_at, now),
            left: clock.left.map(left_words).unwrap_or_default(),
            light: clock.light.map(|light| (light.code(), light.label())),
            end: order
                .closed
                .as_ref()
                .map(|end| (persons.name(&end.by).to_owned(), When::new(end.at, now), seen(&end.result, false))),
        }
    }
}

/// What a form for an order offers.
#[derive(Debug)]
pub(super) struct OrderForm {
    pub(super) ticket: String,
    pub(super) department: String,
    pub(super) units: Vec<String>,
    pub(super) due: String,
    pub(super) reason: String,
}

impl OrderForm {
    /// For a ticket: its own department, the end of the next working day.
    pub(super) fn of(door: &Door, ticket: &TicketId, department: Option<&str>) -> Self {
        let city = door.desk.city();
        let due = city.calendar.after_workdays(door.desk.now(), 1).map(format_city).unwrap_or_default();
        Self {
            ticket: ticket.to_string(),
            department: department.unwrap_or_default().to_owned(),
            units: city.departments.iter().map(|d| d.name.clone()).collect(),
            due: due.get(..16).unwrap_or_default().replace('T', " "),
            reason: String::new(),
        }
    }
}

#[derive(Debug)]
struct LateRow {
    light: (&'static str, &'static str),
    why: Vec<&'static str>,
    href: String,
    id: String,
    title: String,
    level: Option<String>,
    department: String,
    district: String,
    left: String,
    due: Option<When>,
    order: String,
}

/// A department or district with its counts, each leading to its lines.
#[derive(Debug)]
struct GroupRow {
    name: String,
    href: String,
    counts: Vec<(&'static str, &'static str, String, String)>,
}

#[derive(Template)]
#[template(path = "supervise.html")]
struct SupervisePage {
    frame: Frame,
    csrf: String,
    wrong: Option<String>,
    lights: Vec<(String, &'static str, String, bool)>,
    whys: Vec<(String, &'static str, String, bool)>,
    only: Vec<(String, String)>,
    rows: Vec<LateRow>,
    total: String,
    range: String,
    previous: Option<String>,
    next: Option<String>,
    groups: Vec<(&'static str, Vec<GroupRow>)>,
    /// The list of open tickets with which a unit assists, the unit, how many.
    assisting: Vec<(String, String, String)>,
    once: OnceView,
    orders: Vec<OrderRow>,
    closed: Option<Vec<OrderRow>>,
    form: Option<OrderForm>,
}

const KEYS: [&str; 10] =
    ["light", "why", "department", "district", "offset", "limit", "ticket", "closed", "days", "units"];

/// The page; `ticket` opens the form for one, `closed=1` shows orders that ended.
pub(crate) async fn supervise(door: Door, Params(params): Params) -> ApiResult<Response> {
    shown(&door, &params, None, None).await
}

async fn shown(door: &Door, params: &Pairs, wrong: Option<String>, form: Option<OrderForm>) -> ApiResult<Response> {
    params.only(&KEYS)?;
    let (light, why) = params.light_and_why()?;
    let light = light.flatten();
    let names = |key| params.all(key).map(|v| if v == "-" { String::new() } else { v.to_owned() }).collect();
    let filter: CaseFilter =
        CaseFilter { department: names("department"), district: names("district"), ..CaseFilter::default() };
    let (offset, _) = params.page()?;
    let (now, asked, all) = door.desk.late(&LateAsk { filter, light, why }).await?;
    let ids: Vec<TicketId> = asked.iter().skip(offset).take(PER_PAGE).map(|late| late.case.id.clone()).collect();
    let tickets = door.desk.members(&ids).await?;
    let title = |id: &TicketId| {
        tickets.iter().find(|t| t.id == *id).map_or_else(String::new, |t| opening(&t.content.appeal, HEAD))
    };
    let form = match (form, params.one("ticket")?) {
        (Some(form), _) => Some(form),
        (None, Some(id)) => {
            let ticket = door.desk.get(&TicketId::new(id).map_err(|fault| fault.at("ticket"))?).await?;
            Some(OrderForm::of(door, &ticket.id, ticket.effective().department.as_deref()))
        }
        (None, None) => None,
    };
    let shown = offset + ids.len();
    let with = |changes: &[(&str, &str)]| address(params, changes);
    let count = |keep: &dyn Fn(&LateCase) -> bool| all.iter().filter(|late| keep(late)).count();
    let n = |count: usize| grouped(count as u64);
    let mut lights = vec![(with(&[("light", "")]), "全部", n(all.len()), light.is_none())];
    lights.extend(
        Light::ALL
            .map(|l| (with(&[("light", l.code())]), l.label(), n(count(&|late| late.light == l)), light == Some(l))),
    );
    let whys = Late::ALL.into_iter().rev().filter_map(|w| {
        let found = count(&|late| late.why.contains(&w));
        let on = why == Some(w);
        (found > 0 || on).then(|| (with(&[("why", if on { "" } else { w.code() })]), w.label(), n(found), on))
    });
    let whys = whys.collect();
    let only = [("department", "主办"), ("district", "区县")].into_iter().flat_map(|(key, word)| {
        let shown = |value: &str| if value == "-" { "未注明".to_owned() } else { value.to_owned() };
        let each = params.all(key).map(|value| (without(params, key, value), format!("{word} {}", shown(value))));
        each.collect::<Vec<_>>()
    });
    let persons = door.desk.persons().await;
    let (open, closed) = (door.desk.orders(true).await?, params.one("closed")?);
    let closed = match closed {
        Some(_) => Some(door.desk.orders(false).await?.iter().map(|o| OrderRow::of(o, &persons, now)).collect()),
        None => None,
    };
    let once = OnceView::of(door, params, &with).await?;
    let assisting = door.desk.assisting_units().await?.into_iter().take(GROUPS);
    let list = |unit: &str| link("/tickets", [("assisting", unit), ("sort", "due")]);
    let frame = Frame::of(&door.desk, "督办", "/supervise").await;
    page(&SupervisePage {
        csrf: frame.csrf.clone(),
        frame,
        wrong,
        lights,
        whys,
        only: only.collect(),
        rows: asked
            .iter()
            .skip(offset)
            .take(PER_PAGE)
            .map(|late| row(late, title(&late.case.id), now, with(&[("ticket", late.case.id.as_str())])))
            .collect(),
        total: grouped(asked.len() as u64),
        range: if ids.is_empty() { String::new() } else { format!("第 {}–{shown} 件", offset + 1) },
        previous: (offset > 0).then(|| with(&[("offset", &offset.saturating_sub(PER_PAGE).to_string())])),
        next: (shown < asked.len() && shown <= DEEPEST).then(|| with(&[("offset", &shown.to_string())])),
        groups: vec![
            ("承办单位", groups(&all, "department", |late| late.case.department.clone().unwrap_or_default())),
            ("区县", groups(&all, "district", |late| late.case.district.clone().unwrap_or_default())),
        ],
        assisting: assisting.map(|(unit, count)| (list(&unit), unit, n(count))).collect(),
        once,
        orders: open.iter().map(|o| OrderRow::of(o, &persons, now)).collect(),
        closed,
        form,
    })
}

/// The page's address with some values replaced; an empty one takes the key away, and a new question begins
/// with its first page.
fn address(params: &Pairs, changes: &[(&str, &str)]) -> String {
    let given = |key: &str| changes.iter().any(|(k, _)| *k == key) || matches!(key, "offset" | "ticket");
    let kept = params.iter().filter(|(key, _)| !given(key));
    let new = changes.iter().filter(|(_, value)| !value.is_empty() && *value != "0").copied();
    link("/supervise", kept.chain(new))
}

/// The page's address without one value of a key; others of the key stay.
fn without(params: &Pairs, key: &str, value: &str) -> String {
    let kept = params.iter().filter(|pair| *pair != (key, value) && !matches!(pair.0, "offset" | "ticket"));
    link("/supervise", kept)
}

fn row(late: &LateCase, title: String, now: Timestamp, order: String) -> LateRow {
    LateRow {
        light: (late.light.code(), late.light.label()),
        why: late.why.iter().rev().map(|w| w.label()).collect(),
        href: ticket_link(late.case.id.as_str()),
        id: late.case.id.to_string(),
        title,
        level: late.case.urgency.map(|u| u.code().to_owned()),
        department: late.case.department.clone().unwrap_or_else(|| "未定".into()),
        district: late.case.district.clone().unwrap_or_default(),
        left: late.left.map(left_words).unwrap_or_default(),
        due: late.due_at.map(|at| When::new(at, now)),
        order,
    }
}

fn groups(all: &[LateCase], key: &'static str, of: impl Fn(&LateCase) -> String) -> Vec<GroupRow> {
    let mut counts: BTreeMap<String, [usize; 3]> = BTreeMap::new();
    for late in all {
        counts.entry(of(late)).or_default()[2 - late.light as usize] += 1;
    }
    let mut rows: Vec<(String, [usize; 3])> = counts.into_iter().collect();
    rows.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let row = |(name, counts): (String, [usize; 3])| {
        let value = if name.is_empty() { "-".to_owned() } else { name.clone() };
        let count = |(light, n): (Light, usize)| {
            (
                light.code(),
                light.label(),
                grouped(n as u64),
                link("/supervise", [("light", light.code()), (key, value.as_str())]),
            )
        };
        GroupRow {
            href: link("/supervise", [(key, value.as_str())]),
            counts: Light::ALL.into_iter().zip(counts).map(count).collect(),
            name: if name.is_empty() { "未注明".into() } else { name },
        }
    };
    rows.into_iter().take(GROUPS).map(row).collect()
}

/// Takes a form for an order; a mistake in it brings it back with what was typed.
pub(crate) async fn issue_order(door: Door, Form(form): Form) -> ApiResult<Response> {
    let text = |key| form.one(key).map(|value| value.unwrap_or_default().to_owned());
    let (ticket, department, reason, due) = (text("ticket")?, text("department")?, text("reason")?, text("due_at")?);
    let id = TicketId::new(ticket.trim()).map_err(|fault| fault.at("ticket"))?;
    let asked = parse_city(&due).map_err(|_| Fault::invalid("督办时限请写成 2026-11-23 18:00").at("due_at"));
    let issued = match asked {
        Ok(due_at) => {
            let department = Some(department.clone());
            door.desk.issue_order(OrderAsk { ticket: id.clone(), department, reason: reason.clone(), due_at }).await
        }
        Err(fault) => Err(fault),
    };
    match issued {
        Ok(order) => Ok(Redirect::to(&format!("{}#orders", ticket_link(order.order.ticket.as_str()))).into_response()),
        Err(fault) if fault.kind == FaultKind::Invalid => {
            let again = OrderForm { reason, due, ..OrderForm::of(&door, &id, Some(&department)) };
            let answer = shown(&door, &Pairs::default(), Some(fault.message), Some(again)).await?;
            Ok((StatusCode::BAD_REQUEST, answer).into_response())
        }
        Err(fault) => Err(fault.into()),
    }
}

/// Closes an order and goes back to where it was closed.
pub(crate) async fn close_order(door: Door, Number(id): Number, Form(form): Form) -> ApiResult<Response> {
    let order = door.desk.close_order(id, form.one("result")?.unwrap_or_default()).await?;
    let back = match form.one("back")? {
        Some("ticket") => format!("{}#orders", ticket_link(order.order.ticket.as_str())),
        _ => "/supervise#orders".to_owned(),
    };
    Ok(Redirect::to(&back).into_response())
}

/// The orders on a ticket, as its page shows them.
#[derive(Template)]
#[template(path = "ticket_orders.html")]
struct TicketOrders {
    orders: Vec<OrderRow>,
    form: Option<OrderForm>,
    csrf: String,
    may: bool,
}

/// Orders on a ticket, with a form for whoever may supervise; nothing where there are none and none can be.
pub(super) async fn on_ticket(door: &Door, ticket: &crate::domain::Ticket, csrf: &str) -> ApiResult<String> {
    let (now, persons) = (door.desk.now(), door.desk.persons().await);
    let orders = door.desk.orders_on(&ticket.id).await?;
    let orders: Vec<OrderRow> = orders.iter().map(|o| OrderRow::of(o, &persons, now)).collect();
    let may = door.desk.actor().may(Right::Supervise) && !csrf.is_empty();
    if orders.is_empty() && !may {
        return Ok(String::new());
    }
    let form = may.then(|| OrderForm::of(door, &ticket.id, ticket.effective().department.as_deref()));
    let part = TicketOrders { orders, form, csrf: csrf.to_owned(), may };
    part.render().map_err(|error| Fault::internal(format!("a page did not render: {error}")).into())
}
