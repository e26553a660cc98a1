//! The console: pages for people, rendered here, over the same use cases as the API. Nothing inline,
//! nothing from elsewhere; the URL holds the whole state of a page.

mod account;
mod admin;
mod alarms;
mod assets;
mod audit;
mod brief;
mod briefs;
mod cases;
mod causes;
mod charts;
mod cockpit;
mod corrections;
mod curve;
mod docs;
mod entrance;
mod event;
mod event_curve;
mod find;
mod frame;
mod help;
mod intake;
mod list;
mod look;
mod marks;
mod once;
mod quality;
mod stream;
mod supervise;
mod ticket;
mod topics;
mod watches;

use askama::Template;
use axum::{
    Router,
    http::header,
    response::{Html, IntoResponse, Redirect, Response},
    routing::{get, post},
};

pub(crate) use audit::audit;
pub(crate) use brief::brief;
pub(crate) use briefs::briefs;
pub(crate) use cases::{cases, supervised};
pub(crate) use causes::causes;
pub(crate) use cockpit::cockpit;
pub(crate) use docs::docs;
pub(crate) use event::event;
pub(crate) use find::search;
pub(crate) use frame::link;
pub(crate) use help::help;
pub(crate) use intake::intake;
pub(crate) use list::tickets;
pub(crate) use look::{Look, choose_look, look_of};
pub(crate) use stream::cockpit_stream;
pub(crate) use supervise::{close_order, issue_order, supervise};
pub(crate) use ticket::ticket;
pub(crate) use topics::topics;
pub(crate) use watches::watches;

use crate::{
    domain::{Fault, Role},
    http::{
        Lobby,
        console::frame::Frame,
        error::{ApiError, ApiResult},
        extract::{Acting, Path},
        session::Seat,
    },
};

/// Where the work of a role begins; the first page that it may open where its own is closed to it.
pub(crate) async fn home(Acting(actor): Acting) -> Redirect {
    let own = match actor.role {
        Role::Operator => "/intake",
        Role::Handler => "/tickets",
        Role::Supervisor => "/supervise",
        Role::Analyst => "/topics",
        Role::Leader => "/cockpit",
        Role::Admin => "/admin",
        Role::System => "/account",
    };
    let rail = Frame::bare("").rail;
    let open = rail.iter().find(|entry| entry.href == own).or_else(|| rail.first());
    Redirect::temporary(open.map_or("/account", |entry| entry.href))
}

/// The pages of the entrance, of one's own account, of administration and quality.
pub(crate) fn entrance() -> Router<Lobby> {
    Router::new()
        .merge(admin::routes())
        .merge(quality::routes())
        .route("/events/{id}/correct", post(corrections::correct))
        .route("/events/{id}/undo", post(corrections::undo))
        .route("/events/{id}/parent", post(corrections::parent))
        .route("/briefs/of-event/{id}", post(corrections::brief))
        .route("/login", get(entrance::login).post(entrance::log_in))
        .route("/logout", post(entrance::log_out))
        .route("/first-run", get(entrance::first_run).post(entrance::first_admin))
        .route("/account", get(account::account))
        .route("/account/password", post(account::change_password))
        .route("/account/sessions/{id}/end", post(account::end_session))
}

/// The login page, with the way back to a page of ours.
pub(crate) fn login_link(wanted: &str) -> String {
    frame::link("/login", [("next", wanted)])
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
    message: Option<&'a str>,
    request_id: &'a str,
}

/// An error as a person sees it: what happened, what to do.
pub(crate) fn error_page(error: &ApiError, request_id: &str, seat: Option<&Seat>) -> Response {
    let (heading, advice, message) = error.told();
    let template = ErrorPage { frame: Frame::seated(heading.into(), seat), heading, advice, message, request_id };
    let html = template.render().unwrap_or_else(|_| heading.to_owned());
    (error.status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response()
}
