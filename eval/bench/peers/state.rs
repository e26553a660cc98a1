//! The machine, and how busy others kept it while we measured.

use std::{fs, time::Instant};

/// Kernel ticks in a second, as `/proc` counts everywhere.
const TICKS: f64 = 100.0;

/// Load of the machine over a stretch of time.
#[derive(Clone, Debug, Default)]
pub(crate) struct Load {
    /// Running processes on average over the last minute, before.
    pub(crate) before: String,
    /// Cores that processes other than ours used, on average.
    pub(crate) others: f64,
    pub(crate) seconds: f64,
}

pub(crate) struct State {
    own: Vec<u32>,
    busy: f64,
    ours: f64,
    load: String,
    since: Instant,
}

impl State {
    /// From now on; `own` are the processes that measure.
    pub(crate) fn now(own: &[u32]) -> Self {
        let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
        let load = load.split(' ').next().unwrap_or("?").to_owned();
        Self { own: own.to_vec(), busy: busy(), ours: own.iter().map(|p| used(*p)).sum(), load, since: Instant::now() }
    }

    pub(crate) fn until_now(&self) -> Load {
        let seconds = self.since.elapsed().as_secs_f64();
        let ours = self.own.iter().map(|p| used(*p)).sum::<f64>() - self.ours;
        Load { before: self.load.clone(), others: ((busy() - self.busy - ours) / seconds).max(0.0), seconds }
    }
}

/// Seconds that all cores together were busy.
fn busy() -> f64 {
    let stat = fs::read_to_string("/proc/stat").unwrap_or_default();
    let numbers = stat.lines().next().unwrap_or("").split_whitespace().skip(1).map(|n| n.parse().unwrap_or(0.0));
    let numbers: Vec<f64> = numbers.collect();
    // user, nice, system, (idle, waiting,) interrupts, stolen by other machines
    [0, 1, 2, 5, 6, 7].iter().filter_map(|i| numbers.get(*i)).sum::<f64>() / TICKS
}

/// Seconds of all cores that a process used.
fn used(process: u32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let after = stat.rsplit(')').next().unwrap_or("");
    after.split_whitespace().skip(11).take(2).filter_map(|n| n.parse::<f64>().ok()).sum::<f64>() / TICKS
}

/// Processor and cores.
pub(crate) fn machine() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let field = |name: &str| {
        let line = info.lines().find(|l| l.split(':').next().is_some_and(|n| n.trim() == name));
        line.and_then(|l| Some(l.split_once(':')?.1.trim().to_owned())).unwrap_or_default()
    };
    let flags = field("flags");
    let has: Vec<&str> = ["avx2", "avx512_vnni", "avx512_bf16", "amx_bf16", "amx_int8"]
        .into_iter()
        .filter(|f| flags.split(' ').any(|own| own == *f))
        .collect();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    format!("{cores} cores of {} ({})", field("model name"), has.join(" "))
}

/// Resident memory of a process in MB: now, and at its peak.
pub(crate) fn memory(process: u32) -> (f64, f64) {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let field = |name: &str| {
        let line = status.lines().find_map(|l| l.strip_prefix(name));
        line.and_then(|l| l.split_whitespace().next()?.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
    };
    (field("VmRSS:"), field("VmHWM:"))
}
