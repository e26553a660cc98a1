//! Our side: both precisions, with one thread or all.

use std::{path::Path, sync::Arc, time::Instant};

use rayon::{ThreadPool, ThreadPoolBuilder};
use tingsu::{
    city::CityPack,
    domain::Appeal,
    infer::{Infer, InferConfig},
    model::{Bundle, Precision},
    triage::Triager,
};

use super::{BATCH, System, input};

pub(crate) struct Ours {
    pub(crate) int8: Arc<Bundle>,
    float: Arc<Bundle>,
    /// By number of threads.
    pools: Vec<ThreadPool>,
}

impl Ours {
    pub(crate) fn open(model: &Path) -> Self {
        let [int8, float] = [Precision::Int8, Precision::Float].map(|p| Arc::new(Bundle::open_in(model, p).unwrap()));
        let most = std::thread::available_parallelism().map_or(1, usize::from);
        let pools = (1..=most).map(|n| ThreadPoolBuilder::new().num_threads(n).build().unwrap()).collect();
        Self { int8, float, pools }
    }

    pub(crate) fn id(&self) -> &str {
        self.int8.id()
    }

    fn bundle(&self, system: System) -> &Arc<Bundle> {
        if system == System::OursF32 { &self.float } else { &self.int8 }
    }

    pub(crate) fn logits(&self, system: System, threads: usize, ids: &[Vec<u32>]) -> Vec<Vec<f32>> {
        let bundle = self.bundle(system);
        self.pools[threads - 1].install(|| bundle.logits(ids).unwrap())
    }

    /// Seconds of each call, as the worker of the peers counts them.
    pub(crate) fn time(
        &self,
        system: System,
        threads: usize,
        ids: &[Vec<u32>],
        seconds: f64,
        least: usize,
    ) -> Vec<f64> {
        self.logits(system, threads, ids);
        let (mut calls, start) = (Vec::new(), Instant::now());
        while start.elapsed().as_secs_f64() < seconds || calls.len() < least {
            let before = Instant::now();
            assert_eq!(self.logits(system, threads, ids).len(), ids.len());
            calls.push(before.elapsed().as_secs_f64());
        }
        calls
    }

    /// From text to calibrated labels, n-gram votes included, in batches on all cores: seconds and tokens.
    pub(crate) fn appeals(&self, system: System, appeals: &[Appeal]) -> (f64, usize) {
        let bundle = self.bundle(system);
        let start = Instant::now();
        let mut tokens = 0;
        for batch in appeals.chunks(BATCH) {
            let inputs: Vec<_> = batch.iter().map(input).collect();
            let said = bundle.predict(&inputs, false).unwrap();
            assert_eq!(said.len(), batch.len());
            tokens += said.iter().map(|p| p.tokens).sum::<usize>();
        }
        (start.elapsed().as_secs_f64(), tokens)
    }

    /// The whole suggestion as it is served: with rules, places, marks and reasons.
    pub(crate) fn service(&self, threads: usize) -> Infer {
        let pack = CityPack::open(&Path::new(env!("CARGO_MANIFEST_DIR")).join("corpora/jianghai"));
        let pack = Arc::new(pack.unwrap_or_else(|faults| panic!("the demo city does not read:\n{faults}")));
        let triager = Triager::new(pack, Some(Arc::clone(&self.int8)));
        Infer::start(Arc::new(triager), InferConfig { queue: 256, batch: 16, threads })
    }
}
