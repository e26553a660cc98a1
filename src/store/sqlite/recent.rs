//! Tickets as they were last read. A record is a few kilobytes of JSON, and the same ones are read again and
//! again: in lists, beside like cases, behind numbers. Every change of a ticket gives it a new place in the
//! change sequence, so one whose place is the same is the same.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use sqlx::SqliteConnection;

use super::{
    open::backend,
    read::{self, get, id_of},
};
use crate::{
    domain::{Ticket, TicketId},
    store::{StoreError, StoreResult},
};

/// Tickets kept at least; at most twice as many, about ten kilobytes each.
const KEPT: usize = 2_000;

const PLACES: &str = "SELECT id, seq FROM tickets WHERE id IN (SELECT value FROM json_each($1))";

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

/// The place of each ticket in the change sequence. One statement for any number of ids, so that it is
/// prepared once and not for each number of them.
async fn places(db: &mut SqliteConnection, ids: &[TicketId]) -> StoreResult<Vec<(TicketId, i64)>> {
    let ids = serde_json::to_string(ids).map_err(|e| StoreError::Backend(format!("ticket ids: {e}")))?;
    let found = sqlx::query(PLACES).bind(ids).fetch_all(db).await.map_err(backend)?;
    found.iter().map(|row| Ok((id_of(get(row, "id")?)?, get(row, "seq")?))).collect()
}
