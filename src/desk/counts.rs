//! How many tickets of a list have which value: from the index, so that it costs no scan of the store.

use crate::{
    domain::Fault,
    search::{Facet, Query},
    store::TicketFilter,
};

use super::{Desk, FacetCounts, find::label, trouble::lost};

/// What is counted.
const COUNTED: [Facet; 5] = [Facet::Status, Facet::Urgency, Facet::District, Facet::Department, Facet::Category];

impl Desk {
    /// Counts of a list's tickets by the values of its filters, as far as the index knows them.
    ///
    /// # Errors
    /// The index is unavailable.
    pub async fn counts(&self, filter: &TicketFilter) -> Result<Vec<FacetCounts>, Fault> {
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
        let index = self.room.index.live();
        let found =
            tokio::task::spawn_blocking(move || index.search(&query)).await.map_err(|_| lost("the counting"))??;
        Ok(label(&found, &self.city()))
    }
}
