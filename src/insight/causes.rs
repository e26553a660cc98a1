//! From one thing to one class of things: causes that come back, and what an action changed.
//!
//! **Candidates.** A cause is a category or a topic. Its score is the product of four parts, which are always shown
//! with it: volume log2(1 + appeals); recurrence, the share of the weeks in which it came; departments log2(1 + n), n
//! counting those that handle at least one appeal in twenty of it; and the share left unsolved (drawn towards that of
//! all appeals by ten appeals; where nothing is known of any, one half).
//!
//! **Before and after.** The weekly rate after an action over that before it, divided by the same ratio of all other
//! appeals (what the season and the whole line did meanwhile). The interval is that of the logarithm, with Poisson
//! variances widened by the overdispersion of the weeks (Pearson, at least 1) and Student's t on the weeks.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{ToSpan, civil::Date};

use super::trend::Daily;

/// Appeals without which a cause is no candidate.
const FEWEST: usize = 5;

/// Appeals by which the unsolved share is drawn towards that of all.
const UNSOLVED_PRIOR: f64 = 10.0;

/// Share of a cause's appeals from which on a department counts.
const INVOLVED: f64 = 0.05;

/// Weeks before and after that are compared at most, and at least.
const WEEKS: usize = 12;
const LEAST_WEEKS: usize = 3;

/// Other appeals on each side without which they say nothing about the season.
const CONTROL: f64 = 20.0;

/// One appeal of a cause.
#[derive(Clone, Copy, Debug)]
pub struct Matter<'a> {
    /// Code of the category, or id of the topic.
    pub cause: &'a str,
    /// The day in the city.
    pub day: Date,
    /// 承办单位
    pub department: Option<&'a str>,
    /// Whether it is still unsolved; none where nobody knows.
    pub unsolved: Option<bool>,
}

/// A cause that comes back.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// Code of the category, or id of the topic.
    pub cause: String,
    /// The product of the four parts.
    pub score: f64,
    /// Appeals.
    pub volume: usize,
    /// Weeks in which it came, and weeks that were looked at.
    pub weeks: (usize, usize),
    /// Departments that handle it, most appeals first.
    pub departments: Vec<String>,
    /// Share left unsolved, drawn towards that of all.
    pub unsolved: f64,
    /// Appeals of which it is known whether they were solved.
    pub known: usize,
}

/// Causes by score, highest first. `first` to `last` are the days looked at.
pub fn candidates(matters: &[Matter<'_>], first: Date, last: Date) -> Vec<Candidate> {
    let week = |day: Date| (day - first).get_days().div_euclid(7);
    let all_weeks = usize::try_from(week(last) + 1).unwrap_or(1).max(1);
    let known = || matters.iter().filter_map(|m| m.unsolved);
    let total = known().count();
    let usual = if total > 0 { known().filter(|u| *u).count() as f64 / total as f64 } else { 0.5 };
    let mut by_cause: BTreeMap<&str, Vec<&Matter<'_>>> = BTreeMap::new();
    for matter in matters.iter().filter(|m| (first..=last).contains(&m.day)) {
        by_cause.entry(matter.cause).or_default().push(matter);
    }
    let mut found: Vec<Candidate> = by_cause
        .into_iter()
        .filter(|(_, matters)| matters.len() >= FEWEST)
        .map(|(cause, matters)| {
            let volume = matters.len();
            let weeks = matters.iter().map(|m| week(m.day)).collect::<BTreeSet<i32>>().len();
            let mut handled: BTreeMap<&str, usize> = BTreeMap::new();
            matters.iter().filter_map(|m| m.department).for_each(|d| *handled.entry(d).or_default() += 1);
            let mut handled: Vec<(&str, usize)> =
                handled.into_iter().filter(|(_, n)| *n as f64 >= INVOLVED * volume as f64).collect();
            handled.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
            let known: Vec<bool> = matters.iter().filter_map(|m| m.unsolved).collect();
            let left = known.iter().filter(|u| **u).count() as f64;
            let unsolved = (left + UNSOLVED_PRIOR * usual) / (known.len() as f64 + UNSOLVED_PRIOR);
            let departments = (1.0 + handled.len().max(1) as f64).log2();
            Candidate {
                score: (1.0 + volume as f64).log2() * weeks as f64 / all_weeks as f64 * departments * unsolved,
                cause: cause.to_owned(),
                volume,
                weeks: (weeks, all_weeks),
                departments: handled.into_iter().map(|(d, _)| d.to_owned()).collect(),
                unsolved,
                known: known.len(),
            }
        })
        .collect();
    found.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.cause.cmp(&b.cause)));
    found
}

/// What an action changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Effect {
    /// The day of the action; it counts as after.
    pub action: Date,
    /// Whole weeks before and after that were compared.
    pub weeks: (usize, usize),
    /// Appeals a week before and after.
    pub a_week: (f64, f64),
    /// What all other appeals did meanwhile: after over before.
    pub others: f64,
    /// The rate after over that before, less what all others did: under 1 is fewer.
    pub ratio: f64,
    /// Its 95 % interval.
    pub interval: (f64, f64),
}

/// Too few weeks on one side of the action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooFew {
    /// Whole weeks before and after.
    pub weeks: (usize, usize),
}

