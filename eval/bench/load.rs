//! The real server under operators who type and people who read; then five times that.
//!
//! `cargo bench --bench load` starts the built binary as `tingsu demo` over a folder of its own
//! (`TINGSU_BENCH_DATA=DIR` takes a demo's folder that is there already, with its triage done, and spares
//! minutes) and a peer in a process of its own: axum answering a static page as large as our list.
//! `TINGSU_BENCH_BINARY=FILE` measures another build. `TINGSU_BENCH_SECONDS=20` is the length of a phase, `TINGSU_BENCH_READS=500`, `TINGSU_BENCH_OPERATORS=50`
//! the load that is called once; the overload is five times both.
//!
//! Reads are an open loop: they are due at fixed instants whatever came of those before, and each is timed
//! from the instant at which it was due, so that a server that stands still cannot hide those that wait.
//! Operators are a closed loop each (a person types on when the suggestion is there), with their requests
//! due at typing pace and timed from there too. The load comes from the same machine: what it costs is said.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a bench prints, and may fail loudly"
)]

#[path = "load/client.rs"]
mod client;
#[path = "load/crowd.rs"]
mod crowd;
#[path = "load/process.rs"]
mod process;
#[path = "load/tally.rs"]
mod tally;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use client::Target;
use crowd::{Mix, Wave};
use process::Running;
use tally::Tally;

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(default)
}

/// One phase against one server.
async fn phase(title: &str, target: &Arc<Target>, server: &Running, wave: Wave) -> Tally {
    let (cpu, own) = (server.cpu(), process::own_cpu());
    let began = Instant::now();
    let peak = server.watch_memory();
    let tally = crowd::run(target, wave).await;
    let took = began.elapsed().as_secs_f64();
    let share = |spent: Duration| 100.0 * spent.as_secs_f64() / took;
    println!(
        "\n{title}: {:.0} s, server {:.0} % of a core, load generator {:.0} %, memory of the server at most {} MB",
        took,
        share(server.cpu() - cpu),
        share(process::own_cpu() - own),
        peak.finish()
    );
    tally.print(took);
    tally
}

#[tokio::main]
async fn main() {
    if std::env::var_os(process::PEER).is_some() {
        return process::serve_static().await;
    }
    let seconds = Duration::from_secs(number("TINGSU_BENCH_SECONDS", 20));
    let (reads, operators) = (number("TINGSU_BENCH_READS", 500), number("TINGSU_BENCH_OPERATORS", 50) as usize);
    println!("{}", process::machine());

    let data = process::Data::ready();
    let ours = Running::demo(data.path());
    let target = Arc::new(Target::new(ours.addr.clone(), Some(ours.key.clone())));
    ours.until_triaged(&target).await;
    let mix = Arc::new(Mix::of(&target).await);
    println!("{}", mix.told());

    let page = target.get("/tickets").await.unwrap();
    let peer = Running::peer(page.length);
    let still = Arc::new(Target::new(peer.addr.clone(), None));
    println!("peer: axum, one static page of {} bytes", page.length);

    // What the machine and this client can do at all: as many connections as keep both busy.
    let alone = crowd::most(&still, &["/".to_owned()], 32, seconds / 4).await;
    println!("\nas fast as it goes, 32 connections, closed loop: peer {alone:.0} pages/s");
    for (kind, paths) in mix.kinds() {
        let rate = crowd::most(&target, &paths, 32, seconds / 4).await;
        println!("  ours {kind} {rate:.0} pages/s, {:.3} of the peer", rate / alone);
    }

    // The same tickets for somebody who sees them masked: what the durable line of each reading costs.
    let masked = Arc::new(Target::new(ours.addr.clone(), Some(ours.key_of("analyst", data.path()))));
    let tickets = mix.kinds().remove("ticket").unwrap_or_default();
    let (open, covered) =
        (crowd::most(&target, &tickets, 32, seconds / 4).await, crowd::most(&masked, &tickets, 32, seconds / 4).await);
    println!(
        "  tickets read open {open:.0} pages/s, masked {covered:.0}: an open one costs {:.2} times",
        covered / open
    );
    println!("  {}", target.metric("tingsu_readings_per_commit").await);

    let once = |reads, operators| Wave { reads, operators, mix: mix.clone(), length: seconds };
    let quiet = phase("peer, reads once", &still, &peer, Wave { mix: Arc::new(Mix::still()), ..once(reads, 0) }).await;
    let normal = phase("ours, once: operators and reads", &target, &ours, once(reads, operators)).await;
    println!(
        "  p99 of reads: {:.1} ms, {:.1} times the peer's",
        normal.reads(0.99),
        normal.reads(0.99) / quiet.reads(0.99).max(0.001)
    );
    let five = Wave { mix: Arc::new(Mix::still()), ..once(5 * reads, 0) };
    phase("peer, reads five times", &still, &peer, five).await;
    let over = phase("ours, five times", &target, &ours, once(5 * reads, 5 * operators)).await;
    over.print_shedding();
    let after = phase("ours, once again right after", &target, &ours, once(reads, operators)).await;
    match after.calm_after(2.0 * normal.reads(0.99).max(20.0)) {
        Some(second) => println!("  reads are as before {second} s after the overload ended"),
        None => println!("  READS DID NOT BECOME AS BEFORE within {} s", seconds.as_secs()),
    }
    println!("\nreadings written to the audit: {}", target.metric("tingsu_readings_per_commit").await);
}
