//! People, keys and sessions.

use askama::Template;
use axum::response::Response;
use jiff::Timestamp;

use super::{Said, TABS, Tab, done};
use crate::{
    desk::accounts::{NewKey, NewUser},
    domain::{ApiKey, Fault, Reach, Right, Role, User},
    http::{
        Door,
        console::{
            account::{SessionRow, own_session},
            frame::{Frame, When},
            page,
        },
        error::ApiResult,
        extract::{Form, Params},
        params::Pairs,
    },
};

#[derive(Template)]
#[template(path = "admin_users.html")]
struct UsersPage {
    frame: Frame,
    tabs: &'static [Tab],
    at: &'static str,
    said: Said,
    users: Vec<UserRow>,
    roles: [Role; 6],
    departments: Vec<String>,
    districts: Vec<String>,
}

#[derive(Debug)]
struct UserRow {
    name: String,
    person: String,
    role: Role,
    reach: Reach,
    disabled: bool,
    must_change: bool,
    created: When,
}

/// Department and district names of the city.
fn places(door: &Door) -> (Vec<String>, Vec<String>) {
    let pack = door.desk.city();
    let departments = pack.departments.iter().map(|d| d.name.clone()).collect();
    (departments, pack.districts().map(str::to_owned).collect())
}

async fn users_page(door: &Door, said: Said) -> ApiResult<Response> {
    let users = door.desk.users().await?;
    let now = door.desk.now();
    let (departments, districts) = places(door);
    let row = |user: User| UserRow {
        created: When::new(user.created_at, now),
        name: user.name,
        person: user.person,
        role: user.role,
        reach: user.reach,
        disabled: user.disabled,
        must_change: user.must_change,
    };
    page(&UsersPage {
        frame: Frame::of(&door.desk, "账号", "/admin").await,
        tabs: TABS,
        at: "/admin/users",
        said,
        users: users.into_iter().map(row).collect(),
        roles: Role::PEOPLE,
        departments,
        districts,
    })
}

/// The accounts.
pub(crate) async fn users(door: Door, Params(params): Params) -> ApiResult<Response> {
    let known = [("added", "账号已新增,首次登录须修改密码。"), ("changed", "已保存,该账号原有登录已退出。")];
    users_page(&door, Said::of(&params, &known)?).await
}

fn reach_of(form: &Pairs) -> Reach {
    let all = |key| form.all(key).map(str::to_owned).collect();
    Reach { departments: all("department"), districts: all("district") }
}

async fn added(door: &Door, form: &Pairs) -> Result<(), Fault> {
    let field = |key| form.one(key).map(|v| v.unwrap_or_default().to_owned());
    let new = NewUser {
        name: field("name")?,
        person: field("person")?,
        role: field("role")?.parse()?,
        reach: reach_of(form),
        password: field("password")?,
        must_change: true,
    };
    door.desk.add_user(new).await.map(drop)
}

/// Adds an account.
pub(crate) async fn add_user(door: Door, Form(form): Form) -> ApiResult<Response> {
    done(added(&door, &form).await, "/admin/users?said=added", |said| users_page(&door, said)).await
}

async fn changed(door: &Door, form: &Pairs) -> Result<(), Fault> {
    let name = form.one("name")?.unwrap_or_default();
    match form.one("act")?.unwrap_or_default() {
        "role" => door.desk.set_role(name, form.one("role")?.unwrap_or_default().parse()?, reach_of(form)).await,
        "password" => door.desk.reset_password(name, form.one("password")?.unwrap_or_default(), true).await,
        "disable" => door.desk.set_disabled(name, true).await,
        "enable" => door.desk.set_disabled(name, false).await,
        _ => Err(Fault::invalid("没有这种操作").at("act")),
    }
}

/// Changes an account.
pub(crate) async fn change_user(door: Door, Form(form): Form) -> ApiResult<Response> {
    done(changed(&door, &form).await, "/admin/users?said=changed", |said| users_page(&door, said)).await
}

#[derive(Template)]
#[template(path = "admin_keys.html")]
struct KeysPage {
    frame: Frame,
    tabs: &'static [Tab],
    at: &'static str,
    said: Said,
    /// The text of a key that was just made; shown once.
    made: Option<String>,
    keys: Vec<KeyRow>,
    roles: [Role; 6],
    rights: [Right; 15],
    departments: Vec<String>,
    districts: Vec<String>,
}

#[derive(Debug)]
struct KeyRow {
    id: String,
    name: String,
    role: &'static str,
    rights: String,
    reach: String,
    by: String,
    expires: When,
    used: Option<When>,
    state: (&'static str, &'static str),
    open: bool,
}

