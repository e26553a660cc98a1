//! Past tickets like an appeal, with what they share.

use std::collections::{BTreeMap, BTreeSet};

use tantivy::{DocAddress, TantivyDocument, schema::Value};

use crate::{
    domain::{Appeal, TicketId},
    numeric::Quantised,
    text::Normalized,
};

use super::{
    Hit, MAX_LIMIT, SearchError, SearchIndex,
    analyser::gram_chars,
    collect::Rank,
    similar::{like, telling},
    synonyms::Synonyms,
    vectors::{likeness, nearest},
};

/// Tickets that words and vectors each propose.
const PROPOSED: usize = 60;
/// Reciprocal rank fusion: 1 / (this + place), added up (Cormack, Clarke & Büttcher 2009, who give 60).
const FUSION: f32 = 60.0;
/// Shared words that are told.
const TOLD: usize = 6;

/// A past ticket and why it is thought alike.
#[derive(Clone, Debug, PartialEq)]
pub struct Alike {
    /// Which ticket.
    pub ticket: TicketId,
    /// Share of the appeal's telling words (weighted by rarity) that the ticket has, 0 to about 1.
    pub words: f32,
    /// Telling words that both have, most telling first; normalised.
    pub shared: Vec<String>,
    /// The same share without the words of the appeal's places: two matters of one place share its name.
    pub matter: f32,
    /// Cosine of the sentence vectors, where both have one.
    pub cosine: Option<f32>,
}

/// What speaks for a case: its places in both lists, its share of the telling words, its vector.
#[derive(Clone, Copy, Debug, Default)]
struct Fused {
    score: f32,
    words: f32,
    cosine: Option<f32>,
}

impl SearchIndex {
    /// Past tickets most like an appeal by its words, best first, without `except`. A score is
    /// [`Alike::words`].
    ///
    /// # Errors
    /// [`SearchError::Backend`].
    pub fn similar(&self, appeal: &Appeal, limit: usize, except: Option<&TicketId>) -> Result<Vec<Hit>, SearchError> {
        let alike = self.alike(appeal, None, &BTreeSet::new(), limit, except)?;
        Ok(alike.into_iter().map(|a| Hit { ticket: a.ticket, score: a.words }).collect())
    }

    /// Past tickets most like an appeal by its words and, where it has one, its sentence vector: best
    /// first by both lists together, without `except`. `places` are what the appeal says of where it is.
    ///
    /// # Errors
    /// [`SearchError::Backend`].
    pub fn alike(
        &self,
        appeal: &Appeal,
        vector: Option<&[f32]>,
        places: &BTreeSet<String>,
        limit: usize,
        except: Option<&TicketId>,
    ) -> Result<Vec<Alike>, SearchError> {
        self.guarded(|searcher| {
            let (synonyms, ranking) = (Synonyms::default(), self.ranking.load());
            let planner = self.planner(searcher, &synonyms, &ranking);
            let telling = telling(&planner, appeal);
            let places: Vec<String> = places.iter().map(|p| Normalized::of(p).text().to_owned()).collect();
            let of_place = |word: &str| places.iter().any(|place| place.contains(word));
            let of_matter: f32 = telling.iter().filter(|(_, w)| !of_place(w)).map(|(share, _)| share).sum();
            let limit = limit.min(MAX_LIMIT);
            let mut ranks: Vec<Rank> = Vec::new();
            if !telling.is_empty() {
                let keep = limit.max(PROPOSED).min(self.len());
                ranks = like(&planner, &telling, except.map(|id| self.id_term(id)), keep)?;
            }
            let mut fused: BTreeMap<DocAddress, Fused> = BTreeMap::new();
            for (place, rank) in ranks.iter().enumerate() {
                let own = Fused { score: 1.0 / (FUSION + place as f32), words: rank.score, cosine: None };
                fused.insert(rank.address, own);
            }
            let vectors = self.vectors.load();
            if let (Some(vectors), Some(vector)) = (vectors.as_ref(), vector) {
                let own = Quantised::of(vector);
                let near = nearest(vectors, searcher, own.slice(), None, limit.max(PROPOSED) + 1)?;
                for (place, near) in near.iter().enumerate() {
                    fused.entry(near.address).or_default().score += 1.0 / (FUSION + place as f32);
                }
                let addresses: Vec<DocAddress> = fused.keys().copied().collect();
                let cosines = likeness(vectors, searcher, own.slice(), &addresses)?;
                for (entry, cosine) in fused.values_mut().zip(cosines) {
                    entry.cosine = cosine;
                }
            }
            let mut order: Vec<(DocAddress, Fused)> = fused.into_iter().collect();
            let better = |a: &Fused, b: &Fused| b.score.total_cmp(&a.score).then(b.words.total_cmp(&a.words));
            order.sort_by(|(_, a), (_, b)| better(a, b));
            // one more, for the appeal itself may be among the nearest; with all that are as good as the last one
            if let Some((_, last)) = order.get(limit).copied() {
                order.truncate(order.partition_point(|(_, one)| better(one, &last).is_le()));
            }
            // equals by their numbers, for their places in the index depend on how its segments were merged
            let ids = self.names.of(searcher, order.iter().map(|(address, _)| *address))?;
            let mut named: Vec<(TicketId, DocAddress, Fused)> =
                order.into_iter().zip(ids).filter_map(|((address, fused), id)| Some((id?, address, fused))).collect();
            named.sort_by(|(id, _, a), (other, _, b)| better(a, b).then_with(|| id.cmp(other)));
            let mut alike = Vec::new();
            for (ticket, address, Fused { words, cosine, .. }) in named {
                if except == Some(&ticket) || alike.len() == limit {
                    continue;
                }
                let doc: TantivyDocument = searcher.doc(address)?;
                let said = doc.get_first(self.fields.said).and_then(|v| v.as_str()).unwrap_or_default().to_owned();
                let held =
                    |word: &&(f32, String)| said.contains(&gram_chars(&word.1).map(|(_, c)| c).collect::<String>());
                let found: Vec<&(f32, String)> = telling.iter().filter(held).collect();
                // a ticket that only its vector proposed gets its share here
                let words = if words > 0.0 { words } else { found.iter().map(|(share, _)| share).sum() };
                let held: f32 = found.iter().filter(|(_, w)| !of_place(w)).map(|(share, _)| share).sum();
                let matter = if of_matter > 0.0 { held / of_matter } else { 0.0 };
                let shared = found.iter().take(TOLD).map(|(_, word)| word.clone()).collect();
                alike.push(Alike { ticket, words, shared, matter, cosine });
            }
            Ok(alike)
        })
    }
}
