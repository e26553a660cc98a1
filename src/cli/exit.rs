//! The one table from faults to exit codes.

use crate::{
    boot::BootError,
    domain::{Fault, FaultKind},
    shelf::ShelfError,
};

/// Done.
pub const OK: u8 = 0;
/// A defect of ours.
pub const INTERNAL: u8 = 1;
/// Wrong arguments, wrong configuration, unreadable or wrong input.
pub const USAGE: u8 = 2;
/// Done, but some lines or rows were not: they are reported where the command says.
pub const PARTLY: u8 = 3;

/// Done; the text that was examined contradicts itself (4 to 8 are kinds of faults).
pub const CONTRADICTS: u8 = 9;

/// Exit code of a fault kind.
pub fn code(kind: FaultKind) -> u8 {
    match kind {
        FaultKind::Internal => INTERNAL,
        FaultKind::Invalid | FaultKind::TooLarge | FaultKind::Unsupported => USAGE,
        FaultKind::NotFound => 4,
        FaultKind::Conflict => 5,
        FaultKind::Forbidden => 6,
        FaultKind::Overloaded | FaultKind::Unavailable => 7,
        FaultKind::Damaged => 8,
    }
}

/// Why a command ends with another code than 0.
#[derive(Debug)]
pub struct Failure {
    /// Exit code.
    pub code: u8,
    /// For stderr; empty if the command has said everything.
    pub message: String,
}

impl Failure {
    /// A failure with a code.
    pub fn new(code: u8, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// Wrong input.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(USAGE, message)
    }

    /// A defect of ours.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(INTERNAL, message)
    }

    /// Reading or writing a file.
    pub fn file(what: &str, path: &std::path::Path, error: &std::io::Error) -> Self {
        Self::usage(format!("cannot {what} {}: {error}", path.display()))
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::new(code(fault.kind), fault.to_string())
    }
}

impl From<ShelfError> for Failure {
    fn from(error: ShelfError) -> Self {
        let kind = match &error {
            ShelfError::File { .. } => FaultKind::Invalid,
            ShelfError::Absent { .. } | ShelfError::First => FaultKind::NotFound,
            ShelfError::Ambiguous { .. } => FaultKind::Invalid,
            ShelfError::Answers(_) | ShelfError::Already(_) => FaultKind::Conflict,
            ShelfError::Bundle { .. } | ShelfError::Changed { .. } => FaultKind::Damaged,
        };
        Self::new(code(kind), error.to_string())
    }
}

impl From<BootError> for Failure {
    fn from(error: BootError) -> Self {
        match error {
            BootError::Store(error) => Fault::from(error).into(),
            BootError::Search(error) => Fault::from(error).into(),
            BootError::Desk(fault) => fault.into(),
            BootError::Shelf(error) => error.into(),
            other => Self::usage(other.to_string()),
        }
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        match error.downcast::<Fault>() {
            Ok(fault) => fault.into(),
            Err(error) => Self::usage(format!("{error:#}")),
        }
    }
}
