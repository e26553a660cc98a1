//! Words and vectors together: the tickets that one or the other finds first are looked at again.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use tantivy::{DocAddress, Searcher, query::Query as IndexQuery};

use crate::{domain::TicketId, numeric::Quantised};

use super::{
    FEATURES, Facet, MAX_LIMIT, MAX_OFFSET, Mode, Query, SearchError, SearchIndex, Sort, Term,
    collect::{Gather, Gathered, Rank},
    histogram::city_hour,
    plan::Planner,
    rescore::{Candidate, Rescorer},
    schema::{RECEIVED, SEQ},
    vectors::{Vectors, likeness, nearest},
};

/// Tickets of each of the two first looks that get a second one.
pub(crate) const LOOKED_AT: usize = 100;
/// Log odds that differ by less are a tie, which the newer ticket wins.
const TIE: f32 = 0.05;
/// A ticket whose number was typed stands before all others.
const PINNED: f32 = 1_000.0;

impl SearchIndex {
    /// Sets the vectors that are searched, from the next query on; without them every query is answered
    /// by words.
    pub fn set_vectors(&self, vectors: Option<Arc<Vectors>>) {
        self.vectors.store(vectors);
    }

    /// The vectors that are searched.
    pub fn vectors(&self) -> Option<Arc<Vectors>> {
        self.vectors.load_full()
    }

    /// The tickets that a query would be answered from, with what speaks for each: what weights are
    /// learned from.
    ///
    /// # Errors
    /// [`SearchError::Backend`].
    pub fn candidates(&self, query: &Query) -> Result<Vec<(TicketId, [f32; FEATURES])>, SearchError> {
        self.guarded(|searcher| {
            let (synonyms, ranking) = (self.synonyms.load(), self.ranking.load());
            let mut planner = self.planner(searcher, &synonyms, &ranking);
            let mode = self.mode(query);
            let (gathered, _) = self.first_look(&mut planner, query, mode, LOOKED_AT)?;
            let (candidates, _) = self.both(&mut planner, query, mode, &gathered.best)?;
            let features =
                Rescorer::new(searcher, &self.fields, &self.segmenter, &query.wanted)?.features(&candidates)?;
            let ids = self.names.of(searcher, candidates.iter().map(|c| c.address))?;
            Ok(ids.into_iter().zip(features).filter_map(|(id, features)| Some((id?, features))).collect())
        })
    }

    /// What is asked for, as far as there are vectors.
    pub(super) fn mode(&self, query: &Query) -> Mode {
        let width = self.vectors.load().as_ref().map(|v| v.width());
        let own = query.vector.as_ref().filter(|v| Some(v.len()) == width);
        match own {
            Some(_) if query.sort == Sort::Relevance && !query.wanted.groups.is_empty() => query.mode,
            _ => Mode::Bm25,
        }
    }

    /// By words: the matches, and whether fewer words had to do. Nothing for vectors alone.
    pub(super) fn first_look(
        &self,
        planner: &mut Planner<'_>,
        query: &Query,
        mode: Mode,
        keep: usize,
    ) -> tantivy::Result<(Gathered, bool)> {
        if mode == Mode::Vector {
            return Ok((Gathered::default(), false));
        }
        let keep = keep.min(self.len());
        let hours = query.over_time.is_some();
        let gather = Gather { sort: query.sort, keep, count: query.count.clone(), hours };
        let gathered = planner.searcher.search(&planner.plan(query), &gather)?;
        if gathered.total > 0 || !planner.relaxable {
            return Ok((gathered, false));
        }
        planner.relaxed = true;
        let gathered = planner.searcher.search(&planner.plan(query), &gather)?;
        let relaxed = gathered.total > 0;
        Ok((gathered, relaxed))
    }

    /// Whether the order of the first look is not the last word. A few typed words that must all be
    /// found are, with the boosts for words side by side, ordered well enough by themselves.
    pub(super) fn looks_again(&self, query: &Query, mode: Mode, searcher: &Searcher) -> bool {
        let typed = |t: &Term| matches!(t, Term::Words(w) if w.chars().nth(self.ranking.load().again_from).is_some());
        match mode {
            Mode::Bm25 => {
                query.sort == Sort::Relevance
                    && searcher.num_docs() > 1
                    && query.wanted.groups.iter().flatten().any(typed)
            }
            Mode::Vector | Mode::Hybrid => true,
        }
    }

