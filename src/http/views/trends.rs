//! Next week's ranges on the wire.

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    desk::{TrendLine, Trends},
    insight::trend::{BackTest, METHOD, TooShort, Trend},
    text::mask,
};

/// All ranges.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TrendsView {
    /// The last whole day that was looked at.
    pub until: Option<String>,
    /// How the ranges are made.
    pub method: String,
    /// Back-test over all categories together: the share should be between 0.7 and 0.9.
    pub back_test: BackTestView,
    /// All tickets.
    pub city: TrendLineView,
    /// Categories of both levels, by code.
    pub categories: Vec<TrendLineView>,
    /// Topics, hottest first.
    pub topics: Vec<TrendLineView>,
}

/// One series.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TrendLineView {
    /// Code or id; empty for the whole city.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Next week; none while history is too short.
    pub next_week: Option<TrendView>,
    /// In words: the range with its back-test, or why there is none.
    pub words: String,
}

/// Next week's range of one series.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TrendView {
    /// First day that is forecast.
    pub from: String,
    /// Last day that is forecast.
    pub to: String,
    /// What is to be expected.
    pub expected: f64,
    /// Lower end of the range that holds 80 %.
    pub low: u32,
    /// Upper end.
    pub high: u32,
    /// The last seven days.
    pub last_week: u32,
    /// Mean of the last eight weeks.
    pub usual: f64,
    /// Whole weeks of history.
    pub weeks: usize,
    /// The season's factor; none with less than a year of history.
    pub season: Option<f64>,
    /// How the method did before.
    pub back_test: BackTestView,
}

/// How often ranges of the last weeks, each made with the days before it alone, were right.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BackTestView {
    /// Weeks tried.
    pub weeks: usize,
    /// Weeks inside their range.
    pub inside: usize,
    /// Share; none with fewer than eight weeks.
    pub coverage: Option<f64>,
}

impl TrendsView {
    /// Of all.
    pub fn of(trends: &Trends) -> Self {
        let lines = |lines: &[TrendLine]| lines.iter().map(TrendLineView::of).collect();
        Self {
            until: trends.until.map(|d| d.to_string()),
            method: METHOD.to_owned(),
            back_test: BackTestView::of(trends.back_test),
            city: TrendLineView::of(&trends.city),
            categories: lines(&trends.categories),
            topics: lines(&trends.topics),
        }
    }
}

impl TrendLineView {
    fn of(line: &TrendLine) -> Self {
        Self {
            id: line.id.clone(),
            name: mask(&line.name).text,
            next_week: line.trend.as_ref().ok().map(TrendView::of),
            words: trend_words(&line.trend),
        }
    }
}

/// The range with its back-test, or why there is none.
pub(crate) fn trend_words(trend: &Result<Trend, TooShort>) -> String {
    match trend {
        Ok(trend) => format!("{};{}", trend.words(), trend.back_test.words()),
        Err(short) => short.words(),
    }
}

impl TrendView {
    /// Of one range.
    pub fn of(trend: &Trend) -> Self {
        Self {
            from: trend.from.to_string(),
            to: trend.to.to_string(),
            expected: trend.expected,
            low: trend.range.0,
            high: trend.range.1,
            last_week: trend.last_week,
            usual: trend.usual,
            weeks: trend.weeks,
            season: trend.season,
            back_test: BackTestView::of(trend.back_test),
        }
    }
}

impl BackTestView {
    fn of(test: BackTest) -> Self {
        Self { weeks: test.weeks, inside: test.inside, coverage: test.coverage() }
    }
}
