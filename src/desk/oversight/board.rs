//! 驾驶舱 as plain data. Made of a few counts over an index; it stands until something changes.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date};

use crate::{
    city::CityPack,
    domain::{
        Fault, Light, Urgency,
        brief::{TimeRangeKey, When},
        city_date, midnight,
    },
    insight::{
        State,
        trend::{Daily, TooShort, Trend, trend},
    },
    store::{Dimension, UnitCounts},
};

use super::{
    super::{Desk, OpenAlarm, alarms::open_alarms, trouble::lost},
    CaseAsk, Group, HotLine, HotWord, Ranked, UnitRates, UrgentCase,
    ask::{Count, weeks_before},
};

/// Weeks that the usual is made of, and without how many nothing is said.
const WEEKS: u8 = 8;
const FEWEST_WEEKS: u8 = 2;
/// Urgent tickets, events, categories and districts shown.
const URGENT: usize = 8;
const EVENTS: usize = 8;
const CATEGORIES: usize = 8;
const DISTRICTS: usize = 12;
/// Days of history for the forecast.
const HISTORY: i64 = 3 * 366;
/// Events of fewer tickets are not shown, as on 热点.
const LEAST: usize = 3;
/// A count of days that took longer is kept for a while.
const LONG: Duration = Duration::from_millis(100);
/// What is usual at this weekday and hour.
#[derive(Clone, Debug, PartialEq)]
pub struct Usual {
    /// All that came in at the same hours of the same weekday of the weeks before.
    pub all: Count,
    /// How many weeks these are.
    pub weeks: u8,
    /// The least and the most of one of them.
    pub span: (u64, u64),
}

impl Usual {
    /// The mean of a week.
    pub fn mean(&self) -> f64 {
        self.all.n as f64 / f64::from(self.weeks.max(1))
    }
}

/// One of the six figures of today.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// Stable word.
    pub key: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Today so far.
    pub now: Count,
    /// None where the history is too short.
    pub usual: Option<Usual>,
}

/// Everything on the page, for the whole city.
#[derive(Debug)]
pub struct Board {
    /// The moment.
    pub at: Timestamp,
    /// The place in the change sequence.
    pub seq: i64,
    /// Six figures.
    pub today: Vec<Figure>,
    /// Open U1 and U2, the worst first, so many as are shown.
    pub urgent: Vec<UrgentCase>,
    /// All of them.
    pub urgent_all: Count,
    /// Red, orange, yellow.
    pub lights: [Count; 3],
    /// All that is not closed.
    pub open: Count,
    /// Events with an open alarm, the latest first.
    pub alarms: Vec<HotLine>,
    /// All open alarms, those of streams, too: as many as every page says there are.
    pub open_alarms: Vec<OpenAlarm>,
    /// New, rising and returning events, the hottest first.
    pub topics: Vec<HotLine>,
    /// How many there are of each.
    pub topic_counts: [(State, usize); 3],
    /// When events were last looked for; none before the first look.
    pub topics_at: Option<Timestamp>,
    /// All of the last seven days.
    pub week: Ranked,
    /// Categories of the last seven days: code as name.
    pub categories: Vec<Ranked>,
    /// Districts of the last seven days.
    pub districts: Vec<Ranked>,
    /// Appeals by hour and weekday over 28 days, Monday first.
    pub heat: Vec<Vec<Count>>,
    /// All units together.
    pub city: UnitRates,
    /// Units by 综合成绩, then 满意率, the best first.
    pub units: Vec<UnitRates>,
    /// Hot words of the last seven days.
    pub words: Vec<(HotWord, Count)>,
    /// Next week's range.
    pub forecast: Result<Trend, TooShort>,
    /// The days that the range follows, for the curve: the last eight weeks.
    pub weekly: Vec<(Date, Count)>,
    /// Of the city pack.
    pub(super) pack: String,
    pub(super) hot_at: Option<Timestamp>,
    /// How long it took.
    pub took: Duration,
}

/// A count of appeals by day that took long, and when it was made.
#[derive(Debug)]
pub(super) struct Days {
    today: Date,
    counts: Vec<(String, u64)>,
    made: Instant,
    took: Duration,
}

