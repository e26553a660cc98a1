//! When is it my turn? One owner of the model, a bounded queue, micro-batches by length, deadlines,
//! load shedding.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use crate::{
    domain::{Appeal, Suggestion},
    triage::Triager,
};

/// Sizes of the queue and the batches.
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

/// Handle to the room; cheap to clone.
#[derive(Clone, Debug)]
pub struct Infer {}

impl Infer {
    /// Starts the worker threads.
    pub fn start(triager: Arc<Triager>, config: InferConfig) -> Self {
        let _ = (triager, config);
        todo!()
    }

    /// The version that answers now.
    pub fn current(&self) -> Arc<Triager> {
        todo!()
    }

    /// Puts a new version in place; requests already batched finish on the old one.
    pub fn replace(&self, triager: Arc<Triager>) {
        let _ = triager;
        todo!()
    }

    /// One suggestion, with reasons, before `deadline`. Dropping the future drops the work.
    ///
    /// # Errors
    /// See [`InferError`].
    pub async fn triage(&self, appeal: Appeal, deadline: Instant) -> Result<Suggestion, InferError> {
        let _ = (appeal, deadline);
        todo!()
    }

    /// Requests waiting now.
    pub fn waiting(&self) -> usize {
        todo!()
    }
}
