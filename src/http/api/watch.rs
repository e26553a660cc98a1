//! 关注: kept searches and their alerts.

use axum::{Json as Reply, http::StatusCode};

use crate::http::{
    Door,
    error::ApiResult,
    extract::{Acting, Json, Number, Params},
    views::{AlertList, ErrorEnvelope, KeptSearchInput, KeptSearchList, KeptSearchView, ReadInput, ReadView},
};

/// Keeps a search: from now on every ticket that comes in and matches makes one alert, also if it matches
/// only after triage or a decision.
#[utoipa::path(
    post, path = "/searches", tag = "watch",
    request_body = KeptSearchInput,
    responses(
        (status = 201, description = "It is kept", body = KeptSearchView),
        (status = 200, description = "The same was kept under this name before", body = KeptSearchView),
        (status = 400, description = "No name, nothing to look for, or too many are kept", body = ErrorEnvelope),
        (status = 409, description = "The name is taken", body = ErrorEnvelope),
    )
)]
pub(crate) async fn keep_search(
    door: Door,
    Acting(actor): Acting,
    Json(input): Json<KeptSearchInput>,
) -> ApiResult<(StatusCode, Reply<KeptSearchView>)> {
    let name = input.name.clone();
    let (kept, repeated) = door.desk.keep_search(&actor, &name, input.into()).await?;
    let status = if repeated { StatusCode::OK } else { StatusCode::CREATED };
    Ok((status, Reply(KeptSearchView::of(&kept))))
}

/// The person's kept searches, oldest first.
#[utoipa::path(
    get, path = "/searches", tag = "watch",
    responses((status = 200, description = "All of them", body = KeptSearchList))
)]
pub(crate) async fn kept_searches(door: Door, Acting(actor): Acting) -> ApiResult<Reply<KeptSearchList>> {
    let kept = door.desk.kept_searches(&actor).await?;
    Ok(Reply(KeptSearchList { searches: kept.iter().map(KeptSearchView::of).collect() }))
}

/// Drops a kept search with its alerts.
#[utoipa::path(
    delete, path = "/searches/{id}", tag = "watch",
    params(("id" = i64, Path, description = "Number of the search")),
    responses(
        (status = 200, description = "It is gone; those that stay", body = KeptSearchList),
        (status = 404, description = "The person keeps no such search", body = ErrorEnvelope),
    )
)]
pub(crate) async fn drop_search(
    door: Door,
    Acting(actor): Acting,
    Number(id): Number,
) -> ApiResult<Reply<KeptSearchList>> {
    door.desk.drop_search(&actor, id).await?;
    let kept = door.desk.kept_searches(&actor).await?;
    Ok(Reply(KeptSearchList { searches: kept.iter().map(KeptSearchView::of).collect() }))
}

/// The person's alerts with their tickets as they are now, masked, newest first.
#[utoipa::path(
    get, path = "/alerts", tag = "watch",
    params(
        ("unread" = Option<bool>, Query, description = "Unseen ones only"),
        ("search" = Option<i64>, Query, description = "Of one kept search only"),
        ("before" = Option<i64>, Query, description = "`before` of the page before"),
        ("limit" = Option<usize>, Query, description = "1 to 100, 20 without it"),
    ),
    responses(
        (status = 200, description = "A page", body = AlertList),
        (status = 400, description = "Unknown parameter or value", body = ErrorEnvelope),
    )
)]
pub(crate) async fn alerts(door: Door, Acting(actor): Acting, Params(params): Params) -> ApiResult<Reply<AlertList>> {
    let (filter, limit) = params.alert_filter()?;
    let page = door.desk.alerts(&actor, filter, limit).await?;
    Ok(Reply(AlertList::of(&page, &door.desk.city())))
}

/// Marks alerts as seen, up to a number, so that what came in meanwhile stays unseen.
#[utoipa::path(
    post, path = "/alerts/read", tag = "watch",
    request_body = ReadInput,
    responses((status = 200, description = "How many were unseen before", body = ReadView))
)]
pub(crate) async fn read_alerts(
    door: Door,
    Acting(actor): Acting,
    Json(input): Json<ReadInput>,
) -> ApiResult<Reply<ReadView>> {
    let read = door.desk.read_alerts(&actor, input.search, input.up_to).await?;
    Ok(Reply(ReadView { read }))
}
