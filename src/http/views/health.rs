//! Health on the wire.

use serde::Serialize;
use utoipa::ToSchema;

use crate::desk::{Health, Rebuild};

/// State of the service and its parts.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct HealthView {
    /// `ok`; `degraded`: appeals are taken in, something else is missing or behind; `down`: nothing is
    /// acknowledged.
    pub status: String,
    /// Version of the program.
    pub version: String,
    /// City name.
    pub city: String,
    /// Content hash of the pack.
    pub pack: String,
    /// The store.
    pub store: PartView,
    /// The model.
    pub model: PartView,
    /// The search index.
    pub index: PartView,
    /// Tickets in the store.
    pub tickets: u64,
    /// Tickets that can be found.
    pub indexed: u64,
    /// Changes that the index has not taken yet.
    pub index_lag: i64,
    /// Tickets whose triage waits.
    pub triage_waiting: u64,
    /// Requests in the inference queue.
    pub queue: usize,
    /// Whether a new index is being built beside the live one.
    pub rebuilding: bool,
    /// Why the index is built anew, until it has caught up.
    pub rebuild_reason: Option<String>,
    /// What an administrator should look at: labels that model and pack do not share, faults of the
    /// newest pack on disk or of the active model, which are not in use.
    pub warnings: Vec<String>,
}

/// State of one part.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PartView {
    /// Whether it answers.
    pub ok: bool,
    /// Id of the model, or what is wrong; that the index cannot be written is said in Chinese, for people.
    pub detail: String,
}

/// Whether appeals can be taken in.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReadyView {
    /// Always true: otherwise the answer is 503.
    pub ready: bool,
    /// The search index, which intake does not wait for: `ok`, `behind`, `rebuilding` (an older one
    /// answers meanwhile), `damaged` (and is being rebuilt) or `unwritable` (disk full; tried again and again).
    pub index: String,
}

impl ReadyView {
    /// The answer while the store answers.
    pub fn of(health: &Health) -> Self {
        let index = match &health.rebuild {
            Some(Rebuild::Damaged(_)) => "damaged",
            _ if health.unwritable.is_some() => "unwritable",
            Some(_) => "rebuilding",
            None if health.index_lag > LAG => "behind",
            None => "ok",
        };
        Self { ready: true, index: index.into() }
    }
}

/// How far the index may lie behind before health says so.
const LAG: i64 = 1_000;

impl HealthView {
    /// The parts and the verdict over them.
    pub fn of(health: &Health) -> Self {
        let part = |ok: bool, detail: &str| PartView { ok, detail: detail.to_owned() };
        let store = match &health.store {
            Ok(()) => part(true, "answers"),
            Err(why) => part(false, why),
        };
        let model = match &health.model {
            Some(id) => part(true, id),
            None => part(false, "no model is loaded: the rules of the city pack answer alone"),
        };
        let behind = format!("{} changes behind the store", health.index_lag);
        let rebuilt = health.rebuild.as_ref().map(|why| format!("it is built anew, for {why}; {behind}"));
        let damaged = matches!(health.rebuild, Some(Rebuild::Damaged(_)));
        let detail = rebuilt.as_deref().unwrap_or(if health.index_lag == 0 { "up to date" } else { &behind });
        let detail = health.unwritable.map_or(detail, |why| why.label());
        let index = part(health.index_lag <= LAG && !damaged && health.unwritable.is_none(), detail);
        let status =
            match (store.ok, model.ok && index.ok && health.pack_faults.is_empty() && health.model_troubles.is_empty())
            {
                (false, _) => "down",
                (true, false) => "degraded",
                (true, true) => "ok",
            };
        Self {
            status: status.into(),
            version: env!("CARGO_PKG_VERSION").into(),
            city: health.city.clone(),
            pack: health.pack.clone(),
            store,
            model,
            index,
            tickets: health.tickets,
            indexed: health.indexed,
            index_lag: health.index_lag,
            triage_waiting: health.triage_waiting,
            queue: health.queue,
            rebuilding: health.rebuilding,
            rebuild_reason: health.rebuild.as_ref().map(ToString::to_string),
            warnings: [&health.mismatches, &health.pack_faults, &health.model_troubles]
                .into_iter()
                .flatten()
                .cloned()
                .collect(),
        }
    }
}
