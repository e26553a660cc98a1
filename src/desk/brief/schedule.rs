//! Briefs by the clock: runs are rows, one for each kind and window, so that a run that was missed is
//! made up and none is made twice, whatever happens to the process.

use jiff::{
    SignedDuration, Timestamp, ToSpan,
    civil::{Date, Time, Weekday},
};
use tracing::warn;

use crate::domain::{
    Actor, Fault, FaultKind,
    brief::{BriefKind, Window},
    city_instant, city_time,
};

use super::{super::Desk, BriefAsk};

/// A run not finished by then is taken again.
const LEASE_SECONDS: i64 = 1_800;
/// A run that failed so often is tried again a day later only.
const MOST_ATTEMPTS: i64 = 10;
/// How many missed runs of a schedule are made up: the days of a year and more.
const MADE_UP: usize = 400;
/// Up to when runs are planned: what lies before is not planned again, nor made up where no schedule ran.
const SINCE: &str = "briefs_since";

/// When a kind of brief is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Daily or weekly.
    pub kind: BriefKind,
    /// For weekly: the weekday on which the week begins and ends (0 is Monday).
    pub weekday: i8,
    /// Hour of the day at which days are cut.
    pub cut_hour: u8,
    /// Minutes after the end of the window at which the brief is made.
    pub after_minutes: u32,
}

/// The last window of a kind that had ended at `now`: the day or the week (from `weekday`) cut at an hour.
pub fn brief_window(kind: BriefKind, weekday: i8, cut_hour: u8, now: Timestamp) -> Option<Window> {
    let local = city_time(now);
    let mut end: Date = local.date();
    if local.hour() < i8::try_from(cut_hour).ok()? {
        end = end.yesterday().ok()?;
    }
    if kind == BriefKind::Weekly {
        let wanted = Weekday::from_monday_zero_offset(weekday).ok()?;
        while end.weekday() != wanted {
            end = end.yesterday().ok()?;
        }
    }
    let days = if kind == BriefKind::Weekly { 7 } else { 1 };
    let cut = Time::new(i8::try_from(cut_hour).ok()?, 0, 0, 0).ok()?;
    let at = |day: Date| city_instant(day.to_datetime(cut));
    Some(Window { from: at(end.checked_sub(days.days()).ok()?), to: at(end), cut_hour })
}

impl Desk {
    /// Plans what is due and makes the next brief that is planned; whether one was made or given up.
    ///
    /// # Errors
    /// The store failed; the same step can be tried again.
    pub async fn brief_step(&self, schedules: &[Schedule]) -> Result<bool, Fault> {
        let (store, now) = (&self.room.store, self.now());
        let noted: Option<Timestamp> = store.note(SINCE).await?.map(|text| text.parse().unwrap_or(now));
        // A clock that was ahead once must not stop the schedule until it is caught up with.
        let since = match noted.filter(|since| *since <= now) {
            Some(since) => since,
            None if schedules.is_empty() => return Ok(false),
            None => {
                store.set_note(SINCE, &now.to_string()).await?;
                now
            }
        };
        let due = planned(schedules, since, now);
        if !due.is_empty() {
            store.plan_brief_runs(&due, now).await?;
            // Planned runs are rows that last; each tick need not plan a year of them again.
            store.set_note(SINCE, &now.to_string()).await?;
        }
        let Some(run) = store.claim_brief_run(LEASE_SECONDS, now).await? else { return Ok(false) };
        let ask = BriefAsk { kind: run.kind, window: run.window, subject: None };
        match self.make_brief(&Actor::system(), &ask).await {
            Ok(made) => store.finish_brief_run(run.id, Some(&made.brief.id)).await?,
            // An empty day has no brief.
            Err(fault) if fault.kind == FaultKind::NotFound => store.finish_brief_run(run.id, None).await?,
            Err(fault) => {
                warn!(kind = run.kind.code(), attempts = run.attempts, message = %fault.message, "a brief could not be made");
                let minutes = if run.attempts >= MOST_ATTEMPTS { 24 * 60 } else { 5 * run.attempts.max(1) };
                let retry = now + SignedDuration::from_mins(minutes);
                store.fail_brief_run(run.id, &fault.message, retry).await?;
            }
        }
        Ok(true)
    }
}

/// The windows whose time has come between `since` and `now`, oldest first; at most [`MADE_UP`] of a schedule.
fn planned(schedules: &[Schedule], since: Timestamp, now: Timestamp) -> Vec<(BriefKind, Window)> {
    let mut out = Vec::new();
    for schedule in schedules {
        let lag = SignedDuration::from_mins(i64::from(schedule.after_minutes));
        let mut at = now - lag;
        let mut own = Vec::new();
        while own.len() < MADE_UP {
            let Some(window) = brief_window(schedule.kind, schedule.weekday, schedule.cut_hour, at) else { break };
            if window.to + lag < since {
                break;
            }
            own.push((schedule.kind, window));
            at = window.to - SignedDuration::from_secs(1);
        }
        own.reverse();
        out.extend(own);
    }
    out
}
