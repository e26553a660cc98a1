//! 驾驶舱 and 督办.

use axum::{Json as Reply, http::StatusCode};

use crate::{
    desk::LateAsk,
    domain::Fault,
    http::{
        Door,
        cases::sentence,
        error::ApiResult,
        extract::{Json, Number, Params},
        views::{
            CaseList, CockpitView, ErrorEnvelope, LateList, OrderCloseInput, OrderInput, OrderList, OrderView,
            TicketView,
        },
    },
    store::CaseFilter,
};

/// 驾驶舱: all of its numbers, each with the address of the appeals behind it.
#[utoipa::path(
    get, path = "/cockpit", tag = "oversight",
    responses(
        (status = 200, description = "As it stands now", body = CockpitView),
        (status = 403, description = "The role has no cockpit, or its reach is limited", body = ErrorEnvelope),
    )
)]
pub(crate) async fn cockpit(door: Door) -> ApiResult<Reply<CockpitView>> {
    let board = door.desk.cockpit().await?;
    Ok(Reply(CockpitView::of(&board, &door.desk.city())))
}

/// The appeals behind a number of the cockpit, newest first. Take the address from the number.
#[utoipa::path(
    get, path = "/cockpit/cases", tag = "oversight",
    params(
        ("from" = Option<String>, Query, description = "From, inclusive; with `to`"),
        ("to" = Option<String>, Query, description = "To, exclusive"),
        ("when" = Option<String>, Query, description = "`received` `due` `closed`: what lies in the window"),
        ("weeks" = Option<u8>, Query, description = "The same window of so many weeks before, instead of itself"),
        ("open" = Option<String>, Query, description = "`yes` or `no`"),
        ("urgency" = Option<Vec<String>>, Query, description = "U1 to U4, repeatable"),
        ("category" = Option<Vec<String>>, Query, description = "Category code, repeatable; `-` for none"),
        ("level1" = Option<String>, Query, description = "First signs of the category code"),
        ("department" = Option<Vec<String>>, Query, description = "主办单位, repeatable; `-` for none"),
        ("district" = Option<Vec<String>>, Query, description = "区县, repeatable; `-` for none"),
        ("revisited" = Option<String>, Query, description = "有效回访: `yes` or `no`"),
        ("contacted" = Option<String>, Query, description = "`yes` or `no`"),
        ("signed" = Option<String>, Query, description = "签收: `yes` or `no`"),
        ("returned" = Option<String>, Query, description = "退单: `yes` or `no`"),
        ("outcome" = Option<Vec<String>>, Query, description = "是否解决, repeatable"),
        ("satisfaction" = Option<Vec<String>>, Query, description = "满意度, repeatable"),
        ("repeat" = Option<String>, Query, description = "`yes` or `no`"),
        ("weekday" = Option<u8>, Query, description = "0 for Monday to 6"),
        ("hour" = Option<u8>, Query, description = "0 to 23"),
        ("event" = Option<String>, Query, description = "Id of an event"),
        ("word" = Option<String>, Query, description = "A hot word"),
        ("light" = Option<String>, Query, description = "`red` `orange` `yellow` `any`"),
        ("why" = Option<String>, Query, description = "Code of a reason"),
        ("once" = Option<String>, Query, description = "只投诉一次: `owed` `contacted` `promised` `kept`"),
        ("offset" = Option<usize>, Query, description = "First ticket, 0 to 10000"),
        ("limit" = Option<usize>, Query, description = "1 to 100, 20 without it"),
    ),
    responses(
        (status = 200, description = "A page", body = CaseList),
        (status = 400, description = "Unknown parameter or value", body = ErrorEnvelope),
        (status = 404, description = "The event or word is gone", body = ErrorEnvelope),
    )
)]
pub(crate) async fn cases(door: Door, Params(params): Params) -> ApiResult<Reply<CaseList>> {
    let ask = params.case_ask()?;
    let (offset, limit) = params.page()?;
    let behind = door.desk.cases_behind(&ask, offset, limit).await?;
    let shown: Vec<_> = behind.tickets.iter().map(|ticket| &ticket.id).collect();
    let (pack, open) = (door.desk.city(), door.desk.opens(&shown).await?);
    let tickets = behind.tickets.iter().map(|ticket| TicketView::of(ticket, &pack, open)).collect();
    Ok(Reply(CaseList { total: behind.total, words: sentence(&ask, &pack), tickets }))
}

