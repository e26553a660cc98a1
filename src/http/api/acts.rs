//! What people do with tickets: acts, transfer, progress, kept lists, export.

use axum::{
    Json as Reply,
    body::Body,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use tokio_stream::wrappers::ReceiverStream;

use crate::{
    desk::Form,
    domain::{Deed, Fault, TicketId, city_date},
    http::{
        Door,
        error::{ApiError, ApiResult},
        extract::{Id, Json, Number, Params},
        views::{
            ActedView, ActsInput, DeedInput, ErrorEnvelope, KeptListInput, KeptListView, KeptLists, ProgressView,
            TicketView, TransferInput, TransferView,
        },
    },
};

/// 办理: one act on one ticket.
///
/// It is kept with its time and person; the workflow's states follow from it.
#[utoipa::path(
    post, path = "/appeals/{id}/acts", tag = "acts", request_body = DeedInput,
    params(("id" = String, Path, description = "工单编号")),
    responses(
        (status = 200, description = "The ticket after it", body = TicketView),
        (status = 400, description = "The act is not whole", body = ErrorEnvelope),
        (status = 403, description = "The right is missing, the ticket is out of reach, or the actor's unit only \
            assists and this is not a note, a mark or a report", body = ErrorEnvelope),
        (status = 404, description = "No such ticket", body = ErrorEnvelope),
        (status = 409, description = "The workflow does not allow it now", body = ErrorEnvelope),
    )
)]
pub(crate) async fn act(door: Door, Id(id): Id, Json(input): Json<DeedInput>) -> ApiResult<Reply<TicketView>> {
    let ticket = door.desk.act_on(&id, Deed::try_from(input).map_err(ApiError::from)?).await?;
    // It is done: what cannot be recorded as read is masked, not refused.
    let open = door.desk.opens(&[&ticket.id]).await.unwrap_or(false);
    Ok(Reply(TicketView::of(&ticket, &door.desk.city(), open)))
}

/// 办理进度: what happened when, and how the deadlines stand.
#[utoipa::path(
    get, path = "/appeals/{id}/progress", tag = "acts",
    params(("id" = String, Path, description = "工单编号")),
    responses(
        (status = 200, description = "Oldest first", body = ProgressView),
        (status = 404, description = "No such ticket", body = ErrorEnvelope),
    )
)]
pub(crate) async fn progress(door: Door, Id(id): Id) -> ApiResult<Reply<ProgressView>> {
    let progress = door.desk.progress(&id).await?;
    let same_call = door.desk.same_call(&id).await?;
    let open = door.desk.opens(&[&id]).await?;
    Ok(Reply(ProgressView::of(&progress, &same_call, open)))
}

/// 转接: composes the note for 110, 119 … and keeps it as an act.
#[utoipa::path(
    post, path = "/appeals/{id}/transfer", tag = "acts", request_body = TransferInput,
    params(("id" = String, Path, description = "工单编号")),
    responses(
        (status = 200, description = "The note as it was kept", body = TransferView),
        (status = 400, description = "No unit to transfer to", body = ErrorEnvelope),
        (status = 404, description = "No such ticket", body = ErrorEnvelope),
    )
)]
pub(crate) async fn transfer(
    door: Door,
    Id(id): Id,
    Json(input): Json<TransferInput>,
) -> ApiResult<Reply<TransferView>> {
    let note = door.desk.transfer(&id, input.units).await?;
    Ok(Reply(TransferView { ticket: id.to_string(), units: note.units, note: note.text }))
}

/// 批量办理: the same act on several tickets, each with its own answer.
#[utoipa::path(
    post, path = "/acts", tag = "acts", request_body = ActsInput,
    responses(
        (status = 200, description = "What became of each", body = [ActedView]),
        (status = 400, description = "The act is not whole, or too many tickets", body = ErrorEnvelope),
        (status = 403, description = "The right is missing", body = ErrorEnvelope),
    )
)]
pub(crate) async fn act_on_many(door: Door, Json(input): Json<ActsInput>) -> ApiResult<Reply<Vec<ActedView>>> {
    let deed = Deed::try_from(input.act).map_err(ApiError::from)?;
    let ids = ids(input.tickets)?;
    let done = door.desk.act(&ids, deed).await?;
    Ok(Reply(done.into_iter().map(|(id, answer)| ActedView::of(&id, answer)).collect()))
}

