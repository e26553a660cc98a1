//! All routes on one page, and the layers that every request passes.

use axum::{
    Json, Router,
    extract::DefaultBodyLimit,
    middleware,
    routing::{get, post},
};
use tower_http::{catch_panic::CatchPanicLayer, compression::CompressionLayer};

use crate::{
    desk::Desk,
    domain::Fault,
    http::{
        HttpConfig, Lobby, console,
        error::ApiError,
        guard::{self, Guard},
        openapi, session, telemetry,
    },
};

/// The whole service as one router; `config` gives limits.
pub fn router(desk: Desk, config: &HttpConfig) -> Router {
    routed(Lobby::new(desk, config), config)
}

/// The same, of a lobby whose streams somebody else ends.
pub(super) fn routed(lobby: Lobby, config: &HttpConfig) -> Router {
    telemetry::install();
    let (api, description) = openapi::documented().split_for_parts();
    let pages: Router<Lobby> = Router::new()
        .merge(console::entrance())
        .route("/", get(console::home))
        .route("/intake", get(console::intake))
        .route("/tickets", get(console::tickets))
        .route("/tickets/{id}", get(console::ticket))
        .route("/search", get(console::search))
        .route("/topics", get(console::topics))
        .route("/causes", get(console::causes))
        .route("/events/{id}", get(console::event))
        .route("/watches", get(console::watches))
        .route("/audit", get(console::audit))
        .route("/briefs", get(console::briefs))
        .route("/briefs/{id}", get(console::brief))
        .route("/supervise", get(console::supervise).post(console::issue_order))
        .route("/supervise/{id}/close", post(console::close_order))
        .route("/help", get(console::help))
        .route("/api/docs", get(console::docs))
        .route("/look", post(console::choose_look))
        .route("/cockpit", get(console::cockpit))
        .route("/cockpit/cases", get(console::cases))
        .route("/supervise/cases", get(console::supervised))
        .route("/cockpit/stream", get(console::cockpit_stream))
        .route("/assets/{version}/{file}", get(console::asset))
        .route("/favicon.ico", get(console::favicon));
    api.merge(pages)
        .with_state(lobby.clone())
        .route(openapi::JSON, get(async move || Json(description)))
        .fallback(unknown)
        .layer(middleware::from_fn_with_state(lobby, session::seat))
        .layer(DefaultBodyLimit::max(config.body_limit))
        .layer(CatchPanicLayer::custom(guard::after_panic))
        .layer(CompressionLayer::new())
        .layer(middleware::from_fn_with_state(Guard::new(config), guard::guard))
}

async fn unknown() -> ApiError {
    Fault::not_found("nothing answers at this path; the API is described at /api/docs").into()
}
