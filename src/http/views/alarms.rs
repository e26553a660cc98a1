//! Alarms on the wire.

use serde::Serialize;
use utoipa::ToSchema;

use crate::{desk::AlarmBook, domain::format_city, store::AlarmLine, text::mask};

/// Alarms as they stand.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AlarmBookView {
    /// The last line of each alarm that is open, newest first.
    pub open: Vec<AlarmLineView>,
    /// The latest lines of all, newest first.
    pub lines: Vec<AlarmLineView>,
}

/// A line of an alarm's history.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AlarmLineView {
    /// Stable name of the stream.
    pub stream: String,
    /// `event`, `place` (a category at a place) or `keyword`.
    pub of: String,
    /// Its name.
    pub name: String,
    /// When it happened.
    pub at: String,
    /// When it was told.
    pub told_at: String,
    /// `raised`, `updated` or `closed`.
    pub change: String,
    /// 突发 or 集中.
    pub kind: String,
    /// Why.
    pub cause: String,
    /// Distinct callers in the window.
    pub callers: usize,
    /// The window, in hours.
    pub window_hours: f64,
    /// What was to be expected in the window.
    pub expected: f64,
    /// How likely so many are by chance.
    pub p: f64,
    /// More than five times what is usual.
    pub surge: bool,
    /// The event that holds half of its tickets.
    pub event: Option<String>,
    /// Tickets in the window.
    pub tickets: Vec<String>,
}

impl AlarmBookView {
    /// Of all.
    pub fn of(book: &AlarmBook) -> Self {
        let views = |lines: &[AlarmLine]| lines.iter().map(AlarmLineView::of).collect();
        Self { open: views(&book.open), lines: views(&book.lines) }
    }
}

impl AlarmLineView {
    /// Of one line.
    pub fn of(line: &AlarmLine) -> Self {
        Self {
            stream: line.stream.clone(),
            of: line.of.clone(),
            name: mask(&line.name).text,
            at: format_city(line.at),
            told_at: format_city(line.told_at),
            change: line.change.clone(),
            kind: if line.sudden { "突发" } else { "集中" }.to_owned(),
            cause: line.cause.clone(),
            callers: line.callers,
            window_hours: line.window_hours,
            expected: line.expected,
            p: line.p,
            surge: line.surge,
            event: line.event.clone(),
            tickets: line.tickets.clone(),
        }
    }
}