fn ids(given: Vec<String>) -> Result<Vec<TicketId>, Fault> {
    let mut ids: Vec<TicketId> = Vec::with_capacity(given.len());
    for id in given {
        let id = TicketId::new(id).map_err(|fault| fault.at("tickets"))?;
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    Ok(ids)
}

/// The person's kept filters of the list.
#[utoipa::path(
    get, path = "/lists", tag = "acts",
    responses((status = 200, description = "Oldest first", body = KeptLists))
)]
pub(crate) async fn kept_lists(door: Door) -> ApiResult<Reply<KeptLists>> {
    let lists = door.desk.kept_lists().await?;
    Ok(Reply(KeptLists { lists: lists.iter().map(KeptListView::of).collect() }))
}

/// Keeps a filter of the list under a name; one of the same name is replaced.
#[utoipa::path(
    post, path = "/lists", tag = "acts", request_body = KeptListInput,
    responses(
        (status = 201, description = "It is kept", body = KeptListView),
        (status = 400, description = "No name, no filter, or too many are kept", body = ErrorEnvelope),
    )
)]
pub(crate) async fn keep_list(
    door: Door,
    Json(input): Json<KeptListInput>,
) -> ApiResult<(StatusCode, Reply<KeptListView>)> {
    let kept = door.desk.keep_list(&input.name, &input.query).await?;
    Ok((StatusCode::CREATED, Reply(KeptListView::of(&kept))))
}

/// Drops a kept filter.
#[utoipa::path(
    delete, path = "/lists/{id}", tag = "acts",
    params(("id" = i64, Path, description = "Number of the kept filter")),
    responses(
        (status = 200, description = "It is gone; those that stay", body = KeptLists),
        (status = 404, description = "The person keeps no such filter", body = ErrorEnvelope),
    )
)]
pub(crate) async fn drop_list(door: Door, Number(id): Number) -> ApiResult<Reply<KeptLists>> {
    door.desk.drop_list(id).await?;
    kept_lists(door).await
}

/// 导出: the tickets of a list, or those named, as a file; masked whoever asks.
#[utoipa::path(
    get, path = "/export", tag = "acts",
    params(
        ("format" = String, Query, description = "csv (UTF-8 with BOM, at most 50000) or xlsx (at most 20000)"),
        ("id" = Option<Vec<String>>, Query, description = "工单编号, repeatable; without it, the filters of /appeals"),
    ),
    responses(
        (status = 200, description = "The file", body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 400, description = "Unknown parameter or value", body = ErrorEnvelope),
        (status = 403, description = "The right is missing", body = ErrorEnvelope),
        (status = 413, description = "More tickets than a file may have", body = ErrorEnvelope),
    )
)]
pub(crate) async fn export(door: Door, Params(params): Params) -> ApiResult<Response> {
    let (form, named, filter) = params.export()?;
    let file = door.desk.export(&filter, ids(named)?, form).await?;
    let (kind, ending) = match form {
        Form::Csv => ("text/csv; charset=utf-8", "csv"),
        Form::Xlsx => ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
    };
    let day = city_date(door.desk.now()).strftime("%Y%m%d").to_string();
    // A failure half way breaks the connection off: a file that ends early must not look whole.
    let mut response = Body::from_stream(ReceiverStream::new(file.pieces)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(HeaderName::from_static("x-tickets"), HeaderValue::from(file.count));
    let name = format!("attachment; filename=\"tickets-{day}.{ending}\"");
    if let Ok(name) = HeaderValue::from_str(&name) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    Ok(response)
}
