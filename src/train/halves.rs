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

    /// Runs `half(0)` and `half(1)`, each with buffers of its own.
    pub(super) fn both<B: Send, T: Send>(&self, own: &mut [B; 2], half: impl Fn(usize, &mut B) -> T + Sync) -> [T; 2] {
        let [first, second] = own;
        std::thread::scope(|scope| {
            let other = scope.spawn(|| self.0[1].install(|| half(1, second)));
            let own = self.0[0].install(|| half(0, first));
            match other.join() {
                Ok(other) => [own, other],
                Err(panic) => std::panic::resume_unwind(panic),
            }
        })
    }
}
