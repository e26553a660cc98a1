//! The servers as processes, and what they cost.

use std::{
    ffi::OsString,
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

use super::client::Target;

/// Makes this program the peer: bytes of its page.
pub(crate) const PEER: &str = "TINGSU_BENCH_PEER";

/// A demo's data folder.
pub(crate) enum Data {
    Given(PathBuf),
    Own(tempfile::TempDir),
}

impl Data {
    pub(crate) fn ready() -> Self {
        match std::env::var_os("TINGSU_BENCH_DATA") {
            Some(dir) => Data::Given(dir.into()),
            None => Data::Own(tempfile::tempdir().unwrap()),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        match self {
            Data::Given(dir) => dir,
            Data::Own(dir) => dir.path(),
        }
    }
}

/// The program that is measured.
fn binary() -> OsString {
    std::env::var_os("TINGSU_BENCH_BINARY").unwrap_or_else(|| env!("CARGO_BIN_EXE_tingsu").into())
}

/// A server in a process of its own; ended when dropped.
pub(crate) struct Running {
    child: Child,
    pub(crate) addr: String,
    pub(crate) key: String,
}

impl Running {
    pub(crate) fn demo(data: &Path) -> Self {
        let data = data.join("demo");
        let mut child = Command::new(binary())
            .args(["demo", "--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .env("RUST_LOG", "error")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        let key = said.find_map(|line| Some(line.split_once("接口密钥:")?.1.trim().to_owned())).expect("a key");
        let addr = said.find_map(|line| {
            let (_, rest) = line.split_once("听诉已启动:http://")?;
            Some(rest.split('/').next()?.to_owned())
        });
        let addr = addr.expect("the demo starts");
        std::thread::spawn(move || said.for_each(drop));
        Self { child, addr, key }
    }

    /// A new key of a role.
    pub(crate) fn key_of(&self, role: &str, data: &Path) -> String {
        let name = format!("load-{}", self.child.id());
        let made = Command::new(binary())
            .args(["key", "add", &name, "--role", role, "--days", "1", "--data"])
            .arg(data.join("demo"))
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&made.stdout).trim().to_owned();
        assert!(text.starts_with("tsk_"), "{}", String::from_utf8_lossy(&made.stderr));
        text
    }

    pub(crate) fn peer(bytes: usize) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .env(PEER, bytes.to_string())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let addr = said.next().expect("the peer starts");
        Self { child, addr, key: String::new() }
    }

    /// Waits until no ticket waits for its suggestion: what is measured is the load, not the first filling.
    pub(crate) async fn until_triaged(&self, target: &Target) {
        for _ in 0..1_200 {
            let health = target.get("/api/v1/health").await.map(|a| a.body).unwrap_or_default();
            let health: serde_json::Value = serde_json::from_slice(&health).unwrap_or_default();
            let text = health.to_string();
            if health["triage"]["waiting"] == 0 || text.contains("\"triage_waiting\":0") {
                return;
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        panic!("the demo's tickets are not triaged within ten minutes");
    }

    /// Time on a processor, of all threads.
    pub(crate) fn cpu(&self) -> Duration {
        cpu_of(&self.child.id().to_string())
    }

    /// Watches the resident memory until [`Memory::finish`].
    pub(crate) fn watch_memory(&self) -> Memory {
        let (stop, most, id) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)), self.child.id());
        let (stopped, seen) = (stop.clone(), most.clone());
        let thread = std::thread::spawn(move || {
            while !stopped.load(Ordering::SeqCst) {
                seen.fetch_max(resident(id), Ordering::SeqCst);
                std::thread::sleep(Duration::from_millis(200));
            }
        });
        Memory { stop, most, thread }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) struct Memory {
    stop: Arc<AtomicBool>,
    most: Arc<AtomicU64>,
    thread: JoinHandle<()>,
}

impl Memory {
    /// The most megabytes that were seen.
    pub(crate) fn finish(self) -> u64 {
        self.stop.store(true, Ordering::SeqCst);
        let _ = self.thread.join();
        self.most.load(Ordering::SeqCst) / 1024
    }
}

/// Kilobytes.
fn resident(id: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

pub(crate) fn own_cpu() -> Duration {
    cpu_of("self")
}

/// utime and stime of a process; a tick is 10 ms on Linux.
fn cpu_of(id: &str) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    let rest = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
    let field = |n: usize| rest.split(' ').nth(n).and_then(|v| v.parse::<u64>().ok()).unwrap_or(0);
    Duration::from_millis(10 * (field(11) + field(12)))
}

pub(crate) fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let before = load.split(' ').next().unwrap_or("?").to_owned();
    format!("{cores} cores, load average before: {before}; server, load generator and peer share them")
}

/// The peer: one page of so many bytes.
pub(crate) async fn serve_static() {
    let bytes = std::env::var(PEER).ok().and_then(|v| v.parse().ok()).unwrap_or(0);
    let page: &'static str = Box::leak("x".repeat(bytes).into_boxed_str());
    let router = axum::Router::new().route("/", axum::routing::get(move || async move { axum::response::Html(page) }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("{}", listener.local_addr().unwrap());
    axum::serve(listener, router).await.unwrap();
}
