//! 改写: other words for a section from the language model on the local network, accepted by a person.

use axum::{Json as Reply, http::StatusCode};

use crate::http::{
    Door,
    error::ApiResult,
    extract::{Acting, Json, Path},
    views::{BriefDocument, ErrorEnvelope, RephraseInput, RephrasingView, VersionInput},
};

/// Asks for other words for a section. Changes nothing in the brief.
#[utoipa::path(
    post, path = "/briefs/{id}/rephrasings", tag = "briefs", operation_id = "brief_rephrase",
    params(("id" = String, Path, description = "Id of the brief")),
    request_body = RephraseInput,
    responses(
        (status = 201, description = "What the model said, with what speaks against it", body = RephrasingView),
        (status = 404, description = "No such section, or the model changed nothing", body = ErrorEnvelope),
        (status = 409, description = "Signed, or changed meanwhile", body = ErrorEnvelope),
        (status = 503, description = "No model is configured, or it does not answer", body = ErrorEnvelope),
    )
)]
pub(crate) async fn rephrase(
    door: Door,
    Path(id): Path<String>,
    Acting(actor): Acting,
    Json(input): Json<RephraseInput>,
) -> ApiResult<(StatusCode, Reply<RephrasingView>)> {
    let made = door.desk.rephrase_brief(&actor, &id, Some(input.version), &input.section).await?;
    Ok((StatusCode::CREATED, Reply(RephrasingView::of(&made))))
}

/// Rephrasings of a brief, oldest first.
#[utoipa::path(
    get, path = "/briefs/{id}/rephrasings", tag = "briefs", operation_id = "brief_rephrasings",
    params(("id" = String, Path, description = "Id of the brief")),
    responses(
        (status = 200, description = "All of them", body = Vec<RephrasingView>),
        (status = 404, description = "No such brief", body = ErrorEnvelope),
    )
)]
pub(crate) async fn rephrasings(door: Door, Path(id): Path<String>) -> ApiResult<Reply<Vec<RephrasingView>>> {
    Ok(Reply(door.desk.rephrasings(&id).await?.iter().map(RephrasingView::of).collect()))
}

/// Accepts a rephrasing as the next version; the person who accepts it is its author.
#[utoipa::path(
    post, path = "/briefs/{id}/rephrasings/{number}/accept", tag = "briefs", operation_id = "brief_rephrase_accept",
    params(
        ("id" = String, Path, description = "Id of the brief"),
        ("number" = i64, Path, description = "Number of the rephrasing"),
    ),
    request_body = VersionInput,
    responses(
        (status = 200, description = "The new version", body = BriefDocument),
        (status = 400, description = "Something speaks against it", body = ErrorEnvelope),
        (status = 404, description = "No such rephrasing", body = ErrorEnvelope),
        (status = 409, description = "Accepted already, or the section was changed since", body = ErrorEnvelope),
    )
)]
pub(crate) async fn accept(
    door: Door,
    Path((id, number)): Path<(String, i64)>,
    Acting(actor): Acting,
    Json(input): Json<VersionInput>,
) -> ApiResult<Reply<BriefDocument>> {
    Ok(Reply(BriefDocument(door.desk.accept_rephrasing(&actor, &id, number, Some(input.version)).await?)))
}

/// Puts a section back as the rules wrote it last.
#[utoipa::path(
    post, path = "/briefs/{id}/sections/{section}/restore", tag = "briefs", operation_id = "brief_restore",
    params(
        ("id" = String, Path, description = "Id of the brief"),
        ("section" = String, Path, description = "Id of the section"),
    ),
    request_body = VersionInput,
    responses(
        (status = 200, description = "The new version", body = BriefDocument),
        (status = 404, description = "No such section", body = ErrorEnvelope),
        (status = 409, description = "Signed, changed meanwhile, or as the rules wrote it", body = ErrorEnvelope),
    )
)]
pub(crate) async fn restore(
    door: Door,
    Path((id, section)): Path<(String, String)>,
    Acting(actor): Acting,
    Json(input): Json<VersionInput>,
) -> ApiResult<Reply<BriefDocument>> {
    Ok(Reply(BriefDocument(door.desk.restore_section(&actor, &id, &section, Some(input.version)).await?)))
}
