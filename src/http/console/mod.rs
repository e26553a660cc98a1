//! The console: pages for people, rendered here, over the same use cases as the API. Nothing inline,
//! nothing from elsewhere; the URL holds the whole state of a page.

mod assets;
mod audit;
mod brief;
mod briefs;
mod curve;
mod find;
mod frame;
mod intake;
mod list;
mod marks;
mod ticket;
mod watches;

use askama::Template;
use axum::{
    extract::Path,
    http::{StatusCode, header},
    response::{Html, IntoResponse, Redirect, Response},
};

pub(crate) use audit::audit;
pub(crate) use brief::brief;
pub(crate) use briefs::briefs;
pub(crate) use find::search;
pub(crate) use intake::intake;
pub(crate) use list::tickets;
pub(crate) use ticket::ticket;
pub(crate) use watches::watches;

use crate::{
    domain::Fault,
    http::{
        console::frame::Frame,
        error::{ApiError, ApiResult},
    },
};

/// The first page is the desk at which calls come in.
pub(crate) async fn home() -> Redirect {
    Redirect::temporary("/intake")
}

/// Scripts, styles, pictures.
pub(crate) async fn asset(Path((version, file)): Path<(String, String)>) -> ApiResult<Response> {
    assets::serve(&version, &file).ok_or_else(|| Fault::not_found("no such file").into())
}

/// Browsers ask for it unasked.
pub(crate) async fn favicon() -> Redirect {
    Redirect::permanent(&assets::url("icon.svg"))
}

/// A rendered page.
fn page(template: &impl Template) -> ApiResult<Response> {
    match template.render() {
        Ok(html) => Ok(Html(html).into_response()),
        Err(error) => Err(Fault::internal(format!("a page did not render: {error}")).into()),
    }
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    frame: Frame,
    heading: &'static str,
    advice: &'static str,
    message: &'a str,
    request_id: &'a str,
}

/// An error as a person sees it: what happened, what to do.
pub(crate) fn error_page(error: &ApiError, request_id: &str) -> Response {
    let (heading, advice) = match error.status {
        StatusCode::NOT_FOUND => ("没有找到", "请核对工单编号或网址,也可以用上方检索框查找。"),
        StatusCode::BAD_REQUEST => ("网址中的条件无法识别", "请返回上一页重新选择条件。"),
        StatusCode::FORBIDDEN => ("无权访问", "请在本机以 localhost 访问,或联系管理员。"),
        StatusCode::SERVICE_UNAVAILABLE => ("服务暂时不可用", "已登记的工单不受影响,请稍候刷新本页。"),
        StatusCode::METHOD_NOT_ALLOWED => ("此页面不接受这种请求", "请从左侧栏进入。"),
        _ => ("页面出错", "错误已记录,请把下方编号告诉管理员。"),
    };
    let template = ErrorPage { frame: Frame::bare(heading), heading, advice, message: &error.message, request_id };
    let html = template.render().unwrap_or_else(|_| heading.to_owned());
    (error.status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response()
}
