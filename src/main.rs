//! The `tingsu` command.

use std::process::ExitCode;

/// A third more tokens per second than the system's allocator: tensors are large and short-lived.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    without_candles_pool();
    tingsu::cli::run()
}

/// Starts the program once more in its place, in an environment that leaves candle's thread pool
/// empty.
///
/// That pool serves one caller at a time, the others wait, and its threads spin between calls; here
/// many threads compute side by side, so it only takes time from them (two cores, 500 appeals: 16.7 s
/// with it, 9.9 s without; training 2,900 and 3,600 tokens a second). Only the environment sets its
/// size, and to change one's own is `unsafe`. Who sets the variable is left alone.
#[cfg(unix)]
fn without_candles_pool() {
    use std::{env, os::unix::process::CommandExt, process::Command};

    const SIZE: &str = "CANDLE_NUM_THREADS";
    if env::var_os(SIZE).is_some() {
        return;
    }
    let mut args = env::args_os();
    if let (Ok(program), Some(name)) = (env::current_exe(), args.next()) {
        // Comes back only if it failed: then the program works all the same, more slowly.
        let _ = Command::new(program).arg0(name).args(args).env(SIZE, "1").exec();
    }
}

#[cfg(not(unix))]
fn without_candles_pool() {}
