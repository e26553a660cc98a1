//! 吹哨报到 (一哨联办): what one unit cannot settle alone is called out, and the units called report in by a time.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Hours in which units report in, at most.
pub(super) const LONGEST_WITHIN: u32 = 720;
/// Whistles of one ticket at most.
const MOST: usize = 20;

/// One 吹哨.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Whistle {
    /// When it was blown.
    pub at: Timestamp,
    /// By when to report in.
    pub due_at: Timestamp,
    /// Who was called, each once.
    pub units: Vec<Called>,
}

/// A unit that was called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Called {
    /// Its name.
    pub unit: String,
    /// 报到: when it reported in; none while it has not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reported_at: Option<Timestamp>,
}

impl Whistle {
    /// One that calls units to report within hours.
    fn blown(at: Timestamp, units: &[String], within: u32) -> Self {
        let due_at = at.saturating_add(SignedDuration::from_hours(i64::from(within))).unwrap_or(Timestamp::MAX);
        let mut called: Vec<Called> = Vec::new();
        for unit in units {
            if called.iter().all(|own| own.unit != *unit) {
                called.push(Called { unit: unit.clone(), reported_at: None });
            }
        }
        Self { at, due_at, units: called }
    }

    /// Whether somebody has not reported in although the time is over.
    pub fn is_late(&self, now: Timestamp) -> bool {
        now > self.due_at && self.units.iter().any(|own| own.reported_at.is_none())
    }
}

/// Blows one more.
///
/// # Errors
/// There are too many, in the words of the house.
pub(super) fn blow(all: &mut Vec<Whistle>, at: Timestamp, units: &[String], within: u32) -> Result<(), String> {
    if all.len() >= MOST {
        return Err(format!("一件工单最多吹哨 {MOST} 次"));
    }
    all.push(Whistle::blown(at, units, within));
    Ok(())
}

/// Takes down that a unit reported in: for every whistle that waits for it.
///
/// # Errors
/// None waits for it, in the words of the house.
pub(super) fn report(all: &mut [Whistle], unit: &str, at: Timestamp) -> Result<(), String> {
    let waits = |own: &&mut Called| own.unit == unit && own.reported_at.is_none();
    let mut waiting = all.iter_mut().flat_map(|whistle| &mut whistle.units).filter(waits).peekable();
    if waiting.peek().is_none() {
        return Err(format!("“{unit}”没有被吹哨,或已经报到"));
    }
    waiting.for_each(|own| own.reported_at = Some(at));
    Ok(())
}
