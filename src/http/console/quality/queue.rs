//! The queue for labelling, and the tickets behind a confusion.

use askama::Template;
use axum::response::Response;

use super::{answer, category};
use crate::{
    city::CityPack,
    desk::quality::Doubt,
    domain::{Fault, Head, Labels, Ticket, TicketId},
    http::{
        Door,
        console::{
            frame::{Frame, When, ticket_link},
            page,
        },
        error::ApiResult,
        extract::{Form, Params},
        params::Pairs,
        views::{opening, seen},
    },
};

/// Characters of the text shown where there is no title.
const OPENING: usize = 40;
/// Characters of a text in a row.
const HEAD: usize = 60;

#[derive(Debug)]
pub(super) struct QueueRow {
    pub(super) href: String,
    pub(super) id: String,
    pub(super) title: String,
    pub(super) text: String,
    pub(super) when: When,
    pub(super) doubts: Vec<&'static str>,
    pub(super) choices: Vec<Choice>,
}

/// A label that can be decided with one key.
#[derive(Debug)]
pub(super) struct Choice {
    pub(super) key: usize,
    pub(super) head: &'static str,
    pub(super) label: String,
    pub(super) name: String,
    pub(super) p: String,
}

/// The word of a doubt in the address.
pub(super) fn code(doubt: Doubt) -> &'static str {
    match doubt {
        Doubt::Unsure => "unsure",
        Doubt::Precedent => "precedent",
        Doubt::Urgency => "urgency",
    }
}

/// A doubt in words.
pub(super) fn word(doubt: Doubt) -> &'static str {
    match doubt {
        Doubt::Unsure => "把握不足",
        Doubt::Precedent => "与相似工单不一致",
        Doubt::Urgency => "规则与模型急度相差两级",
    }
}

fn title(ticket: &Ticket) -> String {
    opening(&ticket.content.appeal, OPENING)
}

fn choices(ticket: &Ticket, doubts: &[Doubt], pack: &CityPack) -> Vec<Choice> {
    let Some(suggestion) = &ticket.suggestion else { return Vec::new() };
    let mut out: Vec<Choice> = Vec::new();
    for candidate in suggestion.category.iter().take(3) {
        out.push(Choice {
            key: out.len() + 1,
            head: "category",
            label: candidate.label.clone(),
            name: category(&candidate.label, pack),
            p: format!("{:.0}%", candidate.p * 100.0),
        });
    }
    if let (true, Some(precedent)) = (doubts.contains(&Doubt::Precedent), &suggestion.precedent) {
        let model = suggestion.department.first();
        let model = model.map(|c| (c.label.clone(), format!("{:.0}%", c.p * 100.0)));
        let cases = format!("相似 {}/{}", precedent.cases, precedent.of);
        for (label, p) in model.into_iter().chain([(precedent.department.clone(), cases)]) {
            let key = out.len() + 1;
            out.push(Choice { key, head: "department", name: label.clone(), label, p });
        }
    }
    out
}

pub(super) fn queue_row(ticket: &Ticket, doubts: &[Doubt], pack: &CityPack, now: jiff::Timestamp) -> QueueRow {
    QueueRow {
        href: ticket_link(ticket.id.as_str()),
        id: ticket.id.to_string(),
        title: title(ticket),
        text: seen(&ticket.content.appeal.text, false).chars().take(HEAD).collect(),
        when: When::new(ticket.received_at, now),
        doubts: doubts.iter().copied().map(word).collect(),
        choices: choices(ticket, doubts, pack),
    }
}

async fn labelled(door: &Door, form: &Pairs) -> Result<(), Fault> {
    let id = TicketId::new(form.one("ticket")?.unwrap_or_default())?;
    // The button says both: which head, which label.
    let choice = form.one("choice")?.unwrap_or_default();
    let labels = match choice.split_once(':') {
        Some(("category", code)) => Labels { category: Some(code.to_owned()), ..Labels::default() },
        Some(("department", name)) => Labels { department: Some(name.to_owned()), ..Labels::default() },
        _ => return Err(Fault::invalid("没有给出标签").at("choice")),
    };
    door.desk.decide(&door.desk.actor(), &id, labels, None).await.map(drop)
}

/// Decides one label of a ticket of the queue; dispatches nothing.
pub(crate) async fn label(door: Door, Form(form): Form) -> ApiResult<Response> {
    answer(&door, labelled(&door, &form).await, "/quality?said=labelled#queue").await
}

#[derive(Template)]
#[template(path = "quality_confused.html")]
struct ConfusedPage {
    frame: Frame,
    head: &'static str,
    suggested: String,
    decided: String,
    rows: Vec<ConfusedRow>,
}

#[derive(Debug)]
struct ConfusedRow {
    href: String,
    id: String,
    title: String,
    when: When,
    who: String,
    p: String,
    reason: String,
}

/// The tickets on which one label was suggested and another decided.
pub(crate) async fn confused(door: Door, Params(params): Params) -> ApiResult<Response> {
    params.only(&["head", "suggested", "decided"])?;
    let (head, name) = match params.one("head")? {
        Some("category") => (Head::Category, "类别"),
        Some("department") => (Head::Department, "主办单位"),
        _ => return Err(Fault::invalid("head 为 category 或 department").at("head").into()),
    };
    let field = |key| params.one(key).map(Option::unwrap_or_default);
    let (suggested, decided) = (field("suggested")?, field("decided")?);
    let found = door.desk.confused(head, suggested, decided).await?;
    let (pack, now) = (door.desk.city(), door.desk.now());
    let shown = |label: &str| if head == Head::Category { category(label, &pack) } else { label.to_owned() };
    let rows = found.iter().map(|(ticket, decision)| {
        let given = decision.suggestion.as_ref().and_then(|s| match head {
            Head::Category => s.category.first(),
            _ => s.department.first(),
        });
        ConfusedRow {
            href: ticket_link(ticket.id.as_str()),
            id: ticket.id.to_string(),
            title: title(ticket),
            when: When::new(decision.at, now),
            who: decision.actor.name.clone(),
            p: given.map_or_else(|| "—".into(), |c| format!("{:.0}%", c.p * 100.0)),
            reason: decision.reason.as_deref().map(|r| seen(r, false)).unwrap_or_default(),
        }
    });
    page(&ConfusedPage {
        frame: Frame::of(&door.desk, "常被更正的建议", "/quality").await,
        head: name,
        suggested: shown(suggested),
        decided: shown(decided),
        rows: rows.collect(),
    })
}
