//! Printing of results: a reader that left (`| head`) is no fault, a disk that is full is one.
//!
//! The commands print with `println!` and `print!`; those of this file stand for the standard ones here, which panic
//! when the other end of a pipe is closed.

use std::{
    fmt,
    io::{self, Write},
    sync::{Mutex, PoisonError},
};

use super::exit::Failure;

/// Why nothing more can be printed.
static STOPPED: Mutex<Option<io::Error>> = Mutex::new(None);

/// Prints, unless that has failed before.
pub(super) fn print(text: fmt::Arguments<'_>) {
    let mut stopped = STOPPED.lock().unwrap_or_else(PoisonError::into_inner);
    if stopped.is_none() {
        *stopped = io::stdout().write_fmt(text).err();
    }
}

/// What a command has to say at its end about what it could not print.
pub(super) fn printed() -> Result<(), Failure> {
    let flushed = io::stdout().flush().err();
    match STOPPED.lock().unwrap_or_else(PoisonError::into_inner).take().or(flushed) {
        Some(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::usage(format!("结果没有写完:{error}")))
        }
        _ => Ok(()),
    }
}

macro_rules! print {
    ($($text:tt)*) => { $crate::cli::print::print(format_args!($($text)*)) };
}

macro_rules! println {
    ($($text:tt)*) => { $crate::cli::print::print(format_args!("{}\n", format_args!($($text)*))) };
}
