//! Working time: how much of it lies between two instants, by the pack's calendar.

use jiff::{Timestamp, ToSpan, civil::Date};

use crate::{
    city::Calendar,
    domain::{city_date, city_time},
};

/// Days on either side of now of which the calendar is laid out; what lies beyond counts as its edge.
const REACH: i64 = 1_500;
pub(super) const DAY: i64 = 86_400;

/// Working seconds up to any instant, laid out so that a question costs nothing. A working day counts from
/// midnight to midnight, as its deadline runs to its end.
#[derive(Debug)]
pub(super) struct WorkClock {
    first: Date,
    /// Working seconds before each day.
    sums: Vec<i64>,
}

impl WorkClock {
    pub(super) fn new(calendar: &Calendar, now: Timestamp) -> Self {
        let today = city_date(now);
        let first = today.saturating_sub(REACH.days());
        let (mut sums, mut sum, mut day) = (vec![0], 0, first);
        for _ in 0..2 * REACH {
            sum += if calendar.is_workday(day) { DAY } else { 0 };
            sums.push(sum);
            day = day.saturating_add(1.day());
        }
        Self { first, sums }
    }

    fn upto(&self, at: Timestamp) -> i64 {
        let time = city_time(at);
        let days = self.first.until(time.date()).map_or(0, |span| i64::from(span.get_days()));
        let Ok(n) = usize::try_from(days) else { return 0 };
        let last = self.sums.len() - 1;
        if n >= last {
            return self.sums[last];
        }
        let of_day = i64::from(time.hour()) * 3_600 + i64::from(time.minute()) * 60 + i64::from(time.second());
        if self.sums[n + 1] > self.sums[n] { self.sums[n] + of_day } else { self.sums[n] }
    }

    /// Working seconds from one instant to another; negative if it lies before.
    pub(super) fn between(&self, from: Timestamp, to: Timestamp) -> i64 {
        self.upto(to) - self.upto(from)
    }
}