fn key_row(key: ApiKey, now: Timestamp) -> KeyRow {
    let state = match key.revoked_at {
        Some(_) => ("bad", "已停用"),
        None if key.expires_at <= now => ("warn", "已过期"),
        None => ("ok", "可用"),
    };
    KeyRow {
        rights: key.rights.list().into_iter().map(Right::label).collect::<Vec<_>>().join("、"),
        role: key.role.label(),
        reach: key.reach.to_string(),
        expires: When::new(key.expires_at, now),
        used: key.used_at.map(|at| When::new(at, now)),
        open: state.0 == "ok",
        state,
        id: key.id,
        name: key.name,
        by: key.created_by,
    }
}

async fn keys_page(door: &Door, said: Said, made: Option<String>) -> ApiResult<Response> {
    let (keys, now) = (door.desk.keys().await?, door.desk.now());
    let (departments, districts) = places(door);
    page(&KeysPage {
        frame: Frame::of(&door.desk, "接口密钥", "/admin").await,
        tabs: TABS,
        at: "/admin/keys",
        said,
        made,
        keys: keys.into_iter().map(|key| key_row(key, now)).collect(),
        roles: Role::PEOPLE,
        rights: Right::ALL,
        departments,
        districts,
    })
}

/// The keys.
pub(crate) async fn keys(door: Door, Params(params): Params) -> ApiResult<Response> {
    keys_page(&door, Said::of(&params, &[("revoked", "密钥已停用。")])?, None).await
}

async fn made(door: &Door, form: &Pairs) -> Result<String, Fault> {
    let field = |key| form.one(key).map(|v| v.unwrap_or_default().to_owned());
    let days = match form.one("days")? {
        Some(text) => Some(text.trim().parse().map_err(|_| Fault::invalid("有效天数须为整数").at("days"))?),
        None => None,
    };
    let rights = form.all("right").map(str::parse).collect::<Result<_, _>>()?;
    let new = NewKey { name: field("name")?, role: field("role")?.parse()?, reach: reach_of(form), rights, days };
    Ok(door.desk.add_key(new).await?.1)
}

/// Makes a key and shows it once.
pub(crate) async fn add_key(door: Door, Form(form): Form) -> ApiResult<Response> {
    match made(&door, &form).await {
        // No redirect: the text stands nowhere but in this answer.
        Ok(text) => keys_page(&door, Said::default(), Some(text)).await,
        Err(fault) => done(Err(fault), "/admin/keys", |said| keys_page(&door, said, None)).await,
    }
}

/// Takes a key back.
pub(crate) async fn revoke_key(door: Door, Form(form): Form) -> ApiResult<Response> {
    let outcome = door.desk.revoke_key(form.one("id")?.unwrap_or_default()).await;
    done(outcome, "/admin/keys?said=revoked", |said| keys_page(&door, said, None)).await
}

#[derive(Template)]
#[template(path = "admin_sessions.html")]
struct SessionsPage {
    frame: Frame,
    tabs: &'static [Tab],
    at: &'static str,
    said: Said,
    sessions: Vec<SessionRow>,
}

async fn sessions_page(door: &Door, said: Said) -> ApiResult<Response> {
    let (sessions, now) = (door.desk.sessions(true).await?, door.desk.now());
    let here = own_session().unwrap_or(0);
    page(&SessionsPage {
        frame: Frame::of(&door.desk, "会话", "/admin").await,
        tabs: TABS,
        at: "/admin/sessions",
        said,
        sessions: sessions.iter().map(|s| SessionRow::of(s, here, now)).collect(),
    })
}

/// Who is logged in.
pub(crate) async fn sessions(door: Door, Params(params): Params) -> ApiResult<Response> {
    sessions_page(&door, Said::of(&params, &[("ended", "所选会话已结束。")])?).await
}

async fn ended(door: &Door, form: &Pairs) -> Result<(), Fault> {
    if let Some(user) = form.one("user")? {
        return door.desk.end_sessions_of(user).await.map(drop);
    }
    let id = form.one("id")?.and_then(|id| id.parse().ok());
    door.desk.end_session(id.ok_or_else(|| Fault::invalid("没有给出会话编号").at("id"))?).await
}

/// Ends a session, or all of an account.
pub(crate) async fn end_session(door: Door, Form(form): Form) -> ApiResult<Response> {
    done(ended(&door, &form).await, "/admin/sessions?said=ended", |said| sessions_page(&door, said)).await
}
