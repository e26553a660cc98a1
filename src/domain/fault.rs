//! The closed list of error kinds. Each room has its own error; at the desk each becomes a
//! [`Fault`] whose kind is mapped once to an HTTP status and once to an exit code.

use std::{fmt, time::Duration};

/// What went wrong, as far as the caller has to know to react.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FaultKind {
    /// The input is wrong: the message names the field or line.
    Invalid,
    /// No such thing.
    NotFound,
    /// It contradicts what is stored already.
    Conflict,
    /// Nobody has said who is asking: log in, or send a key.
    Unauthenticated,
    /// The actor may not do this.
    Forbidden,
    /// The same was tried too often; try again after the stated time.
    TooMany,
    /// The body or field is larger than the limit.
    TooLarge,
    /// The media type or file format is not one we read.
    Unsupported,
    /// Too much work at present; try again after the stated time.
    Overloaded,
    /// A part of the service (model, index, store) is not available.
    Unavailable,
    /// Stored data does not match its checksum or schema.
    Damaged,
    /// A defect of ours.
    Internal,
}

impl FaultKind {
    /// All kinds; the two mapping tables are tested to cover them.
    pub const ALL: [FaultKind; 12] = [
        FaultKind::Invalid,
        FaultKind::NotFound,
        FaultKind::Conflict,
        FaultKind::Unauthenticated,
        FaultKind::Forbidden,
        FaultKind::TooMany,
        FaultKind::TooLarge,
        FaultKind::Unsupported,
        FaultKind::Overloaded,
        FaultKind::Unavailable,
        FaultKind::Damaged,
        FaultKind::Internal,
    ];

    /// Stable code on the wire.
    pub fn code(self) -> &'static str {
        match self {
            FaultKind::Invalid => "invalid",
            FaultKind::NotFound => "not_found",
            FaultKind::Conflict => "conflict",
            FaultKind::Unauthenticated => "unauthenticated",
            FaultKind::Forbidden => "forbidden",
            FaultKind::TooMany => "too_many",
            FaultKind::TooLarge => "too_large",
            FaultKind::Unsupported => "unsupported",
            FaultKind::Overloaded => "overloaded",
            FaultKind::Unavailable => "unavailable",
            FaultKind::Damaged => "damaged",
            FaultKind::Internal => "internal",
        }
    }
}

/// An error with its kind. The message is for people: lower case, no full stop, names the thing
/// that failed and what to do; it never carries appeal text or personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The kind.
    pub kind: FaultKind,
    /// What failed.
    pub message: String,
    /// Name of the offending field, if one is to blame.
    pub field: Option<String>,
    /// After how long to try again, if that is known.
    pub after: Option<Duration>,
}

impl Fault {
    /// A fault of any kind.
    pub fn new(kind: FaultKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), field: None, after: None }
    }

    /// [`FaultKind::Invalid`].
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(FaultKind::Invalid, message)
    }

    /// [`FaultKind::NotFound`].
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(FaultKind::NotFound, message)
    }

    /// [`FaultKind::Internal`].
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(FaultKind::Internal, message)
    }

    /// The same fault, which may be gone after a while.
    pub fn after(mut self, wait: Duration) -> Self {
        self.after = Some(wait);
        self
    }

    /// The same fault, blamed on a field.
    pub fn at(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.field {
            Some(field) => write!(f, "{field}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for Fault {}
