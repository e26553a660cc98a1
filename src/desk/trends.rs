//! 趋势: next week's range for the city, each category and each topic.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use jiff::{Timestamp, ToSpan, civil::Date};

use crate::{
    city::CityPack,
    domain::{Fault, FaultKind, city_date},
    insight::trend::{BackTest, Daily, TooShort, Trend, trend},
    store::DayCount,
};

use super::{Desk, trouble::lost};

/// Days of history at most: five years, of which the season takes its mean.
const MOST_DAYS: usize = 1_830;

/// Days without any ticket after which history begins anew: old single tickets are no history.
const GAP: i32 = 28;

/// Days after the last ticket at which the range still starts today.
const FRESH: i32 = 7;

/// Counts that took longer than [`LONG`] stand for so many times as long, whatever comes in: a sixtieth of a
/// processor, however many look.
const STANDS: u32 = 60;
const LONG: Duration = Duration::from_millis(250);

/// Tickets of all days, as last counted.
#[derive(Debug)]
pub(super) struct Counted {
    seq: i64,
    counts: Arc<Vec<DayCount>>,
    made: Instant,
    took: Duration,
}

/// Ranges, and what they were made of.
#[derive(Debug)]
pub(super) struct Ahead {
    counts: Arc<Vec<DayCount>>,
    today: Date,
    pack: String,
    trends: Arc<Trends>,
}

/// One series and its range.
#[derive(Clone, Debug)]
pub struct TrendLine {
    /// Code of the category (two digits for a first level), or id of the topic; empty for the whole city.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Next week, if enough is known.
    pub trend: Result<Trend, TooShort>,
}

/// All ranges.
#[derive(Clone, Debug)]
pub struct Trends {
    /// The last whole day that was looked at; none without tickets.
    pub until: Option<Date>,
    /// All tickets.
    pub city: TrendLine,
    /// First and second levels, by code.
    pub categories: Vec<TrendLine>,
    /// Topics of three tickets at least, as last seen, hottest first.
    pub topics: Vec<TrendLine>,
    /// Back-test over all categories together.
    pub back_test: BackTest,
}

impl Trends {
    /// The range of a category of either level.
    pub fn category(&self, code: &str) -> Option<&TrendLine> {
        self.categories.iter().find(|line| line.id == code)
    }
}

impl Desk {
    /// Next week's ranges, as of the last change, or, where to count takes long, of a while ago.
    ///
    /// # Errors
    /// The actor does not see the whole city, or the store failed.
    pub async fn trends(&self) -> Result<Arc<Trends>, Fault> {
        if !self.sees_all() {
            return Err(Fault::new(FaultKind::Forbidden, "趋势涉及全市数据,管辖范围受限的账号不能使用"));
        }
        // One of many that look at once makes them, the others wait for these.
        let mut kept = self.room.trends.lock().await;
        let (counts, pack, now) = (self.day_counts().await?, self.city(), self.now());
        let today = city_date(now);
        let stands =
            |ahead: &&Ahead| Arc::ptr_eq(&ahead.counts, &counts) && ahead.today == today && ahead.pack == pack.hash;
        if let Some(ahead) = kept.as_ref().filter(stands) {
            return Ok(self.with_topics(&ahead.trends));
        }
        let (own, by) = (counts.clone(), pack.clone());
        let work = move || Trends::of(&own, &by, now);
        let trends = Arc::new(tokio::task::spawn_blocking(work).await.map_err(|_| lost("looking ahead"))?);
        *kept = Some(Ahead { counts, today, pack: pack.hash.clone(), trends: trends.clone() });
        Ok(self.with_topics(&trends))
    }

