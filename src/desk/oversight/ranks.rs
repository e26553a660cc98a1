//! Lines of the cockpit: categories and districts with their change, units with their rates, events.

use crate::{
    domain::{Light, Satisfaction, TicketId},
    insight::{Event, State, alarm::Change},
    store::UnitCounts,
};

use super::{CaseAsk, Group, ask::Count};

/// A category or district, this week and the week before.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranked {
    /// Its name; empty for none.
    pub name: String,
    /// The last seven days.
    pub now: Count,
    /// The seven days before.
    pub before: Count,
}

impl Ranked {
    /// Change against the week before; none where there was nothing.
    pub fn change(&self) -> Option<f64> {
        (self.before.n > 0).then(|| (self.now.n as f64 - self.before.n as f64) / self.before.n as f64)
    }
}

/// A rate with numerator and denominator: `(whole + 0.9 × mostly) / of`; the denominator is never nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Rate {
    /// Numerator.
    pub whole: Count,
    /// Part of the numerator that counts nine tenths (基本满意).
    pub mostly: Option<Count>,
    /// Denominator.
    pub of: Count,
}

impl Rate {
    /// 0 to 100.
    pub fn percent(&self) -> f64 {
        let mostly = self.mostly.as_ref().map_or(0.0, |count| 0.9 * count.n as f64);
        100.0 * (self.whole.n as f64 + mostly) / (self.of.n as f64).max(1.0)
    }
}

/// A unit's rates over its appeals of the last 28 days, and its tickets with a colour now.
#[derive(Clone, Debug, PartialEq)]
pub struct UnitRates {
    /// 主办单位; empty for all together.
    pub department: String,
    /// Its appeals.
    pub all: Count,
    /// 有效回访
    pub revisited: Count,
    /// 响应率 = 联系 / 有效回访; none where contacts are not recorded.
    pub contacted: Option<Rate>,
    /// 解决率 = 解决 / 有效回访; none where outcomes are not recorded.
    pub solved: Option<Rate>,
    /// 满意率 = (满意 + 0.9 × 基本满意) / 有效回访.
    pub satisfied: Option<Rate>,
    /// Red, orange, yellow.
    pub lights: [Count; 3],
}

impl UnitRates {
    /// 综合成绩 = 0.1 响应率 + 0.5 解决率 + 0.4 满意率, 0 to 100; none where one of them is not known.
    pub fn score(&self) -> Option<f64> {
        let percent = |rate: &Option<Rate>| rate.as_ref().map(Rate::percent);
        Some(0.1 * percent(&self.contacted)? + 0.5 * percent(&self.solved)? + 0.4 * percent(&self.satisfied)?)
    }

    /// Of one unit, or of all together; `base` asks for the appeals of the window.
    pub(super) fn of(counts: &UnitCounts, whole_city: bool, base: &CaseAsk, lights: [u64; 3]) -> Self {
        let own = base.with(|f| {
            if !whole_city {
                f.department = vec![counts.department.clone()];
            }
        });
        let revisited = own.with(|f| f.revisited = Some(true));
        let of = Count { n: counts.revisited, of: revisited.clone() };
        let rate = |known: u64, n: u64, ask: CaseAsk| {
            (known > 0 && of.n > 0).then(|| Rate { whole: Count { n, of: ask }, mostly: None, of: of.clone() })
        };
        let rated = |value: Satisfaction| revisited.with(|f| f.satisfaction = vec![value]);
        // Whoever was reached was asked for a rating.
        let satisfied = rate(counts.revisited, counts.satisfied, rated(Satisfaction::Satisfied));
        let mostly = Count { n: counts.mostly, of: rated(Satisfaction::Mostly) };
        let light = |light: Light| {
            let group = Some(Group::Late(Some(light), None));
            let filter = crate::store::CaseFilter { department: own.filter.department.clone(), ..Default::default() };
            Count { n: lights[2 - light as usize], of: CaseAsk { filter, group, ..CaseAsk::default() } }
        };
        Self {
            department: if whole_city { String::new() } else { counts.department.clone() },
            lights: Light::ALL.map(light),
            all: Count { n: counts.all, of: own },
            contacted: rate(counts.contact_known, counts.contacted, revisited.with(|f| f.contacted = Some(true))),
            solved: rate(
                counts.outcome_known,
                counts.solved,
                revisited.with(|f| f.outcome = vec![crate::domain::Outcome::Solved]),
            ),
            satisfied: satisfied.map(|rate| Rate { mostly: Some(mostly), ..rate }),
            revisited: of,
        }
    }
}

/// An event on the cockpit.
#[derive(Clone, Debug, PartialEq)]
pub struct HotLine {
    /// Its id.
    pub id: String,
    /// Its title; personal data is covered further up.
    pub title: String,
    /// New, rising, returning, …
    pub state: State,
    /// Its members.
    pub tickets: Count,
    /// 热度
    pub heat: f64,
    /// The kind of its open alarm.
    pub alarm: Option<&'static str>,
    /// When that alarm was raised or grew, in words of the city's time.
    pub alarm_at: Option<jiff::Timestamp>,
}

impl HotLine {
    pub(super) fn of(event: &Event) -> Self {
        let open = event.alarms.last().filter(|alarm| alarm.change != Change::Closed);
        let n = event.tickets.iter().filter(|id| TicketId::new(id.as_str()).is_ok()).count() as u64;
        Self {
            id: event.id.clone(),
            title: event.portrait.title.clone(),
            state: event.state,
            tickets: Count { n, of: CaseAsk { group: Some(Group::Event(event.id.clone())), ..CaseAsk::default() } },
            heat: event.heat.value,
            alarm: open.map(|alarm| alarm.kind.label()),
            alarm_at: open.and_then(|alarm| jiff::Timestamp::from_second((alarm.hours * 3600.0).round() as i64).ok()),
        }
    }
}