/// What is late or about to be, by 黄 橙 红, the worst first; of the caller's reach.
#[utoipa::path(
    get, path = "/supervise", tag = "oversight",
    params(
        ("light" = Option<String>, Query, description = "`red` `orange` `yellow`"),
        ("why" = Option<String>, Query, description = "`soon` `unsigned` `sign_over` `uncontacted` `promised` \
          `over` `unreported` `returned` `long_over` `urgent_missed` `repeated`"),
        ("department" = Option<Vec<String>>, Query, description = "主办单位, repeatable"),
        ("district" = Option<Vec<String>>, Query, description = "区县, repeatable"),
        ("offset" = Option<usize>, Query, description = "First line, 0 to 10000"),
        ("limit" = Option<usize>, Query, description = "1 to 100, 20 without it"),
    ),
    responses(
        (status = 200, description = "A page", body = LateList),
        (status = 400, description = "Unknown parameter or value", body = ErrorEnvelope),
    )
)]
pub(crate) async fn late(door: Door, Params(params): Params) -> ApiResult<Reply<LateList>> {
    params.only(&["light", "why", "department", "district", "offset", "limit"])?;
    let (light, why) = params.light_and_why()?;
    let names = |key| params.all(key).map(str::to_owned).collect();
    let filter = CaseFilter { department: names("department"), district: names("district"), ..CaseFilter::default() };
    let (offset, limit) = params.page()?;
    let (at, asked, all) = door.desk.late(&LateAsk { filter, light: light.flatten(), why }).await?;
    Ok(Reply(LateList::of(at, &asked, &all, offset, limit)))
}

/// 督办 of the caller's reach: open ones, the next deadline first, or the latest closed ones.
#[utoipa::path(
    get, path = "/supervise/orders", tag = "oversight", operation_id = "orders",
    params(("state" = Option<String>, Query, description = "`open` (without it) or `closed`")),
    responses((status = 200, description = "All of them; of closed ones the last 50", body = OrderList))
)]
pub(crate) async fn orders(door: Door, Params(params): Params) -> ApiResult<Reply<OrderList>> {
    params.only(&["state"])?;
    let open = match params.one("state")? {
        None | Some("open") => true,
        Some("closed") => false,
        Some(_) => return Err(Fault::invalid("`state` is open or closed").at("state").into()),
    };
    let orders = door.desk.orders(open).await?;
    Ok(Reply(OrderList { orders: orders.iter().map(OrderView::of).collect() }))
}

/// Issues a 督办: durable, and in the audit.
#[utoipa::path(
    post, path = "/supervise/orders", tag = "oversight", operation_id = "issue_order", request_body = OrderInput,
    responses(
        (status = 201, description = "Issued", body = OrderView),
        (status = 400, description = "No reason, no such unit, or the deadline lies behind", body = ErrorEnvelope),
        (status = 404, description = "No such ticket", body = ErrorEnvelope),
    )
)]
pub(crate) async fn issue(door: Door, Json(input): Json<OrderInput>) -> ApiResult<(StatusCode, Reply<OrderView>)> {
    let order = door.desk.issue_order(input.ask()?).await?;
    Ok((StatusCode::CREATED, Reply(OrderView::of(&order))))
}

/// Closes a 督办 with what came of it.
#[utoipa::path(
    post, path = "/supervise/orders/{id}/close", tag = "oversight", operation_id = "close_order",
    params(("id" = i64, Path, description = "Number of the 督办")),
    request_body = OrderCloseInput,
    responses(
        (status = 200, description = "As it ended", body = OrderView),
        (status = 404, description = "None of that number in reach", body = ErrorEnvelope),
        (status = 409, description = "It is closed already", body = ErrorEnvelope),
    )
)]
pub(crate) async fn close(
    door: Door,
    Number(id): Number,
    Json(input): Json<OrderCloseInput>,
) -> ApiResult<Reply<OrderView>> {
    Ok(Reply(OrderView::of(&door.desk.close_order(id, &input.result).await?)))
}
