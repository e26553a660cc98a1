//! Sentence vectors of tickets, as plain data: who made them is not this room's business.
//!
//! They lie as 8-bit integers and are all looked at: exact, whatever is filtered. Each segment of the
//! index gets a list of where its tickets' vectors are, made once: segments never change.

mod scan;
mod segments;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard},
};

use tantivy::index::SegmentId;

use crate::{domain::TicketId, numeric::QuantisedSlice};

pub(crate) use scan::{likeness, nearest};
use segments::Places;

/// Where no vector is.
const NONE: u32 = u32::MAX;

/// The vectors of one bundle. Cheap to share; may be written while it is searched.
#[derive(Debug)]
pub struct Vectors {
    bundle: String,
    width: usize,
    table: RwLock<Table>,
    places: Mutex<HashMap<SegmentId, Arc<Places>>>,
}

#[derive(Debug, Default)]
struct Table {
    /// By [`key`].
    at: HashMap<u64, u32>,
    values: Vec<i8>,
    scales: Vec<f32>,
}

impl Table {
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
        Self { bundle: bundle.to_owned(), width, table: RwLock::default(), places: Mutex::default() }
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
                let from = at as usize * self.width;
                table.values[from..from + self.width].copy_from_slice(vector.values);
                table.scales[at as usize] = vector.scale;
            }
        }
    }

    // a panic while the lock was held leaves at worst a vector without its scale, which nobody reads
    fn read(&self) -> RwLockReadGuard<'_, Table> {
        self.table.read().unwrap_or_else(PoisonError::into_inner)
    }
}