impl Effect {
    /// In words: what can be said, and what cannot.
    pub fn words(&self) -> String {
        let percent = |ratio: f64| (ratio - 1.0) * 100.0;
        let (low, high) = self.interval;
        let sure = match (low > 1.0, high < 1.0) {
            (true, _) => "高于此前",
            (_, true) => "低于此前",
            _ => "与此前没有可靠差别",
        };
        format!(
            "每周 {:.1} 件 → {:.1} 件,扣除同期总量变化后 {:+.0}%(95% 区间 {:+.0}% 至 {:+.0}%),{sure}",
            self.a_week.0,
            self.a_week.1,
            percent(self.ratio),
            percent(low),
            percent(high)
        )
    }
}

impl TooFew {
    /// In words.
    pub fn words(&self) -> String {
        format!("前 {} 周、后 {} 周:前后各满 {LEAST_WEEKS} 周才能比较", self.weeks.0, self.weeks.1)
    }
}

/// Compares the weeks before and after a day. `others` are all other appeals of the same days.
///
/// # Errors
/// Fewer than three whole weeks on a side.
pub fn effect(own: &Daily, others: &Daily, action: Date) -> Result<Effect, TooFew> {
    let before = own.weeks(action, -1);
    let after = own.weeks(action, 1);
    let weeks = (before.len(), after.len());
    if weeks.0.min(weeks.1) < LEAST_WEEKS {
        return Err(TooFew { weeks });
    }
    let (rest_before, rest_after) = (others.weeks(action, -1), others.weeks(action, 1));
    let spread = dispersion(&before, &after);
    let rest_spread = dispersion(&rest_before, &rest_after);
    let sum = |counts: &[f64]| counts.iter().sum::<f64>() + 0.5;
    let log_ratio = |before: &[f64], after: &[f64]| {
        ((sum(after) / after.len().max(1) as f64) / (sum(before) / before.len().max(1) as f64)).ln()
    };
    let own_ratio = log_ratio(&before, &after);
    let (rest_ratio, rest_variance) = if sum(&rest_before).min(sum(&rest_after)) < CONTROL {
        (0.0, 0.0)
    } else {
        (log_ratio(&rest_before, &rest_after), rest_spread * (1.0 / sum(&rest_before) + 1.0 / sum(&rest_after)))
    };
    let error = (spread * (1.0 / sum(&before) + 1.0 / sum(&after)) + rest_variance).sqrt();
    let reach = t_quantile((weeks.0 + weeks.1 - 2) as f64) * error;
    let mean = |counts: &[f64]| counts.iter().sum::<f64>() / counts.len().max(1) as f64;
    let log = own_ratio - rest_ratio;
    Ok(Effect {
        action,
        weeks,
        a_week: (mean(&before), mean(&after)),
        others: rest_ratio.exp(),
        ratio: log.exp(),
        interval: ((log - reach).exp(), (log + reach).exp()),
    })
}

impl Daily {
    /// Sums of the whole weeks on one side of a day, nearest first, at most twelve.
    fn weeks(&self, action: Date, side: i64) -> Vec<f64> {
        let begin = i64::from((action - self.first).get_days());
        let week = |n: i64| -> Option<f64> {
            let from = usize::try_from(if side < 0 { begin - 7 * (n + 1) } else { begin + 7 * n }).ok()?;
            Some(f64::from(self.counts.get(from..from + 7)?.iter().sum::<u32>()))
        };
        (0..WEEKS as i64).map_while(week).collect()
    }

    /// This less another of the same days.
    #[must_use]
    pub fn less(&self, other: &Self) -> Self {
        let shift = (self.first - other.first).get_days();
        let theirs = |at: usize| {
            let at = usize::try_from(i64::try_from(at).ok()? + i64::from(shift)).ok()?;
            other.counts.get(at).copied()
        };
        let counts = self.counts.iter().enumerate().map(|(at, n)| n.saturating_sub(theirs(at).unwrap_or(0))).collect();
        Self { first: self.first, counts }
    }

    /// The last day.
    pub fn last(&self) -> Option<Date> {
        let days = i64::try_from(self.counts.len()).ok()? - 1;
        self.first.checked_add(days.days()).ok()
    }
}

/// Pearson's dispersion of weeks around the mean of their side, at least 1.
fn dispersion(before: &[f64], after: &[f64]) -> f64 {
    let mut chi = 0.0;
    for side in [before, after] {
        let mean = side.iter().sum::<f64>() / side.len().max(1) as f64;
        chi += side.iter().map(|n| (n - mean).powi(2)).sum::<f64>() / mean.max(0.5);
    }
    (chi / ((before.len() + after.len()) as f64 - 2.0).max(1.0)).max(1.0)
}

/// The 97.5 % quantile of Student's t, by its expansion around the normal's (error under 0.01 from four degrees on).
fn t_quantile(freedom: f64) -> f64 {
    let z: f64 = 1.959_964;
    let n = freedom.max(1.0);
    z + (z.powi(3) + z) / (4.0 * n)
        + (5.0 * z.powi(5) + 16.0 * z.powi(3) + 3.0 * z) / (96.0 * n * n)
        + (3.0 * z.powi(7) + 19.0 * z.powi(5) + 17.0 * z.powi(3) - 15.0 * z) / (384.0 * n.powi(3))
}
