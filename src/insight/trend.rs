//! Next week's range of a category or topic, with its back-test.
//!
//! **Method.** The level is the mean of the last eight weeks, each week counting 0.8 of the one after it, in units of
//! working days: a free day (weekend, holiday; shifted working days as the pack's calendar has them) counts as the
//! share of a working day's appeals that it brought so far. From a year of history on the level is multiplied by the
//! season: what the same three weeks of earlier years brought over the eight weeks before them, drawn towards 1 by
//! ten appeals. The range is the shortest one that holds 80 % of a negative binomial whose spread is the likeliest
//! one for the errors that the same method made in the weeks before (a weak prior stands in while there are few).
//!
//! **Back-test.** The method is asked again for each of the last 26 weeks, each time with the days before that week
//! alone; the share of weeks inside their range should be between 70 and 90 %.

use jiff::{ToSpan, civil::Date};

use crate::city::Calendar;

use super::chance::negative_binomial_ln;

/// Whole weeks without which nothing is said.
pub const NEEDED: usize = 8;

/// Weeks of the back-test at most.
pub const TESTED: usize = 26;

/// Weeks of a back-test from which on its share says something.
pub const TELLING: usize = 8;

/// What the range is to hold.
pub const SHARE: f64 = 0.8;

/// The method in the words that stand beside every range.
pub const METHOD: &str = "近 8 周加权水平(近周权重大)× 工作日与节假日 × 往年同周(满一年时);80% 区间按以往预测误差定宽";

/// Weight of a week by that of the week after it.
const FADE: f64 = 0.8;

/// Weeks in a year, so that the same weekday is compared.
const YEAR: usize = 52;

/// Appeals by which the season is drawn towards 1.
const SEASON_PRIOR: f64 = 10.0;

/// Working days' worth of appeals by which the share of a free day is drawn towards 1.
const FREE_PRIOR: f64 = 5.0;

/// Weeks that the spread's prior is worth, and its value (variance over squared mean, beyond chance).
const SPREAD_PRIOR: f64 = 2.0;
const SPREAD: f64 = 0.04;

/// Spreads that are tried.
const SPREADS: [f64; 14] = [0.0, 0.003, 0.006, 0.01, 0.016, 0.025, 0.04, 0.06, 0.09, 0.14, 0.2, 0.35, 0.6, 1.0];

/// Appeals a day, without gaps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Daily {
    /// The first day.
    pub first: Date,
    /// From the first day to the last whole day.
    pub counts: Vec<u32>,
}

/// Next week's range.
#[derive(Clone, Debug, PartialEq)]
pub struct Trend {
    /// First day that is forecast.
    pub from: Date,
    /// Last day that is forecast.
    pub to: Date,
    /// What is to be expected.
    pub expected: f64,
    /// Lower and upper end of the range that holds 80 %.
    pub range: (u32, u32),
    /// The last seven days.
    pub last_week: u32,
    /// Mean of the last eight weeks.
    pub usual: f64,
    /// Whole weeks of history.
    pub weeks: usize,
    /// The season's factor; none with less than a year of history.
    pub season: Option<f64>,
    /// How the method did before.
    pub back_test: BackTest,
}

/// How often the range was right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BackTest {
    /// Weeks tried, at most [`TESTED`].
    pub weeks: usize,
    /// Weeks inside their range.
    pub inside: usize,
}

/// Too little is known for a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooShort {
    /// Whole weeks of history.
    pub weeks: usize,
}

impl BackTest {
    /// Share of weeks inside; none with fewer than [`TELLING`] weeks.
    pub fn coverage(&self) -> Option<f64> {
        (self.weeks >= TELLING).then(|| self.inside as f64 / self.weeks as f64)
    }

    /// In words.
    pub fn words(&self) -> String {
        match self.coverage() {
            Some(share) => format!("回测 {} 周,{:.0}% 落在区间内", self.weeks, share * 100.0),
            None if self.weeks == 0 => "历史不足,尚未回测".to_owned(),
            None => format!("回测只有 {} 周({} 周落在区间内),不足以评价", self.weeks, self.inside),
        }
    }

    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { weeks: self.weeks + other.weeks, inside: self.inside + other.inside }
    }
}

