//! The active bundle of a data folder: opened at start, followed while the service runs.

use std::{path::Path, sync::Arc, time::Duration};

use tracing::{error, info, warn};

use crate::{
    desk::Desk,
    model::Bundle,
    shelf::{Chosen, Opened, Shelf},
};

use super::{BootError, Config, ModelSource, open::embedded};

/// How often the shelf is looked at: another bundle answers within 5 s.
const LOOK: Duration = Duration::from_secs(1);

/// The bundle that is to answer, and what was wrong with those that should have: told loudly, because an
/// operator must not get an older model unnoticed; but the service stays up.
///
/// # Errors
/// The embedded bundle was needed and cannot be used: a defect of the build.
pub fn active(shelf: &Shelf) -> Result<(Option<Arc<Bundle>>, Vec<String>), BootError> {
    let Opened { bundle, chosen, troubles } = shelf.open();
    for trouble in &troubles {
        error!(trouble, answers = %chosen, "THE ACTIVE MODEL CANNOT BE USED; an older one answers");
    }
    let bundle = match bundle {
        Some(bundle) => Some(Arc::new(bundle)),
        None => embedded()?,
    };
    Ok((bundle, troubles))
}

/// Takes up another active bundle while the service runs: requests that are computed finish on the old
/// one, none is dropped. Returns at once for a service that was told its bundle (`--model`); else runs
/// until it is dropped.
pub async fn follow_models(desk: Desk, config: Config) {
    let ModelSource::Shelf(data) = &config.model else { return };
    let shelf = Shelf::of(data);
    let mut seen = None;
    loop {
        let now = shelf.stamp();
        if seen.as_ref() != Some(&now) {
            let first = seen.replace(now).is_none();
            take(&desk, data, first).await;
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Opens what is to answer and hands it to the desk, unless it answers already.
async fn take(desk: &Desk, data: &Path, first: bool) {
    let shelf = Shelf::of(data);
    let present = desk.model();
    let opened = tokio::task::spawn_blocking(move || {
        // the common case at start: it was just opened
        let same = shelf.standing().is_ok_and(|s| match (s.bundle, s.trouble) {
            (Chosen::Kept(id), None) => Some(id) == present,
            (Chosen::Embedded, None) => true,
            _ => false,
        });
        if first && same { Ok(None) } else { active(&shelf).map(Some) }
    })
    .await;
    match opened {
        Ok(Ok(None)) => {}
        Ok(Ok(Some((bundle, troubles)))) => {
            let id = bundle.as_ref().map(|b| b.id().to_owned());
            desk.note_model_troubles(troubles);
            if id != desk.model() {
                match desk.use_bundle(bundle).await {
                    Ok(()) => info!(model = id.as_deref().unwrap_or("none"), "another model answers"),
                    Err(fault) => warn!(message = %fault.message, "the other model was not taken up"),
                }
            }
        }
        Ok(Err(error)) => {
            error!(%error, "no other model can be taken up; the present one goes on");
            desk.note_model_troubles(vec![error.to_string()]);
        }
        Err(_) => error!("opening the active model ended without an answer; the present one goes on"),
    }
}
