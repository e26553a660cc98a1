//! 检索.

use axum::Json as Reply;

use crate::http::{
    Door,
    error::ApiResult,
    extract::{Acting, Params},
    views::{CompletionsView, ErrorEnvelope, SearchView},
};

/// 检索: tickets that speak of something, from the store's present truth, masked.
///
/// The query knows words, `"phrases"`, `-exclusion`, `或`, and `字段:值` (类型 大类 类别 部门 区县 街镇 急度
/// 渠道 状态 满意度 来电人 时间). Filters of the same name may be repeated and are joined by OR.
#[utoipa::path(
    get, path = "/search", tag = "search",
    params(
        ("q" = Option<String>, Query, description = "At most 500 characters; empty finds everything"),
        ("mode" = Option<String>, Query, description = "bm25 (words, the default), vector (sentence vectors) or hybrid; by words where there are no vectors, see `mode` in the answer"),
        ("type" = Option<Vec<String>>, Query, description = "诉求类型, repeatable"),
        ("level1" = Option<Vec<String>>, Query, description = "一级分类, repeatable"),
        ("category" = Option<Vec<String>>, Query, description = "Category code, repeatable"),
        ("department" = Option<Vec<String>>, Query, description = "主办单位, repeatable"),
        ("district" = Option<Vec<String>>, Query, description = "区县, repeatable"),
        ("town" = Option<Vec<String>>, Query, description = "街镇, repeatable"),
        ("urgency" = Option<Vec<String>>, Query, description = "U1 to U4, repeatable"),
        ("channel" = Option<Vec<String>>, Query, description = "渠道, repeatable"),
        ("status" = Option<Vec<String>>, Query, description = "办理状态, repeatable"),
        ("satisfaction" = Option<Vec<String>>, Query, description = "满意度, repeatable"),
        ("caller" = Option<Vec<String>>, Query, description = "来电号码, repeatable"),
        ("sort" = Option<String>, Query, description = "relevance, newest or oldest"),
        ("recency" = Option<String>, Query, description = "true (without it): of equal hits the newest first; false: in the order in which they were stored"),
        ("offset" = Option<usize>, Query, description = "First hit, 0 to 10000"),
        ("limit" = Option<usize>, Query, description = "1 to 100, 20 without it"),
        ("facets" = Option<String>, Query, description = "Facets to count, joined by commas"),
        ("histogram" = Option<String>, Query, description = "Count over time: auto, hour, day, week or month"),
    ),
    responses(
        (status = 200, description = "The page with highlights and counts", body = SearchView),
        (status = 400, description = "Unknown parameter or value", body = ErrorEnvelope),
        (status = 503, description = "The index does not answer", body = ErrorEnvelope),
    )
)]
pub(crate) async fn search(door: Door, _: Acting, Params(params): Params) -> ApiResult<Reply<SearchView>> {
    let request = params.find_request()?;
    let offset = request.offset;
    let answer = door.desk.find(request, door.desk.now()).await?;
    Ok(Reply(SearchView::of(&answer, offset, &door.desk.city())))
}

/// 检索提示: what the word being typed may become. Frequent words of many tickets, names of places,
/// departments and categories, the person's own kept searches; pinyin and its initials only for places and
/// departments, after all else. Never a number, a person's name or an appeal's text.
#[utoipa::path(
    get, path = "/search/suggest", tag = "search",
    params(
        ("q" = Option<String>, Query, description = "The query so far; of more than 200 characters nothing is suggested"),
        ("limit" = Option<usize>, Query, description = "1 to 20, 8 without it"),
    ),
    responses(
        (status = 200, description = "Best first", body = CompletionsView),
        (status = 400, description = "Unknown parameter or value", body = ErrorEnvelope),
        (status = 503, description = "The index does not answer", body = ErrorEnvelope),
    )
)]
pub(crate) async fn suggest(
    door: Door,
    Acting(actor): Acting,
    Params(params): Params,
) -> ApiResult<Reply<CompletionsView>> {
    let (q, limit) = params.typed_so_far()?;
    Ok(Reply(CompletionsView::of(&door.desk.complete(&actor, &q, limit).await?)))
}