    /// Orders the best anew; adds what only its vector finds. Returns how many were added.
    pub(super) fn second_look(
        &self,
        planner: &mut Planner<'_>,
        query: &Query,
        mode: Mode,
        gathered: &mut Gathered,
    ) -> tantivy::Result<usize> {
        let searcher = planner.searcher;
        let head = gathered.best.len().min(LOOKED_AT);
        let tail = gathered.best.split_off(head);
        let (candidates, added) = self.both(planner, query, mode, &gathered.best)?;
        let values: Vec<f32> = match mode {
            Mode::Vector => candidates.iter().map(|c| c.cosine.unwrap_or(-1.0)).collect(),
            _ => {
                let rescorer = Rescorer::new(searcher, &self.fields, &self.segmenter, &query.wanted)?;
                let mut odds = rescorer.odds(&candidates, mode == Mode::Hybrid)?;
                self.pin(searcher, query, &candidates, &mut odds)?;
                odds.into_iter()
                    .map(|x| if query.ignore_recency { x } else { (x / TIE).round() * TIE })
                    .map(above)
                    .collect()
            }
        };
        let mut best = Vec::with_capacity(candidates.len() + tail.len());
        for (candidate, score) in candidates.iter().zip(values) {
            best.push(self.rank(searcher, candidate.address, score, query.ignore_recency)?);
        }
        best.sort_unstable_by(|a, b| b.cmp(a));
        // what only its vector brought among the looked-at ones may stand in the tail by its words too
        let looked_at: BTreeSet<DocAddress> = candidates.iter().map(|c| c.address).collect();
        let tail = tail.into_iter().filter(|rank| !looked_at.contains(&rank.address));
        best.extend(tail.map(|rank| Rank { score: rank.score / (1.0 + rank.score.abs()), ..rank }));
        gathered.best = best;
        gathered.total += added.len();
        self.count(searcher, (&query.count, query.over_time.is_some()), &added, gathered)?;
        Ok(added.len())
    }

    /// The candidates of both first looks, and those that only the vectors found.
    fn both(
        &self,
        planner: &mut Planner<'_>,
        query: &Query,
        mode: Mode,
        best: &[Rank],
    ) -> tantivy::Result<(Vec<Candidate>, Vec<DocAddress>)> {
        let by_words = |r: &Rank| Candidate { address: r.address, score: Some(r.score), cosine: None };
        let mut all: Vec<Candidate> = best.iter().map(by_words).collect();
        let vectors = self.vectors.load();
        let (Some(own), Some(vectors), false) = (&query.vector, vectors.as_ref(), mode == Mode::Bm25) else {
            return Ok((all, Vec::new()));
        };
        let own = Quantised::of(own);
        let own = own.slice();
        let addresses: Vec<DocAddress> = all.iter().map(|c| c.address).collect();
        for (c, cosine) in all.iter_mut().zip(likeness(vectors, planner.searcher, own, &addresses)?) {
            c.cosine = cosine;
        }
        let filter = self.conditions(planner, query);
        let known: BTreeSet<DocAddress> = addresses.into_iter().collect();
        let keep = LOOKED_AT.max(if mode == Mode::Vector {
            query.offset.min(MAX_OFFSET) + query.limit.min(MAX_LIMIT)
        } else {
            0
        });
        let near = nearest(vectors, planner.searcher, own, filter.as_deref(), keep)?;
        let mut added = Vec::new();
        for near in near.iter().filter(|n| !known.contains(&n.address)) {
            all.push(Candidate { address: near.address, score: None, cosine: Some(near.cosine) });
            added.push(near.address);
        }
        // what the words found beyond the looked-at ones is counted already
        if mode == Mode::Hybrid && best.len() >= LOOKED_AT {
            let matched = planner.plan(query);
            let hits = matching(planner.searcher, matched.as_ref(), &added)?;
            added.retain(|a| !hits.contains(a));
        }
        Ok((all, added))
    }

