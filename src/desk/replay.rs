//! Rows of a file become tickets: stored first, then triaged, then indexed. Every stage can be cut
//! off at any instant and goes on when the import is started again (ids make it idempotent).

use std::time::{Duration, Instant};

use crate::{
    domain::{Actor, Fault, NewTicket},
    store::{Added, Intake},
};

use super::{Caught, Desk, checks};

/// Rows of one transaction.
const BATCH: usize = 500;

/// How to import.
#[derive(Clone, Debug)]
pub struct ImportOptions {
    /// In whose name.
    pub actor: Actor,
    /// Whether to triage and index before returning; else the running service does it.
    pub catch_up: bool,
}

/// Where an import is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Reading and storing.
    Store,
    /// Suggesting labels.
    Triage,
    /// Indexing.
    Index,
}

/// Progress, for a progress bar.
#[derive(Clone, Copy, Debug)]
pub struct Tick {
    /// Where.
    pub stage: Stage,
    /// Rows or tickets done in this stage.
    pub done: u64,
    /// Of how many, where known.
    pub total: Option<u64>,
}

/// What an import did.
#[derive(Clone, Debug, Default)]
pub struct ImportReport {
    /// Rows read.
    pub rows: u64,
    /// Tickets stored now.
    pub stored: u64,
    /// Rows whose ticket was stored before, with the same content.
    pub already: u64,
    /// Rows that became no ticket; each is in the reject file.
    pub rejected: u64,
    /// Triaged and indexed.
    pub caught: Caught,
    /// Time of the three stages.
    pub took: [Duration; 3],
}

impl Desk {
    /// Imports rows. `reject` is called with the row's number and the reason for every row that becomes
    /// no ticket; an error from it ends the import (a reject that cannot be written would be lost).
    ///
    /// # Errors
    /// The store failed, or `reject` did; what was stored stays, and a second run goes on.
    pub async fn import<R>(
        &self,
        rows: impl Iterator<Item = (R, Result<NewTicket, Fault>)>,
        options: &ImportOptions,
        mut reject: impl FnMut(R, &Fault) -> Result<(), Fault>,
        mut tick: impl FnMut(Tick),
    ) -> Result<ImportReport, Fault> {
        let mut report = ImportReport::default();
        let mut started = Instant::now();
        let mut batch = Vec::with_capacity(BATCH);
        for (row, read) in rows {
            report.rows += 1;
            let pack = self.city();
            let checked = read.and_then(|t| checks::ticket(&t, &pack, self.room.config.max_chars).map(|()| t));
            match checked {
                Ok(ticket) => batch.push((row, ticket)),
                Err(fault) => {
                    report.rejected += 1;
                    reject(row, &fault)?;
                }
            }
            if batch.len() == BATCH {
                self.store_batch(&mut batch, options, &mut report, &mut reject).await?;
                tick(Tick { stage: Stage::Store, done: report.rows, total: None });
            }
        }
        self.store_batch(&mut batch, options, &mut report, &mut reject).await?;
        tick(Tick { stage: Stage::Store, done: report.rows, total: Some(report.rows) });
        report.took[0] = started.elapsed();
        if options.catch_up {
            started = Instant::now();
            let waiting = self.room.store.open_jobs(crate::domain::JobKind::Triage).await?;
            loop {
                let n = self.triage_step().await?;
                report.caught.triaged += n;
                tick(Tick { stage: Stage::Triage, done: report.caught.triaged as u64, total: Some(waiting) });
                if n == 0 {
                    break;
                }
            }
            report.took[1] = started.elapsed();
            started = Instant::now();
            report.caught.indexed = self
                .catch_up(|caught| tick(Tick { stage: Stage::Index, done: caught.indexed as u64, total: None }))
                .await?
                .indexed;
            report.took[2] = started.elapsed();
        }
        Ok(report)
    }

    async fn store_batch<R>(
        &self,
        batch: &mut Vec<(R, NewTicket)>,
        options: &ImportOptions,
        report: &mut ImportReport,
        reject: &mut impl FnMut(R, &Fault) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        if batch.is_empty() {
            return Ok(());
        }
        let at = self.now();
        let (rows, tickets): (Vec<R>, Vec<NewTicket>) = batch.drain(..).unzip();
        let intakes = tickets.into_iter().map(|ticket| {
            let intake = Intake {
                actor: options.actor.clone(),
                at,
                idempotency_key: None,
                suggestion: None,
                due_at: None,
                floor: None,
            };
            (ticket, intake)
        });
        let outcomes = self.room.store.add_many(intakes.collect()).await?;
        for (row, outcome) in rows.into_iter().zip(outcomes) {
            match outcome {
                Ok(Added::New(_)) => report.stored += 1,
                Ok(Added::Same(_)) => report.already += 1,
                Err(error) => {
                    report.rejected += 1;
                    reject(row, &error.into())?;
                }
            }
        }
        self.room.changed.notify_waiters();
        Ok(())
    }
}
