//! When is it my turn? One owner of the model, a bounded queue, micro-batches by length, deadlines,
//! load shedding.
//!
//! Requests of people wait in a bounded queue; one more than it holds is refused at once. Bulk work
//! (import, command line) waits in small chunks of its own and is taken only when no person waits.
//! Plain threads own the computation: nothing here runs on the async threads. Appeal text never
//! enters a log line or a metric.

mod queue;
mod worker;

use std::{
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use arc_swap::ArcSwap;
use tokio::sync::oneshot;

use crate::{
    domain::{Appeal, Suggestion},
    triage::Triager,
};

use queue::{Queue, Request};
use worker::Chunk;

/// What the worker threads run: the room does not care what answers, so that tests can put a slow or
/// failing stand-in under load. The service only ever uses [`Triager`].
pub trait Triage: Send + Sync + 'static {
    /// Suggestions for a batch, in order and as many as there are appeals.
    ///
    /// # Errors
    /// A message for the log and the caller, without appeal text.
    fn triage(&self, appeals: &[Appeal], explain: bool) -> Result<Vec<Suggestion>, String>;
}

impl Triage for Triager {
    fn triage(&self, appeals: &[Appeal], explain: bool) -> Result<Vec<Suggestion>, String> {
        Triager::triage(self, appeals, explain).map_err(|e| e.to_string())
    }
}

/// Sizes of the queue and the batches. Zeros are read as one.
#[derive(Clone, Copy, Debug)]
pub struct InferConfig {
    /// Requests waiting at most; one more is refused.
    pub queue: usize,
    /// Requests in one batch at most.
    pub batch: usize,
    /// Worker threads.
    pub threads: usize,
}

/// Why there is no suggestion now. The appeal is stored all the same (invariant 3).
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
pub enum InferError {
    /// The queue is full.
    #[error("the inference queue is full, try again in {} s", retry_after.as_secs().max(1))]
    Overloaded {
        /// When to try again, from the queue's measured speed.
        retry_after: Duration,
    },
    /// The deadline passed.
    #[error("no suggestion within the deadline")]
    Late,
    /// The room is shut down.
    #[error("the inference room is closed")]
    Closed,
    /// The model failed.
    #[error("{0}")]
    Model(String),
}

/// Handle to the room; cheap to clone. When the last one is dropped the threads finish the batch in
/// hand and are joined.
pub struct Infer<T: Triage = Triager> {
    inner: Arc<Inner<T>>,
}

impl<T: Triage> Clone for Infer<T> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner) }
    }
}

impl<T: Triage> std::fmt::Debug for Infer<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Infer").field("waiting", &self.waiting()).finish_non_exhaustive()
    }
}

struct Inner<T: Triage> {
    room: Arc<Room<T>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

/// What handles and workers share.
struct Room<T: Triage> {
    triager: ArcSwap<T>,
    queue: Queue,
    config: InferConfig,
}

impl<T: Triage> Infer<T> {
    /// Starts the worker threads.
    pub fn start(triager: Arc<T>, config: InferConfig) -> Self {
        let config =
            InferConfig { queue: config.queue.max(1), batch: config.batch.max(1), threads: config.threads.max(1) };
        worker::describe_metrics();
        let room =
            Arc::new(Room { triager: ArcSwap::new(triager), queue: Queue::new(config.queue, config.threads), config });
        let mut threads = Vec::new();
        for n in 0..config.threads {
            let room = Arc::clone(&room);
            match thread::Builder::new().name(format!("infer-{n}")).spawn(move || worker::work(&room)) {
                Ok(handle) => threads.push(handle),
                Err(error) => tracing::error!(%error, thread = n, "cannot start an inference thread"),
            }
        }
        if threads.is_empty() {
            room.queue.close();
        }
        Self { inner: Arc::new(Inner { room, threads: Mutex::new(threads) }) }
    }

    /// The version that answers now.
    pub fn current(&self) -> Arc<T> {
        self.inner.room.triager.load_full()
    }

    /// Puts a new version in place; requests already batched finish on the old one.
    pub fn replace(&self, triager: Arc<T>) {
        self.inner.room.triager.store(triager);
    }

    /// One suggestion, with reasons, before `deadline`. Dropping the future drops the work.
    ///
    /// # Errors
    /// See [`InferError`].
    pub async fn triage(&self, appeal: Appeal, deadline: Instant) -> Result<Suggestion, InferError> {
        if deadline <= Instant::now() {
            metrics::counter!("tingsu_infer_late_total").increment(1);
            return Err(InferError::Late);
        }
        let (answer, answered) = oneshot::channel();
        self.inner.room.queue.push(Request::new(appeal, deadline, answer))?;
        match tokio::time::timeout_at(deadline.into(), answered).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(InferError::Closed),
            Err(_) => {
                metrics::counter!("tingsu_infer_late_total").increment(1);
                Err(InferError::Late)
            }
        }
    }

    /// Suggestions for many appeals, in order, for import and the command line. Blocks the calling
    /// thread (never call it on an async thread); uses all workers, but in small chunks that let
    /// every waiting person pass first. Not subject to the queue's limit or to deadlines.
    ///
    /// # Errors
    /// [`InferError::Closed`], or the first [`InferError::Model`] in the order of the appeals.
    pub fn triage_many(&self, appeals: Vec<Appeal>, explain: bool) -> Result<Vec<Suggestion>, InferError> {
        let total = appeals.len();
        let size = worker::chunk_size(total, self.inner.room.config);
        let (answer, answers) = mpsc::channel();
        let mut rest = appeals.into_iter();
        let mut sent = 0;
        loop {
            let chunk: Vec<Appeal> = rest.by_ref().take(size).collect();
            if chunk.is_empty() {
                break;
            }
            self.inner.room.queue.push_bulk(Chunk::new(sent, chunk, explain, answer.clone()))?;
            sent += 1;
        }
        drop(answer);
        let mut done: Vec<Option<Vec<Result<Suggestion, InferError>>>> = (0..sent).map(|_| None).collect();
        for (n, results) in answers {
            if let Some(slot) = done.get_mut(n) {
                *slot = Some(results);
            }
        }
        let mut suggestions = Vec::with_capacity(total);
        for slot in done {
            for result in slot.ok_or(InferError::Closed)? {
                suggestions.push(result?);
            }
        }
        Ok(suggestions)
    }

    /// Requests waiting now (bulk work not counted).
    pub fn waiting(&self) -> usize {
        self.inner.room.queue.waiting()
    }
}

impl<T: Triage> Drop for Inner<T> {
    fn drop(&mut self) {
        self.room.queue.close();
        let threads = std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        for handle in threads {
            // A worker catches the model's panics; one that died all the same has nothing to hand over.
            if handle.join().is_err() {
                tracing::error!("an inference thread had died");
            }
        }
    }
}
