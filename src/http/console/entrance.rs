//! The entrance: logging in and out, and the first administrator.

use std::sync::atomic::Ordering;

use askama::Template;
use axum::{
    Extension,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};

use crate::{
    desk::DemoAccount,
    domain::{Fault, FaultKind},
    http::{
        Lobby,
        console::{assets, page},
        error::{ApiError, ApiResult},
        extract::{Form, Params},
        session::{Client, Seat, from_here, set_cookie},
    },
};

/// A one-time code may be mistyped so often; then the service has to be started again.
const TRIES: u32 = 10;

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage<'a> {
    city: String,
    next: &'a str,
    name: &'a str,
    /// What is wrong, after a failed login.
    wrong: Option<String>,
    demo: &'a [DemoAccount],
}

impl LoginPage<'_> {
    fn asset(&self, file: &str) -> String {
        assets::url(file)
    }
}

#[derive(Template)]
#[template(path = "first_run.html")]
struct FirstRunPage<'a> {
    name: &'a str,
    person: &'a str,
    wrong: Option<String>,
    /// Whether the page takes anything; else it says how to go on.
    open: bool,
}

impl FirstRunPage<'_> {
    fn asset(&self, file: &str) -> String {
        assets::url(file)
    }
}

/// A way back that stays in this house.
fn safe(next: &str) -> &str {
    let sound = next.starts_with('/') && !next.starts_with("//") && !next.contains(['\\', '\n', '\r']);
    if sound && next.len() <= 2_000 { next } else { "/" }
}

/// The login page.
pub(crate) async fn login(State(lobby): State<Lobby>, Params(params): Params) -> ApiResult<Response> {
    let next = safe(params.one("next")?.unwrap_or("/"));
    if Seat::now().is_some() {
        return Ok(Redirect::to(next).into_response());
    }
    if !lobby.desk.has_accounts().await? {
        return Ok(Redirect::to("/first-run").into_response());
    }
    let city = lobby.desk.city().name.clone();
    page(&LoginPage { city, next, name: "", wrong: None, demo: &lobby.gate.demo })
}

/// Logs in; a wrong password gets the page again.
pub(crate) async fn log_in(
    State(lobby): State<Lobby>,
    Extension(client): Extension<Client>,
    headers: HeaderMap,
    Form(form): Form,
) -> ApiResult<Response> {
    from_here(&headers)?;
    let (name, password) = (form.one("name")?.unwrap_or_default(), form.one("password")?.unwrap_or_default());
    let next = safe(form.one("next")?.unwrap_or("/"));
    match lobby.desk.log_in(name, password, &client.entrance).await {
        Ok(opened) => {
            let mut response = Redirect::to(next).into_response();
            set_cookie(&mut response, &opened.token, client.encrypted);
            Ok(response)
        }
        Err(fault) if matches!(fault.kind, FaultKind::Unauthenticated | FaultKind::TooMany) => {
            let error = ApiError::from(fault);
            let (status, retry) = (error.status, error.retry_after());
            let city = lobby.desk.city().name.clone();
            let shown = LoginPage { city, next, name, wrong: Some(error.message), demo: &lobby.gate.demo };
            let mut response = (status, page(&shown)?).into_response();
            if let Some(seconds) = retry {
                response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
            }
            Ok(response)
        }
        Err(fault) => Err(fault.into()),
    }
}

/// Ends the session of this browser.
pub(crate) async fn log_out(State(lobby): State<Lobby>, Extension(client): Extension<Client>) -> ApiResult<Response> {
    if let Some(seat) = Seat::now()
        && let Some(session) = &seat.session
    {
        lobby.desk.acting(&seat.actor).end_session(session.session.id).await?;
    }
    let mut response = Redirect::to("/login").into_response();
    set_cookie(&mut response, "", client.encrypted);
    Ok(response)
}

/// Whether the first administrator may be made here: from this machine, while there is no account.
async fn may_be_first(lobby: &Lobby, client: &Client) -> Result<bool, Fault> {
    let tries = lobby.gate.first_tries.load(Ordering::Relaxed);
    Ok(client.local && lobby.gate.first_code.is_some() && tries < TRIES && !lobby.desk.has_accounts().await?)
}

/// The page of the first run.
pub(crate) async fn first_run(State(lobby): State<Lobby>, Extension(client): Extension<Client>) -> ApiResult<Response> {
    if lobby.desk.has_accounts().await? {
        return Ok(Redirect::to("/login").into_response());
    }
    let open = may_be_first(&lobby, &client).await?;
    page(&FirstRunPage { name: "", person: "", wrong: None, open })
}

/// Makes the first administrator and logs in.
pub(crate) async fn first_admin(
    State(lobby): State<Lobby>,
    Extension(client): Extension<Client>,
    headers: HeaderMap,
    Form(form): Form,
) -> ApiResult<Response> {
    from_here(&headers)?;
    if !may_be_first(&lobby, &client).await? {
        let message = "首次设置只能在本机进行,且只在还没有账号时开放";
        return Err(Fault::new(FaultKind::Forbidden, message).into());
    }
    let field = |key| form.one(key).map(Option::unwrap_or_default);
    let (name, person) = (field("name")?, field("person")?);
    let (password, again) = (field("password")?, field("again")?);
    let code = field("code")?.trim().to_uppercase();
    let right = lobby
        .gate
        .first_code
        .as_deref()
        .is_some_and(|own| blake3::hash(own.as_bytes()) == blake3::hash(code.as_bytes()));
    let made = if !right {
        lobby.gate.first_tries.fetch_add(1, Ordering::Relaxed);
        Err(Fault::invalid("一次性口令不正确,请看启动服务的终端"))
    } else if password != again {
        Err(Fault::invalid("两次输入的密码不一致"))
    } else {
        lobby.desk.add_first_admin(name, person, password).await
    };
    match made {
        Ok(user) => {
            let opened = lobby.desk.log_in(&user.name, password, &client.entrance).await?;
            let mut response = Redirect::to("/").into_response();
            set_cookie(&mut response, &opened.token, client.encrypted);
            Ok(response)
        }
        Err(fault) if fault.kind == FaultKind::Invalid => {
            let shown = FirstRunPage { name, person, wrong: Some(fault.message), open: true };
            Ok((StatusCode::BAD_REQUEST, page(&shown)?).into_response())
        }
        Err(fault) => Err(fault.into()),
    }
}
