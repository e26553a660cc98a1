//! How many tickets of a list have which value: from the index, so that it costs no scan of the store.

use std::{collections::HashMap, sync::PoisonError};

use crate::{
    domain::Fault,
    search::{Facet, Query},
    store::TicketFilter,
};

use super::{Desk, FacetCounts, find::label, trouble::lost};

/// What is counted.
const COUNTED: [Facet; 5] = [Facet::Status, Facet::Urgency, Facet::District, Facet::Department, Facet::Category];

/// Different filters whose counts are kept.
const KEPT: usize = 64;

/// Counts of one state of the index and one pack, by what was asked.
#[derive(Debug, Default)]
pub(super) struct Counted {
    of: (i64, String),
    by: HashMap<String, Vec<FacetCounts>>,
}

impl Counted {
    fn get(&self, of: &(i64, String), asked: &str) -> Option<Vec<FacetCounts>> {
        self.by.get(asked).filter(|_| self.of == *of).cloned()
    }

    fn put(&mut self, of: (i64, String), asked: String, counts: Vec<FacetCounts>) {
        if self.of != of || self.by.len() >= KEPT {
            (self.of, self.by) = (of, HashMap::new());
        }
        self.by.insert(asked, counts);
    }
}

impl Desk {
    /// Counts of a list's tickets by the values of its filters, as far as the index knows them.
    ///
    /// # Errors
    /// The index is unavailable.
    pub async fn counts(&self, filter: &TicketFilter) -> Result<Vec<FacetCounts>, Fault> {
        // What the index does not know is not counted: no counts are better than wrong ones.
        if !filter.assisting.is_empty() || filter.standing.is_some() || filter.by_due {
            return Ok(Vec::new());
        }
        let mut query = Query { received: filter.received, count: COUNTED.to_vec(), limit: 1, ..Query::default() };
        let status = filter.status.iter().map(|s| s.label().to_owned()).collect();
        let urgency = filter.urgency.iter().map(|u| u.code().to_owned()).collect();
        let all: [(Facet, Vec<String>); 5] = [
            (Facet::Status, status),
            (Facet::Urgency, urgency),
            (Facet::District, filter.district.clone()),
            (Facet::Department, filter.department.clone()),
            (Facet::Category, filter.category.clone()),
        ];
        query.filters = all.into_iter().filter(|(_, values)| !values.is_empty()).collect();
        if !self.narrow(&mut query) {
            return Ok(Vec::new());
        }
        let (index, city) = (self.room.index.live(), self.city());
        // Taken before the counting: what is committed meanwhile makes it look older than it is, not newer.
        let (of, asked) = (
            (index.committed_seq(), city.hash.clone()),
            format!("{:?}{:?}{:?}", query.filters, query.units, query.received),
        );
        let kept = || self.room.counted.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(counts) = kept().get(&of, &asked) {
            return Ok(counts);
        }
        let found =
            tokio::task::spawn_blocking(move || index.search(&query)).await.map_err(|_| lost("the counting"))??;
        let counts = label(&found, &city);
        kept().put(of, asked, counts.clone());
        Ok(counts)
    }
}
