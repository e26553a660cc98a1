//! The `tingsu` command.

use std::process::ExitCode;

/// A third more tokens per second than the system's allocator: tensors are large and short-lived.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    tingsu::cli::run()
}
