//! Derived state catches up: waiting triage, and the search index (invariants 2 and 3).
//!
//! Both are steps that can be repeated after a crash at any instant: a suggestion is saved before its
//! job is finished, an index commit carries the place in the change sequence that it stands for.

use std::time::Duration;

use jiff::SignedDuration;
use tokio::task::JoinHandle;
use tracing::{error, info, warn};

use crate::domain::{Actor, Appeal, Fault, Job, JobKind, Suggestion, Ticket};

use super::{Desk, Following, Remembering, trouble::lost, watch::Watching};

/// Jobs triaged with one transaction.
const TRIAGE_BATCH: u64 = 128;
/// A job not finished by then is taken again.
const LEASE_SECONDS: i64 = 300;
/// A new appeal is looked for at least this often.
const TICK: Duration = Duration::from_millis(200);
/// The schedule of briefs is looked at this often.
const BRIEF_TICK: Duration = Duration::from_secs(20);
/// Pause after a fault.
const REST: Duration = Duration::from_secs(2);

/// What one catching-up did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Caught {
    /// Tickets triaged.
    pub triaged: usize,
    /// Documents indexed.
    pub indexed: usize,
}

/// Background work; stops when dropped.
#[derive(Debug)]
pub struct Worker {
    tasks: Vec<JoinHandle<()>>,
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

impl Desk {
    /// Waits until the index, which another process keeps, holds what the store holds now; returns
    /// how many changes are still missing when `patience` ends.
    ///
    /// # Errors
    /// The store or the index failed.
    pub async fn wait_for_index(&self, patience: Duration) -> Result<i64, Fault> {
        let wanted = self.room.store.last_seq().await?;
        let started = tokio::time::Instant::now();
        loop {
            let index = self.room.index.live();
            let held = tokio::task::spawn_blocking(move || index.refresh().map(|()| index.committed_seq()))
                .await
                .map_err(|_| lost("reading the index"))??;
            let missing = (wanted - held).max(0);
            if missing == 0 || started.elapsed() >= patience {
                return Ok(missing);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Gives back what a killed process had claimed. Only for a process that holds the index, which
    /// makes it the only worker on the data folder.
    ///
    /// # Errors
    /// The store failed.
    pub async fn take_over(&self) -> Result<(), Fault> {
        let released = self.room.store.release_jobs(self.now()).await?;
        if released > 0 {
            info!(released, "jobs of an earlier process are due again");
        }
        Ok(())
    }

    /// Triages the next waiting tickets; 0 when none waits.
    ///
    /// # Errors
    /// The store failed; the jobs are taken again when their lease ends.
    pub async fn triage_step(&self) -> Result<usize, Fault> {
        let store = &self.room.store;
        let jobs = store.claim_jobs(JobKind::Triage, TRIAGE_BATCH, LEASE_SECONDS, self.now()).await?;
        if jobs.is_empty() {
            return Ok(0);
        }
        let ids: Vec<_> = jobs.iter().map(|j| j.ticket.clone()).collect();
        let tickets = store.tickets(&ids).await?;
        match self.suggest(&tickets).await {
            Ok(suggestions) => {
                let rows = tickets.iter().map(|t| t.id.clone()).zip(suggestions).collect();
                store.save_suggestions(rows, &Actor::system(), self.now()).await?;
                store.finish_jobs(&job_ids(&jobs)).await?;
                self.room.changed.notify_waiters();
                metrics::counter!("tingsu_triaged_later_total").increment(jobs.len() as u64);
                Ok(jobs.len())
            }
            Err(fault) => {
                let retry = self.now() + SignedDuration::from_secs(30);
                store.fail_jobs(&job_ids(&jobs), &fault.message, retry).await?;
                Err(fault)
            }
        }
    }

    /// Suggestions for a batch; if the model fails on it, each ticket alone, and the pack's rules for
    /// the one that fails again: a single bad text must not hold up the others.
    async fn suggest(&self, tickets: &[Ticket]) -> Result<Vec<Suggestion>, Fault> {
        let appeals: Vec<Appeal> = tickets.iter().map(|t| t.content.appeal.clone()).collect();
        let infer = self.room.infer.clone();
        tokio::task::spawn_blocking(move || match infer.triage_many(appeals.clone(), true) {
            Ok(suggestions) => suggestions,
            Err(batch_error) => {
                warn!(error = %batch_error, "a batch could not be triaged; trying one by one");
                appeals
                    .into_iter()
                    .map(|appeal| {
                        infer
                            .triage_many(vec![appeal.clone()], true)
                            .ok()
                            .and_then(|mut one| one.pop())
                            .unwrap_or_else(|| infer.current().rules_only(&appeal))
                    })
                    .collect()
            }
        })
        .await
        .map_err(|_| lost("triage"))
    }

    /// Catches up with everything that waits, calling `tick` after each step.
    ///
    /// # Errors
    /// The first fault; calling again goes on from there.
    pub async fn catch_up(&self, mut tick: impl FnMut(Caught)) -> Result<Caught, Fault> {
        let mut done = Caught::default();
        loop {
            let triaged = self.triage_step().await?;
            done.triaged += triaged;
            tick(done);
            if triaged == 0 {
                break;
            }
        }
        loop {
            let indexed = self.index_step().await?;
            done.indexed += indexed;
            tick(done);
            if indexed == 0 && self.room.index.next().is_none() {
                return Ok(done);
            }
        }
    }

    /// Starts the followers: triage, index, pack reload.
    pub fn start_workers(&self) -> Worker {
        let triage = {
            let desk = self.clone();
            tokio::spawn(async move {
                loop {
                    match desk.triage_step().await {
                        Ok(0) => desk.wait_for_change().await,
                        Ok(_) => {}
                        Err(fault) => rest("triage", &fault).await,
                    }
                }
            })
        };
        let index = {
            let desk = self.clone();
            tokio::spawn(async move {
                loop {
                    match desk.index_step().await {
                        Ok(0) => desk.wait_for_change().await,
                        Ok(_) => tokio::time::sleep(Duration::from_millis(50)).await,
                        Err(fault) => rest("indexing", &fault).await,
                    }
                }
            })
        };
        let remember = {
            let desk = self.clone();
            tokio::spawn(async move {
                let mut place = Remembering::default();
                loop {
                    match desk.remember_step(&mut place).await {
                        Ok(0) => desk.wait_for_change().await,
                        Ok(_) => {}
                        Err(fault) => rest("remembering decided cases", &fault).await,
                    }
                }
            })
        };
        let watch = {
            let desk = self.clone();
            tokio::spawn(async move {
                let mut watching = Watching::default();
                loop {
                    match desk.watch_with(&mut watching).await {
                        Ok(0) => desk.wait_for_change().await,
                        Ok(_) => {}
                        Err(fault) => rest("matching kept searches", &fault).await,
                    }
                }
            })
        };
        let brief = {
            let desk = self.clone();
            tokio::spawn(async move {
                loop {
                    match desk.brief_step(&desk.room.config.briefs).await {
                        Ok(true) => {}
                        Ok(false) => tokio::time::sleep(BRIEF_TICK).await,
                        Err(fault) => rest("making briefs", &fault).await,
                    }
                }
            })
        };
        let topics = {
            let desk = self.clone();
            tokio::spawn(async move {
                let mut following = Following::default();
                loop {
                    match desk.topics_step(&mut following).await {
                        Ok(0) => desk.wait_for_change().await,
                        Ok(_) => {}
                        Err(fault) => rest("looking for topics", &fault).await,
                    }
                }
            })
        };
        let check = {
            let desk = self.clone();
            tokio::spawn(async move { desk.watch_index().await })
        };
        let reload = {
            let desk = self.clone();
            tokio::spawn(async move { desk.watch_pack().await })
        };
        let backup = {
            let desk = self.clone();
            tokio::spawn(async move {
                match desk.resume_backup().await {
                    Ok(true) => info!("the backup that an earlier process was asked for is made"),
                    Ok(false) => {}
                    Err(fault) => error!(message = %fault.message, "a backup could not be made"),
                }
            })
        };
        info!("followers started");
        Worker { tasks: vec![triage, index, remember, watch, brief, topics, check, reload, backup] }
    }

    async fn wait_for_change(&self) {
        let _ = tokio::time::timeout(TICK, self.room.changed.notified()).await;
    }
}

async fn rest(what: &str, fault: &Fault) {
    error!(what, kind = fault.kind.code(), message = %fault.message, "a follower failed; it tries again");
    tokio::time::sleep(REST).await;
}

fn job_ids(jobs: &[Job]) -> Vec<i64> {
    jobs.iter().map(|j| j.id).collect()
}