fn hours(at: Timestamp, by: i64) -> Timestamp {
    at.saturating_sub(SignedDuration::from_hours(by)).unwrap_or(Timestamp::MIN)
}

impl Desk {
    pub(super) async fn board(&self, seq: i64, pack: &Arc<CityPack>, now: Timestamp) -> Result<Board, Fault> {
        let made = Instant::now();
        // Windows end on the next whole second, so that an address names them exactly.
        let end = Timestamp::from_second(now.as_second() + 1).unwrap_or(now);
        let range = |days: i64, until: i64| TimeRangeKey { from: hours(end, 24 * days), to: hours(end, 24 * until) };
        let (late, hot) = (self.late_list().await?, self.hot());
        let mut lights = [0_u64; 3];
        let by_unit = late.by_department();
        for counts in by_unit.values() {
            lights.iter_mut().zip(counts).for_each(|(all, own)| *all += own);
        }
        let light = |light: Light| Count {
            n: lights[2 - light as usize],
            of: CaseAsk { group: Some(Group::Late(Some(light), None)), ..CaseAsk::default() },
        };
        let urgent = CaseAsk::default().with(|f| {
            f.open = Some(true);
            f.urgency = vec![Urgency::U1, Urgency::U2];
        });
        let open = CaseAsk::default().with(|f| f.open = Some(true));
        let (this, before, month) = (range(7, 0), range(14, 7), CaseAsk::received(range(28, 0)));
        let events = || hot.iter().flat_map(|h| &h.findings.events).filter(|e| e.tickets.len() >= LEAST);
        let mut alarms: Vec<HotLine> = events().map(HotLine::of).filter(|line| line.alarm.is_some()).collect();
        alarms.sort_by(|a, b| b.alarm_at.cmp(&a.alarm_at).then_with(|| a.id.cmp(&b.id)));
        let states = [State::New, State::Rising, State::Returning];
        let mut topics: Vec<HotLine> = events().filter(|e| states.contains(&e.state)).map(HotLine::of).collect();
        topics.sort_by(|a, b| b.heat.total_cmp(&a.heat).then_with(|| a.id.cmp(&b.id)));
        let topic_counts = states.map(|state| (state, topics.iter().filter(|t| t.state == state).count()));
        topics.truncate(EVENTS);
        let word = |word: &HotWord| {
            let of = CaseAsk { group: Some(Group::Word(word.word.clone())), ..CaseAsk::default() };
            (word.clone(), Count { n: word.tickets.len() as u64, of })
        };
        let units = self.room.store.oversight().unit_counts(&month.closed()).await?;
        let (forecast, weekly) = self.forecast(pack, now).await?;
        let mut board = Board {
            at: now,
            seq,
            today: self.today(now, end).await?,
            urgent_all: Count { n: late.urgent.len() as u64, of: urgent },
            urgent: late.urgent.iter().take(URGENT).cloned().collect(),
            lights: Light::ALL.map(light),
            open: Count { n: late.open as u64, of: open },
            alarms,
            open_alarms: hot.as_deref().map_or_else(Vec::new, |hot| open_alarms(hot, pack)),
            topics,
            topic_counts,
            topics_at: hot.as_ref().map(|h| h.made_at),
            week: self.week(&this, &before).await?,
            categories: self.ranked(Dimension::Category, &this, &before, CATEGORIES).await?,
            districts: self.ranked(Dimension::District, &this, &before, DISTRICTS).await?,
            heat: self.heat(&month).await?,
            city: UnitRates::of(&together(&units), true, &month, lights),
            units: units
                .iter()
                .map(|unit| {
                    let lights = by_unit.get(&unit.department).copied().unwrap_or_default();
                    UnitRates::of(unit, false, &month, lights)
                })
                .collect(),
            words: hot.iter().flat_map(|h| h.words.iter().map(word)).collect(),
            forecast,
            weekly,
            pack: pack.hash.clone(),
            hot_at: hot.as_ref().map(|h| h.made_at),
            took: Duration::ZERO,
        };
        board.units.retain(|unit| !unit.department.is_empty());
        let rank = |unit: &UnitRates| (unit.score(), unit.satisfied.as_ref().map(|rate| rate.percent()), unit.all.n);
        board.units.sort_by(|a, b| {
            let order = rank(b).partial_cmp(&rank(a)).unwrap_or(std::cmp::Ordering::Equal);
            order.then_with(|| a.department.cmp(&b.department))
        });
        board.took = made.elapsed();
        Ok(board)
    }

