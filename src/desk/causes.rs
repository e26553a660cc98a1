//! 从一件事到一类事: recurring causes among the tickets of the last weeks, and what an action changed.

use std::collections::HashMap;

use jiff::{Timestamp, civil::Date};

use crate::{
    domain::{Fault, FaultKind, city_date},
    insight::{
        Findings, Heard,
        causes::{Candidate, Effect, Matter, TooFew, candidates, effect},
        span_of,
        trend::Daily,
    },
    store::DayCount,
};

use super::Desk;

/// Candidates of each kind that are kept.
const MOST: usize = 50;

/// Recurring causes, best first.
#[derive(Clone, Debug, Default)]
pub struct Causes {
    /// Second-level categories.
    pub categories: Vec<Candidate>,
    /// Topics, by their ids.
    pub topics: Vec<Candidate>,
}

impl Causes {
    /// Of the appeals that a look took in, and what it found.
    pub fn of(appeals: &[Heard], findings: &Findings) -> Self {
        let hours: Vec<f64> = appeals.iter().filter_map(|a| a.at).map(|at| at.as_second() as f64 / 3600.0).collect();
        if hours.is_empty() {
            return Self::default();
        }
        let day = |hours: f64| Timestamp::from_second((hours * 3600.0).round() as i64).map(city_date);
        let (first, last) = span_of(hours);
        let (Ok(first), Ok(last)) = (day(first), day(last)) else { return Self::default() };
        let best = |matters: Vec<Matter<'_>>| {
            let mut found = candidates(&matters, first, last);
            found.truncate(MOST);
            found
        };
        let categories = appeals.iter().filter_map(|a| matter(a.categories.first()?.0.as_str(), a)).collect();
        let known: HashMap<&str, &Heard> = appeals.iter().map(|a| (a.id.as_str(), a)).collect();
        let of_topics = findings.topics.iter().flat_map(|t| t.tickets.iter().map(|ticket| (t.id.as_str(), ticket)));
        let topics = of_topics.filter_map(|(topic, ticket)| matter(topic, known.get(ticket.as_str())?)).collect();
        Self { categories: best(categories), topics: best(topics) }
    }
}

fn matter<'a>(cause: &'a str, heard: &'a Heard) -> Option<Matter<'a>> {
    let (day, department) = (city_date(heard.at?), heard.department.as_deref());
    Some(Matter { cause, day, department, unsolved: heard.unsolved })
}

impl Desk {
    /// What changed about a category after a day, over all that is stored.
    ///
    /// # Errors
    /// The actor does not see the whole city, there is no such category, or the store failed.
    pub async fn effect(&self, category: &str, action: Date) -> Result<Result<Effect, TooFew>, Fault> {
        if !self.sees_all() {
            return Err(Fault::new(FaultKind::Forbidden, "前后对比涉及全市数据,管辖范围受限的账号不能使用"));
        }
        if !self.city().taxonomy.categories().iter().any(|c| c.code == category) {
            return Err(Fault::invalid("城市包中没有这个类别").at("code"));
        }
        let counts = self.day_counts().await?;
        Ok(compare(&counts, category, action, city_date(self.now())))
    }
}

/// Before and after, up to the last whole day before `today`.
pub fn compare(counts: &[DayCount], category: &str, action: Date, today: Date) -> Result<Effect, TooFew> {
    let none = TooFew { weeks: (0, 0) };
    let (Some(first), Ok(last)) = (counts.first().map(|c| c.day), today.yesterday()) else { return Err(none) };
    let n = |c: &DayCount| (c.day, u32::try_from(c.count).unwrap_or(u32::MAX));
    let all = Daily::of(first, last, counts.iter().map(n));
    let own = Daily::of(first, last, counts.iter().filter(|c| c.category.as_deref() == Some(category)).map(n));
    effect(&own, &all.less(&own), action)
}
