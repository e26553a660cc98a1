//! People correct events, take back, and answer the tickets of a parent with one text.

use std::time::Duration;

use axum::{Json as Reply, http::StatusCode};

use crate::{
    desk::CorrectionAsk,
    domain::Fault,
    http::{
        Door,
        error::ApiResult,
        extract::{Acting, Json, Number, Params, Path},
        views::{
            CorrectedView, CorrectionList, CorrectionView, ErrorEnvelope, ExcludeInput, MergeInput, MoveInput,
            ParentReplyInput, ParentView, PinInput, RenameInput, SplitInput, UndoInput,
        },
    },
};

/// How long an answer waits until the correction shows.
const PATIENCE: Duration = Duration::from_secs(3);

type Answer = ApiResult<(StatusCode, Reply<CorrectedView>)>;

async fn correct(door: Door, Acting(actor): Acting, event: &str, ask: CorrectionAsk, reason: &str) -> Answer {
    let mut done = CorrectedView::from(door.desk.correct(&actor, event, ask, reason).await?);
    done.shown = door.desk.settled(PATIENCE).await?;
    Ok((StatusCode::CREATED, Reply(done)))
}

/// Gives an event another title.
#[utoipa::path(
    post, path = "/events/{id}/rename", tag = "topics", operation_id = "event_rename",
    params(("id" = String, Path, description = "Id of the event")), request_body = RenameInput,
    responses(
        (status = 201, description = "Kept", body = CorrectedView),
        (status = 400, description = "No title or no reason", body = ErrorEnvelope),
        (status = 403, description = "The role may not correct events", body = ErrorEnvelope),
        (status = 404, description = "No such event now", body = ErrorEnvelope),
    )
)]
pub(crate) async fn rename(door: Door, by: Acting, Path(id): Path<String>, Json(input): Json<RenameInput>) -> Answer {
    correct(door, by, &id, CorrectionAsk::Rename(input.title), &input.reason).await
}

/// Puts other events into this one.
#[utoipa::path(
    post, path = "/events/{id}/merge", tag = "topics", operation_id = "event_merge",
    params(("id" = String, Path, description = "Id of the event that stays")), request_body = MergeInput,
    responses(
        (status = 201, description = "Kept", body = CorrectedView),
        (status = 400, description = "No other event or no reason", body = ErrorEnvelope),
        (status = 404, description = "No such event now", body = ErrorEnvelope),
    )
)]
pub(crate) async fn merge(door: Door, by: Acting, Path(id): Path<String>, Json(input): Json<MergeInput>) -> Answer {
    correct(door, by, &id, CorrectionAsk::Merge(input.with), &input.reason).await
}

/// Makes some tickets of an event an event of their own.
#[utoipa::path(
    post, path = "/events/{id}/split", tag = "topics", operation_id = "event_split",
    params(("id" = String, Path, description = "Id of the event")), request_body = SplitInput,
    responses(
        (status = 201, description = "Kept", body = CorrectedView),
        (status = 400, description = "None or all of its tickets, or no reason", body = ErrorEnvelope),
        (status = 404, description = "No such event now", body = ErrorEnvelope),
    )
)]
pub(crate) async fn split(door: Door, by: Acting, Path(id): Path<String>, Json(input): Json<SplitInput>) -> Answer {
    correct(door, by, &id, CorrectionAsk::Split(input.tickets), &input.reason).await
}

/// Puts one ticket into another event.
#[utoipa::path(
    post, path = "/events/{id}/move", tag = "topics", operation_id = "event_move",
    params(("id" = String, Path, description = "Id of the event that the ticket is in; - if it is in none")),
    request_body = MoveInput,
    responses(
        (status = 201, description = "Kept", body = CorrectedView),
        (status = 400, description = "The ticket is not there, or no reason", body = ErrorEnvelope),
        (status = 404, description = "No such event now", body = ErrorEnvelope),
    )
)]
pub(crate) async fn move_ticket(
    door: Door,
    by: Acting,
    Path(id): Path<String>,
    Json(input): Json<MoveInput>,
) -> Answer {
    let ask = CorrectionAsk::Move { ticket: input.ticket, to: input.to };
    correct(door, by, &id, ask, &input.reason).await
}

/// Takes tickets out of an event, or keeps them out of every event.
#[utoipa::path(
    post, path = "/events/{id}/exclude", tag = "topics", operation_id = "event_exclude",
    params(("id" = String, Path, description = "Id of the event that the tickets are in; - if in none")),
    request_body = ExcludeInput,
    responses(
        (status = 201, description = "Kept", body = CorrectedView),
        (status = 400, description = "A ticket is not there, or no reason", body = ErrorEnvelope),
        (status = 404, description = "No such event now", body = ErrorEnvelope),
    )
)]
pub(crate) async fn exclude(door: Door, by: Acting, Path(id): Path<String>, Json(input): Json<ExcludeInput>) -> Answer {
    let ask = CorrectionAsk::Exclude { tickets: input.tickets, never: input.never };
    correct(door, by, &id, ask, &input.reason).await
}

