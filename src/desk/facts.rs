//! State of the parts.

use crate::domain::JobKind;

use super::{Desk, Health};

impl Desk {
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
            triage_waiting: room.store.open_jobs(JobKind::Triage).await.unwrap_or(0),
            queue: room.infer.waiting(),
        }
    }
}
