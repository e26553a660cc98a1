//! Sentence vectors of tickets, as plain data: who made them is not this room's business.
//!
//! They lie as 8-bit integers and are all looked at: exact, whatever is filtered. Past a size
//! ([`Approximate`]) only the likeliest cells are, unless a filter admits few. Each segment of the
//! index gets a list of where its tickets' vectors are, made once: segments never change.

mod cells;
mod scan;
mod segments;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard},
};

use rayon::prelude::*;
use tantivy::index::SegmentId;

use crate::{domain::TicketId, numeric::QuantisedSlice};

use cells::Cells;
pub(crate) use scan::{likeness, nearest};
use segments::Places;

/// Where no vector is.
const NONE: u32 = u32::MAX;

/// Vectors that are put into cells under one lock, so that who asks or adds meanwhile waits for little.
const AT_ONCE: usize = 4_096;

/// From how many vectors on not all of them are looked at, and how many are then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Approximate {
    /// With fewer vectors all are looked at. The default is what one core looks at in about ten milliseconds.
    pub from: usize,
    /// Where a filter admits at most so many, all of these are looked at.
    pub exact_up_to: usize,
    /// Else one in so many of those admitted, in the cells nearest to what is asked.
    pub one_in: usize,
}

impl Default for Approximate {
    fn default() -> Self {
        Self { from: 300_000, exact_up_to: 20_000, one_in: 12 }
    }
}

/// The vectors of one bundle. Cheap to share; may be written while it is searched.
#[derive(Debug)]
pub struct Vectors {
    bundle: String,
    width: usize,
    approximate: Approximate,
    table: RwLock<Table>,
    places: Mutex<HashMap<SegmentId, Arc<Places>>>,
}

#[derive(Debug, Default)]
struct Table {
    /// By [`key`].
    at: HashMap<u64, u32>,
    values: Vec<i8>,
    scales: Vec<f32>,
    /// How often one vector took the place of another.
    replaced: u64,
    /// Where there are enough vectors, each one's cell.
    cells: Option<Cells>,
    /// Vectors that the cells were made for.
    made_for: usize,
    /// Changes with every vector that leaves its cell.
    generation: u64,
}

impl Table {
    fn values(&self, at: usize, width: usize) -> &[i8] {
        self.values.get(at * width..(at + 1) * width).unwrap_or_default()
    }

    /// Puts the vector at a place into its cell, if there are cells.
    fn sort_in(&mut self, at: usize, width: usize) {
        let vector = self.values.get(at * width..(at + 1) * width).unwrap_or_default();
        let Some(cells) = &mut self.cells else { return };
        let cell = cells.nearest(vector);
        match cells.of.get_mut(at) {
            Some(own) if *own == cell => {}
            Some(own) => {
                *own = cell;
                self.generation += 1;
            }
            None => cells.of.push(cell),
        }
    }

    fn vector(&self, at: u32, width: usize) -> Option<QuantisedSlice<'_>> {
        let at = at as usize;
        let values = self.values.get(at * width..(at + 1) * width)?;
        Some(QuantisedSlice { values, scale: *self.scales.get(at)? })
    }
}

/// Tickets are told apart by 64 bits of their hash: two of a hundred million share them once in three
/// thousand times.
fn key(ticket: &str) -> u64 {
    let hash = blake3::hash(ticket.as_bytes());
    hash.as_bytes().iter().take(8).fold(0, |key, byte| key << 8 | u64::from(*byte))
}

impl Vectors {
    /// No vectors yet; `width` numbers each.
    pub fn new(bundle: &str, width: usize) -> Self {
        let approximate = Approximate::default();
        Self { bundle: bundle.to_owned(), width, approximate, table: RwLock::default(), places: Mutex::default() }
    }

    /// The same, approximate from another size on.
    pub fn approximate(self, approximate: Approximate) -> Self {
        Self { approximate, ..self }
    }

    /// The bundle that makes them.
    pub fn bundle(&self) -> &str {
        &self.bundle
    }

    /// Numbers in a vector.
    pub fn width(&self) -> usize {
        self.width
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.read().scales.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether a ticket has one.
    pub fn holds(&self, ticket: &TicketId) -> bool {
        self.read().at.contains_key(&key(ticket.as_str()))
    }

    /// A ticket's numbers and what one step of them is worth.
    pub fn get(&self, ticket: &TicketId) -> Option<(Vec<i8>, f32)> {
        let table = self.read();
        let at = *table.at.get(&key(ticket.as_str()))?;
        table.vector(at, self.width).map(|v| (v.values.to_vec(), v.scale))
    }

    /// A ticket's vector in numbers as its bundle made them, rounded.
    pub fn dense(&self, ticket: &TicketId) -> Option<Vec<f32>> {
        let (values, scale) = self.get(ticket)?;
        Some(values.into_iter().map(|value| f32::from(value) * scale).collect())
    }

    /// Takes vectors in, each in the place of an older one of its ticket. One of another width is not
    /// taken.
    pub fn put<'v>(&self, rows: impl IntoIterator<Item = (&'v TicketId, QuantisedSlice<'v>)>) {
        let mut table = self.table.write().unwrap_or_else(PoisonError::into_inner);
        let table = &mut *table;
        for (ticket, vector) in rows {
            if vector.values.len() != self.width {
                continue;
            }
            let next = table.scales.len() as u32;
            let at = *table.at.entry(key(ticket.as_str())).or_insert(next);
            if at == next {
                table.values.extend_from_slice(vector.values);
                table.scales.push(vector.scale);
            } else {
                table.replaced += 1;
                let from = at as usize * self.width;
                table.values[from..from + self.width].copy_from_slice(vector.values);
                table.scales[at as usize] = vector.scale;
            }
            table.sort_in(at as usize, self.width);
        }
    }

    /// Whether there are so many more vectors than when cells were made that [`Vectors::arrange`] is due.
    pub fn unarranged(&self) -> bool {
        let table = self.read();
        let count = table.scales.len();
        count >= self.approximate.from.max(1) && (table.cells.is_none() || count >= 2 * table.made_for)
    }

    /// Makes the cells anew if that is due; takes seconds per million, while vectors are asked for and added as
    /// ever.
    pub fn arrange(&self) {
        if !self.unarranged() {
            return;
        }
        let (sample, count, replaced) = {
            let table = self.read();
            let count = table.scales.len();
            let places = (0..count).step_by(Cells::every(count));
            let sample: Vec<Vec<i8>> = places.map(|at| table.values(at, self.width).to_vec()).collect();
            (sample, count, table.replaced)
        };
        let mut cells = Cells::learned(&sample, self.width, count);
        drop(sample);
        while cells.of.len() < count {
            let table = self.read();
            let from = cells.of.len();
            let fresh = (from..count.min(from + AT_ONCE)).into_par_iter();
            let fresh: Vec<u32> = fresh.map(|at| cells.nearest(table.values(at, self.width))).collect();
            cells.of.extend(fresh);
        }
        let mut table = self.table.write().unwrap_or_else(PoisonError::into_inner);
        // a vector that was replaced meanwhile may lie in the cell of its forerunner: the next time will do
        if table.replaced != replaced {
            return;
        }
        (table.cells, table.made_for) = (Some(cells), count);
        table.generation += 1;
        for at in count..table.scales.len() {
            table.sort_in(at, self.width);
        }
    }

    // a panic while the lock was held leaves at worst a vector without its scale, which nobody reads
    fn read(&self) -> RwLockReadGuard<'_, Table> {
        self.table.read().unwrap_or_else(PoisonError::into_inner)
    }
}
