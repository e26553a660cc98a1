//! Which ticket is at an address of the index.
//!
//! The index keeps the ids in packed blocks, and a block is unpacked for each id that is asked for: some ten
//! microseconds. The same tickets come up again and again, so their ids are kept.

use std::{
    num::NonZeroUsize,
    sync::{Mutex, PoisonError},
};

use lru::LruCache;
use tantivy::{DocAddress, DocId, Searcher, columnar::StrColumn, index::SegmentId};

use crate::domain::TicketId;

use super::schema::ID;

/// Ids kept at most, of about a hundred bytes each.
const KEPT: NonZeroUsize = NonZeroUsize::new(65_536).unwrap();

/// Ids by segment and place in it: neither a segment nor what is in it changes while it lives.
pub(super) struct Names(Mutex<LruCache<(SegmentId, DocId), TicketId>>);

impl Default for Names {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(KEPT)))
    }
}

impl Names {
    /// The ticket at each address; none where it cannot be read.
    pub(super) fn of(
        &self,
        searcher: &Searcher,
        addresses: impl Iterator<Item = DocAddress>,
    ) -> tantivy::Result<Vec<Option<TicketId>>> {
        let key = |address: DocAddress| {
            let segment = searcher.segment_reader(address.segment_ord).segment_id();
            (segment, address.doc_id)
        };
        let mut names: Vec<(DocAddress, Option<TicketId>)> = {
            let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            addresses.map(|address| (address, kept.get(&key(address)).cloned())).collect()
        };
        let mut columns: Vec<Option<Option<StrColumn>>> = vec![None; searcher.segment_readers().len()];
        let mut read = Vec::new();
        let mut id = String::new();
        for (address, name) in names.iter_mut().filter(|(_, name)| name.is_none()) {
            let Some(column) = columns.get_mut(address.segment_ord as usize) else { continue };
            if column.is_none() {
                *column = Some(searcher.segment_reader(address.segment_ord).fast_fields().str(ID)?);
            }
            let Some(Some(column)) = column else { continue };
            let Some(ord) = column.term_ords(address.doc_id).next() else { continue };
            id.clear();
            column.ord_to_str(ord, &mut id)?;
            *name = TicketId::new(id.as_str()).ok();
            read.extend(name.clone().map(|name| (key(*address), name)));
        }
        if !read.is_empty() {
            let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            for (key, name) in read {
                kept.put(key, name);
            }
        }
        Ok(names.into_iter().map(|(_, name)| name).collect())
    }
}
