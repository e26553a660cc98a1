//! Tickets as they were last read. A record is a few kilobytes of JSON, and the same ones are read again and
//! again: in lists, beside like cases, behind numbers. Every change of a ticket gives it a new place in the
//! change sequence, so one whose place is the same is the same.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use sqlx::{QueryBuilder, SqliteConnection};

use super::{
    batch::{ROWS, push_list},
    open::backend,
    read::{self, get, id_of},
};
use crate::{
    domain::{Ticket, TicketId},
    store::StoreResult,
};

/// Tickets kept at least; at most twice as many, about ten kilobytes each.
const KEPT: usize = 2_000;

#[derive(Debug, Default)]
struct Generations {
    young: HashMap<TicketId, Arc<Ticket>>,
    old: HashMap<TicketId, Arc<Ticket>>,
}

impl Generations {
    fn get(&mut self, id: &TicketId, seq: i64) -> Option<Arc<Ticket>> {
        let found = self.young.get(id).filter(|ticket| ticket.seq == seq).cloned();
        if found.is_some() {
            return found;
        }
        // What is asked for again lives on when the old ones go.
        let found = self.old.remove(id).filter(|ticket| ticket.seq == seq)?;
        self.put(found.clone());
        Some(found)
    }

    fn put(&mut self, ticket: Arc<Ticket>) {
        if self.young.len() >= KEPT {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(ticket.id.clone(), ticket);
    }
}

/// Shared by all clones of a store.
#[derive(Clone, Debug, Default)]
pub(super) struct Recent(Arc<Mutex<Generations>>);

impl Recent {
    /// Tickets in the order asked for; unknown ids are left out. For readers only: what a transaction has
    /// written and not yet committed must not be kept.
    pub(super) async fn tickets(&self, db: &mut SqliteConnection, ids: &[TicketId]) -> StoreResult<Vec<Ticket>> {
        let mut found: HashMap<TicketId, Arc<Ticket>> = HashMap::with_capacity(ids.len());
        for (id, seq) in places(db, ids).await? {
            if let Some(ticket) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&id, seq) {
                found.insert(id, ticket);
            }
        }
        let missing: Vec<TicketId> = ids.iter().filter(|id| !found.contains_key(*id)).cloned().collect();
        if !missing.is_empty() {
            for ticket in read::tickets(db, &missing).await? {
                let ticket = Arc::new(ticket);
                self.0.lock().unwrap_or_else(PoisonError::into_inner).put(ticket.clone());
                found.insert(ticket.id.clone(), ticket);
            }
        }
        Ok(ids.iter().filter_map(|id| found.get(id)).map(|ticket| Ticket::clone(ticket)).collect())
    }
}

/// The place of each ticket in the change sequence.
async fn places(db: &mut SqliteConnection, ids: &[TicketId]) -> StoreResult<Vec<(TicketId, i64)>> {
    let mut all = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(ROWS) {
        let mut query = QueryBuilder::new("SELECT id, seq FROM tickets WHERE id IN ");
        push_list(&mut query, chunk.iter().map(|id| id.as_str().to_owned()));
        for row in &query.build().persistent(false).fetch_all(&mut *db).await.map_err(backend)? {
            all.push((id_of(get(row, "id")?)?, get(row, "seq")?));
        }
    }
    Ok(all)
}
