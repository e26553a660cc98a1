//! A search: typed query → closed query → ids → present truth.

use std::time::Instant;

use jiff::Timestamp;

use crate::{
    city::CityPack,
    domain::{Fault, Span},
    search::{self, Facet, Found, Mode, Query, QueryNote, Term, Wanted},
};

use super::{Desk, FacetCounts, FindAnswer, FindHit, FindRequest, trouble::lost};

/// Hits on one page at most.
const PAGE: usize = 100;
/// Characters of one fragment, and how many are shown.
const FRAGMENT: (usize, usize) = (60, 3);

impl Desk {
    /// A search. What cannot be read as a query is searched as plain words and noted.
    ///
    /// # Errors
    /// The index or the store is unavailable.
    pub async fn find(&self, request: FindRequest, now: Timestamp) -> Result<FindAnswer, Fault> {
        let started = Instant::now();
        let pack = self.city();
        let (mut query, notes) = closed(&request, &pack, now);
        if query.mode != Mode::Bm25 {
            query.vector = self.query_vector(typed(&query.wanted)).await;
        }
        let index = self.room.index.live();
        let (found, wanted) = tokio::task::spawn_blocking(move || index.search(&query).map(|f| (f, query.wanted)))
            .await
            .map_err(|_| lost("the search"))??;
        let ids: Vec<_> = found.hits.iter().map(|h| h.ticket.clone()).collect();
        let tickets = self.room.store.tickets(&ids).await?;
        let index = self.room.index.live();
        let hits = tickets
            .into_iter()
            .map(|ticket| {
                let score = found.hits.iter().find(|h| h.ticket == ticket.id).map_or(0.0, |h| h.score);
                let (title_marks, fragments) = show(&index, &wanted, &ticket.content.appeal);
                FindHit { ticket, score, title_marks, fragments }
            })
            .collect();
        metrics::histogram!("tingsu_search_seconds").record(started.elapsed().as_secs_f64());
        Ok(FindAnswer {
            total: found.total,
            hits,
            facets: label(&found, &pack),
            notes,
            also: found.also,
            relaxed: found.relaxed,
            mode: found.mode,
            by_vector: found.by_vector,
            took: started.elapsed(),
        })
    }
}

type Fragments = Vec<(Span, Vec<Span>)>;

fn show(index: &search::SearchIndex, wanted: &Wanted, appeal: &crate::domain::Appeal) -> (Vec<Span>, Fragments) {
    let marks = index.highlight(wanted, &appeal.text);
    let fragments = search::fragments(&appeal.text, &marks, FRAGMENT.0, FRAGMENT.1)
        .into_iter()
        .map(|cut| {
            let inside = marks
                .iter()
                .filter(|m| m.overlaps(&cut))
                .map(|m| Span::new(m.start.max(cut.start), m.end.min(cut.end)));
            (cut, inside.collect())
        })
        .collect();
    (index.highlight(wanted, &appeal.title), fragments)
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

/// The typed query with the request's filters, category names turned into codes.
fn closed(request: &FindRequest, pack: &CityPack, now: Timestamp) -> (Query, Vec<QueryNote>) {
    let (mut query, mut notes) = search::parse(&request.q, now);
    for (facet, value) in &request.filters {
        query.filters.entry(*facet).or_default().push(value.clone());
    }
    let length = request.q.chars().count();
    for side in [&mut query.filters, &mut query.excluded] {
        let Some(typed) = side.remove(&Facet::Category) else { continue };
        let mut codes = Vec::new();
        for name in typed {
            let (level1, level2) = categories(&name, pack);
            if let Some(level1) = level1 {
                side.entry(Facet::Level1).or_default().push(level1);
            } else if level2.is_empty() {
                let message = format!("没有名为“{}”的类别,该条件不会有结果", name.chars().take(20).collect::<String>());
                notes.push(QueryNote { span: Span::new(0, length), message });
                codes.push(name);
            } else {
                codes.extend(level2);
            }
        }
        if !codes.is_empty() {
            side.insert(Facet::Category, codes);
        }
    }
    query.mode = request.mode;
    query.sort = request.sort;
    query.offset = request.offset;
    query.limit = request.limit.clamp(1, PAGE);
    query.count = request.count.clone();
    (query, notes)
}

/// A code, the name of a level-1 class, or a (part of a) level-2 name.
fn categories(name: &str, pack: &CityPack) -> (Option<String>, Vec<String>) {
    let all = pack.taxonomy.categories();
    if pack.taxonomy.get(name).is_some() {
        return (None, vec![name.to_owned()]);
    }
    let exact: Vec<String> = all.iter().filter(|c| c.level2 == name).map(|c| c.code.clone()).collect();
    if !exact.is_empty() {
        return (None, exact);
    }
    if all.iter().any(|c| c.level1 == name) {
        return (Some(name.to_owned()), Vec::new());
    }
    (None, all.iter().filter(|c| c.level2.contains(name)).map(|c| c.code.clone()).collect())
}

/// Facet values with words for people.
fn label(found: &Found, pack: &CityPack) -> Vec<FacetCounts> {
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
