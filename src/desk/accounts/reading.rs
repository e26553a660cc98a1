//! That personal data was read stands in the audit before anybody sees it. Each write of the audit waits
//! for the disk, so what many people read at one time is written together: one of them writes, the
//! others wait for the same commit.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;

use crate::{
    domain::{Fault, FaultKind},
    store::Entry,
};

use super::super::Desk;

/// Lines written with one commit at most.
const MOST: usize = 2_000;

type Told = oneshot::Sender<Result<(), Fault>>;

/// Readings that wait to be written.
#[derive(Debug, Default)]
pub(in super::super) struct Readings {
    waiting: Mutex<Vec<(Vec<Entry>, Told)>>,
    writing: Arc<tokio::sync::Mutex<()>>,
}

impl Readings {
    fn add(&self, entries: Vec<Entry>) -> oneshot::Receiver<Result<(), Fault>> {
        let (told, answer) = oneshot::channel();
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).push((entries, told));
        answer
    }

    /// The next ones in their order; all of those who share a commit, or at least one.
    fn take(&self) -> (Vec<Entry>, Vec<Told>) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let mut lines = 0;
        let fit = waiting.iter().take_while(|(entries, _)| {
            lines += entries.len();
            lines <= MOST
        });
        let fit = fit.count().max(1).min(waiting.len());
        let (entries, told): (Vec<_>, Vec<_>) = waiting.drain(..fit).unzip();
        (entries.into_iter().flatten().collect(), told)
    }
}

impl Desk {
    /// Records readings; durable when it returns. What several ask for meanwhile is one transaction.
    ///
    /// # Errors
    /// The store failed: nobody of this transaction may see what was asked for.
    pub(in super::super) async fn record_readings(&self, entries: Vec<Entry>) -> Result<(), Fault> {
        let mut answer = self.room.readings.add(entries);
        loop {
            let turn = self.room.readings.writing.clone().lock_owned().await;
            // Another one may have written this one's too.
            match answer.try_recv() {
                Ok(done) => return done,
                Err(oneshot::error::TryRecvError::Closed) => return Err(lost()),
                Err(oneshot::error::TryRecvError::Empty) => {}
            }
            let room = self.room.clone();
            let now = self.now();
            // A task of its own: whoever goes away while it writes takes nobody else's lines along.
            let written = tokio::spawn(async move {
                let (entries, told) = room.readings.take();
                metrics::histogram!("tingsu_readings_per_commit").record(told.len() as f64);
                let done = room.store.ledger().record(entries, now).await.map_err(Fault::from);
                for waiting in told {
                    // A closed channel is somebody who went away; the line stands all the same.
                    let _ = waiting.send(done.clone());
                }
                drop(turn);
            });
            written.await.map_err(|_| lost())?;
        }
    }
}

fn lost() -> Fault {
    Fault::new(FaultKind::Unavailable, "查看记录未能写入,暂不能显示个人信息,请稍候重试")
}
