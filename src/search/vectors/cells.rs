//! Cells of like vectors, so that of very many only the likeliest are looked at (an inverted file, Jégou,
//! Douze & Schmid 2011, without its product codes).
//!
//! Why no kept crate. The graphs on crates.io own a copy of every vector (four bytes a number where one is
//! enough) and offer neither to take a point out nor to move one; `hnsw_rs` 0.3.5 asks its filter point by point
//! while the graph is walked, so that a filter which admits few finds few, and brings loggers and memory maps
//! along; `instant-distance` 0.6 takes no filter and no further points. `arroy` wants LMDB, `usearch` a C++
//! compiler. Here the vectors lie once, as 8-bit integers; cells are one number more for each, a changed vector
//! changes its number, and what a filter admits is counted before it is chosen which cells are looked at.
//! `eval/README.md` (Search) has what the cells find and cost.

use rayon::prelude::*;

use crate::numeric::{Quantised, products};

/// Vectors for each cell that the middles are learned from.
const LEARNED_FROM: usize = 40;
/// Rounds of k-means; more change little, since cells need only be of a like size.
const ROUNDS: usize = 6;

/// Middles of cells, and which vector lies in which.
#[derive(Clone, Debug, Default)]
pub(super) struct Cells {
    middles: Vec<i8>,
    scales: Vec<f32>,
    /// By place of the vector.
    pub(super) of: Vec<u32>,
}

impl Cells {
    /// Learns as many cells as the root of `count`, the number of all vectors, from a sample of them. No vector
    /// is in a cell yet. The same sample gives the same cells.
    pub(super) fn learned(sample: &[Vec<i8>], width: usize, count: usize) -> Self {
        let wanted = (count as f64).sqrt().ceil() as usize;
        let step = (sample.len() / wanted.max(1)).max(1);
        let first: Vec<&Vec<i8>> = sample.iter().step_by(step).take(wanted).collect();
        let mut cells = Self {
            middles: first.iter().flat_map(|v| v.iter().copied()).collect(),
            scales: first.iter().map(|v| 1.0 / length(v)).collect(),
            of: Vec::new(),
        };
        for _ in 0..ROUNDS {
            let nearest: Vec<u32> = sample.par_iter().map(|v| cells.nearest(v)).collect();
            let mut sums = vec![0f32; cells.middles.len()];
            for (vector, cell) in sample.iter().zip(nearest) {
                let (from, share) = (cell as usize * width, 1.0 / length(vector));
                for (sum, value) in sums[from..from + width].iter_mut().zip(vector) {
                    *sum += share * f32::from(*value);
                }
            }
            for (cell, sum) in sums.chunks_exact(width.max(1)).enumerate() {
                // a cell that nothing is nearest to stays where it is
                if sum.iter().any(|x| *x != 0.0) {
                    let rounded = Quantised::of(sum).values;
                    cells.scales[cell] = 1.0 / length(&rounded);
                    cells.middles[cell * width..(cell + 1) * width].copy_from_slice(&rounded);
                }
            }
        }
        cells
    }

    /// How many places of a table to learn from, as the distance between them.
    pub(super) fn every(count: usize) -> usize {
        let wanted = LEARNED_FROM * (count as f64).sqrt().ceil() as usize;
        (count / wanted.max(1)).max(1)
    }

    /// How many cells.
    pub(super) fn len(&self) -> usize {
        self.scales.len()
    }

    /// The cell whose middle is nearest.
    pub(super) fn nearest(&self, vector: &[i8]) -> u32 {
        let all = products(vector, &self.middles);
        let near = all.iter().zip(&self.scales).map(|(p, scale)| *p as f32 * scale).enumerate();
        near.fold((0, f32::MIN), |best, (n, p)| if p > best.1 { (n as u32, p) } else { best }).0
    }

    /// Which cells to look into: the nearest, until they hold so many of the counted vectors. True for each
    /// that is.
    pub(super) fn chosen(&self, own: &[i8], counted: &[usize], until: usize) -> Vec<bool> {
        let mut order: Vec<(f32, usize)> = products(own, &self.middles)
            .iter()
            .zip(&self.scales)
            .enumerate()
            .map(|(n, (p, scale))| (*p as f32 * scale, n))
            .collect();
        order.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let (mut chosen, mut held) = (vec![false; self.len()], 0);
        for (_, cell) in order {
            if held >= until {
                break;
            }
            if let (Some(chosen), Some(count)) = (chosen.get_mut(cell), counted.get(cell)) {
                *chosen = true;
                held += count;
            }
        }
        chosen
    }
}

fn length(vector: &[i8]) -> f32 {
    let square: i32 = vector.iter().map(|v| i32::from(*v) * i32::from(*v)).sum();
    (square as f32).sqrt().max(1.0)
}

/// The documents of a segment by cell.
#[derive(Clone, Debug, Default)]
pub(super) struct ByCell {
    /// Of which cells.
    pub(super) generation: u64,
    /// Where the documents of each cell begin; one more than there are cells.
    starts: Vec<u32>,
    docs: Vec<u32>,
}

impl ByCell {
    /// Sorts documents, given as the place of each one's vector.
    pub(super) fn of(at: &[u32], cells: &Cells, generation: u64) -> Self {
        let cell_of = |place: &u32| cells.of.get(*place as usize).map(|cell| *cell as usize);
        let mut starts = vec![0u32; cells.len() + 1];
        for cell in at.iter().filter_map(cell_of) {
            starts[cell + 1] += 1;
        }
        for n in 1..starts.len() {
            starts[n] += starts[n - 1];
        }
        let (mut next, mut docs) = (starts.clone(), vec![0; starts.last().copied().unwrap_or(0) as usize]);
        for (doc, cell) in (0u32..).zip(at).filter_map(|(doc, place)| Some((doc, cell_of(place)?))) {
            docs[next[cell] as usize] = doc;
            next[cell] += 1;
        }
        Self { generation, starts, docs }
    }

    /// The documents of a cell.
    pub(super) fn docs(&self, cell: usize) -> &[u32] {
        match (self.starts.get(cell), self.starts.get(cell + 1)) {
            (Some(from), Some(to)) => self.docs.get(*from as usize..*to as usize).unwrap_or_default(),
            _ => &[],
        }
    }
}
