//! The index is derived state: whatever happens to it, it is built anew from the store while the old
//! one answers as well as it can.

use std::{sync::Arc, time::Duration};

use tracing::{error, warn};

use crate::{
    domain::{Fault, FaultKind},
    search::{SearchError, SearchIndex},
};

use super::{Desk, documents::document, trouble::lost};

/// Tickets indexed with one commit at most.
const BATCH: u64 = 2_000;
/// After how long whoever met a damaged index asks again: a new one lies beside it by then.
const REBUILT: Duration = Duration::from_secs(5);

impl Desk {
    /// Takes the next tickets of the change sequence into the index, and into the one that is built
    /// beside it; 0 when both are up to date, then the new one answers.
    ///
    /// # Errors
    /// The store or the index failed; the same step can be tried again.
    pub async fn index_step(&self) -> Result<usize, Fault> {
        let slot = &self.room.index;
        let live = self.take_into(slot.live()).await;
        let mut done = match live {
            Ok(n) => n,
            Err(fault) => {
                // A file that went bad fails a commit too; a full disk does, and is no damage.
                let checked = self.check_index().await;
                if checked.is_ok() && slot.next().is_none() {
                    return Err(fault);
                }
                warn!(message = %fault.message, "the live index takes nothing; the one beside it is filled");
                0
            }
        };
        match slot.next() {
            Some(next) => {
                let n = self.take_into(next).await?;
                if n == 0 {
                    slot.switch();
                }
                done += n;
            }
            None if done == 0 => slot.settle(),
            None => {}
        }
        slot.wrote(None);
        Ok(done)
    }

    /// Reads the whole live index and compares it with its checksums; a damaged one is replaced while it
    /// goes on answering.
    ///
    /// # Errors
    /// [`FaultKind::Damaged`] if it is damaged.
    pub async fn check_index(&self) -> Result<(), Fault> {
        let index = self.room.index.live();
        let checked =
            tokio::task::spawn_blocking(move || index.check()).await.map_err(|_| lost("checking the index"))?;
        match checked {
            Ok(()) => Ok(()),
            Err(error) => {
                let SearchError::Damaged { why, .. } = &error else { return Err(error.into()) };
                self.index_is_damaged(why);
                Err(error.into())
            }
        }
    }

    /// Begins a new index beside a damaged one; what to answer to whoever met the damage.
    pub(super) fn index_is_damaged(&self, why: &str) -> Fault {
        metrics::counter!("tingsu_index_damaged_total").increment(1);
        if let Err(failed) = self.room.index.replace_damaged(why) {
            error!(message = %failed, "no new search index can be begun");
        }
        self.room.changed.notify_waiters();
        Fault::new(FaultKind::Unavailable, "检索索引已损坏,正在重建,请稍候再试").after(REBUILT)
    }

    /// Builds the index anew beside the live one, which answers until the new one has caught up.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn rebuild_index(&self) -> Result<(), Fault> {
        Ok(self.room.index.rebuild_beside()?)
    }

    /// Empties the live index, so that it fills up again from the store.
    ///
    /// # Errors
    /// The index failed.
    pub fn clear_index(&self) -> Result<(), Fault> {
        Ok(self.room.index.live().clear()?)
    }

    /// Checks the index now and then, until it is stopped.
    pub(super) async fn watch_index(&self) {
        loop {
            tokio::time::sleep(self.room.config.index_check).await;
            if let Err(fault) = self.check_index().await {
                error!(message = %fault.message, "the search index did not pass its check");
            }
        }
    }

    async fn take_into(&self, index: Arc<SearchIndex>) -> Result<usize, Fault> {
        let tickets = self.room.store.tickets_after(index.committed_seq(), BATCH).await?;
        let Some(seq) = tickets.iter().map(|t| t.seq).max() else { return Ok(0) };
        let pack = self.city();
        let count = tickets.len();
        let written = tokio::task::spawn_blocking(move || {
            let docs: Vec<_> = tickets.iter().map(|t| document(t, &pack)).collect();
            index.apply(&docs)?;
            index.commit(seq)
        });
        if let Err(error) = written.await.map_err(|_| lost("indexing"))? {
            self.room.index.wrote(Some(&error));
            return Err(error.into());
        }
        metrics::counter!("tingsu_indexed_total").increment(count as u64);
        Ok(count)
    }
}
