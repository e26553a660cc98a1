//! The nearest vectors: all of them looked at or, of very many, those of the nearest cells.

use std::{cmp::Ordering, sync::Arc};

use rayon::prelude::*;
use tantivy::{
    DocAddress, Searcher, SegmentReader,
    query::{Query as IndexQuery, Weight},
};

use crate::numeric::{QuantisedSlice, vectorized};

use super::{NONE, Table, Vectors, cells::Cells, segments::Places};

/// Documents that one thread looks at in a row.
const STRETCH: usize = 16_384;

/// Documents looked at in cells for each that is kept, at least.
const AROUND: usize = 20;

/// A document and how like it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Near {
    pub(crate) cosine: f32,
    pub(crate) address: DocAddress,
}

impl Near {
    /// Nearest first; equal ones in the order of the index.
    fn order(&self, other: &Self) -> Ordering {
        other.cosine.total_cmp(&self.cosine).then(self.address.cmp(&other.address))
    }
}

/// Cosines of the documents at some places; those without a vector get −2.
fn cosines(own: QuantisedSlice<'_>, table: &Table, places: &[u32], out: &mut Vec<f32>) {
    out.clear();
    vectorized(
        #[inline(always)]
        || {
            for &at in places {
                let from = at as usize * own.values.len();
                out.push(match (table.values.get(from..from + own.values.len()), table.scales.get(at as usize)) {
                    (Some(values), Some(&scale)) => own.product(QuantisedSlice { values, scale }),
                    _ => -2.0,
                });
            }
        },
    );
}

/// The nearest of one stretch of a segment.
fn nearest_of(
    own: QuantisedSlice<'_>,
    table: &Table,
    segment: u32,
    docs: &[u32],
    places: &[u32],
    keep: usize,
) -> Vec<Near> {
    let mut found = Vec::new();
    cosines(own, table, places, &mut found);
    let mut best: Vec<Near> = Vec::with_capacity(2 * keep);
    let mut least = -1.5;
    for (&doc, cosine) in docs.iter().zip(found) {
        if cosine > least {
            best.push(Near { cosine, address: DocAddress::new(segment, doc) });
            if best.len() == 2 * keep {
                best.select_nth_unstable_by(keep - 1, Near::order);
                best.truncate(keep);
                least = best.last().map_or(least, |n| n.cosine);
            }
        }
    }
    best.sort_unstable_by(Near::order);
    best.truncate(keep);
    best
}

/// The documents of a segment that a filter lets through, without those deleted or without a vector.
fn admitted(reader: &SegmentReader, places: &[u32], weight: Option<&dyn Weight>) -> tantivy::Result<Vec<u32>> {
    let mut docs: Vec<u32> = Vec::new();
    let mut take = |doc: u32| {
        let there = places.get(doc as usize).is_some_and(|at| *at != NONE);
        if there && !reader.is_deleted(doc) {
            docs.push(doc);
        }
    };
    match weight {
        Some(weight) => weight.for_each_no_score(reader, &mut |found| found.iter().for_each(|d| take(*d)))?,
        None => (0..reader.max_doc()).for_each(&mut take),
    }
    Ok(docs)
}

/// Which cells are looked into for so many documents in each; none where all of them are looked at.
fn chosen(
    (vectors, cells): (&Vectors, &Cells),
    own: QuantisedSlice<'_>,
    counted: &[usize],
    keep: usize,
) -> Option<Vec<bool>> {
    let all: usize = counted.iter().sum();
    let until = (all / vectors.approximate.one_in.max(1)).max(AROUND * keep);
    (all > vectors.approximate.exact_up_to && until < all).then(|| cells.chosen(own.values, counted, until))
}

