//! A ticket as counting sees it: one value for each fact, nothing of what was said.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;

use crate::{
    city::CityPack,
    domain::{
        Status, Ticket, TicketId,
        brief::{Counted, Fact, Filter, When},
    },
};

/// Yes and no, as filters write them.
pub const YES: &str = "是";
/// No.
pub const NO: &str = "否";
/// What stands for a value that nobody gave.
pub const UNKNOWN: &str = "未注明";

/// One ticket, ready to be counted.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// 工单编号
    pub id: TicketId,
    /// 来电时间
    pub received: Timestamp,
    /// 办结时限
    pub due: Option<Timestamp>,
    /// 办结时间
    pub closed: Option<Timestamp>,
    /// Who called, as a key that leaves this room only counted.
    pub caller: Option<String>,
    /// 保密: never quoted.
    pub confidential: bool,
    values: Vec<(Fact, String)>,
}

impl Row {
    /// A row of a whole ticket.
    pub fn of(ticket: &Ticket, pack: &CityPack) -> Self {
        Self::counted(Counted::of(ticket), pack)
    }

    /// A row of what was read of a ticket. The pack says which codes are of no appeal.
    pub fn counted(ticket: Counted, pack: &CityPack) -> Self {
        let handling = &ticket.handling;
        let yes = |it: bool| if it { YES } else { NO }.to_owned();
        let mut values: Vec<(Fact, String)> = Vec::with_capacity(18);
        let mut put = |fact: Fact, value: String| values.push((fact, value));
        put(Fact::Channel, ticket.channel.label().to_owned());
        if let Some(kind) = ticket.caller_kind {
            put(Fact::CallerKind, kind.label().to_owned());
        }
        put(Fact::AppealType, ticket.appeal_type.map_or(UNKNOWN, |t| t.label()).to_owned());
        let category = ticket.category.unwrap_or_else(|| UNKNOWN.to_owned());
        put(Fact::Category1, category.chars().take(if category == UNKNOWN { 3 } else { 2 }).collect());
        let invalid = pack.brief.as_ref().is_some_and(|b| b.invalid.contains(&category));
        put(Fact::Category, category);
        put(Fact::Department, ticket.department.unwrap_or_else(|| UNKNOWN.to_owned()));
        let named = |text: &Option<String>| text.as_deref().map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned);
        let district = named(&ticket.district);
        if let (Some(district), Some(town)) = (&district, named(&ticket.town)) {
            put(Fact::Town, format!("{district}/{town}"));
        }
        put(Fact::District, district.unwrap_or_else(|| UNKNOWN.to_owned()));
        put(Fact::Urgency, ticket.urgency.map_or(UNKNOWN, |u| u.code()).to_owned());
        let sent = handling.dispatched_at.is_some()
            || matches!(ticket.status, Status::ToSign | Status::Handling | Status::SecondRound);
        put(Fact::Dispatched, yes(sent));
        put(Fact::Valid, yes(!invalid));
        let ended = matches!(ticket.status, Status::Replied | Status::Revisited | Status::Archived);
        let closed = ended || handling.closed_at.is_some();
        put(Fact::Closed, yes(closed));
        if let Some(due) = handling.due_at {
            put(Fact::OnTime, yes(handling.closed_at.is_some_and(|at| at <= due)));
        }
        let rated = handling.satisfaction.is_some_and(|s| s != crate::domain::Satisfaction::NotRated);
        let revisited = handling.revisited.unwrap_or(rated);
        put(Fact::Revisited, yes(revisited));
        if let Some(contacted) = handling.contacted {
            put(Fact::Contacted, yes(contacted));
        }
        if let Some(outcome) = handling.outcome {
            put(Fact::Outcome, outcome.label().to_owned());
        }
        if let Some(satisfaction) = handling.satisfaction {
            put(Fact::Satisfaction, satisfaction.label().to_owned());
        }
        put(Fact::Repeat, yes(ticket.repeats));
        Self {
            received: ticket.received_at,
            due: handling.due_at,
            closed: handling.closed_at,
            caller: named(&ticket.caller),
            confidential: ticket.confidential,
            id: ticket.id,
            values,
        }
    }

    /// The value of a fact; the id is one too.
    pub fn value(&self, fact: Fact) -> Option<&str> {
        if fact == Fact::Id {
            return Some(self.id.as_str());
        }
        self.values.iter().find(|(f, _)| *f == fact).map(|(_, value)| value.as_str())
    }

    /// The instant that a window is laid over.
    pub fn at(&self, when: When) -> Option<Timestamp> {
        match when {
            When::Received => Some(self.received),
            When::Due => self.due,
            When::Closed => self.closed,
        }
    }

    /// Whether a filter takes it.
    pub fn matches(&self, filter: &Filter) -> bool {
        let inside = self.at(filter.when).is_some_and(|at| at >= filter.range.from && at < filter.range.to);
        inside
            && filter.all.iter().all(|condition| {
                self.value(condition.fact)
                    .is_some_and(|value| condition.any_of.binary_search_by(|known| known.as_str().cmp(value)).is_ok())
            })
    }
}

/// Rows beside the places where each ticket stands among them: a list of tickets is looked up, not searched for.
#[derive(Debug)]
pub struct Rows<'r> {
    all: &'r [Row],
    places: HashMap<&'r str, usize>,
}

impl<'r> Rows<'r> {
    /// Of rows, each ticket once.
    pub fn of(all: &'r [Row]) -> Self {
        Self { all, places: all.iter().enumerate().map(|(at, row)| (row.id.as_str(), at)).collect() }
    }

    /// All of them.
    pub fn all(&self) -> &'r [Row] {
        self.all
    }

    /// The row of a ticket.
    pub fn get(&self, id: &str) -> Option<&'r Row> {
        self.places.get(id).map(|at| &self.all[*at])
    }

    /// Rows of tickets, in their order.
    pub fn named<'s>(&'s self, ids: &'s [TicketId]) -> impl Iterator<Item = &'r Row> + 's {
        ids.iter().filter_map(|id| self.get(id.as_str()))
    }

    /// The rows that a filter takes, as ids in their order.
    pub fn matching(&self, filter: &Filter) -> Vec<TicketId> {
        let Some(listed) = filter.all.iter().find(|c| c.fact == Fact::Id) else { return matching(self.all, filter) };
        let found = listed.any_of.iter().filter_map(|id| self.get(id)).filter(|row| row.matches(filter));
        let ids: BTreeSet<&TicketId> = found.map(|row| &row.id).collect();
        ids.into_iter().cloned().collect()
    }
}

/// The rows that a filter takes, as ids in their order.
pub fn matching(rows: &[Row], filter: &Filter) -> Vec<TicketId> {
    let ids: BTreeSet<&TicketId> = rows.iter().filter(|row| row.matches(filter)).map(|row| &row.id).collect();
    ids.into_iter().cloned().collect()
}

/// Distinct values of a fact among rows; what nobody gave is none.
pub fn distinct<'r>(rows: impl Iterator<Item = &'r Row>, fact: Fact) -> usize {
    let met: BTreeSet<&str> = rows.filter_map(|row| row.value(fact)).filter(|value| *value != UNKNOWN).collect();
    met.len()
}

/// Distinct callers among rows; one without a number counts for itself.
pub fn callers<'r>(rows: impl Iterator<Item = &'r Row>) -> usize {
    let mut known = BTreeSet::new();
    let mut alone = 0;
    for row in rows {
        match &row.caller {
            Some(caller) => {
                known.insert(caller.as_str());
            }
            None => alone += 1,
        }
    }
    known.len() + alone
}
