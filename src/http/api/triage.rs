//! Suggestions and past cases for a text that is not stored.

use axum::Json as Reply;

use crate::{
    domain::{Appeal, Fault},
    http::{
        Door,
        error::ApiResult,
        extract::{Acting, Json},
        views::{
            ElementView, ErrorEnvelope, MatterView, SimilarInput, SimilarList, SimilarView, SplitView, TriageInput,
            TriageView,
        },
    },
};

/// 研判: suggestions for a text, which is not stored.
///
/// The answer has the shape of a line of `tingsu triage`.
#[utoipa::path(
    post, path = "/triage", tag = "triage", request_body = TriageInput,
    responses(
        (status = 200, description = "The suggestion", body = TriageView),
        (status = 400, description = "Wrong input", body = ErrorEnvelope),
        (status = 415, description = "Not application/json", body = ErrorEnvelope),
        (status = 503, description = "Overloaded; see Retry-After", body = ErrorEnvelope),
    )
)]
pub(crate) async fn triage(door: Door, _: Acting, Json(input): Json<TriageInput>) -> ApiResult<Reply<TriageView>> {
    let appeal = said(input.title, input.text)?;
    let suggestion = door.desk.triage(appeal.clone()).await?;
    let elements = door.desk.elements(&appeal, &suggestion);
    let pack = door.desk.city();
    let view = TriageView::of(&suggestion, &pack, input.id);
    Ok(Reply(TriageView { elements: elements.iter().map(|found| ElementView::of(found, &pack)).collect(), ..view }))
}

/// 拆分: the matters of one call, each with its own suggestion; none if it is about one matter only.
#[utoipa::path(
    post, path = "/split", tag = "triage", request_body = TriageInput,
    responses(
        (status = 200, description = "The parts, in the order of the text", body = SplitView),
        (status = 400, description = "Wrong input", body = ErrorEnvelope),
        (status = 503, description = "Overloaded; see Retry-After", body = ErrorEnvelope),
    )
)]
pub(crate) async fn split(door: Door, _: Acting, Json(input): Json<TriageInput>) -> ApiResult<Reply<SplitView>> {
    let appeal = said(input.title, input.text)?;
    let matters = door.desk.matters(&appeal).await?;
    let pack = door.desk.city();
    Ok(Reply(SplitView { parts: matters.iter().map(|m| MatterView::of(m, &appeal.text, &pack)).collect() }))
}

/// 相似工单: past cases like a text, which is not stored.
#[utoipa::path(
    post, path = "/similar", tag = "triage", request_body = SimilarInput,
    responses(
        (status = 200, description = "Best first, masked", body = SimilarList),
        (status = 400, description = "Wrong input", body = ErrorEnvelope),
        (status = 415, description = "Not application/json", body = ErrorEnvelope),
        (status = 503, description = "The index does not answer", body = ErrorEnvelope),
    )
)]
pub(crate) async fn similar(door: Door, _: Acting, Json(input): Json<SimilarInput>) -> ApiResult<Reply<SimilarList>> {
    let limit = input.limit.unwrap_or(8);
    if !(1..=50).contains(&limit) {
        return Err(Fault::invalid("`limit` must be a whole number from 1 to 50").at("limit").into());
    }
    let appeal = said(input.title, input.text)?;
    let caller = input.caller.as_deref().map(str::trim).filter(|caller| !caller.is_empty());
    let cases = door.desk.similar(&appeal, caller, limit).await?;
    let pack = door.desk.city();
    Ok(Reply(SimilarList { cases: cases.iter().map(|case| SimilarView::of(case, &pack)).collect() }))
}

fn said(title: Option<String>, text: String) -> Result<Appeal, Fault> {
    let appeal = Appeal::new(title.unwrap_or_default(), text);
    if appeal.is_blank() {
        return Err(Fault::invalid("诉求内容为空,请填写来电人所说").at("text"));
    }
    Ok(appeal)
}
