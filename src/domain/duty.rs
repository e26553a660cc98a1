//! What a deed is called and whose it is: of the hotline, of the 主办单位, or also of a unit that only assists (协办).

use super::{Deed, Right};

impl Deed {
    /// Stable word, also that of the audit.
    pub fn code(&self) -> &'static str {
        match self {
            Deed::Transfer { .. } => "transferred",
            Deed::Dispatch { .. } => "dispatched",
            Deed::Sign => "signed",
            Deed::Return { .. } => "returned",
            Deed::Contact { .. } => "contacted",
            Deed::Reply { .. } => "replied",
            Deed::Revisit { .. } => "revisited",
            Deed::Reopen { .. } => "reopened",
            Deed::Archive { .. } => "archived",
            Deed::Assign { .. } => "assigned",
            Deed::Mark { .. } => "marked",
            Deed::Note { .. } => "noted",
            Deed::Whistle { .. } => "whistled",
            Deed::Report { .. } => "reported",
            Deed::Repeat { of: Some(_), .. } => "repeat_marked",
            Deed::Repeat { of: None, .. } => "repeat_unmarked",
        }
    }

    /// The field's word.
    pub fn label(&self) -> &'static str {
        match self {
            Deed::Transfer { .. } => "转接",
            Deed::Dispatch { .. } => "派单",
            Deed::Sign => "签收",
            Deed::Return { .. } => "退单",
            Deed::Contact { .. } => "联系",
            Deed::Reply { .. } => "答复",
            Deed::Revisit { .. } => "回访",
            Deed::Reopen { .. } => "二次办理",
            Deed::Archive { .. } => "归档",
            Deed::Assign { .. } => "指定经办人",
            Deed::Mark { off: false, .. } => "标注",
            Deed::Mark { off: true, .. } => "取消标注",
            Deed::Note { .. } => "备注",
            Deed::Whistle { .. } => "吹哨",
            Deed::Report { .. } => "报到",
            Deed::Repeat { of: Some(_), .. } => "标为重复",
            Deed::Repeat { of: None, .. } => "取消重复",
        }
    }

    /// The right that it needs: the hotline dispatches, revisits, files and says what repeats what; the unit signs, contacts,
    /// answers and returns; who handles a ticket may mark it and leave a note.
    pub fn right(&self) -> Right {
        match self {
            Deed::Transfer { .. }
            | Deed::Dispatch { .. }
            | Deed::Revisit { .. }
            | Deed::Reopen { .. }
            | Deed::Archive { .. }
            | Deed::Repeat { .. } => Right::Receive,
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
