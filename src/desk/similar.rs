//! Past cases beside a new appeal, and how each relates to it.

use std::{collections::BTreeSet, time::Instant};

use tracing::warn;

use crate::{
    city::CityPack,
    domain::{Appeal, Fault, Ticket, TicketId},
    insight::{Common, Side, relation},
    search::Alike,
};

use super::{Desk, SimilarCase, Why, trouble::lost};

/// Cases that are looked at, so that a duplicate far down among the like ones is not overlooked.
const LOOKED_AT: usize = 50;
/// Cosine from which a case without a shared word is shown; below it the vectors of a greeting and of an appeal lie.
const NEAR: f32 = 0.4;

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
        // What the triager says of it is what it will be compared by once it is stored; the text alone, in time.
        let deadline = Instant::now() + self.room.config.triage_deadline;
        let (said, vector) = tokio::join!(self.room.infer.triage(appeal.clone(), deadline), self.text_vector(appeal));
        let said = said.ok();
        let found = match &said {
            Some(said) => said.places.clone(),
            None => self.room.infer.current().rules_only(appeal).places,
        };
        let category = said.as_ref().and_then(|said| said.category.first()).map(|c| c.label.clone());
        let named: BTreeSet<String> = found.into_iter().map(|p| p.text).collect();
        let pack = self.city();
        let places = named.iter().filter(|p| !pack.is_region(p)).cloned().collect();
        let anchor = Side { caller, category: category.as_deref(), places, at: self.now() };
        self.cases(appeal, vector, anchor, named, limit, None).await
    }

    /// Past cases like a ticket that the actor was given.
    ///
    /// # Errors
    /// The index or the store is unavailable.
    pub async fn similar_to(&self, ticket: &Ticket, limit: usize) -> Result<Vec<SimilarCase>, Fault> {
        let caller = ticket.content.caller.number.clone();
        let category = ticket.effective().category;
        let anchor = side(ticket, caller.as_deref(), category.as_deref(), &self.city());
        // Texts never change, so a vector that was computed once need not be again.
        let vector = match self.kept_vector(&ticket.id) {
            Some(vector) => Some(vector),
            None => self.text_vector(&ticket.content.appeal).await,
        };
        self.cases(&ticket.content.appeal, vector, anchor, named(ticket), limit, Some(&ticket.id)).await
    }

    pub(super) async fn similar_in_time(&self, ticket: &Ticket, caller: Option<&str>) -> Vec<SimilarCase> {
        let category = ticket.effective().category;
        let anchor = side(ticket, caller, category.as_deref(), &self.city());
        let cases = async {
            let vector = self.text_vector(&ticket.content.appeal).await;
            let limit = self.room.config.similar;
            self.cases(&ticket.content.appeal, vector, anchor, named(ticket), limit, Some(&ticket.id)).await
        };
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
        vector: Option<Vec<f32>>,
        anchor: Side<'_>,
        named: BTreeSet<String>,
        limit: usize,
        except: Option<&TicketId>,
    ) -> Result<Vec<SimilarCase>, Fault> {
        let limit = limit.clamp(1, 50);
        let (index, appeal, except) = (self.room.index.live(), appeal.clone(), except.cloned());
        let hits = tokio::task::spawn_blocking(move || {
            index.alike(&appeal, vector.as_deref(), &named, LOOKED_AT, except.as_ref())
        })
        .await
        .map_err(|_| lost("the search for similar cases"))??;
        // what shares no word has to be near at least
        let near = |hit: &Alike| !hit.shared.is_empty() || hit.cosine.is_some_and(|cosine| cosine >= NEAR);
        let hits: Vec<Alike> = hits.into_iter().filter(near).collect();
        let ids: Vec<_> = hits.iter().map(|h| h.ticket.clone()).collect();
        let tickets = self.room.store.tickets(&ids).await?;
        let pack = self.city();
        let mut cases: Vec<SimilarCase> = tickets
            .into_iter()
            // of cases out of reach nothing is shown
            .filter(|ticket| self.reaches(ticket))
            .map(|ticket| {
                let hit = hits.iter().find(|h| h.ticket == ticket.id);
                let category = ticket.effective().category;
                let past = side(&ticket, ticket.content.caller.number.as_deref(), category.as_deref(), &pack);
                let (words, matter, cosine) = hit.map_or((0.0, 0.0, None), |h| (h.words, h.matter, h.cosine));
                let common = Common::of(&anchor, &past, matter, cosine);
                let relation = relation(&anchor, &past, &common);
                let why = Why {
                    words: hit.map(|h| h.shared.clone()).unwrap_or_default(),
                    same_place: common.same_place,
                    same_category: common.same_category,
                    likeness: cosine,
                };
                SimilarCase { relation, ticket, score: words.max(cosine.unwrap_or(0.0)).min(1.0), why }
            })
            .collect();
        // Duplicates first: they change what the operator does next. Of the rest, what words and vector
        // together propose first.
        let place = |case: &SimilarCase| hits.iter().position(|h| h.ticket == case.ticket.id);
        cases.sort_by_cached_key(|case| (case.relation, place(case)));
        cases.truncate(limit);
        cases.sort_by(|a, b| a.relation.cmp(&b.relation).then(b.score.total_cmp(&a.score)));
        Ok(cases)
    }
}

/// All that a ticket says of where it is, regions too.
fn named(ticket: &Ticket) -> BTreeSet<String> {
    let found = ticket.suggestion.iter().flat_map(|s| &s.places).map(|p| p.text.clone());
    let content = &ticket.content;
    let given = [&content.place, &content.district, &content.town].into_iter().flatten();
    given.filter(|p| !p.is_empty()).cloned().chain(found).collect()
}

fn side<'a>(ticket: &Ticket, caller: Option<&'a str>, category: Option<&'a str>, pack: &CityPack) -> Side<'a> {
    Side { caller, category, places: places(ticket, pack), at: ticket.received_at }
}

/// Places that say more exactly where than a district or town does: two people in one district need not mean one thing.
fn places(ticket: &Ticket, pack: &CityPack) -> BTreeSet<String> {
    let found = ticket.suggestion.iter().flat_map(|s| &s.places).map(|p| p.text.clone());
    let given = ticket.content.place.iter().filter(|p| !p.is_empty()).cloned();
    given.chain(found).filter(|place| !pack.is_region(place)).collect()
}
