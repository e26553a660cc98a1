//! Light or dark: the browser remembers it in a cookie, so that a page comes in the right colours at once.

use axum::{
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Redirect, Response},
};

use crate::{
    domain::Fault,
    http::{error::ApiResult, extract::Form, session::cookie_of},
};

const COOKIE: &str = "tingsu_look";
/// A year.
const AGE: u32 = 31_536_000;

/// Which colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Look {
    /// As the machine has it.
    #[default]
    Auto,
    /// 浅色
    Light,
    /// 深色
    Dark,
}

impl Look {
    /// For the page; empty for as the machine has it.
    pub(super) fn code(self) -> &'static str {
        match self {
            Look::Auto => "",
            Look::Light => "light",
            Look::Dark => "dark",
        }
    }

    fn of(code: &str) -> Option<Self> {
        [Look::Auto, Look::Light, Look::Dark].into_iter().find(|look| look.code() == code)
    }
}

/// What the browser remembers.
pub(crate) fn look_of(headers: &HeaderMap) -> Look {
    cookie_of(headers, COOKIE).and_then(Look::of).unwrap_or_default()
}

/// Takes a choice and goes back to the page on which it was made.
pub(crate) async fn choose_look(headers: HeaderMap, Form(form): Form) -> ApiResult<Response> {
    let look = Look::of(form.one("look")?.unwrap_or_default())
        .ok_or_else(|| Fault::invalid("外观只有浅色、深色和跟随系统").at("look"))?;
    let mut response = Redirect::to(&back(&headers)).into_response();
    let cookie = format!("{COOKIE}={}; Path=/; HttpOnly; SameSite=Strict; Max-Age={AGE}", look.code());
    if let Ok(value) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    Ok(response)
}

/// The page that a form was sent from, if it is one of ours: path and query of the referrer alone.
pub(super) fn back(headers: &HeaderMap) -> String {
    let from = headers.get(header::REFERER).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let path = from.split_once("://").and_then(|(_, rest)| rest.find('/').and_then(|at| rest.get(at..)));
    path.filter(|path| !path.starts_with("//") && !path.starts_with("/\\")).unwrap_or("/").to_owned()
}
