//! A number's question: which appeals are behind it.

use jiff::SignedDuration;

use crate::{
    domain::{
        Fault, Late, Light, Right, TicketId,
        brief::{TimeRangeKey, When},
    },
    store::{CaseFilter, TicketPage},
};

use super::{
    super::{Desk, reach},
    Once,
};

/// Appeals that are not told apart by fields of the store alone.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Group {
    /// The members of an event, as last seen; of a window where there is one.
    Event(String),
    /// The appeals of a topic, as last seen.
    Topic(String),
    /// Those counted for a figure of a brief: its id, the figure's.
    Figure(String, String),
    /// Those of the last week that hold a hot word, as last seen.
    Word(String),
    /// Those with a colour, for a reason, or both; of the filter only department, district and urgency hold.
    Late(Option<Light>, Option<Late>),
    /// Those behind a number of 只投诉一次.
    Once(Once),
}

/// Which appeals. Its windows are `range`, or, with `weeks`, the same hours of so many weeks before it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct CaseAsk {
    /// Conditions; its own windows stay empty.
    pub filter: CaseFilter,
    /// The window.
    pub range: Option<TimeRangeKey>,
    /// 0 means the window itself.
    pub weeks: u8,
    /// Appeals that are known by something else.
    pub group: Option<Group>,
}

/// A number with its question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    /// How many.
    pub n: u64,
    /// Of what.
    pub of: CaseAsk,
}

/// A window so many weeks earlier.
pub(super) fn weeks_before(range: &TimeRangeKey, weeks: u8) -> TimeRangeKey {
    let by = SignedDuration::from_hours(24 * 7 * i64::from(weeks));
    let moved = |at: jiff::Timestamp| at.saturating_sub(by).unwrap_or(jiff::Timestamp::MIN);
    TimeRangeKey { from: moved(range.from), to: moved(range.to) }
}

impl CaseAsk {
    /// Appeals that came in within a window.
    pub fn received(range: TimeRangeKey) -> Self {
        Self { range: Some(range), ..Self::default() }
    }

    /// Appeals one of whose instants lies in a window.
    pub fn at(when: When, range: TimeRangeKey) -> Self {
        let when = (when != When::Received).then_some(when);
        Self { filter: CaseFilter { when, ..CaseFilter::default() }, range: Some(range), ..Self::default() }
    }

    /// The same with another condition.
    pub fn with(&self, change: impl FnOnce(&mut CaseFilter)) -> Self {
        let mut ask = self.clone();
        change(&mut ask.filter);
        ask
    }

    /// The filter with its windows.
    pub fn closed(&self) -> CaseFilter {
        let ranges = match (&self.range, self.weeks) {
            (None, _) => Vec::new(),
            (Some(range), 0) => vec![*range],
            (Some(range), weeks) => (1..=weeks).map(|n| weeks_before(range, n)).collect(),
        };
        CaseFilter { ranges, ..self.filter.clone() }
    }
}

impl Desk {
    /// The appeals behind a number, newest first, and how many there are; of the actor's reach.
    ///
    /// # Errors
    /// The actor may open neither cockpit nor 督办, the event or word is gone, or the store failed.
    pub async fn cases_behind(&self, ask: &CaseAsk, offset: usize, limit: usize) -> Result<TicketPage, Fault> {
        if let Err(refused) = self.actor().needs(Right::Cockpit) {
            self.actor().needs(Right::Supervise).map_err(|_| refused)?;
        }
        let nothing = TicketPage { tickets: Vec::new(), total: 0 };
        let store = &self.room.store;
        let ids: Vec<TicketId> = match &ask.group {
            None => {
                let Some(filter) = self.narrowed_cases(&ask.closed()) else { return Ok(nothing) };
                return Ok(store.oversight().cases(&filter, offset as u64, limit as u64).await?);
            }
            Some(Group::Late(light, why)) => {
                let list = self.late_list().await?;
                let own = list.of(&ask.filter, *light, *why).filter(|late| self.reaches_case(&late.case));
                own.map(|late| late.case.id.clone()).collect()
            }
            Some(Group::Once(which)) => {
                let Some(filter) = self.narrowed_cases(&ask.closed()) else { return Ok(nothing) };
                self.once_behind(&filter, *which).await?
            }
            Some(Group::Event(id)) => {
                let gone = || Fault::not_found("此事件已结束或并入其他事件,请在热点中查看");
                let hot = self.hot().ok_or_else(gone)?;
                let event = hot.event(id).ok_or_else(gone)?;
                let ids = newest(event.tickets.iter());
                match ask.range {
                    None => ids,
                    // Those of its hour or day.
                    Some(TimeRangeKey { from, to }) => {
                        let tickets = store.tickets(&ids).await?.into_iter();
                        tickets.filter(|t| (from..to).contains(&t.received_at)).map(|t| t.id).collect()
                    }
                }
            }
            Some(Group::Topic(id)) => {
                let gone = || Fault::not_found("此话题现已不在,请在一类事中查看");
                let hot = self.hot().ok_or_else(gone)?;
                newest(hot.findings.topics.iter().find(|t| t.id == *id).ok_or_else(gone)?.tickets.iter())
            }
            Some(Group::Figure(brief, figure)) => {
                self.actor().needs(Right::Brief)?;
                let brief = self.brief(brief, None).await?;
                let cohort = brief.figure(figure).and_then(|figure| brief.numerator(figure));
                cohort.ok_or_else(|| Fault::not_found("简报中没有这个数,或它不是工单的件数"))?.tickets.clone()
            }
            Some(Group::Word(word)) => {
                let gone = || Fault::not_found("此热词已不在榜上,请在检索中查找");
                let hot = self.hot().ok_or_else(gone)?;
                newest(hot.words.iter().find(|w| w.word == *word).ok_or_else(gone)?.tickets.iter())
            }
        };
        if matches!(ask.group, Some(Group::Late(..) | Group::Once(_))) {
            let page: Vec<TicketId> = ids.iter().skip(offset).take(limit).cloned().collect();
            return Ok(TicketPage { tickets: store.tickets(&page).await?, total: ids.len() as u64 });
        }
        // Whole city only: both are right of whoever reaches all of it.
        self.actor().needs(Right::Insight)?;
        let page: Vec<TicketId> = ids.iter().skip(offset).take(limit).cloned().collect();
        Ok(TicketPage { tickets: store.tickets(&page).await?, total: ids.len() as u64 })
    }

    /// A filter within the actor's reach; none if nothing of it is.
    pub(super) fn narrowed_cases(&self, filter: &CaseFilter) -> Option<CaseFilter> {
        let mut filter = filter.clone();
        if let Some(actor) = &self.actor {
            filter.department = reach::both(&filter.department, &actor.reach.departments)?;
            filter.district = reach::both(&filter.district, &actor.reach.districts)?;
        }
        Some(filter)
    }
}

fn newest<'t>(ids: impl DoubleEndedIterator<Item = &'t String>) -> Vec<TicketId> {
    ids.rev().filter_map(|id| TicketId::new(id.as_str()).ok()).collect()
}
