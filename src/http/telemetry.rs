//! Numbers about requests and the parts behind them, in Prometheus' text format.

use std::{sync::OnceLock, time::Duration};

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

use crate::desk::Health;

/// Upper bounds in seconds: from one index lookup to the request limit.
const SECONDS: [f64; 13] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// The process has one recorder. None if another one was installed before ours.
static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// Installs the recorder once; later calls do nothing. Rooms below record through the `metrics`
/// crate and need not know who listens.
pub(crate) fn install() {
    RECORDER.get_or_init(|| {
        let built = PrometheusBuilder::new().set_buckets(&SECONDS).and_then(PrometheusBuilder::install_recorder);
        built.inspect_err(|error| tracing::warn!(%error, "metrics are not recorded")).ok()
    });
}

/// One finished request.
pub(crate) fn request(method: &str, route: &str, status: u16, took: Duration) {
    let (method, route) = (method.to_owned(), route.to_owned());
    metrics::counter!("http_requests_total", "method" => method.clone(), "route" => route.clone(), "status" => status.to_string())
        .increment(1);
    metrics::histogram!("http_request_seconds", "method" => method, "route" => route).record(took.as_secs_f64());
}

/// The page that Prometheus reads.
pub(crate) fn page(health: &Health) -> String {
    metrics::gauge!("tingsu_store_up").set(f64::from(u8::from(health.store.is_ok())));
    metrics::gauge!("tingsu_model_up").set(f64::from(u8::from(health.model.is_some())));
    metrics::gauge!("tingsu_tickets").set(health.tickets as f64);
    metrics::gauge!("tingsu_indexed_tickets").set(health.indexed as f64);
    metrics::gauge!("tingsu_index_lag_changes").set(health.index_lag as f64);
    metrics::gauge!("tingsu_triage_waiting").set(health.triage_waiting as f64);
    metrics::gauge!("tingsu_inference_queue").set(health.queue as f64);
    match RECORDER.get() {
        Some(Some(handle)) => {
            handle.run_upkeep();
            handle.render()
        }
        _ => String::new(),
    }
}
