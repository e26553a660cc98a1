//! The folder of an index: what version it is, what its last commit stands for, how it is emptied.

use std::path::Path;

use serde::{Deserialize, Serialize};
use tantivy::{
    Directory, IndexMeta, TantivyError,
    directory::{INDEX_WRITER_LOCK, MmapDirectory, error::LockError},
};

use super::{SearchError, analyser::ANALYSER_VERSION, schema::SCHEMA_VERSION};

pub(crate) const MARKER: &str = "tingsu-index.json";
const META: &str = "meta.json";

/// Versions that an index depends on. Written last when an index is created, so that a half-made
/// one is made again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Marker {
    schema: u32,
    analyser: u32,
    dictionary: String,
}

/// What a commit stands for.
#[derive(Serialize, Deserialize)]
struct Payload {
    seq: i64,
}

impl Marker {
    /// The marker of an index made by this version with a dictionary.
    pub(crate) fn of(dictionary_hash: &str) -> Self {
        Self { schema: SCHEMA_VERSION, analyser: ANALYSER_VERSION, dictionary: dictionary_hash.to_owned() }
    }

    /// The marker in a folder; none if there is none that can be read.
    pub(crate) fn read(dir: &Path) -> Option<Self> {
        serde_json::from_slice(&std::fs::read(dir.join(MARKER)).ok()?).ok()
    }

    /// Writes it, whole or not at all.
    pub(crate) fn write(&self, dir: &Path) -> std::io::Result<()> {
        let new = dir.join(format!("{MARKER}.new"));
        std::fs::write(&new, serde_json::to_vec(self)?)?;
        std::fs::File::open(&new)?.sync_all()?;
        std::fs::rename(&new, dir.join(MARKER))
    }
}

/// The text kept with a commit.
pub(crate) fn payload(seq: i64) -> String {
    format!("{{\"seq\":{seq}}}")
}

/// The place in the change sequence of the last commit; 0 before the first, none if unreadable.
pub(crate) fn payload_seq(meta: &IndexMeta) -> Option<i64> {
    match &meta.payload {
        None => Some(0),
        Some(text) => serde_json::from_str::<Payload>(text).ok().map(|p| p.seq),
    }
}

/// Removes the files of an index, and nothing else, unless another process writes it.
pub(crate) fn empty(dir: &Path) -> Result<(), SearchError> {
    let fault = |why: String| SearchError::Damaged { path: dir.display().to_string(), why };
    let mmap = MmapDirectory::open(dir).map_err(|e| fault(e.to_string()))?;
    let _lock = mmap.acquire_lock(&INDEX_WRITER_LOCK).map_err(|e| lock_error(dir, &e))?;
    // The marker goes first: an index without one is emptied again.
    let mut names: Vec<String> = std::fs::read_dir(dir)
        .map_err(|e| fault(e.to_string()))?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| is_index_file(name))
        .collect();
    names.sort_by_key(|name| name != MARKER);
    for name in names {
        std::fs::remove_file(dir.join(&name)).map_err(|e| fault(format!("cannot remove {name}: {e}")))?;
    }
    Ok(())
}

/// Whether a file belongs to an index: ours, or `<32 hex digits>.<…>` of a segment.
fn is_index_file(name: &str) -> bool {
    let segment =
        name.split_once('.').is_some_and(|(stem, _)| stem.len() == 32 && stem.bytes().all(|b| b.is_ascii_hexdigit()));
    segment || [MARKER, META, ".managed.json"].contains(&name) || name == format!("{MARKER}.new")
}

/// What a failure to open means to the one who opens.
pub(crate) fn open_error(dir: &Path, error: &TantivyError) -> SearchError {
    match error {
        TantivyError::LockFailure(lock, _) => lock_error(dir, lock),
        other => SearchError::Damaged { path: dir.display().to_string(), why: other.to_string() },
    }
}

fn lock_error(dir: &Path, error: &LockError) -> SearchError {
    match error {
        LockError::LockBusy => SearchError::Locked(dir.display().to_string()),
        LockError::IoError(e) => {
            SearchError::Damaged { path: dir.display().to_string(), why: format!("cannot be locked: {e}") }
        }
    }
}