/// Keeps an event's title or the event itself as it is.
#[utoipa::path(
    post, path = "/events/{id}/pin", tag = "topics", operation_id = "event_pin",
    params(("id" = String, Path, description = "Id of the event")), request_body = PinInput,
    responses(
        (status = 201, description = "Kept", body = CorrectedView),
        (status = 400, description = "Neither title nor event, or no reason", body = ErrorEnvelope),
        (status = 404, description = "No such event now", body = ErrorEnvelope),
    )
)]
pub(crate) async fn pin(door: Door, by: Acting, Path(id): Path<String>, Json(input): Json<PinInput>) -> Answer {
    correct(door, by, &id, CorrectionAsk::Pin { title: input.title, keep: input.keep }, &input.reason).await
}

/// What people corrected, newest first: what is in force, or all.
#[utoipa::path(
    get, path = "/topics/corrections", tag = "topics", operation_id = "corrections",
    params(("all" = Option<bool>, Query, description = "Also what was taken back")),
    responses(
        (status = 200, description = "Acts", body = CorrectionList),
        (status = 400, description = "Unknown parameter or value", body = ErrorEnvelope),
    )
)]
pub(crate) async fn corrections(door: Door, Params(params): Params) -> ApiResult<Reply<CorrectionList>> {
    params.only(&["all"])?;
    let all = match params.one("all")? {
        None | Some("false") => false,
        Some("true") => true,
        Some(_) => return Err(Fault::invalid("`all` is true or false").at("all").into()),
    };
    let acts = door.desk.corrections(all).await?;
    Ok(Reply(CorrectionList { corrections: acts.iter().map(CorrectionView::of).collect() }))
}

/// Takes an act back: what is shown is as if it had not been.
#[utoipa::path(
    post, path = "/topics/corrections/{id}/undo", tag = "topics", operation_id = "correction_undo",
    params(("id" = i64, Path, description = "Number of the act")), request_body = UndoInput,
    responses(
        (status = 200, description = "Taken back", body = CorrectionView),
        (status = 400, description = "No such act in force, or no reason", body = ErrorEnvelope),
    )
)]
pub(crate) async fn undo(
    door: Door,
    Acting(actor): Acting,
    Number(id): Number,
    Json(input): Json<UndoInput>,
) -> ApiResult<Reply<CorrectionView>> {
    let undone = door.desk.undo_correction(&actor, id, &input.reason).await?;
    door.desk.settled(PATIENCE).await?;
    Ok(Reply(CorrectionView::of(&undone)))
}

fn parent_of(door: &Door, event: &str) -> Result<ParentView, Fault> {
    let hot = door.desk.hot();
    let found = hot.as_deref().and_then(|hot| hot.parent_of(hot.event(event)?).map(ParentView::of));
    found.ok_or_else(|| Fault::not_found("这个事件没有母单"))
}

/// Attaches one reply to all tickets of the event's parent; nothing is sent.
#[utoipa::path(
    post, path = "/events/{id}/parent/reply", tag = "topics", operation_id = "parent_reply",
    params(("id" = String, Path, description = "Id of the event")), request_body = ParentReplyInput,
    responses(
        (status = 201, description = "Kept", body = ParentView),
        (status = 400, description = "No text", body = ErrorEnvelope),
        (status = 404, description = "The event has no parent", body = ErrorEnvelope),
    )
)]
pub(crate) async fn parent_reply(
    door: Door,
    Acting(actor): Acting,
    Path(id): Path<String>,
    Json(input): Json<ParentReplyInput>,
) -> ApiResult<(StatusCode, Reply<ParentView>)> {
    door.desk.reply_parent(&actor, parent_of(&door, &id)?.id, &input.text).await?;
    Ok((StatusCode::CREATED, Reply(parent_of(&door, &id)?)))
}

/// Takes the event's parent back: its tickets are attached to nothing.
#[utoipa::path(
    post, path = "/events/{id}/parent/undo", tag = "topics", operation_id = "parent_undo",
    params(("id" = String, Path, description = "Id of the event")), request_body = UndoInput,
    responses(
        (status = 200, description = "Taken back; as it was", body = ParentView),
        (status = 400, description = "No reason", body = ErrorEnvelope),
        (status = 404, description = "The event has no parent", body = ErrorEnvelope),
    )
)]
pub(crate) async fn parent_undo(
    door: Door,
    Acting(actor): Acting,
    Path(id): Path<String>,
    Json(input): Json<UndoInput>,
) -> ApiResult<Reply<ParentView>> {
    let parent = parent_of(&door, &id)?;
    door.desk.undo_parent(&actor, parent.id, &input.reason).await?;
    Ok(Reply(parent))
}
