//! What is late or about to be: 黄 橙 红 by the clocks of the pack.
//!
//! 黄: a fifth of the time or less is left, or more than half of the time to sign is over. 橙: over the
//! deadline by a day at most, or sent back twice. 红: over by more than a day, a clock of a U1 or U2 missed, or
//! told three times. Time that is given in working days is measured in working time. What was taken up again with a
//! promised day (二次办理) has the end of that day as its deadline; without a contact in a month that began since, 黄.
//! A unit that was called (吹哨) and has not reported in by its time: 橙.

use std::{collections::BTreeMap, sync::Arc, time::Instant};

use jiff::{SignedDuration, Timestamp};

use crate::{
    city::CityPack,
    domain::{Fault, Late, Light, Right, Status, Urgency, city_date, promise_due},
    store::{CaseFilter, OpenCase, Orders},
};

use super::{
    super::{Desk, trouble::lost},
    clocks::{DAY, WorkClock},
    standing::Standings,
};

/// A list stands for so long while nothing changes: its clocks go on.
const STANDS: SignedDuration = SignedDuration::from_secs(30);
/// What takes longer than so many milliseconds is not made anew for every change, but this many times its own
/// duration later: for those who look at what is late, and for the numbers over every list of tickets.
const LATE: (u128, u32) = (300, 5);
const STANDINGS: (u128, u32) = (20, 20);
/// Times that a matter is told from which on it is red.
const TOLD: u32 = 3;
/// Times that a ticket is sent back from which on it is orange.
const RETURNED: u32 = 2;

/// Time to a deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Left {
    /// Seconds; negative when it is over.
    pub seconds: i64,
    /// Whether these are seconds of working days.
    pub working: bool,
}

/// An open ticket with a colour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LateCase {
    /// The ticket.
    pub case: OpenCase,
    /// Its deadline: the promised day, the recorded one, else what the pack says.
    pub due_at: Option<Timestamp>,
    /// To the deadline.
    pub left: Option<Left>,
    /// Reasons, the worst last; never empty.
    pub why: Vec<Late>,
    /// The worst reason's colour.
    pub light: Light,
}

/// An open U1 or U2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UrgentCase {
    /// The ticket.
    pub case: OpenCase,
    /// To the deadline.
    pub left: Option<Left>,
    /// Whether one of its clocks ran out.
    pub missed: bool,
}

/// All of them at one moment.
#[derive(Debug)]
pub struct LateList {
    /// When.
    pub at: Timestamp,
    /// The worst first, then what is over longest.
    pub cases: Vec<LateCase>,
    /// Open U1 and U2, U1 first, then the oldest.
    pub urgent: Vec<UrgentCase>,
    /// All that is open.
    pub open: usize,
    /// How each of them stands.
    pub(super) stands_so: Standings,
    seq: i64,
    pack: String,
    made: Instant,
    took: std::time::Duration,
}

/// What of the list is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LateAsk {
    /// Of these departments and districts.
    pub filter: CaseFilter,
    /// Of this colour.
    pub light: Option<Light>,
    /// For this reason.
    pub why: Option<Late>,
}

impl LateList {
    /// Those of a filter's departments, districts and levels, with a colour, for a reason.
    pub(super) fn of<'l>(
        &'l self,
        filter: &'l CaseFilter,
        light: Option<Light>,
        why: Option<Late>,
    ) -> impl Iterator<Item = &'l LateCase> {
        let within = |list: &[String], value: &Option<String>| {
            list.is_empty() || list.iter().any(|own| own.as_str() == value.as_deref().unwrap_or_default())
        };
        self.cases.iter().filter(move |late| {
            within(&filter.department, &late.case.department)
                && within(&filter.district, &late.case.district)
                && (filter.urgency.is_empty() || late.case.urgency.is_some_and(|u| filter.urgency.contains(&u)))
                && light.is_none_or(|light| late.light == light)
                && why.is_none_or(|why| late.why.contains(&why))
        })
    }

    /// How many of each colour each department has: red, orange, yellow. Empty text for none.
    pub(super) fn by_department(&self) -> BTreeMap<String, [u64; 3]> {
        let mut out: BTreeMap<String, [u64; 3]> = BTreeMap::new();
        for late in &self.cases {
            let counts = out.entry(late.case.department.clone().unwrap_or_default()).or_default();
            counts[2 - late.light as usize] += 1;
        }
        out
    }

    fn stands(&self, seq: i64, pack: &str, now: Timestamp, (free, times): (u128, u32)) -> bool {
        if self.pack != pack || now < self.at || now.duration_since(self.at) >= STANDS {
            return false;
        }
        self.seq == seq || (self.took.as_millis() > free && self.made.elapsed() < self.took * times)
    }
}

impl Desk {
    /// What is late in the whole city, as it stands now.
    pub(super) async fn late_list(&self) -> Result<Arc<LateList>, Fault> {
        self.late_list_of(LATE).await
    }

    /// The same for the numbers over lists, which many people look at.
    pub(super) async fn late_list_lately(&self) -> Result<Arc<LateList>, Fault> {
        self.late_list_of(STANDINGS).await
    }

