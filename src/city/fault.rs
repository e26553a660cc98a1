//! Faults of a pack: all of them, each with file and line.

use std::fmt;

/// One fault of a pack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackFault {
    /// File name in the pack.
    pub file: String,
    /// Line from 1; 0 where the whole file is meant.
    pub line: usize,
    /// What is wrong and what to do.
    pub message: String,
}

impl fmt::Display for PackFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.file, self.message),
            line => write!(f, "{}:{line}: {}", self.file, self.message),
        }
    }
}

/// All faults found in one reading: a pack is taken whole or not at all.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct PackFaults(pub Vec<PackFault>);

impl PackFaults {
    pub(super) fn add(&mut self, file: &str, line: usize, message: impl Into<String>) {
        self.0.push(PackFault { file: file.to_owned(), line, message: message.into() });
    }
}

impl fmt::Display for PackFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, fault) in self.0.iter().enumerate() {
            let sep = if n == 0 { "" } else { "\n" };
            write!(f, "{sep}{fault}")?;
        }
        Ok(())
    }
}

impl std::error::Error for PackFaults {}