impl TooShort {
    /// In words.
    pub fn words(&self) -> String {
        format!("历史只有 {} 周,满 {NEEDED} 周才给出区间", self.weeks)
    }
}

impl Trend {
    /// The range in words.
    pub fn words(&self) -> String {
        format!("预计 {}–{} 件(近一周 {} 件)", self.range.0, self.range.1, self.last_week)
    }
}

impl Daily {
    /// Counts dates from `first` to `last`; others are left out.
    pub fn of(first: Date, last: Date, dates: impl IntoIterator<Item = (Date, u32)>) -> Self {
        let days = |to: Date| (to - first).get_days();
        let mut counts = vec![0_u32; usize::try_from(days(last) + 1).unwrap_or(0)];
        for (date, n) in dates {
            if let Some(count) = usize::try_from(days(date)).ok().and_then(|at| counts.get_mut(at)) {
                *count = count.saturating_add(n);
            }
        }
        Self { first, counts }
    }

    fn day(&self, at: usize) -> Option<Date> {
        self.first.checked_add(i64::try_from(at).ok()?.days()).ok()
    }
}

/// The range of the seven days after the last one, with its back-test.
///
/// # Errors
/// Fewer than [`NEEDED`] whole weeks are known.
pub fn trend(days: &Daily, calendar: &Calendar) -> Result<Trend, TooShort> {
    let series = Series::of(days, calendar);
    let end = days.counts.len();
    let weeks = end / 7;
    let short = TooShort { weeks };
    if weeks < NEEDED {
        return Err(short);
    }
    // What would have been expected of each week before, newest first: for the ranges and for their spreads.
    let past: Vec<(u32, f64)> = (1..=2 * TESTED)
        .map_while(|back| {
            let at = end.checked_sub(7 * back).filter(|at| *at >= 7 * NEEDED)?;
            Some((series.week(at), series.expected(at).0))
        })
        .collect();
    let mut back_test = BackTest::default();
    for (at, (count, expected)) in past.iter().enumerate().take(TESTED) {
        let (low, high) = range(*expected, spread(past.get(at + 1..).unwrap_or_default()));
        back_test.weeks += 1;
        back_test.inside += usize::from((low..=high).contains(count));
    }
    let (expected, season) = series.expected(end);
    let (Some(from), Some(to)) = (days.day(end), days.day(end + 6)) else { return Err(short) };
    Ok(Trend {
        from,
        to,
        expected,
        range: range(expected, spread(&past)),
        last_week: series.week(end - 7),
        usual: f64::from((1..=NEEDED).map(|back| series.week(end - 7 * back)).sum::<u32>()) / NEEDED as f64,
        weeks,
        season,
        back_test,
    })
}

/// A series with its kinds of day, a week longer than what is known.
struct Series<'d> {
    counts: &'d [u32],
    free: Vec<bool>,
}

impl<'d> Series<'d> {
    fn of(days: &'d Daily, calendar: &Calendar) -> Self {
        let free = |at: usize| days.day(at).is_some_and(|d| !calendar.is_workday(d));
        Self { counts: &days.counts, free: (0..days.counts.len() + 7).map(free).collect() }
    }

    /// Appeals of the seven days from `at`.
    fn week(&self, at: usize) -> u32 {
        self.counts.get(at..at + 7).unwrap_or_default().iter().sum()
    }

    /// Working days' worth of the seven days from `at`, a free day being worth `share`.
    fn worth(&self, at: usize, share: f64) -> f64 {
        self.free.get(at..at + 7).unwrap_or_default().iter().map(|free| if *free { share } else { 1.0 }).sum()
    }

