//! Each room's error, as a fault with its kind.

use crate::{
    domain::{Fault, FaultKind},
    infer::InferError,
    search::SearchError,
    store::StoreError,
};

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        let kind = match &error {
            StoreError::NotFound(_) => FaultKind::NotFound,
            StoreError::Conflict(_) => FaultKind::Conflict,
            StoreError::Refused(_) => FaultKind::Invalid,
            StoreError::Damaged(_) => FaultKind::Damaged,
            StoreError::Backend(_) => FaultKind::Unavailable,
        };
        Fault::new(kind, error.to_string())
    }
}

impl From<SearchError> for Fault {
    fn from(error: SearchError) -> Self {
        let kind = match &error {
            SearchError::Damaged { .. } => FaultKind::Damaged,
            SearchError::Absent(_) => FaultKind::NotFound,
            SearchError::Locked(_) | SearchError::NoRoom(_) | SearchError::Backend(_) => FaultKind::Unavailable,
        };
        Fault::new(kind, error.to_string())
    }
}

impl From<InferError> for Fault {
    fn from(error: InferError) -> Self {
        let kind = match &error {
            InferError::Overloaded { .. } | InferError::Late => FaultKind::Overloaded,
            InferError::Closed => FaultKind::Unavailable,
            InferError::Model(_) => FaultKind::Internal,
        };
        let fault = Fault::new(kind, error.to_string());
        match error {
            InferError::Overloaded { retry_after } => fault.after(retry_after),
            _ => fault,
        }
    }
}

/// A task on the blocking pool that ended without an answer.
pub(super) fn lost(what: &str) -> Fault {
    Fault::internal(format!("{what} ended without an answer; see the log"))
}
