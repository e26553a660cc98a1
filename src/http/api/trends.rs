//! 趋势: next week's ranges.

use axum::Json as Reply;

use crate::http::{
    Door,
    error::ApiResult,
    views::{ErrorEnvelope, TrendsView},
};

/// Next week's 80 % range for the city, each category and each topic, with the method and its back-test.
#[utoipa::path(
    get, path = "/trends", tag = "topics",
    responses(
        (status = 200, description = "As of the last whole day", body = TrendsView),
        (status = 403, description = "Not for an account with a limited reach", body = ErrorEnvelope),
    )
)]
pub(crate) async fn trends(door: Door) -> ApiResult<Reply<TrendsView>> {
    Ok(Reply(TrendsView::of(&*door.desk.trends().await?)))
}
