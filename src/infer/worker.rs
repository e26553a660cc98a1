//! The threads that compute.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::mpsc,
    time::Instant,
};

use crate::domain::{Appeal, Suggestion};

use super::{InferConfig, InferError, Room, Triage, queue::Work};

/// Appeals in one bulk chunk at most: about the time for which a person may have to wait for it.
const CHUNK: usize = 16;

type Answers = Vec<Result<Suggestion, InferError>>;

/// A piece of bulk work.
pub(super) struct Chunk {
    number: usize,
    appeals: Vec<Appeal>,
    explain: bool,
    answer: mpsc::Sender<(usize, Answers)>,
}

impl Chunk {
    pub(super) fn new(
        number: usize,
        appeals: Vec<Appeal>,
        explain: bool,
        answer: mpsc::Sender<(usize, Answers)>,
    ) -> Self {
        Self { number, appeals, explain, answer }
    }
}

/// So many that every worker gets some, so few that a person never waits long.
pub(super) fn chunk_size(total: usize, config: InferConfig) -> usize {
    total.div_ceil(config.threads).clamp(1, CHUNK.min(config.batch.max(1)))
}

/// One worker's life.
pub(super) fn work<T: Triage>(room: &Room<T>) {
    loop {
        match room.queue.next(room.config.batch) {
            Work::Stop => return,
            Work::Batch(batch) => {
                let start = Instant::now();
                let (mut appeals, mut answers) = (Vec::with_capacity(batch.len()), Vec::with_capacity(batch.len()));
                for request in batch {
                    metrics::histogram!("tingsu_infer_queue_seconds").record(start - request.since);
                    appeals.push(request.appeal);
                    answers.push(request.answer);
                }
                let results = compute(room, &appeals, true);
                room.queue.measured(appeals.len(), start.elapsed());
                for (answer, result) in answers.into_iter().zip(results) {
                    // The caller may have left meanwhile; then nobody misses the answer.
                    let _ = answer.send(result);
                }
            }
            Work::Bulk(chunk) => {
                let results = compute(room, &chunk.appeals, chunk.explain);
                // A caller that gave up needs no answer either.
                let _ = chunk.answer.send((chunk.number, results));
            }
        }
    }
}

/// One answer for each appeal, all from one version. If a batch fails, each of its appeals is tried
/// alone once, so that one appeal that the model cannot take does not cost the others their answer.
fn compute<T: Triage>(room: &Room<T>, appeals: &[Appeal], explain: bool) -> Answers {
    let version = room.triager.load_full();
    match attempt(&*version, appeals, explain) {
        Ok(suggestions) => suggestions.into_iter().map(Ok).collect(),
        Err(failure) => {
            metrics::counter!("tingsu_infer_failed_total").increment(1);
            tracing::error!(reason = %failure, batch = appeals.len(), "an inference batch failed");
            if appeals.len() < 2 {
                return appeals.iter().map(|_| Err(InferError::Model(failure.clone()))).collect();
            }
            appeals
                .iter()
                .map(|appeal| {
                    let alone = attempt(&*version, std::slice::from_ref(appeal), explain).map_err(InferError::Model)?;
                    alone.into_iter().next().ok_or_else(|| InferError::Model("the model gave no answer".into()))
                })
                .collect()
        }
    }
}

/// One call of the model, timed; a panic in it becomes an error.
fn attempt<T: Triage>(version: &T, appeals: &[Appeal], explain: bool) -> Result<Vec<Suggestion>, String> {
    let start = Instant::now();
    metrics::histogram!("tingsu_infer_batch_size").record(appeals.len() as f64);
    // The triager is immutable, so a panic leaves nothing half-changed. Its message is not passed
    // on: a slicing panic quotes the text.
    let result = catch_unwind(AssertUnwindSafe(|| version.triage(appeals, explain)))
        .unwrap_or_else(|_| Err("the model panicked: a defect, please report it".into()));
    metrics::histogram!("tingsu_infer_batch_seconds").record(start.elapsed());
    let suggestions = result?;
    if suggestions.len() == appeals.len() {
        Ok(suggestions)
    } else {
        Err(format!("the model gave {} answers for {} appeals", suggestions.len(), appeals.len()))
    }
}

/// Names for people who read `/metrics`.
pub(super) fn describe_metrics() {
    use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};
    describe_histogram!("tingsu_infer_queue_seconds", Unit::Seconds, "time that a request waited for its batch");
    describe_histogram!("tingsu_infer_batch_seconds", Unit::Seconds, "time to compute a batch");
    describe_histogram!("tingsu_infer_batch_size", Unit::Count, "requests in a batch");
    describe_counter!("tingsu_infer_shed_total", Unit::Count, "requests refused because the queue was full");
    describe_counter!("tingsu_infer_late_total", Unit::Count, "requests whose deadline passed");
    describe_counter!("tingsu_infer_dropped_total", Unit::Count, "waiting requests dropped uncomputed");
    describe_counter!("tingsu_infer_failed_total", Unit::Count, "batches in which the model failed");
    describe_gauge!("tingsu_infer_waiting", Unit::Count, "requests waiting now");
}
