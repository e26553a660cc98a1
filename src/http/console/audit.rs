//! 简报审核: paste a bulletin or choose a file, see every number that does not follow from the others.

use askama::Template;
use axum::response::Response;

use crate::http::{
    Door,
    console::{frame::Frame, page},
    error::ApiResult,
    extract::Acting,
};

#[derive(Template)]
#[template(path = "audit.html")]
struct AuditPage {
    frame: Frame,
}

/// The page.
pub(crate) async fn audit(door: Door, _: Acting) -> ApiResult<Response> {
    page(&AuditPage { frame: Frame::of(&door.desk, "简报审核", "/audit").await })
}