    async fn late_list_of(&self, pace: (u128, u32)) -> Result<Arc<LateList>, Fault> {
        let mut kept = self.room.oversight.late.lock().await;
        let (seq, pack, now) = (self.room.store.last_seq().await?, self.city(), self.now());
        if let Some(list) = kept.as_ref().filter(|list| list.stands(seq, &pack.hash, now, pace)) {
            return Ok(list.clone());
        }
        let made = Instant::now();
        let open = self.room.store.oversight().open_cases().await?;
        let orders = self.room.store.oversight().orders(&Orders::Open).await?;
        let work = move || {
            let clock = WorkClock::new(&pack.calendar, now);
            let count = open.len();
            let mut list = LateList {
                at: now,
                cases: Vec::new(),
                urgent: Vec::new(),
                open: count,
                stands_so: Standings::new(orders),
                seq,
                pack: pack.hash.clone(),
                made,
                took: made.elapsed(),
            };
            for case in open {
                let (due_at, left, why) = looked_at(&case, &pack, &clock, now);
                list.stands_so.take(&case, due_at, left, &why);
                if case.urgency >= Some(Urgency::U2) {
                    let missed = why.contains(&Late::UrgentMissed);
                    list.urgent.push(UrgentCase { case: case.clone(), left, missed });
                }
                if let Some(light) = why.iter().map(|w| w.light()).max() {
                    list.cases.push(LateCase { case, due_at, left, why, light });
                }
            }
            list.stands_so.in_order();
            let over = |left: Option<Left>| left.map_or(i64::MAX, |left| left.seconds);
            list.cases.sort_by(|a, b| {
                b.light.cmp(&a.light).then(over(a.left).cmp(&over(b.left))).then_with(|| a.case.id.cmp(&b.case.id))
            });
            list.urgent.sort_by(|a, b| {
                let key = |u: &UrgentCase| (std::cmp::Reverse(u.case.urgency), u.case.received_at, u.case.id.clone());
                key(a).cmp(&key(b))
            });
            list.took = made.elapsed();
            list
        };
        let list = Arc::new(tokio::task::spawn_blocking(work).await.map_err(|_| lost("looking at the clocks"))?);
        metrics::histogram!("tingsu_late_list_seconds").record(list.took.as_secs_f64());
        *kept = Some(list.clone());
        Ok(list)
    }

    /// What is late within the actor's reach; the moment of the picture, those asked for, and all that have
    /// a colour.
    ///
    /// # Errors
    /// Not allowed, or the store failed.
    pub async fn late(&self, ask: &LateAsk) -> Result<(Timestamp, Vec<LateCase>, Vec<LateCase>), Fault> {
        self.actor().needs(Right::Supervise)?;
        let list = self.late_list().await?;
        let own = |late: &&LateCase| self.reaches_case(&late.case);
        let all = list.of(&CaseFilter::default(), None, None).filter(own).cloned().collect();
        let asked = list.of(&ask.filter, ask.light, ask.why).filter(own).cloned().collect();
        Ok((list.at, asked, all))
    }
}

/// Deadline, time left, and what is wrong.
fn looked_at(
    case: &OpenCase,
    pack: &CityPack,
    clock: &WorkClock,
    now: Timestamp,
) -> (Option<Timestamp>, Option<Left>, Vec<Late>) {
    let level = case.urgency.unwrap_or(Urgency::U4);
    let urgent = level >= Urgency::U2;
    let rule = pack.deadline(case.appeal_type, level);
    let working = rule.is_some_and(|rule| rule.finish_workdays.is_some());
    let promise = case.promised.map(promise_due);
    let due_at = promise.or(case.due_at).or_else(|| pack.due_at(case.appeal_type, level, case.received_at));
    // A promise runs from the day on which it was given.
    let began = case.round.as_ref().filter(|_| promise.is_some()).map_or(case.received_at, |round| round.from);
    let span = |from: Timestamp, to: Timestamp| match working {
        true => clock.between(from, to),
        false => to.duration_since(from).as_secs(),
    };
    let left =
        due_at.map(|due| Left { seconds: if due < now { span(now, due).min(-1) } else { span(now, due) }, working });
    let mut why = Vec::new();
    if let (Some(due), Some(left)) = (due_at, left) {
        let total = span(began, due);
        match left.seconds {
            over if over < 0 => {
                why.push(if over < -DAY { Late::LongOver } else { Late::Over });
                if urgent {
                    why.push(Late::UrgentMissed);
                }
            }
            rest if rest.saturating_mul(5) <= total => why.push(Late::Soon),
            _ => {}
        }
    }
    let waits = matches!(case.status, Status::Pending | Status::ToDispatch | Status::ToSign);
    let since = now.duration_since(case.dispatched_at.unwrap_or(case.received_at)).as_secs();
    if let Some(rule) = rule.filter(|_| waits && case.signed_at.is_none()) {
        match i64::from(rule.sign_minutes) * 60 {
            limit if since > limit && urgent => why.push(Late::UrgentMissed),
            limit if since > limit => why.push(Late::SignOver),
            limit if since * 2 > limit => why.push(Late::Unsigned),
            _ => {}
        }
    }
    let called = now.duration_since(case.received_at).as_secs();
    if urgent && case.contacted == Some(false) && rule.is_some_and(|rule| called > i64::from(rule.contact_minutes) * 60)
    {
        why.push(Late::UrgentMissed);
    }
    if case.promised.is_some_and(|day| day <= city_date(now)) {
        why.push(Late::Promised);
    }
    if case.round.as_ref().and_then(|round| round.this_month(now)).is_some_and(|(_, contacted)| !contacted) {
        why.push(Late::Uncontacted);
    }
    if case.whistles.iter().any(|whistle| whistle.is_late(now)) {
        why.push(Late::Unreported);
    }
    if case.returned >= RETURNED {
        why.push(Late::Returned);
    }
    if case.told >= TOLD {
        why.push(Late::Repeated);
    }
    why.sort();
    why.dedup();
    (due_at, left, why)
}
