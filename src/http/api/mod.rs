//! The JSON API: one page of routes; the OpenAPI description comes from the same lines.

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::http::Lobby;

mod alarms;
mod appeals;
mod audit;
mod briefs;
mod causes;
mod city;
mod health;
mod search;
mod topics;
mod trends;
mod triage;
mod watch;

/// Everything under `/api/v1`.
pub(crate) fn routes() -> OpenApiRouter<Lobby> {
    OpenApiRouter::new()
        .routes(routes!(appeals::create, appeals::list))
        .routes(routes!(appeals::read))
        .routes(routes!(appeals::decide))
        .routes(routes!(appeals::history))
        .routes(routes!(triage::triage))
        .routes(routes!(triage::similar))
        .routes(routes!(search::search))
        .routes(routes!(search::suggest))
        .routes(routes!(watch::keep_search, watch::kept_searches))
        .routes(routes!(watch::drop_search))
        .routes(routes!(watch::alerts))
        .routes(routes!(watch::read_alerts))
        .routes(routes!(briefs::make, briefs::list))
        .routes(routes!(briefs::read))
        .routes(routes!(briefs::versions))
        .routes(routes!(briefs::edit))
        .routes(routes!(briefs::check))
        .routes(routes!(briefs::issue))
        .routes(routes!(briefs::recheck))
        .routes(routes!(briefs::instruct, briefs::instructions))
        .routes(routes!(briefs::step))
        .routes(routes!(topics::events))
        .routes(routes!(topics::event))
        .routes(routes!(topics::topics))
        .routes(routes!(trends::trends))
        .routes(routes!(causes::causes))
        .routes(routes!(alarms::alarms))
        .routes(routes!(audit::text))
        .routes(routes!(audit::file))
        .routes(routes!(city::city))
        .routes(routes!(city::taxonomy))
        .routes(routes!(city::departments))
        .routes(routes!(city::regions))
        .routes(routes!(health::health))
        .routes(routes!(health::ready))
        .routes(routes!(health::metrics))
}
