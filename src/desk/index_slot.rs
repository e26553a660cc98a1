//! The live index, and the next one that is built beside it when dictionary, analyser or schema change,
//! or when the live one is damaged.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use arc_swap::{ArcSwap, ArcSwapOption};
use tracing::{error, info, warn};

use crate::{
    search::{SearchError, SearchIndex, Vectors},
    text::Segmenter,
};

/// Damaged indexes that are kept for whoever wants to know why.
const KEPT_ASIDE: usize = 1;

/// Why an index is built anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rebuild {
    /// The pack's dictionary changed.
    Dictionary,
    /// The index on disk is of another program version or another dictionary.
    Outdated,
    /// Somebody asked for it.
    Asked,
    /// The index on disk is damaged: what is wrong.
    Damaged(String),
}

impl Rebuild {
    /// In the words of pages.
    pub fn label(&self) -> &'static str {
        match self {
            Rebuild::Dictionary => "词典有更改",
            Rebuild::Outdated => "原索引由另一版本或另一词典生成",
            Rebuild::Asked => "管理员要求",
            Rebuild::Damaged(_) => "原索引损坏,已移到一旁",
        }
    }
}

impl fmt::Display for Rebuild {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Rebuild::Dictionary => f.write_str("the dictionary changed"),
            Rebuild::Outdated => f.write_str("the index was made by another version or with another dictionary"),
            Rebuild::Asked => f.write_str("an administrator asked for it"),
            Rebuild::Damaged(why) => write!(f, "the index was damaged: {why}"),
        }
    }
}

/// Why what is new does not get into the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unwritable {
    /// There is no room.
    Full,
    /// Another failure; the log has it.
    Failed,
}

impl Unwritable {
    /// In the words of pages: what it means and what to do.
    pub fn label(self) -> &'static str {
        match self {
            Unwritable::Full => "检索索引因磁盘已满无法写入,新工单已存入数据库,暂时检索不到;请清理磁盘,之后自动补上",
            Unwritable::Failed => "检索索引无法写入,新工单已存入数据库,暂时检索不到;系统会自动重试,原因见服务日志",
        }
    }
}

/// Holds the index that answers. Each index has its own folder under the root, so that an old one
/// answers until the new one has caught up.
#[derive(Debug)]
pub struct IndexSlot {
    root: PathBuf,
    live: ArcSwap<Opened>,
    next: ArcSwapOption<Opened>,
    rebuild: ArcSwapOption<Rebuild>,
    unwritable: ArcSwapOption<Unwritable>,
    synonyms: Mutex<Vec<Vec<String>>>,
    vectors: ArcSwapOption<Vectors>,
    /// Whether another process keeps the index, so that this one builds none.
    only_reads: bool,
    /// What the newest index is made with.
    made_with: Mutex<(Arc<Segmenter>, String)>,
}

#[derive(Debug)]
struct Opened {
    index: Arc<SearchIndex>,
    dir: PathBuf,
}

