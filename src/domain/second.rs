//! 只投诉一次: a matter that was answered and is not settled is taken up again (二次办理) with a day by which it is
//! promised to be settled, and its caller is contacted every month until then. How much of that was kept.
//!
//! The names of the three measures are those of the field (签收准确率, 按月联系率, 按承诺时限解决率); their formulas
//! are our own: see [`Reopened::months`] and [`Reopened::kept`].

use jiff::{Timestamp, ToSpan, civil::Date};
use serde::{Deserialize, Serialize};

use super::{Handling, Outcome, Status, TicketId, city_date, city_instant, midnight};

/// A promised day lies at most so many years ahead.
const FURTHEST: i64 = 3;
/// Months of one round that are looked at.
const MOST_MONTHS: i64 = 600;

/// One 二次办理: from the day on which a matter was taken up again until it was answered again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Round {
    /// When it was taken up again.
    pub from: Timestamp,
    /// When it was answered or filed; none while it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Timestamp>,
    /// City months with a contact, by their first day, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<Date>,
    /// What the revisit after it said; what was said of an earlier answer does not count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
}

impl Round {
    /// One that begins.
    pub fn since(from: Timestamp) -> Self {
        Self { from, to: None, contacts: Vec::new(), outcome: None }
    }

    /// City months that began while it ran, by their first day: what goes on over the end of a month owes the
    /// caller one contact in each new one.
    fn months(&self, now: Timestamp) -> Vec<Date> {
        let (first, end) = (first_day(self.from), self.to.unwrap_or(now));
        let later = (1..MOST_MONTHS).map_while(|n| first.checked_add(n.months()).ok());
        later.take_while(|month| midnight(*month) <= end).collect()
    }

    /// The month that runs and in which a contact is owed, and whether it was made; none in the month in which it
    /// was taken up, and after it ended.
    pub fn this_month(&self, now: Timestamp) -> Option<(Date, bool)> {
        let month = self.months(now).pop().filter(|_| self.to.is_none())?;
        Some((month, self.contacts.contains(&month)))
    }

    /// Months that were owed a contact and are over, and those of them with one. A month that still runs, or in
    /// which the round ended, is not counted: there was time left.
    fn due(&self, now: Timestamp) -> (u64, u64) {
        let end = self.to.unwrap_or(now);
        let over = |month: &Date| month.checked_add(1.month()).is_ok_and(|next| midnight(next) <= end);
        let due: Vec<Date> = self.months(now).into_iter().filter(over).collect();
        let kept = due.iter().filter(|month| self.contacts.contains(month)).count();
        (due.len() as u64, kept as u64)
    }
}

fn running_of(rounds: &mut [Round]) -> Option<&mut Round> {
    rounds.last_mut().filter(|round| round.to.is_none())
}

/// Takes down a contact in the one that runs.
pub(super) fn contact(rounds: &mut [Round], at: Timestamp) {
    let month = first_day(at);
    if let Some(round) = running_of(rounds).filter(|round| !round.contacts.contains(&month)) {
        round.contacts.push(month);
    }
}

/// Ends the one that runs.
pub(super) fn end(rounds: &mut [Round], at: Timestamp) {
    if let Some(round) = running_of(rounds) {
        round.to = Some(at);
    }
}

fn first_day(at: Timestamp) -> Date {
    city_date(at).first_of_month()
}

/// The last second of a promised day in the city.
pub fn promise_due(day: Date) -> Timestamp {
    city_instant(day.at(23, 59, 59, 0))
}

/// Whether a day can be promised today.
///
/// # Errors
/// It lies behind, or too far ahead; in the words of the house.
pub(super) fn promisable(day: Date, today: Date) -> Result<(), String> {
    if day < today {
        return Err(format!("承诺办结日 {day} 已经过去,请写今天或以后的日期"));
    }
    match today.checked_add(FURTHEST.years()) {
        Ok(last) if day > last => Err(format!("承诺办结日 {day} 太远,最多在 {FURTHEST} 年之内")),
        _ => Ok(()),
    }
}

/// The 二次办理 that runs. A ticket that came in as one, of which no act is known here, counts from its registration.
pub fn running(status: Status, registered_at: Timestamp, handling: &Handling) -> Option<Round> {
    match handling.rounds.last() {
        Some(last) => Some(last.clone()).filter(|round| round.to.is_none()),
        None => (status == Status::SecondRound).then(|| Round::since(registered_at)),
    }
}

/// A ticket that was taken up again, as 只投诉一次 looks at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reopened {
    /// 工单编号
    pub id: TicketId,
    /// 来电时间
    pub received_at: Timestamp,
    /// 登记时间
    pub registered_at: Timestamp,
    /// Effective department.
    pub department: Option<String>,
    /// 办理状态
    pub status: Status,
    /// What happened with it.
    pub handling: Handling,
}

impl Reopened {
    /// What 按月联系率 is made of: city months that were owed a contact and are over, and those of them in which
    /// there was one. The rate is the second by the first (名称见于实践,口径自定).
    pub fn months(&self, now: Timestamp) -> (u64, u64) {
        let came = running(self.status, self.registered_at, &self.handling).filter(|_| self.handling.rounds.is_empty());
        let sum = |(due, kept): (u64, u64), round: &Round| (due + round.due(now).0, kept + round.due(now).1);
        self.handling.rounds.iter().chain(&came).fold((0, 0), sum)
    }

    /// What 按承诺时限解决率 is made of: none while nothing is to be said; else whether it was solved by the promised
    /// day. Solved is what is closed and was not called unsolved at the revisit after it. Tickets count when they are
    /// solved, or when their promised day is over.
    pub fn kept(&self, now: Timestamp) -> Option<bool> {
        let due = promise_due(self.handling.promised?);
        match self.solved_at() {
            Some(at) => Some(at <= due),
            None => (now > due).then_some(false),
        }
    }

    fn solved_at(&self) -> Option<Timestamp> {
        let handling = &self.handling;
        let closed = matches!(self.status, Status::Replied | Status::Revisited | Status::Archived);
        let last = handling.rounds.last();
        let at = handling.closed_at.or(last.and_then(|round| round.to)).filter(|_| closed)?;
        let said = last.map_or(handling.outcome, |round| round.outcome);
        (said != Some(Outcome::Unsolved)).then_some(at)
    }
}
