//! 简报审核: does every number of a bulletin follow from the others? Nothing is stored.

use axum::{Json as Reply, body::Bytes, extract::rejection::BytesRejection, http::StatusCode};

use crate::{
    domain::{Fault, FaultKind},
    http::{
        error::ApiResult,
        extract::{Acting, Json},
        views::{BulletinInput, BulletinView, ErrorEnvelope},
    },
    report::audit::{
        audit,
        read::{Form, ReadError, read},
    },
};

/// Off the threads that serve: a long text takes a while.
async fn examined(work: impl FnOnce() -> ApiResult<BulletinView> + Send + 'static) -> ApiResult<Reply<BulletinView>> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|e| Fault::internal(format!("the audit stopped: {e}")))?.map(Reply)
}

/// 审核: the numbers of a text, which is not stored.
#[utoipa::path(
    post, path = "/audit", tag = "audit", operation_id = "audit_text", request_body = BulletinInput,
    responses(
        (status = 200, description = "Every check", body = BulletinView),
        (status = 400, description = "Wrong input", body = ErrorEnvelope),
        (status = 413, description = "Too long", body = ErrorEnvelope),
        (status = 415, description = "Not application/json", body = ErrorEnvelope),
    )
)]
pub(crate) async fn text(_: Acting, Json(input): Json<BulletinInput>) -> ApiResult<Reply<BulletinView>> {
    if input.text.trim().is_empty() {
        return Err(Fault::invalid("`text` is empty").at("text").into());
    }
    examined(move || Ok(BulletinView::of(audit(&input.text), Form::Text, None))).await
}

/// 审核: the numbers of a file (text, DOCX, HTML), which is not stored. The body is the file.
#[utoipa::path(
    post, path = "/audit/file", tag = "audit", operation_id = "audit_file",
    request_body(content = String, content_type = "application/octet-stream", description = "The file"),
    responses(
        (status = 200, description = "The text of the file and every check", body = BulletinView),
        (status = 400, description = "Not a text, DOCX or HTML file", body = ErrorEnvelope),
        (status = 413, description = "Too large", body = ErrorEnvelope),
    )
)]
pub(crate) async fn file(_: Acting, body: Result<Bytes, BytesRejection>) -> ApiResult<Reply<BulletinView>> {
    let body = body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            Fault::new(FaultKind::TooLarge, "the body is larger than the limit of this service")
        }
        _ => Fault::invalid("the body did not arrive whole"),
    })?;
    examined(move || {
        let (text, form) = read(&body).map_err(|e| match e {
            ReadError::Large(..) => Fault::new(FaultKind::TooLarge, e.to_string()),
            e => Fault::invalid(e.to_string()),
        })?;
        Ok(BulletinView::of(audit(&text), form, Some(text)))
    })
    .await
}
