//! 简报: make, read, edit, check, sign, follow.

use axum::{
    Json as Reply,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::{
    desk::NewInstruction,
    domain::{Fault, brief::BriefKind, parse_city},
    http::{
        Door,
        error::ApiResult,
        extract::{Acting, Json, Params, Path},
        views::{
            BriefDocument, BriefInput, BriefLineView, BriefList, CheckView, EditInput, ErrorEnvelope, InstructionInput,
            InstructionView, IssueInput, RevisionView, StepInput, VersionInput,
        },
    },
    report::render::{Format, UnknownFormat},
};

/// Header of a file that its reader should be told something about: percent-encoded UTF-8.
const NOTICE: header::HeaderName = header::HeaderName::from_static("x-tingsu-notice");

/// Briefs, newest window first.
#[utoipa::path(
    get, path = "/briefs", tag = "briefs", operation_id = "brief_list",
    params(
        ("kind" = Option<String>, Query, description = "daily weekly special flash dossier"),
        ("offset" = Option<usize>, Query, description = "First of the page"),
        ("limit" = Option<usize>, Query, description = "1 to 100, 20 without it"),
    ),
    responses(
        (status = 200, description = "A page", body = BriefList),
        (status = 400, description = "Unknown parameter or value", body = ErrorEnvelope),
    )
)]
pub(crate) async fn list(door: Door, Params(params): Params) -> ApiResult<Reply<BriefList>> {
    params.only(&["kind", "offset", "limit"])?;
    let kind = match params.one("kind")? {
        None => None,
        Some(code) => Some(kind_of(code)?),
    };
    let (offset, limit) = params.page()?;
    let (lines, total) = door.desk.briefs(kind, offset as u64, limit as u64).await?;
    Ok(Reply(BriefList { total, briefs: lines.iter().map(BriefLineView::of).collect() }))
}

fn kind_of(code: &str) -> Result<BriefKind, Fault> {
    let known = BriefKind::ALL.into_iter().find(|k| k.code() == code);
    known.ok_or_else(|| Fault::invalid("`kind` is one of daily weekly special flash dossier").at("kind"))
}

/// Makes a brief of what is stored; one of this kind, window and subject that is there already is given
/// back as it stands.
#[utoipa::path(
    post, path = "/briefs", tag = "briefs", operation_id = "brief_make",
    request_body = BriefInput,
    responses(
        (status = 201, description = "Made now: the document", body = BriefDocument),
        (status = 200, description = "It was there already", body = BriefDocument),
        (status = 400, description = "Unknown kind, window or subject", body = ErrorEnvelope),
        (status = 404, description = "No appeal in the window, or no such topic", body = ErrorEnvelope),
    )
)]
pub(crate) async fn make(
    door: Door,
    Acting(actor): Acting,
    Json(input): Json<BriefInput>,
) -> ApiResult<(StatusCode, Reply<BriefDocument>)> {
    let ask = input.ask(door.desk.now())?;
    let made = door.desk.make_brief(&actor, &ask).await?;
    let status = if made.new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Reply(BriefDocument(made.brief))))
}

/// A brief: as JSON document, or as a file in another format. What the reader of a file should be told (missing fonts,
/// rows left out) stands percent-encoded in the header `x-tingsu-notice`.
#[utoipa::path(
    get, path = "/briefs/{id}", tag = "briefs", operation_id = "brief_read",
    params(
        ("id" = String, Path, description = "Id of the brief"),
        ("version" = Option<u32>, Query, description = "Which version; the latest without it"),
        ("format" = Option<String>, Query, description = "json (without it) md html docx xlsx pdf"),
    ),
    responses(
        (status = 200, description = "The document", body = BriefDocument),
        (status = 404, description = "No such brief or version", body = ErrorEnvelope),
    )
)]
pub(crate) async fn read(door: Door, Path(id): Path<String>, Params(params): Params) -> ApiResult<Response> {
    params.only(&["version", "format"])?;
    let version = match params.one("version")? {
        None => None,
        Some(text) => Some(text.parse().map_err(|_| Fault::invalid("`version` is a whole number").at("version"))?),
    };
    let brief = door.desk.brief(&id, version).await?;
    let format: Format = match params.one("format")? {
        None => return Ok(Reply(BriefDocument(brief)).into_response()),
        Some(name) => {
            name.parse().map_err(|unknown: UnknownFormat| Fault::invalid(unknown.to_string()).at("format"))?
        }
    };
    let rendered = door.desk.render_brief(brief, format).await?;
    let name = format!("attachment; filename=\"{id}.{}\"", format.ending());
    let shown = matches!(format, Format::Html | Format::Json | Format::Markdown);
    let place = if shown { "inline".to_owned() } else { name };
    let heads = [(header::CONTENT_TYPE, format.media().to_owned()), (header::CONTENT_DISPOSITION, place)];
    let mut response = (heads, rendered.bytes).into_response();
    let notice = percent_encoded(&rendered.notices.join(";"));
    if !notice.is_empty()
        && let Ok(value) = notice.parse()
    {
        response.headers_mut().insert(NOTICE, value);
    }
    Ok(response)
}

