//! The JSON API: one page of routes; the OpenAPI description comes from the same lines.

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::http::Lobby;

mod acts;
mod alarms;
mod appeals;
mod audit;
mod briefs;
mod causes;
mod city;
mod events;
mod health;
mod oversight;
mod rephrase;
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
        .routes(routes!(appeals::create_call))
        .routes(routes!(acts::act))
        .routes(routes!(acts::progress))
        .routes(routes!(acts::transfer))
        .routes(routes!(acts::act_on_many))
        .routes(routes!(acts::kept_lists, acts::keep_list))
        .routes(routes!(acts::drop_list))
        .routes(routes!(acts::export))
        .routes(routes!(triage::triage))
        .routes(routes!(triage::split))
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
        .routes(routes!(briefs::renew))
        .routes(routes!(rephrase::rephrase, rephrase::rephrasings))
        .routes(routes!(rephrase::accept))
        .routes(routes!(rephrase::restore))
        .routes(routes!(briefs::instruct, briefs::instructions))
        .routes(routes!(briefs::step))
        .routes(routes!(topics::events))
        .routes(routes!(topics::event))
        .routes(routes!(topics::topics))
        .routes(routes!(trends::trends))
        .routes(routes!(oversight::cockpit))
        .routes(routes!(oversight::cases))
        .routes(routes!(oversight::late))
        .routes(routes!(oversight::orders, oversight::issue))
        .routes(routes!(oversight::close))
        .routes(routes!(events::rename))
        .routes(routes!(events::merge))
        .routes(routes!(events::split))
        .routes(routes!(events::move_ticket))
        .routes(routes!(events::exclude))
        .routes(routes!(events::pin))
        .routes(routes!(events::corrections))
        .routes(routes!(events::undo))
        .routes(routes!(events::parent_reply))
        .routes(routes!(events::parent_undo))
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
