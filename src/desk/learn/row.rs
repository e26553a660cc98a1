//! Cases as training rows.

use std::collections::HashSet;

use crate::{
    domain::{Flags, Labels, Urgency},
    labelled::{Gold, Origin, Row},
};

use super::{Case, History, HistoryReport, Skip};

/// The rows of a history that has category and department decided. A type, level or mark that nobody
/// decided is taken from what stood on the ticket, and counted in the report.
pub fn training_rows(history: History) -> (Vec<Row>, HistoryReport) {
    let History { cases, mut report } = history;
    let mut rows = Vec::with_capacity(cases.len());
    for case in cases {
        match row(case, &mut report) {
            Some(row) => rows.push(row),
            None => report.skip(Skip::Incomplete),
        }
    }
    report.used = rows.len() as u64;
    report.groups = rows.iter().map(|r: &Row| r.group.as_str()).collect::<HashSet<_>>().len() as u64;
    (rows, report)
}

fn row(case: Case, report: &mut HistoryReport) -> Option<Row> {
    let Case { id, appeal, labels, stood, group, .. } = case;
    let Labels { appeal_type, category, department, urgency, flags } = labels;
    let gold = Gold {
        category: category?,
        department: department?,
        appeal_type: appeal_type.or(stood.appeal_type)?,
        urgency: urgency.or(stood.urgency).unwrap_or(Urgency::U4),
        flags: flags.clone().or(stood.flags).unwrap_or_else(Flags::new),
        place: None,
        place_read: false,
    };
    report.filled.appeal_type += u64::from(appeal_type.is_none());
    report.filled.urgency += u64::from(urgency.is_none());
    report.filled.flags += u64::from(flags.is_none());
    // an id of its own: the same appeal may come from a file too
    Some(Row { id: format!("ticket/{id}"), appeal, gold, origin: Origin::Real, group })
}
