//! 预警: events, categories at places and keywords that come faster than they should.

use axum::Json as Reply;

use crate::http::{Door, error::ApiResult, views::AlarmBookView};

/// Open alarms and the latest lines of their history, newest first; both outlast a restart.
#[utoipa::path(
    get, path = "/alarms", tag = "topics",
    responses((status = 200, description = "As last told", body = AlarmBookView))
)]
pub(crate) async fn alarms(door: Door) -> ApiResult<Reply<AlarmBookView>> {
    Ok(Reply(AlarmBookView::of(&door.desk.alarms().await?)))
}