/// Words as a header may carry them: every byte but letters and digits as `%XX`.
fn percent_encoded(words: &str) -> String {
    let one = |byte: u8| match byte {
        byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    words.bytes().map(one).collect()
}

/// All versions of a brief, oldest first.
#[utoipa::path(
    get, path = "/briefs/{id}/versions", tag = "briefs", operation_id = "brief_versions",
    params(("id" = String, Path, description = "Id of the brief")),
    responses(
        (status = 200, description = "The versions", body = Vec<RevisionView>),
        (status = 404, description = "No such brief", body = ErrorEnvelope),
    )
)]
pub(crate) async fn versions(door: Door, Path(id): Path<String>) -> ApiResult<Reply<Vec<RevisionView>>> {
    let brief = door.desk.brief(&id, None).await?;
    Ok(Reply(brief.history.iter().map(RevisionView::of).collect()))
}

/// Changes words; figures, quotes and marks are tokens that must stay as they are.
#[utoipa::path(
    post, path = "/briefs/{id}/edits", tag = "briefs", operation_id = "brief_edit",
    params(("id" = String, Path, description = "Id of the brief")),
    request_body = EditInput,
    responses(
        (status = 200, description = "The new version", body = BriefDocument),
        (status = 400, description = "A token is missing or new, or a number was typed in", body = ErrorEnvelope),
        (status = 409, description = "Signed, or changed by somebody else meanwhile", body = ErrorEnvelope),
    )
)]
pub(crate) async fn edit(
    door: Door,
    Path(id): Path<String>,
    Acting(actor): Acting,
    Json(input): Json<EditInput>,
) -> ApiResult<Reply<BriefDocument>> {
    let brief = door.desk.edit_brief(&actor, &id, Some(input.version), &input.edits()).await?;
    Ok(Reply(BriefDocument(brief)))
}

/// 核稿, by somebody else than who last changed it.
#[utoipa::path(
    post, path = "/briefs/{id}/check", tag = "briefs", operation_id = "brief_check",
    params(("id" = String, Path, description = "Id of the brief")),
    request_body = VersionInput,
    responses(
        (status = 200, description = "Checked", body = BriefDocument),
        (status = 403, description = "The actor wrote it", body = ErrorEnvelope),
        (status = 409, description = "Checked or signed already, or changed meanwhile", body = ErrorEnvelope),
    )
)]
pub(crate) async fn check(
    door: Door,
    Path(id): Path<String>,
    Acting(actor): Acting,
    Json(input): Json<VersionInput>,
) -> ApiResult<Reply<BriefDocument>> {
    Ok(Reply(BriefDocument(door.desk.check_brief(&actor, &id, Some(input.version)).await?)))
}

/// 签发: closes a checked brief, computed anew at this moment.
#[utoipa::path(
    post, path = "/briefs/{id}/issue", tag = "briefs", operation_id = "brief_issue",
    params(("id" = String, Path, description = "Id of the brief")),
    request_body = IssueInput,
    responses(
        (status = 200, description = "Signed", body = BriefDocument),
        (status = 403, description = "The actor may not sign", body = ErrorEnvelope),
        (
            status = 409,
            description = "Not checked, changed meanwhile, or no longer what the store holds (field `despite_changes`)",
            body = ErrorEnvelope
        ),
    )
)]
pub(crate) async fn issue(
    door: Door,
    Path(id): Path<String>,
    Acting(actor): Acting,
    Json(input): Json<IssueInput>,
) -> ApiResult<Reply<BriefDocument>> {
    let signed = door.desk.issue_brief(&actor, &id, Some(input.version), input.despite_changes).await?;
    Ok(Reply(BriefDocument(signed)))
}