impl IndexSlot {
    /// Opens (or creates) the index of a dictionary. If there is only one of another dictionary or
    /// version, that one answers and the right one is begun beside it. A damaged one is moved aside.
    /// What is new fills up from the store (invariant 2).
    ///
    /// # Errors
    /// In use by another process, or the folder cannot be written.
    pub fn open(root: &Path, segmenter: Arc<Segmenter>, dictionary_hash: &str) -> Result<Self, SearchError> {
        let folders = SearchIndex::folders(root, dictionary_hash);
        let mut rebuild = None;
        let mut right = None;
        if let Some(current) = folders.iter().find(|f| f.current) {
            right = match SearchIndex::open(&current.dir, segmenter.clone(), dictionary_hash) {
                Ok(index) => Some(Opened { index: Arc::new(index), dir: current.dir.clone() }),
                Err(SearchError::Damaged { path, why }) => {
                    error!(path, why, "the search index is damaged; it is rebuilt from the store");
                    put_aside(root, &current.dir)?;
                    rebuild = Some(Rebuild::Damaged(why));
                    None
                }
                Err(other) => return Err(other),
            };
        }
        let old: Vec<&PathBuf> = folders.iter().filter(|f| !f.current).map(|f| &f.dir).collect();
        let mut stand_in = None;
        if right.is_none() {
            for &dir in &old {
                match SearchIndex::open_as_it_is(dir, segmenter.clone()) {
                    Ok(index) if !index.is_empty() => {
                        stand_in = Some(Opened { index: Arc::new(index), dir: dir.clone() });
                        break;
                    }
                    Ok(_) => {}
                    Err(locked @ SearchError::Locked(_)) => return Err(locked),
                    Err(why) => warn!(%why, "an old search index cannot answer"),
                }
            }
            if !old.is_empty() {
                rebuild = rebuild.or(Some(Rebuild::Outdated));
            }
        }
        for &dir in old.iter().filter(|&&dir| stand_in.as_ref().is_none_or(|opened| opened.dir != *dir)) {
            if let Err(why) = SearchIndex::discard(dir) {
                warn!(%why, "files of an old search index stay behind");
            }
        }
        let right = match right {
            Some(right) => right,
            None => begin_in(root, segmenter.clone(), dictionary_hash)?,
        };
        let (live, next) = match stand_in {
            Some(old) => (old, Some(Arc::new(right))),
            None => (right, None),
        };
        if let Some(why) = &rebuild {
            warn!(%why, old_answers = next.is_some(), "the search index is built anew");
        }
        Ok(Self {
            root: root.to_owned(),
            live: ArcSwap::from_pointee(live),
            next: ArcSwapOption::new(next),
            rebuild: ArcSwapOption::new(rebuild.map(Arc::new)),
            unwritable: ArcSwapOption::empty(),
            synonyms: Mutex::new(Vec::new()),
            vectors: ArcSwapOption::empty(),
            only_reads: false,
            made_with: Mutex::new((segmenter, dictionary_hash.to_owned())),
        })
    }