    /// Six figures of today, each with the same hours of the same weekday of the weeks before.
    async fn today(&self, now: Timestamp, end: Timestamp) -> Result<Vec<Figure>, Fault> {
        let from = midnight(city_date(now));
        let day = TimeRangeKey { from, to: end };
        let whole = TimeRangeKey { from, to: hours(from, -24) };
        let received = CaseAsk::received(day);
        let asks = [
            ("received", "受理", received.clone()),
            ("urgent", "紧急特急", received.with(|f| f.urgency = vec![Urgency::U1, Urgency::U2])),
            ("repeat", "重复反映", received.with(|f| f.repeat = Some(true))),
            ("closed", "办结", CaseAsk::at(When::Closed, day)),
            ("due", "今日到期", CaseAsk::at(When::Due, whole)),
            ("due_open", "到期未办结", CaseAsk::at(When::Due, whole).with(|f| f.open = Some(true))),
        ];
        let first = self.room.store.oversight().first_received().await?;
        let known = |weeks: u8| first.is_some_and(|first| weeks_before(&day, weeks).from >= midnight(city_date(first)));
        let weeks = (1..=WEEKS).take_while(|n| known(*n)).last().unwrap_or(0);
        let mut figures = Vec::with_capacity(asks.len());
        for (key, name, ask) in asks {
            let now = self.counted(ask.clone()).await?;
            // What was open once is closed by now: the past of this one cannot be counted.
            let told = key != "due_open" && weeks >= FEWEST_WEEKS;
            let usual = if told { Some(self.usual(&ask, weeks).await?) } else { None };
            figures.push(Figure { key, name, now, usual });
        }
        Ok(figures)
    }

    async fn usual(&self, ask: &CaseAsk, weeks: u8) -> Result<Usual, Fault> {
        let (mut all, mut span) = (0, (u64::MAX, 0));
        let range = ask.range.unwrap_or(TimeRangeKey { from: Timestamp::MIN, to: Timestamp::MIN });
        for week in 1..=weeks {
            let one = CaseAsk { range: Some(weeks_before(&range, week)), ..ask.clone() };
            let n = self.room.store.oversight().count_cases(&one.closed()).await?;
            (all, span) = (all + n, (span.0.min(n), span.1.max(n)));
        }
        Ok(Usual { all: Count { n: all, of: CaseAsk { weeks, ..ask.clone() } }, weeks, span })
    }

    async fn counted(&self, of: CaseAsk) -> Result<Count, Fault> {
        Ok(Count { n: self.room.store.oversight().count_cases(&of.closed()).await?, of })
    }

    async fn week(&self, this: &TimeRangeKey, before: &TimeRangeKey) -> Result<Ranked, Fault> {
        let (now, before) = (CaseAsk::received(*this), CaseAsk::received(*before));
        Ok(Ranked { name: String::new(), now: self.counted(now).await?, before: self.counted(before).await? })
    }

    async fn ranked(
        &self,
        by: Dimension,
        this: &TimeRangeKey,
        before: &TimeRangeKey,
        most: usize,
    ) -> Result<Vec<Ranked>, Fault> {
        let (this, before) = (CaseAsk::received(*this), CaseAsk::received(*before));
        let store = self.room.store.oversight();
        let now = store.tally(&this.closed(), by).await?;
        let earlier: BTreeMap<String, u64> = store.tally(&before.closed(), by).await?.into_iter().collect();
        let one = |ask: &CaseAsk, name: &str| {
            ask.with(|f| match by {
                Dimension::Category => f.category = vec![name.to_owned()],
                _ => f.district = vec![name.to_owned()],
            })
        };
        let line = |(name, n): (String, u64)| Ranked {
            now: Count { n, of: one(&this, &name) },
            before: Count { n: earlier.get(&name).copied().unwrap_or(0), of: one(&before, &name) },
            name,
        };
        Ok(now.into_iter().map(line).filter(|line| !line.name.is_empty()).take(most).collect())
    }

