//! One error envelope, one table from fault kinds to status.

use std::time::Duration;

use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::{
    domain::{Fault, FaultKind},
    http::views::{ErrorBody, ErrorEnvelope},
};

/// After how long a client comes back where nothing better is known.
const SOON: Duration = Duration::from_secs(2);

/// The HTTP status of a fault kind. Exhaustive: a new kind does not compile without its status.
pub fn status_of(kind: FaultKind) -> StatusCode {
    match kind {
        FaultKind::Invalid => StatusCode::BAD_REQUEST,
        FaultKind::NotFound => StatusCode::NOT_FOUND,
        FaultKind::Conflict => StatusCode::CONFLICT,
        FaultKind::Unauthenticated => StatusCode::UNAUTHORIZED,
        FaultKind::TooMany => StatusCode::TOO_MANY_REQUESTS,
        FaultKind::Forbidden => StatusCode::FORBIDDEN,
        FaultKind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        FaultKind::Unsupported => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        FaultKind::Overloaded | FaultKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        FaultKind::Damaged | FaultKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// What a page says of a fault to a person: what happened, what to do. Exhaustive like [`status_of`].
pub fn advice_of(kind: FaultKind) -> (&'static str, &'static str) {
    match kind {
        FaultKind::Invalid => ("提交的条件或内容有误", "请返回上一页修改后重试。"),
        FaultKind::NotFound => ("没有找到", "请核对工单编号或网址,也可以用上方检索框查找。"),
        FaultKind::Conflict => ("与现有内容冲突", "请返回上一页核对。"),
        FaultKind::Unauthenticated => ("请先登录", "登录已过期或尚未登录。"),
        FaultKind::Forbidden => ("无权访问", "如需此项权限,请联系管理员。"),
        FaultKind::TooMany => ("操作过于频繁", "请稍候再试。"),
        FaultKind::TooLarge => ("提交的内容过大", "请删减文字或换较小的文件后重试。"),
        FaultKind::Unsupported => ("不支持这种内容", "请返回上一页,换一种格式的文件或从页面提交。"),
        FaultKind::Overloaded => ("服务繁忙", "已登记的工单不受影响,请稍候刷新本页。"),
        FaultKind::Unavailable => ("服务暂时不可用", "已登记的工单不受影响,请稍候刷新本页。"),
        FaultKind::Damaged => ("存储的数据有损坏", "错误已记录,请把下方编号告诉管理员,由管理员核对并从备份恢复。"),
        FaultKind::Internal => ("页面出错", "错误已记录,请把下方编号告诉管理员。"),
    }
}

/// Whether a text is written in Chinese, so that it may stand on a page: what it quotes (“…”), figures and signs say
/// nothing of the language, the other letters do. `api.js` judges alike.
pub(crate) fn is_chinese(text: &str) -> bool {
    let (mut quoted, mut chinese, mut latin) = (false, 0_usize, 0_usize);
    for c in text.chars() {
        match c {
            '“' => quoted = true,
            '”' => quoted = false,
            '\u{4e00}'..='\u{9fff}' if !quoted => chinese += 1,
            'a'..='z' | 'A'..='Z' if !quoted => latin += 1,
            _ => {}
        }
    }
    chinese > latin
}

/// An error on its way out. It becomes a body only in [`crate::http::guard`], which knows the request
/// id and whether a person or a program asked.
#[derive(Clone, Debug)]
pub(crate) struct ApiError {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) field: Option<String>,
    pub(crate) after: Option<Duration>,
}

impl ApiError {
    /// What a page says of it. The message itself is shown only where it is meant for people: mostly Chinese, as
    /// the scripts judge it too (`api.js`); others speak to programs of fields and parameters.
    pub(crate) fn told(&self) -> (&'static str, &'static str, Option<&str>) {
        let kind = FaultKind::ALL.into_iter().find(|kind| kind.code() == self.code);
        let (heading, advice) = kind.map_or(("此页面不接受这种请求", "请从左侧栏进入。"), advice_of);
        (heading, advice, is_chinese(&self.message).then_some(self.message.as_str()))
    }

    /// 405: the one answer that no use case gives.
    pub(crate) fn method_not_allowed() -> Self {
        Self {
            status: StatusCode::METHOD_NOT_ALLOWED,
            code: "method_not_allowed",
            message: "this path does not answer this method; see the Allow header".into(),
            field: None,
            after: None,
        }
    }

    /// Seconds after which the client should try again.
    pub(crate) fn retry_after(&self) -> Option<u64> {
        let later = matches!(self.status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS);
        let wait = self.after.unwrap_or(SOON);
        later.then(|| (wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1))
    }

    /// The envelope with its headers.
    pub(crate) fn render(self, request_id: &str) -> Response {
        let retry = self.retry_after();
        let body = ErrorEnvelope {
            error: ErrorBody {
                code: self.code.to_owned(),
                message: self.message,
                field: self.field,
                request_id: request_id.to_owned(),
            },
        };
        let mut response = (self.status, axum::Json(body)).into_response();
        if response.status() == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = retry {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<Fault> for ApiError {
    fn from(fault: Fault) -> Self {
        if matches!(fault.kind, FaultKind::Internal | FaultKind::Damaged) {
            tracing::error!(kind = fault.kind.code(), error = %fault.message, "request failed");
        }
        Self {
            status: status_of(fault.kind),
            code: fault.kind.code(),
            // What an internal failure says of the inside is for the log.
            message: match fault.kind {
                FaultKind::Internal => "an internal error was logged; give the request id to your administrator".into(),
                _ => fault.message,
            },
            field: fault.field,
            after: fault.after,
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = self.status;
        response.extensions_mut().insert(self);
        response
    }
}

/// What handlers return.
pub(crate) type ApiResult<T> = Result<T, ApiError>;
