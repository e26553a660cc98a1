//! One pass over the matches: how many, the best of them, counts per facet value and per hour.

use std::{
    cmp::{Ordering, Reverse},
    collections::{BTreeMap, BinaryHeap},
};

use tantivy::{
    DocAddress, DocId, Score, SegmentOrdinal, SegmentReader,
    collector::{Collector, SegmentCollector},
    columnar::{Column, StrColumn},
};

use super::{
    Facet, Sort,
    histogram::HourCounts,
    schema::{RECEIVED, SEQ},
};

/// Place of a hit in the order; greater is better. Ties go to the newer ticket, then to the later
/// change, so that the order does not depend on how the index is laid out in segments.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Rank {
    pub(crate) score: f32,
    pub(crate) time: i64,
    pub(crate) seq: i64,
    pub(crate) address: DocAddress,
}

impl Eq for Rank {}

impl Ord for Rank {
    fn cmp(&self, other: &Self) -> Ordering {
        self.score
            .total_cmp(&other.score)
            .then(self.time.cmp(&other.time))
            .then(self.seq.cmp(&other.seq))
            .then(other.address.cmp(&self.address))
    }
}

impl PartialOrd for Rank {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// What is gathered.
#[derive(Clone, Debug)]
pub(crate) struct Gather {
    pub(crate) sort: Sort,
    /// How many of the best are kept: offset + limit.
    pub(crate) keep: usize,
    pub(crate) count: Vec<Facet>,
    /// Whether hours are counted.
    pub(crate) hours: bool,
}

/// What was gathered.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    pub(crate) total: usize,
    /// Best first.
    pub(crate) best: Vec<Rank>,
    pub(crate) facets: BTreeMap<Facet, BTreeMap<String, u64>>,
    /// By hour since 1970 in the city; only hours with matches.
    pub(crate) hours: BTreeMap<i64, u64>,
}

/// Gathers in one segment.
pub(crate) struct SegmentGather {
    sort: Sort,
    keep: usize,
    segment: SegmentOrdinal,
    received: Column<i64>,
    seq: Column<i64>,
    facets: Vec<(Facet, StrColumn, Vec<u64>)>,
    hours: Option<HourCounts>,
    total: usize,
    heap: BinaryHeap<Reverse<Rank>>,
}

impl Collector for Gather {
    type Fruit = Gathered;
    type Child = SegmentGather;

    fn for_segment(&self, segment: SegmentOrdinal, reader: &SegmentReader) -> tantivy::Result<SegmentGather> {
        let fast = reader.fast_fields();
        let mut facets = Vec::new();
        for &facet in &self.count {
            if let Some(column) = fast.str(facet.code())? {
                let counts = vec![0; column.num_terms()];
                facets.push((facet, column, counts));
            }
        }
        let received = fast.i64(RECEIVED)?;
        Ok(SegmentGather {
            sort: self.sort,
            keep: self.keep,
            segment,
            hours: self.hours.then(|| HourCounts::of(&received)),
            received,
            seq: fast.i64(SEQ)?,
            facets,
            total: 0,
            heap: BinaryHeap::new(),
        })
    }

    fn requires_scoring(&self) -> bool {
        self.sort == Sort::Relevance && self.keep > 0
    }

    fn merge_fruits(&self, segments: Vec<tantivy::Result<Gathered>>) -> tantivy::Result<Gathered> {
        let mut all = Gathered::default();
        for segment in segments {
            let segment = segment?;
            all.total += segment.total;
            all.best.extend(segment.best);
            for (facet, values) in segment.facets {
                let sums = all.facets.entry(facet).or_default();
                for (value, count) in values {
                    *sums.entry(value).or_default() += count;
                }
            }
            for (hour, count) in segment.hours {
                *all.hours.entry(hour).or_default() += count;
            }
        }
        all.best.sort_unstable_by(|a, b| b.cmp(a));
        all.best.truncate(self.keep);
        Ok(all)
    }
}

impl SegmentCollector for SegmentGather {
    type Fruit = tantivy::Result<Gathered>;

    fn collect(&mut self, doc: DocId, score: Score) {
        self.total += 1;
        for (_, column, counts) in &mut self.facets {
            for ord in column.term_ords(doc) {
                if let Some(count) = counts.get_mut(ord as usize) {
                    *count += 1;
                }
            }
        }
        if let (Some(hours), Some(micros)) = (&mut self.hours, self.received.first(doc)) {
            hours.add(micros);
        }
        if self.keep == 0 {
            return;
        }
        let score = if self.sort == Sort::Relevance { score } else { 0.0 };
        let full = self.heap.len() >= self.keep;
        if full && self.heap.peek().is_some_and(|worst| score < worst.0.score) {
            return;
        }
        let received = self.received.first(doc).unwrap_or(i64::MIN);
        let time = if self.sort == Sort::Oldest { received.saturating_neg() } else { received };
        let rank =
            Rank { score, time, seq: self.seq.first(doc).unwrap_or(0), address: DocAddress::new(self.segment, doc) };
        if !full {
            self.heap.push(Reverse(rank));
        } else if let Some(mut worst) = self.heap.peek_mut()
            && rank > worst.0
        {
            worst.0 = rank;
        }
    }

    fn harvest(self) -> Self::Fruit {
        let mut facets = BTreeMap::new();
        for (facet, column, counts) in self.facets {
            let values: &mut BTreeMap<String, u64> = facets.entry(facet).or_default();
            let mut value = String::new();
            for (ord, count) in counts.into_iter().enumerate().filter(|&(_, count)| count > 0) {
                value.clear();
                column.ord_to_str(ord as u64, &mut value)?;
                values.insert(value.clone(), count);
            }
        }
        let best = self.heap.into_iter().map(|Reverse(rank)| rank).collect();
        let hours = self.hours.map(HourCounts::into_counts).unwrap_or_default().into_iter().collect();
        Ok(Gathered { total: self.total, best, facets, hours })
    }
}
