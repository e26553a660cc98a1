//! The live index, and the next one that is built beside it when the dictionary changes.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use arc_swap::{ArcSwap, ArcSwapOption};
use tracing::{info, warn};

use crate::{
    search::{SearchError, SearchIndex, Vectors},
    text::Segmenter,
};

/// Holds the index that answers. Each dictionary has its own folder under the root, so that an old
/// index answers until the new one has caught up.
#[derive(Debug)]
pub struct IndexSlot {
    root: PathBuf,
    live: ArcSwap<Opened>,
    next: ArcSwapOption<Opened>,
    synonyms: Mutex<Vec<Vec<String>>>,
    vectors: ArcSwapOption<Vectors>,
}

#[derive(Debug)]
struct Opened {
    index: Arc<SearchIndex>,
    dir: PathBuf,
}

impl IndexSlot {
    /// Opens (or creates) the index of a dictionary. A damaged one is moved aside and an empty one
    /// takes its place: it fills up from the store (invariant 2).
    ///
    /// # Errors
    /// In use by another process, or the folder cannot be written.
    pub fn open(root: &Path, segmenter: Arc<Segmenter>, dictionary_hash: &str) -> Result<Self, SearchError> {
        let opened = open_or_replace(root, segmenter, dictionary_hash)?;
        Ok(Self {
            root: root.to_owned(),
            live: ArcSwap::from_pointee(opened),
            next: ArcSwapOption::empty(),
            synonyms: Mutex::new(Vec::new()),
            vectors: ArcSwapOption::empty(),
        })
    }

    /// Opens the index of a dictionary that a running service keeps, for searching alone.
    ///
    /// # Errors
    /// There is none, or it cannot be read.
    pub fn open_reading(root: &Path, segmenter: Arc<Segmenter>, dictionary_hash: &str) -> Result<Self, SearchError> {
        let dir = root.join(dictionary_hash);
        let index = Arc::new(SearchIndex::open_reading(&dir, segmenter, dictionary_hash)?);
        Ok(Self {
            root: root.to_owned(),
            live: ArcSwap::from_pointee(Opened { index, dir }),
            next: ArcSwapOption::empty(),
            synonyms: Mutex::new(Vec::new()),
            vectors: ArcSwapOption::empty(),
        })
    }

    /// The index that answers now.
    pub fn live(&self) -> Arc<SearchIndex> {
        self.live.load().index.clone()
    }

    /// The index that is being built, if any.
    pub fn next(&self) -> Option<Arc<SearchIndex>> {
        self.next.load().as_ref().map(|o| o.index.clone())
    }

    /// Starts an index for another dictionary beside the live one.
    ///
    /// # Errors
    /// In use by another process, or the folder cannot be written.
    pub fn begin(&self, segmenter: Arc<Segmenter>, dictionary_hash: &str) -> Result<(), SearchError> {
        let opened = open_or_replace(&self.root, segmenter, dictionary_hash)?;
        opened.index.set_synonyms(&self.synonyms.lock().unwrap_or_else(PoisonError::into_inner));
        opened.index.set_vectors(self.vectors.load_full());
        self.next.store(Some(Arc::new(opened)));
        Ok(())
    }

    /// Lets the next index answer and removes the files of the old one.
    pub fn switch(&self) {
        if let Some(next) = self.next.swap(None) {
            let old = self.live.swap(next);
            info!(from = %old.dir.display(), "the new search index answers");
            if let Err(error) = fs::remove_dir_all(&old.dir) {
                warn!(%error, "files of the old search index stay behind");
            }
        }
    }

    /// Sentence vectors that are searched, in this and later indexes.
    pub fn set_vectors(&self, vectors: Option<Arc<Vectors>>) {
        self.vectors.store(vectors.clone());
        for index in std::iter::once(self.live()).chain(self.next()) {
            index.set_vectors(vectors.clone());
        }
    }

    /// Query-time synonyms, for this and later indexes.
    pub fn set_synonyms(&self, groups: Vec<Vec<String>>) {
        self.live().set_synonyms(&groups);
        if let Some(next) = self.next() {
            next.set_synonyms(&groups);
        }
        *self.synonyms.lock().unwrap_or_else(PoisonError::into_inner) = groups;
    }
}

fn open_or_replace(root: &Path, segmenter: Arc<Segmenter>, dictionary_hash: &str) -> Result<Opened, SearchError> {
    let dir = root.join(dictionary_hash);
    match SearchIndex::open(&dir, segmenter.clone(), dictionary_hash) {
        Ok(index) => Ok(Opened { index: Arc::new(index), dir }),
        Err(SearchError::Damaged { path, why }) => {
            let aside = root.join(format!("damaged-{}", jiff::Timestamp::now().as_millisecond()));
            warn!(path, why, aside = %aside.display(), "the search index is damaged; it is rebuilt from the store");
            fs::rename(&dir, &aside).map_err(|e| SearchError::Backend(format!("moving {path} aside: {e}")))?;
            let index = SearchIndex::open(&dir, segmenter, dictionary_hash)?;
            Ok(Opened { index: Arc::new(index), dir })
        }
        Err(other) => Err(other),
    }
}
