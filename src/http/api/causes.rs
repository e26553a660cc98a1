//! 一类事: recurring causes, and what an action changed.

use axum::Json as Reply;

use crate::{
    domain::Fault,
    http::{
        Door,
        error::ApiResult,
        extract::Params,
        views::{CausesView, ErrorEnvelope},
    },
};

/// Candidates of recurring causes among the tickets of the last 60 days, by volume × recurrence × departments ×
/// unsolved share; with `code` and `action` also the comparison of the weeks before and after.
#[utoipa::path(
    get, path = "/causes", tag = "topics",
    params(
        ("code" = Option<String>, Query, description = "Category that is compared"),
        ("action" = Option<String>, Query, description = "Day of the action, as 2026-05-12"),
    ),
    responses(
        (status = 200, description = "As last seen", body = CausesView),
        (status = 400, description = "Wrong category or day", body = ErrorEnvelope),
        (status = 403, description = "Not for an account with a limited reach", body = ErrorEnvelope),
    )
)]
pub(crate) async fn causes(door: Door, Params(params): Params) -> ApiResult<Reply<CausesView>> {
    params.only(&["code", "action"])?;
    let hot = door.desk.hot();
    let mut view = CausesView::of(hot.as_deref(), &door.desk.city());
    match (params.one("code")?, params.one("action")?) {
        (Some(code), Some(action)) => {
            let day = action.parse().map_err(|_| Fault::invalid("举措日期(action)请写成 2026-05-12").at("action"))?;
            view.effect = Some((&door.desk.effect(code, day).await?).into());
        }
        (None, None) => {}
        (Some(_), None) => return Err(Fault::invalid("`action` is missing").at("action").into()),
        (None, Some(_)) => return Err(Fault::invalid("`code` is missing").at("code").into()),
    }
    Ok(Reply(view))
}
