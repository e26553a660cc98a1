//! Looking after the folders of indexes: which there are, whether one is sound, throwing one away.

use std::{
    collections::BTreeSet,
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
};

use tantivy::{Directory, HasLen};

use super::{SearchError, SearchIndex, folder};

/// A folder that holds an index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexFolder {
    /// Where.
    pub dir: PathBuf,
    /// Whether schema, analyser and dictionary are those of this program and pack.
    pub current: bool,
}

impl SearchIndex {
    /// Name of the file that says what an index was made with; a folder without it holds none.
    pub const VERSION_FILE: &str = folder::MARKER;

    /// Indexes in the subfolders of `root` that were made whole once, current ones first.
    pub fn folders(root: &Path, dictionary_hash: &str) -> Vec<IndexFolder> {
        let wanted = folder::Marker::of(dictionary_hash);
        let entries = fs::read_dir(root).into_iter().flatten().flatten().map(|entry| entry.path());
        let mut found: Vec<IndexFolder> = entries
            .filter_map(|dir| folder::Marker::read(&dir).map(|marker| IndexFolder { current: marker == wanted, dir }))
            .collect();
        found.sort_by_key(|found| (!found.current, found.dir.clone()));
        found
    }

    /// Reads every file of the last commit and compares it with its checksum (about 1 GB/s). A file
    /// that became shorter than it was when it was opened is found without reading past its end.
    ///
    /// # Errors
    /// [`SearchError::Damaged`] names the first bad file.
    pub fn check(&self) -> Result<(), SearchError> {
        let damaged = |why: String| SearchError::Damaged { path: self.dir.display().to_string(), why };
        let read = || -> Result<(), SearchError> {
            let fault = |e: tantivy::TantivyError| folder::open_error(&self.dir, &e);
            let files: BTreeSet<PathBuf> =
                self.index.load_metas().map_err(fault)?.list_segment_files().into_iter().collect();
            for file in files {
                // Not every segment has every file; one that was there when it was opened is held open.
                let Ok(opened) = self.index.directory().open_read(&file) else { continue };
                let length = fs::metadata(self.dir.join(&file)).map_or(0, |meta| meta.len());
                let listed = || self.index.load_metas().map(|metas| metas.list_segment_files().contains(&file));
                if length < opened.len() as u64 && listed().map_err(fault)? {
                    return Err(damaged(format!("{} is missing or too short", file.display())));
                }
            }
            let bad = self.index.validate_checksum().map_err(fault)?;
            // A file that a merge removed meanwhile is no damage.
            let still = self.index.load_metas().map_err(fault)?.list_segment_files();
            match bad.into_iter().filter(|file| still.contains(file)).min() {
                Some(first) => Err(damaged(format!("checksum of {} is wrong", first.display()))),
                None => Ok(()),
            }
        };
        catch_unwind(AssertUnwindSafe(read))
            .unwrap_or_else(|_| Err(damaged("a file is not what it should be".to_owned())))
    }

    /// Removes an index and its folder, unless a process writes it.
    ///
    /// # Errors
    /// [`SearchError::Locked`], or [`SearchError::Damaged`] if a file cannot be removed.
    pub fn discard(dir: &Path) -> Result<(), SearchError> {
        folder::empty(dir)?;
        let fault = |e: std::io::Error| SearchError::Damaged { path: dir.display().to_string(), why: e.to_string() };
        fs::remove_dir_all(dir).map_err(fault)
    }
}
