//! How the open tickets of a person's reach stand: the counts over the list of tickets, and the lists behind them.
//! Made with the picture of what is late, so that a page of the list asks the store for nothing more.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

use jiff::Timestamp;

use crate::{
    domain::{Fault, Late, Order, Reach, Standing, TicketId},
    store::{OpenCase, TicketFilter},
};

use super::{super::Desk, late::Left};

/// Different persons whose numbers are kept with one picture.
const KEPT: usize = 512;

/// An open ticket.
#[derive(Debug)]
struct Stand {
    id: TicketId,
    received_at: Timestamp,
    due_at: Option<Timestamp>,
    department: Option<String>,
    district: Option<String>,
    assisting: Vec<String>,
    handler: Option<String>,
    /// One for each of [`Standing::ALL`] that does not depend on who looks.
    is: [bool; 4],
}

impl Stand {
    /// Units that assist; what was decided later may have made one of them the 主办单位.
    fn helpers(&self) -> impl Iterator<Item = &String> {
        self.assisting.iter().filter(|unit| Some(*unit) != self.department.as_ref())
    }
}

/// One person's tickets: places in the picture, newest first.
#[derive(Debug)]
struct Own {
    all: Vec<usize>,
    of: [Vec<usize>; Standing::ALL.len()],
}

/// All open tickets of the city, and what was found of them for whom.
#[derive(Debug)]
pub(super) struct Standings {
    ordered: BTreeSet<TicketId>,
    cases: Vec<Stand>,
    own: Mutex<HashMap<(String, Reach), Arc<Own>>>,
}

impl Standings {
    pub(super) fn new(orders: Vec<Order>) -> Self {
        let ordered = orders.into_iter().map(|order| order.ticket).collect();
        Self { ordered, cases: Vec::new(), own: Mutex::default() }
    }

    pub(super) fn take(&mut self, case: &OpenCase, due_at: Option<Timestamp>, left: Option<Left>, why: &[Late]) {
        let over = left.is_some_and(|left| left.seconds < 0);
        let is = [why.contains(&Late::Soon), over, why.contains(&Late::Uncontacted), self.ordered.contains(&case.id)];
        self.cases.push(Stand {
            id: case.id.clone(),
            received_at: case.received_at,
            due_at,
            department: case.department.clone(),
            district: case.district.clone(),
            assisting: case.assisting.clone(),
            handler: case.handler.clone(),
            is,
        });
    }

    /// Newest first, as the list of tickets is.
    pub(super) fn in_order(&mut self) {
        self.cases.sort_by(|a, b| b.received_at.cmp(&a.received_at).then_with(|| a.id.cmp(&b.id)));
    }

    fn of(&self, reach: &Reach, names: &[String]) -> Own {
        let mut own = Own { all: Vec::new(), of: Default::default() };
        for (n, case) in self.cases.iter().enumerate() {
            if !reach.covers(case.department.as_deref(), &case.assisting, case.district.as_deref()) {
                continue;
            }
            own.all.push(n);
            let mine = case.handler.as_ref().is_some_and(|name| names.contains(name));
            let units = &reach.departments;
            let assists = case.helpers().any(|unit| units.is_empty() || units.contains(unit));
            for (list, is) in own.of.iter_mut().zip(case.is.into_iter().chain([mine, assists])) {
                if is {
                    list.push(n);
                }
            }
        }
        own
    }
}

impl Desk {
    /// Whether an open ticket is in the actor's reach.
    pub(super) fn reaches_case(&self, case: &OpenCase) -> bool {
        let covers =
            |reach: &Reach| reach.covers(case.department.as_deref(), &case.assisting, case.district.as_deref());
        self.actor.as_ref().is_none_or(|actor| covers(&actor.reach))
    }

    async fn own_standings(&self) -> Result<(Arc<super::LateList>, Arc<Own>), Fault> {
        let (list, actor) = (self.late_list_lately().await?, self.actor());
        let key = (actor.name.clone(), actor.reach.clone());
        let kept = || list.stands_so.own.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept().get(&key).cloned();
        if let Some(own) = found {
            return Ok((list.clone(), own));
        }
        // A ticket names its handler as people write it: by the person's name, or the account's.
        let mut names = vec![actor.name.clone()];
        let person = self.people().await?.into_iter().find(|user| user.name == actor.name).map(|user| user.person);
        names.extend(person.filter(|name| !name.is_empty()));
        let own = Arc::new(list.stands_so.of(&actor.reach, &names));
        let mut all = kept();
        if all.len() >= KEPT {
            all.clear();
        }
        all.insert(key, own.clone());
        drop(all);
        Ok((list.clone(), own))
    }

    /// How many open tickets of the actor's reach stand how; each number's list is the filter of that standing.
    ///
    /// # Errors
    /// The store is unavailable.
    pub async fn standings(&self) -> Result<Vec<(Standing, usize)>, Fault> {
        let (_, own) = self.own_standings().await?;
        Ok(Standing::ALL.into_iter().zip(own.of.iter().map(Vec::len)).collect())
    }

    /// With how many open tickets of the actor's reach each unit assists, the most first. The list of one is the
    /// filter of that assisting unit by deadline.
    ///
    /// # Errors
    /// The store is unavailable.
    pub async fn assisting_units(&self) -> Result<Vec<(String, usize)>, Fault> {
        let (list, own) = self.own_standings().await?;
        let mut units: BTreeMap<&String, usize> = BTreeMap::new();
        for case in own.all.iter().filter_map(|n| list.stands_so.cases.get(*n)) {
            for unit in case.helpers() {
                *units.entry(unit).or_default() += 1;
            }
        }
        let mut units: Vec<(String, usize)> = units.into_iter().map(|(unit, n)| (unit.clone(), n)).collect();
        units.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        Ok(units)
    }

    /// A filter whose standing and order are said as tickets; none if no ticket is left.
    pub(in crate::desk) async fn standing_as(&self, filter: &TicketFilter) -> Result<Option<TicketFilter>, Fault> {
        if filter.standing.is_none() && !filter.by_due {
            return Ok(Some(filter.clone()));
        }
        let (list, own) = self.own_standings().await?;
        let places = filter.standing.map_or(&own.all, |standing| &own.of[standing as usize]);
        let mut cases: Vec<&Stand> = places.iter().filter_map(|n| list.stands_so.cases.get(*n)).collect();
        if filter.by_due {
            // Of equal deadlines the older one first: it waits longer. What has none comes last.
            cases.sort_by_key(|case| (case.due_at.is_none(), case.due_at, case.received_at, Reverse(&case.id)));
        }
        let ids: Vec<TicketId> = cases.into_iter().map(|case| case.id.clone()).collect();
        Ok((!ids.is_empty()).then(|| TicketFilter { among: Some(ids), ..filter.clone() }))
    }
}
