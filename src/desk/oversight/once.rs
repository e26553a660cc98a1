//! 只投诉一次: how much of what was promised is kept, unit by unit.
//!
//! The three names are those of the field; it publishes no formulas, so these are our own. All three look at the
//! appeals that came in within the window, by their present unit, and each number opens the appeals behind it.
//!
//! - 签收准确率 = signed and never sent back / signed;
//! - 按月联系率 = months with a contact / months that were owed one and are over, of tickets that were taken up again
//!   ([`Reopened::months`]); its numbers are of months, and open the tickets that these belong to;
//! - 按承诺时限解决率 = solved by the promised day / solved, or its promised day is over ([`Reopened::kept`]).

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use jiff::{SignedDuration, Timestamp};

use crate::{
    domain::{Fault, Reopened, Right, TicketId, brief::TimeRangeKey},
    store::{CaseFilter, Dimension},
};

use super::{super::Desk, CaseAsk, Group, Rate, ask::Count};

/// A picture stands for so long while nothing changes: days end.
const STANDS: SignedDuration = SignedDuration::from_secs(30);

/// Tickets behind a number of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Once {
    /// That owed a contact in a month that is over.
    Owed,
    /// That had one in such a month.
    Contacted,
    /// That were solved, or whose promised day is over.
    Promised,
    /// That were solved by the promised day.
    Kept,
}

impl Once {
    /// All.
    pub const ALL: [Once; 4] = [Once::Owed, Once::Contacted, Once::Promised, Once::Kept];

    /// Stable word.
    pub fn code(self) -> &'static str {
        match self {
            Once::Owed => "owed",
            Once::Contacted => "contacted",
            Once::Promised => "promised",
            Once::Kept => "kept",
        }
    }

    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Once::Owed => "二次办理中有应按月联系的月份",
            Once::Contacted => "二次办理中有按月联系的月份",
            Once::Promised => "已按承诺解决或承诺办结日已过",
            Once::Kept => "在承诺办结日前解决",
        }
    }

    fn takes(self, ticket: &Reopened, now: Timestamp) -> bool {
        match self {
            Once::Owed => ticket.months(now).0 > 0,
            Once::Contacted => ticket.months(now).1 > 0,
            Once::Promised => ticket.kept(now).is_some(),
            Once::Kept => ticket.kept(now) == Some(true),
        }
    }
}

/// A unit's three rates; none where there is nothing to divide by.
#[derive(Clone, Debug, PartialEq)]
pub struct OnceRates {
    /// 主办单位; empty for all together.
    pub department: String,
    /// 签收准确率
    pub signed: Option<Rate>,
    /// 按月联系率
    pub contacted: Option<Rate>,
    /// 按承诺时限解决率
    pub kept: Option<Rate>,
}

/// The table at one moment.
#[derive(Debug)]
pub struct OnceTable {
    /// Days of the window.
    pub days: u16,
    /// All units together.
    pub all: OnceRates,
    /// Those with anything to say, most promises first, then most months, then most signed.
    pub units: Vec<OnceRates>,
    at: Timestamp,
    seq: i64,
    reach: CaseFilter,
    made: Instant,
    took: Duration,
}

impl OnceTable {
    fn stands(&self, days: u16, seq: i64, reach: &CaseFilter, now: Timestamp) -> bool {
        if self.days != days || self.reach != *reach || now < self.at || now.duration_since(self.at) >= STANDS {
            return false;
        }
        self.seq == seq || (self.took.as_millis() > 300 && self.made.elapsed() < self.took * 5)
    }
}

/// What the rates of a unit are made of.
#[derive(Clone, Copy, Default)]
struct Sums {
    signed: u64,
    accurate: u64,
    owed: u64,
    contacted: u64,
    promised: u64,
    kept: u64,
}

impl Sums {
    fn rates(&self, department: Option<&str>, base: &CaseAsk) -> OnceRates {
        let own = base.with(|f| {
            if let Some(name) = department {
                f.department = vec![name.to_owned()];
            }
        });
        let rate = |whole: Count, of: Count| (of.n > 0).then_some(Rate { whole, mostly: None, of });
        let group = |n: u64, which: Once| Count { n, of: CaseAsk { group: Some(Group::Once(which)), ..own.clone() } };
        let signed = own.with(|f| f.signed = Some(true));
        let accurate = signed.with(|f| f.returned = Some(false));
        OnceRates {
            department: department.unwrap_or_default().to_owned(),
            signed: rate(Count { n: self.accurate, of: accurate }, Count { n: self.signed, of: signed }),
            contacted: rate(group(self.contacted, Once::Contacted), group(self.owed, Once::Owed)),
            kept: rate(group(self.kept, Once::Kept), group(self.promised, Once::Promised)),
        }
    }
}

