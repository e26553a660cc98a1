//! Work that waits, runs or failed: shown, and tried again when somebody says so.

use jiff::Timestamp;

use crate::{
    domain::{Fault, Right},
    store::JobLine,
};

use super::super::Desk;

/// Jobs shown at most; the ones that failed come first.
const MOST: u64 = 200;

/// How a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum JobState {
    /// The last try failed; it is tried again by itself at its time.
    Failed,
    /// Somebody works on it.
    Running,
    /// It waits for its turn.
    Pending,
}

/// A job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobView {
    /// Its row.
    pub line: JobLine,
    /// How it stands.
    pub state: JobState,
}

fn state(line: &JobLine, now: Timestamp) -> JobState {
    match &line.error {
        Some(_) => JobState::Failed,
        // A claimed job is not due before its lease ends.
        None if line.attempts > 0 && line.due_at > now => JobState::Running,
        None => JobState::Pending,
    }
}

impl Desk {
    /// Jobs that are not finished, the failed ones first.
    ///
    /// # Errors
    /// Not allowed, or the store failed.
    pub async fn jobs(&self) -> Result<Vec<JobView>, Fault> {
        self.actor().needs(Right::Admin)?;
        let now = self.now();
        let lines = self.room.store.upkeep().jobs(MOST).await?;
        let mut jobs: Vec<JobView> = lines.into_iter().map(|line| JobView { state: state(&line, now), line }).collect();
        jobs.sort_by_key(|job| (job.state, job.line.due_at, job.line.id));
        Ok(jobs)
    }

    /// Makes jobs due at once: one, or all that failed. How many there were.
    ///
    /// # Errors
    /// Not allowed, or the store failed.
    pub async fn retry_jobs(&self, id: Option<i64>) -> Result<u64, Fault> {
        let actor = self.actor();
        actor.needs(Right::Admin)?;
        let made_due = self.room.store.upkeep().retry_jobs(id, self.now()).await?;
        if made_due == 0 {
            return Err(Fault::not_found("没有可重试的任务,可能已经完成"));
        }
        let what = id.map_or_else(|| "全部失败的任务".to_owned(), |id| format!("任务 {id}"));
        self.note(&actor, "jobs_retried", format!("{what},{made_due} 个")).await?;
        self.room.changed.notify_waiters();
        Ok(made_due)
    }
}
