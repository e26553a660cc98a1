//! The waiting line: people first, in bounded number; bulk chunks behind them.

use std::{
    collections::VecDeque,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::sync::oneshot;

use crate::domain::{Appeal, Suggestion};

use super::{InferError, worker::Chunk};

/// Before anything was measured.
const RETRY_UNKNOWN: Duration = Duration::from_secs(1);
/// Nobody is sent away for longer: the queue may have drained or the load moved.
const RETRY_MOST: Duration = Duration::from_secs(60);
/// Weight of the newest batch in the running mean of the service time.
const FRESH: f64 = 0.2;

/// One waiting request of a person.
pub(super) struct Request {
    pub(super) appeal: Appeal,
    pub(super) deadline: Instant,
    pub(super) since: Instant,
    pub(super) answer: oneshot::Sender<Result<Suggestion, InferError>>,
    /// Length class: requests of one class are batched together, so that a model that pads loses at
    /// most half, and a short appeal does not wait for the computing of a long one.
    class: u32,
}

impl Request {
    pub(super) fn new(
        appeal: Appeal,
        deadline: Instant,
        answer: oneshot::Sender<Result<Suggestion, InferError>>,
    ) -> Self {
        // Chinese text is three bytes a character nearly everywhere, so bytes sort as well as tokens.
        let class = (appeal.title.len() + appeal.text.len()).max(64).ilog2();
        Self { appeal, deadline, since: Instant::now(), answer, class }
    }

    /// Nobody waits for it any more.
    fn is_gone(&self, now: Instant) -> bool {
        self.answer.is_closed() || self.deadline <= now
    }
}

/// What a worker is to do next.
pub(super) enum Work {
    Batch(Vec<Request>),
    Bulk(Chunk),
    Stop,
}

struct Line {
    people: VecDeque<Request>,
    bulk: VecDeque<Chunk>,
    closed: bool,
    /// Seconds that one request takes one worker, smoothed; none before the first batch.
    seconds_each: Option<f64>,
}

pub(super) struct Queue {
    line: Mutex<Line>,
    something: Condvar,
    limit: usize,
    threads: usize,
}

impl Queue {
    pub(super) fn new(limit: usize, threads: usize) -> Self {
        let line = Line { people: VecDeque::new(), bulk: VecDeque::new(), closed: false, seconds_each: None };
        Self { line: Mutex::new(line), something: Condvar::new(), limit, threads }
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Joins the line, or is refused at once.
    pub(super) fn push(&self, request: Request) -> Result<(), InferError> {
        let mut line = self.line();
        if line.closed {
            return Err(InferError::Closed);
        }
        if line.people.len() >= self.limit {
            line.forget_gone();
        }
        if line.people.len() >= self.limit {
            metrics::counter!("tingsu_infer_shed_total").increment(1);
            return Err(InferError::Overloaded { retry_after: self.retry_after(&line) });
        }
        line.people.push_back(request);
        line.show_waiting();
        drop(line);
        self.something.notify_one();
        Ok(())
    }

    pub(super) fn push_bulk(&self, chunk: Chunk) -> Result<(), InferError> {
        let mut line = self.line();
        if line.closed {
            return Err(InferError::Closed);
        }
        line.bulk.push_back(chunk);
        drop(line);
        self.something.notify_one();
        Ok(())
    }

    /// Blocks until there is something to do. A batch holds the oldest request and those behind it
    /// of its length class, but never more than this worker's share of the line.
    pub(super) fn next(&self, most: usize) -> Work {
        let mut line = self.line();
        loop {
            if line.closed {
                return Work::Stop;
            }
            line.forget_gone();
            if let Some(first) = line.people.pop_front() {
                let share = (line.people.len() + 1).div_ceil(self.threads).min(most);
                let mut batch = vec![first];
                let mut at = 0;
                while batch.len() < share && at < line.people.len() {
                    let fits = line.people.get(at).is_some_and(|r| batch.first().is_some_and(|f| f.class == r.class));
                    match fits.then(|| line.people.remove(at)).flatten() {
                        Some(request) => batch.push(request),
                        None => at += 1,
                    }
                }
                line.show_waiting();
                return Work::Batch(batch);
            }
            if let Some(chunk) = line.bulk.pop_front() {
                return Work::Bulk(chunk);
            }
            line = self.something.wait(line).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Whether a person waits: bulk work pauses.
    pub(super) fn waiting(&self) -> usize {
        self.line().people.len()
    }

    /// Tells how long a batch took one worker.
    pub(super) fn measured(&self, requests: usize, took: Duration) {
        let each = took.as_secs_f64() / requests.max(1) as f64;
        let mut line = self.line();
        line.seconds_each = Some(line.seconds_each.map_or(each, |old| old + FRESH * (each - old)));
    }

    /// Ends the work: everybody in line is told so by the closing of their channel.
    pub(super) fn close(&self) {
        let mut line = self.line();
        line.closed = true;
        line.people.clear();
        line.bulk.clear();
        drop(line);
        self.something.notify_all();
    }

    /// Time to work off the line at the measured speed.
    fn retry_after(&self, line: &Line) -> Duration {
        let Some(each) = line.seconds_each else { return RETRY_UNKNOWN };
        let seconds = each * line.people.len() as f64 / self.threads as f64;
        Duration::try_from_secs_f64(seconds).unwrap_or(RETRY_MOST).clamp(RETRY_UNKNOWN, RETRY_MOST)
    }
}

impl Line {
    /// Drops requests that nobody waits for, uncomputed.
    fn forget_gone(&mut self) {
        let now = Instant::now();
        let before = self.people.len();
        self.people.retain(|request| !request.is_gone(now));
        let gone = before - self.people.len();
        if gone > 0 {
            metrics::counter!("tingsu_infer_dropped_total").increment(gone as u64);
            self.show_waiting();
        }
    }

    fn show_waiting(&self) {
        metrics::gauge!("tingsu_infer_waiting").set(self.people.len() as f64);
    }
}
