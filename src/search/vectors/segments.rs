//! Which vector belongs to which document of a segment.

use std::{
    collections::HashSet,
    sync::{Arc, PoisonError},
};

use tantivy::{Searcher, SegmentReader, index::SegmentId};

use crate::search::schema::ID;

use super::{NONE, Table, Vectors, cells::ByCell, key};

/// Places of the vectors of a segment's documents.
#[derive(Clone, Debug, Default)]
pub(super) struct Places {
    /// By document; [`NONE`] where there is no vector (yet).
    pub(super) at: Vec<u32>,
    /// Documents without a vector, with their keys.
    open: Vec<(u32, u64)>,
    /// Vectors that there were when the rest was looked up.
    seen: usize,
    /// The documents by cell, where there are cells.
    pub(super) by_cell: Option<Arc<ByCell>>,
}

impl Places {
    fn of(reader: &SegmentReader, table: &Table) -> tantivy::Result<Self> {
        let mut places = Self { at: vec![NONE; reader.max_doc() as usize], ..Self::default() };
        let Some(column) = reader.fast_fields().str(ID)? else { return Ok(places) };
        let mut keys = vec![0; column.num_terms()];
        let mut terms = column.dictionary().stream()?;
        while terms.advance() {
            let ord = terms.term_ord() as usize;
            if let (Some(key_of), Ok(id)) = (keys.get_mut(ord), std::str::from_utf8(terms.key())) {
                *key_of = key(id);
            }
        }
        for doc in 0..reader.max_doc() {
            if let Some(key) = column.term_ords(doc).next().and_then(|ord| keys.get(ord as usize)) {
                places.open.push((doc, *key));
            }
        }
        places.look_up(table);
        Ok(places)
    }

    fn is_sorted(&self, table: &Table) -> bool {
        match &table.cells {
            None => self.by_cell.is_none(),
            Some(_) => self.by_cell.as_ref().is_some_and(|own| own.generation == table.generation),
        }
    }

    fn sort(&mut self, table: &Table) {
        self.by_cell = table.cells.as_ref().map(|cells| Arc::new(ByCell::of(&self.at, cells, table.generation)));
    }

    fn look_up(&mut self, table: &Table) {
        let at = &mut self.at;
        self.open.retain(|(doc, key)| match (table.at.get(key), at.get_mut(*doc as usize)) {
            (Some(place), Some(own)) => {
                *own = *place;
                self.by_cell = None;
                false
            }
            _ => true,
        });
        self.open.shrink_to_fit();
        self.seen = table.scales.len();
    }
}

impl Vectors {
    /// The places of each segment of a searcher, in its order; what was made before is taken again.
    pub(super) fn places(&self, searcher: &Searcher, table: &Table) -> tantivy::Result<Vec<Arc<Places>>> {
        let mut known = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all = Vec::new();
        for reader in searcher.segment_readers() {
            let entry = match known.get_mut(&reader.segment_id()) {
                Some(places) => places,
                None => known.entry(reader.segment_id()).or_insert(Arc::new(Places::of(reader, table)?)),
            };
            if entry.seen != table.scales.len() && !entry.open.is_empty() {
                Arc::make_mut(entry).look_up(table);
            }
            if !entry.is_sorted(table) {
                Arc::make_mut(entry).sort(table);
            }
            all.push(entry.clone());
        }
        // merged segments are gone; twice the present ones leaves room for a second index beside
        if known.len() > 2 * all.len() + 16 {
            let live: HashSet<SegmentId> = searcher.segment_readers().iter().map(SegmentReader::segment_id).collect();
            known.retain(|id, _| live.contains(id));
        }
        Ok(all)
    }
}