impl Desk {
    /// The three rates over the appeals of so many last days, of the actor's reach.
    ///
    /// # Errors
    /// Not allowed, or the store failed.
    pub async fn once(&self, days: u16) -> Result<Arc<OnceTable>, Fault> {
        self.actor().needs(Right::Supervise)?;
        let (now, made) = (self.now(), Instant::now());
        // Windows end on the next whole second, so that an address names them exactly.
        let to = Timestamp::from_second(now.as_second() + 1).unwrap_or(now);
        let from = to.saturating_sub(SignedDuration::from_hours(24 * i64::from(days))).unwrap_or(Timestamp::MIN);
        let base = CaseAsk::received(TimeRangeKey { from, to });
        // Out of reach altogether is what no filter can say: it asks for a department that no ticket has.
        let nobody = CaseFilter { department: vec!["\u{0}".into()], ..CaseFilter::default() };
        let reach = self.narrowed_cases(&CaseFilter::default()).unwrap_or(nobody);
        let mut kept = self.room.oversight.once.lock().await;
        let seq = self.room.store.last_seq().await?;
        if let Some(table) = kept.as_ref().filter(|table| table.stands(days, seq, &reach, now)) {
            return Ok(table.clone());
        }
        let window = CaseFilter { ranges: base.closed().ranges, ..reach.clone() };
        let store = self.room.store.oversight();
        let mut units: BTreeMap<String, Sums> = BTreeMap::new();
        let signed = CaseFilter { signed: Some(true), ..window.clone() };
        for (unit, n) in store.tally(&signed, Dimension::Department).await? {
            units.entry(unit).or_default().signed = n;
        }
        units.values_mut().for_each(|own| own.accurate = own.signed);
        // Few are sent back, so these are counted, and not the many that were not.
        let back = CaseFilter { returned: Some(true), ..signed };
        for (unit, n) in store.tally(&back, Dimension::Department).await? {
            let own = units.entry(unit).or_default();
            own.accurate = own.accurate.saturating_sub(n);
        }
        for ticket in store.reopened(&window).await? {
            let own = units.entry(ticket.department.clone().unwrap_or_default()).or_default();
            let (owed, contacted) = ticket.months(now);
            own.owed += owed;
            own.contacted += contacted;
            own.promised += u64::from(ticket.kept(now).is_some());
            own.kept += u64::from(ticket.kept(now) == Some(true));
        }
        let all = units.values().fold(Sums::default(), |a, b| Sums {
            signed: a.signed + b.signed,
            accurate: a.accurate + b.accurate,
            owed: a.owed + b.owed,
            contacted: a.contacted + b.contacted,
            promised: a.promised + b.promised,
            kept: a.kept + b.kept,
        });
        let mut ranked: Vec<(String, Sums)> = units
            .into_iter()
            .filter(|(name, sums)| !name.is_empty() && sums.signed + sums.owed + sums.promised > 0)
            .collect();
        let size = |sums: &Sums| (sums.promised, sums.owed, sums.signed);
        ranked.sort_by(|a, b| size(&b.1).cmp(&size(&a.1)).then_with(|| a.0.cmp(&b.0)));
        let table = Arc::new(OnceTable {
            days,
            all: all.rates(None, &base),
            units: ranked.iter().map(|(name, sums)| sums.rates(Some(name), &base)).collect(),
            at: now,
            seq,
            reach,
            made,
            took: made.elapsed(),
        });
        metrics::histogram!("tingsu_once_table_seconds").record(table.took.as_secs_f64());
        *kept = Some(table.clone());
        Ok(table)
    }

    /// The tickets behind a number of the table, newest first.
    pub(super) async fn once_behind(&self, filter: &CaseFilter, which: Once) -> Result<Vec<TicketId>, Fault> {
        let now = self.now();
        let all = self.room.store.oversight().reopened(filter).await?;
        Ok(all.into_iter().filter(|ticket| which.takes(ticket, now)).map(|ticket| ticket.id).collect())
    }
}