    /// Opens the index of a dictionary that a running service keeps, for searching alone.
    ///
    /// # Errors
    /// There is none, or it cannot be read.
    pub fn open_reading(root: &Path, segmenter: Arc<Segmenter>, dictionary_hash: &str) -> Result<Self, SearchError> {
        let current = SearchIndex::folders(root, dictionary_hash).into_iter().find(|f| f.current);
        let dir = current.map_or_else(|| root.join(dictionary_hash), |f| f.dir);
        let index = Arc::new(SearchIndex::open_reading(&dir, segmenter.clone(), dictionary_hash)?);
        Ok(Self {
            root: root.to_owned(),
            live: ArcSwap::from_pointee(Opened { index, dir }),
            next: ArcSwapOption::empty(),
            rebuild: ArcSwapOption::empty(),
            unwritable: ArcSwapOption::empty(),
            synonyms: Mutex::new(Vec::new()),
            vectors: ArcSwapOption::empty(),
            only_reads: true,
            made_with: Mutex::new((segmenter, dictionary_hash.to_owned())),
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

    /// Why an index is (or, without a [`IndexSlot::next`], the live one was) built anew; none since the
    /// last one has caught up.
    pub fn rebuild(&self) -> Option<Rebuild> {
        self.rebuild.load().as_deref().cloned()
    }

    /// Why the last step did not get into the index; none since one did.
    pub fn unwritable(&self) -> Option<Unwritable> {
        self.unwritable.load().as_deref().copied()
    }

    /// How a step of writing ended.
    pub(super) fn wrote(&self, failed: Option<&SearchError>) {
        let why = failed.map(|error| match error {
            SearchError::NoRoom(_) => Unwritable::Full,
            _ => Unwritable::Failed,
        });
        if why != self.unwritable() {
            self.unwritable.store(why.map(Arc::new));
        }
    }

    /// Starts an index for another dictionary beside the live one.
    ///
    /// # Errors
    /// In use by another process, or the folder cannot be written.
    pub fn begin(&self, segmenter: Arc<Segmenter>, dictionary_hash: &str) -> Result<(), SearchError> {
        self.start(segmenter, dictionary_hash, Rebuild::Dictionary)
    }

    /// Starts an index beside the live one, which is damaged and answers as well as it still can; does
    /// nothing if one is being built, or if another process keeps the index.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn replace_damaged(&self, why: &str) -> Result<(), SearchError> {
        if self.only_reads || self.next.load().is_some() {
            return Ok(());
        }
        error!(dir = %self.live.load().dir.display(), why, "the search index is damaged; a new one is built beside it");
        let (segmenter, hash) = self.made_with.lock().unwrap_or_else(PoisonError::into_inner).clone();
        self.start(segmenter, &hash, Rebuild::Damaged(why.to_owned()))
    }

    /// Starts an index like the live one beside it.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn rebuild_beside(&self) -> Result<(), SearchError> {
        let (segmenter, hash) = self.made_with.lock().unwrap_or_else(PoisonError::into_inner).clone();
        self.start(segmenter, &hash, Rebuild::Asked)
    }

    fn start(&self, segmenter: Arc<Segmenter>, dictionary_hash: &str, why: Rebuild) -> Result<(), SearchError> {
        let opened = begin_in(&self.root, segmenter.clone(), dictionary_hash)?;
        opened.index.set_synonyms(&self.synonyms.lock().unwrap_or_else(PoisonError::into_inner));
        opened.index.set_vectors(self.vectors.load_full());
        *self.made_with.lock().unwrap_or_else(PoisonError::into_inner) = (segmenter, dictionary_hash.to_owned());
        self.rebuild.store(Some(Arc::new(why)));
        // One that was being built and is overtaken leaves nothing behind.
        if let Some(overtaken) = self.next.swap(Some(Arc::new(opened))) {
            remove(&overtaken.dir);
        }
        Ok(())
    }

    /// Lets the next index answer and removes the files of the old one.
    pub fn switch(&self) {
        if let Some(next) = self.next.swap(None) {
            let old = self.live.swap(next);
            info!(from = %old.dir.display(), "the new search index answers");
            match self.rebuild().filter(|why| matches!(why, Rebuild::Damaged(_))) {
                Some(_) => put_aside(&self.root, &old.dir).unwrap_or_else(|why| warn!(%why, "it stays behind")),
                None => remove(&old.dir),
            }
        }
        self.settle();
    }

    /// The live index has caught up with the store: nothing is built any more.
    pub fn settle(&self) {
        if self.next.load().is_none() && self.rebuild.load().is_some() {
            self.rebuild.store(None);
        }
    }

    /// The sentence vectors that are searched.
    pub(super) fn vectors(&self) -> Option<Arc<Vectors>> {
        self.vectors.load_full()
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

/// Searches that run hold the files open, so that removing them hurts nobody.
fn remove(dir: &Path) {
    if let Err(error) = fs::remove_dir_all(dir) {
        warn!(%error, "files of the old search index stay behind");
    }
}

/// A new, empty index in a folder that holds none; what is left of a half-made one goes.
fn begin_in(root: &Path, segmenter: Arc<Segmenter>, dictionary_hash: &str) -> Result<Opened, SearchError> {
    let numbered = (2..).map(|n: u32| root.join(format!("{dictionary_hash}-{n}")));
    let free = std::iter::once(root.join(dictionary_hash))
        .chain(numbered)
        .find(|dir| !dir.join(SearchIndex::VERSION_FILE).exists());
    let dir = free.unwrap_or_else(|| root.join(dictionary_hash));
    let index = SearchIndex::open(&dir, segmenter, dictionary_hash)?;
    Ok(Opened { index: Arc::new(index), dir })
}

/// Keeps a damaged index under another name, and of earlier ones only the newest.
fn put_aside(root: &Path, dir: &Path) -> Result<(), SearchError> {
    let aside = root.join(format!("damaged-{}", jiff::Timestamp::now().as_millisecond()));
    fs::rename(dir, &aside).map_err(|e| SearchError::Backend(format!("moving {} aside: {e}", dir.display())))?;
    // Without its version file it is no index any more.
    let _ = fs::remove_file(aside.join(SearchIndex::VERSION_FILE));
    let mut earlier: Vec<PathBuf> = fs::read_dir(root).into_iter().flatten().flatten().map(|e| e.path()).collect();
    earlier.retain(|p| p.file_name().and_then(|n| n.to_str()).is_some_and(|n| n.starts_with("damaged-")));
    earlier.sort();
    let surplus = earlier.len().saturating_sub(KEPT_ASIDE);
    earlier.iter().take(surplus).for_each(|dir| remove(dir));
    Ok(())
}
