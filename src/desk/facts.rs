//! State of the parts.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use crate::domain::JobKind;

use super::{Desk, Health};

/// How old what pages say of the parts may be.
const LATELY: Duration = Duration::from_secs(1);

impl Desk {
    /// As [`Desk::health`], at most a second old: for what every page says at its top. One asks the store
    /// anew, the others take what was seen last.
    pub async fn health_lately(&self) -> Arc<Health> {
        let room = &self.room;
        let seen = room.seen.load_full();
        if let Some(seen) = seen.as_ref().filter(|seen| seen.0.elapsed() < LATELY) {
            return seen.1.clone();
        }
        let turn = match (room.seeing.try_lock(), seen) {
            (Err(_), Some(seen)) => return seen.1.clone(),
            (Err(_), None) => None,
            (Ok(turn), _) => Some(turn),
        };
        let health = Arc::new(self.health().await);
        room.seen.store(Some(Arc::new((Instant::now(), health.clone()))));
        drop(turn);
        health
    }

    /// State of the parts; never fails: a part that does not answer is reported.
    pub async fn health(&self) -> Health {
        let room = &self.room;
        let triager = room.infer.current();
        let index = room.index.live();
        let store = room.store.ping().await.map_err(|e| e.to_string());
        let last = room.store.last_seq().await.unwrap_or(0);
        Health {
            store,
            model: triager.bundle.as_ref().map(|b| b.id().to_owned()),
            mismatches: triager.mismatches(),
            pack: triager.pack.hash.clone(),
            city: triager.pack.name.clone(),
            pack_faults: room.pack_faults.load().as_ref().map(|f| f.to_vec()).unwrap_or_default(),
            model_troubles: room.model_troubles.load().as_ref().map(|t| t.to_vec()).unwrap_or_default(),
            tickets: room.store.count().await.unwrap_or(0),
            indexed: index.len() as u64,
            index_lag: (last - index.committed_seq()).max(0),
            rebuilding: room.index.next().is_some(),
            rebuild: room.index.rebuild(),
            unwritable: room.index.unwritable(),
            triage_waiting: room.store.open_jobs(JobKind::Triage).await.unwrap_or(0),
            queue: room.infer.waiting(),
        }
    }
}
