//! One's own account: who one is, the password, the browsers in which one is logged in.

use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};

use crate::{
    domain::{Fault, FaultKind, Right, Session},
    http::{
        Door,
        console::{
            frame::{Frame, When},
            page,
        },
        error::ApiResult,
        extract::{Form, Number, Params},
        session::Seat,
    },
};

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage {
    frame: Frame,
    name: String,
    rights: Vec<&'static str>,
    must_change: bool,
    sessions: Vec<SessionRow>,
    wrong: Option<String>,
    said: Option<&'static str>,
}

/// A session as lists show it.
#[derive(Debug)]
pub(super) struct SessionRow {
    pub(super) id: i64,
    pub(super) user: String,
    pub(super) address: String,
    pub(super) agent: String,
    pub(super) begun: When,
    pub(super) seen: When,
    /// Whether it is the one that asks.
    pub(super) here: bool,
}

impl SessionRow {
    pub(super) fn of(session: &Session, here: i64, now: jiff::Timestamp) -> Self {
        Self {
            id: session.id,
            user: session.user.clone(),
            address: if session.address.is_empty() { "未知".into() } else { session.address.clone() },
            agent: session.agent.chars().take(60).collect(),
            begun: When::new(session.created_at, now),
            seen: When::new(session.seen_at, now),
            here: session.id == here,
        }
    }
}

/// The number of the session that asks; programs have none.
pub(super) fn own_session() -> Result<i64, Fault> {
    let session = Seat::now().and_then(|seat| seat.session).map(|seated| seated.session.id);
    session.ok_or_else(|| Fault::new(FaultKind::Forbidden, "接口密钥没有个人账号页"))
}

async fn shown(door: &Door, wrong: Option<String>, said: Option<&'static str>) -> ApiResult<Response> {
    let here = own_session()?;
    let (actor, now) = (door.desk.actor(), door.desk.now());
    let sessions = door.desk.sessions(false).await?;
    let rights = actor.rights();
    let must_change = Seat::now().and_then(|s| s.session).is_some_and(|s| s.user.must_change && said.is_none());
    page(&AccountPage {
        frame: Frame::of(&door.desk, "我的账号", "/account").await,
        name: actor.name.clone(),
        rights: rights.list().into_iter().map(Right::label).collect(),
        must_change,
        sessions: sessions.iter().map(|s| SessionRow::of(s, here, now)).collect(),
        wrong,
        said,
    })
}

/// The page.
pub(crate) async fn account(door: Door, Params(params): Params) -> ApiResult<Response> {
    let said = match params.one("said")? {
        Some("password") => Some("密码已修改,其他登录已退出。"),
        Some("ended") => Some("已退出所选登录。"),
        _ => None,
    };
    shown(&door, None, said).await
}

/// A new password of one's own.
pub(crate) async fn change_password(door: Door, Form(form): Form) -> ApiResult<Response> {
    let field = |key| form.one(key).map(Option::unwrap_or_default);
    let (old, new, again) = (field("old")?, field("password")?, field("again")?);
    let changed = match new == again {
        true => door.desk.change_password(own_session()?, old, new).await,
        false => Err(Fault::invalid("两次输入的新密码不一致")),
    };
    match changed {
        Ok(()) => Ok(Redirect::to("/account?said=password").into_response()),
        Err(fault) if fault.kind == FaultKind::Invalid => {
            Ok((StatusCode::BAD_REQUEST, shown(&door, Some(fault.message), None).await?).into_response())
        }
        Err(fault) => Err(fault.into()),
    }
}

/// Logs out one of one's other browsers.
pub(crate) async fn end_session(door: Door, Number(id): Number) -> ApiResult<Redirect> {
    door.desk.end_session(id).await?;
    Ok(Redirect::to("/account?said=ended"))
}
