//! Forms of an event's page: correct it, take back, answer with one text, make a brief of it. They work without
//! scripts, by keyboard alone.

use std::time::Duration;

use axum::response::{IntoResponse, Redirect, Response};
use jiff::SignedDuration;

use crate::{
    desk::{BriefAsk, CorrectionAsk, SubjectAsk},
    domain::{
        Fault, TicketId,
        brief::{BriefKind, Window},
        city_date, midnight,
    },
    http::{
        Door,
        console::{frame::link, topics::event_link},
        error::ApiResult,
        extract::{Acting, Form, Path},
    },
    text::mask,
};

/// How long a person waits for the page after an act.
const PATIENCE: Duration = Duration::from_secs(5);

/// Back to the event or to what it went into, or to the list if it is gone.
async fn back(door: &Door, event: &str) -> ApiResult<Response> {
    door.desk.settled(PATIENCE).await?;
    let there = door.desk.hot().and_then(|hot| hot.successor(event).map(|e| event_link(&e.id)));
    Ok(Redirect::to(there.as_deref().unwrap_or("/topics")).into_response())
}

/// One of the acts: the button says which.
pub(crate) async fn correct(
    door: Door,
    Acting(actor): Acting,
    Path(id): Path<String>,
    Form(form): Form,
) -> ApiResult<Response> {
    let field = |key: &str| form.one(key).map(|value| value.unwrap_or_default().trim().to_owned());
    let chosen: Vec<String> = form.all("ticket").map(str::to_owned).collect();
    let one = || match chosen.as_slice() {
        [ticket] => Ok(ticket.clone()),
        _ => Err(Fault::invalid("请在成员表中勾选一件工单").at("ticket")),
    };
    let some = || match chosen.is_empty() {
        true => Err(Fault::invalid("请先在成员表中勾选工单").at("ticket")),
        false => Ok(chosen.clone()),
    };
    let ask = match field("act")?.as_str() {
        "rename" => CorrectionAsk::Rename(field("title")?),
        "merge" => CorrectionAsk::Merge(form.all("with").map(str::to_owned).collect()),
        "split" => CorrectionAsk::Split(some()?),
        "move" => CorrectionAsk::Move { ticket: one()?, to: field("with")? },
        "exclude" => CorrectionAsk::Exclude { tickets: some()?, never: false },
        "never" => CorrectionAsk::Exclude { tickets: some()?, never: true },
        "pin-title" => CorrectionAsk::Pin { title: true, keep: false },
        "pin-event" => CorrectionAsk::Pin { title: false, keep: true },
        _ => return Err(Fault::invalid("没有这种操作").at("act").into()),
    };
    let done = door.desk.correct(&actor, &id, ask, &field("reason")?).await?;
    back(&door, &done.event).await
}

/// Takes an act back.
pub(crate) async fn undo(
    door: Door,
    Acting(actor): Acting,
    Path(id): Path<String>,
    Form(form): Form,
) -> ApiResult<Response> {
    let act = form.one("correction")?.and_then(|n| n.parse().ok());
    let act = act.ok_or_else(|| Fault::invalid("请选择要撤销的操作").at("correction"))?;
    let reason = form.one("reason")?.unwrap_or("在事件页撤销");
    door.desk.undo_correction(&actor, act, reason).await?;
    back(&door, &id).await
}

/// One reply for all tickets of the parent, or the parent taken back.
pub(crate) async fn parent(
    door: Door,
    Acting(actor): Acting,
    Path(id): Path<String>,
    Form(form): Form,
) -> ApiResult<Response> {
    let hot = door.desk.hot();
    let parent = hot.as_deref().and_then(|hot| hot.parent_of(hot.event(&id)?)).map(|p| p.id);
    let parent = parent.ok_or_else(|| Fault::not_found("这个事件没有母单"))?;
    let text = form.one("text")?.unwrap_or_default();
    match form.one("act")? {
        Some("undo") => door.desk.undo_parent(&actor, parent, text).await?,
        _ => door.desk.reply_parent(&actor, parent, text).await?,
    }
    back(&door, &id).await
}

/// 生成专报: a special brief of the event's tickets.
pub(crate) async fn brief(door: Door, Acting(actor): Acting, Path(id): Path<String>) -> ApiResult<Response> {
    let hot = door.desk.hot();
    let event = hot.as_deref().and_then(|hot| hot.event(&id));
    let event = event.ok_or_else(|| Fault::not_found(format!("现在没有事件 {id}")))?;
    let (Some(first), Some(last)) = (event.first, event.last) else {
        return Err(Fault::invalid("这个事件的工单都没有时间,不能生成专报").into());
    };
    let ids = event.tickets.iter().map(|t| TicketId::new(t.as_str())).collect::<Result<Vec<_>, _>>()?;
    let subject = SubjectAsk::Tickets { name: mask(&event.portrait.title).text, ids };
    // Whole days, as its chart and its sentences count them.
    let window = Window { from: midnight(city_date(first)), to: last + SignedDuration::from_secs(1), cut_hour: 0 };
    let ask = BriefAsk { kind: BriefKind::Special, window, subject: Some(subject) };
    let made = door.desk.make_brief(&actor, &ask).await?;
    Ok(Redirect::to(&link(&format!("/briefs/{}", made.brief.id), Vec::<(&str, &str)>::new())).into_response())
}
