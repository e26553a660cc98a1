//! Appeals: take in, read, list, decide.

use axum::{Json as Reply, http::StatusCode};

use crate::{
    domain::{Labels, NewTicket},
    http::{
        Door,
        error::{ApiError, ApiResult},
        extract::{Acting, Id, IdempotencyKey, Json, Params},
        views::{
            AppealInput, CallInput, CallReceipt, DecisionInput, ErrorEnvelope, HistoryView, ReceiptView, TicketList,
            TicketView,
        },
    },
};

/// 受理: take an appeal in.
///
/// A 2xx means that the appeal is durable in the store. With an `Idempotency-Key` (or an id of the
/// source) a repeated request answers with the first ticket. If the model is slow or missing, the
/// ticket is stored without a suggestion and triaged later (`triage` is then 待研判).
#[utoipa::path(
    post, path = "/appeals", tag = "appeals", request_body = AppealInput,
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "Client's key of this appeal, 1 to 200 characters"),
        ("X-Operator" = Option<String>, Header, description = "Account name of the 受理员; `operator` without it"),
    ),
    responses(
        (status = 201, description = "Stored now", body = ReceiptView),
        (status = 200, description = "Stored by an earlier, equal request", body = ReceiptView),
        (status = 400, description = "Wrong input; names the field or position", body = ErrorEnvelope),
        (status = 409, description = "The key or id stands with other content", body = ErrorEnvelope),
        (status = 413, description = "Body too large", body = ErrorEnvelope),
        (status = 415, description = "Not application/json", body = ErrorEnvelope),
        (status = 503, description = "Nothing was stored; see Retry-After", body = ErrorEnvelope),
    )
)]
pub(crate) async fn create(
    door: Door,
    Acting(actor): Acting,
    IdempotencyKey(key): IdempotencyKey,
    Json(input): Json<AppealInput>,
) -> ApiResult<(StatusCode, Reply<ReceiptView>)> {
    let ticket = NewTicket::try_from(input).map_err(ApiError::from)?;
    let receipt = door.desk.receive(&actor, ticket, key).await?;
    let status = if receipt.repeated { StatusCode::OK } else { StatusCode::CREATED };
    // Who sends an appeal knows what is in it; what stands already is read.
    let open = match receipt.repeated {
        true => door.desk.opens(&[&receipt.ticket.id]).await?,
        false => actor.sees_personal_data(),
    };
    let view = ReceiptView::of(&receipt, &door.desk.city(), open);
    Ok((status, Reply(view)))
}

/// 受理一次来电的几件事: several tickets in one transaction, linked as 同一来电; all or none.
#[utoipa::path(
    post, path = "/calls", tag = "appeals", request_body = CallInput,
    params(("Idempotency-Key" = Option<String>, Header, description = "Client's key of this call, 1 to 200 characters")),
    responses(
        (status = 201, description = "Stored now", body = CallReceipt),
        (status = 200, description = "Stored by an earlier, equal request", body = CallReceipt),
        (status = 400, description = "Wrong input; names the field or position", body = ErrorEnvelope),
        (status = 409, description = "The key or an id stands with other content", body = ErrorEnvelope),
        (status = 503, description = "Nothing was stored; see Retry-After", body = ErrorEnvelope),
    )
)]
pub(crate) async fn create_call(
    door: Door,
    Acting(actor): Acting,
    IdempotencyKey(key): IdempotencyKey,
    Json(input): Json<CallInput>,
) -> ApiResult<(StatusCode, Reply<CallReceipt>)> {
    let parts = input.parts.into_iter().map(NewTicket::try_from).collect::<Result<Vec<_>, _>>()?;
    let receipts = door.desk.receive_call(&actor, parts, key).await?;
    let repeated = receipts.iter().all(|receipt| receipt.repeated);
    let known: Vec<_> = receipts.iter().filter(|receipt| receipt.repeated).map(|r| &r.ticket.id).collect();
    let (pack, open) = (door.desk.city(), door.desk.opens(&known).await?);
    let tickets = receipts.iter().map(|receipt| TicketView::of(&receipt.ticket, &pack, open)).collect();
    let status = if repeated { StatusCode::OK } else { StatusCode::CREATED };
    Ok((status, Reply(CallReceipt { repeated, tickets })))
}

/// 工单: one ticket.
#[utoipa::path(
    get, path = "/appeals/{id}", tag = "appeals",
    params(("id" = String, Path, description = "工单编号")),
    responses(
        (status = 200, description = "The ticket as the store has it now", body = TicketView),
        (status = 400, description = "Not an id", body = ErrorEnvelope),
        (status = 404, description = "No such ticket", body = ErrorEnvelope),
    )
)]
pub(crate) async fn read(door: Door, Id(id): Id) -> ApiResult<Reply<TicketView>> {
    let ticket = door.desk.get(&id).await?;
    let open = door.desk.opens(&[&ticket.id]).await?;
    Ok(Reply(TicketView::of(&ticket, &door.desk.city(), open)))
}

