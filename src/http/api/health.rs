//! Is it well, may it be sent work, how busy is it?

use axum::{
    Json as Reply,
    extract::State,
    http::{StatusCode, header},
    response::IntoResponse,
};

use crate::{
    domain::{Fault, FaultKind},
    http::{
        Lobby,
        error::ApiResult,
        telemetry,
        views::{ErrorEnvelope, HealthView, ReadyView},
    },
};

/// State of the parts.
#[utoipa::path(
    get, path = "/health", tag = "service",
    responses(
        (status = 200, description = "`ok`, or `degraded` where something but the store is missing or behind", body = HealthView),
        (status = 503, description = "`down`: the store does not answer", body = HealthView),
    )
)]
pub(crate) async fn health(State(lobby): State<Lobby>) -> (StatusCode, Reply<HealthView>) {
    let health = lobby.desk.health().await;
    let status = if health.store.is_ok() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Reply(HealthView::of(&health)))
}

/// Whether appeals can be taken in.
#[utoipa::path(
    get, path = "/ready", tag = "service",
    responses(
        (status = 200, description = "The store answers", body = ReadyView),
        (status = 503, description = "The store does not answer", body = ErrorEnvelope),
    )
)]
pub(crate) async fn ready(State(lobby): State<Lobby>) -> ApiResult<Reply<ReadyView>> {
    let health = lobby.desk.health().await;
    match &health.store {
        Ok(()) => Ok(Reply(ReadyView::of(&health))),
        Err(why) => Err(Fault::new(FaultKind::Unavailable, format!("the store does not answer: {why}")).into()),
    }
}

/// Numbers for Prometheus.
#[utoipa::path(
    get, path = "/metrics", tag = "service",
    responses((status = 200, description = "Prometheus text format", body = String, content_type = "text/plain"))
)]
pub(crate) async fn metrics(State(lobby): State<Lobby>) -> impl IntoResponse {
    let page = telemetry::page(&lobby.desk.health().await);
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], page)
}