    /// Everything but the typed words: filters, time, exclusions, quoted phrases. None if there is
    /// nothing of the kind.
    fn conditions(&self, planner: &mut Planner<'_>, query: &Query) -> Option<Box<dyn IndexQuery>> {
        let quoted = |group: &&Vec<Term>| group.iter().all(|t| matches!(t, Term::Phrase(_)));
        let mut rest = query.clone();
        rest.wanted.groups = query.wanted.groups.iter().filter(quoted).cloned().collect();
        let none = rest.wanted.groups.is_empty()
            && rest.wanted.not.is_empty()
            && rest.filters.is_empty()
            && rest.units.is_empty()
            && rest.excluded.is_empty()
            && rest.received.from.is_none()
            && rest.received.to.is_none();
        (!none).then(|| planner.plan(&rest))
    }

    /// Puts tickets first whose number, or its beginning, was typed.
    fn pin(&self, searcher: &Searcher, query: &Query, all: &[Candidate], odds: &mut [f32]) -> tantivy::Result<()> {
        let typed: Vec<String> = query
            .wanted
            .groups
            .iter()
            .flatten()
            .filter_map(|t| match t {
                Term::Words(w) if w.chars().any(|c| c.is_ascii_digit()) && w.trim().chars().nth(2).is_some() => {
                    Some(w.trim().to_lowercase())
                }
                _ => None,
            })
            .collect();
        if typed.is_empty() {
            return Ok(());
        }
        for (id, odds) in self.names.of(searcher, all.iter().map(|c| c.address))?.into_iter().zip(odds) {
            let id = id.map_or_else(String::new, |id| id.as_str().to_lowercase());
            if typed.iter().any(|t| id.starts_with(t.as_str())) {
                *odds += PINNED;
            }
        }
        Ok(())
    }

    fn rank(
        &self,
        searcher: &Searcher,
        address: DocAddress,
        score: f32,
        ignore_recency: bool,
    ) -> tantivy::Result<Rank> {
        let fast = searcher.segment_reader(address.segment_ord).fast_fields();
        let time = fast.i64(RECEIVED)?.first(address.doc_id).unwrap_or(i64::MIN);
        let seq = fast.i64(SEQ)?.first(address.doc_id).unwrap_or(0);
        Ok(match ignore_recency {
            true => Rank { score, time: 0, seq: -seq, address },
            false => Rank { score, time, seq, address },
        })
    }

    /// Adds the facet values and hours of what only the vectors found.
    fn count(
        &self,
        searcher: &Searcher,
        (count, over_time): (&[Facet], bool),
        added: &[DocAddress],
        gathered: &mut Gathered,
    ) -> tantivy::Result<()> {
        for address in added.iter().filter(|_| over_time) {
            let fast = searcher.segment_reader(address.segment_ord).fast_fields();
            if let Some(micros) = fast.i64(RECEIVED)?.first(address.doc_id) {
                *gathered.hours.entry(city_hour(micros)).or_default() += 1;
            }
        }
        for &facet in count {
            let values: &mut BTreeMap<String, u64> = gathered.facets.entry(facet).or_default();
            let mut value = String::new();
            for address in added {
                let fast = searcher.segment_reader(address.segment_ord).fast_fields();
                let Some(column) = fast.str(facet.code())? else { continue };
                for ord in column.term_ords(address.doc_id) {
                    value.clear();
                    column.ord_to_str(ord, &mut value)?;
                    *values.entry(value.clone()).or_default() += 1;
                }
            }
        }
        Ok(())
    }
}

/// Log odds as a score from 1 to 2: above the tickets that got no second look, which have less than 1.
fn above(odds: f32) -> f32 {
    1.5 + 0.5 * odds / (8.0 + odds.abs())
}

/// Which of some documents a query matches.
fn matching(
    searcher: &Searcher,
    query: &dyn IndexQuery,
    documents: &[DocAddress],
) -> tantivy::Result<BTreeSet<DocAddress>> {
    let weight = query.weight(tantivy::query::EnableScoring::disabled_from_searcher(searcher))?;
    let mut sorted = documents.to_vec();
    sorted.sort_unstable();
    let mut matched = BTreeSet::new();
    for segment in sorted.chunk_by(|a, b| a.segment_ord == b.segment_ord) {
        let Some(first) = segment.first() else { continue };
        let mut found = weight.scorer(searcher.segment_reader(first.segment_ord), 1.0)?;
        for address in segment {
            if found.doc() < address.doc_id {
                found.seek(address.doc_id);
            }
            if found.doc() == address.doc_id {
                matched.insert(*address);
            }
        }
    }
    Ok(matched)
}