/// 工单列表: a page of tickets, newest 来电时间 first.
#[utoipa::path(
    get, path = "/appeals", tag = "appeals",
    params(
        ("status" = Option<Vec<String>>, Query, description = "办理状态, repeatable"),
        ("urgency" = Option<Vec<String>>, Query, description = "U1 to U4, repeatable"),
        ("department" = Option<Vec<String>>, Query, description = "主办单位, repeatable"),
        ("category" = Option<Vec<String>>, Query, description = "Category code, repeatable"),
        ("district" = Option<Vec<String>>, Query, description = "区县, repeatable"),
        ("assisting" = Option<Vec<String>>, Query, description = "协办单位, repeatable"),
        ("from" = Option<String>, Query, description = "来电时间 from, inclusive"),
        ("to" = Option<String>, Query, description = "来电时间 to, exclusive"),
        ("view" = Option<String>, Query, description = "Open tickets that stand so: soon 临期, over 超期, \
            uncontacted 本月未联系, ordered 被督办, mine 我经办, assisting 协办"),
        ("sort" = Option<String>, Query, description = "newest, or due: open tickets only, the next 办结时限 first"),
        ("offset" = Option<usize>, Query, description = "First ticket, 0 to 10000"),
        ("limit" = Option<usize>, Query, description = "1 to 100, 20 without it"),
    ),
    responses(
        (status = 200, description = "The page", body = TicketList),
        (status = 400, description = "Unknown parameter or value", body = ErrorEnvelope),
    )
)]
pub(crate) async fn list(door: Door, Params(params): Params) -> ApiResult<Reply<TicketList>> {
    let filter = params.ticket_filter()?;
    let (offset, limit) = params.page()?;
    let (tickets, total) = door.desk.list(&filter, offset as u64, limit as u64).await?;
    let shown: Vec<_> = tickets.iter().map(|ticket| &ticket.id).collect();
    let (pack, open) = (door.desk.city(), door.desk.opens(&shown).await?);
    let tickets = tickets.iter().map(|ticket| TicketView::of(ticket, &pack, open)).collect();
    Ok(Reply(TicketList { total, offset, tickets }))
}

/// 定性: record a person's decision.
///
/// It is kept with the suggestion that it answered. Labels left out stay as they are. Lowering the
/// urgency needs a reason.
#[utoipa::path(
    post, path = "/appeals/{id}/decision", tag = "appeals", request_body = DecisionInput,
    params(
        ("id" = String, Path, description = "工单编号"),
        ("X-Operator" = Option<String>, Header, description = "Account name of the person who decides"),
    ),
    responses(
        (status = 200, description = "The ticket with the decided labels", body = TicketView),
        (status = 400, description = "Unknown label, or a reason is missing", body = ErrorEnvelope),
        (status = 404, description = "No such ticket", body = ErrorEnvelope),
        (status = 415, description = "Not application/json", body = ErrorEnvelope),
    )
)]
pub(crate) async fn decide(
    door: Door,
    Acting(actor): Acting,
    Id(id): Id,
    Json(input): Json<DecisionInput>,
) -> ApiResult<Reply<TicketView>> {
    let labels = Labels::try_from(input.labels).map_err(ApiError::from)?;
    let reason = input.reason.map(|r| r.trim().to_owned()).filter(|r| !r.is_empty());
    let ticket = door.desk.decide(&actor, &id, labels, reason).await?;
    // It is decided: what cannot be recorded as read is masked, not refused.
    let open = door.desk.opens(&[&ticket.id]).await.unwrap_or(false);
    Ok(Reply(TicketView::of(&ticket, &door.desk.city(), open)))
}

/// 流转记录: decisions and audit lines of a ticket.
#[utoipa::path(
    get, path = "/appeals/{id}/history", tag = "appeals",
    params(("id" = String, Path, description = "工单编号")),
    responses(
        (status = 200, description = "Oldest first", body = HistoryView),
        (status = 404, description = "No such ticket", body = ErrorEnvelope),
    )
)]
pub(crate) async fn history(door: Door, Id(id): Id) -> ApiResult<Reply<HistoryView>> {
    let history = door.desk.history(&id).await?;
    let open = door.desk.opens(&[&id]).await?;
    Ok(Reply(HistoryView::of(&history, &door.desk.city(), open)))
}