    async fn heat(&self, month: &CaseAsk) -> Result<Vec<Vec<Count>>, Fault> {
        let counts = self.room.store.oversight().tally(&month.closed(), Dimension::Hour).await?;
        let counts: BTreeMap<usize, u64> =
            counts.into_iter().filter_map(|(value, n)| Some((value.parse().ok()?, n))).collect();
        let cell = |day: u8, hour: u8| {
            let of = month.with(|f| (f.weekday, f.hour) = (Some(day), Some(hour)));
            Count { n: counts.get(&(usize::from(day) * 24 + usize::from(hour))).copied().unwrap_or(0), of }
        };
        Ok((0..7).map(|day| (0..24).map(|hour| cell(day, hour)).collect()).collect())
    }

    /// Appeals by day, before today. Only an import of old ones changes these, so a count that took long stands
    /// for a hundred times as long: a hundredth of a processor.
    async fn days(&self, today: Date) -> Result<Vec<(String, u64)>, Fault> {
        let mut kept = self.room.oversight.days.lock().await;
        let stands = |days: &&Days| days.today == today && days.made.elapsed() < days.took * 100;
        if let Some(days) = kept.as_ref().filter(stands) {
            return Ok(days.counts.clone());
        }
        let (made, end) = (Instant::now(), midnight(today));
        let ask = CaseAsk::received(TimeRangeKey { from: hours(end, 24 * HISTORY), to: end });
        let counts = self.room.store.oversight().tally(&ask.closed(), Dimension::Day).await?;
        let took = made.elapsed();
        *kept = (took > LONG).then(|| Days { today, counts: counts.clone(), made: Instant::now(), took });
        Ok(counts)
    }

    /// Next week's range of all appeals, and the weeks that it follows.
    async fn forecast(
        &self,
        pack: &Arc<CityPack>,
        now: Timestamp,
    ) -> Result<(Result<Trend, TooShort>, Vec<(Date, Count)>), Fault> {
        let today = city_date(now);
        let counts = self.days(today).await?;
        let epoch = Date::constant(1970, 1, 1);
        let day = |(value, n): (String, u64)| {
            let date = epoch.checked_add(value.parse::<i64>().ok()?.days()).ok()?;
            Some((date, u32::try_from(n).unwrap_or(u32::MAX)))
        };
        let mut days: Vec<(Date, u32)> = counts.into_iter().filter_map(day).collect();
        days.sort();
        let yesterday = today.saturating_sub(1.day());
        let first = days.first().map_or(today, |(date, _)| *date);
        let weekly = (1..=8_i64).rev().filter_map(|back| {
            let from = today.saturating_sub((7 * back).days());
            let to = from.saturating_add(7.days());
            let n: u64 = days.iter().filter(|(d, _)| *d >= from && *d < to).map(|(_, n)| u64::from(*n)).sum();
            let of = CaseAsk::received(TimeRangeKey { from: midnight(from), to: midnight(to) });
            (to > first).then_some((from, Count { n, of }))
        });
        let weekly = weekly.collect();
        let pack = pack.clone();
        let made = tokio::task::spawn_blocking(move || {
            if days.is_empty() {
                return Err(TooShort { weeks: 0 });
            }
            trend(&Daily::of(first, yesterday, days), &pack.calendar)
        });
        Ok((made.await.map_err(|_| lost("the forecast"))?, weekly))
    }
}

/// All units as one.
fn together(units: &[UnitCounts]) -> UnitCounts {
    units.iter().fold(UnitCounts::default(), |all, unit| UnitCounts {
        department: String::new(),
        all: all.all + unit.all,
        revisited: all.revisited + unit.revisited,
        contact_known: all.contact_known + unit.contact_known,
        contacted: all.contacted + unit.contacted,
        outcome_known: all.outcome_known + unit.outcome_known,
        solved: all.solved + unit.solved,
        satisfied: all.satisfied + unit.satisfied,
        mostly: all.mostly + unit.mostly,
    })
}
