//! The index of another process, read beside it.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering},
    },
};

use arc_swap::{ArcSwap, ArcSwapOption};
use tantivy::{Index, ReloadPolicy, TantivyError, directory::MmapDirectory};

use crate::text::Segmenter;

use super::{
    SearchError, SearchIndex, folder,
    names::Names,
    schema::{Fields, tokenizers},
};

impl SearchIndex {
    /// Opens an index that another process keeps, for searching alone: takes no lock that a writer
    /// wants, writes nothing, and answers with the state of [`SearchIndex::refresh`]. Checksums are
    /// left to the writer, which checked them when it opened.
    ///
    /// # Errors
    /// [`SearchError::Absent`] if the folder holds no index of this version and dictionary,
    /// [`SearchError::Damaged`] if its files cannot be read.
    pub fn open_reading(dir: &Path, segmenter: Arc<Segmenter>, dictionary_hash: &str) -> Result<Self, SearchError> {
        if folder::Marker::read(dir) != Some(folder::Marker::of(dictionary_hash)) {
            return Err(SearchError::Absent(dir.display().to_string()));
        }
        let damaged = |why: String| SearchError::Damaged { path: dir.display().to_string(), why };
        let (schema, fields) = Fields::build();
        let opened = catch_unwind(AssertUnwindSafe(|| -> Result<_, SearchError> {
            let fault = |e: TantivyError| folder::open_error(dir, &e);
            let mmap = MmapDirectory::open(dir).map_err(|e| damaged(e.to_string()))?;
            let mut index = Index::open(mmap).map_err(fault)?;
            if index.schema() != schema {
                return Err(damaged("its fields are not those of this version".to_owned()));
            }
            index.set_tokenizers(tokenizers(&segmenter));
            let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into().map_err(fault)?;
            Ok((index, reader))
        }));
        let (index, reader) = opened.unwrap_or_else(|_| Err(damaged("a file is not what it should be".to_owned())))?;
        let opened = Self {
            dir: dir.to_owned(),
            index,
            fields,
            reader,
            writer: Mutex::new(None),
            only_reads: true,
            committed: AtomicI64::new(0),
            segmenter,
            synonyms: ArcSwap::default(),
            ranking: ArcSwap::default(),
            vectors: ArcSwapOption::empty(),
            names: Names::default(),
        };
        opened.refresh()?;
        Ok(opened)
    }

    /// Takes up what was committed meanwhile, by whichever process; searches that run are not
    /// disturbed.
    ///
    /// # Errors
    /// [`SearchError::Damaged`] or [`SearchError::Backend`]; the state before goes on answering.
    pub fn refresh(&self) -> Result<(), SearchError> {
        // In this order the reader never holds less than the number says.
        let metas = self.index.load_metas()?;
        let seq = folder::payload_seq(&metas).ok_or_else(|| SearchError::Damaged {
            path: self.dir.display().to_string(),
            why: "its commit does not say what it holds".to_owned(),
        })?;
        self.reader.reload()?;
        self.committed.fetch_max(seq, Ordering::AcqRel);
        Ok(())
    }
}