    /// What the seven days from `end` are expected to bring, by the days before, and the season in it.
    fn expected(&self, end: usize) -> (f64, Option<f64>) {
        let share = self.free_share(end);
        let (mut appeals, mut worth, mut weight) = (0.0, 0.0, 1.0);
        for back in 1..=NEEDED {
            let Some(at) = end.checked_sub(7 * back) else { break };
            appeals += weight * f64::from(self.week(at));
            worth += weight * self.worth(at, share);
            weight *= FADE;
        }
        let season = self.season(end, share);
        // half an appeal: what never came may come
        let level = (appeals + 0.5 * FADE.powi(NEEDED as i32)) / worth.max(0.1);
        ((level * self.worth(end, share) * season.unwrap_or(1.0)).max(0.05), season)
    }

    /// What a free day brings by what a working day does, over the last half year.
    fn free_share(&self, end: usize) -> f64 {
        let from = end.saturating_sub(7 * TESTED);
        let (mut days, mut appeals) = ([0.0_f64; 2], [0.0_f64; 2]);
        for at in from..end {
            let free = usize::from(self.free[at]);
            days[free] += 1.0;
            appeals[free] += f64::from(self.counts[at]);
        }
        let working = appeals[0] / days[0].max(1.0);
        if working <= 0.0 {
            return 1.0;
        }
        let prior = FREE_PRIOR * working;
        ((appeals[1] + prior) / (days[1] * working + prior)).clamp(0.05, 3.0)
    }

    /// What the same weeks of earlier years brought by what the eight weeks before them did.
    fn season(&self, end: usize, share: f64) -> Option<f64> {
        let (mut then, mut usual) = (0.0, 0.0);
        for years in 1..=5 {
            let Some(same) = end.checked_sub(7 * YEAR * years).filter(|at| *at >= 7 * (NEEDED + 1)) else { break };
            let per_day = |at: usize| f64::from(self.week(at)) / self.worth(at, share).max(0.1);
            then += [same - 7, same, same + 7].into_iter().map(per_day).sum::<f64>() * 5.0;
            let before: f64 = (1..=NEEDED).map(|back| per_day(same - 7 * back)).sum();
            usual += before * 5.0 * 3.0 / NEEDED as f64;
        }
        (usual > 0.0).then(|| ((then + SEASON_PRIOR) / (usual + SEASON_PRIOR)).clamp(0.25, 4.0))
    }
}

/// The likeliest spread of past weeks around what was expected of them.
fn spread(past: &[(u32, f64)]) -> f64 {
    let past = past.get(..TESTED).unwrap_or(past);
    let likelihood = |spread: f64| {
        let size = if spread > 0.0 { 1.0 / spread } else { f64::INFINITY };
        let said: f64 = past.iter().map(|(count, expected)| negative_binomial_ln(*count, *expected, size)).sum();
        // a chi-square prior around SPREAD
        let off = ((spread + 0.005) / (SPREAD + 0.005)).ln();
        said - SPREAD_PRIOR * 0.25 * off * off
    };
    let best = SPREADS.iter().map(|s| (*s, likelihood(*s))).reduce(|a, b| if b.1 > a.1 { b } else { a });
    best.map_or(SPREAD, |(s, _)| s)
}

/// The shortest range whose probability is nearest to [`SHARE`].
fn range(mean: f64, spread: f64) -> (u32, u32) {
    let size = if spread > 0.0 { 1.0 / spread } else { f64::INFINITY };
    let p = |k: u32| negative_binomial_ln(k, mean, size).exp();
    let mode = (mean * (1.0 - spread)).max(0.0).floor() as u32;
    let (mut low, mut high, mut held) = (mode, mode, p(mode));
    loop {
        let below = low.checked_sub(1).map_or(0.0, p);
        let above = p(high.saturating_add(1));
        let next = below.max(above);
        if next <= 0.0 || (SHARE - held).abs() <= (held + next - SHARE).abs() {
            return (low, high);
        }
        if below >= above {
            low -= 1
        } else {
            high += 1
        }
        held += next;
    }
}
