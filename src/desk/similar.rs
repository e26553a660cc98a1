//! Past cases beside a new appeal, and how each relates to it.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use tracing::warn;

use crate::domain::{Appeal, Fault, Ticket, TicketId};

use super::{Desk, Relation, SimilarCase, Why, trouble::lost};

/// One event is called in within days; later it is another one of the kind.
const EVENT_DAYS: i64 = 7;
/// 重复诉求 is counted within 30 days (`domain.md` §4, 重复投诉率).
const REPEAT_DAYS: i64 = 30;

/// What is known of the appeal that cases are compared with.
struct Anchor<'a> {
    caller: Option<&'a str>,
    category: Option<String>,
    places: BTreeSet<String>,
    at: Timestamp,
}

impl Desk {
    /// Past cases like a text; `caller` lets repeats be told apart.
    ///
    /// # Errors
    /// The index or the store is unavailable.
    pub async fn similar(
        &self,
        appeal: &Appeal,
        caller: Option<&str>,
        limit: usize,
    ) -> Result<Vec<SimilarCase>, Fault> {
        let triager = self.room.infer.current();
        let places = triager.rules_only(appeal).places;
        let anchor =
            Anchor { caller, category: None, places: places.into_iter().map(|p| p.text).collect(), at: self.now() };
        self.cases(appeal, anchor, limit, None).await
    }

    /// Past cases like a stored ticket.
    ///
    /// # Errors
    /// Not found, or the index or the store is unavailable.
    pub async fn similar_to(&self, id: &TicketId, limit: usize) -> Result<Vec<SimilarCase>, Fault> {
        let ticket = self.get(id).await?;
        let caller = ticket.content.caller.number.clone();
        let anchor = anchor(&ticket, caller.as_deref());
        self.cases(&ticket.content.appeal, anchor, limit, Some(id)).await
    }

    pub(super) async fn similar_in_time(&self, ticket: &Ticket, caller: Option<&str>) -> Vec<SimilarCase> {
        let cases =
            self.cases(&ticket.content.appeal, anchor(ticket, caller), self.room.config.similar, Some(&ticket.id));
        match tokio::time::timeout(self.room.config.similar_deadline, cases).await {
            Ok(Ok(cases)) => cases,
            Ok(Err(fault)) => {
                warn!(kind = fault.kind.code(), "no similar cases: the index did not answer");
                Vec::new()
            }
            Err(_) => Vec::new(),
        }
    }

    async fn cases(
        &self,
        appeal: &Appeal,
        anchor: Anchor<'_>,
        limit: usize,
        except: Option<&TicketId>,
    ) -> Result<Vec<SimilarCase>, Fault> {
        let limit = limit.clamp(1, 50);
        let vector = self.text_vector(appeal).await;
        let (index, appeal, except) = (self.room.index.live(), appeal.clone(), except.cloned());
        let hits = tokio::task::spawn_blocking(move || index.alike(&appeal, vector.as_deref(), limit, except.as_ref()))
            .await
            .map_err(|_| lost("the search for similar cases"))??;
        let ids: Vec<_> = hits.iter().map(|h| h.ticket.clone()).collect();
        let tickets = self.room.store.tickets(&ids).await?;
        let mut cases: Vec<SimilarCase> = tickets
            .into_iter()
            .map(|ticket| {
                let hit = hits.iter().find(|h| h.ticket == ticket.id);
                let own = ticket.effective().category;
                let same_place = same_place(&anchor, &ticket);
                let why = Why {
                    words: hit.map(|h| h.shared.clone()).unwrap_or_default(),
                    same_place,
                    same_category: anchor.category.is_some() && own == anchor.category,
                    likeness: hit.and_then(|h| h.cosine),
                };
                let score = hit.map_or(0.0, |h| h.words.max(h.cosine.unwrap_or(0.0)));
                SimilarCase { relation: relation(&anchor, &ticket, same_place), ticket, score, why }
            })
            .collect();
        // Duplicates first: they change what the operator does next.
        cases.sort_by(|a, b| a.relation.cmp(&b.relation).then(b.score.total_cmp(&a.score)));
        Ok(cases)
    }
}

fn anchor<'a>(ticket: &Ticket, caller: Option<&'a str>) -> Anchor<'a> {
    Anchor { caller, category: ticket.effective().category, places: places(ticket), at: ticket.received_at }
}

fn places(ticket: &Ticket) -> BTreeSet<String> {
    let found = ticket.suggestion.iter().flat_map(|s| &s.places).map(|p| p.text.clone());
    ticket.content.place.iter().filter(|p| !p.is_empty()).cloned().chain(found).collect()
}

fn relation(anchor: &Anchor<'_>, past: &Ticket, same_place: bool) -> Relation {
    let apart = past.received_at.duration_since(anchor.at).abs();
    let within = |days: i64| apart <= SignedDuration::from_hours(24 * days);
    let same_caller = anchor.caller.is_some_and(|c| !c.is_empty() && past.content.caller.number.as_deref() == Some(c));
    let same_category =
        anchor.category.as_ref().is_none_or(|own| past.effective().category.as_ref().is_none_or(|c| c == own));
    if same_caller && same_category && within(REPEAT_DAYS) {
        Relation::Repeat
    } else if !same_caller && same_place && same_category && within(EVENT_DAYS) {
        Relation::SameEvent
    } else {
        Relation::SameKind
    }
}

/// A place phrase of three characters or more names something definite: 某路, 某小区.
fn same_place(anchor: &Anchor<'_>, past: &Ticket) -> bool {
    let others = places(past);
    anchor.places.iter().any(|own| {
        others.iter().any(|other| {
            let (short, long) = if own.chars().count() < other.chars().count() { (own, other) } else { (other, own) };
            short.chars().count() >= 3 && long.contains(short.as_str())
        })
    })
}
