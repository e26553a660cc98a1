//! Whose a deed is: of the hotline, of the 主办单位, or also of a unit that only assists (协办).

use super::{Deed, Right};

impl Deed {
    /// The right that it needs: the hotline dispatches, revisits and files; the unit signs, contacts,
    /// answers and returns; who handles a ticket may mark it and leave a note.
    pub fn right(&self) -> Right {
        match self {
            Deed::Transfer { .. }
            | Deed::Dispatch { .. }
            | Deed::Revisit { .. }
            | Deed::Reopen { .. }
            | Deed::Archive { .. } => Right::Receive,
            Deed::Sign
            | Deed::Return { .. }
            | Deed::Contact { .. }
            | Deed::Reply { .. }
            | Deed::Assign { .. }
            | Deed::Mark { .. }
            | Deed::Note { .. }
            | Deed::Whistle { .. }
            | Deed::Report { .. } => Right::Handle,
        }
    }

    /// Whether a unit that only assists does it too. It says what it did and reports in; whatever moves the
    /// ticket or its clocks, says who handles it, or widens who sees it, is of whoever answers for it.
    pub fn is_helpers(&self) -> bool {
        matches!(self, Deed::Mark { .. } | Deed::Note { .. } | Deed::Report { .. })
    }
}
