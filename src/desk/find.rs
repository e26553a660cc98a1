//! A search: typed query → closed query → ids → present truth.

use std::time::Instant;

use jiff::Timestamp;

use crate::{
    city::CityPack,
    domain::Fault,
    search::{Facet, Found, Mode, SearchError, Term, Wanted},
};

use super::{Desk, FacetCounts, FindAnswer, FindRequest, closed::closed, shown, trouble::lost};

/// Hits on one page at most.
const PAGE: usize = 100;

impl Desk {
    /// A search. What cannot be read as a query is searched as plain words and noted.
    ///
    /// # Errors
    /// The index or the store is unavailable, or a caller is asked for without the right to personal data.
    pub async fn find(&self, request: FindRequest, now: Timestamp) -> Result<FindAnswer, Fault> {
        let started = Instant::now();
        let pack = self.city();
        let (mut query, notes) = closed(&request, &pack, now)?;
        self.asks_for(&query).await?;
        if !self.narrow(&mut query) {
            return Ok(FindAnswer { notes, took: started.elapsed(), ..FindAnswer::default() });
        }
        if query.mode != Mode::Bm25 {
            query.vector = self.query_vector(typed(&query.wanted)).await;
        }
        query.limit = request.limit.clamp(1, PAGE);
        let index = self.room.index.live();
        let searched = tokio::task::spawn_blocking(move || index.search(&query).map(|f| (f, query.wanted)))
            .await
            .map_err(|_| lost("the search"))?;
        let (found, wanted) = match searched {
            Err(SearchError::Damaged { why, .. }) => return Err(self.index_is_damaged(&why)),
            other => other?,
        };
        let ids: Vec<_> = found.hits.iter().map(|h| h.ticket.clone()).collect();
        let tickets = self.room.store.tickets(&ids).await?;
        let highlighter = self.room.index.live().highlighter(&wanted);
        let hits = tickets
            .into_iter()
            .filter(|ticket| self.reaches(ticket))
            .map(|ticket| {
                let score = found.hits.iter().find(|h| h.ticket == ticket.id).map_or(0.0, |h| h.score);
                shown::hit(&highlighter, ticket, score)
            })
            .collect();
        metrics::histogram!("tingsu_search_seconds").record(started.elapsed().as_secs_f64());
        Ok(FindAnswer {
            total: found.total,
            hits,
            facets: label(&found, &pack),
            over_time: found.over_time,
            notes,
            also: found.also,
            relaxed: found.relaxed,
            mode: found.mode,
            by_vector: found.by_vector,
            took: started.elapsed(),
        })
    }
}

/// The words of a query in one line, without its conditions.
fn typed(wanted: &Wanted) -> String {
    let words: Vec<&str> = wanted
        .groups
        .iter()
        .flatten()
        .map(|term| match term {
            Term::Words(typed) | Term::Phrase(typed) => typed.as_str(),
        })
        .collect();
    words.join(" ")
}

/// Facet values with words for people.
pub(super) fn label(found: &Found, pack: &CityPack) -> Vec<FacetCounts> {
    let name = |facet: Facet, value: &str| match facet {
        Facet::Category => pack.taxonomy.get(value).map_or_else(|| value.to_owned(), |c| c.level2.clone()),
        Facet::Urgency => value
            .parse()
            .map_or_else(|_| value.to_owned(), |u: crate::domain::Urgency| format!("{value} {}", u.label())),
        _ => value.to_owned(),
    };
    found
        .facets
        .iter()
        .map(|(facet, counts)| {
            (*facet, counts.iter().map(|(value, n)| (value.clone(), name(*facet, value), *n)).collect())
        })
        .collect()
}
