//! Two halves of a batch at the same time, each on a thread of its own.

use rayon::{ThreadPool, ThreadPoolBuilder};

use super::TrainError;

/// Two pools of one thread. candle splits large element-wise operations over the pool that it is
/// called from: over a shared pool the halves would wait (spinning) for each other.
pub(super) struct Halves([ThreadPool; 2]);

impl Halves {
    pub(super) fn new() -> Result<Self, TrainError> {
        let pool = || {
            let built = ThreadPoolBuilder::new().num_threads(1).build();
            built.map_err(|e| TrainError::Data(format!("no thread to train on: {e}")))
        };
        Ok(Self([pool()?, pool()?]))
    }

    /// Runs `half(0)` and `half(1)`.
    pub(super) fn both<T: Send>(&self, half: impl Fn(usize) -> T + Sync) -> [T; 2] {
        std::thread::scope(|scope| {
            let other = scope.spawn(|| self.0[1].install(|| half(1)));
            let own = self.0[0].install(|| half(0));
            match other.join() {
                Ok(other) => [own, other],
                Err(panic) => std::panic::resume_unwind(panic),
            }
        })
    }
}
