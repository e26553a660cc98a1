//! 热点: events and topics as last seen.

use axum::{Json as Reply, extract::Path};

use crate::{
    domain::Fault,
    http::{
        Door,
        error::ApiResult,
        views::{ErrorEnvelope, EventList, EventView, TopicList},
    },
};

/// Events of at least three tickets among those of the last 60 days, hottest first.
#[utoipa::path(
    get, path = "/events", tag = "topics",
    responses((status = 200, description = "As last seen", body = EventList))
)]
pub(crate) async fn events(door: Door) -> Reply<EventList> {
    Reply(EventList::of(door.desk.hot().as_deref()))
}

/// One event with its alarms, quotes and lineage.
#[utoipa::path(
    get, path = "/events/{id}", tag = "topics",
    params(("id" = String, Path, description = "Id of the event")),
    responses(
        (status = 200, description = "As last seen", body = EventView),
        (status = 404, description = "No such event now", body = ErrorEnvelope),
    )
)]
pub(crate) async fn event(door: Door, Path(id): Path<String>) -> ApiResult<Reply<EventView>> {
    let hot = door.desk.hot();
    let found = hot.as_deref().and_then(|hot| Some(EventView::of(hot.event(&id)?, hot)));
    found.map(Reply).ok_or_else(|| Fault::not_found("现在没有这个事件,可能已结束或并入其他事件").into())
}

/// Topics of at least three tickets among those of the last 60 days, hottest first.
#[utoipa::path(
    get, path = "/topics", tag = "topics",
    responses((status = 200, description = "As last seen", body = TopicList))
)]
pub(crate) async fn topics(door: Door) -> Reply<TopicList> {
    Reply(TopicList::of(door.desk.hot().as_deref()))
}