/// What is looked at: the documents of each segment. Everything, without a filter and cells.
fn looked_at(
    vectors: &Vectors,
    table: &Table,
    searcher: &Searcher,
    own: QuantisedSlice<'_>,
    (filter, keep): (Option<&dyn IndexQuery>, usize),
    places: &[Arc<Places>],
) -> tantivy::Result<Vec<Vec<u32>>> {
    let readers = searcher.segment_readers().iter().zip(places);
    if let (None, Some(cells)) = (filter, &table.cells) {
        let of = |cell: usize| places.iter().filter_map(move |p| Some(p.by_cell.as_ref()?.docs(cell).len())).sum();
        let counted: Vec<usize> = (0..cells.len()).map(of).collect();
        if let Some(chosen) = chosen((vectors, cells), own, &counted, keep) {
            let chosen: Vec<usize> = (0..cells.len()).filter(|cell| chosen.get(*cell) == Some(&true)).collect();
            let docs = readers.map(|(reader, places)| {
                let sorted = chosen.iter().filter_map(|cell| Some(places.by_cell.as_ref()?.docs(*cell)));
                sorted.flatten().copied().filter(|doc| !reader.is_deleted(*doc)).collect()
            });
            return Ok(docs.collect());
        }
    }
    let weight = match filter {
        Some(filter) => Some(filter.weight(tantivy::query::EnableScoring::disabled_from_searcher(searcher))?),
        None => None,
    };
    let mut all = readers
        .map(|(reader, places)| admitted(reader, &places.at, weight.as_deref()))
        .collect::<tantivy::Result<Vec<_>>>()?;
    if let (Some(_), Some(cells)) = (filter, &table.cells) {
        let cell = |places: &Places, doc: u32| {
            let at = places.at.get(doc as usize)?;
            cells.of.get(*at as usize).map(|cell| *cell as usize)
        };
        let mut counted = vec![0; cells.len()];
        for (docs, places) in all.iter().zip(places) {
            docs.iter().filter_map(|doc| cell(places, *doc)).for_each(|cell| counted[cell] += 1);
        }
        if let Some(chosen) = chosen((vectors, cells), own, &counted, keep) {
            for (docs, places) in all.iter_mut().zip(places) {
                docs.retain(|doc| cell(places, *doc).is_some_and(|cell| chosen[cell]));
            }
        }
    }
    Ok(all)
}

/// The nearest of the documents that a filter lets through (all, without one), nearest first.
pub(crate) fn nearest(
    vectors: &Vectors,
    searcher: &Searcher,
    own: QuantisedSlice<'_>,
    filter: Option<&dyn IndexQuery>,
    keep: usize,
) -> tantivy::Result<Vec<Near>> {
    if keep == 0 || own.values.len() != vectors.width() {
        return Ok(Vec::new());
    }
    let table = vectors.read();
    let places = vectors.places(searcher, &table)?;
    let all = looked_at(vectors, &table, searcher, own, (filter, keep), &places)?;
    let mut work: Vec<(u32, Vec<u32>, Vec<u32>)> = Vec::new();
    for ((segment, places), docs) in (0u32..).zip(&places).zip(&all) {
        work.extend(docs.chunks(STRETCH).map(|docs| {
            let at = docs.iter().map(|d| places.at.get(*d as usize).copied().unwrap_or(NONE)).collect();
            (segment, docs.to_vec(), at)
        }));
    }
    let nearest = |(segment, docs, at): &(u32, Vec<u32>, Vec<u32>)| nearest_of(own, &table, *segment, docs, at, keep);
    // to wake other threads takes longer than to look at a few thousand
    let few = work.iter().map(|(_, docs, _)| docs.len()).sum::<usize>() <= STRETCH;
    let found: Vec<Vec<Near>> =
        if few { work.iter().map(nearest).collect() } else { work.par_iter().map(nearest).collect() };
    let mut best: Vec<Near> = found.concat();
    best.sort_unstable_by(Near::order);
    best.truncate(keep);
    Ok(best)
}

/// The cosine of each of some documents, where it has a vector.
pub(crate) fn likeness(
    vectors: &Vectors,
    searcher: &Searcher,
    own: QuantisedSlice<'_>,
    documents: &[DocAddress],
) -> tantivy::Result<Vec<Option<f32>>> {
    let table = vectors.read();
    let places = vectors.places(searcher, &table)?;
    let at = |d: &DocAddress| places.get(d.segment_ord as usize)?.at.get(d.doc_id as usize).copied();
    let one = |d: &DocAddress| {
        let other = table.vector(at(d)?, vectors.width())?;
        (own.values.len() == other.values.len()).then(|| own.product(other))
    };
    Ok(documents.iter().map(one).collect())
}
