//! The one integration binary: every room through its public face.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]
#![allow(clippy::print_stdout, reason = "a test that measures prints")]

mod browser;
mod city;
mod cli;
mod desk;
mod eval;
mod http;
mod import;
mod infer;
mod insight;
mod labelled;
mod model;
mod report;
mod search;
mod shelf;
mod store;
mod text;
mod tidy;
mod train;
mod triage;

/// Time that this thread has spent on a processor, where the system tells: how long it waited for others
/// says nothing about what is tested.
fn on_cpu() -> Option<std::time::Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split(' ').next()?.parse().ok().map(std::time::Duration::from_nanos)
}