    /// Tickets by day and category, rising by day: of now, or, where to count takes long, of a while ago.
    pub(super) async fn day_counts(&self) -> Result<Arc<Vec<DayCount>>, Fault> {
        let mut kept = self.room.day_counts.lock().await;
        let seq = self.room.store.last_seq().await?;
        let stands =
            |made: &&Counted| made.seq == seq || (made.took > LONG && made.made.elapsed() < made.took * STANDS);
        if let Some(made) = kept.as_ref().filter(stands) {
            return Ok(made.counts.clone());
        }
        let begun = Instant::now();
        let counts = Arc::new(self.room.store.daily().await?);
        *kept = Some(Counted { seq, counts: counts.clone(), made: Instant::now(), took: begun.elapsed() });
        Ok(counts)
    }

    /// With the topics of the present picture.
    fn with_topics(&self, made: &Arc<Trends>) -> Arc<Trends> {
        let Some(hot) = self.hot() else { return made.clone() };
        let mut topics: Vec<_> = hot.findings.topics.iter().filter(|t| t.tickets.len() >= 3).collect();
        topics.sort_by(|a, b| b.heat.value.total_cmp(&a.heat.value).then_with(|| a.id.cmp(&b.id)));
        let line = |t: &crate::insight::Topic| TrendLine {
            id: t.id.clone(),
            name: t.portrait.title.clone(),
            trend: t.trend.clone(),
        };
        Arc::new(Trends { topics: topics.into_iter().map(line).collect(), ..(**made).clone() })
    }
}

impl Trends {
    /// Of counts by day and category, rising by day. `now` is on the day after the last whole one.
    pub fn of(counts: &[DayCount], pack: &CityPack, now: Timestamp) -> Self {
        let (first, until) = history(counts, now);
        let span = first.zip(until);
        let line = |id: &str, name: String, dates: &[(Date, u32)]| {
            let range = span
                .ok_or(TooShort { weeks: 0 })
                .and_then(|(first, until)| trend(&Daily::of(first, until, dates.iter().copied()), &pack.calendar));
            TrendLine { id: id.to_owned(), name, trend: range }
        };
        let mut all: Vec<(Date, u32)> = Vec::new();
        let mut by_code: BTreeMap<String, Vec<(Date, u32)>> = BTreeMap::new();
        for row in counts {
            let n = u32::try_from(row.count).unwrap_or(u32::MAX);
            all.push((row.day, n));
            let Some(code) = &row.category else { continue };
            by_code.entry(code.clone()).or_default().push((row.day, n));
            if let Some(parent) = code.get(..2).filter(|parent| parent.len() < code.len()) {
                by_code.entry(parent.to_owned()).or_default().push((row.day, n));
            }
        }
        let categories: Vec<TrendLine> =
            by_code.iter().map(|(code, dates)| line(code, category_name(pack, code), dates)).collect();
        let tested = categories.iter().filter_map(|l| l.trend.as_ref().ok());
        Self {
            until,
            back_test: tested.fold(BackTest::default(), |sum, t| sum.and(t.back_test)),
            city: line("", pack.name.clone(), &all),
            categories,
            topics: Vec::new(),
        }
    }
}

/// The first day after the last long silence, and the last whole day.
fn history(counts: &[DayCount], now: Timestamp) -> (Option<Date>, Option<Date>) {
    let today = city_date(now);
    let mut days: Vec<Date> = counts.iter().map(|c| c.day).filter(|d| *d < today).collect();
    days.dedup();
    let Some(&last) = days.last() else { return (None, None) };
    let until = today.yesterday().ok().filter(|y| (*y - last).get_days() <= FRESH).unwrap_or(last);
    let mut starts = days.windows(2).filter(|w| (w[1] - w[0]).get_days() > GAP).map(|w| w[1]);
    let first = starts.next_back().or(days.first().copied());
    let oldest = until.checked_sub(i64::try_from(MOST_DAYS).unwrap_or(i64::MAX).days()).ok();
    (first.max(oldest), Some(until))
}

fn category_name(pack: &CityPack, code: &str) -> String {
    let own = pack.taxonomy.get(code).map(|c| c.level2.clone());
    let parent = || pack.taxonomy.categories().iter().find(|c| c.code.starts_with(code)).map(|c| c.level1.clone());
    own.or_else(parent).unwrap_or_else(|| code.to_owned())
}