/// 重算: makes the brief anew of what is stored now, as its next version.
#[utoipa::path(
    post, path = "/briefs/{id}/renew", tag = "briefs", operation_id = "brief_renew",
    params(("id" = String, Path, description = "Id of the brief")),
    request_body = VersionInput,
    responses(
        (status = 200, description = "The new version", body = BriefDocument),
        (status = 404, description = "No such brief, or no appeal is left in its window", body = ErrorEnvelope),
        (status = 409, description = "Signed, or changed meanwhile", body = ErrorEnvelope),
    )
)]
pub(crate) async fn renew(
    door: Door,
    Path(id): Path<String>,
    Acting(actor): Acting,
    Json(input): Json<VersionInput>,
) -> ApiResult<Reply<BriefDocument>> {
    Ok(Reply(BriefDocument(door.desk.renew_brief(&actor, &id, Some(input.version)).await?)))
}

/// Computes every figure anew from what is stored now, and checks the chain of versions.
#[utoipa::path(
    get, path = "/briefs/{id}/recheck", tag = "briefs", operation_id = "brief_recheck",
    params(("id" = String, Path, description = "Id of the brief")),
    responses(
        (status = 200, description = "What no longer holds", body = CheckView),
        (status = 404, description = "No such brief", body = ErrorEnvelope),
    )
)]
pub(crate) async fn recheck(door: Door, Path(id): Path<String>) -> ApiResult<Reply<CheckView>> {
    Ok(Reply(CheckView::of(&door.desk.recheck_brief(&id).await?)))
}

/// 批示 on a brief, oldest first.
#[utoipa::path(
    get, path = "/briefs/{id}/instructions", tag = "briefs", operation_id = "brief_instructions",
    params(("id" = String, Path, description = "Id of the brief")),
    responses(
        (status = 200, description = "All of them", body = Vec<InstructionView>),
        (status = 404, description = "No such brief", body = ErrorEnvelope),
    )
)]
pub(crate) async fn instructions(door: Door, Path(id): Path<String>) -> ApiResult<Reply<Vec<InstructionView>>> {
    door.desk.brief(&id, None).await?;
    let all = door.desk.instructions(Some(&id)).await?;
    Ok(Reply(all.iter().map(InstructionView::of).collect()))
}

/// Records a 批示.
#[utoipa::path(
    post, path = "/briefs/{id}/instructions", tag = "briefs", operation_id = "brief_instruct",
    params(("id" = String, Path, description = "Id of the brief")),
    request_body = InstructionInput,
    responses(
        (status = 201, description = "Recorded", body = InstructionView),
        (status = 400, description = "No words, or no such unit", body = ErrorEnvelope),
        (status = 404, description = "No such brief", body = ErrorEnvelope),
    )
)]
pub(crate) async fn instruct(
    door: Door,
    Path(id): Path<String>,
    Acting(actor): Acting,
    Json(input): Json<InstructionInput>,
) -> ApiResult<(StatusCode, Reply<InstructionView>)> {
    let due_at = match &input.due_at {
        None => None,
        Some(text) => Some(parse_city(text).map_err(|fault| fault.at("due_at"))?),
    };
    let given = NewInstruction { leader: input.leader, text: input.text, unit: input.unit, due_at };
    let kept = door.desk.instruct(&actor, &id, &given).await?;
    Ok((StatusCode::CREATED, Reply(InstructionView::of(&kept))))
}

/// Moves a 批示 on until it is closed.
#[utoipa::path(
    post, path = "/briefs/{id}/instructions/{number}/steps", tag = "briefs", operation_id = "brief_step",
    params(
        ("id" = String, Path, description = "Id of the brief"),
        ("number" = i64, Path, description = "Number of the instruction"),
    ),
    request_body = StepInput,
    responses(
        (status = 200, description = "As it stands now", body = InstructionView),
        (status = 400, description = "Closed already, or no words", body = ErrorEnvelope),
        (status = 404, description = "No such instruction on this brief", body = ErrorEnvelope),
    )
)]
pub(crate) async fn step(
    door: Door,
    Path((id, number)): Path<(String, i64)>,
    Acting(actor): Acting,
    Json(input): Json<StepInput>,
) -> ApiResult<Reply<InstructionView>> {
    let kept = door.desk.follow_instruction(&actor, &id, number, input.state()?, &input.note).await?;
    Ok(Reply(InstructionView::of(&kept)))
}
